/* intel_case.h - one case of the manifest of Intel vectors, with its mutations applied. */
#ifndef INTEL_CASE_H
#define INTEL_CASE_H

#include "ratls/appraise.h"
#include "vectors_support.h"

#define INTEL_MANIFEST "manifest-intel-amd.json"

struct intel_case {
    const char *id, *tee, *level;
    const cJSON *item;
    int64_t now;
    struct ratls_buffer evidence, collateral, certs, anchor; /* empty where there is none */
};

static inline struct ratls_buffer read_case_file(const cJSON *item, const char *name)
{
    struct ratls_buffer out = {0};

    if (*text_of(item, name))
        cr_assert_eq(read_vector(text_of(item, name), &out), RATLS_OK, "%s", text_of(item, name));
    return out;
}

static inline size_t number_of(const cJSON *object, const char *name)
{
    return (size_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static inline void mutate_evidence(const cJSON *step, struct ratls_buffer *b)
{
    const char *op = text_of(step, "op");
    const char *hex = text_of(step, strcmp(op, "xor") == 0 ? "mask" : "hex");
    size_t at = number_of(step, "offset"), len = strlen(hex) / 2;
    uint8_t bytes[64];
    size_t n = sizeof bytes;

    cr_assert(rt_unhex(hex, strlen(hex), bytes, &n));
    if (strcmp(op, "truncate") == 0) {
        b->len = number_of(step, "length");
    } else if (strcmp(op, "xor") == 0) {
        b->p[at] ^= bytes[0];
    } else if (strcmp(op, "set") == 0) {
        memcpy(b->p + at, bytes, len);
    } else {
        cr_assert_str_eq(op, "append");
        b->p = realloc(b->p, b->len + len);
        cr_assert(b->p);
        memcpy(b->p + b->len, bytes, len);
        b->len += len;
    }
}

/* The text with its first `old` replaced; new. */
static inline char *replaced(const char *text, const char *old, const char *with)
{
    const char *at = strstr(text, old);
    size_t size = strlen(text) + strlen(with) + 1;
    char *out = malloc(size);

    cr_assert(at && out, "%s", old);
    (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, with, at + strlen(old));
    return out;
}

static inline void mutate_collateral(const cJSON *step, cJSON *collateral)
{
    const char *field = strchr(text_of(step, "on"), '.') + 1, *op = text_of(step, "op");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(collateral, field);
    cJSON *fresh = NULL;

    if (strcmp(op, "remove") == 0) {
        fresh = cJSON_CreateNull();
    } else if (strcmp(op, "replace") == 0) {
        char *text = replaced(item->valuestring, text_of(step, "old"), text_of(step, "new"));
        fresh = cJSON_CreateString(text);
        free(text);
    } else {
        cr_assert_str_eq(op, "copy_from");
        cJSON *other = read_vector_json(text_of(step, "file"));
        fresh = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(other, field), true);
        cJSON_Delete(other);
    }
    cr_assert(cJSON_ReplaceItemInObjectCaseSensitive(collateral, field, fresh), "%s", field);
}

/* cJSON's printer gives strings back byte for byte: the signed texts are ASCII. */
static inline struct ratls_buffer printed(const cJSON *json)
{
    struct ratls_buffer out = {.p = (uint8_t *)cJSON_PrintUnformatted(json)};

    cr_assert(out.p);
    out.len = strlen((const char *)out.p);
    return out;
}

static inline void read_intel_case(const cJSON *item, struct intel_case *c)
{
    const cJSON *step;
    cJSON *collateral = NULL;

    *c = (struct intel_case){.id = text_of(item, "id"),
                             .tee = text_of(item, "tee"),
                             .level = text_of(item, "level"),
                             .item = item,
                             .now = (int64_t)number_of(item, "time"),
                             .evidence = read_case_file(item, "evidence"),
                             .certs = read_case_file(item, "pck_certificate_chain"),
                             .anchor = read_case_file(item, "trust_anchor")};
    if (*text_of(item, "collateral"))
        collateral = read_vector_json(text_of(item, "collateral"));
    cJSON_ArrayForEach(step, cJSON_GetObjectItemCaseSensitive(item, "mutate"))
    {
        if (strcmp(text_of(step, "on"), "evidence") == 0)
            mutate_evidence(step, &c->evidence);
        else
            mutate_collateral(step, collateral);
    }
    if (collateral)
        c->collateral = printed(collateral);
    cJSON_Delete(collateral);
}

static inline void free_intel_case(struct intel_case *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->collateral);
    ratls_buffer_free(&c->certs);
    ratls_buffer_free(&c->anchor);
}

/* A quote with or without collateral, of SGX or TDX. */
static inline bool is_intel_quote(const cJSON *item)
{
    return (strcmp(text_of(item, "tee"), "sgx") == 0 || strcmp(text_of(item, "tee"), "tdx") == 0) &&
           *text_of(item, "evidence");
}

#endif
