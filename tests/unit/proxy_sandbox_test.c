/* Landlock on kernels of every age, played by a stand-in: what they do not know is not asked for,
 * and what they refuse is no sandbox. What it stops is shown by tests/scenario/sandbox.sh. */
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

static struct {
    long abi;     /* what the version is asked for; < 0: the error */
    long refuses; /* number of the call that fails; 0: none */
    uint64_t ruleset[3];
    size_t size;
    unsigned paths, ports;
    uint64_t rights; /* given below any path */
    bool in_force;
} kernel;

static long create_ruleset(const uint64_t *attributes, size_t size)
{
    if (!attributes)
        return kernel.abi;
    kernel.size = size;
    memcpy(kernel.ruleset, attributes, size);
    return dup(STDERR_FILENO);
}

static long add_rule(int type, const uint64_t *rule)
{
    uint64_t rights;

    memcpy(&rights, rule, sizeof rights); /* both kinds begin with them */
    kernel.paths += type == 1;
    kernel.ports += type == 2;
    if (type == 1)
        kernel.rights |= rights;
    return 0;
}

static long the_real_one(long number, const long a[6])
{
    long (*real)(long, ...);
    void *symbol = dlsym(RTLD_NEXT, "syscall");

    memcpy(&real, &symbol, sizeof real); /* ISO C has no such cast */
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Takes the place of the C library's. */
long syscall(long number, ...)
{
    long a[6], result = 0;
    va_list ap;

    va_start(ap, number);
    for (size_t i = 0; i < 6; i++)
        a[i] = va_arg(ap, long);
    va_end(ap);
    if (number == kernel.refuses)
        result = -EACCES;
    else if (number == SYS_landlock_create_ruleset)
        result = create_ruleset((const uint64_t *)a[0], (size_t)a[1]);
    else if (number == SYS_landlock_add_rule)
        result = add_rule((int)a[1], (const uint64_t *)a[2]);
    else if (number == SYS_landlock_restrict_self)
        kernel.in_force = true;
    else
        result = the_real_one(number, a);
    if (result >= -1)
        return result;
    errno = (int)-result;
    return -1;
}

static const struct px_sandbox_plan plan = {.who = PX_WHO_CONNECTS};

static int enter_by(const struct px_sandbox_plan *by, long abi)
{
    struct ratls_error err = {0};
    int found = -1;

    memset(&kernel, 0, sizeof kernel);
    kernel.abi = abi;
    cr_assert_eq(px_landlock_enter(by, &found, &err), RATLS_OK, "%s", err.detail);
    return found;
}

static int enter(long abi)
{
    return enter_by(&plan, abi);
}

Test(proxy_sandbox, a_process_that_keeps_files_may_change_its_folders)
{
    static const char *const folders[] = {"/tmp", "/nowhere", NULL};
    const struct px_sandbox_plan keeps = {.who = PX_WHO_KEEPS, .folders = folders};

    (void)enter(7);
    const unsigned others = kernel.paths;
    (void)enter_by(&keeps, 7);
    cr_expect_eq(kernel.paths, others + 1, "what is not there is left out");
    /* read, list, write, remove, make, truncate: files and folders, nothing else */
    cr_expect_eq(kernel.rights, UINT64_C(0x41be));
}

Test(proxy_sandbox, a_process_that_keeps_files_reads_what_is_named_besides)
{
    static const char *const reads[] = {"/tmp", "/etc/passwd", "/nowhere", NULL};
    const struct px_sandbox_plan keeps = {.who = PX_WHO_KEEPS, .reads = reads};

    (void)enter(7);
    const unsigned others = kernel.paths;
    (void)enter_by(&keeps, 7);
    cr_expect_eq(kernel.paths, others + 2);
    cr_expect_eq(kernel.rights, 0xc, "read and list");
}

Test(proxy_sandbox, a_list_of_ports_is_all_that_is_connected_to)
{
    static const uint16_t ports[] = {53, 443, 0};
    const struct px_sandbox_plan confined = {.who = PX_WHO_CONNECTS, .ports = ports};

    (void)enter(7);
    cr_expect_eq(kernel.ruleset[1], 1, "binding");
    for (long abi = 3; abi <= 4; abi++) {
        (void)enter_by(&confined, abi);
        cr_expect_eq(kernel.ports, abi < 4 ? 0 : 3, "those, and the source");
        cr_expect_eq(kernel.ruleset[1], abi < 4 ? 0 : 3, "binding and connecting");
    }
}

Test(proxy_sandbox, goes_on_without_landlock)
{
    static const long errors[] = {ENOSYS, EOPNOTSUPP};

    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(enter(-errors[i]), 0);
        cr_expect_not(kernel.in_force);
    }
}

Test(proxy_sandbox, asks_a_kernel_for_what_it_knows)
{
    static const struct {
        uint64_t fs, net, scoped;
        size_t size;
    } rows[] = {
        {0x1fff, 0, 0, 8},  {0x3fff, 0, 0, 8},  {0x7fff, 0, 0, 8},  {0x7fff, 1, 0, 16},
        {0xffff, 1, 0, 16}, {0xffff, 1, 3, 24}, {0xffff, 1, 3, 24},
    };

    for (int abi = 1; abi <= 7; abi++) {
        cr_expect_eq(enter(abi), abi);
        cr_expect_eq(kernel.size, rows[abi - 1].size, "ABI %d", abi);
        cr_expect_eq(kernel.ruleset[0], rows[abi - 1].fs, "ABI %d", abi);
        cr_expect_eq(kernel.ruleset[1], rows[abi - 1].net, "ABI %d", abi);
        cr_expect_eq(kernel.ruleset[2], rows[abi - 1].scoped, "ABI %d", abi);
        cr_expect_eq(kernel.ports, abi >= 4, "port 0");
        cr_expect_gt(kernel.paths, 0);
        cr_expect_eq(kernel.rights & ~UINT64_C(0xc), 0, "only reading");
        cr_expect(kernel.in_force);
    }
}

Test(proxy_sandbox, takes_a_newer_landlock_for_the_newest_it_knows)
{
    cr_expect_eq(enter(99), PX_SANDBOX_LANDLOCK_MAX);
}

Test(proxy_sandbox, is_refused_where_a_part_is_refused)
{
    static const long calls[] = {SYS_landlock_add_rule, SYS_landlock_restrict_self};

    for (size_t i = 0; i < 2; i++) {
        struct ratls_error err = {0};
        int found = -1;

        memset(&kernel, 0, sizeof kernel);
        kernel.abi = 7;
        kernel.refuses = calls[i];
        cr_expect_eq(px_landlock_enter(&plan, &found, &err), RATLS_E_INTERNAL);
        cr_expect_eq(found, 0);
        cr_expect_str_eq(err.detail, "landlock: Permission denied");
    }
}
