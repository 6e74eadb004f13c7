/* manifest_support.h - cases of the manifests of vectors: files, mutations, and what came out
 * against what is listed. */
#ifndef MANIFEST_SUPPORT_H
#define MANIFEST_SUPPORT_H

#include <unistd.h>

#include "evidence_keys_support.h"
#include "ratls/appraise.h"
#include "vectors_support.h"

static cJSON *manifest;

static inline void open_manifest(void)
{
    manifest = read_vector_json("manifest-intel-amd.json");
}

static inline void open_arm_manifest(void)
{
    manifest = read_vector_json("manifest-arm-gpu.json");
}

static inline void close_manifest(void)
{
    cJSON_Delete(manifest);
    manifest = NULL;
}

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
    uint8_t bytes[256];
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

static inline void compare_value(const char *id, const cJSON *expected, const cJSON *found)
{
    cr_assert(found, "%s: no claim %s", id, expected->string);
    if (cJSON_IsString(expected))
        cr_expect_str_eq(cJSON_GetStringValue(found), expected->valuestring, "%s: %s", id,
                         expected->string);
    else
        cr_expect(cJSON_Compare(found, expected, true), "%s: %s", id, expected->string);
}

static inline cJSON *verdict_json(const struct ratls_verdict *v)
{
    struct ratls_buffer text;

    cr_assert_eq(ratls_verdict_json(v, &text), RATLS_OK);
    cJSON *json = cJSON_Parse((const char *)text.p);
    cr_assert(json);
    ratls_buffer_free(&text);
    return json;
}

static char tool[4096], folder[64];

/* The command, and a folder of its own to work in. */
static inline void find_tool(const char *name)
{
    ssize_t n = readlink("/proc/self/exe", tool, sizeof tool - 32);

    cr_assert_gt(n, 0);
    tool[n] = 0;
    (void)snprintf(strrchr(tool, '/'), 32, "/../ratls");
    if (access(tool, X_OK) != 0)
        cr_skip_test("no ratls command at %s", tool);
    (void)snprintf(folder, sizeof folder, "/tmp/%s.XXXXXX", name);
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static inline void put_file(const char *path, const struct ratls_buffer *content)
{
    FILE *f = fopen(path, "wb");

    cr_assert(f && (content->len == 0 || fwrite(content->p, 1, content->len, f) == content->len));
    cr_assert_eq(fclose(f), 0);
}

static inline void remove_folder(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_expect_eq(system(command), 0);
}

/* `claims`, JSON, name the key of this root (DER or PEM) among those that the verdict rests on. */
static inline void expect_root_key(const char *id, const cJSON *claims,
                                   const struct ratls_buffer *root)
{
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(claims, "evidence_keys"), *key;
    struct ratls_bytes text = rt_bytes_of(root);
    struct ratls_buffer der = {0};
    bool found = false;

    if (rt_starts_with(text, "-----BEGIN"))
        cr_assert_eq(rt_pem_next(&text, "CERTIFICATE", &der), RATLS_OK, "%s", id);
    const struct key_digest due = digest_of_cert(der.p ? &der : root);
    ratls_buffer_free(&der);
    cJSON_ArrayForEach(key, keys) found = found || strcmp(key->valuestring, due.hex) == 0;
    cr_expect(found, "%s: the root's key", id);
}

#endif
