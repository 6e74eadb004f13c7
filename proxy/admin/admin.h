/* admin.h - the process that shows the proxy to its operators over HTTP.
 *
 * Born of the master like a worker, with less: the listener, the board and the counters, all
 * read-only, and a channel over which it may give the master an order, without any words of a
 * client in it. It has no key, reads no file, and runs as the user of the workers. */
#ifndef PX_ADMIN_H
#define PX_ADMIN_H

#include "auth.h"
#include "ipc.h"
#include "log.h"
#include "view.h"
#include "web.h"

/* Descriptors that it is born with; counters of the workers follow in their order. */
enum {
    PX_ADMIN_FD_MASTER = 3,
    PX_ADMIN_FD_LOG = 4,
    PX_ADMIN_FD_LISTENER = 5,
    PX_ADMIN_FD_BOARD = 6,
    PX_ADMIN_FD_STATS = 7,
};

#define PX_ADMIN_CONNECTIONS 64
#define PX_ADMIN_IDLE_S      5
#define PX_ADMIN_LIFE_S      15 /* of a connection, whatever it says */
#define PX_ADMIN_HEADERS     (8 * 1024)
#define PX_ADMIN_BODY        (4 * 1024)

/* What an operator may order; the number goes over the channel. */
enum px_order { PX_ORDER_RELOAD = 1, PX_ORDER_DRAIN, PX_ORDER_REOPEN_LOG, PX_ORDERS };

struct px_admin {
    struct event_base *base;
    struct px_channel *master;
    struct px_log syslog, log; /* as the master says */
    bool started, sandboxed;
    bool local; /* a unix socket, whose mode says who may ask */
    struct px_auth auth;
    struct px_board_memory *board;
    size_t n_workers;
    struct px_stats *stats[PX_STATS_PLACES];
    struct px_web *web;
    struct px_view view;
    int exit_code;
};

int px_admin_run(void);

px_web_answer_fn px_admin_answer; /* answer.c */

#endif
