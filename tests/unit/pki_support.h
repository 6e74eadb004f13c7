/* pki_support.h - ordinary PKI for tests: CAs, what they sign, and their revocation lists. */
#ifndef PKI_SUPPORT_H
#define PKI_SUPPORT_H

#include <criterion/criterion.h>

#include "mint.h"
#include "mint_crl.h"
#include "oid.h"
#include "x509.h"

struct ca {
    struct rt_key *key;
    struct ratls_buffer der, key_der;
    struct rt_x509 cert;
};

static inline void ca_make(struct ca *c, const char *name)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);

    cr_assert_eq(rt_key_generate(env, RT_P256, &c->key), RATLS_OK);
    const struct rt_mint what = {.subject_spki = rt_key_spki(c->key),
                                 .subject = {.common_name = name},
                                 .issuer_key = c->key,
                                 .not_before = now - 3600,
                                 .not_after = now + 86400,
                                 .is_ca = true,
                                 .path_len = -1};
    cr_assert_eq(rt_mint(env, &what, &c->der, NULL), RATLS_OK);
    cr_assert_eq(rt_key_export(c->key, &c->key_der), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&c->der), &c->cert, NULL), RATLS_OK);
}

static inline void ca_free(struct ca *c)
{
    rt_key_free(c->key);
    ratls_buffer_free(&c->der);
    ratls_buffer_free(&c->key_der);
    *c = (struct ca){0};
}

/* A list about the serial given (len 0: about nothing), from an hour ago until `for_s` from now. */
static inline struct ratls_buffer ca_revoke(const struct ca *c, struct ratls_bytes serial,
                                            int64_t for_s)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);
    struct ratls_buffer der = {0};
    const struct rt_mint_crl what = {.issuer_key = c->key,
                                     .issuer_name = c->cert.subject,
                                     .this_update = now - 3600,
                                     .next_update = now + for_s,
                                     .number = 1,
                                     .serials = &serial,
                                     .n = serial.len > 0};

    cr_assert_eq(rt_mint_crl(env, &what, &der, NULL), RATLS_OK);
    return der;
}

struct leaf {
    struct rt_key *key;
    struct ratls_buffer der, key_der;
    uint8_t spki_sha256[RT_SHA256_LEN];
};

/* `what` without keys, issuer and dates, which are filled in where they are zero; for l->key. */
static inline void leaf_sign(struct leaf *l, const struct ca *by, struct rt_mint what)
{
    const struct ratls_env *env = ratls_env_system();
    const int64_t now = env->now(env->arg);
    struct ratls_error err = {0};

    what.subject_spki = rt_key_spki(l->key);
    what.issuer_key = by ? by->key : l->key;
    if (by)
        what.issuer_name = by->cert.subject;
    if (!what.not_before)
        what.not_before = now - 60;
    if (!what.not_after)
        what.not_after = now + 3600;
    if (!what.subject.common_name)
        what.subject.common_name = "leaf";
    what.path_len = -1;
    what.tls_usage = true;
    cr_assert_eq(rt_mint(env, &what, &l->der, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_key_export(l->key, &l->key_der), RATLS_OK);
    cr_assert_eq(rt_sha256(rt_key_spki(l->key), l->spki_sha256), RATLS_OK);
}

static inline void leaf_make(struct leaf *l, const struct ca *by, struct rt_mint what)
{
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &l->key), RATLS_OK);
    leaf_sign(l, by, what);
}

static inline void leaf_free(struct leaf *l)
{
    rt_key_free(l->key);
    ratls_buffer_free(&l->der);
    ratls_buffer_free(&l->key_der);
    *l = (struct leaf){0};
}

#endif
