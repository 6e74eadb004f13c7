/* Worker processes, as their master sees them. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "master.h"
#include "process.h"

#define RESPAWN_FIRST_MS 100
#define RESPAWN_MOST_MS  10000
#define STEADY_MS        10000 /* a worker that lived that long did not crash in a row */
#define SWEEP_MS         100
#define LAST_WORDS_MS    3000 /* from the end of the channel to that of the process */

static void arm(struct px_child *c, int64_t ms)
{
    const struct timeval tv = px_timeval(ms);

    (void)evtimer_add(c->timer, &tv);
}

/* Who cannot be told what he must know is no worker. */
static void tell(struct px_child *c, struct px_message *m)
{
    if (!c->channel) {
        px_message_free(m);
        return;
    }
    if (!px_channel_send(c->channel, m) && c->pid > 0)
        (void)kill(c->pid, SIGKILL);
}

/* ---- what workers say ---- */

/* An issuer may have retired while the request was under way; one that never was is a lie. */
static bool on_prove(struct px_child *c, struct ratls_bytes payload)
{
    struct px_master *m = c->master;
    struct px_answer no = {.child = c->serial, .e = RATLS_E_STATE};
    struct px_prove ask;

    if (c->confirmed == 0 || !px_prove_parse(payload, &ask) || ask.issuer == 0 ||
        ask.issuer > m->last_id)
        return false;
    struct px_issuer *i = px_master_issuer(m, ask.issuer);
    if (i && px_issuer_admit(i, c->index)) {
        px_issuer_prove(i, c->serial, &ask);
        return true;
    }
    if (i)
        no.e = RATLS_E_PROOF_LIMIT;
    no.id = ask.id;
    px_child_answer(c, &no);
    return true;
}

static bool on_ask_token(struct px_child *c, struct ratls_bytes payload)
{
    struct ratls_buffer token = {0};
    struct px_token_answer a;
    struct px_token_ask ask;

    if (c->confirmed == 0 || !px_token_ask_parse(payload, &ask))
        return false;
    px_signers_answer(c->master->setup->signers, c->index, &ask, &token, &a);
    tell(c, px_token_message(&a));
    ratls_buffer_free(&token);
    return true;
}

static bool on_ready(struct px_child *c, struct ratls_bytes payload)
{
    struct px_reader r = px_reader(payload);
    uint64_t generation = px_get_u64(&r);

    if (!px_reader_done(&r) || generation <= c->confirmed || generation > c->told)
        return false;
    c->confirmed = generation;
    px_master_child_ready(c->master);
    return true;
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    struct px_child *c = arg;
    bool good = false;

    if (type == PX_MSG_READY)
        good = on_ready(c, payload);
    else if (type == PX_MSG_PROVE)
        good = on_prove(c, payload);
    else if (type == PX_MSG_ASK_TOKEN)
        good = on_ask_token(c, payload);
    if (!good) {
        px_log_printf(&c->master->log, RATLS_LOG_ERROR, "worker %u: bad message of type %u",
                      c->index, type);
        (void)kill(c->pid, SIGKILL);
    }
    return good;
}

static void on_closed(void *arg)
{
    struct px_child *c = arg;

    px_channel_free(c->channel);
    c->channel = NULL;
    if (c->pid > 0)
        arm(c, LAST_WORDS_MS);
}

/* ---- what they are told ---- */

static void tell_files(struct px_child *c, enum px_msg_type type, const struct px_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        tell(c, px_file_message(type, &files->file[i]));
}

static void tell_listener(struct px_child *c, size_t i)
{
    const struct px_listener *l = c->master->setup->listeners[i];
    struct px_message *m = l ? px_message_new(PX_MSG_LISTENER, 2 + 4) : NULL;

    if (!l) /* it has what another service accepts */
        return;
    px_put_uint(m, i, 2);
    px_put_uint(m, l->id, 4);
    px_put_fd(m, px_listener_fd(l, c->index));
    tell(c, m);
}

static void tell_config(struct px_child *c)
{
    const struct px_setup *s = c->master->setup;
    const size_t n = s->config->n_services;
    const char *path = c->master->path;
    struct px_message *m = px_message_new(PX_MSG_CONFIG, 2 + strlen(path) + 2 + 8 + 8 + 4 * n);

    px_put_text(m, path);
    px_put_uint(m, c->index, 2);
    px_put_uint(m, s->standing->generation, 8);
    px_put_uint(m, s->generation, 8);
    for (size_t i = 0; i < n; i++)
        px_put_uint(m, s->issuers[i] ? px_issuer_id(s->issuers[i]) : 0, 4);
    c->told = s->generation;
    tell(c, m);
}

static void place_stats(struct px_child *c)
{
    const struct px_config *config = c->master->setup->config;
    const char *names[PX_MAX_SERVICES];

    for (size_t i = 0; i < config->n_services; i++)
        names[i] = config->services[i].name;
    px_stats_place(c->stats, names, config->n_services);
}

void px_child_configure(struct px_child *c)
{
    const struct px_setup *s = c->master->setup;

    if (!c->channel) /* it will be born with it */
        return;
    px_child_logs(c);
    place_stats(c);
    tell_files(c, PX_MSG_FILE, &s->files);
    tell_files(c, PX_MSG_TRUST_FILE, s->standing->files);
    for (size_t i = 0; i < s->config->n_services; i++)
        tell_listener(c, i);
    if (c->master->authority)
        tell(c, px_authority_desk(c->master->authority));
    tell_config(c);
    for (size_t i = 0; i < s->config->n_services; i++)
        if (s->issuers[i])
            px_child_identity(c, s->issuers[i]);
}

void px_child_trust(struct px_child *c)
{
    const struct px_standing *standing = c->master->setup->standing;
    struct px_message *m = NULL;

    if (!c->channel)
        return;
    tell_files(c, PX_MSG_TRUST_FILE, standing->files);
    m = px_message_new(PX_MSG_TRUST, 8);
    px_put_uint(m, standing->generation, 8);
    tell(c, m);
}

void px_child_logs(struct px_child *c)
{
    for (unsigned id = 0; id < PX_LOGS; id++)
        tell(c, px_logs_message(c->master, (enum px_log_id)id));
}

void px_child_identity(struct px_child *c, const struct px_issuer *i)
{
    const struct ratls_identity *id = px_issuer_identity(i);

    if (c->channel && id)
        tell(c, px_identity_message(px_issuer_id(i), id));
}

void px_child_answer(struct px_child *c, const struct px_answer *a)
{
    tell(c, px_answer_message(a));
}

void px_child_drain(struct px_child *c)
{
    if (c->pid > 0)
        tell(c, px_message_new(PX_MSG_DRAIN, 0));
    else
        (void)event_del(c->timer);
}

/* ---- birth ---- */

static bool connect_child(struct px_child *c)
{
    static const struct px_channel_ops ops = {.message = on_message, .closed = on_closed};
    struct px_master *m = c->master;
    const int fds[] = {m->log.fd, c->stats_fd};
    const struct px_process worker = {"--worker", fds, sizeof fds / sizeof fds[0]};
    int own = -1;
    int failed = px_process_start(&worker, &c->pid, &own);

    if (failed) {
        px_log_printf(&m->log, RATLS_LOG_ERROR, "worker %u: %s", c->index, strerrordesc_np(failed));
        return false;
    }
    c->channel = px_channel_new(m->base, own, PX_MAX_FROM_WORKER, &ops, c);
    if (!c->channel)
        (void)kill(c->pid, SIGKILL);
    return c->channel != NULL;
}

static void start_later(struct px_child *c)
{
    int64_t wait_ms = RESPAWN_FIRST_MS;

    for (unsigned n = 0; n < c->crashes && wait_ms < RESPAWN_MOST_MS; n++)
        wait_ms *= 2;
    c->crashes++;
    arm(c, wait_ms < RESPAWN_MOST_MS ? wait_ms : RESPAWN_MOST_MS);
}

void px_child_start(struct px_child *c)
{
    c->serial = ++c->master->last_serial;
    c->told = c->confirmed = 0;
    c->born_ms = px_now_ms();
    if (connect_child(c))
        px_child_configure(c);
    else if (c->pid == 0)
        start_later(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct px_child *c = arg;

    (void)fd;
    (void)what;
    if (c->pid > 0)
        (void)kill(c->pid, SIGKILL);
    else if (!px_lifecycle_ends(&c->master->life))
        px_child_start(c);
}

/* ---- while there is none ---- */

static struct px_child *another(const struct px_child *c)
{
    struct px_master *m = c->master;

    for (unsigned k = 1; k < m->n_children; k++) {
        struct px_child *other = &m->children[(c->index + k) % m->n_children];
        if (other->channel && other->confirmed == m->setup->generation)
            return other;
    }
    return NULL;
}

/* The kernel goes on giving connections to the sockets of a worker that died. */
static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
    const struct timeval soon = px_timeval(SWEEP_MS);
    struct px_child *c = arg, *other = another(c);
    const struct px_setup *s = c->master->setup;

    (void)fd;
    (void)what;
    if (c->pid > 0 || px_lifecycle_ends(&c->master->life))
        return;
    for (size_t i = 0; other && i < s->config->n_services; i++) {
        if (!s->listeners[i] || s->listeners[i]->n < 2) /* they share it */
            continue;
        struct px_message *m = px_message_new(PX_MSG_SWEEP, 4);
        px_put_uint(m, s->listeners[i]->id, 4);
        px_put_fd(m, px_listener_fd(s->listeners[i], c->index));
        tell(other, m);
    }
    (void)evtimer_add(c->sweep, &soon);
}

bool px_child_prepare(struct px_child *c)
{
    c->timer = evtimer_new(c->master->base, on_timer, c);
    c->sweep = evtimer_new(c->master->base, on_sweep, c);
    c->stats_fd = px_fd_high(px_stats_create());
    c->stats = c->stats_fd < 0 ? NULL : px_stats_attach(c->stats_fd, true);
    c->stats_reader = c->stats ? px_fd_high(px_stats_reader(c->stats_fd)) : -1;
    return c->timer && c->sweep && c->stats_reader >= 0;
}

/* ---- death ---- */

static void log_exit(const struct px_child *c, int status)
{
    struct px_line line;
    char how[32];

    if (WIFSIGNALED(status))
        (void)snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
    else
        (void)snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
    px_line_begin(&line, "worker_exit");
    px_line_int(&line, "worker", c->index);
    px_line_int(&line, "pid", c->pid);
    px_line_text(&line, "how", how);
    px_line_end(&line, &c->master->log);
}

static void buried(struct px_child *c, int status)
{
    struct px_master *m = c->master;

    log_exit(c, status);
    c->pid = 0;
    c->confirmed = 0;
    px_admin_publish(m->admin);
    px_channel_free(c->channel);
    c->channel = NULL;
    (void)event_del(c->timer);
    if (px_lifecycle_ends(&m->life)) {
        px_master_child_gone(m);
    } else if (m->life.phase ==
               PX_STARTING) { /* at start nothing is to be gained by trying again */
        px_master_stop(m, WIFEXITED(status) && WEXITSTATUS(status) == 2 ? 2 : 1);
    } else {
        m->tally.worker_exits++;
        if (px_now_ms() - c->born_ms > STEADY_MS)
            c->crashes = 0;
        start_later(c);
        on_sweep(-1, EV_TIMEOUT, c);
        px_reload_confirmed(m);
    }
}

bool px_children_confirmed(const struct px_master *m)
{
    for (unsigned i = 0; i < m->n_children; i++)
        if (m->children[i].channel && m->children[i].confirmed != m->setup->generation)
            return false;
    return true;
}

bool px_children_ready(const struct px_master *m)
{
    for (unsigned i = 0; i < m->n_children; i++)
        if (!m->children[i].channel || m->children[i].confirmed != m->setup->generation)
            return false;
    return true;
}

void px_children_reap(struct px_master *m)
{
    px_admin_reap(m->admin);
    px_authority_reap(m->authority);
    for (unsigned i = 0; i < m->n_children; i++) {
        int status = 0;
        pid_t pid = m->children[i].pid;
        if (pid > 0 && waitpid(pid, &status, WNOHANG) == pid)
            buried(&m->children[i], status);
    }
}

static void forget_stats(struct px_child *c)
{
    px_stats_detach(c->stats);
    c->stats = NULL;
    if (c->stats_fd >= PX_FD_HIGH)
        (void)close(c->stats_fd);
    if (c->stats_reader >= PX_FD_HIGH)
        (void)close(c->stats_reader);
    c->stats_fd = c->stats_reader = -1;
}

/* The end of its channel ends a worker. */
void px_children_end(struct px_master *m)
{
    int64_t until_ms = px_now_ms() + LAST_WORDS_MS;

    for (unsigned i = 0; i < m->n_children; i++) {
        px_channel_free(m->children[i].channel);
        m->children[i].channel = NULL;
    }
    for (unsigned i = 0; i < m->n_children; i++) {
        px_process_end(m->children[i].pid, until_ms);
        m->children[i].pid = 0;
        if (m->children[i].timer)
            event_free(m->children[i].timer);
        if (m->children[i].sweep)
            event_free(m->children[i].sweep);
        m->children[i].timer = m->children[i].sweep = NULL;
        forget_stats(&m->children[i]);
    }
}
