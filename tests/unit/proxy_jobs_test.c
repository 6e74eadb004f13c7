/* Work for threads: what proxy_opa_test.c does not show of it. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "jobs.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* closed: work hangs */
static unsigned done, dropped;

static void work(void *arg, struct px_job *job)
{
    (void)arg;
    (void)job;
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
}

static void finish(void *arg, struct px_job *job)
{
    (void)arg;
    done++;
    free(job);
}

static void drop(struct px_job *job)
{
    dropped++;
    free(job);
}

static const struct px_jobs_ops ops = {.work = work, .done = finish, .drop = drop};

static bool add(struct px_jobs *j, size_t most)
{
    struct px_job *job = calloc(1, sizeof *job);
    bool good = px_jobs_add(j, job, most);

    if (!good)
        free(job);
    return good;
}

Test(proxy_jobs, end_is_waited_for_so_long_and_no_longer, .timeout = 60)
{
    struct event_base *base = event_base_new();
    struct px_jobs *j = px_jobs_new(&ops, NULL);

    cr_assert(px_jobs_start(j, base, 1));
    cr_assert_eq(pthread_mutex_lock(&gate), 0);
    cr_expect(add(j, 1));
    while (px_jobs_idle(j))
        usleep(1000);
    cr_expect(add(j, 2) && add(j, 2));
    cr_expect_not(add(j, 2), "two wait already");
    cr_expect_not(px_jobs_end(j, 20));
    cr_assert_eq(pthread_mutex_unlock(&gate), 0);
    cr_expect(px_jobs_end(j, 30000));
    cr_expect_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
    cr_expect_eq(done, 1, "what waited is not begun");
    px_jobs_free(j);
    cr_expect_eq(dropped, 2);
    event_base_free(base);
}

Test(proxy_jobs, end_without_threads)
{
    struct px_jobs *j = px_jobs_new(&ops, NULL);

    cr_expect(add(j, 1));
    cr_expect(px_jobs_end(j, 0));
    px_jobs_free(j);
    px_jobs_free(NULL);
    cr_expect_eq(dropped, 1);
}
