/* member_support.h - a JSON document whose members are spoiled one after the other, each in every
 * way, for the tests of readers of signed documents.
 *
 * The document must hold every member that its reader knows, and only members that are obligatory
 * or named in `optional`. */
#ifndef MEMBER_SUPPORT_H
#define MEMBER_SUPPORT_H

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

typedef enum ratls_err member_parse_fn(struct ratls_bytes text, struct ratls_error *err);

struct members {
    const char *text;
    member_parse_fn *parse;
    const char *const *optional; /* may be absent, or be an empty list; NULL-terminated */
};

/* The `at`-th named member of the tree, in the order of the text; NULL past the end. */
static inline cJSON *member_at(cJSON *tree, size_t *at)
{
    cJSON *child, *found = NULL;

    cJSON_ArrayForEach(child, tree)
    {
        if (child->string && (*at)-- == 0)
            return child;
        if ((found = member_at(child, at)) != NULL)
            return found;
    }
    return NULL;
}

static inline cJSON *parent_of(cJSON *tree, const cJSON *member)
{
    cJSON *child, *found = NULL;

    cJSON_ArrayForEach(child, tree)
    {
        if (child == member)
            return tree;
        if ((found = parent_of(child, member)) != NULL)
            return found;
    }
    return NULL;
}

static inline bool is_optional(const struct members *m, const char *name)
{
    for (size_t i = 0; m->optional[i]; i++)
        if (strcmp(m->optional[i], name) == 0)
            return true;
    return false;
}

enum flaw {
    FLAW_ABSENT,
    FLAW_LETTER_CASE,
    FLAW_TWICE,
    FLAW_NULL,
    FLAW_TRUE,
    FLAW_TEXT,
    FLAW_NEGATIVE,
    FLAW_OBJECT,
    FLAW_LIST,
    FLAWS
};

static inline void put_flaw(cJSON *tree, cJSON *member, enum flaw flaw)
{
    cJSON *parent = parent_of(tree, member);
    static const char *const values[FLAWS] = {
        [FLAW_NULL] = "null",   [FLAW_TRUE] = "true", [FLAW_TEXT] = "\"?\"",
        [FLAW_NEGATIVE] = "-1", [FLAW_OBJECT] = "{}", [FLAW_LIST] = "[]"};

    if (flaw == FLAW_ABSENT)
        cJSON_Delete(cJSON_DetachItemViaPointer(parent, member));
    else if (flaw == FLAW_LETTER_CASE)
        member->string[0] = (char)(member->string[0] ^ 0x20);
    else if (flaw == FLAW_TWICE)
        cJSON_AddItemToObject(parent, member->string, cJSON_Duplicate(member, true));
    else
        cJSON_ReplaceItemInObjectCaseSensitive(parent, member->string, cJSON_Parse(values[flaw]));
}

/* An optional member may be away, which one of another letter case is; an optional list may be
 * empty. */
static inline bool is_allowed(const struct members *m, const cJSON *member, enum flaw flaw)
{
    return is_optional(m, member->string) && (flaw == FLAW_ABSENT || flaw == FLAW_LETTER_CASE ||
                                              (flaw == FLAW_LIST && cJSON_IsArray(member)));
}

/* Says whether there was an `at`-th member. */
static inline bool member_spoil(const struct members *m, size_t at, enum flaw flaw)
{
    cJSON *tree = cJSON_Parse(m->text), *member = member_at(tree, &at);
    char name[64], quoted[80];
    struct ratls_error err = {0};

    if (!member) {
        cJSON_Delete(tree);
        return false;
    }
    (void)snprintf(name, sizeof name, "%s", member->string);
    (void)snprintf(quoted, sizeof quoted, "'%s'", name);
    const bool allowed = is_allowed(m, member, flaw);
    /* the complaint is about what is missing in it, or about the text as a whole */
    const bool inside = flaw == FLAW_TWICE || (flaw == FLAW_OBJECT && cJSON_IsObject(member));
    put_flaw(tree, member, flaw);
    char *text = cJSON_PrintUnformatted(tree);
    enum ratls_err e = m->parse(ratls_bytes_str(text), &err);
    if (allowed)
        cr_expect_eq(e, RATLS_OK, "%s, flaw %d: %s", name, flaw, err.detail);
    else
        cr_expect_eq(e, RATLS_E_COLLATERAL_FORMAT, "%s, flaw %d: taken", name, flaw);
    if (e && !inside)
        cr_expect(strstr(err.detail, quoted), "%s, flaw %d: %s", name, flaw, err.detail);
    free(text);
    cJSON_Delete(tree);
    return true;
}

/* Number of members. */
static inline size_t members_spoil(const struct members *m)
{
    size_t n = 0;
    struct ratls_error err = {0};

    cr_assert_eq(m->parse(ratls_bytes_str(m->text), &err), RATLS_OK, "%s", err.detail);
    while (member_spoil(m, n, FLAW_ABSENT)) {
        for (int flaw = FLAW_LETTER_CASE; flaw < FLAWS; flaw++)
            (void)member_spoil(m, n, (enum flaw)flaw);
        n++;
    }
    return n;
}

/* ---- single values ---- */

static inline char *edited(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *out = malloc(size);

    cr_assert(at && out, "%s", from);
    (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

/* why: part of the refusal; NULL: taken. */
struct edit {
    const char *text, *from, *to, *why;
};

static inline void expect_edits(member_parse_fn *parse, const struct edit *edits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct edit *e = &edits[i];
        struct ratls_error why = {0};
        char *text = edited(e->text, e->from, e->to);
        enum ratls_err code = parse(ratls_bytes_str(text), &why);
        cr_expect_eq(code, e->why ? RATLS_E_COLLATERAL_FORMAT : RATLS_OK, "%s: %s", e->to,
                     why.detail);
        cr_expect(!e->why || strstr(why.detail, e->why), "%s: %s", e->to, why.detail);
        free(text);
    }
}

#endif
