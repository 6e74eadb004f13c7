/* The table of keys: parsing, --help, ratls-proxy.conf(5) and what is said of unknown keys are made
 * of it. Prose of the manual is in proxy/man/ratls-proxy.conf.5.in. */
#include <stddef.h>

#include "config_impl.h"

/* A reload makes services anew, and all of their keys may change, but those of SERVICE_FIXED:
 * workers load plugins, and the library that asks an OPA, before they give up the file system. */
#define GLOBAL(member)        .scope = PX_GLOBAL, .offset = offsetof(struct px_config, member)
#define SERVICE_FIXED(member) .scope = PX_SERVICE, .offset = offsetof(struct px_service, member)
#define SERVICE(member)       SERVICE_FIXED(member), .change = PX_RELOAD

/* A key of stunnel that nothing is done about, and one that would mislead; `value` asks for
 * nothing. */
#define IGNORED(key, where, value, why)                                                            \
    {                                                                                              \
        key, .scope = where, .kind = PX_NOTHING, .disposition = PX_IGNORED, .harmless = value,     \
             .help = why                                                                           \
    }
#define REFUSED(key, where, value, why)                                                            \
    {                                                                                              \
        key, .scope = where, .kind = PX_NOTHING, .disposition = PX_REFUSED, .harmless = value,     \
             .help = why                                                                           \
    }

#define MINUTE 60
#define DAY    (24 * 60 * MINUTE)

static const struct px_word log_levels[] = {
    {"error", RATLS_LOG_ERROR, NULL}, {"warning", RATLS_LOG_WARNING, NULL},
    {"info", RATLS_LOG_INFO, NULL},   {"debug", RATLS_LOG_DEBUG, NULL},
    {"notice", RATLS_LOG_INFO, NULL}, {"err", RATLS_LOG_ERROR, NULL},
    {"crit", RATLS_LOG_ERROR, NULL},  {"alert", RATLS_LOG_ERROR, NULL},
    {"emerg", RATLS_LOG_ERROR, NULL}, {"0", RATLS_LOG_ERROR, NULL},
    {"1", RATLS_LOG_ERROR, NULL},     {"2", RATLS_LOG_ERROR, NULL},
    {"3", RATLS_LOG_ERROR, NULL},     {"4", RATLS_LOG_WARNING, NULL},
    {"5", RATLS_LOG_INFO, NULL},      {"6", RATLS_LOG_INFO, NULL},
    {"7", RATLS_LOG_DEBUG, NULL},     {0},
};

#define WORD_OF(purpose) ((purpose) * (PX_WORDS_OF_PURPOSE))

static const struct px_word offloads[] = {{"auto", 1, NULL}, {"off", 0, NULL}, {0}};

static const struct px_word modes[] = {{"mutual", RATLS_MUTUAL, NULL},
                                       {"attest", RATLS_ATTEST, NULL},
                                       {"verify", RATLS_VERIFY, NULL},
                                       {"none", RATLS_NONE, NULL},
                                       {"token", WORD_OF(PX_TOKENS), NULL},
                                       {"secrets", WORD_OF(PX_SECRETS), NULL},
                                       {0}};

static const struct px_word token_claims[] = {{"ear", PX_CLAIMS_EAR, NULL},
                                              {"raw", PX_CLAIMS_RAW, NULL},
                                              {"secgear", PX_CLAIMS_SECGEAR, NULL},
                                              {0}};

static const struct px_word token_clients[] = {
    {"attested", PX_CLIENTS_ATTESTED, NULL}, {"any", PX_CLIENTS_ANY, NULL}, {0}};

static const struct px_word jwe_encs[] = {
    {"A256GCM", RATLS_JWE_A256GCM, NULL}, {"SGD_SM4_GCM", RATLS_JWE_SM4_GCM, NULL}, {0}};

#define STARTTLS "speaks before TLS begins: not supported, let the client begin with TLS"
#define UPSTREAM "goes through another proxy: not supported"

static const struct px_word protocols[] = {
    {"proxy", PX_PROTOCOL_PROXY, NULL},
    {"proxy1", PX_PROTOCOL_PROXY1, NULL},
    {"connect-listen", PX_PROTOCOL_CONNECT_LISTEN, NULL},
    {"socks-listen", PX_PROTOCOL_SOCKS_LISTEN, NULL},
    {"connect", 0, UPSTREAM},
    {"socks", 0, UPSTREAM},
    {"capwin", 0, STARTTLS},
    {"capwinctrl", 0, STARTTLS},
    {"cifs", 0, STARTTLS},
    {"imap", 0, STARTTLS},
    {"ldap", 0, STARTTLS},
    {"nntp", 0, STARTTLS},
    {"pgsql", 0, STARTTLS},
    {"pop3", 0, STARTTLS},
    {"smtp", 0, STARTTLS},
    {0},
};

static const struct px_word failovers[] = {
    {"prio", PX_FAILOVER_PRIO, NULL}, {"rr", PX_FAILOVER_RR, NULL}, {0}};

static const struct px_word levels[] = {{"key", RATLS_LEVEL_KEY, NULL},
                                        {"session", RATLS_LEVEL_SESSION, NULL},
                                        {"quote", RATLS_LEVEL_QUOTE, NULL},
                                        {0}};

static const struct px_word foregrounds[] = {
    {"yes", PX_FOREGROUND_YES, NULL},
    {"quiet", PX_FOREGROUND_QUIET, NULL},
    {"no", 0, "never goes into the background: leave that to a service manager"},
    {0}};

static const struct px_word log_modes[] = {{"append", 0, NULL}, {"overwrite", 1, NULL}, {0}};

#define OLD_TLS "attested TLS is TLS 1.3: write TLSv1.3"

static const struct px_word versions[] = {
    {"TLSv1.3", 0, NULL},  {"all", 0, NULL},      {"TLSv1.2", 0, OLD_TLS}, {"TLSv1.1", 0, OLD_TLS},
    {"TLSv1", 0, OLD_TLS}, {"SSLv3", 0, OLD_TLS}, {"SSLv2", 0, OLD_TLS},   {0}};

/* What the library always offers; see ratls/tls_ctx.c. */
static const struct px_word suites[] = {{"TLS_AES_128_GCM_SHA256", 1, NULL},
                                        {"TLS_AES_256_GCM_SHA384", 2, NULL},
                                        {"TLS_CHACHA20_POLY1305_SHA256", 4, NULL},
                                        {0}};

static const struct px_word curves[] = {{"X25519", 1, NULL},
                                        {"P-256", 2, NULL},
                                        {"prime256v1", 2, NULL},
                                        {"secp256r1", 2, NULL},
                                        {"P-384", 4, NULL},
                                        {"secp384r1", 4, NULL},
                                        {0}};

/* stunnel's five levels, each as one more than its number. */
static const struct px_word verify_levels[] = {{"0", 1, NULL}, {"1", 2, NULL}, {"2", 3, NULL},
                                               {"3", 4, NULL}, {"4", 5, NULL}, {0}};

#define KERNEL_RANDOM "randomness comes from the kernel"
#define NO_OPENSSL    "the TLS library is not OpenSSL"
#define WINDOWS       "there is no Windows here"
#define NO_OCSP       "evidence has revocation of its own, and CRLfile is for certificates"
#define NO_RESUMPTION "no session is ever resumed"
#define NO_PROGRAMS   "no programs are started: let a service manager do it, and connect to it"
#define NO_PSK        "a shared key says nothing of what runs at the other end"
#define UPSTREAM_KEY  "connections through another proxy are not supported"
#define MINTED        "has no effect in a service that shows evidence, whose keys are made anew"

/* clang-format off: one key, one look */
static const struct px_option options[] = {
    {"setuid", .kind = PX_TEXT, GLOBAL(setuid_user), .min = 1,
     .help = "user that workers run as (started by root: nobody)"},
    {"setgid", .kind = PX_TEXT, GLOBAL(setgid_group), .min = 1,
     .help = "group that workers run as (default: that of the user)"},
    {"include", .kind = PX_INCLUDE, .scope = PX_GLOBAL, .change = PX_RELOAD,
     .help = "folder whose files *.conf are read here, by name"},
    {"pid", .kind = PX_TEXT, GLOBAL(pid_file), .help = "file for the master's process id"},
    {"output", .kind = PX_TEXT, GLOBAL(output), .change = PX_RELOAD, .min = 1,
     .help = "file for the access and event log (default: standard error)"},
    {"log", .kind = PX_WORD, GLOBAL(log_overwrite), .words = log_modes, .fallback = "append",
     .help = "what becomes of the old file of output: append or overwrite"},
    {"log-level", "debug", .kind = PX_LEVEL, GLOBAL(log_level), .change = PX_RELOAD,
     .words = log_levels, .fallback = "info",
     .help = "error, warning, info, debug, or stunnel's 0 to 7"},
    {"syslog", .kind = PX_BOOL, GLOBAL(syslog), .change = PX_RELOAD, .fallback = "no",
     .help = "what goes to output goes to syslog, too"},
    {"syslog-socket", .kind = PX_TEXT, GLOBAL(syslog_socket), .change = PX_RELOAD, .min = 1,
     .fallback = "/dev/log", .help = "where syslog listens"},
    {"service", .kind = PX_TEXT, GLOBAL(log_name), .change = PX_RELOAD, .min = 1,
     .fallback = "ratls-proxy", .help = "name of this proxy in syslog"},
    {"access-log", .kind = PX_TEXT, GLOBAL(access_log), .change = PX_RELOAD, .min = 1,
     .help = "FILE, syslog, journal or none for connections (default: where output is)"},
    {"access-log-sample", .kind = PX_NUMBER, GLOBAL(access_log_sample), .change = PX_RELOAD,
     .min = 1, .max = 1000000, .fallback = "1",
     .help = "of allowed connections, one in so many is logged"},
    {"admin", .kind = PX_LISTEN, GLOBAL(admin),
     .help = "where status and metrics are served: unix:/path, 127.0.0.1:port, systemd:NAME"},
    {"admin-token", .kind = PX_TEXT, GLOBAL(admin_token), .min = 1, .secret = true,
     .help = "file with the token that clients of a TCP admin address send"},
    {"foreground", .kind = PX_WORD, GLOBAL(foreground), .change = PX_RELOAD, .words = foregrounds,
     .fallback = "yes", .help = "yes, or quiet: with syslog, nothing goes to standard error"},
    {"workers", .kind = PX_NUMBER, GLOBAL(workers), .min = 1, .max = PX_MAX_WORKERS,
     .help = "worker processes (default: one per CPU)"},
    {"drain-timeout", .kind = PX_MILLIS, GLOBAL(drain_timeout_ms), .change = PX_RELOAD, .max = DAY,
     .fallback = "30", .help = "time for open connections to end after SIGTERM"},
    {"sandbox", .kind = PX_BOOL, GLOBAL(sandbox), .fallback = "yes",
     .help = "workers give up the file system and system calls they do not need"},
    {"sandbox-connect", .kind = PX_BOOL, GLOBAL(sandbox_connect), .fallback = "no",
     .help = "workers connect to no TCP ports but those of the file; another one needs a restart"},
    {"offload", .kind = PX_WORD, GLOBAL(offload), .words = offloads, .fallback = "auto",
     .help = "cryptography by libcrypto, or off: by wolfCrypt alone"},
    {"lock-memory", .kind = PX_BOOL, GLOBAL(lock_memory), .fallback = "no",
     .help = "memory is never swapped out"},
    {"trust-check", .kind = PX_MILLIS, GLOBAL(trust_check_ms), .change = PX_RELOAD, .max = DAY,
     .fallback = "250ms", .help = "how often files of trust are looked at; 0: on SIGHUP only"},

    {"accept", .kind = PX_LISTEN, SERVICE(accept),
     .help = "address to listen on, host:a-b for a range of ports, or systemd:NAME"},
    {"client", .kind = PX_BOOL, SERVICE(client), .fallback = "no",
     .help = "yes: plain in, attested TLS out; no: attested TLS in, plain out"},
    {"mode", .kind = PX_MODE, SERVICE(mode), .words = modes, .fallback = "mutual",
     .help =
         "who shows evidence: mutual, attest (this side), verify (the peer), none; token; secrets"},
    {"connect", .kind = PX_CONNECTS, SERVICE(connect), .use = PX_RELAYS,
     .help = "address to connect to"},
    {"attester", .kind = PX_TEXT, SERVICE(attester), .use = PX_SHOWS, .min = 1,
     .help =
         "where own evidence comes from: tsm, sev-guest, sgx, virtcca, tpm, or sim-... for tests"},
    {"attester-options", .kind = PX_JOINED, SERVICE(attester_options), .use = PX_SHOWS, .min = 1,
     .help = "key=value,... for the attester"},
    {"device", .kind = PX_DEVICES, SERVICE(device), .use = PX_SHOWS,
     .help = "NAME[:OPTIONS], a device (GPU) that attests beside the TEE; may repeat"},
    {"policy", .kind = PX_TEXT, SERVICE(policy), .use = PX_JUDGES, .min = 1,
     .help = "file of the policy that peers are judged by"},
    {"roots", .kind = PX_TEXT, SERVICE(roots), .use = PX_JUDGES, .min = 1,
     .help = "file of TEE vendors' roots (default: those built in)"},
    {"device-keys", .kind = PX_TEXT, SERVICE(device_keys), .use = PX_JUDGES, .min = 1,
     .help = "file of Arm CCA platforms' keys (JSON)"},
    {"reference-values", .kind = PX_TEXT, SERVICE(reference_values), .use = PX_JUDGES, .min = 1,
     .help = "file of reference values of Arm CCA (JSON)"},
    {"collateral", .kind = PX_TEXT, SERVICE(collateral), .use = PX_JUDGES, .min = 1,
     .help = "vendor collateral: a document, or a folder of *.json"},
    {"crl", .kind = PX_TEE_FILES, SERVICE(crl), .use = PX_JUDGES,
     .help = "TEE:FILE, revocation lists for snp or virtcca"},
    {"store", .kind = PX_URL, SERVICE(store), .use = PX_JUDGES, .min = 1,
     .help = "where reference values, anchors, policies and revocations are kept"},
    {"stored-policy", .needs = "store", .kind = PX_TEXT, SERVICE(stored_policy), .use = PX_JUDGES,
     .min = 1,
     .help = "policy of the store that peers are judged by (default: default, or that built in)"},
    {"passport-issuer", .kind = PX_TRUSTED, SERVICE(passport_issuer), .use = PX_JUDGES,
     .help = "ISS /FILE: whose passports of peers are believed, and his JWK set"},
    {"passport-audience", .kind = PX_TARGET, SERVICE(passport_audience), .use = PX_JUDGES,
     .help = "for whom these passports must be made: the audience that names this side"},
    {"plugins", .kind = PX_TEXT, SERVICE_FIXED(plugins), .use = PX_JUDGES, .min = 1,
     .help = "folder of verifier plugins"},
    {"opa", .kind = PX_TEXT, SERVICE_FIXED(opa), .change = PX_FIRST, .use = PX_JUDGES, .min = 1,
     .help = "Open Policy Agent asked after the policy: http+unix:/path, http://127.0.0.1:8181"},
    {"opa-path", .needs = "opa", .kind = PX_TEXT, SERVICE(opa_path), .use = PX_JUDGES, .min = 1,
     .help = "its rule (default: ratls/allow)"},
    {"opa-timeout", .needs = "opa", .kind = PX_MILLIS, SERVICE(opa_timeout_ms), .use = PX_JUDGES,
     .min = 1, .max = MINUTE, .fallback = "2", .help = "one question, connecting included"},
    {"binding", .kind = PX_WORD, SERVICE(binding), .use = PX_JUDGES, .words = levels,
     .fallback = "session", .help = "lowest level taken from the peer: key, session or quote"},
    {"proof", .kind = PX_WORD, SERVICE(proof), .use = PX_SHOWS, .words = levels,
     .fallback = "session", .help = "highest level proven to the peer: key, session or quote"},
    {"proof-rate", .kind = PX_NUMBER, SERVICE(proof_rate), .use = PX_SHOWS, .min = 1,
     .max = PX_MAX_ACCEPTED, .fallback = "1000", .help = "proofs per second and worker"},
    {"san", .kind = PX_NAMES, SERVICE(san), .use = PX_SHOWS,
     .help = "names in the own certificate"},
    {"identity-lifetime", .kind = PX_SECONDS, SERVICE(identity_lifetime_s), .use = PX_SHOWS,
     .min = MINUTE, .max = 60 * MINUTE, .fallback = "3600",
     .help = "life of the own keys and certificate"},
    {"passport-from", .kind = PX_ENDPOINT, SERVICE(passport_from), .use = PX_SHOWS,
     .help = "token endpoint, https://HOST[:PORT]/PATH, whose result is shown instead of evidence"},
    {"passport-target", .needs = "passport-from", .kind = PX_TARGET, SERVICE(passport_target),
     .use = PX_SHOWS, .help = "for whom it is asked for (default: the endpoint knows one only)"},
    {"passport-policy", .needs = "passport-from", .kind = PX_TEXT, SERVICE(passport_policy),
     .use = PX_JUDGES, .min = 1,
     .help = "file of the policy that the endpoint is judged by (default: that of peers)"},
    {"passport-CAfile", .needs = "passport-from", .kind = PX_TEXT, SERVICE(passport_ca_file),
     .use = PX_SHOWS, .min = 1,
     .help = "CAs one of which must have signed the endpoint's certificate, which has its name"},
    {"identity-ca-cert", .kind = PX_TEXT, SERVICE(identity_ca_cert), .use = PX_SHOWS, .min = 1,
     .help = "CA certificate that signs the own certificate"},
    {"identity-ca-key", .kind = PX_TEXT, SERVICE(identity_ca_key), .use = PX_SHOWS, .min = 1,
     .secret = true, .help = "key of that CA; only its owner may have access"},
    {"CAfile", .kind = PX_TEXT, SERVICE(ca_file), .min = 1,
     .help = "CAs one of which must have signed the peer's certificate, too"},
    {"checkHost", .kind = PX_NAMES, SERVICE(check_host),
     .help = "names one of which must be in the peer's certificate"},
    {"checkIP", .kind = PX_IPS, SERVICE(check_ip),
     .help = "addresses one of which must be in the peer's certificate"},
    {"checkEmail", .kind = PX_EMAILS, SERVICE(check_email),
     .help = "mail addresses one of which must be in the peer's certificate"},
    {"CApath", .kind = PX_TEXT, SERVICE(ca_path), .min = 1,
     .help = "folder whose files *.pem are CAs, as CAfile"},
    {"CRLfile", .kind = PX_TEXT, SERVICE(crl_file), .min = 1,
     .help = "revocation lists of all issuers below CAfile (PEM)"},
    {"CRLpath", .kind = PX_TEXT, SERVICE(crl_path), .min = 1,
     .help = "folder whose files *.pem are revocation lists, as CRLfile"},
    {"verifyChain", .kind = PX_BOOL, SERVICE(verify_chain), .fallback = "no",
     .help = "the peer's certificate must be signed by a CA of CAfile"},
    {"verifyPeer", .kind = PX_BOOL, SERVICE(verify_peer), .fallback = "no",
     .help = "the peer's key must be that of a certificate in CAfile"},
    {"requireCert", .kind = PX_BOOL, SERVICE(require_cert), .fallback = "no",
     .help = "the peer must show a certificate"},
    {"peer-spki", .kind = PX_PINS, SERVICE(peer_spki),
     .help = "SHA-256 of keys one of which must be the peer's"},
    {"cert", .kind = PX_TEXT, SERVICE(cert), .min = 1, .noted = PX_SHOWS, .note = MINTED,
     .help = "certificate chain of a side that shows no evidence"},
    {"key", .kind = PX_TEXT, SERVICE(key), .min = 1, .secret = true, .noted = PX_SHOWS,
     .note = MINTED, .help = "its key (default: in the file of cert)"},
    {"sni", .kind = PX_SNI, SERVICE(sni),
     .help = "server name to send (default: none); client = no: SERVICE:PATTERN"},
    {"protocol", .kind = PX_WORD, SERVICE(protocol), .use = PX_RELAYS, .words = protocols,
     .help = "proxy, proxy1 (to the backend), connect-listen or socks-listen (from clients)"},
    {"proxy-tlv", .needs = "protocol", .kind = PX_BOOL, SERVICE(proxy_tlv), .use = PX_RELAYS,
     .fallback = "yes", .help = "protocol = proxy says who the peer is"},
    {"filter", .kind = PX_FILTERS, SERVICE(filter), .use = PX_CLIENT,
     .help = "destination that clients may ask for: HOST, *.SUFFIX or CIDR, then :PORT[-PORT]"},
    {"users", .needs = "protocol", .kind = PX_TEXT, SERVICE(users), .use = PX_CLIENT, .min = 1,
     .secret = true,
     .help = "file of lines USER:PASSWORD, one of which clients that ask for destinations show"},
    {"plaintext-path", .kind = PX_PATHS, SERVICE(plaintext_path), .use = PX_SERVER,
     .help = "path of an HTTP request that needs no TLS"},
    {"identity-header", .kind = PX_TOKEN, SERVICE(identity_header), .use = PX_SERVER,
     .help = "HTTP header that tells the backend who the peer is, signed"},
    {"identity-header-key", .needs = "identity-header", .kind = PX_TEXT,
     SERVICE(identity_header_key), .use = PX_SERVER, .min = 1, .secret = true,
     .help = "key that signs it: EC P-256, only for its owner"},
    {"identity-header-audience", .needs = "identity-header", .kind = PX_TEXT,
     SERVICE(identity_header_audience), .use = PX_SERVER, .min = 1,
     .help = "whom it is for (default: the name of the service)"},
    {"token-issuer", .kind = PX_ORIGIN, SERVICE(token_issuer), .use = PX_ISSUES,
     .help = "who signs tokens, https://HOST[:PORT]"},
    {"token-audience", .kind = PX_TARGETS, SERVICE(token_audience), .use = PX_ISSUES,
     .help = "for whom tokens may be: audience or resource of a request"},
    {"token-key", .kind = PX_KEYS, SERVICE(token_key), .use = PX_ISSUES, .secret = true,
     .help = "[ALG:]/FILE, a key only for its owner: the first one signs, all are published"},
    {"token-trusts", .kind = PX_TRUSTED, SERVICE(token_trusts), .use = PX_ISSUES,
     .help = "ISS /FILE: whose attestation results are exchanged, and his JWK set"},
    {"token-evidence", .kind = PX_BOOL, SERVICE(token_evidence), .use = PX_ISSUES, .fallback = "no",
     .help = "evidence that a request brings is judged by policy, and exchanged"},
    {"token-clients", .kind = PX_WORD, SERVICE(token_clients), .use = PX_ISSUES,
     .words = token_clients, .fallback = "attested",
     .help = "attested; or any: by ordinary TLS, for what their requests bring"},
    {"token-lifetime", .kind = PX_SECONDS, SERVICE(token_lifetime_s), .use = PX_ISSUES, .min = 10,
     .max = DAY, .fallback = "300", .help = "life of a token, if the verdict does not end before"},
    {"token-claims", .kind = PX_WORD, SERVICE(token_claims), .use = PX_ISSUES,
     .words = token_claims, .fallback = "ear",
     .help = "ear: the result; raw: all claims of the evidence, too; secgear: its names, too"},
    {"token-dpop-nonce", .kind = PX_BOOL, SERVICE(token_dpop_nonce), .use = PX_ISSUES,
     .fallback = "no", .help = "a DPoP proof must have a nonce of this service (RFC 9449 s.8)"},
    {"secrets-store", .kind = PX_URL, SERVICE_FIXED(secrets_store), .use = PX_KEEPS, .min = 1,
     .help = "where secrets are kept: folder:/path, sqlite:/path or postgresql://HOST[:PORT]/..."},
    {"secrets-kek", .kind = PX_URL, SERVICE_FIXED(secrets_kek), .use = PX_KEEPS, .min = 1,
     .help = "key that they are sealed under: file:/path, only for its owner, or pkcs11:..."},
    {"secrets-jwe", .kind = PX_WORD, SERVICE_FIXED(secrets_jwe), .use = PX_KEEPS, .words = jwe_encs,
     .fallback = "A256GCM",
     .help = "what seals a value that is sent as JWE: A256GCM, or SGD_SM4_GCM (SM4, by libgcrypt)"},
    {"secrets-reads", .kind = PX_PATHS, SERVICE_FIXED(secrets_reads), .use = PX_KEEPS,
     .help = "what key and store read while they work: folder of a token, roots of a database"},
    {"failover", .kind = PX_WORD, SERVICE(failover), .use = PX_RELAYS, .words = failovers,
     .fallback = "prio", .help = "of several connect addresses: prio, the first that works, or rr"},
    {"retry", .kind = PX_BOOL, SERVICE(retry), .use = PX_RELAYS, .fallback = "no",
     .help = "connect again until TIMEOUTconnect"},
    {"health-check", .kind = PX_HEALTH, SERVICE(health), .use = PX_RELAYS,
     .help = "how backends are looked at: tcp, http:/path or none (default)"},
    {"health-interval", .needs = "health-check", .kind = PX_MILLIS, SERVICE(health_interval_ms),
     .use = PX_RELAYS, .min = 1, .max = 60 * MINUTE, .fallback = "10", .help = "how often"},
    {"tcp-user-timeout", .kind = PX_MILLIS, SERVICE(tcp_user_timeout_ms), .max = DAY,
     .fallback = "0",
     .help = "bytes that a peer does not confirm for so long end the connection; 0: the kernel's"},
    {"local", .kind = PX_IP, SERVICE(local), .use = PX_RELAYS,
     .help = "own address for connections to connect"},
    {"socket", .kind = PX_SOCKETS, SERVICE(socket),
     .help = "a|l|r:OPTION=VALUE of accepting, accepted and connecting sockets"},
    {"handshake-timeout", .kind = PX_MILLIS, SERVICE(handshake_timeout_ms), .min = 1,
     .max = 10 * MINUTE, .fallback = "10", .help = "TLS handshake and both verdicts"},
    {"TIMEOUTconnect", .kind = PX_MILLIS, SERVICE(connect_timeout_ms), .min = 1, .max = 60 * MINUTE,
     .fallback = "10", .help = "reaching the connect address"},
    {"TIMEOUTidle", .kind = PX_MILLIS, SERVICE(idle_timeout_ms), .min = 1, .max = 30 * DAY,
     .fallback = "43200", .help = "a connection on which nothing moves"},
    {"TIMEOUTclose", .kind = PX_MILLIS, SERVICE(close_timeout_ms), .max = DAY, .fallback = "60",
     .help = "flushing and close_notify at the end"},
    {"max-lifetime", .kind = PX_MILLIS, SERVICE(max_lifetime_ms), .max = 365 * DAY, .fallback = "0",
     .help = "longest life of a connection; 0: no limit"},
    {"max-connections", .kind = PX_NUMBER, SERVICE(max_connections), .min = 1,
     .max = PX_MAX_ACCEPTED, .fallback = "10000", .help = "open connections per worker"},
    {"max-connections-per-source", .kind = PX_NUMBER, SERVICE(max_connections_per_source),
     .max = PX_MAX_ACCEPTED, .fallback = "0",
     .help = "open connections per worker and source address; 0: no limit"},
    {"max-handshakes", .kind = PX_NUMBER, SERVICE(max_handshakes), .min = 1, .max = PX_MAX_ACCEPTED,
     .fallback = "1000", .help = "unfinished handshakes per worker"},
    {"insecure-sim-roots", .kind = PX_TEXT, SERVICE(insecure_sim_roots), .use = PX_JUDGES, .min = 1,
     .help = "roots of simulated TEEs: their evidence proves nothing"},
    {"insecure-allow-sim-attester", .kind = PX_BOOL, SERVICE(insecure_allow_sim_attester),
     .use = PX_SHOWS, .fallback = "no", .help = "start with a simulated TEE: it protects nothing"},
    {"insecure-plain-listen", .kind = PX_BOOL, SERVICE(insecure_plain_listen), .use = PX_CLIENT,
     .fallback = "no", .help = "take plain connections from other machines"},
    {"insecure-ignore-selftest", .kind = PX_BOOL, SERVICE(insecure_ignore_selftest),
     .fallback = "no", .help = "start although the TLS library fails the self-test"},
    {"insecure-no-attestation", .kind = PX_BOOL, SERVICE(insecure_no_attestation), .fallback = "no",
     .help = "mode = none is allowed: nobody shows evidence"},
    {"insecure-no-sandbox", .kind = PX_BOOL, GLOBAL(insecure_no_sandbox), .fallback = "no",
     .help = "sandbox = no is allowed"},
    {"verify", .kind = PX_WORD, SERVICE(verify_level), .words = verify_levels,
     .note = "is an old word: see verifyChain, verifyPeer and requireCert",
     .help = "stunnel's 0 to 4, for verifyChain, verifyPeer and requireCert"},
    {"TIMEOUTbusy", .kind = PX_MILLIS, SERVICE(busy_timeout_ms), .min = 1, .max = DAY,
     .note = "limits the handshake, if below handshake-timeout; TIMEOUTidle limits what follows",
     .help = "the same as a shorter handshake-timeout"},
    {"sslVersion", .kind = PX_NOTHING, .scope = PX_SERVICE, .change = PX_RELOAD, .words = versions,
     .help = "TLSv1.3 and nothing older"},
    {"sslVersionMin", .kind = PX_NOTHING, .scope = PX_SERVICE, .change = PX_RELOAD,
     .words = versions, .help = "TLSv1.3 and nothing older"},
    {"sslVersionMax", .kind = PX_NOTHING, .scope = PX_SERVICE, .change = PX_RELOAD,
     .words = versions, .help = "TLSv1.3 and nothing older"},
    {"ciphersuites", .kind = PX_COVERS, .scope = PX_SERVICE, .change = PX_RELOAD, .words = suites,
     .help = "a list that holds all three suites of TLS 1.3 that are always offered"},
    {"curves", "curve", .kind = PX_COVERS, .scope = PX_SERVICE, .change = PX_RELOAD,
     .words = curves,
     .help = "a list that holds X25519, P-256 and P-384, which are always offered"},

    IGNORED("chroot", PX_GLOBAL, NULL, "RootDirectory= of a systemd unit does that"),
    IGNORED("setEnv", PX_GLOBAL, NULL, "Environment= of a systemd unit does that"),
    IGNORED("RNDfile", PX_GLOBAL, NULL, KERNEL_RANDOM),
    IGNORED("RNDbytes", PX_GLOBAL, NULL, KERNEL_RANDOM),
    IGNORED("RNDoverwrite", PX_GLOBAL, NULL, KERNEL_RANDOM),
    IGNORED("EGD", PX_GLOBAL, NULL, KERNEL_RANDOM),
    IGNORED("compression", PX_GLOBAL, NULL, "TLS 1.3 has no compression"),
    IGNORED("fips", PX_GLOBAL, "no", "the TLS library is not OpenSSL, and is not validated"),
    IGNORED("engine", PX_GLOBAL, NULL, NO_OPENSSL),
    IGNORED("engineCtrl", PX_GLOBAL, NULL, NO_OPENSSL),
    IGNORED("engineDefault", PX_GLOBAL, NULL, NO_OPENSSL),
    IGNORED("provider", PX_GLOBAL, NULL, NO_OPENSSL),
    IGNORED("providerParameter", PX_GLOBAL, NULL, NO_OPENSSL),
    IGNORED("iconActive", PX_GLOBAL, NULL, WINDOWS),
    IGNORED("iconError", PX_GLOBAL, NULL, WINDOWS),
    IGNORED("iconIdle", PX_GLOBAL, NULL, WINDOWS),
    IGNORED("taskbar", PX_GLOBAL, NULL, WINDOWS),
    IGNORED("engineId", PX_SERVICE, NULL, NO_OPENSSL),
    IGNORED("engineNum", PX_SERVICE, NULL, NO_OPENSSL),
    IGNORED("options", PX_SERVICE, NULL, NO_OPENSSL),
    IGNORED("config", PX_SERVICE, NULL, NO_OPENSSL),
    IGNORED("securityLevel", PX_SERVICE, NULL, "suites, groups and signatures are fixed"),
    IGNORED("ciphers", PX_SERVICE, NULL,
            "the suites of TLS 1.3 have a key of their own: ciphersuites"),
    IGNORED("renegotiation", PX_SERVICE, "no", "TLS 1.3 has no renegotiation"),
    IGNORED("CAengine", PX_SERVICE, NULL, NO_OPENSSL),
    IGNORED("OCSP", PX_SERVICE, NULL, NO_OCSP),
    IGNORED("OCSPaia", PX_SERVICE, "no", NO_OCSP),
    IGNORED("OCSPflag", PX_SERVICE, NULL, NO_OCSP),
    IGNORED("OCSPnonce", PX_SERVICE, "no", NO_OCSP),
    IGNORED("OCSPrequire", PX_SERVICE, "no", NO_OCSP),
    IGNORED("TIMEOUTocsp", PX_SERVICE, NULL, NO_OCSP),
    IGNORED("delay", PX_SERVICE, "yes", "names are resolved for each connection in any case"),
    IGNORED("reset", PX_SERVICE, "yes", "errors reset both sides in any case"),
    IGNORED("logId", PX_SERVICE, "sequential", "the log names service and peer of a connection"),
    IGNORED("stack", PX_SERVICE, NULL, "connections have no threads"),
    IGNORED("sessionCacheSize", PX_SERVICE, NULL, NO_RESUMPTION),
    IGNORED("sessionCacheTimeout", PX_SERVICE, NULL, NO_RESUMPTION),
    IGNORED("session", PX_SERVICE, NULL, NO_RESUMPTION),
    IGNORED("sessiond", PX_SERVICE, NULL, NO_RESUMPTION),
    IGNORED("ticketKeySecret", PX_SERVICE, NULL, NO_RESUMPTION),
    IGNORED("ticketMacSecret", PX_SERVICE, NULL, NO_RESUMPTION),

    REFUSED("sessionResume", PX_SERVICE, "no", "a resumed session would outlive the verdict"),
    REFUSED("redirect", PX_SERVICE, NULL, "whoever fails goes nowhere: it would be a way around"),
    REFUSED("exec", PX_SERVICE, NULL, NO_PROGRAMS),
    REFUSED("execArgs", PX_SERVICE, NULL, NO_PROGRAMS),
    REFUSED("pty", PX_SERVICE, "no", NO_PROGRAMS),
    REFUSED("PSKidentity", PX_SERVICE, NULL, NO_PSK),
    REFUSED("PSKsecrets", PX_SERVICE, NULL, NO_PSK),
    REFUSED("libwrap", PX_SERVICE, "no", "use the packet filter, or conditions on certificates"),
    REFUSED("ident", PX_SERVICE, NULL, "whoever asks a peer who it is believes it"),
    REFUSED("CAstore", PX_SERVICE, NULL, "write the CAs into CAfile"),
    REFUSED("transparent", PX_SERVICE, "none", "protocol = proxy tells the backend the address"),
    REFUSED("protocolAuthentication", PX_SERVICE, NULL, UPSTREAM_KEY),
    REFUSED("protocolDomain", PX_SERVICE, NULL, UPSTREAM_KEY),
    REFUSED("protocolHeader", PX_SERVICE, NULL, UPSTREAM_KEY),
    REFUSED("protocolHost", PX_SERVICE, NULL, UPSTREAM_KEY),
    REFUSED("protocolPassword", PX_SERVICE, NULL, UPSTREAM_KEY),
    REFUSED("protocolUsername", PX_SERVICE, NULL, UPSTREAM_KEY),
};
/* clang-format on */

const struct px_option *px_option_at(size_t i)
{
    return i < PX_COUNT(options) ? &options[i] : NULL;
}
