/* issuer.h - the master's side of one service: attester, identities, attestation keys, proofs.
 *
 * Identities are made at start and renewed at half their life by a timer, never by traffic. A
 * renewal that fails is tried again, and the old identity serves until its end. Old ones answer
 * proofs as long as handshakes begun with them may last.
 * Proofs are built from typed fields; the own key comes from the table here, not from the request.
 * Everything is asynchronous: no call waits for the attester. */
#ifndef PX_ISSUER_H
#define PX_ISSUER_H

#include <event2/event.h>

#include "config.h"
#include "ipc.h"
#include "log.h"

struct px_issuer;

/* What is asked for, and what comes back. `child` says who asked. */
struct px_answer {
    uint64_t child, id;
    enum ratls_err e;
    uint8_t signature[64];
    struct ratls_bytes evidence; /* borrowed */
};

struct px_issuer_ops {
    void (*issued)(void *arg, size_t service); /* there is a new identity */
    void (*failed)(void *arg, size_t service); /* the first one could not be made */
    void (*answer)(void *arg, const struct px_answer *a);
};

struct px_issuer_params {
    struct event_base *base;
    const struct ratls_env *env;
    const struct px_log *log;
    const struct px_service *service;
    size_t index;
    const struct px_issuer_ops *ops;
    void *arg;
};

/* Keys and claims of an identity as the service says, without evidence yet: finds everything that
 * is wrong with names and CA. Errors name file and line. */
RATLS_MUST_USE enum ratls_err px_identity_prepare(const struct ratls_env *env,
                                                  const struct px_service *s,
                                                  const struct ratls_attester *a,
                                                  struct ratls_identity **out,
                                                  struct ratls_error *err);
/* Opens the attester. Everything in *p is borrowed for the issuer's life. */
RATLS_MUST_USE enum ratls_err px_issuer_new(const struct px_issuer_params *p,
                                            struct px_issuer **out, struct ratls_error *err);
void px_issuer_free(struct px_issuer *i); /* waits for the attester; NULL is legal */
void px_issuer_start(struct px_issuer *i);
/* Borrowed; NULL before the first was issued. */
const struct ratls_identity *px_issuer_identity(const struct px_issuer *i);
/* Always answered through ops->answer(), perhaps from inside this call. */
void px_issuer_prove(struct px_issuer *i, uint64_t child, const struct px_prove *p);

#endif
