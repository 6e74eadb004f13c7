/* Seeds of trust documents: each kind of item, each member of a body, and two that are refused. */
#include "corpus.h"

#define DOCUMENT(items) "{\"format\":\"ratls-trust/1\",\"items\":[" items "]}"
#define HEADER(kind, tee, name)                                                                    \
    "{\"kind\":\"" kind "\",\"tee\":\"" tee "\",\"name\":\"" name                                  \
    "\",\"version\":1,\"state\":\"active\","
#define WEB  HEADER("refval", "tdx", "web")
#define M_16 "00112233445566778899aabbccddeeff"
#define KEY  "1111111111111111111111111111111111111111111111111111111111111111"

static const char *const documents[] = {
    DOCUMENT(""),
    DOCUMENT(WEB "\"not_before\":1,\"not_after\":1900000000,\"author\":\"a\",\"created\":1,"
                 "\"body\":{\"measurements\":[\"" M_16 "\"]}}"),
    DOCUMENT(WEB "\"body\":{\"measurements\":[\"" M_16 "\"],\"claims\":{\"tdx.rtmr_0\":[\"00\"],"
                 "\"debug\":[false],\"snp.guest_svn\":[3]},\"minimum\":{\"snp.guest_svn\":2},"
                 "\"tcb_status\":[\"UpToDate\"],\"comment\":\"x\","
                 "\"advisory_ids\":{\"accepted\":[\"INTEL-SA-00837\"],\"rejected\":[\"x\"]}}}"),
    DOCUMENT(WEB "\"body\":{\"claims\":{\"tdx.rtmr_0\":[\"00\"]},"
                 "\"lists\":{\"advisory_ids\":[\"00\",\"01\"]}}}"),
    DOCUMENT(
        HEADER("revocation", "",
               "key-02d449a31fbb267c8f352e9968a79e3e") "\"body\":{\"what\":\"key\",\"value\":\"" KEY
                                                       "\"}}"),
    DOCUMENT(
        HEADER("revocation", "snp",
               "platform-d1a5f998fa6ed82da6943127533b412f") "\"body\":{\"what\":\"platform\","
                                                            "\"value\":\"0011223344556677\"}}"),
    DOCUMENT(
        HEADER("revocation", "",
               "measurement-a8faed6abbf35c12a4b26e40f6feb19d") "\"body\":{\"what\":\"measurement\","
                                                               "\"value\":\"" M_16 "\"}}"),
    DOCUMENT("{\"kind\":\"policy\",\"name\":\"web\",\"version\":2,\"state\":\"active\","
             "\"body\":{\"tees\":{\"tdx\":{\"reference_values\":[\"web\",\"*\"]}}}}"),
    DOCUMENT(HEADER("anchor", "tdx", "a") "\"body\":{\"type\":\"pin\",\"spki_sha256\":\"" KEY
                                          "\"}}"),
    "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\",\"revision\":7,\"items\":[]}",
    DOCUMENT(WEB "\"body\":{\"measurements\":[\"" M_16 "\"],\"measurements\":[]}}"),
    DOCUMENT(WEB "\"body\":{\"claims\":{\"tdx.rtmr_0\":[\"00\"]},\"changed\":1}}"),
};

bool corpus_trust_document(const struct corpus *c)
{
    char name[32];
    bool made = true;

    for (size_t i = 0; i < RT_COUNT(documents) && made; i++) {
        (void)snprintf(name, sizeof name, "seed-%zu", i);
        made = seed(c, name, ratls_bytes_str(documents[i]));
    }
    return made;
}
