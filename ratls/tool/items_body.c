#include "items_body.h"

#include <ctype.h>
#include <stdio.h>

#include <cjson/cJSON.h>

static bool print(cJSON *json, char **out)
{
    *out = json ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (!*out)
        tool_fail("out of memory");
    return *out != NULL;
}

static bool body_of_measurements(const struct tool_value *values, char **out)
{
    cJSON *o = cJSON_CreateObject();
    cJSON *list = cJSON_CreateStringArray(values->items, (int)values->n);

    if (!cJSON_AddItemToObject(o, "measurements", list))
        cJSON_Delete(list);
    return print(o, out);
}

/* ---- anchors ---- */

static bool wrap_text(const char *type, const char *pem, char **out)
{
    cJSON *o = cJSON_CreateObject();

    if (!cJSON_AddStringToObject(o, "type", type) || !cJSON_AddStringToObject(o, "pem", pem)) {
        cJSON_Delete(o);
        o = NULL;
    }
    return print(o, out);
}

static bool wrap_keys(const char *type, const char *text, char **out)
{
    cJSON *keys = cJSON_Parse(text);
    cJSON *o = cJSON_CreateObject();

    if (!keys) {
        cJSON_Delete(o);
        tool_fail("the list of keys is no JSON");
        return false;
    }
    cJSON_AddStringToObject(o, "type", type);
    if (!cJSON_AddItemToObject(o, "keys", keys))
        cJSON_Delete(keys);
    return print(o, out);
}

static bool certificates(const char *path, bool simulated, char **out)
{
    const struct tool_value one = {.items = {path}, .n = 1};
    struct ratls_buffer pem = {0};
    bool ok = tool_read_certs(&one, &pem) &&
              wrap_text(simulated ? "insecure_sim_root" : "certificates", (char *)pem.p, out);

    ratls_buffer_free(&pem);
    return ok;
}

static bool anchor(const char *path, const char *text, bool simulated, char **out)
{
    while (isspace((unsigned char)*text))
        text++;
    if (*text == '[')
        return wrap_keys(simulated ? "insecure_sim_root" : "device_keys", text, out);
    if (strstr(text, "-----BEGIN X509 CRL-----"))
        return wrap_text("crl", text, out);
    return certificates(path, simulated, out);
}

/* ---- all ---- */

static bool is_object(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return *text == '{';
}

static bool duplicate(const char *text, char **out)
{
    *out = cJSON_malloc(strlen(text) + 1);
    if (*out)
        memcpy(*out, text, strlen(text) + 1);
    else
        tool_fail("out of memory");
    return *out != NULL;
}

bool items_read_body(const struct tool_args *args, const char *kind, char **out)
{
    const struct tool_value *measurements = &args->values[ADD_MEASUREMENT];
    struct ratls_buffer file = {0};

    if ((args->positional != NULL) == (measurements->n > 0)) {
        tool_fail("either FILE or --measurement");
        return false;
    }
    if (measurements->n > 0 && strcmp(kind, "refval") != 0) {
        tool_fail("--measurement is for reference values");
        return false;
    }
    if (measurements->n > 0)
        return body_of_measurements(measurements, out);
    if (!tool_read(args->positional, &file))
        return false;
    const char *text = (const char *)file.p;
    bool ok = strcmp(kind, "anchor") == 0 && !is_object(text)
                  ? anchor(args->positional, text, tool_get(args, ADD_SIM_ROOT) != NULL, out)
                  : duplicate(text, out);
    ratls_buffer_free(&file);
    return ok;
}

bool items_revocation_body(const char *what, const char *value, const char *comment, char **out)
{
    cJSON *o = cJSON_CreateObject();

    if (!cJSON_AddStringToObject(o, "what", what) || !cJSON_AddStringToObject(o, "value", value) ||
        (comment && !cJSON_AddStringToObject(o, "comment", comment))) {
        cJSON_Delete(o);
        o = NULL;
    }
    return print(o, out);
}
