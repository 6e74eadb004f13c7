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

#include <stdatomic.h>
#include <stdio.h>

#include "ratls/ratls.h"
#include "ratls/secrets.h"

#define PX_MAX_SERVICES 64
#define PX_MAX_WORKERS  64
#define PX_MAX_NAMES    16            /* values of one repeatable key */
#define PX_MAX_CONNECT  16            /* connect addresses of one service */
#define PX_MAX_FILTERS  32            /* filter lines of one service */
#define PX_MAX_SOCKET   16            /* socket lines of one service */
#define PX_MAX_PARTS    64            /* files that are included */
#define PX_MAX_FILE     (1024 * 1024) /* a file that a service names */

/* "host:port", "[v6]:port", ":port", "port" (all interfaces for accept, loopback for connect),
 * or an absolute path: a unix socket, also with "unix:" before it. To listen at, "systemd:NAME"
 * too: a socket that the service manager opened. */
struct px_address {
    char *text;       /* as written, for logs */
    char *path;       /* unix socket; NULL otherwise */
    char *activation; /* NAME of systemd:NAME; NULL otherwise */
    char *host;       /* literal or name; "" for all interfaces; NULL for the two above */
    char port[6];
    unsigned n_ports; /* of a range that begins at `port`; 1 in every service that was loaded */
};

enum px_protocol {
    PX_PROTOCOL_NONE,
    PX_PROTOCOL_PROXY,  /* PROXY v2 goes before the first byte to `connect` */
    PX_PROTOCOL_PROXY1, /* PROXY v1 does */
    PX_PROTOCOL_CONNECT_LISTEN,
    PX_PROTOCOL_SOCKS_LISTEN,
};

/* Neither goes into the background. */
enum px_foreground { PX_FOREGROUND_YES = 1, PX_FOREGROUND_QUIET };

/* What a service is for. */
enum px_purpose {
    PX_RELAY,   /* it connects */
    PX_TOKENS,  /* mode = token: the authority process answers, proxy/authority */
    PX_SECRETS, /* mode = secrets: likewise */
};

enum px_token_claims {
    PX_CLAIMS_EAR,     /* an attestation result and no more */
    PX_CLAIMS_RAW,     /* and every claim of the evidence */
    PX_CLAIMS_SECGEAR, /* and secGear's names */
};

enum px_token_clients {
    PX_CLIENTS_ATTESTED, /* whose channel's verdict allows */
    PX_CLIENTS_ANY,      /* by ordinary TLS: what their request brings is judged */
};

/* What requests for tokens may be about, as bits. */
enum { PX_TAKES_CHANNEL = 1, PX_TAKES_RESULT = 2, PX_TAKES_EVIDENCE = 4, PX_TAKES_ALL = 7 };

enum px_failover { PX_FAILOVER_PRIO, PX_FAILOVER_RR };

enum px_health_kind { PX_HEALTH_NONE, PX_HEALTH_TCP, PX_HEALTH_HTTP };

struct px_health {
    enum px_health_kind kind;
    char *path; /* of PX_HEALTH_HTTP */
};

/* One line SERVICE:PATTERN of `sni`: of what `service` accepts, that for names that fit `pattern`.
 */
struct px_part {
    char *service, *pattern;
};

/* client = yes: `name` is sent, NULL: none. client = no: the service accepts nothing itself, it has
 * parts of what others accept. */
struct px_sni {
    char *name;
    size_t n_parts;
    struct px_part part[PX_MAX_NAMES];
};

/* One line of `filter`: a destination that may be reached. */
struct px_filter {
    char *text; /* as written; NULL: the list is over */
    char *
        name; /* host name or IP literal's text; with `suffix` what stands behind "*"; NULL: CIDR */
    bool suffix;
    int family; /* AF_INET or AF_INET6 with `network`; 0 with `name` */
    uint8_t network[16];
    unsigned prefix;
    uint16_t first_port, last_port;
};

/* One line of `socket`. */
struct px_socket_option {
    char *text;      /* as written; NULL: the list is over */
    char where;      /* a: accepting, l: the accepted connection, r: the one to `connect` */
    int level, name; /* for setsockopt(2) */
    int value;       /* of SO_LINGER: 0 or 1 */
    int linger_s;
    char device[16]; /* of SO_BINDTODEVICE */
};

struct px_service {
    char *name;       /* unique; with a range of ports SECTION:PORT */
    char *section;    /* as written in [ ] */
    const char *file; /* that has it; borrowed from px_config */
    unsigned line;    /* of [name] in it */
    struct px_address accept;
    struct px_address connect[PX_MAX_CONNECT + 1]; /* the last one is empty */
    size_t n_connect;
    bool client;          /* plain in, attested TLS out; else attested TLS in, plain out */
    enum ratls_mode mode; /* mode = mutual | attest | verify; of other purposes than PX_RELAY
                             mutual with an attester, else verify; attest or none where clients
                             need no evidence */
    enum px_purpose purpose;
    enum ratls_level binding; /* lowest level accepted: binding = key | session | quote */
    enum ratls_level proof;   /* highest level proven: proof = key | session | quote; key leaves the
                                 AK out of the evidence */
    char *attester, *attester_options;
    char *device[PX_MAX_NAMES + 1]; /* NAME[:OPTIONS] */
    char *policy, *roots, *device_keys, *reference_values, *insecure_sim_roots, *plugins,
        *collateral;
    char *crl[PX_MAX_NAMES + 1]; /* TEE:FILE, repeatable */
    char *opa, *opa_path;        /* path NULL: the default */
    int64_t opa_timeout_ms;
    char *passport_issuer[PX_MAX_NAMES + 1]; /* ISS FILE */
    char *passport_audience;
    char *passport_from, *passport_target, *passport_policy, *passport_ca_file;
    char *store, *stored_policy;      /* URL, perhaps with a password: px_url_shown(); name */
    bool insecure_allow_sim_attester; /* or the start with a simulated attester is refused */
    bool insecure_plain_listen;       /* or a client service accepts on loopback and unix only */
    bool insecure_ignore_selftest;
    char *san[PX_MAX_NAMES + 1]; /* NULL-terminated */
    int64_t identity_lifetime_s;
    char *identity_ca_cert, *identity_ca_key;
    char *ca_file;                      /* CAfile */
    char *check_host[PX_MAX_NAMES + 1]; /* checkHost, repeatable */
    char *check_ip[PX_MAX_NAMES + 1], *check_email[PX_MAX_NAMES + 1];
    char *peer_spki[PX_MAX_NAMES + 1];      /* SHA-256, 64 small hexadecimal digits */
    char *ca_path, *crl_file, *crl_path;    /* CApath, CRLfile, CRLpath */
    char **ca_path_files, **crl_path_files; /* NULL-terminated; NULL without the folder */
    bool verify_chain, verify_peer, require_cert;
    char *cert, *key; /* of this side, where it shows no evidence */
    bool insecure_no_attestation;
    struct px_sni sni;
    enum px_protocol protocol;
    bool proxy_tlv;
    enum px_failover failover;
    bool retry;
    struct px_health health;
    int64_t health_interval_ms, tcp_user_timeout_ms; /* 0: the kernel's */
    char *local;                                     /* IP literal */
    struct px_socket_option socket[PX_MAX_SOCKET + 1];
    struct px_filter filter[PX_MAX_FILTERS + 1];
    char *users; /* file with passwords: users.h */
    char *plaintext_path[PX_MAX_NAMES + 1];
    char *identity_header, *identity_header_key, *identity_header_audience;
    char *token_issuer;                     /* https://HOST[:PORT] */
    char *token_audience[PX_MAX_NAMES + 1]; /* exactly these */
    char *token_key[PX_MAX_NAMES + 1];      /* [ALG:]FILE; the first one signs */
    char *token_trusts[PX_MAX_NAMES + 1];   /* ISS FILE */
    int64_t token_lifetime_s;
    enum px_token_claims token_claims;
    bool token_dpop_nonce;
    enum px_token_clients token_clients;
    bool token_evidence;               /* also evidence in requests is exchanged */
    char *secrets_store, *secrets_kek; /* URLs */
    char *secrets_reads[PX_MAX_NAMES + 1];
    enum ratls_jwe_enc secrets_jwe;
    unsigned max_connections_per_source; /* per worker; 0: no limit */
    int verify_level;                    /* stunnel's verify, 0 to 4, and 1 more; 0: not said */
    int64_t busy_timeout_ms;             /* TIMEOUTbusy; 0: not said */
    int64_t connect_timeout_ms, idle_timeout_ms, close_timeout_ms; /* TIMEOUTconnect/idle/close */
    int64_t handshake_timeout_ms, max_lifetime_ms;                 /* 0: no limit of life */
    unsigned max_connections, max_handshakes; /* per worker: open, and not yet accepted */
    unsigned proof_rate;                      /* proofs per second and worker */
};

struct px_config {
    atomic_uint others; /* who holds it, besides the first */
    char *path;
    char *parts[PX_MAX_PARTS]; /* files that were included, in order; NULL behind them */
    char **warnings;           /* "file:line: text", about keys that are not obeyed as written;
                                  NULL-terminated */
    char *setuid_user, *setgid_group; /* workers run as; default nobody when started by root */
    char *pid_file;
    char *output;     /* access and event log; NULL: stderr */
    char *access_log; /* file, or syslog, journal, none; NULL: where `output` is */
    unsigned access_log_sample;
    bool syslog;
    char *syslog_socket;
    char *log_name;          /* service: the name in syslog */
    struct px_address admin; /* text NULL: none */
    char *admin_token;
    bool sandbox, sandbox_connect, insecure_no_sandbox, lock_memory;
    enum ratls_log_level log_level;
    enum px_foreground foreground;
    int offload;       /* not 0: cryptography by libcrypto */
    int log_overwrite; /* `output` begins empty */
    unsigned workers;
    int64_t drain_timeout_ms;
    int64_t trust_check_ms; /* 0: never unasked */
    size_t n_services;
    struct px_service services[PX_MAX_SERVICES];
};

/* *out is new. RATLS_E_CONFIG with "file:line: text", RATLS_E_IO when the file cannot be read. */
RATLS_MUST_USE enum ratls_err px_config_load(const struct ratls_env *env, const char *path,
                                             struct px_config **out, struct ratls_error *err);
struct px_config *px_config_ref(struct px_config *c); /* any thread */
void px_config_free(struct px_config *c);             /* the last one frees it; NULL is legal */
/* Files that stay as they were at the start: CAfile, CRLfile, identity-ca-cert, users,
 * passport-CAfile,
 * and those of CApath and CRLpath; NULL past the end.
 * Borrowed. identity-ca-key is left out: it never reaches a worker; cert and key do as an identity.
 * So is the folder of plugins: workers load it before they give up the file system. */
const char *px_service_file(const struct px_service *s, size_t i);
/* The word of `mode`; borrowed for ever. */
const char *px_service_mode(const struct px_service *s);
/* Of a value of token-key: the file, and its algorithm (copied; "" for the usual one). */
#define PX_TOKEN_ALG 8
const char *px_token_key_file(const char *value, char alg[PX_TOKEN_ALG]);
/* Of a value of token-trusts or passport-issuer: the file, and the issuer (copied); NULL: it is
 * none. */
#define PX_TOKEN_ISS 257
const char *px_token_trust_file(const char *value, char iss[PX_TOKEN_ISS]);
/* The folder that a store lies in, new text; NULL: a database elsewhere, or memory is short. */
char *px_store_folder(const char *url);
/* Where the database of postgresql://[USER@]HOST[:PORT]/... listens: its TCP port, or 0 for a unix
 * socket. False: it is another URL, or does not say so before its path. */
RATLS_MUST_USE bool px_store_port(const char *url, uint16_t *port);
/* Is anybody's evidence judged here: of peers, or what requests for tokens bring? */
bool px_service_judges(const struct px_service *s);
unsigned px_service_takes(const struct px_service *s); /* PX_TAKES_... of mode = token */
/* Does this side have a certificate of its own: one with evidence, or that of `cert`? */
bool px_service_has_identity(const struct px_service *s);
/* Files of trust, which may change while the proxy runs: policy, roots, device keys, reference
 * values, sim roots, CRLs, issuers of passports, passport-policy, in this order; NULL past the end.
 * Borrowed. `collateral` comes beside them: it may be a folder. So does the document of `store`,
 * under "store:" and its URL. */
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
/* As px_service_ctx(), for asking the endpoint of passport-from, which counts as a peer of its own:
 * by passport-policy, by passport-CAfile and its name, by both, or, where there is neither, as any
 * peer. `trusted` reads files of trust, `env` the others. */
RATLS_MUST_USE enum ratls_err px_service_passport_ctx(const struct ratls_env *env,
                                                      const struct ratls_env *trusted,
                                                      const struct px_service *s,
                                                      struct ratls_ctx **out,
                                                      struct ratls_error *err);
uint16_t px_service_passport_port(const struct px_service *s); /* of passport-from */
/* Borrowed; NULL where none has this name. */
const struct px_service *px_config_service(const struct px_config *c, const char *name);
/* TCP ports that workers connect to by this configuration, for names included, with a 0 behind. A
 * port may be there twice. */
#define PX_MAX_PORTS (PX_MAX_SERVICES * (PX_MAX_CONNECT + 1) + 2)
void px_config_ports(const struct px_config *c, uint16_t ports[PX_MAX_PORTS]);
/* The first key whose value `now` must not change without a restart, and does; NULL: none. */
const char *px_config_fixed(const struct px_config *old, const struct px_config *now);

/* Which service a connection to `s` is for whose client names a server in small letters: the first
 * one whose pattern fits, or `s` itself. Borrowed. */
const struct px_service *px_sni_choose(const struct px_config *c, const struct px_service *s,
                                       const char *name);
/* Does the name fit the pattern: itself, or *.x, which takes one label or more before it? */
bool px_sni_fits(const char *name, const char *pattern);
/* Has any other service something of what `s` accepts? */
bool px_sni_routes(const struct px_config *c, const struct px_service *s);
#define PX_SHOWN_URL 256

/* A URL for people, with asterisks in place of passwords; a long one is cut. */
void px_url_shown(const char *url, char out[PX_SHOWN_URL]);
/* What --check prints: one line per service and setting that matters, all insecure_ ones marked. */
void px_config_print(const struct px_config *c, FILE *out);
/* Every key with its default and one line of help, for --help. */
void px_config_help(FILE *out);

#endif
