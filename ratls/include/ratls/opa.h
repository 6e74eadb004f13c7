/* ratls/opa.h - asks an Open Policy Agent (OPA) on this machine whether a peer is welcome.
 *
 *     ratls_opa_new("http+unix:/run/opa.sock", "ratls/allow", 2000, &opa, &err);
 *     ratls_trust_set_judge(trust, ratls_opa_judge, opa);
 *
 * One question is POST /v1/data/<path> with {"input": <ratls_verdict_input()>}. The peer is welcome
 * if the answer has status 200, is JSON, and its `result` is true or an object whose `allow` is
 * true. Everything else denies: undefined, other values, errors, redirects, silence.
 * A library of its own, libratls-opa (pkg-config ratls-opa), for it brings libcurl along.
 * What it does NOT do: protect the way to OPA, which is why OPA must be on this machine; nor prove
 * that it is OPA who answers: keep others from the socket. Source: OPA REST API, "Data API".
 *
 * Thread rule: a ratls_opa may be asked by many threads at once. Each call blocks. */
#ifndef RATLS_OPA_H
#define RATLS_OPA_H

#include <stdint.h>

#include "ratls/bytes.h"
#include "ratls/error.h"

struct ratls_opa;

/* url: http+unix:/path/of/socket, or http://ADDRESS:PORT where ADDRESS is loopback (127.0.0.0/8,
 * [::1], localhost), without user, path and query. path: of the rule, names of letters, digits, _
 * and - with / between them. timeout_ms: of one question, connecting included, 1 ms to 10 minutes.
 * *out is new. RATLS_E_USAGE names what is wrong. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_opa_new(const char *url, const char *path,
                                                      int64_t timeout_ms, struct ratls_opa **out,
                                                      struct ratls_error *err);
RATLS_API void ratls_opa_free(struct ratls_opa *opa); /* nobody asks any more; NULL is legal */

/* `input` is JSON, sent as it is. RATLS_OK: allowed. RATLS_E_OPA_DENIED: a clear false.
 * RATLS_E_OPA_FAILED: no usable answer, the detail says why. RATLS_E_NO_MEMORY. */
RATLS_API RATLS_MUST_USE enum ratls_err
ratls_opa_ask(struct ratls_opa *opa, struct ratls_bytes input, struct ratls_error *err);
/* The same as a ratls_decide_fn (ratls/appraise.h); `opa` is a struct ratls_opa. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_opa_judge(void *opa, struct ratls_bytes input,
                                                        struct ratls_error *err);

#endif
