/* The relay. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"

#define ROUNDS 4 /* of one chunk each way, before others have their turn */

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
    return r->tls.ended || r->plain.ended;
}

static bool fail(struct px_relay *r, enum ratls_err e, const char *text)
{
    if (!r->failure) {
        r->failure = e;
        r->failure_text = text;
    }
    return false;
}

static bool fail_errno(struct px_relay *r)
{
    return fail(r, RATLS_E_IO, strerrordesc_np(errno));
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
    return !r->tls.ended && !r->in_full;
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

/* Each step says whether it moved anything. Buffers hold what could not leave at once: an idle
 * tunnel has none. */
static bool read_tls(struct px_relay *r)
{
    uint8_t chunk[PX_RELAY_CHUNK];
    size_t got = 0;

    if (!wants_tls_read(r) || !(r->read_needs_write ? r->tls.can_write : r->tls.can_read))
        return false;
    r->read_needs_write = false;
    enum ratls_err e = ratls_conn_read(r->conn, chunk, sizeof chunk, &got);
    if (e)
        return tls_read_stopped(r, e);
    if (evbuffer_add(r->in, chunk, got))
        return fail(r, RATLS_E_NO_MEMORY, "relay");
    r->bytes_in += got;
    update_mark(r->in, &r->in_full);
    return true;
}

static bool write_plain(struct px_relay *r)
{
    if (evbuffer_get_length(r->in) == 0) {
        if (!r->tls.ended || r->plain.shut)
            return false;
        (void)shutdown(r->plain.fd, SHUT_WR); /* ENOTCONN: it left before */
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
        return fail_errno(r);
    r->plain.can_write = errno == EINTR;
    return false;
}

/* ---- from plain to TLS ---- */

static bool wants_plain_read(const struct px_relay *r)
{
    return !r->plain.ended && !r->out_full;
}

static bool read_plain(struct px_relay *r)
{
    uint8_t chunk[PX_RELAY_CHUNK];

    if (!wants_plain_read(r) || !r->plain.can_read)
        return false;
    ssize_t n = read(r->plain.fd, chunk, sizeof chunk);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return fail_errno(r);
    if (n < 0) {
        r->plain.can_read = errno == EINTR;
        return false;
    }
    r->plain.ended = n == 0;
    if (evbuffer_add(r->out, chunk, (size_t)n))
        return fail(r, RATLS_E_NO_MEMORY, "relay");
    update_mark(r->out, &r->out_full);
    return true;
}

static bool wants_tls_write(const struct px_relay *r)
{
    return evbuffer_get_length(r->out) > 0 || (r->plain.ended && !r->tls.shut);
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

static bool close_tls(struct px_relay *r)
{
    enum ratls_err e = ratls_conn_close_write(r->conn);

    if (e)
        return tls_write_stopped(r, e);
    return r->tls.shut = true;
}

static bool write_tls(struct px_relay *r)
{
    size_t len = evbuffer_get_length(r->out), put = 0;

    if (!wants_tls_write(r) || !(r->write_needs_read ? r->tls.can_read : r->tls.can_write))
        return false;
    r->write_needs_read = false;
    if (len == 0)
        return close_tls(r);
    len = r->retry_len ? r->retry_len : evbuffer_get_contiguous_space(r->out);
    if (len > PX_RELAY_CHUNK)
        len = PX_RELAY_CHUNK;
    const uint8_t *bytes = evbuffer_pullup(r->out, (ev_ssize_t)len);
    if (!bytes)
        return fail(r, RATLS_E_NO_MEMORY, "relay");
    enum ratls_err e = ratls_conn_write(r->conn, bytes, len, &put);
    r->retry_len = e ? len : 0;
    if (e)
        return tls_write_stopped(r, e);
    (void)evbuffer_drain(r->out, put);
    r->bytes_out += put;
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

static void arm(struct px_relay *r)
{
    bool reading = wants_tls_read(r), writing = wants_tls_write(r);

    interest(r->tls.readable, !r->tls.can_read && ((reading && !r->read_needs_write) ||
                                                   (writing && r->write_needs_read)));
    interest(r->tls.writable, !r->tls.can_write && ((writing && !r->write_needs_read) ||
                                                    (reading && r->read_needs_write)));
    interest(r->plain.readable, !r->plain.can_read && wants_plain_read(r));
    interest(r->plain.writable, !r->plain.can_write && evbuffer_get_length(r->in) > 0);
}

enum px_relay_state px_relay_step(struct px_relay *r)
{
    for (int round = 0; round < ROUNDS; round++) {
        bool moved = read_tls(r);

        moved = write_plain(r) || moved;
        moved = read_plain(r) || moved;
        moved = write_tls(r) || moved;
        if (r->failure)
            return PX_RELAY_FAILED;
        if (r->tls.shut && r->plain.shut)
            return PX_RELAY_DONE;
        if (!moved) {
            arm(r);
            return PX_RELAY_WAIT;
        }
    }
    return PX_RELAY_AGAIN;
}
