/* intel_case.h - one case of the manifest of Intel vectors, with its mutations applied. */
#ifndef INTEL_CASE_H
#define INTEL_CASE_H

#include "manifest_support.h"
#include "ratls/appraise.h"

struct intel_case {
    const char *id, *tee, *level;
    const cJSON *item;
    int64_t now;
    struct ratls_buffer evidence, collateral, certs, anchor; /* empty where there is none */
};

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
