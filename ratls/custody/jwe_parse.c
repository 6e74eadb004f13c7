/* A JWE, taken apart. Nothing is decrypted here. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "jwe.h"

static const char *const algs[] = {"ECDH-ES+A256KW", "RSA-OAEP-256"};

const char *rt_jwe_alg_name(enum rt_jwe_alg alg)
{
    return algs[alg];
}

static enum ratls_err malformed(struct ratls_error *err, const char *why)
{
    return ratls_fail(err, RATLS_E_JWE_FORMAT, "%s", why);
}

/* ---- parts ---- */

/* Up to the next point, which is skipped; the last part up to the end. */
static bool take_part(struct rt_reader *r, bool last, struct ratls_bytes *part)
{
    const uint8_t *end = r->left ? memchr(r->p, '.', r->left) : NULL;

    if (last == (end != NULL))
        return false;
    *part = rt_take_bytes(r, end ? (size_t)(end - r->p) : r->left);
    if (end)
        rt_skip(r, 1);
    return true;
}

/* Appends what the text stands for. */
static enum ratls_err append(struct ratls_bytes text, struct rt_writer *w, size_t *len,
                             struct ratls_error *err)
{
    *len = text.len;
    uint8_t *bytes = malloc(text.len + 1);
    if (!bytes)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rt_unbase64url((const char *)text.p, text.len, bytes, len)
                           ? RATLS_OK
                           : malformed(err, "a part that is no base64url");
    if (!e)
        rt_put(w, bytes, *len);
    free(bytes);
    return e;
}

static enum ratls_err decode(struct ratls_bytes text, struct ratls_buffer *out,
                             struct ratls_error *err)
{
    struct rt_writer w = {0};
    size_t len;
    enum ratls_err e = append(text, &w, &len, err);

    if (!e)
        return rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err decode_sealed(const struct ratls_bytes part[5], struct ratls_buffer *out,
                                    struct ratls_error *err)
{
    struct rt_writer w = {0};
    size_t iv = 0, text = 0, tag = 0;
    enum ratls_err e = append(part[2], &w, &iv, err);

    if (!e)
        e = append(part[3], &w, &text, err);
    if (!e)
        e = append(part[4], &w, &tag, err);
    if (!e && (iv != RT_GCM_IV_LEN || tag != RT_GCM_TAG_LEN || text == 0 ||
               text > RATLS_SECRET_VALUE_MAX))
        e = malformed(err, "IV, ciphertext or tag of a wrong length");
    if (!e)
        return rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}

/* ---- header ---- */

static const char *text_of(const cJSON *json, const char *name)
{
    const cJSON *member = rt_json_member(json, name);

    return cJSON_IsString(member) ? member->valuestring : "";
}

/* Absent: empty. */
static bool take_info(const cJSON *header, const char *name, uint8_t out[RT_JWE_INFO_MAX],
                      size_t *len)
{
    const cJSON *member = rt_json_member(header, name);

    *len = 0;
    if (!member)
        return true;
    *len = RT_JWE_INFO_MAX;
    return cJSON_IsString(member) &&
           rt_unbase64url(member->valuestring, strnlen(member->valuestring, 2 * RT_JWE_INFO_MAX),
                          out, len);
}

static enum ratls_err read_ecdh(const cJSON *header, struct rt_jwe *out, struct ratls_error *err)
{
    struct ratls_error why = {0};

    if (!take_info(header, "apu", out->apu, &out->apu_len) ||
        !take_info(header, "apv", out->apv, &out->apv_len))
        return malformed(err, "'apu' or 'apv' is no base64url, or too long");
    enum ratls_err e = rt_jwk_spki(rt_json_member(header, "epk"), &out->epk, &why);
    return e == RATLS_E_CERT_KEY ? malformed(err, "'epk' is no public key") : e;
}

static enum ratls_err read_members(const cJSON *header, const struct rt_jwe_enc *enc,
                                   struct rt_jwe *out, struct ratls_error *err)
{
    const char *alg = text_of(header, "alg");

    if (!cJSON_IsObject(header))
        return malformed(err, "the header is no object");
    if (rt_json_member(header, "crit") || rt_json_member(header, "zip"))
        return malformed(err, "'crit' or 'zip', which nobody here knows");
    if (strcmp(text_of(header, "enc"), enc->name) != 0)
        return ratls_fail(err, RATLS_E_JWE_FORMAT, "'enc' is not %s", enc->name);
    for (size_t i = 0; i < RT_COUNT(algs); i++) {
        if (strcmp(algs[i], alg) != 0)
            continue;
        out->alg = (enum rt_jwe_alg)i;
        return i == RT_JWE_ECDH ? read_ecdh(header, out, err) : RATLS_OK;
    }
    return malformed(err, "'alg' is neither ECDH-ES+A256KW nor RSA-OAEP-256");
}

static enum ratls_err read_header(struct ratls_bytes text, const struct rt_jwe_enc *enc,
                                  struct rt_jwe *out, struct ratls_error *err)
{
    struct ratls_buffer json = {0};
    cJSON *header = NULL;
    enum ratls_err e = decode(text, &json, err);

    if (!e)
        e = rt_json_parse_up_to(rt_bytes_of(&json), RT_JWE_HEADER_MAX, RATLS_E_JWE_FORMAT, &header,
                                err);
    if (!e)
        e = read_members(header, enc, out, err);
    rt_json_free(header);
    ratls_buffer_free(&json);
    return e;
}

enum ratls_err rt_jwe_parse(struct ratls_bytes text, const struct rt_jwe_enc *enc,
                            struct rt_jwe *out, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(text);
    struct ratls_bytes part[5];

    *out = (struct rt_jwe){0};
    if (text.len > RATLS_JWE_MAX)
        return malformed(err, "it is too long");
    for (size_t i = 0; i < RT_COUNT(part); i++)
        if (!take_part(&r, i + 1 == RT_COUNT(part), &part[i]))
            return malformed(err, "not five parts");
    out->header_text = part[0];
    enum ratls_err e = read_header(part[0], enc, out, err);
    if (!e)
        e = decode(part[1], &out->key, err);
    return e ? e : decode_sealed(part, &out->sealed, err);
}

void rt_jwe_free(struct rt_jwe *j)
{
    ratls_buffer_free(&j->epk);
    ratls_buffer_free(&j->key);
    ratls_buffer_free(&j->sealed);
    *j = (struct rt_jwe){0};
}
