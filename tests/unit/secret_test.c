/* T71: what is left of secrets, and comparisons that take the same time. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base.h"

#define CANARY "canary-0123456789-canary"

/* Takes the place of the C library's: sees the pages in the moment they are given back. */
static struct {
    const void *p;
    bool seen, was_zero;
} watched;

int munmap(void *p, size_t len)
{
    if (p && p == watched.p) {
        watched.seen = true;
        watched.was_zero = rt_all_zero(p, len);
    }
    return (int)syscall(SYS_munmap, p, len);
}

/* ---- pages ---- */

Test(secret, gives_writable_pages_of_zeros)
{
    uint8_t *p = rt_secret_alloc(100);

    cr_assert_not_null(p);
    cr_expect(rt_all_zero(p, 4096), "the whole page");
    cr_expect_eq((uintptr_t)p % 4096, 0);
    memset(p, 0xaa, 100);
    rt_secret_free(p, 100);
}

Test(secret, wipes_pages_before_giving_them_back)
{
    uint8_t *p = rt_secret_alloc(5000);

    cr_assert_not_null(p);
    memset(p, 0xaa, 5000);
    watched.p = p;
    rt_secret_free(p, 5000);
    cr_expect(watched.seen);
    cr_expect(watched.was_zero);
    rt_secret_free(NULL, 5000);
}

/* The flags of the mapping that begins at `p`, as the kernel names them. */
static bool has_flag(const void *p, const char *flag)
{
    FILE *f = fopen("/proc/self/smaps", "r");
    char line[512], begin[32], wanted[8];
    bool here = false, found = false;

    cr_assert_not_null(f);
    (void)snprintf(begin, sizeof begin, "%lx-", (unsigned long)(uintptr_t)p);
    (void)snprintf(wanted, sizeof wanted, " %s", flag);
    while (fgets(line, sizeof line, f)) {
        if (strncmp(line, begin, strlen(begin)) == 0)
            here = true;
        if (here && strncmp(line, "VmFlags:", 8) == 0) {
            found = strstr(line, wanted) != NULL;
            break;
        }
    }
    (void)fclose(f);
    return found;
}

Test(secret, keeps_pages_out_of_core_dumps)
{
    void *p = rt_secret_alloc(32);

    cr_assert_not_null(p);
    cr_expect(has_flag(p, "dd"), "MADV_DONTDUMP");
    rt_secret_free(p, 32);
}

Test(secret, does_not_hand_pages_to_children)
{
    uint8_t *p = rt_secret_alloc(32);
    int status = 0;

    cr_assert_not_null(p);
    memset(p, 0xaa, 32);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0)
        _exit(rt_all_zero(p, 32) ? 0 : 1);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    cr_expect_eq(p[31], 0xaa, "the parent keeps its own");
    rt_secret_free(p, 32);
}

Test(secret, gives_no_pages_for_sizes_that_make_no_sense)
{
    void *largest = rt_secret_alloc(RT_MAX_FILE);

    cr_expect_not_null(largest);
    rt_secret_free(largest, RT_MAX_FILE);
    cr_expect_null(rt_secret_alloc(0));
    cr_expect_null(rt_secret_alloc(RT_MAX_FILE + 1));
    cr_expect_null(rt_secret_alloc(SIZE_MAX));
}

/* ---- heap ---- */

/* Whether the canary is still at the address: asked of the kernel, since the memory is freed. */
static bool left_at(uintptr_t at, size_t len)
{
    int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    static uint8_t copy[8192];
    ssize_t n = fd >= 0 ? pread(fd, copy, len, (off_t)at) : -1;

    cr_assert_geq(fd, 0);
    (void)close(fd);
    return n > 0 && memmem(copy, (size_t)n, CANARY, strlen(CANARY)) != NULL;
}

/* The canary 64 bytes into the writer: free() overwrites the first bytes by itself. */
static void put_canary(struct rt_writer *w)
{
    static const uint8_t filling[64];

    rt_put(w, filling, sizeof filling);
    rt_put(w, CANARY, strlen(CANARY));
}

Test(secret, leaves_nothing_of_a_writer_on_the_heap)
{
    struct rt_writer w = {0};

    put_canary(&w);
    uintptr_t at = (uintptr_t)w.p;
    cr_assert(left_at(at, 200), "the test must be able to see it");
    rt_writer_free(&w);
    cr_expect_not(left_at(at, 200));
}

Test(secret, leaves_nothing_where_a_writer_was_before_it_grew)
{
    static const uint8_t filling[4096];
    struct rt_writer w = {0};

    put_canary(&w);
    uintptr_t at = (uintptr_t)w.p;
    rt_put(&w, filling, sizeof filling);
    cr_assert_neq((uintptr_t)w.p, at);
    cr_expect_not(left_at(at, 200));
    rt_writer_free(&w);
}

Test(secret, leaves_nothing_of_a_buffer_on_the_heap)
{
    struct rt_writer w = {0};
    struct ratls_buffer b;

    put_canary(&w);
    cr_assert_eq(rt_writer_take(&w, &b), RATLS_OK);
    uintptr_t at = (uintptr_t)b.p;
    cr_assert(left_at(at, 200));
    ratls_buffer_free(&b);
    cr_expect_not(left_at(at, 200));
}

/* ---- bytes ---- */

Test(secret, wipes_memory)
{
    uint8_t bytes[] = {1, 2, 3, 4};

    rt_wipe(bytes, 3);
    cr_expect(rt_all_zero(bytes, 3));
    cr_expect_eq(bytes[3], 4);
    rt_wipe(NULL, 0);
    rt_wipe(bytes, 0);
}

Test(secret, compares_every_bit)
{
    uint8_t a[64] = {0}, b[64] = {0};

    cr_expect(rt_ct_equal(a, b, sizeof a));
    cr_expect(rt_ct_equal(a, b, 0));
    for (size_t bit = 0; bit < 8 * sizeof b; bit++) {
        b[bit / 8] = (uint8_t)(1U << (bit % 8));
        cr_expect_not(rt_ct_equal(a, b, sizeof a), "bit %zu", bit);
        cr_expect_not(rt_all_zero(b, sizeof b), "bit %zu", bit);
        b[bit / 8] = 0;
    }
    cr_expect(rt_all_zero(b, sizeof b));
}
