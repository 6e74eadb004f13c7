#include "trust_document.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "json.h"
#include "policy.h"

#define FORMAT "ratls-trust/1"

#define MAX_VERSION  INT64_C(2147483647)
#define MAX_REVISION INT64_C(9007199254740991) /* 2^53 - 1 */
#define MAX_TIME     INT64_C(253402300799)     /* the end of 9999 */

enum { AUTHOR_MAX = 128 };

struct anchor_item {
    struct rt_item item;
    const cJSON *body; /* of the document */
};

struct load {
    struct rt_item_reader r;
    const struct kind *kind;
    cJSON *entry; /* the item being read */
    struct rt_stored more;
    struct anchor_item *anchors;
    size_t n_anchors;
};

/* ---- what becomes of an item: there is room for it ---- */

static enum ratls_err take_baseline(struct load *l, cJSON *body)
{
    struct rt_baselines *all = &l->more.baselines;
    enum ratls_err e = rt_baseline_check(&l->r, body);

    if (e)
        return e;
    all->list[all->n++] =
        (struct rt_baseline){.item = l->r.item,
                             .body = cJSON_DetachItemViaPointer(l->entry, body),
                             .by_measurement = rt_json_member(body, "measurements") != NULL};
    return RATLS_OK;
}

static enum ratls_err take_revocation(struct load *l, cJSON *body)
{
    struct rt_revocations *all = &l->more.revocations;
    enum ratls_err e = rt_revocation_read(&l->r, body, &all->list[all->n]);

    if (e == RATLS_OK)
        all->n++;
    return e;
}

static enum ratls_err take_anchor(struct load *l, cJSON *body)
{
    l->anchors[l->n_anchors++] = (struct anchor_item){l->r.item, body};
    return RATLS_OK;
}

/* A policy that could not be used when its turn comes is refused now. */
static enum ratls_err check_policy(struct load *l, const char *text)
{
    struct ratls_error inner = {0};
    struct rt_policy *policy = NULL;
    enum ratls_err e = rt_policy_parse(ratls_bytes_str(text), &policy, &inner);

    rt_policy_free(policy);
    if (rt_is_own_failure(e))
        return ratls_fail(l->r.err, e, "stored policy");
    return e ? ratls_fail(l->r.err, RATLS_E_TRUST_FORMAT, "policy %s version %lld: %s",
                          l->r.item.name, (long long)l->r.item.version, inner.detail)
             : RATLS_OK;
}

static enum ratls_err take_policy(struct load *l, cJSON *body)
{
    char *text = cJSON_PrintUnformatted(body);
    enum ratls_err e =
        text ? check_policy(l, text) : ratls_fail(l->r.err, RATLS_E_NO_MEMORY, "stored policy");

    if (e) {
        free(text);
        return e;
    }
    l->more.policies[l->more.n_policies++] =
        (struct rt_stored_policy){.item = l->r.item, .text = text};
    return RATLS_OK;
}

/* ---- members of an item ---- */

static const struct kind {
    const char *name;
    bool has_tee, may_have_tee;
    enum ratls_err (*take)(struct load *l, cJSON *body);
} kinds[] = {
    {"refval", true, true, take_baseline},
    {"anchor", true, true, take_anchor},
    {"policy", false, false, take_policy},
    {"revocation", false, true, take_revocation},
};

static enum ratls_err malformed(struct load *l, const cJSON *value, const char *why)
{
    return rt_item_malformed(&l->r, value->string, why);
}

static enum ratls_err read_kind(struct load *l, cJSON *value)
{
    for (size_t i = 0; cJSON_IsString(value) && i < RT_COUNT(kinds); i++) {
        if (strcmp(kinds[i].name, value->valuestring) == 0) {
            l->kind = &kinds[i];
            l->r.item.kind = kinds[i].name;
            return RATLS_OK;
        }
    }
    return malformed(l, value, "must be refval, anchor, policy or revocation");
}

/* Behind the kind: only a revocation holds with and without. */
static enum ratls_err read_tee(struct load *l, cJSON *value)
{
    const char *tee = cJSON_IsString(value) ? value->valuestring : "?";
    const size_t len = strspn(tee, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (len > RT_ITEM_TEE_MAX || tee[len])
        return malformed(l, value, "is not a name of a TEE");
    if (len > 0 && !l->kind->may_have_tee)
        return malformed(l, value, "has no place in a policy");
    memcpy(l->r.item.tee, tee, len + 1);
    return RATLS_OK;
}

static enum ratls_err read_name(struct load *l, cJSON *value)
{
    if (l->kind->has_tee && !l->r.item.tee[0])
        return rt_item_malformed(&l->r, "tee", "is missing");
    if (!cJSON_IsString(value) || !rt_item_good_name(value->valuestring))
        return malformed(l, value, "must be 1 to 64 letters, digits, '_' and '-'");
    memcpy(l->r.item.name, value->valuestring, strlen(value->valuestring) + 1);
    return RATLS_OK;
}

static enum ratls_err read_version(struct load *l, cJSON *value)
{
    int64_t version;

    if (!rt_json_int(value, 1, MAX_VERSION, &version))
        return malformed(l, value, "must be a number from 1 to 2147483647");
    l->r.item.version = version;
    return RATLS_OK;
}

static enum ratls_err read_state(struct load *l, cJSON *value)
{
    const char *name;

    for (unsigned i = 0; (name = rt_item_state_name((enum rt_item_state)i)) != NULL; i++) {
        if (cJSON_IsString(value) && strcmp(value->valuestring, name) == 0) {
            l->r.item.state = (enum rt_item_state)i;
            return RATLS_OK;
        }
    }
    return malformed(l, value, "must be draft, active, superseded or revoked");
}

static enum ratls_err read_time(struct load *l, cJSON *value, int64_t *out)
{
    return rt_json_int(value, 0, MAX_TIME, out) ? RATLS_OK
                                                : malformed(l, value, "must be seconds since 1970");
}

static enum ratls_err read_not_before(struct load *l, cJSON *value)
{
    return read_time(l, value, &l->r.item.not_before);
}

static enum ratls_err read_not_after(struct load *l, cJSON *value)
{
    struct rt_item *item = &l->r.item;
    enum ratls_err e = read_time(l, value, &item->not_after);

    if (e == RATLS_OK && item->not_after && item->not_after < item->not_before)
        e = malformed(l, value, "is before not_before");
    return e;
}

static enum ratls_err read_author(struct load *l, cJSON *value)
{
    if (!cJSON_IsString(value) || !rt_item_good_text(value->valuestring, AUTHOR_MAX))
        return malformed(l, value, "must be a text of 1 to 128 printable characters");
    return RATLS_OK;
}

static enum ratls_err read_created(struct load *l, cJSON *value)
{
    int64_t created;

    return read_time(l, value, &created);
}

static enum ratls_err read_body(struct load *l, cJSON *value)
{
    return cJSON_IsObject(value) ? RATLS_OK : malformed(l, value, "must be an object");
}

/* In the order of reading: the identity comes first, so that every refusal can tell it. */
static const struct field {
    const char *name;
    bool required;
    enum ratls_err (*read)(struct load *l, cJSON *value);
} fields[] = {
    {"kind", true, read_kind},
    {"tee", false, read_tee},
    {"name", true, read_name},
    {"version", true, read_version},
    {"state", true, read_state},
    {"not_before", false, read_not_before},
    {"not_after", false, read_not_after},
    {"author", false, read_author},
    {"created", false, read_created},
    {"body", true, read_body},
};

static enum ratls_err read_field(struct load *l, const struct field *f)
{
    cJSON *value = cJSON_GetObjectItemCaseSensitive(l->entry, f->name);

    if (value)
        return f->read(l, value);
    return f->required ? rt_item_malformed(&l->r, f->name, "is missing") : RATLS_OK;
}

static enum ratls_err refuse_unknown(struct load *l)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, l->entry)
    {
        size_t i = 0;
        while (i < RT_COUNT(fields) && strcmp(fields[i].name, member->string) != 0)
            i++;
        if (i == RT_COUNT(fields))
            return malformed(l, member, "is not a member known here");
    }
    return RATLS_OK;
}

static enum ratls_err read_item(struct load *l, cJSON *entry, size_t at)
{
    enum ratls_err e = RATLS_OK;

    l->entry = entry;
    l->r.at = at;
    l->r.item = (struct rt_item){0};
    if (!cJSON_IsObject(entry))
        return rt_item_malformed(&l->r, "items", "must hold objects");
    for (size_t i = 0; i < RT_COUNT(fields) && e == RATLS_OK; i++)
        e = read_field(l, &fields[i]);
    if (e || (e = refuse_unknown(l)) != RATLS_OK)
        return e;
    l->more.items[l->more.n_items++] = l->r.item;
    return l->kind->take(l, cJSON_GetObjectItemCaseSensitive(entry, "body"));
}

/* ---- the document ---- */

static enum ratls_err bad_document(const struct load *l, const char *member, const char *why)
{
    return ratls_fail(l->r.err, RATLS_E_TRUST_FORMAT, "trust document: '%s' %s", member, why);
}

/* Room for as many of each kind as there are items. */
static bool open_lists(struct load *l, size_t n)
{
    struct rt_stored *m = &l->more;

    m->items = calloc(n + 1, sizeof *m->items);
    m->baselines.list = calloc(n + 1, sizeof *m->baselines.list);
    m->revocations.list = calloc(n + 1, sizeof *m->revocations.list);
    m->policies = calloc(n + 1, sizeof *m->policies);
    m->origins = calloc(1, sizeof *m->origins);
    l->anchors = calloc(n + 1, sizeof *l->anchors);
    return m->items && m->baselines.list && m->revocations.list && m->policies && m->origins &&
           l->anchors;
}

static enum ratls_err read_items(struct load *l, const struct rt_stored *s, cJSON *list)
{
    const size_t n = (size_t)cJSON_GetArraySize(list);
    cJSON *entry;
    size_t at = 0;

    if (!cJSON_IsArray(list))
        return bad_document(l, "items", "must be a list");
    if (s->n_items + n > RT_MAX_TRUST_ITEMS)
        return bad_document(l, "items", "exceeds the 4096 items of a trust");
    if (!open_lists(l, n))
        return ratls_fail(l->r.err, RATLS_E_NO_MEMORY, "trust document");
    cJSON_ArrayForEach(entry, list)
    {
        enum ratls_err e = read_item(l, entry, at++);
        if (e)
            return e;
    }
    const struct rt_item *twice = rt_stored_find_twice(s, &l->more);
    if (!twice)
        return RATLS_OK;
    l->r.item = *twice;
    return rt_item_malformed(&l->r, "version", "is there twice");
}

/* issuer, bundle and revision: all or none. */
static enum ratls_err read_origin(struct load *l, const struct rt_stored *s, const cJSON *json)
{
    const cJSON *issuer = rt_json_member(json, "issuer"), *bundle = rt_json_member(json, "bundle");
    const cJSON *revision = rt_json_member(json, "revision");
    struct rt_origin *o = &l->more.origins[0];

    if (!issuer && !bundle && !revision)
        return RATLS_OK;
    if (!cJSON_IsString(issuer) || !rt_item_good_text(issuer->valuestring, RT_ISSUER_MAX))
        return bad_document(l, "issuer", "must be a text of 1 to 128 printable characters");
    if (!cJSON_IsString(bundle) || !rt_item_good_name(bundle->valuestring))
        return bad_document(l, "bundle", "must be 1 to 64 letters, digits, '_' and '-'");
    if (!rt_json_int(revision, 1, MAX_REVISION, &o->revision))
        return bad_document(l, "revision", "must be a number from 1");
    if (rt_stored_origin(s, issuer->valuestring, bundle->valuestring))
        return bad_document(l, "bundle", "is in the trust already");
    memcpy(o->issuer, issuer->valuestring, strlen(issuer->valuestring) + 1);
    memcpy(o->bundle, bundle->valuestring, strlen(bundle->valuestring) + 1);
    l->more.n_origins = 1;
    return RATLS_OK;
}

static enum ratls_err check_members(const struct load *l, const cJSON *json)
{
    static const char *const known[] = {"format", "issuer", "bundle", "revision", "items"};
    const cJSON *member;

    if (!cJSON_IsObject(json))
        return ratls_fail(l->r.err, RATLS_E_TRUST_FORMAT, "a trust document must be an object");
    cJSON_ArrayForEach(member, json)
    {
        size_t i = 0;
        while (i < RT_COUNT(known) && strcmp(known[i], member->string) != 0)
            i++;
        if (i == RT_COUNT(known))
            return bad_document(l, member->string, "is not a member known here");
    }
    const cJSON *format = rt_json_member(json, "format");
    if (!cJSON_IsString(format) || strcmp(format->valuestring, FORMAT) != 0)
        return bad_document(l, "format", "must be \"" FORMAT "\"");
    return RATLS_OK;
}

static enum ratls_err read_document(struct load *l, const struct rt_stored *s, cJSON *json)
{
    enum ratls_err e = check_members(l, json);

    if (e)
        return e;
    cJSON *items = cJSON_GetObjectItemCaseSensitive(json, "items");
    if (!items)
        return bad_document(l, "items", "is missing");
    if ((e = read_items(l, s, items)) != RATLS_OK)
        return e;
    l->more.n_values = l->r.n_values - s->n_values;
    return read_origin(l, s, json);
}

/* The last thing that can fail: all of them or none. */
static enum ratls_err add_anchors(const struct load *l, struct rt_anchors *anchors)
{
    enum ratls_err e = RATLS_OK;

    if (l->n_anchors == 0)
        return RATLS_OK;
    if (!anchors)
        return ratls_fail(l->r.err, RATLS_E_STATE, "anchors come before collateral");
    const struct rt_anchors_mark before = rt_anchors_mark(anchors);
    for (size_t i = 0; i < l->n_anchors && e == RATLS_OK; i++) {
        const struct rt_item *item = &l->anchors[i].item;
        const struct rt_stored_anchor one = {.tee = item->tee,
                                             .name = item->name,
                                             .not_before = item->not_before,
                                             .not_after = item->not_after,
                                             .active = item->state == RT_ITEM_ACTIVE,
                                             .body = l->anchors[i].body};
        e = rt_anchors_add_item(anchors, &one, l->r.err);
    }
    if (e)
        rt_anchors_rewind(anchors, &before);
    return e;
}

enum ratls_err rt_document_add(struct rt_stored *s, struct rt_anchors *anchors,
                               struct ratls_bytes json, struct ratls_error *err)
{
    struct load l = {.r = {.n_values = s->n_values, .err = err}};
    cJSON *tree = NULL;
    enum ratls_err e = rt_json_parse_up_to(json, RT_MAX_FILE, RATLS_E_TRUST_FORMAT, &tree, err);

    if (e == RATLS_OK)
        e = read_document(&l, s, tree);
    if (e == RATLS_OK && (e = rt_stored_reserve(s, &l.more)) != RATLS_OK)
        e = ratls_fail(err, e, "trust document");
    if (e == RATLS_OK)
        e = add_anchors(&l, anchors);
    if (e == RATLS_OK)
        rt_stored_move(s, &l.more);
    rt_stored_free(&l.more);
    free(l.anchors);
    rt_json_free(tree);
    return e;
}
