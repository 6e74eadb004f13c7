/* Attesters: one queue and at most one thread each. The kind of attester only knows how to get one
 * piece of evidence, blocking. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "attesters.h"

#define QUEUE_MAX 64
#define NAME_MAX_ 63

static const struct rt_attester_type *const types[] = {
    &rt_attester_tsm,        &rt_attester_sev_guest,    &rt_attester_sgx,
    &rt_attester_virtcca,    &rt_attester_sim_tdx,      &rt_attester_sim_sgx,
    &rt_attester_sim_snp,    &rt_attester_sim_cca,      &rt_attester_sim_virtcca,
    &rt_attester_sim_nitro,  &rt_attester_sim_itrustee, &rt_attester_sim_csv,
    &rt_attester_sim_nvidia, &rt_attester_sim_az_snp,   &rt_attester_sim_az_tdx,
    &rt_attester_tpm,        &rt_attester_sim_ascend,   &rt_attester_nvidia,
    &rt_attester_ascend,
};

struct request {
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
    ratls_evidence_fn *done;
    void *arg;
    enum ratls_err result;
    struct ratls_buffer evidence;
    struct ratls_error error;
};

/* Ring of requests, in order: `n_finished` to deliver, then `n_queued - n_finished` to work on. */
struct ratls_attester {
    const struct rt_attester_type *type;
    void *self;
    int fd; /* eventfd: something was finished */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool has_thread, closing;
    struct request ring[QUEUE_MAX];
    size_t first, n_queued, n_finished;
};

/* ---- open and close ---- */

static const struct rt_attester_type *type_by_name(const char *name)
{
    for (size_t i = 0; name && i < RT_COUNT(types); i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

enum ratls_err ratls_attester_open(const struct ratls_env *env, const char *name,
                                   const char *options, struct ratls_attester **out,
                                   struct ratls_error *err)
{
    const struct rt_attester_type *type = type_by_name(name);

    *out = NULL;
    if (!type)
        return ratls_fail(err, RATLS_E_USAGE, "no attester is named \"%s\"", name ? name : "");
    struct ratls_attester *a = calloc(1, sizeof *a);
    if (!a)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "attester");
    a->type = type;
    a->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum ratls_err e = a->fd < 0 ? ratls_fail(err, RATLS_E_IO, "eventfd: errno %d", errno)
                                 : type->open(env, options, &a->self, err);
    if (e) {
        if (a->fd >= 0)
            (void)close(a->fd);
        free(a);
        return e;
    }
    (void)pthread_mutex_init(&a->lock, NULL);
    (void)pthread_cond_init(&a->wake, NULL);
    *out = a;
    return RATLS_OK;
}

void ratls_attester_close(struct ratls_attester *a)
{
    if (!a)
        return;
    (void)pthread_mutex_lock(&a->lock);
    a->closing = true;
    (void)pthread_cond_signal(&a->wake);
    (void)pthread_mutex_unlock(&a->lock);
    if (a->has_thread)
        (void)pthread_join(a->thread, NULL);
    for (size_t i = 0; i < QUEUE_MAX; i++)
        ratls_buffer_free(&a->ring[i].evidence);
    a->type->close(a->self);
    (void)pthread_cond_destroy(&a->wake);
    (void)pthread_mutex_destroy(&a->lock);
    (void)close(a->fd);
    free(a);
}

const char *ratls_attester_name(const struct ratls_attester *a)
{
    return a->type->name;
}

const char *ratls_attester_tee(const struct ratls_attester *a)
{
    return a->type->tee(a->self);
}

const char *ratls_attester_media_type(const struct ratls_attester *a)
{
    return a->type->media_type(a->self);
}

bool ratls_attester_simulated(const struct ratls_attester *a)
{
    return a->type->simulated;
}

bool ratls_attester_device(const struct ratls_attester *a)
{
    return a->type->device;
}

struct ratls_bytes ratls_attester_sim_root(const struct ratls_attester *a)
{
    return a->type->sim_root ? a->type->sim_root(a->self) : ratls_bytes(NULL, 0);
}

enum ratls_err ratls_device_open(const struct ratls_env *env, const char *what,
                                 struct ratls_attester **out, struct ratls_error *err)
{
    const size_t len = strcspn(what, ":");
    char name[NAME_MAX_ + 1] = {0};

    *out = NULL;
    if (len > NAME_MAX_)
        return ratls_fail(err, RATLS_E_USAGE, "no attester is named \"%.*s\"", (int)len, what);
    memcpy(name, what, len);
    enum ratls_err e = ratls_attester_open(env, name, what[len] ? &what[len + 1] : NULL, out, err);
    if (e == RATLS_OK && !ratls_attester_device(*out)) {
        ratls_attester_close(*out);
        *out = NULL;
        e = ratls_fail(err, RATLS_E_USAGE, "%s attests no device", name);
    }
    return e;
}

/* ---- one piece of evidence ---- */

static enum ratls_err get_evidence(struct ratls_attester *a, const uint8_t *report_data,
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    *out = (struct ratls_buffer){0};
    /* What a device could not carry is refused instead of cut. */
    if (a->type->device && !rt_all_zero(report_data + 32, RATLS_REPORT_DATA_LEN - 32))
        return ratls_fail(err, RATLS_E_ATTESTER,
                          "%s: a device answers a nonce of 32 bytes, and zeros behind it",
                          a->type->name);
    enum ratls_err e = a->type->evidence(a->self, report_data, out, err);

    if (e == RATLS_OK && (out->len == 0 || out->len > RT_MAX_EVIDENCE))
        e = ratls_fail(err, RATLS_E_ATTESTER, "evidence of %zu bytes", out->len);
    if (e)
        ratls_buffer_free(out);
    return e;
}

/* ---- the queue ---- */

/* The oldest request nobody worked on yet, waiting for one; NULL when closing. */
static struct request *next_request(struct ratls_attester *a)
{
    struct request *q = NULL;

    (void)pthread_mutex_lock(&a->lock);
    while (!a->closing && a->n_queued == a->n_finished)
        (void)pthread_cond_wait(&a->wake, &a->lock);
    if (!a->closing)
        q = &a->ring[(a->first + a->n_finished) % QUEUE_MAX];
    (void)pthread_mutex_unlock(&a->lock);
    return q;
}

static void finish_request(struct ratls_attester *a)
{
    (void)pthread_mutex_lock(&a->lock);
    a->n_finished++;
    (void)pthread_mutex_unlock(&a->lock);
    (void)eventfd_write(a->fd, 1);
}

static void *work(void *arg)
{
    struct ratls_attester *a = arg;
    struct request *q;

    while ((q = next_request(a)) != NULL) {
        /* The slot belongs to this thread until it counts as finished. */
        q->result = get_evidence(a, q->report_data, &q->evidence, &q->error);
        finish_request(a);
    }
    return NULL;
}

/* Signals stay with the threads of the program. */
static enum ratls_err start_thread(struct ratls_attester *a)
{
    sigset_t all, before;

    if (a->has_thread)
        return RATLS_OK;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    a->has_thread = pthread_create(&a->thread, NULL, work, a) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return a->has_thread ? RATLS_OK : RATLS_E_LIMIT;
}

enum ratls_err ratls_attester_request(struct ratls_attester *a,
                                      const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                      ratls_evidence_fn *done, void *arg)
{
    enum ratls_err e = start_thread(a);

    if (e)
        return e;
    (void)pthread_mutex_lock(&a->lock);
    if (a->n_queued == QUEUE_MAX) {
        e = RATLS_E_LIMIT;
    } else {
        struct request *q = &a->ring[(a->first + a->n_queued++) % QUEUE_MAX];
        *q = (struct request){.done = done, .arg = arg};
        memcpy(q->report_data, report_data, RATLS_REPORT_DATA_LEN);
        (void)pthread_cond_signal(&a->wake);
    }
    (void)pthread_mutex_unlock(&a->lock);
    return e;
}

int ratls_attester_fd(const struct ratls_attester *a)
{
    return a->fd;
}

/* Move the oldest finished request out of the ring. */
static bool take_finished(struct ratls_attester *a, struct request *out)
{
    (void)pthread_mutex_lock(&a->lock);
    bool some = a->n_finished > 0;
    if (some) {
        *out = a->ring[a->first];
        a->ring[a->first] = (struct request){0};
        a->first = (a->first + 1) % QUEUE_MAX;
        a->n_finished--;
        a->n_queued--;
    }
    (void)pthread_mutex_unlock(&a->lock);
    return some;
}

void ratls_attester_dispatch(struct ratls_attester *a)
{
    struct request q;
    eventfd_t count;

    /* First reset, then deliver: whatever finishes in between makes the descriptor readable again.
     * At most one ring full, so that callbacks that queue again cannot keep the caller here. */
    (void)eventfd_read(a->fd, &count);
    for (size_t i = 0; i < QUEUE_MAX && take_finished(a, &q); i++) {
        q.done(q.arg, q.result, rt_bytes_of(&q.evidence), &q.error);
        ratls_buffer_free(&q.evidence);
    }
}

/* ---- blocking ---- */

static enum ratls_err check_idle(struct ratls_attester *a, struct ratls_error *err)
{
    (void)pthread_mutex_lock(&a->lock);
    bool busy = a->n_queued > 0;
    (void)pthread_mutex_unlock(&a->lock);
    return busy ? ratls_fail(err, RATLS_E_STATE, "requests are queued") : RATLS_OK;
}

enum ratls_err ratls_attester_evidence(struct ratls_attester *a,
                                       const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                       struct ratls_buffer *out, struct ratls_error *err)
{
    *out = (struct ratls_buffer){0};
    enum ratls_err e = check_idle(a, err);

    return e ? e : get_evidence(a, report_data, out, err);
}

enum ratls_err ratls_attester_sim_collateral(struct ratls_attester *a, struct ratls_buffer *out,
                                             struct ratls_error *err)
{
    *out = (struct ratls_buffer){0};
    if (!a->type->sim_collateral)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "%s makes no collateral", a->type->name);
    enum ratls_err e = check_idle(a, err);

    return e ? e : a->type->sim_collateral(a->self, out, err);
}

enum ratls_err ratls_attester_challenge(struct ratls_attester *a, struct ratls_bytes challenge,
                                        struct ratls_buffer *out, struct ratls_error *err)
{
    uint8_t report_data[RATLS_REPORT_DATA_LEN] = {0};

    *out = (struct ratls_buffer){0};
    if (challenge.len > sizeof report_data)
        return ratls_fail(err, RATLS_E_CHALLENGE_REFUSED, "%zu bytes do not fit", challenge.len);
    if (challenge.len > 0)
        memcpy(report_data, challenge.p, challenge.len);
    /* Protocol, "Identity": 32 bytes and 32 zeros is the form in which certificates name keys. A
     * device has no other, and certifies nothing. */
    if (!a->type->device && rt_all_zero(report_data + 32, 32))
        return ratls_fail(err, RATLS_E_CHALLENGE_REFUSED,
                          "the last 32 of 64 bytes are zero: such report data names keys");
    return ratls_attester_evidence(a, report_data, out, err);
}
