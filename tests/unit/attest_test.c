/* The queue in front of attesters, and what is never quoted. */
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base.h"
#include "quote.h"
#include "ratls/evidence.h"

#define QUEUE_MAX 64

static struct ratls_attester *a;
static struct ratls_error err;
static uint8_t report_data[RATLS_REPORT_DATA_LEN];

static void setup(void)
{
    err = (struct ratls_error){0};
    memset(report_data, 0x42, sizeof report_data);
    cr_assert_eq(ratls_attester_open(ratls_env_system(), "sim-tdx", NULL, &a, &err), RATLS_OK, "%s",
                 err.detail);
}

static void teardown(void)
{
    ratls_attester_close(a);
    a = NULL;
}

TestSuite(attest, .init = setup, .fini = teardown, .timeout = 60);

/* What the callbacks saw, in order. */
static struct {
    size_t n;
    uint8_t first_byte[2 * QUEUE_MAX];
    enum ratls_err e;
} seen;

static void done(void *arg, enum ratls_err e, struct ratls_bytes evidence,
                 const struct ratls_error *why)
{
    struct rt_tdx_quote q;

    (void)why;
    if (e)
        seen.e = e;
    cr_assert_eq(rt_tdx_quote_parse(evidence, &q, NULL), RATLS_OK);
    seen.first_byte[seen.n++] = q.report.report_data[0];
    if (arg)
        (*(size_t *)arg)++;
}

static bool wait_readable(int timeout_ms)
{
    struct pollfd p = {.fd = ratls_attester_fd(a), .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1;
}

static void dispatch_until(size_t n)
{
    while (seen.n < n) {
        cr_assert(wait_readable(10000));
        ratls_attester_dispatch(a);
    }
}

Test(attest, unknown_names_are_refused)
{
    struct ratls_attester *other;

    cr_assert_eq(ratls_attester_open(ratls_env_system(), "sim-tpx", NULL, &other, &err),
                 RATLS_E_USAGE);
    cr_assert_null(other);
    cr_assert_eq(ratls_attester_open(ratls_env_system(), NULL, NULL, &other, NULL), RATLS_E_USAGE);
}

Test(attest, tells_what_it_is)
{
    cr_assert_str_eq(ratls_attester_name(a), "sim-tdx");
    cr_assert_str_eq(ratls_attester_tee(a), "tdx");
    cr_assert_null(ratls_attester_media_type(a));
    cr_assert(ratls_attester_simulated(a));
    cr_assert_gt(ratls_attester_sim_root(a).len, 0);
}

Test(attest, a_request_is_answered_through_the_descriptor)
{
    size_t calls = 0;

    cr_assert_not(wait_readable(0));
    cr_assert_eq(ratls_attester_request(a, report_data, done, &calls), RATLS_OK);
    cr_assert_eq(calls, 0, "never from within the request");
    dispatch_until(1);
    cr_assert_eq(calls, 1);
    cr_assert_eq(seen.first_byte[0], 0x42);
    cr_assert_not(wait_readable(0), "nothing is left");
}

Test(attest, requests_are_answered_in_order)
{
    for (uint8_t i = 0; i < 20; i++) {
        report_data[0] = i;
        cr_assert_eq(ratls_attester_request(a, report_data, done, NULL), RATLS_OK);
    }
    dispatch_until(20);
    for (uint8_t i = 0; i < 20; i++)
        cr_assert_eq(seen.first_byte[i], i);
    cr_assert_eq(seen.e, RATLS_OK);
}

Test(attest, the_queue_is_limited_until_answers_are_fetched)
{
    for (int i = 0; i < QUEUE_MAX; i++)
        cr_assert_eq(ratls_attester_request(a, report_data, done, NULL), RATLS_OK);
    cr_assert_eq(ratls_attester_request(a, report_data, done, NULL), RATLS_E_LIMIT);
    dispatch_until(QUEUE_MAX);
    cr_assert_eq(ratls_attester_request(a, report_data, done, NULL), RATLS_OK);
    dispatch_until(QUEUE_MAX + 1);
}

static void ask_again(void *arg, enum ratls_err e, struct ratls_bytes evidence,
                      const struct ratls_error *why)
{
    done(NULL, e, evidence, why);
    if (seen.n < 5)
        cr_assert_eq(ratls_attester_request(a, report_data, ask_again, arg), RATLS_OK);
}

Test(attest, a_callback_may_ask_again)
{
    cr_assert_eq(ratls_attester_request(a, report_data, ask_again, NULL), RATLS_OK);
    dispatch_until(5);
}

Test(attest, closing_drops_what_was_not_fetched)
{
    for (int i = 0; i < 10; i++)
        cr_assert_eq(ratls_attester_request(a, report_data, done, NULL), RATLS_OK);
    cr_assert(wait_readable(10000));
    teardown();
    cr_assert_eq(seen.n, 0);
    ratls_attester_close(NULL);
}

Test(attest, dispatch_without_answers_does_nothing)
{
    ratls_attester_dispatch(a);
    cr_assert_eq(seen.n, 0);
}

Test(attest, the_blocking_form_gives_evidence)
{
    struct ratls_buffer out;
    struct rt_tdx_quote q;

    cr_assert_eq(ratls_attester_evidence(a, report_data, &out, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_tdx_quote_parse(rt_bytes_of(&out), &q, NULL), RATLS_OK);
    cr_assert_arr_eq(q.report.report_data, report_data, sizeof report_data);
    ratls_buffer_free(&out);
}

Test(attest, the_blocking_form_waits_for_nobody)
{
    struct ratls_buffer out;

    cr_assert_eq(ratls_attester_request(a, report_data, done, NULL), RATLS_OK);
    cr_assert_eq(ratls_attester_evidence(a, report_data, &out, &err), RATLS_E_STATE);
    cr_assert_eq(ratls_attester_sim_collateral(a, &out, NULL), RATLS_E_STATE);
    cr_assert_null(out.p);
    dispatch_until(1);
    cr_assert_eq(ratls_attester_evidence(a, report_data, &out, NULL), RATLS_OK);
    ratls_buffer_free(&out);
}

static volatile sig_atomic_t n_handled;

static void on_signal(int number)
{
    (void)number;
    n_handled++;
}

/* With the signal blocked here, only the attester's thread could take it. */
Test(attest, its_thread_takes_no_signals)
{
    sigset_t set;

    cr_assert_eq(ratls_attester_request(a, report_data, done, NULL), RATLS_OK);
    (void)signal(SIGUSR1, on_signal);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGUSR1);
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    cr_assert_eq(kill(getpid(), SIGUSR1), 0);
    dispatch_until(1);
    (void)usleep(20000);
    cr_assert_eq(n_handled, 0);
    cr_assert_eq(sigpending(&set), 0);
    cr_assert(sigismember(&set, SIGUSR1));
}

/* ---- T184 ---- */

Test(attest, challenges_in_the_form_of_certificates_are_refused)
{
    static const struct {
        size_t len, zeros_from;
        enum ratls_err e;
    } rows[] = {
        {0, 64, RATLS_E_CHALLENGE_REFUSED},
        {1, 64, RATLS_E_CHALLENGE_REFUSED},
        {32, 64, RATLS_E_CHALLENGE_REFUSED},
        {33, 64, RATLS_OK},
        {64, 64, RATLS_OK},
        {64, 32, RATLS_E_CHALLENGE_REFUSED},
        {64, 33, RATLS_OK},
        {40, 32, RATLS_E_CHALLENGE_REFUSED},
        {64, 0, RATLS_E_CHALLENGE_REFUSED},
        {65, 65, RATLS_E_CHALLENGE_REFUSED},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        uint8_t challenge[65] = {0};
        struct ratls_buffer out;
        memset(challenge, 0x42, rows[i].zeros_from);
        enum ratls_err e =
            ratls_attester_challenge(a, ratls_bytes(challenge, rows[i].len), &out, NULL);
        cr_expect_eq(e, rows[i].e, "row %zu", i);
        ratls_buffer_free(&out);
    }
}

Test(attest, a_challenge_is_padded_with_zeros)
{
    struct ratls_buffer out;
    struct rt_tdx_quote q;

    cr_assert_eq(ratls_attester_challenge(a, ratls_bytes(report_data, 40), &out, &err), RATLS_OK);
    cr_assert_eq(rt_tdx_quote_parse(rt_bytes_of(&out), &q, NULL), RATLS_OK);
    cr_assert_arr_eq(q.report.report_data, report_data, 40);
    cr_assert(rt_all_zero(q.report.report_data + 40, 24));
    ratls_buffer_free(&out);
}
