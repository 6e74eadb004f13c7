/* Any bytes as proof, as its header, as claims behind a good signature, or as URL; the first byte
 * chooses which. What is refused has a reason and gives no key; the form of a URL has one form. */
#include <stdlib.h>

#include "bundle_key.h"
#include "htu.h"
#include "jwk.h"
#include "jwt_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1800000000
#define URL "https://api.example/v1"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void as_proof(struct ratls_bytes text)
{
    const struct ratls_dpop_rules rules = {
        .method = "POST", .url = URL, .max_age_s = 60, .skew_s = 10, .now = NOW};
    struct ratls_dpop_proof proof;
    struct ratls_error err = {0};

    enum ratls_err e = ratls_dpop_verify(ratls_env_system(), text, &rules, &proof, &err);
    must(e == err.code && (e == RATLS_OK) == (strlen(proof.jkt) == RATLS_JWK_THUMB_LEN));
    must(e == RATLS_OK || ratls_err_class(e) == RATLS_CLASS_ATTESTATION);
    must(e == RATLS_OK || proof.nonce[0] == 0);
}

static void as_header(struct ratls_bytes header)
{
    struct rt_writer w = {0};

    rt_put_base64url(&w, header);
    rt_put_bytes(&w, ratls_bytes_str(".e30.AAAA"));
    if (!w.bad)
        as_proof(rt_written(&w));
    rt_writer_free(&w);
}

/* By the key of the seeds; made once. */
static struct ratls_jwt_key *signer(struct rt_writer *header)
{
    static struct ratls_jwt_key *key;

    if (!key)
        must(ratls_jwt_key_new(ratls_env_system(), ratls_bytes_str(BUNDLE_PRIVATE_KEY), NULL, &key,
                               NULL) == RATLS_OK);
    rt_put_bytes(header, ratls_bytes_str("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{"));
    rt_jwk_put_members(header, &key->public);
    rt_put_bytes(header, ratls_bytes_str("}}"));
    return key;
}

static void as_claims(struct ratls_bytes payload)
{
    struct rt_writer header = {0};
    struct ratls_buffer text = {0};
    struct ratls_jwt_key *key = signer(&header);

    if (rt_jws_make(key, rt_written(&header), payload, RATLS_DPOP_MAX, &text) == RATLS_OK)
        as_proof(rt_bytes_of(&text));
    ratls_buffer_free(&text);
    rt_writer_free(&header);
}

static void as_url(struct ratls_bytes text)
{
    char *url = calloc(1, text.len + 1);
    struct rt_htu once, twice;

    if (!url)
        return;
    if (text.len)
        memcpy(url, text.p, text.len);
    /* one that becomes longer than a URL may be is none */
    if (rt_htu_normal(url, &once) && once.len <= RATLS_DPOP_URL_MAX)
        must(rt_htu_normal(once.text, &twice) && strcmp(once.text, twice.text) == 0);
    free(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(struct ratls_bytes) = {as_proof, as_header, as_claims, as_url};
    struct rt_reader r = rt_reader(ratls_bytes(data, size));

    const uint8_t which = rt_u8(&r) % RT_COUNT(tries);
    tries[which](rt_rest(&r));
    return 0;
}
