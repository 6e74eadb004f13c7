/* Mutual handshakes per second over a wire in memory, both ends in one thread: plain TLS by the
 * same library with the same certificates and nothing judged, against attested ones. The ratio is
 * what counts: machines differ. And how often a second the peer of an open connection is judged
 * again after a change of trust. handshake_bench [SECONDS for each row, default 2] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base.h"
#include "ratls/ratls.h"
#include "tls.h"

static struct ratls_error err;

static void must(enum ratls_err e, const char *what)
{
    if (!e)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, ratls_err_reason(e), err.detail);
    exit(1);
}

/* ---- wire ---- */

static struct wire {
    uint8_t p[256 * 1024];
    size_t head, len;
} wires[2]; /* by writer: role - 1 */

static long take(struct wire *w, uint8_t *buf, size_t len)
{
    if (len > w->len - w->head)
        len = w->len - w->head;
    if (len == 0)
        return RATLS_IO_AGAIN;
    memcpy(buf, w->p + w->head, len);
    w->head += len;
    if (w->head == w->len)
        w->head = w->len = 0;
    return (long)len;
}

static long bench_read(void *arg, uint8_t *buf, size_t len)
{
    return take(&wires[*(enum ratls_role *)arg == RATLS_CLIENT ? 1 : 0], buf, len);
}

static long bench_write(void *arg, const uint8_t *buf, size_t len)
{
    struct wire *w = &wires[*(enum ratls_role *)arg - 1];

    if (len > sizeof w->p - w->len)
        return RATLS_IO_ERROR;
    memcpy(w->p + w->len, buf, len);
    w->len += len;
    return (long)len;
}

static enum ratls_role roles[] = {RATLS_CLIENT, RATLS_SERVER};

static struct ratls_io io_of(int i)
{
    return (struct ratls_io){.read = bench_read, .write = bench_write, .arg = &roles[i]};
}

/* ---- plain ---- */

static struct rt_tls_ctx *plain[2];

static void plain_handshake(void)
{
    struct rt_tls *t[2];
    enum ratls_err e[2] = {RATLS_E_WANT_READ, RATLS_E_WANT_READ};

    for (int i = 0; i < 2; i++) {
        struct ratls_io io = io_of(i);
        must(rt_tls_new(plain[i], &io, &t[i], &err), "tls");
    }
    while (e[0] || e[1])
        for (int i = 0; i < 2; i++)
            if (e[i] && (e[i] = rt_tls_handshake(t[i], roles[i], &err)) != RATLS_OK &&
                !ratls_err_is_want(e[i]))
                must(e[i], "plain handshake");
    rt_tls_free(t[0]);
    rt_tls_free(t[1]);
    wires[0].head = wires[0].len = wires[1].head = wires[1].len = 0;
}

/* ---- attested ---- */

static struct ratls_ctx *attested[2];

static struct ratls_conn *opened[2];

static void open_attested(void)
{
    struct ratls_conn **c = opened;
    enum ratls_err e[2] = {RATLS_E_WANT_READ, RATLS_E_WANT_READ};

    for (int i = 0; i < 2; i++)
        must(ratls_conn_new(attested[i], roles[i], io_of(i), &c[i], &err), "connection");
    while (e[0] || e[1])
        for (int i = 0; i < 2; i++)
            if ((e[i] = ratls_conn_handshake(c[i])) != RATLS_OK && !ratls_err_is_want(e[i]))
                must(e[i], "attested handshake");
}

static void close_attested(void)
{
    ratls_conn_free(opened[0]);
    ratls_conn_free(opened[1]);
}

static void attested_handshake(void)
{
    open_attested();
    close_attested();
}

/* ---- judged again ---- */

static void claims_again(void)
{
    must(ratls_conn_rejudge_claims(opened[0]), "claims");
}

static void evidence_again(void)
{
    must(ratls_conn_rejudge(opened[0]), "evidence");
}

/* ---- making both ---- */

static struct ratls_identity *identity_of(struct ratls_attester *a, bool without_ak)
{
    const struct ratls_identity_params params = {.without_ak = without_ak};
    struct ratls_identity *id;

    must(ratls_identity_new(ratls_env_system(), &params, a, &id, &err), "identity");
    return id;
}

static struct ratls_trust *trust_of(const struct ratls_attester *peer, const char *binding)
{
    char policy[256];
    struct ratls_trust *t;

    (void)snprintf(policy, sizeof policy,
                   "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true,\"tcb_status\":"
                   "[\"not_evaluated\"],\"insecure_simulated\":true}},\"binding\":\"%s\"}",
                   binding);
    must(ratls_trust_new(ratls_env_system(), &t), "trust");
    must(ratls_trust_set_policy(t, ratls_bytes_str(policy), &err), "policy");
    must(ratls_trust_insecure_add_sim_roots(t, ratls_attester_sim_root(peer), &err), "root");
    return t;
}

static void make_attested(struct ratls_attester *const a[2], enum ratls_level level)
{
    for (int i = 0; i < 2; i++) {
        struct ratls_config *config;
        struct ratls_identity *id = identity_of(a[i], level == RATLS_LEVEL_KEY);
        struct ratls_trust *trust = trust_of(a[1 - i], ratls_level_name(level));
        must(ratls_config_new(ratls_env_system(), &config), "config");
        ratls_config_set_trust(config, trust);
        ratls_config_set_level(config, level);
        ratls_ctx_unref(attested[i]);
        must(ratls_ctx_new(config, &attested[i], &err), "context");
        must(ratls_ctx_set_identity(attested[i], id, &err), "identity");
        ratls_config_free(config);
        ratls_trust_unref(trust);
        ratls_identity_unref(id);
    }
}

static void make_plain(struct ratls_attester *const a[2])
{
    for (int i = 0; i < 2; i++) {
        struct ratls_identity *id = identity_of(a[i], true);
        const struct rt_tls_params params = {.role = roles[i], .identity = id, .ask_peer = true};
        must(rt_tls_ctx_new(&params, &plain[i], &err), "plain context");
        ratls_identity_unref(id);
    }
}

static double per_second(void (*handshake)(void), double seconds)
{
    struct timespec a, b;
    double spent;
    long n = 0;

    handshake(); /* warm */
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    do {
        handshake();
        n++;
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        spent = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    } while (spent < seconds);
    return (double)n / spent;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 2, base, rate;
    struct ratls_attester *a[2];

    for (int i = 0; i < 2; i++)
        must(ratls_attester_open(ratls_env_system(), "sim-tdx", NULL, &a[i], &err), "attester");
    make_plain(a);
    base = per_second(plain_handshake, seconds);
    printf("plain mutual TLS    %8.0f /s\n", base);
    make_attested(a, RATLS_LEVEL_KEY);
    rate = per_second(attested_handshake, seconds);
    printf("attested, key       %8.0f /s  %.2f of plain\n", rate, rate / base);
    make_attested(a, RATLS_LEVEL_SESSION);
    rate = per_second(attested_handshake, seconds);
    printf("attested, session   %8.0f /s  %.2f of plain\n", rate, rate / base);
    open_attested();
    printf("open, claims again  %8.0f /s\n", per_second(claims_again, seconds));
    printf("open, judged again  %8.0f /s\n", per_second(evidence_again, seconds));
    close_attested();
    for (int i = 0; i < 2; i++) {
        ratls_ctx_unref(attested[i]);
        rt_tls_ctx_free(plain[i]);
        ratls_attester_close(a[i]);
    }
    return 0;
}
