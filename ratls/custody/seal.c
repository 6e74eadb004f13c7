/* The cryptography of records (CUSTODY.md): value under data key, data key under KEK. */
#include <stdlib.h>

#include "sealed.h"

/* ---- what is authenticated with them ---- */

static void put_field(struct rt_writer *w, struct ratls_bytes field)
{
    rt_put_u32be(w, (uint32_t)field.len);
    rt_put_bytes(w, field);
}

/* Fields with their lengths. The KEK belongs to the key alone, so that it may change under a value
 * that nobody opens. */
static void put_aad(struct rt_writer *w, const char *what, const struct ratls_store_ref *ref,
                    const struct rt_sealed *s)
{
    put_field(w, ratls_bytes_str(RT_SEALED_FORMAT));
    put_field(w, ratls_bytes_str(what));
    put_field(w, ratls_bytes_str(RT_SECRET));
    put_field(w, ratls_bytes_str(ref->name));
    rt_put_u64be(w, (uint64_t)ref->version);
    put_field(w, ratls_bytes_str(s->policy));
    put_field(w, ratls_bytes(s->policy_sha256, RT_DIGEST_LEN));
}

static void put_key_aad(struct rt_writer *w, const struct ratls_store_ref *ref,
                        const struct rt_sealed *s)
{
    put_aad(w, "key", ref, s);
    put_field(w, ratls_bytes_str(s->kek));
}

/* ---- data keys ---- */

struct data_key {
    uint8_t key[RT_AES_KEY_LEN];
};

static struct data_key *new_key(void)
{
    return rt_secret_alloc(sizeof(struct data_key));
}

static void free_key(struct data_key *k)
{
    rt_secret_free(k, sizeof *k);
}

static enum ratls_err seal_key(const struct ratls_env *env, const struct ratls_kek *kek,
                               const struct ratls_store_ref *ref, const struct data_key *k,
                               struct rt_sealed *s)
{
    struct rt_writer aad = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    memcpy(s->kek, ratls_kek_id(kek), strlen(ratls_kek_id(kek)) + 1);
    put_key_aad(&aad, ref, s);
    const struct rt_gcm with = {.iv = s->key, .aad = rt_written(&aad)};
    if (env->random(env->arg, s->key, RT_GCM_IV_LEN) != 0)
        e = RATLS_E_RANDOM;
    else if (!aad.bad)
        e = rt_kek_seal(kek, &with, ratls_bytes(k->key, sizeof k->key), s->key + RT_GCM_IV_LEN);
    rt_writer_free(&aad);
    return e;
}

static enum ratls_err unseal_key(const struct ratls_kek *kek, const struct ratls_store_ref *ref,
                                 const struct rt_sealed *s, struct data_key *k)
{
    struct rt_writer aad = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    put_key_aad(&aad, ref, s);
    const struct rt_gcm with = {.iv = s->key, .aad = rt_written(&aad)};
    if (!aad.bad)
        e = rt_kek_unseal(kek, &with,
                          ratls_bytes(s->key + RT_GCM_IV_LEN, sizeof s->key - RT_GCM_IV_LEN),
                          k->key, RATLS_E_SECRET_TAMPERED);
    rt_writer_free(&aad);
    return e;
}

/* ---- values ---- */

static enum ratls_err seal_value(const struct ratls_env *env, const struct data_key *k,
                                 const struct ratls_store_ref *ref, struct ratls_bytes value,
                                 struct rt_sealed *s)
{
    struct rt_writer aad = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    ratls_buffer_free(&s->value);
    s->value = (struct ratls_buffer){.p = malloc(value.len + RT_SEALED_MORE),
                                     .len = value.len + RT_SEALED_MORE};
    put_aad(&aad, "value", ref, s);
    const struct rt_gcm with = {.key = k->key, .iv = s->value.p, .aad = rt_written(&aad)};
    if (!s->value.p)
        s->value.len = 0;
    else if (env->random(env->arg, s->value.p, RT_GCM_IV_LEN) != 0)
        e = RATLS_E_RANDOM;
    else if (!aad.bad)
        e = rt_gcm_seal(&with, value, s->value.p + RT_GCM_IV_LEN);
    rt_writer_free(&aad);
    return e;
}

static enum ratls_err unseal_value(const struct data_key *k, const struct ratls_store_ref *ref,
                                   const struct rt_sealed *s, struct ratls_secret_value *v)
{
    struct rt_writer aad = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    put_aad(&aad, "value", ref, s);
    const struct rt_gcm with = {.key = k->key, .iv = s->value.p, .aad = rt_written(&aad)};
    if (!aad.bad)
        e = rt_gcm_open(&with,
                        ratls_bytes(s->value.p + RT_GCM_IV_LEN, s->value.len - RT_GCM_IV_LEN),
                        rt_value_bytes(v), RATLS_E_SECRET_TAMPERED);
    rt_writer_free(&aad);
    return e;
}

/* ---- both ---- */

enum ratls_err rt_seal(const struct ratls_env *env, const struct ratls_kek *kek,
                       const struct ratls_store_ref *ref, struct ratls_bytes value,
                       struct rt_sealed *s)
{
    struct data_key *k = new_key();

    if (!k)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e =
        env->random(env->arg, k->key, sizeof k->key) == 0 ? RATLS_OK : RATLS_E_RANDOM;
    if (!e)
        e = seal_value(env, k, ref, value, s);
    if (!e)
        e = seal_key(env, kek, ref, k, s);
    free_key(k);
    return e;
}

static enum ratls_err check_kek(const struct ratls_kek *kek, const struct ratls_store_ref *ref,
                                const struct rt_sealed *s, struct ratls_error *err)
{
    if (strcmp(s->kek, ratls_kek_id(kek)) == 0)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_KEK_MISMATCH, "%s, version %lld, is under KEK %s, not %s",
                      ref->name, (long long)ref->version, s->kek, ratls_kek_id(kek));
}

static enum ratls_err why(enum ratls_err e, const struct ratls_store_ref *ref,
                          struct ratls_error *err)
{
    return e ? ratls_fail(err, e, "%s, version %lld: %s", ref->name, (long long)ref->version,
                          ratls_err_text(e))
             : RATLS_OK;
}

enum ratls_err rt_unseal(const struct ratls_kek *kek, const struct ratls_store_ref *ref,
                         const struct rt_sealed *s, struct ratls_secret_value **out,
                         struct ratls_error *err)
{
    struct ratls_secret_value *v = NULL;
    struct data_key *k = new_key();
    enum ratls_err e = k ? check_kek(kek, ref, s, err) : RATLS_E_NO_MEMORY;

    *out = NULL;
    if (!e)
        e = unseal_key(kek, ref, s, k);
    if (!e)
        e = rt_value_new(rt_sealed_size(s), &v);
    if (!e)
        e = unseal_value(k, ref, s, v);
    free_key(k);
    if (e) {
        ratls_secret_value_free(v);
        return why(e, ref, err);
    }
    *out = v;
    return RATLS_OK;
}

enum ratls_err rt_reseal_key(const struct rt_rekey *keys, const struct ratls_store_ref *ref,
                             struct rt_sealed *s, struct ratls_error *err)
{
    struct data_key *k = new_key();
    enum ratls_err e = k ? check_kek(keys->from, ref, s, err) : RATLS_E_NO_MEMORY;

    if (!e)
        e = unseal_key(keys->from, ref, s, k);
    if (!e)
        e = seal_key(keys->env, keys->to, ref, k, s);
    free_key(k);
    return why(e, ref, err);
}
