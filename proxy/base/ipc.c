/* A channel of messages over a stream socket. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc.h"

#define MESSAGES_PER_WAKE 64
#define MAX_QUEUED        (64u * 1024 * 1024)

struct px_channel {
    int fd;
    size_t max_in;
    const struct px_channel_ops *ops;
    void *arg;
    struct event *readable, *writable;
    uint8_t header[PX_MSG_HEADER];
    size_t have; /* bytes of header and payload so far */
    uint8_t *payload;
    size_t payload_len;
    int came; /* the descriptor of the message that is being received; -1: none */
    struct px_message *first, **last;
    size_t queued;
};

/* ---- sending ---- */

union control { /* room and alignment for one descriptor, cmsg(3) */
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

/* The descriptor goes with the first byte. */
static ssize_t send_rest(int fd, struct px_message *m)
{
    struct iovec rest = {&m->bytes[m->sent], m->len - m->sent};
    struct msghdr msg = {.msg_iov = &rest, .msg_iovlen = 1};
    union control control = {0};

    if (m->fd >= 0 && m->sent == 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_LEN(sizeof m->fd);
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof m->fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &m->fd, sizeof m->fd);
    }
    return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* False when the socket is dead. */
static bool send_first(struct px_channel *c)
{
    struct px_message *m = c->first;
    ssize_t n = send_rest(c->fd, m);

    if (n < 0)
        return false;
    m->sent += (size_t)n;
    if (m->sent < m->len)
        return true;
    c->first = m->next;
    if (!c->first)
        c->last = &c->first;
    c->queued -= m->len;
    px_message_free(m);
    return true;
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* A dead socket also becomes readable; px_channel's reader reports it. */
static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct px_channel *c = arg;

    (void)fd;
    (void)what;
    while (c->first && send_first(c))
        ;
    if (!c->first || !would_block())
        (void)event_del(c->writable);
}

bool px_channel_send(struct px_channel *c, struct px_message *m)
{
    if (!c || !m || m->bad || m->len != m->cap || c->queued + m->len > MAX_QUEUED) {
        px_message_free(m);
        return false;
    }
    *c->last = m;
    c->last = &m->next;
    c->queued += m->len;
    return event_add(c->writable, NULL) == 0;
}

/* ---- receiving ---- */

enum step { STEP_MESSAGE, STEP_MORE, STEP_AGAIN, STEP_BAD };

static void close_came(struct px_channel *c)
{
    if (c->came >= 0)
        (void)close(c->came);
    c->came = -1;
}

/* Where no descriptor is expected there is no room for one: the kernel drops it and says so, as it
 * does with a second one. */
static bool keep_fd(struct px_channel *c, const struct msghdr *msg)
{
    const struct cmsghdr *h = CMSG_FIRSTHDR(msg);

    if (h && (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS))
        return false;
    if (h)
        memcpy(&c->came, CMSG_DATA(h), sizeof c->came);
    return !(msg->msg_flags & MSG_CTRUNC);
}

static enum step receive(struct px_channel *c, uint8_t *to, size_t want)
{
    struct iovec room = {to, want};
    union control control = {0};
    struct msghdr msg = {.msg_iov = &room, .msg_iovlen = 1};

    if (c->ops->takes_fds && c->have == 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_LEN(sizeof(int)); /* no second one fits in the padding */
    }
    ssize_t n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC);
    if (n < 0)
        return would_block() ? STEP_AGAIN : STEP_BAD;
    if (!keep_fd(c, &msg) || n == 0)
        return STEP_BAD;
    c->have += (size_t)n;
    return STEP_MORE;
}

/* The payload is allocated only after its length was compared with the limit. */
static enum step begin_payload(struct px_channel *c)
{
    struct px_reader r = px_reader(ratls_bytes(c->header, sizeof c->header));

    (void)px_get_u8(&r);
    c->payload_len = px_get_u32(&r);
    if (c->payload_len > c->max_in)
        return STEP_BAD;
    c->payload = malloc(c->payload_len + 1);
    return c->payload ? STEP_MORE : STEP_BAD;
}

static enum step receive_some(struct px_channel *c)
{
    enum step step = STEP_MORE;

    if (c->have < PX_MSG_HEADER) {
        step = receive(c, &c->header[c->have], PX_MSG_HEADER - c->have);
        if (step != STEP_MORE || c->have < PX_MSG_HEADER)
            return step;
        step = begin_payload(c);
    } else {
        size_t got = c->have - PX_MSG_HEADER;
        step = receive(c, &c->payload[got], c->payload_len - got);
    }
    if (step == STEP_MORE && c->have - PX_MSG_HEADER == c->payload_len)
        return STEP_MESSAGE;
    return step;
}

static void drop_payload(struct px_channel *c)
{
    if (c->payload)
        explicit_bzero(c->payload, c->payload_len);
    free(c->payload);
    c->payload = NULL;
    c->have = 0;
}

static bool deliver(struct px_channel *c)
{
    bool good = c->ops->message(c->arg, c->header[0], ratls_bytes(c->payload, c->payload_len));

    drop_payload(c);
    close_came(c);
    return good;
}

int px_channel_fetch_fd(struct px_channel *c)
{
    int fd = c->came;

    c->came = -1;
    return fd;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    struct px_channel *c = arg;
    enum step step = STEP_MORE;
    int messages = 0;

    (void)fd;
    (void)what;
    while (step != STEP_AGAIN && step != STEP_BAD && messages < MESSAGES_PER_WAKE) {
        step = receive_some(c);
        if (step == STEP_MESSAGE) {
            messages++;
            step = deliver(c) ? STEP_MORE : STEP_BAD;
        }
    }
    if (step == STEP_BAD) {
        (void)event_del(c->readable);
        (void)event_del(c->writable);
        c->ops->closed(c->arg); /* may free c */
    }
}

/* ---- life ---- */

struct px_channel *px_channel_new(struct event_base *base, int fd, size_t max_in,
                                  const struct px_channel_ops *ops, void *arg)
{
    struct px_channel *c = calloc(1, sizeof *c);

    if (!c) {
        (void)close(fd);
        return NULL;
    }
    *c = (struct px_channel){.fd = fd, .max_in = max_in, .came = -1, .ops = ops, .arg = arg};
    c->last = &c->first;
    c->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, c);
    c->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
    if (evutil_make_socket_nonblocking(fd) || !c->readable || !c->writable ||
        event_add(c->readable, NULL)) {
        px_channel_free(c);
        return NULL;
    }
    return c;
}

void px_channel_free(struct px_channel *c)
{
    if (!c)
        return;
    if (c->readable)
        event_free(c->readable);
    if (c->writable)
        event_free(c->writable);
    drop_payload(c);
    close_came(c);
    for (struct px_message *m = c->first, *next; m; m = next) {
        next = m->next;
        px_message_free(m);
    }
    (void)close(c->fd);
    free(c);
}
