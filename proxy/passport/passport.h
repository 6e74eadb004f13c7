/* passport.h - the process that fetches a passport (RFC 9334 s.5.1): one, and it ends.
 *
 * Born of the master each time an identity is made, since whoever holds attestation keys parses no
 * byte of a peer. It has the new leaf with its TLS key, the files of the configuration and of
 * trust, and no attestation key: session proofs are the master's. It judges the token endpoint,
 * shows it the evidence, asks for a token, and hands it over as it came. What it does NOT do:
 * verify the token; that it fits the keys is asked by the master, everything else by peers. */
#ifndef PX_PASSPORT_H
#define PX_PASSPORT_H

#include "ratls/ratls.h"

/* Descriptors that it is born with. */
enum { PX_PASSPORT_FD_MASTER = 3 };

int px_passport_run(void);

#endif
