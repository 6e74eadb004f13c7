/* forge corpus: seeds of CBOR and of COSE_Sign1, as tokens have them. */
#include "cbor.h"
#include "corpus.h"
#include "sim_cose.h"

/* A payload like that of a token of Arm CCA: keys of both kinds, lists, maps within them. */
static void put_claims(struct rt_writer *w)
{
    static const uint8_t challenge[64] = {1};

    rt_cbor_put(w, RT_CBOR_MAP, 6);
    rt_cbor_put(w, RT_CBOR_UINT, 10);
    rt_cbor_put_bstr(w, ratls_bytes(challenge, sizeof challenge));
    rt_cbor_put(w, RT_CBOR_UINT, 265);
    rt_cbor_put_tstr(w, "tag:arm.com,2023:realm#1.0.0");
    rt_cbor_put(w, RT_CBOR_UINT, 2399);
    rt_cbor_put(w, RT_CBOR_ARRAY, 2);
    for (unsigned i = 0; i < 2; i++) {
        rt_cbor_put(w, RT_CBOR_MAP, 1);
        rt_cbor_put(w, RT_CBOR_UINT, 2);
        rt_cbor_put_bstr(w, ratls_bytes(challenge, 32));
    }
    rt_cbor_put(w, RT_CBOR_NINT, 74999);
    rt_cbor_put(w, RT_CBOR_UINT, UINT64_MAX);
    rt_cbor_put_tstr(w, "vcca_token");
    rt_cbor_put(w, RT_CBOR_TAG, 907);
    rt_cbor_put(w, RT_CBOR_NINT, 0);
    rt_cbor_put_tstr(w, "");
    rt_put(w, "\x84\xf6\xf5\xf9\x3c\x00\xfb\x40\x09\x21\xfb\x54\x44\x2d\x18", 15);
}

static bool make_claims(struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    put_claims(&w);
    return rt_writer_take(&w, out) == RATLS_OK;
}

bool corpus_cbor_tree(const struct corpus *c)
{
    static const char *const hex[] = {
        "00",
        "3bffffffffffffffff",
        "d2a10126",
        "8301820203820405",
        "a201002000",
        "a2010001f6",
        "9fff",
        "9bffffffffffffffff",
        "5affffffff",
        "818181818181818100",
        "81818181818181818100",
    };
    struct ratls_buffer claims = {0};
    char name[32];

    for (size_t i = 0; i < RT_COUNT(hex); i++) {
        uint8_t bytes[16];
        size_t len = sizeof bytes;
        (void)snprintf(name, sizeof name, "item-%zu", i);
        if (!rt_unhex(hex[i], strlen(hex[i]), bytes, &len) ||
            !seed(c, name, ratls_bytes(bytes, len)))
            return false;
    }
    return make_claims(&claims) && seed_buffer(c, "claims", &claims);
}

static bool seed_signed(const struct corpus *c, const char *name, const struct rt_sim_signer *by)
{
    struct ratls_buffer claims = {0}, message = {0};
    bool made =
        make_claims(&claims) && rt_sim_cose_sign1(ratls_env_system(), by, rt_sim_cose_alg(by),
                                                  rt_bytes_of(&claims), &message) == RATLS_OK;

    ratls_buffer_free(&claims);
    return made && seed_buffer(c, name, &message);
}

bool corpus_cose(const struct corpus *c)
{
    static const struct {
        const char *name;
        enum rt_curve curve;
    } rows[] = {{"es256", RT_P256}, {"es384", RT_P384}, {"es512", RT_P521}};
    const struct ratls_env *env = ratls_env_system();
    struct rt_sim_signer by = {0};
    bool made = rt_rsa_generate(env, 2048, &by.rsa) == RATLS_OK && seed_signed(c, "ps256", &by);

    rt_rsa_free(by.rsa);
    for (size_t i = 0; i < RT_COUNT(rows) && made; i++) {
        by = (struct rt_sim_signer){0};
        made = rt_key_generate(env, rows[i].curve, &by.ec) == RATLS_OK &&
               seed_signed(c, rows[i].name, &by);
        rt_key_free(by.ec);
    }
    return made;
}
