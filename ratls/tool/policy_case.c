/* One case of `ratls policy test`. Members that are no member of a case are options of `ratls
 * verify`, with the same meaning and no other. */
#include "policy_case.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#define MAX_EXACT 9007199254740991.0 /* 2^53 - 1 */

static const char *text_of(const struct policy_case *c, const char *member)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(c->json, member));
}

static bool wrong(const struct policy_case *c, const char *member, const char *why)
{
    tool_fail("%s: '%s' %s", c->name ? c->name : "case", member, why);
    return false;
}

/* ---- the document ---- */

static bool is_twice(const cJSON *item)
{
    for (const cJSON *other = item->next; other && item->string; other = other->next)
        if (strcmp(other->string, item->string) == 0)
            return true;
    return false;
}

/* cJSON keeps both of two members of one name; a case must not mean either. */
static const char *find_duplicate(const cJSON *json)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json)
    {
        const char *below = is_twice(item) ? item->string : find_duplicate(item);
        if (below)
            return below;
    }
    return NULL;
}

static bool is_reason(const char *text)
{
    for (int e = RATLS_OK + 1; e < RATLS_ERR_COUNT; e++)
        if (strcmp(text, ratls_err_reason((enum ratls_err)e)) == 0)
            return true;
    return strcmp(text, "allow") == 0;
}

/* The whole file must be one object. */
static cJSON *parse(struct ratls_bytes text)
{
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts((const char *)text.p, text.len, &end, false);

    while (json && end < (const char *)text.p + text.len && strchr(" \t\r\n", *end) && *end)
        end++;
    if (cJSON_IsObject(json) && end == (const char *)text.p + text.len)
        return json;
    cJSON_Delete(json);
    return NULL;
}

static bool read_document(const char *path, struct policy_case *c)
{
    struct ratls_buffer file = {0};
    const char *twice;

    if (!tool_read(path, &file))
        return false;
    c->json = parse(ratls_bytes(file.p, file.len));
    ratls_buffer_free(&file);
    c->name = text_of(c, "name");
    c->expect = text_of(c, "expect");
    if (!c->name || !c->name[0]) {
        tool_fail("%s: must be an object in JSON with a 'name'", path);
        return false;
    }
    if ((twice = find_duplicate(c->json)) != NULL)
        return wrong(c, twice, "appears twice");
    return (c->expect && is_reason(c->expect)) ||
           wrong(c, "expect", "must be \"allow\" or a reason");
}

/* ---- paths ---- */

/* Kept until the case is freed; NULL: said on stderr. */
static const char *path_of(struct policy_case *c, const char *path)
{
    const size_t size = strlen(c->folder) + strlen(path) + 2;
    char *full = c->n_paths < CASE_MAX_PATHS ? malloc(size) : NULL;

    if (!full) {
        tool_fail("%s: too many files", c->name);
        return NULL;
    }
    snprintf(full, size, "%s%s%s", path[0] == '/' ? "" : c->folder, path[0] == '/' ? "" : "/",
             path);
    c->paths[c->n_paths++] = full;
    return full;
}

static bool read_policy(struct policy_case *c)
{
    const cJSON *policy = cJSON_GetObjectItemCaseSensitive(c->json, "policy");
    const char *path;

    if (cJSON_IsString(policy))
        return (path = path_of(c, policy->valuestring)) != NULL && tool_read(path, &c->policy);
    if (!cJSON_IsObject(policy))
        return wrong(c, "policy", "must be a policy, or the name of a file");
    c->policy.p = (uint8_t *)cJSON_PrintUnformatted(policy);
    c->policy.len = c->policy.p ? strlen((const char *)c->policy.p) : 0;
    return c->policy.p || wrong(c, "policy", "does not fit into memory");
}

/* ---- claims ---- */

static bool add_list(struct policy_case *c, const cJSON *list)
{
    const cJSON *item;

    (void)ratls_claims_add_item(c->claims, list->string, NULL);
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return wrong(c, list->string, "must be a list of texts");
        (void)ratls_claims_add_item(c->claims, list->string, item->valuestring);
    }
    return true;
}

static bool is_count(const cJSON *item)
{
    return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= MAX_EXACT &&
           (double)(uint64_t)item->valuedouble == item->valuedouble;
}

static bool add_claim(struct policy_case *c, const cJSON *item)
{
    if (cJSON_IsArray(item))
        return add_list(c, item);
    if (cJSON_IsString(item))
        (void)ratls_claims_set_text(c->claims, item->string, item->valuestring);
    else if (cJSON_IsBool(item))
        (void)ratls_claims_set_bool(c->claims, item->string, cJSON_IsTrue(item));
    else if (is_count(item))
        (void)ratls_claims_set_uint(c->claims, item->string, (uint64_t)item->valuedouble);
    else
        return wrong(c, item->string, "must be a text, a number, a truth value or a list");
    return true;
}

static bool read_claims(struct policy_case *c, const cJSON *object)
{
    const cJSON *item;

    if (!cJSON_IsObject(object))
        return wrong(c, "claims", "must be an object");
    if (!(c->claims = ratls_claims_new()))
        return wrong(c, "claims", "do not fit into memory");
    cJSON_ArrayForEach(item, object)
    {
        if (!add_claim(c, item))
            return false;
        if (ratls_claims_status(c->claims) != RATLS_OK)
            return wrong(c, item->string, "is no claim");
    }
    return true;
}

/* ---- options of verify ---- */

static bool is_in(const char *member, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], member) == 0)
            return true;
    return false;
}

/* How the outcome is shown is no business of a case. */
static const struct tool_option *find_option(const char *member)
{
    static const char *const others[] = {"json", "all"};

    for (size_t i = 0; i < tool_verify.n_options; i++)
        if (strcmp(tool_verify.options[i].name + 2, member) == 0 &&
            !is_in(member, others, TOOL_COUNT(others)))
            return &tool_verify.options[i];
    return NULL;
}

static bool is_path(const struct tool_option *o)
{
    return strcmp(o->value, "FILE") == 0 || strcmp(o->value, "PATH") == 0 ||
           strcmp(o->value, "DIR") == 0;
}

static bool add_value(struct policy_case *c, const struct tool_option *o, const cJSON *item)
{
    struct tool_value *v = &c->args.values[o - tool_verify.options];
    const char *text = cJSON_GetStringValue(item);

    if (!o->value && cJSON_IsTrue(item))
        text = o->name;
    else if (!o->value || !text)
        return wrong(c, o->name + 2, o->value ? "must be a text" : "must be true");
    else if (is_path(o) && !(text = path_of(c, text)))
        return false;
    if (v->n == (o->repeats ? TOOL_MAX_REPEATS : 1))
        return wrong(c, o->name + 2, "is given too often");
    v->items[v->n++] = text;
    return true;
}

static bool add_option(struct policy_case *c, const cJSON *member)
{
    const struct tool_option *o = find_option(member->string);
    const cJSON *item;

    if (!o)
        return wrong(c, member->string, "is not a member known here");
    if (!cJSON_IsArray(member))
        return add_value(c, o, member);
    cJSON_ArrayForEach(item, member)
    {
        if (!add_value(c, o, item))
            return false;
    }
    return true;
}

/* Beside claims nothing is read that evidence would be judged with. */
static bool read_members(struct policy_case *c)
{
    static const char *const own[] = {"name", "expect", "policy", "claims"};
    static const char *const with_claims[] = {"tee", "time", "service"};
    const cJSON *item;

    cJSON_ArrayForEach(item, c->json)
    {
        if (is_in(item->string, own, TOOL_COUNT(own)))
            continue;
        if (c->claims && find_option(item->string) &&
            !is_in(item->string, with_claims, TOOL_COUNT(with_claims)))
            return wrong(c, item->string, "has no effect beside 'claims'");
        if (!add_option(c, item))
            return false;
    }
    return true;
}

static bool read_case(const char *path, struct policy_case *c)
{
    if (!read_document(path, c) || !read_policy(c))
        return false;
    const cJSON *claims = cJSON_GetObjectItemCaseSensitive(c->json, "claims");
    if (!claims && !text_of(c, "evidence"))
        return wrong(c, "claims", "or 'evidence' must be there");
    if (claims && !text_of(c, "tee"))
        return wrong(c, "tee", "must say whose claims these are");
    return (!claims || read_claims(c, claims)) && read_members(c);
}

/* ---- judging ---- */

static bool conclude(struct policy_case *c, enum ratls_err e, const char *detail)
{
    c->found = e;
    snprintf(c->detail, sizeof c->detail, "%s", e ? detail : "");
    return true;
}

static bool try_claims(struct policy_case *c, const struct ratls_trust *trust)
{
    const struct ratls_env *env = tool_env();
    struct ratls_policy_question question = {
        .tee = text_of(c, "tee"), .claims = c->claims, .now = env->now(env->arg)};
    struct ratls_error err = {0};
    const char *time = text_of(c, "time");

    if (time && !tool_time(time, &question.now))
        return wrong(c, "time", "must be UNIX seconds or like 2025-06-27T04:53:20Z");
    enum ratls_err e = ratls_policy_try(trust, &question, &err);
    return conclude(c, e, err.detail);
}

static bool judge_evidence(struct policy_case *c)
{
    const struct tool_question question = {.args = &c->args,
                                           .env = tool_quiet_env(),
                                           .policy = ratls_bytes(c->policy.p, c->policy.len)};
    struct ratls_verdict *v = tool_judge(&question);

    if (!v)
        return false;
    conclude(c, ratls_verdict_code(v), ratls_verdict_detail(v));
    ratls_verdict_unref(v);
    return true;
}

/* A policy that cannot be read is an outcome as well. */
static bool judge(struct policy_case *c, struct ratls_trust *trust)
{
    struct ratls_error err = {0};
    enum ratls_err e = ratls_trust_set_policy_for(trust, ratls_bytes(c->policy.p, c->policy.len),
                                                  text_of(c, "service"), &err);

    if (e)
        return conclude(c, e, err.detail);
    return c->claims ? try_claims(c, trust) : judge_evidence(c);
}

bool policy_case_run(const char *folder, const char *path, struct policy_case *out)
{
    struct ratls_trust *trust = NULL;

    *out = (struct policy_case){.folder = folder};
    if (!read_case(path, out))
        return false;
    if (ratls_trust_new(tool_quiet_env(), &trust) != RATLS_OK)
        return wrong(out, "policy", "does not fit into memory");
    bool ok = judge(out, trust);
    ratls_trust_unref(trust);
    return ok;
}

bool policy_case_differs(const struct policy_case *c)
{
    return strcmp(c->expect, c->found ? ratls_err_reason(c->found) : "allow") != 0;
}

void policy_case_free(struct policy_case *c)
{
    for (size_t i = 0; i < c->n_paths; i++)
        free(c->paths[i]);
    ratls_buffer_free(&c->policy);
    ratls_claims_free(c->claims);
    cJSON_Delete(c->json);
    *c = (struct policy_case){0};
}
