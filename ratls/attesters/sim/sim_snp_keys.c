/* sim_snp_keys.c - the keys of the simulated SEV-SNP platform, made or read from files. */
#include <stdio.h>

#include "sim_snp_pki.h"
#include "sim_store.h"

#define RSA_LABEL "RSA PRIVATE KEY" /* RFC 8017 A.1.2 in PEM */

enum { CA_BITS = 4096, PATH_LEN = 2048 };

enum ratls_err rt_sim_snp_keys_make(const struct ratls_env *env, struct rt_sim_snp_keys *out,
                                    struct ratls_error *err)
{
    enum ratls_err e;

    *out = (struct rt_sim_snp_keys){0};
    if ((e = rt_rsa_generate(env, CA_BITS, &out->ark)) != RATLS_OK ||
        (e = rt_rsa_generate(env, CA_BITS, &out->ask)) != RATLS_OK ||
        (e = rt_key_generate(env, RT_P384, &out->vek)) != RATLS_OK)
        return ratls_fail(err, e, "the simulated PKI cannot be made");
    return RATLS_OK;
}

void rt_sim_snp_keys_free(struct rt_sim_snp_keys *keys)
{
    rt_rsa_free(keys->ark);
    rt_rsa_free(keys->ask);
    rt_rsa_free(keys->asvk);
    rt_key_free(keys->vek);
    *keys = (struct rt_sim_snp_keys){0};
}

/* ---- as files ---- */

static enum ratls_err make_files(const struct ratls_env *env, const struct rt_sim_store *store,
                                 struct ratls_error *err)
{
    struct rt_sim_snp_keys keys;
    enum ratls_err e = rt_sim_snp_keys_make(env, &keys, err);

    if (e == RATLS_OK)
        e = rt_rsa_export(keys.ark, &store->file[0].der);
    if (e == RATLS_OK)
        e = rt_rsa_export(keys.ask, &store->file[1].der);
    if (e == RATLS_OK)
        e = rt_key_export(keys.vek, &store->file[2].der);
    rt_sim_snp_keys_free(&keys);
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

static enum ratls_err use_rsa(const struct rt_sim_store *store, size_t i, struct rt_rsa_key **out,
                              struct ratls_error *err)
{
    return rt_rsa_import(rt_bytes_of(&store->file[i].der), out) == RATLS_OK
               ? RATLS_OK
               : rt_sim_store_malformed(store, i, "no RSA key", err);
}

static enum ratls_err use_files(const struct rt_sim_store *store, struct rt_sim_snp_keys *out,
                                struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e;

    if ((e = use_rsa(store, 0, &out->ark, err)) != RATLS_OK ||
        (e = use_rsa(store, 1, &out->ask, err)) != RATLS_OK)
        return e;
    if (rt_key_import(rt_bytes_of(&store->file[2].der), &out->vek, &inner) != RATLS_OK)
        return rt_sim_store_malformed(store, 2, inner.detail, err);
    if (rt_key_curve(out->vek) != RT_P384)
        return rt_sim_store_malformed(store, 2, "not on P-384", err);
    return RATLS_OK;
}

enum ratls_err rt_sim_snp_keys_open(const struct ratls_env *env, const char *directory,
                                    struct rt_sim_snp_keys *out, struct ratls_error *err)
{
    struct rt_sim_file files[] = {
        {.name = "ark.key", .label = RSA_LABEL, .is_secret = true},
        {.name = "ask.key", .label = RSA_LABEL, .is_secret = true},
        {.name = "vek.key", .label = "EC PRIVATE KEY", .is_secret = true},
    };
    const struct rt_sim_store store = {
        .directory = directory, .file = files, .n = RT_COUNT(files), .make = make_files};

    *out = (struct rt_sim_snp_keys){0};
    enum ratls_err e = rt_sim_store_open(env, &store, err);
    if (e == RATLS_OK)
        e = use_files(&store, out, err);
    rt_sim_store_free(&store);
    return e;
}

/* ---- the ASVK's, which few want ---- */

static enum ratls_err make_asvk_file(const struct ratls_env *env, const struct rt_sim_store *store,
                                     struct ratls_error *err)
{
    struct rt_rsa_key *key = NULL;
    enum ratls_err e = rt_rsa_generate(env, CA_BITS, &key);

    if (e == RATLS_OK)
        e = rt_rsa_export(key, &store->file[0].der);
    rt_rsa_free(key);
    return e ? ratls_fail(err, e, "simulated PKI") : RATLS_OK;
}

/* A folder of its own inside of theirs: it appears at once or not at all, like theirs. */
enum ratls_err rt_sim_snp_keys_add_asvk(const struct ratls_env *env, const char *directory,
                                        struct rt_sim_snp_keys *keys, struct ratls_error *err)
{
    struct rt_sim_file file = {.name = "asvk.key", .label = RSA_LABEL, .is_secret = true};
    char path[PATH_LEN];
    const struct rt_sim_store store = {
        .directory = path, .file = &file, .n = 1, .make = make_asvk_file};
    enum ratls_err e;

    if (!directory) {
        e = rt_rsa_generate(env, CA_BITS, &keys->asvk);
        return e ? ratls_fail(err, e, "the simulated PKI cannot be made") : RATLS_OK;
    }
    if (snprintf(path, sizeof path, "%s/asvk", directory) >= (int)sizeof path)
        return ratls_fail(err, RATLS_E_LIMIT, "the path of the PKI is too long");
    e = rt_sim_store_open(env, &store, err);
    if (e == RATLS_OK)
        e = use_rsa(&store, 0, &keys->asvk, err);
    rt_sim_store_free(&store);
    return e;
}
