/* Gates: their birth, and what becomes of them when another configuration comes. */
#include <stdlib.h>
#include <unistd.h>

#include "session.h"

#define BURY_EVERY_MS 100 /* while an OPA is still asked for a gate that nobody needs */

/* ---- life ---- */

/* Whom the service needs besides its configuration. */
static enum ratls_err check_needs(const struct px_gate *g, struct ratls_error *err)
{
    const char *lacks = NULL;

    if ((g->fd >= 0) != (g->service->accept.text != NULL))
        lacks = "listener";
    else if (g->service->purpose != PX_RELAY && !g->worker->desk.open)
        lacks = "authority process";
    return lacks ? ratls_fail(err, RATLS_E_INTERNAL, "service %s: no %s", g->service->name, lacks)
                 : RATLS_OK;
}

enum ratls_err px_gate_new(struct px_worker *w, const struct px_gate_plan *p, struct px_gate **out,
                           struct ratls_error *err)
{
    struct px_gate *g = *out = calloc(1, sizeof *g);
    struct px_handed *handed = &w->handed[p->index];

    if (!g)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "service");
    g->worker = w;
    g->config = px_config_ref(p->config);
    g->service = &p->config->services[p->index];
    g->routes = px_sni_routes(p->config, g->service);
    g->trust = p->trust ? ratls_trust_ref(p->trust) : NULL;
    g->fd = handed->fd;
    g->listener = handed->listener;
    handed->fd = -1;
    TAILQ_INIT(&g->handshakes);
    TAILQ_INIT(&g->askers);
    enum ratls_err e = px_service_ctx(&w->env, g->service, g->trust, &g->ctx, err);
    if (!e)
        e = check_needs(g, err);
    if (!e && !px_gate_prepare(g))
        e = ratls_fail(err, RATLS_E_NO_MEMORY, "service %s", g->service->name);
    if (!e)
        e = px_service_users(&w->env, g->service, &g->users, err);
    if (!e)
        e = px_opa_open(g->service, &g->opa, err);
    if (e) {
        px_gate_free(g);
        *out = NULL;
    }
    return e;
}

bool px_gate_find_backends(struct px_gate *g)
{
    struct px_worker *w = g->worker;
    struct px_backends_home home = {.base = w->base,
                                    .resolver = w->resolver,
                                    .log = &w->log,
                                    .config = g->config,
                                    .stats = g->stats};

    if (w->env.random(w->env.arg, (uint8_t *)&home.seed, sizeof home.seed) != 0)
        return false;
    g->backends = px_backends_new(&home, g->service);
    return g->backends != NULL;
}

void px_gate_free(struct px_gate *g)
{
    if (!g)
        return;
    px_gate_close(g);
    if (g->orphaned)
        event_free(g->orphaned);
    px_opa_close(g->opa);
    px_users_free(g->users);
    px_backends_free(g->backends);
    ratls_ctx_unref(g->ctx);
    ratls_trust_unref(g->trust);
    px_config_free(g->config);
    free(g);
}

/* ---- which one ---- */

struct px_gate *px_gate_named(const struct px_worker *w, const char *name)
{
    for (size_t i = 0; i < w->n_gates; i++)
        if (strcmp(w->gates[i]->service->name, name) == 0)
            return w->gates[i];
    return NULL;
}

struct px_gate *px_gate_at(const struct px_worker *w, uint32_t listener)
{
    for (size_t i = 0; listener != 0 && i < w->n_gates; i++)
        if (w->gates[i]->listener == listener)
            return w->gates[i];
    return NULL;
}

struct px_gate *px_gate_of(const struct px_worker *w, uint32_t issuer)
{
    for (size_t i = 0; issuer != 0 && i < w->n_gates; i++)
        if (w->gates[i]->issuer == issuer)
            return w->gates[i];
    return NULL;
}

/* ---- retired ---- */

static void bury_later(struct px_worker *w, int64_t ms)
{
    const struct timeval tv = px_timeval(ms);

    (void)evtimer_add(w->bury, &tv);
}

/* Not from where a session ends: its OPA may just be telling it the answer. */
static void on_bury(evutil_socket_t fd, short what, void *arg)
{
    struct px_worker *w = arg;
    struct px_gate *next = NULL;

    (void)fd;
    (void)what;
    for (struct px_gate *g = TAILQ_FIRST(&w->retired); g; g = next) {
        next = TAILQ_NEXT(g, all);
        if (g->n_sessions > 0)
            continue;
        if (g->opa && !px_opa_idle(g->opa)) {
            bury_later(w, BURY_EVERY_MS);
            continue;
        }
        TAILQ_REMOVE(&w->retired, g, all);
        px_gate_free(g);
    }
}

void px_gate_session_gone(struct px_gate *g)
{
    if (g->retired && g->n_sessions == 0)
        bury_later(g->worker, 0);
    px_worker_session_gone(g->worker);
}

void px_gate_retire(struct px_gate *g)
{
    px_gate_close(g);
    px_backends_rest(g->backends);
    g->retired = true;
    TAILQ_INSERT_TAIL(&g->worker->retired, g, all);
    if (g->n_sessions == 0)
        bury_later(g->worker, 0);
}

static void on_orphaned(evutil_socket_t fd, short what, void *arg)
{
    static const struct px_outcome removed = {.result = PX_RESULT_ALLOW,
                                              .reason = PX_REASON_SERVICE_REMOVED,
                                              .detail = "no service judges its peer any more"};
    struct px_gate *g = arg;
    struct px_session *next = NULL;

    (void)fd;
    (void)what;
    for (struct px_session *s = TAILQ_FIRST(&g->worker->sessions); s; s = next) {
        next = TAILQ_NEXT(s, all);
        if (s->gate == g)
            px_session_end(s, &removed);
    }
}

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* Only what judges in the same way can go on judging: an OPA that comes, goes or changes has to be
 * asked by a handshake. */
static bool judges_alike(const struct px_gate *old, const struct px_gate *now)
{
    return !old->trust == !now->trust && same_text(old->service->opa, now->service->opa) &&
           same_text(old->service->opa_path, now->service->opa_path);
}

/* Also CAs, revocation lists, names and pins of where there is no trust. */
static bool take_standard(struct px_gate *g, const struct px_gate *from)
{
    struct ratls_error unused = {0};

    if (ratls_ctx_judge_as(g->ctx, from->ctx, &unused))
        return false;
    ratls_trust_unref(g->trust);
    g->trust = from->trust ? ratls_trust_ref(from->trust) : NULL;
    return true;
}

/* For good: a service of the same name that comes later counts its trusts from the beginning. */
static void orphan(struct px_gate *g)
{
    const struct timeval tv = px_timeval(g->worker->config->drain_timeout_ms);

    g->orphaned = evtimer_new(g->worker->base, on_orphaned, g);
    if (!g->orphaned || evtimer_add(g->orphaned, &tv))
        on_orphaned(-1, EV_TIMEOUT, g);
}

void px_gates_follow(struct px_worker *w)
{
    struct px_gate *g = NULL;

    TAILQ_FOREACH (g, &w->retired, all) {
        const struct px_gate *now = px_gate_named(w, g->service->name);
        if (!g->orphaned && (!now || !judges_alike(g, now) || !take_standard(g, now)))
            orphan(g);
    }
}

/* ---- all of them ---- */

void px_gates_end(struct px_worker *w)
{
    struct px_gate *g = NULL;

    for (size_t i = 0; i < w->n_gates; i++)
        px_gate_free(w->gates[i]);
    w->n_gates = 0;
    while ((g = TAILQ_FIRST(&w->retired)) != NULL) {
        TAILQ_REMOVE(&w->retired, g, all);
        px_gate_free(g);
    }
}

bool px_gates_prepare(struct px_worker *w)
{
    w->bury = evtimer_new(w->base, on_bury, w);
    return w->bury != NULL;
}
