/* An identity from its keys to its certificate. Keys are born in prepare() together with the claims
 * that name them, so that no TLS key can be certified both with and without an AK. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "binder.h"
#include "cert_text.h"
#include "composite.h"
#include "der.h"
#include "describe.h"
#include "evidence_ext.h"
#include "identity_impl.h"
#include "mint.h"
#include "oid.h"
#include "passport.h"

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
    bool keep_for_passport;

    struct ratls_buffer claims;
    uint8_t report_data[RATLS_REPORT_DATA_LEN], device_report_data[RATLS_REPORT_DATA_LEN];
    int64_t not_before, not_after;
    bool complete, has_evidence;
    uint8_t evidence_sha256[RT_SHA256_LEN];
    size_t leaf_len;
    struct ratls_buffer chain; /* leaf, then CA certificates */
    struct ratls_buffer devices;
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
    ratls_buffer_free(&id->devices);
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
    id->keep_for_passport = p->keep_for_passport;
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

/* DER is borrowed from the caller, and minting comes later. */
static enum ratls_err own_ca(struct rt_subject *ca)
{
    enum ratls_err e = RATLS_OK;

    if (ca->n_chain == 1 && !ca->der[0].p && (e = rt_dup(ca->chain[0], &ca->der[0])) == RATLS_OK)
        ca->chain[0] = rt_bytes_of(&ca->der[0]);
    return e;
}

static enum ratls_err read_ca(struct ratls_identity *id, const struct ratls_identity_params *p,
                              struct rt_x509 *ca, struct ratls_error *err)
{
    enum ratls_err e = rt_subject_read(p->ca_cert, &id->ca, err);

    if (e || (e = own_ca(&id->ca)) != RATLS_OK)
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

    if (!e)
        e = rt_sha256(rt_bytes_of(&id->claims), id->report_data); /* the rest stays zero */
    return e ? e : ratls_device_report_data(id->report_data, id->device_report_data);
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

/* ---- devices ---- */

const uint8_t *ratls_identity_device_report_data(const struct ratls_identity *id)
{
    return id->device_report_data;
}

struct ratls_bytes ratls_identity_devices(const struct ratls_identity *id)
{
    return rt_bytes_of(&id->devices);
}

/* Everything there was, and one more. */
static enum ratls_err with_device(const struct ratls_identity *id, const struct rt_cmw_item *item,
                                  struct ratls_buffer *out)
{
    struct rt_cmw_collection all = {0};
    enum ratls_err e =
        id->devices.len > 0 ? rt_cmw_collection_read(rt_bytes_of(&id->devices), &all, NULL) : 0;

    if (e || all.n == RT_MAX_DEVICES)
        return e ? e : RATLS_E_USAGE;
    all.item[all.n++] = *item;
    return rt_cmw_collection_write(&all, out);
}

enum ratls_err ratls_identity_add_device(struct ratls_identity *id, const char *label,
                                         const char *media_type, struct ratls_bytes evidence,
                                         struct ratls_error *err)
{
    struct rt_cmw_item item = {.media_type = ratls_bytes_str(media_type), .evidence = evidence};
    struct ratls_buffer all = {0};

    if (id->complete || !id->ak)
        return ratls_fail(err, RATLS_E_STATE, "a device for an identity that %s",
                          id->complete ? "is complete" : "proves no key");
    if (strlen(label) > RT_MAX_CMW_LABEL || strcmp(label, RT_CPU_LABEL) == 0)
        return ratls_fail(err, RATLS_E_USAGE, "no device is called '%s'", label);
    memcpy(item.label, label, strlen(label) + 1);
    enum ratls_err e = with_device(id, &item, &all);
    if (e)
        return ratls_fail(err, e, "device '%s' cannot be added", label);
    ratls_buffer_free(&id->devices);
    id->devices = all;
    return RATLS_OK;
}

enum ratls_err ratls_identity_import_devices(struct ratls_identity *id, struct ratls_bytes devices,
                                             struct ratls_error *err)
{
    struct rt_cmw_collection all;
    enum ratls_err e = rt_cmw_collection_read(devices, &all, err);

    ratls_buffer_free(&id->devices);
    return e ? e : rt_dup(devices, &id->devices);
}

/* ---- step two ---- */

static enum ratls_err mint(const struct ratls_identity *id, struct rt_mint_ext ext,
                           int64_t not_after, struct ratls_buffer *leaf, struct ratls_error *err)
{
    struct rt_x509 ca = {0};
    struct rt_mint what = {
        .subject_spki = rt_key_spki(id->tls),
        .subject = {.common_name = id->common_name},
        .issuer_key = id->ca_key ? id->ca_key : id->tls,
        .not_before = id->not_before,
        .not_after = not_after,
        .path_len = -1,
        .san = (const char *const *)id->san,
        .tls_usage = true,
    };
    enum ratls_err e;

    if (ext.value.len)
        what.ext[0] = ext;
    if (id->ca_key) {
        if ((e = rt_x509_parse(id->ca.chain[0], &ca, err)) != RATLS_OK)
            return e;
        what.issuer_name = ca.subject;
        what.issuer_key_id = rt_x509_key_id(&ca);
    }
    return rt_mint(id->env, &what, leaf, err);
}

static enum ratls_err keep_chain(struct ratls_identity *id, const struct ratls_buffer *leaf,
                                 const struct rt_subject *ca)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, rt_bytes_of(leaf));
    for (size_t i = 0; i < ca->n_chain; i++)
        rt_put_bytes(&w, ca->chain[i]);
    id->leaf_len = leaf->len;
    enum ratls_err e = rt_writer_take(&w, &id->chain);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err certify(struct ratls_identity *id, struct ratls_bytes ext_value,
                              struct ratls_error *err)
{
    const struct rt_mint_ext ext = {
        .oid = id->media_type ? RT_OID(PE_CMW) : RT_OID(TAGGED_EVIDENCE), .value = ext_value};
    struct ratls_buffer leaf = {0};
    enum ratls_err e = mint(id, ext, id->not_after, &leaf, err);

    if (!e)
        e = keep_chain(id, &leaf, &id->ca);
    ratls_buffer_free(&leaf);
    if (e)
        return ratls_fail(err, e, "certificate");
    if (!id->keep_for_passport)
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

/* ---- the same keys with a passport ---- */

/* With an AK that the passport does not name the TLS key would be certified with one and without
 * one, and whoever takes the passport would ask for no proof (threat T187). */
static enum ratls_err check_passport(const struct ratls_identity *id, const struct rt_passport *p,
                                     struct ratls_error *err)
{
    const struct ratls_bytes ak = id->ak ? rt_key_spki(id->ak) : ratls_bytes(NULL, 0);
    char jkt[RATLS_JWK_THUMB_LEN + 1];
    enum ratls_err e = ratls_jwk_thumbprint(rt_key_spki(id->tls), jkt, err);

    if (e)
        return e;
    if (strcmp(jkt, p->jkt) != 0)
        return ratls_fail(err, RATLS_E_TOKEN_BINDING, "passport: it is for another TLS key");
    if (!ratls_bytes_equal(rt_bytes_of(&p->ak_spki), ak))
        return ratls_fail(err, RATLS_E_TOKEN_BINDING,
                          "passport: it does not name the attestation key of the evidence");
    if (p->expires <= id->env->now(id->env->arg))
        return ratls_fail(err, RATLS_E_TOKEN_EXPIRED, "passport: it is over");
    return RATLS_OK;
}

/* Its devices are shown to the issuer alone: of what he does not tell nobody learns. */
static enum ratls_err check_devices(const struct ratls_identity *id, const struct rt_passport *p,
                                    struct ratls_error *err)
{
    struct rt_cmw_collection all = {0};
    enum ratls_err e =
        id->devices.len > 0 ? rt_cmw_collection_read(rt_bytes_of(&id->devices), &all, err) : 0;

    for (size_t i = 0; i < all.n && !e; i++)
        if (!rt_passport_tells_of(p, all.item[i].label))
            e = ratls_fail(err, RATLS_E_DEVICE_MISSING, "passport: it does not tell of %s",
                           all.item[i].label);
    return e;
}

static enum ratls_err copy_key(const struct rt_key *key, struct rt_key **out)
{
    struct ratls_buffer der = {0};
    enum ratls_err e = key ? rt_key_export(key, &der) : RATLS_OK;

    if (key && !e)
        e = rt_key_import(rt_bytes_of(&der), out, NULL);
    ratls_buffer_free(&der);
    return e;
}

static enum ratls_err copy_keys(const struct ratls_identity *from, struct ratls_identity *to)
{
    enum ratls_err e = copy_key(from->tls, &to->tls);

    memcpy(to->spki_sha256, from->spki_sha256, sizeof to->spki_sha256);
    to->names_ak = from->names_ak;
    return e ? e : copy_key(from->ak, &to->ak);
}

static enum ratls_err mint_passport(const struct ratls_identity *id, struct ratls_bytes token,
                                    struct ratls_identity *out, struct ratls_error *err)
{
    struct ratls_buffer value = {0}, leaf = {0};
    enum ratls_err e = rt_passport_write(token, &value);
    const struct rt_mint_ext ext = {.oid = RT_OID(PE_CMW), .value = rt_bytes_of(&value)};

    if (!e)
        e = mint(id, ext, out->not_after, &leaf, err);
    if (!e)
        e = keep_chain(out, &leaf, &id->ca);
    ratls_buffer_free(&value);
    ratls_buffer_free(&leaf);
    return e ? e : rt_sha256(token, out->evidence_sha256);
}

static enum ratls_err with_passport(const struct ratls_identity *id, struct ratls_bytes token,
                                    struct ratls_identity *out, struct ratls_error *err)
{
    struct rt_passport p;
    enum ratls_err e = rt_passport_look(token, &p, err);

    if (!e)
        e = check_passport(id, &p, err);
    if (!e)
        e = check_devices(id, &p, err);
    out->not_before = id->not_before;
    out->not_after = p.expires < id->not_after ? p.expires : id->not_after;
    rt_passport_free(&p);
    if (!e)
        e = copy_keys(id, out);
    if (!e)
        e = mint_passport(id, token, out, err);
    out->complete = out->has_evidence = e == RATLS_OK;
    return e;
}

enum ratls_err ratls_identity_with_passport(const struct ratls_identity *id,
                                            struct ratls_bytes token, struct ratls_identity **out,
                                            struct ratls_error *err)
{
    struct ratls_identity *n;
    enum ratls_err e;

    *out = NULL;
    if (!id->complete || !id->keep_for_passport)
        return ratls_fail(err, RATLS_E_STATE, "the identity was not made for a passport");
    if (!(n = identity_new(id->env)))
        return ratls_fail(err, RATLS_E_NO_MEMORY, "identity");
    if ((e = with_passport(id, token, n, err)) != RATLS_OK) {
        ratls_identity_unref(n);
        return ratls_fail(err, e, "identity");
    }
    *out = n;
    return RATLS_OK;
}

/* ---- a leaf from elsewhere ---- */

static enum ratls_err read_passport(struct ratls_identity *id, const struct rt_cert_evidence *ev,
                                    struct ratls_error *err)
{
    struct ratls_buffer token = {0};
    struct rt_passport p = {0};
    enum ratls_err e = rt_passport_token(ev, &token, err);

    if (!e)
        e = rt_passport_look(rt_bytes_of(&token), &p, err);
    if (!e)
        e = rt_sha256(rt_bytes_of(&token), id->evidence_sha256);
    id->has_evidence = e == RATLS_OK;
    id->names_ak = p.ak_spki.len > 0;
    rt_passport_free(&p);
    ratls_buffer_free(&token);
    return e;
}

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
    if (!e && evidence.envelope == RT_ENVELOPE_PASSPORT)
        return read_passport(id, &evidence, err);
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

/* ---- an ordinary certificate ---- */

struct loading {
    struct rt_writer chain;
    size_t ends[RT_MAX_CHAIN]; /* in the chain, since that moves while it grows */
    size_t n;
};

static enum ratls_err load_one(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct loading *l = arg;

    if (l->n == RT_MAX_CHAIN)
        return ratls_fail(err, RATLS_E_CERT_CHAIN_LENGTH, "more than %d certificates",
                          RT_MAX_CHAIN);
    rt_put_bytes(&l->chain, der);
    l->ends[l->n++] = l->chain.len;
    return l->chain.bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

static enum ratls_err parse_loaded(const struct loading *l, struct rt_x509 certs[RT_MAX_CHAIN],
                                   struct ratls_error *err)
{
    struct rt_reader r = rt_reader(rt_written(&l->chain));
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0, at = 0; i < l->n && !e; at = l->ends[i++])
        e = rt_x509_parse(rt_take_bytes(&r, l->ends[i] - at), &certs[i], err);
    return e;
}

/* What no peer would take. Usage is looked at by role, which is not known here: a CA is neither. */
static enum ratls_err check_loaded(const struct ratls_env *env, const struct loading *l,
                                   struct ratls_error *err)
{
    const int64_t now = env->now(env->arg);
    struct rt_x509 certs[RT_MAX_CHAIN];
    struct rt_cert_evidence evidence;
    enum ratls_err e = parse_loaded(l, certs, err);

    for (size_t i = 0; i < l->n && !e; i++)
        e = rt_x509_check_dates(&certs[i], now, err);
    for (size_t i = 0; i + 1 < l->n && !e; i++)
        e = rt_x509_issued_by(&certs[i], &certs[i + 1], i, err);
    if (e || (e = rt_x509_check_leaf_key(&certs[0], err)) != RATLS_OK)
        return e;
    if (certs[0].is_ca)
        return ratls_fail(err, RATLS_E_CERT_USAGE, "the first certificate is a CA");
    if (rt_cert_evidence(&certs[0], &evidence, NULL) != RATLS_E_NO_EVIDENCE)
        return ratls_fail(err, RATLS_E_CONFIG, "the certificate shows evidence");
    return RATLS_OK;
}

enum ratls_err ratls_identity_load(const struct ratls_env *env, struct ratls_bytes certs,
                                   struct ratls_bytes key, struct ratls_identity **out,
                                   struct ratls_error *err)
{
    struct loading l = {0};
    enum ratls_err e = rt_each_cert(certs, load_one, &l, err);

    *out = NULL;
    if (!e)
        e = check_loaded(env, &l, err);
    if (!e)
        e = ratls_identity_import(env, rt_written(&l.chain), key, out, err);
    rt_writer_free(&l.chain);
    return e ? ratls_fail(err, e, "certificate") : RATLS_OK;
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
