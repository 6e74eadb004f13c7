/* Documents of AMD's key service, put together. Over TLS and with real documents they are fetched
 * in tests/scenario/collateral_kds.sh. */
#include "http_support.h"

#include <cjson/cJSON.h>

#include "kds.h"

#define PEM "-----BEGIN CERTIFICATE-----\r\nMAA=\r\n-----END CERTIFICATE-----\r\n"
#define ANSWER(b)                                                                                  \
    {                                                                                              \
        (const uint8_t *)OK_LINE CLOSE "\r\n" b, sizeof OK_LINE CLOSE "\r\n" b - 1                 \
    }
#define STATUS(line)                                                                               \
    {                                                                                              \
        (const uint8_t *)line CLOSE "\r\n", sizeof line CLOSE "\r\n" - 1                           \
    }

static const struct ratls_bytes good[] = {ANSWER(PEM PEM), ANSWER("0\x03\x02\x01\x00"),
                                          ANSWER("0\x01\x09")};

static struct ratls_collateral_query query;
static struct ratls_collateral_source source;
static struct ratls_buffer json;
static struct ratls_error err;

static void setup(void)
{
    query = (struct ratls_collateral_query){
        .tee = "snp", .product = "Milan", .tcb = {4, 1, 0, 0, 0, 0, 24, 219}};
    for (size_t i = 0; i < sizeof query.chip_id; i++)
        query.chip_id[i] = (uint8_t)(i + 1);
    source = (struct ratls_collateral_source){0};
}

TestSuite(kds, .init = setup, .timeout = 60);

static enum ratls_err fetch(const struct ratls_bytes *answers, size_t n)
{
    char base[128];

    ratls_buffer_free(&json);
    err = (struct ratls_error){0};
    start_server(answers, n, 0);
    (void)snprintf(base, sizeof base, "%s/", server.base);
    source.base_url = base;
    enum ratls_err e = rt_kds_fetch(ratls_env_system(), &source, &query, &json, &err);
    stop_server();
    cr_expect_eq(e == RATLS_OK, json.p != NULL);
    return e;
}

static void expect_asked(size_t i, const char *path)
{
    char line[512];

    (void)snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", path);
    cr_expect(strncmp(server.requests[i], line, strlen(line)) == 0, "%zu: %.200s", i,
              server.requests[i]);
}

Test(kds, puts_chain_and_list_together)
{
    static const char *const expected[][2] = {{"vek_issuer_chain", PEM PEM}, {"crl", "3003020100"}};

    cr_assert_eq(fetch(good, 2), RATLS_OK, "%s", err.detail);
    cJSON *file = cJSON_Parse((const char *)json.p);
    cr_assert_eq(cJSON_GetArraySize(file), (int)RT_COUNT(expected));
    for (size_t i = 0; i < RT_COUNT(expected); i++) {
        const cJSON *member = cJSON_GetArrayItem(file, (int)i);
        cr_expect_str_eq(member->string, expected[i][0]);
        cr_expect_str_eq(member->valuestring, expected[i][1]);
    }
    cJSON_Delete(file);
    expect_asked(0, "/vcek/v1/Milan/cert_chain");
    expect_asked(1, "/vcek/v1/Milan/crl");
}

Test(kds, a_vlek_has_a_chain_of_its_own)
{
    query.vlek = true;
    query.product = "Genoa";
    cr_assert_eq(fetch(good, 2), RATLS_OK, "%s", err.detail);
    expect_asked(0, "/vlek/v1/Genoa/cert_chain");
    expect_asked(1, "/vlek/v1/Genoa/crl");
}

Test(kds, asks_for_the_vcek_of_a_chip_at_its_tcb)
{
    query.with_vcek = true;
    cr_assert_eq(fetch(good, 3), RATLS_OK, "%s", err.detail);
    expect_asked(2, "/vcek/v1/Milan/"
                    "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
                    "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40"
                    "?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219");
    cJSON *file = cJSON_Parse((const char *)json.p);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(file, "vek")),
                     "-----BEGIN CERTIFICATE-----\nMAEJ\n-----END CERTIFICATE-----\n");
    cJSON_Delete(file);
}

Test(kds, asks_turin_in_its_own_way)
{
    query.with_vcek = true;
    query.product = "Turin";
    memset(query.chip_id + 8, 0, 56);
    memcpy(query.tcb, "\1\2\3\4\0\0\0\121", 8);
    cr_assert_eq(fetch(good, 3), RATLS_OK, "%s", err.detail);
    expect_asked(2, "/vcek/v1/Turin/0102030405060708"
                    "?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=81");
}

/* ---- refusals ---- */

static void expect_usage(const char *why)
{
    char name[RATLS_COLLATERAL_NAME_LEN];

    err = (struct ratls_error){0};
    cr_expect_eq(rt_kds_fetch(ratls_env_system(), &source, &query, &json, &err), RATLS_E_USAGE);
    cr_expect(strstr(err.detail, why), "%s", err.detail);
    cr_expect_eq(rt_kds_name(&query, name, NULL), RATLS_E_USAGE);
    cr_expect_str_eq(name, "");
}

Test(kds, refuses_queries_that_make_no_sense)
{
    query.product = NULL;
    expect_usage("Milan, Genoa or Turin");
    query.product = "milan";
    expect_usage("Milan, Genoa or Turin");
    query.product = "Turin";
    query.with_vcek = true;
    expect_usage("has 8 bytes");
    query.product = "Milan";
    query.vlek = true;
    expect_usage("no VLEKs");
    query.vlek = false;
    memset(query.chip_id, 0, sizeof query.chip_id);
    expect_usage("masked");
}

static void expect_reserved(const char *product, size_t first, size_t last)
{
    query.product = product;
    for (size_t i = first; i <= last; i++) {
        memset(query.tcb, 0, sizeof query.tcb);
        query.tcb[i] = 1;
        expect_usage("reserved bytes of the TCB");
    }
}

Test(kds, refuses_a_tcb_with_something_in_reserved_bytes)
{
    query.with_vcek = true;
    expect_reserved("Milan", 2, 5);
    expect_reserved("Genoa", 2, 5);
    memset(query.chip_id + 8, 0, 56);
    expect_reserved("Turin", 4, 6);
}

/* Whoever does not ask for a VCEK need not know chip and TCB. */
Test(kds, does_not_look_at_the_chip_when_no_vcek_is_asked_for)
{
    char name[RATLS_COLLATERAL_NAME_LEN];

    query.tcb[3] = 1;
    cr_expect_eq(rt_kds_name(&query, name, NULL), RATLS_OK);
    memset(query.chip_id, 0, sizeof query.chip_id);
    cr_expect_eq(rt_kds_name(&query, name, NULL), RATLS_OK);
    cr_expect_str_eq(name, "snp-milan-vcek");
}

static char long_url[1100];

Test(kds, refuses_sources_before_it_asks)
{
    static const struct {
        struct ratls_collateral_source source;
        const char *why;
    } rows[] = {
        {{.base_url = "http://example.org"}, "plain http"},
        {{.base_url = "ftp://127.0.0.1:9"}, "not https"},
        {{.base_url = "https://me:pass@127.0.0.1:9"}, "user or password"},
        {{.base_url = "https://127.0.0.1:9?x=y"}, "has a query"},
        {{.base_url = "https://127.0.0.1:9#x"}, "fragment"},
        {{.base_url = ""}, "refused"},
        {{.base_url = "https://"}, "refused"}, /* a path behind it would be taken for the host */
        {{.base_url = long_url}, "too long"},
        {{.base_url = "https://127.0.0.1:9", .timeout_ms = -1}, "timeout"},
        {{.base_url = "https://127.0.0.1:9", .timeout_ms = 3600001}, "timeout"},
        {{.base_url = "https://127.0.0.1:9", .api_key = "a b"}, "API key"},
        {{.base_url = "https://127.0.0.1:9", .pccs = true}, "Intel"},
        {{.base_url = "https://127.0.0.1:9", .early = true}, "Intel"},
        {{.base_url = "https://127.0.0.1:9", .root_crl_url = "https://127.0.0.1:9/"}, "Intel"},
    };

    (void)snprintf(long_url, sizeof long_url, "https://127.0.0.1:9/%01030d", 0);
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        err = (struct ratls_error){0};
        cr_expect_eq(rt_kds_fetch(ratls_env_system(), &rows[i].source, &query, &json, &err),
                     RATLS_E_USAGE, "row %zu", i);
        cr_expect(strstr(err.detail, rows[i].why), "row %zu: %s", i, err.detail);
        cr_expect_not(strstr(err.detail, "pass@"), "row %zu", i);
    }
}

/* Fits by itself, but not with what comes behind it. */
Test(kds, refuses_urls_that_would_be_cut)
{
    (void)snprintf(long_url, sizeof long_url, "https://127.0.0.1:9/%0980d", 0);
    source.base_url = long_url;
    cr_expect_eq(rt_kds_fetch(ratls_env_system(), &source, &query, &json, &err), RATLS_E_USAGE);
    cr_expect(strstr(err.detail, "too long"), "%s", err.detail);
}

Test(kds, says_which_answer_was_bad)
{
    static const struct {
        struct ratls_bytes answers[3];
        enum ratls_err e;
        const char *why;
    } rows[] = {
        {{STATUS("HTTP/1.1 429 Too Many Requests\r\n")}, RATLS_E_FETCH, "429"},
        {{STATUS("HTTP/1.1 404 Not Found\r\n")}, RATLS_E_FETCH, "404"},
        {{STATUS("HTTP/1.1 302 Found\r\nLocation: /\r\n")}, RATLS_E_FETCH, "302"},
        {{STATUS("HTTP/1.1 204 No Content\r\n")}, RATLS_E_FETCH, "204"},
        {{ANSWER("<html>")}, RATLS_E_COLLATERAL_FORMAT, "vek_issuer_chain: certificates"},
        {{ANSWER("-----BEGIN CERTIFICATE-----\x01")}, RATLS_E_COLLATERAL_FORMAT, "not text"},
        {{ANSWER("")}, RATLS_E_COLLATERAL_FORMAT, "vek_issuer_chain: certificates"},
        {{ANSWER(PEM), ANSWER("<html>")}, RATLS_E_COLLATERAL_FORMAT, "crl: CRL: neither"},
        {{ANSWER(PEM), STATUS("HTTP/1.1 500 Oh\r\n")}, RATLS_E_FETCH, "500"},
        {{ANSWER(PEM), ANSWER("0\x00"), STATUS("HTTP/1.1 404 Not Found\r\n")},
         RATLS_E_FETCH,
         "404"},
        {{ANSWER(PEM), ANSWER("0\x00"), ANSWER("?")}, RATLS_E_COLLATERAL_FORMAT, "vek: "},
    };

    query.with_vcek = true;
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        size_t n = 0;
        while (n < 3 && rows[i].answers[n].p)
            n++;
        cr_expect_eq(fetch(rows[i].answers, n), rows[i].e, "row %zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, rows[i].why), "row %zu: %s", i, err.detail);
    }
}

/* ---- limits ---- */

static const size_t max_body[] = {64 * 1024, RT_MAX_CRL, 64 * 1024};

/* The answer of document `i` is that much longer than it may be. */
static enum ratls_err fetch_long(size_t i, int more)
{
    struct ratls_bytes answers[RT_COUNT(good)];
    struct rt_writer w = {0};

    memcpy(answers, good, sizeof good);
    rt_put(&w, OK_LINE CLOSE "\r\n", sizeof OK_LINE CLOSE "\r\n" - 1);
    for (size_t n = max_body[i] + (size_t)more; n > 0; n--)
        rt_put_u8(&w, '0'); /* DER begins with 30h */
    answers[i] = rt_written(&w);
    enum ratls_err e = fetch(answers, RT_COUNT(answers));
    rt_writer_free(&w);
    return e;
}

Test(kds, limits_each_document)
{
    query.with_vcek = true;
    for (size_t i = 0; i < RT_COUNT(max_body); i++) {
        cr_expect_neq(fetch_long(i, 0), RATLS_E_FETCH, "%zu: %s", i, err.detail);
        cr_expect_eq(fetch_long(i, 1), RATLS_E_FETCH, "%zu", i);
        cr_expect(strstr(err.detail, "too large"), "%zu: %s", i, err.detail);
    }
}

/* In hex it is twice as long. */
Test(kds, limits_the_whole)
{
    cr_expect_eq(fetch_long(1, RT_MAX_COLLATERAL / 2 - RT_MAX_CRL - 1024), RATLS_OK, "%s",
                 err.detail);
    cr_expect_eq(fetch_long(1, RT_MAX_COLLATERAL / 2 - RT_MAX_CRL), RATLS_E_LIMIT);
}

Test(kds, has_one_deadline_for_everything)
{
    char base[64];

    query.with_vcek = true;
    start_server(good, RT_COUNT(good), 600);
    (void)snprintf(base, sizeof base, "%s", server.base);
    source = (struct ratls_collateral_source){.base_url = base, .timeout_ms = 1000};
    cr_expect_eq(rt_kds_fetch(ratls_env_system(), &source, &query, &json, &err), RATLS_E_FETCH);
    cr_expect(strstr(err.detail, "timed out"), "%s", err.detail);
    expect_asked(1, "/vcek/v1/Milan/crl");
    stop_server();
}

Test(kds, shows_the_key_to_a_service_that_wants_one)
{
    source.api_key = "key-1";
    cr_assert_eq(fetch(good, 2), RATLS_OK, "%s", err.detail);
    for (size_t i = 0; i < 2; i++)
        cr_expect(strstr(server.requests[i], "\r\nOcp-Apim-Subscription-Key: key-1\r\n"), "%zu", i);
}

Test(kds, names_are_those_of_the_documents)
{
    char name[RATLS_COLLATERAL_NAME_LEN];

    cr_expect_eq(rt_kds_name(&query, name, NULL), RATLS_OK);
    cr_expect_str_eq(name, "snp-milan-vcek");
    query.with_vcek = true;
    cr_expect_eq(rt_kds_name(&query, name, NULL), RATLS_OK);
    cr_expect_str_eq(name, "snp-milan-vcek-0102030405060708-04010000000018db");
    query.with_vcek = false;
    query.vlek = true;
    query.product = "Turin";
    cr_expect_eq(rt_kds_name(&query, name, NULL), RATLS_OK);
    cr_expect_str_eq(name, "snp-turin-vlek");
}
