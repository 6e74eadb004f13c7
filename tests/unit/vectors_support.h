/* vectors_support.h - evidence and collateral of real machines, which are no part of the project:
 * $RATLS_VECTORS, by default ../shared/vectors beside the project. Needs no other support. */
#ifndef RT_VECTORS_SUPPORT_H
#define RT_VECTORS_SUPPORT_H

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "base.h"

static inline const char *vectors_folder(void)
{
    const char *given = getenv("RATLS_VECTORS");
    static char folder[512];

    (void)snprintf(folder, sizeof folder, "%s", given ? given : __FILE__);
    if (!given) {
        char *slash = strrchr(folder, '/');
        cr_assert(slash);
        (void)snprintf(slash, 64, "/../../../shared/vectors");
    }
    return folder;
}

static inline enum ratls_err read_vector(const char *name, struct ratls_buffer *out)
{
    const struct ratls_env *env = ratls_env_system();
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s", vectors_folder(), name);
    return env->read_file(env->arg, path, RT_MAX_FILE, out);
}

/* For cJSON_Delete. The test is skipped when the file is not there. */
static inline cJSON *read_vector_json(const char *name)
{
    struct ratls_buffer text = {0};

    if (read_vector(name, &text) != RATLS_OK)
        cr_skip_test("no %s in %s", name, vectors_folder());
    cJSON *json = cJSON_ParseWithLength((const char *)text.p, text.len);
    cr_assert(json, "%s", name);
    ratls_buffer_free(&text);
    return json;
}

/* "" when there is none. */
static inline const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text ? text : "";
}

#endif
