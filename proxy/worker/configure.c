/* A worker's configuration: the first one, and those that take its place. The master proved each of
 * them good. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evidence.h"
#include "privileges.h"
#include "sandbox.h"
#include "session.h"
#include "sources.h"

#define SPARE_FILES 64

/* What is to come into force. */
struct next {
    struct px_config *config;
    size_t n;
    struct px_gate *gate[PX_MAX_SERVICES];
};

static enum ratls_err make_gate(struct px_worker *w, struct next *n, size_t i,
                                struct ratls_error *err)
{
    struct px_gate_plan plan = {.config = n->config, .index = i};
    const struct px_service *s = &n->config->services[i];
    const struct px_gate *before = px_gate_named(w, s->name);
    enum ratls_err e =
        px_service_trust(&w->trust_env, s, before ? before->trust : NULL, &plan.trust, err);

    if (!e)
        e = px_gate_new(w, &plan, &n->gate[i], err);
    ratls_trust_unref(plan.trust);
    if (!e)
        n->gate[i]->stats = px_stats_service(w->stats, s->name);
    n->n += !e;
    return e;
}

static void drop_gates(struct next *n)
{
    for (size_t i = 0; i < n->n; i++)
        px_gate_free(n->gate[i]);
    n->n = 0;
}

/* Gates that end leave descriptors open until their last session does: those are within the former
 * maximum, which has been asked for. */
static void allow_files(struct px_worker *w, const struct px_config *c)
{
    size_t files = SPARE_FILES;

    for (size_t i = 0; i < c->n_services; i++)
        files += 2 * (size_t)c->services[i].max_connections + 2 + PX_OPA_FILES;
    if (files <= w->files_wanted) /* that was told */
        return;
    w->files_wanted = files;
    if (!px_privileges_allow_files(files))
        px_log_printf(&w->log, RATLS_LOG_WARNING,
                      "the limit of open files is below the %zu that max-connections may take",
                      files);
}

/* The same in every worker: the first one says it. */
static enum ratls_err enter_sandbox(struct px_worker *w, const struct px_config *c,
                                    struct ratls_error *err)
{
    uint16_t ports[PX_MAX_PORTS];
    const struct px_sandbox_plan plan = {.who = PX_WHO_CONNECTS,
                                         .ports = c->sandbox_connect ? ports : NULL};
    struct px_sandbox made = {.seccomp = "off"};
    struct px_line line;

    px_config_ports(c, ports);
    enum ratls_err e = c->sandbox ? px_sandbox_enter(&plan, &made, err) : RATLS_OK;

    if (e || w->quiet)
        return e;
    px_line_begin(&line, "sandbox");
    if (!made.landlock || strcmp(made.seccomp, "on") != 0)
        px_line_level(&line, RATLS_LOG_WARNING);
    px_line_int(&line, "landlock", made.landlock);
    px_line_text(&line, "seccomp", made.seccomp);
    px_line_end(&line, &w->log);
    return RATLS_OK;
}

/* Policies and plugins are read before privileges go, sockets are used after; threads come later
 * still, so that none of them has any. */
static enum ratls_err give_up_privileges(struct px_worker *w, const struct px_config *c,
                                         struct ratls_error *err)
{
    enum ratls_err e = px_privileges_drop(c, err);

    (void)ratls_offload(c->offload != 0);
    if (!e && c->lock_memory)
        e = px_privileges_lock_memory(err);
    if (e || (e = enter_sandbox(w, c, err)) != RATLS_OK)
        return e;
    w->resolver = px_resolver_new(w->base);
    w->sources = px_sources_new(&w->env);
    w->evidence = px_evidence_desk_new(&w->env);
    return w->resolver && w->sources && w->evidence
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_NO_MEMORY, "resolver");
}

static enum ratls_err make(struct px_worker *w, const char *path, struct next *n,
                           struct ratls_error *err)
{
    enum ratls_err e = px_config_load(&w->env, path, &n->config, err);

    if (e)
        return e;
    w->log.level = n->config->log_level;
    for (size_t i = 0; !e && i < n->config->n_services; i++)
        e = make_gate(w, n, i, err);
    if (e)
        return e;
    allow_files(w, n->config);
    if (!w->config && (e = give_up_privileges(w, n->config, err)) != RATLS_OK)
        return e;
    for (size_t i = 0; i < n->n; i++)
        if (!px_gate_find_backends(n->gate[i]) || !px_session_start_asking(n->gate[i]))
            return ratls_fail(err, RATLS_E_NO_MEMORY, "backends or threads");
    return RATLS_OK;
}

static bool is_kept(const struct next *n, uint32_t listener)
{
    for (size_t i = 0; i < n->n; i++)
        if (n->gate[i]->listener == listener)
            return true;
    return false;
}

static void adopt(struct px_worker *w, struct next *n)
{
    struct px_config *old = w->config;

    for (size_t i = 0; i < w->n_gates; i++) {
        struct px_gate *g = w->gates[i];
        if (g->open && g->fd >= 0 && !is_kept(n, g->listener)) /* where nobody looks again */
            px_gate_take_waiting(g, g->fd);
        px_gate_retire(g);
    }
    memcpy(w->gates, n->gate, sizeof n->gate);
    w->n_gates = n->n;
    w->config = n->config;
    px_config_free(old);
    px_gates_follow(w);
    px_worker_judge(w);
}

void px_worker_drop_handed(struct px_worker *w)
{
    for (size_t i = 0; i < PX_MAX_SERVICES; i++) {
        if (w->handed[i].fd >= 0)
            (void)close(w->handed[i].fd);
        w->handed[i].fd = -1;
    }
    px_files_clear(&w->files);
    px_files_clear(&w->trust_files);
    w->files.complete = w->trust_files.complete = true;
}

enum ratls_err px_worker_configure(struct px_worker *w, const char *path, struct ratls_error *err)
{
    struct next n = {0};

    w->files.complete = true;
    enum ratls_err e = make(w, path, &n, err);
    if (e) {
        drop_gates(&n);
        px_config_free(n.config);
    } else {
        adopt(w, &n);
    }
    px_worker_drop_handed(w);
    return e;
}
