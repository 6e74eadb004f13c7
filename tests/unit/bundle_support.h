/* bundle_support.h - keys, and bundles signed by wolfCrypt instead of libjwt, with any header. */
#ifndef BUNDLE_SUPPORT_H
#define BUNDLE_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto.h"
#include "crypto_rsa.h"
#include "ratls/bundle.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)
#define TEXT(s)    ratls_bytes_str(s)

#define DOCUMENT                                                                                   \
    "{\"format\": \"ratls-trust/1\", \"issuer\": \"Example Inc.\", \"bundle\": \"web\",\n"         \
    " \"revision\": 7, \"items\": [ ]}\n"
#define HEADER(alg) "{\"alg\":\"" alg "\",\"typ\":\"ratls-bundle+jws\",\"kid\":\"k1\"}"

enum signer { P256, P384, P521, RSA, SIGNERS };
static const char *const alg_of[SIGNERS] = {"ES256", "ES384", "ES512", "RS256"};
static struct rt_key *ec[RSA];
static struct rt_rsa_key *rsa;
static struct ratls_buffer private_pem[SIGNERS], public_pem[SIGNERS];
static struct ratls_error err;

static inline void make_keys(void)
{
    const struct ratls_env *env = ratls_env_system();
    static const enum rt_curve curves[] = {RT_P256, RT_P384, RT_P521};
    struct ratls_buffer der = {0};

    for (size_t i = 0; i < RSA; i++) {
        MUST(rt_key_generate(env, curves[i], &ec[i]));
        MUST(rt_key_export(ec[i], &der));
        MUST(rt_pem_write("EC PRIVATE KEY", rt_bytes_of(&der), &private_pem[i]));
        ratls_buffer_free(&der);
        MUST(rt_pem_write("PUBLIC KEY", rt_key_spki(ec[i]), &public_pem[i]));
    }
    MUST(rt_rsa_generate(env, 2048, &rsa));
    MUST(rt_rsa_export(rsa, &der));
    MUST(rt_pem_write("RSA PRIVATE KEY", rt_bytes_of(&der), &private_pem[RSA]));
    ratls_buffer_free(&der);
    MUST(rt_pem_write("PUBLIC KEY", rt_rsa_spki(rsa), &public_pem[RSA]));
    err = (struct ratls_error){0};
}

static inline void free_keys(void)
{
    for (size_t i = 0; i < SIGNERS; i++) {
        ratls_buffer_free(&private_pem[i]);
        ratls_buffer_free(&public_pem[i]);
    }
    for (size_t i = 0; i < RSA; i++)
        rt_key_free(ec[i]);
    rt_rsa_free(rsa);
}

static inline void put_signature(struct rt_writer *w, enum signer by)
{
    static const size_t lens[] = {64, 96, 132};
    struct ratls_buffer sig = {0};
    uint8_t raw[132];

    if (by == RSA) {
        MUST(rt_rsa_sign_pkcs1(ratls_env_system(), rsa, rt_written(w), &sig));
    } else {
        MUST(rt_sign_raw(ratls_env_system(), ec[by], rt_written(w), raw, lens[by]));
        MUST(rt_dup(ratls_bytes(raw, lens[by]), &sig));
    }
    rt_put_u8(w, '.');
    rt_put_base64url(w, rt_bytes_of(&sig));
    ratls_buffer_free(&sig);
}

/* The parts as they are, in base64url or not. New. */
static inline struct ratls_buffer forge_of_parts(const char *header, const char *payload,
                                                 enum signer by)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    rt_put_bytes(&w, TEXT(header));
    rt_put_u8(&w, '.');
    rt_put_bytes(&w, TEXT(payload));
    put_signature(&w, by);
    MUST(rt_writer_take(&w, &out));
    return out;
}

static inline struct ratls_buffer forge(struct ratls_bytes header, struct ratls_bytes payload,
                                        enum signer by)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    rt_put_base64url(&w, header);
    rt_put_u8(&w, '.');
    rt_put_base64url(&w, payload);
    put_signature(&w, by);
    MUST(rt_writer_take(&w, &out));
    return out;
}

/* From a block of its own size. *out is new. */
static inline enum ratls_err open_with(struct ratls_bytes jws, struct ratls_bytes key,
                                       struct ratls_buffer *out)
{
    uint8_t *copy = malloc(jws.len + !jws.len);

    cr_assert(copy);
    if (jws.len)
        memcpy(copy, jws.p, jws.len);
    err = (struct ratls_error){0};
    enum ratls_err e = ratls_bundle_open(ratls_bytes(copy, jws.len), key, out, &err);
    cr_expect_eq(err.code, e);
    cr_expect_eq(e == RATLS_OK, out->p != NULL);
    free(copy);
    return e;
}

static inline void expect_open(struct ratls_bytes jws, enum signer by, enum ratls_err due,
                               const char *detail)
{
    struct ratls_buffer document = {0};
    enum ratls_err e = open_with(jws, rt_bytes_of(&public_pem[by]), &document);

    cr_expect_eq(e, due, "%s: %s", ratls_err_reason(e), err.detail);
    cr_expect(due == RATLS_OK || strstr(err.detail, detail), "'%s', not '%s'", err.detail, detail);
    ratls_buffer_free(&document);
}

#endif
