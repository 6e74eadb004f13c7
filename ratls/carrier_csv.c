#include "carrier_csv.h"

#include <cjson/cJSON.h>

#include "hygon.h"
#include "json.h"

enum { MAGIC_LEN = 16, PAGE = 4096, MASK_LEN = 4, SERIAL_LEN = 64, NAME_MAX_LEN = 16 };

/* Where each version has PEK and serial number: verifiers/csv/README.md. */
enum { FLAGS_V2 = 1, ANONCE_AT = 188, PEK_AT_V1 = 336, PEK_AT_V2 = 1168 };

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT,
                      "carrier of CSV: %s is missing, or of another form", what);
}

bool rt_carrier_is_csv(struct ratls_bytes text)
{
    return rt_starts_with(rt_without_space(text), "{") &&
           rt_json_mentions(text, "attestation_report") && rt_json_mentions(text, "cert_chain");
}

/* ---- fields ---- */

/* A number where it has at most four bytes, else an array of bytes. */
struct field {
    const char *path;
    size_t len;
};

static const struct field ca_fields[] = {
    {"body.preamble.ver", 4},
    {"body.preamble.data.kid", 16},
    {"body.preamble.data.sid", 16},
    {"body.preamble.data.usage", 4},
    {"body.preamble.data.reserved", 24},
    {"body.pubkey.g", 4},
    {"body.pubkey.x", 72},
    {"body.pubkey.y", 72},
    {"body.uid_size", 2},
    {"body.user_id", 254},
    {"body.reserved", 108},
    {"signature.r", 72},
    {"signature.s", 72},
    {"_reserved", 112},
};

static const struct field leaf_fields[] = {
    {"body.ver", 4},
    {"body.data.firmware.major", 1},
    {"body.data.firmware.minor", 1},
    {"body.data.reserved1", 2},
    {"body.data.pubkey.usage", 4},
    {"body.data.pubkey.algo", 4},
    {"body.data.pubkey.key.g", 4},
    {"body.data.pubkey.key.x", 72},
    {"body.data.pubkey.key.y", 72},
    {"body.data.uid_size", 2},
    {"body.data.user_id", 254},
    {"body.data.sid", 16},
    {"body.data.reserved2", 608},
};

static const struct field signature_fields[] = {
    {"usage", 4}, {"algo", 4}, {"signature.r", 72}, {"signature.s", 72}, {"_reserved", 368},
};

static const cJSON *member_at(const cJSON *object, const char *path)
{
    char name[NAME_MAX_LEN];

    for (const char *end; object && *path; path = *end ? end + 1 : end) {
        end = strchrnul(path, '.');
        const size_t len = (size_t)(end - path);
        if (len >= sizeof name)
            return NULL;
        memcpy(name, path, len);
        name[len] = 0;
        object = rt_json_member(object, name);
    }
    return object;
}

/* Little endian. */
static bool put_number(struct rt_writer *w, const cJSON *item, size_t len)
{
    int64_t value;

    if (!rt_json_int(item, 0, (INT64_C(1) << 8 * len) - 1, &value))
        return false;
    for (size_t i = 0; i < len; i++)
        rt_put_u8(w, (uint8_t)(value >> 8 * i));
    return true;
}

/* *n bytes at most; *n: how many there were. */
static bool put_array(struct rt_writer *w, const cJSON *list, size_t *n)
{
    const size_t most = *n;
    const cJSON *item;

    *n = 0;
    cJSON_ArrayForEach(item, list)
    {
        if (++*n > most || !put_number(w, item, 1))
            return false;
    }
    return cJSON_IsArray(list);
}

static bool put_bytes(struct rt_writer *w, const cJSON *list, size_t len)
{
    size_t n = len;

    return put_array(w, list, &n) && n == len;
}

static bool put_fields(struct rt_writer *w, const cJSON *object, const struct field *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const cJSON *item = member_at(object, f[i].path);
        if (!(f[i].len <= 4 ? put_number : put_bytes)(w, item, f[i].len))
            return false;
    }
    return true;
}

static bool put_ca(struct rt_writer *w, const cJSON *cert)
{
    return put_fields(w, cert, ca_fields, RT_COUNT(ca_fields));
}

static bool put_leaf(struct rt_writer *w, const cJSON *cert)
{
    const cJSON *signatures = rt_json_member(cert, "sigs"), *signature;

    if (!put_fields(w, cert, leaf_fields, RT_COUNT(leaf_fields)) ||
        cJSON_GetArraySize(signatures) != 2)
        return false;
    cJSON_ArrayForEach(signature, signatures)
    {
        if (!put_fields(w, signature, signature_fields, RT_COUNT(signature_fields)))
            return false;
    }
    return true;
}

/* ---- the report ---- */

/* Without extensions the magic is zeros, and nothing stands before the report. */
static enum ratls_err put_report(struct rt_writer *w, const cJSON *report, struct ratls_error *err)
{
    struct rt_writer head = {0};
    const bool good = put_bytes(&head, rt_json_member(report, "magic"), MAGIC_LEN) &&
                      put_number(&head, rt_json_member(report, "flags"), 4);
    const struct ratls_bytes bytes = rt_written(&head);

    if (!rt_all_zero(bytes.p, bytes.len))
        rt_put_bytes(w, bytes);
    w->bad |= head.bad;
    rt_writer_free(&head);
    return good && put_bytes(w, rt_json_member(report, "data"), PAGE)
               ? RATLS_OK
               : malformed(err, "attestation_report");
}

static bool is_masked(const uint8_t *p, const uint8_t mask[MASK_LEN], struct ratls_bytes clear)
{
    uint8_t differ = 0;

    for (size_t i = 0; i < clear.len; i++)
        differ |= p[i] ^ mask[i % MASK_LEN] ^ clear.p[i];
    return differ == 0;
}

/* In a report of version 1 masked, or not: so some guests hand them on. */
static bool is_owner_of(struct ratls_bytes evidence, struct ratls_bytes owner)
{
    static const uint8_t no_mask[MASK_LEN];
    const uint8_t *report = evidence.p + evidence.len - PAGE;
    const bool is_v2 = evidence.len > PAGE && evidence.p[MAGIC_LEN] == FLAGS_V2;

    if (is_v2)
        return is_masked(report + PEK_AT_V2, no_mask, owner);
    return is_masked(report + PEK_AT_V1, no_mask, owner) ||
           is_masked(report + PEK_AT_V1, report + ANONCE_AT, owner);
}

/* PEK and serial number, which follow each other in a report. */
static enum ratls_err put_owner(struct rt_writer *w, const cJSON *json, struct ratls_error *err)
{
    size_t n = SERIAL_LEN;

    if (!put_leaf(w, member_at(json, "cert_chain.pek")))
        return malformed(err, "pek");
    if (!put_array(w, rt_json_member(json, "serial_number"), &n))
        return malformed(err, "serial_number");
    for (; n < SERIAL_LEN; n++)
        rt_put_u8(w, 0);
    return w->bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

static enum ratls_err check_owner(struct ratls_bytes evidence, const cJSON *json,
                                  struct ratls_error *err)
{
    struct rt_writer owner = {0};
    enum ratls_err e = put_owner(&owner, json, err);

    if (e == RATLS_OK && !is_owner_of(evidence, rt_written(&owner)))
        e = ratls_fail(err, RATLS_E_EVIDENCE_MISMATCH,
                       "carrier of CSV: PEK and serial number are not those of the report");
    rt_writer_free(&owner);
    return e;
}

/* ---- all of it ---- */

static enum ratls_err put_pair(struct rt_writer *w, const cJSON *json, struct ratls_error *err)
{
    const cJSON *pair = member_at(json, "cert_chain.hsk_cek");

    if (!pair || cJSON_IsNull(pair))
        return RATLS_OK;
    return put_ca(w, rt_json_member(pair, "hsk")) && put_leaf(w, rt_json_member(pair, "cek"))
               ? RATLS_OK
               : malformed(err, "hsk_cek");
}

static enum ratls_err read_log(const cJSON *log, struct ratls_buffer *out, struct ratls_error *err)
{
    if (!log || cJSON_IsNull(log))
        return RATLS_OK;
    if (!cJSON_IsString(log))
        return malformed(err, "cc_eventlog");
    enum ratls_err e = rt_unbase64(ratls_bytes_str(log->valuestring), out);
    return e == RATLS_OK || rt_is_own_failure(e) ? e : malformed(err, "cc_eventlog");
}

enum ratls_err rt_carrier_read_csv(const cJSON *json, struct ratls_buffer *evidence,
                                   struct ratls_buffer *event_log, struct ratls_error *err)
{
    struct rt_writer w = {0};
    enum ratls_err e = put_report(&w, rt_json_member(json, "attestation_report"), err);

    if (e == RATLS_OK)
        e = w.bad ? RATLS_E_NO_MEMORY : check_owner(rt_written(&w), json, err);
    if (e == RATLS_OK)
        e = put_pair(&w, json, err);
    if (e == RATLS_OK)
        e = read_log(rt_json_member(json, "cc_eventlog"), event_log, err);
    if (e == RATLS_OK)
        e = rt_writer_take(&w, evidence);
    rt_writer_free(&w);
    return e;
}
