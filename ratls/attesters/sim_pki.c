/* sim_pki.c - certificates in the profile of Intel's PCK chain ("SGX PCK Certificate and CRL
 * Profile Specification" 1.5), made on the spot. */
#include "sim_pki.h"

#include "der.h"
#include "mint.h"
#include "oid.h"
#include "x509.h"

#define CA_NOT_BEFORE 1577836800 /* 2020-01-01T00:00:00Z */
#define CA_NOT_AFTER  2524607999 /* 2049-12-31T23:59:59Z */
#define DAY_S         86400
#define LEAF_AGE_S    (365 * DAY_S)           /* the platform was certified a year ago ... */
#define LEAF_LIFE_S   ((7 * 365 + 2) * DAY_S) /* ... for seven years */
#define CRL_URL       "https://sim-tdx.invalid/pckcrl?ca=platform&encoding=der"

static const char *const usual_names[RT_SIM_CERTS] = {
    "RATLS sim-tdx Root CA", "Intel SGX PCK Platform CA", "Intel SGX PCK Certificate"};

/* ---- the SGX extension ---- */

/* SEQUENCE { OID sgx.`arcs`, ... : opens the entry, the caller writes the value. */
static size_t begin_entry(struct rt_writer *w, const uint8_t *arcs, size_t n)
{
    const struct ratls_bytes sgx = RT_OID(SGX);
    uint8_t oid[16];
    size_t mark = rt_der_begin(w, RT_DER_SEQUENCE);

    memcpy(oid, sgx.p, sgx.len);
    memcpy(oid + sgx.len, arcs, n);
    rt_der_put_oid(w, ratls_bytes(oid, sgx.len + n));
    return mark;
}

static void put_octets(struct rt_writer *w, uint8_t arc, struct ratls_bytes value)
{
    size_t mark = begin_entry(w, &arc, 1);

    rt_der_put(w, RT_DER_OCTET_STRING, value);
    rt_der_end(w, mark);
}

static void put_tcb(struct rt_writer *w, const struct rt_sim_platform *p)
{
    size_t tcb = begin_entry(w, (const uint8_t[]){2}, 1);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    for (uint8_t i = 1; i <= 18; i++) {
        size_t entry = begin_entry(w, (const uint8_t[]){2, i}, 2);
        if (i <= 16)
            rt_der_put_uint(w, p->component_svn[i - 1]);
        else if (i == 17)
            rt_der_put_uint(w, p->pce_svn);
        else
            rt_der_put(w, RT_DER_OCTET_STRING, ratls_bytes(p->cpu_svn, sizeof p->cpu_svn));
        rt_der_end(w, entry);
    }
    rt_der_end(w, list);
    rt_der_end(w, tcb);
}

/* dynamicPlatform and cachedKeys yes, SMT no. */
static void put_configuration(struct rt_writer *w)
{
    size_t config = begin_entry(w, (const uint8_t[]){7}, 1);
    size_t list = rt_der_begin(w, RT_DER_SEQUENCE);

    for (uint8_t i = 1; i <= 3; i++) {
        size_t entry = begin_entry(w, (const uint8_t[]){7, i}, 2);
        rt_der_put_bool(w, i != 3);
        rt_der_end(w, entry);
    }
    rt_der_end(w, list);
    rt_der_end(w, config);
}

enum ratls_err rt_sim_sgx_ext(const struct rt_sim_platform *p, struct ratls_buffer *out)
{
    static const uint8_t scalable[] = {1};
    struct rt_writer w = {0};
    size_t all = rt_der_begin(&w, RT_DER_SEQUENCE);

    put_octets(&w, 1, ratls_bytes(p->ppid, sizeof p->ppid));
    put_tcb(&w, p);
    put_octets(&w, 3, ratls_bytes(p->pce_id, sizeof p->pce_id));
    put_octets(&w, 4, ratls_bytes(p->fmspc, sizeof p->fmspc));
    size_t type = begin_entry(&w, (const uint8_t[]){5}, 1);
    rt_der_put(&w, RT_DER_ENUMERATED, ratls_bytes(scalable, sizeof scalable));
    rt_der_end(&w, type);
    if (!p->processor) {
        put_octets(&w, 6, ratls_bytes(p->platform_instance_id, sizeof p->platform_instance_id));
        put_configuration(&w);
    }
    rt_der_end(&w, all);
    return rt_writer_take(&w, out);
}

static enum ratls_err usual_sgx_ext(const struct ratls_env *env,
                                    const struct rt_sim_pki_knobs *knobs, struct ratls_buffer *out)
{
    struct rt_sim_platform p = {
        .cpu_svn = {7, 9, 3, 3, 255, 255, 1},
        .component_svn = {7, 9, 3, 3, 255, 255, 1},
        .fmspc = {'R', 'A', 'T', 'L', 'S', 0},
        .pce_svn = 13,
        .processor = knobs->processor,
    };

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

static void usual_dates(const struct maker *m, enum rt_sim_cert which, struct rt_mint *what)
{
    int64_t begin = m->env->now(m->env->arg) - LEAF_AGE_S;
    bool leaf = which == RT_SIM_PCK;

    what->not_before = leaf ? begin : CA_NOT_BEFORE;
    what->not_after = leaf ? begin + LEAF_LIFE_S : CA_NOT_AFTER;
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
    const bool is_ca = (which != RT_SIM_PCK) != k->flip_ca[which];
    const int path_len = which == RT_SIM_ROOT || (which == RT_SIM_CA && k->ca_path_len_1);
    struct rt_mint what = {
        .subject_spki = rt_key_spki(m->pki->key[which]),
        .subject = {.common_name = common_name(k, which),
                    .organization = k->organization ? k->organization : RT_SIM_ORGANIZATION},
        .is_ca = is_ca,
        .path_len = is_ca ? path_len : -1,
        .ext_oid = sgx_ext.len ? RT_OID(SGX) : ratls_bytes(NULL, 0),
        .ext_value = sgx_ext,
        .crl_url = k->no_crl_url[which] ? NULL : CRL_URL,
    };

    usual_dates(m, which, &what);
    return what;
}

/* The certificate of key[which] by key[which - 1]; the root by itself. */
static enum ratls_err make_cert(const struct maker *m, enum rt_sim_cert which,
                                struct ratls_bytes sgx_ext)
{
    const enum rt_sim_cert by = which == RT_SIM_ROOT ? RT_SIM_ROOT : which - 1;
    struct rt_mint what = subject_part(m, which, sgx_ext);
    struct rt_key *stranger = NULL;
    struct rt_x509 issuer;
    enum ratls_err e = RATLS_OK;

    what.issuer_key = m->pki->key[by];
    if (by != which) {
        e = rt_x509_parse(rt_bytes_of(&m->pki->der[by]), &issuer, m->err);
        if (e)
            return e;
        what.issuer_name = m->knobs->wrong_issuer_name[which] ? issuer.issuer : issuer.subject;
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
    for (unsigned i = 0; i < RT_SIM_CERTS && e == RATLS_OK; i++)
        e = rt_key_generate(env, m.knobs->p384[i] ? RT_P384 : RT_P256, &out->key[i]);
    for (unsigned i = 0; i < RT_SIM_CERTS && e == RATLS_OK; i++) {
        struct ratls_bytes value = m.knobs->sgx_ext.len ? m.knobs->sgx_ext : rt_bytes_of(&ext);
        e = make_cert(&m, (enum rt_sim_cert)i, i == RT_SIM_PCK ? value : ratls_bytes(NULL, 0));
    }
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
