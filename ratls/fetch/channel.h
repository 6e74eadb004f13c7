/* channel.h - an attested connection to the host of a URL: dialed, and both sides allowed. */
#ifndef RT_CHANNEL_H
#define RT_CHANNEL_H

#include "easy.h"
#include "ratls/request.h"

struct rt_channel {
    const struct ratls_env *env;
    const struct ratls_prover *prover; /* NULL: the identity of the context */
    int64_t deadline_ms;               /* monotonic */
    CURLU *url;                        /* of the request, https */
    CURL *dialer;                      /* its connection has the socket */
    int fd;
    struct ratls_conn *conn;
};

/* `c` has env, deadline and URL, which rt_channel_close() frees. Names are looked up and addresses
 * tried by libcurl, under the deadline. RATLS_E_FETCH: no connection; RATLS_E_TIMEOUT; those of
 * ratls_conn_handshake(), after which conn is there for its verdict. */
RATLS_MUST_USE enum ratls_err rt_channel_open(struct rt_channel *c, struct ratls_ctx *ctx,
                                              struct ratls_error *err);
void rt_channel_close(struct rt_channel *c);            /* legal on a zeroed one */
int64_t rt_channel_left_ms(const struct rt_channel *c); /* at least 1 */

/* The URL of the request as libcurl is asked for it, TLS being done by others: new. NULL: memory.
 */
CURLU *rt_channel_plain_url(const struct rt_channel *c);

#endif
