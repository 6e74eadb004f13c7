/* ratls/request.h - HTTP requests over attested connections: what a workload asks of a service that
 * judges it by its evidence, and that it judges in turn.
 *
 * Part of libratls-fetch. One call dials, does the attested handshake of ratls/ratls.h, and only
 * when both sides allowed each other speaks HTTP/1.1 over it, through libcurl. There are no
 * redirects, no proxy, no cookies and no second try; one deadline holds for all of it, names and
 * connecting included. An answer counts as whole by its own length, or by the peer's close_notify,
 * never by the mere end of the connection.
 * What it does NOT do: verify the server's name, unless the context has an identity CA and a peer
 * name (ratls_config_add_peer_name()); send the host of the URL as SNI, unless the context does;
 * answer RATLS_E_WANT_POLICY; make proofs at quote level; make any itself where the identity of the
 * context has no attestation key: a prover does. Answers are wiped when they are freed; libcurl and
 * the kernel have copies for a while that are not: a secret that must not be there is asked for as
 * JWE.
 *
 * Blocks. Thread rule: calls of several threads are independent, also with one context; each starts
 * a thread of its own, which ends with the call. Needs a libcurl built thread-safe. */
#ifndef RATLS_REQUEST_H
#define RATLS_REQUEST_H

#include "ratls/dpop.h"
#include "ratls/ratls.h"

#define RATLS_REQUEST_BODY_MAX    (256 * 1024)  /* bytes sent */
#define RATLS_RESPONSE_MAX        (1024 * 1024) /* the most that `max_body` may be */
#define RATLS_REQUEST_TIMEOUT_MS  30000         /* the usual one */
#define RATLS_REQUEST_TIMEOUT_MAX 600000

/* ---- any request ---- */

/* Who answers RATLS_E_WANT_PROOF, for an imported identity: `request` and the SPKI as of
 * ratls_conn_proof_request(). Any error ends the handshake. Called within the request, at session
 * level only, and may wait; the deadline goes on. */
struct ratls_prover {
    enum ratls_err (*prove)(void *arg, const struct ratls_proof_request *request,
                            const uint8_t own_spki_sha256[32], uint8_t signature[64]);
    void *arg;
};

/* Everything is borrowed for the call. */
struct ratls_request {
    const char *url;          /* https://host[:port]/path[?query] */
    const char *accept;       /* media type; NULL: any */
    const char *content_type; /* of `body`; NULL: a GET without body. Else a POST */
    struct ratls_bytes body;
    size_t max_body;                   /* of the answer, bytes; 0: 64 KiB */
    int64_t timeout_ms;                /* for everything; 0: RATLS_REQUEST_TIMEOUT_MS */
    const char *dpop;                  /* a proof that goes with it (ratls/dpop.h); NULL: none */
    const struct ratls_prover *prover; /* NULL: the identity of the context */
};

struct ratls_response {    /* ratls_response_free() */
    int status;            /* 200 to 599; 0: there was no answer */
    char content_type[64]; /* lower case, without parameters; "": none, or a longer one */
    struct ratls_buffer body;
    char dpop_nonce[RATLS_DPOP_NONCE_MAX + 1]; /* for the next proof (RFC 9449 s.8); "": none */
    struct ratls_verdict *verdict; /* about the server, also when that refused it; NULL: none was
                                    * reached, or it shows no evidence */
    enum ratls_level level;        /* that the server reached */
};

/* `env` and `ctx` are borrowed for the call; the context needs an identity where its mode shows
 * evidence. RATLS_OK: there is an answer, of whatever status: a redirect is one too.
 *   RATLS_E_USAGE      URL, media types, sizes or timeout
 *   RATLS_E_FETCH      no connection; or the answer is no HTTP or ends too early
 *   RATLS_E_LIMIT      the answer is larger than allowed
 *   RATLS_E_TIMEOUT    the time was over, whoever took it
 *   RATLS_E_TRUNCATED, RATLS_E_RESET  the connection ended without close_notify before the answer
 *                      was whole
 *   RATLS_E_PEER_DENIED  the server refused this side
 *   any other          why the server was refused, as ratls_conn_handshake()
 * *out is new in any case. */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_request_send(const struct ratls_env *env,
                                                           struct ratls_ctx *ctx,
                                                           const struct ratls_request *request,
                                                           struct ratls_response *out,
                                                           struct ratls_error *err);
/* Wipes; legal on a zeroed one. */
RATLS_API void ratls_response_free(struct ratls_response *r);

/* ---- a token ---- */

/* Everything is borrowed for the call. */
struct ratls_token_fetch {
    const char *url;      /* of the token endpoint: "https://host:port/token" */
    const char *audience; /* for whom; NULL: the endpoint knows one only */
    const char *nonce;    /* that the endpoint gave out; NULL: none */
    int64_t timeout_ms;   /* 0: RATLS_REQUEST_TIMEOUT_MS; with `dpop` for each of two requests */
    struct ratls_jwt_key *dpop; /* bind the token to this key instead (ratls/dpop.h); NULL: no */
    const char *dpop_url;       /* what the endpoint calls itself (its metadata); NULL: as `url` */
    const struct ratls_prover *prover; /* NULL: the identity of the context */
};

/* The verdict of the server about this side is exchanged for a token (RFC 8693; the subject is the
 * channel): out->body is the compact JWS with NUL behind it, and proves something to others only
 * with the TLS key of the context's identity, or with `dpop`, for which a second request is made if
 * the server wants a nonce of its own in the proof. It is NOT verified here: ratls/token.h.
 * Errors of RFC 6749 become reasons, their words the detail:
 *   RATLS_E_USAGE        invalid_request, invalid_scope, unsupported_grant_type,
 *                        invalid_dpop_proof, use_dpop_nonce
 *   RATLS_E_NOT_FOUND    invalid_target: it gives out no tokens for this audience
 *   RATLS_E_PEER_DENIED  invalid_client, invalid_grant, unauthorized_client, access_denied
 *   RATLS_E_LIMIT        temporarily_unavailable, slow_down: later
 *   RATLS_E_FETCH        any other, and an answer that is none: no strict JSON, another media type,
 *                        another kind of token
 * and those of ratls_request_send(). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_token_fetch(const struct ratls_env *env,
                                                          struct ratls_ctx *ctx,
                                                          const struct ratls_token_fetch *what,
                                                          struct ratls_response *out,
                                                          struct ratls_error *err);

/* ---- a secret ---- */

#define RATLS_SECRET_NAME_MAX 64

/* Everything is borrowed for the call. */
struct ratls_secret_fetch {
    const char *url;    /* above the secrets: "https://host:port/secrets" */
    const char *name;   /* 1 to RATLS_SECRET_NAME_MAX letters, digits, '_' and '-' */
    int64_t version;    /* 0: the active one */
    bool jwe;           /* encrypted to the TLS key of the context's identity (RFC 7516, compact);
                         * opening it is the caller's */
    int64_t timeout_ms; /* 0: RATLS_REQUEST_TIMEOUT_MS */
};

/* out->body is the value, or the JWE. Statuses become reasons, the words of a problem document (RFC
 * 9457) the detail:
 *   RATLS_E_USAGE        400, 405, 406: no such request
 *   RATLS_E_PEER_DENIED  401, 403: this side does not get it
 *   RATLS_E_NOT_FOUND    404, 410
 *   RATLS_E_LIMIT        429: later
 *   RATLS_E_FETCH        any other, and an answer of another media type than the one asked for
 * and those of ratls_request_send(). */
RATLS_API RATLS_MUST_USE enum ratls_err ratls_secret_fetch(const struct ratls_env *env,
                                                           struct ratls_ctx *ctx,
                                                           const struct ratls_secret_fetch *what,
                                                           struct ratls_response *out,
                                                           struct ratls_error *err);

#endif
