/* Shapes and digests of items and of rows of the trail. */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto.h"

_Static_assert(RT_DIGEST_LEN == RT_SHA256_LEN, "digests are SHA-256");

/* ---- texts ---- */

static bool is_word(const char *text, size_t min, size_t max, const char *alphabet)
{
    size_t len = text ? strnlen(text, max + 1) : max + 1;

    return len >= min && len <= max && strspn(text, alphabet) == len;
}

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

bool rt_is_name(const char *text)
{
    return is_word(text, 1, RATLS_STORE_NAME_MAX, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "_-");
}

bool rt_is_action(const char *text)
{
    return is_word(text, 1, RATLS_STORE_ACTION_MAX, LOWER "_");
}

bool rt_is_printable(const char *text, size_t max)
{
    size_t len = text ? strnlen(text, max + 1) : max + 1;

    for (size_t i = 0; i < len && len <= max; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return len <= max;
}

bool rt_is_author(const char *text)
{
    return rt_is_printable(text, RATLS_STORE_AUTHOR_MAX) && *text;
}

bool rt_decimal(const char *text, int64_t max, int64_t *out)
{
    size_t len = strnlen(text, 20);

    *out = 0;
    if (len == 0 || len > 18 || strspn(text, DIGITS) != len || (text[0] == '0' && len > 1))
        return false;
    for (size_t i = 0; i < len; i++)
        *out = *out * 10 + (text[i] - '0');
    return *out <= max;
}

/* ---- kinds and states ---- */

static const struct kind {
    const char *name;
    size_t min_tee, max_tee;
} kinds[] = {
    {"refval", 1, RATLS_STORE_TEE_MAX},
    {"anchor", 1, RATLS_STORE_TEE_MAX},
    {"policy", 0, 0},
    {"revocation", 0, RATLS_STORE_TEE_MAX},
    {RT_SECRET, 0, 0},
};

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; name && i < RT_COUNT(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

bool rt_is_secret(const struct ratls_store_ref *ref)
{
    return strcmp(ref->kind, RT_SECRET) == 0;
}

static const char *const states[] = {"draft", "active", "superseded", "revoked"};

bool rt_state_of(const char *name, enum rt_state *out)
{
    for (size_t i = 0; name && i < RT_COUNT(states); i++) {
        if (strcmp(states[i], name) == 0) {
            *out = (enum rt_state)i;
            return true;
        }
    }
    return false;
}

const char *rt_state_name(enum rt_state s)
{
    return states[s];
}

/* ---- shapes ---- */

enum ratls_err rt_ref_check(const struct ratls_store_ref *ref, enum ratls_err code,
                            struct ratls_error *err)
{
    const struct kind *kind = kind_of(ref->kind);

    if (!kind)
        return ratls_fail(err, code, "'kind' is none of refval, anchor, policy, revocation");
    if (!is_word(ref->tee, kind->min_tee, kind->max_tee, LOWER DIGITS "_"))
        return ratls_fail(err, code, "'tee' of a %s: %zu to %zu characters of a-z, 0-9 and _",
                          kind->name, kind->min_tee, kind->max_tee);
    if (!rt_is_name(ref->name))
        return ratls_fail(err, code, "'name': 1 to %d letters, digits, - and _",
                          RATLS_STORE_NAME_MAX);
    if (ref->version < 1 || ref->version > RT_MAX_VERSION)
        return ratls_fail(err, code, "'version': 1 to %d", RT_MAX_VERSION);
    return RATLS_OK;
}

static bool is_time(int64_t t)
{
    return t >= 0 && t <= RT_MAX_TIME;
}

enum ratls_err rt_entry_check(const struct ratls_store_item *item, enum ratls_err code,
                              struct ratls_error *err)
{
    enum ratls_err e = rt_ref_check(&item->ref, code, err);
    enum rt_state state;

    if (e)
        return e;
    if (!rt_state_of(item->state, &state))
        return ratls_fail(err, code, "'state' is none of draft, active, superseded, revoked");
    if (!rt_is_author(item->author))
        return ratls_fail(err, code, "'author': 1 to %d printable characters",
                          RATLS_STORE_AUTHOR_MAX);
    if (!is_time(item->not_before) || !is_time(item->not_after) || !is_time(item->created) ||
        !is_time(item->changed))
        return ratls_fail(err, code, "a time is out of range");
    if (item->not_after && item->not_after < item->not_before)
        return ratls_fail(err, code, "'not_after' lies before 'not_before'");
    if (item->body.len == 0 || item->body.len > RT_MAX_BODY)
        return ratls_fail(err, code, "'body': 1 to %d bytes", RT_MAX_BODY);
    return RATLS_OK;
}

bool rt_event_fits(const struct rt_event *event)
{
    const struct ratls_store_event *v = &event->view;

    return v->seq >= 1 && v->seq <= RT_MAX_TIME && is_time(v->time) && rt_is_author(v->author) &&
           rt_is_action(v->action) && rt_is_printable(v->subject, RT_SUBJECT_LEN - 1) &&
           rt_is_printable(v->detail, RATLS_STORE_DETAIL_MAX);
}

/* ---- items ---- */

static const char *put_text(struct rt_writer *w, const char *text)
{
    size_t at = w->len;

    rt_put(w, text, strlen(text) + 1);
    return w->bad ? "" : (const char *)w->p + at;
}

enum ratls_err rt_entry_copy(const struct ratls_store_item *from, struct rt_entry *out)
{
    const struct ratls_store_ref *ref = &from->ref;
    size_t len = strlen(ref->kind) + strlen(ref->tee) + strlen(ref->name) + strlen(from->author) +
                 from->body.len + 5;
    struct rt_writer w = {.p = malloc(len + 1), .cap = len + 1}; /* never grows: pointers stay */

    *out = (struct rt_entry){.view = *from};
    if (!w.p)
        return RATLS_E_NO_MEMORY;
    out->view.ref.kind = put_text(&w, ref->kind);
    out->view.ref.tee = put_text(&w, ref->tee);
    out->view.ref.name = put_text(&w, ref->name);
    out->view.author = put_text(&w, from->author);
    out->view.body = ratls_bytes(w.p + w.len, from->body.len);
    rt_put_bytes(&w, from->body);
    rt_put_u8(&w, 0);
    out->view.state = rt_state_of(from->state, &out->state) ? rt_state_name(out->state) : "";
    out->text = (struct ratls_buffer){.p = w.p, .len = w.len};
    return RATLS_OK;
}

void rt_entry_free(struct rt_entry *item)
{
    ratls_buffer_free(&item->text);
    *item = (struct rt_entry){0};
}

void rt_entry_set_state(struct rt_entry *item, enum rt_state s, int64_t now)
{
    item->state = s;
    item->view.state = rt_state_name(s);
    item->view.changed = now;
}

bool rt_ref_same_name(const struct ratls_store_ref *a, const struct ratls_store_ref *b)
{
    return strcmp(a->kind, b->kind) == 0 && strcmp(a->tee, b->tee) == 0 &&
           strcmp(a->name, b->name) == 0;
}

int rt_ref_compare(const struct ratls_store_ref *a, const struct ratls_store_ref *b)
{
    int order = strcmp(a->kind, b->kind);

    if (order == 0)
        order = strcmp(a->tee, b->tee);
    if (order == 0)
        order = strcmp(a->name, b->name);
    return order ? order : (a->version > b->version) - (a->version < b->version);
}

void rt_subject(const struct ratls_store_ref *ref, char out[RT_SUBJECT_LEN])
{
    (void)snprintf(out, RT_SUBJECT_LEN, "%s/%s/%s/%lld", ref->kind, ref->tee, ref->name,
                   (long long)ref->version);
}

bool rt_subject_parse(const char *subject, char buffer[RT_SUBJECT_LEN], struct ratls_store_ref *out)
{
    char *part[4] = {NULL}, *rest = buffer;

    if (snprintf(buffer, RT_SUBJECT_LEN, "%s", subject) >= RT_SUBJECT_LEN)
        return false;
    for (size_t i = 0; i < RT_COUNT(part); i++)
        part[i] = strsep(&rest, "/");
    if (!part[3] || rest)
        return false;
    *out = (struct ratls_store_ref){.kind = part[0], .tee = part[1], .name = part[2]};
    return rt_decimal(part[3], RT_MAX_VERSION, &out->version) &&
           rt_ref_check(out, RATLS_E_STORE_TAMPERED, NULL) == RATLS_OK;
}

/* ---- digests: fields with their lengths, so that no two contents give the same bytes ---- */

static void put_field(struct rt_writer *w, struct ratls_bytes field)
{
    rt_put_u32be(w, (uint32_t)field.len);
    rt_put_bytes(w, field);
}

static void put_text_field(struct rt_writer *w, const char *text)
{
    put_field(w, ratls_bytes_str(text));
}

static enum ratls_err hash_of(struct rt_writer *w, uint8_t out[RT_DIGEST_LEN])
{
    enum ratls_err e = w->bad ? RATLS_E_NO_MEMORY : rt_sha256(rt_written(w), out);

    rt_writer_free(w);
    return e;
}

enum ratls_err rt_entry_digest(const struct ratls_store_item *item, uint8_t out[RT_DIGEST_LEN])
{
    struct rt_writer w = {0};

    put_text_field(&w, "ratls-item/1");
    put_text_field(&w, item->ref.kind);
    put_text_field(&w, item->ref.tee);
    put_text_field(&w, item->ref.name);
    rt_put_u64be(&w, (uint64_t)item->ref.version);
    put_text_field(&w, item->state);
    put_text_field(&w, item->author);
    rt_put_u64be(&w, (uint64_t)item->not_before);
    rt_put_u64be(&w, (uint64_t)item->not_after);
    rt_put_u64be(&w, (uint64_t)item->created);
    rt_put_u64be(&w, (uint64_t)item->changed);
    put_field(&w, item->body);
    return hash_of(&w, out);
}

enum ratls_err rt_event_hash(const struct rt_event *event, const uint8_t before[RT_DIGEST_LEN],
                             uint8_t out[RT_DIGEST_LEN])
{
    const struct ratls_store_event *v = &event->view;
    struct rt_writer w = {0};

    put_text_field(&w, "ratls-audit/1");
    rt_put_u64be(&w, (uint64_t)v->seq);
    rt_put_u64be(&w, (uint64_t)v->time);
    put_text_field(&w, v->author);
    put_text_field(&w, v->action);
    put_text_field(&w, v->subject);
    put_text_field(&w, v->detail);
    put_field(&w, ratls_bytes(event->digest, event->has_digest ? RT_DIGEST_LEN : 0));
    put_field(&w, ratls_bytes(before, RT_DIGEST_LEN));
    return hash_of(&w, out);
}
