/* What each key of ratls-proxy does, and what is in effect when nothing is said. */
#include "proxy_config_support.h"

TestSuite(config_keys, .fini = teardown);

/* A service that lacks nothing, whatever `given` holds already. */
static void complete(char *out, size_t size, const char *given)
{
    static const char *const needed[] = {"accept = 127.0.0.1:1\n", "connect = 2\n",
                                         "attester = tsm\n", "policy = p.json\n"};

    out[0] = 0;
    for (size_t i = 0; i < PX_COUNT(needed); i++) {
        char key[16];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(needed[i], "=") + 1, needed[i]);
        if (strncmp(key, "connect", 7) == 0 && strstr(given, "socks-listen"))
            continue; /* clients say where to */
        if (strncmp(given, key, strlen(key)) != 0 && !strstr(given, "mode = "))
            strncat(out, needed[i], size - strlen(out) - 1);
    }
    if (strstr(given, "mode = token") || strstr(given, "mode = secrets"))
        strncat(out, "accept = 127.0.0.1:1\n", size - strlen(out) - 1);
    else if (strstr(given, "mode = "))
        strncat(out, "accept = 127.0.0.1:1\nconnect = 2\n", size - strlen(out) - 1);
}

/* ---- every key has an effect of its own (T164) ---- */

#define PIN_60 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
#define PIN    "0000" PIN_60

#define FROM      "passport-from = https://[::1]:8443/token\n"
#define PASSPORTS "passport-issuer = https://a /a\npassport-audience = web\n"
#define TOKENS                                                                                     \
    "mode = token\ncert = c\nkey = none\npolicy = p\ntoken-issuer = https://as.example:8443\n"     \
    "token-audience = https://a.example/x, b\ntoken-key = /none\n"

#define SECRETS                                                                                    \
    "mode = secrets\ncert = c\nkey = none\npolicy = p\nsecrets-store = folder:/s\n"                \
    "secrets-kek = file:/k\n"

#define KEYS(X)                                                                                    \
    X(setuid, "setuid = alice\n", same(c->setuid_user, "alice"))                                   \
    X(setgid, "setgid = staff\n", same(c->setgid_group, "staff"))                                  \
    X(pid, "pid = /run/x.pid\n", same(c->pid_file, "/run/x.pid"))                                  \
    X(output, "output = /var/log/x\n", same(c->output, "/var/log/x"))                              \
    X(log_level, "log-level = debug\n", c->log_level == RATLS_LOG_DEBUG)                           \
    X(log, "log = overwrite\n", c->log_overwrite)                                                  \
    X(TIMEOUTbusy, "TIMEOUTbusy = 4\n",                                                            \
      s->busy_timeout_ms == 4000 && s->handshake_timeout_ms == 4000)                               \
    X(verify, "CAfile = ca\nverify = 3\n", s->verify_level == 4)                                   \
    X(workers, "workers = 63\n", c->workers == 63)                                                 \
    X(drain_timeout, "drain-timeout = 2m\n", c->drain_timeout_ms == 120000)                        \
    X(trust_check, "trust-check = 40ms\n", c->trust_check_ms == 40)                                \
    X(accept, "accept = /run/a\n", same(s->accept.path, "/run/a"))                                 \
    X(connect, "connect = b:5\n", same(s->connect[0].host, "b") && same(s->connect[0].port, "5"))  \
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
    X(syslog, "syslog = yes\n", c->syslog)                                                         \
    X(syslog_socket, "syslog-socket = /run/log\n", same(c->syslog_socket, "/run/log"))             \
    X(foreground, "foreground = quiet\n", c->foreground == PX_FOREGROUND_QUIET)                    \
    X(service, "service = edge\n", same(c->log_name, "edge"))                                      \
    X(access_log, "access-log = syslog\n", same(c->access_log, "syslog"))                          \
    X(access_log_sample, "access-log-sample = 10\n", c->access_log_sample == 10)                   \
    X(admin, "admin = unix:/run/a\n", same(c->admin.path, "/run/a"))                               \
    X(admin_token, "admin = 127.0.0.1:9\nadmin-token = none\n", same(c->admin_token, "none"))      \
    X(sandbox, "sandbox = no\ninsecure-no-sandbox = yes\n", !c->sandbox)                           \
    X(sandbox_connect, "sandbox-connect = yes\n", c->sandbox_connect)                              \
    X(offload, "offload = off\n", c->offload == 0)                                                 \
    X(lock_memory, "lock-memory = yes\n", c->lock_memory)                                          \
    X(checkIP, "CAfile = ca\ncheckIP = ::1, 10.0.0.1\n", same(s->check_ip[1], "10.0.0.1"))         \
    X(checkEmail, "CAfile = ca\ncheckEmail = a@b.c\n", same(s->check_email[0], "a@b.c"))           \
    X(CApath, "CApath = cas\n", same(s->ca_path, "cas") && same(s->ca_path_files[1], "cas/b.pem")) \
    X(CRLfile, "CAfile = ca\nCRLfile = crl\n", same(s->crl_file, "crl"))                           \
    X(CRLpath, "CAfile = ca\nCRLpath = cas\n",                                                     \
      same(s->crl_path, "cas") && same(s->crl_path_files[1], "cas/b.pem"))                         \
    X(verifyChain, "CAfile = ca\nverifyChain = yes\n", s->verify_chain)                            \
    X(verifyPeer, "CAfile = ca\nverifyPeer = yes\n", s->verify_peer)                               \
    X(requireCert, "requireCert = yes\n", s->require_cert)                                         \
    X(peer_spki, "peer-spki = " PIN "\npeer-spki = AB:CD" PIN_60 "\n",                             \
      same(s->peer_spki[1], "abcd" PIN_60))                                                        \
    X(cert, "cert = c.pem\n", same(s->cert, "c.pem"))                                              \
    X(key, "cert = c.pem\nkey = none\n", same(s->key, "none"))                                     \
    X(protocol, "protocol = proxy1\n", s->protocol == PX_PROTOCOL_PROXY1)                          \
    X(proxy_tlv, "protocol = proxy\nproxy-tlv = no\n", !s->proxy_tlv)                              \
    X(filter, "client = yes\nprotocol = socks-listen\nfilter = a:1\nfilter = *.b\n",               \
      same(s->filter[0].name, "a") && s->filter[1].suffix)                                         \
    X(users, "client = yes\nprotocol = socks-listen\nfilter = a:1\nusers = none\n",                \
      same(s->users, "none"))                                                                      \
    X(plaintext_path, "plaintext-path = /healthz\nplaintext-path = /b\n",                          \
      same(s->plaintext_path[1], "/b"))                                                            \
    X(identity_header, "identity-header = X-Peer\nidentity-header-key = none\n",                   \
      same(s->identity_header, "X-Peer"))                                                          \
    X(identity_header_key, "identity-header = X-Peer\nidentity-header-key = none\n",               \
      same(s->identity_header_key, "none"))                                                        \
    X(identity_header_audience,                                                                    \
      "identity-header = X-Peer\nidentity-header-key = none\nidentity-header-audience = a\n",      \
      same(s->identity_header_audience, "a"))                                                      \
    X(passport_issuer, PASSPORTS "passport-issuer = https://b /b\n",                               \
      same(s->passport_issuer[0], "https://a /a") && same(s->passport_issuer[1], "https://b /b"))  \
    X(passport_audience, PASSPORTS, same(s->passport_audience, "web"))                             \
    X(passport_from, FROM, same(s->passport_from, "https://[::1]:8443/token"))                     \
    X(passport_target, FROM "passport-target = web\n", same(s->passport_target, "web"))            \
    X(passport_policy, FROM "passport-policy = q\n", same(s->passport_policy, "q"))                \
    X(passport_CAfile, FROM "passport-CAfile = ca\n", same(s->passport_ca_file, "ca"))             \
    X(token_issuer, TOKENS, same(s->token_issuer, "https://as.example:8443"))                      \
    X(token_audience, TOKENS,                                                                      \
      same(s->token_audience[0], "https://a.example/x") && same(s->token_audience[1], "b"))        \
    X(token_key, TOKENS "token-key = RS256:/nokey\n",                                              \
      same(s->token_key[0], "/none") && same(s->token_key[1], "RS256:/nokey"))                     \
    X(token_trusts, TOKENS "token-trusts = https://b /none\n",                                     \
      same(s->token_trusts[0], "https://b /none"))                                                 \
    X(token_lifetime, TOKENS "token-lifetime = 1m\n", s->token_lifetime_s == 60)                   \
    X(token_dpop_nonce, TOKENS "token-dpop-nonce = yes\n", s->token_dpop_nonce)                    \
    X(token_evidence, TOKENS "token-evidence = yes\n", s->token_evidence)                          \
    X(token_clients,                                                                               \
      TOKENS "token-clients = any\ntoken-evidence = yes\nmax-connections-per-source = 9\n",        \
      s->token_clients == PX_CLIENTS_ANY && s->mode == RATLS_NONE)                                 \
    X(token_claims, TOKENS "token-claims = secgear\n", s->token_claims == PX_CLAIMS_SECGEAR)       \
    X(secrets_store, SECRETS, same(s->secrets_store, "folder:/s"))                                 \
    X(secrets_reads, SECRETS "secrets-reads = /a, /b\n", same(s->secrets_reads[1], "/b"))          \
    X(secrets_jwe, SECRETS "secrets-jwe = SGD_SM4_GCM\n", s->secrets_jwe == RATLS_JWE_SM4_GCM)     \
    X(secrets_kek, SECRETS, same(s->secrets_kek, "file:/k"))                                       \
    X(failover, "connect = 1\nconnect = 2\nfailover = rr\n",                                       \
      s->failover == PX_FAILOVER_RR && s->n_connect == 2)                                          \
    X(retry, "retry = yes\n", s->retry)                                                            \
    X(health_check, "health-check = http:/h\n",                                                    \
      s->health.kind == PX_HEALTH_HTTP && same(s->health.path, "/h"))                              \
    X(health_interval, "health-check = tcp\nhealth-interval = 2\n", s->health_interval_ms == 2000) \
    X(tcp_user_timeout, "tcp-user-timeout = 30\n", s->tcp_user_timeout_ms == 30000)                \
    X(local, "local = 127.0.0.2\n", same(s->local, "127.0.0.2"))                                   \
    X(socket, "socket = l:TCP_NODELAY=0\nsocket = r:SO_KEEPALIVE=1\n",                             \
      s->socket[0].where == 'l' && same(s->socket[1].text, "r:SO_KEEPALIVE=1"))                    \
    X(max_connections_per_source, "max-connections-per-source = 5\n",                              \
      s->max_connections_per_source == 5)                                                          \
    X(insecure_no_sandbox, "sandbox = no\ninsecure-no-sandbox = yes\n", c->insecure_no_sandbox)    \
    X(insecure_no_attestation, "client = yes\nmode = none\ninsecure-no-attestation = yes\n",       \
      s->insecure_no_attestation)                                                                  \
    X(sni, "client = yes\nsni = a.example\n", same(s->sni.name, "a.example"))                      \
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
    X(device, "device = nvidia:a=1,b=2\ndevice = nvidia\n",                                        \
      same(s->device[0], "nvidia:a=1,b=2") && same(s->device[1], "nvidia"))                        \
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

Test(config_keys, each_key_has_its_effect_in_its_place)
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

/* Keys without a member: `include`, see
 * proxy_config_include_test.c, and those of proxy_config_stunnel_test.c. */
Test(config_keys, each_key_of_the_table_is_tested)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        bool found = o->kind == PX_INCLUDE || o->kind == PX_NOTHING || o->kind == PX_COVERS;
        for (size_t k = 0; k < PX_COUNT(keys); k++)
            found = found || px_option_find(keys[k].id) == o;
        cr_expect(found, "%s", o->name);
    }
}

Test(config_keys, defaults_are_those_of_the_manual)
{
    const struct px_service *s = load(WEB);

    cr_expect(config->foreground && config->workers >= 1 && config->workers <= PX_MAX_WORKERS);
    cr_expect(!config->setuid_user && !config->setgid_group && !config->pid_file);
    cr_expect(!config->output && config->log_level == RATLS_LOG_INFO);
    cr_expect_eq(config->drain_timeout_ms, 30000);
    cr_expect(same(s->name, "web") && s->line == 1 && s->file == config->path);
}

Test(config_keys, defaults_of_a_service_are_those_of_the_manual)
{
    const struct px_service *s = load(WEB);

    cr_expect(!s->client && s->mode == RATLS_MUTUAL);
    cr_expect(s->binding == RATLS_LEVEL_SESSION && s->proof == RATLS_LEVEL_SESSION);
    cr_expect(s->identity_lifetime_s == 3600 && s->handshake_timeout_ms == 10000);
    cr_expect(s->connect_timeout_ms == 10000 && s->idle_timeout_ms == 43200000);
    cr_expect(s->close_timeout_ms == 60000 && s->max_lifetime_ms == 0);
    cr_expect(s->max_connections == 10000 && s->max_handshakes == 1000 && s->proof_rate == 1000);
}

Test(config_keys, what_weakens_a_service_is_off_by_default)
{
    const struct px_service *s = load(WEB);

    cr_expect(!s->insecure_allow_sim_attester && !s->insecure_plain_listen &&
              !s->insecure_ignore_selftest && !s->insecure_sim_roots);
    cr_expect(!s->san[0] && !s->check_host[0] && !s->sni.name && !s->ca_file);
}

Test(config_keys, mode_attest_judges_nobody)
{
    const struct px_service *s = load("policy = p\n[a]\naccept = 1\nconnect = 2\nmode = attest\n"
                                      "attester = tsm\n");

    cr_expect_eq(s->mode, RATLS_ATTEST);
    cr_expect_null(s->policy, "a default that has no effect is not taken over");
}

Test(config_keys, keys_before_the_first_service_are_defaults_of_all)
{
    const struct px_service *s = load("policy = p\nattester = tsm\nsan = x,y\n[a]\naccept = 1\n"
                                      "connect = 2\n[b]\naccept = 3\nconnect = 4\npolicy = q\n"
                                      "san = z\n");

    cr_assert_eq(config->n_services, 2);
    cr_expect(same(s[0].policy, "p") && same(s[0].san[1], "y"));
    cr_expect(same(s[1].policy, "q") && same(s[1].attester, "tsm"));
    cr_expect(same(s[1].san[0], "z") && !s[1].san[1], "repeatable keys are replaced as a whole");
}

Test(config_keys, key_spelling_is_lenient_where_stunnel_is)
{
    const struct px_service *s = load("; comment\r\n# comment\r\n  ; indented comment\n\n   \n"
                                      "DEBUG=3\r\n[web]\t\r\nACCEPT=127.0.0.1:1\nConnect  =  2\n"
                                      "max_Handshakes=5\nattester=tsm\npolicy=a;b");

    cr_expect(config->log_level == RATLS_LOG_ERROR && s->max_handshakes == 5);
    cr_expect(same(s->policy, "a;b") && same(s->connect[0].port, "2"));
}

Test(config_keys, stunnels_debug_is_the_log_level)
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

Test(config_keys, empty_pid_and_sni_mean_none)
{
    const struct px_service *s = load("pid =\nsni = x\nclient = yes\n" WEB "sni =\n");

    cr_expect(!config->pid_file && !s->sni.name);
}

/* ---- backends ---- */

#define SERVICE_BUT_CONNECT "[web]\naccept = 127.0.0.1:1\nattester = tsm\npolicy = p.json\n"

Test(config_keys, addresses_that_cannot_be_reached_are_no_backends)
{
    static const struct {
        const char *address, *words;
    } cases[] = {
        {"127.0.0.1:0", "port from 1"},         {"0.0.0.0:80", "no address to connect to"},
        {"0.1.2.3:80", "no address"},           {"[::]:80", "no address to connect to"},
        {"224.0.0.1:80", "multicast"},          {"239.255.255.250:80", "multicast"},
        {"[ff02::1]:80", "multicast"},          {"255.255.255.255:80", "broadcast"},
        {"240.0.0.1:80", "reserved"},           {"[fe80::1]:80", "link-local"},
        {"[::ffff:224.0.0.1]:80", "multicast"}, {"[::ffff:0.0.0.0]:80", "no address"},
    };
    static const char *const good[] = {"127.0.0.1:80",     "[::1]:80",     "223.255.255.255:80",
                                       "[2001:db8::1]:80", "a.example:80", "/run/a"};
    char text[256];

    for (size_t i = 0; i < PX_COUNT(cases); i++) {
        snprintf(text, sizeof text, SERVICE_BUT_CONNECT "connect = %s\n", cases[i].address);
        refuses(text, 5, cases[i].words);
    }
    for (size_t i = 0; i < PX_COUNT(good); i++) {
        snprintf(text, sizeof text, SERVICE_BUT_CONNECT "connect = %s\n", good[i]);
        load(text);
    }
}

Test(config_keys, what_is_for_backends_is_not_for_peers)
{
    refuses(WEB "client = yes\nprotocol = proxy\n", 7, "client = yes");
    refuses(WEB "client = yes\nprotocol = proxy1\n", 7, "client = yes");
    refuses(WEB "client = yes\nhealth-check = http:/\n", 7, "speak TLS");
    load(WEB "client = yes\nhealth-check = tcp\n");
    refuses(WEB "proxy-tlv = no\n", 6, "needs protocol");
    refuses(WEB "protocol = proxy1\nproxy-tlv = no\n", 7, "without protocol = proxy");
    load(WEB "protocol = proxy\nproxy-tlv = no\n");
}
