/* token_support.h - an issuer with a key for each algorithm, a clock that stands, and tokens with
 * any header, payload and signature. */
#ifndef TOKEN_SUPPORT_H
#define TOKEN_SUPPORT_H

#include "bundle_support.h"
#include "jwk.h"
#include "ratls/token.h"

#define NOW 1800000000
#define ISS "https://as.example"
#define AUD "web"

/* Of a token that is accepted. */
#define HEAD(alg, kid) "{\"alg\":\"" alg "\",\"typ\":\"x+jwt\",\"kid\":\"" kid "\"}"
#define IDS            "\"iss\":\"" ISS "\",\"aud\":\"" AUD "\""
#define DATES          "\"iat\":1800000000,\"nbf\":1800000000,\"exp\":1800000300"
#define PLAIN(more)    "{" IDS "," DATES more "}"

enum alg { ES256, ES384, PS256, RS256, ALGS };
static const char *const alg_name[ALGS] = {"ES256", "ES384", "PS256", "RS256"};
static const char *const kid_of[ALGS] = {"es256", "es384", "ps256", "rs256"};
static const char *const head_of[ALGS] = {HEAD("ES256", "es256"), HEAD("ES384", "es384"),
                                          HEAD("PS256", "ps256"), HEAD("RS256", "rs256")};

static struct ratls_env token_env;
static int64_t token_now;
static struct ratls_issuers *issuers;

static inline int64_t standing_clock(void *arg)
{
    (void)arg;
    return token_now;
}

static inline struct rt_public_key public_of(enum alg alg)
{
    struct rt_public_key key;

    MUST(rt_public_key_parse(alg >= PS256 ? rt_rsa_spki(rsa) : rt_key_spki(ec[alg]), &key, NULL));
    return key;
}

static inline void put_public(struct rt_writer *w, enum alg alg)
{
    const struct rt_public_key key = public_of(alg);
    char more[128];

    rt_put_u8(w, '{');
    rt_jwk_put_members(w, &key);
    (void)snprintf(more, sizeof more, ",\"use\":\"sig\",\"alg\":\"%s\",\"kid\":\"%s\"}",
                   alg_name[alg], kid_of[alg]);
    rt_put_bytes(w, TEXT(more));
}

/* All four. New. */
static inline struct ratls_buffer make_jwks(void)
{
    struct rt_writer w = {0};
    struct ratls_buffer out = {0};

    rt_put_bytes(&w, TEXT("{\"keys\":["));
    for (enum alg i = ES256; i < ALGS; i++) {
        if (i > ES256)
            rt_put_u8(&w, ',');
        put_public(&w, i);
    }
    rt_put_bytes(&w, TEXT("]}"));
    MUST(rt_writer_take(&w, &out));
    return out;
}

static inline void make_issuer(void)
{
    make_keys();
    token_env = *ratls_env_system();
    token_env.now = standing_clock;
    token_now = NOW;
    struct ratls_buffer jwks = make_jwks();
    MUST(ratls_issuers_new(&token_env, &issuers));
    MUST(ratls_issuers_add(issuers, ISS, rt_bytes_of(&jwks), &err));
    ratls_buffer_free(&jwks);
}

static inline void free_issuer(void)
{
    ratls_issuers_unref(issuers);
    free_keys();
}

/* New. */
static inline struct ratls_buffer sign_as(enum alg alg, struct ratls_bytes text)
{
    struct ratls_buffer sig = {0};
    uint8_t raw[96];

    if (alg == PS256) {
        MUST(rt_rsa_sign_pss(&token_env, rsa, RT_SHA256, text, &sig));
    } else if (alg == RS256) {
        MUST(rt_rsa_sign_pkcs1(&token_env, rsa, text, &sig));
    } else {
        const size_t len = alg == ES256 ? 64 : 96;
        MUST(rt_sign_raw(&token_env, ec[alg], text, raw, len));
        MUST(rt_dup(ratls_bytes(raw, len), &sig));
    }
    return sig;
}

static inline void put_text(struct rt_writer *w, const char *header, const char *payload)
{
    rt_put_base64url(w, TEXT(header));
    rt_put_u8(w, '.');
    rt_put_base64url(w, TEXT(payload));
}

static inline struct ratls_buffer with_signature(struct rt_writer *w, struct ratls_bytes sig)
{
    struct ratls_buffer out = {0};

    rt_put_u8(w, '.');
    rt_put_base64url(w, sig);
    MUST(rt_writer_take(w, &out));
    return out;
}

/* New. */
static inline struct ratls_buffer make_token(const char *header, const char *payload, enum alg by)
{
    struct rt_writer w = {0};

    put_text(&w, header, payload);
    struct ratls_buffer sig = sign_as(by, rt_written(&w));
    struct ratls_buffer out = with_signature(&w, rt_bytes_of(&sig));
    ratls_buffer_free(&sig);
    return out;
}

static const struct ratls_token_rules usual = {.audience = AUD, .typ = "x+jwt"};

/* From a block of its own size. *out is new. */
static inline enum ratls_err verify_with(struct ratls_bytes token,
                                         const struct ratls_token_rules *rules,
                                         struct ratls_token **out)
{
    uint8_t *copy = malloc(token.len + !token.len);

    cr_assert(copy);
    if (token.len)
        memcpy(copy, token.p, token.len);
    err = (struct ratls_error){0};
    enum ratls_err e = ratls_token_verify(issuers, ratls_bytes(copy, token.len), rules, out, &err);
    cr_expect_eq(err.code, e, "%s: %s", ratls_err_reason(e), err.detail);
    cr_expect_eq(e == RATLS_OK, *out != NULL);
    free(copy);
    return e;
}

/* `detail` is part of the text; "" for RATLS_OK. */
static inline void expect_token(struct ratls_bytes token, const struct ratls_token_rules *rules,
                                enum ratls_err due, const char *detail)
{
    struct ratls_token *t = NULL;
    enum ratls_err e = verify_with(token, rules, &t);

    cr_expect_eq(e, due, "%s: '%s', not %s '%s'", ratls_err_reason(e), err.detail,
                 ratls_err_reason(due), detail);
    cr_expect(strstr(err.detail, detail), "'%s', not '%s'", err.detail, detail);
    ratls_token_free(t);
}

static inline void expect_payload(const char *payload, const struct ratls_token_rules *rules,
                                  enum ratls_err due, const char *detail)
{
    struct ratls_buffer token = make_token(head_of[ES256], payload, ES256);

    expect_token(rt_bytes_of(&token), rules, due, detail);
    ratls_buffer_free(&token);
}

#endif
