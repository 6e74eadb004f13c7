/* relay.h - bytes between an attested connection and a plain socket.
 *
 * Each direction has a buffer with a high and a low mark; a source is not read while its buffer is
 * full. Each direction closes by itself: the end of the plain stream becomes close_notify, a
 * close_notify becomes shutdown(SHUT_WR), and only a close_notify does: a TLS stream that merely
 * stops is a failure. So is a reset, also of a side whose stream was over. What a plain side said
 * before it broke off is passed on first; what was meant for it is dropped.
 * Readiness is remembered: a descriptor is asked until it would block, and only then waited for.
 * One that gave little has no more: its events are on levels, so that they tell when it has. Only
 * of a side that has ended, which is readable for ever, they are on edges. What it does NOT do:
 * time, logs, closing descriptors. */
#ifndef PX_RELAY_H
#define PX_RELAY_H

#include <event2/buffer.h>
#include <event2/event.h>

#include "ratls/ratls.h"

#define PX_RELAY_RECORD (16 * 1024)
#define PX_RELAY_CHUNK  (4 * PX_RELAY_RECORD) /* read and written at once, at most */
#define PX_RELAY_HIGH   (256 * 1024)          /* stop reading the source */
#define PX_RELAY_LOW    (64 * 1024)           /* read it again */
#define PX_RELAY_LITTLE 4096                  /* a read below it emptied its source */

struct px_side {
    int fd;
    struct event *readable, *writable;
    bool can_read, can_write; /* until it says EAGAIN */
    bool ended;               /* the stream from this side is over */
    bool shut;                /* its end was passed on to this side */
    bool emptied;             /* by the last read of this step, see px_side_io() */
    bool on_edges;            /* its events are */
    struct ratls_io io;       /* of its descriptor */
};

/* How the connection reads and writes `side`, borrowed, whose fd is set: after a read of little it
 * hears at once that the next would block, until `emptied` is taken back. */
struct ratls_io px_side_io(struct px_side *side);

/* What becomes of bytes from TLS before they are in `in`. */
enum px_filtered {
    PX_FILTERED,
    PX_FILTER_WAITS, /* take no more until px_relay_resume() */
    PX_FILTER_ENDS,  /* take no more at all: the stream from TLS is over here */
    PX_FILTER_FAILED,
};
typedef enum px_filtered px_relay_filter(void *arg, struct ratls_bytes bytes, struct evbuffer *in);

struct px_relay {
    struct ratls_conn *conn;
    struct px_side tls, plain;
    struct evbuffer *in, *out;    /* from TLS to plain; from plain to TLS */
    bool in_full, out_full;       /* above the high mark, and not below the low one since */
    bool read_needs_write;        /* what the TLS operations wait for, */
    bool write_needs_read;        /*   when it is not the obvious */
    size_t retry_len;             /* a blocked TLS write is repeated with the same length */
    uint64_t bytes_in, bytes_out; /* read from and written to the attested connection */
    uint64_t bytes_plain;         /* written to the plain socket */
    px_relay_filter *filter;      /* NULL: everything goes in as it is */
    void *filter_arg;
    bool filter_waits;
    enum ratls_err failure;
    const char *failure_text;
    enum ratls_err broken; /* the plain side is: the failure to be, once `out` is empty */
    const char *broken_text;
    bool drained;    /* nothing is left to read from it */
    bool spoke_last; /* bytes were written to TLS after its close_notify */
};

enum px_relay_state {
    PX_RELAY_WAIT,   /* events are armed */
    PX_RELAY_AGAIN,  /* more could move: call again soon, others come first */
    PX_RELAY_DONE,   /* both directions are closed in order */
    PX_RELAY_FAILED, /* see `failure` */
};

/* `conn`, both fds and their events (persistent, on levels, not added) are set; false when out of
 * memory. */
bool px_relay_start(struct px_relay *r);
enum px_relay_state px_relay_step(struct px_relay *r);
/* The filter, which waited, is asked again. Step then. */
void px_relay_resume(struct px_relay *r);
/* One direction is closed. */
bool px_relay_half_closed(const struct px_relay *r);
void px_relay_stop(struct px_relay *r); /* frees the buffers; legal on a zeroed one */

#endif
