/* An identity from its keys to its certificate. Keys are born in prepare() together with the claims
 * that name them, so that no TLS key can be certified both with and without an AK. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "binder.h"
#include "der.h"
#include "describe.h"
#include "evidence_ext.h"
#include "identity_impl.h"
#include "mint.h"
#include "oid.h"

struct ratls_identity {
    atomic_uint refs;
    const struct ratls_env *env;
    pthread_mutex_t ak_lock; /* a key belongs to one thread at a time */
    struct rt_key *tls, *ak; /* ak: NULL without one, or when it is elsewhere */
    bool names_ak;
    uint8_t spki_sha256[RT_SHA256_LEN];

    /* until complete() */
    char *common_name, *media_type;
    char **san;
    struct rt_key *ca_key;
    struct rt_subject ca; /* issuing CA first */

    struct ratls_buffer claims;
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    int64_t not_before, not_after;
    bool complete, has_evidence;
    uint8_t evidence_sha256[RT_SHA256_LEN];
    size_t leaf_len;
    struct ratls_buffer chain; /* leaf, then CA certificates */
};

static void free_texts(char **texts)
{
    for (size_t i = 0; texts && texts[i]; i++)
        free(texts[i]);
    free(texts);
}

/* What only minting needs. */
static void forget_params(struct ratls_identity *id)
{
    free(id->common_name);
    free(id->media_type);
    free_texts(id->san);
    rt_key_free(id->ca_key);
    rt_subject_free(&id->ca);
    id->common_name = id->media_type = NULL;
    id->san = NULL;
    id->ca_key = NULL;
    id->ca = (struct rt_subject){0};
}

static struct ratls_identity *identity_new(const struct ratls_env *env)
{
    struct ratls_identity *id = calloc(1, sizeof *id);

    if (!id)
        return NULL;
    atomic_init(&id->refs, 1);
    id->env = env;
    if (pthread_mutex_init(&id->ak_lock, NULL) != 0) {
        free(id);
        return NULL;
    }
    return id;
}

struct ratls_identity *ratls_identity_ref(struct ratls_identity *id)
{
    atomic_fetch_add_explicit(&id->refs, 1, memory_order_relaxed);
    return id;
}

void ratls_identity_unref(struct ratls_identity *id)
{
    if (!id || atomic_fetch_sub_explicit(&id->refs, 1, memory_order_acq_rel) != 1)
        return;
    forget_params(id);
    rt_key_free(id->tls);
    rt_key_free(id->ak);
    ratls_buffer_free(&id->claims);
    ratls_buffer_free(&id->chain);
    (void)pthread_mutex_destroy(&id->ak_lock);
    free(id);
}

/* ---- step one ---- */

static enum ratls_err copy_san(struct ratls_identity *id, const char *const *san)
{
    size_t n = 0;

    while (san && san[n])
        n++;
    if (n > RT_MAX_SAN)
        return RATLS_E_LIMIT;
    if (!(id->san = calloc(n + 1, sizeof id->san[0])))
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (!(id->san[i] = strdup(san[i])))
            return RATLS_E_NO_MEMORY;
    return RATLS_OK;
}

static enum ratls_err copy_params(struct ratls_identity *id, const struct ratls_identity_params *p,
                                  struct ratls_error *err)
{
    if (p->lifetime_s < 0 || p->lifetime_s > RT_CERT_LIFETIME_S)
        return ratls_fail(err, RATLS_E_USAGE, "a certificate lives 1 to %d s", RT_CERT_LIFETIME_S);
    id->not_before = id->env->now(id->env->arg) - RT_CERT_BACKDATE_S;
    id->not_after =
        id->not_before + RT_CERT_BACKDATE_S + (p->lifetime_s ? p->lifetime_s : RT_CERT_LIFETIME_S);
    id->common_name = strdup(p->common_name ? p->common_name : "ratls");
    id->media_type = p->media_type ? strdup(p->media_type) : NULL;
    if (!id->common_name || (p->media_type && !id->media_type))
        return RATLS_E_NO_MEMORY;
    return copy_san(id, p->san);
}

static enum ratls_err read_ca(struct ratls_identity *id, const struct ratls_identity_params *p,
                              struct rt_x509 *ca, struct ratls_error *err)
{
    enum ratls_err e = rt_subject_read(p->ca_cert, &id->ca, err);

    if (e)
        return e;
    if (!id->ca.is_certificate || id->ca.n_chain >= RT_MAX_CHAIN)
        return ratls_fail(err, RATLS_E_USAGE, "the CA file holds 1 to %d certificates",
                          RT_MAX_CHAIN - 1);
    if ((e = rt_x509_parse(id->ca.chain[0], ca, err)) != RATLS_OK)
        return e;
    return rt_key_import(p->ca_key, &id->ca_key, err);
}

/* The issuing CA must be one, hold its key, and outlive what it signs. */
static enum ratls_err take_ca(struct ratls_identity *id, const struct ratls_identity_params *p,
                              struct ratls_error *err)
{
    struct rt_x509 ca;
    enum ratls_err e;

    if (p->ca_cert.len == 0 && p->ca_key.len == 0)
        return RATLS_OK;
    if (p->ca_cert.len == 0 || p->ca_key.len == 0)
        return ratls_fail(err, RATLS_E_USAGE, "CA certificate and CA key go together");
    if ((e = read_ca(id, p, &ca, err)) != RATLS_OK ||
        (e = rt_x509_check_issuer(&ca, 0, err)) != RATLS_OK ||
        (e = rt_x509_check_identity(&ca, err)) != RATLS_OK ||
        (e = rt_x509_check_dates(&ca, id->not_before + RT_CERT_BACKDATE_S, err)) != RATLS_OK)
        return e;
    if (!ratls_bytes_equal(ca.spki, rt_key_spki(id->ca_key)))
        return ratls_fail(err, RATLS_E_CERT_KEY, "the CA key is not that of its certificate");
    if (id->not_after > ca.not_after)
        id->not_after = ca.not_after;
    return RATLS_OK;
}

static enum ratls_err make_keys(struct ratls_identity *id, bool with_ak)
{
    enum ratls_err e = rt_key_generate(id->env, RT_P256, &id->tls);

    if (!e && with_ak)
        e = rt_key_generate(id->env, RT_P256, &id->ak);
    id->names_ak = with_ak;
    return e ? e : rt_sha256(rt_key_spki(id->tls), id->spki_sha256);
}

static enum ratls_err make_claims(struct ratls_identity *id)
{
    struct ratls_bytes ak = id->ak ? rt_key_spki(id->ak) : ratls_bytes(NULL, 0);
    int64_t iat = id->not_before + RT_CERT_BACKDATE_S;
    enum ratls_err e = rt_cert_claims_write(id->spki_sha256, ak, iat, &id->claims);

    return e ? e : rt_sha256(rt_bytes_of(&id->claims), id->report_data); /* the rest stays zero */
}

enum ratls_err ratls_identity_prepare(const struct ratls_env *env,
                                      const struct ratls_identity_params *params,
                                      struct ratls_identity **out, struct ratls_error *err)
{
    struct ratls_identity *id = identity_new(env);
    enum ratls_err e;

    *out = NULL;
    if (!id)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "identity");
    if ((e = copy_params(id, params, err)) != RATLS_OK ||
        (e = take_ca(id, params, err)) != RATLS_OK ||
        (e = make_keys(id, !params->without_ak)) != RATLS_OK || (e = make_claims(id)) != RATLS_OK) {
        ratls_identity_unref(id);
        return ratls_fail(err, e, "identity");
    }
    *out = id;
    return RATLS_OK;
}

const uint8_t *ratls_identity_report_data(const struct ratls_identity *id)
{
    return id->report_data;
}

/* ---- step two ---- */

static enum ratls_err mint(struct ratls_identity *id, struct ratls_bytes ext_value,
                           struct ratls_buffer *leaf, struct ratls_error *err)
{
    struct rt_x509 ca = {0};
    struct rt_mint what = {
        .subject_spki = rt_key_spki(id->tls),
        .subject = {.common_name = id->common_name},
        .issuer_key = id->ca_key ? id->ca_key : id->tls,
        .not_before = id->not_before,
        .not_after = id->not_after,
        .path_len = -1,
        .san = (const char *const *)id->san,
        .tls_usage = true,
    };
    enum ratls_err e;

    if (ext_value.len)
        what.ext[0] = (struct rt_mint_ext){
            .oid = id->media_type ? RT_OID(PE_CMW) : RT_OID(TAGGED_EVIDENCE), .value = ext_value};
    if (id->ca_key) {
        if ((e = rt_x509_parse(id->ca.chain[0], &ca, err)) != RATLS_OK)
            return e;
        what.issuer_name = ca.subject;
    }
    return rt_mint(id->env, &what, leaf, err);
}

static enum ratls_err keep_chain(struct ratls_identity *id, const struct ratls_buffer *leaf)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, rt_bytes_of(leaf));
    for (size_t i = 0; i < id->ca.n_chain; i++)
        rt_put_bytes(&w, id->ca.chain[i]);
    id->leaf_len = leaf->len;
    enum ratls_err e = rt_writer_take(&w, &id->chain);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err certify(struct ratls_identity *id, struct ratls_bytes ext_value,
                              struct ratls_error *err)
{
    struct ratls_buffer leaf = {0};
    enum ratls_err e = mint(id, ext_value, &leaf, err);

    if (!e)
        e = keep_chain(id, &leaf);
    ratls_buffer_free(&leaf);
    if (e)
        return ratls_fail(err, e, "certificate");
    forget_params(id);
    id->complete = true;
    return RATLS_OK;
}

enum ratls_err ratls_identity_complete(struct ratls_identity *id, struct ratls_bytes evidence,
                                       struct ratls_error *err)
{
    struct ratls_buffer ext = {0};
    enum ratls_err e;

    if (id->complete)
        return ratls_fail(err, RATLS_E_STATE, "the identity has its certificate");
    if (evidence.len == 0 || evidence.len > RT_MAX_EVIDENCE)
        return ratls_fail(err, RATLS_E_USAGE, "evidence of %zu bytes", evidence.len);
    if ((e = rt_cert_evidence_write(id->media_type, evidence, rt_bytes_of(&id->claims), &ext)) ==
            RATLS_OK &&
        (e = rt_sha256(evidence, id->evidence_sha256)) == RATLS_OK)
        e = certify(id, rt_bytes_of(&ext), err);
    ratls_buffer_free(&ext);
    id->has_evidence = e == RATLS_OK;
    return e ? ratls_fail(err, e, "certificate") : RATLS_OK;
}

enum ratls_err ratls_identity_new(const struct ratls_env *env,
                                  const struct ratls_identity_params *params,
                                  struct ratls_attester *attester, struct ratls_identity **out,
                                  struct ratls_error *err)
{
    struct ratls_buffer evidence = {0};
    struct ratls_identity *id = NULL;
    enum ratls_err e = ratls_identity_prepare(env, params, &id, err);

    *out = NULL;
    if (!e)
        e = ratls_attester_evidence(attester, ratls_identity_report_data(id), &evidence, err);
    if (!e)
        e = ratls_identity_complete(id, rt_bytes_of(&evidence), err);
    ratls_buffer_free(&evidence);
    if (e) {
        ratls_identity_unref(id);
        return ratls_fail(err, e, "identity");
    }
    *out = id;
    return RATLS_OK;
}

enum ratls_err rt_identity_plain(const struct ratls_env *env, struct ratls_identity **out,
                                 struct ratls_error *err)
{
    const struct ratls_identity_params params = {.without_ak = true};
    struct ratls_identity *id = NULL;
    enum ratls_err e = ratls_identity_prepare(env, &params, &id, err);

    *out = NULL;
    if (e || (e = certify(id, ratls_bytes(NULL, 0), err)) != RATLS_OK) {
        ratls_identity_unref(id);
        return e;
    }
    *out = id;
    return RATLS_OK;
}

/* ---- a leaf from elsewhere ---- */

static enum ratls_err read_leaf(struct ratls_identity *id, const struct rt_x509 *leaf,
                                struct ratls_error *err)
{
    struct rt_cert_evidence evidence;
    struct rt_cert_claims claims;
    enum ratls_err e = rt_cert_evidence(leaf, &evidence, err);

    id->not_before = leaf->not_before;
    id->not_after = leaf->not_after;
    if (e == RATLS_E_NO_EVIDENCE) {
        if (err)
            *err = (struct ratls_error){0};
        return RATLS_OK;
    }
    if (e || (e = rt_cert_claims_read(evidence.claims, &claims, err)) != RATLS_OK)
        return e;
    id->has_evidence = true;
    id->names_ak = claims.ak_spki.len > 0;
    return rt_sha256(evidence.evidence, id->evidence_sha256);
}

static enum ratls_err import(struct ratls_identity *id, struct ratls_bytes chain,
                             struct ratls_bytes key, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(chain);
    struct ratls_bytes der;
    struct rt_x509 leaf;
    enum ratls_err e;

    if (chain.len > (size_t)RT_MAX_CHAIN * RT_MAX_CERT)
        return ratls_fail(err, RATLS_E_LIMIT, "a chain of %zu bytes", chain.len);
    (void)rt_der_get(&r, RT_DER_SEQUENCE, &der);
    if (r.bad)
        return ratls_fail(err, RATLS_E_CERT_FORMAT, "not a DER certificate");
    if ((e = rt_x509_parse(der, &leaf, err)) != RATLS_OK ||
        (e = rt_x509_check_identity(&leaf, err)) != RATLS_OK ||
        (e = rt_key_import(key, &id->tls, err)) != RATLS_OK)
        return e;
    if (!ratls_bytes_equal(leaf.spki, rt_key_spki(id->tls)))
        return ratls_fail(err, RATLS_E_CERT_KEY, "the key is not that of the certificate");
    id->leaf_len = der.len;
    id->complete = true;
    if ((e = rt_sha256(leaf.spki, id->spki_sha256)) != RATLS_OK ||
        (e = rt_dup(chain, &id->chain)) != RATLS_OK)
        return e;
    return read_leaf(id, &leaf, err);
}

enum ratls_err ratls_identity_import(const struct ratls_env *env, struct ratls_bytes chain,
                                     struct ratls_bytes key, struct ratls_identity **out,
                                     struct ratls_error *err)
{
    struct ratls_identity *id = identity_new(env);
    enum ratls_err e = id ? import(id, chain, key, err) : RATLS_E_NO_MEMORY;

    *out = NULL;
    if (e) {
        ratls_identity_unref(id);
        return ratls_fail(err, e, "identity");
    }
    *out = id;
    return RATLS_OK;
}

/* ---- getters ---- */

struct ratls_bytes ratls_identity_certificate(const struct ratls_identity *id)
{
    return ratls_bytes(id->chain.p, id->leaf_len);
}

struct ratls_bytes ratls_identity_chain(const struct ratls_identity *id)
{
    return rt_bytes_of(&id->chain);
}

const uint8_t *ratls_identity_spki_sha256(const struct ratls_identity *id)
{
    return id->spki_sha256;
}

enum ratls_err ratls_identity_export_key(const struct ratls_identity *id, struct ratls_buffer *out)
{
    return rt_key_export(id->tls, out);
}

bool ratls_identity_names_ak(const struct ratls_identity *id)
{
    return id->names_ak;
}

bool ratls_identity_has_ak(const struct ratls_identity *id)
{
    return id->ak != NULL;
}

int64_t ratls_identity_not_after(const struct ratls_identity *id)
{
    return id->not_after;
}

int64_t ratls_identity_renew_at(const struct ratls_identity *id)
{
    int64_t born = id->not_before + RT_CERT_BACKDATE_S;

    return born + (id->not_after - born) / 2;
}

bool rt_identity_complete(const struct ratls_identity *id)
{
    return id->complete;
}

const uint8_t *rt_identity_evidence_sha256(const struct ratls_identity *id)
{
    return id->has_evidence ? id->evidence_sha256 : NULL;
}

/* ---- proofs ---- */

enum ratls_err ratls_identity_binder(const struct ratls_identity *id,
                                     const struct ratls_proof_request *req, uint8_t binder[64])
{
    return rt_binder(req, id->spki_sha256, binder);
}

enum ratls_err ratls_identity_prove(struct ratls_identity *id,
                                    const struct ratls_proof_request *req, uint8_t signature[64])
{
    uint8_t binder[RT_BINDER_LEN];
    enum ratls_err e;

    if (!id->ak || !id->complete)
        return RATLS_E_STATE;
    if ((e = rt_binder(req, id->spki_sha256, binder)) != RATLS_OK)
        return e;
    (void)pthread_mutex_lock(&id->ak_lock);
    e = rt_proof_sign(id->env, id->ak, binder, signature);
    (void)pthread_mutex_unlock(&id->ak_lock);
    return e;
}
