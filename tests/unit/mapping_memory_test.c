/* T77 for CoRIM and for baselines of secGear: an allocation fails on either way. No crash, no leak;
 * what is good is then never called malformed, and nothing is given out in part. */
#include <criterion/criterion.h>

#include "base.h"
#include "ratls/bundle.h"

#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"

#ifdef WITHOUT_ALLOC

Test(mapping_memory, is_tested_without_sanitizers_only)
{
    cr_skip_test();
}

#else

#define RIM "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char document[] =
    "{\"format\":\"ratls-trust/1\",\"issuer\":\"i\",\"bundle\":\"b\",\"revision\":1,\"items\":["
    "{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"a\",\"version\":1,\"state\":\"active\","
    "\"author\":\"me\",\"body\":{\"measurements\":[\"" RIM "\",\"00\"],"
    "\"claims\":{\"tdx.rtmr_0\":[\"" RIM "\"],\"x\":[\"t\",1,true]},\"lists\":{\"l\":[\"01\"]},"
    "\"minimum\":{\"m\":1},\"tcb_status\":[\"UpToDate\"],\"advisory_ids\":{\"accepted\":[]}}}]}";
static const char refs[] = "{\"refs\":\"{\\\"vcca.cvm.rim\\\":[\\\"" RIM "\\\"],"
                           "\\\"vcca.cvm.rem.0\\\":\\\"" RIM "\\\","
                           "\\\"virtcca_ima_" RIM "\\\":\\\"" RIM "\\\"}\"}";

static struct ratls_buffer corim;

static void setup(void)
{
    cr_assert_eq(ratls_corim_write(ratls_bytes_str(document), &corim, NULL), RATLS_OK);
}

static void teardown(void)
{
    ratls_buffer_free(&corim);
}

TestSuite(mapping_memory, .init = setup, .fini = teardown, .timeout = 300);

/* `out` is freed; armed while it was made. */
static bool judge(enum ratls_err e, struct ratls_buffer *out)
{
    const bool given = out->p != NULL;

    ratls_buffer_free(out);
    armed = false;
    cr_expect(e == RATLS_OK || e == RATLS_E_NO_MEMORY, "%s", ratls_err_reason(e));
    cr_expect_eq(given, e == RATLS_OK);
    return e == RATLS_OK;
}

static bool write_corim(void)
{
    struct ratls_buffer out = {0};

    armed = true;
    enum ratls_err e = ratls_corim_write(ratls_bytes_str(document), &out, NULL);
    return judge(e, &out);
}

static bool read_corim(void)
{
    struct ratls_buffer out = {0};

    armed = true;
    enum ratls_err e = ratls_corim_read(rt_bytes_of(&corim), &out, NULL);
    return judge(e, &out);
}

static bool read_refs(void)
{
    struct ratls_buffer out = {0};

    armed = true;
    enum ratls_err e = ratls_refs_read(ratls_bytes_str(refs), "virtcca", "web", &out, NULL);
    return judge(e, &out);
}

static bool read_digests(void)
{
    struct ratls_buffer out = {0};

    armed = true;
    enum ratls_err e = ratls_refs_of_digests(ratls_bytes_str(RIM "\n" RIM), RIM, &out, NULL);
    return judge(e, &out);
}

static void run_all(int how)
{
    fail_each(write_corim, how);
    fail_each(read_corim, how);
    fail_each(read_refs, how);
    fail_each(read_digests, how);
}

Test(mapping_memory, one_allocation_fails)
{
    run_all(ONCE);
}

Test(mapping_memory, all_allocations_fail_from_one_on)
{
    run_all(FOR_EVER);
}

Test(mapping_memory, nothing_is_lost)
{
    run_all(OURS_ONCE);
}

#endif
