/* Which anchors count for a verifier at a moment, and how long a verdict may stand on them. */
#include <stdlib.h>

#include "anchors.h"
#include "crypto.h"
#include "der.h"

static bool covers(const struct rt_dates *d, int64_t now)
{
    return now == RT_ANY_TIME || (d->from <= now && now <= d->until);
}

static bool counts(const struct rt_dated_anchor *d, enum rt_anchor_kind kind,
                   const struct ratls_verifier *v, int64_t now)
{
    return d->kind == kind && strcmp(d->tee, v->name) == 0 && covers(&d->dates, now);
}

/* ---- roots ---- */

static size_t n_pins(const struct rt_anchors *a, const struct ratls_verifier *v)
{
    return rt_anchors_replace_pins(a) ? 0 : v->n_pins;
}

/* One list holds those of all TEEs. A root of Hygon is no X.509, which the others would read. */
static bool is_for(const struct ratls_root *root, const struct ratls_verifier *v)
{
    const bool is_x509 = root->cert.len > 0 && root->cert.p[0] == RT_DER_SEQUENCE;

    return is_x509 != (strcmp(v->name, "csv") == 0);
}

static void put_list(struct ratls_root *roots, size_t *n, const struct rt_root_list *list,
                     const struct ratls_verifier *v)
{
    for (size_t i = 0; i < list->n; i++)
        if (is_for(&list->items[i], v))
            roots[(*n)++] = list->items[i];
}

static enum ratls_err find_roots(const struct rt_anchors *a, const struct ratls_verifier *v,
                                 int64_t now, struct rt_anchors_at *out)
{
    const size_t pins = n_pins(a, v), most = pins + a->given.n + a->sim.n + a->n_dated;
    struct ratls_root *roots = out->few;

    if (most > RT_FEW_ROOTS && !(roots = out->many = calloc(most, sizeof *roots)))
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < pins; i++)
        memcpy(roots[out->n_roots++].spki_sha256, v->pins[i], RT_SHA256_LEN);
    put_list(roots, &out->n_roots, &a->given, v);
    put_list(roots, &out->n_roots, &a->sim, v);
    for (size_t i = 0; i < a->n_dated; i++)
        if (counts(&a->dated[i], RT_ANCHOR_ROOT, v, now))
            roots[out->n_roots++] = a->dated[i].root;
    out->roots = roots;
    return RATLS_OK;
}

/* ---- keys of devices ---- */

static bool has_keys(const struct ratls_verifier *v)
{
    return strcmp(v->name, "cca") == 0 || strcmp(v->name, "tpm") == 0 ||
           strcmp(v->name, "ascend_npu") == 0;
}

/* All of them, as they are, unless the dates of one say otherwise. */
static enum ratls_err find_keys(const struct rt_anchors *a, const struct ratls_verifier *v,
                                int64_t now, struct rt_anchors_at *out)
{
    out->keys = a->keys;
    if (!has_keys(v) || a->n_keys == 0)
        return RATLS_OK;
    if (covers(&a->all_keys, now)) {
        out->n_keys = a->n_keys;
        return RATLS_OK;
    }
    if (!(out->some = calloc(a->n_keys, sizeof *out->some)))
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < a->n_keys; i++)
        if (covers(&a->key_notes[i].dates, now))
            out->some[out->n_keys++] = a->keys[i];
    out->keys = out->some;
    return RATLS_OK;
}

/* ---- what completes chains, what revokes ---- */

/* Written anew only where a TEE has some of its own. */
static enum ratls_err find_intermediates(const struct rt_anchors *a, const struct ratls_verifier *v,
                                         int64_t now, struct rt_anchors_at *out)
{
    const struct ratls_bytes given = rt_written(&a->intermediates);

    for (size_t i = 0; i < a->n_dated; i++) {
        if (!counts(&a->dated[i], RT_ANCHOR_INTERMEDIATE, v, now))
            continue;
        if (out->pem.len == 0)
            rt_put_bytes(&out->pem, given);
        rt_put_bytes(&out->pem, rt_bytes_of(&a->dated[i].content));
    }
    out->intermediates = out->pem.len ? rt_written(&out->pem) : given;
    return out->pem.bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

static void find_crls(const struct rt_anchors *a, const struct ratls_verifier *v, int64_t now,
                      struct rt_anchors_at *out)
{
    for (size_t i = 0; i < a->n_dated && out->n_crls < RT_MAX_TRUST_CRLS; i++)
        if (counts(&a->dated[i], RT_ANCHOR_CRL, v, now))
            out->crls[out->n_crls++] = rt_bytes_of(&a->dated[i].content);
}

/* ---- all of it ---- */

enum ratls_err rt_anchors_at(const struct rt_anchors *a, const struct ratls_verifier *v,
                             int64_t now, struct rt_anchors_at *out)
{
    enum ratls_err e;

    *out = (struct rt_anchors_at){0};
    find_crls(a, v, now, out);
    if ((e = find_roots(a, v, now, out)) != RATLS_OK || (e = find_keys(a, v, now, out)) != RATLS_OK)
        return e;
    return find_intermediates(a, v, now, out);
}

void rt_anchors_at_free(struct rt_anchors_at *at)
{
    free(at->many);
    free(at->some);
    rt_writer_free(&at->pem);
    at->many = NULL;
    at->some = NULL;
}

/* ---- how long ---- */

/* The end of what one key is trusted by; the latest, where it is trusted several times over. */
struct end {
    bool is_anchor;
    int64_t until;
};

static void note_end(struct end *end, int64_t until)
{
    if (!end->is_anchor || until > end->until)
        *end = (struct end){true, until};
}

static bool is_in(const struct rt_root_list *list, const uint8_t spki[RT_SHA256_LEN])
{
    for (size_t i = 0; i < list->n; i++)
        if (memcmp(list->items[i].spki_sha256, spki, RT_SHA256_LEN) == 0)
            return true;
    return false;
}

static bool is_pinned(const struct rt_anchors *a, const struct ratls_verifier *v,
                      const uint8_t spki[RT_SHA256_LEN])
{
    for (size_t i = 0; i < n_pins(a, v); i++)
        if (memcmp(v->pins[i], spki, RT_SHA256_LEN) == 0)
            return true;
    return is_in(&a->given, spki) || is_in(&a->sim, spki);
}

static struct end end_of(const struct rt_anchors *a, const struct ratls_verifier *v, int64_t now,
                         const uint8_t spki[RT_SHA256_LEN])
{
    struct end end = {0};

    if (is_pinned(a, v, spki))
        note_end(&end, INT64_MAX);
    for (size_t i = 0; i < a->n_dated; i++)
        if (counts(&a->dated[i], RT_ANCHOR_ROOT, v, now) &&
            memcmp(a->dated[i].root.spki_sha256, spki, RT_SHA256_LEN) == 0)
            note_end(&end, a->dated[i].dates.until);
    for (size_t i = 0; i < a->n_keys && has_keys(v); i++)
        if (covers(&a->key_notes[i].dates, now) &&
            memcmp(a->key_notes[i].spki_sha256, spki, RT_SHA256_LEN) == 0)
            note_end(&end, a->key_notes[i].dates.until);
    return end;
}

/* Of a verifier that does not say what it rests on. */
static int64_t first_end(const struct rt_anchors *a, const struct ratls_verifier *v, int64_t now)
{
    int64_t until = INT64_MAX;

    for (size_t i = 0; i < a->n_dated; i++)
        if (counts(&a->dated[i], RT_ANCHOR_ROOT, v, now) && a->dated[i].dates.until < until)
            until = a->dated[i].dates.until;
    return until;
}

/* Who was proven under one set of CRLs was not under the next: it may revoke him, or leave open
 * whether he is revoked. */
static int64_t crls_until(const struct rt_anchors *a, const struct ratls_verifier *v, int64_t now)
{
    int64_t until = INT64_MAX;

    for (size_t i = 0; i < a->n_dated; i++) {
        const struct rt_dates *d = &a->dated[i].dates;
        const int64_t end = now < d->from ? d->from - 1 : d->until;
        if (counts(&a->dated[i], RT_ANCHOR_CRL, v, RT_ANY_TIME) && now <= end && end < until)
            until = end;
    }
    return until;
}

/* The first end of those that are named. */
static int64_t anchors_until(const struct rt_anchors *a, const struct ratls_verifier *v,
                             int64_t now, const struct ratls_claims *claims)
{
    const struct ratls_claim *keys = ratls_claims_get(claims, "evidence_keys");
    int64_t until = INT64_MAX;

    if (!keys || keys->type != RATLS_CLAIM_LIST || keys->n_items == 0)
        return first_end(a, v, now);
    for (size_t i = 0; i < keys->n_items; i++) {
        uint8_t spki[RT_SHA256_LEN];
        size_t len = sizeof spki;
        if (!rt_unhex(keys->items[i], strlen(keys->items[i]), spki, &len) || len != sizeof spki)
            continue;
        const struct end end = end_of(a, v, now, spki);
        if (end.is_anchor && end.until < until)
            until = end.until;
    }
    return until;
}

int64_t rt_anchors_until(const struct rt_anchors *a, const struct ratls_verifier *v, int64_t now,
                         const struct ratls_claims *claims)
{
    const int64_t crls = crls_until(a, v, now), anchors = anchors_until(a, v, now, claims);

    return crls < anchors ? crls : anchors;
}
