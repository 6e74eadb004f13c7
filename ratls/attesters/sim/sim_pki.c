/* sim_pki.c - certificates in the profile of Intel's PCK chain ("SGX PCK Certificate and CRL
 * Profile Specification" 1.5), made on the spot. */
#include "sim_pki.h"

#include "mint.h"
#include "oid.h"
#include "sim_store.h"
#include "x509.h"

#define CA_NOT_BEFORE 1577836800 /* 2020-01-01T00:00:00Z */
#define CA_NOT_AFTER  2524607999 /* 2049-12-31T23:59:59Z */
#define DAY_S         86400
#define LEAF_AGE_S    (365 * DAY_S)           /* the platform was certified a year ago ... */
#define LEAF_LIFE_S   ((7 * 365 + 2) * DAY_S) /* ... for seven years */
#define CRL_URL       "https://sim-tdx.invalid/pckcrl?ca=platform&encoding=der"

static const char *const usual_names[RT_SIM_CERTS] = {
    "RATLS sim-tdx Root CA", "Intel SGX PCK Platform CA", "Intel SGX PCK Certificate",
    "Intel SGX TCB Signing"};
static const enum rt_sim_cert issuers[RT_SIM_CERTS] = {RT_SIM_ROOT, RT_SIM_ROOT, RT_SIM_CA,
                                                       RT_SIM_ROOT};

static enum ratls_err usual_sgx_ext(const struct ratls_env *env,
                                    const struct rt_sim_pki_knobs *knobs, struct ratls_buffer *out)
{
    struct rt_sim_platform p;

    rt_sim_platform_usual(&p);
    p.processor = knobs->processor;
    *out = (struct ratls_buffer){0};
    if (env->random(env->arg, p.ppid, sizeof p.ppid) != 0 ||
        env->random(env->arg, p.platform_instance_id, sizeof p.platform_instance_id) != 0)
        return RATLS_E_RANDOM;
    return rt_sim_sgx_ext(&p, out);
}

/* ---- certificates ---- */

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_pki_knobs *knobs;
    struct rt_sim_pki *pki;
    struct ratls_error *err;
};

static bool is_issuer(enum rt_sim_cert which)
{
    return which == RT_SIM_ROOT || which == RT_SIM_CA;
}

static void usual_dates(const struct maker *m, enum rt_sim_cert which, struct rt_mint *what)
{
    int64_t begin = m->env->now(m->env->arg) - LEAF_AGE_S;

    what->not_before = is_issuer(which) ? CA_NOT_BEFORE : begin;
    what->not_after = is_issuer(which) ? CA_NOT_AFTER : begin + LEAF_LIFE_S;
    if (m->knobs->not_before[which])
        what->not_before = m->knobs->not_before[which];
    if (m->knobs->not_after[which])
        what->not_after = m->knobs->not_after[which];
}

static const char *common_name(const struct rt_sim_pki_knobs *knobs, enum rt_sim_cert which)
{
    if (knobs->name[which])
        return knobs->name[which];
    return which == RT_SIM_CA && knobs->processor ? "Intel SGX PCK Processor CA"
                                                  : usual_names[which];
}

/* Everything but the issuer. */
static struct rt_mint subject_part(const struct maker *m, enum rt_sim_cert which,
                                   struct ratls_bytes sgx_ext)
{
    const struct rt_sim_pki_knobs *k = m->knobs;
    const bool is_ca = is_issuer(which) != k->flip_ca[which];
    const int path_len = which == RT_SIM_ROOT || (which == RT_SIM_CA && k->ca_path_len_1);
    struct rt_mint what = {
        .subject_spki = rt_key_spki(m->pki->key[which]),
        .subject = {.common_name = common_name(k, which),
                    .organization = k->organization ? k->organization : RT_SIM_ORGANIZATION},
        .is_ca = is_ca,
        .path_len = is_ca ? path_len : -1,
        .ext[0] = {.oid = sgx_ext.len ? RT_OID(SGX) : ratls_bytes(NULL, 0), .value = sgx_ext},
        .crl_url = k->no_crl_url[which] ? NULL : CRL_URL,
    };

    usual_dates(m, which, &what);
    return what;
}

static enum ratls_err make_cert(const struct maker *m, enum rt_sim_cert which,
                                struct ratls_bytes sgx_ext)
{
    const enum rt_sim_cert by = issuers[which];
    struct rt_mint what = subject_part(m, which, sgx_ext);
    struct rt_key *stranger = NULL;
    struct rt_x509 issuer;
    enum ratls_err e = RATLS_OK;

    what.issuer_key = m->pki->key[by];
    if (by != which && !m->knobs->wrong_issuer_name[which]) {
        e = rt_x509_parse(rt_bytes_of(&m->pki->der[by]), &issuer, m->err);
        if (e)
            return e;
        what.issuer_name = issuer.subject;
    }
    if (m->knobs->wrong_issuer_key[which]) {
        e = rt_key_generate(m->env, RT_P256, &stranger);
        what.issuer_key = stranger;
    }
    if (e == RATLS_OK)
        e = rt_mint(m->env, &what, &m->pki->der[which], m->err);
    rt_key_free(stranger);
    return e;
}

static enum ratls_err copy_root(const struct rt_sim_pki *from, struct rt_sim_pki *to)
{
    struct ratls_buffer key = {0};
    enum ratls_err e = rt_key_export(from->key[RT_SIM_ROOT], &key);

    if (e == RATLS_OK)
        e = rt_key_import(rt_bytes_of(&key), &to->key[RT_SIM_ROOT], NULL);
    if (e == RATLS_OK)
        e = rt_dup(rt_bytes_of(&from->der[RT_SIM_ROOT]), &to->der[RT_SIM_ROOT]);
    ratls_buffer_free(&key);
    return e;
}

static enum ratls_err make_all(const struct maker *m, struct ratls_bytes sgx_ext)
{
    const unsigned first = m->knobs->under ? RT_SIM_CA : RT_SIM_ROOT;
    enum ratls_err e = m->knobs->under ? copy_root(m->knobs->under, m->pki) : RATLS_OK;

    for (unsigned i = first; i < RT_SIM_CERTS && e == RATLS_OK; i++)
        e = rt_key_generate(m->env, m->knobs->p384[i] ? RT_P384 : RT_P256, &m->pki->key[i]);
    for (unsigned i = first; i < RT_SIM_CERTS && e == RATLS_OK; i++)
        e = make_cert(m, (enum rt_sim_cert)i, i == RT_SIM_PCK ? sgx_ext : ratls_bytes(NULL, 0));
    return e;
}

enum ratls_err rt_sim_pki_make(const struct ratls_env *env, const struct rt_sim_pki_knobs *knobs,
                               struct rt_sim_pki *out, struct ratls_error *err)
{
    static const struct rt_sim_pki_knobs usual;
    const struct maker m = {.env = env, .knobs = knobs ? knobs : &usual, .pki = out, .err = err};
    struct ratls_buffer ext = {0};
    enum ratls_err e = RATLS_OK;

    memset(out, 0, sizeof *out);
    if (!m.knobs->no_sgx_ext && !m.knobs->sgx_ext.len)
        e = usual_sgx_ext(env, m.knobs, &ext);
    if (e == RATLS_OK)
        e = make_all(&m, m.knobs->sgx_ext.len ? m.knobs->sgx_ext : rt_bytes_of(&ext));
    ratls_buffer_free(&ext);
    return e ? ratls_fail(err, e, "the simulated PKI cannot be made") : RATLS_OK;
}

void rt_sim_pki_free(struct rt_sim_pki *pki)
{
    for (size_t i = 0; i < RT_SIM_CERTS; i++) {
        rt_key_free(pki->key[i]);
        ratls_buffer_free(&pki->der[i]);
    }
    memset(pki, 0, sizeof *pki);
}

/* ---- as files ---- */

#define KEY_LABEL  "EC PRIVATE KEY"
#define CERT_LABEL "CERTIFICATE"

/* Keys in the order of the enum, then certificates. */
static const struct rt_sim_file usual_files[2 * RT_SIM_CERTS] = {
    {.name = "root.key", .label = KEY_LABEL, .is_secret = true},
    {.name = "ca.key", .label = KEY_LABEL, .is_secret = true},
    {.name = "pck.key", .label = KEY_LABEL, .is_secret = true},
    {.name = "tcb.key", .label = KEY_LABEL, .is_secret = true},
    {.name = "root.pem", .label = CERT_LABEL},
    {.name = "ca.pem", .label = CERT_LABEL},
    {.name = "pck.pem", .label = CERT_LABEL},
    {.name = "tcb.pem", .label = CERT_LABEL},
};

static enum ratls_err make_files(const struct ratls_env *env, const struct rt_sim_store *store,
                                 struct ratls_error *err)
{
    struct rt_sim_pki pki;
    enum ratls_err e = rt_sim_pki_make(env, NULL, &pki, err);

    for (size_t i = 0; i < RT_SIM_CERTS && e == RATLS_OK; i++) {
        e = rt_key_export(pki.key[i], &store->file[i].der);
        if (e == RATLS_OK)
            e = rt_dup(rt_bytes_of(&pki.der[i]), &store->file[RT_SIM_CERTS + i].der);
    }
    rt_sim_pki_free(&pki);
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

static enum ratls_err use_files(const struct rt_sim_store *store, struct rt_sim_pki *out,
                                struct ratls_error *err)
{
    for (size_t i = 0; i < RT_SIM_CERTS; i++) {
        struct ratls_error inner = {0};
        if (rt_key_import(rt_bytes_of(&store->file[i].der), &out->key[i], &inner) != RATLS_OK)
            return rt_sim_store_malformed(store, i, inner.detail, err);
        if (rt_key_curve(out->key[i]) == RT_P521)
            return rt_sim_store_malformed(store, i, "on P-521", err);
        out->der[i] = store->file[RT_SIM_CERTS + i].der;
        store->file[RT_SIM_CERTS + i].der = (struct ratls_buffer){0};
    }
    return RATLS_OK;
}

enum ratls_err rt_sim_pki_open(const struct ratls_env *env, const char *directory,
                               struct rt_sim_pki *out, struct ratls_error *err)
{
    struct rt_sim_file files[RT_COUNT(usual_files)];
    const struct rt_sim_store store = {
        .directory = directory, .file = files, .n = RT_COUNT(files), .make = make_files};

    memset(out, 0, sizeof *out);
    memcpy(files, usual_files, sizeof files);
    enum ratls_err e = rt_sim_store_open(env, &store, err);
    if (e == RATLS_OK)
        e = use_files(&store, out, err);
    rt_sim_store_free(&store);
    return e;
}
