/* ipc_token.h - the request of a worker for a token about a peer, and the answer to it.
 *
 * The worker knows the peer, the master has the key. Texts are bounded, and of the characters that
 * they need: whatever a worker says, the token is one of the form that the master composes.
 * What it does NOT do: prove any of it. A worker that is taken over gets what it asks for. */
#ifndef PX_IPC_TOKEN_H
#define PX_IPC_TOKEN_H

#include "ipc.h"

struct px_token_ask {
    uint64_t id;       /* of the session, chosen by the worker */
    char service[256]; /* its name */
    enum ratls_level level;
    bool simulated;
    int64_t expires;       /* of the verdict, seconds since 1970 */
    char tee[32];          /* small letters, digits, - */
    char measurement[129]; /* hex */
    char tcb_status[64];   /* printable ASCII, as the rest */
    char peer_spki[65];    /* SHA-256, hex */
    char peer[96];         /* address */
};

struct px_token_answer {
    uint64_t id;
    enum ratls_err e;
    int64_t expires;          /* of the token, seconds since 1970 */
    struct ratls_bytes token; /* borrowed; empty with an error */
};

struct px_message *px_token_ask_message(const struct px_token_ask *a);
/* False unless every field is there and in range. */
bool px_token_ask_parse(struct ratls_bytes payload, struct px_token_ask *out);
struct px_message *px_token_message(const struct px_token_answer *a);
bool px_token_parse(struct ratls_bytes payload, struct px_token_answer *out);

#endif
