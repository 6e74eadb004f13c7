/* ipc_log.h - where a process logs, as its master says: payload of PX_MSG_LOG.
 *
 * id (1) | sink (1) | also (1) | text16 socket | text16 name, and for a file its descriptor. */
#ifndef PX_IPC_LOG_H
#define PX_IPC_LOG_H

#include "ipc.h"
#include "log.h"

/* The logs of a process. `also` of a log is the one before it. */
enum px_log_id {
    PX_LOG_SYSLOG, /* nothing but `also` of events */
    PX_LOG_EVENTS,
    PX_LOG_ACCESS, /* lines of connections */
    PX_LOGS,
};

struct px_message *px_log_message(enum px_log_id id, const struct px_log *log);
/* That log is like this from now on; its level stays. `fd` is taken (-1: none), and so is the
 * number of a file's descriptor that the log had. False, and nothing changed, when it is malformed
 * or a log that is NULL. */
bool px_log_take(struct px_log *const logs[PX_LOGS], struct ratls_bytes payload, int fd);

#endif
