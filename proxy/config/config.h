/* config.h - the configuration of ratls-proxy: read once, checked as a whole, then only read.
 *
 * An INI file in stunnel's words. Keys before the first [section] are global or, where they belong
 * to services, defaults for all services. Unknown keys, duplicates, bad values and contradictions
 * are refused with "file:line: text". `-` and `_` in keys mean the same; case of keys does not
 * matter. All files named are read through env->read_file, so that a worker without a file system
 * can load the same text from what its master handed over. Does NOT open sockets, start attesters
 * or judge certificates. */
#ifndef PX_CONFIG_H
#define PX_CONFIG_H

#include <stdio.h>

#include "ratls/ratls.h"

#define PX_MAX_SERVICES 64
#define PX_MAX_WORKERS  64
#define PX_MAX_NAMES    16            /* values of one repeatable key */
#define PX_MAX_FILE     (1024 * 1024) /* a file that a service names */

/* "host:port", "[v6]:port", ":port", "port" (all interfaces for accept, loopback for connect),
 * or an absolute path: a unix socket. */
struct px_address {
    char *text; /* as written, for logs */
    char *path; /* unix socket; NULL otherwise */
    char *host; /* literal or name; "" for all interfaces */
    char port[6];
};

struct px_service {
    char *name;
    const char *file; /* of the configuration; borrowed from px_config */
    unsigned line;    /* of [name] in it */
    struct px_address accept, connect;
    bool client;              /* plain in, attested TLS out; else attested TLS in, plain out */
    enum ratls_mode mode;     /* mode = mutual | attest | verify */
    enum ratls_level binding; /* lowest level accepted: binding = key | session | quote */
    enum ratls_level proof;   /* highest level proven: proof = key | session | quote; key leaves the
                                 AK out of the evidence */
    char *attester, *attester_options;
    char *policy, *roots, *device_keys, *reference_values, *insecure_sim_roots, *plugins,
        *collateral;
    char *crl[PX_MAX_NAMES + 1]; /* TEE:FILE, repeatable */
    char *opa, *opa_path;        /* path NULL: the default */
    int64_t opa_timeout_ms;
    char *store, *stored_policy;      /* URL, perhaps with a password: px_url_shown(); name */
    bool insecure_allow_sim_attester; /* or the start with a simulated attester is refused */
    bool insecure_plain_listen;       /* or a client service accepts on loopback and unix only */
    bool insecure_ignore_selftest;
    char *san[PX_MAX_NAMES + 1]; /* NULL-terminated */
    int64_t identity_lifetime_s;
    char *identity_ca_cert, *identity_ca_key;
    char *ca_file;                      /* CAfile */
    char *check_host[PX_MAX_NAMES + 1]; /* checkHost, repeatable */
    char *sni;
    int64_t connect_timeout_ms, idle_timeout_ms, close_timeout_ms; /* TIMEOUTconnect/idle/close */
    int64_t handshake_timeout_ms, max_lifetime_ms;                 /* 0: no limit of life */
    unsigned max_connections, max_handshakes; /* per worker: open, and not yet accepted */
    unsigned proof_rate;                      /* proofs per second and worker */
};

struct px_config {
    char *path;
    char *setuid_user, *setgid_group; /* workers run as; default nobody when started by root */
    char *pid_file;
    char *output; /* access and event log; NULL: stderr */
    enum ratls_log_level log_level;
    bool foreground;
    unsigned workers;
    int64_t drain_timeout_ms;
    int64_t trust_check_ms; /* 0: never unasked */
    size_t n_services;
    struct px_service services[PX_MAX_SERVICES];
};

/* *out is new. RATLS_E_CONFIG with "file:line: text", RATLS_E_IO when the file cannot be read. */
RATLS_MUST_USE enum ratls_err px_config_load(const struct ratls_env *env, const char *path,
                                             struct px_config **out, struct ratls_error *err);
void px_config_free(struct px_config *c);
/* Files that stay as they were at the start: CAfile, identity-ca-cert; NULL past the end. Borrowed.
 * identity-ca-key is left out: it never reaches a worker. So is the folder of plugins: workers load
 * it before they give up the file system. */
const char *px_service_file(const struct px_service *s, size_t i);
/* Files of trust, which may change while the proxy runs: policy, roots, device keys, reference
 * values, sim roots, CRLs, in this order; NULL past the end. Borrowed. `collateral` comes beside
 * them: it may be a folder. So does the document of `store`, under "store:" and its URL. */
const char *px_service_trust_file(const struct px_service *s, size_t i);
/* Policy, anchors, reference values, collateral and plugins of a service become a new trust; NULL
 * in *out for mode = attest. After `old` (NULL: it is the first) its plugins are taken over, and
 * what would take back what was newer is refused: RATLS_E_COLLATERAL_ROLLBACK. */
RATLS_MUST_USE enum ratls_err px_service_trust(const struct ratls_env *env,
                                               const struct px_service *s,
                                               const struct ratls_trust *old,
                                               struct ratls_trust **out, struct ratls_error *err);
/* All that a service says about TLS, as a frozen context (without identity). `trust` is NULL for
 * mode = attest. */
RATLS_MUST_USE enum ratls_err px_service_ctx(const struct ratls_env *env,
                                             const struct px_service *s, struct ratls_trust *trust,
                                             struct ratls_ctx **out, struct ratls_error *err);
#define PX_SHOWN_URL 256

/* A URL for people, with asterisks in place of passwords; a long one is cut. */
void px_url_shown(const char *url, char out[PX_SHOWN_URL]);
/* What --check prints: one line per service and setting that matters, all insecure_ ones marked. */
void px_config_print(const struct px_config *c, FILE *out);
/* Every key with its default and one line of help, for --help. */
void px_config_help(FILE *out);

#endif
