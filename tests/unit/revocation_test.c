/* Revocations: what is found among many, and what is refused because it cannot be known. */
#include "revocation.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypto.h"
#include "document_support.h"
#include "trust_document.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

static struct rt_stored stored;
static struct ratls_claims *claims;

static void setup(void)
{
    claims = ratls_claims_new();
    (void)ratls_claims_set_text(claims, "measurement", M_A);
}

static void teardown(void)
{
    ratls_claims_free(claims);
    rt_stored_free(&stored);
}

TestSuite(revocation, .init = setup, .fini = teardown);

static void name_of(const char *what, const char *hex, char name[65])
{
    uint8_t value[64], digest[32];
    char half[33];
    size_t len = sizeof value;

    cr_assert(rt_unhex(hex, strlen(hex), value, &len));
    MUST(rt_sha256(ratls_bytes(value, len), digest));
    rt_hex(ratls_bytes(digest, 16), half);
    (void)snprintf(name, 65, "%s-%s", what, half);
}

static void put_item(struct rt_writer *w, const char *tee, const char *what, const char *hex)
{
    char name[65], item[1024];

    name_of(what, hex, name);
    (void)snprintf(
        item, sizeof item,
        ITEM("revocation", "%s", "%s", "1", "active", "", "{\"what\":\"%s\",\"value\":\"%s\"}"),
        tee, name, what, hex);
    rt_put_bytes(w, ratls_bytes_str(item));
}

static void revoke(const char *tee, const char *what, const char *hex)
{
    struct rt_writer w = {0};

    rt_put_bytes(&w, ratls_bytes_str("{\"format\":\"ratls-trust/1\",\"items\":["));
    put_item(&w, tee, what, hex);
    rt_put_bytes(&w, ratls_bytes_str("]}"));
    MUST(rt_document_add(&stored, NULL, rt_written(&w), NULL));
    rt_writer_free(&w);
}

static enum ratls_err judge(const char *tee)
{
    return rt_revocations_judge(&stored.revocations, tee, claims, NULL);
}

Test(revocation, of_nothing_asks_nothing)
{
    cr_expect_eq(judge("tdx"), RATLS_OK);
    cr_expect_eq(rt_revocations_judge_keys(&stored.revocations, "tdx", claims, NULL), RATLS_OK);
}

/* The 8 bytes of a Turin are revoked in either form; of other lengths nothing is left out. */
#define CHIP      "1122334455667788"
#define ZEROS_56  HEX_16("0") HEX_16("0") HEX_16("0") HEX_16("0") HEX_16("0") HEX_16("0") HEX_16("0")
#define LONG_CHIP CHIP ZEROS_56

static const struct {
    const char *revoked, *shown;
    enum ratls_err expected;
} chips[] = {
    {CHIP, LONG_CHIP, RATLS_E_PLATFORM_REVOKED},
    {LONG_CHIP, LONG_CHIP, RATLS_E_PLATFORM_REVOKED},
    {CHIP, CHIP, RATLS_E_PLATFORM_REVOKED},
    {CHIP, CHIP "00", RATLS_OK},
    {CHIP,
     CHIP HEX_16("0") HEX_16("0") HEX_16("0") HEX_16("0") HEX_16("0") HEX_16("0") "00000000000001"
                                                                                  "00",
     RATLS_OK},
    {LONG_CHIP, CHIP, RATLS_OK},
    {CHIP, "", RATLS_E_PLATFORM_REVOKED},
    {CHIP, "no hex", RATLS_E_PLATFORM_REVOKED},
    {CHIP, LONG_CHIP "00", RATLS_E_PLATFORM_REVOKED}, /* longer than any id that is known */
};

Test(revocation, of_a_chip_holds_in_both_forms_of_its_id)
{
    for (size_t i = 0; i < RT_COUNT(chips); i++) {
        rt_stored_free(&stored);
        revoke("snp", "platform", chips[i].revoked);
        (void)ratls_claims_set_text(claims, "platform_id", chips[i].shown);
        cr_expect_eq(judge("snp"), chips[i].expected, "row %zu", i);
    }
}

/* A claim that cannot be compared may be the revoked one. */
Test(revocation, of_measurements_refuses_what_is_no_hex)
{
    revoke("", "measurement", M_B);
    cr_expect_eq(judge("tdx"), RATLS_OK);
    (void)ratls_claims_set_text(claims, "measurement", M_B);
    cr_expect_eq(judge("tdx"), RATLS_E_REFVAL_REVOKED);
    (void)ratls_claims_set_text(claims, "measurement", "x");
    cr_expect_eq(judge("tdx"), RATLS_E_REFVAL_REVOKED);
}

/* One kind of value is not another, one TEE not another. */
Test(revocation, holds_for_its_kind_and_tee_alone)
{
    const struct rt_revocations *r = &stored.revocations;
    uint8_t value[32];

    memset(value, 0xaa, sizeof value);
    const struct ratls_bytes bytes = ratls_bytes(value, sizeof value);
    revoke("tdx", "key", M_A);
    cr_expect(rt_is_revoked(r, RT_REVOKED_KEY, "tdx", bytes));
    cr_expect_not(rt_is_revoked(r, RT_REVOKED_KEY, "snp", bytes));
    cr_expect_not(rt_is_revoked(r, RT_REVOKED_MEASUREMENT, "tdx", bytes));
    cr_expect_not(rt_is_revoked(r, RT_REVOKED_PLATFORM, "tdx", bytes));
    cr_expect_not(rt_is_revoked(r, RT_REVOKED_KEY, "tdx", ratls_bytes(value, 31)));
    cr_expect_not(rt_is_revoked(r, RT_REVOKED_KEY, "tdx", ratls_bytes(value, 0)));
    cr_expect_eq(judge("tdx"), RATLS_OK);
    (void)ratls_claims_add_item(claims, "evidence_keys", NULL);
    cr_expect_eq(rt_revocations_judge_keys(r, "tdx", claims, NULL), RATLS_E_KEY_REVOKED);
    (void)ratls_claims_add_item(claims, "evidence_keys", M_B);
    cr_expect_eq(rt_revocations_judge_keys(r, "tdx", claims, NULL), RATLS_OK);
    (void)ratls_claims_add_item(claims, "evidence_keys", M_A);
    cr_expect_eq(rt_revocations_judge_keys(r, "tdx", claims, NULL), RATLS_E_KEY_REVOKED);
    cr_expect_eq(rt_revocations_judge_keys(r, "snp", claims, NULL), RATLS_OK);
}

Test(revocation, each_of_thousands_is_found)
{
    struct rt_writer w = {0};
    uint8_t value[32] = {0};
    char hex[65];

    rt_put_bytes(&w, ratls_bytes_str("{\"format\":\"ratls-trust/1\",\"items\":["));
    for (unsigned i = 0; i < 3000; i++) {
        value[5] = (uint8_t)(i >> 8);
        value[7] = (uint8_t)i;
        rt_hex(ratls_bytes(value, sizeof value), hex);
        rt_put_bytes(&w, ratls_bytes_str(i ? "," : ""));
        put_item(&w, i % 2 ? "" : "tdx", i % 3 ? "key" : "platform", hex);
    }
    rt_put_bytes(&w, ratls_bytes_str("]}"));
    MUST(rt_document_add(&stored, NULL, rt_written(&w), NULL));
    for (unsigned i = 0; i < 3001; i++) {
        value[5] = (uint8_t)(i >> 8);
        value[7] = (uint8_t)i;
        const enum rt_revoked what = i % 3 ? RT_REVOKED_KEY : RT_REVOKED_PLATFORM;
        const bool listed = rt_is_revoked(&stored.revocations, what, "tdx", ratls_bytes(value, 32));
        cr_assert_eq(listed, i < 3000, "%u", i);
        cr_assert_eq(rt_is_revoked(&stored.revocations, what, "snp", ratls_bytes(value, 32)),
                     i < 3000 && i % 2);
    }
    rt_writer_free(&w);
}
