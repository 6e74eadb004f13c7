/* Every key of stunnel has a fate: obeyed, said otherwise, ignored aloud, or refused with a reason.
 */
#include "proxy_config_support.h"

TestSuite(config_stunnel, .fini = teardown);

static const char *warning(const char *key)
{
    for (size_t i = 0; config->warnings[i]; i++)
        if (strstr(config->warnings[i], key))
            return config->warnings[i];
    return NULL;
}

static size_t count_warnings(void)
{
    size_t n = 0;

    while (config->warnings[n])
        n++;
    return n;
}

/* stunnel(8) of Debian 12: all that is not obeyed. */
static const struct {
    const char *key, *value;
    enum px_disposition fate;
    const char *why;
} fates[] = {
    {"chroot", "/var/lib/stunnel4/", PX_IGNORED, "RootDirectory="},
    {"setEnv", "A=b", PX_IGNORED, "Environment="},
    {"RNDfile", "/dev/urandom", PX_IGNORED, "kernel"},
    {"RNDbytes", "64", PX_IGNORED, "kernel"},
    {"RNDoverwrite", "yes", PX_IGNORED, "kernel"},
    {"EGD", "/run/egd", PX_IGNORED, "kernel"},
    {"compression", "zlib", PX_IGNORED, "no compression"},
    {"fips", "yes", PX_IGNORED, "not validated"},
    {"engine", "pkcs11", PX_IGNORED, "not OpenSSL"},
    {"engineCtrl", "PIN:1234", PX_IGNORED, "not OpenSSL"},
    {"engineDefault", "ALL", PX_IGNORED, "not OpenSSL"},
    {"engineId", "pkcs11", PX_IGNORED, "not OpenSSL"},
    {"engineNum", "1", PX_IGNORED, "not OpenSSL"},
    {"provider", "legacy", PX_IGNORED, "not OpenSSL"},
    {"providerParameter", "a:b=c", PX_IGNORED, "not OpenSSL"},
    {"iconActive", "a.png", PX_IGNORED, "Windows"},
    {"iconError", "a.png", PX_IGNORED, "Windows"},
    {"iconIdle", "a.png", PX_IGNORED, "Windows"},
    {"taskbar", "no", PX_IGNORED, "Windows"},
    {"options", "NO_SSLv3", PX_IGNORED, "not OpenSSL"},
    {"config", "a:b", PX_IGNORED, "not OpenSSL"},
    {"securityLevel", "2", PX_IGNORED, "fixed"},
    {"ciphers", "HIGH", PX_IGNORED, "ciphersuites"},
    {"renegotiation", "yes", PX_IGNORED, "no renegotiation"},
    {"CAengine", "pkcs11:a", PX_IGNORED, "not OpenSSL"},
    {"OCSP", "http://ocsp.example/", PX_IGNORED, "revocation"},
    {"OCSPaia", "yes", PX_IGNORED, "revocation"},
    {"OCSPflag", "NOCERTS", PX_IGNORED, "revocation"},
    {"OCSPnonce", "yes", PX_IGNORED, "revocation"},
    {"OCSPrequire", "yes", PX_IGNORED, "revocation"},
    {"TIMEOUTocsp", "5", PX_IGNORED, "revocation"},
    {"delay", "no", PX_IGNORED, "each connection"},
    {"reset", "no", PX_IGNORED, "reset both sides"},
    {"logId", "unique", PX_IGNORED, "the log names"},
    {"stack", "65536", PX_IGNORED, "no threads"},
    {"sessionCacheSize", "1000", PX_IGNORED, "resumed"},
    {"sessionCacheTimeout", "300", PX_IGNORED, "resumed"},
    {"session", "300", PX_IGNORED, "resumed"},
    {"sessiond", "127.0.0.1:54321", PX_IGNORED, "resumed"},
    {"ticketKeySecret", "00", PX_IGNORED, "resumed"},
    {"ticketMacSecret", "00", PX_IGNORED, "resumed"},
    {"sessionResume", "yes", PX_REFUSED, "outlive the verdict"},
    {"redirect", "127.0.0.1:80", PX_REFUSED, "a way around"},
    {"exec", "/bin/sh", PX_REFUSED, "no programs"},
    {"execArgs", "sh -i", PX_REFUSED, "no programs"},
    {"pty", "yes", PX_REFUSED, "no programs"},
    {"PSKidentity", "a", PX_REFUSED, "shared key"},
    {"PSKsecrets", "a.txt", PX_REFUSED, "shared key"},
    {"libwrap", "yes", PX_REFUSED, "packet filter"},
    {"ident", "user", PX_REFUSED, "believes"},
    {"CAstore", "file:a", PX_REFUSED, "CAfile"},
    {"transparent", "source", PX_REFUSED, "protocol = proxy"},
    {"protocolAuthentication", "basic", PX_REFUSED, "another proxy"},
    {"protocolDomain", "a", PX_REFUSED, "another proxy"},
    {"protocolHeader", "a: b", PX_REFUSED, "another proxy"},
    {"protocolHost", "a:1", PX_REFUSED, "another proxy"},
    {"protocolPassword", "a", PX_REFUSED, "another proxy"},
    {"protocolUsername", "a", PX_REFUSED, "another proxy"},
};

static void meets_its_fate(size_t i, const char *text, unsigned line)
{
    char where[64];

    if (fates[i].fate == PX_REFUSED) {
        refuses(text, line, fates[i].why);
        return;
    }
    load(text);
    cr_expect_eq(count_warnings(), 1, "%s", text);
    const char *said = warning(fates[i].key);
    snprintf(where, sizeof where, FILE_NAME ":%u: %s is ignored: ", line, fates[i].key);
    cr_expect(said && strncmp(said, where, strlen(where)) == 0 && strstr(said, fates[i].why),
              "%s: %s", text, said);
}

Test(config_stunnel, keys_that_are_not_obeyed_say_why)
{
    char text[512];

    for (size_t i = 0; i < PX_COUNT(fates); i++) {
        const struct px_option *o = px_option_find(fates[i].key);
        cr_assert(o && o->disposition == fates[i].fate, "%s", fates[i].key);
        snprintf(text, sizeof text, "\n%s = %s\n" WEB, fates[i].key, fates[i].value);
        meets_its_fate(i, text, 2);
        if (o->scope == PX_GLOBAL)
            continue;
        snprintf(text, sizeof text, WEB "%s = %s\n", fates[i].key, fates[i].value);
        meets_its_fate(i, text, 6);
    }
}

Test(config_stunnel, each_key_that_is_not_obeyed_is_tested)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        bool found = o->disposition == PX_OBEYED;
        for (size_t k = 0; k < PX_COUNT(fates); k++)
            found = found || px_option_find(fates[k].key) == o;
        cr_expect(found, "%s", o->name);
    }
}

Test(config_stunnel, values_that_ask_for_nothing_are_taken_in_silence)
{
    static const char *const lines[] = {
        "fips = no",          "renegotiation = NO",     "OCSPaia = no",
        "OCSPnonce = no",     "OCSPrequire = no",       "delay = yes",
        "reset = yes",        "logId = sequential",     "sessionResume = no",
        "pty = no",           "libwrap = no",           "transparent = none",
        "foreground = quiet", "log = append",           "sslVersion = all",
        "debug = notice",     "sslVersionMin = TLSv1.3"};
    char text[512];

    for (size_t i = 0; i < PX_COUNT(lines); i++) {
        snprintf(text, sizeof text, "%s\n" WEB, lines[i]);
        load(text);
        cr_expect_eq(count_warnings(), 0, "%s: %s", lines[i], config->warnings[0]);
    }
}

Test(config_stunnel, ignored_keys_may_repeat)
{
    load("options = a\noptions = b\nsetEnv = A=1\nsetEnv = B=2\n" WEB "options = c\noptions = d\n");
    cr_expect_eq(count_warnings(), 6);
}

Test(config_stunnel, nothing_older_than_tls_1_3_is_asked_for)
{
    static const char *const old[] = {"TLSv1.2", "tlsv1.1", "TLSv1", "SSLv3", "SSLv2"};
    static const char *const keys[] = {"sslVersion", "sslVersionMin", "sslVersionMax"};
    char text[512];

    for (size_t i = 0; i < PX_COUNT(old); i++)
        for (size_t k = 0; k < PX_COUNT(keys); k++) {
            snprintf(text, sizeof text, WEB "%s = %s\n", keys[k], old[i]);
            refuses(text, 6, "write TLSv1.3");
        }
    refuses(WEB "sslVersion = TLSv1.4\n", 6, "not one of its words");
}

Test(config_stunnel, suites_and_curves_that_are_always_used_cannot_be_left_out)
{
    load(WEB "ciphersuites = "
             "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\n"
             "curves = X25519:P-256:X448:P-521:P-384\n");
    cr_expect_eq(count_warnings(), 0);
    load(WEB "curve = secp384r1:prime256v1:x25519\n");
    refuses(WEB "ciphersuites = TLS_AES_256_GCM_SHA384\n", 6, "TLS_AES_128_GCM_SHA256 is always");
    refuses(WEB "ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\n", 6, "CHACHA20");
    refuses(WEB "ciphersuites =\n", 6, "is always used");
    refuses(WEB "curves = X25519\n", 6, "P-256 is always used");
    refuses(WEB "curves = P-256:P-384\n", 6, "X25519 is always used");
    refuses(WEB "curves = X25519:P-256:P-521\n", 6, "P-384 is always used");
}

Test(config_stunnel, the_facility_of_debug_has_no_effect)
{
    static const char *const words[] = {"daemon.debug", "local0.7", "auth.Debug"};
    char text[256];

    for (size_t i = 0; i < PX_COUNT(words); i++) {
        snprintf(text, sizeof text, "debug = %s\n" WEB, words[i]);
        load(text);
        cr_expect_eq(config->log_level, RATLS_LOG_DEBUG, "%s", words[i]);
        cr_expect_not_null(warning(":1: log-level has no facility"), "%s", words[i]);
    }
    refuses("debug = daemon.\n" WEB, 1, "not one of its words");
    refuses("debug = debug.daemon\n" WEB, 1, "not one of its words");
}

Test(config_stunnel, verify_is_said_in_other_words)
{
    static const struct {
        int level;
        bool chain, peer, require;
    } rows[] = {{-1, false, false, false}, {0, false, false, false}, {1, true, false, false},
                {2, true, false, true},    {3, true, true, true},    {4, false, true, true}};

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        struct px_service s = {.verify_level = rows[i].level + 1};
        px_config_translate(&s);
        cr_expect(s.verify_chain == rows[i].chain && s.verify_peer == rows[i].peer &&
                      s.require_cert == rows[i].require,
                  "verify = %d", rows[i].level);
    }
}

Test(config_stunnel, TIMEOUTbusy_only_shortens_the_handshake)
{
    cr_expect_eq(load(WEB "TIMEOUTbusy = 300\n")->handshake_timeout_ms, 10000);
    cr_expect_eq(load(WEB "TIMEOUTbusy = 3\n")->handshake_timeout_ms, 3000);
    cr_expect_not_null(warning("TIMEOUTbusy limits the handshake"));
    cr_expect_eq(load(WEB)->handshake_timeout_ms, 10000);
}

Test(config_stunnel, a_certificate_without_use_is_said)
{
    load("cert = c.pem\nkey = none\n" WEB);
    cr_expect_not_null(warning(":1: cert has no effect"));
    cr_expect_not_null(warning(":2: key has no effect"));
}
