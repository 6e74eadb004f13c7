/* sim_virtcca_keys.c - the keys of the simulated Kunpeng, made or read from files. */
#include "sim_store.h"
#include "sim_virtcca_pki.h"

enum { DEVICE_BITS = 4096, CA_BITS = 2048 };

static enum ratls_err make_key(const struct ratls_env *env, bool rsa, enum rt_sim_virtcca_key which,
                               struct rt_sim_signer *out)
{
    return rsa ? rt_rsa_generate(env, which == RT_SIM_VIRTCCA_CA ? CA_BITS : DEVICE_BITS, &out->rsa)
               : rt_key_generate(env, RT_P521, &out->ec);
}

enum ratls_err rt_sim_virtcca_keys_make(const struct ratls_env *env, bool rsa,
                                        struct rt_sim_virtcca_keys *out, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_sim_virtcca_keys){.rsa = rsa};
    for (unsigned i = 0; i < RT_SIM_VIRTCCA_KEYS && e == RATLS_OK; i++)
        e = make_key(env, rsa, (enum rt_sim_virtcca_key)i, &out->key[i]);
    return e ? ratls_fail(err, e, "the simulated PKI cannot be made") : RATLS_OK;
}

void rt_sim_virtcca_keys_free(struct rt_sim_virtcca_keys *keys)
{
    for (size_t i = 0; i < RT_SIM_VIRTCCA_KEYS; i++) {
        rt_key_free(keys->key[i].ec);
        rt_rsa_free(keys->key[i].rsa);
        keys->key[i] = (struct rt_sim_signer){0};
    }
}

struct ratls_bytes rt_sim_virtcca_spki(const struct rt_sim_signer *key)
{
    return key->ec ? rt_key_spki(key->ec) : rt_rsa_spki(key->rsa);
}

/* ---- as files ---- */

static enum ratls_err make_files(const struct ratls_env *env, const struct rt_sim_store *store,
                                 struct ratls_error *err)
{
    const bool rsa = *(const bool *)store->arg;
    struct rt_sim_virtcca_keys keys;
    enum ratls_err e = rt_sim_virtcca_keys_make(env, rsa, &keys, err);

    for (size_t i = 0; i < RT_SIM_VIRTCCA_KEYS && e == RATLS_OK; i++)
        e = rsa ? rt_rsa_export(keys.key[i].rsa, &store->file[i].der)
                : rt_key_export(keys.key[i].ec, &store->file[i].der);
    rt_sim_virtcca_keys_free(&keys);
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

static enum ratls_err use_ec(const struct rt_sim_store *store, size_t i, struct rt_key **out,
                             struct ratls_error *err)
{
    struct ratls_error inner = {0};

    if (rt_key_import(rt_bytes_of(&store->file[i].der), out, &inner) != RATLS_OK)
        return rt_sim_store_malformed(store, i, inner.detail, err);
    if (rt_key_curve(*out) != RT_P521)
        return rt_sim_store_malformed(store, i, "not on P-521", err);
    return RATLS_OK;
}

static enum ratls_err use_rsa(const struct rt_sim_store *store, size_t i, struct rt_rsa_key **out,
                              struct ratls_error *err)
{
    return rt_rsa_import(rt_bytes_of(&store->file[i].der), out) == RATLS_OK
               ? RATLS_OK
               : rt_sim_store_malformed(store, i, "no RSA key", err);
}

enum ratls_err rt_sim_virtcca_keys_open(const struct ratls_env *env, bool rsa,
                                        const char *directory, struct rt_sim_virtcca_keys *out,
                                        struct ratls_error *err)
{
    const char *const label = rsa ? "RSA PRIVATE KEY" : "EC PRIVATE KEY";
    struct rt_sim_file files[RT_SIM_VIRTCCA_KEYS] = {
        [RT_SIM_VIRTCCA_ROOT] = {.name = "root.key", .label = label, .is_secret = true},
        [RT_SIM_VIRTCCA_CA] = {.name = "ca.key", .label = label, .is_secret = true},
        [RT_SIM_VIRTCCA_DEVICE] = {.name = "device.key", .label = label, .is_secret = true},
        [RT_SIM_VIRTCCA_CVM] = {.name = "cvm.key", .label = label, .is_secret = true},
    };
    const struct rt_sim_store store = {.directory = directory,
                                       .file = files,
                                       .n = RT_COUNT(files),
                                       .make = make_files,
                                       .arg = &rsa};

    *out = (struct rt_sim_virtcca_keys){.rsa = rsa};
    enum ratls_err e = rt_sim_store_open(env, &store, err);
    for (size_t i = 0; i < RT_COUNT(files) && e == RATLS_OK; i++)
        e = rsa ? use_rsa(&store, i, &out->key[i].rsa, err)
                : use_ec(&store, i, &out->key[i].ec, err);
    rt_sim_store_free(&store);
    return e;
}
