/* Real TDX quotes. Every version 4 quote of the manifest that is genuine by its signatures must
 * verify at its time, and every claim listed there that needs no collateral must come out as
 * listed. */
#include "tdx_support.h"
#include "vectors_support.h"

#define MANIFEST "manifest-intel-amd.json"
#define FIRST    "tdx-v4-uptodate-1"

static cJSON *manifest;

static void setup(void)
{
    manifest = read_vector_json(MANIFEST);
}

static void teardown(void)
{
    cJSON_Delete(manifest);
    manifest = NULL;
}

TestSuite(tdx_vectors, .init = setup, .fini = teardown, .timeout = 300);

static bool is_tdx_v4(const cJSON *item)
{
    return strcmp(text_of(item, "tee"), "tdx") == 0 && strstr(text_of(item, "id"), "tdx-v4-");
}

static const cJSON *case_by_id(const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "id"), id) == 0)
            return item;
    }
    cr_assert(false, "no case %s", id);
    return NULL;
}

static bool is_positive(const cJSON *item)
{
    return strcmp(text_of(cJSON_GetObjectItemCaseSensitive(item, "expect"), "verdict"), "ok") == 0;
}

/* The pin of the root that the case trusts. */
static struct ratls_root root_of(const cJSON *item)
{
    struct ratls_root root = {0};
    struct ratls_buffer der = {0};
    struct rt_x509 cert;

    cr_assert_eq(read_vector(text_of(item, "trust_anchor"), &der), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &cert, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_spki_hash(&cert, root.spki_sha256), RATLS_OK);
    ratls_buffer_free(&der);
    return root;
}

static int64_t time_of(const cJSON *item)
{
    return (int64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, "time"));
}

/* Claims that come from collateral. */
static bool needs_collateral(const char *name)
{
    static const char *const names[] = {"tcb_eval_num", "pck_crl_num", "root_ca_crl_num",
                                        "earliest_expiration"};

    for (size_t i = 0; i < RT_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void compare_claim(const char *id, const cJSON *expected, const struct ratls_claims *claims)
{
    char name[128];

    (void)snprintf(name, sizeof name, "tdx.%s", expected->string);
    const struct ratls_claim *c = ratls_claims_get(claims, name);
    cr_assert(c, "%s: no claim %s", id, name);
    if (cJSON_IsString(expected))
        cr_expect(c->type == RATLS_CLAIM_TEXT && strcmp(c->text, expected->valuestring) == 0,
                  "%s: %s", id, name);
    else if (cJSON_IsBool(expected))
        cr_expect(c->type == RATLS_CLAIM_BOOL && c->number == (uint64_t)cJSON_IsTrue(expected),
                  "%s: %s", id, name);
    else
        cr_expect(c->type == RATLS_CLAIM_UINT && c->number == (uint64_t)expected->valuedouble,
                  "%s: %s", id, name);
}

static uint8_t byte_of(const cJSON *step, const char *name)
{
    uint8_t byte = 0;
    size_t len = 1;

    cr_assert(rt_unhex(text_of(step, name), 2, &byte, &len));
    return byte;
}

/* One step of "mutate"; all of them must be about the evidence. */
static void mutate(const cJSON *step, struct ratls_buffer *quote)
{
    const char *op = text_of(step, "op"), *hex = text_of(step, "hex");
    size_t at = (size_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(step, "offset"));
    size_t len = strlen(hex) / 2;

    cr_assert_str_eq(text_of(step, "on"), "evidence");
    if (strcmp(op, "truncate") == 0) {
        quote->len = (size_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(step, "length"));
    } else if (strcmp(op, "xor") == 0) {
        quote->p[at] ^= byte_of(step, "mask");
    } else if (strcmp(op, "set") == 0) {
        cr_assert(rt_unhex(hex, strlen(hex), quote->p + at, &len));
    } else {
        cr_assert_str_eq(op, "append");
        quote->p = realloc(quote->p, quote->len + len);
        cr_assert(quote->p && rt_unhex(hex, strlen(hex), quote->p + quote->len, &len));
        quote->len += len;
    }
}

static void read_case(const cJSON *item, struct ratls_buffer *quote)
{
    const cJSON *step;

    cr_assert_eq(read_vector(text_of(item, "evidence"), quote), RATLS_OK, "%s",
                 text_of(item, "id"));
    cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(item, "mutate")) mutate(step, quote);
}

static void verify_case(const cJSON *item)
{
    const cJSON *expect = cJSON_GetObjectItemCaseSensitive(item, "expect"), *expected;
    const struct ratls_root root = root_of(item);
    const char *id = text_of(item, "id");
    const bool mutated = cJSON_HasObjectItem(item, "mutate");
    struct ratls_buffer quote = {0};
    struct tdx_outcome o;

    read_case(item, &quote);
    cr_assert_eq(tdx_verify(rt_bytes_of(&quote), &root, time_of(item), &o), RATLS_OK, "%s: %s", id,
                 o.err.detail);
    cr_expect_eq(ratls_claims_get(o.claims, "simulated")->number, 0, "%s", id);
    cJSON_ArrayForEach(expected, cJSON_GetObjectItemCaseSensitive(expect, "claims"))
    {
        /* A case that appends bytes lists their number before it did. */
        bool grown = mutated && strcmp(expected->string, "trailing_bytes") == 0;
        if (!needs_collateral(expected->string) && !grown)
            compare_claim(id, expected, o.claims);
    }
    tdx_outcome_free(&o);
    ratls_buffer_free(&quote);
}

Test(tdx_vectors, genuine_quotes_verify_with_the_claims_listed)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        if (!is_tdx_v4(item) || !is_positive(item))
            continue;
        verify_case(item);
        n++;
    }
    cr_assert_geq(n, 5);
}

/* Reasons in the manifest begin with the number of a check; A, B and F need no collateral. */
Test(tdx_vectors, quotes_with_a_flaw_of_their_own_are_refused)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        const char first = text_of(item, "reject_reason")[0];
        struct ratls_buffer quote = {0};
        if (!is_tdx_v4(item) || !first || !strchr("ABF", first))
            continue;
        const struct ratls_root root = root_of(item);
        read_case(item, &quote);
        cr_expect_neq(tdx_verdict(rt_bytes_of(&quote), &root, time_of(item)), RATLS_OK, "%s",
                      text_of(item, "id"));
        ratls_buffer_free(&quote);
        n++;
    }
    cr_assert_geq(n, 20);
}

/* Where only collateral is at fault the quote itself is genuine. */
Test(tdx_vectors, quotes_refused_for_collateral_are_genuine)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest)
    {
        const char first = text_of(item, "reject_reason")[0];
        if (is_tdx_v4(item) && first && strchr("CH", first) && !cJSON_HasObjectItem(item, "mutate"))
            verify_case(item);
    }
}

Test(tdx_vectors, the_pin_is_the_key_of_intels_root)
{
    const cJSON *item = case_by_id(FIRST);
    const struct ratls_root root = root_of(item);

    cr_assert_str_eq(text_of(item, "trust_anchor"), "intel/roots/intel-sgx-root-ca.der");
    cr_assert_eq(rt_verifier_tdx.n_pins, 1);
    cr_assert_arr_eq(rt_verifier_tdx.pins[0], root.spki_sha256, 32);
}

Test(tdx_vectors, version_5_is_refused_by_name)
{
    const struct ratls_root root = root_of(case_by_id(FIRST));
    struct ratls_buffer quote = {0};

    cr_assert_eq(read_vector("intel/tdx-v5-uptodate-1/quote.bin", &quote), RATLS_OK);
    cr_assert_eq(tdx_verdict(rt_bytes_of(&quote), &root, 1751000000), RATLS_E_EVIDENCE_VERSION);
    ratls_buffer_free(&quote);
}

/* T19 on a real quote: every bit up to the end of the PCK chain, but for the terminator of the PEM
 * text, where a NUL may as well be white space (README, "Unsigned bytes"). */
Test(tdx_vectors, every_flipped_bit_of_a_real_quote_is_refused)
{
    const cJSON *item = case_by_id(FIRST);
    const struct ratls_root root = root_of(item);
    const int64_t now = time_of(item);
    struct ratls_buffer quote = {0};
    struct tdx_outcome o;

    cr_assert_eq(read_vector(text_of(item, "evidence"), &quote), RATLS_OK);
    cr_assert_eq(tdx_verify(rt_bytes_of(&quote), &root, now, &o), RATLS_OK);
    size_t end = quote.len - ratls_claims_get(o.claims, "tdx.trailing_bytes")->number;
    tdx_outcome_free(&o);
    if (quote.p[end - 1] == 0)
        end--;
    for (size_t bit = 0; bit < 8 * end; bit++) {
        quote.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_expect_neq(tdx_verdict(rt_bytes_of(&quote), &root, now), RATLS_OK, "byte %zu bit %zu",
                      bit / 8, bit % 8);
        quote.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    ratls_buffer_free(&quote);
}
