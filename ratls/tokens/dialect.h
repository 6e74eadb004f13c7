/* dialect.h - in what the results of other services depart from the rules of tokens. One row each:
 * whatever is not in it holds for all. */
#ifndef RT_DIALECT_H
#define RT_DIALECT_H

#include "ratls/token.h"

struct rt_dialect {
    const char *name;
    bool bare_key; /* no `kid`: the only key pinned for the algorithm; the set needs none either */
    bool jwk;      /* the header may repeat that key */
    bool bare;     /* `iss`, `aud` and `nbf` may be missing */
    bool base64_nonce;   /* `eat_nonce` may be base64 with padding */
    bool annotated;      /* TEE and report data stand in the annotated evidence, not in the name of
                          * the submodule and `eat_nonce` */
    const char *profile; /* taken as well, with Veraison's names; NULL: none */
};

/* NULL: there is no such dialect. */
const struct rt_dialect *rt_dialect_of(enum ratls_token_dialect dialect);

#endif
