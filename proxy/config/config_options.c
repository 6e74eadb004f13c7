/* The table of keys. proxy/man/ratls-proxy.8 describes each of them; a test compares the two. */
#include <stddef.h>

#include "config_impl.h"

#define GLOBAL(member)  .scope = PX_GLOBAL, .offset = offsetof(struct px_config, member)
#define SERVICE(member) .scope = PX_SERVICE, .offset = offsetof(struct px_service, member)

#define MINUTE 60
#define DAY    (24 * 60 * MINUTE)

static const struct px_word log_levels[] = {
    {"error", RATLS_LOG_ERROR}, {"warning", RATLS_LOG_WARNING}, {"info", RATLS_LOG_INFO},
    {"debug", RATLS_LOG_DEBUG}, {"notice", RATLS_LOG_INFO},     {"err", RATLS_LOG_ERROR},
    {"crit", RATLS_LOG_ERROR},  {"alert", RATLS_LOG_ERROR},     {"emerg", RATLS_LOG_ERROR},
    {"0", RATLS_LOG_ERROR},     {"1", RATLS_LOG_ERROR},         {"2", RATLS_LOG_ERROR},
    {"3", RATLS_LOG_ERROR},     {"4", RATLS_LOG_WARNING},       {"5", RATLS_LOG_INFO},
    {"6", RATLS_LOG_INFO},      {"7", RATLS_LOG_DEBUG},         {0},
};

static const struct px_word modes[] = {
    {"mutual", RATLS_MUTUAL}, {"attest", RATLS_ATTEST}, {"verify", RATLS_VERIFY}, {0}};

static const struct px_word levels[] = {
    {"key", RATLS_LEVEL_KEY}, {"session", RATLS_LEVEL_SESSION}, {"quote", RATLS_LEVEL_QUOTE}, {0}};

/* clang-format off: one key, one look */
static const struct px_option options[] = {
    {"setuid", .kind = PX_TEXT, GLOBAL(setuid_user), .min = 1,
     .help = "user that workers run as (started by root: nobody)"},
    {"setgid", .kind = PX_TEXT, GLOBAL(setgid_group), .min = 1,
     .help = "group that workers run as (default: that of the user)"},
    {"pid", .kind = PX_TEXT, GLOBAL(pid_file), .help = "file for the master's process id"},
    {"output", .kind = PX_TEXT, GLOBAL(output), .min = 1,
     .help = "file for the access and event log (default: standard error)"},
    {"log-level", "debug", .kind = PX_WORD, GLOBAL(log_level), .words = log_levels,
     .fallback = "info", .help = "error, warning, info, debug, or stunnel's 0 to 7"},
    {"foreground", .kind = PX_BOOL, GLOBAL(foreground), .fallback = "yes",
     .help = "always yes: a service manager does the rest"},
    {"workers", .kind = PX_NUMBER, GLOBAL(workers), .min = 1, .max = PX_MAX_WORKERS,
     .help = "worker processes (default: one per CPU)"},
    {"drain-timeout", .kind = PX_MILLIS, GLOBAL(drain_timeout_ms), .max = DAY, .fallback = "30",
     .help = "time for open connections to end after SIGTERM"},
    {"trust-check", .kind = PX_MILLIS, GLOBAL(trust_check_ms), .max = DAY, .fallback = "250ms",
     .help = "how often files of trust are looked at; 0: on SIGHUP only"},

    {"accept", .kind = PX_ADDRESS, SERVICE(accept), .help = "address to listen on"},
    {"connect", .kind = PX_ADDRESS, SERVICE(connect), .help = "address to connect to"},
    {"client", .kind = PX_BOOL, SERVICE(client), .fallback = "no",
     .help = "yes: plain in, attested TLS out; no: attested TLS in, plain out"},
    {"mode", .kind = PX_WORD, SERVICE(mode), .words = modes, .fallback = "mutual",
     .help = "who shows evidence: mutual, attest (this side) or verify (the peer)"},
    {"attester", .kind = PX_TEXT, SERVICE(attester), .use = PX_SHOWS, .min = 1,
     .help = "where own evidence comes from: tsm, sev-guest, sgx, virtcca, or sim-... for tests"},
    {"attester-options", .kind = PX_JOINED, SERVICE(attester_options), .use = PX_SHOWS, .min = 1,
     .help = "key=value,... for the attester"},
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
    {"stored-policy", .kind = PX_TEXT, SERVICE(stored_policy), .use = PX_JUDGES, .min = 1,
     .help = "policy of the store that peers are judged by (default: default, or that built in)"},
    {"plugins", .kind = PX_TEXT, SERVICE(plugins), .use = PX_JUDGES, .min = 1,
     .help = "folder of verifier plugins"},
    {"opa", .kind = PX_TEXT, SERVICE(opa), .use = PX_JUDGES, .min = 1,
     .help = "Open Policy Agent asked after the policy: http+unix:/path, http://127.0.0.1:8181"},
    {"opa-path", .kind = PX_TEXT, SERVICE(opa_path), .use = PX_JUDGES, .min = 1,
     .help = "its rule (default: ratls/allow)"},
    {"opa-timeout", .kind = PX_MILLIS, SERVICE(opa_timeout_ms), .use = PX_JUDGES, .min = 1,
     .max = MINUTE, .fallback = "2", .help = "one question, connecting included"},
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
    {"identity-ca-cert", .kind = PX_TEXT, SERVICE(identity_ca_cert), .use = PX_SHOWS, .min = 1,
     .help = "CA certificate that signs the own certificate"},
    {"identity-ca-key", .kind = PX_TEXT, SERVICE(identity_ca_key), .use = PX_SHOWS, .min = 1,
     .help = "key of that CA; only its owner may have access"},
    {"CAfile", .kind = PX_TEXT, SERVICE(ca_file), .use = PX_JUDGES, .min = 1,
     .help = "CAs one of which must have signed the peer's certificate, too"},
    {"checkHost", .kind = PX_NAMES, SERVICE(check_host), .use = PX_JUDGES,
     .help = "names one of which must be in the peer's certificate"},
    {"sni", .kind = PX_NAME, SERVICE(sni), .use = PX_CLIENT,
     .help = "server name to send (default: none)"},
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
};
/* clang-format on */

const struct px_option *px_option_at(size_t i)
{
    return i < PX_COUNT(options) ? &options[i] : NULL;
}

static char key_char(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static bool same_key(const char *a, const char *b)
{
    size_t i = 0;

    while (a[i] && key_char(a[i]) == key_char(b[i]))
        i++;
    return !a[i] && !b[i];
}

const struct px_option *px_option_find(const char *key)
{
    for (size_t i = 0; i < PX_COUNT(options); i++)
        if (same_key(key, options[i].name) || (options[i].alias && same_key(key, options[i].alias)))
            return &options[i];
    return NULL;
}

bool px_option_repeats(const struct px_option *o)
{
    return o->kind == PX_NAMES || o->kind == PX_TEE_FILES || o->kind == PX_JOINED;
}

bool px_option_fits(const struct px_option *o, const struct px_service *s)
{
    switch (o->use) {
    case PX_ALWAYS:
        return true;
    case PX_SHOWS:
        return s->mode != RATLS_VERIFY;
    case PX_JUDGES:
        return s->mode != RATLS_ATTEST;
    case PX_CLIENT:
        return s->client;
    }
    return false;
}
