/* T71: private keys are nowhere in memory once nobody needs them. */
#include <inttypes.h>

#include "conn_support.h"

#define SCALAR    32 /* of P-256 */
#define HALF      16
#define SCALAR_AT 7 /* in the DER of rt_key_export(): RFC 5915 */
#define MASK      0xa5

/* A scalar that is never in memory itself. */
struct canary {
    uint8_t masked[SCALAR];
};

static struct canary canary_of(const struct ratls_identity *id)
{
    struct ratls_buffer der = {0};
    struct canary c;

    cr_assert_eq(ratls_identity_export_key(id, &der), RATLS_OK);
    cr_assert_eq(der.p[SCALAR_AT - 1], SCALAR);
    for (size_t i = 0; i < SCALAR; i++)
        c.masked[i] = der.p[SCALAR_AT + i] ^ MASK;
    ratls_buffer_free(&der);
    return c;
}

/* Either half, for free() writes over the first bytes: big-endian, as in DER, or as integers of
 * wolfCrypt are on little-endian machines. */
static bool is_at(const volatile uint8_t *p, const struct canary *c)
{
    for (size_t begin = 0; begin < SCALAR; begin += HALF) {
        size_t same = 0, turned = 0;

        while (same < HALF && (p[same] ^ MASK) == c->masked[begin + same])
            same++;
        while (turned < HALF && (p[turned] ^ MASK) == c->masked[begin + HALF - 1 - turned])
            turned++;
        if (same == HALF || turned == HALF)
            return true;
    }
    return false;
}

static size_t found_in(uintptr_t from, uintptr_t to, const struct canary *c)
{
    size_t found = 0;

    for (uintptr_t at = from; at + HALF <= to; at++)
        found += is_at((const volatile uint8_t *)at, c);
    return found;
}

/* In everything that this process can write to. */
static size_t copies(const struct canary *c)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    size_t found = 0;
    uintptr_t from, to;

    cr_assert_not_null(maps);
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " rw", &from, &to) == 2 && strstr(line, " rw") &&
            !strstr(line, "/dev/") && !strstr(line, "memfd"))
            found += found_in(from, to, c);
    (void)fclose(maps);
    return found;
}

static void skip_under_sanitizers(void)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("the memory of a sanitizer is too large");
#endif
}

Test(residue, a_key_that_has_ended_leaves_nothing_behind)
{
    const struct side_plan usual = {0};
    struct rig r;

    skip_under_sanitizers();
    rig_make(&r, &usual, &usual);
    rig_expect(&r, RATLS_OK, RATLS_OK);
    const struct canary key = canary_of(r.server.identity);
    cr_expect_gt(copies(&key), 0, "control: it is in use");
    rig_free(&r);
    cr_expect_eq(copies(&key), 0, "%zu copies", copies(&key));
}

Test(residue, a_key_is_gone_after_rotation)
{
    const struct side_plan usual = {0};
    struct ratls_error err = {0};
    struct rig r;

    skip_under_sanitizers();
    rig_make(&r, &usual, &usual);
    rig_expect(&r, RATLS_OK, RATLS_OK);
    const struct canary old = canary_of(r.server.identity);
    ratls_identity_unref(r.server.identity);
    side_make_identity(&r.server, &usual);
    cr_assert_eq(ratls_ctx_set_identity(r.server.ctx, r.server.identity, &err), RATLS_OK);
    rig_connect(&r);
    rig_expect(&r, RATLS_OK, RATLS_OK);
    const struct canary new = canary_of(r.server.identity);
    cr_expect_gt(copies(&new), 0, "control: the next one is in use");
    cr_expect_eq(copies(&old), 0, "%zu copies", copies(&old));
    rig_free(&r);
}
