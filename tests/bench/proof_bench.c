/* Session proofs per second: the real issuer of the master and its channels, with workers that
 * always have so many requests under way. proof_bench [SECONDS [WORKERS [UNDER-WAY]]], default 2
 * 2 32. Prints how many the master could sign in a second of its CPU time, next to bare signatures
 * of the same key in the same run. */
#include <event2/event.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "ipc_handed.h"
#include "issuer.h"

enum { WORKERS_MAX = 16 };

/* ---- a worker ---- */

static struct px_channel *to_master;
static struct px_prove question = {.issuer = 1,
                                   .request = {.role = RATLS_SERVER, .level = RATLS_LEVEL_SESSION}};

static void ask(void)
{
    question.id++;
    if (!px_channel_send(to_master, px_prove_message(&question)))
        _exit(1);
}

static bool take_proof(void *arg, uint8_t type, struct ratls_bytes payload)
{
    (void)arg;
    if (type != PX_MSG_PROOF || payload.len < 10 || payload.p[8] != 0 || payload.p[9] != 0)
        _exit(1); /* a refusal */
    ask();
    return true;
}

static void be_over(void *arg)
{
    (void)arg;
    _exit(0);
}

static _Noreturn void work(int fd, const uint8_t own[32], unsigned under_way)
{
    static const struct px_channel_ops ops = {take_proof, be_over, false};
    struct event_base *base = event_base_new();

    memcpy(question.own_spki_sha256, own, 32);
    to_master = px_channel_new(base, fd, PX_MAX_FROM_MASTER, &ops, NULL);
    for (unsigned i = 0; i < under_way; i++)
        ask();
    (void)event_base_dispatch(base);
    _exit(1);
}

/* ---- the master ---- */

static struct event_base *base;
static struct px_issuer *issuer;
static struct px_channel *workers[WORKERS_MAX];
static bool issued;
static long proofs;

static void on_issued(void *arg, struct px_issuer *i)
{
    (void)arg;
    (void)i;
    issued = true;
}

static void on_failed(void *arg, struct px_issuer *i)
{
    (void)arg;
    (void)i;
    must(RATLS_E_ATTESTER, "identity");
}

static void on_answer(void *arg, const struct px_answer *a)
{
    (void)arg;
    must(a->e, "proof");
    proofs++;
    if (!px_channel_send(workers[a->child], px_answer_message(a)))
        exit(1);
}

static bool on_request(void *arg, uint8_t type, struct ratls_bytes payload)
{
    const uint64_t child = (uint64_t)((struct px_channel **)arg - workers);
    struct px_prove p;

    if (type != PX_MSG_PROVE || !px_prove_parse(payload, &p) ||
        !px_issuer_admit(issuer, (unsigned)child))
        exit(1);
    px_issuer_prove(issuer, child, &p);
    return true;
}

static void on_gone(void *arg)
{
    (void)arg;
    (void)fprintf(stderr, "a worker is gone\n");
    exit(1);
}

static void start_worker(unsigned i, unsigned under_way)
{
    static const struct px_channel_ops ops = {on_request, on_gone, false};
    int fd[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
        exit(1);
    if (fork() == 0) {
        (void)close(fd[0]);
        work(fd[1], ratls_identity_spki_sha256(px_issuer_identity(issuer)), under_way);
    }
    (void)close(fd[1]);
    workers[i] = px_channel_new(base, fd[0], PX_MAX_FROM_WORKER, &ops, &workers[i]);
}

static void sign_one(void *arg)
{
    uint8_t signature[64];

    must(ratls_identity_prove(arg, &question.request, signature), "signature");
}

static double run_for(double seconds)
{
    const struct timeval end = {.tv_sec = (time_t)seconds,
                                .tv_usec =
                                    (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)};
    const double begin = clock_s();

    proofs = 0;
    (void)event_base_loopexit(base, &end);
    (void)event_base_dispatch(base);
    return (double)proofs / (clock_s() - begin);
}

int main(int argc, char **argv)
{
    static const struct px_issuer_ops ops = {on_issued, on_failed, on_answer, NULL};
    static struct px_log quiet = {.fd = -1, .level = RATLS_LOG_ERROR};
    static const struct px_service service = {.name = "bench",
                                              .attester = "sim-tdx",
                                              .insecure_allow_sim_attester = true,
                                              .proof = RATLS_LEVEL_SESSION,
                                              .proof_rate = 1000000,
                                              .identity_lifetime_s = 3600,
                                              .handshake_timeout_ms = 10000};
    const double seconds = argc > 1 ? atof(argv[1]) : 2;
    const unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 2;
    const unsigned under_way = argc > 3 ? (unsigned)atoi(argv[3]) : 32;

    if (n == 0 || n > WORKERS_MAX || under_way == 0)
        return 2;
    base = event_base_new();
    const struct px_issuer_params params = {.base = base,
                                            .env = ratls_env_system(),
                                            .log = &quiet,
                                            .service = &service,
                                            .id = 1,
                                            .ops = &ops};
    must(px_issuer_new(&params, &issuer, &err), "issuer");
    px_issuer_start(issuer);
    while (!issued)
        (void)event_base_loop(base, EVLOOP_ONCE);
    struct ratls_identity *id =
        ratls_identity_ref((struct ratls_identity *)px_issuer_identity(issuer));
    const double bare = per_second(sign_one, id, seconds / 2);
    for (unsigned i = 0; i < n; i++)
        start_worker(i, under_way);
    (void)run_for(0.2);
    const double rate = run_for(seconds);
    printf("proofs by the master  %8.0f /s of its CPU time, %u workers, %u under way each\n", rate,
           n, under_way);
    printf("bare signatures       %8.0f /s  proofs are %.2f of them\n", bare, rate / bare);
    ratls_identity_unref(id);
    for (unsigned i = 0; i < n; i++)
        px_channel_free(workers[i]);
    while (wait(NULL) > 0)
        ;
    px_issuer_free(issuer);
    event_base_free(base);
    return 0;
}
