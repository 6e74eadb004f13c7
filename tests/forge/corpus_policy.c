/* Seeds of policies: read alone, and asked about claims. */
#include "corpus.h"

#define ANY(members) "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true" members "}}}"

bool corpus_policy(const struct corpus *c)
{
    static const char *const list[] = {
        "{\"tees\":{}}",
        "{\"tees\":{\"tdx\":{\"measurements\":[\"00112233445566778899aabbccddeeff\"],"
        "\"tcb_status\":[\"UpToDate\",\"not_evaluated\"],"
        "\"registers\":{\"tdx.rtmr_0\":[\"00\",\"01\"]},"
        "\"insecure_debug\":false,\"insecure_simulated\":true}},"
        "\"binding\":\"session\",\"max_evidence_age_s\":86400}",
        "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}},\"binding\":\"quote\"}",
        "{\"tees\":{\"snp\":{\"vmpl\":[0,1],\"insecure_migration_agent\":true,\"min_guest_svn\":4,"
        "\"min_tcb\":{\"Milan\":{\"snp\":24},\"Turin\":{\"fmc\":1}},"
        "\"chip_ids\":[\"59790fb1c39f35c1\"],\"denied_chip_ids\":[]}}}",
        "{\"tees\":{\"tdx\":{\"reference_values\":[\"web\",\"*\"]},\"sgx\":{\"reference_values\":[]"
        "}}}",
        "{\"tees\":{\"tdx\":{\"measurements\":[\"\\u0030\"]}},\"tees\":1.5e3}",
        ANY(",\"platform_ids\":[\"0011223344556677\"],\"denied_platform_ids\":[]"),
        ANY(",\"advisory_ids\":{\"accepted\":[\"INTEL-SA-00837\"],\"rejected\":[\"A\"]},"
            "\"max_tcb_age_s\":60"),
        ANY(",\"rules\":[{\"claim\":\"tdx.xfam\",\"in\":[\"e7\",\"E3\"],\"mask\":\"ff\"}]"),
        ANY(",\"rules\":[{\"name\":\"n\",\"any\":[{\"claim\":\"a\",\"equals\":true},"
            "{\"all\":[{\"claim\":\"b\",\"at_least\":1},{\"claim\":\"b\",\"at_most\":2}]}]},"
            "{\"not\":{\"claim\":\"c\",\"contains\":\"x\"}},{\"claim\":\"c\",\"only\":[\"x\"]},"
            "{\"claim\":\"d\",\"present\":false}]"),
        "{\"tees\":{\"tdx\":{}},\"peer_names\":[\"a.example\",\"192.0.2.1\"],"
        "\"services\":{\"web\":{\"tees\":{\"snp\":{}},\"binding\":\"key\"}}}",
        NULL,
    };

    return corpus_texts(c, list);
}

/* Claims in the form of tests/fuzz/policy_decide_fuzz.c, then a policy. */
static bool put_case(const struct corpus *c, const char *name, struct ratls_bytes claims,
                     const char *policy)
{
    struct rt_writer w = {0};
    struct ratls_buffer b = {0};

    rt_put_bytes(&w, claims);
    rt_put_bytes(&w, ratls_bytes_str(policy));
    return rt_writer_take(&w, &b) == RATLS_OK && seed_buffer(c, name, &b);
}

#define BYTES(text) ratls_bytes(text, sizeof(text) - 1)

bool corpus_policy_decide(const struct corpus *c)
{
    static const char good[] = "\x05"
                               "\x00\x02\x00"         /* simulated: false */
                               "\x01\x02\x00"         /* debug: false */
                               "\x02\x00\x08UpToDate" /* tcb_status */
                               "\x03\x00\x20"         /* measurement */
                               "00112233445566778899aabbccddeeff"
                               "\x04\x01\x11"; /* a: 17 */
    static const char lists[] = "\x03"
                                "\x05\x03\x02xx" /* b: a list of two */
                                "\x06\x00\x04"
                                "0aF0"          /* c: hex */
                                "\x08\x03\x00"; /* advisory_ids: empty */
    return put_case(c, "good", BYTES(good),
                    ANY(",\"rules\":[{\"claim\":\"a\",\"at_least\":17}]")) &&
           put_case(c, "nested", BYTES(good),
                    ANY(",\"rules\":[{\"any\":[{\"not\":{\"claim\":\"b\",\"equals\":1}},"
                        "{\"all\":[{\"claim\":\"a\",\"in\":[1,17]}]}]}]")) &&
           put_case(
               c, "lists", BYTES(lists),
               ANY(",\"rules\":[{\"claim\":\"b\",\"only\":[\"x\"]},{\"claim\":\"b\",\"contains\":"
                   "\"x\"},{\"claim\":\"c\",\"equals\":\"0a00\",\"mask\":\"ff00\"}],"
                   "\"advisory_ids\":{\"accepted\":[]}"));
}
