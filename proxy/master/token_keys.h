/* token_keys.h - the keys that sign tokens, and those of issuers that are believed, of one
 * configuration: read by the master, proven good, and handed to the authority process. No worker
 * gets any. */
#ifndef PX_TOKEN_KEYS_H
#define PX_TOKEN_KEYS_H

#include "config.h"
#include "ipc.h"

#define PX_MAX_JWKS (64 * 1024) /* a file of token-trusts; all of them are one message */

struct px_token_keys;

/* Reads them all. RATLS_E_CONFIG names file and line of the configuration. *out is new. */
RATLS_MUST_USE enum ratls_err px_token_keys_new(const struct ratls_env *env,
                                                const struct px_config *c,
                                                struct px_token_keys **out,
                                                struct ratls_error *err);
void px_token_keys_free(struct px_token_keys *k); /* wipes; NULL is legal */

/* What the authority process is told of service i, PX_MSG_GRANT; NULL without memory. */
struct px_message *px_token_keys_grant(const struct px_token_keys *k, const struct px_service *s,
                                       size_t i);

#endif
