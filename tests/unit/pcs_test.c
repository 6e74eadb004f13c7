/* The four documents of a platform, put together. Over TLS and with real documents they are fetched
 * in tests/scenario/collateral_fetch.sh. */
#include "http_support.h"

#include <cjson/cJSON.h>

#include "pcs.h"

#define CHAIN(name) name ": -----BEGIN%20CERTIFICATE-----%0A\r\n"
#define PEM         "-----BEGIN CERTIFICATE-----\n"
#define PCK_CRL     CHAIN("SGX-PCK-CRL-Issuer-Chain")
#define TCB_INFO    CHAIN("TCB-Info-Issuer-Chain")
#define QE_IDENTITY CHAIN("SGX-Enclave-Identity-Issuer-Chain")
#define ANSWER(h, b)                                                                               \
    {                                                                                              \
        (const uint8_t *)OK_LINE CLOSE h "\r\n" b, sizeof OK_LINE CLOSE h "\r\n" b - 1             \
    }

static const struct ratls_bytes good[MAX_REQUESTS] = {
    ANSWER(PCK_CRL, "3000"),
    ANSWER("", "0\x01\x09"),
    ANSWER(TCB_INFO, "{\"tcbInfo\":{},\"signature\":\"ab\"}"),
    ANSWER(QE_IDENTITY, "{\"enclaveIdentity\": {} }"),
};

static const struct ratls_collateral_query query = {
    .tee = "tdx", .fmspc = {0xB0, 0xC0, 0x6F, 0, 0, 0x1}, .platform_ca = true};

/* From the server, as a PCCS. */
static enum ratls_err fetch_of(const struct ratls_bytes *answers, size_t n,
                               const struct ratls_collateral_source *like,
                               struct ratls_buffer *json, struct ratls_error *err)
{
    struct ratls_collateral_source source = *like;
    char base[128];

    start_server(answers, n, 0);
    (void)snprintf(base, sizeof base, "%s/", server.base);
    source.base_url = base;
    enum ratls_err e = rt_pcs_fetch(ratls_env_system(), &source, &query, json, err);
    stop_server();
    cr_expect_eq(e == RATLS_OK, json->p != NULL);
    return e;
}

static enum ratls_err fetch(const struct ratls_bytes *answers, struct ratls_buffer *json,
                            struct ratls_error *err)
{
    static const struct ratls_collateral_source pccs = {.pccs = true};

    return fetch_of(answers, MAX_REQUESTS, &pccs, json, err);
}

static bool asked(size_t i, const char *path)
{
    char line[256];

    (void)snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", path);
    return strncmp(server.requests[i], line, strlen(line)) == 0;
}

Test(pcs, puts_the_documents_together_unchanged)
{
    static const char *const expected[][2] = {
        {"pck_crl_issuer_chain", PEM},
        {"pck_crl", "3000"},
        {"root_ca_crl", "300109"},
        {"tcb_info_issuer_chain", PEM},
        {"tcb_info", "{\"tcbInfo\":{},\"signature\":\"ab\"}"},
        {"qe_identity_issuer_chain", PEM},
        {"qe_identity", "{\"enclaveIdentity\": {} }"},
    };
    struct ratls_buffer json = {0};
    struct ratls_error err = {0};

    cr_assert_eq(fetch(good, &json, &err), RATLS_OK, "%s", err.detail);
    cJSON *file = cJSON_Parse((const char *)json.p);
    cr_assert_eq(cJSON_GetArraySize(file), (int)RT_COUNT(expected));
    for (size_t i = 0; i < RT_COUNT(expected); i++) {
        const cJSON *member = cJSON_GetArrayItem(file, (int)i);
        cr_expect_str_eq(member->string, expected[i][0]);
        cr_expect_str_eq(member->valuestring, expected[i][1]);
    }
    cJSON_Delete(file);
    ratls_buffer_free(&json);
}

Test(pcs, asks_a_pccs_for_everything)
{
    struct ratls_buffer json = {0};

    cr_assert_eq(fetch(good, &json, NULL), RATLS_OK);
    ratls_buffer_free(&json);
    cr_expect(asked(0, "/sgx/certification/v4/pckcrl?ca=platform&encoding=der"));
    cr_expect(asked(1, "/sgx/certification/v4/rootcacrl"));
    cr_expect(asked(2, "/tdx/certification/v4/tcb?fmspc=b0c06f000001"));
    cr_expect(asked(3, "/tdx/certification/v4/qe/identity"));
}

Test(pcs, asks_the_vendor_for_the_roots_list_at_its_own_place)
{
    const struct ratls_collateral_source pcs = {
        .root_crl_url = "http://127.0.0.1:9/root.der", .api_key = "key-1", .early = true};
    struct ratls_error err = {0};
    struct ratls_buffer json = {0};

    cr_expect_eq(fetch_of(good, 1, &pcs, &json, &err), RATLS_E_FETCH);
    cr_expect(strstr(err.detail, "http://127.0.0.1:9/root.der: "), "%s", err.detail);
    cr_expect(strstr(server.requests[0], "\r\nOcp-Apim-Subscription-Key: key-1\r\n"));
}

/* The list of the root comes from another host in general. */
Test(pcs, shows_the_key_to_the_service_alone)
{
    struct ratls_collateral_source source = {.api_key = "key-1", .pccs = true, .early = true};
    struct ratls_buffer json = {0};
    struct ratls_bytes reply[] = {good[1]};
    char url[128];

    cr_assert_eq(fetch_of(good, MAX_REQUESTS, &source, &json, NULL), RATLS_OK);
    ratls_buffer_free(&json);
    for (size_t i = 0; i < MAX_REQUESTS; i++)
        cr_expect(strstr(server.requests[i], "key-1"), "%zu", i);
    cr_expect(asked(2, "/tdx/certification/v4/tcb?fmspc=b0c06f000001&update=early"));
    cr_expect(asked(3, "/tdx/certification/v4/qe/identity?update=early"));

    const struct ratls_bytes both[] = {good[0], reply[0]};
    start_server(both, 2, 0);
    (void)snprintf(url, sizeof url, "%s/root.der", server.base);
    source = (struct ratls_collateral_source){
        .api_key = "key-1", .base_url = server.base, .root_crl_url = url, .timeout_ms = 2000};
    (void)!rt_pcs_fetch(ratls_env_system(), &source, &query, &json, NULL);
    stop_server();
    cr_expect(strstr(server.requests[0], "key-1"));
    cr_expect(asked(1, "/root.der"));
    cr_expect_not(strstr(server.requests[1], "key-1"));
}

Test(pcs, takes_the_header_of_version_3)
{
    struct ratls_bytes answers[MAX_REQUESTS];
    const struct ratls_bytes old = ANSWER(CHAIN("SGX-TCB-Info-Issuer-Chain"), "{}");
    struct ratls_buffer json = {0};

    memcpy(answers, good, sizeof good);
    answers[2] = old;
    cr_expect_eq(fetch(answers, &json, NULL), RATLS_OK);
    ratls_buffer_free(&json);
}

static const struct {
    size_t i;
    struct ratls_bytes answer;
    enum ratls_err e;
    const char *why;
} bad[] = {
    {0, ANSWER("", "3000"), RATLS_E_FETCH, "no SGX-PCK-CRL-Issuer-Chain header"},
    {2, ANSWER("", "{}"), RATLS_E_FETCH, "no TCB-Info-Issuer-Chain header"},
    {3, ANSWER(TCB_INFO, "{}"), RATLS_E_FETCH, "no SGX-Enclave-Identity-Issuer-Chain header"},
    {0, ANSWER("SGX-PCK-CRL-Issuer-Chain: x\r\n", "3000"), RATLS_E_COLLATERAL_FORMAT,
     "pck_crl_issuer_chain: issuer chain: no certificate"},
    {0, ANSWER(PCK_CRL, "<html>"), RATLS_E_COLLATERAL_FORMAT, "pck_crl: CRL: "},
    {1, ANSWER("", ""), RATLS_E_COLLATERAL_FORMAT, "root_ca_crl: CRL: "},
    {2, ANSWER(TCB_INFO, "<html>"), RATLS_E_COLLATERAL_FORMAT, "tcb_info: JSON at byte 0"},
    {3, ANSWER(QE_IDENTITY, ""), RATLS_E_COLLATERAL_FORMAT, "qe_identity: JSON at byte 0"},
};

Test(pcs, refuses_each_document_that_is_wrong)
{
    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_bytes answers[MAX_REQUESTS];
        struct ratls_buffer json = {0};
        struct ratls_error err = {0};
        memcpy(answers, good, sizeof good);
        answers[bad[i].i] = bad[i].answer;
        cr_expect_eq(fetch(answers, &json, &err), bad[i].e, "%zu", i);
        cr_expect(strstr(err.detail, bad[i].why), "%zu: %s", i, err.detail);
    }
}

/* ---- limits of size ---- */

static const struct {
    const char *chain;
    size_t max;
} documents[MAX_REQUESTS] = {
    {PCK_CRL, RT_MAX_CRL}, {"", RT_MAX_CRL}, {TCB_INFO, RT_MAX_JSON}, {QE_IDENTITY, RT_MAX_JSON}};

/* The answer of document `i` with `len` bytes behind its headers. */
static struct rt_writer long_answer(size_t i, size_t len)
{
    struct rt_writer w = {0};

    rt_put(&w, OK_LINE CLOSE, strlen(OK_LINE CLOSE));
    rt_put(&w, documents[i].chain, strlen(documents[i].chain));
    rt_put(&w, "\r\n", 2);
    for (size_t n = 0; n < len; n++)
        rt_put_u8(&w, i < 2 && n == 0 ? '0' : 'x'); /* a CRL in DER begins with 30h */
    return w;
}

/* Documents first..last are that much longer or shorter than they may be. */
static enum ratls_err fetch_long(size_t first, size_t last, int more, struct ratls_error *err)
{
    struct ratls_bytes answers[MAX_REQUESTS];
    struct rt_writer w[MAX_REQUESTS] = {0};
    struct ratls_buffer json = {0};

    memcpy(answers, good, sizeof good);
    for (size_t i = first; i <= last; i++) {
        w[i] = long_answer(i, documents[i].max + (size_t)more);
        answers[i] = rt_written(&w[i]);
    }
    enum ratls_err e = fetch(answers, &json, err);
    for (size_t i = first; i <= last; i++)
        rt_writer_free(&w[i]);
    ratls_buffer_free(&json);
    return e;
}

Test(pcs, limits_each_document)
{
    for (size_t i = 0; i < MAX_REQUESTS; i++) {
        struct ratls_error over = {0}, at = {0};
        cr_expect_eq(fetch_long(i, i, 1, &over), RATLS_E_FETCH);
        cr_expect(strstr(over.detail, "too large"), "%zu: %s", i, over.detail);
        cr_expect_neq(fetch_long(i, i, 0, &at), RATLS_E_FETCH, "%zu: %s", i, at.detail);
    }
}

/* Both CRLs are twice as long in hex: a quarter of the whole each is too much with the rest. */
Test(pcs, limits_the_whole)
{
    struct ratls_error err = {0};
    int quarter = RT_MAX_COLLATERAL / 4 - RT_MAX_CRL;

    cr_expect_eq(fetch_long(0, 1, quarter - 16384, &err), RATLS_OK, "%s", err.detail);
    cr_expect_eq(fetch_long(0, 1, quarter, &err), RATLS_E_LIMIT, "%s", err.detail);
}

/* ---- what is asked ---- */

static char long_url[1100];
static const struct ratls_collateral_source bad_sources[] = {
    {.base_url = "http://example.org"},
    {.base_url = "https://example.org?x=y"},
    {.base_url = ""},
    {.base_url = long_url},
    {.base_url = "https://127.0.0.1:9", .root_crl_url = "http://example.org/root.der"},
    {.base_url = "https://127.0.0.1:9", .root_crl_url = long_url},
    {.base_url = "https://127.0.0.1:9", .pccs = true, .root_crl_url = "https://127.0.0.1:9/"},
    {.base_url = "https://127.0.0.1:9", .timeout_ms = -1},
    {.base_url = "https://127.0.0.1:9", .timeout_ms = 3600001},
    {.base_url = "https://127.0.0.1:9", .api_key = "a b"},
};

Test(pcs, refuses_sources_before_it_asks)
{
    struct ratls_buffer json = {0};

    (void)snprintf(long_url, sizeof long_url, "https://127.0.0.1:9/%01030d", 0);
    for (size_t i = 0; i < RT_COUNT(bad_sources); i++)
        cr_expect_eq(rt_pcs_fetch(ratls_env_system(), &bad_sources[i], &query, &json, NULL),
                     RATLS_E_USAGE, "%zu", i);
}

/* Fits by itself, but not with what comes behind it. */
Test(pcs, refuses_urls_that_would_be_cut)
{
    struct ratls_collateral_source source = {.base_url = long_url};
    struct ratls_error err = {0};
    struct ratls_buffer json = {0};

    (void)snprintf(long_url, sizeof long_url, "https://127.0.0.1:9/%0980d", 0);
    cr_expect_eq(rt_pcs_fetch(ratls_env_system(), &source, &query, &json, &err), RATLS_E_USAGE);
    cr_expect(strstr(err.detail, "too long"), "%s", err.detail);
}

Test(pcs, knows_the_tees_of_intel_only)
{
    static const char *const bad_tees[] = {NULL, "", "snp", "TDX", "../sgx", "tdx/"};
    static const struct ratls_collateral_source source = {.base_url = "https://127.0.0.1:9"};
    char name[RATLS_COLLATERAL_NAME_LEN];
    struct ratls_buffer json = {0};

    for (size_t i = 0; i < RT_COUNT(bad_tees); i++) {
        const struct ratls_collateral_query q = {.tee = bad_tees[i]};
        cr_expect_eq(rt_pcs_fetch(ratls_env_system(), &source, &q, &json, NULL), RATLS_E_USAGE);
        cr_expect_eq(rt_pcs_name(&q, name, NULL), RATLS_E_USAGE);
        cr_expect_str_eq(name, "");
    }
}

Test(pcs, names_files_in_a_safe_alphabet)
{
    const struct ratls_collateral_query other = {.tee = "sgx", .fmspc = "../../"};
    char name[RATLS_COLLATERAL_NAME_LEN];

    cr_assert_eq(rt_pcs_name(&query, name, NULL), RATLS_OK);
    cr_expect_str_eq(name, "tdx-b0c06f000001-platform");
    cr_assert_eq(rt_pcs_name(&other, name, NULL), RATLS_OK);
    cr_expect_str_eq(name, "sgx-2e2e2f2e2e2f-processor");
}
