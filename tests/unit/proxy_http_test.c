/* Sessions of HTTP services: when a token is asked for, how long it serves, and that without one
 * nothing reaches the backend. */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn_support.h"
#include "http_service.h"

#define GET  "GET / HTTP/1.1\r\nHost: a\r\n"
#define LIFE 2 /* seconds, of tokens here */

static struct rig rig;
static const struct side_plan usual = {0};
static struct px_config config = {.access_log_sample = 1};
static struct px_worker worker;
static struct px_gate gate;
static struct px_session *session;
static int master, backend; /* the other ends */
static char web[] = "web", field[] = "X-Peer", policy[] = "p.json";
static const struct px_service service = {
    .name = web, .policy = policy, .identity_header = field, .idle_timeout_ms = 60000};

static int64_t wall(void *arg)
{
    (void)arg;
    return 1000;
}

static int pair(int *other)
{
    int fds[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    *other = fds[1];
    return fds[0];
}

static bool no_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    (void)arg;
    (void)type;
    (void)payload;
    return false;
}

static void nothing(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

static void no_close(void *arg)
{
    (void)arg;
}

static void side_begin(struct px_side *side, int fd)
{
    side->fd = fd;
    side->readable = event_new(worker.base, fd, EV_READ | EV_PERSIST, nothing, NULL);
    side->writable = event_new(worker.base, fd, EV_WRITE | EV_PERSIST, nothing, NULL);
}

static void begin(const struct side_plan *client, const struct side_plan *server)
{
    static const struct px_channel_ops ops = {.message = no_message, .closed = no_close};
    static int wire;

    rig_make(&rig, client, server);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    worker =
        (struct px_worker){.base = event_base_new(), .log = {.fd = open("/dev/null", O_WRONLY)}};
    worker.env.now = wall;
    worker.config = &config;
    worker.master = px_channel_new(worker.base, pair(&master), 4096, &ops, NULL);
    TAILQ_INIT(&worker.sessions);
    gate = (struct px_gate){.worker = &worker, .service = &service, .n_sessions = 1};
    session = calloc(1, sizeof *session);
    session->gate = &gate;
    session->id = 5;
    session->state = PX_RELAYING;
    session->timer = evtimer_new(worker.base, nothing, NULL);
    session->again = evtimer_new(worker.base, nothing, NULL);
    session->relay.conn = rig.server.conn;
    rig.server.conn = NULL; /* the session's now */
    TAILQ_INSERT_TAIL(&worker.sessions, session, all);
    side_begin(&session->relay.tls, pair(&wire));
    side_begin(&session->relay.plain, pair(&backend));
    cr_assert(px_relay_start(&session->relay) && px_http_start(session));
}

static void setup(void)
{
    begin(&usual, &usual);
}

static void setup_anonymous(void)
{
    static const struct side_plan attest = {.mode = RATLS_ATTEST};
    static const struct side_plan verify = {.mode = RATLS_VERIFY, .without_identity = true};

    begin(&verify, &attest);
}

static void teardown(void)
{
    static const struct px_outcome over = {.result = PX_RESULT_ALLOW, .reason = PX_REASON_OK};

    if (!TAILQ_EMPTY(&worker.sessions))
        px_session_end(session, &over);
    px_channel_free(worker.master);
    event_base_free(worker.base);
    rig_free(&rig);
}

TestSuite(proxy_http, .init = setup, .fini = teardown, .timeout = 60);

static void client_sends(const char *text)
{
    size_t put = 0;

    cr_assert_eq(ratls_conn_write(rig.client.conn, (const uint8_t *)text, strlen(text), &put),
                 RATLS_OK);
    session->relay.tls.can_read = true;
    px_session_relay(session);
}

static void backend_has(const char *text)
{
    char got[1024] = "";
    ssize_t n = recv(backend, got, sizeof got - 1, MSG_DONTWAIT);

    cr_expect_str_eq(n > 0 ? got : "", text);
}

/* Whether the session asked its master; what for. */
static bool asked(struct px_token_ask *out)
{
    uint8_t got[PX_MSG_HEADER + PX_MAX_FROM_WORKER];

    (void)event_base_loop(worker.base, EVLOOP_NONBLOCK);
    ssize_t n = recv(master, got, sizeof got, MSG_DONTWAIT);
    if (n <= PX_MSG_HEADER)
        return false;
    cr_assert_eq(got[0], PX_MSG_ASK_TOKEN);
    cr_assert(px_token_ask_parse(ratls_bytes(&got[PX_MSG_HEADER], (size_t)n - PX_MSG_HEADER), out));
    return true;
}

static void master_says(uint64_t id, enum ratls_err e, const char *token)
{
    const struct px_token_answer a = {
        .id = id, .e = e, .expires = wall(NULL) + LIFE, .token = ratls_bytes_str(token)};

    px_http_token(&worker, &a);
}

Test(proxy_http, asks_when_a_request_needs_it_and_waits)
{
    struct px_token_ask a;

    client_sends("GET / HTTP/1.1\r\nHo");
    cr_expect_not(asked(&a));
    client_sends("st: a\r\nx_peer: forged\r\n\r\n" GET "\r\n");
    backend_has("");
    cr_assert(asked(&a));
    cr_expect_eq(a.id, 5);
    cr_expect_str_eq(a.service, "web");
    cr_expect_str_eq(a.tee, "tdx");
    cr_expect_str_eq(a.measurement, MRTD_CLIENT);
    cr_expect_eq(a.level, RATLS_LEVEL_SESSION);
    cr_expect(a.simulated && a.expires > 0 && strlen(a.peer_spki) == 64);
    uint64_t before = session->relay.bytes_in;
    client_sends(GET "\r\n");
    cr_expect_eq(session->relay.bytes_in, before); /* nothing is read while it waits */
    cr_expect_not(asked(&a));
    master_says(4, RATLS_OK, "another's");
    backend_has("");
    master_says(5, RATLS_OK, "T1");
    backend_has(GET "X-Peer: T1\r\n\r\n" GET "X-Peer: T1\r\n\r\n" GET "X-Peer: T1\r\n\r\n");
    master_says(5, RATLS_OK, "T2"); /* unasked */
    client_sends(GET "\r\n");
    backend_has(GET "X-Peer: T1\r\n\r\n");
}

Test(proxy_http, asks_anew_after_half_of_its_life)
{
    struct px_token_ask a;

    client_sends(GET "\r\n");
    cr_assert(asked(&a));
    master_says(5, RATLS_OK, "T1");
    backend_has(GET "X-Peer: T1\r\n\r\n");
    (void)poll(NULL, 0, LIFE * 1000 / 2 + 20);
    client_sends(GET "\r\n");
    backend_has("");
    cr_assert(asked(&a));
    master_says(5, RATLS_OK, "T2");
    backend_has(GET "X-Peer: T2\r\n\r\n");
}

Test(proxy_http, ends_without_a_token)
{
    struct px_token_ask a;

    client_sends(GET "\r\n");
    cr_assert(asked(&a));
    master_says(5, RATLS_E_PROOF_LIMIT, "");
    cr_expect(TAILQ_EMPTY(&worker.sessions));
    backend_has("");
}

Test(proxy_http, tells_the_peer_what_it_refuses)
{
    const char *answer = "HTTP/1.1 400 Bad Request\r\n";
    uint8_t got[512] = {0};
    size_t len = 0;
    struct px_token_ask a;

    client_sends("GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    cr_assert_eq(ratls_conn_read(rig.client.conn, got, sizeof got, &len), RATLS_OK);
    cr_expect_eq(memcmp(got, answer, strlen(answer)), 0);
    cr_expect_eq(ratls_conn_read(rig.client.conn, got, sizeof got, &len), RATLS_E_CLOSED);
    cr_expect_not(asked(&a));
    backend_has("");
}

/* The configuration refuses such a service; if it did not, there would be nothing to say. */
TestSuite(proxy_http_anonymous, .init = setup_anonymous, .fini = teardown, .timeout = 60);

Test(proxy_http_anonymous, nothing_is_said)
{
    struct px_token_ask a;

    client_sends(GET "\r\n");
    cr_expect_not(asked(&a));
    cr_expect(TAILQ_EMPTY(&worker.sessions));
    backend_has("");
}
