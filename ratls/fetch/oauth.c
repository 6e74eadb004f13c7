#include "oauth.h"

#include <stdio.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "ratls/token.h"

/* ---- what is asked ---- */

/* RFC 3986 s.2.3. */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

void rt_oauth_put(struct rt_writer *w, const char *name, const char *value)
{
    char percent[4];

    if (!value)
        return;
    if (w->len > 0)
        rt_put_u8(w, '&');
    rt_put_bytes(w, ratls_bytes_str(name));
    rt_put_u8(w, '=');
    for (; *value; value++) {
        (void)snprintf(percent, sizeof percent, "%%%02X", (unsigned)(unsigned char)*value);
        rt_put(w, is_unreserved(*value) ? value : percent, is_unreserved(*value) ? 1 : 3);
    }
}

/* ---- a token ---- */

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *member = rt_json_member(object, name);

    return cJSON_IsString(member) ? member->valuestring : NULL;
}

/* Three parts of base64url, the signature among them (RFC 7515 s.3.1). */
static bool is_compact(const char *text)
{
    const size_t len = strlen(text);
    unsigned dots = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' && (i == 0 || text[i - 1] == '.' || i + 1 == len))
            return false;
        dots += text[i] == '.';
        if (text[i] == '~' || (text[i] != '.' && !is_unreserved(text[i])))
            return false;
    }
    return dots == 2 && len <= RATLS_TOKEN_MAX;
}

/* NULL: it is one of the type that is due, and no bearer token in its place: one that counts with
 * the key of its `cnf`. */
static const char *objection(const cJSON *answer, const char *due)
{
    const char *token = text_of(answer, "access_token");
    const char *issued = text_of(answer, "issued_token_type"),
               *type = text_of(answer, "token_type");
    int64_t lifetime;

    if (!token || !is_compact(token))
        return "no token";
    if (!issued || strcmp(issued, RT_TYPE_JWT) != 0)
        return "its token is no JWT";
    if (!type || strcasecmp(type, due) != 0)
        return "its token is of another type";
    if (rt_json_has(answer, "expires_in") &&
        !rt_json_int(rt_json_member(answer, "expires_in"), 1, RT_JSON_INT_MAX, &lifetime))
        return "its token is over";
    return NULL;
}

enum ratls_err rt_oauth_token(struct ratls_bytes body, const char *type, struct ratls_buffer *token,
                              struct ratls_error *err)
{
    cJSON *answer = NULL;
    enum ratls_err e = rt_json_parse(body, RATLS_E_FETCH, &answer, err);

    *token = (struct ratls_buffer){0};
    if (e)
        return e;
    const char *why = objection(answer, type);
    e = why ? ratls_fail(err, RATLS_E_FETCH, "the answer of the token endpoint: %s", why)
            : rt_dup(ratls_bytes_str(text_of(answer, "access_token")), token);
    rt_json_free(answer);
    return e;
}

/* ---- errors ---- */

struct meaning {
    const char *word; /* RFC 6749 s.5.2 and 4.1.2.1, RFC 8693 s.2.2.2, RFC 8628 s.3.5, RFC 9449 */
    enum ratls_err e;
};

static const struct meaning meanings[] = {
    {"invalid_request", RATLS_E_USAGE},           {"invalid_scope", RATLS_E_USAGE},
    {"unsupported_grant_type", RATLS_E_USAGE},    {"invalid_target", RATLS_E_NOT_FOUND},
    {"invalid_dpop_proof", RATLS_E_USAGE},        {"use_dpop_nonce", RATLS_E_USAGE},
    {"invalid_client", RATLS_E_PEER_DENIED},      {"invalid_grant", RATLS_E_PEER_DENIED},
    {"unauthorized_client", RATLS_E_PEER_DENIED}, {"access_denied", RATLS_E_PEER_DENIED},
    {"temporarily_unavailable", RATLS_E_LIMIT},   {"slow_down", RATLS_E_LIMIT},
};

static enum ratls_err meaning_of_word(const char *word)
{
    for (size_t i = 0; i < RT_COUNT(meanings); i++)
        if (strcmp(meanings[i].word, word) == 0)
            return meanings[i].e;
    return RATLS_E_FETCH;
}

static enum ratls_err meaning_of_status(int status)
{
    switch (status) {
    case 400:
    case 405:
    case 406:
        return RATLS_E_USAGE;
    case 401:
    case 403:
        return RATLS_E_PEER_DENIED;
    case 404:
    case 410:
        return RATLS_E_NOT_FOUND;
    case 429:
        return RATLS_E_LIMIT;
    }
    return RATLS_E_FETCH;
}

/* NULL where the body is no JSON object: then the status alone counts. */
static cJSON *object_of(struct ratls_bytes body)
{
    cJSON *json = NULL;

    if (rt_json_parse(body, RATLS_E_FETCH, &json, NULL) == RATLS_OK && cJSON_IsObject(json))
        return json;
    rt_json_free(json);
    return NULL;
}

bool rt_oauth_wants_nonce(struct ratls_bytes body)
{
    cJSON *json = object_of(body);
    const char *word = text_of(json, "error");
    const bool wants = word && strcmp(word, "use_dpop_nonce") == 0;

    rt_json_free(json);
    return wants;
}

static enum ratls_err fail_with(enum ratls_err e, int status, const char *what, const char *more,
                                struct ratls_error *err)
{
    return ratls_fail(err, e, "status %d%s%.80s%s%.120s", status, what ? ": " : "",
                      what ? what : "", more ? ": " : "", more ? more : "");
}

enum ratls_err rt_oauth_error(int status, struct ratls_bytes body, struct ratls_error *err)
{
    cJSON *json = object_of(body);
    const char *word = text_of(json, "error");
    const enum ratls_err e = fail_with(word ? meaning_of_word(word) : meaning_of_status(status),
                                       status, word, text_of(json, "error_description"), err);

    rt_json_free(json);
    return e;
}

enum ratls_err rt_problem_error(int status, struct ratls_bytes body, struct ratls_error *err)
{
    cJSON *json = object_of(body);
    const enum ratls_err e = fail_with(meaning_of_status(status), status, text_of(json, "title"),
                                       text_of(json, "detail"), err);

    rt_json_free(json);
    return e;
}
