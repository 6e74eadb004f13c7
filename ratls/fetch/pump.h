/* pump.h - bytes between a local socket and an attested connection, by a thread of their own.
 *
 * libcurl connects to an abstract unix socket and speaks HTTP to it as if it were the server; the
 * thread takes this process and no other, and owns the attested connection meanwhile. (A socket
 * that is connected already would need no name, but libcurl 7.88 connects it once more and fails.)
 * What the peer sent is handed on until its close_notify, which becomes the end of the local
 * stream. An end without close_notify looks the same to libcurl: whoever lets the end of the stream
 * mean something asks rt_pump_stop() how it ended. */
#ifndef RT_PUMP_H
#define RT_PUMP_H

#include "base.h"
#include "ratls/ratls.h"

struct rt_pump;

struct rt_pump_ends {
    const struct ratls_env *env; /* all borrowed until rt_pump_stop() */
    struct ratls_conn *conn;     /* open; nobody else uses it until then */
    int wire;                    /* its socket, non-blocking */
    int64_t deadline_ms;         /* monotonic */
};

#define RT_PUMP_NAME 32

/* *out is new; `name` is that of the socket, without the NUL in front. */
RATLS_MUST_USE enum ratls_err rt_pump_start(const struct rt_pump_ends *ends, struct rt_pump **out,
                                            char name[RT_PUMP_NAME]);
/* When nobody uses the local socket any more. How the peer's stream ended: RATLS_E_CLOSED by its
 * close_notify; RATLS_OK: it had not; else what went wrong, RATLS_E_TIMEOUT at the deadline. Frees
 * the pump. */
enum ratls_err rt_pump_stop(struct rt_pump *p);

#endif
