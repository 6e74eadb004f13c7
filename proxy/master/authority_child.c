/* The authority process, as its master sees it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "authority.h"
#include "clock.h"
#include "master.h"
#include "process.h"

#define RESPAWN_FIRST_MS 100
#define RESPAWN_MOST_MS  10000
#define STEADY_MS        10000
#define LAST_WORDS_MS    1000
#define MAX_WORD         8
#define BACKLOG          1024

struct px_authority_child {
    struct px_master *master;
    uint8_t secret[PX_SUBJECT_SECRET];
    int listener, desk; /* the socket, and the only way to it */
    int stats_fd, stats_reader;
    struct px_stats *stats;
    pid_t pid; /* 0: none */
    struct px_channel *channel;
    uint64_t told, confirmed; /* generations of the configuration */
    int64_t born_ms;
    unsigned crashes; /* in a row */
    uint64_t exits;
    struct event *timer; /* start again */
};

bool px_authority_needed(const struct px_config *c)
{
    for (size_t i = 0; i < c->n_services; i++)
        if (c->services[i].purpose != PX_RELAY)
            return true;
    return false;
}

/* ---- what it says ---- */

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    struct px_authority_child *a = arg;
    struct px_reader r = px_reader(payload);
    const uint64_t generation = px_get_u64(&r);

    if (type != PX_MSG_READY || !px_reader_done(&r) || generation <= a->confirmed ||
        generation > a->told) {
        px_log_printf(&a->master->log, RATLS_LOG_ERROR, "authority: bad message of type %u", type);
        (void)kill(a->pid, SIGKILL);
        return false;
    }
    a->confirmed = generation;
    px_admin_publish(a->master->admin);
    px_master_child_ready(a->master);
    return true;
}

static void on_closed(void *arg)
{
    struct px_authority_child *a = arg;

    px_channel_free(a->channel);
    a->channel = NULL;
    if (a->pid > 0)
        (void)kill(a->pid, SIGKILL);
}

/* ---- what it is told ---- */

/* Who cannot be told is no authority. */
static void tell(struct px_authority_child *a, struct px_message *m)
{
    if (!a->channel)
        px_message_free(m);
    else if (!px_channel_send(a->channel, m) && a->pid > 0)
        (void)kill(a->pid, SIGKILL);
}

static size_t custody_len(const struct px_service *s)
{
    size_t len = 8 + strlen(s->name) + strlen(s->secrets_store) + strlen(s->secrets_kek);

    for (size_t i = 0; s->secrets_reads[i]; i++)
        len += 2 + strlen(s->secrets_reads[i]);
    return len;
}

static void put_custody(struct px_message *m, const struct px_service *s)
{
    size_t n = 0;

    while (s->secrets_reads[n])
        n++;
    px_put_text(m, s->name);
    px_put_text(m, s->secrets_store);
    px_put_text(m, s->secrets_kek);
    px_put_uint(m, (uint64_t)s->secrets_jwe, 1);
    px_put_uint(m, n, 1);
    for (size_t i = 0; i < n; i++)
        px_put_text(m, s->secrets_reads[i]);
}

static size_t custodies_len(const struct px_config *c)
{
    size_t len = 1;

    for (size_t i = 0; i < c->n_services; i++)
        if (c->services[i].purpose == PX_SECRETS)
            len += custody_len(&c->services[i]);
    return len;
}

static void put_custodies(struct px_message *m, const struct px_config *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_services; i++)
        n += c->services[i].purpose == PX_SECRETS;
    px_put_uint(m, n, 1);
    for (size_t i = 0; i < c->n_services; i++)
        if (c->services[i].purpose == PX_SECRETS)
            put_custody(m, &c->services[i]);
}

static void tell_start(struct px_authority_child *a)
{
    const struct px_config *c = a->master->setup->config;
    const char *user = c->setuid_user ? c->setuid_user : "";
    const char *group = c->setgid_group ? c->setgid_group : "";
    struct px_message *m =
        px_message_new(PX_MSG_AUTHORITY,
                       4 + strlen(user) + strlen(group) + sizeof a->secret + 2 + custodies_len(c));

    px_put_text(m, user);
    px_put_text(m, group);
    px_put_bytes(m, ratls_bytes(a->secret, sizeof a->secret));
    px_put_uint(m, c->sandbox, 1);
    px_put_uint(m, c->offload != 0, 1);
    put_custodies(m, c);
    tell(a, m);
}

static void place_stats(struct px_authority_child *a)
{
    const struct px_config *config = a->master->setup->config;
    const char *names[PX_MAX_SERVICES];

    for (size_t i = 0; i < config->n_services; i++)
        names[i] = config->services[i].name;
    px_stats_place(a->stats, names, config->n_services);
}

void px_authority_configure(struct px_authority_child *a)
{
    if (!a || !a->channel) /* it will be born with it */
        return;
    const struct px_setup *s = a->master->setup;
    struct px_message *m = NULL;

    place_stats(a);
    for (size_t i = 0; i < s->config->n_services; i++)
        if (s->config->services[i].purpose == PX_TOKENS)
            tell(a, px_token_keys_grant(s->token_keys, &s->config->services[i], i));
    m = px_message_new(PX_MSG_GRANTS, 8);
    px_put_uint(m, s->generation, 8);
    a->told = s->generation;
    tell(a, m);
}

void px_authority_logs(struct px_authority_child *a)
{
    if (!a)
        return;
    tell(a, px_logs_message(a->master, PX_LOG_SYSLOG));
    tell(a, px_logs_message(a->master, PX_LOG_EVENTS));
}

struct px_message *px_authority_desk(const struct px_authority_child *a)
{
    struct px_message *m = a ? px_message_new(PX_MSG_DESK, sizeof a->secret) : NULL;

    if (!a)
        return NULL;
    px_put_bytes(m, ratls_bytes(a->secret, sizeof a->secret));
    px_put_fd(m, a->desk);
    return m;
}

/* ---- birth ---- */

static bool give_birth(struct px_authority_child *a)
{
    static const struct px_channel_ops ops = {.message = on_message, .closed = on_closed};
    const struct px_master *m = a->master;
    const int fds[] = {m->log.fd, a->listener, a->stats_fd};
    const struct px_process process = {"--authority", fds, sizeof fds / sizeof fds[0]};
    int own = -1;
    int failed = px_process_start(&process, &a->pid, &own);

    if (failed) {
        px_log_printf(&m->log, RATLS_LOG_ERROR, "authority: %s", strerrordesc_np(failed));
        return false;
    }
    a->channel = px_channel_new(m->base, own, MAX_WORD, &ops, a);
    if (!a->channel)
        (void)kill(a->pid, SIGKILL);
    return true;
}

static void start_later(struct px_authority_child *a)
{
    int64_t wait_ms = RESPAWN_FIRST_MS;

    for (unsigned n = 0; n < a->crashes && wait_ms < RESPAWN_MOST_MS; n++)
        wait_ms *= 2;
    const struct timeval tv =
        px_timeval(wait_ms < RESPAWN_MOST_MS ? wait_ms : (int64_t)RESPAWN_MOST_MS);
    a->crashes++;
    (void)evtimer_add(a->timer, &tv);
}

void px_authority_start(struct px_authority_child *a)
{
    if (!a)
        return;
    a->told = a->confirmed = 0;
    a->born_ms = px_now_ms();
    if (!give_birth(a)) {
        start_later(a);
        return;
    }
    px_authority_logs(a);
    tell_start(a);
    px_authority_configure(a);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct px_authority_child *a = arg;

    (void)fd;
    (void)what;
    if (a->pid == 0 && a->master->life.phase != PX_STOPPED)
        px_authority_start(a);
}

/* ---- what others are told ---- */

int px_authority_stats(const struct px_authority_child *a)
{
    return a ? a->stats_reader : -1;
}

bool px_authority_confirmed(const struct px_authority_child *a)
{
    return !a || !a->channel || a->confirmed == a->master->setup->generation;
}

bool px_authority_ready(const struct px_authority_child *a)
{
    return !a || (a->channel && px_authority_confirmed(a));
}

void px_authority_publish(const struct px_authority_child *a, struct px_board *b)
{
    b->authority = a != NULL;
    b->authority_ready = a && a->channel && a->confirmed > 0;
    b->authority_exits = a ? a->exits : 0;
}

/* ---- death ---- */

void px_authority_reap(struct px_authority_child *a)
{
    struct px_line line;
    char how[32];
    int status = 0;

    if (!a || a->pid <= 0 || waitpid(a->pid, &status, WNOHANG) != a->pid)
        return;
    (void)snprintf(how, sizeof how, "%s %d", WIFSIGNALED(status) ? "signal" : "exit",
                   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    px_line_begin(&line, "authority_exit");
    px_line_int(&line, "pid", a->pid);
    px_line_text(&line, "how", how);
    px_line_end(&line, &a->master->log);
    a->pid = 0;
    a->confirmed = 0;
    a->exits++;
    px_channel_free(a->channel);
    a->channel = NULL;
    px_admin_publish(a->master->admin);
    if (a->master->life.phase == PX_STARTING) {
        px_master_stop(a->master, 1);
        return;
    }
    if (px_now_ms() - a->born_ms > STEADY_MS)
        a->crashes = 0;
    start_later(a);
    px_reload_confirmed(a->master);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

void px_authority_close(struct px_authority_child *a)
{
    if (!a)
        return;
    px_channel_free(a->channel);
    px_process_end(a->pid, px_now_ms() + LAST_WORDS_MS);
    if (a->timer)
        event_free(a->timer);
    px_stats_detach(a->stats);
    close_fd(a->listener);
    close_fd(a->desk);
    close_fd(a->stats_fd);
    close_fd(a->stats_reader);
    explicit_bzero(a->secret, sizeof a->secret);
    free(a);
}

/* ---- its socket ---- */

/* A place for a moment, that nobody else can enter. */
static bool make_folder(char folder[32])
{
    static const char *const places[] = {"/run/ratls.XXXXXX", "/tmp/ratls.XXXXXX"};

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(folder, 32, "%s", places[i]);
        if (mkdtemp(folder))
            return true;
    }
    return false;
}

static bool open_socket(struct px_authority_child *a, const char *folder)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/authority", folder);
    a->listener = px_fd_high(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (a->listener < 0 || bind(a->listener, (const struct sockaddr *)&at, sizeof at))
        return false;
    /* Workers run as somebody else; nobody comes here but with the descriptor. */
    bool good = chmod(at.sun_path, 0666) == 0 && listen(a->listener, BACKLOG) == 0;
    a->desk = good ? px_fd_high(open(at.sun_path, O_PATH | O_CLOEXEC)) : -1;
    int why = errno;
    (void)unlink(at.sun_path);
    errno = why;
    return a->desk >= 0;
}

static enum ratls_err make_socket(struct px_authority_child *a, struct ratls_error *err)
{
    char folder[32];
    bool made = make_folder(folder), good = made && open_socket(a, folder);
    int why = errno;

    if (made)
        (void)rmdir(folder);
    return good ? RATLS_OK
                : ratls_fail(err, RATLS_E_IO, "the socket of the authority process: %s",
                             strerrordesc_np(why));
}

enum ratls_err px_authority_open(struct px_master *m, struct px_authority_child **out,
                                 struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    *out = NULL;
    if (!px_authority_needed(m->setup->config))
        return RATLS_OK;
    struct px_authority_child *a = calloc(1, sizeof *a);
    if (!a)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "authority");
    *a = (struct px_authority_child){.master = m, .listener = -1, .desk = -1, .stats_reader = -1};
    a->stats_fd = px_fd_high(px_stats_create());
    a->stats = a->stats_fd < 0 ? NULL : px_stats_attach(a->stats_fd, true);
    if (a->stats)
        a->stats_reader = px_fd_high(px_stats_reader(a->stats_fd));
    a->timer = evtimer_new(m->base, on_timer, a);
    if (a->stats_reader < 0 || !a->timer)
        e = ratls_fail(err, RATLS_E_NO_MEMORY, "authority");
    if (!e && m->env.random(m->env.arg, a->secret, sizeof a->secret))
        e = ratls_fail(err, RATLS_E_RANDOM, "authority");
    if (!e)
        e = make_socket(a, err);
    if (e) {
        px_authority_close(a);
        return e;
    }
    *out = a;
    return RATLS_OK;
}
