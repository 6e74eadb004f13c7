/* outcome.h - how a session ended: the words result, reason and end of the access log. */
#ifndef PX_OUTCOME_H
#define PX_OUTCOME_H

#include "stats.h"

/* Reasons of the proxy's own: name, word, end. All others are those of the library. */
#define PX_REASONS(X)                                                                              \
    X(OK, "ok", CLEAN)                                                                             \
    X(DESTINATION_DENIED, "destination_denied", REFUSED)                                           \
    X(CREDENTIALS_DENIED, "credentials_denied", REFUSED)                                           \
    X(REQUEST_MALFORMED, "request_malformed", NONE)                                                \
    X(HTTP_REFUSED, "http_refused", NONE)                                                          \
    X(HELLO_MALFORMED, "hello_malformed", NONE)                                                    \
    X(SERVICE_CLOSED, "service_closed", NONE)                                                      \
    X(PLAINTEXT_PATH, "plaintext_path", NONE)                                                      \
    X(IDLE_TIMEOUT, "idle_timeout", TIMEOUT)                                                       \
    X(CLOSE_TIMEOUT, "close_timeout", TIMEOUT)                                                     \
    X(MAX_LIFETIME, "max_lifetime", TIMEOUT)                                                       \
    X(DRAIN_TIMEOUT, "drain_timeout", TIMEOUT)                                                     \
    X(STOPPED, "stopped", NONE)                                                                    \
    X(SERVICE_REMOVED, "service_removed", NONE)                                                    \
    X(VERDICT_EXPIRED, "verdict_expired", REFUSED)

enum px_reason {
    PX_REASON_ERROR, /* that of px_outcome.error */
#define PX_REASON_ENUM(name, word, end) PX_REASON_##name,
    PX_REASONS(PX_REASON_ENUM)
#undef PX_REASON_ENUM
        PX_REASON_COUNT,
};

/* What the two ends thought of each other. */
#define PX_RESULTS(X)                                                                              \
    X(ERROR, "error")                                                                              \
    X(ALLOW, "allow")                                                                              \
    X(DENY, "deny")

enum px_result {
#define PX_RESULT_ENUM(name, word) PX_RESULT_##name,
    PX_RESULTS(PX_RESULT_ENUM)
#undef PX_RESULT_ENUM
};

struct px_outcome {
    enum px_result result;
    enum px_reason reason;
    enum ratls_err error; /* only with PX_REASON_ERROR */
    const char *detail;   /* local; NULL: none */
};

const char *px_outcome_result(const struct px_outcome *how);
const char *px_outcome_reason(const struct px_outcome *how);
/* One of PX_END_NONE to PX_END_REFUSED. */
enum px_counter px_outcome_end(const struct px_outcome *how);

#endif
