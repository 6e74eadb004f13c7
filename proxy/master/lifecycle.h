/* lifecycle.h - where the life of a proxy is, and who is told.
 *
 * STARTING -> READY <-> RELOADING, and from each of them DRAINING -> STOPPED: there is no way back,
 * so that nothing that ends says that it is ready. */
#ifndef PX_LIFECYCLE_H
#define PX_LIFECYCLE_H

#include "board.h"
#include "notify.h"

const char *px_phase_name(enum px_phase phase);

struct px_lifecycle {
    enum px_phase phase;
    struct px_notify notify;
};

/* False, and nothing happens, where no way leads there. The service manager is told. */
bool px_lifecycle_enter(struct px_lifecycle *l, enum px_phase to);
bool px_lifecycle_ends(const struct px_lifecycle *l); /* draining or stopped */

#endif
