/* drive - what the other side of a proxy does while run.sh looks at the proxy. Everything is asked
 * of an end that echoes, so that a connection counts when its way is whole.
 *
 *     drive pings ADDRESS N              one connection, N questions of 64 bytes, one after the
 * other drive connects ADDRESS SECONDS N   N processes: open, ask once, close drive shakes ADDRESS
 * SECONDS N [KEY=VALUE...] likewise, by mutual TLS 1.3, a full handshake each time cert= key= ca=
 * plain: files of the client's certificate, of the server's CA attester= options= root= policy=
 * attested: with what, the server's root, what is asked cold=yes                       a new
 * identity for each connection: unknown to the server
 *
 * Prints a JSON object. ADDRESS: tests/helpers/socket_support.h */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../helpers/socket_support.h"
#include "bench.h"

enum { QUESTION = 64, MOST_PINGS = 200000, WARM_PINGS = 500 };

static double wall_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_to(const struct address *a)
{
    const int on = 1;
    int fd = stream_socket(a);

    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    check(connect(fd, (const struct sockaddr *)&a->at, a->len), "connect");
    return fd;
}

static void ask(int fd)
{
    static const char question[QUESTION];
    char answer[QUESTION];

    if (send(fd, question, QUESTION, MSG_NOSIGNAL) != QUESTION ||
        recv(fd, answer, QUESTION, MSG_WAITALL) != QUESTION)
        fail("no answer");
}

/* ---- pings ---- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static int run_pings(char **arg)
{
    static double took[MOST_PINGS];
    const struct address a = address(arg[0]);
    const long n = strtol(arg[1], NULL, 10);
    int fd = open_to(&a);

    if (n < 100 || n > MOST_PINGS)
        return 2;
    for (int i = 0; i < WARM_PINGS; i++)
        ask(fd);
    for (long i = 0; i < n; i++) {
        const double begin = wall_s();
        ask(fd);
        took[i] = (wall_s() - begin) * 1e6;
    }
    qsort(took, (size_t)n, sizeof took[0], by_size);
    printf("{\"p50_us\":%.2f,\"p99_us\":%.2f}\n", took[n / 2], took[n * 99 / 100]);
    return 0;
}

/* ---- one connection after the other, by several processes ---- */

static struct address target;

static void connect_once(void)
{
    int fd = open_to(&target);

    ask(fd);
    (void)close(fd);
}

/* What the processes share: nothing but this, as the side under test sees N clients. */
struct shared {
    atomic_uint ready; /* are prepared */
    _Atomic double until;
    atomic_long done;
};

static _Noreturn void run_one(struct shared *s, void (*prepare)(void), void (*once)(void))
{
    static const struct timespec nap = {.tv_nsec = 1000000};

    if (prepare)
        prepare();
    s->ready++;
    while (s->until == 0)
        (void)nanosleep(&nap, NULL);
    while (wall_s() < s->until) {
        once();
        s->done++;
    }
    _exit(0);
}

static int run_by_many(void (*prepare)(void), void (*once)(void), char **arg)
{
    const double seconds = atof(arg[1]);
    const unsigned n = (unsigned)atoi(arg[2]);
    struct shared *s =
        mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int bad = 0, status;
    double begin;

    if (s == MAP_FAILED)
        fail("mmap");
    target = address(arg[0]);
    for (unsigned i = 0; i < n; i++)
        if (check(fork(), "fork") == 0)
            run_one(s, prepare, once);
    while (s->ready < n && waitpid(-1, &status, WNOHANG) <= 0)
        (void)usleep(1000);
    begin = wall_s();
    s->until = begin + seconds;
    while (wait(&status) > 0)
        bad |= status;
    printf("{\"connections\":%ld,\"per_second\":%.1f}\n", s->done,
           (double)s->done / (wall_s() - begin));
    return bad || s->ready < n || s->done == 0;
}

static int run_connects(char **arg)
{
    return run_by_many(NULL, connect_once, arg);
}

/* ---- by TLS ---- */

static struct {
    const char *cert, *key, *ca, *attester, *options, *root, *policy, *cold;
} given;

static struct ratls_ctx *ctx;
static struct ratls_attester *attester;

static const char *value_of(char **arg, const char *name)
{
    const size_t len = strlen(name);

    for (; *arg; arg++)
        if (strncmp(*arg, name, len) == 0 && (*arg)[len] == '=')
            return *arg + len + 1;
    return NULL;
}

static struct ratls_buffer file(const char *path)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer text = {0};

    must(env->read_file(env->arg, path ? path : "", 1 << 20, &text), path ? path : "a file");
    return text;
}

static struct ratls_bytes bytes_of(const struct ratls_buffer *b)
{
    return ratls_bytes(b->p, b->len);
}

static void take_identity(void)
{
    const struct ratls_identity_params params = {
        .media_type = attester ? ratls_attester_media_type(attester) : NULL};
    struct ratls_identity *id;

    if (attester) {
        must(ratls_identity_new(ratls_env_system(), &params, attester, &id, &err), "identity");
    } else {
        struct ratls_buffer cert = file(given.cert), key = file(given.key);
        must(ratls_identity_load(ratls_env_system(), bytes_of(&cert), bytes_of(&key), &id, &err),
             "certificate");
        ratls_buffer_free(&cert);
        ratls_buffer_free(&key);
    }
    must(ratls_ctx_set_identity(ctx, id, &err), "identity");
    ratls_identity_unref(id);
}

static void ask_for_evidence(struct ratls_config *c)
{
    struct ratls_buffer policy = file(given.policy), root = file(given.root);
    struct ratls_trust *trust;

    must(ratls_attester_open(ratls_env_system(), given.attester, given.options, &attester, &err),
         "attester");
    must(ratls_trust_new(ratls_env_system(), &trust), "trust");
    must(ratls_trust_set_policy(trust, bytes_of(&policy), &err), "policy");
    must(ratls_trust_insecure_add_sim_roots(trust, bytes_of(&root), &err), "root");
    ratls_config_set_trust(c, trust);
    ratls_config_set_level(c, ratls_trust_required_level(trust));
    ratls_trust_unref(trust);
    ratls_buffer_free(&policy);
    ratls_buffer_free(&root);
}

static void ask_for_names(struct ratls_config *c)
{
    struct ratls_buffer ca = file(given.ca);

    ratls_config_set_mode(c, RATLS_NONE);
    ratls_config_insecure_no_attestation(c);
    must(ratls_config_add_identity_ca(c, bytes_of(&ca), &err), "CA");
    ratls_buffer_free(&ca);
}

static void must_on(const struct ratls_conn *c, enum ratls_err e, const char *what)
{
    if (e)
        err = *ratls_conn_error(c);
    must(e, what);
}

static void shake_once(void)
{
    static const uint8_t question[QUESTION];
    uint8_t answer[QUESTION];
    struct ratls_conn *c;
    size_t n = 0, got = 0;
    int fd;

    if (given.cold)
        take_identity();
    fd = open_to(&target);
    must(ratls_conn_new(ctx, RATLS_CLIENT, ratls_io_fd(fd), &c, &err), "connection");
    must_on(c, ratls_conn_handshake(c), "handshake");
    must_on(c, ratls_conn_write(c, question, QUESTION, &n), "question");
    for (; got < QUESTION; got += n)
        must_on(c, ratls_conn_read(c, &answer[got], QUESTION - got, &n), "answer");
    ratls_conn_free(c);
    (void)close(fd);
}

/* Each process for itself: keys of its parent are none of a child's. */
static void prepare_shakes(void)
{
    struct ratls_config *c;

    must(ratls_config_new(ratls_env_system(), &c), "configuration");
    if (given.attester)
        ask_for_evidence(c);
    else
        ask_for_names(c);
    must(ratls_ctx_new(c, &ctx, &err), "context");
    ratls_config_free(c);
    take_identity();
}

static int run_shakes(char **arg)
{
    given.cert = value_of(arg + 3, "cert");
    given.key = value_of(arg + 3, "key");
    given.ca = value_of(arg + 3, "ca");
    given.attester = value_of(arg + 3, "attester");
    given.options = value_of(arg + 3, "options");
    given.root = value_of(arg + 3, "root");
    given.policy = value_of(arg + 3, "policy");
    given.cold = value_of(arg + 3, "cold");
    return run_by_many(prepare_shakes, shake_once, arg);
}

static const struct {
    const char *name;
    int (*run)(char **arg);
    int least; /* words */
} verbs[] = {{"pings", run_pings, 2}, {"connects", run_connects, 3}, {"shakes", run_shakes, 3}};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(argv[1], verbs[i].name) == 0 && argc - 2 >= verbs[i].least)
            return verbs[i].run(argv + 2);
    (void)fprintf(stderr, "usage: see the head of tests/bench/drive.c\n");
    return 2;
}
