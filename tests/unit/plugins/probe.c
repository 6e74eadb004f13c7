/* A plugin that recognises nothing and, the first time it is asked, tries what an intruder in the
 * same process would; one line "probe NAME RESULT" on standard error for each (T72). With
 * RATLS_PROBE_DEADLY=NAME it then makes a call that must end the process. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "plugin.h"

static int closed(int fd)
{
    if (fd >= 0)
        (void)close(fd);
    return fd < 0 ? -1 : 0;
}

static int reads_passwd(void)
{
    return closed(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int reads_memory(void)
{
    return closed(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
}

static int reads_hosts(void)
{
    return closed(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
}

static int lists_root(void)
{
    char names[1024];
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long n = fd < 0 ? -1 : syscall(SYS_getdents64, fd, names, sizeof names);

    (void)closed(fd);
    return n < 0 ? -1 : 0;
}

static int makes_file(void)
{
    int fd = open("/tmp/ratls-probe", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0)
        (void)unlink("/tmp/ratls-probe");
    return closed(fd);
}

static int makes_folder(void)
{
    int failed = mkdir("/tmp/ratls-probe-folder", 0700);

    if (!failed)
        (void)rmdir("/tmp/ratls-probe-folder");
    return failed;
}

static int opens_netlink(void)
{
    return closed(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int opens_raw(void)
{
    return closed(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static int binds(uint16_t port)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = bind(fd, (const struct sockaddr *)&to, sizeof to), why = errno;

    (void)closed(fd);
    errno = why;
    return failed;
}

static int binds_port(void)
{
    const char *port = getenv("RATLS_PROBE_PORT");

    return binds((uint16_t)(port ? atoi(port) : 0));
}

static int binds_source(void)
{
    return binds(0);
}

static int listens(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = listen(fd, 1), why = errno;

    (void)closed(fd);
    errno = why;
    return failed;
}

/* Nobody has to be there. */
static int connects_port(void)
{
    const char *port = getenv("RATLS_PROBE_PORT");
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)(port ? atoi(port) : 0)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = connect(fd, (const struct sockaddr *)&to, sizeof to), why = errno;

    (void)closed(fd);
    errno = why;
    return failed && why != ECONNREFUSED;
}

static int connects_abstract(void)
{
    const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "\0ratls-probe"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof "\0ratls-probe" - 1;
    int failed = connect(fd, (const struct sockaddr *)&to, len), why = errno;

    (void)closed(fd);
    errno = why;
    return failed;
}

static int maps_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -1 : munmap(p, 4096);
}

static int makes_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int failed = mprotect(p, 4096, PROT_READ | PROT_EXEC), why = errno;

    (void)munmap(p, 4096);
    errno = why;
    return failed;
}

static int forks(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    return child < 0 ? -1 : 0;
}

static int signals_parent(void)
{
    return kill(getppid(), 0);
}

static void *nothing(void *arg)
{
    return arg;
}

static int starts_thread(void)
{
    pthread_t thread;

    errno = pthread_create(&thread, NULL, nothing, NULL);
    return errno ? -1 : pthread_join(thread, NULL);
}

static int executes(void)
{
    char *const argv[] = {"true", NULL}, *const env[] = {NULL};

    return execve("/bin/true", argv, env);
}

static int traces(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int unshares(void)
{
    return (int)syscall(SYS_unshare, 0);
}

static int reads_others(void)
{
    return (int)syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static int makes_ring(void)
{
    return (int)syscall(SYS_io_uring_setup, 0, NULL);
}

struct probe {
    const char *name;
    int (*run)(void);
};

static const struct probe probes[] = {
    {"reads_passwd", reads_passwd},
    {"reads_memory", reads_memory},
    {"lists_root", lists_root},
    {"makes_file", makes_file},
    {"makes_folder", makes_folder},
    {"opens_netlink", opens_netlink},
    {"opens_raw", opens_raw},
    {"binds_port", binds_port},
    {"listens", listens},
    {"connects_port", connects_port},
    {"connects_abstract", connects_abstract},
    {"maps_code", maps_code},
    {"makes_code", makes_code},
    {"forks", forks},
    {"signals_parent", signals_parent},
    {"reads_hosts", reads_hosts},
    {"binds_source", binds_source},
    {"starts_thread", starts_thread},
};

static const struct probe deadly[] = {
    {"executes", executes},         {"traces", traces},         {"unshares", unshares},
    {"reads_others", reads_others}, {"makes_ring", makes_ring},
};

static void run(const struct probe *p)
{
    errno = 0;
    const char *result = p->run() == 0 ? "done" : strerrorname_np(errno);
    (void)dprintf(STDERR_FILENO, "probe %s %s\n", p->name, result);
}

static bool recognises(struct ratls_bytes evidence)
{
    static bool asked;
    const char *name = getenv("RATLS_PROBE_DEADLY");

    (void)evidence;
    for (size_t i = 0; !asked && i < sizeof probes / sizeof probes[0]; i++)
        run(&probes[i]);
    for (size_t i = 0; !asked && name && i < sizeof deadly / sizeof deadly[0]; i++)
        if (strcmp(name, deadly[i].name) == 0)
            run(&deadly[i]);
    asked = true;
    return false;
}

PLUGIN(ABI, SIZE, "probe", recognises, usual_describe, usual_verify, 0)
