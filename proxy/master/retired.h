/* retired.h - issuers that another configuration replaced: handshakes that began with them may ask
 * for proofs until they are over, twice the handshake-timeout of their service. After that nobody
 * knows them, and the attestation key is gone. */
#ifndef PX_RETIRED_H
#define PX_RETIRED_H

#include <sys/queue.h>

#include <event2/event.h>

#include "issuer.h"

struct px_retired;
TAILQ_HEAD(px_retirees, px_retired);

/* `issuer` (taken) is that of service i of `config`, to which a reference is kept. Out of memory it
 * ends at once. */
void px_retired_add(struct px_retirees *all, struct event_base *base, struct px_config *config,
                    size_t i, struct px_issuer *issuer);
struct px_issuer *px_retired_find(const struct px_retirees *all, uint32_t id); /* or NULL */
void px_retired_end(struct px_retirees *all);

#endif
