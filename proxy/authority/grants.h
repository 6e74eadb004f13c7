/* grants.h - what each service of this process gives out: names, targets and signing keys, as the
 * master hands them over. */
#ifndef PX_GRANTS_H
#define PX_GRANTS_H

#include "config.h"
#include "ipc.h"
#include "ratls/token.h"
#include "stats.h"

struct px_grant {
    char *service, *issuer;
    char *targets[PX_MAX_NAMES + 1];
    int64_t lifetime_s;
    enum px_token_claims claims;
    bool dpop_nonce; /* proofs have a nonce of ours */
    unsigned takes;  /* PX_TAKES_... */
    size_t n_keys;
    struct ratls_jwt_key *keys[PX_MAX_NAMES]; /* the first one signs */
    struct ratls_issuers *issuers;            /* whose results are exchanged; NULL: nobody's */
    struct ratls_buffer jwks;                 /* JSON text of all */
    char *metadata;                           /* RFC 8414, JSON text */
    struct px_service_stats *stats;           /* NULL: not counted */
};

struct px_grants {
    size_t n;
    struct px_grant list[PX_MAX_SERVICES];
};

/* The payload of PX_MSG_GRANT becomes one more. False: it is malformed, or a key is none. env is
 * borrowed for the life of the grants. */
RATLS_MUST_USE bool px_grants_add(struct px_grants *g, const struct ratls_env *env,
                                  struct ratls_bytes payload);
void px_grants_free(struct px_grants *g); /* made by calloc(); NULL is legal */
/* Of the service of this name; NULL: none. */
const struct px_grant *px_grants_find(const struct px_grants *g, const char *service);

#endif
