/* passport_support.h - an issuer of attestation results. */
#ifndef PASSPORT_SUPPORT_H
#define PASSPORT_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "base.h"
#include "ratls/token.h"

#define ISS "https://as.example"
#define AUD "web"

struct issuer {
    struct ratls_jwt_key *key;
    struct ratls_buffer jwks;
};

static inline void issuer_make(struct issuer *i)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer pem = {0};
    const struct ratls_jwt_key *keys[1];

    cr_assert_eq(ratls_jwt_key_generate(env, "ES256", &pem), RATLS_OK);
    cr_assert_eq(ratls_jwt_key_new(env, rt_bytes_of(&pem), NULL, &i->key, NULL), RATLS_OK);
    keys[0] = i->key;
    cr_assert_eq(ratls_jwks(keys, 1, &i->jwks), RATLS_OK);
    ratls_buffer_free(&pem);
}

static inline void issuer_free(struct issuer *i)
{
    ratls_jwt_key_free(i->key);
    ratls_buffer_free(&i->jwks);
    *i = (struct issuer){0};
}

static inline void issuer_believe(const struct issuer *i, struct ratls_trust *by)
{
    struct ratls_error why = {0};

    cr_assert_eq(ratls_trust_add_passport_issuer(by, ISS, rt_bytes_of(&i->jwks), &why), RATLS_OK,
                 "%s", why.detail);
    cr_assert_eq(ratls_trust_set_passport_audience(by, AUD, &why), RATLS_OK, "%s", why.detail);
}

/* New. */
static inline struct ratls_buffer issuer_sign(const struct issuer *i, const char *typ,
                                              struct ratls_bytes payload)
{
    struct ratls_buffer token = {0};

    cr_assert_eq(ratls_jwt_sign_json(i->key, typ, payload, &token), RATLS_OK);
    return token;
}

#endif
