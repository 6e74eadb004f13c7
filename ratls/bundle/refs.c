/* Baselines of openEuler secGear: names with values, and digest lists. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "corim.h"
#include "document.h"
#include "json.h"
#include "ratls/bundle.h"
#include "refval.h"

#define TEE         "virtcca"
#define RIM         "vcca.cvm.rim"
#define REM         "vcca.cvm.rem."
#define IMA         "virtcca_ima_" /* and the RIM */
#define IMA_CLAIM   "virtcca.ima.digests"
#define REM_CLAIM   "virtcca.cvm.rem"
#define MAX_VALUE   64 /* bytes */
#define REGISTERS   4
#define DIGEST_TEXT 64 /* SHA-256 as hex */

struct refs {
    struct cJSON *inner; /* owned; values in it are turned into lower case */
    struct rt_refvals_list values;
    char ima_rim[2 * MAX_VALUE + 1]; /* "": no digest list was read */
    struct ratls_error *err;
};

static enum ratls_err malformed(const struct refs *refs, const char *name, const char *why)
{
    return ratls_fail(refs->err, RATLS_E_BUNDLE_FORMAT, "refs: '%s': %s", name, why);
}

/* Hex of a hash, into lower case where it stands. */
static bool take_hex(char *text, size_t len)
{
    uint8_t bytes[MAX_VALUE];
    size_t n = sizeof bytes;

    if (!rt_unhex(text, len, bytes, &n) || !rt_corim_alg(n))
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] >= 'A' && text[i] <= 'F')
            text[i] = (char)(text[i] - 'A' + 'a');
    return true;
}

/* Each is a condition of its own: alternatives. */
static enum ratls_err add(struct refs *refs, struct rt_refval v, const char *hex, size_t len)
{
    v.form = RT_REFVAL_TEXT;
    v.bytes = ratls_bytes(hex, len);
    v.condition = v.group = v.part == RT_REFVAL_LISTS ? 0 : refs->values.n + 1;
    return rt_refval_add(&refs->values, &v);
}

/* ---- digest lists ---- */

/* The next line that is not empty, without its end; false: there is none. */
static bool next_line(struct rt_reader *r, struct ratls_bytes *line)
{
    do {
        const struct ratls_bytes rest = rt_rest(r);
        const uint8_t *end = rest.len ? memchr(rest.p, '\n', rest.len) : NULL;
        if (rest.len == 0)
            return false;
        *line = rt_take_bytes(r, end ? (size_t)(end - rest.p) : rest.len);
        if (end)
            rt_skip(r, 1);
        if (line->len > 0 && line->p[line->len - 1] == '\r')
            line->len--;
    } while (line->len == 0);
    return true;
}

/* A digest, alone or as `sha256sum` writes it: two spaces, or a space and a star, and a name. */
static bool is_digest_line(struct ratls_bytes line)
{
    uint8_t digest[DIGEST_TEXT / 2];
    size_t n = sizeof digest;

    if (line.len < DIGEST_TEXT || !rt_unhex((const char *)line.p, DIGEST_TEXT, digest, &n))
        return false;
    if (line.len == DIGEST_TEXT)
        return true;
    return line.len > DIGEST_TEXT + 2 && line.p[DIGEST_TEXT] == ' ' &&
           (line.p[DIGEST_TEXT + 1] == ' ' || line.p[DIGEST_TEXT + 1] == '*');
}

/* Calls `take` for each digest. */
static enum ratls_err each_digest(struct ratls_bytes list,
                                  enum ratls_err (*take)(void *arg, struct ratls_bytes digest),
                                  void *arg, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(list);
    struct ratls_bytes line;
    size_t n = 0;

    for (; next_line(&r, &line); n++) {
        if (!is_digest_line(line))
            return ratls_fail(err, RATLS_E_BUNDLE_FORMAT,
                              "digest list: line %zu that is not empty is no SHA-256 digest",
                              n + 1);
        enum ratls_err e = take(arg, ratls_bytes(line.p, DIGEST_TEXT));
        if (e)
            return e;
    }
    return n > 0 ? RATLS_OK
                 : ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "digest list: there is no digest in it");
}

static enum ratls_err add_digest(void *arg, struct ratls_bytes digest)
{
    const struct rt_refval v = {
        .part = RT_REFVAL_LISTS, .reg = -1, .name = ratls_bytes_str(IMA_CLAIM)};

    return add(arg, v, (const char *)digest.p, digest.len);
}

/* Lines in one text. */
static enum ratls_err add_digests(struct refs *refs, const char *name, struct cJSON *value)
{
    char *text = cJSON_GetStringValue(value);

    if (!text)
        return malformed(refs, name, "neither text nor texts");
    for (char *c = text; *c; c++) /* names of files are not read */
        if (*c >= 'A' && *c <= 'F')
            *c = (char)(*c - 'A' + 'a');
    return each_digest(ratls_bytes_str(text), add_digest, refs, refs->err);
}

/* ---- names ---- */

typedef enum ratls_err value_fn(struct refs *refs, const char *name, struct cJSON *value);

static enum ratls_err add_rim(struct refs *refs, const char *name, struct cJSON *value)
{
    char *hex = cJSON_GetStringValue(value);

    if (!hex || !take_hex(hex, strlen(hex)))
        return malformed(refs, name, "a value that is no hash in hex");
    return add(refs, (struct rt_refval){.part = RT_REFVAL_MEASUREMENTS, .reg = -1}, hex,
               strlen(hex));
}

static enum ratls_err add_rem(struct refs *refs, const char *name, struct cJSON *value)
{
    char *hex = cJSON_GetStringValue(value);
    const char *number = name + strlen(REM);

    if (!hex || !take_hex(hex, strlen(hex)))
        return malformed(refs, name, "a value that is no hash in hex");
    const struct rt_refval v = {
        .part = RT_REFVAL_CLAIMS, .name = ratls_bytes_str(REM_CLAIM), .reg = *number - '0'};
    return add(refs, v, hex, strlen(hex));
}

/* One value, or an array of them. */
static enum ratls_err each_value(struct refs *refs, struct cJSON *member, value_fn *take)
{
    cJSON *value;

    if (!cJSON_IsArray(member))
        return take(refs, member->string, member);
    if (!member->child)
        return malformed(refs, member->string, "no values");
    cJSON_ArrayForEach(value, member)
    {
        enum ratls_err e = take(refs, member->string, value);
        if (e)
            return e;
    }
    return RATLS_OK;
}

/* The list is of the guest whose RIM the name says, and of no other. */
static enum ratls_err read_ima(struct refs *refs, struct cJSON *member)
{
    const char *rim = member->string + strlen(IMA);
    const size_t len = strlen(rim);

    if (refs->ima_rim[0])
        return malformed(refs, member->string, "a second digest list");
    if (len == 0 || len >= sizeof refs->ima_rim)
        return malformed(refs, member->string, "no RIM in the name");
    memcpy(refs->ima_rim, rim, len + 1);
    if (!take_hex(refs->ima_rim, len))
        return malformed(refs, member->string, "no RIM in the name");
    return each_value(refs, member, add_digests);
}

static bool is_rem(const char *name)
{
    const char *number = name + strlen(REM);

    return strncmp(name, REM, strlen(REM)) == 0 && *number >= '0' && *number < '0' + REGISTERS &&
           number[1] == 0;
}

static enum ratls_err read_name(struct refs *refs, struct cJSON *member)
{
    if (strcmp(member->string, RIM) == 0)
        return each_value(refs, member, add_rim);
    if (is_rem(member->string))
        return each_value(refs, member, add_rem);
    if (strncmp(member->string, IMA, strlen(IMA)) == 0)
        return read_ima(refs, member);
    return ratls_fail(refs->err, RATLS_E_UNSUPPORTED, "refs: the name '%s' is not known",
                      member->string);
}

/* Other RIMs next to a digest list would share it. */
static enum ratls_err join_rim(struct refs *refs)
{
    const struct ratls_bytes rim = ratls_bytes_str(refs->ima_rim);
    bool listed = false;

    if (rim.len == 0)
        return RATLS_OK;
    for (size_t i = 0; i < refs->values.n; i++) {
        const struct rt_refval *v = &refs->values.v[i];
        if (v->part != RT_REFVAL_MEASUREMENTS)
            continue;
        if (!ratls_bytes_equal(v->bytes, rim))
            return malformed(refs, RIM, "another RIM than that of the digest list");
        listed = true;
    }
    return listed ? RATLS_OK
                  : add(refs, (struct rt_refval){.part = RT_REFVAL_MEASUREMENTS, .reg = -1},
                        refs->ima_rim, rim.len);
}

/* ---- the document ---- */

/* {"refs": "{...}"}, {"refs": {...}} or the inner object alone. */
static enum ratls_err open_refs(struct refs *refs, struct ratls_bytes json)
{
    cJSON *outer = NULL, *member = NULL;
    enum ratls_err e =
        rt_json_parse_up_to(json, RT_MAX_FILE, RATLS_E_BUNDLE_FORMAT, &outer, refs->err);

    if (e)
        return e;
    member = cJSON_GetObjectItemCaseSensitive(outer, "refs");
    if (!member) {
        refs->inner = outer;
        return RATLS_OK;
    }
    if (member->prev != member || member->next)
        e = malformed(refs, "refs", "it is not alone");
    else if (cJSON_IsString(member))
        e = rt_json_parse_up_to(ratls_bytes_str(member->valuestring), RT_MAX_FILE,
                                RATLS_E_BUNDLE_FORMAT, &refs->inner, refs->err);
    else
        refs->inner = cJSON_DetachItemViaPointer(outer, member);
    rt_json_free(outer);
    return e;
}

static enum ratls_err read_refs(struct refs *refs)
{
    cJSON *member;

    if (!cJSON_IsObject(refs->inner) || !refs->inner->child)
        return ratls_fail(refs->err, RATLS_E_BUNDLE_FORMAT, "refs: no object with names");
    cJSON_ArrayForEach(member, refs->inner)
    {
        enum ratls_err e = read_name(refs, member);
        if (e)
            return e;
    }
    return join_rim(refs);
}

static enum ratls_err put_document(struct refs *refs, const char *name, struct ratls_buffer *out)
{
    const struct rt_refval_item item = {
        .tee = TEE, .name = ratls_bytes_str(name), .version = 1, .values = &refs->values};
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{\"format\":\"" RT_DOCUMENT_FORMAT "\",\"items\":[");
    enum ratls_err e = rt_refval_put_item(&w, &item, RATLS_E_BUNDLE_FORMAT, refs->err);
    rt_json_put_raw(&w, "]}");
    if (e == RATLS_OK)
        e = rt_trust_text_take(&w, out, refs->err);
    rt_writer_free(&w);
    return e;
}

enum ratls_err ratls_refs_read(struct ratls_bytes json, const char *tee, const char *name,
                               struct ratls_buffer *out, struct ratls_error *err)
{
    struct refs refs = {.err = err};
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if (!tee || strcmp(tee, TEE) != 0)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "refs: names are known of " TEE " only");
    if (!name || !rt_trust_text_is_name(ratls_bytes_str(name)))
        return ratls_fail(err, RATLS_E_USAGE, "refs: no good name for the set");
    if ((e = open_refs(&refs, json)) == RATLS_OK && (e = read_refs(&refs)) == RATLS_OK)
        e = put_document(&refs, name, out);
    rt_refval_free(&refs.values);
    rt_json_free(refs.inner);
    return e ? ratls_fail(err, e, "refs: %s", ratls_err_text(e)) : RATLS_OK;
}

static bool is_rim(const char *text)
{
    uint8_t bytes[MAX_VALUE];
    size_t n = sizeof bytes;

    return text && rt_unhex(text, strlen(text), bytes, &n) && rt_corim_alg(n);
}

static enum ratls_err put_digest(void *arg, struct ratls_bytes digest)
{
    struct rt_writer *w = arg;

    if (w->p[w->len - 1] != '[')
        rt_put_u8(w, ',');
    rt_json_put_utf8(w, digest);
    return w->bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

enum ratls_err ratls_refs_of_digests(struct ratls_bytes list, const char *rim,
                                     struct ratls_buffer *out, struct ratls_error *err)
{
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    if (list.len > RT_MAX_FILE)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "digest list: %zu bytes, at most %d",
                          list.len, RT_MAX_FILE);
    if (!is_rim(rim))
        return ratls_fail(err, RATLS_E_USAGE, "digest list: the RIM is no hash in hex");
    rt_json_put_raw(&w, "{\"" IMA);
    rt_put_bytes(&w, ratls_bytes_str(rim));
    rt_json_put_raw(&w, "\":[");
    enum ratls_err e = w.bad ? RATLS_E_NO_MEMORY : each_digest(list, put_digest, &w, err);
    rt_json_put_raw(&w, "]}");
    if (e == RATLS_OK)
        e = rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e ? ratls_fail(err, e, "digest list: %s", ratls_err_text(e)) : RATLS_OK;
}
