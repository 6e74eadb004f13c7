/* token_check.h - the inside of a token under verification. */
#ifndef RT_TOKEN_CHECK_H
#define RT_TOKEN_CHECK_H

#include "compact.h"
#include "ear.h"
#include "issuers.h"
#include "ratls/token.h"

struct rt_token_device {
    struct ratls_ear_device of;
    enum rt_ear_status status; /* as it is told: no better than that of its vector */
    struct ratls_claims *claims;
};

struct ratls_token {
    struct ratls_claims *claims, *raw_claims;
    struct rt_token_device device[RATLS_EAR_DEVICES];
    size_t n_devices;
    struct ratls_buffer payload, ak_spki;
    int64_t issued, expires;
    bool bound;
};

/* What a check sees. */
struct rt_token_check {
    const struct ratls_token_rules *rules;
    const struct rt_dialect *dialect;
    int64_t now;
    const struct cJSON *claims;
    struct ratls_token *token;
    struct ratls_error *err;
};

/* Dates, audience, subject, jti, nonce, cnf; fills the token. */
RATLS_MUST_USE enum ratls_err rt_token_check_claims(struct rt_token_check *c);
/* `cnf` against the key and certificate of the rules. */
RATLS_MUST_USE enum ratls_err rt_token_check_cnf(struct rt_token_check *c);
/* What Trustee says of the evidence that a submodule is about: the report data, if the rules ask
 * for it, and the TEE, in *tee (borrowed). `annotated` NULL: nothing. */
RATLS_MUST_USE enum ratls_err
rt_ear_check_annotated(struct rt_token_check *c, const struct cJSON *annotated, const char **tee);
/* The attestation result: profile, submodules, status; fills the token. */
RATLS_MUST_USE enum ratls_err rt_ear_check(struct rt_token_check *c);

/* The claims that a submodule tells, if they are ours. */
RATLS_MUST_USE enum ratls_err rt_ear_read_claims(struct rt_token_check *c,
                                                 const struct rt_ear_names *names,
                                                 const struct cJSON *submod,
                                                 struct ratls_claims *out);
/* One about a device of this kind (NULL: none that is a text): the next of the token, in *out, but
 * for status, vector and whether it is simulated. */
RATLS_MUST_USE enum ratls_err rt_ear_read_device(struct rt_token_check *c,
                                                 const struct rt_ear_names *names,
                                                 const struct cJSON *submod, const char *kind,
                                                 struct rt_token_device **out);

/* "token: 'NAME' is malformed or missing" */
enum ratls_err rt_token_malformed(struct rt_token_check *c, const char *name);

#endif
