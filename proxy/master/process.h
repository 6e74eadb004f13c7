/* process.h - a process made of this program's own image, with a socket between it and its master.
 *
 * A fresh image, not a copy of the master: no keys, no state of a random generator. Standard input
 * and output are /dev/null, standard error is the master's; from 3 on it has its end of the socket
 * and the descriptors it is given, in their order, and nothing above.
 * What it does NOT do: reap whoever ends by itself. */
#ifndef PX_PROCESS_H
#define PX_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ratls/ratls.h"

struct px_process {
    const char *as; /* its argument, "--worker" */
    /* They become 4, 5, ...; the second and those behind it are above PX_FD_HIGH. */
    const int *fds;
    size_t n;
};

/* 0, or an error number, and nothing was born. *own is the master's end, above PX_FD_HIGH. */
RATLS_MUST_USE int px_process_start(const struct px_process *p, pid_t *pid, int *own);
/* Its end, by itself or, after `until_ms` of px_now_ms(), by SIGKILL. Without one (0): nothing. */
void px_process_end(pid_t pid, int64_t until_ms);

#endif
