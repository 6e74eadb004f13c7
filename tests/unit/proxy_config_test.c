/* The configuration of ratls-proxy: what each key does, and what is refused with which line. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "config_impl.h"

#define FILE_NAME "test.conf"

static struct px_config *config;
static struct ratls_error err;

static enum ratls_err read_text(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    const struct ratls_bytes *text = arg;

    cr_assert_str_eq(path, FILE_NAME);
    *out = (struct ratls_buffer){0};
    if (text->len > max)
        return RATLS_E_LIMIT;
    *out = (struct ratls_buffer){.p = malloc(text->len + 1), .len = text->len};
    memcpy(out->p, text->p, text->len);
    return RATLS_OK;
}

static enum ratls_err load_bytes(struct ratls_bytes text)
{
    struct ratls_env env = *ratls_env_system();

    env.arg = &text;
    env.read_file = read_text;
    px_config_free(config);
    err = (struct ratls_error){0};
    return px_config_load(&env, FILE_NAME, &config, &err);
}

static const struct px_service *load(const char *text)
{
    cr_assert_eq(load_bytes(ratls_bytes_str(text)), RATLS_OK, "%s\n%s", err.detail, text);
    return &config->services[0];
}

static void refuses_bytes(struct ratls_bytes text, unsigned line, const char *words)
{
    char where[64];

    cr_expect_eq(load_bytes(text), RATLS_E_CONFIG, "taken: %.*s", (int)text.len, text.p);
    cr_expect_null(config);
    snprintf(where, sizeof where, FILE_NAME ":%u: ", line);
    cr_expect(strncmp(err.detail, where, strlen(where)) == 0, "%s is not in line %u", err.detail,
              line);
    cr_expect_not_null(strstr(err.detail, words), "%s does not say %s", err.detail, words);
}

static void refuses(const char *text, unsigned line, const char *words)
{
    refuses_bytes(ratls_bytes_str(text), line, words);
}

static bool same(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static void teardown(void)
{
    px_config_free(config);
}

TestSuite(config, .fini = teardown);

/* A service that lacks nothing, whatever `given` holds already. */
static void complete(char *out, size_t size, const char *given)
{
    static const char *const needed[] = {"accept = 127.0.0.1:1\n", "connect = 2\n",
                                         "attester = tsm\n", "policy = p.json\n"};

    out[0] = 0;
    for (size_t i = 0; i < PX_COUNT(needed); i++) {
        char key[16];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(needed[i], "=") + 1, needed[i]);
        if (strncmp(given, key, strlen(key)) != 0 && !strstr(given, "mode = "))
            strncat(out, needed[i], size - strlen(out) - 1);
    }
    if (strstr(given, "mode = "))
        strncat(out, "accept = 127.0.0.1:1\nconnect = 2\n", size - strlen(out) - 1);
}

/* ---- every key has an effect of its own (T164) ---- */

#define KEYS(X)                                                                                    \
    X(setuid, "setuid = alice\n", same(c->setuid_user, "alice"))                                   \
    X(setgid, "setgid = staff\n", same(c->setgid_group, "staff"))                                  \
    X(pid, "pid = /run/x.pid\n", same(c->pid_file, "/run/x.pid"))                                  \
    X(output, "output = /var/log/x\n", same(c->output, "/var/log/x"))                              \
    X(log_level, "log-level = debug\n", c->log_level == RATLS_LOG_DEBUG)                           \
    X(workers, "workers = 63\n", c->workers == 63)                                                 \
    X(drain_timeout, "drain-timeout = 2m\n", c->drain_timeout_ms == 120000)                        \
    X(trust_check, "trust-check = 40ms\n", c->trust_check_ms == 40)                                \
    X(accept, "accept = /run/a\n", same(s->accept.path, "/run/a"))                                 \
    X(connect, "connect = b:5\n", same(s->connect.host, "b") && same(s->connect.port, "5"))        \
    X(client, "client = yes\n", s->client)                                                         \
    X(mode, "mode = verify\npolicy = p\n", s->mode == RATLS_VERIFY && !s->attester)                \
    X(attester, "attester = other\n", same(s->attester, "other"))                                  \
    X(attester_options, "attester-options = a=1\nattester-options = b=2\n",                        \
      same(s->attester_options, "a=1,b=2"))                                                        \
    X(policy, "policy = other.json\n", same(s->policy, "other.json"))                              \
    X(store, "store = sqlite:/s\n", same(s->store, "sqlite:/s"))                                   \
    X(stored_policy, "mode = verify\nstore = u\nstored-policy = n\n", same(s->stored_policy, "n")) \
    X(roots, "roots = r.pem\n", same(s->roots, "r.pem"))                                           \
    X(device_keys, "device-keys = k.json\n", same(s->device_keys, "k.json"))                       \
    X(reference_values, "reference-values = v.json\n", same(s->reference_values, "v.json"))        \
    X(plugins, "plugins = dir\n", same(s->plugins, "dir"))                                         \
    X(crl, "crl = snp:a,b\ncrl = virtcca:/c:d\n",                                                  \
      same(s->crl[0], "snp:a,b") && same(s->crl[1], "virtcca:/c:d") && !s->crl[2])                 \
    X(opa, "opa = http+unix:/run/opa.sock\n", same(s->opa, "http+unix:/run/opa.sock"))             \
    X(opa_path, "opa = u\nopa-path = a/b\n", same(s->opa_path, "a/b"))                             \
    X(opa_timeout, "opa = u\nopa-timeout = 5\n", s->opa_timeout_ms == 5000)                        \
    X(binding, "binding = key\n", s->binding == RATLS_LEVEL_KEY)                                   \
    X(proof, "proof = quote\n", s->proof == RATLS_LEVEL_QUOTE)                                     \
    X(proof_rate, "proof-rate = 7\n", s->proof_rate == 7)                                          \
    X(san, "san = a.example\nsan = b.example , ::1\n",                                             \
      same(s->san[0], "a.example") && same(s->san[1], "b.example") && same(s->san[2], "::1") &&    \
          !s->san[3])                                                                              \
    X(identity_lifetime, "identity-lifetime = 10m\n", s->identity_lifetime_s == 600)               \
    X(identity_ca_cert, "identity-ca-cert = c.pem\nidentity-ca-key = none\n",                      \
      same(s->identity_ca_cert, "c.pem"))                                                          \
    X(identity_ca_key, "identity-ca-cert = c.pem\nidentity-ca-key = none\n",                       \
      same(s->identity_ca_key, "none"))                                                            \
    X(CAfile, "CAfile = ca.pem\n", same(s->ca_file, "ca.pem"))                                     \
    X(checkHost, "CAfile = ca.pem\ncheckHost = a\ncheckHost = b\n",                                \
      same(s->check_host[0], "a") && same(s->check_host[1], "b") && !s->check_host[2])             \
    X(sni, "client = yes\nsni = a.example\n", same(s->sni, "a.example"))                           \
    X(handshake_timeout, "handshake-timeout = 3\n", s->handshake_timeout_ms == 3000)               \
    X(TIMEOUTconnect, "TIMEOUTconnect = 4\n", s->connect_timeout_ms == 4000)                       \
    X(TIMEOUTidle, "TIMEOUTidle = 1h\n", s->idle_timeout_ms == 3600000)                            \
    X(TIMEOUTclose, "TIMEOUTclose = 0\n", s->close_timeout_ms == 0)                                \
    X(max_lifetime, "max-lifetime = 5s\n", s->max_lifetime_ms == 5000)                             \
    X(max_connections, "max-connections = 8\n", s->max_connections == 8)                           \
    X(max_handshakes, "max-handshakes = 9\n", s->max_handshakes == 9)                              \
    X(collateral, "collateral = col\n", same(s->collateral, "col"))                                \
    X(insecure_sim_roots, "insecure-sim-roots = s.pem\n", same(s->insecure_sim_roots, "s.pem"))    \
    X(insecure_allow_sim_attester, "insecure-allow-sim-attester = yes\n",                          \
      s->insecure_allow_sim_attester)                                                              \
    X(insecure_plain_listen, "client = yes\ninsecure-plain-listen = yes\n",                        \
      s->insecure_plain_listen)                                                                    \
    X(insecure_ignore_selftest, "insecure-ignore-selftest = yes\n", s->insecure_ignore_selftest)

#define FUNCTION(id, lines, condition)                                                             \
    static bool sees_##id(const struct px_config *c, const struct px_service *s)                   \
    {                                                                                              \
        (void)c;                                                                                   \
        (void)s;                                                                                   \
        return condition;                                                                          \
    }
KEYS(FUNCTION)

#define ROW(id, lines, condition) {#id, lines, sees_##id},
static const struct {
    const char *id, *lines;
    bool (*seen)(const struct px_config *c, const struct px_service *s);
} keys[] = {KEYS(ROW)};

static bool seen_in(size_t i, const char *format, const char *first, const char *second)
{
    char text[1024];

    snprintf(text, sizeof text, format, first, second);
    const struct px_service *s = load(text);
    return keys[i].seen(config, s);
}

Test(config, each_key_has_its_effect_in_its_place)
{
    for (size_t i = 0; i < PX_COUNT(keys); i++) {
        const struct px_option *o = px_option_find(keys[i].id);
        char rest[256];
        cr_assert_not_null(o, "%s", keys[i].id);
        complete(rest, sizeof rest, keys[i].lines);
        cr_expect(seen_in(i, "%s[web]\n%s", keys[i].lines, rest), "%s first", keys[i].id);
        if (o->scope == PX_SERVICE)
            cr_expect(seen_in(i, "[web]\n%s%s", keys[i].lines, rest), "%s", keys[i].id);
        complete(rest, sizeof rest, "");
        cr_expect_not(seen_in(i, "[web]\n%s%s", rest, ""), "%s by itself", keys[i].id);
    }
}

/* `foreground` is the only key whose one value is the default. */
Test(config, each_key_of_the_table_is_tested)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        bool found = same(o->name, "foreground");
        for (size_t k = 0; k < PX_COUNT(keys); k++)
            found = found || px_option_find(keys[k].id) == o;
        cr_expect(found, "%s", o->name);
    }
}

#define WEB "[web]\naccept = 127.0.0.1:1\nconnect = 2\nattester = tsm\npolicy = p.json\n"

Test(config, defaults_are_those_of_the_manual)
{
    const struct px_service *s = load(WEB);

    cr_expect(config->foreground && config->workers >= 1 && config->workers <= PX_MAX_WORKERS);
    cr_expect(!config->setuid_user && !config->setgid_group && !config->pid_file);
    cr_expect(!config->output && config->log_level == RATLS_LOG_INFO);
    cr_expect_eq(config->drain_timeout_ms, 30000);
    cr_expect(same(s->name, "web") && s->line == 1 && s->file == config->path);
}

Test(config, defaults_of_a_service_are_those_of_the_manual)
{
    const struct px_service *s = load(WEB);

    cr_expect(!s->client && s->mode == RATLS_MUTUAL);
    cr_expect(s->binding == RATLS_LEVEL_SESSION && s->proof == RATLS_LEVEL_SESSION);
    cr_expect(s->identity_lifetime_s == 3600 && s->handshake_timeout_ms == 10000);
    cr_expect(s->connect_timeout_ms == 10000 && s->idle_timeout_ms == 43200000);
    cr_expect(s->close_timeout_ms == 60000 && s->max_lifetime_ms == 0);
    cr_expect(s->max_connections == 10000 && s->max_handshakes == 1000 && s->proof_rate == 1000);
}

Test(config, what_weakens_a_service_is_off_by_default)
{
    const struct px_service *s = load(WEB);

    cr_expect(!s->insecure_allow_sim_attester && !s->insecure_plain_listen &&
              !s->insecure_ignore_selftest && !s->insecure_sim_roots);
    cr_expect(!s->san[0] && !s->check_host[0] && !s->sni && !s->ca_file);
}

Test(config, mode_attest_judges_nobody)
{
    const struct px_service *s = load("policy = p\n[a]\naccept = 1\nconnect = 2\nmode = attest\n"
                                      "attester = tsm\n");

    cr_expect_eq(s->mode, RATLS_ATTEST);
    cr_expect_null(s->policy, "a default that has no effect is not taken over");
}

Test(config, keys_before_the_first_service_are_defaults_of_all)
{
    const struct px_service *s = load("policy = p\nattester = tsm\nsan = x,y\n[a]\naccept = 1\n"
                                      "connect = 2\n[b]\naccept = 3\nconnect = 4\npolicy = q\n"
                                      "san = z\n");

    cr_assert_eq(config->n_services, 2);
    cr_expect(same(s[0].policy, "p") && same(s[0].san[1], "y"));
    cr_expect(same(s[1].policy, "q") && same(s[1].attester, "tsm"));
    cr_expect(same(s[1].san[0], "z") && !s[1].san[1], "repeatable keys are replaced as a whole");
}

Test(config, key_spelling_is_lenient_where_stunnel_is)
{
    const struct px_service *s = load("; comment\r\n# comment\r\n  ; indented comment\n\n   \n"
                                      "DEBUG=3\r\n[web]\t\r\nACCEPT=127.0.0.1:1\nConnect  =  2\n"
                                      "max_Handshakes=5\nattester=tsm\npolicy=a;b");

    cr_expect(config->log_level == RATLS_LOG_ERROR && s->max_handshakes == 5);
    cr_expect(same(s->policy, "a;b") && same(s->connect.port, "2"));
}

Test(config, stunnels_debug_is_the_log_level)
{
    static const struct {
        const char *word;
        enum ratls_log_level level;
    } words[] = {
        {"0", RATLS_LOG_ERROR},     {"3", RATLS_LOG_ERROR},        {"4", RATLS_LOG_WARNING},
        {"5", RATLS_LOG_INFO},      {"6", RATLS_LOG_INFO},         {"7", RATLS_LOG_DEBUG},
        {"err", RATLS_LOG_ERROR},   {"crit", RATLS_LOG_ERROR},     {"notice", RATLS_LOG_INFO},
        {"error", RATLS_LOG_ERROR}, {"WARNING", RATLS_LOG_WARNING}};
    char text[256];

    for (size_t i = 0; i < PX_COUNT(words); i++) {
        snprintf(text, sizeof text, "debug = %s\n" WEB, words[i].word);
        load(text);
        cr_expect_eq(config->log_level, words[i].level, "%s", words[i].word);
    }
}

Test(config, empty_pid_and_sni_mean_none)
{
    const struct px_service *s = load("pid =\nsni = x\nclient = yes\n" WEB "sni =\n");

    cr_expect(!config->pid_file && !s->sni);
}

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

    cr_expect(same(s->connect.host, "127.0.0.1") && same(s->connect.text, "2"));
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
    {"pid = a\n  b\n", 2, "white space"},
    {"pid = a\n\toutput = b\n", 2, "white space"},
    {" [a]\n", 1, "white space"},
    {"pid = a ; b\n", 1, "a line of its own"},
    {"[a] ; b\n", 1, "a line of its own"},
    {"\xef\xbb\xbfpid = a\n", 1, "byte order mark"},
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
    {"foreground = quiet", "yes or no"},
    {"foreground = no", "service manager"},
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
    {"mode = none", "not one of its words"},
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

#define HEAD "[web]\naccept = 127.0.0.1:1\nconnect = 2\n"

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
    {WEB "client = yes\n[b]\nclient = yes\nattester = tsm\npolicy = p\nconnect = 1\n"
         "accept = 10.0.0.1:5\n",
     12, "insecure-plain-listen"},
    {WEB "checkHost = a\n", 6, "checkHost needs CAfile"},
    {WEB "opa-path = a\n", 6, "opa-path needs opa"},
    {WEB "opa = u\nhandshake-timeout = 2\n", 1, "opa-timeout must be below"},
    {HEAD "mode = attest\nattester = tsm\nopa = u\n", 6, "no effect with mode = attest"},
    {WEB "identity-ca-cert = a\n", 6, "identity-ca-key is missing"},
    {WEB "identity-ca-key = a\n", 6, "identity-ca-cert is missing"},
    {WEB "store = u\nstored-policy = n\n", 7, "one of them decides"},
    {WEB "stored-policy = n\n", 6, "store is missing"},
    {HEAD "mode = verify\nstored-policy = n\n", 5, "store is missing"},
    {HEAD "mode = attest\nattester = tsm\nstore = u\n", 6, "no effect with mode = attest"},
    {WEB "sni = a\n", 6, "no effect with client = no"},
    {WEB "insecure-plain-listen = yes\n", 6, "no effect with client = no"},
    {HEAD "mode = verify\npolicy = p\nproof = key\n", 6, "no effect with mode = verify"},
    {HEAD "mode = attest\nattester = tsm\nbinding = key\n", 6, "no effect with mode = attest"},
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
    cr_assert_eq(unlink(path), 0);
}

/* ---- files, print, help (the manual: proxy_manual_test.c) ---- */

Test(config, files_of_a_service_leave_the_ca_key_out)
{
    static const char *const files[] = {"ca", "cc"}, *const trust[] = {"p.json", "r", "k",  "v",
                                                                       "s",      "x", "y:z"};
    const struct px_service *s = load(WEB "CAfile = ca\nidentity-ca-key = none\n"
                                          "identity-ca-cert = cc\ninsecure-sim-roots = s\n"
                                          "device-keys = k\nreference-values = v\n"
                                          "roots = r\nplugins = dir\n"
                                          "crl = snp:x\ncrl = virtcca:y:z\n");

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
    char *out = printed(HEAD "policy = p\nattester = sim-tdx\nclient = yes\n"
                             "insecure-allow-sim-attester = yes\ninsecure-plain-listen = yes\n"
                             "insecure-ignore-selftest = yes\ninsecure-sim-roots = s\n");
    const struct px_option *o;
    char mark[128];

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        if (strncmp(o->name, "insecure", 8) != 0)
            continue;
        snprintf(mark, sizeof mark, "  WARNING: %s = %s: ", o->name,
                 o->kind == PX_BOOL ? "yes" : "s");
        cr_expect_not_null(strstr(out, mark), "%s", o->name);
    }
    free(out);
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
