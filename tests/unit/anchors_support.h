/* anchors_support.h - anchors as a trust document has them, and certificates and keys for them. */
#ifndef ANCHORS_SUPPORT_H
#define ANCHORS_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "anchors.h"
#include "crypto.h"
#include "mint.h"
#include "trust.h"
#include "x509.h"

/* Base points of P-256 and P-384 (FIPS 186-4 D.1.2): keys that everybody knows. */
#define P256_X "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY"
#define P256_Y "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
#define P384_X "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3"
#define P384_Y "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"
#define P256   "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}"
#define P384   "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" P384_X "\",\"y\":\"" P384_Y "\"}"

#define IMPL  "1111111111111111111111111111111111111111111111111111111111111111"
#define INST  "012222222222222222222222222222222222222222222222222222222222222222"
#define INST2 "013333333333333333333333333333333333333333333333333333333333333333"
/* "RATLS simulated TEE - evidence o" */
#define SIM_IMPL "5241544c532073696d756c6174656420544545202d2065766964656e6365206f"

#define ENTRY(key, impl, inst)                                                                     \
    "{\"pkey\":" key ",\"implementation-id\":\"" impl "\",\"instance-id\":\"" inst "\"}"

/* ---- items ---- */

struct stored {
    const char *tee, *name; /* NULL: "tdx", "x" */
    int64_t not_before, not_after;
    bool draft;
};

static inline enum ratls_err add_stored(struct rt_anchors *a, const struct stored *s,
                                        const char *body, struct ratls_error *err)
{
    cJSON *json = cJSON_Parse(body);
    const struct rt_stored_anchor item = {.tee = s->tee ? s->tee : "tdx",
                                          .name = s->name ? s->name : "x",
                                          .not_before = s->not_before,
                                          .not_after = s->not_after,
                                          .active = !s->draft,
                                          .body = json};

    cr_assert(json, "%s", body);
    enum ratls_err e = rt_anchors_add_item(a, &item, err);
    cJSON_Delete(json);
    return e;
}

/* Those of a trust that is not in use yet. */
static inline struct rt_anchors *anchors_of(struct ratls_trust *t)
{
    return (struct rt_anchors *)(uintptr_t)rt_trust_anchors(t);
}

/* {"type": `type`, "pem": the DER as PEM}; free() it. */
static inline char *body_of_der(const char *type, const char *label, struct ratls_bytes der)
{
    struct ratls_buffer pem = {0};
    cJSON *json = cJSON_CreateObject();
    struct rt_writer w = {0};

    cr_assert_eq(rt_pem_write(label, der, &pem), RATLS_OK);
    rt_put_bytes(&w, rt_bytes_of(&pem));
    rt_put_u8(&w, 0);
    cr_assert(cJSON_AddStringToObject(json, "type", type));
    cr_assert(cJSON_AddStringToObject(json, "pem", (const char *)rt_written(&w).p));
    char *text = cJSON_PrintUnformatted(json);
    cr_assert(text);
    cJSON_Delete(json);
    rt_writer_free(&w);
    ratls_buffer_free(&pem);
    return text;
}

/* ---- certificates ---- */

struct ca_plan {
    const char *name, *issuer, *organization;
    bool not_ca, other_key;
};

static inline struct ratls_buffer make_ca(const struct ca_plan *plan)
{
    struct rt_key *key = NULL, *other = NULL;
    struct ratls_buffer issuer = {0}, der = {0};
    struct rt_x509 cert = {0};

    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &key), RATLS_OK);
    cr_assert_eq(rt_key_generate(ratls_env_system(), RT_P256, &other), RATLS_OK);
    struct rt_mint mint = {
        .subject = {.common_name = plan->issuer, .organization = plan->organization}};
    mint.subject_spki = rt_key_spki(other);
    mint.issuer_key = other;
    mint.not_after = INT64_C(1750000000);
    mint.is_ca = true;
    mint.path_len = -1;
    cr_assert_eq(rt_mint(ratls_env_system(), &mint, &issuer, NULL), RATLS_OK);
    cr_assert_eq(rt_x509_parse(rt_bytes_of(&issuer), &cert, NULL), RATLS_OK);
    mint.subject.common_name = plan->name;
    mint.subject_spki = rt_key_spki(key);
    mint.issuer_key = plan->other_key ? other : key;
    mint.issuer_name = cert.subject;
    mint.is_ca = !plan->not_ca;
    cr_assert_eq(rt_mint(ratls_env_system(), &mint, &der, NULL), RATLS_OK);
    ratls_buffer_free(&issuer);
    rt_key_free(key);
    rt_key_free(other);
    return der;
}

#endif
