#include "carrier_devices.h"

#include <cjson/cJSON.h>

#include "cbor.h"
#include "cert_text.h"
#include "json.h"

enum { MAX_DEVICES = 64, NONCE_LEN = 32 }; /* how many it takes is the verifier's business */

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "carrier: a device's %s", what);
}

bool rt_carrier_is_devices(struct ratls_bytes text)
{
    const struct ratls_bytes begin = rt_without_space(text);

    if (rt_starts_with(begin, "{"))
        return rt_json_mentions(text, "device_evidence_list");
    return rt_starts_with(begin, "[") && rt_json_mentions(text, "evidence") &&
           rt_json_mentions(text, "certificate");
}

static const char *text_of(const cJSON *device, const char *name)
{
    const cJSON *item = rt_json_member(device, name);

    return cJSON_IsString(item) && item->valuestring[0] ? item->valuestring : NULL;
}

/* ---- report ---- */

static enum ratls_err put_hex(struct rt_writer *w, const char *text, struct ratls_error *err)
{
    struct ratls_buffer bytes;
    enum ratls_err e = rt_dup(ratls_bytes_str(text), &bytes);

    if (e)
        return e;
    if (rt_unhex(text, strlen(text), bytes.p, &bytes.len))
        rt_cbor_put_bstr(w, rt_bytes_of(&bytes));
    else
        e = malformed(err, "evidence is no hex");
    ratls_buffer_free(&bytes);
    return e;
}

/* How a request of SPDM 1.x begins, in hex: in base64 it begins with a letter. */
static enum ratls_err put_report(struct rt_writer *w, const cJSON *device, struct ratls_error *err)
{
    const char *text = text_of(device, "evidence");
    struct ratls_buffer bytes = {0};

    if (!text)
        return malformed(err, "evidence is missing");
    if (text[0] == '1')
        return put_hex(w, text, err);
    enum ratls_err e = rt_unbase64(ratls_bytes_str(text), &bytes);
    if (e == RATLS_OK)
        rt_cbor_put_bstr(w, rt_bytes_of(&bytes));
    ratls_buffer_free(&bytes);
    return e == RATLS_OK || rt_is_own_failure(e) ? e : malformed(err, "evidence is no base64");
}

/* ---- certificates ---- */

struct certs {
    struct rt_writer list;
    size_t n;
    struct ratls_bytes before; /* what was written of other devices */
};

/* CAs are the same for all devices of a machine, whose chains would not fit otherwise. A leaf is
 * always written: who shows one device twice is to be told so. */
static bool is_shared(const struct certs *c, struct ratls_bytes der)
{
    return c->n > 0 && c->before.len > 0 && memmem(c->before.p, c->before.len, der.p, der.len);
}

static enum ratls_err put_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct certs *c = arg;

    (void)err;
    if (is_shared(c, der))
        return RATLS_OK;
    rt_cbor_put_bstr(&c->list, der);
    c->n++;
    return RATLS_OK;
}

static enum ratls_err put_certs(struct rt_writer *w, const cJSON *device, struct ratls_error *err)
{
    const char *text = text_of(device, "certificate");
    struct certs c = {.before = rt_written(w)};
    struct ratls_buffer pem = {0};

    if (!text)
        return malformed(err, "certificate is missing");
    enum ratls_err e = rt_unbase64(ratls_bytes_str(text), &pem);
    if (e == RATLS_OK)
        e = rt_each_cert(rt_bytes_of(&pem), put_cert, &c, NULL);
    if (e == RATLS_OK) {
        rt_cbor_put(w, RT_CBOR_ARRAY, c.n);
        rt_put_bytes(w, rt_written(&c.list));
        w->bad |= c.list.bad;
    }
    rt_writer_free(&c.list);
    ratls_buffer_free(&pem);
    return e == RATLS_OK || rt_is_own_failure(e)
               ? e
               : malformed(err, "certificate is no base64 of certificates");
}

/* ---- what is said beside them ---- */

static void put_text(struct rt_writer *w, size_t *n, const cJSON *device, const char *name)
{
    const char *text = text_of(device, name);

    if (!text)
        return;
    rt_cbor_put_tstr(w, name);
    rt_cbor_put_tstr(w, text);
    ++*n;
}

static enum ratls_err put_said(struct rt_writer *w, const cJSON *device, struct ratls_error *err)
{
    static const char *const names[] = {"arch", "driver_version", "vbios_version"};
    const char *hex = text_of(device, "nonce");
    uint8_t nonce[NONCE_LEN];
    size_t len = sizeof nonce, n = 0;
    struct rt_writer pairs = {0};

    if (hex && (!rt_unhex(hex, strlen(hex), nonce, &len) || len != sizeof nonce))
        return malformed(err, "nonce is no hex of 32 bytes");
    for (size_t i = 0; i < RT_COUNT(names); i++)
        put_text(&pairs, &n, device, names[i]);
    if (hex) {
        rt_cbor_put_tstr(&pairs, "nonce");
        rt_cbor_put_bstr(&pairs, ratls_bytes(nonce, sizeof nonce));
        n++;
    }
    rt_cbor_put(w, RT_CBOR_MAP, n);
    rt_put_bytes(w, rt_written(&pairs));
    w->bad |= pairs.bad;
    rt_writer_free(&pairs);
    return RATLS_OK;
}

/* ---- all of it ---- */

static enum ratls_err put_device(struct rt_writer *w, const cJSON *device, struct ratls_error *err)
{
    enum ratls_err e;

    rt_cbor_put(w, RT_CBOR_ARRAY, 3);
    if ((e = put_report(w, device, err)) != RATLS_OK || (e = put_certs(w, device, err)) != RATLS_OK)
        return e;
    return put_said(w, device, err);
}

enum ratls_err rt_carrier_read_devices(const cJSON *json, struct ratls_buffer *out,
                                       struct ratls_error *err)
{
    const cJSON *list = cJSON_IsArray(json) ? json : rt_json_member(json, "device_evidence_list");
    const int n = cJSON_GetArraySize(list);
    struct rt_writer w = {0};
    const cJSON *device;
    enum ratls_err e = RATLS_OK;

    if (!cJSON_IsArray(list) || n == 0 || n > MAX_DEVICES)
        return malformed(err, "list is none, or too long");
    rt_cbor_put(&w, RT_CBOR_ARRAY, (uint64_t)n);
    cJSON_ArrayForEach(device, list)
    {
        if ((e = put_device(&w, device, err)) != RATLS_OK)
            break;
    }
    if (e == RATLS_OK)
        e = rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}
