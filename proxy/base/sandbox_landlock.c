/* Landlock, by its system calls: Linux Documentation/userspace-api/landlock.rst. The numbers are
 * those of <linux/landlock.h>; Debian 12 has an older one. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox.h"

#define CREATE_VERSION 1U /* LANDLOCK_CREATE_RULESET_VERSION */

enum { RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };

/* LANDLOCK_ACCESS_FS_* */
#define FS_READ_FILE    (UINT64_C(1) << 2)
#define FS_READ_DIR     (UINT64_C(1) << 3)
#define FS_WRITE        (UINT64_C(1) << 1)
#define FS_REMOVE       (UINT64_C(1) << 5 | UINT64_C(1) << 4) /* files and folders */
#define FS_MAKE         (UINT64_C(1) << 8 | UINT64_C(1) << 7) /* likewise */
#define FS_ABI_1        ((UINT64_C(1) << 13) - 1)             /* execute to make_sym */
#define FS_REFER        (UINT64_C(1) << 13)                   /* ABI 2 */
#define FS_TRUNCATE     (UINT64_C(1) << 14)                   /* ABI 3 */
#define FS_IOCTL_DEV    (UINT64_C(1) << 15)                   /* ABI 5 */
#define NET_BIND_TCP    UINT64_C(1) /* ABI 4: LANDLOCK_ACCESS_NET_BIND_TCP */
#define NET_CONNECT_TCP UINT64_C(2)
#define SCOPED          UINT64_C(3) /* ABI 6: abstract unix sockets, signals */

struct ruleset { /* struct landlock_ruleset_attr */
    uint64_t fs, net, scoped;
};

struct path_rule { /* struct landlock_path_beneath_attr */
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

struct port_rule { /* struct landlock_net_port_attr */
    uint64_t allowed, port;
};

/* Names and time zones; what wolfSSL and OpenSSL (below libcurl) draw randomness from. */
static const char *const readable[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/gai.conf",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
    "/dev/random",
    "/proc/sys/vm/overcommit_memory", /* malloc() */
    "/sys/devices/system/cpu",        /* its arenas */
};

static struct ruleset handled(const struct px_sandbox_plan *plan, int abi, size_t *size)
{
    struct ruleset r = {.fs = FS_ABI_1};

    *size = sizeof r.fs;
    if (abi >= 2)
        r.fs |= FS_REFER;
    if (abi >= 3)
        r.fs |= FS_TRUNCATE;
    if (abi >= 4) {
        r.net = plan->ports ? NET_BIND_TCP | NET_CONNECT_TCP : NET_BIND_TCP;
        *size += sizeof r.net;
    }
    if (abi >= 5)
        r.fs |= FS_IOCTL_DEV;
    if (abi >= 6) {
        r.scoped = SCOPED;
        *size += sizeof r.scoped;
    }
    return r;
}

/* What is not there needs no rule; where a symbolic link leads to is what is allowed. */
static bool allow_reading(int rules, const char *path)
{
    struct path_rule rule = {.allowed = FS_READ_FILE};
    struct stat st;
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return true;
    rule.folder = fd;
    bool good = fstat(fd, &st) == 0;
    if (good && S_ISDIR(st.st_mode))
        rule.allowed |= FS_READ_DIR;
    good = good && syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)close(fd);
    return good;
}

/* Of a folder that is not there nothing is allowed. */
static bool allow_keeping(int rules, int abi, const char *folder)
{
    struct path_rule rule = {.allowed =
                                 FS_READ_FILE | FS_READ_DIR | FS_WRITE | FS_REMOVE | FS_MAKE};

    if (abi >= 3)
        rule.allowed |= FS_TRUNCATE;
    rule.folder = open(folder, O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (rule.folder < 0)
        return true;
    bool good = syscall(SYS_landlock_add_rule, rules, RULE_PATH_BENEATH, &rule, 0) == 0;
    (void)close(rule.folder);
    return good;
}

static bool allow_folders(int rules, int abi, const struct px_sandbox_plan *plan)
{
    for (size_t i = 0; plan->folders && plan->folders[i]; i++)
        if (!allow_keeping(rules, abi, plan->folders[i]))
            return false;
    for (size_t i = 0; plan->reads && plan->reads[i]; i++)
        if (!allow_reading(rules, plan->reads[i]))
            return false;
    return true;
}

static bool allow_port(int rules, uint64_t what, uint16_t port)
{
    const struct port_rule rule = {.allowed = what, .port = port};

    return syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &rule, 0) == 0;
}

static bool allow_ports(int rules, int abi, const struct px_sandbox_plan *plan)
{
    if (abi < 4)
        return true;
    for (size_t i = 0; plan->ports && plan->ports[i]; i++)
        if (!allow_port(rules, NET_CONNECT_TCP, plan->ports[i]))
            return false;
    return allow_port(rules, NET_BIND_TCP, 0); /* the source of a connection */
}

static bool allow(int rules)
{
    for (size_t i = 0; i < sizeof readable / sizeof readable[0]; i++)
        if (!allow_reading(rules, readable[i]))
            return false;
    return true;
}

enum ratls_err px_landlock_enter(const struct px_sandbox_plan *plan, int *abi,
                                 struct ratls_error *err)
{
    size_t size = 0;
    long found = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

    *abi = 0;
    if (found < 1) /* ENOSYS: not built in; EOPNOTSUPP: switched off at boot */
        return RATLS_OK;
    int known = found < PX_SANDBOX_LANDLOCK_MAX ? (int)found : PX_SANDBOX_LANDLOCK_MAX;
    const struct ruleset wanted = handled(plan, known, &size);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    bool good = rules >= 0 && allow(rules) && allow_ports(rules, known, plan) &&
                allow_folders(rules, known, plan) &&
                syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    int why = errno;
    if (rules >= 0)
        (void)close(rules);
    if (!good)
        return ratls_fail(err, RATLS_E_INTERNAL, "landlock: %s", strerrordesc_np(why));
    *abi = known;
    return RATLS_OK;
}
