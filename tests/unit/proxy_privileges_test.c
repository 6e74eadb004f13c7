/* lock-memory, against a kernel that grants, and one that does not. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "privileges.h"

/* Take the place of the C library's. */
static struct {
    rlim_t limit;
    bool may_raise;
    int locked; /* flags of mlockall() */
    int failure;
} kernel;

/* Sanitizers ask for other limits before they are ready themselves. */
#define EARLY __attribute__((no_sanitize("address"), no_sanitize("undefined")))

EARLY int setrlimit(__rlimit_resource_t what, const struct rlimit *to)
{
    if (what != RLIMIT_MEMLOCK)
        return (int)syscall(SYS_prlimit64, 0, what, to, NULL);
    if (!kernel.may_raise) {
        errno = EPERM;
        return -1;
    }
    kernel.limit = to->rlim_cur;
    return 0;
}

EARLY int getrlimit(__rlimit_resource_t what, struct rlimit *out)
{
    if (what != RLIMIT_MEMLOCK)
        return (int)syscall(SYS_prlimit64, 0, what, NULL, out);
    *out = (struct rlimit){kernel.limit, kernel.limit};
    return 0;
}

int mlockall(int flags)
{
    kernel.locked = flags;
    errno = kernel.failure;
    return kernel.failure ? -1 : 0;
}

Test(proxy_privileges, lock_memory_raises_the_limit_and_locks_what_comes_later_too)
{
    kernel.limit = 65536;
    kernel.may_raise = true;
    cr_assert_eq(px_privileges_lock_memory(NULL), RATLS_OK);
    cr_expect_eq(kernel.limit, RLIM_INFINITY, "workers inherit it");
    cr_expect_eq(kernel.locked, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

Test(proxy_privileges, lock_memory_needs_no_root_where_there_is_no_limit)
{
    kernel.limit = RLIM_INFINITY;
    cr_assert_eq(px_privileges_lock_memory(NULL), RATLS_OK);
    cr_expect_neq(kernel.locked, 0);
}

Test(proxy_privileges, lock_memory_is_refused_below_the_limit)
{
    struct ratls_error err = {0};

    kernel.limit = 65536;
    cr_assert_eq(px_privileges_lock_memory(&err), RATLS_E_IO);
    cr_expect_str_eq(err.detail, "lock-memory: RLIMIT_MEMLOCK is not unlimited");
    cr_expect_eq(kernel.locked, 0);
}

Test(proxy_privileges, lock_memory_says_when_the_kernel_refuses)
{
    struct ratls_error err = {0};

    kernel.limit = RLIM_INFINITY;
    kernel.failure = ENOMEM;
    cr_assert_eq(px_privileges_lock_memory(&err), RATLS_E_IO);
    cr_expect_str_eq(err.detail, "lock-memory: Cannot allocate memory");
}
