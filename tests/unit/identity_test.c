/* Identities: keys, claims, certificate, and what never leaves them (threats T71, T187). */
#include <pthread.h>
#include <unistd.h>

#include "binder.h"
#include "evidence_ext.h"
#include "identity_impl.h"
#include "offload.h"
#include "x509_support.h"

/* ---- a clock, and a look at every private key that is made ---- */

static int64_t the_time = NOW;

static int64_t clock_now(void *arg)
{
    (void)arg;
    return the_time;
}

static struct {
    size_t n;
    uint8_t scalar[8][32]; /* inverted, so that a search does not find this copy */
} born;

/* Every key that the library makes, whoever computes its point. */
enum rt_offload __real_rt_offload_public(unsigned bits, const uint8_t *scalar, uint8_t *point);
enum rt_offload __wrap_rt_offload_public(unsigned bits, const uint8_t *scalar, uint8_t *point);
enum rt_offload __wrap_rt_offload_public(unsigned bits, const uint8_t *scalar, uint8_t *point)
{
    if (born.n < RT_COUNT(born.scalar) && bits == 256)
        for (size_t i = 0; i < 32; i++)
            born.scalar[born.n][i] = scalar[i] ^ 0xff;
    born.n++;
    return __real_rt_offload_public(bits, scalar, point);
}

/* Makes no copy of its own on the stack. */
static bool scalar_at(const uint8_t *p, size_t which)
{
    for (size_t i = 0; i < 32; i++)
        if ((p[i] ^ born.scalar[which][i]) != 0xff)
            return false;
    return true;
}

static bool holds_scalar(struct ratls_bytes where, size_t which)
{
    for (size_t i = 0; i + 32 <= where.len; i++)
        if (scalar_at(where.p + i, which))
            return true;
    return false;
}

static struct ratls_env env;
static struct ratls_identity *id;
static struct ratls_error err;

static void setup(void)
{
    env = *ratls_env_system();
    env.now = clock_now;
}

static void teardown(void)
{
    ratls_identity_unref(id);
}

TestSuite(identity, .init = setup, .fini = teardown, .timeout = 60);

static enum ratls_err prepare(struct ratls_identity_params params)
{
    ratls_identity_unref(id);
    id = NULL;
    err = (struct ratls_error){0};
    return ratls_identity_prepare(&env, &params, &id, &err);
}

static void complete(void)
{
    cr_assert_eq(ratls_identity_complete(id, ratls_bytes_str("evidence"), &err), RATLS_OK, "%s",
                 err.detail);
}

static void prepare_and_complete(struct ratls_identity_params params)
{
    cr_assert_eq(prepare(params), RATLS_OK, "%s", err.detail);
    complete();
}

static const struct ratls_identity_params usual = {0};

static struct rt_x509 leaf(void)
{
    struct rt_x509 cert;

    cr_assert_eq(rt_x509_parse(ratls_identity_certificate(id), &cert, &err), RATLS_OK, "%s",
                 err.detail);
    return cert;
}

static struct rt_cert_evidence evidence_of(const struct rt_x509 *cert)
{
    struct rt_cert_evidence ev;

    cr_assert_eq(rt_cert_evidence(cert, &ev, &err), RATLS_OK, "%s", err.detail);
    return ev;
}

static struct rt_cert_claims claims_of(const struct rt_x509 *cert)
{
    struct rt_cert_evidence ev = evidence_of(cert);
    struct rt_cert_claims claims;

    cr_assert_eq(rt_cert_claims_read(ev.claims, &claims, &err), RATLS_OK, "%s", err.detail);
    return claims;
}

/* ---- report data and claims ---- */

Test(identity, report_data_is_the_hash_of_the_claims_and_zeros)
{
    uint8_t due[RATLS_REPORT_DATA_LEN] = {0};

    prepare_and_complete(usual);
    const struct rt_x509 cert = leaf();
    MUST(rt_sha256(evidence_of(&cert).claims, due));
    cr_expect_eq(memcmp(ratls_identity_report_data(id), due, sizeof due), 0);
}

Test(identity, claims_name_tls_key_attestation_key_and_time)
{
    uint8_t spki[RT_SHA256_LEN];

    prepare_and_complete(usual);
    const struct rt_x509 cert = leaf();
    const struct rt_cert_claims claims = claims_of(&cert);
    MUST(rt_x509_spki_hash(&cert, spki));
    cr_expect_eq(claims.hash, RT_SHA256);
    cr_expect(ratls_bytes_equal(claims.pubkey_hash, ratls_bytes(spki, sizeof spki)));
    cr_expect_eq(memcmp(ratls_identity_spki_sha256(id), spki, sizeof spki), 0);
    cr_expect_gt(claims.ak_spki.len, 0);
    cr_expect_not(ratls_bytes_equal(claims.ak_spki, cert.spki));
    cr_expect(claims.has_iat);
    cr_expect_eq(claims.iat, NOW);
    cr_expect(ratls_identity_names_ak(id));
    cr_expect(ratls_identity_has_ak(id));
}

Test(identity, without_an_attestation_key_names_none)
{
    prepare_and_complete((struct ratls_identity_params){.without_ak = true});
    const struct rt_x509 cert = leaf();
    cr_expect_eq(claims_of(&cert).ak_spki.len, 0);
    cr_expect_not(ratls_identity_names_ak(id));
    cr_expect_not(ratls_identity_has_ak(id));
    cr_expect_eq(born.n, 1);
}

/* T187: with or without an AK is decided before the key exists, once. */
Test(identity, certifies_no_key_twice)
{
    enum { N = 8 };
    uint8_t seen[N][RT_SHA256_LEN];

    for (size_t i = 0; i < N; i++) {
        prepare_and_complete((struct ratls_identity_params){.without_ak = i % 2});
        memcpy(seen[i], ratls_identity_spki_sha256(id), RT_SHA256_LEN);
        for (size_t k = 0; k < i; k++)
            cr_expect_neq(memcmp(seen[i], seen[k], RT_SHA256_LEN), 0);
        const struct ratls_bytes before = ratls_identity_certificate(id);
        cr_expect_eq(ratls_identity_complete(id, ratls_bytes_str("other"), NULL), RATLS_E_STATE);
        cr_expect(ratls_bytes_equal(before, ratls_identity_certificate(id)));
    }
}

/* T115 */
Test(identity, has_new_keys_at_each_renewal)
{
    uint8_t first[RT_SHA256_LEN];

    cr_assert_eq(prepare(usual), RATLS_OK);
    memcpy(first, ratls_identity_spki_sha256(id), sizeof first);
    cr_assert_eq(prepare(usual), RATLS_OK);
    cr_expect_neq(memcmp(first, ratls_identity_spki_sha256(id), sizeof first), 0);
}

/* ---- completion ---- */

Test(identity, takes_no_empty_and_no_huge_evidence)
{
    static const uint8_t huge[RT_MAX_EVIDENCE + 1];

    cr_assert_eq(prepare(usual), RATLS_OK);
    cr_expect_eq(ratls_identity_complete(id, ratls_bytes(NULL, 0), NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_identity_complete(id, ratls_bytes(huge, sizeof huge), NULL), RATLS_E_USAGE);
    cr_expect_not(rt_identity_complete(id));
    cr_expect_eq(ratls_identity_certificate(id).len, 0);
    complete();
    cr_expect(rt_identity_complete(id));
}

Test(identity, certificate_is_self_signed_and_for_both_roles)
{
    prepare_and_complete(usual);
    const struct rt_x509 cert = leaf();
    cr_expect_eq(rt_x509_signed_by(&cert, &cert, &err), RATLS_OK);
    cr_expect_eq(rt_x509_check_leaf_usage(&cert, true, &err), RATLS_OK);
    cr_expect_eq(rt_x509_check_leaf_usage(&cert, false, &err), RATLS_OK);
    cr_expect_eq(rt_x509_check_leaf_key(&cert, &err), RATLS_OK);
    cr_expect_not(cert.is_ca);
    cr_expect(ratls_bytes_equal(evidence_of(&cert).evidence, ratls_bytes_str("evidence")));
    cr_expect(ratls_bytes_equal(ratls_identity_chain(id), ratls_identity_certificate(id)));
}

Test(identity, evidence_travels_under_its_media_type)
{
    prepare_and_complete((struct ratls_identity_params){.media_type = "application/vnd.x"});
    const struct rt_x509 cert = leaf();
    cr_expect_eq(evidence_of(&cert).envelope, RT_ENVELOPE_CMW);
    prepare_and_complete(usual);
    const struct rt_x509 other = leaf();
    cr_expect_eq(evidence_of(&other).envelope, RT_ENVELOPE_CCC_QUOTE);
}

Test(identity, carries_the_names_given)
{
    static const char *const san[] = {"a.example", "10.0.0.1", NULL};

    prepare_and_complete((struct ratls_identity_params){.san = san, .common_name = "me"});
    const struct rt_x509 cert = leaf();
    cr_expect_eq(rt_x509_check_name(&cert, "a.example", NULL), RATLS_OK);
    cr_expect_eq(rt_x509_check_name(&cert, "10.0.0.1", NULL), RATLS_OK);
    cr_expect_eq(rt_x509_check_name(&cert, "b.example", NULL), RATLS_E_IDENTITY_MISMATCH);
}

Test(identity, takes_at_most_64_names)
{
    const char *san[RT_MAX_SAN + 2] = {0};

    for (size_t i = 0; i <= RT_MAX_SAN; i++)
        san[i] = "a.example";
    cr_expect_eq(prepare((struct ratls_identity_params){.san = san}), RATLS_E_LIMIT);
    san[RT_MAX_SAN] = NULL;
    cr_expect_eq(prepare((struct ratls_identity_params){.san = san}), RATLS_OK);
}

/* ---- life ---- */

Test(identity, lives_an_hour_from_now_and_five_minutes_back)
{
    prepare_and_complete(usual);
    const struct rt_x509 cert = leaf();
    cr_expect_eq(cert.not_before, NOW - RT_CERT_BACKDATE_S);
    cr_expect_eq(cert.not_after, NOW + RT_CERT_LIFETIME_S);
    cr_expect_eq(ratls_identity_not_after(id), cert.not_after);
    cr_expect_eq(ratls_identity_renew_at(id), NOW + RT_CERT_LIFETIME_S / 2);
}

Test(identity, lives_as_long_as_asked_and_never_longer_than_an_hour)
{
    prepare_and_complete((struct ratls_identity_params){.lifetime_s = 60});
    cr_expect_eq(ratls_identity_not_after(id), NOW + 60);
    cr_expect_eq(ratls_identity_renew_at(id), NOW + 30);
    cr_expect_eq(prepare((struct ratls_identity_params){.lifetime_s = RT_CERT_LIFETIME_S}),
                 RATLS_OK);
    cr_expect_eq(prepare((struct ratls_identity_params){.lifetime_s = RT_CERT_LIFETIME_S + 1}),
                 RATLS_E_USAGE);
    cr_expect_eq(prepare((struct ratls_identity_params){.lifetime_s = -1}), RATLS_E_USAGE);
    cr_expect_null(id);
}

/* ---- attestation and identity ---- */

struct ca {
    struct made made;
    struct ratls_buffer key;
};

static void ca_make(struct ca *ca, const char *cn, const struct ca *by, int64_t not_after)
{
    *ca = (struct ca){0};
    make(
        (struct rt_mint){
            .subject = {.common_name = cn}, .is_ca = true, .path_len = -1, .not_after = not_after},
        by ? &by->made : NULL, &ca->made);
    MUST(rt_key_export(ca->made.key, &ca->key));
}

static void ca_free(struct ca *ca)
{
    made_free(&ca->made);
    ratls_buffer_free(&ca->key);
}

static struct ratls_identity_params signed_by(const struct ca *ca)
{
    return (struct ratls_identity_params){.ca_cert = der_of(&ca->made),
                                          .ca_key = rt_bytes_of(&ca->key)};
}

Test(identity, may_be_signed_by_a_ca)
{
    struct rt_x509 chain[2];
    struct ca ca;

    ca_make(&ca, "ca", NULL, 0);
    prepare_and_complete(signed_by(&ca));
    struct ratls_bytes all = ratls_identity_chain(id), own = ratls_identity_certificate(id);
    cr_assert_eq(all.len, own.len + ca.made.der.len);
    chain[0] = leaf();
    cr_expect(ratls_bytes_equal(ratls_bytes(all.p + own.len, ca.made.der.len), der_of(&ca.made)));
    cr_expect_eq(rt_x509_signed_by(&chain[0], &ca.made.cert, &err), RATLS_OK);
    cr_expect(ratls_bytes_equal(chain[0].issuer, ca.made.cert.subject));
    ca_free(&ca);
}

/* PEM of an intermediate and its root: leaf, intermediate, root. */
Test(identity, sends_the_intermediates_of_its_ca)
{
    struct ca root, inter;
    struct ratls_buffer pem[2];
    struct rt_writer both = {0};

    ca_make(&root, "root", NULL, 0);
    ca_make(&inter, "inter", &root, 0);
    MUST(rt_pem_write("CERTIFICATE", der_of(&inter.made), &pem[0]));
    MUST(rt_pem_write("CERTIFICATE", der_of(&root.made), &pem[1]));
    rt_put_bytes(&both, rt_bytes_of(&pem[0]));
    rt_put_bytes(&both, rt_bytes_of(&pem[1]));
    prepare_and_complete((struct ratls_identity_params){.ca_cert = rt_written(&both),
                                                        .ca_key = rt_bytes_of(&inter.key)});
    cr_expect_eq(ratls_identity_chain(id).len,
                 ratls_identity_certificate(id).len + inter.made.der.len + root.made.der.len);
    const struct rt_x509 cert = leaf();
    cr_expect_eq(rt_x509_signed_by(&cert, &inter.made.cert, &err), RATLS_OK);
    rt_put_bytes(&both, rt_bytes_of(&pem[1]));
    rt_put_bytes(&both, rt_bytes_of(&pem[1]));
    cr_expect_eq(prepare((struct ratls_identity_params){.ca_cert = rt_written(&both),
                                                        .ca_key = rt_bytes_of(&inter.key)}),
                 RATLS_E_USAGE);
    rt_writer_free(&both);
    ratls_buffer_free(&pem[0]);
    ratls_buffer_free(&pem[1]);
    ca_free(&inter);
    ca_free(&root);
}

Test(identity, needs_ca_certificate_and_ca_key_together)
{
    struct ca ca;

    ca_make(&ca, "ca", NULL, 0);
    cr_expect_eq(prepare((struct ratls_identity_params){.ca_cert = der_of(&ca.made)}),
                 RATLS_E_USAGE);
    cr_expect_eq(prepare((struct ratls_identity_params){.ca_key = rt_bytes_of(&ca.key)}),
                 RATLS_E_USAGE);
    ca_free(&ca);
}

Test(identity, refuses_the_key_of_another_ca)
{
    struct ca ca, other;

    ca_make(&ca, "ca", NULL, 0);
    ca_make(&other, "ca", NULL, 0);
    cr_expect_eq(prepare((struct ratls_identity_params){.ca_cert = der_of(&ca.made),
                                                        .ca_key = rt_bytes_of(&other.key)}),
                 RATLS_E_CERT_KEY);
    ca_free(&ca);
    ca_free(&other);
}

Test(identity, refuses_a_ca_that_is_none)
{
    struct made plain;
    struct ratls_buffer key = {0};

    make((struct rt_mint){.subject = {.common_name = "leaf"}, .path_len = -1}, NULL, &plain);
    MUST(rt_key_export(plain.key, &key));
    cr_expect_eq(prepare((struct ratls_identity_params){.ca_cert = der_of(&plain),
                                                        .ca_key = rt_bytes_of(&key)}),
                 RATLS_E_CERT_USAGE);
    ratls_buffer_free(&key);
    made_free(&plain);
}

/* Certificate and key of a CA with the extensions given, as openssl makes them. */
static enum ratls_err prepare_with_openssl_ca(const char *extensions)
{
    char command[512];

    (void)snprintf(command, sizeof command,
                   "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k "
                   "-out c -subj /CN=ca -days 2 %s 2>e && cat c k",
                   extensions);
    struct ratls_buffer both = shell(command);
    the_time = ratls_env_system()->now(NULL);
    enum ratls_err e = prepare((struct ratls_identity_params){.ca_cert = rt_bytes_of(&both),
                                                              .ca_key = rt_bytes_of(&both)});
    ratls_buffer_free(&both);
    return e;
}

Test(identity, takes_a_ca_of_openssl)
{
    cr_expect_eq(prepare_with_openssl_ca("-addext keyUsage=critical,keyCertSign"), RATLS_OK, "%s",
                 err.detail);
}

/* Peers would refuse what it signs (RFC 5280 s.4.2.1.3). */
Test(identity, refuses_a_ca_without_key_usage)
{
    cr_expect_eq(prepare_with_openssl_ca(""), RATLS_E_CERT_USAGE, "%s", err.detail);
}

Test(identity, refuses_a_ca_that_may_not_sign_certificates)
{
    cr_expect_eq(prepare_with_openssl_ca("-addext keyUsage=critical,digitalSignature"),
                 RATLS_E_CERT_USAGE, "%s", err.detail);
    cr_expect_eq(prepare_with_openssl_ca("-addext keyUsage=critical,keyCertSign "
                                         "-addext basicConstraints=critical,CA:FALSE"),
                 RATLS_E_CERT_USAGE, "%s", err.detail);
}

Test(identity, refuses_a_ca_file_without_certificate)
{
    struct ca ca;

    ca_make(&ca, "ca", NULL, 0);
    cr_expect_eq(prepare((struct ratls_identity_params){.ca_cert = ratls_bytes_str("junk"),
                                                        .ca_key = rt_bytes_of(&ca.key)}),
                 RATLS_E_USAGE);
    ca_free(&ca);
}

Test(identity, refuses_a_ca_out_of_its_dates)
{
    struct ca ca;

    ca_make(&ca, "ca", NULL, 0);
    the_time = NOW + DAY + 1;
    cr_expect_eq(prepare(signed_by(&ca)), RATLS_E_CERT_EXPIRED);
    the_time = NOW - DAY - 1;
    cr_expect_eq(prepare(signed_by(&ca)), RATLS_E_CERT_NOT_YET_VALID);
    the_time = NOW - DAY;
    cr_expect_eq(prepare(signed_by(&ca)), RATLS_OK); /* a CA made this second */
    ca_free(&ca);
}

Test(identity, does_not_outlive_its_ca)
{
    struct ca ca;

    ca_make(&ca, "ca", NULL, NOW + 600);
    prepare_and_complete(signed_by(&ca));
    cr_expect_eq(ratls_identity_not_after(id), NOW + 600);
    cr_expect_eq(ratls_identity_renew_at(id), NOW + 300);
    cr_expect_eq(leaf().not_after, NOW + 600);
    ca_free(&ca);
}

/* ---- a leaf from elsewhere ---- */

static enum ratls_err import(struct ratls_bytes chain, struct ratls_bytes key,
                             struct ratls_identity **out)
{
    err = (struct ratls_error){0};
    return ratls_identity_import(&env, chain, key, out, &err);
}

Test(identity, imported_leaf_is_the_same_without_its_attestation_key)
{
    struct ratls_proof_request req = {.role = RATLS_SERVER, .level = RATLS_LEVEL_SESSION};
    struct ratls_buffer key = {0};
    struct ratls_identity *worker = NULL;
    uint8_t a[64], b[64];
    struct ca ca;

    ca_make(&ca, "ca", NULL, 0);
    prepare_and_complete(signed_by(&ca));
    MUST(ratls_identity_export_key(id, &key));
    cr_assert_eq(import(ratls_identity_chain(id), rt_bytes_of(&key), &worker), RATLS_OK, "%s",
                 err.detail);
    cr_expect_eq(err.code, RATLS_OK);
    cr_expect(ratls_bytes_equal(ratls_identity_chain(id), ratls_identity_chain(worker)));
    cr_expect(
        ratls_bytes_equal(ratls_identity_certificate(id), ratls_identity_certificate(worker)));
    cr_expect_eq(ratls_identity_not_after(worker), ratls_identity_not_after(id));
    cr_expect_eq(ratls_identity_renew_at(worker), ratls_identity_renew_at(id));
    cr_expect(ratls_identity_names_ak(worker));
    cr_expect_not(ratls_identity_has_ak(worker));
    cr_expect_eq(memcmp(rt_identity_evidence_sha256(worker), rt_identity_evidence_sha256(id), 32),
                 0);
    cr_expect_eq(ratls_identity_prove(worker, &req, a), RATLS_E_STATE);
    MUST(ratls_identity_binder(worker, &req, a));
    MUST(ratls_identity_binder(id, &req, b));
    cr_expect_eq(memcmp(a, b, sizeof a), 0);
    ratls_identity_unref(worker);
    ratls_buffer_free(&key);
    ca_free(&ca);
}

Test(identity, import_refuses_a_foreign_key)
{
    struct rt_key *other = make_key(RT_P256);
    struct ratls_buffer key = {0};
    struct ratls_identity *worker = NULL;

    prepare_and_complete(usual);
    MUST(rt_key_export(other, &key));
    cr_expect_eq(import(ratls_identity_chain(id), rt_bytes_of(&key), &worker), RATLS_E_CERT_KEY);
    cr_expect_null(worker);
    ratls_buffer_free(&key);
    rt_key_free(other);
}

Test(identity, import_takes_a_certificate_without_evidence)
{
    struct made plain;
    struct ratls_buffer key = {0};
    struct ratls_identity *worker = NULL;

    make((struct rt_mint){.subject = {.common_name = "leaf"}, .path_len = -1}, NULL, &plain);
    MUST(rt_key_export(plain.key, &key));
    cr_assert_eq(import(der_of(&plain), rt_bytes_of(&key), &worker), RATLS_OK, "%s", err.detail);
    cr_expect_eq(err.code, RATLS_OK);
    cr_expect_null(rt_identity_evidence_sha256(worker));
    cr_expect_not(ratls_identity_names_ak(worker));
    ratls_identity_unref(worker);
    ratls_buffer_free(&key);
    made_free(&plain);
}

Test(identity, import_refuses_malformed_evidence)
{
    struct made odd;
    struct ratls_buffer key = {0};
    struct ratls_identity *worker = NULL;

    make((struct rt_mint){.subject = {.common_name = "leaf"},
                          .path_len = -1,
                          .ext[0] = {.oid = RT_OID(TAGGED_EVIDENCE),
                                     .value = ratls_bytes_str("junk")}},
         NULL, &odd);
    MUST(rt_key_export(odd.key, &key));
    cr_expect_eq(import(der_of(&odd), rt_bytes_of(&key), &worker), RATLS_E_EVIDENCE_FORMAT);
    ratls_buffer_free(&key);
    made_free(&odd);
}

Test(identity, import_refuses_what_is_no_certificate_and_what_is_too_long)
{
    static const uint8_t huge[RT_MAX_CHAIN * RT_MAX_CERT + 1];
    struct ratls_buffer key = {0};
    struct ratls_identity *worker = NULL;

    prepare_and_complete(usual);
    MUST(ratls_identity_export_key(id, &key));
    cr_expect_eq(import(ratls_bytes_str("junk"), rt_bytes_of(&key), &worker), RATLS_E_CERT_FORMAT);
    cr_expect_eq(import(ratls_bytes(NULL, 0), rt_bytes_of(&key), &worker), RATLS_E_CERT_FORMAT);
    cr_expect_eq(import(ratls_bytes(huge, sizeof huge), rt_bytes_of(&key), &worker), RATLS_E_LIMIT);
    cr_expect_neq(import(ratls_identity_chain(id), ratls_bytes_str("junk"), &worker), RATLS_OK);
    cr_expect_null(worker);
    ratls_buffer_free(&key);
}

/* ---- proofs ---- */

Test(identity, proves_with_the_key_that_its_claims_name)
{
    const struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_QUOTE};
    uint8_t binder[RT_BINDER_LEN], signature[RT_PROOF_SIG_LEN];

    prepare_and_complete(usual);
    const struct rt_x509 cert = leaf();
    MUST(ratls_identity_binder(id, &req, binder));
    MUST(ratls_identity_prove(id, &req, signature));
    cr_expect_eq(rt_proof_verify(claims_of(&cert).ak_spki, binder,
                                 ratls_bytes(signature, sizeof signature), &err),
                 RATLS_OK);
}

/* The own SPKI is the identity's, whatever the request says about the peer. */
Test(identity, binder_holds_the_own_key)
{
    const struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_SESSION};
    uint8_t spki[RT_SHA256_LEN], due[RT_BINDER_LEN], binder[RT_BINDER_LEN];

    prepare_and_complete(usual);
    const struct rt_x509 cert = leaf();
    MUST(rt_x509_spki_hash(&cert, spki));
    MUST(rt_binder(&req, spki, due));
    MUST(ratls_identity_binder(id, &req, binder));
    cr_expect_eq(memcmp(binder, due, sizeof due), 0);
}

Test(identity, proves_nothing_without_attestation_key_or_certificate)
{
    const struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_SESSION};
    uint8_t signature[RT_PROOF_SIG_LEN];

    cr_assert_eq(prepare(usual), RATLS_OK);
    cr_expect_eq(ratls_identity_prove(id, &req, signature), RATLS_E_STATE);
    prepare_and_complete((struct ratls_identity_params){.without_ak = true});
    cr_expect_eq(ratls_identity_prove(id, &req, signature), RATLS_E_STATE);
}

Test(identity, signs_no_binder_outside_levels_and_roles)
{
    struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_KEY};
    uint8_t signature[RT_PROOF_SIG_LEN];

    prepare_and_complete(usual);
    cr_expect_eq(ratls_identity_prove(id, &req, signature), RATLS_E_USAGE);
    req = (struct ratls_proof_request){.role = (enum ratls_role)3, .level = RATLS_LEVEL_SESSION};
    cr_expect_eq(ratls_identity_prove(id, &req, signature), RATLS_E_USAGE);
}

static void *prove_often(void *arg)
{
    struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_SESSION};
    uint8_t signature[RT_PROOF_SIG_LEN];
    uintptr_t bad = 0;

    memset(req.exporter, (int)(uintptr_t)arg, sizeof req.exporter);
    for (int i = 0; i < 50; i++)
        bad += ratls_identity_prove(id, &req, signature) != RATLS_OK;
    return (void *)bad;
}

Test(identity, proves_for_several_threads_at_once)
{
    pthread_t threads[4];
    void *bad;

    prepare_and_complete(usual);
    for (uintptr_t i = 0; i < RT_COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, prove_often, (void *)i), 0);
    for (size_t i = 0; i < RT_COUNT(threads); i++) {
        cr_assert_eq(pthread_join(threads[i], &bad), 0);
        cr_expect_null(bad);
    }
}

Test(identity, lives_as_long_as_somebody_holds_it)
{
    prepare_and_complete(usual);
    struct ratls_identity *second = ratls_identity_ref(id);
    ratls_identity_unref(id);
    cr_expect_gt(ratls_identity_certificate(second).len, 0);
    id = second;
    ratls_identity_unref(NULL);
}

/* ---- secrets ---- */

/* The exported key is the certificate's, as openssl sees it. */
Test(identity, exports_the_key_of_its_certificate)
{
    struct ratls_buffer key = {0}, seen;
    char path[64] = "/tmp/ratls-identity-XXXXXX", command[512];

    prepare_and_complete(usual);
    MUST(ratls_identity_export_key(id, &key));
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, key.p, key.len), (ssize_t)key.len);
    close(fd);
    (void)snprintf(command, sizeof command, "openssl pkey -inform DER -in %s -pubout -outform DER",
                   path);
    seen = shell(command);
    (void)unlink(path);
    const struct rt_x509 cert = leaf();
    cr_expect(ratls_bytes_equal(rt_bytes_of(&seen), cert.spki));
    ratls_buffer_free(&seen);
    ratls_buffer_free(&key);
}

/* T71: the order of birth is TLS key, attestation key. */
Test(identity, attestation_key_never_leaves)
{
    struct ratls_buffer key = {0};

    prepare_and_complete(usual);
    cr_assert_eq(born.n, 2);
    MUST(ratls_identity_export_key(id, &key));
    cr_expect(holds_scalar(rt_bytes_of(&key), 0)); /* the search works */
    cr_expect_not(holds_scalar(rt_bytes_of(&key), 1));
    cr_expect_not(holds_scalar(ratls_identity_chain(id), 0));
    cr_expect_not(holds_scalar(ratls_identity_chain(id), 1));
    ratls_buffer_free(&key);
}

#if !defined(__SANITIZE_ADDRESS__) /* its quarantine and shadow are no business of ours */
/* T71: all memory that can be read, from /proc/self/mem. */
static unsigned copies_in_memory(size_t which)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    FILE *mem = fopen("/proc/self/mem", "r");
    static uint8_t page[4096];
    unsigned found = 0;
    char line[512];

    cr_assert(maps && mem);
    setbuf(mem, NULL);
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char mode[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) != 3 || mode[0] != 'r' || mode[1] != 'w')
            continue;
        for (; from < to; from += sizeof page)
            if ((uintptr_t)page / sizeof page != from / sizeof page &&
                (uintptr_t)page / sizeof page + 1 != from / sizeof page &&
                fseek(mem, (long)from, SEEK_SET) == 0 && fread(page, sizeof page, 1, mem) == 1)
                found += holds_scalar(ratls_bytes(page, sizeof page), which);
    }
    fclose(maps);
    fclose(mem);
    rt_wipe(page, sizeof page);
    return found;
}

Test(identity, leaves_no_key_behind_when_freed)
{
    const struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_SESSION};
    uint8_t signature[RT_PROOF_SIG_LEN];
    struct ratls_buffer key = {0};

    prepare_and_complete(usual);
    MUST(ratls_identity_prove(id, &req, signature));
    MUST(ratls_identity_export_key(id, &key));
    cr_expect_gt(copies_in_memory(0), 0); /* the search works */
    ratls_buffer_free(&key);
    ratls_identity_unref(id);
    id = NULL;
    cr_expect_eq(copies_in_memory(0), 0, "TLS key");
    cr_expect_eq(copies_in_memory(1), 0, "attestation key");
}
#endif
