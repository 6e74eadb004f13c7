/* forge corpus: seeds of bundles. The first byte chooses what the rest is: a bundle, a document, a
 * header (tests/fuzz/bundle_fuzz.c). */
#include "bundle_key.h"
#include "corpus.h"
#include "ratls/bundle.h"

#define FORMAT "\"format\":\"ratls-trust/1\""
#define WHOLE                                                                                      \
    "{" FORMAT ",\"issuer\":\"Example Inc.\",\"bundle\":\"web\",\"revision\":7,\"items\":[{"       \
    "\"kind\":\"refval\",\"tee\":\"snp\",\"name\":\"web\",\"version\":1,\"state\":\"active\","     \
    "\"body\":{\"measurements\":[\"00ff\"]}}]}"
#define ESCAPED                                                                                    \
    "{\"issuer\":\"\\u00e4\",\"bundle\":\"b\",\"revision\":1,\"items\":[{}]," FORMAT "}\n"

static const char *const documents[] = {WHOLE, "{" FORMAT ",\"items\":[]}", ESCAPED};

static const char *const headers[] = {
    "{\"alg\":\"ES256\",\"typ\":\"ratls-bundle+jws\",\"kid\":\"k1\"}",
    "{\"alg\":\"none\",\"typ\":\"JWT\",\"crit\":[\"b64\"],\"b64\":false}",
    "{\"alg\":\"HS256\",\"typ\":\"ratls-bundle+jws\",\"kid\":\"k1\",\"\\u006bid\":\"\"}",
};

static bool put_text(const struct corpus *c, const char *kind, uint8_t reader, const char *text)
{
    struct ratls_buffer copy = {0};
    char name[32];

    (void)snprintf(name, sizeof name, "%s-%zu", kind, strlen(text));
    return rt_dup(ratls_bytes_str(text), &copy) == RATLS_OK &&
           seed_for_reader(c, name, reader, &copy);
}

bool corpus_bundle(const struct corpus *c)
{
    enum { BUNDLE, DOCUMENT, HEADER };
    struct ratls_buffer jws = {0};

    for (size_t i = 0; i < RT_COUNT(documents); i++)
        if (!put_text(c, "document", DOCUMENT, documents[i]))
            return false;
    for (size_t i = 0; i < RT_COUNT(headers); i++)
        if (!put_text(c, "header", HEADER, headers[i]))
            return false;
    return ratls_bundle_sign(ratls_bytes_str(WHOLE), ratls_bytes_str(BUNDLE_PRIVATE_KEY), "k1",
                             &jws, NULL) == RATLS_OK &&
           seed_for_reader(c, "bundle", BUNDLE, &jws);
}
