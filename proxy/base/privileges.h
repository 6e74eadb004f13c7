/* privileges.h - what a process gives up before it meets the network.
 *
 * Does NOT sandbox: a worker may still open what its user may open. */
#ifndef PX_PRIVILEGES_H
#define PX_PRIVILEGES_H

#include "config.h"

/* No core dumps, no ptrace by the same user: keys stay inside. For every process. */
void px_privileges_protect_memory(void);
/* Room for `n` descriptors, as far as the hard limit allows (root raises it). */
bool px_privileges_allow_files(size_t n);
/* No page of this process is ever swapped out. RATLS_E_IO when the limit is too low for that; root
 * raises it, for its workers, too. */
RATLS_MUST_USE enum ratls_err px_privileges_lock_memory(struct ratls_error *err);
/* Become setuid_user (default nobody) and setgid_group (default that user's) if root, for good.
 * Never again more privileges than now, root or not. RATLS_E_CONFIG for unknown names. */
RATLS_MUST_USE enum ratls_err px_privileges_drop(const struct px_config *config,
                                                 struct ratls_error *err);

#endif
