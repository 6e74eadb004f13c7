/* The token of a real Kunpeng machine: each case of the manifest that is a bare collection comes
 * out as listed. */
#include "claims_support.h"
#include "device_chain.h"
#include "evidence_keys_support.h"
#include "flip_support.h"
#include "registry.h"
#include "vectors_support.h"
#include "virtcca.h"

#define MAX_CERTS 4

struct virtcca_case {
    const char *id;
    const cJSON *expect;
    struct ratls_buffer evidence, event_log;
    struct ratls_buffer cert[MAX_CERTS], anchor[MAX_CERTS];
    size_t n_certs, n_anchors;
    struct rt_writer pem; /* of `cert` */
    struct ratls_root root[MAX_CERTS];
};

static cJSON *manifest;
static struct ratls_claims *claims;
static struct ratls_error err;

static void open_manifest(void)
{
    manifest = read_vector_json("manifest-arm-gpu.json");
}

static void close_manifest(void)
{
    cJSON_Delete(manifest);
    ratls_claims_free(claims);
}

TestSuite(virtcca_vectors, .init = open_manifest, .fini = close_manifest, .timeout = 120);

static void must_read(const char *name, struct ratls_buffer *out)
{
    cr_assert_eq(read_vector(name, out), RATLS_OK, "%s", name);
}

/* DER of a file that is PEM or DER. */
static void read_cert(const char *name, struct ratls_buffer *out)
{
    struct ratls_buffer file = {0};

    must_read(name, &file);
    struct ratls_bytes text = rt_bytes_of(&file);
    if (!rt_starts_with(text, "-----BEGIN")) {
        *out = file;
        return;
    }
    cr_assert_eq(rt_pem_next(&text, "CERTIFICATE", out), RATLS_OK, "%s", name);
    ratls_buffer_free(&file);
}

static size_t read_certs(const cJSON *list, struct ratls_buffer out[MAX_CERTS])
{
    size_t n = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        cr_assert_lt(n, MAX_CERTS);
        read_cert(cJSON_GetStringValue(item), &out[n++]);
    }
    return n;
}

static void add_pem(struct rt_writer *w, const struct ratls_buffer *der)
{
    struct ratls_buffer pem;

    cr_assert_eq(rt_pem_write("CERTIFICATE", rt_bytes_of(der), &pem), RATLS_OK);
    rt_put_bytes(w, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
}

static void read_case(const cJSON *item, struct virtcca_case *c)
{
    struct rt_x509 root;

    *c = (struct virtcca_case){.id = text_of(item, "id"),
                               .expect = cJSON_GetObjectItemCaseSensitive(item, "expect")};
    must_read(text_of(item, "evidence"), &c->evidence);
    if (*text_of(item, "eventlog"))
        must_read(text_of(item, "eventlog"), &c->event_log);
    c->n_certs = read_certs(cJSON_GetObjectItemCaseSensitive(item, "certs"), c->cert);
    c->n_anchors = read_certs(cJSON_GetObjectItemCaseSensitive(item, "anchors"), c->anchor);
    for (size_t i = 0; i < c->n_certs; i++)
        add_pem(&c->pem, &c->cert[i]);
    for (size_t i = 0; i < c->n_anchors; i++) {
        c->root[i].cert = rt_bytes_of(&c->anchor[i]);
        cr_assert_eq(rt_x509_parse(c->root[i].cert, &root, NULL), RATLS_OK);
        cr_assert_eq(rt_x509_spki_hash(&root, c->root[i].spki_sha256), RATLS_OK);
    }
}

static void free_case(struct virtcca_case *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->event_log);
    for (size_t i = 0; i < MAX_CERTS; i++) {
        ratls_buffer_free(&c->cert[i]);
        ratls_buffer_free(&c->anchor[i]);
    }
    rt_writer_free(&c->pem);
}

static enum ratls_err verify(const struct virtcca_case *c, int64_t now)
{
    const struct ratls_verify_input input = {
        .size = sizeof input,
        .evidence = rt_bytes_of(&c->evidence),
        .roots = c->root,
        .n_roots = c->n_anchors,
        .certs = rt_written(&c->pem),
        .event_log = rt_bytes_of(&c->event_log),
        .now = now,
    };

    ratls_claims_free(claims);
    claims = ratls_claims_new();
    err = (struct ratls_error){0};
    cr_expect(rt_verifier_virtcca.recognises(input.evidence), "%s", c->id);
    return rt_verifier_run(&rt_verifier_virtcca, &input, claims, &err);
}

/* The framework compares all of it; here what it gets to compare. */
static bool is_fresh(const cJSON *item)
{
    return strcmp(claim_text(claims, "report_data"), text_of(item, "nonce")) == 0;
}

/* That of the chain: two roots are configured. */
static void expect_root_key(const struct virtcca_case *c)
{
    bool found = false;

    for (size_t i = 0; i < c->n_anchors; i++)
        found = found || has_evidence_key(claims, digest_of_cert(&c->anchor[i]).hex);
    cr_expect(found, "%s: the root's key", c->id);
}

static void expect_claims(const struct virtcca_case *c)
{
    const cJSON *due;

    cJSON_ArrayForEach(due, cJSON_GetObjectItemCaseSensitive(c->expect, "claims"))
    {
        if (cJSON_IsString(due))
            cr_expect_str_eq(claim_text(claims, due->string), due->valuestring, "%s: %s", c->id,
                             due->string);
        else
            cr_expect_eq(claim_number(claims, due->string),
                         cJSON_IsBool(due) ? (uint64_t)cJSON_IsTrue(due)
                                           : (uint64_t)cJSON_GetNumberValue(due),
                         "%s: %s", c->id, due->string);
    }
    cr_expect_eq(claim_number(claims, "simulated"), 0);
    expect_root_key(c);
}

static enum ratls_err reason_due(const char *reason)
{
    static const struct {
        const char *reason;
        enum ratls_err e;
    } rows[] = {
        {"", RATLS_OK},
        {"nonce_mismatch", RATLS_OK}, /* the framework's */
        {"cert_not_yet_valid", RATLS_E_EVIDENCE_TIME},
        {"untrusted_chain", RATLS_E_EVIDENCE_ROOT},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        if (strcmp(rows[i].reason, reason) == 0)
            return rows[i].e;
    return RATLS_E_INTERNAL;
}

static bool is_bare(const cJSON *item)
{
    return strcmp(text_of(item, "tee"), "virtcca") == 0 &&
           strstr(text_of(item, "evidence"), ".cbor");
}

Test(virtcca_vectors, each_comes_out_as_listed)
{
    const cJSON *item;
    size_t n = 0;

    cJSON_ArrayForEach(item, manifest)
    {
        struct virtcca_case c;
        if (!is_bare(item))
            continue;
        n++;
        read_case(item, &c);
        enum ratls_err e = verify(
            &c, (int64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(item, "time")));
        cr_expect_eq(e, reason_due(text_of(item, "reject_reason")), "%s: %s", c.id, err.detail);
        if (strcmp(text_of(c.expect, "verdict"), "ok") == 0)
            expect_claims(&c);
        if (e == RATLS_OK)
            cr_expect_eq(is_fresh(item), strcmp(text_of(c.expect, "verdict"), "ok") == 0, "%s",
                         c.id);
        free_case(&c);
    }
    cr_expect_eq(n, 5);
}

static const cJSON *find(const char *id)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest) if (strcmp(text_of(item, "id"), id) == 0) return item;
    cr_assert(false, "%s", id);
    return NULL;
}

static size_t items(const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    cr_assert(c && c->type == RATLS_CLAIM_LIST, "%s", name);
    return c->n_items;
}

Test(virtcca_vectors, lists_what_the_machine_booted)
{
    struct virtcca_case c;

    read_case(find("virtcca-kunpeng-ccel"), &c);
    cr_assert_eq(verify(&c, 1750000000), RATLS_OK, "%s", err.detail);
    cr_expect_eq(items("virtcca.uefi.grub"), 1);
    cr_expect_eq(items("virtcca.uefi.grub_cfg"), 1);
    cr_expect_eq(items("virtcca.uefi.kernel"), 1);
    cr_expect_eq(items("virtcca.uefi.initramfs"), 1);
    cr_expect_eq(items("virtcca.eventlog.firmware_digests"), 12);
    cr_expect_gt(items("virtcca.eventlog.boot_digests"), 60);
    c.event_log.p[32 + c.event_log.p[28] + 14] ^= 1; /* first digest of the first event */
    cr_expect_eq(verify(&c, 1750000000), RATLS_E_EVENT_LOG_MISMATCH);
    free_case(&c);
}

/* Nothing of it is left to the sender but the frame, and of that there is one form. */
Test(virtcca_vectors, refuses_each_flipped_byte_of_the_token)
{
    struct virtcca_case c;

    read_case(find("virtcca-kunpeng"), &c);
    for (size_t i = 0; i < c.evidence.len; i += FLIP_STEP) {
        c.evidence.p[i] ^= (uint8_t)(1U << i % 8);
        if (rt_verifier_virtcca.recognises(rt_bytes_of(&c.evidence)))
            cr_expect_neq(verify(&c, 1750000000), RATLS_OK, "byte %zu", i);
        c.evidence.p[i] ^= (uint8_t)(1U << i % 8);
    }
    free_case(&c);
}

Test(virtcca_vectors, huaweis_roots_are_the_built_in_pins)
{
    static const char *const files[] = {"anchors/huawei-equipment-ca.pem",
                                        "anchors/huawei-ecc-attestation-root-1.pem"};

    for (size_t i = 0; i < RT_COUNT(files); i++) {
        struct ratls_buffer der = {0};
        struct rt_x509 root;
        uint8_t spki[RT_SHA256_LEN];
        read_cert(files[i], &der);
        cr_assert_eq(rt_x509_parse(rt_bytes_of(&der), &root, NULL), RATLS_OK);
        cr_assert_eq(rt_x509_spki_hash(&root, spki), RATLS_OK);
        cr_expect_arr_eq(spki, rt_huawei_pins[i], sizeof spki, "%s", files[i]);
        ratls_buffer_free(&der);
    }
}
