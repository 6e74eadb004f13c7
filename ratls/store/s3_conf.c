#include "s3_conf.h"

#include <stdlib.h>

#include "easy.h"
#include "json.h"
#include "record.h"
#include "secret_file.h"

#define SCHEME_TAG "s3+"

enum { TIMEOUT_S = 10, MAX_TIMEOUT_S = 600, MIN_BUCKET = 3, MAX_BUCKET = 63, KEY_MEMBERS = 3 };

static enum ratls_err refused(struct ratls_error *err, const char *why)
{
    return ratls_fail(err, RATLS_E_USAGE, "the URL of an object store is refused: %s", why);
}

/* ---- bucket and prefix ---- */

static bool is_path_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("._-/", c);
}

/* Nothing that is written in more than one way in a URL: what is signed is what is sent. */
static const char *objection(const char *path)
{
    const size_t len = strlen(path);
    const size_t bucket = len ? strcspn(path + 1, "/") : 0;

    if (bucket < MIN_BUCKET || bucket > MAX_BUCKET)
        return "it names no bucket";
    if (len > RT_S3_MAX_PATH || strstr(path, "//") || path[len - 1] == '/')
        return "its prefix is too long, or has empty parts";
    for (const char *c = path; *c; c++)
        if (!is_path_char(*c))
            return "bucket and prefix are of letters, digits, '.', '_', '-' and '/'";
    return NULL;
}

static enum ratls_err take_base(CURLU *u, struct rt_s3_conf *out, struct ratls_error *err)
{
    char *path = NULL, *base = NULL;
    enum ratls_err e = RATLS_E_NO_MEMORY;

    if (curl_url_get(u, CURLUPART_PATH, &path, 0) == CURLUE_OK) {
        const char *why = objection(path);
        if (why)
            e = refused(err, why);
        else if (curl_url_set(u, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
                 curl_url_get(u, CURLUPART_URL, &base, 0) == CURLUE_OK &&
                 (out->base = strdup(base)) != NULL)
            e = RATLS_OK;
    }
    curl_free(path);
    curl_free(base);
    return e;
}

/* ---- parameters ---- */

static enum ratls_err take_keys_file(struct rt_s3_conf *out, const char *value,
                                     struct ratls_error *err)
{
    if (out->keys_file || *value != '/' || strchr(value, '%'))
        return refused(err, "'keys' is the absolute path of one file, as it is");
    out->keys_file = strdup(value);
    return out->keys_file ? RATLS_OK : RATLS_E_NO_MEMORY;
}

static enum ratls_err take_timeout(struct rt_s3_conf *out, const char *value,
                                   struct ratls_error *err)
{
    int64_t seconds;

    if (out->timeout_ms || !rt_decimal(value, MAX_TIMEOUT_S, &seconds) || seconds == 0)
        return refused(err, "'timeout' is 1 to 600 seconds");
    out->timeout_ms = 1000 * seconds;
    return RATLS_OK;
}

/* `text` is changed. */
static enum ratls_err take_parameters(struct rt_s3_conf *out, char *text, struct ratls_error *err)
{
    static const struct {
        const char *name;
        enum ratls_err (*take)(struct rt_s3_conf *out, const char *value, struct ratls_error *err);
    } known[] = {{"keys=", take_keys_file}, {"timeout=", take_timeout}};
    enum ratls_err e = RATLS_OK;
    char *rest = NULL;

    for (char *at = strtok_r(text, "&", &rest); at && !e; at = strtok_r(NULL, "&", &rest)) {
        size_t i = 0;
        while (i < RT_COUNT(known) && strncmp(at, known[i].name, strlen(known[i].name)) != 0)
            i++;
        e = i < RT_COUNT(known) ? known[i].take(out, at + strlen(known[i].name), err)
                                : refused(err, "its parameters are 'keys' and 'timeout'");
    }
    return e;
}

enum ratls_err rt_s3_conf_url(const char *url, struct rt_s3_conf *out, struct ratls_error *err)
{
    CURLU *u = NULL;
    char *query = NULL;

    *out = (struct rt_s3_conf){0};
    if (strncmp(url, SCHEME_TAG, strlen(SCHEME_TAG)) != 0)
        return refused(err, "it is not s3+https://...");
    enum ratls_err e = rt_easy_url(url + strlen(SCHEME_TAG), true, &u, err);
    if (e)
        return e;
    if (curl_url_get(u, CURLUPART_QUERY, &query, 0) == CURLUE_OK)
        e = take_parameters(out, query, err);
    if (!e && !out->keys_file)
        e = refused(err, "it lacks ?keys=/PATH");
    if (!e)
        e = take_base(u, out, err);
    if (!out->timeout_ms)
        out->timeout_ms = 1000 * TIMEOUT_S;
    curl_free(query);
    curl_url_cleanup(u);
    return e;
}

/* ---- the file with the keys ---- */

/* A string as it stands there: visible, and without escapes. */
static bool take_text(struct ratls_bytes json, char *out, size_t size)
{
    if (json.len < 3 || json.len - 2 >= size || json.p[0] != '"')
        return false;
    for (size_t i = 1; i < json.len - 1; i++)
        if (json.p[i] <= ' ' || json.p[i] > '~' || json.p[i] == '\\')
            return false;
    memcpy(out, json.p + 1, json.len - 2);
    out[json.len - 2] = 0;
    return true;
}

/* It becomes part of a header, and of libcurl's option, which is split at colons. */
static bool is_region(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == 0;
}

static bool take_keys(const struct rt_json_part *parts, struct rt_s3_conf *out)
{
    return take_text(parts[0].text, out->region, sizeof out->region) && is_region(out->region) &&
           take_text(parts[1].text, out->keys->access, sizeof out->keys->access) &&
           !strchr(out->keys->access, ':') &&
           take_text(parts[2].text, out->keys->secret, sizeof out->keys->secret);
}

enum ratls_err rt_s3_conf_keys(struct ratls_bytes text, struct rt_s3_conf *out,
                               struct ratls_error *err)
{
    struct rt_json_part parts[] = {
        {.name = "region"}, {.name = "access_key"}, {.name = "secret_key"}, {.name = "ca_file"}};
    char ca_file[512];
    const bool with_ca = rt_json_mentions(text, parts[KEY_MEMBERS].name);
    /* Its own words might show what the file holds. */
    enum ratls_err e =
        rt_json_split(text, RATLS_E_USAGE, parts, with_ca ? RT_COUNT(parts) : KEY_MEMBERS, NULL);

    if (e == RATLS_E_NO_MEMORY)
        return e;
    if (e || !take_keys(parts, out) ||
        (with_ca && !take_text(parts[KEY_MEMBERS].text, ca_file, sizeof ca_file)))
        return ratls_fail(err, RATLS_E_USAGE,
                          "the file with the keys is not {\"region\", \"access_key\","
                          " \"secret_key\", \"ca_file\"}, all of them plain texts");
    if (with_ca && !(out->ca_file = strdup(ca_file)))
        return RATLS_E_NO_MEMORY;
    return RATLS_OK;
}

enum ratls_err rt_s3_conf(const char *url, struct rt_s3_conf *out, struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err e = rt_s3_conf_url(url, out, err);

    if (e)
        return e;
    if (!(out->keys = rt_secret_alloc(sizeof *out->keys)))
        return RATLS_E_NO_MEMORY;
    const struct rt_secret_file file = {out->keys_file, RATLS_E_STORE_DENIED};
    size_t len = sizeof out->keys->text;
    e = rt_secret_file_read(&file, out->keys->text, &len, &why);
    if (e) /* a file that is not there is no store that is not there */
        return ratls_fail(err, e == RATLS_E_NOT_FOUND ? RATLS_E_STORE_DENIED : e, "%s", why.detail);
    e = rt_s3_conf_keys(ratls_bytes(out->keys->text, len), out, err);
    rt_wipe(out->keys->text, sizeof out->keys->text);
    return e;
}

void rt_s3_conf_free(struct rt_s3_conf *c)
{
    free(c->base);
    free(c->keys_file);
    free(c->ca_file);
    rt_secret_free(c->keys, sizeof *c->keys);
    *c = (struct rt_s3_conf){0};
}
