/* tls_io.h - between wolfSSL and a transport: few calls of it, for many of wolfSSL.
 *
 * wolfSSL asks for a record's header, then for the rest, and sends each record by itself. Here as
 * much is read ahead as has come, up to some records, and what is sent can be gathered. How much
 * is read at once follows the load. An idle wire holds no buffer. */
#ifndef RT_TLS_IO_H
#define RT_TLS_IO_H

#include "base.h"
#include "ratls/ratls.h"

struct WOLFSSL;

struct rt_held {
    uint8_t *p; /* NULL: none */
    size_t at, len, size;
};

struct rt_wire {
    struct ratls_io io;
    enum ratls_err ended; /* the transport is over, and how; RATLS_OK: it is not */
    bool probing;         /* do not wait in a read */
    bool gathers;         /* what wolfSSL sends stays here until it is flushed */
    struct rt_held ahead; /* read, and not asked for yet */
    struct rt_held held;  /* sent, and not taken yet */
    size_t at_once;       /* how much to read; 0: it has not begun */
};

/* The wire becomes that of `ssl`, which must not outlive it. */
void rt_wire_attach(struct rt_wire *w, struct WOLFSSL *ssl);
/* What was gathered goes out. RATLS_E_WANT_WRITE: not all of it did, call again; w->ended. */
RATLS_MUST_USE enum ratls_err rt_wire_flush(struct rt_wire *w);
/* A whole record is here. */
bool rt_wire_has_record(const struct rt_wire *w);
void rt_wire_free(struct rt_wire *w);

#endif
