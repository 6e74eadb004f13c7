/* Services that answer by themselves: mode = token. */
#include "proxy_config_support.h"

#include <sys/stat.h>
#include <unistd.h>

TestSuite(config_authority, .fini = teardown);

#define HEAD   "[t]\naccept = 127.0.0.1:1\nmode = token\npolicy = p\n"
#define ISSUER "token-issuer = https://as.example\n"
#define TARGET "token-audience = a\n"
#define KEY    "token-key = /none\n"
#define WHOLE  HEAD "attester = tsm\n" ISSUER TARGET KEY

Test(config_authority, an_attester_decides_whether_evidence_is_shown)
{
    const struct px_service *s = load(WHOLE);

    cr_expect(s->purpose == PX_TOKENS && s->mode == RATLS_MUTUAL && px_service_has_identity(s));
    cr_expect_str_eq(px_service_mode(s), "token");
    cr_expect(s->token_lifetime_s == 300 && s->token_claims == PX_CLAIMS_EAR);
    cr_expect(!s->token_dpop_nonce);
    cr_expect(load(WHOLE "token-dpop-nonce = yes\n")->token_dpop_nonce);
    s = load(HEAD "cert = c\nkey = none\n" ISSUER TARGET KEY);
    cr_expect(s->purpose == PX_TOKENS && s->mode == RATLS_VERIFY && px_service_has_identity(s));
}

#define ANY      "token-clients = any\n"
#define EVIDENCE "token-evidence = yes\n"
#define SOURCES  "max-connections-per-source = 9\n"
#define NAMED    ISSUER TARGET KEY

Test(config_authority, clients_need_no_evidence_where_that_is_said)
{
    const struct px_service *s = load(WHOLE EVIDENCE);

    cr_expect(s->mode == RATLS_MUTUAL && px_service_judges(s));
    cr_expect_eq(px_service_takes(s), PX_TAKES_CHANNEL | PX_TAKES_EVIDENCE);
    s = load(WHOLE ANY EVIDENCE SOURCES);
    cr_expect(s->mode == RATLS_ATTEST && px_service_judges(s) && px_service_has_identity(s));
    cr_expect_eq(px_service_takes(s), PX_TAKES_EVIDENCE);
    s = load(HEAD "cert = c\nkey = none\n" NAMED ANY EVIDENCE SOURCES "token-trusts = a /b\n");
    cr_expect(s->mode == RATLS_NONE && px_service_judges(s) && px_service_has_identity(s));
    cr_expect_eq(px_service_takes(s), PX_TAKES_RESULT | PX_TAKES_EVIDENCE);
    s = load("[t]\naccept = 127.0.0.1:1\nmode = token\ncert = c\nkey = none\n" NAMED ANY SOURCES
             "token-trusts = a /b\n");
    cr_expect(s->mode == RATLS_NONE && !px_service_judges(s));
    cr_expect_eq(px_service_takes(s), PX_TAKES_RESULT);
}

Test(config_authority, what_anybody_brings_is_judged)
{
    refuses(WHOLE ANY SOURCES, 9, "token-evidence or token-trusts is missing");
    refuses(WHOLE ANY EVIDENCE, 9, "max-connections-per-source is missing");
    refuses(WHOLE ANY SOURCES "token-trusts = a /b\n", 9, "token-evidence is missing");
    refuses(WHOLE EVIDENCE "opa = http+unix:/opa\n", 9, "an OPA is not asked");
    refuses("[t]\naccept = 127.0.0.1:1\nmode = token\nattester = tsm\n" NAMED ANY EVIDENCE SOURCES,
            3, "policy or store is missing");
    refuses(HEAD NAMED ANY EVIDENCE SOURCES, 3, "attester or cert is missing");
    refuses(WHOLE ANY EVIDENCE SOURCES "insecure-no-attestation = yes\n", 12, "has no effect");
}

Test(config_authority, other_modes_relay)
{
    const struct px_service *s = load(WEB);

    cr_expect(s->purpose == PX_RELAY);
    cr_expect_str_eq(px_service_mode(s), "mutual");
}

Test(config_authority, what_is_missing_is_named)
{
    refuses(HEAD ISSUER TARGET KEY, 3, "attester or cert is missing");
    refuses(HEAD "attester = tsm\n" TARGET KEY, 3, "token-issuer is missing");
    refuses(HEAD "attester = tsm\n" ISSUER KEY, 3, "token-audience is missing");
    refuses(HEAD "attester = tsm\n" ISSUER TARGET, 3, "token-key is missing");
    refuses("[t]\naccept = 127.0.0.1:1\nmode = token\nattester = tsm\n" ISSUER TARGET KEY, 3,
            "policy or store is missing");
    refuses(WHOLE "client = yes\n", 3, "client = no");
}

Test(config_authority, keys_without_effect_are_refused)
{
    static const char *const keys[] = {
        "connect = 127.0.0.1:2", "protocol = proxy",      "failover = rr",
        "retry = yes",           "health-check = tcp",    "local = 127.0.0.1",
        "plaintext-path = /x",   "identity-header = X-P",
    };
    static const char *const others[] = {ISSUER,
                                         TARGET,
                                         KEY,
                                         "token-lifetime = 60\n",
                                         "token-claims = raw\n",
                                         "token-dpop-nonce = yes\n",
                                         "token-trusts = a /b\n",
                                         EVIDENCE,
                                         ANY};
    char text[512];

    for (size_t i = 0; i < PX_COUNT(keys); i++) {
        snprintf(text, sizeof text, WHOLE "%s\n", keys[i]);
        refuses(text, 9, "has no effect with mode = token");
    }
    for (size_t i = 0; i < PX_COUNT(others); i++) {
        snprintf(text, sizeof text, WEB "%s", others[i]);
        refuses(text, 6, "has no effect with a mode that relays");
    }
    refuses(HEAD "cert = c\nkey = none\n" ISSUER TARGET KEY "san = a\n", 10,
            "has no effect without attester");
    cr_expect(load("connect = 127.0.0.1:2\n" WHOLE)->n_connect == 0, "a default does no harm");
}

#define KEEPS "[s]\naccept = 127.0.0.1:1\nmode = secrets\npolicy = p\nattester = tsm\n"
#define STORE "secrets-store = folder:/s\n"
#define KEK   "secrets-kek = file:/k\n"

Test(config_authority, secrets_lie_where_the_sandbox_can_tell)
{
    const struct px_service *s = load(KEEPS STORE KEK);

    cr_expect(s->purpose == PX_SECRETS && s->mode == RATLS_MUTUAL);
    cr_expect_str_eq(px_service_mode(s), "secrets");
    load(KEEPS KEK "secrets-store = sqlite:/a/b.db\n");
    refuses(KEEPS KEK, 3, "secrets-store is missing");
    refuses(KEEPS STORE, 3, "secrets-kek is missing");
    load(KEEPS KEK "secrets-store = postgresql://u@h/d\n");
    load(KEEPS STORE "secrets-kek = pkcs11:object=k\nsecrets-reads = /t\n");
    refuses(KEEPS KEK "secrets-store = postgresql://u@h/d?port=1\n", 7, "sqlite:/path or postgres");
    refuses(KEEPS KEK "secrets-store = folder:s\n", 7, "folder:/path");
    refuses(KEEPS STORE "secrets-kek = file:k\n", 7, "file:/path or pkcs11:");
    refuses(KEEPS STORE KEK "secrets-reads = tokens\n", 8, "begins with /");
    refuses(KEEPS STORE KEK "token-issuer = https://a\n", 8, "has no effect with mode = secrets");
    refuses(KEEPS STORE KEK "connect = 2\n", 8, "has no effect with mode = secrets");
    refuses(WEB STORE, 6, "has no effect with a mode that relays");
    refuses(KEEPS STORE KEK "client = yes\n", 3, "client = no");
}

Test(config_authority, a_store_has_a_folder)
{
    static const struct {
        const char *url, *folder;
    } rows[] = {{"folder:/a/b", "/a/b"}, {"sqlite:/a/b.db", "/a"}, {"sqlite:/b.db", "/"}};

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        char *folder = px_store_folder(rows[i].url);
        cr_assert_not_null(folder);
        cr_expect_str_eq(folder, rows[i].folder);
        free(folder);
    }
    cr_expect_null(px_store_folder("postgresql://a/b"));
}

Test(config_authority, a_database_has_a_port)
{
    static const struct {
        const char *url;
        uint16_t port;
    } good[] = {
        {"postgresql://h/d", 5432},
        {"postgresql://h", 5432},
        {"postgres://h:1/d?sslmode=require&sslrootcert=/host", 1},
        {"postgresql://u:p:7@h:65535?user=port", 65535},
        {"postgresql://[::1]/d", 5432},
        {"postgresql://u@[::1]:7/d", 7},
        {"postgresql:///d", 0},
        {"postgresql://u@%2Frun%2fpostgresql:7/d", 0},
    };
    static const char *const bad[] = {
        "folder:/h",
        "postgresql:/h",
        "postgresql://h:0/d",
        "postgresql://h:65536/d",
        "postgresql://h:/d",
        "postgresql://h:1x/d",
        "postgresql://[::1/d",
        "postgresql://a:1,b:2/d",
        "postgresql://h/d?host=x",
        "postgresql://h/d?user=u&hostaddr=1.2.3.4",
        "postgresql://h?port=1",
        "postgresql://h/d?service",
        "postgresql://h/d?user=u&servicefile=/x",
        "postgresql://h/d?h%6Fst=x",
    };
    uint16_t port = 0;

    for (size_t i = 0; i < PX_COUNT(good); i++) {
        port = 77;
        cr_expect(px_store_port(good[i].url, &port), "%s", good[i].url);
        cr_expect_eq(port, good[i].port, "%s", good[i].url);
    }
    for (size_t i = 0; i < PX_COUNT(bad); i++)
        cr_expect_not(px_store_port(bad[i], &port), "%s", bad[i]);
}

Test(config_authority, issuers_are_origins)
{
    static const char *const good[] = {"https://a", "https://a.example:1", "https://[::1]",
                                       "https://[::1]:65535", "https://10.0.0.1:8443"};
    static const char *const bad[] = {"",
                                      "a.example",
                                      "http://a",
                                      "https://",
                                      "https://a/",
                                      "https://a/path",
                                      "https://a?q",
                                      "https://a#f",
                                      "https://u@a",
                                      "https://a:",
                                      "https://a:0",
                                      "https://a:65536",
                                      "https://::1",
                                      "https://[::1",
                                      "https://[10.0.0.1]",
                                      "HTTPS://a",
                                      "https://a b"};
    char text[512];

    for (size_t i = 0; i < PX_COUNT(good); i++) {
        snprintf(text, sizeof text, HEAD "attester = tsm\n" TARGET KEY "token-issuer = %s\n",
                 good[i]);
        cr_expect_str_eq(load(text)->token_issuer, good[i]);
    }
    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        snprintf(text, sizeof text, HEAD "attester = tsm\n" TARGET KEY "token-issuer = %s\n",
                 bad[i]);
        refuses(text, 8, "https://HOST[:PORT]");
    }
}

Test(config_authority, targets_are_plain_texts)
{
    refuses(HEAD "attester = tsm\n" ISSUER KEY "token-audience = a b\n", 8,
            "is no name of a target");
    refuses(HEAD "attester = tsm\n" ISSUER KEY "token-audience = a,,b\n", 8, "is no name");
    refuses(HEAD "attester = tsm\n" ISSUER KEY "token-audience = a\"b\n", 8, "is no name");
    refuses(HEAD "attester = tsm\n" ISSUER KEY "token-audience = https://a#f\n", 8, "is no name");
}

Test(config_authority, keys_are_files_of_one_algorithm)
{
    char alg[PX_TOKEN_ALG];

    cr_expect_str_eq(px_token_key_file("/a:b", alg), "/a:b");
    cr_expect_str_eq(alg, "");
    cr_expect_str_eq(px_token_key_file("PS256:/a", alg), "/a");
    cr_expect_str_eq(alg, "PS256");
    refuses(HEAD "attester = tsm\n" ISSUER TARGET "token-key = HS256:/a\n", 8, "ES256:");
    refuses(HEAD "attester = tsm\n" ISSUER TARGET "token-key = a\n", 8, "ES256:");
    refuses(HEAD "attester = tsm\n" ISSUER TARGET "token-key =\n", 8, "ES256:");
    refuses(HEAD "attester = tsm\n" ISSUER TARGET "token-key = ES256:\n", 8, "ES256:");
}

Test(config_authority, issuers_that_are_believed_have_a_file)
{
    static const char *const bad[] = {
        "", "https://b", "/file", "https://b file", "https://b,/file", "https://b  "};
    char iss[PX_TOKEN_ISS], text[1024], longer[PX_TOKEN_ISS + 4];

    cr_expect_str_eq(px_token_trust_file("https://b \t /a b", iss), "/a b");
    cr_expect_str_eq(iss, "https://b");
    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        snprintf(text, sizeof text, WHOLE "token-trusts = %s\n", bad[i]);
        refuses(text, 9, "expected ISS /FILE");
    }
    memset(longer, 'a', sizeof longer);
    memcpy(&longer[PX_TOKEN_ISS], " /f", 4);
    cr_expect_null(px_token_trust_file(longer, iss));
    cr_expect_str_eq(px_token_trust_file(&longer[1], iss), "/f");
}

/* Every one of them, not the first alone. */
Test(config_authority, keys_that_others_may_read_are_refused)
{
    char open[] = "/tmp/ratls-config.XXXXXX", text[512];
    int fd = mkstemp(open);

    cr_assert(fd >= 0 && fchmod(fd, 0640) == 0);
    close(fd);
    snprintf(text, sizeof text, WHOLE "token-key = ES256:%s\n", open);
    refuses(text, 8, "chmod 600");
    cr_expect(chmod(open, 0600) == 0);
    load(text);
    unlink(open);
}
