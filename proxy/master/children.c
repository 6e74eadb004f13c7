/* Worker processes, as their master sees them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "master.h"

#define RESPAWN_FIRST_MS 100
#define RESPAWN_MOST_MS  10000
#define STEADY_MS        10000 /* a worker that lived that long did not crash in a row */
#define LAST_WORDS_MS    3000  /* from the end of the channel to that of the process */

extern char **environ;

static void arm(struct px_child *c, int64_t ms)
{
    const struct timeval tv = px_timeval(ms);

    (void)evtimer_add(c->timer, &tv);
}

/* ---- what workers say ---- */

/* One bucket for each worker and service, filled with proof-rate tokens a second. */
static bool take_token(struct px_bucket *b, unsigned rate)
{
    int64_t full_milli = (int64_t)rate * 1000, now = px_now_ms();

    b->tokens_milli += (now - b->at_ms) * rate;
    if (b->at_ms == 0 || b->tokens_milli > full_milli)
        b->tokens_milli = full_milli;
    b->at_ms = now;
    if (b->tokens_milli < 1000)
        return false;
    b->tokens_milli -= 1000;
    return true;
}

static bool on_prove(struct px_child *c, struct ratls_bytes payload)
{
    struct px_master *m = c->master;
    struct px_prove ask;

    if (!c->ready || !px_prove_parse(payload, &ask) || ask.service >= m->config->n_services ||
        !m->issuers[ask.service])
        return false;
    if (take_token(&c->proofs[ask.service], m->config->services[ask.service].proof_rate)) {
        px_issuer_prove(m->issuers[ask.service], c->serial, &ask);
        return true;
    }
    px_child_answer(c, &(struct px_answer){.id = ask.id, .e = RATLS_E_PROOF_LIMIT});
    return true;
}

static bool on_ready(struct px_child *c, struct ratls_bytes payload)
{
    if (payload.len > 0 || c->ready)
        return false;
    c->ready = true;
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

static void tell_files(struct px_child *c, enum px_msg_type type, const struct px_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        const struct px_file *f = &files->file[i];
        struct px_message *m = px_message_new(type, 2 + strlen(f->path) + f->content.len);

        px_put_text(m, f->path);
        px_put_bytes(m, ratls_bytes(f->content.p, f->content.len));
        tell(c, m);
    }
}

static void tell_start(struct px_child *c)
{
    const char *path = c->master->path;
    struct px_message *m = px_message_new(PX_MSG_START, 2 + strlen(path) + 2 + 8);

    px_put_text(m, path);
    px_put_uint(m, c->index, 2);
    px_put_uint(m, c->master->generation, 8);
    tell(c, m);
}

void px_child_trust(struct px_child *c)
{
    struct px_message *m = NULL;

    if (!c->channel) /* it will be born with it */
        return;
    tell_files(c, PX_MSG_TRUST_FILE, c->master->trust);
    m = px_message_new(PX_MSG_TRUST, 8);
    px_put_uint(m, c->master->generation, 8);
    tell(c, m);
}

void px_child_identity(struct px_child *c, size_t service)
{
    const struct ratls_identity *id = px_issuer_identity(c->master->issuers[service]);
    struct ratls_buffer key = {0};

    if (!c->channel || !id)
        return;
    struct ratls_bytes chain = ratls_identity_chain(id);
    enum ratls_err e = ratls_identity_export_key(id, &key);
    struct px_message *m = e ? NULL : px_message_new(PX_MSG_IDENTITY, 2 + 4 + chain.len + key.len);

    px_put_uint(m, service, 2);
    px_put_uint(m, chain.len, 4);
    px_put_bytes(m, chain);
    px_put_bytes(m, ratls_bytes(key.p, key.len));
    ratls_buffer_free(&key);
    tell(c, m);
}

void px_child_answer(struct px_child *c, const struct px_answer *a)
{
    struct px_message *m = px_message_new(PX_MSG_PROOF, 8 + 2 + 64 + a->evidence.len);

    px_put_uint(m, a->id, 8);
    px_put_uint(m, (uint64_t)a->e, 2);
    px_put_bytes(m, ratls_bytes(a->signature, 64));
    px_put_bytes(m, a->evidence);
    tell(c, m);
}

void px_child_drain(struct px_child *c)
{
    if (c->pid > 0)
        tell(c, px_message_new(PX_MSG_DRAIN, 0));
    else
        (void)event_del(c->timer);
}

/* ---- birth ---- */

static bool place_files(posix_spawn_file_actions_t *actions, struct px_child *c, int socket_fd)
{
    const struct px_master *m = c->master;
    int next = PX_FD_LISTENERS;
    bool good = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0) == 0 &&
                posix_spawn_file_actions_adddup2(actions, 0, 1) == 0 &&
                posix_spawn_file_actions_adddup2(actions, m->log.fd, PX_FD_LOG) == 0 &&
                posix_spawn_file_actions_adddup2(actions, socket_fd, PX_FD_MASTER) == 0;

    for (size_t i = 0; good && i < m->config->n_services; i++)
        good = posix_spawn_file_actions_adddup2(actions, px_listener_fd(&m->listeners[i], c->index),
                                                next++) == 0;
    return good && posix_spawn_file_actions_addclosefrom_np(actions, next) == 0;
}

/* A fresh image, not a copy of this one: no keys, no state of a random generator. */
static bool spawn(struct px_child *c, int socket_fd)
{
    char *const argv[] = {"ratls-proxy", "--worker", NULL};
    posix_spawn_file_actions_t actions;

    if (posix_spawn_file_actions_init(&actions))
        return false;
    int failed = place_files(&actions, c, socket_fd)
                     ? posix_spawn(&c->pid, "/proc/self/exe", &actions, NULL, argv, environ)
                     : ENOMEM;
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        c->pid = 0;
        px_log_printf(&c->master->log, RATLS_LOG_ERROR, "worker %u: %s", c->index,
                      strerrordesc_np(failed));
    }
    return !failed;
}

static bool connect_child(struct px_child *c)
{
    static const struct px_channel_ops ops = {on_message, on_closed};
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return false;
    pair[0] = px_fd_high(pair[0]);
    pair[1] = px_fd_high(pair[1]);
    bool good = pair[0] >= 0 && pair[1] >= 0 && spawn(c, pair[1]);
    if (pair[1] >= 0)
        (void)close(pair[1]);
    if (!good && pair[0] >= 0)
        (void)close(pair[0]);
    if (!good)
        return false;
    c->channel = px_channel_new(c->master->base, pair[0], PX_MAX_FROM_WORKER, &ops, c);
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
    const struct px_master *m = c->master;

    c->serial = ++c->master->last_serial;
    c->ready = false;
    c->born_ms = px_now_ms();
    if (!connect_child(c)) {
        if (c->pid == 0)
            start_later(c);
        return;
    }
    tell_files(c, PX_MSG_FILE, &m->files);
    tell_files(c, PX_MSG_TRUST_FILE, m->trust);
    tell_start(c);
    for (size_t i = 0; i < m->config->n_services; i++)
        if (m->issuers[i])
            px_child_identity(c, i);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct px_child *c = arg;

    (void)fd;
    (void)what;
    if (c->pid > 0)
        (void)kill(c->pid, SIGKILL);
    else if (!c->master->draining)
        px_child_start(c);
}

bool px_child_prepare(struct px_child *c)
{
    c->timer = evtimer_new(c->master->base, on_timer, c);
    return c->timer != NULL;
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
    px_channel_free(c->channel);
    c->channel = NULL;
    (void)event_del(c->timer);
    if (m->draining) {
        px_master_child_gone(m);
    } else if (!m->running) { /* at start nothing is to be gained by trying again */
        px_master_stop(m, WIFEXITED(status) && WEXITSTATUS(status) == 2 ? 2 : 1);
    } else {
        if (px_now_ms() - c->born_ms > STEADY_MS)
            c->crashes = 0;
        start_later(c);
    }
}

void px_children_reap(struct px_master *m)
{
    for (unsigned i = 0; i < m->config->workers; i++) {
        int status = 0;
        pid_t pid = m->children[i].pid;
        if (pid > 0 && waitpid(pid, &status, WNOHANG) == pid)
            buried(&m->children[i], status);
    }
}

static void wait_or_kill(struct px_child *c, int64_t until_ms)
{
    const struct timespec nap = {.tv_nsec = 5000000};

    while (c->pid > 0) {
        pid_t got = waitpid(c->pid, NULL, WNOHANG);
        if (got == c->pid || (got < 0 && errno != EINTR))
            c->pid = 0;
        else if (px_now_ms() > until_ms)
            (void)kill(c->pid, SIGKILL);
        if (c->pid > 0)
            (void)nanosleep(&nap, NULL);
    }
}

/* The end of its channel ends a worker. */
void px_children_end(struct px_master *m)
{
    int64_t until_ms = px_now_ms() + LAST_WORDS_MS;

    for (unsigned i = 0; i < m->config->workers; i++) {
        px_channel_free(m->children[i].channel);
        m->children[i].channel = NULL;
    }
    for (unsigned i = 0; i < m->config->workers; i++) {
        wait_or_kill(&m->children[i], until_ms);
        if (m->children[i].timer)
            event_free(m->children[i].timer);
        m->children[i].timer = NULL;
    }
}
