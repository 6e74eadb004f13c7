/* signer.h - tokens about peers, for backends of services with an identity-header.
 *
 * Keys stay in the master. A token is composed here, of what a worker says of the peer
 * (ipc_token.h) and of what the configuration says of the service; it lives for a minute, and not
 * longer than the verdict. Each worker gets proof-rate of them a second and service.
 * What it does NOT do: look whether a worker tells the truth.
 * Thread rule: one thread at a time. */
#ifndef PX_SIGNER_H
#define PX_SIGNER_H

#include "config.h"
#include "ipc_token.h"

#define PX_TOKEN_TYP        "ratls-identity+jwt"
#define PX_TOKEN_LIFETIME_S 60
#define PX_TOKEN_BACKDATE_S 5 /* clocks of backends go a little differently */

struct px_signers;

/* Those of all services that have one: reads their keys. env is borrowed for their life.
 * RATLS_E_CONFIG names file and line of the configuration. *out is new. */
RATLS_MUST_USE enum ratls_err px_signers_new(const struct ratls_env *env, const struct px_config *c,
                                             struct px_signers **out, struct ratls_error *err);
void px_signers_free(struct px_signers *s); /* wipes; NULL is legal */
/* Services that `now` does not have any more, or without the header, are signed for as long as
 * their connections may drain: `for_ms`, since they were there last. `old` is empty then. */
void px_signers_take_over(struct px_signers *now, struct px_signers *old, int64_t for_ms);

/* The answer to a request of the `worker`-th; *token is new and out->token borrows from it.
 * out->e: RATLS_E_STATE, no such service any more; RATLS_E_PROOF_LIMIT, too many;
 * RATLS_E_IDENTITY_EXPIRED, the verdict is over. */
void px_signers_answer(struct px_signers *s, unsigned worker, const struct px_token_ask *ask,
                       struct ratls_buffer *token, struct px_token_answer *out);

#endif
