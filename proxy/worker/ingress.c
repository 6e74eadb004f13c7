/* Ingress: what is common to all who speak first. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ingress.h"
#include "socket.h"

#define MAX_WASTE (64 * 1024)

static const struct {
    void (*said)(struct px_session *s);
    void (*tell)(struct px_session *s, enum px_answer answer);
    bool (*opened)(struct px_session *s);
} dialogues[] = {
    [PX_PROTOCOL_CONNECT_LISTEN] = {px_connect_said, px_connect_tell, px_connect_opened},
    [PX_PROTOCOL_SOCKS_LISTEN] = {px_socks_said, px_socks_tell, px_socks_opened},
};

bool px_ingress_wanted(const struct px_gate *g)
{
    enum px_protocol p = g->service->protocol;

    return p == PX_PROTOCOL_CONNECT_LISTEN || p == PX_PROTOCOL_SOCKS_LISTEN || px_first_wanted(g);
}

const char *px_ingress_target(const struct px_session *s)
{
    return s->ingress ? s->ingress->target : "";
}

const char *px_ingress_user(const struct px_session *s)
{
    return s->ingress && s->ingress->user ? s->ingress->user : "";
}

/* ---- reading ---- */

static void stop_reading(struct px_ingress *in)
{
    if (in->readable)
        event_free(in->readable);
    in->readable = NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct px_session *s = arg;
    struct px_ingress *in = s->ingress;

    (void)what;
    ssize_t n = recv(fd, &in->bytes[in->len], PX_INGRESS_BYTES - in->len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        px_session_fail(s, px_socket_error(errno), strerrordesc_np(errno));
    } else if (n == 0) {
        px_session_fail(s, RATLS_E_TRUNCATED, "the client left before it had said all");
    } else {
        in->len += (size_t)n;
        dialogues[s->gate->service->protocol].said(s);
    }
}

static struct event *wait_for_bytes(struct px_session *s)
{
    struct event_base *base = s->gate->worker->base;

    if (s->gate->service->client)
        return event_new(base, s->relay.plain.fd, EV_READ | EV_PERSIST, on_readable, s);
    return event_new(base, s->relay.tls.fd, EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, px_first_look,
                     s);
}

void px_ingress_begin(struct px_session *s)
{
    struct px_ingress *in = s->ingress = calloc(1, sizeof *in);

    if (in)
        in->bytes = malloc(PX_INGRESS_BYTES);
    if (in && in->bytes)
        in->readable = wait_for_bytes(s);
    if (!in || !in->readable || !s->timer || event_add(in->readable, NULL)) {
        px_session_fail(s, RATLS_E_NO_MEMORY, "session");
        return;
    }
    px_session_enter(s, PX_INGRESS);
}

/* There may be a password in them. */
static void free_bytes(struct px_ingress *in)
{
    if (in->bytes)
        explicit_bzero(in->bytes, in->len);
    free(in->bytes);
    in->bytes = NULL;
}

void px_ingress_free(struct px_session *s)
{
    struct px_ingress *in = s->ingress;

    if (!in)
        return;
    stop_reading(in);
    free_bytes(in);
    free(in);
    s->ingress = NULL;
}

/* ---- destinations ---- */

void px_ingress_asked(struct px_session *s)
{
    struct px_ingress *in = s->ingress;

    stop_reading(in);
    px_destination_text(&in->destination, in->target);
    if (!px_destination_allowed(&in->destination, s->gate->service->filter)) {
        px_ingress_fail(s, PX_ANSWER_DESTINATION, "no filter allows this destination");
        return;
    }
    in->to = (struct px_address){.text = in->target, .host = in->destination.host, .n_ports = 1};
    (void)snprintf(in->to.port, sizeof in->to.port, "%u", (unsigned)in->destination.port);
    px_session_enter(s, PX_CONNECT_PEER);
    px_session_dial(s, &in->to);
}

/* ---- ends ---- */

/* The little that is said fits into the buffer of a socket to which nothing else was said. */
bool px_ingress_say(struct px_session *s, const void *bytes, size_t len)
{
    return send(s->relay.plain.fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

bool px_ingress_open(struct px_session *s)
{
    struct px_ingress *in = s->ingress;

    if (!in)
        return true;
    in->answered = true;
    bool open = dialogues[s->gate->service->protocol].opened(s) &&
                evbuffer_add(s->relay.out, &in->bytes[in->used], in->len - in->used) == 0;
    free_bytes(in);
    return open;
}

static enum px_answer answer_of(const struct px_outcome *how)
{
    static const struct {
        enum ratls_err e;
        enum px_answer answer;
    } table[] = {{RATLS_E_LIMIT, PX_ANSWER_BUSY},
                 {RATLS_E_TIMEOUT, PX_ANSWER_TIMEOUT},
                 {RATLS_E_IO, PX_ANSWER_UNREACHABLE}};

    if (how->result == PX_RESULT_DENY)
        return PX_ANSWER_DENIED;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (how->reason == PX_REASON_ERROR && how->error == table[i].e)
            return table[i].answer;
    return PX_ANSWER_FAILED;
}

/* Unread bytes would make a reset of the close, which could overtake the answer. */
static void drain(int fd)
{
    char waste[4096];

    for (size_t n = 0; n < MAX_WASTE; n += sizeof waste)
        if (recv(fd, waste, sizeof waste, MSG_DONTWAIT) <= 0)
            return;
}

bool px_ingress_refuse(struct px_session *s, const struct px_outcome *how)
{
    struct px_ingress *in = s->ingress;

    if (!in || in->answered || !s->gate->service->client)
        return false;
    in->answered = true;
    dialogues[s->gate->service->protocol].tell(s, in->answer ? in->answer : answer_of(how));
    (void)shutdown(s->relay.plain.fd, SHUT_WR);
    drain(s->relay.plain.fd);
    return true;
}

void px_ingress_fail(struct px_session *s, enum px_answer answer, const char *detail)
{
    struct px_outcome how = {.reason = PX_REASON_REQUEST_MALFORMED, .detail = detail};

    if (answer == PX_ANSWER_DESTINATION) {
        how.result = PX_RESULT_DENY;
        how.reason = PX_REASON_DESTINATION_DENIED;
    }
    if (answer == PX_ANSWER_CREDENTIALS || answer == PX_ANSWER_TRIES) {
        how.result = PX_RESULT_DENY;
        how.reason = PX_REASON_CREDENTIALS_DENIED;
    }
    if (answer == PX_ANSWER_SLOW) {
        how.reason = PX_REASON_ERROR;
        how.error = RATLS_E_TIMEOUT;
    }
    s->ingress->answer = answer;
    stop_reading(s->ingress);
    px_session_answered(s, &how);
}

void px_ingress_late(struct px_session *s)
{
    if (!s->gate->service->client) {
        px_session_fail(s, RATLS_E_TIMEOUT, "the first bytes did not come in time");
        return;
    }
    px_ingress_fail(s, PX_ANSWER_SLOW, "the client did not say all in time");
}
