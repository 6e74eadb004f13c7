/* Identities of a service. */
#include <stdlib.h>

#include "issuer_impl.h"

#define RETRY_FIRST_S 1
#define RETRY_MOST_S  60
#define LOOK_EVERY_S  60 /* the wall clock may be set while we sleep */

static int64_t now_ms(const struct px_issuer *i)
{
    return i->p.env->monotonic_ms(i->p.env->arg);
}

static void arm(struct px_issuer *i, int64_t seconds)
{
    struct timeval tv = {.tv_sec = seconds < LOOK_EVERY_S ? seconds : LOOK_EVERY_S};

    if (tv.tv_sec < 1)
        tv.tv_sec = 1;
    (void)evtimer_add(i->timer, &tv);
}

static int64_t until_renewal_s(const struct px_issuer *i)
{
    return ratls_identity_renew_at(i->current) - i->p.env->now(i->p.env->arg);
}

/* ---- one identity ---- */

static void log_identity(const struct px_issuer *i)
{
    struct px_line line;

    px_line_begin(&line, "identity");
    px_line_text(&line, "service", i->p.service->name);
    px_line_hex(&line, "spki", ratls_bytes(ratls_identity_spki_sha256(i->current), 32));
    px_line_int(&line, "not_after", ratls_identity_not_after(i->current));
    px_line_text(&line, "tee", ratls_attester_tee(i->attester));
    px_line_bool(&line, "simulated", ratls_attester_simulated(i->attester));
    px_line_end(&line, i->p.log);
}

static void making_failed(struct px_issuer *i, const struct ratls_error *err)
{
    int64_t wait_s = RETRY_FIRST_S;

    ratls_identity_unref(i->making);
    i->making = NULL;
    px_log_printf(i->p.log, RATLS_LOG_ERROR, "service %s: no new identity: %s: %s",
                  i->p.service->name, ratls_err_reason(err->code), err->detail);
    if (!i->current) {
        i->p.ops->failed(i->p.arg, i->p.index);
        return;
    }
    for (unsigned n = 0; n < i->failures && wait_s < RETRY_MOST_S; n++)
        wait_s *= 2;
    i->failures++;
    arm(i, wait_s);
}

/* Handshakes begun with the old identity may still ask it for proofs. */
static void retire_current(struct px_issuer *i)
{
    struct px_old *slot = &i->old[0];

    for (size_t k = 0; k < PX_OLD_MAX; k++)
        if (i->old[k].until_ms < slot->until_ms)
            slot = &i->old[k];
    ratls_identity_unref(slot->identity);
    slot->identity = i->current;
    slot->until_ms = now_ms(i) + 2 * i->p.service->handshake_timeout_ms;
}

static void on_evidence(void *arg, enum ratls_err e, struct ratls_bytes evidence,
                        const struct ratls_error *why)
{
    struct px_issuer *i = arg;
    struct ratls_error err = {0};

    if (e)
        err = *why;
    else
        e = ratls_identity_complete(i->making, evidence, &err);
    if (e) {
        err.code = e;
        making_failed(i, &err);
        return;
    }
    if (i->current)
        retire_current(i);
    i->current = i->making;
    i->making = NULL;
    i->failures = 0;
    log_identity(i);
    arm(i, until_renewal_s(i));
    i->p.ops->issued(i->p.arg, i->p.index);
}

static enum ratls_err read_ca(const struct ratls_env *env, const char *path,
                              struct ratls_buffer *out, struct ratls_error *err)
{
    if (!path)
        return RATLS_OK;
    enum ratls_err e = env->read_file(env->arg, path, PX_MAX_FILE, out);
    return e ? ratls_fail(err, e, "%s cannot be read", path) : RATLS_OK;
}

enum ratls_err px_identity_prepare(const struct ratls_env *env, const struct px_service *s,
                                   const struct ratls_attester *a, struct ratls_identity **out,
                                   struct ratls_error *err)
{
    struct ratls_buffer cert = {0}, key = {0};
    struct ratls_error inner = {0};
    enum ratls_err e;

    *out = NULL;
    if ((e = read_ca(env, s->identity_ca_cert, &cert, &inner)) == RATLS_OK &&
        (e = read_ca(env, s->identity_ca_key, &key, &inner)) == RATLS_OK) {
        const struct ratls_identity_params params = {
            .san = (const char *const *)s->san,
            .lifetime_s = s->identity_lifetime_s,
            .without_ak = s->proof == RATLS_LEVEL_KEY,
            .media_type = ratls_attester_media_type(a),
            .ca_cert = ratls_bytes(cert.p, cert.len),
            .ca_key = ratls_bytes(key.p, key.len),
        };
        e = ratls_identity_prepare(env, &params, out, &inner);
    }
    ratls_buffer_free(&cert);
    ratls_buffer_free(&key);
    return e ? ratls_fail(err, e, "%s:%u: [%s] identity: %s", s->file, s->line, s->name,
                          inner.detail)
             : RATLS_OK;
}

void px_issuer_start(struct px_issuer *i)
{
    struct ratls_error err = {0};
    enum ratls_err e;

    if (i->making)
        return;
    e = px_identity_prepare(i->p.env, i->p.service, i->attester, &i->making, &err);
    if (e == RATLS_OK)
        e = ratls_attester_request(i->attester, ratls_identity_report_data(i->making), on_evidence,
                                   i);
    if (e) {
        err.code = e;
        making_failed(i, &err);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct px_issuer *i = arg;
    int64_t left_s = until_renewal_s(i);

    (void)fd;
    (void)what;
    if (left_s <= 0)
        px_issuer_start(i);
    else
        arm(i, left_s);
}

static void on_attester(evutil_socket_t fd, short what, void *arg)
{
    struct px_issuer *i = arg;

    (void)fd;
    (void)what;
    ratls_attester_dispatch(i->attester);
}

/* ---- life ---- */

const struct ratls_identity *px_issuer_identity(const struct px_issuer *i)
{
    return i->current;
}

struct ratls_identity *px_issuer_find(struct px_issuer *i, const uint8_t spki_sha256[32])
{
    int64_t now = now_ms(i);

    for (size_t k = 0; k < PX_OLD_MAX; k++)
        if (i->old[k].identity && i->old[k].until_ms < now) {
            ratls_identity_unref(i->old[k].identity);
            i->old[k] = (struct px_old){0};
        }
    if (i->current && memcmp(ratls_identity_spki_sha256(i->current), spki_sha256, 32) == 0)
        return i->current;
    for (size_t k = 0; k < PX_OLD_MAX; k++)
        if (i->old[k].identity &&
            memcmp(ratls_identity_spki_sha256(i->old[k].identity), spki_sha256, 32) == 0)
            return i->old[k].identity;
    return NULL;
}

enum ratls_err px_issuer_new(const struct px_issuer_params *p, struct px_issuer **out,
                             struct ratls_error *err)
{
    const struct px_service *s = p->service;
    struct px_issuer *i = calloc(1, sizeof *i);
    enum ratls_err e = RATLS_OK;

    *out = NULL;
    if (!i)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "service %s", s->name);
    i->p = *p;
    TAILQ_INIT(&i->quotes);
    e = ratls_attester_open(p->env, s->attester, s->attester_options, &i->attester, err);
    if (e == RATLS_OK && ratls_attester_simulated(i->attester) && !s->insecure_allow_sim_attester)
        e = ratls_fail(err, RATLS_E_CONFIG,
                       "service %s: attester %s is simulated: needs insecure-allow-sim-attester",
                       s->name, s->attester);
    if (e == RATLS_OK) {
        i->timer = evtimer_new(p->base, on_timer, i);
        i->finished = event_new(p->base, ratls_attester_fd(i->attester), EV_READ | EV_PERSIST,
                                on_attester, i);
        if (!i->timer || !i->finished || event_add(i->finished, NULL))
            e = ratls_fail(err, RATLS_E_NO_MEMORY, "service %s", s->name);
    }
    if (e) {
        px_issuer_free(i);
        return e;
    }
    *out = i;
    return RATLS_OK;
}

void px_issuer_free(struct px_issuer *i)
{
    if (!i)
        return;
    if (i->finished)
        event_free(i->finished);
    if (i->timer)
        event_free(i->timer);
    if (i->attester)
        ratls_attester_close(i->attester); /* drops its requests: from here on nobody has them */
    px_issuer_forget_quotes(i);
    ratls_identity_unref(i->making);
    ratls_identity_unref(i->current);
    for (size_t k = 0; k < PX_OLD_MAX; k++)
        ratls_identity_unref(i->old[k].identity);
    free(i);
}
