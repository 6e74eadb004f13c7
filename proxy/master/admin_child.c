/* The admin process, as its master sees it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "admin.h"
#include "clock.h"
#include "config_impl.h"
#include "master.h"
#include "process.h"

#define PUBLISH_MS    500
#define RESPAWN_MS    1000
#define LAST_WORDS_MS 1000
#define MAX_ORDER     1

struct px_admin_child {
    struct px_master *master;
    struct px_config *config; /* that of the start, a reference */
    struct px_listener listener;
    bool is_unix; /* who may open it needs no token */
    char token[PX_TOKEN_MAX + 1];
    pid_t pid; /* 0: none */
    struct px_channel *channel;
    struct event *timer;    /* the board is due */
    int64_t start_again_ms; /* 0: not to be */
    int board_fd;
    struct px_board_memory *memory;
    struct px_board board;
};

/* ---- the board ---- */

#define PUT(to, text) (void)snprintf(to, sizeof(to), "%s", (text) ? (text) : "")

static bool is_set(const struct px_option *o, const struct px_service *s)
{
    const char *at = (const char *)s + o->offset;
    const char *text = NULL;
    bool on = false;

    if (o->kind == PX_BOOL)
        memcpy(&on, at, sizeof on);
    else if (o->kind == PX_TEXT)
        memcpy(&text, at, sizeof text);
    return on || text;
}

static void put_insecure(struct px_board_service *to, const struct px_service *s)
{
    const struct px_option *o = NULL;
    size_t len = 0;

    to->insecure[0] = '\0';
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == PX_SERVICE && strncmp(o->name, "insecure-", 9) == 0 && is_set(o, s) &&
            len + strlen(o->name) + 2 < sizeof to->insecure)
            len += (size_t)snprintf(to->insecure + len, sizeof to->insecure - len, "%s%s",
                                    len ? " " : "", o->name);
}

static void put_policy(struct px_board_service *to, const struct px_service *s)
{
    char store[PX_SHOWN_URL];

    PUT(to->policy, s->policy);
    if (s->policy || !s->store)
        return;
    px_url_shown(s->store, store);
    (void)snprintf(to->policy, sizeof to->policy, "%.64s in %.80s",
                   s->stored_policy ? s->stored_policy : "default", store);
}

/* Of many parts, as many as there is room for. */
static void put_accept(struct px_board_service *to, const struct px_service *s)
{
    int len = 0;

    PUT(to->accept, s->accept.text);
    for (size_t i = 0; i < s->sni.n_parts && (size_t)len < sizeof to->accept; i++)
        len += snprintf(&to->accept[len], sizeof to->accept - (size_t)len, "%s%s:%s",
                        i > 0 ? ", " : "sni ", s->sni.part[i].service, s->sni.part[i].pattern);
}

static void put_service(struct px_board_service *to, const struct px_service *s,
                        const struct px_issuer *issuer)
{
    const struct ratls_identity *id = issuer ? px_issuer_identity(issuer) : NULL;

    PUT(to->name, s->name);
    put_accept(to, s);
    for (size_t i = 0; i < PX_MAX_CONNECT; i++)
        PUT(to->connect[i], i < s->n_connect ? s->connect[i].text : "");
    PUT(to->attester, issuer ? s->attester : "");
    PUT(to->mode, px_service_mode(s));
    to->client = s->client;
    put_policy(to, s);
    put_insecure(to, s);
    to->identity_ends = id ? ratls_identity_not_after(id) : 0;
    to->issued = to->issue_failures = 0;
    if (issuer)
        px_issuer_count(issuer, &to->issued, &to->issue_failures);
}

void px_admin_publish(struct px_admin_child *a)
{
    if (!a)
        return;
    const struct px_master *m = a->master;
    struct px_board *b = &a->board;

    b->life = m->life.phase;
    b->started = m->tally.started;
    b->pid = getpid();
    b->workers = m->n_children;
    b->workers_ready = 0;
    for (unsigned i = 0; i < m->n_children; i++)
        b->workers_ready += m->children[i].confirmed > 0 && m->children[i].pid > 0;
    b->worker_exits = m->tally.worker_exits;
    px_authority_publish(m->authority, b);
    b->trust_generation = m->setup->standing->generation;
    b->trust_refusals = m->tally.trust_refusals;
    b->reloads = m->tally.reloads;
    b->reload_refusals = m->tally.reload_refusals;
    b->n_services = m->setup->config->n_services;
    for (size_t i = 0; i < b->n_services; i++)
        put_service(&b->service[i], &m->setup->config->services[i], m->setup->issuers[i]);
    px_board_write(a->memory, b);
}

/* ---- what it orders ---- */

/* Exactly what an operator with a shell would do; a second SIGTERM would not drain but stop. */
static bool obey(const struct px_master *m, uint8_t order)
{
    static const int signals[PX_ORDERS] = {
        [PX_ORDER_RELOAD] = SIGHUP, [PX_ORDER_DRAIN] = SIGTERM, [PX_ORDER_REOPEN_LOG] = SIGUSR1};

    if (order == 0 || order >= PX_ORDERS)
        return false;
    if (!px_lifecycle_ends(&m->life))
        (void)kill(getpid(), signals[order]);
    return true;
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    struct px_admin_child *a = arg;
    struct px_reader r = px_reader(payload);
    uint8_t order = px_get_u8(&r);
    bool good = type == PX_MSG_ORDER && px_reader_done(&r) && obey(a->master, order);

    if (!good) {
        px_log_printf(&a->master->log, RATLS_LOG_ERROR, "admin: bad message of type %u", type);
        (void)kill(a->pid, SIGKILL);
    }
    return good;
}

static void on_closed(void *arg)
{
    struct px_admin_child *a = arg;

    px_channel_free(a->channel);
    a->channel = NULL;
    if (a->pid > 0)
        (void)kill(a->pid, SIGKILL); /* it ends when its channel does, and has nothing to lose */
}

/* ---- birth ---- */

static void tell_start(struct px_admin_child *a)
{
    const struct px_config *c = a->config;
    const char *user = c->setuid_user ? c->setuid_user : "";
    const char *group = c->setgid_group ? c->setgid_group : "";
    struct px_message *m = px_message_new(PX_MSG_ADMIN, 6 + strlen(user) + strlen(group) +
                                                            strlen(a->token) + 1 + 1 + 2);

    px_put_text(m, user);
    px_put_text(m, group);
    px_put_text(m, a->token);
    px_put_uint(m, c->sandbox, 1);
    px_put_uint(m, a->is_unix, 1);
    px_put_uint(m, c->workers + (a->master->authority != NULL), 2);
    if (!px_channel_send(a->channel, m))
        (void)kill(a->pid, SIGKILL);
}

static void tell_logs(struct px_admin_child *a)
{
    static const enum px_log_id of_events[] = {PX_LOG_SYSLOG, PX_LOG_EVENTS};

    for (size_t i = 0; i < 2; i++)
        if (!px_channel_send(a->channel, px_logs_message(a->master, of_events[i])))
            (void)kill(a->pid, SIGKILL);
}

void px_admin_logs(struct px_admin_child *a)
{
    if (a && a->channel)
        tell_logs(a);
}

static bool give_birth(struct px_admin_child *a)
{
    static const struct px_channel_ops ops = {.message = on_message, .closed = on_closed};
    const struct px_master *m = a->master;
    int fds[3 + PX_STATS_PLACES] = {m->log.fd, px_listener_fd(&a->listener, 0), a->board_fd};
    struct px_process admin = {"--admin", fds, 3};
    int own = -1;

    for (unsigned i = 0; i < m->n_children; i++)
        fds[admin.n++] = m->children[i].stats_reader;
    if (m->authority)
        fds[admin.n++] = px_authority_stats(m->authority);
    if (px_process_start(&admin, &a->pid, &own))
        return false;
    a->channel = px_channel_new(m->base, own, MAX_ORDER, &ops, a);
    if (!a->channel)
        (void)kill(a->pid, SIGKILL);
    return true;
}

static void start_process(struct px_admin_child *a)
{
    a->start_again_ms = 0;
    if (!give_birth(a))
        a->start_again_ms = px_now_ms() + RESPAWN_MS;
    px_admin_logs(a);
    if (a->channel)
        tell_start(a);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct px_admin_child *a = arg;

    (void)fd;
    (void)what;
    px_admin_publish(a);
    if (a->start_again_ms && a->start_again_ms <= px_now_ms())
        start_process(a);
}

void px_admin_start(struct px_admin_child *a)
{
    const struct timeval often = px_timeval(PUBLISH_MS);

    if (!a)
        return;
    px_admin_publish(a);
    (void)event_add(a->timer, &often);
    start_process(a);
}

/* ---- death ---- */

void px_admin_reap(struct px_admin_child *a)
{
    int status = 0;

    if (!a || a->pid <= 0 || waitpid(a->pid, &status, WNOHANG) != a->pid)
        return;
    px_log_printf(&a->master->log, RATLS_LOG_ERROR, "the admin process ended (%s %d)",
                  WIFSIGNALED(status) ? "signal" : "exit",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    a->pid = 0;
    px_channel_free(a->channel);
    a->channel = NULL;
    a->start_again_ms = px_now_ms() + RESPAWN_MS;
}

void px_admin_close(struct px_admin_child *a)
{
    if (!a)
        return;
    px_channel_free(a->channel);
    px_process_end(a->pid, px_now_ms() + LAST_WORDS_MS);
    if (a->timer)
        event_free(a->timer);
    px_listener_close(&a->listener);
    px_board_detach(a->memory);
    if (a->board_fd >= 0)
        (void)close(a->board_fd);
    explicit_bzero(a->token, sizeof a->token);
    px_config_free(a->config);
    free(a);
}

/* ---- start ---- */

static enum ratls_err read_token(struct px_admin_child *a, const char *path,
                                 struct ratls_error *err)
{
    struct px_auth auth;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = -1;

    if (fd < 0 || fstat(fd, &st)) {
        (void)ratls_fail(err, RATLS_E_CONFIG, "admin-token %s: %s", path, strerrordesc_np(errno));
    } else if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        (void)ratls_fail(err, RATLS_E_CONFIG,
                         "admin-token %s: group or others have access to it: chmod 600", path);
    } else {
        n = read(fd, a->token, sizeof a->token);
        a->token[n > 0 && (size_t)n < sizeof a->token ? n : 0] = '\0';
        a->token[strcspn(a->token, "\r\n")] = '\0';
        if (!px_auth_init(&auth, a->token))
            n = -1;
        explicit_bzero(&auth, sizeof auth);
        if (n < 0)
            (void)ratls_fail(err, RATLS_E_CONFIG,
                             "admin-token %s: expected one line of %d to %d printable characters",
                             path, PX_TOKEN_MIN, PX_TOKEN_MAX - 1);
    }
    if (fd >= 0)
        (void)close(fd);
    return n < 0 ? RATLS_E_CONFIG : RATLS_OK;
}

/* A manager's unix sockets are open to everybody unless it is told otherwise, systemd.socket(5). */
static bool is_private(const struct sockaddr_un *at)
{
    struct stat st;

    return at->sun_path[0] == '/' && stat(at->sun_path, &st) == 0 && !(st.st_mode & S_IWOTH);
}

/* What is wrong with a socket that was handed over; NULL: nothing. */
static const char *wrong_with(struct px_admin_child *a, int fd, bool local)
{
    struct sockaddr_storage own = {0};
    socklen_t len = sizeof own - 1; /* a NUL stays behind the path */

    if (!local || getsockname(fd, (struct sockaddr *)&own, &len))
        return PX_ADMIN_IS_LOCAL;
    a->is_unix = own.ss_family == AF_UNIX;
    if (!a->is_unix)
        return a->config->admin_token ? NULL : PX_ADMIN_NEEDS_TOKEN;
    return is_private((const struct sockaddr_un *)&own)
               ? NULL
               : "everybody may open it: write SocketMode=0600";
}

static enum ratls_err take_listener(struct px_admin_child *a, struct ratls_error *err)
{
    const struct px_address *at = &a->config->admin;
    bool local = false;
    int fd = -1;
    enum ratls_err e = px_activation_find(&a->master->sockets, at->activation, &fd, &local, err);

    if (e)
        return e;
    const char *wrong = wrong_with(a, fd, local);
    if (wrong)
        return ratls_fail(err, RATLS_E_CONFIG, "admin %s: %s", at->text, wrong);
    fd = fcntl(fd, F_DUPFD_CLOEXEC, PX_FD_HIGH);
    if (fd < 0)
        return ratls_fail(err, RATLS_E_IO, "admin %s: %s", at->text, strerrordesc_np(errno));
    a->listener = (struct px_listener){.at = at, .n = 1, .fd = {fd}};
    return RATLS_OK;
}

static enum ratls_err open_listener(struct px_admin_child *a, struct ratls_error *err)
{
    const struct px_config *c = a->config;
    enum ratls_err e = c->admin.activation ? take_listener(a, err)
                                           : px_listener_open(&a->listener, &c->admin, 1, err);

    a->is_unix = a->is_unix || c->admin.path;
    if (!e && c->admin.path && chmod(c->admin.path, 0600))
        e = ratls_fail(err, RATLS_E_IO, "admin %s: %s", c->admin.path, strerrordesc_np(errno));
    return e;
}

enum ratls_err px_admin_open(struct px_master *m, struct px_admin_child **out,
                             struct ratls_error *err)
{
    const struct px_config *c = m->setup->config;
    enum ratls_err e = RATLS_OK;

    *out = NULL;
    m->tally.started = (int64_t)time(NULL);
    if (!c->admin.text)
        return RATLS_OK;
    struct px_admin_child *a = calloc(1, sizeof *a);
    if (!a)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "admin");
    a->master = m;
    a->config = px_config_ref(m->setup->config);
    a->board_fd = px_fd_high(px_board_create(&a->memory));
    a->timer = event_new(m->base, -1, EV_PERSIST, on_timer, a);
    if (a->board_fd < 0 || !a->timer)
        e = ratls_fail(err, RATLS_E_NO_MEMORY, "admin");
    if (!e && c->admin_token)
        e = read_token(a, c->admin_token, err);
    if (!e)
        e = open_listener(a, err);
    if (e) {
        px_admin_close(a);
        return e;
    }
    *out = a;
    return RATLS_OK;
}
