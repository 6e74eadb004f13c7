/* Compact JWS (RFC 7515 s.3.1) around a trust document. */
#include "ratls/bundle.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "document.h"
#include "json.h"
#include "jws_key.h"

#define TYP             "ratls-bundle+jws" /* RFC 8725 s.3.11: of no other token */
#define MAX_HEADER_TEXT 512                /* base64url */

struct parts {
    struct ratls_bytes header, payload, sig; /* base64url, borrowed from the bundle */
};

struct header {
    struct cJSON *json;    /* owned */
    const char *alg, *kid; /* borrowed from json */
};

/* ---- parts ---- */

static struct ratls_bytes until_dot(struct rt_reader *r)
{
    const struct ratls_bytes rest = rt_rest(r);
    const uint8_t *dot = rest.len ? memchr(rest.p, '.', rest.len) : NULL;
    const struct ratls_bytes part = rt_take_bytes(r, dot ? (size_t)(dot - rest.p) : rest.len);

    rt_skip(r, 1);
    return part;
}

static enum ratls_err split(struct ratls_bytes jws, struct parts *out, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(jws);

    if (jws.len > RATLS_BUNDLE_MAX)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: %zu bytes, at most %d", jws.len,
                          RATLS_BUNDLE_MAX);
    out->header = until_dot(&r);
    out->payload = until_dot(&r);
    out->sig = rt_rest(&r);
    if (r.bad || out->sig.len == 0)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: not three parts with dots between");
    return RATLS_OK;
}

/* *out is new. */
static enum ratls_err decode(const char *what, struct ratls_bytes text, struct ratls_buffer *out,
                             struct ratls_error *err)
{
    *out = (struct ratls_buffer){.p = malloc(text.len + 1), .len = text.len};
    if (!out->p)
        return RATLS_E_NO_MEMORY;
    if (rt_unbase64url((const char *)text.p, text.len, out->p, &out->len))
        return RATLS_OK;
    free(out->p);
    *out = (struct ratls_buffer){0};
    return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: the %s is not strict base64url", what);
}

/* ---- header ---- */

static bool is_kid(const char *kid)
{
    const size_t len = kid ? strlen(kid) : 0;

    for (size_t i = 0; i < len; i++)
        if (kid[i] < 0x20 || kid[i] > 0x7e)
            return false;
    return len > 0 && len <= RATLS_BUNDLE_KID_MAX;
}

/* Whatever else a header may carry, crit and keys above all, is unknown. */
static enum ratls_err judge_header(struct header *h, struct ratls_error *err)
{
    static const char *const members[] = {"alg", "typ", "kid", NULL};

    if (!cJSON_IsObject(h->json))
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: the header is no object");
    const char *unknown = rt_trust_text_unknown(h->json, members);
    if (unknown)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: member '%s' in the header", unknown);
    const char *typ = cJSON_GetStringValue(rt_json_member(h->json, "typ"));
    if (!typ || strcmp(typ, TYP) != 0)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: typ is not " TYP);
    h->kid = cJSON_GetStringValue(rt_json_member(h->json, "kid"));
    if (!is_kid(h->kid))
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: the header has no good kid");
    h->alg = cJSON_GetStringValue(rt_json_member(h->json, "alg"));
    if (!h->alg)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: the header has no alg");
    return RATLS_OK;
}

/* rt_json_free(out->json) also after an error. */
static enum ratls_err read_header(struct ratls_bytes text, struct header *out,
                                  struct ratls_error *err)
{
    struct ratls_buffer json = {0};
    enum ratls_err e;

    *out = (struct header){0};
    if (text.len > MAX_HEADER_TEXT)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: a header of %zu bytes", text.len);
    if ((e = decode("header", text, &json, err)) == RATLS_OK)
        e = rt_json_parse(rt_bytes_of(&json), RATLS_E_BUNDLE_FORMAT, &out->json, err);
    ratls_buffer_free(&json);
    return e ? e : judge_header(out, err);
}

static void put_header(struct rt_writer *w, const struct rt_jws_key *key, const char *kid)
{
    struct rt_writer json = {0};

    rt_json_put_raw(&json, "{\"alg\":");
    rt_json_put_text(&json, rt_jws_alg_name(key));
    rt_json_put_raw(&json, ",\"typ\":\"" TYP "\",\"kid\":");
    rt_json_put_text(&json, kid);
    rt_json_put_raw(&json, "}");
    w->bad = w->bad || json.bad;
    rt_put_base64url(w, rt_written(&json));
    rt_writer_free(&json);
}

/* ---- document ---- */

static enum ratls_err judge_document(struct ratls_bytes text, struct ratls_error *err)
{
    struct rt_trust_text document;
    enum ratls_err e = rt_trust_text_read(text, RATLS_E_BUNDLE_FORMAT, &document, err);

    if (e == RATLS_OK && !document.issuer)
        e = ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "bundle: no issuer, bundle and revision in it");
    rt_trust_text_free(&document);
    return e;
}

/* ---- both ways ---- */

static enum ratls_err put_signature(struct rt_writer *w, const struct rt_jws_key *key,
                                    struct ratls_error *err)
{
    struct ratls_buffer sig = {0};

    rt_put_u8(w, 0);
    if (w->bad)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rt_jws_sign(key, (const char *)w->p, &sig, err);
    w->len--;
    if (e == RATLS_OK) {
        rt_put_u8(w, '.');
        rt_put_base64url(w, rt_bytes_of(&sig));
    }
    ratls_buffer_free(&sig);
    return e;
}

enum ratls_err ratls_bundle_sign(struct ratls_bytes document, struct ratls_bytes key,
                                 const char *kid, struct ratls_buffer *out, struct ratls_error *err)
{
    struct rt_jws_key private = {0};
    struct rt_writer w = {0};
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if (!is_kid(kid))
        return ratls_fail(err, RATLS_E_USAGE, "kid: 1 to %d printable characters",
                          RATLS_BUNDLE_KID_MAX);
    if ((e = judge_document(document, err)) != RATLS_OK ||
        (e = rt_jws_private_key(key, &private, err)) != RATLS_OK)
        goto out;
    put_header(&w, &private, kid);
    rt_put_u8(&w, '.');
    rt_put_base64url(&w, document);
    if ((e = put_signature(&w, &private, err)) == RATLS_OK)
        e = rt_writer_take(&w, out);
out:
    rt_writer_free(&w);
    rt_jws_key_free(&private);
    return e ? ratls_fail(err, e, "bundle: %s", ratls_err_text(e)) : RATLS_OK;
}

/* The header and the length of the signature must be those of the key before libjwt is asked. */
static enum ratls_err judge_alg(const struct parts *in, const struct rt_jws_key *key,
                                struct ratls_error *err)
{
    struct header header;
    struct ratls_buffer sig = {0};
    enum ratls_err e;

    if ((e = read_header(in->header, &header, err)) != RATLS_OK)
        goto out;
    if (strcmp(header.alg, rt_jws_alg_name(key)) != 0) {
        e = ratls_fail(err, RATLS_E_BUNDLE_SIGNATURE, "bundle: alg is '%s', of the key %s",
                       header.alg, rt_jws_alg_name(key));
        goto out;
    }
    if ((e = decode("signature", in->sig, &sig, err)) != RATLS_OK)
        goto out;
    if (sig.len != key->sig_len)
        e = ratls_fail(err, RATLS_E_BUNDLE_SIGNATURE, "bundle: a signature of %zu bytes, not %zu",
                       sig.len, key->sig_len);
out:
    ratls_buffer_free(&sig);
    rt_json_free(header.json);
    return e;
}

/* Header and payload are one text to the signature, dot included. They were decoded before: there
 * is no NUL in them that would end it early. */
static enum ratls_err judge_signature(struct ratls_bytes jws, const struct parts *in,
                                      const struct rt_jws_key *key, struct ratls_error *err)
{
    struct rt_writer w = {0};
    const size_t text_len = in->header.len + 1 + in->payload.len;
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_put_bytes(&w, jws);
    rt_put_u8(&w, 0);
    if (!w.bad) {
        w.p[text_len] = 0;
        e = rt_jws_verify(key, (const char *)w.p, (const char *)w.p + text_len + 1, err);
    }
    rt_writer_free(&w);
    return e;
}

enum ratls_err ratls_bundle_open(struct ratls_bytes jws, struct ratls_bytes key,
                                 struct ratls_buffer *out, struct ratls_error *err)
{
    struct rt_jws_key public = {0};
    struct ratls_buffer document = {0};
    struct parts parts;
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if ((e = rt_jws_public_key(key, &public, err)) != RATLS_OK ||
        (e = split(jws, &parts, err)) != RATLS_OK ||
        (e = judge_alg(&parts, &public, err)) != RATLS_OK ||
        (e = decode("payload", parts.payload, &document, err)) != RATLS_OK ||
        (e = judge_signature(jws, &parts, &public, err)) != RATLS_OK ||
        (e = judge_document(rt_bytes_of(&document), err)) != RATLS_OK)
        goto out;
    *out = document;
    document = (struct ratls_buffer){0};
out:
    ratls_buffer_free(&document);
    rt_jws_key_free(&public);
    return e ? ratls_fail(err, e, "bundle: %s", ratls_err_text(e)) : RATLS_OK;
}

enum ratls_err ratls_bundle_kid(struct ratls_bytes jws, char kid[RATLS_BUNDLE_KID_MAX + 1],
                                struct ratls_error *err)
{
    struct header header = {0};
    struct parts parts;
    enum ratls_err e;

    kid[0] = 0;
    if ((e = split(jws, &parts, err)) == RATLS_OK)
        e = read_header(parts.header, &header, err);
    if (e == RATLS_OK)
        memcpy(kid, header.kid, strlen(header.kid) + 1);
    rt_json_free(header.json);
    return e ? ratls_fail(err, e, "bundle: %s", ratls_err_text(e)) : RATLS_OK;
}
