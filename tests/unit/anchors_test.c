/* Files of anchors: roots, certificates that complete chains, keys of CCA platforms. */
#include "anchors.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS 2000
#include "alloc_support.h"
#include "anchors_support.h"
#include "vectors_support.h"

#define NOW INT64_C(1750000000)

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

#define STORE(entry) "[" entry "]"

static struct rt_anchors anchors;

static void teardown(void)
{
    rt_anchors_free(&anchors);
}

TestSuite(anchors, .fini = teardown);

static enum ratls_err add_text(const char *text, bool simulated, struct ratls_error *err)
{
    return rt_anchors_add(&anchors, ratls_bytes_str(text), simulated, err);
}

/* ---- keys of platforms ---- */

Test(anchors, takes_keys_of_platforms_by_their_ids)
{
    MUST(add_text(" \n" STORE(ENTRY(P256, IMPL, INST) "," ENTRY(P384, IMPL, INST2)), false, NULL));
    cr_assert_eq(anchors.n_keys, 2);
    cr_expect_eq(anchors.keys[0].id.p[0], 0x11);
    cr_expect_eq(anchors.keys[0].id.p[RT_CCA_IMPLEMENTATION_ID_LEN], 0x01);
    cr_expect_eq(anchors.keys[0].id.p[RT_CCA_DEVICE_ID_LEN - 1], 0x22);
    cr_expect_eq(anchors.keys[1].id.p[RT_CCA_DEVICE_ID_LEN - 1], 0x33);
    struct rt_public_key key;
    MUST(rt_public_key_parse(anchors.keys[1].spki, &key, NULL));
    cr_expect_eq(key.type, RT_KEY_P384);
    cr_expect_not(anchors.keys[0].simulated || anchors.keys[1].simulated);
    cr_expect_not(rt_anchors_replace_pins(&anchors), "keys say nothing of roots");
}

static const struct {
    const char *text;
    bool simulated;
    enum ratls_err expected;
    const char *why;
} bad_stores[] = {
    {"[]", false, RATLS_E_CONFIG, "empty"},
    {"[1]", false, RATLS_E_CONFIG, "no implementation-id"},
    {"[", false, RATLS_E_CONFIG, ""},
    {STORE(ENTRY(P256, IMPL, INST)) "x", false, RATLS_E_CONFIG, ""},
    {STORE(ENTRY(P256, "11", INST)), false, RATLS_E_CONFIG, "no implementation-id"},
    {STORE(ENTRY(P256, IMPL "11", INST)), false, RATLS_E_CONFIG, "no implementation-id"},
    {STORE(ENTRY(P256, IMPL, "0122")), false, RATLS_E_CONFIG, "no implementation-id"},
    {STORE(ENTRY(P256, IMPL, INST "00")), false, RATLS_E_CONFIG, "no implementation-id"},
    {"[{\"pkey\":" P256 ",\"instance-id\":\"" INST "\"}]", false, RATLS_E_CONFIG, "no impl"},
    {"[{\"implementation-id\":\"" IMPL "\",\"instance-id\":\"" INST "\"}]", false, RATLS_E_CONFIG,
     "no EC key"},
    {STORE(ENTRY("{\"kty\":\"RSA\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
                 IMPL, INST)),
     false, RATLS_E_CONFIG, "no EC key"},
    {STORE(ENTRY("{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
                 IMPL, INST)),
     false, RATLS_E_CONFIG, "no EC key"},
    {STORE(ENTRY("{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}",
                 IMPL, INST)),
     false, RATLS_E_CONFIG, "x or y"},
    {STORE(ENTRY("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\"}", IMPL, INST)), false,
     RATLS_E_CONFIG, "x or y"},
    {STORE(ENTRY("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_Y "\",\"y\":\"" P256_Y "\"}",
                 IMPL, INST)),
     false, RATLS_E_CONFIG, "not on its curve"},
    {STORE(ENTRY("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y
                 "\",\"d\":\"AQ\"}",
                 IMPL, INST)),
     false, RATLS_E_CONFIG, "private key"},
    {STORE(ENTRY(P256, IMPL, INST) "," ENTRY(P384, IMPL, INST)), false, RATLS_E_CONFIG,
     "a key already"},
    /* T32 */
    {STORE(ENTRY(P256, SIM_IMPL, INST)), false, RATLS_E_SIMULATED_ANCHOR, "simulated"},
    {STORE(ENTRY(P256, IMPL, INST)), true, RATLS_E_CONFIG, "not the key of a simulated"},
};

Test(anchors, refuses_stores_that_are_malformed_or_mixed)
{
    for (size_t i = 0; i < RT_COUNT(bad_stores); i++) {
        struct ratls_error err = {0};
        enum ratls_err e = add_text(bad_stores[i].text, bad_stores[i].simulated, &err);
        cr_expect_eq(e, bad_stores[i].expected, "row %zu: %s", i, ratls_err_reason(e));
        cr_expect(strstr(err.detail, bad_stores[i].why), "row %zu: %s", i, err.detail);
        cr_expect_eq(anchors.n_keys, 0, "row %zu", i);
    }
}

Test(anchors, takes_all_keys_of_a_file_or_none)
{
    MUST(add_text(STORE(ENTRY(P256, IMPL, INST)), false, NULL));
    cr_expect_eq(add_text(STORE(ENTRY(P384, IMPL, INST2) ",7"), false, NULL), RATLS_E_CONFIG);
    cr_expect_eq(anchors.n_keys, 1);
    cr_expect_eq(add_text(STORE(ENTRY(P384, IMPL, INST)), false, NULL), RATLS_E_CONFIG,
                 "the platform has a key from another file");
    MUST(add_text(STORE(ENTRY(P384, IMPL, INST2)), false, NULL));
    cr_expect_eq(anchors.n_keys, 2);
}

Test(anchors, holds_a_bounded_number_of_keys)
{
    struct rt_writer w = {0};
    char entry[512];

    for (int i = 0; i <= RT_MAX_DEVICE_KEYS; i++) {
        (void)snprintf(entry, sizeof entry,
                       "%s{\"pkey\":1,\"implementation-id\":\"\",\"instance-id\":\"%d\"}",
                       i ? "," : "[", i);
        rt_put_bytes(&w, ratls_bytes_str(entry));
    }
    rt_put_u8(&w, ']');
    cr_expect_eq(rt_anchors_add(&anchors, rt_written(&w), false, NULL), RATLS_E_LIMIT);
    rt_writer_free(&w);
}

Test(anchors, takes_the_key_of_a_simulated_platform_as_that)
{
    MUST(add_text(STORE(ENTRY(P256, SIM_IMPL, INST)), true, NULL));
    cr_assert_eq(anchors.n_keys, 1);
    cr_expect(anchors.keys[0].simulated);
}

/* T145 */
Test(anchors, counts_published_keys_as_simulated)
{
    struct ratls_buffer store = {0};

    if (read_vector("cca/ta-store.json", &store) != RATLS_OK)
        cr_skip_test("no cca/ta-store.json in %s", vectors_folder());
    MUST(rt_anchors_add(&anchors, rt_bytes_of(&store), false, NULL));
    cr_assert_eq(anchors.n_keys, 2);
    cr_expect(anchors.keys[0].simulated && anchors.keys[1].simulated);
    cr_expect_eq(anchors.n_published, 2);
    ratls_buffer_free(&store);
}

/* ---- certificates ---- */

static enum ratls_err add_ca(const struct ca_plan *plan, bool simulated, struct ratls_error *err)
{
    struct ratls_buffer der = make_ca(plan);
    enum ratls_err e = rt_anchors_add(&anchors, rt_bytes_of(&der), simulated, err);

    ratls_buffer_free(&der);
    return e;
}

Test(anchors, keeps_the_certificate_of_a_root)
{
    const struct ca_plan root = {.name = "root", .issuer = "root"};

    MUST(add_ca(&root, false, NULL));
    cr_assert_eq(anchors.given.n, 1);
    struct rt_x509 cert;
    MUST(rt_x509_parse(anchors.given.items[0].cert, &cert, NULL));
    cr_expect_eq(rt_written(&anchors.intermediates).len, 0);
}

Test(anchors, trusts_an_intermediate_for_nothing)
{
    const struct ca_plan ca = {.name = "sub", .issuer = "root", .other_key = true};

    MUST(add_ca(&ca, false, NULL));
    cr_expect_eq(anchors.given.n, 0);
    cr_expect(rt_starts_with(rt_written(&anchors.intermediates), "-----BEGIN CERTIFICATE"));
    cr_expect(rt_anchors_replace_pins(&anchors), "whoever names his own wants no others");
}

static const struct {
    struct ca_plan plan;
    bool simulated;
    const char *why;
} bad_certs[] = {
    {{.name = "root", .issuer = "root", .other_key = true}, false, "not signed by itself"},
    {{.name = "sub", .issuer = "root", .other_key = true, .not_ca = true}, false, "no CA"},
    {{.name = "sub", .issuer = "root", .other_key = true}, true, "not signed by itself"},
};

Test(anchors, refuses_certificates_that_are_neither)
{
    for (size_t i = 0; i < RT_COUNT(bad_certs); i++) {
        struct ratls_error err = {0};
        enum ratls_err e = add_ca(&bad_certs[i].plan, bad_certs[i].simulated, &err);
        cr_expect_eq(e, RATLS_E_CONFIG, "row %zu: %s", i, ratls_err_reason(e));
        cr_expect(strstr(err.detail, bad_certs[i].why), "row %zu: %s", i, err.detail);
        cr_expect_not(rt_anchors_replace_pins(&anchors), "row %zu", i);
    }
}

Test(anchors, forgets_the_intermediates_of_a_file_that_is_bad)
{
    struct ratls_buffer der = make_ca(&(struct ca_plan){"sub", "root", .other_key = true});
    struct ratls_buffer pem = {0};
    struct rt_writer w = {0};

    MUST(rt_pem_write("CERTIFICATE", rt_bytes_of(&der), &pem));
    rt_put_bytes(&w, rt_bytes_of(&pem));
    rt_put_bytes(&w, ratls_bytes_str("-----BEGIN CERTIFICATE-----\nMAA"));
    cr_expect_eq(rt_anchors_add(&anchors, rt_written(&w), false, NULL), RATLS_E_CONFIG);
    cr_expect_not(rt_anchors_replace_pins(&anchors));
    rt_writer_free(&w);
    ratls_buffer_free(&pem);
    ratls_buffer_free(&der);
}

/* ---- in a trust ---- */

static const struct ratls_verifier cca = {.name = "cca"}, other = {.name = "tdx"};

Test(anchors, reach_only_the_verifier_they_are_for)
{
    struct ratls_trust *trust = NULL;
    struct rt_anchors_at at;

    MUST(ratls_trust_new(ratls_env_system(), &trust));
    MUST(ratls_trust_add_roots(trust, ratls_bytes_str(STORE(ENTRY(P256, IMPL, INST))), NULL));
    MUST(rt_anchors_at(rt_trust_anchors(trust), &other, NOW, &at));
    cr_expect_eq(at.n_keys, 0);
    rt_anchors_at_free(&at);
    MUST(rt_anchors_at(rt_trust_anchors(trust), &cca, NOW, &at));
    cr_assert_eq(at.n_keys, 1);
    cr_expect_eq(at.keys[0].id.len, RT_CCA_DEVICE_ID_LEN);
    cr_expect_not(at.keys[0].simulated);
    rt_anchors_at_free(&at);
    cr_expect_not(ratls_trust_simulated(trust));
    ratls_trust_unref(trust);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static bool add_store_once(void)
{
    armed = true;
    enum ratls_err e =
        add_text(STORE(ENTRY(P256, IMPL, INST) "," ENTRY(P384, IMPL, INST2)), false, NULL);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    cr_expect_eq(anchors.n_keys, e ? 0 : 2);
    armed = true;
    rt_anchors_free(&anchors);
    armed = false;
    return e == RATLS_OK;
}

Test(anchors, survives_every_failure_of_memory, .timeout = 60)
{
    fail_each(add_store_once, OURS_ONCE);
}

#endif
