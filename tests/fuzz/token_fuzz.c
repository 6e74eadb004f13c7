/* Any bytes as token, as its header or as claims behind a signature; the first byte chooses which,
 * and the dialect.
 * Whatever is refused has a reason, and claims that are accepted are good for policies. */
#include <stdlib.h>

#include "bundle_key.h"
#include "compact.h"
#include "json.h"
#include "token_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1800000000

static enum ratls_token_dialect dialect;
static const char *const names[] = {"https://as.example", "veraison", "trustee"};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static int64_t standing_clock(void *arg)
{
    (void)arg;
    return NOW;
}

/* With the key of the seeds; made once. */
static struct ratls_issuers *believed(void)
{
    static struct ratls_issuers *issuers;
    static struct ratls_env env;
    struct ratls_jwt_key *key = NULL;
    struct ratls_buffer jwks = {0};

    if (issuers)
        return issuers;
    env = *ratls_env_system();
    env.now = standing_clock;
    must(ratls_jwt_key_new(ratls_env_system(), ratls_bytes_str(BUNDLE_PRIVATE_KEY), NULL, &key,
                           NULL) == RATLS_OK);
    must(ratls_jwks((const struct ratls_jwt_key *const *)&key, 1, &jwks) == RATLS_OK);
    must(ratls_issuers_new(&env, &issuers) == RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(names); i++)
        must(ratls_issuers_add_dialect(issuers, names[i], (enum ratls_token_dialect)i,
                                       rt_bytes_of(&jwks), NULL) == RATLS_OK);
    ratls_jwt_key_free(key);
    ratls_buffer_free(&jwks);
    return issuers;
}

static struct ratls_token_rules rules = {.audience = "web",
                                         .typ = RATLS_EAR_TYP,
                                         .allow_bearer = true,
                                         .ear = true,
                                         .allow_warning = true,
                                         .insecure_allow_none = true};

static void as_token(struct ratls_bytes token)
{
    struct ratls_token *t = NULL;
    struct ratls_error err = {0};

    enum ratls_err e = ratls_token_verify(believed(), token, &rules, &t, &err);
    must(e == err.code && (e == RATLS_OK) == (t != NULL));
    must(e == RATLS_OK || ratls_err_class(e) == RATLS_CLASS_ATTESTATION);
    if (t)
        must(ratls_token_issuer(t) && ratls_token_json(t).len > 0);
    ratls_token_free(t);
}

static void as_header(struct ratls_bytes header)
{
    struct rt_writer w = {0};

    rt_put_base64url(&w, header);
    rt_put_bytes(&w, ratls_bytes_str(".e30.AAAA"));
    if (!w.bad)
        as_token(rt_written(&w));
    rt_writer_free(&w);
}

/* As ratls_token_verify() does behind the signature. */
static void as_claims(struct ratls_bytes payload)
{
    struct ratls_token *t = calloc(1, sizeof *t);
    struct ratls_error err = {0};
    struct cJSON *claims = NULL;

    if (!t || rt_json_parse(payload, RATLS_E_TOKEN_FORMAT, &claims, NULL) != RATLS_OK)
        goto out;
    t->claims = ratls_claims_new();
    t->raw_claims = ratls_claims_new();
    struct rt_token_check c = {.rules = &rules,
                               .dialect = rt_dialect_of(dialect),
                               .now = NOW,
                               .claims = claims,
                               .token = t,
                               .err = &err};
    enum ratls_err e = rt_token_check_claims(&c);
    if (!e)
        e = rt_ear_check(&c);
    must(e == err.code);
    must(e == RATLS_OK || ratls_err_class(e) == RATLS_CLASS_ATTESTATION);
    must(e || ratls_claims_status(t->claims) == RATLS_OK);
    must(e || ratls_claims_status(t->raw_claims) == RATLS_OK);
    must(e || ratls_claims_get(t->claims, "ear.status"));
    for (size_t i = 0; !e && i < ratls_token_devices(t); i++)
        must(ratls_claims_status(ratls_token_device(t, i, NULL)->claims) == RATLS_OK);
out:
    rt_json_free(claims);
    ratls_token_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct ratls_bytes) = {as_token, as_header, as_claims};
    struct rt_reader r = rt_reader(ratls_bytes(data, size));

    const uint8_t which = rt_u8(&r);
    dialect = (enum ratls_token_dialect)(which / RT_COUNT(tries) % RT_COUNT(names));
    rules.issuer = names[dialect];
    tries[which % RT_COUNT(tries)](rt_rest(&r));
    return 0;
}
