/* RIMs of NVIDIA: signature, manifest, and the reference values that come out. */
#include "rim.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>

#include "bad_rim.h"
#include "ratls/ratls.h"

static struct ratls_error err;

static const struct ratls_env *env(void)
{
    return ratls_env_system();
}

static enum ratls_err open_text(const char *text, struct ratls_bytes root, int64_t now,
                                struct rt_rim **out)
{
    const size_t len = strlen(text);
    uint8_t *copy = malloc(len + !len); /* a block of its own size */
    const struct rt_rim_trust trust = {.roots = root, .now = now};

    cr_assert(copy);
    memcpy(copy, text, len);
    err = (struct ratls_error){0};
    enum ratls_err e = rt_rim_open(ratls_bytes(copy, len), &trust, out, &err);
    cr_expect_eq(e == RATLS_OK, *out != NULL);
    cr_expect_eq(e, err.code);
    free(copy);
    return e;
}

/* One RIM under a PKI of its own. */
static enum ratls_err open_plan(const struct rim_plan *plan, struct rt_rim **out)
{
    static char text[RIM_TEXT_MAX];
    struct rim_pki pki;

    cr_assert(rim_pki_make(env(), &plan->pki, &pki));
    cr_assert(rim_make(env(), plan, &pki, text));
    enum ratls_err e = open_text(text, rt_bytes_of(&pki.der[0]), RIM_NOW, out);
    rim_pki_free(&pki);
    return e;
}

static struct rt_rim *good(const struct rim_plan *plan)
{
    struct rt_rim *rim = NULL;

    cr_assert_eq(open_plan(plan, &rim), RATLS_OK, "%s", err.detail);
    return rim;
}

/* ---- one file ---- */

Test(rim, refuses_each_flaw)
{
    for (size_t i = 0; i < RT_COUNT(bad_rim); i++) {
        struct rt_rim *rim = NULL;
        const enum ratls_err e = open_plan(&bad_rim[i].plan, &rim);
        cr_expect_eq(e, bad_rim[i].e, "%s: %s, %s", bad_rim[i].name, ratls_err_reason(e),
                     err.detail);
        cr_expect(strstr(err.detail, bad_rim[i].detail), "%s: %s", bad_rim[i].name, err.detail);
        rt_rim_free(rim);
    }
}

Test(rim, every_byte_of_what_is_signed_counts)
{
    static char text[RIM_TEXT_MAX];
    const struct rim_plan plan = {NULL};
    struct rim_pki pki;
    struct rt_rim *rim;

    cr_assert(rim_pki_make(env(), &plan.pki, &pki));
    cr_assert(rim_make(env(), &plan, &pki, text));
    const size_t end = (size_t)(strstr(text, "<ds:KeyInfo>") - text);
    for (size_t i = 0; i < end; i++) {
        text[i] = (char)(text[i] ^ 1);
        cr_expect_neq(open_text(text, rt_bytes_of(&pki.der[0]), RIM_NOW, &rim), RATLS_OK,
                      "byte %zu", i);
        rt_rim_free(rim);
        text[i] = (char)(text[i] ^ 1);
    }
    rim_pki_free(&pki);
}

Test(rim, is_trusted_by_a_root_alone)
{
    static char text[RIM_TEXT_MAX];
    const struct rim_plan plan = {NULL};
    struct rim_pki pki, other;
    struct rt_rim *rim;

    cr_assert(rim_pki_make(env(), &plan.pki, &pki));
    cr_assert(rim_pki_make(env(), &plan.pki, &other));
    cr_assert(rim_make(env(), &plan, &pki, text));
    cr_expect_eq(open_text(text, rt_bytes_of(&pki.der[1]), RIM_NOW, &rim), RATLS_OK);
    rt_rim_free(rim);
    cr_expect_eq(open_text(text, rt_bytes_of(&other.der[0]), RIM_NOW, &rim),
                 RATLS_E_CERT_SIGNATURE);
    cr_expect_eq(open_text(text, rt_bytes_of(&pki.der[0]), RIM_NOW - 1001, &rim),
                 RATLS_E_CERT_NOT_YET_VALID);
    cr_expect_eq(open_text(text, rt_bytes_of(&pki.der[0]), RIM_NOW + 1001, &rim),
                 RATLS_E_CERT_EXPIRED);
    cr_expect_eq(open_text(text, ratls_bytes_str("no certificate"), RIM_NOW, &rim), RATLS_E_CONFIG);
    rim_pki_free(&pki);
    rim_pki_free(&other);
}

Test(rim, is_a_text_of_at_most_256_kib)
{
    enum { SIZE = 256 * 1024 };
    static char text[SIZE + 2];
    struct rt_rim *rim;

    cr_expect_eq(open_text("", ratls_bytes_str(""), RIM_NOW, &rim), RATLS_E_BUNDLE_FORMAT);
    cr_expect(strstr(err.detail, "0 bytes"));
    memset(text, ' ', SIZE + 1);
    cr_expect_eq(open_text(text, ratls_bytes_str(""), RIM_NOW, &rim), RATLS_E_BUNDLE_FORMAT);
    cr_expect(strstr(err.detail, "262145 bytes"), "%s", err.detail);
    text[SIZE] = 0;
    cr_expect_eq(open_text(text, ratls_bytes_str(""), RIM_NOW, &rim), RATLS_E_BUNDLE_FORMAT);
    cr_expect(strstr(err.detail, "no well-formed XML"), "%s", err.detail);
    cr_expect_eq(open_text("!", ratls_bytes_str(""), RIM_NOW, &rim), RATLS_E_BUNDLE_FORMAT);
    cr_expect(strstr(err.detail, "no well-formed XML"), "%s", err.detail);
}

Test(rim, is_checked_by_at_most_8_roots)
{
    static char text[RIM_TEXT_MAX];
    const struct rim_plan plan = {NULL};
    struct ratls_buffer pem;
    struct rt_writer roots = {0};
    struct rim_pki pki;
    struct rt_rim *rim;

    cr_assert(rim_pki_make(env(), &plan.pki, &pki));
    cr_assert(rim_make(env(), &plan, &pki, text));
    cr_assert_eq(rt_pem_write("CERTIFICATE", rt_bytes_of(&pki.der[0]), &pem), RATLS_OK);
    for (size_t i = 1; i <= 9; i++) {
        rt_put_bytes(&roots, rt_bytes_of(&pem));
        cr_expect_eq(open_text(text, rt_written(&roots), RIM_NOW, &rim),
                     i <= 8 ? RATLS_OK : RATLS_E_CONFIG, "%zu: %s", i, err.detail);
        rt_rim_free(rim);
    }
    rt_writer_free(&roots);
    ratls_buffer_free(&pem);
    rim_pki_free(&pki);
}

/* XML of another look is the same where its canonical form is: a declaration in front, elements
 * without content, attributes in another order and quotes. */
Test(rim, may_look_different)
{
    static const struct rim_edit edits[] = {
        {"<SoftwareIdentity", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SoftwareIdentity"},
        {"role=\"tagCreator\"></ns0:Entity>", "role='tagCreator' />"},
        {"name=\"nobody\" role=\"tagCreator\"", "role=\"tagCreator\"\n  name=\"&#x6e;obody\""},
        {"></ds:CanonicalizationMethod>", "/>"},
        {"</SoftwareIdentity>", "</SoftwareIdentity>\n\n"},
        {"tagId=\"1\">\n", "\ttagId=\"1\"\r\n>\r\n"},
    };

    for (size_t i = 0; i < RT_COUNT(edits); i++)
        rt_rim_free(good(&(struct rim_plan){.after = {edits[i]}}));
}

/* Up to the last byte, version and namespace that are allowed, and with what is not asked for. */
Test(rim, may_say_other_things)
{
    static const struct rim_edit edits[] = {
        {" corpus=\"false\"", ""},
        {"nobody", "no!body~"},
        {"96.00.9F.00.01", "96.00.96.00.96.00.96.00.96.00.9"},
        {"<ns0:Entity ", "<ns0:Entity " SPACES_8("a") SPACES_8("b") SPACES_8("c") SPACES_4("d")},
        {" ns2:Hash0=", " ns0:Hash9=\"\" ns2:Hash0="},
    };

    for (size_t i = 0; i < RT_COUNT(edits); i++)
        rt_rim_free(good(&(struct rim_plan){.said = edits[i]}));
}

/* ---- both together ---- */

#define DRIVER .version = "550.90.07"

static enum ratls_err body_of(const struct rim_plan *driver, const struct rim_plan *vbios,
                              bool nvdec0_on, struct ratls_buffer *json)
{
    struct rt_rim *d = driver ? good(driver) : NULL, *v = good(vbios);
    const struct rt_rim_set set = {d, v, nvdec0_on};

    err = (struct ratls_error){0};
    enum ratls_err e = rt_rim_body(&set, json, &err);
    cr_expect_eq(e == RATLS_OK, json->p != NULL);
    rt_rim_free(d);
    rt_rim_free(v);
    return e;
}

/* As an item of a trust document it is taken, too. */
static void expect_item(const struct ratls_buffer *body)
{
    static char document[RIM_TEXT_MAX];
    struct ratls_trust *trust = NULL;

    (void)snprintf(document, sizeof document,
                   "{\"format\":\"ratls-trust/1\",\"items\":[{\"kind\":\"refval\",\"tee\":"
                   "\"nvidia\",\"name\":\"h100\",\"version\":1,\"state\":\"active\",\"body\":"
                   "%.*s}]}",
                   (int)body->len, (const char *)body->p);
    cr_assert_eq(ratls_trust_new(env(), &trust), RATLS_OK);
    cr_expect_eq(ratls_trust_add_document(trust, ratls_bytes_str(document), &err), RATLS_OK, "%s",
                 err.detail);
    ratls_trust_unref(trust);
}

static void expect_claims(const struct rim_plan *driver, const struct rim_plan *vbios,
                          bool nvdec0_on, const char *due)
{
    struct ratls_buffer json = {0};

    cr_assert_eq(body_of(driver, vbios, nvdec0_on, &json), RATLS_OK, "%s", err.detail);
    expect_item(&json);
    cJSON *body = cJSON_ParseWithLength((const char *)json.p, json.len);
    cJSON *claims = cJSON_Parse(due);
    cr_assert(body && claims);
    cr_expect(cJSON_Compare(cJSON_GetObjectItem(body, "claims"), claims, true), "%.*s",
              (int)json.len, (const char *)json.p);
    const char *comment = cJSON_GetStringValue(cJSON_GetObjectItem(body, "comment"));
    cr_expect(strstr(comment, "RIM of the VBIOS with SHA-256 "));
    cr_expect_eq(strstr(comment, "RIM of the driver with SHA-256 ") != NULL, driver != NULL);
    cJSON_Delete(body);
    cJSON_Delete(claims);
    ratls_buffer_free(&json);
}

#define LIST(d) "[\"" RIM_X48(d) "\"]"
#define VERSIONS                                                                                   \
    "\"nvidia.arch\":[\"hopper\"],\"nvidia.driver_version\":[\"550.90.07\"],"                      \
    "\"nvidia.vbios_version\":[\"96.00.9f.00.01\"],"                                               \
    "\"nvidia.measurements.2\":" LIST("a1") ",\"nvidia.measurements.10\":[\"" RIM_X48(             \
        "a9") "\",\"" RIM_X48("00") "\"]"

Test(rim, both_become_one_body)
{
    const struct rim_plan driver = {DRIVER, .payload = RIM_ONE("True", "7", "d7")
                                                RIM_ONE("False", "1", "00")};

    expect_claims(&driver, &(struct rim_plan){NULL}, false,
                  "{" VERSIONS ",\"nvidia.measurements.8\":" LIST("d7") "}");
}

/* Index 35 has a value only where NVDEC0 is on. */
Test(rim, nvdec0_decides_of_one_index)
{
    const struct rim_plan driver = {DRIVER, .payload = RIM_ONE("True", "35", "d3")};

    expect_claims(&driver, &(struct rim_plan){NULL}, false,
                  "{" VERSIONS ",\"nvidia.nvdec0_status\":[\"55\"]}");
    expect_claims(&driver, &(struct rim_plan){NULL}, true,
                  "{" VERSIONS
                  ",\"nvidia.nvdec0_status\":[\"aa\"],\"nvidia.measurements.36\":" LIST("d3") "}");
}

Test(rim, of_a_switch_stands_alone)
{
    expect_claims(NULL,
                  &(struct rim_plan){.product = "LS_10",
                                     .version = "96.10.6D.00.01",
                                     .payload = RIM_ONE("True", "126", "e0")},
                  false,
                  "{\"nvidia.arch\":[\"ls10\"],\"nvidia.vbios_version\":[\"96.10.6d.00.01\"],"
                  "\"nvidia.measurements.127\":" LIST("e0") "}");
}

static const struct {
    struct rim_plan driver, vbios;
    bool alone;
    enum ratls_err e;
    const char *detail;
} pairs[] = {
    {{DRIVER, .payload = RIM_ONE("True", "1", "a1")},
     {NULL},
     false,
     RATLS_E_BUNDLE_FORMAT,
     "index 1 is active in both"},
    {{DRIVER, .payload = RIM_ONE("False", "2", "a1")},
     {.payload = RIM_ONE("False", "1", "a1")},
     false,
     RATLS_E_BUNDLE_FORMAT,
     "no measurement is active"},
    {{DRIVER, .payload = RIM_ONE("True", "35", "a1")},
     {.payload = RIM_ONE("False", "1", "a1")},
     false,
     RATLS_E_BUNDLE_FORMAT,
     "no measurement is active"},
    {{DRIVER, .product = "GB100", .payload = RIM_ONE("True", "2", "a1")},
     {NULL},
     false,
     RATLS_E_BUNDLE_FORMAT,
     "driver of blackwell, VBIOS of hopper"},
    {{NULL}, {NULL}, true, RATLS_E_USAGE, "GPU's driver is missing"},
    {{DRIVER}, {.product = "LS10"}, false, RATLS_E_USAGE, "NVSwitch has no RIM"},
};

Test(rim, refuses_what_does_not_go_together)
{
    for (size_t i = 0; i < RT_COUNT(pairs); i++) {
        struct ratls_buffer json = {0};
        const enum ratls_err e =
            body_of(pairs[i].alone ? NULL : &pairs[i].driver, &pairs[i].vbios, false, &json);
        cr_expect_eq(e, pairs[i].e, "%zu: %s", i, err.detail);
        cr_expect(strstr(err.detail, pairs[i].detail), "%zu: %s", i, err.detail);
        ratls_buffer_free(&json);
    }
}
