/* evidence.h - evidence that a request for a token brings (token-evidence): judged here, for the
 * process that signs tokens reads none.
 *
 * Its report data is a nonce of 32 bytes and the SHA-256 thumbprint of the key that the token is to
 * be for (RFC 7638); where none is named, the nonce twice. The trust is that of the service. What
 * is judged so takes at most half of a worker's time, and each who asks has a rate.
 * What it does NOT do: know whether the nonce is good. The authority process does. */
#ifndef PX_EVIDENCE_H
#define PX_EVIDENCE_H

#include "http_head.h"
#include "peer_rate.h"
#include "worker.h"

#define PX_EVIDENCE_HELD  64   /* bodies that a worker waits for at once */
#define PX_EVIDENCE_SPARE 1000 /* ms of appraisal that are taken at once */

/* Of one worker. */
struct px_evidence_desk {
    struct px_rates *rates; /* by asker */
    unsigned held;
    int64_t spare_ms, at_ms; /* at_ms 0: all of PX_EVIDENCE_SPARE */
};

/* NULL: no memory or randomness. env is borrowed for its life. */
struct px_evidence_desk *px_evidence_desk_new(const struct ratls_env *env);
void px_evidence_desk_free(struct px_evidence_desk *d); /* NULL is legal */

/* Is the body of this request looked at? */
bool px_evidence_wanted(const struct px_service *s, const struct px_head *head, uint64_t length);
/* New line for a request with this body, whose peer is told in `peer` (its first members); *out
 * stays NULL where it brings no evidence. False: memory is short. */
RATLS_MUST_USE bool px_evidence_line(struct px_gate *g, struct ratls_bytes body,
                                     const struct px_subject *peer, char **out);

#endif
