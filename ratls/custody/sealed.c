/* The body of a record: JSON of one form, so that a store shows it like any other item. */
#include "sealed.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"

/* ---- writing ---- */

static void put_text(struct rt_writer *w, const char *name, const char *text)
{
    rt_put_u8(w, ',');
    rt_json_put_text(w, name);
    rt_put_u8(w, ':');
    rt_json_put_text(w, text);
}

static void put_base64url(struct rt_writer *w, const char *name, struct ratls_bytes bytes)
{
    const size_t len = rt_base64url_len(bytes.len);
    struct rt_writer text = {.p = malloc(len + 1), .cap = len + 1};

    if (text.p)
        rt_base64url(bytes, (char *)text.p);
    else
        w->bad = true;
    put_text(w, name, text.p ? (char *)text.p : "");
    rt_writer_free(&text);
}

static void put_members(struct rt_writer *w, const struct rt_sealed *s)
{
    char hex[2 * RT_DIGEST_LEN + 1];

    rt_hex(ratls_bytes(s->policy_sha256, RT_DIGEST_LEN), hex);
    put_text(w, "policy", s->policy);
    put_text(w, "policy_sha256", hex);
    put_text(w, "kek", s->kek);
    rt_json_put_raw(w, ",\"until\":");
    rt_json_put_int(w, s->until);
    put_base64url(w, "key", ratls_bytes(s->key, sizeof s->key));
    put_base64url(w, "value", rt_bytes_of(&s->value));
}

enum ratls_err rt_sealed_write(const struct rt_sealed *s, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{\"format\":\"" RT_SEALED_FORMAT "\"");
    if (!s->destroyed)
        put_members(&w, s);
    rt_put_u8(&w, '}');
    rt_put_u8(&w, 0);
    enum ratls_err e = rt_writer_take(&w, out);
    if (!e)
        out->len--;
    return e;
}

/* ---- reading ---- */

static const char *text_of(const cJSON *json, const char *name)
{
    const cJSON *member = rt_json_member(json, name);

    return cJSON_IsString(member) ? member->valuestring : "";
}

static bool is_kek_id(const char *text)
{
    const size_t len = strnlen(text, RATLS_KEK_ID_MAX + 1);

    return len > 0 && rt_is_printable(text, RATLS_KEK_ID_MAX);
}

static bool take_base64url(const char *text, uint8_t *out, size_t *len)
{
    return rt_unbase64url(text, strnlen(text, RT_MAX_BODY), out, len);
}

static enum ratls_err read_value(const char *text, struct ratls_buffer *out)
{
    out->len = RT_SEALED_VALUE;
    out->p = malloc(out->len);
    if (!out->p)
        return RATLS_E_NO_MEMORY;
    return take_base64url(text, out->p, &out->len) && out->len > RT_SEALED_MORE
               ? RATLS_OK
               : RATLS_E_SECRET_TAMPERED;
}

static enum ratls_err read_members(const cJSON *json, struct rt_sealed *out)
{
    const char *policy = text_of(json, "policy"), *digest = text_of(json, "policy_sha256");
    const char *kek = text_of(json, "kek");
    size_t digest_len = sizeof out->policy_sha256, key_len = sizeof out->key;

    if (!rt_is_name(policy) || !is_kek_id(kek) ||
        !rt_unhex(digest, strnlen(digest, 2 * RT_DIGEST_LEN + 1), out->policy_sha256,
                  &digest_len) ||
        digest_len != sizeof out->policy_sha256 ||
        !rt_json_int(rt_json_member(json, "until"), 0, RT_MAX_TIME, &out->until) ||
        !take_base64url(text_of(json, "key"), out->key, &key_len) || key_len != sizeof out->key)
        return RATLS_E_SECRET_TAMPERED;
    memcpy(out->policy, policy, strlen(policy) + 1);
    memcpy(out->kek, kek, strlen(kek) + 1);
    return read_value(text_of(json, "value"), &out->value);
}

/* Which settles unknown members, another order, and what the readers above let through. */
static enum ratls_err compare(const struct rt_sealed *s, struct ratls_bytes body)
{
    struct ratls_buffer again = {0};
    enum ratls_err e = rt_sealed_write(s, &again);

    if (!e && !ratls_bytes_equal(rt_bytes_of(&again), body))
        e = RATLS_E_SECRET_TAMPERED;
    ratls_buffer_free(&again);
    return e;
}

enum ratls_err rt_sealed_read(struct ratls_bytes body, struct rt_sealed *out,
                              struct ratls_error *err)
{
    cJSON *json = NULL;
    enum ratls_err e = rt_json_parse_up_to(body, RT_MAX_BODY, RATLS_E_SECRET_TAMPERED, &json, err);

    *out = (struct rt_sealed){0};
    if (e)
        return e;
    out->destroyed = !rt_json_has(json, "value");
    if (!out->destroyed)
        e = read_members(json, out);
    if (!e)
        e = compare(out, body);
    rt_json_free(json);
    return e == RATLS_E_SECRET_TAMPERED ? ratls_fail(err, e, "the record is not as it was written")
                                        : e;
}

void rt_sealed_free(struct rt_sealed *s)
{
    ratls_buffer_free(&s->value);
    *s = (struct rt_sealed){0};
}

size_t rt_sealed_size(const struct rt_sealed *s)
{
    return s->destroyed ? 0 : s->value.len - RT_SEALED_MORE;
}
