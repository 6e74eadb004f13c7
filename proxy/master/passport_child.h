/* passport_child.h - a process that fetches a passport, as its master sees it.
 *
 * What it says is hostile input, as of workers: one proof for one key, then a token or a reason. It
 * may take PX_PASSPORT_TIMEOUT_MS. */
#ifndef PX_PASSPORT_CHILD_H
#define PX_PASSPORT_CHILD_H

#include "ipc_handed.h"

/* Somewhat more than the one request may take. */
#define PX_PASSPORT_TIMEOUT_MS 40000

struct px_passport_child;

/* Everything is borrowed: for the call, but the base for the life of the child. */
struct px_passport_plan {
    struct event_base *base;
    const char *path; /* of the configuration */
    size_t service;   /* its number there */
    const struct px_files *files, *trust_files;
    uint32_t issuer;
    struct ratls_identity *identity; /* with its attestation key, if it names one */
};

/* From the loop, once; the child may be freed then. `token` is borrowed. */
typedef void px_passport_done_fn(void *arg, enum ratls_err e, struct ratls_bytes token,
                                 const struct ratls_error *err);

RATLS_MUST_USE enum ratls_err px_passport_start(const struct px_passport_plan *plan,
                                                px_passport_done_fn *done, void *arg,
                                                struct px_passport_child **out,
                                                struct ratls_error *err);
void px_passport_free(struct px_passport_child *p); /* ends it; NULL is legal */

#endif
