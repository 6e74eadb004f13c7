/* Seccomp: the system calls of a worker. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox.h"

/* Whatever their arguments. */
static const char *const allowed[] = {
    /* memory */
    "brk", "madvise", "membarrier", "mincore", "mlock", "mlock2", "mremap", "munlock", "munmap",
    /* descriptors */
    "access", "close", "close_range", "dup", "dup2", "dup3", "eventfd2", "faccessat", "faccessat2",
    "fcntl", "fstat", "getdents64", "lseek", "newfstatat", "pipe2", "pread64", "preadv", "read",
    "readlink", "readlinkat", "readv", "splice", "stat", "statx", "tee", "write", "writev",
    /* waiting */
    "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "poll", "ppoll",
    "pselect6", "select",
    /* sockets; listeners are handed over */
    "accept", "accept4", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmmsg",
    "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
    /* time */
    "clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time",
    "timerfd_create", "timerfd_settime",
    /* threads and signals of one's own */
    "exit", "exit_group", "futex", "getpid", "gettid", "restart_syscall", "rseq", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_getparam", "sched_getscheduler",
    "sched_yield", "set_robust_list", "sigaltstack",
    /* questions */
    "getegid", "geteuid", "getgid", "getppid", "getrandom", "getrlimit", "getrusage", "getuid",
    "sysinfo", "uname"};

static const char *const connecting[] = {"bind", "connect"};

static const char *const keeping[] = {"fchmod",    "fchown",   "fdatasync", "flock",    "fsync",
                                      "ftruncate", "lstat",    "mkdir",     "mkdirat",  "open",
                                      "openat",    "pwrite64", "pwritev",   "rename",   "renameat",
                                      "renameat2", "unlink",   "unlinkat",  "utimensat"};

/* Nobody but an intruder tries them. */
static const char *const deadly[] = {"add_key",
                                     "bpf",
                                     "chroot",
                                     "delete_module",
                                     "execve",
                                     "execveat",
                                     "fanotify_init",
                                     "finit_module",
                                     "init_module",
                                     "io_uring_setup",
                                     "kexec_load",
                                     "keyctl",
                                     "mount",
                                     "move_mount",
                                     "open_by_handle_at",
                                     "perf_event_open",
                                     "pidfd_getfd",
                                     "pivot_root",
                                     "process_vm_readv",
                                     "process_vm_writev",
                                     "ptrace",
                                     "reboot",
                                     "request_key",
                                     "setns",
                                     "umount2",
                                     "unshare",
                                     "userfaultfd"};

#define WRITING ((uint64_t)(O_ACCMODE | O_CREAT | O_TRUNC))
#define TYPE    UINT64_C(0xf) /* of a socket, below SOCK_CLOEXEC and SOCK_NONBLOCK */
#define ARG(n, bits, value)                                                                        \
    {                                                                                              \
        n, SCMP_CMP_MASKED_EQ, bits, value                                                         \
    }

/* Those that one look at an argument decides. */
static const struct {
    const char *name;
    struct scmp_arg_cmp arg;
} looked_at[] = {
    {"openat", ARG(2, WRITING, 0)},
    {"open", ARG(1, WRITING, 0)},
    {"mmap", ARG(2, PROT_EXEC, 0)},
    {"mprotect", ARG(2, PROT_EXEC, 0)},
    {"clone", ARG(0, CLONE_THREAD, CLONE_THREAD)},
    {"socketpair", ARG(0, UINT32_MAX, AF_UNIX)},
    {"prctl", ARG(0, UINT32_MAX, PR_SET_NAME)},
    {"ioctl", ARG(1, UINT32_MAX, FIONREAD)},
    {"ioctl", ARG(1, UINT32_MAX, FIONBIO)},
    {"prlimit64", ARG(2, UINT64_MAX, 0)},
};

/* A call that this system does not have needs no rule. */
static int add(scmp_filter_ctx filter, uint32_t action, const char *name,
               const struct scmp_arg_cmp *arg)
{
    int number = seccomp_syscall_resolve_name(name);

    if (number == __NR_SCMP_ERROR)
        return 0;
    return seccomp_rule_add_array(filter, action, number, arg ? 1 : 0, arg);
}

static int add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t n)
{
    int failed = 0;

    for (size_t i = 0; i < n && !failed; i++)
        failed = add(filter, action, names[i], NULL);
    return failed;
}

/* No netlink, no raw packets. */
static int add_sockets(scmp_filter_ctx filter)
{
    static const uint64_t families[] = {AF_UNIX, AF_INET, AF_INET6};
    static const uint64_t types[] = {SOCK_STREAM, SOCK_DGRAM};
    int failed = 0;

    for (size_t i = 0; i < 6 && !failed; i++) {
        const struct scmp_arg_cmp args[] = {ARG(0, UINT32_MAX, families[i / 2]),
                                            ARG(1, TYPE, types[i % 2])};
        failed = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, args);
    }
    return failed;
}

/* abort() and the stack protector end this process, never another. The flags of clone3() are out of
 * sight: without it the C library takes clone(). */
static int add_special(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp self = ARG(0, UINT32_MAX, (uint64_t)getpid());
    int failed = add(filter, SCMP_ACT_ALLOW, "tgkill", &self);

    return failed ? failed : add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", NULL);
}

static int fill_connecting(scmp_filter_ctx filter)
{
    int failed =
        add_all(filter, SCMP_ACT_ALLOW, connecting, sizeof connecting / sizeof connecting[0]);

    return failed ? failed : add_sockets(filter);
}

static int fill_for(scmp_filter_ctx filter, enum px_sandbox_for who)
{
    const bool connects =
        who == PX_WHO_CONNECTS || who == PX_WHO_FETCHES || who == PX_WHO_KEEPS_AFAR;
    const bool keeps = who == PX_WHO_KEEPS || who == PX_WHO_KEEPS_AFAR;
    int failed = connects ? fill_connecting(filter) : 0;

    if (!failed && who == PX_WHO_FETCHES)
        failed = add(filter, SCMP_ACT_ALLOW, "listen", NULL);
    if (!failed && keeps)
        failed = add_all(filter, SCMP_ACT_ALLOW, keeping, sizeof keeping / sizeof keeping[0]);
    return failed;
}

static int fill(scmp_filter_ctx filter, enum px_sandbox_for who)
{
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (!failed) /* threads of plugins, too */
        failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!failed) /* a tree, not a list */
        failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (!failed)
        failed = add_all(filter, SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0]);
    if (!failed)
        failed = add_all(filter, SCMP_ACT_KILL_PROCESS, deadly, sizeof deadly / sizeof deadly[0]);
    for (size_t i = 0; i < sizeof looked_at / sizeof looked_at[0] && !failed; i++)
        failed = add(filter, SCMP_ACT_ALLOW, looked_at[i].name, &looked_at[i].arg);
    if (!failed)
        failed = fill_for(filter, who);
    return failed ? failed : add_special(filter);
}

enum ratls_err px_seccomp_enter(enum px_sandbox_for who, bool *on, struct ratls_error *err)
{
    *on = false;
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) /* not built in */
        return RATLS_OK;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return RATLS_E_NO_MEMORY;
    int failed = fill(filter, who);
    if (!failed)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    if (failed)
        return ratls_fail(err, RATLS_E_INTERNAL, "seccomp: %s", strerrordesc_np(-failed));
    *on = true;
    return RATLS_OK;
}
