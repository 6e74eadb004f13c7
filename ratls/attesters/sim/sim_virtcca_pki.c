/* sim_virtcca_pki.c - certificates in the profile of Huawei's: that of the device says neither
 * whether it is a CA nor what its key is called, and where to ask for its revocation points to the
 * machine itself. */
#include "sim_virtcca_pki.h"

#include <stdio.h>

#include "der.h"
#include "oid.h"
#include "x509.h"

#define CA_NOT_BEFORE 1577836800 /* 2020-01-01T00:00:00Z, for 50 years */
#define CA_NOT_AFTER  3155760000
#define DAY_S         86400
#define LEAF_AGE_S    (30 * DAY_S)
#define LEAF_LIFE_S   ((int64_t)15 * 365 * DAY_S)

enum { NAME_LEN = 64, USAGE_BITS = 5, KEY_ID = RT_DER_CONTEXT | 0, URI = RT_DER_CONTEXT | 6 };

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_virtcca_keys *keys;
    const struct rt_sim_virtcca_knobs *knobs;
    struct rt_sim_virtcca_chain *chain;
};

/* ---- extensions of the device's certificate ---- */

/* What a list of extensions points to. */
struct exts {
    struct rt_writer aki, usage, access;
};

static void exts_free(struct exts *x)
{
    rt_writer_free(&x->aki);
    rt_writer_free(&x->usage);
    rt_writer_free(&x->access);
}

/* authorityKeyIdentifier: what the issuer calls its own key. */
static void put_aki(struct rt_writer *w, const struct rt_x509 *issuer)
{
    const struct rt_ext *ski = rt_x509_ext(issuer, RT_OID(SKI));
    struct rt_reader r = rt_reader(ski ? ski->value : ratls_bytes(NULL, 0));
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    rt_der_put(w, KEY_ID, rt_der_get(&r, RT_DER_OCTET_STRING, NULL));
    rt_der_end(w, list);
}

/* Huawei's: digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, keyAgreement. */
static void put_usage(struct rt_writer *w, unsigned usage)
{
    uint8_t bits[] = {7, 0}; /* unused bits, then the byte */

    if (!usage)
        usage = (1U << USAGE_BITS) - 1;
    for (unsigned n = 0; n < 8; n++)
        if (usage >> n & 1) {
            bits[0] = (uint8_t)(7 - n);
            bits[1] = (uint8_t)(bits[1] | 0x80 >> n);
        }
    rt_der_put(w, RT_DER_BIT_STRING, ratls_bytes(bits, sizeof bits));
}

/* authorityInfoAccess (RFC 5280 s.4.2.2.1): OCSP at an address that nobody may ask. */
static void put_access(struct rt_writer *w)
{
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);
    size_t entry = rt_der_begin(w, RT_DER_SEQUENCE);

    rt_der_put_oid(w, ratls_bytes("\x2b\x06\x01\x05\x05\x07\x30\x01", 8));
    rt_der_put(w, URI, ratls_bytes_str("http://127.0.0.1:20443"));
    rt_der_end(w, entry);
    rt_der_end(w, list);
}

static enum ratls_err add_device_exts(const struct maker *m, const struct rt_x509 *issuer,
                                      struct exts *x, struct rt_mint *what)
{
    put_aki(&x->aki, issuer);
    put_usage(&x->usage, m->knobs->usage[RT_SIM_VIRTCCA_DEVICE]);
    put_access(&x->access);
    if (x->aki.bad || x->usage.bad || x->access.bad)
        return RATLS_E_NO_MEMORY;
    what->bare = true;
    what->ext[0] = (struct rt_mint_ext){.oid = RT_OID(AKI), .value = rt_written(&x->aki)};
    what->ext[1] = (struct rt_mint_ext){.oid = RT_OID(KEY_USAGE), .value = rt_written(&x->usage)};
    what->ext[2] = (struct rt_mint_ext){.oid = ratls_bytes("\x2b\x06\x01\x05\x05\x07\x01\x01", 8),
                                        .value = rt_written(&x->access)};
    return RATLS_OK;
}

/* ---- certificates ---- */

/* A device is named after its key. */
static enum ratls_err put_name(const struct maker *m, enum rt_sim_virtcca_key which,
                               char out[NAME_LEN])
{
    static const char *const names[] = {[RT_SIM_VIRTCCA_ROOT] = "RATLS simulated Kunpeng Root CA",
                                        [RT_SIM_VIRTCCA_CA] = "RATLS simulated Kunpeng CCA CA"};
    uint8_t digest[RT_SHA256_LEN];
    enum ratls_err e = RATLS_OK;

    if (m->knobs->name[which]) {
        (void)snprintf(out, NAME_LEN, "%s", m->knobs->name[which]);
    } else if (which == RT_SIM_VIRTCCA_DEVICE) {
        e = rt_sha256(rt_sim_virtcca_spki(&m->keys->key[which]), digest);
        if (e == RATLS_OK)
            rt_hex(ratls_bytes(digest, 6), out);
    } else {
        (void)snprintf(out, NAME_LEN, "%s", names[which]);
    }
    return e;
}

static void put_dates(const struct maker *m, enum rt_sim_virtcca_key which, struct rt_mint *what)
{
    const int64_t begin = m->env->now(m->env->arg) - LEAF_AGE_S;
    const bool is_device = which == RT_SIM_VIRTCCA_DEVICE;

    what->not_before = is_device ? begin : CA_NOT_BEFORE;
    what->not_after = is_device ? begin + LEAF_LIFE_S : CA_NOT_AFTER;
    if (m->knobs->not_before[which])
        what->not_before = m->knobs->not_before[which];
    if (m->knobs->not_after[which])
        what->not_after = m->knobs->not_after[which];
}

static enum rt_sim_virtcca_key issuer_of(const struct maker *m, enum rt_sim_virtcca_key which)
{
    return which == RT_SIM_VIRTCCA_DEVICE && !m->knobs->by_root ? RT_SIM_VIRTCCA_CA
                                                                : RT_SIM_VIRTCCA_ROOT;
}

/* Everything but issuer and extensions of the device. */
static struct rt_mint frame(const struct maker *m, enum rt_sim_virtcca_key which, const char *name)
{
    const struct rt_sim_virtcca_knobs *k = m->knobs;
    const struct rt_sim_signer *by =
        &m->keys->key[k->wrong_issuer_key[which] ? RT_SIM_VIRTCCA_CVM : issuer_of(m, which)];
    struct rt_mint what = {
        .subject_spki = rt_sim_virtcca_spki(&m->keys->key[which]),
        .subject = {.common_name = name,
                    .organization = k->organization ? k->organization : RT_SIM_ORGANIZATION,
                    .country = "CN"},
        .issuer_key = by->ec,
        .issuer_rsa = by->rsa,
        .rsa_pkcs1 = by->rsa != NULL,
        .is_ca = (which != RT_SIM_VIRTCCA_DEVICE) != k->flip_ca[which],
        .path_len = which == RT_SIM_VIRTCCA_CA || (which == RT_SIM_VIRTCCA_ROOT && k->zero_path_len)
                        ? 0
                        : -1,
        .ca_usage = k->usage[which],
    };

    put_dates(m, which, &what);
    return what;
}

static void constrain(struct rt_mint *what)
{
    static const uint8_t none[] = {0x30, 0x00};

    what->ext[0] = (struct rt_mint_ext){.oid = RT_OID(NAME_CONSTRAINTS),
                                        .value = ratls_bytes(none, sizeof none)};
}

static enum ratls_err make_cert(const struct maker *m, enum rt_sim_virtcca_key which)
{
    const enum rt_sim_virtcca_key by = issuer_of(m, which);
    char name[NAME_LEN];
    struct exts exts = {.aki = {0}};
    struct rt_x509 issuer;
    enum ratls_err e = put_name(m, which, name);

    if (e)
        return e;
    struct rt_mint what = frame(m, which, name);
    if (by != which) {
        if ((e = rt_x509_parse(rt_bytes_of(&m->chain->der[by]), &issuer, NULL)) != RATLS_OK)
            return e;
        if (!m->knobs->wrong_issuer_name[which])
            what.issuer_name = issuer.subject;
    }
    if (which == RT_SIM_VIRTCCA_CA && m->knobs->name_constraints)
        constrain(&what);
    if (which == RT_SIM_VIRTCCA_DEVICE && !what.is_ca)
        e = add_device_exts(m, &issuer, &exts, &what);
    if (e == RATLS_OK)
        e = rt_mint(m->env, &what, &m->chain->der[which], NULL);
    exts_free(&exts);
    return e;
}

enum ratls_err rt_sim_virtcca_chain_make(const struct ratls_env *env,
                                         const struct rt_sim_virtcca_keys *keys,
                                         const struct rt_sim_virtcca_knobs *knobs,
                                         struct rt_sim_virtcca_chain *out)
{
    static const struct rt_sim_virtcca_knobs usual;
    const struct maker m = {env, keys, knobs ? knobs : &usual, out};
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_sim_virtcca_chain){0};
    for (unsigned i = 0; i < RT_SIM_VIRTCCA_CERTS && e == RATLS_OK; i++)
        e = make_cert(&m, (enum rt_sim_virtcca_key)i);
    return e;
}

void rt_sim_virtcca_chain_free(struct rt_sim_virtcca_chain *chain)
{
    for (size_t i = 0; i < RT_SIM_VIRTCCA_CERTS; i++)
        ratls_buffer_free(&chain->der[i]);
}
