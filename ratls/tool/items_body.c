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

    if (!cJSON_AddItemToObject(o, "measurements", list)) {
        cJSON_Delete(list);
        cJSON_Delete(o);
        o = NULL;
    }
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
    cJSON *keys = cJSON_ParseWithOpts(text, NULL, true);
    cJSON *o = keys ? cJSON_CreateObject() : NULL;

    if (!keys) {
        tool_fail("the list of keys is no JSON");
        return false;
    }
    if (!items_keep_numbers(keys) || !cJSON_AddStringToObject(o, "type", type) ||
        !cJSON_AddItemToObject(o, "keys", keys)) {
        cJSON_Delete(keys);
        cJSON_Delete(o);
        o = NULL;
    }
    return print(o, out);
}

/* DER, X.690 s.8.1. Behind two SEQUENCEs a certificate has [0] or an INTEGER and a SEQUENCE, a
 * revocation list an INTEGER of 1 or a SEQUENCE, a public key an OBJECT IDENTIFIER (RFC 5280 s.4.1,
 * s.5.1); roots of version 1, which could be taken for lists, are no anchors. */
static bool is_der(struct ratls_bytes file)
{
    return file.len > 0 && file.p[0] == 0x30;
}

static size_t behind_head(struct ratls_bytes file, size_t at)
{
    const uint8_t len = at + 1 < file.len ? file.p[at + 1] : 0;

    return at + 2 + (len & 0x80 ? len & 0x7fU : 0);
}

static const struct form {
    uint8_t tag;
    const char *label, *type, *simulated;
} der_forms[] = {
    {0xa0, "CERTIFICATE", "certificates", "insecure_sim_root"},
    {0x06, "PUBLIC KEY", "device_keys", "insecure_sim_root"},
    {0, "X509 CRL", "crl", "crl"}, /* the rest */
};

static const struct form *form_of_der(struct ratls_bytes file)
{
    const size_t at = behind_head(file, behind_head(file, 0));
    const struct form *f = der_forms;

    while (at < file.len && f->tag && f->tag != file.p[at])
        f++;
    return f;
}

static bool anchor_of_der(struct ratls_bytes file, bool simulated, char **out)
{
    const struct form *f = form_of_der(file);
    struct ratls_buffer pem = {0};

    if (!tool_pem(f->label, file, &pem)) {
        tool_fail("out of memory");
        return false;
    }
    bool ok = wrap_text(simulated ? f->simulated : f->type, (const char *)pem.p, out);
    ratls_buffer_free(&pem);
    return ok;
}

/* A root of Hygon CSV as Hygon gives it, which is no text. */
static bool is_hrk(struct ratls_bytes file)
{
    enum { HRK_LEN = 832 };

    return file.len == HRK_LEN && memchr(file.p, 0, file.len) != NULL;
}

static bool anchor_of_hrk(struct ratls_bytes file, bool simulated, char **out)
{
    struct ratls_buffer pem = {0};

    if (!tool_pem("HYGON CERTIFICATE", file, &pem)) {
        tool_fail("out of memory");
        return false;
    }
    bool ok = wrap_text(simulated ? "insecure_sim_root" : "certificates", (const char *)pem.p, out);
    ratls_buffer_free(&pem);
    return ok;
}

static bool anchor_of_text(const char *text, bool simulated, char **out)
{
    const char *first = text + strspn(text, " \t\r\n");

    if (*first == '[')
        return wrap_keys(simulated ? "insecure_sim_root" : "device_keys", first, out);
    if (strstr(text, "-----BEGIN X509 CRL-----"))
        return wrap_text("crl", text, out);
    if (!simulated && strstr(text, "-----BEGIN PUBLIC KEY-----"))
        return wrap_text("device_keys", text, out);
    return wrap_text(simulated ? "insecure_sim_root" : "certificates", text, out);
}

/* The switch and the content must agree: nobody trusts a simulator by the content of a file alone,
 * and nobody believes to have said so in vain. What is no JSON is for the store to refuse. */
static bool check_switch(const char *body, bool simulated)
{
    cJSON *json = cJSON_Parse(body);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "type"));
    bool is_root = type && strcmp(type, "insecure_sim_root") == 0;

    cJSON_Delete(json);
    if (is_root != simulated)
        tool_fail(is_root ? "the anchor of a simulated TEE needs --insecure-sim-root"
                          : "--insecure-sim-root is for the anchor of a simulated TEE");
    return is_root == simulated;
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

static bool body_of_file(struct ratls_bytes file, const char *kind, bool simulated, char **out)
{
    const bool is_anchor = strcmp(kind, "anchor") == 0;

    if (is_anchor && is_der(file))
        return anchor_of_der(file, simulated, out);
    if (is_anchor && is_hrk(file))
        return anchor_of_hrk(file, simulated, out);
    if (file.len == 0 || memchr(file.p, 0, file.len)) { /* nothing behind a NUL goes unread */
        tool_fail("the file is empty, or no text");
        return false;
    }
    const char *text = (const char *)file.p;
    return is_anchor && !is_object(text) ? anchor_of_text(text, simulated, out)
                                         : duplicate(text, out);
}

bool items_read_body(const struct tool_args *args, const char *kind, char **out)
{
    const struct tool_value *measurements = &args->values[ADD_MEASUREMENT];
    const bool simulated = tool_get(args, ADD_SIM_ROOT) != NULL;
    struct ratls_buffer file = {0};

    if (simulated && strcmp(kind, "anchor") != 0) {
        tool_fail("--insecure-sim-root is for anchors");
        return false;
    }
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
    bool ok = body_of_file(ratls_bytes(file.p, file.len), kind, simulated, out) &&
              (strcmp(kind, "anchor") != 0 || check_switch(*out, simulated));
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
