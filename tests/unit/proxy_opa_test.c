/* Questions to an OPA from a loop: threads, queue, answers. The OPA is a function here. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "clock.h"
#include "opa.h"

/* ---- the OPA ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool held; /* nobody gets an answer */
    unsigned asked, under_way, most, opened, closed;
    enum ratls_err refuses;
    char path[64];
    int64_t timeout_ms;
} opa = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static enum ratls_err fake_open(const char *url, const char *path, int64_t timeout_ms,
                                struct ratls_opa **out, struct ratls_error *err)
{
    *out = NULL;
    if (opa.refuses)
        return ratls_fail(err, opa.refuses, "not %s", url);
    snprintf(opa.path, sizeof opa.path, "%s", path);
    opa.timeout_ms = timeout_ms;
    opa.opened++;
    *out = (struct ratls_opa *)(uintptr_t)&opa;
    return RATLS_OK;
}

static void fake_close(struct ratls_opa *o)
{
    cr_assert_eq((void *)o, (void *)&opa);
    opa.closed++;
}

/* "deny", "fail", or anything else. */
static enum ratls_err fake_ask(struct ratls_opa *o, struct ratls_bytes input,
                               struct ratls_error *err)
{
    cr_assert_eq((void *)o, (void *)&opa);
    pthread_mutex_lock(&opa.lock);
    opa.asked++;
    opa.under_way++;
    if (opa.under_way > opa.most)
        opa.most = opa.under_way;
    pthread_cond_broadcast(&opa.changed);
    while (opa.held)
        pthread_cond_wait(&opa.changed, &opa.lock);
    opa.under_way--;
    pthread_mutex_unlock(&opa.lock);
    if (ratls_bytes_equal(input, ratls_bytes_str("deny")))
        return ratls_fail(err, RATLS_E_OPA_DENIED, "no");
    if (ratls_bytes_equal(input, ratls_bytes_str("fail")))
        return ratls_fail(err, RATLS_E_OPA_FAILED, "what?");
    return RATLS_OK;
}

static void hold(bool held)
{
    pthread_mutex_lock(&opa.lock);
    opa.held = held;
    pthread_cond_broadcast(&opa.changed);
    pthread_mutex_unlock(&opa.lock);
}

static void wait_until_under_way(unsigned n)
{
    pthread_mutex_lock(&opa.lock);
    while (opa.under_way < n)
        pthread_cond_wait(&opa.changed, &opa.lock);
    pthread_mutex_unlock(&opa.lock);
}

/* ---- the loop ---- */

static const struct px_opa_calls calls = {fake_open, fake_close, fake_ask};
static char url[] = "http+unix:/x", service_name[] = "web", rule[] = "a/b";
static struct px_service service = {
    .name = service_name, .file = "f", .line = 3, .opa = url, .opa_timeout_ms = 700};
static struct event_base *base;
static struct px_opa *o;

static struct {
    unsigned n;
    uint64_t question, session;
    enum ratls_err e;
    char detail[64];
    pthread_t thread;
} answered;

static void on_answer(void *arg, const struct px_opa_answer *a)
{
    cr_assert_eq(arg, &answered);
    answered.n++;
    answered.question = a->question;
    answered.session = a->session;
    answered.e = a->e;
    answered.thread = pthread_self();
    snprintf(answered.detail, sizeof answered.detail, "%s", a->detail);
}

static void setup(void)
{
    struct ratls_error err = {0};

    base = event_base_new();
    cr_assert_eq(px_opa_open_with(&calls, &service, &o, &err), RATLS_OK, "%s", err.detail);
    cr_assert(px_opa_start(o, base, on_answer, &answered));
}

static void teardown(void)
{
    hold(false);
    px_opa_close(o);
    event_base_free(base);
}

TestSuite(proxy_opa, .init = setup, .fini = teardown, .timeout = 30);

static struct ratls_policy_key key_of(uint64_t question)
{
    struct ratls_policy_key key = {.expires = INT64_MAX};

    memcpy(key.sha256, &question, sizeof question);
    key.sha256[31] = 1;
    return key;
}

static enum ratls_err ask(uint64_t question, const char *text, bool patient)
{
    struct px_opa_question q = {.question = question,
                                .session = question + 1000,
                                .key = key_of(question),
                                .input = {.p = (uint8_t *)strdup(text), .len = strlen(text)},
                                .patient = patient};
    enum ratls_err e = px_opa_ask(o, &q);

    cr_expect_null(q.input.p, "taken");
    return e;
}

static void turn_until(unsigned n)
{
    while (answered.n < n)
        cr_assert_geq(event_base_loop(base, EVLOOP_ONCE), 0);
}

static bool remembered(uint64_t question)
{
    const struct ratls_policy_key key = key_of(question);

    return px_opa_allowed(o, &key);
}

Test(proxy_opa, answer_comes_back_to_the_loop)
{
    cr_expect_eq(ask(5, "{}", false), RATLS_OK);
    turn_until(1);
    cr_expect(answered.question == 5 && answered.session == 1005);
    cr_expect_eq(answered.e, RATLS_OK);
    cr_expect_str_eq(answered.detail, "");
    cr_expect(pthread_equal(answered.thread, pthread_self()));
    cr_expect_str_eq(opa.path, "ratls/allow");
    cr_expect_eq(opa.timeout_ms, 700);
}

Test(proxy_opa, refusals_come_back_with_their_detail)
{
    cr_expect_eq(ask(1, "deny", false), RATLS_OK);
    turn_until(1);
    cr_expect_eq(answered.e, RATLS_E_OPA_DENIED);
    cr_expect_str_eq(answered.detail, "no");
    cr_expect_eq(ask(2, "fail", false), RATLS_OK);
    turn_until(2);
    cr_expect_eq(answered.e, RATLS_E_OPA_FAILED);
    cr_expect_str_eq(answered.detail, "what?");
}

/* Never what was denied. */
Test(proxy_opa, only_what_was_allowed_is_remembered)
{
    cr_expect_not(remembered(1));
    cr_expect_eq(ask(1, "{}", false), RATLS_OK);
    cr_expect_eq(ask(2, "deny", false), RATLS_OK);
    cr_expect_eq(ask(3, "fail", false), RATLS_OK);
    turn_until(3);
    cr_expect(remembered(1));
    cr_expect_not(remembered(2));
    cr_expect_not(remembered(3));
    cr_expect_not(remembered(4));
}

/* T173: asking never waits, however long the OPA does. */
Test(proxy_opa, asking_does_not_wait)
{
    const int64_t begun = px_now_ms();

    hold(true);
    for (uint64_t i = 1; i <= 100; i++)
        cr_expect_eq(ask(i, "{}", false), RATLS_OK);
    cr_expect_lt(px_now_ms() - begun, 1000);
    cr_expect_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
    cr_expect_eq(answered.n, 0);
    hold(false);
    turn_until(100);
    cr_expect_leq(opa.most, PX_OPA_THREADS);
}

/* Fill the threads and then the queue. */
static void fill(size_t n, bool patient)
{
    hold(true);
    for (uint64_t i = 1; i <= PX_OPA_THREADS; i++)
        cr_assert_eq(ask(i, "{}", patient), RATLS_OK);
    wait_until_under_way(PX_OPA_THREADS);
    for (uint64_t i = 0; i < n; i++)
        cr_assert_eq(ask(100 + i, "{}", patient), RATLS_OK);
}

Test(proxy_opa, full_queue_says_so_at_once)
{
    fill(PX_OPA_QUEUE, false);
    cr_expect_eq(ask(9000, "{}", false), RATLS_E_LIMIT);
    hold(false);
    turn_until(PX_OPA_THREADS + PX_OPA_QUEUE);
    cr_expect_eq(ask(9001, "{}", false), RATLS_OK);
    turn_until(PX_OPA_THREADS + PX_OPA_QUEUE + 1);
}

/* Those who can wait leave room for those who cannot. */
Test(proxy_opa, the_patient_leave_room)
{
    fill(PX_OPA_PATIENT, true);
    cr_expect_eq(ask(9000, "{}", true), RATLS_E_LIMIT);
    cr_expect_eq(ask(9001, "{}", false), RATLS_OK);
}

Test(proxy_opa, question_of_one_who_left_is_not_asked)
{
    fill(3, false);
    px_opa_forget(o, 101);
    px_opa_forget(o, 101);
    px_opa_forget(o, 4242);
    hold(false);
    turn_until(PX_OPA_THREADS + 2);
    cr_expect_eq(opa.asked, PX_OPA_THREADS + 2);
    cr_expect(remembered(100) && remembered(102));
    cr_expect_not(remembered(101));
}

static void *release_soon(void *arg)
{
    usleep(100000);
    hold(false);
    return arg;
}

/* What is under way is waited for, what is queued is not asked any more. */
Test(proxy_opa, closing_asks_no_more)
{
    pthread_t thread;

    fill(50, false);
    cr_assert_eq(pthread_create(&thread, NULL, release_soon, NULL), 0);
    px_opa_close(o);
    o = NULL;
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(opa.asked, PX_OPA_THREADS);
    cr_expect_eq(opa.closed, 1);
    cr_expect_eq(answered.n, 0);
}

Test(proxy_opa, unanswered_questions_leave_with_it)
{
    cr_expect_eq(ask(1, "{}", false), RATLS_OK);
    while (opa.asked == 0)
        usleep(1000);
    usleep(50000); /* done, and not handed out */
}

/* ---- opening ---- */

Test(proxy_opa, rule_is_that_of_the_service)
{
    struct px_opa *other = NULL;

    service.opa_path = rule;
    cr_assert_eq(px_opa_open_with(&calls, &service, &other, NULL), RATLS_OK);
    cr_expect_str_eq(opa.path, "a/b");
    px_opa_close(other); /* never started */
    service.opa_path = NULL;
}

Test(proxy_opa, refused_address_names_the_service)
{
    struct px_opa *other = NULL;
    struct ratls_error err = {0};

    opa.refuses = RATLS_E_USAGE;
    cr_expect_eq(px_opa_open_with(&calls, &service, &other, &err), RATLS_E_CONFIG);
    cr_expect_str_eq(err.detail, "f:3: [web] opa: not http+unix:/x");
    cr_expect_null(other);
    opa.refuses = RATLS_OK;
}

Test(proxy_opa, service_without_opa_loads_nothing)
{
    const struct px_service none = {.name = service_name};
    struct px_opa *other = o;

    cr_expect_eq(px_opa_open(&none, &other, NULL), RATLS_OK);
    cr_expect_null(other);
    px_opa_close(NULL);
}
