/* The configuration of ratls-proxy: what is refused with which line, and what is printed. */
#include <sys/stat.h>
#include <unistd.h>

#include "proxy_config_support.h"

TestSuite(config, .fini = teardown);

/* ---- addresses ---- */

Test(config, addresses_have_every_form_of_the_manual)
{
    static const struct {
        const char *text, *host, *port, *path;
    } good[] = {
        {"80", "", "80", NULL},
        {":65535", "", "65535", NULL},
        {"10.0.0.1:80", "10.0.0.1", "80", NULL},
        {"[::1]:80", "::1", "80", NULL},
        {"a-b.example:1", "a-b.example", "1", NULL},
        {"/run/x.sock", NULL, "", "/run/x.sock"},
    };

    for (size_t i = 0; i < PX_COUNT(good); i++) {
        struct px_address a;
        cr_assert_eq(px_address_parse(good[i].text, &a, NULL), RATLS_OK, "%s", good[i].text);
        cr_expect(same(a.text, good[i].text) && same(a.port, good[i].port));
        cr_expect(good[i].host ? same(a.host, good[i].host) : !a.host, "%s", good[i].text);
        cr_expect(good[i].path ? same(a.path, good[i].path) : !a.path, "%s", good[i].text);
        px_address_free(&a);
    }
}

Test(config, refuses_what_is_no_address)
{
    static const char *const bad[] = {
        "0",        "65536",  "x",           "a:",          "a:http",        "a:080",
        ":::80",    "::1:80", "[::1]",       "[1.2.3.4]:1", "[::1:80",       "[::1]80",
        "[::1]x80", "a b:1",  "1.2.3:80",    "256.1.1.1:1", "a..b:1",        ".a:1",
        "-a:1",     "a-:1",   "[fe80::%]:1", "a:+80",       "a:99999999999", "",
        "a:8 0",
    };
    char text[256];

    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        snprintf(text, sizeof text, "\n[a]\naccept = %s\n", bad[i]);
        refuses(text, 3, "accept: ");
    }
    refuses("[a]\naccept = ::1:80\n", 2, "an IPv6 address is written in [ ]");
    snprintf(text, sizeof text, "[a]\nconnect = /%0107d\n", 0);
    refuses(text, 2, "too long for a socket");
}

Test(config, connect_without_a_host_stays_on_this_machine)
{
    const struct px_service *s = load(WEB);

    cr_expect(same(s->connect[0].host, "127.0.0.1") && same(s->connect[0].text, "2"));
}

/* ---- text that is refused (T74) ---- */

static const struct {
    const char *text;
    unsigned line;
    const char *words;
} bad_text[] = {
    {"", 0, "no [service]"},
    {"pid = x\n; only that\n", 2, "no [service]"},
    {"\nfoo = 1\n", 2, "unknown key \"foo\""},
    {"[web]\naccept = 1\nconect = 2\n", 3, "unknown key \"conect\""},
    {"pid = a\nPID = b\n", 2, "duplicate key \"PID\", first in line 1"},
    {"debug = 1\nlog_level = info\n", 2, "duplicate key"},
    {"[a]\naccept = 1\naccept = 1\n", 3, "duplicate key \"accept\", first in line 2"},
    {"[a]\n[b]\n[a]\n", 3, "duplicate service [a], first in line 1"},
    {"[a]\n[a]\n", 2, "duplicate service"},
    {"[a]\nworkers = 1\n", 2, "belongs before the first [service]"},
    {"pid = a\n  b\n", 2, "expected key = value"},
    {"pid = a\n\tpid = b\n", 2, "duplicate key"},
    {"\n \t [a]\n", 2, "accept is missing"},
    {"pid = a ; b\n", 1, "a line of its own"},
    {"[a] ; b\n", 1, "a line of its own"},
    {"\xef\xbb\xbfpid = a\n\xef\xbb\xbfworkers = 1\n", 2, "unknown key"},
    {"pid = \x1b[31m\n", 1, "control character"},
    {"; \x7f\n", 1, "control character"},
    {"pid = a\rb\n", 1, "control character"},
    {"pid\n", 1, "expected key = value"},
    {"= a\n", 1, "expected key = value"},
    {"pid : a\n", 1, "expected key = value"},
    {"pid: a = b\n", 1, "expected key = value"},
    {"[a\n", 1, "expected [service]"},
    {"[]\n", 1, "expected [service]"},
    {"[a b]\n", 1, "expected [service]"},
    {"[a]b\n", 1, "expected [service]"},
    {"[a]]\n", 1, "expected [service]"},
    {"[a23456789012345678901234567890123456789012345678X]\n", 1, "expected [service]"},
};

Test(config, refuses_text_that_would_be_misread)
{
    for (size_t i = 0; i < PX_COUNT(bad_text); i++)
        refuses(bad_text[i].text, bad_text[i].line, bad_text[i].words);
}

Test(config, refuses_nul_bytes)
{
    static const char text[] = "pid = a\0b\n";

    refuses_bytes(ratls_bytes(text, sizeof text - 1), 1, "control character");
}

Test(config, takes_a_line_of_197_bytes_whole_and_none_that_is_longer)
{
    char text[1024], path[256];

    memset(path, 'x', sizeof path);
    path[197 - strlen("roots = ")] = 0;
    snprintf(text, sizeof text, WEB "roots = %s\n", path);
    cr_expect_str_eq(load(text)->roots, path);
    snprintf(text, sizeof text, WEB "roots = %sx\n", path);
    refuses(text, 6, "longer than 197 bytes");
    snprintf(text, sizeof text, WEB "; %s%s\n", path, path);
    load(text);
}

Test(config, refuses_more_than_64_services)
{
    char text[8192] = "attester = tsm\npolicy = p\nconnect = 1\n", one[64];

    for (int i = 0; i < PX_MAX_SERVICES + 1; i++) {
        if (i == PX_MAX_SERVICES)
            load(text);
        snprintf(one, sizeof one, "[s%d]\naccept = %d\n", i, i + 1);
        strcat(text, one);
    }
    refuses(text, 3 + 2 * PX_MAX_SERVICES + 1, "more than 64 services");
}

Test(config, refuses_a_file_above_256_kib)
{
    char *text = malloc(PX_MAX_TEXT + 1);

    memset(text, '\n', PX_MAX_TEXT + 1);
    memcpy(text, WEB, strlen(WEB));
    cr_expect_eq(load_bytes(ratls_bytes(text, PX_MAX_TEXT)), RATLS_OK, "%s", err.detail);
    cr_expect_eq(load_bytes(ratls_bytes(text, PX_MAX_TEXT + 1)), RATLS_E_CONFIG);
    cr_expect_not_null(strstr(err.detail, "larger than"));
    free(text);
}

Test(config, says_when_the_file_cannot_be_read)
{
    cr_expect_eq(px_config_load(ratls_env_system(), "/nowhere/x", &config, &err), RATLS_E_IO);
    cr_expect_str_eq(err.detail, "/nowhere/x: cannot be read");
}

/* ---- values that are refused ---- */

static const struct {
    const char *line, *words;
} bad_values[] = {
    {"setuid =", "empty"},
    {"output =", "empty"},
    {"log-level = loud", "not one of its words"},
    {"debug = 8", "not one of its words"},
    {"foreground = never", "not one of its words"},
    {"foreground = no", "service manager"},
    {"syslog-socket = log", "an absolute path"},
    {"syslog-socket = /2345678901234567890123456789012345678901234567890"
     "1234567890123456789012345678901234567890123456789012345678",
     "below 108 bytes"},
    {"workers = 0", "expected 1 to 64"},
    {"workers = 65", "expected 1 to 64"},
    {"workers = -1", "expected a number"},
    {"workers = 2x", "expected a number"},
    {"workers = 99999999999", "expected a number"},
    {"workers =", "expected a number"},
    {"drain-timeout = 30d", "expected a time"},
    {"drain-timeout = 1 m", "expected a time"},
    {"drain-timeout = s", "expected a time"},
    {"drain-timeout = 25h", "expected 0 to 86400 seconds"},
    {"drain-timeout = 86400001ms", "expected 0 to 86400 seconds"},
    {"trust-check = 25h", "expected 0 to 86400 seconds"},
    {"trust-check = 0.25", "expected a time"},
    {"trust-check = 9ms", "0, or at least 10ms"},
    {"identity-lifetime = 60500ms", "whole seconds"},
    {"handshake-timeout = 999ms", "expected 1 to 600"},
    {"client = 1", "yes or no"},
    {"binding = none", "not one of its words"},
    {"proof = 2", "not one of its words"},
    {"attester =", "empty"},
    {"attester-options =", "empty"},
    {"policy =", "empty"},
    {"roots =", "empty"},
    {"store =", "empty"},
    {"stored-policy =", "empty"},
    {"device-keys =", "empty"},
    {"reference-values =", "empty"},
    {"plugins =", "empty"},
    {"CAfile =", "empty"},
    {"identity-ca-cert =", "empty"},
    {"identity-ca-key =", "empty"},
    {"insecure-sim-roots =", "empty"},
    {"proof-rate = 0", "expected 1 to"},
    {"san = a,,b", "no host name"},
    {"san = a b", "no host name"},
    {"san =", "no host name"},
    {"san = 1,2", "no host name"},
    {"san = a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "more than 16"},
    {"checkHost = https://x", "no host name"},
    {"identity-lifetime = 59", "expected 60 to 3600"},
    {"identity-lifetime = 2h", "expected 60 to 3600"},
    {"handshake-timeout = 0", "expected 1 to 600"},
    {"handshake-timeout = 601", "expected 1 to 600"},
    {"TIMEOUTconnect = 0", "expected 1 to 3600"},
    {"TIMEOUTidle = 0", "expected 1 to"},
    {"TIMEOUTclose = 25h", "expected 0 to"},
    {"max-lifetime = 8761h", "expected 0 to"},
    {"max-connections = 0", "expected 1 to"},
    {"max-connections = 1000001", "expected 1 to 1000000"},
    {"max-handshakes = 0", "expected 1 to"},
    {"insecure-allow-sim-attester = true", "yes or no"},
    {"insecure-ignore-selftest =", "yes or no"},
};

Test(config, refuses_bad_values_with_their_line)
{
    char text[512];

    for (size_t i = 0; i < PX_COUNT(bad_values); i++) {
        snprintf(text, sizeof text, "; first\n%s\n[web]\naccept = 1\nconnect = 2\n",
                 bad_values[i].line);
        refuses(text, 2, bad_values[i].words);
    }
    refuses("[a]\nclient = yes\nsni = a:b:c.d\n", 3, "no host name");
    refuses("[a]\nclient = yes\ninsecure-plain-listen = maybe\n", 3, "yes or no");
}

/* ---- contradictions (T32, T74) ---- */

#define HEAD  "[web]\naccept = 127.0.0.1:1\nconnect = 2\n"
#define PLAIN HEAD "mode = none\ninsecure-no-attestation = yes\n"
#define SPKI  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define IDENTITY "identity-header = X\nidentity-header-key = none\n"

#define LISTEN(word)                                                                               \
    "[web]\nprotocol = " word "\naccept = 127.0.0.1:1\nattester = tsm\npolicy = p.json\n"

static const struct {
    const char *text;
    unsigned line;
    const char *words;
} contradictions[] = {
    {"\n[web]\nconnect = 2\n", 2, "accept is missing"},
    {"\n[web]\naccept = 2\n", 2, "connect is missing"},
    {HEAD "policy = p\n", 1, "attester is missing"},
    {HEAD "mode = mutual\npolicy = p\n", 4, "attester is missing"},
    {HEAD "mode = attest\n", 4, "attester is missing"},
    {HEAD "mode = verify\npolicy = p\nattester = tsm\n", 6, "no effect with mode = verify"},
    {HEAD "attester = tsm\n", 1, "policy or store is missing"},
    {HEAD "mode = verify\n", 4, "policy or store is missing"},
    {HEAD "mode = attest\nattester = tsm\npolicy = p\n", 6, "no effect with mode = attest"},
    {HEAD "policy = p\nattester = sim-tdx\n", 5, "needs insecure-allow-sim-attester"},
    {"attester = sim-tdx\n" HEAD "policy = p\n", 1, "needs insecure-allow-sim-attester"},
    {HEAD "policy = p\nattester = tsm\ndevice = sim-nvidia\n", 6,
     "needs insecure-allow-sim-attester"},
    {HEAD "policy = p\nattester = tsm\ndevice = :a=b\n", 6, "expected NAME[:OPTIONS]"},
    {HEAD "policy = p\nattester = tsm\nproof = key\ndevice = nvidia\n", 7,
     "no effect with proof = key"},
    {HEAD "policy = p\nmode = verify\ndevice = nvidia\n", 6, "no effect with mode = verify"},
    {WEB "client = yes\n[b]\nclient = yes\nattester = tsm\npolicy = p\nconnect = 1\n"
         "accept = 10.0.0.1:5\n",
     12, "insecure-plain-listen"},
    {WEB "checkHost = a\n", 6, "proves nothing"},
    {WEB "checkIP = ::1\n", 6, "proves nothing"},
    {WEB "checkEmail = a@b.c\n", 6, "proves nothing"},
    {WEB "checkHost = a\nCAfile = c\nverifyPeer = yes\n", 6, "proves nothing"},
    {WEB "CRLfile = a\n", 6, "need CAs"},
    {WEB "CRLfile = a\nCAfile = c\nverifyPeer = yes\n", 6, "need CAs"},
    {WEB "verifyChain = yes\n", 6, "CAfile is missing"},
    {WEB "verifyPeer = yes\n", 6, "CAfile is missing"},
    {WEB "CAfile = c\nverifyPeer = yes\npeer-spki = " SPKI "\n", 8, "one of them decides"},
    {WEB "key = none\n", 6, "cert is missing"},
    {HEAD "mode = attest\nattester = tsm\nrequireCert = yes\n", 6, "any certificate would do"},
    {HEAD "mode = none\n", 4, "needs insecure-no-attestation"},
    {HEAD "client = yes\nmode = none\n", 5, "needs insecure-no-attestation"},
    {WEB "insecure-no-attestation = yes\n", 6, "no effect without mode = none"},
    {PLAIN, 4, "needs cert"},
    {PLAIN "cert = c\npolicy = p\n", 7, "no effect with mode = none"},
    {PLAIN "cert = c\nattester = tsm\n", 7, "no effect with mode = none"},
    {PLAIN "cert = c\nbinding = key\n", 7, "no effect with mode = none"},
    {PLAIN "cert = c\nrequireCert = yes\n", 7, "any certificate would do"},
    {WEB "opa-path = a\n", 6, "opa-path needs opa"},
    {WEB "opa = u\nhandshake-timeout = 2\n", 1, "opa-timeout must be below"},
    {HEAD "mode = attest\nattester = tsm\nopa = u\n", 6, "no effect with mode = attest"},
    {WEB "identity-ca-cert = a\n", 6, "identity-ca-key is missing"},
    {WEB "identity-ca-key = a\n", 6, "identity-ca-cert is missing"},
    {WEB "store = u\nstored-policy = n\n", 7, "one of them decides"},
    {WEB "stored-policy = n\n", 6, "stored-policy needs store"},
    {HEAD "mode = verify\nstored-policy = n\n", 5, "stored-policy needs store"},
    {WEB "users = none\n", 6, "no effect with client = no"},
    {WEB "client = yes\nusers = none\n", 7, "users needs protocol"},
    {"client = yes\nusers = none\n" WEB, 2, "no effect without protocol = connect-listen"},
    {WEB "CApath = absent\n", 1, "CApath: expected a folder"},
    {WEB "CApath = empty\n", 1, "CApath: expected a folder"},
    {WEB "CAfile = a\nCRLpath = absent\n", 1, "CRLpath: expected a folder"},
    {WEB "CAfile = a\nCRLpath = empty\n", 1, "CRLpath: expected a folder"},
    {WEB "CRLpath = cas\n", 6, "need CAs"},
    {WEB "CRLpath = cas\nCAfile = c\nverifyPeer = yes\n", 6, "need CAs"},
    {WEB "opa-timeout = 1\n", 6, "opa-timeout needs opa"},
    {WEB "key = none\n", 6, "cert is missing"},
    {WEB "cert = a.P12\n", 6, "PKCS #12"},
    {WEB "cert = a.pfx\n", 6, "PKCS #12"},
    {WEB "cert = pkcs11:token=a\n", 6, "PKCS #12 and tokens"},
    {HEAD "mode = attest\nattester = tsm\nstore = u\n", 6, "no effect with mode = attest"},
    {WEB "sni = a\n", 6, "no effect with client = no"},
    {LISTEN("connect-listen") "client = no\nfilter = a\n", 7, "no effect with client = no"},
    {LISTEN("connect-listen") "client = no\n", 2, "is for client = yes"},
    {LISTEN("connect-listen") "client = yes\n", 2, "filter is missing"},
    {LISTEN("socks-listen") "client = yes\n", 2, "filter is missing"},
    {LISTEN("connect-listen") "client = yes\nfilter = a\nconnect = 2\n", 8,
     "connect has no effect"},
    {WEB "client = yes\nfilter = a\n", 7, "no effect without protocol"},
    {WEB "client = yes\nplaintext-path = /a\n", 7, "no effect with client = yes"},
    {WEB "protocol = proxy\nplaintext-path = /a\n", 7, "cannot go with protocol"},
    {WEB "protocol = proxy1\nplaintext-path = /a\n", 7, "cannot go with protocol"},
    {WEB "insecure-plain-listen = yes\n", 6, "no effect with client = no"},
    {HEAD "mode = verify\npolicy = p\nproof = key\n", 6, "no effect with mode = verify"},
    {HEAD "mode = attest\nattester = tsm\nbinding = key\n", 6, "no effect with mode = attest"},
    {WEB "identity-header = X\n", 6, "identity-header-key is missing"},
    {WEB "identity-header-key = none\n", 6, "needs identity-header"},
    {WEB "identity-header-audience = a\n", 6, "needs identity-header"},
    {WEB "client = yes\nidentity-header = X\n", 7, "no effect with client = yes"},
    {HEAD "mode = attest\nattester = tsm\n" IDENTITY, 6, "nobody is judged"},
    {WEB "identity-header = HOST\nidentity-header-key = none\n", 6, "HTTP itself"},
    {WEB "identity-header = te\nidentity-header-key = none\n", 6, "HTTP itself"},
    {WEB "identity-header = Content_Length\nidentity-header-key = none\n", 6, "HTTP itself"},
};

Test(config, refuses_contradictions_with_their_line)
{
    for (size_t i = 0; i < PX_COUNT(contradictions); i++)
        refuses(contradictions[i].text, contradictions[i].line, contradictions[i].words);
}

Test(config, simulated_attester_starts_only_when_allowed)
{
    load(HEAD "policy = p\nattester = sim-tdx\ninsecure-allow-sim-attester = yes\n");
    refuses(HEAD "policy = p\nattester = sim-tdx\ninsecure-allow-sim-attester = no\n", 5,
            "protects");
}

Test(config, client_listens_for_this_machine_only)
{
    static const struct {
        const char *accept;
        bool local;
    } rows[] = {{"127.0.0.1:1", true},  {"127.9.9.9:1", true},
                {"[::1]:1", true},      {"localhost:1", true},
                {"LOCALHOST:1", true},  {"/run/x", true},
                {"1", false},           {":1", false},
                {"0.0.0.0:1", false},   {"[::]:1", false},
                {"128.0.0.1:1", false}, {"myhost:1", false},
                {"[fe80::1]:1", false}, {"localhost.example:1", false}};
    char text[256];

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        snprintf(text, sizeof text, "%s\n[a]\naccept = %s\n%s", "client = yes\nconnect = x:1",
                 rows[i].accept, "policy = p\nmode = verify\n");
        if (rows[i].local)
            load(text);
        else
            refuses(text, 4, "other machines");
        strcat(text, "insecure-plain-listen = yes\n");
        load(text);
    }
}

Test(config, refuses_two_services_with_the_same_accept)
{
    static const struct {
        const char *a, *b;
        bool clash;
    } rows[] = {
        {"10.0.0.1:1", "10.0.0.1:1", true},
        {"1", ":1", true},
        {"1", "0.0.0.0:1", true},
        {"[::]:1", "1", true},
        {"HOST:1", "host:1", true},
        {"[::1]:1", "[0:0::1]:1", true},
        {"localhost:1", "127.0.0.1:1", true},
        {"[::1]:1", "localhost:1", true},
        {"/run/a", "/run/a", true},
        {"/run/a", "/run/b", false},
        {"1", "2", false},
        {"10.0.0.1:1", "10.0.0.2:1", false},
        {"1", "10.0.0.1:1", false},
        {"/run/a", "1", false},
    };
    char text[256];

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        snprintf(text, sizeof text,
                 "attester = tsm\npolicy = p\nconnect = 9\n[a]\naccept = %s\n[b]\naccept = %s\n",
                 rows[i].a, rows[i].b);
        if (rows[i].clash)
            refuses(text, 7, "the same accept");
        else
            load(text);
    }
}

Test(config, refuses_a_ca_key_that_others_can_read)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0610, 0601, 0644};
    char path[] = "/tmp/proxy-key-XXXXXX", text[256];
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    close(fd);
    snprintf(text, sizeof text, WEB "identity-ca-cert = x\nidentity-ca-key = %s\n", path);
    for (size_t i = 0; i < PX_COUNT(modes); i++) {
        cr_assert_eq(chmod(path, modes[i]), 0);
        refuses(text, 7, "chmod 600");
    }
    cr_assert_eq(chmod(path, 0400), 0);
    load(text);
    if (geteuid() == 0) {
        cr_assert_eq(chown(path, 1, 0), 0);
        refuses(text, 7, "another user");
    }
    cr_assert_eq(unlink(path), 0);
}

/* ---- files, print, help (the manual: proxy_manual_test.c) ---- */

Test(config, files_of_a_service_leave_the_ca_key_out)
{
    static const char *const files[] = {"ca", "revoked", "cc", "cas/a.pem", "cas/b.pem"},
                             *const trust[] = {"p.json", "r",   "k",  "v", "s",
                                               "x",      "y:z", "/j", "/k"};
    const struct px_service *s =
        load(WEB "CAfile = ca\nCRLfile = revoked\nCRLpath = cas\nidentity-ca-key = none\n"
                 "cert = none\nkey = none\n"
                 "identity-ca-cert = cc\ninsecure-sim-roots = s\n"
                 "device-keys = k\nreference-values = v\n"
                 "roots = r\nplugins = dir\n"
                 "crl = snp:x\ncrl = virtcca:y:z\n"
                 "passport-issuer = a /j\npassport-issuer = b /k\npassport-audience = c\n");

    for (size_t i = 0; i < PX_COUNT(files); i++)
        cr_expect_str_eq(px_service_file(s, i), files[i]);
    cr_expect_null(px_service_file(s, PX_COUNT(files)));
    for (size_t i = 0; i < PX_COUNT(trust); i++)
        cr_expect_str_eq(px_service_trust_file(s, i), trust[i]);
    cr_expect_null(px_service_trust_file(s, PX_COUNT(trust)));
    cr_expect_null(px_service_file(load(WEB), 0));
    cr_expect_null(px_service_trust_file(load(WEB), 1));
}

static char *printed(const char *text)
{
    size_t len;
    char *out = NULL;
    FILE *f = open_memstream(&out, &len);

    if (text)
        load(text);
    if (text)
        px_config_print(config, f);
    else
        px_config_help(f);
    fclose(f);
    return out;
}

Test(config, print_shows_what_is_in_effect)
{
    char *out = printed("workers = 3\ndebug = 7\n" WEB "client = yes\nbinding = quote\n"
                        "max-connections = 77\nsan = a,b\nTIMEOUTidle = 2m\n"
                        "crl = snp:x\ncrl = snp:y\n");
    static const char *const parts[] = {
        FILE_NAME ": 1 service\n",
        "  workers = 3\n",
        "  log-level = debug\n",
        "[web] plain on 127.0.0.1:1 -> attested TLS to 2\n",
        "  mode = mutual\n",
        "  attester = tsm\n",
        "  policy = p.json\n",
        "  binding = quote\n",
        "  proof = session\n",
        "  san = a,b\n",
        "  TIMEOUTidle = 120s\n",
        "  max-connections = 77\n",
        "  crl = snp:x\n  crl = snp:y\n",
    };

    for (size_t i = 0; i < PX_COUNT(parts); i++)
        cr_expect_not_null(strstr(out, parts[i]), "%s is not in\n%s", parts[i], out);
    cr_expect_null(strstr(out, "WARNING"));
    free(out);
}

/* T32, T163 */
Test(config, print_marks_every_insecure_key_in_use)
{
    char *out = printed("sandbox = no\ninsecure-no-sandbox = yes\n" HEAD
                        "policy = p\nattester = sim-tdx\nclient = yes\n"
                        "insecure-allow-sim-attester = yes\ninsecure-plain-listen = yes\n"
                        "insecure-ignore-selftest = yes\ninsecure-sim-roots = s\n");
    const struct px_option *o;
    char mark[128];

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        if (strncmp(o->name, "insecure", 8) != 0 || same(o->name, "insecure-no-attestation"))
            continue; /* the latter: with mode = none only */
        snprintf(mark, sizeof mark, "  WARNING: %s = %s: ", o->name,
                 o->kind == PX_BOOL ? "yes" : "s");
        cr_expect_not_null(strstr(out, mark), "%s", o->name);
    }
    free(out);
}

/* T100: what is without attestation says so, in the first line and among the warnings. */
Test(config, print_says_that_nobody_is_attested)
{
    char *out = printed(PLAIN "cert = none\nkey = none\n");

    cr_expect_not_null(strstr(out, "[web] TLS without attestation (level none) on "));
    cr_expect_not_null(strstr(out, "  WARNING: insecure-no-attestation = yes: "));
    free(out);
    out = printed(WEB "cert = none\nkey = none\n");
    cr_expect_not_null(strstr(out, "  WARNING: cert and key have no effect"));
    free(out);
}

static const char *const any_lines[] = {
    "attester = tsm\n",
    "policy = p\n",
    "cert = none\nkey = none\n",
    "CAfile = c\n",
    "CAfile = c\nverifyPeer = yes\n",
    "peer-spki = " SPKI "\n",
    "client = yes\n",
    "binding = key\n",
    "proof = key\n",
    "insecure-no-attestation = yes\n",
};

/* Whether it was taken. */
static bool try_lines(enum ratls_mode mode, unsigned set)
{
    char text[1024];

    (void)snprintf(text, sizeof text, HEAD "mode = %s\n", ratls_mode_name(mode));
    for (size_t i = 0; i < PX_COUNT(any_lines); i++)
        if (set & 1U << i)
            strncat(text, any_lines[i], sizeof text - strlen(text) - 1);
    if (load_bytes(ratls_bytes_str(text)) != RATLS_OK)
        return false;
    const struct px_service *s = &config->services[0];
    const bool attests = ratls_mode_shows(s->mode) || ratls_mode_judges(s->mode);
    cr_expect_neq(attests, s->insecure_no_attestation, "%s", text);
    cr_expect_eq(s->mode, mode, "%s", text);
    return true;
}

/* T100: whatever else is written, mode = none is there only together with its key. */
Test(config, no_keys_together_lead_to_no_attestation_unless_told_to)
{
    for (enum ratls_mode mode = 0; mode < RATLS_MODE_COUNT; mode++) {
        unsigned taken = 0;
        for (unsigned set = 0; set < 1U << PX_COUNT(any_lines); set++)
            taken += try_lines(mode, set);
        cr_expect_gt(taken, 0, "%s", ratls_mode_name(mode));
    }
}

/* The key is in it. */
Test(config, refuses_a_certificate_with_its_key_that_others_can_read)
{
    char path[] = "/tmp/proxy-cert-XXXXXX", text[256];
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    close(fd);
    (void)snprintf(text, sizeof text, PLAIN "cert = %s\n", path);
    cr_assert_eq(chmod(path, 0640), 0);
    refuses(text, 6, "chmod 600");
    cr_assert_eq(chmod(path, 0600), 0);
    load(text);
    cr_assert_eq(chmod(path, 0644), 0);
    (void)snprintf(text, sizeof text, PLAIN "cert = %s\nkey = none\n", path);
    load(text);
    cr_assert_eq(unlink(path), 0);
}

Test(config, help_names_every_key)
{
    char *out = printed(NULL), name[64];
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        snprintf(name, sizeof name, "\n  %s ", o->name);
        cr_expect_not_null(strstr(out, name), "%s", o->name);
    }
    free(out);
}
