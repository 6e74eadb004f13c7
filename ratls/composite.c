#include "composite_impl.h"

#include <stdatomic.h>
#include <stdlib.h>

struct part {
    char label[RT_MAX_CMW_LABEL + 1];
    struct ratls_verdict *verdict;
};

struct rt_devices {
    atomic_uint refs;
    struct rt_devices *shown; /* who has the bytes for all that were judged again; NULL: this one */
    struct ratls_buffer collection;
    struct part part[RT_MAX_DEVICES];
    size_t n;
};

/* ---- life ---- */

struct rt_devices *rt_devices_new(struct ratls_bytes collection)
{
    struct rt_devices *d = calloc(1, sizeof *d);

    if (d && rt_dup(collection, &d->collection) != RATLS_OK) {
        free(d);
        return NULL;
    }
    if (d)
        atomic_init(&d->refs, 1);
    return d;
}

/* The same ones once more, nothing judged yet. */
static struct rt_devices *devices_upon(struct rt_devices *of)
{
    struct rt_devices *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    atomic_init(&d->refs, 1);
    d->shown = rt_devices_ref(of->shown ? of->shown : of);
    return d;
}

struct rt_devices *rt_devices_ref(struct rt_devices *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void rt_devices_unref(struct rt_devices *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < d->n; i++)
        ratls_verdict_unref(d->part[i].verdict);
    rt_devices_unref(d->shown);
    ratls_buffer_free(&d->collection);
    free(d);
}

struct ratls_bytes rt_devices_collection(const struct rt_devices *d)
{
    return rt_bytes_of(d->shown ? &d->shown->collection : &d->collection);
}

bool rt_devices_are_told(const struct rt_devices *d)
{
    return rt_devices_collection(d).len == 0;
}

bool rt_devices_stand(const struct rt_devices *d, int64_t now)
{
    for (size_t i = 0; d && i < d->n; i++)
        if (d->part[i].verdict->judged_at > now || !rt_verdict_stands(d->part[i].verdict, now))
            return false;
    return true;
}

/* ---- judging ---- */

static enum ratls_err due_report_data(const struct ratls_verdict *cpu,
                                      uint8_t out[RATLS_REPORT_DATA_LEN], struct ratls_error *err)
{
    uint8_t found[RATLS_REPORT_DATA_LEN];

    if (!rt_claimed_report_data(cpu->claims, found))
        return ratls_fail(err, RATLS_E_BINDING_MISSING,
                          "devices beside evidence without report data");
    return ratls_device_report_data(found, out);
}

/* Of the devices that a part is about; NULL: it does not say. */
static const struct ratls_claim *device_ids(const struct ratls_verdict *v)
{
    const struct ratls_claim *c = ratls_claims_get(v->claims, "device_ids");

    return c && c->type == RATLS_CLAIM_LIST && c->n_items > 0 ? c : NULL;
}

static bool share_one(const struct ratls_claim *a, const struct ratls_claim *b)
{
    for (size_t i = 0; i < a->n_items; i++)
        for (size_t k = 0; k < b->n_items; k++)
            if (strcmp(a->items[i], b->items[k]) == 0)
                return true;
    return false;
}

/* One device counts once, whatever label and kind it goes by. */
static enum ratls_err check_other(const struct rt_devices *d, const struct ratls_verdict *v,
                                  struct ratls_error *err)
{
    const struct ratls_claim *ids = device_ids(v);

    if (!ids)
        return ratls_fail(err, RATLS_E_VERIFIER_FAULT, "nothing says which device it is");
    for (size_t i = 0; i < d->n; i++)
        if (share_one(ids, device_ids(d->part[i].verdict)))
            return ratls_fail(err, RATLS_E_DEVICE_DUPLICATE, "the device of %s once more",
                              d->part[i].label);
    return RATLS_OK;
}

enum ratls_err rt_devices_add(struct rt_devices *d, const char *label, struct ratls_verdict *v,
                              enum ratls_err e, struct ratls_error *err)
{
    struct ratls_error why = {0};

    if (e && v)
        (void)ratls_fail(&why, e, "%s", v->why.detail);
    if (!e)
        e = check_other(d, v, &why);
    if (e) {
        ratls_verdict_unref(v);
        return ratls_fail(err, e, "%s: %s", label, why.detail);
    }
    memcpy(d->part[d->n].label, label, strlen(label) + 1);
    d->part[d->n++].verdict = v;
    return RATLS_OK;
}

struct asked {
    const struct ratls_trust *t;
    int64_t now;
    bool authenticity_only;
    uint8_t report_data[RATLS_REPORT_DATA_LEN];
};

static enum ratls_err judge_item(const struct asked *a, const struct rt_cmw_item *item,
                                 struct rt_devices *d, struct ratls_error *err)
{
    struct ratls_error why = {0};
    struct ratls_verdict *v = rt_verdict_by(a->t, a->now);

    if (!v)
        return RATLS_E_NO_MEMORY;
    const struct rt_job j = {.t = a->t,
                             .v = v,
                             .err = &why,
                             .now = a->now,
                             .report_data = a->report_data,
                             .authenticity_only = a->authenticity_only,
                             .form = RT_FORM_SESSION,
                             .media_type = item->media_type,
                             .evidence = item->evidence};
    v->beside_cpu = true;
    return rt_devices_add(d, item->label, v, rt_conclude(v, rt_judge(&j), &why), err);
}

/* All but that of the CPU. */
static enum ratls_err judge_items(const struct asked *a, const struct rt_cmw_collection *c,
                                  struct rt_devices *d, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < c->n && !e; i++)
        if (strcmp(c->item[i].label, RT_CPU_LABEL) != 0)
            e = judge_item(a, &c->item[i], d, err);
    return e;
}

static enum ratls_err appraise(const struct asked *a, const struct rt_cmw_collection *c,
                               struct ratls_bytes collection, struct rt_devices **out,
                               struct ratls_error *err)
{
    struct rt_devices *d = rt_devices_new(collection);
    enum ratls_err e = d ? judge_items(a, c, d, err) : RATLS_E_NO_MEMORY;

    *out = e ? NULL : d;
    if (e)
        rt_devices_unref(d);
    return e;
}

enum ratls_err rt_devices_again(const struct ratls_trust *t, struct rt_devices *of, int64_t now,
                                struct rt_devices **out, struct ratls_error *err)
{
    struct rt_devices *d = devices_upon(of);
    enum ratls_err e = d ? RATLS_OK : RATLS_E_NO_MEMORY;

    for (size_t i = 0; i < of->n && !e; i++) {
        struct ratls_verdict *v = NULL;
        e = rt_appraise_claims(t, of->part[i].verdict, now, &v);
        e = rt_devices_add(d, of->part[i].label, v, e, err);
    }
    *out = e ? NULL : d;
    if (e)
        rt_devices_unref(d);
    return e;
}

/* ---- devices that were seen before (verdict_cache.h) ---- */

static enum ratls_err key_of(const struct asked *a, struct ratls_bytes collection,
                             uint8_t key[RT_SHA256_LEN])
{
    uint8_t both[RATLS_REPORT_DATA_LEN + RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(collection, both + RATLS_REPORT_DATA_LEN);

    memcpy(both, a->report_data, RATLS_REPORT_DATA_LEN);
    return e ? e : rt_sha256(ratls_bytes(both, sizeof both), key);
}

/* A verdict of their own carries them there. Without memory nothing is kept. */
static void keep(const struct ratls_trust *t, const uint8_t key[RT_SHA256_LEN],
                 struct rt_devices *d)
{
    struct ratls_verdict *carrier = rt_verdict_new();

    if (!carrier)
        return;
    carrier->devices = rt_devices_ref(d);
    rt_verdict_cache_put(rt_trust_proven(t), key, carrier);
    ratls_verdict_unref(carrier);
}

static enum ratls_err appraise_or_recall(const struct asked *a, const struct rt_cmw_collection *c,
                                         struct ratls_bytes collection, struct rt_devices **out,
                                         struct ratls_error *err)
{
    uint8_t key[RT_SHA256_LEN];
    enum ratls_err e = key_of(a, collection, key);

    if (e)
        return e;
    struct ratls_verdict *seen = rt_verdict_cache_get(rt_trust_proven(a->t), key);
    if (seen && rt_devices_stand(seen->devices, a->now)) {
        e = rt_devices_again(a->t, seen->devices, a->now, out, err);
    } else {
        e = appraise(a, c, collection, out, err);
        if (!e)
            keep(a->t, key, *out);
    }
    ratls_verdict_unref(seen);
    return e;
}

/* NULL: there is none. */
static const struct rt_cmw_item *find_cpu(const struct rt_cmw_collection *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->item[i].label, RT_CPU_LABEL) == 0)
            return &c->item[i];
    return NULL;
}

enum ratls_err rt_devices_appraise(const struct ratls_trust *t, struct ratls_bytes collection,
                                   const struct ratls_verdict *cpu, struct rt_devices **out,
                                   struct ratls_error *err)
{
    struct asked a = {.t = t, .now = cpu->judged_at};
    struct rt_cmw_collection c;
    enum ratls_err e = rt_cmw_collection_read(collection, &c, err);

    *out = NULL;
    if (e)
        return e;
    if (ratls_claims_get(cpu->claims, "passport"))
        return ratls_fail(err, RATLS_E_EVIDENCE_DUPLICATE,
                          "devices beside a passport, which tells of them");
    if (c.n > RT_MAX_DEVICES || find_cpu(&c))
        return ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "not a collection of 1 to %d devices alone",
                          RT_MAX_DEVICES);
    if ((e = due_report_data(cpu, a.report_data, err)) != RATLS_OK)
        return e;
    return appraise_or_recall(&a, &c, collection, out, err);
}

/* ---- verdicts with devices ---- */

void rt_verdict_take_devices(struct ratls_verdict *v, struct rt_devices *devices)
{
    rt_devices_unref(v->devices);
    v->devices = devices;
    for (size_t i = 0; devices && i < devices->n; i++)
        rt_verdict_end_with(v, devices->part[i].verdict);
}

size_t ratls_verdict_devices(const struct ratls_verdict *v)
{
    return v->devices ? v->devices->n : 0;
}

const struct ratls_verdict *ratls_verdict_device(const struct ratls_verdict *v, size_t i,
                                                 const char **label)
{
    if (i >= ratls_verdict_devices(v))
        return NULL;
    if (label)
        *label = v->devices->part[i].label;
    return v->devices->part[i].verdict;
}

enum ratls_err rt_devices_due(const struct ratls_trust *t, const struct ratls_verdict *v,
                              struct ratls_error *err)
{
    struct rt_policy_count counts[RT_MAX_DEVICES];
    const size_t n = ratls_verdict_devices(v);

    for (size_t i = 0; i < n; i++) {
        const struct ratls_verdict *part = v->devices->part[i].verdict;
        counts[i] = (struct rt_policy_count){part->tee, device_ids(part)->n_items};
    }
    return rt_policy_judge_devices(rt_trust_policy(t), counts, n, err);
}

/* ---- a file with all parts ---- */

static bool is_device(const struct rt_job *j, struct ratls_bytes evidence)
{
    const struct ratls_verifier *v = rt_registry_find(rt_trust_registry(j->t), evidence);

    return v && v->device;
}

static enum ratls_err judge_cpu(struct rt_job *j, const struct rt_cmw_collection *c)
{
    const struct rt_cmw_item *cpu = find_cpu(c);

    if (!cpu || is_device(j, cpu->evidence))
        return ratls_fail(j->err, RATLS_E_DEVICE_ALONE, "devices without the evidence of a CPU");
    j->form = RT_FORM_SESSION;
    j->media_type = cpu->media_type;
    j->evidence = cpu->evidence;
    return rt_judge(j);
}

enum ratls_err rt_judge_composite(struct rt_job *j, struct ratls_bytes collection)
{
    struct asked a = {.t = j->t, .now = j->now, .authenticity_only = j->authenticity_only};
    struct rt_cmw_collection c;
    struct rt_devices *devices = NULL;
    enum ratls_err e = rt_cmw_collection_read(collection, &c, j->err);

    if (e || (e = judge_cpu(j, &c)) != RATLS_OK ||
        (e = due_report_data(j->v, a.report_data, j->err)) != RATLS_OK ||
        (e = appraise(&a, &c, collection, &devices, j->err)) != RATLS_OK)
        return e;
    rt_verdict_take_devices(j->v, devices);
    return RATLS_OK;
}
