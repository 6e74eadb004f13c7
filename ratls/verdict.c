/* What an appraisal found, and its JSON form. */
#include <stdlib.h>

#include "claim_text.h"
#include "composite.h"
#include "json.h"
#include "vector.h"
#include "verdict.h"

const char *ratls_level_name(enum ratls_level level)
{
    static const char *const names[] = {"none", "key", "session", "quote"};

    return (unsigned)level < RT_COUNT(names) ? names[level] : "none";
}

/* `claims` is taken; NULL: no memory. */
static struct ratls_verdict *with_claims(struct ratls_claims *claims)
{
    struct ratls_verdict *v = claims ? calloc(1, sizeof *v) : NULL;

    if (!v) {
        ratls_claims_free(claims);
        return NULL;
    }
    atomic_init(&v->refs, 1);
    v->allowed = false;
    v->why.code = RATLS_E_INTERNAL;
    v->expires = INT64_MAX;
    v->claims = claims;
    return v;
}

struct ratls_verdict *rt_verdict_new(void)
{
    return with_claims(ratls_claims_new());
}

/* But for what an earlier policy found, and a later one finds anew, and for the level, of which a
 * policy never knows. */
static bool was_proven(const struct ratls_claim *c)
{
    return strncmp(c->name, "baseline.", strlen("baseline.")) != 0 &&
           strcmp(c->name, "binding.level") != 0;
}

typedef bool claim_fn(const struct ratls_claim *c);

static bool every_claim(const struct ratls_claim *c)
{
    (void)c;
    return true;
}

/* From the one at `i` on, into `to`, which is taken; NULL: no memory. */
static struct ratls_claims *copied(const struct ratls_claims *from, size_t i, claim_fn *wanted,
                                   struct ratls_claims *to)
{
    bool good = to != NULL;

    for (; good && i < ratls_claims_count(from); i++)
        good = !wanted(ratls_claims_at(from, i)) || rt_claim_copy(ratls_claims_at(from, i), to);
    if (good)
        return to;
    ratls_claims_free(to);
    return NULL;
}

/* Upon what `from` is built upon, or upon a first copy. */
static struct ratls_claims *proven_claims(const struct ratls_claims *from)
{
    struct ratls_claims *base = rt_claims_base(from), *first = NULL;

    if (base)
        return copied(from, ratls_claims_count(base), was_proven, rt_claims_upon(base));
    if (!(first = copied(from, 0, was_proven, ratls_claims_new())))
        return NULL;
    struct ratls_claims *upon = rt_claims_upon(first);
    ratls_claims_free(first);
    return upon;
}

/* `claims` is taken; NULL: no memory. */
static struct ratls_verdict *about_same(const struct ratls_verdict *v, struct ratls_claims *claims)
{
    struct ratls_verdict *again = with_claims(claims);

    if (!again || rt_dup(rt_bytes_of(&v->ak_spki), &again->ak_spki) != RATLS_OK) {
        ratls_verdict_unref(again);
        return NULL;
    }
    memcpy(again->tee, v->tee, sizeof again->tee);
    memcpy(again->spki_sha256, v->spki_sha256, sizeof again->spki_sha256);
    memcpy(again->evidence_sha256, v->evidence_sha256, sizeof again->evidence_sha256);
    again->proven = v->proven;
    again->proven_until = v->proven_until;
    again->is_certificate = v->is_certificate;
    again->peer_role = v->peer_role;
    again->alpn = v->alpn;
    again->beside_cpu = v->beside_cpu;
    again->has_iat = v->has_iat;
    again->iat = v->iat;
    return again;
}

struct ratls_verdict *rt_verdict_again(const struct ratls_verdict *v)
{
    return about_same(v, proven_claims(v->claims));
}

struct ratls_verdict *ratls_verdict_ref(struct ratls_verdict *v)
{
    atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
    return v;
}

void ratls_verdict_unref(struct ratls_verdict *v)
{
    if (!v || atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1)
        return;
    ratls_claims_free(v->claims);
    rt_devices_unref(v->devices);
    ratls_buffer_free(&v->ak_spki);
    free(v);
}

bool ratls_verdict_allowed(const struct ratls_verdict *v)
{
    return v && v->allowed;
}

enum ratls_err ratls_verdict_code(const struct ratls_verdict *v)
{
    if (v->allowed)
        return RATLS_OK;
    return v->why.code ? v->why.code : RATLS_E_INTERNAL; /* a deny never looks like success */
}

const char *ratls_verdict_reason(const struct ratls_verdict *v)
{
    return ratls_err_reason(ratls_verdict_code(v));
}

const char *ratls_verdict_detail(const struct ratls_verdict *v)
{
    return v->allowed ? "" : v->why.detail;
}

const char *ratls_verdict_tee(const struct ratls_verdict *v)
{
    return v->tee;
}

const char *ratls_verdict_measurement(const struct ratls_verdict *v)
{
    return rt_claim_text(v->claims, "measurement");
}

const char *ratls_verdict_tcb_status(const struct ratls_verdict *v)
{
    return rt_claim_text(v->claims, "tcb_status");
}

bool ratls_verdict_simulated(const struct ratls_verdict *v)
{
    const struct ratls_claim *c = ratls_claims_get(v->claims, "simulated");
    bool simulated = c && (c->type != RATLS_CLAIM_BOOL || c->number != 0);

    for (size_t i = 0; i < ratls_verdict_devices(v) && !simulated; i++)
        simulated = ratls_verdict_simulated(ratls_verdict_device(v, i, NULL));
    return simulated;
}

int64_t ratls_verdict_expires(const struct ratls_verdict *v)
{
    return v->expires;
}

uint64_t ratls_verdict_generation(const struct ratls_verdict *v)
{
    return v->generation;
}

const struct ratls_claims *ratls_verdict_claims(const struct ratls_verdict *v)
{
    return v->claims;
}

static const uint8_t *unless_zero(const uint8_t hash[RT_SHA256_LEN])
{
    return rt_all_zero(hash, RT_SHA256_LEN) ? NULL : hash;
}

const uint8_t *ratls_verdict_spki_sha256(const struct ratls_verdict *v)
{
    return unless_zero(v->spki_sha256);
}

const uint8_t *ratls_verdict_evidence_sha256(const struct ratls_verdict *v)
{
    return unless_zero(v->evidence_sha256);
}

/* ---- for the session ---- */

struct ratls_bytes ratls_verdict_ak_spki(const struct ratls_verdict *v)
{
    return rt_bytes_of(&v->ak_spki);
}

const uint8_t *rt_verdict_spki_sha256(const struct ratls_verdict *v)
{
    return v->spki_sha256;
}

const uint8_t *rt_verdict_evidence_sha256(const struct ratls_verdict *v)
{
    return v->evidence_sha256;
}

bool rt_verdict_stands(const struct ratls_verdict *v, int64_t now)
{
    return v->proven && now <= v->proven_until;
}

void rt_verdict_end_with(struct ratls_verdict *v, const struct ratls_verdict *other)
{
    if (other->expires < v->expires)
        v->expires = other->expires;
}

void rt_verdict_set_alpn(struct ratls_verdict *v, const char *alpn)
{
    v->alpn = alpn;
}

enum ratls_err rt_verdict_set_level(struct ratls_verdict *v, enum ratls_level level)
{
    return ratls_claims_set_uint(v->claims, "binding.level", (uint64_t)level);
}

void rt_verdict_deny(struct ratls_verdict *v, const struct ratls_error *why)
{
    if (!v->allowed)
        return;
    v->allowed = false;
    v->why = *why;
    if (v->why.code == RATLS_OK)
        v->why.code = RATLS_E_INTERNAL;
}

struct ratls_verdict *rt_verdict_denied(const struct ratls_verdict *v,
                                        const struct ratls_error *why)
{
    struct ratls_verdict *denied =
        about_same(v, copied(v->claims, 0, every_claim, ratls_claims_new()));

    if (denied) {
        denied->devices = v->devices ? rt_devices_ref(v->devices) : NULL;
        denied->why = *why;
        denied->noted = v->noted;
        denied->generation = v->generation;
        denied->judged_at = v->judged_at;
        denied->expires = v->expires;
    }
    return denied;
}

/* ---- JSON ---- */

static void put_bool(struct rt_writer *w, bool value)
{
    rt_json_put_raw(w, value ? "true" : "false");
}

static void put_claims(struct rt_writer *w, const struct ratls_claims *claims)
{
    rt_json_put_raw(w, "{");
    for (size_t i = 0; i < ratls_claims_count(claims); i++) {
        const struct ratls_claim *c = ratls_claims_at(claims, i);
        if (i > 0)
            rt_json_put_raw(w, ",");
        rt_json_put_text(w, c->name);
        rt_json_put_raw(w, ":");
        rt_json_put_claim(w, c);
    }
    rt_json_put_raw(w, "}");
}

static void put_text_member(struct rt_writer *w, const char *name, const char *text)
{
    rt_json_put_text(w, name);
    rt_json_put_raw(w, ":");
    rt_json_put_text(w, text);
    rt_json_put_raw(w, ",");
}

static void put_advisories(struct rt_writer *w, const struct ratls_claim *c)
{
    if (c && c->type == RATLS_CLAIM_LIST)
        rt_json_put_claim(w, c);
    else
        rt_json_put_raw(w, "[]");
}

/* The stored reference values that fitted. */
static void put_baseline(struct rt_writer *w, const struct ratls_claims *claims)
{
    const struct ratls_claim *version = ratls_claims_get(claims, "baseline.version");

    if (!version || version->type != RATLS_CLAIM_UINT) {
        rt_json_put_raw(w, "null");
        return;
    }
    rt_json_put_raw(w, "{");
    put_text_member(w, "id", rt_claim_text(claims, "baseline.name"));
    rt_json_put_raw(w, "\"version\":");
    rt_json_put_int(w, (int64_t)version->number);
    rt_json_put_raw(w, "}");
}

static void put_verdict(struct rt_writer *w, const struct ratls_verdict *v);

/* They have none of their own. */
static void put_devices(struct rt_writer *w, const struct ratls_verdict *v)
{
    const char *label = NULL;

    for (size_t i = 0; i < ratls_verdict_devices(v); i++) {
        const struct ratls_verdict *device = ratls_verdict_device(v, i, &label);
        rt_json_put_raw(w, i == 0 ? ",\"devices\":{" : ",");
        rt_json_put_text(w, label);
        rt_json_put_raw(w, ":");
        put_verdict(w, device);
    }
    if (ratls_verdict_devices(v) > 0)
        rt_json_put_raw(w, "}");
}

static void put_verdict(struct rt_writer *w, const struct ratls_verdict *v)
{
    struct rt_vector vector;

    rt_json_put_raw(w, "{");
    put_text_member(w, "verdict", v->allowed ? "allow" : "deny");
    put_text_member(w, "reason", ratls_verdict_reason(v));
    put_text_member(w, "detail", ratls_verdict_detail(v));
    put_text_member(w, "tee", v->tee);
    put_text_member(w, "tcb_status", ratls_verdict_tcb_status(v));
    rt_json_put_raw(w, "\"advisory_ids\":");
    put_advisories(w, ratls_claims_get(v->claims, "advisory_ids"));
    rt_json_put_raw(w, ",\"simulated\":");
    put_bool(w, ratls_verdict_simulated(v));
    rt_json_put_raw(w, ",\"baseline\":");
    put_baseline(w, v->claims);
    rt_vector_of(v, &vector);
    rt_json_put_raw(w, ",");
    put_text_member(w, "status", ratls_vector_status(vector.value));
    rt_json_put_raw(w, "\"vector\":");
    rt_vector_put(w, &vector);
    rt_json_put_raw(w, ",\"claims\":");
    put_claims(w, v->claims);
    put_devices(w, v);
    rt_json_put_raw(w, "}");
}

enum ratls_err ratls_verdict_json(const struct ratls_verdict *v, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    put_verdict(&w, v);
    return rt_writer_take(&w, out); /* puts the NUL behind the last byte */
}
