/* A worker whose trust changes: its services take the next one, and peers who are here already are
 * judged by it. First all of them by what was proven of them, which is cheap; then, if what the
 * proofs rest on is not the same any more, each by its evidence, a few at a time. */
#include "session.h"

#define SLICE_MS 2 /* before others have their turn */

/* ---- trust ---- */

static enum ratls_err make_trusts(struct px_worker *w, struct ratls_trust **made,
                                  struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < w->n_gates; i++)
        e = px_service_trust(&w->trust_env, w->gates[i]->service, w->gates[i]->trust, &made[i],
                             err);
    px_files_clear(&w->trust_files);
    w->trust_files.complete = true;
    return e;
}

static enum ratls_err take(struct px_gate *g, struct ratls_trust *trust, struct ratls_error *err)
{
    struct ratls_trust *old = g->trust;
    const bool judges = trust && ratls_mode_judges(g->service->mode);
    enum ratls_err e = judges ? ratls_ctx_set_trust(g->ctx, trust, err) : RATLS_OK;

    if (e)
        return e;
    g->trust = trust ? ratls_trust_ref(trust) : NULL;
    ratls_trust_unref(old);
    return RATLS_OK;
}

enum ratls_err px_worker_trust(struct px_worker *w, struct ratls_error *err)
{
    struct ratls_trust *made[PX_MAX_SERVICES] = {0};
    enum ratls_err e = make_trusts(w, made, err);

    for (size_t i = 0; !e && i < w->n_gates; i++)
        e = take(w->gates[i], made[i], err);
    for (size_t i = 0; i < w->n_gates; i++)
        ratls_trust_unref(made[i]);
    if (!e) {
        px_gates_follow(w);
        px_worker_judge(w);
    }
    return e;
}

/* ---- peers ---- */

/* Of those that are not open yet, the library judges anew by itself. */
static bool is_open(const struct px_session *s)
{
    return s->state == PX_CONNECT_BACKEND || s->state == PX_RELAYING;
}

static bool is_behind(const struct px_session *s)
{
    return is_open(s) && ratls_conn_is_behind(s->relay.conn);
}

/* False: the session is gone. */
static bool judge(struct px_session *s, enum ratls_err (*by)(struct ratls_conn *))
{
    enum ratls_err e = by(s->relay.conn);

    if (e && e != RATLS_E_WANT_POLICY) {
        px_session_revoked(s, e);
        return false;
    }
    px_session_arm(s); /* the verdict may end earlier now */
    return e == RATLS_OK || px_session_ask_policy(s);
}

bool px_session_catch_up(struct px_session *s)
{
    return !is_behind(s) || judge(s, ratls_conn_rejudge);
}

static void go_on(struct px_worker *w)
{
    const struct timeval soon = {0};

    if (w->judge_next)
        (void)evtimer_add(w->judge_more, &soon);
}

static void on_slice(evutil_socket_t fd, short what, void *arg)
{
    struct px_worker *w = arg;
    int64_t until_ms = px_now_ms() + SLICE_MS;

    (void)fd;
    (void)what;
    while (w->judge_next && px_now_ms() < until_ms) {
        struct px_session *s = w->judge_next;
        w->judge_next = TAILQ_NEXT(s, all);
        if (is_behind(s))
            (void)judge(s, ratls_conn_rejudge);
    }
    go_on(w);
}

void px_worker_judge(struct px_worker *w)
{
    struct px_session *next = NULL;

    for (struct px_session *s = TAILQ_FIRST(&w->sessions); s; s = next) {
        next = TAILQ_NEXT(s, all);
        if (is_behind(s))
            (void)judge(s, ratls_conn_rejudge_claims);
    }
    w->judge_next = TAILQ_FIRST(&w->sessions);
    go_on(w);
}

bool px_reload_prepare(struct px_worker *w)
{
    w->judge_more = evtimer_new(w->base, on_slice, w);
    return w->judge_more != NULL;
}
