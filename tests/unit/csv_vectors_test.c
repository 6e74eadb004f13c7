/* A real report of Hygon CSV: the root that is built in, and which flipped bytes are refused. */
#include "crypto.h"
#include "csv.h"
#include "hygon.h"
#include "manifest_case.h"

TestSuite(csv_vectors, .init = open_arm_manifest, .fini = close_manifest, .timeout = 300);

/* ---- the root that is built in ---- */

Test(csv_vectors, hygons_root_is_built_in)
{
    struct manifest_case c = case_of("csv-v1");
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    struct ratls_verdict *v = judge(&c, t);
    cJSON *json = verdict_json(v);
    compare(&c, json);
    cr_expect_not(ratls_verdict_simulated(v));
    cJSON_Delete(json);
    ratls_verdict_unref(v);
    ratls_trust_unref(t);
    free_case(&c);
}

Test(csv_vectors, the_pin_is_that_of_hygons_root)
{
    struct manifest_case c = case_of("csv-v1");
    uint8_t spki[RT_SM2_SPKI_LEN], hash[32];
    struct rt_hygon_cert hrk;

    cr_assert_eq(rt_hygon_read(rt_bytes_of(&c.anchor[0]), RT_HYGON_HRK, &hrk, NULL), RATLS_OK);
    cr_expect_eq(rt_hygon_signed_by(&hrk, &hrk, NULL), RATLS_OK);
    rt_hygon_spki(&hrk, spki);
    cr_assert_eq(rt_sha256(ratls_bytes(spki, sizeof spki), hash), RATLS_OK);
    cr_assert_eq(rt_verifier_csv.n_pins, 1);
    cr_expect_arr_eq(hash, rt_verifier_csv.pins[0], sizeof hash);
    free_case(&c);
}

/* ---- every byte ---- */

/* What no signature covers, nor any check: the owner's signature of the PEK, but for what makes it
 * one, and what stands behind the PEK. */
enum {
    PEK = 336,
    SECOND = PEK + 1564,
    SECOND_R = SECOND + 8,
    SECOND_S = SECOND_R + 72,
    SERIAL = 2420,
    RESERVED = 2484,
    END = 2548,
};

static bool is_free(size_t at)
{
    return (at >= SECOND_R && at < SECOND_R + 32) || (at >= SECOND_S && at < SECOND_S + 32) ||
           (at >= SECOND && at < SECOND + 4) || (at >= RESERVED && at < END) ||
           (at >= SERIAL && at < SERIAL + sizeof "NZA9T14052605" - 1);
}

Test(csv_vectors, every_flipped_byte_of_the_report_is_refused_or_known)
{
    struct manifest_case c = case_of("csv-v1");
    struct ratls_trust *t = trust_of(&c);

    cr_assert_eq(c.evidence.len, END);
    for (size_t i = 0; i < c.evidence.len; i++) {
        c.evidence.p[i] ^= 1;
        struct ratls_verdict *v = judge(&c, t);
        cr_expect_eq(ratls_verdict_allowed(v), is_free(i), "byte %zu: %s", i,
                     ratls_verdict_detail(v));
        ratls_verdict_unref(v);
        c.evidence.p[i] ^= 1;
    }
    ratls_trust_unref(t);
    free_case(&c);
}

Test(csv_vectors, every_flipped_byte_of_hsk_and_cek_is_refused)
{
    struct manifest_case c = case_of("csv-v1");
    struct ratls_trust *t = trust_of(&c);

    for (size_t i = 0; i < c.cert[0].len; i++) {
        c.cert[0].p[i] ^= 1;
        struct ratls_verdict *v = judge(&c, t);
        cr_expect_not(ratls_verdict_allowed(v), "byte %zu", i);
        ratls_verdict_unref(v);
        c.cert[0].p[i] ^= 1;
    }
    ratls_trust_unref(t);
    free_case(&c);
}

Test(csv_vectors, a_root_with_a_flipped_byte_is_no_root)
{
    struct manifest_case c = case_of("csv-v1");
    struct ratls_trust *t;

    cr_assert_eq(ratls_trust_new(ratls_env_system(), &t), RATLS_OK);
    for (size_t i = 0; i < c.anchor[0].len; i++) {
        c.anchor[0].p[i] ^= 1;
        cr_expect_neq(ratls_trust_add_roots(t, rt_bytes_of(&c.anchor[0]), NULL), RATLS_OK,
                      "byte %zu", i);
        c.anchor[0].p[i] ^= 1;
    }
    ratls_trust_unref(t);
    free_case(&c);
}
