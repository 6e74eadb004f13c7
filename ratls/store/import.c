/* A trust document of somebody else, all of it or nothing. */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "document.h"
#include "json.h"
#include "rules.h"
#include "store_impl.h"

struct import {
    const struct ratls_store_import *by;
    const char *issuer, *bundle; /* in `json` */
    int64_t revision;
    cJSON *json;
    struct rt_entry *items;
    size_t n;
};

static void import_free(struct import *im)
{
    for (size_t i = 0; i < im->n; i++)
        rt_entry_free(&im->items[i]);
    free(im->items);
    rt_json_free(im->json);
}

/* ---- reading ---- */

static enum ratls_err malformed(struct ratls_error *err, const char *why)
{
    return ratls_fail(err, RATLS_E_TRUST_FORMAT, "the document: %s", why);
}

static const char *text_of(const cJSON *json, const char *name)
{
    const cJSON *member = rt_json_member(json, name);

    return cJSON_IsString(member) ? member->valuestring : NULL;
}

static enum ratls_err check_known(const cJSON *json, struct ratls_error *err)
{
    static const char *const known[] = {"format", "issuer", "bundle", "revision", "items"};

    for (const cJSON *m = json->child; m; m = m->next) {
        size_t i = 0;
        while (i < RT_COUNT(known) && strcmp(known[i], m->string) != 0)
            i++;
        if (i == RT_COUNT(known))
            return ratls_fail(err, RATLS_E_TRUST_FORMAT, "the document: unknown member '%s'",
                              m->string);
    }
    return RATLS_OK;
}

static enum ratls_err read_head(struct import *im, struct ratls_error *err)
{
    const char *format = text_of(im->json, "format");
    enum ratls_err e = check_known(im->json, err);

    if (e)
        return e;
    if (!format || strcmp(format, RT_DOCUMENT_FORMAT) != 0)
        return malformed(err, "'format' is not " RT_DOCUMENT_FORMAT);
    im->issuer = text_of(im->json, "issuer");
    im->bundle = text_of(im->json, "bundle");
    if (!rt_is_author(im->issuer))
        return malformed(err, "'issuer' is no text of 1 to 128 printable characters");
    if (!rt_is_name(im->bundle))
        return malformed(err, "'bundle' is no name");
    if (!rt_json_int(rt_json_member(im->json, "revision"), 1, RT_MAX_TIME, &im->revision))
        return malformed(err, "'revision' is no number from 1 on");
    return RATLS_OK;
}

static enum ratls_err read_item(const cJSON *json, struct rt_entry *out, struct ratls_error *err)
{
    if (rt_json_member(json, "changed")) /* is for files of a folder */
        return ratls_fail(err, RATLS_E_TRUST_FORMAT, "unknown member 'changed'");
    return rt_entry_of_json(json, out, err);
}

static bool is_revocation(const struct rt_entry *item)
{
    return strcmp(item->view.ref.kind, "revocation") == 0;
}

static int revocations_first(const void *a, const void *b)
{
    const struct rt_entry *x = a, *y = b;

    if (is_revocation(x) != is_revocation(y))
        return is_revocation(x) ? -1 : 1;
    return rt_ref_compare(&x->view.ref, &y->view.ref);
}

static enum ratls_err read_items(struct import *im, struct ratls_error *err)
{
    const cJSON *items = rt_json_member(im->json, "items");
    enum ratls_err e = RATLS_OK;

    if (!cJSON_IsArray(items))
        return malformed(err, "'items' is no list");
    const int n = cJSON_GetArraySize(items);
    if (n > RT_MAX_ITEMS)
        return malformed(err, "too many items");
    if (!(im->items = calloc((size_t)n + 1, sizeof *im->items)))
        return RATLS_E_NO_MEMORY;
    for (const cJSON *i = items->child; !e && i; i = i->next)
        if ((e = read_item(i, &im->items[im->n], err)) == RATLS_OK)
            im->n++;
    qsort(im->items, im->n, sizeof *im->items, revocations_first);
    for (size_t i = 1; !e && i < im->n; i++)
        if (rt_ref_compare(&im->items[i - 1].view.ref, &im->items[i].view.ref) == 0)
            e = ratls_fail(err, RATLS_E_TRUST_FORMAT, "%s %s is in the document twice",
                           im->items[i].view.ref.kind, im->items[i].view.ref.name);
    return e;
}

static enum ratls_err read_document(struct import *im, struct ratls_bytes document,
                                    struct ratls_error *err)
{
    enum ratls_err e =
        rt_json_parse_up_to(document, RT_MAX_FILE, RATLS_E_TRUST_FORMAT, &im->json, err);

    if (!e && !cJSON_IsObject(im->json))
        e = malformed(err, "no object");
    if (!e)
        e = read_head(im, err);
    return e ? e : read_items(im, err);
}

/* ---- revisions: the trail remembers them ---- */

static void subject_of(const struct import *im, int64_t revision, char out[RT_SUBJECT_LEN])
{
    (void)snprintf(out, RT_SUBJECT_LEN, "bundle/%s/%lld/%s", im->bundle, (long long)revision,
                   im->issuer);
}

/* The revision in a subject of this issuer and bundle; 0: it is of another. */
static int64_t revision_of(const struct import *im, const char *subject)
{
    char expected[RT_SUBJECT_LEN];
    int64_t revision;
    const char *name_end = rt_starts_with(ratls_bytes_str(subject), "bundle/")
                               ? strchr(subject + strlen("bundle/"), '/')
                               : NULL;
    const char *end = name_end ? strchr(name_end + 1, '/') : NULL;

    if (!end || end - name_end > 20)
        return 0;
    (void)snprintf(expected, sizeof expected, "%.*s", (int)(end - name_end - 1), name_end + 1);
    if (!rt_decimal(expected, RT_MAX_TIME, &revision))
        return 0;
    subject_of(im, revision, expected);
    return strcmp(expected, subject) == 0 ? revision : 0;
}

static enum ratls_err compare_revision(void *arg, const struct rt_event *event,
                                       struct ratls_error *err)
{
    const struct import *im = arg;
    const int64_t taken = revision_of(im, event->view.subject);

    if (im->revision > taken)
        return RATLS_OK;
    return ratls_fail(err, RATLS_E_ROLLBACK,
                      "revision %lld of %s is not above %lld, which was taken",
                      (long long)im->revision, im->bundle, (long long)taken);
}

/* ---- items ---- */

static enum ratls_err move_on(struct rt_change *c, struct rt_entry *mine,
                              const struct rt_entry *item, struct ratls_error *err)
{
    const struct ratls_store_item *a = &mine->view, *b = &item->view;

    if (!ratls_bytes_equal(a->body, b->body) || a->not_before != b->not_before ||
        a->not_after != b->not_after)
        return ratls_fail(err, RATLS_E_ROLLBACK,
                          "%s %s, version %lld, is here with another content", b->ref.kind,
                          b->ref.name, (long long)b->ref.version);
    return item->state > mine->state ? rt_change_state(c, mine, item->state, err) : RATLS_OK;
}

static enum ratls_err take_item(struct rt_change *c, const struct rt_entry *item,
                                const char *importer, struct ratls_error *err)
{
    struct ratls_store_item taken = item->view;

    if (!*taken.author)
        taken.author = importer;
    if (taken.created == 0)
        taken.created = c->time;
    taken.changed = c->time;
    enum ratls_err e = rt_entry_check(&taken, RATLS_E_TRUST_FORMAT, err);
    if (!e)
        e = rt_rule_not_secret(&taken.ref, RATLS_E_TRUST_FORMAT, err);
    if (e)
        return e;
    struct rt_entry *mine = rt_snapshot_find(&c->now, &taken.ref);
    if (mine)
        return move_on(c, mine, item, err);
    if (item->state <= RT_ACTIVE)
        e = rt_rule_newest(&c->now, &taken.ref, err);
    return e ? e : rt_change_add(c, &taken, err);
}

static enum ratls_err import_all(struct rt_change *c, void *arg, struct ratls_error *err)
{
    const struct import *im = arg;
    char subject[RT_SUBJECT_LEN], detail[RATLS_STORE_DETAIL_MAX];
    enum ratls_err e = c->store->place->events(c->store->self, 1, compare_revision, arg, err);

    subject_of(im, im->revision, subject);
    (void)snprintf(detail, sizeof detail, "signed by %s", im->by->by);
    if (!e)
        e = rt_change_append(
            c, &(struct rt_row){.action = "import", .subject = subject, .detail = detail}, err);
    for (size_t i = 0; !e && i < im->n; i++)
        e = take_item(c, &im->items[i], im->by->author, err);
    return e ? e : rt_rule_fits(c->store->env, &c->now, err);
}

enum ratls_err ratls_store_import(struct ratls_store *s, struct ratls_bytes document,
                                  const struct ratls_store_import *import, struct ratls_error *err)
{
    struct import im = {.by = import};

    if (!rt_is_author(import->author) || !rt_is_author(import->by))
        return ratls_fail(err, RATLS_E_USAGE, "'author', 'by': 1 to %d printable characters",
                          RATLS_STORE_AUTHOR_MAX);
    enum ratls_err e = read_document(&im, document, err);
    if (!e)
        e = rt_store_change(s, import->author, import_all, &im, err);
    import_free(&im);
    return e;
}
