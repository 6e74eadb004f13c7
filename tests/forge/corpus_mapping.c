/* forge corpus: seeds of CoRIM and of baselines of secGear. The first byte chooses what the rest is
 * (tests/fuzz/corim_fuzz.c, refs_fuzz.c). */
#include "corpus.h"
#include "ratls/bundle.h"

#define H32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define H48 H32 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ITEM(tee, more, body)                                                                      \
    "{\"kind\":\"refval\",\"tee\":\"" tee "\",\"name\":\"web\",\"version\":3,"                     \
    "\"state\":\"active\"," more "\"body\":{" body "}}"
#define DOC(more, items) "{\"format\":\"ratls-trust/1\"," more "\"items\":[" items "]}"
#define MEASURED         "\"measurements\":[\"" H48 "\",\"00\"]"

static const char plain[] = DOC("", ITEM("snp", "\"not_before\":1,\"not_after\":2,", MEASURED));
static const char usual[] =
    DOC("", ITEM("tdx", "", MEASURED ",\"claims\":{\"tdx.rtmr_0\":[\"" H48 "\"]}") "," ITEM(
                "my_plugin", "", "\"claims\":{\"a\":[7,-1]},\"minimum\":{\"snp.guest_svn\":3}"));
static const char whole[] = DOC(
    "\"issuer\":\"i\",\"bundle\":\"b\",\"revision\":7,",
    ITEM("virtcca", "\"author\":\"me\",\"created\":5,",
         MEASURED
         ",\"claims\":{\"c\":[\"t\",true,\"00FF\"]},\"lists\":{\"l\":[\"01\"],\"m\":[]},"
         "\"tcb_status\":[\"UpToDate\"],\"advisory_ids\":{\"accepted\":[],\"rejected\":[\"x\"]},"
         "\"comment\":\"\\u20ac\""));

static bool text(const struct corpus *c, const char *name, uint8_t reader, const char *content)
{
    struct ratls_buffer copy = {0};

    return rt_dup(ratls_bytes_str(content), &copy) == RATLS_OK &&
           seed_for_reader(c, name, reader, &copy);
}

bool corpus_corim(const struct corpus *c)
{
    enum { CBOR, JSON };
    static const char *const documents[] = {plain, usual, whole};
    static const char *const cbor_names[] = {"plain-cbor", "usual-cbor", "whole-cbor"};
    static const char *const json_names[] = {"plain-json", "usual-json", "whole-json"};

    for (size_t i = 0; i < RT_COUNT(documents); i++) {
        struct ratls_buffer cbor = {0};
        if (ratls_corim_write(ratls_bytes_str(documents[i]), &cbor, NULL) != RATLS_OK ||
            !seed_for_reader(c, cbor_names[i], CBOR, &cbor) ||
            !text(c, json_names[i], JSON, documents[i]))
            return false;
    }
    return true;
}

bool corpus_refs(const struct corpus *c)
{
    enum { REFS, LIST };

    return text(c, "string", REFS, "{\"refs\":\"{\\\"vcca.cvm.rim\\\":\\\"" H32 "\\\"}\"}") &&
           text(c, "object", REFS, "{\"refs\":{\"vcca.cvm.rem.3\":[\"" H32 "\",\"" H48 "\"]}}") &&
           text(c, "inner", REFS,
                "{\"vcca.cvm.rim\":\"" H32 "\",\"virtcca_ima_" H32 "\":\"" H32 "  a\\n\"}") &&
           text(c, "unknown", REFS, "{\"itrustee.ta_img\":\"" H32 "\"}") &&
           text(c, "list", LIST, H32 "\n" H32 "  /bin/sh\r\n\n" H32 " *x\n");
}
