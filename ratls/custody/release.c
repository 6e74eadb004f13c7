/* Release: one decision, one row of the trail, in one transaction of the store. */
#include <stdio.h>
#include <stdlib.h>

#include "document.h"
#include "rate.h"
#include "shelf.h"

enum { PER_MINUTE = 60, BURST = 20, MOST_PER_MINUTE = 1000000, JUDGES = 8, KEY_LEN = 32 };

/* A trust with everything that the store says, and one of its policies. */
struct judge {
    char policy[RATLS_STORE_NAME_MAX + 1];
    uint8_t policy_sha256[RT_DIGEST_LEN];
    struct ratls_trust *trust; /* NULL: none */
};

struct ratls_custody {
    const struct ratls_env *env;
    struct ratls_env quiet; /* the store's document was complained of when it was loaded first */
    struct ratls_store *store;
    const struct ratls_kek *kek;
    struct rt_change change; /* its snapshot stays: of the head that was met last */
    struct ratls_store_head known;
    bool loaded;
    struct judge judges[JUDGES];
    size_t next_judge;
    struct rt_rates rates;
};

/* ---- new and free ---- */

struct ratls_secret_peer ratls_secret_peer_of(const struct ratls_verdict *v, enum ratls_level level)
{
    const uint8_t *spki = v ? ratls_verdict_spki_sha256(v) : NULL;

    if (!v)
        return (struct ratls_secret_peer){.verdict = RATLS_E_PEER_DENIED};
    return (struct ratls_secret_peer){
        .verdict = ratls_verdict_allowed(v) ? RATLS_OK : ratls_verdict_code(v),
        .expires = ratls_verdict_expires(v),
        .level = level,
        .tee = ratls_verdict_tee(v),
        .measurement = ratls_verdict_measurement(v),
        .claims = ratls_verdict_claims(v),
        .spki_sha256 = ratls_bytes(spki, spki ? KEY_LEN : 0),
    };
}

enum ratls_err ratls_custody_new(const struct ratls_env *env, struct ratls_store *s,
                                 struct ratls_kek *kek, const struct ratls_custody_limits *limits,
                                 struct ratls_custody **out)
{
    struct ratls_custody *c = calloc(1, sizeof *c);

    *out = c;
    if (!c)
        return RATLS_E_NO_MEMORY;
    c->env = env;
    c->quiet = *env;
    c->quiet.log = NULL;
    c->store = s;
    c->kek = kek;
    c->rates.per_minute = limits && limits->per_minute ? limits->per_minute : PER_MINUTE;
    c->rates.burst = limits && limits->burst ? limits->burst : BURST;
    if (c->rates.per_minute > MOST_PER_MINUTE)
        c->rates.per_minute = MOST_PER_MINUTE;
    if (c->rates.burst > MOST_PER_MINUTE)
        c->rates.burst = MOST_PER_MINUTE;
    return RATLS_OK;
}

static void forget(struct ratls_custody *c)
{
    for (size_t i = 0; i < JUDGES; i++) {
        ratls_trust_unref(c->judges[i].trust);
        c->judges[i] = (struct judge){0};
    }
    rt_snapshot_free(&c->change.now);
    c->loaded = false;
}

void ratls_custody_free(struct ratls_custody *c)
{
    if (!c)
        return;
    forget(c);
    free(c);
}

/* ---- the store as it is now ---- */

/* Within the transaction. As long as the head is the one that was met last, so is everything; after
 * that the trail must still hold it. */
static enum ratls_err refresh(struct ratls_custody *c, struct ratls_error *err)
{
    struct ratls_store *s = c->store;
    struct ratls_store_head head = {0};
    enum ratls_err e = s->place->head(s->self, &head, err);

    if (e || (c->loaded && memcmp(&head, &c->known, sizeof head) == 0))
        return e;
    forget(c);
    e = rt_snapshot_load(s->place, s->self, &c->known, &c->change.now, err);
    if (!e)
        c->known = c->change.now.head;
    c->loaded = e == RATLS_OK;
    return e;
}

static enum ratls_err make_trust(struct ratls_custody *c, const char *policy,
                                 struct ratls_trust **out, struct ratls_error *err)
{
    struct ratls_buffer document = {0};
    enum ratls_err e = rt_document_write(&c->change.now, &document, err);

    *out = NULL;
    if (!e)
        e = ratls_trust_new(&c->quiet, out);
    if (!e)
        e = ratls_trust_add_document(*out, rt_bytes_of(&document), err);
    if (!e)
        e = ratls_trust_use_policy(*out, policy, NULL, err);
    ratls_buffer_free(&document);
    if (e) {
        ratls_trust_unref(*out);
        *out = NULL;
    }
    return e;
}

/* The digest is that of the policy as it counts now (rt_policy_current), so that a trust of a
 * version that has ended meanwhile is not found. */
static enum ratls_err find_judge(struct ratls_custody *c, const struct rt_sealed *s,
                                 const struct judge **out, struct ratls_error *err)
{
    for (size_t i = 0; i < JUDGES; i++) {
        *out = &c->judges[i];
        if ((*out)->trust && strcmp((*out)->policy, s->policy) == 0 &&
            memcmp((*out)->policy_sha256, s->policy_sha256, RT_DIGEST_LEN) == 0)
            return RATLS_OK;
    }
    struct judge *j = &c->judges[c->next_judge++ % JUDGES];
    ratls_trust_unref(j->trust);
    memcpy(j->policy, s->policy, sizeof j->policy);
    memcpy(j->policy_sha256, s->policy_sha256, RT_DIGEST_LEN);
    *out = j;
    return make_trust(c, s->policy, &j->trust, err);
}

/* ---- the decision ---- */

static enum ratls_err judge_channel(const struct ratls_secret_peer *p, int64_t now,
                                    struct ratls_error *err)
{
    if (p->verdict != RATLS_OK)
        return ratls_fail(err, p->verdict, "the channel's own appraisal refused the peer");
    if (now >= p->expires)
        return ratls_fail(err, RATLS_E_IDENTITY_EXPIRED, "the peer's verdict has ended");
    if (!p->claims || p->spki_sha256.len != KEY_LEN)
        return ratls_fail(err, RATLS_E_NO_EVIDENCE, "no evidence names the peer's key");
    return RATLS_OK;
}

static enum ratls_err judge_claims(struct ratls_custody *c, const struct ratls_secret_peer *p,
                                   const struct rt_sealed *s, struct ratls_error *err)
{
    const struct ratls_policy_question question = {
        .tee = p->tee, .claims = p->claims, .now = c->change.time};
    const struct judge *j;
    enum ratls_err e = find_judge(c, s, &j, err);

    return e ? e : ratls_policy_judge(j->trust, &question, p->level, err);
}

static enum ratls_err decide_held(struct ratls_custody *c, const struct ratls_secret_request *r,
                                  const struct rt_held *held, struct ratls_secret_value **out,
                                  struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (!rt_is_released(held, c->change.time))
        e = ratls_fail(err, RATLS_E_NOT_FOUND, "version %lld of it is not released any more",
                       (long long)held->item->view.ref.version);
    if (!e)
        e = rt_policy_current(&c->change.now, &held->sealed, c->change.time, err);
    if (!e)
        e = judge_claims(c, r->peer, &held->sealed, err);
    return e ? e : rt_unseal(c->kek, &held->item->view.ref, &held->sealed, out, err);
}

/* *version is the one that is meant, 0 where none is. */
static enum ratls_err decide(struct ratls_custody *c, const struct ratls_secret_request *r,
                             struct ratls_secret_value **out, int64_t *version,
                             struct ratls_error *err)
{
    struct rt_held held = {0};
    enum ratls_err e = judge_channel(r->peer, c->change.time, err);
    struct rt_entry *item =
        rt_is_name(r->name) ? rt_find_live(&c->change.now, r->name, r->version) : NULL;

    *version = item ? item->view.ref.version : 0;
    if (e)
        return e;
    if (!item)
        return ratls_fail(err, RATLS_E_NOT_FOUND, "there is no such secret");
    e = rt_held_read(item, &held, err);
    if (!e)
        e = decide_held(c, r, &held, out, err);
    rt_sealed_free(&held.sealed);
    return e;
}

/* ---- the row ---- */

static void put_fact(struct rt_writer *w, const char *name, const char *value)
{
    size_t len = strnlen(value, 128); /* hex of 64 bytes */

    rt_put(w, name, strlen(name));
    for (size_t i = 0; i < len; i++)
        rt_put_u8(w, value[i] > 0x20 && value[i] < 0x7f ? (uint8_t)value[i] : '?');
}

static void put_facts(struct rt_writer *w, const struct ratls_secret_peer *p, enum ratls_err e)
{
    char key[2 * KEY_LEN + 1] = "";

    if (p->spki_sha256.len == KEY_LEN)
        rt_hex(p->spki_sha256, key);
    put_fact(w, "tee=", p->tee ? p->tee : "");
    put_fact(w, " level=", ratls_level_name(p->level));
    put_fact(w, " key=", key);
    put_fact(w, " measurement=", p->measurement ? p->measurement : "");
    if (e)
        put_fact(w, " reason=", ratls_err_reason(e));
    rt_put_u8(w, 0);
}

static enum ratls_err append_row(struct ratls_custody *c, const struct ratls_secret_request *r,
                                 int64_t version, enum ratls_err why, struct ratls_error *err)
{
    const struct ratls_store_ref ref = rt_secret_ref(rt_is_name(r->name) ? r->name : "?", version);
    char subject[RT_SUBJECT_LEN];
    struct rt_writer detail = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_subject(&ref, subject);
    put_facts(&detail, r->peer, why);
    if (!detail.bad)
        e = rt_change_append(&c->change,
                             &(struct rt_row){.action = why ? "withhold" : "release",
                                              .subject = subject,
                                              .detail = (const char *)detail.p},
                             err);
    rt_writer_free(&detail);
    return e;
}

/* ---- all of it ---- */

/* Names that no secret has share one row of the table. */
static enum ratls_err ask_rate(struct ratls_custody *c, const char *name, enum rt_rate_answer *out)
{
    const struct ratls_store_ref ref = rt_secret_ref(rt_is_name(name) ? name : "?", 0);
    const bool exists = rt_snapshot_highest(&c->change.now, &ref) > 0;
    uint8_t digest[RT_DIGEST_LEN];
    enum ratls_err e = rt_sha256(ratls_bytes_str(exists ? name : ""), digest);

    if (!e)
        *out = rt_rate_take(&c->rates, digest, c->env->monotonic_ms(c->env->arg));
    return e;
}

/* One request, and what becomes of it. */
struct answer {
    const struct ratls_secret_request *request;
    struct ratls_secret_value *value;
    int64_t version;
    struct ratls_error why;
    bool counted; /* in `rate`, which is asked once, however often the store is */
    enum rt_rate_answer rate;
};

/* What the answer is, in a->why; and whether it could be written down. */
static enum ratls_err decide_and_record(struct ratls_custody *c, struct answer *a)
{
    const struct ratls_secret_request *r = a->request;
    enum ratls_err e = refresh(c, &a->why);

    if (!e && !a->counted)
        e = ask_rate(c, r->name, &a->rate);
    if (e)
        return e;
    a->counted = true;
    enum ratls_err decision =
        a->rate == RT_RATE_GRANTED
            ? decide(c, r, &a->value, &a->version, &a->why)
            : ratls_fail(&a->why, RATLS_E_LIMIT, "it is asked for too often: %u in a minute",
                         c->rates.per_minute);
    a->why.code = decision;
    return a->rate == RT_RATE_DRY_STILL ? RATLS_OK : append_row(c, r, a->version, decision, NULL);
}

static enum ratls_err answer_once(struct ratls_custody *c, struct answer *a,
                                  struct ratls_error *err)
{
    enum ratls_err e = rt_store_begin(c->store, a->request->author, err);

    ratls_secret_value_free(a->value); /* of a time before that did not count */
    a->value = NULL;
    a->version = 0;
    a->why = (struct ratls_error){0};
    if (e)
        return e;
    c->change.store = c->store;
    c->change.author = a->request->author;
    c->change.time = c->env->now(c->env->arg);
    e = rt_store_end(c->store, decide_and_record(c, a), err);
    if (e)
        forget(c); /* the row that it counts with is not there */
    else
        c->known = c->change.now.head;
    return e;
}

enum ratls_err ratls_secret_release(struct ratls_custody *c,
                                    const struct ratls_secret_request *request,
                                    struct ratls_secret_value **out, int64_t *version,
                                    struct ratls_error *err)
{
    struct answer a = {.request = request};
    struct rt_patience patience = {0};
    enum ratls_err e;

    do
        e = answer_once(c, &a, err);
    while (rt_store_again(c->store, e, &patience, err));
    if (!e)
        e = a.why.code;
    *out = NULL;
    *version = a.version;
    if (e == RATLS_OK) {
        *out = a.value;
        return RATLS_OK;
    }
    ratls_secret_value_free(a.value);
    return ratls_fail(err, e, "%s", a.why.detail[0] ? a.why.detail : ratls_err_text(e));
}
