/* From a service's keys to trust and context: each key arrives, each bad file is named. */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "config_impl.h"
#include "ctx_impl.h"
#include "mint.h"
#include "mint_crl.h"
#include "sim_collateral.h"
#include "tdx.h"
#include "trust.h"

#define MUST(call) cr_assert_eq((call), RATLS_OK, "%s", #call)

#define POLICY "{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}},\"binding\":\"quote\"}"
#define HEAD   "\n[web]\naccept = 127.0.0.1:1\nconnect = 2\n"
#define MUTUAL HEAD "attester = tsm\npolicy = policy\n"

static const char *text; /* of the configuration */
static struct ratls_buffer root, sim_root, collateral, crl;
static struct px_config *config;
static struct ratls_env env;
static struct ratls_error err;
static struct ratls_trust *trust;
static struct ratls_ctx *ctx;

/* The base point of P-256 (FIPS 186-4 D.1.2.3). */
#define ID_32 "1111111111111111111111111111111111111111111111111111111111111111"
static const char device_keys[] =
    "[{\"pkey\":{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
    "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"},"
    "\"implementation-id\":\"" ID_32 "\",\"instance-id\":\"01" ID_32 "\"}]";
static const char refvals[] = "{\"platform\":[{\"implementation-id\":\"" ID_32 "\","
                              "\"sw-components\":[{\"measurement-value\":\"00\","
                              "\"signer-id\":\"00\"}]}],"
                              "\"realm\":[{\"initial-measurement\":\"00\"}]}";

static const struct {
    const char *path, *content;
} texts[] = {
    {"bad", "{\"tees\":{},\"x\":1}"},
    {"keys", device_keys},
    {"refvals", refvals},
    {"/jwks", "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"kid\":\"k\","
              "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
              "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"}]}"},
};

static struct ratls_bytes content_of(const char *path)
{
    for (size_t i = 0; i < RT_COUNT(texts); i++)
        if (strcmp(path, texts[i].path) == 0)
            return ratls_bytes_str(texts[i].content);
    if (strcmp(path, "test.conf") == 0)
        return ratls_bytes_str(text);
    if (strcmp(path, "policy") == 0)
        return ratls_bytes_str(POLICY);
    if (strcmp(path, "services") == 0)
        return ratls_bytes_str("{\"tees\":{},\"services\":{\"web\":{\"binding\":\"key\"},"
                               "\"mail\":{\"peer_names\":[\"a.example\"]}}}");
    if (strcmp(path, "root") == 0)
        return rt_bytes_of(&root);
    if (strcmp(path, "crl") == 0)
        return rt_bytes_of(&crl);
    if (strcmp(path, "simroot") == 0)
        return rt_bytes_of(&sim_root);
    if (strcmp(path, "collateral") == 0 || strcmp(path, "folder/a.json") == 0)
        return rt_bytes_of(&collateral);
    return ratls_bytes(NULL, 0);
}

static enum ratls_err list_memory(void *arg, const char *path, const char *ending,
                                  struct ratls_buffer *names)
{
    (void)arg;
    *names = (struct ratls_buffer){0};
    if (strcmp(ending, ".pem") == 0 && strcmp(path, "crls") == 0)
        return rt_dup(ratls_bytes_str("a.pem\nnowhere.pem\n"), names);
    if (strcmp(ending, ".pem") == 0 && strcmp(path, "lists") == 0)
        return rt_dup(ratls_bytes_str("a.pem\n"), names);
    if (strcmp(ending, ".pem") == 0 && strcmp(path, "policies") == 0)
        return rt_dup(ratls_bytes_str("a.pem\n"), names);
    cr_assert_str_eq(ending, ".json");
    if (strcmp(path, "empty") == 0)
        return rt_dup(ratls_bytes_str(""), names);
    if (strcmp(path, "broken") == 0)
        return rt_dup(ratls_bytes_str("b.json\n"), names);
    return strcmp(path, "folder") == 0 ? rt_dup(ratls_bytes_str("a.json\n"), names) : RATLS_E_IO;
}

/* What stands in the files of the folders above. */
static const char *in_folder(const char *path)
{
    if (strcmp(path, "crls/a.pem") == 0 || strcmp(path, "lists/a.pem") == 0)
        return "crl";
    return strcmp(path, "policies/a.pem") == 0 ? "policy" : path;
}

static enum ratls_err read_memory(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    struct ratls_bytes content = content_of(in_folder(path));

    (void)arg;
    *out = (struct ratls_buffer){0};
    if (!content.p)
        return RATLS_E_IO;
    return content.len > max ? RATLS_E_LIMIT : rt_dup(content, out);
}

static void make_root(struct ratls_buffer *der, const char *organization)
{
    struct rt_key *key = NULL;

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    struct rt_mint mint = {
        .subject_spki = rt_key_spki(key),
        .subject = {.common_name = "root", .organization = organization},
        .issuer_key = key,
        .not_before = 1750000000,
        .not_after = 1750003600,
        .is_ca = true,
        .path_len = -1,
    };
    MUST(rt_mint(ratls_env_system(), &mint, der, NULL));
    rt_key_free(key);
}

static void make_crl(void)
{
    struct rt_key *key = NULL;
    struct rt_x509 issuer;

    MUST(rt_key_generate(ratls_env_system(), RT_P256, &key));
    MUST(rt_x509_parse(rt_bytes_of(&root), &issuer, NULL));
    MUST(rt_mint_crl(ratls_env_system(),
                     &(struct rt_mint_crl){.issuer_key = key,
                                           .issuer_name = issuer.subject,
                                           .this_update = 1750000000,
                                           .next_update = 1750003600,
                                           .number = 1},
                     &crl, NULL));
    rt_key_free(key);
}

/* The root of a simulated platform and its collateral. */
static void make_platform(void)
{
    struct rt_sim_pki pki;

    MUST(rt_sim_pki_make(ratls_env_system(), NULL, &pki, NULL));
    MUST(rt_dup(rt_bytes_of(&pki.der[RT_SIM_ROOT]), &sim_root));
    MUST(rt_sim_collateral(ratls_env_system(), &pki, NULL, &collateral));
    rt_sim_pki_free(&pki);
}

static void setup(void)
{
    env = *ratls_env_system();
    env.read_file = read_memory;
    env.list_files = list_memory;
    make_root(&root, "ACME");
    make_crl();
    make_platform();
}

static void teardown(void)
{
    ratls_ctx_unref(ctx);
    ratls_trust_unref(trust);
    px_config_free(config);
    ratls_buffer_free(&root);
    ratls_buffer_free(&sim_root);
    ratls_buffer_free(&collateral);
    ratls_buffer_free(&crl);
}

TestSuite(proxy_trust, .init = setup, .fini = teardown, .timeout = 60);

static const struct px_service *load(const char *lines)
{
    text = lines;
    px_config_free(config);
    err = (struct ratls_error){0};
    cr_assert_eq(px_config_load(&env, "test.conf", &config, &err), RATLS_OK, "%s", err.detail);
    return &config->services[0];
}

static struct ratls_trust *trust_of(const char *lines)
{
    ratls_trust_unref(trust);
    cr_assert_eq(px_service_trust(&env, load(lines), NULL, &trust, &err), RATLS_OK, "%s",
                 err.detail);
    return trust;
}

static void refuses(const char *lines, enum ratls_err code, const char *words)
{
    ratls_trust_unref(trust);
    cr_expect_eq(px_service_trust(&env, load(lines), NULL, &trust, &err), code, "%s", err.detail);
    cr_expect_null(trust);
    cr_expect(strncmp(err.detail, "test.conf:2: [web] ", 19) == 0, "%s", err.detail);
    cr_expect_not_null(strstr(err.detail, words), "%s does not say %s", err.detail, words);
}

/* ---- trust ---- */

Test(proxy_trust, policy_is_the_file_named)
{
    cr_expect_eq(ratls_trust_required_level(trust_of(MUTUAL)), RATLS_LEVEL_QUOTE);
    cr_expect_not(ratls_trust_simulated(trust));
}

#define OTHER "\n[mail]\naccept = 127.0.0.1:1\nconnect = 2\n"

/* T164 */
Test(proxy_trust, policy_is_that_of_the_service)
{
    cr_expect_eq(ratls_trust_required_level(trust_of(HEAD "attester = tsm\npolicy = services\n")),
                 RATLS_LEVEL_KEY);
    cr_expect_eq(ratls_trust_required_level(
                     trust_of(OTHER "attester = tsm\nCAfile = root\npolicy = services\n")),
                 RATLS_LEVEL_SESSION);
}

Test(proxy_trust, mode_attest_has_no_trust)
{
    cr_expect_null(trust_of(HEAD "mode = attest\nattester = tsm\n"));
}

/* What the service trusts for this TEE. */
static void find_anchors(const char *lines, const char *tee, struct rt_anchors_at *out)
{
    const struct ratls_verifier v = {.name = tee};

    MUST(rt_anchors_at(rt_trust_anchors(trust_of(lines)), &v, 0, out));
}

Test(proxy_trust, roots_replace_those_built_in)
{
    struct rt_anchors_at at;

    find_anchors(MUTUAL "roots = root\n", "tdx", &at);
    cr_expect(at.n_roots == 1 && !at.roots[0].simulated);
    rt_anchors_at_free(&at);
}

Test(proxy_trust, device_keys_are_those_of_cca)
{
    struct rt_anchors_at at;

    find_anchors(MUTUAL "device-keys = keys\n", "cca", &at);
    cr_expect_eq(at.n_keys, 1);
    rt_anchors_at_free(&at);
    refuses(MUTUAL "device-keys = policy\n", RATLS_E_CONFIG, "device-keys policy: ");
}

Test(proxy_trust, reference_values_are_the_file_named)
{
    cr_expect_null(rt_trust_refvals(trust_of(MUTUAL)));
    cr_expect_not_null(rt_trust_refvals(trust_of(MUTUAL "reference-values = refvals\n")));
    refuses(MUTUAL "reference-values = keys\n", RATLS_E_CONFIG, "reference-values keys: ");
}

/* A loop must not wait for it. */
Test(proxy_trust, opa_is_asked_by_the_loop)
{
    cr_expect(rt_trust_outside(trust_of(MUTUAL "opa = http://127.0.0.1\n"))->deferred);
    cr_expect_not(rt_trust_outside(trust_of(MUTUAL))->deferred);
}

/* T32 */
Test(proxy_trust, simulated_tees_are_trusted_only_by_the_insecure_key)
{
    cr_expect(ratls_trust_simulated(trust_of(MUTUAL "insecure-sim-roots = simroot\n")));
    refuses(MUTUAL "roots = simroot\n", RATLS_E_SIMULATED_ANCHOR, "roots simroot: ");
    refuses(MUTUAL "insecure-sim-roots = root\n", RATLS_E_CONFIG,
            "insecure-sim-roots root: not the root of a simulated TEE");
}

#define SIM MUTUAL "insecure-sim-roots = simroot\n"

static size_t n_collateral(const char *lines)
{
    const void *kept[RT_MAX_COLLATERAL_DOCS];

    return rt_trust_collateral(trust_of(lines), &rt_verifier_tdx, kept);
}

Test(proxy_trust, collateral_is_a_file_or_a_folder)
{
    cr_expect_eq(n_collateral(SIM), 0);
    cr_expect_eq(n_collateral(SIM "collateral = collateral\n"), 1);
    cr_expect_eq(n_collateral(SIM "collateral = folder\n"), 1);
    refuses(SIM "collateral = empty\n", RATLS_E_COLLATERAL_MISSING, "collateral: empty holds no");
    refuses(SIM "collateral = nowhere\n", RATLS_E_IO, "collateral: nowhere: ");
    refuses(SIM "collateral = broken\n", RATLS_E_IO, "collateral: broken/b.json: ");
    refuses(SIM "collateral = root\n", RATLS_E_COLLATERAL_FORMAT, "collateral: root: ");
    refuses(MUTUAL "collateral = collateral\n", RATLS_E_COLLATERAL_SIGNATURE,
            "collateral: collateral: PCK CRL issuer");
}

static size_t n_crls(const char *lines, const char *tee)
{
    struct rt_anchors_at at;

    find_anchors(lines, tee, &at);
    const size_t n = at.n_crls;
    rt_anchors_at_free(&at);
    return n;
}

Test(proxy_trust, revocation_lists_are_for_the_tee_named)
{
    cr_expect_eq(n_crls(MUTUAL, "virtcca"), 0);
    cr_expect_eq(n_crls(MUTUAL "crl = virtcca:crl\n", "virtcca"), 1);
    cr_expect_eq(n_crls(MUTUAL "crl = virtcca:crl\n", "snp"), 0);
    cr_expect_eq(n_crls(MUTUAL "crl = virtcca:crl\ncrl = snp:crl\ncrl = snp:crl\n", "snp"), 2);
    refuses(MUTUAL "crl = tdx:crl\n", RATLS_E_UNSUPPORTED, "crl crl: tdx: CRLs of Intel are part");
    refuses(MUTUAL "crl = other:crl\n", RATLS_E_UNSUPPORTED, "no verifier is called 'other'");
    refuses(MUTUAL "crl = snp:policy\n", RATLS_E_COLLATERAL_FORMAT, "crl policy: CRL");
    refuses(MUTUAL "crl = snp:nowhere\n", RATLS_E_IO, "crl nowhere: ");
}

#define PASSPORTS MUTUAL "passport-audience = web\n"

Test(proxy_trust, passports_are_those_of_the_issuers_named)
{
    struct ratls_trust *t = trust_of(PASSPORTS "passport-issuer = https://a /jwks\n"
                                               "passport-issuer = https://b /jwks\n");

    cr_assert_not_null(rt_trust_issuers(t));
    cr_expect_str_eq(rt_trust_audience(t), "web");
    t = trust_of(MUTUAL);
    cr_expect_null(rt_trust_issuers(t));
    refuses(PASSPORTS "passport-issuer = https://a /nowhere\n", RATLS_E_IO,
            "passport-issuer /nowhere: ");
    refuses(PASSPORTS "passport-issuer = https://a /jwks\npassport-issuer = https://a /jwks\n",
            RATLS_E_CONFIG, "passport-issuer /jwks: ");
}

Test(proxy_trust, bad_files_are_named_with_the_service)
{
    refuses(HEAD "attester = tsm\npolicy = bad\n", RATLS_E_POLICY_FORMAT, "policy bad: ");
    refuses(HEAD "attester = tsm\npolicy = nowhere\n", RATLS_E_IO,
            "policy nowhere: input or output failed");
    refuses(MUTUAL "roots = nowhere\n", RATLS_E_IO, "roots nowhere: ");
    refuses(MUTUAL "roots = policy\n", RATLS_E_CONFIG, "roots policy: ");
    refuses(MUTUAL "plugins = /nowhere\n", RATLS_E_PLUGIN, "plugins: ");
}

/* ---- context ---- */

static enum ratls_err context_of(const char *lines)
{
    const struct px_service *s = load(lines);

    ratls_trust_unref(trust);
    cr_assert_eq(px_service_trust(&env, s, NULL, &trust, &err), RATLS_OK, "%s", err.detail);
    return px_service_ctx(&env, s, trust, &ctx, &err);
}

static const struct rt_settings *settings_of(const char *lines)
{
    ratls_ctx_unref(ctx);
    cr_assert_eq(context_of(lines), RATLS_OK, "%s", err.detail);
    return &ctx->set;
}

/* Of the same context. */
static const struct rt_demands *demands(void)
{
    return &ctx->conditions->of;
}

/* T62: nobody could ever have the name. */
Test(proxy_trust, names_in_a_policy_need_an_identity_ca)
{
    (void)settings_of(OTHER "client = yes\nmode = verify\npolicy = services\nCAfile = root\n");
    ratls_trust_unref(trust);
    err = (struct ratls_error){0};
    cr_expect_eq(px_service_trust(&env,
                                  load(OTHER "client = yes\nmode = verify\npolicy = services\n"),
                                  NULL, &trust, &err),
                 RATLS_E_CONFIG);
    cr_expect(strstr(err.detail, "peer_names"), "%s", err.detail);
}

/* T164 */
Test(proxy_trust, each_key_about_tls_reaches_the_context)
{
    const struct rt_settings *s = settings_of(
        HEAD "client = yes\nmode = verify\npolicy = policy\nbinding = quote\nCAfile = root\n"
             "checkHost = a\ncheckHost = b\nsni = c\nhandshake-timeout = 3\n"
             "insecure-ignore-selftest = yes\n");

    cr_expect(s->mode == RATLS_VERIFY && s->trust && demands()->level == RATLS_LEVEL_QUOTE);
    cr_expect(demands()->n_cas == 1 && demands()->n_names == 2 && s->timeout_ms == 3000 &&
              s->ignore_selftest);
    cr_expect_str_eq(demands()->names[0], "a");
    cr_expect_str_eq(demands()->names[1], "b");
    cr_expect_str_eq(s->server_name, "c");
}

/* What the service says of its peers' identities is not said of the endpoint. */
static const struct rt_settings *asked_by(const char *lines)
{
    ratls_ctx_unref(ctx);
    cr_assert_eq(px_service_passport_ctx(&env, &env, load(lines), &ctx, &err), RATLS_OK, "%s",
                 err.detail);
    return &ctx->set;
}

#define FROM MUTUAL "passport-from = https://as.example:1/token\n"
#define OF_PEERS                                                                                   \
    "binding = quote\nproof = quote\ncheckHost = b\nCAfile = root\nCRLfile = crl\ncheckIP = ::1\n" \
    "checkEmail = a@b.c\n"

Test(proxy_trust, an_endpoint_of_passports_is_judged_by_its_own_keys)
{
    const struct rt_settings *s = asked_by(FROM OF_PEERS);

    cr_expect(s->mode == RATLS_MUTUAL && s->trust && !s->server_name);
    cr_expect(demands()->level == RATLS_LEVEL_SESSION && s->proof_level == RATLS_LEVEL_SESSION);
    cr_expect(demands()->n_cas == 0 && demands()->n_names == 0 && demands()->n_crls == 0 &&
              demands()->n_emails == 0);
    s = asked_by(FROM OF_PEERS "passport-CAfile = root\n");
    cr_expect(s->mode == RATLS_ATTEST && !s->trust && demands()->n_cas == 1);
    cr_assert_eq(demands()->n_names, 1);
    cr_expect_str_eq(demands()->names[0], "as.example");
    cr_expect_str_eq(s->server_name, "as.example");
    s = asked_by(FROM "passport-CAfile = root\npassport-policy = services\n");
    cr_expect(s->mode == RATLS_MUTUAL && s->trust && demands()->n_cas == 1);
    s = asked_by(MUTUAL "passport-from = https://[::1]/token\npassport-CAfile = root\n");
    cr_expect_str_eq(demands()->names[0], "::1");
    cr_expect_null(s->server_name);
    ratls_ctx_unref(ctx);
    cr_expect_eq(
        px_service_passport_ctx(&env, &env, load(FROM "passport-policy = bad\n"), &ctx, &err),
        RATLS_E_POLICY_FORMAT);
    cr_expect_null(ctx);
}

Test(proxy_trust, proof_reaches_the_context_and_nothing_else_is_set)
{
    const struct rt_settings *s = settings_of(MUTUAL "proof = key\n");

    cr_expect(s->mode == RATLS_MUTUAL && s->proof_level == RATLS_LEVEL_KEY);
    cr_expect(demands()->level == RATLS_LEVEL_SESSION && s->timeout_ms == 10000);
    cr_expect(demands()->n_cas == 0 && demands()->n_names == 0 && !s->server_name &&
              !s->ignore_selftest);
    s = settings_of(HEAD "mode = attest\nattester = tsm\n");
    cr_expect(s->mode == RATLS_ATTEST && !s->trust);
}

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

Test(proxy_trust, each_key_about_identity_reaches_the_context)
{
    const struct rt_settings *s = settings_of(
        HEAD "mode = none\ninsecure-no-attestation = yes\nclient = yes\nCAfile = root\n"
             "CRLfile = crl\ncheckIP = 10.0.0.1, ::1\ncheckHost = a\ncheckEmail = a@b.c\n"
             "peer-spki = " PIN "\n");

    cr_expect(s->mode == RATLS_NONE && s->no_attestation && !s->trust);
    const struct rt_demands *d = demands();
    cr_expect(d->n_cas == 1 && d->n_crls == 1 && d->n_names == 3 && d->n_emails == 1);
    cr_expect_str_eq(d->names[1], "10.0.0.1");
    cr_expect_str_eq(d->emails[0], "a@b.c");
    cr_assert_eq(d->n_pins, 1);
    cr_expect(d->pins[0].spki_sha256[0] == 0x01 && d->pins[0].spki_sha256[31] == 0xef);
    s = settings_of(HEAD "mode = attest\nattester = tsm\nCAfile = root\nverifyPeer = yes\n");
    cr_expect(demands()->n_cas == 0 && demands()->n_pins == 1 && !s->no_attestation);
    (void)settings_of(HEAD "mode = attest\nattester = tsm\nCAfile = root\nverifyPeer = yes\n"
                           "verifyChain = yes\n");
    cr_expect(demands()->n_cas == 1 && demands()->n_pins == 1);
}

Test(proxy_trust, every_list_of_a_folder_reaches_the_context)
{
    (void)settings_of(MUTUAL "CAfile = root\nCRLpath = lists\n");
    cr_expect_eq(demands()->n_crls, 1);
    (void)settings_of(MUTUAL "CAfile = root\nCRLfile = crl\nCRLpath = lists\n");
    cr_expect_eq(demands()->n_crls, 2);
}

Test(proxy_trust, bad_files_of_the_context_are_named)
{
    static const struct {
        const char *lines, *words;
    } rows[] = {
        {MUTUAL "CAfile = nowhere\n", "test.conf:2: [web] CAfile nowhere: "},
        {MUTUAL "CAfile = policy\n", "test.conf:2: [web] CAfile policy: "},
        {MUTUAL "CAfile = policy\nverifyPeer = yes\n", "test.conf:2: [web] CAfile policy: "},
        {MUTUAL "CAfile = root\nCRLfile = nowhere\n", "test.conf:2: [web] CRLfile nowhere: "},
        {MUTUAL "CAfile = root\nCRLfile = root\n", "test.conf:2: [web] CRLfile root: "},
        {MUTUAL "CAfile = root\nCRLpath = crls\n", "test.conf:2: [web] CRLpath crls/nowhere.pem: "},
        {MUTUAL "CAfile = root\nCRLpath = policies\n",
         "test.conf:2: [web] CRLpath policies/a.pem: "},
        {MUTUAL "CApath = policies\n", "test.conf:2: [web] CApath policies/a.pem: "},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        cr_expect_neq(context_of(rows[i].lines), RATLS_OK);
        cr_expect_null(ctx);
        cr_expect(strncmp(err.detail, rows[i].words, strlen(rows[i].words)) == 0, "%s", err.detail);
    }
}

/* ---- the form of crl ---- */

Test(proxy_trust, crl_is_a_tee_and_a_file)
{
    static const char *const rows[] = {"file", "snp:", ":file", "SNP:file",
                                       "abcdefghijklmnopqrstuvwxyz0123456:f"};
    char lines[256];

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        (void)snprintf(lines, sizeof lines, MUTUAL "crl = %s\n", rows[i]);
        text = lines;
        px_config_free(config);
        cr_expect_eq(px_config_load(&env, "test.conf", &config, &err), RATLS_E_CONFIG, "%s",
                     rows[i]);
        cr_expect_not_null(strstr(err.detail, "expected TEE:FILE"), "%s", err.detail);
        err = (struct ratls_error){0};
    }
}
