/* TLS identities and their CAs are on P-256 or P-384; P-521 and ECDSA with SHA-512, which
 * certificates of TEEs' vendors may have, are refused wherever one is configured (T65). */
#include "ratls/identity.h"
#include "ratls/ratls.h"
#include "x509_support.h"

/* A certificate for a new key on `own`, signed by `by`, or by itself. */
static void certify(enum rt_curve own, bool is_ca, const struct made *by, struct made *out)
{
    struct ratls_error err = {0};

    *out = (struct made){.key = make_key(own)};
    struct rt_mint what = {.subject = {.common_name = is_ca ? "ca" : "leaf"},
                           .subject_spki = rt_key_spki(out->key),
                           .issuer_key = by ? by->key : out->key,
                           .not_before = ratls_env_system()->now(NULL) - DAY,
                           .not_after = ratls_env_system()->now(NULL) + DAY,
                           .is_ca = is_ca,
                           .path_len = -1};

    if (by)
        what.issuer_name = by->cert.subject;
    cr_assert_eq(rt_mint(ratls_env_system(), &what, &out->der, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(rt_x509_parse(der_of(out), &out->cert, &err), RATLS_OK, "%s", err.detail);
}

/* Curve of the key, and of the key that signs. */
static const struct {
    enum rt_curve own, by;
    const char *why; /* NULL: accepted */
} rows[] = {
    {RT_P256, RT_P256, NULL},       {RT_P384, RT_P384, NULL},      {RT_P521, RT_P521, "on P-521"},
    {RT_P521, RT_P256, "on P-521"}, {RT_P256, RT_P521, "SHA-512"},
};

/* A certificate of that row, below a CA where the curves differ. */
static void make_row(size_t i, bool is_ca, struct made *out)
{
    struct made ca = {0};

    if (rows[i].own != rows[i].by)
        certify(rows[i].by, true, NULL, &ca);
    certify(rows[i].own, is_ca, ca.key ? &ca : NULL, out);
    made_free(&ca);
}

static void expect(size_t i, enum ratls_err e, enum ratls_err refusal,
                   const struct ratls_error *err)
{
    cr_expect_eq(e, rows[i].why ? refusal : RATLS_OK, "row %zu: %s", i, err->detail);
    if (rows[i].why)
        cr_expect(strstr(err->detail, rows[i].why), "row %zu: %s", i, err->detail);
}

Test(identity_curve, of_an_imported_leaf)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_identity *id = NULL;
        struct ratls_buffer key = {0};
        struct ratls_error err = {0};
        struct made leaf;
        make_row(i, false, &leaf);
        MUST(rt_key_export(leaf.key, &key));
        expect(
            i,
            ratls_identity_import(ratls_env_system(), der_of(&leaf), rt_bytes_of(&key), &id, &err),
            RATLS_E_CERT_KEY, &err);
        cr_expect_eq(id == NULL, rows[i].why != NULL);
        ratls_identity_unref(id);
        ratls_buffer_free(&key);
        made_free(&leaf);
    }
}

/* The certificate is good: it is the key that is another's. */
Test(identity_curve, of_an_imported_key)
{
    struct made leaf, other;
    struct ratls_identity *id = NULL;
    struct ratls_buffer key = {0};

    certify(RT_P256, false, NULL, &leaf);
    certify(RT_P521, false, NULL, &other);
    MUST(rt_key_export(other.key, &key));
    cr_expect_eq(
        ratls_identity_import(ratls_env_system(), der_of(&leaf), rt_bytes_of(&key), &id, NULL),
        RATLS_E_CERT_KEY);
    cr_expect_null(id);
    ratls_buffer_free(&key);
    made_free(&leaf);
    made_free(&other);
}

Test(identity_curve, of_the_ca_that_signs)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_identity *id = NULL;
        struct ratls_buffer key = {0};
        struct ratls_error err = {0};
        struct made ca;
        make_row(i, true, &ca);
        MUST(rt_key_export(ca.key, &key));
        const struct ratls_identity_params params = {.ca_cert = der_of(&ca),
                                                     .ca_key = rt_bytes_of(&key)};
        expect(i, ratls_identity_prepare(ratls_env_system(), &params, &id, &err), RATLS_E_CERT_KEY,
               &err);
        ratls_identity_unref(id);
        ratls_buffer_free(&key);
        made_free(&ca);
    }
}

Test(identity_curve, of_a_ca_that_peers_must_have)
{
    struct ratls_config *c = NULL;

    MUST(ratls_config_new(ratls_env_system(), &c));
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        struct ratls_error err = {0};
        struct made ca;
        make_row(i, true, &ca);
        expect(i, ratls_config_add_identity_ca(c, der_of(&ca), &err), RATLS_E_CONFIG, &err);
        made_free(&ca);
    }
    ratls_config_free(c);
}
