/* The relay. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"
#include "socket.h"

#define ROUNDS 2 /* of one chunk each way, before others have their turn */

/* What has just been read and goes on at once; a worker has one thread. */
static uint8_t chunk[PX_RELAY_CHUNK];

static long side_read(void *arg, uint8_t *buf, size_t len)
{
    struct px_side *side = arg;

    if (side->emptied)
        return RATLS_IO_AGAIN;
    long n = side->io.read(side->io.arg, buf, len);
    side->emptied = n > 0 && (size_t)n < len && n < PX_RELAY_LITTLE;
    return n;
}

static long side_write(void *arg, const uint8_t *buf, size_t len)
{
    const struct px_side *side = arg;

    return side->io.write(side->io.arg, buf, len);
}

static bool side_readable(void *arg)
{
    const struct px_side *side = arg;

    return side->io.readable(side->io.arg);
}

struct ratls_io px_side_io(struct px_side *side)
{
    side->io = ratls_io_fd(side->fd);
    return (struct ratls_io){
        .read = side_read, .write = side_write, .readable = side_readable, .arg = side};
}

bool px_relay_start(struct px_relay *r)
{
    r->in = evbuffer_new();
    r->out = evbuffer_new();
    r->tls.can_read = r->tls.can_write = true;
    r->plain.can_read = r->plain.can_write = true;
    return r->in && r->out;
}

void px_relay_stop(struct px_relay *r)
{
    if (r->in)
        evbuffer_free(r->in);
    if (r->out)
        evbuffer_free(r->out);
    r->in = r->out = NULL;
}

bool px_relay_half_closed(const struct px_relay *r)
{
    return r->tls.ended || r->plain.ended || r->broken;
}

static bool fail(struct px_relay *r, enum ratls_err e, const char *text)
{
    if (!r->failure) {
        r->failure = e;
        r->failure_text = text;
    }
    return false;
}

/* The plain side takes and says no more; `drained`: all that it had said was read. */
static bool break_plain(struct px_relay *r, bool drained)
{
    if (!r->broken) {
        r->broken = px_socket_error(errno);
        r->broken_text = strerrordesc_np(errno);
        (void)evbuffer_drain(r->in, evbuffer_get_length(r->in));
    }
    r->drained = r->drained || drained;
    return true;
}

/* Nobody reads from a side that has ended: whether it was reset since is found by asking. */
static bool is_whole(struct px_relay *r, struct px_side *side)
{
    int reason = 0;
    socklen_t len = sizeof reason;

    side->can_read = false;
    if (getsockopt(side->fd, SOL_SOCKET, SO_ERROR, &reason, &len) == 0 && reason == 0)
        return true;
    return fail(r, px_socket_error(reason), strerrordesc_np(reason));
}

static bool still_whole(struct px_relay *r, struct px_side *side)
{
    return !side->ended || !side->can_read || is_whole(r, side);
}

static void update_mark(const struct evbuffer *b, bool *full)
{
    size_t waiting = evbuffer_get_length(b);

    if (waiting >= PX_RELAY_HIGH)
        *full = true;
    else if (waiting < PX_RELAY_LOW)
        *full = false;
}

/* ---- from TLS to plain ---- */

static bool wants_tls_read(const struct px_relay *r)
{
    return !r->tls.ended && !r->in_full && !r->filter_waits && !r->broken;
}

static bool tls_read_stopped(struct px_relay *r, enum ratls_err e)
{
    if (e == RATLS_E_WANT_READ) {
        r->tls.can_read = false;
        return false;
    }
    if (e == RATLS_E_WANT_WRITE) {
        r->read_needs_write = true;
        r->tls.can_write = false;
        return false;
    }
    if (e == RATLS_E_CLOSED) {
        r->tls.ended = true;
        return true;
    }
    return fail(r, e, ratls_conn_error(r->conn)->detail);
}

/* What the plain side does not take now waits in `in`. False: it took nothing and never will. */
static bool write_at_once(struct px_relay *r, struct ratls_bytes *bytes)
{
    if (!r->plain.can_write || evbuffer_get_length(r->in) > 0)
        return true;
    ssize_t n = write(r->plain.fd, bytes->p, bytes->len);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    if (n < 0) {
        r->plain.can_write = errno == EINTR;
        return true;
    }
    r->bytes_plain += (uint64_t)n;
    *bytes = ratls_bytes(bytes->p + n, bytes->len - (size_t)n);
    return true;
}

static bool pass_on(struct px_relay *r, struct ratls_bytes bytes)
{
    enum px_filtered how = PX_FILTERED;

    if (r->filter)
        how = r->filter(r->filter_arg, bytes, r->in);
    else if (!write_at_once(r, &bytes))
        return break_plain(r, r->plain.ended);
    else if (evbuffer_add(r->in, bytes.p, bytes.len))
        return fail(r, RATLS_E_NO_MEMORY, "relay");
    if (how == PX_FILTER_FAILED)
        return fail(r, RATLS_E_NO_MEMORY, "filter");
    r->filter_waits = how == PX_FILTER_WAITS;
    r->tls.ended = r->tls.ended || how == PX_FILTER_ENDS;
    update_mark(r->in, &r->in_full);
    return true;
}

void px_relay_resume(struct px_relay *r)
{
    if (r->filter_waits)
        (void)pass_on(r, ratls_bytes(NULL, 0));
}

/* As many records as there are, or as fit; a filter may want no more after any of them. */
static size_t read_records(struct px_relay *r, enum ratls_err *e)
{
    size_t n = 0, got = 0;

    do {
        *e = ratls_conn_read(r->conn, chunk + n, sizeof chunk - n, &got);
        n += *e ? 0 : got;
    } while (!*e && !r->filter && sizeof chunk - n >= PX_RELAY_RECORD);
    return n;
}

/* Each step says whether it moved anything. Buffers hold what could not leave at once: an idle
 * tunnel has none. */
static bool read_tls(struct px_relay *r)
{
    enum ratls_err e = RATLS_OK;

    if (!wants_tls_read(r) || !(r->read_needs_write ? r->tls.can_write : r->tls.can_read))
        return false;
    r->read_needs_write = false;
    size_t n = read_records(r, &e);
    if (n == 0)
        return tls_read_stopped(r, e);
    r->bytes_in += n;
    const bool passed = pass_on(r, ratls_bytes(chunk, n));
    if (e)
        (void)tls_read_stopped(r, e);
    return passed;
}

static bool write_plain(struct px_relay *r)
{
    if (evbuffer_get_length(r->in) == 0) {
        if (!r->tls.ended || r->plain.shut || r->broken)
            return false;
        (void)shutdown(r->plain.fd, SHUT_WR); /* ENOTCONN: it left before, is_whole() */
        return r->plain.shut = true;
    }
    if (!r->plain.can_write)
        return false;
    int n = evbuffer_write(r->in, r->plain.fd);
    if (n >= 0) {
        r->bytes_plain += (uint64_t)n;
        update_mark(r->in, &r->in_full);
        return true;
    }
    if (errno != EAGAIN && errno != EINTR)
        return break_plain(r, r->plain.ended);
    r->plain.can_write = errno == EINTR;
    return false;
}

/* ---- from plain to TLS ---- */

static bool wants_plain_read(const struct px_relay *r)
{
    return !r->plain.ended && !r->drained && !r->out_full;
}

static bool wants_tls_write(const struct px_relay *r)
{
    return evbuffer_get_length(r->out) > 0 || (r->plain.ended && !r->tls.shut);
}

static bool may_write_tls(const struct px_relay *r)
{
    return r->write_needs_read ? r->tls.can_read : r->tls.can_write;
}

static bool tls_write_stopped(struct px_relay *r, enum ratls_err e)
{
    r->write_needs_read = e == RATLS_E_WANT_READ;
    if (e == RATLS_E_WANT_READ)
        return r->tls.can_read = false;
    if (e == RATLS_E_WANT_WRITE)
        return r->tls.can_write = false;
    return fail(r, e, ratls_conn_error(r->conn)->detail);
}

static bool encrypt(struct px_relay *r, const uint8_t *bytes, size_t len, size_t *put)
{
    r->write_needs_read = false;
    enum ratls_err e = ratls_conn_write(r->conn, bytes, len, put);
    r->retry_len = e ? len : 0;
    r->bytes_out += *put;
    r->spoke_last = r->spoke_last || (r->tls.ended && *put > 0);
    return e ? tls_write_stopped(r, e) : true;
}

/* What the peer does not take now waits in `out`. */
static bool send_on(struct px_relay *r, struct ratls_bytes bytes)
{
    size_t put = 0;

    if (evbuffer_get_length(r->out) == 0 && may_write_tls(r))
        (void)encrypt(r, bytes.p, bytes.len, &put);
    if (r->failure)
        return false;
    if (evbuffer_add(r->out, bytes.p + put, bytes.len - put))
        return fail(r, RATLS_E_NO_MEMORY, "relay");
    update_mark(r->out, &r->out_full);
    return true;
}

static bool read_plain(struct px_relay *r)
{
    if (!wants_plain_read(r) || !r->plain.can_read)
        return false;
    ssize_t n = read(r->plain.fd, chunk, sizeof chunk);
    /* The kernel tells an error once: after write_plain() had it, this looks like an end. */
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || (n == 0 && r->broken))
        return break_plain(r, true);
    if (n < 0) {
        r->plain.can_read = errno == EINTR;
        return false;
    }
    r->plain.ended = n == 0;
    r->plain.can_read = n == 0 || n >= PX_RELAY_LITTLE || r->broken;
    return n == 0 || send_on(r, ratls_bytes(chunk, (size_t)n));
}

static bool close_tls(struct px_relay *r)
{
    r->write_needs_read = false;
    enum ratls_err e = ratls_conn_close_write(r->conn);

    if (e)
        return tls_write_stopped(r, e);
    return r->tls.shut = true;
}

static bool write_tls(struct px_relay *r)
{
    size_t len = evbuffer_get_length(r->out), put = 0;

    if (!wants_tls_write(r) || !may_write_tls(r))
        return false;
    if (len == 0)
        return close_tls(r);
    if (r->retry_len)
        len = r->retry_len;
    else if (len > sizeof chunk)
        len = sizeof chunk;
    const uint8_t *bytes = evbuffer_pullup(r->out, (ev_ssize_t)len);
    if (!bytes)
        return fail(r, RATLS_E_NO_MEMORY, "relay");
    if (!encrypt(r, bytes, len, &put))
        return false;
    (void)evbuffer_drain(r->out, put);
    update_mark(r->out, &r->out_full);
    return put > 0;
}

/* ---- both ---- */

static void interest(struct event *ev, bool wanted)
{
    bool now = event_pending(ev, EV_READ | EV_WRITE, NULL) != 0;

    if (wanted && !now)
        (void)event_add(ev, NULL);
    else if (!wanted && now)
        (void)event_del(ev);
}

static void on_edges(struct event *ev)
{
    struct event_base *base = NULL;
    event_callback_fn f = NULL;
    evutil_socket_t fd = -1;
    short what = 0;
    void *arg = NULL;

    event_get_assignment(ev, &base, &fd, &what, &f, &arg);
    (void)event_del(ev);
    (void)event_assign(ev, base, fd, (short)(what | EV_ET), f, arg);
}

/* Only what is new counts where the end can be read again and again. libevent wants both events of
 * a descriptor to be of one kind. */
static void choose_kind(struct px_side *side)
{
    if (!side->ended || side->on_edges)
        return;
    on_edges(side->readable);
    on_edges(side->writable);
    side->on_edges = true;
}

/* A side that has ended is still watched for its reset. */
static bool awaits_tls_bytes(const struct px_relay *r)
{
    return r->tls.ended || (wants_tls_read(r) && !r->read_needs_write) ||
           (wants_tls_write(r) && r->write_needs_read);
}

static bool awaits_tls_room(const struct px_relay *r)
{
    return (wants_tls_write(r) && !r->write_needs_read) ||
           (wants_tls_read(r) && r->read_needs_write);
}

static void arm(struct px_relay *r)
{
    choose_kind(&r->tls);
    choose_kind(&r->plain);
    interest(r->tls.readable, !r->tls.can_read && awaits_tls_bytes(r));
    interest(r->tls.writable, !r->tls.can_write && awaits_tls_room(r));
    interest(r->plain.readable, !r->plain.can_read && (r->plain.ended || wants_plain_read(r)));
    interest(r->plain.writable, !r->plain.can_write && evbuffer_get_length(r->in) > 0);
}

/* Who said close_notify need not wait for ours (RFC 8446 s.6.1): it alone may meet a reset. */
static bool tls_still_whole(struct px_relay *r)
{
    return (r->tls.ended && r->tls.shut && !r->spoke_last) || still_whole(r, &r->tls);
}

static bool move(struct px_relay *r)
{
    bool moved = read_tls(r);

    moved = write_plain(r) || moved;
    moved = read_plain(r) || moved;
    moved = write_tls(r) || moved;
    if (r->broken && r->drained && evbuffer_get_length(r->out) == 0)
        return fail(r, r->broken, r->broken_text);
    return tls_still_whole(r) && still_whole(r, &r->plain) && moved;
}

enum px_relay_state px_relay_step(struct px_relay *r)
{
    r->tls.emptied = false;
    for (int round = 0; round < ROUNDS; round++) {
        bool moved = move(r);

        if (r->failure)
            return PX_RELAY_FAILED;
        if (r->tls.shut && r->plain.shut) {
            r->tls.can_read = r->plain.can_read = true; /* ask once more */
            return tls_still_whole(r) && still_whole(r, &r->plain) ? PX_RELAY_DONE
                                                                   : PX_RELAY_FAILED;
        }
        if (!moved) {
            arm(r);
            return PX_RELAY_WAIT;
        }
    }
    return PX_RELAY_AGAIN;
}
