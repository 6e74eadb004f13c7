/* Identities that show what an issuer found in the place of evidence. */
#define RUNS 2000 /* more than there are allocations: each n */
#include "alloc_support.h"
#include "evidence_ext.h"
#include "identity_impl.h"
#include "passport_support.h"
#include "pki_support.h"

static struct issuer issuer;
static struct ca ca;
static struct ratls_identity *id, *other, *with;
static struct ratls_error err;
static int64_t now;

static int64_t standing_clock(void *arg)
{
    (void)arg;
    return now;
}

static struct ratls_env env;

static struct ratls_identity *prepared(const struct ratls_identity_params *params)
{
    struct ratls_identity *out = NULL;

    cr_assert_eq(ratls_identity_prepare(&env, params, &out, &err), RATLS_OK, "%s", err.detail);
    return out;
}

static struct ratls_identity *complete_one(const struct ratls_identity_params *params)
{
    struct ratls_identity *out = prepared(params);

    cr_assert_eq(ratls_identity_complete(out, ratls_bytes_str("evidence"), &err), RATLS_OK);
    return out;
}

static const struct ratls_identity_params usual = {.keep_for_passport = true},
                                          plain = {.keep_for_passport = true, .without_ak = true};

static void setup(void)
{
    env = *ratls_env_system();
    env.now = standing_clock;
    now = ratls_env_system()->now(NULL);
    issuer_make(&issuer);
    ca_make(&ca, "identity CA");
    id = complete_one(&usual);
    other = complete_one(&usual);
}

static void teardown(void)
{
    ratls_identity_unref(id);
    ratls_identity_unref(other);
    ratls_identity_unref(with);
    issuer_free(&issuer);
    ca_free(&ca);
}

TestSuite(identity_passport, .init = setup, .fini = teardown);

/* ---- tokens ---- */

static struct rt_cert_claims claims_of(const struct ratls_identity *of, struct rt_x509 *cert)
{
    struct rt_cert_evidence ev;
    struct rt_cert_claims claims;

    cr_assert_eq(rt_x509_parse(ratls_identity_certificate(of), cert, NULL), RATLS_OK);
    cr_assert_eq(rt_cert_evidence(cert, &ev, NULL), RATLS_OK);
    cr_assert_eq(rt_cert_claims_read(ev.claims, &claims, NULL), RATLS_OK);
    return claims;
}

static const char *devices = ""; /* further submodules of tokens */

/* About the TLS key of the one and the attestation key of the other (NULL: none). New. */
static struct ratls_buffer token_of(const struct ratls_identity *tls,
                                    const struct ratls_identity *ak, int64_t exp, const char *typ)
{
    struct rt_x509 cert;
    struct rt_writer w = {0};
    char text[256], jkt[RATLS_JWK_THUMB_LEN + 1];

    (void)claims_of(tls, &cert);
    cr_assert_eq(ratls_jwk_thumbprint(cert.spki, jkt, NULL), RATLS_OK);
    (void)snprintf(text, sizeof text,
                   "{\"exp\":%lld,\"cnf\":{\"jkt\":\"%s\"},\"submods\":{\"tdx\":{\"ratls.ak\":\"",
                   (long long)exp, jkt);
    if (!ak)
        *strstr(text, "\"ratls.ak") = 0;
    rt_put_bytes(&w, ratls_bytes_str(text));
    if (ak)
        rt_put_base64url(&w, claims_of(ak, &cert).ak_spki);
    rt_put_bytes(&w, ratls_bytes_str(ak ? "\"}" : "}"));
    rt_put_bytes(&w, ratls_bytes_str(devices));
    rt_put_bytes(&w, ratls_bytes_str("}}"));
    struct ratls_buffer token = issuer_sign(&issuer, typ, rt_written(&w));
    rt_writer_free(&w);
    return token;
}

static enum ratls_err travel(const struct ratls_identity *from, struct ratls_buffer token)
{
    ratls_identity_unref(with);
    err = (struct ratls_error){0};
    enum ratls_err e = ratls_identity_with_passport(from, rt_bytes_of(&token), &with, &err);
    cr_expect_eq(e == RATLS_OK, with != NULL);
    cr_expect_eq(err.code, e);
    ratls_buffer_free(&token);
    return e;
}

static struct ratls_buffer good(void)
{
    return token_of(id, id, now + 600, RATLS_EAR_TYP);
}

/* ---- what is made ---- */

Test(identity_passport, has_the_same_keys_and_the_token)
{
    struct ratls_buffer token = good(), copy = {0}, shown = {0};
    struct rt_x509 cert;
    struct rt_cert_evidence ev;
    uint8_t sha256[RT_SHA256_LEN];

    cr_assert_eq(rt_dup(rt_bytes_of(&token), &copy), RATLS_OK);
    cr_assert_eq(travel(id, copy), RATLS_OK, "%s", err.detail);
    cr_expect_eq(memcmp(ratls_identity_spki_sha256(with), ratls_identity_spki_sha256(id), 32), 0);
    cr_assert_eq(rt_x509_parse(ratls_identity_certificate(with), &cert, NULL), RATLS_OK);
    cr_assert_eq(rt_cert_evidence(&cert, &ev, NULL), RATLS_OK);
    cr_expect_eq(ev.envelope, RT_ENVELOPE_PASSPORT);
    cr_assert_eq(rt_passport_token(&ev, &shown, NULL), RATLS_OK);
    cr_assert_eq(rt_sha256(rt_bytes_of(&shown), sha256), RATLS_OK);
    cr_expect_eq(memcmp(rt_identity_evidence_sha256(with), sha256, sizeof sha256), 0);
    cr_expect(ratls_bytes_equal(rt_bytes_of(&shown), rt_bytes_of(&token)));
    cr_expect(ratls_identity_names_ak(with) && ratls_identity_has_ak(with));
    ratls_buffer_free(&token);
    ratls_buffer_free(&shown);
}

static enum ratls_err proof_of(struct ratls_identity *by, uint8_t signature[64])
{
    const struct ratls_proof_request req = {.role = RATLS_CLIENT, .level = RATLS_LEVEL_SESSION};

    return ratls_identity_prove(by, &req, signature);
}

Test(identity_passport, proves_sessions_also_when_the_first_one_is_gone)
{
    uint8_t signature[64];

    cr_assert_eq(travel(id, good()), RATLS_OK);
    ratls_identity_unref(id);
    id = NULL;
    cr_expect_eq(proof_of(with, signature), RATLS_OK);
}

Test(identity_passport, ends_with_the_token_or_with_the_first_one)
{
    cr_assert_eq(travel(id, good()), RATLS_OK);
    cr_expect_eq(ratls_identity_not_after(with), now + 600);
    cr_assert_eq(travel(id, token_of(id, id, now + 9000, RATLS_EAR_TYP)), RATLS_OK);
    cr_expect_eq(ratls_identity_not_after(with), ratls_identity_not_after(id));
}

Test(identity_passport, is_read_again_as_a_leaf)
{
    struct ratls_buffer key = {0};
    struct ratls_identity *leaf = NULL;

    cr_assert_eq(travel(id, good()), RATLS_OK);
    cr_assert_eq(ratls_identity_export_key(with, &key), RATLS_OK);
    cr_assert_eq(
        ratls_identity_import(&env, ratls_identity_chain(with), rt_bytes_of(&key), &leaf, &err),
        RATLS_OK, "%s", err.detail);
    cr_expect(ratls_identity_names_ak(leaf));
    cr_expect_not(ratls_identity_has_ak(leaf));
    cr_expect_eq(memcmp(rt_identity_evidence_sha256(leaf), rt_identity_evidence_sha256(with), 32),
                 0);
    ratls_identity_unref(leaf);
    ratls_buffer_free(&key);
}

/* The CA's certificate in DER is the caller's, who may drop it. */
Test(identity_passport, is_signed_by_the_same_ca)
{
    struct ratls_buffer der = {0};
    struct rt_x509 leaf, issuing;
    struct ratls_bytes chain;

    cr_assert_eq(rt_dup(rt_bytes_of(&ca.der), &der), RATLS_OK);
    const struct ratls_identity_params params = {.keep_for_passport = true,
                                                 .ca_cert = rt_bytes_of(&der),
                                                 .ca_key = rt_bytes_of(&ca.key_der)};
    struct ratls_identity *signed_id = prepared(&params);
    ratls_buffer_free(&der);
    cr_assert_eq(ratls_identity_complete(signed_id, ratls_bytes_str("evidence"), &err), RATLS_OK);
    cr_assert_eq(travel(signed_id, token_of(signed_id, signed_id, now + 600, RATLS_EAR_TYP)),
                 RATLS_OK, "%s", err.detail);
    chain = ratls_identity_chain(with);
    cr_assert_eq(chain.len, ratls_identity_certificate(with).len + ca.der.len);
    cr_assert_eq(rt_x509_parse(ratls_identity_certificate(with), &leaf, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&ca.der), &issuing, NULL), RATLS_OK);
    cr_expect_eq(rt_x509_issued_by(&leaf, &issuing, 0, &err), RATLS_OK, "%s", err.detail);
    ratls_identity_unref(signed_id);
}

/* ---- what is refused ---- */

Test(identity_passport, is_for_identities_that_were_made_for_it)
{
    static const struct ratls_identity_params without = {0};

    ratls_identity_unref(other);
    other = complete_one(&without);
    cr_expect_eq(travel(other, token_of(other, other, now + 600, RATLS_EAR_TYP)), RATLS_E_STATE);
    struct ratls_identity *half = prepared(&usual);
    cr_expect_eq(travel(half, good()), RATLS_E_STATE);
    ratls_identity_unref(half);
    cr_assert_eq(travel(id, good()), RATLS_OK);
    struct ratls_identity *first = with;
    with = NULL;
    cr_expect_eq(travel(first, good()), RATLS_E_STATE, "not twice over");
    ratls_identity_unref(first);
}

/* T187: one TLS key with an attestation key and without one. */
Test(identity_passport, names_the_keys_of_the_identity)
{
    cr_expect_eq(travel(id, token_of(other, id, now + 600, RATLS_EAR_TYP)), RATLS_E_TOKEN_BINDING);
    cr_expect(strstr(err.detail, "another TLS key"), "%s", err.detail);
    cr_expect_eq(travel(id, token_of(id, other, now + 600, RATLS_EAR_TYP)), RATLS_E_TOKEN_BINDING);
    cr_expect(strstr(err.detail, "the attestation key"), "%s", err.detail);
    cr_expect_eq(travel(id, token_of(id, NULL, now + 600, RATLS_EAR_TYP)), RATLS_E_TOKEN_BINDING);
    ratls_identity_unref(other);
    other = complete_one(&plain);
    cr_expect_eq(travel(other, token_of(other, NULL, now + 600, RATLS_EAR_TYP)), RATLS_OK, "%s",
                 err.detail);
    cr_expect_not(ratls_identity_names_ak(with));
    cr_expect_eq(travel(other, token_of(other, id, now + 600, RATLS_EAR_TYP)),
                 RATLS_E_TOKEN_BINDING);
}

Test(identity_passport, is_an_attestation_result_that_is_not_over)
{
    struct ratls_buffer none = {0};

    cr_expect_eq(travel(id, token_of(id, id, now, RATLS_EAR_TYP)), RATLS_E_TOKEN_EXPIRED);
    cr_expect_eq(travel(id, token_of(id, id, now + 600, "at+jwt")), RATLS_E_TOKEN_TYPE);
    cr_expect_eq(travel(id, none), RATLS_E_TOKEN_FORMAT);
}

/* Peers would learn nothing of a device that the issuer leaves out. */
Test(identity_passport, tells_of_every_device_of_the_identity)
{
    struct ratls_identity *two = prepared(&usual);
    const struct ratls_bytes evidence = ratls_bytes_str("evidence");

    cr_assert_eq(ratls_identity_add_device(two, "gpu0", "a/b", evidence, &err), RATLS_OK);
    cr_assert_eq(ratls_identity_add_device(two, "gpu1", "a/b", evidence, &err), RATLS_OK);
    cr_assert_eq(ratls_identity_complete(two, evidence, &err), RATLS_OK);
    devices = ",\"gpu0\":{\"ratls.device\":\"nvidia\"}";
    cr_expect_eq(travel(two, token_of(two, two, now + 600, RATLS_EAR_TYP)), RATLS_E_DEVICE_MISSING);
    cr_expect(strstr(err.detail, "does not tell of gpu1"), "%s", err.detail);
    devices = ",\"gpu0\":{\"ratls.device\":\"nvidia\"},\"gpu1\":{\"ratls.device\":\"nvidia\"}";
    cr_expect_eq(travel(two, token_of(two, two, now + 600, RATLS_EAR_TYP)), RATLS_OK, "%s",
                 err.detail);
    cr_expect_eq(ratls_identity_devices(with).len, 0, "they are told, and not shown");
    ratls_identity_unref(two);
}

/* ---- memory ---- */

#ifndef WITHOUT_ALLOC

static struct ratls_buffer shown;

static bool travel_once(void)
{
    struct ratls_identity *out = NULL;

    armed = true;
    enum ratls_err e = ratls_identity_with_passport(id, rt_bytes_of(&shown), &out, NULL);
    cr_expect_eq(e == RATLS_OK, out != NULL);
    ratls_identity_unref(out);
    armed = false;
    cr_expect(e == RATLS_OK || rt_is_own_failure(e), "%s", ratls_err_reason(e));
    return e == RATLS_OK;
}

/* T77 */
Test(identity_passport, survives_every_failure_of_memory, .timeout = 60)
{
    shown = good();
    fail_each(travel_once, OURS_ONCE);
    ratls_buffer_free(&shown);
}

#endif
