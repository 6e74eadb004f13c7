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
    px_line_text(&line, "tee", i->attester ? ratls_attester_tee(i->attester) : "");
    px_line_bool(&line, "simulated", i->attester && ratls_attester_simulated(i->attester));
    if (i->p.service->passport_from)
        px_line_text(&line, "passport", i->p.service->passport_from);
    px_line_end(&line, i->p.log);
}

static void making_failed(struct px_issuer *i, const struct ratls_error *err)
{
    int64_t wait_s = RETRY_FIRST_S;

    i->n_failures++;
    ratls_identity_unref(i->making);
    i->making = NULL;
    px_log_printf(i->p.log, RATLS_LOG_ERROR, "service %s: no new identity: %s: %s",
                  i->p.service->name, ratls_err_reason(err->code), err->detail);
    if (i->retired)
        return;
    if (!i->current) {
        i->p.ops->failed(i->p.arg, i);
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

/* What was made is in force. */
static void adopt(struct px_issuer *i)
{
    if (i->current)
        retire_current(i);
    i->current = i->making;
    i->making = NULL;
    i->failures = 0;
    if (i->retired)
        return;
    i->n_issued++;
    log_identity(i);
    arm(i, until_renewal_s(i));
    i->p.ops->issued(i->p.arg, i);
}

/* ---- passports ---- */

static enum ratls_err take_passport(struct px_issuer *i, struct ratls_bytes token,
                                    struct ratls_error *err)
{
    struct ratls_identity *shown = NULL;
    enum ratls_err e = ratls_identity_with_passport(i->making, token, &shown, err);

    if (e)
        return e;
    ratls_identity_unref(i->making);
    i->making = shown;
    return RATLS_OK;
}

static void on_passport(void *arg, enum ratls_err e, struct ratls_bytes token,
                        const struct ratls_error *why)
{
    struct px_issuer *i = arg;
    struct px_passport_child *child = i->passport;
    struct ratls_error err = *why;

    i->passport = NULL;
    if (!e)
        e = take_passport(i, token, &err);
    px_passport_free(child);
    err.code = e;
    if (e)
        making_failed(i, &err);
    else
        adopt(i);
}

static enum ratls_err ask_for_passport(struct px_issuer *i, struct ratls_error *err)
{
    struct px_passport_plan plan = {.base = i->p.base, .issuer = i->p.id, .identity = i->making};

    if (!i->p.ops->passport(i->p.arg, i, &plan))
        return ratls_fail(err, RATLS_E_STATE, "passport: the configuration is gone");
    return px_passport_start(&plan, on_passport, i, &i->passport, err);
}

static void drop_passport(struct px_issuer *i)
{
    if (!i->passport)
        return;
    px_passport_free(i->passport);
    i->passport = NULL;
    ratls_identity_unref(i->making);
    i->making = NULL;
}

/* ---- evidence ---- */

static void on_evidence(void *arg, enum ratls_err e, struct ratls_bytes evidence,
                        const struct ratls_error *why)
{
    struct px_issuer *i = arg;
    const bool passport = i->p.service->passport_from && !i->retired;
    struct ratls_error err = {0};

    if (e)
        err = *why;
    else
        e = ratls_identity_complete(i->making, evidence, &err);
    if (!e && passport)
        e = ask_for_passport(i, &err);
    err.code = e;
    if (e)
        making_failed(i, &err);
    else if (!passport)
        adopt(i);
}

static void on_loaded(evutil_socket_t fd, short what, void *arg)
{
    struct px_issuer *i = arg;

    (void)fd;
    (void)what;
    if (!i->making)
        return;
    i->current = i->making;
    i->making = NULL;
    log_identity(i);
    i->p.ops->issued(i->p.arg, i);
}

static enum ratls_err read_named(const struct ratls_env *env, const char *path,
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
    if ((e = read_named(env, s->identity_ca_cert, &cert, &inner)) == RATLS_OK &&
        (e = read_named(env, s->identity_ca_key, &key, &inner)) == RATLS_OK) {
        const struct ratls_identity_params params = {
            .san = (const char *const *)s->san,
            .lifetime_s = s->identity_lifetime_s,
            .without_ak = s->proof == RATLS_LEVEL_KEY,
            .media_type = ratls_attester_media_type(a),
            .ca_cert = ratls_bytes(cert.p, cert.len),
            .ca_key = ratls_bytes(key.p, key.len),
            .keep_for_passport = s->passport_from != NULL,
        };
        e = ratls_identity_prepare(env, &params, out, &inner);
    }
    ratls_buffer_free(&cert);
    ratls_buffer_free(&key);
    return e ? ratls_fail(err, e, "%s:%u: [%s] identity: %s", s->file, s->line, s->name,
                          inner.detail)
             : RATLS_OK;
}

enum ratls_err px_identity_load(const struct ratls_env *env, const struct px_service *s,
                                struct ratls_identity **out, struct ratls_error *err)
{
    struct ratls_buffer cert = {0}, key = {0};
    struct ratls_error inner = {0};
    enum ratls_err e;

    *out = NULL;
    if ((e = read_named(env, s->cert, &cert, &inner)) == RATLS_OK &&
        (e = read_named(env, s->key ? s->key : s->cert, &key, &inner)) == RATLS_OK)
        e = ratls_identity_load(env, ratls_bytes(cert.p, cert.len), ratls_bytes(key.p, key.len),
                                out, &inner);
    ratls_buffer_free(&cert);
    ratls_buffer_free(&key);
    return e ? ratls_fail(err, e, "%s:%u: [%s] cert: %s", s->file, s->line, s->name, inner.detail)
             : RATLS_OK;
}

static enum ratls_err ask_attester(struct px_issuer *i)
{
    return ratls_attester_request(i->attester, ratls_identity_report_data(i->making), on_evidence,
                                  i);
}

static void on_devices(struct px_issuer *i, enum ratls_err e, const struct ratls_error *why)
{
    struct ratls_error err = *why;

    if (!e)
        e = ask_attester(i);
    err.code = e;
    if (e)
        making_failed(i, &err);
}

void px_issuer_start(struct px_issuer *i)
{
    struct ratls_error err = {0};
    enum ratls_err e;

    if (!i->attester) { /* it is there; from the loop, like those that take time */
        event_active(i->timer, EV_TIMEOUT, 0);
        return;
    }
    if (i->making)
        return;
    e = px_identity_prepare(i->p.env, i->p.service, i->attester, &i->making, &err);
    if (e == RATLS_OK && i->devices) {
        px_devices_ask(i->devices);
        return;
    }
    if (e == RATLS_OK)
        e = ask_attester(i);
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

void px_issuer_serve(struct px_issuer *i, const struct px_service *s)
{
    i->p.service = s;
}

void px_issuer_retire(struct px_issuer *i)
{
    (void)event_del(i->timer);
    i->retired = true;
    drop_passport(i);
}

uint32_t px_issuer_id(const struct px_issuer *i)
{
    return i->p.id;
}

const struct ratls_identity *px_issuer_identity(const struct px_issuer *i)
{
    return i->current;
}

void px_issuer_count(const struct px_issuer *i, uint64_t *issued, uint64_t *failures)
{
    *issued = i->n_issued;
    *failures = i->n_failures;
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

static enum ratls_err open_attester(struct px_issuer *i, struct ratls_error *err)
{
    const struct px_service *s = i->p.service;
    enum ratls_err e =
        ratls_attester_open(i->p.env, s->attester, s->attester_options, &i->attester, err);

    if (e)
        return e;
    if (ratls_attester_simulated(i->attester) && !s->insecure_allow_sim_attester)
        return ratls_fail(err, RATLS_E_CONFIG,
                          "service %s: attester %s is simulated: needs insecure-allow-sim-attester",
                          s->name, s->attester);
    if ((e = px_devices_new(i, on_devices, &i->devices, err)) != RATLS_OK)
        return e;
    i->timer = evtimer_new(i->p.base, on_timer, i);
    i->finished =
        event_new(i->p.base, ratls_attester_fd(i->attester), EV_READ | EV_PERSIST, on_attester, i);
    return i->timer && i->finished && event_add(i->finished, NULL) == 0 ? RATLS_OK
                                                                        : RATLS_E_NO_MEMORY;
}

static enum ratls_err load_certificate(struct px_issuer *i, struct ratls_error *err)
{
    enum ratls_err e = px_identity_load(i->p.env, i->p.service, &i->making, err);

    if (e)
        return e;
    i->timer = evtimer_new(i->p.base, on_loaded, i);
    return i->timer ? RATLS_OK : RATLS_E_NO_MEMORY;
}

enum ratls_err px_issuer_new(const struct px_issuer_params *p, struct px_issuer **out,
                             struct ratls_error *err)
{
    const struct px_service *s = p->service;
    struct px_issuer *i = calloc(1, sizeof *i);

    *out = NULL;
    if (!i)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "service %s", s->name);
    i->p = *p;
    TAILQ_INIT(&i->quotes);
    enum ratls_err e = ratls_mode_shows(s->mode) ? open_attester(i, err) : load_certificate(i, err);
    if (e) {
        px_issuer_free(i);
        return ratls_fail(err, e, "service %s", s->name);
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
    px_devices_free(i->devices);
    if (i->attester)
        ratls_attester_close(i->attester); /* drops its requests: from here on nobody has them */
    px_issuer_forget_quotes(i);
    drop_passport(i);
    ratls_identity_unref(i->making);
    ratls_identity_unref(i->current);
    for (size_t k = 0; k < PX_OLD_MAX; k++)
        ratls_identity_unref(i->old[k].identity);
    free(i);
}
