/* sim_nitro_pki.c - keys and certificates of simulated enclaves, in AWS's profile. */
#include "mint.h"
#include "oid.h"
#include "sim_nitro.h"
#include "sim_store.h"
#include "x509.h"

#define CA_NOT_BEFORE  1577836800 /* 2020-01-01T00:00:00Z, for 30 years */
#define CA_NOT_AFTER   2524608000
#define ENCLAVE_AGE_S  300
#define ENCLAVE_LIFE_S (3 * 3600)

/* ---- keys ---- */

enum ratls_err rt_sim_nitro_keys_open(const struct ratls_env *env, const char *directory,
                                      struct rt_sim_nitro_keys *out, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_sim_nitro_keys){0};
    if (directory)
        e = rt_sim_store_key(env, directory, "root.key", &out->key[RT_SIM_NITRO_ROOT], err);
    for (size_t i = 0; i < RT_SIM_NITRO_CERTS && e == RATLS_OK; i++)
        if (!out->key[i])
            e = rt_key_generate(env, RT_P384, &out->key[i]);
    return e ? ratls_fail(err, e, "the simulated PKI cannot be made") : RATLS_OK;
}

void rt_sim_nitro_keys_free(struct rt_sim_nitro_keys *keys)
{
    for (size_t i = 0; i < RT_SIM_NITRO_CERTS; i++)
        rt_key_free(keys->key[i]);
    *keys = (struct rt_sim_nitro_keys){0};
}

/* ---- certificates ---- */

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_nitro_keys *keys;
    const struct rt_sim_nitro_pki_knobs *knobs;
    struct rt_sim_nitro_chain *chain;
};

static const struct {
    const char *name;
    int path_len;
} certs[] = {
    [RT_SIM_NITRO_ROOT] = {"sim.nitro-enclaves", -1},
    [RT_SIM_NITRO_REGION] = {"sim-region-1.sim.nitro-enclaves", 1},
    [RT_SIM_NITRO_INSTANCE] = {"i-00000000000000051.sim-region-1.sim.nitro-enclaves", 0},
    [RT_SIM_NITRO_ENCLAVE] = {"i-00000000000000051-enc0000000000000051.sim-region-1", -1},
};

static void put_dates(const struct maker *m, enum rt_sim_nitro_cert which, struct rt_mint *what)
{
    const int64_t begin = m->env->now(m->env->arg) - ENCLAVE_AGE_S;
    const bool is_enclave = which == RT_SIM_NITRO_ENCLAVE;

    what->not_before = is_enclave ? begin : CA_NOT_BEFORE;
    what->not_after = is_enclave ? begin + ENCLAVE_LIFE_S : CA_NOT_AFTER;
    if (m->knobs->not_before[which])
        what->not_before = m->knobs->not_before[which];
    if (m->knobs->not_after[which])
        what->not_after = m->knobs->not_after[which];
}

static void constrain(struct rt_mint *what)
{
    static const uint8_t none[] = {0x30, 0x00};

    what->ext[0] = (struct rt_mint_ext){.oid = RT_OID(NAME_CONSTRAINTS),
                                        .value = ratls_bytes(none, sizeof none)};
}

/* Another keyUsage than the mint's, or none. */
static void change_usage(const struct maker *m, struct rt_mint *what)
{
    static const uint8_t key_agreement[] = {0x03, 0x02, 0x03, 0x08};

    what->bare = true;
    if (!m->knobs->enclave_usage_missing)
        what->ext[0] = (struct rt_mint_ext){
            .oid = RT_OID(KEY_USAGE), .value = ratls_bytes(key_agreement, sizeof key_agreement)};
}

static enum rt_sim_nitro_cert issuer_of(enum rt_sim_nitro_cert which)
{
    return which == RT_SIM_NITRO_ROOT ? which : which - 1;
}

/* Everything but the issuer's name. */
static struct rt_mint frame(const struct maker *m, enum rt_sim_nitro_cert which)
{
    const struct rt_sim_nitro_pki_knobs *k = m->knobs;
    const enum rt_sim_nitro_cert by =
        k->wrong_issuer_key[which] ? RT_SIM_NITRO_ENCLAVE : issuer_of(which);
    const char *organization = k->organization ? k->organization : RT_SIM_ORGANIZATION;
    struct rt_mint what = {
        .subject_spki = rt_key_spki(m->keys->key[which]),
        .subject = {.common_name = certs[which].name,
                    .organization = organization,
                    .country = "US",
                    .unit = "simulated"},
        .issuer_key = m->keys->key[by],
        .is_ca = (which != RT_SIM_NITRO_ENCLAVE) != k->flip_ca[which],
        .path_len = which == RT_SIM_NITRO_REGION && k->short_path ? 0 : certs[which].path_len,
        .ca_usage = k->ca_usage[which],
    };

    put_dates(m, which, &what);
    if (which == RT_SIM_NITRO_INSTANCE && k->name_constraints)
        constrain(&what);
    if (which == RT_SIM_NITRO_ENCLAVE && (k->enclave_may_agree || k->enclave_usage_missing))
        change_usage(m, &what);
    return what;
}

static enum ratls_err make_cert(const struct maker *m, enum rt_sim_nitro_cert which)
{
    struct rt_mint what = frame(m, which);
    struct rt_x509 issuer;

    if (which != RT_SIM_NITRO_ROOT && !m->knobs->wrong_issuer_name[which]) {
        enum ratls_err e =
            rt_x509_parse(rt_bytes_of(&m->chain->der[issuer_of(which)]), &issuer, NULL);
        if (e)
            return e;
        what.issuer_name = issuer.subject;
    }
    return rt_mint(m->env, &what, &m->chain->der[which], NULL);
}

enum ratls_err rt_sim_nitro_chain_make(const struct ratls_env *env,
                                       const struct rt_sim_nitro_keys *keys,
                                       const struct rt_sim_nitro_pki_knobs *knobs,
                                       struct rt_sim_nitro_chain *out)
{
    static const struct rt_sim_nitro_pki_knobs usual;
    const struct maker m = {env, keys, knobs ? knobs : &usual, out};
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_sim_nitro_chain){0};
    for (unsigned i = 0; i < RT_SIM_NITRO_CERTS && e == RATLS_OK; i++)
        e = make_cert(&m, (enum rt_sim_nitro_cert)i);
    return e;
}

void rt_sim_nitro_chain_free(struct rt_sim_nitro_chain *chain)
{
    for (size_t i = 0; i < RT_SIM_NITRO_CERTS; i++)
        ratls_buffer_free(&chain->der[i]);
}
