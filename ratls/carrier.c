#include "carrier.h"

#include <ctype.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "carrier_csv.h"
#include "carrier_devices.h"
#include "cert_text.h"
#include "json.h"

/* secGear's names of TEEs, compared without regard to letter case. */
static const struct {
    const char *theirs, *ours;
} tees[] = {
    {"virtcca", "virtcca"}, {"vcca", "virtcca"},      {"cca", "cca"},
    {"rustcca", "cca"},     {"itrustee", "itrustee"},
};

void rt_carrier_free(struct rt_carrier *c)
{
    ratls_buffer_free(&c->evidence);
    ratls_buffer_free(&c->certs);
    ratls_buffer_free(&c->event_log);
    ratls_buffer_free(&c->ima_log);
}

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "carrier: %s", what);
}

/* ---- bytes ---- */

static enum ratls_err read_numbers(const cJSON *list, struct ratls_buffer *out,
                                   struct ratls_error *err)
{
    const cJSON *item;
    struct rt_writer w = {0};
    int64_t value;

    cJSON_ArrayForEach(item, list)
    {
        if (!rt_json_int(item, 0, UINT8_MAX, &value)) {
            rt_writer_free(&w);
            return malformed(err, "an array of bytes holds something else");
        }
        rt_put_u8(&w, (uint8_t)value);
    }
    return rt_writer_take(&w, out);
}

/* Either alphabet; padding, where it is there, is the fitting one. */
static enum ratls_err read_base64(const char *text, struct ratls_buffer *out,
                                  struct ratls_error *err)
{
    size_t len = strlen(text), room = len;

    if (strpbrk(text, "+/=")) {
        enum ratls_err e = rt_unbase64(ratls_bytes_str(text), out);
        return e == RATLS_OK || e == RATLS_E_NO_MEMORY ? e : malformed(err, "no base64");
    }
    uint8_t *p = malloc(len + 1);
    if (!p)
        return RATLS_E_NO_MEMORY;
    if (!rt_unbase64url(text, len, p, &room)) {
        free(p);
        return malformed(err, "no base64url");
    }
    *out = (struct ratls_buffer){p, room};
    return RATLS_OK;
}

/* NULL and null: absent. */
static enum ratls_err read_bytes(const cJSON *item, struct ratls_buffer *out,
                                 struct ratls_error *err)
{
    if (!item || cJSON_IsNull(item))
        return RATLS_OK;
    if (out->p)
        return malformed(err, "something is there twice");
    if (cJSON_IsArray(item))
        return read_numbers(item, out, err);
    if (cJSON_IsString(item))
        return read_base64(item->valuestring, out, err);
    return malformed(err, "bytes are neither an array nor text");
}

static enum ratls_err put_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct ratls_buffer pem = {0};
    enum ratls_err e = rt_pem_write("CERTIFICATE", der, &pem);

    (void)err;
    if (e)
        return e;
    rt_put_bytes(arg, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
    return RATLS_OK;
}

/* DER or PEM, as PEM. */
static enum ratls_err read_certs(const cJSON *item, struct ratls_buffer *out,
                                 struct ratls_error *err)
{
    struct ratls_buffer file = {0};
    struct rt_writer pem = {0};
    enum ratls_err e = read_bytes(item, &file, err);

    if (e == RATLS_OK && file.p) {
        e = rt_each_cert(rt_bytes_of(&file), put_cert, &pem, NULL);
        e = e ? (rt_is_own_failure(e) ? e : malformed(err, "dev_cert is no certificate"))
              : rt_writer_take(&pem, out);
    }
    ratls_buffer_free(&file);
    rt_writer_free(&pem);
    return e;
}

/* ---- global-trust-authority ---- */

static enum ratls_err read_log(const cJSON *log, struct rt_carrier *out, struct ratls_error *err)
{
    const cJSON *type = rt_json_member(log, "log_type"), *bytes = rt_json_member(log, "log_data");
    const char *name = cJSON_IsString(type) ? type->valuestring : "";

    if (!rt_json_has(log, "log_data"))
        return malformed(err, "a log without log_data");
    if (strcmp(name, "CCEL") == 0)
        return read_bytes(bytes, &out->event_log, err);
    if (strcmp(name, "ImaLog") == 0)
        return read_bytes(bytes, &out->ima_log, err);
    return malformed(err, "a log is neither CCEL nor ImaLog");
}

static enum ratls_err read_logs(const cJSON *logs, struct rt_carrier *out, struct ratls_error *err)
{
    const cJSON *log;

    if (!logs || cJSON_IsNull(logs))
        return RATLS_OK;
    if (!cJSON_IsArray(logs))
        return malformed(err, "logs is no list");
    cJSON_ArrayForEach(log, logs)
    {
        enum ratls_err e = read_log(log, out, err);
        if (e)
            return e;
    }
    return RATLS_OK;
}

static enum ratls_err read_gta(const cJSON *json, struct rt_carrier *out, struct ratls_error *err)
{
    enum ratls_err e;

    memcpy(out->tee, "virtcca", sizeof "virtcca");
    if ((e = read_bytes(rt_json_member(json, "vcca_token"), &out->evidence, err)) != RATLS_OK ||
        (e = read_certs(rt_json_member(json, "dev_cert"), &out->certs, err)) != RATLS_OK)
        return e;
    return read_logs(rt_json_member(json, "logs"), out, err);
}

/* ---- secGear ---- */

static enum ratls_err read_uefi_log(const cJSON *log, struct rt_carrier *out,
                                    struct ratls_error *err)
{
    if (!log || cJSON_IsNull(log))
        return RATLS_OK;
    if (!rt_json_has(log, "ccel_data"))
        return malformed(err, "uefi_log without ccel_data");
    return read_bytes(rt_json_member(log, "ccel_data"), &out->event_log, err);
}

static enum ratls_err parse(struct ratls_bytes text, cJSON **out, struct ratls_error *err)
{
    return rt_json_parse_up_to(text, RT_MAX_CARRIER, RATLS_E_EVIDENCE_FORMAT, out, err);
}

static enum ratls_err read_inner(struct ratls_bytes text, struct rt_carrier *out,
                                 struct ratls_error *err)
{
    cJSON *json = NULL;
    enum ratls_err e = parse(text, &json, err);

    if (e == RATLS_OK)
        e = read_bytes(rt_json_member(json, "evidence"), &out->evidence, err);
    if (e == RATLS_OK)
        e = read_certs(rt_json_member(json, "dev_cert"), &out->certs, err);
    if (e == RATLS_OK)
        e = read_bytes(rt_json_member(json, "ima_log"), &out->ima_log, err);
    if (e == RATLS_OK)
        e = read_uefi_log(rt_json_member(json, "uefi_log"), out, err);
    rt_json_free(json);
    return e;
}

static bool is_object(struct ratls_bytes text)
{
    return rt_starts_with(rt_without_space(text), "{");
}

/* A report of iTrustee stands for itself, or is text beside an IMA log. */
static enum ratls_err read_itrustee(struct ratls_bytes text, struct rt_carrier *out,
                                    struct ratls_error *err)
{
    cJSON *json = NULL;

    if (rt_json_mentions(text, "report_sign"))
        return rt_dup(text, &out->evidence);
    enum ratls_err e = parse(text, &json, err);
    const cJSON *report = rt_json_member(json, "report");
    if (e == RATLS_OK)
        e = cJSON_IsString(report) ? rt_dup(ratls_bytes_str(report->valuestring), &out->evidence)
                                   : malformed(err, "report is no text");
    if (e == RATLS_OK)
        e = read_bytes(rt_json_member(json, "ima_log"), &out->ima_log, err);
    rt_json_free(json);
    return e;
}

static enum ratls_err read_content(const char *text, struct rt_carrier *out,
                                   struct ratls_error *err)
{
    struct ratls_buffer decoded = {0};
    enum ratls_err e;

    if (is_object(ratls_bytes_str(text)))
        return read_inner(ratls_bytes_str(text), out, err);
    if ((e = read_base64(text, &decoded, err)) != RATLS_OK)
        return e;
    if (is_object(rt_bytes_of(&decoded))) {
        e = read_inner(rt_bytes_of(&decoded), out, err);
    } else {
        out->evidence = decoded;
        decoded = (struct ratls_buffer){0};
    }
    ratls_buffer_free(&decoded);
    return e;
}

static bool same_letters(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (tolower((unsigned char)*a) != *b)
            return false;
    return *a == *b;
}

static enum ratls_err read_tee(const cJSON *item, struct rt_carrier *out, struct ratls_error *err)
{
    for (size_t i = 0; cJSON_IsString(item) && i < RT_COUNT(tees); i++) {
        if (!same_letters(item->valuestring, tees[i].theirs))
            continue;
        memcpy(out->tee, tees[i].ours, strlen(tees[i].ours) + 1);
        return RATLS_OK;
    }
    return ratls_fail(err, RATLS_E_EVIDENCE_UNKNOWN, "carrier: a kind of TEE that is not read");
}

static enum ratls_err read_secgear(const cJSON *json, struct rt_carrier *out,
                                   struct ratls_error *err)
{
    const cJSON *content = rt_json_member(json, "evidence");
    enum ratls_err e = read_tee(rt_json_member(json, "tee"), out, err);

    if (e)
        return e;
    if (!cJSON_IsString(content))
        return malformed(err, "evidence is no text");
    if (strcmp(out->tee, "itrustee") == 0)
        return read_itrustee(ratls_bytes_str(content->valuestring), out, err);
    return read_content(content->valuestring, out, err);
}

/* ---- any of them ---- */

/* `{"` in base64url. */
static bool is_encoded(struct ratls_bytes subject)
{
    return rt_starts_with(rt_without_space(subject), "eyJ");
}

bool rt_carrier_recognises(struct ratls_bytes subject)
{
    if (is_encoded(subject) || rt_carrier_is_devices(subject) || rt_carrier_is_csv(subject))
        return true;
    return is_object(subject) &&
           (rt_json_mentions(subject, "vcca_token") ||
            (rt_json_mentions(subject, "tee") && rt_json_mentions(subject, "evidence")));
}

static enum ratls_err read_devices(const cJSON *json, struct rt_carrier *out,
                                   struct ratls_error *err)
{
    memcpy(out->tee, "nvidia", sizeof "nvidia");
    return rt_carrier_read_devices(json, &out->evidence, err);
}

static enum ratls_err read_csv(const cJSON *json, struct rt_carrier *out, struct ratls_error *err)
{
    memcpy(out->tee, "csv", sizeof "csv");
    return rt_carrier_read_csv(json, &out->evidence, &out->event_log, err);
}

static enum ratls_err read_json(struct ratls_bytes text, struct rt_carrier *out,
                                struct ratls_error *err)
{
    cJSON *json = NULL;
    enum ratls_err e = parse(text, &json, err);

    if (e == RATLS_OK && rt_carrier_is_devices(text))
        e = read_devices(json, out, err);
    else if (e == RATLS_OK && rt_carrier_is_csv(text))
        e = read_csv(json, out, err);
    else if (e == RATLS_OK)
        e = rt_json_member(json, "vcca_token") ? read_gta(json, out, err)
                                               : read_secgear(json, out, err);
    if (e == RATLS_OK && out->evidence.len == 0)
        e = malformed(err, "there is no evidence in it");
    rt_json_free(json);
    return e;
}

enum ratls_err rt_carrier_open(struct ratls_bytes subject, struct rt_carrier *out,
                               struct ratls_error *err)
{
    struct ratls_buffer decoded = {0};
    struct ratls_bytes text = rt_without_space(subject);

    *out = (struct rt_carrier){0};
    if (subject.len > RT_MAX_CARRIER)
        return malformed(err, "it is too large");
    if (!is_encoded(subject))
        return read_json(subject, out, err);
    while (text.len > 0 && isspace(text.p[text.len - 1]))
        text.len--;
    size_t room = text.len;
    if (!(decoded.p = malloc(text.len + 1)))
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = RATLS_OK;
    if (!rt_unbase64url((const char *)text.p, text.len, decoded.p, &room))
        e = malformed(err, "no base64url");
    decoded.len = room;
    if (e == RATLS_OK)
        e = read_json(rt_bytes_of(&decoded), out, err);
    ratls_buffer_free(&decoded);
    return e;
}
