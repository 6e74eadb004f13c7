/* trust_files.h - the files that trust is made of: read together, and looked at for changes.
 *
 * Trust is what peers are judged by: policy, roots, device keys, reference values, collateral. It
 * may change while the proxy runs (watch.h). CAfile and identity-ca-cert are no trust in this
 * sense: they stay.
 * Blocks as long as the file system does. Thread rule: everything belongs to its caller. */
#ifndef PX_TRUST_FILES_H
#define PX_TRUST_FILES_H

#include <sys/types.h>
#include <time.h>

#include "config.h"
#include "files.h"

/* How one file lies there; all zero: it cannot be looked at. */
struct px_stamp {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec modified, changed;
};

struct px_stamps {
    size_t n;
    struct px_stamp of[PX_FILES_MAX];
};

/* Reads every file of every service into an empty store, which is complete after. Errors name the
 * file. */
RATLS_MUST_USE enum ratls_err px_trust_read(const struct px_config *c, struct px_files *out,
                                            struct ratls_error *err);
/* Only looks. Two looks that differ: something changed, appeared or vanished between them. */
void px_trust_look(const struct px_config *c, struct px_stamps *out);
bool px_stamps_equal(const struct px_stamps *a, const struct px_stamps *b);
/* One of the files was changed less than `ms` ago: whoever writes it may not be done. */
bool px_stamps_young(const struct px_stamps *s, int64_t ms);

#endif
