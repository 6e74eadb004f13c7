/* issuer.h - the master's side of one service: attester, identities, attestation keys, proofs.
 *
 * Identities are made at start and renewed at half their life by a timer, never by traffic. A
 * renewal that fails is tried again, and the old identity serves until its end. Old ones answer
 * proofs as long as handshakes begun with them may last.
 * With passport-from, an identity is there when its passport is: a process fetches that (RFC 9334
 * s.5.1), and what becomes of it becomes of the renewal.
 * Proofs are built from typed fields; the own key comes from the table here, not from the request.
 * Everything is asynchronous: no call waits for the attester. */
#ifndef PX_ISSUER_H
#define PX_ISSUER_H

#include <event2/event.h>

#include "config.h"
#include "ipc_handed.h"
#include "log.h"
#include "passport_child.h"

struct px_issuer;

struct px_issuer_ops {
    void (*issued)(void *arg, struct px_issuer *i); /* there is a new identity */
    void (*failed)(void *arg, struct px_issuer *i); /* the first one could not be made */
    void (*answer)(void *arg, const struct px_answer *a);
    /* What a process that fetches a passport gets: path, service and files. False: it cannot be
     * said. Of services without passport-from never called. */
    bool (*passport)(void *arg, const struct px_issuer *i, struct px_passport_plan *plan);
};

struct px_issuer_params {
    struct event_base *base;
    const struct ratls_env *env;
    const struct px_log *log;
    const struct px_service *service;
    uint32_t id; /* not 0, and never given twice: workers name the issuer by it */
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
/* The attester of one device; NAME[:OPTIONS]. *out is to be closed also after an error. */
RATLS_MUST_USE enum ratls_err px_device_open(const struct ratls_env *env,
                                             const struct px_service *s, const char *what,
                                             struct ratls_attester **out, struct ratls_error *err);
/* The ordinary certificate of a side that shows no evidence: its files `cert` and `key`. Errors
 * name file and line. */
RATLS_MUST_USE enum ratls_err px_identity_load(const struct ratls_env *env,
                                               const struct px_service *s,
                                               struct ratls_identity **out,
                                               struct ratls_error *err);
/* Opens the attester or, where no evidence is shown, loads the certificate, which is never renewed.
 * Everything in *p is borrowed for the issuer's life. */
RATLS_MUST_USE enum ratls_err px_issuer_new(const struct px_issuer_params *p,
                                            struct px_issuer **out, struct ratls_error *err);
void px_issuer_free(struct px_issuer *i); /* waits for the attester; NULL is legal */
/* From now on for the same service in another configuration: `s` is borrowed. */
void px_issuer_serve(struct px_issuer *i, const struct px_service *s);
void px_issuer_retire(struct px_issuer *i); /* only proves from now on */
void px_issuer_start(struct px_issuer *i);
uint32_t px_issuer_id(const struct px_issuer *i);
/* Borrowed; NULL before the first was issued. */
const struct ratls_identity *px_issuer_identity(const struct px_issuer *i);
/* May this worker have one more proof now? proof-rate of them a second. */
RATLS_MUST_USE bool px_issuer_admit(struct px_issuer *i, unsigned worker);
/* How many were issued, and how many could not be. */
void px_issuer_count(const struct px_issuer *i, uint64_t *issued, uint64_t *failures);
/* Always answered through ops->answer(), perhaps from inside this call. */
void px_issuer_prove(struct px_issuer *i, uint64_t child, const struct px_prove *p);

#endif
