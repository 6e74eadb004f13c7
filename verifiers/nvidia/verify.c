/* NVIDIA: prove the chain of each device, then its report, then that they belong together. */
#include <stdlib.h>

#include "chain.h"
#include "claims.h"
#include "evidence_keys.h"
#include "nvidia.h"
#include "revocation.h"
#include "set.h"

enum { MAX_KEYS = RT_NVIDIA_MAX_DEVICES * (RT_NVIDIA_MAX_CERTS + 1) };

struct work {                               /* of some size: on the heap */
    const struct ratls_verify_input *input; /* NULL: nothing is proven */
    struct ratls_claims *claims;
    struct ratls_error *err;
    struct rt_nvidia_items items;
    struct rt_nvidia_pool pool;
    struct rt_nvidia_crls crls;
    struct rt_nvidia_chain chain; /* of one device at a time */
    struct rt_nvidia_device device[RT_NVIDIA_MAX_DEVICES];
    struct ratls_bytes key[MAX_KEYS]; /* SubjectPublicKeyInfo */
    size_t n_keys;
    bool simulated; /* one of the chains */
    int64_t expires;
};

static struct rt_nvidia_devices devices(const struct work *w)
{
    return (struct rt_nvidia_devices){w->device, w->items.n};
}

/* ---- what they say ---- */

static enum ratls_err read_device(struct work *w, size_t i)
{
    const struct rt_nvidia_item *item = &w->items.p[i];
    const struct rt_nvidia_certs certs = {&w->items, i, &w->pool};
    const bool is_shown_bare = !w->input && item->n_certs == 0;
    enum ratls_err e = rt_nvidia_report_read(item->report, &w->device[i].report, w->err);

    if (e == RATLS_OK && !is_shown_bare)
        e = rt_nvidia_leaf_find(&certs, &w->chain.cert[0], w->err);
    if (e == RATLS_OK)
        e = rt_nvidia_identify(is_shown_bare ? NULL : &w->chain.cert[0], &w->device[i], w->err);
    return e ? e : rt_nvidia_check_said(&w->items.p[i], &w->device[i], w->err);
}

static enum ratls_err read_all(struct work *w, struct ratls_bytes evidence, struct ratls_bytes pem)
{
    enum ratls_err e = rt_nvidia_envelope_read(evidence, &w->items, w->err);

    if (e == RATLS_OK)
        e = rt_nvidia_pool_open(&w->pool, pem, w->err);
    for (size_t i = 0; i < w->items.n && e == RATLS_OK; i++)
        e = read_device(w, i);
    return e ? e : rt_nvidia_claims(devices(w), w->claims, w->err);
}

/* ---- what is proven ---- */

/* Taken and ignored would look like a match. */
static enum ratls_err refuse_the_useless(const struct ratls_verify_input *input,
                                         struct ratls_error *err)
{
    if (input->event_log.p || input->ima_log.p)
        return ratls_fail(err, RATLS_E_EVENT_LOG, "a report of NVIDIA has no event log");
    return RATLS_OK;
}

static enum ratls_err check_signature(const struct rt_nvidia_report *r, const struct rt_x509 *leaf,
                                      struct ratls_error *err)
{
    enum ratls_err e =
        rt_verify_raw(RT_P384, leaf->key.point, RT_SHA384, r->signed_part, r->signature);

    if (e && !rt_is_own_failure(e))
        return ratls_fail(err, RATLS_E_EVIDENCE_SIGNATURE,
                          "report of NVIDIA: not signed by the key of the device's certificate");
    return e ? ratls_fail(err, e, "signature of a report") : RATLS_OK;
}

static void note_chain(struct work *w)
{
    for (size_t i = 0; i < w->chain.n_with_root; i++)
        w->key[w->n_keys++] = w->chain.cert[i].spki;
    w->simulated |= w->chain.simulated;
    if (w->chain.expires < w->expires)
        w->expires = w->chain.expires;
}

static enum ratls_err prove_device(struct work *w, size_t i)
{
    const struct rt_nvidia_certs certs = {&w->items, i, &w->pool};
    const struct rt_x509 *leaf = &w->chain.cert[0];
    enum ratls_err e = rt_nvidia_leaf_find(&certs, &w->chain.cert[0], w->err);

    if (e == RATLS_OK)
        e = rt_nvidia_chain_prove(&certs, w->input, &w->chain, w->err);
    if (e == RATLS_OK)
        e = check_signature(&w->device[i].report, leaf, w->err);
    if (e == RATLS_OK)
        e = rt_nvidia_check_fwid(&w->device[i], w->err);
    if (e == RATLS_OK)
        e = rt_nvidia_crls_judge(&w->crls, &w->chain, w->input->now, w->err);
    if (e == RATLS_OK)
        note_chain(w);
    return e;
}

static enum ratls_err prove_all(struct work *w)
{
    enum ratls_err e = refuse_the_useless(w->input, w->err);

    w->expires = INT64_MAX;
    if (e == RATLS_OK)
        e = rt_nvidia_crls_open(&w->crls, w->input, w->err);
    for (size_t i = 0; i < w->items.n && e == RATLS_OK; i++)
        e = prove_device(w, i);
    if (e == RATLS_OK)
        e = rt_nvidia_crls_check_use(&w->crls, w->err);
    if (e == RATLS_OK)
        e = rt_nvidia_set_check(devices(w), w->err);
    return e ? e
             : rt_claim_evidence_keys(w->claims, (struct rt_spki_list){w->key, w->n_keys}, w->err);
}

/* ---- the verifier ---- */

static enum ratls_err open_work(struct ratls_claims *claims, struct ratls_error *err,
                                struct work **out)
{
    if (!(*out = calloc(1, sizeof **out)))
        return ratls_fail(err, RATLS_E_NO_MEMORY, "evidence of NVIDIA");
    (*out)->claims = claims;
    (*out)->err = err;
    return RATLS_OK;
}

static void close_work(struct work *w)
{
    rt_nvidia_pool_free(&w->pool);
    rt_nvidia_crls_free(&w->crls);
    free(w);
}

static enum ratls_err verify(const struct ratls_verify_input *input, struct ratls_claims *claims,
                             struct ratls_error *err)
{
    struct work *w = NULL;
    enum ratls_err e = open_work(claims, err, &w);

    if (e)
        return e;
    w->input = input;
    e = read_all(w, input->evidence, input->certs);
    if (e == RATLS_OK)
        e = prove_all(w);
    if (e == RATLS_OK) {
        rt_nvidia_id_claims(devices(w), claims);
        (void)ratls_claims_set_bool(claims, "simulated", w->simulated);
        (void)ratls_claims_set_text(claims, "tcb_status", "unrated"); /* NVIDIA rates none */
        (void)ratls_claims_set_text(claims, "nvidia.crl_status",
                                    w->crls.n > 0 && w->crls.covered ? "good" : "not_checked");
        (void)ratls_claims_set_uint(claims, "collateral_expires", (uint64_t)w->expires);
        e = ratls_claims_status(claims);
    }
    close_work(w);
    return e;
}

/* Without certificates which device it is stays unknown. */
static enum ratls_err describe(struct ratls_bytes evidence, struct ratls_claims *claims,
                               struct ratls_error *err)
{
    struct work *w = NULL;
    enum ratls_err e = open_work(claims, err, &w);

    if (e)
        return e;
    e = read_all(w, evidence, ratls_bytes(NULL, 0));
    close_work(w);
    return e ? e : ratls_claims_status(claims);
}

const struct ratls_verifier rt_verifier_nvidia = {
    .abi = RATLS_VERIFIER_ABI,
    .size = sizeof(struct ratls_verifier),
    .name = "nvidia",
    .media_type = "application/vnd.ratls.nvidia",
    .recognises = rt_nvidia_recognises,
    .describe = describe,
    .verify = verify,
    .pins = rt_nvidia_pins,
    .n_pins = RT_COUNT(rt_nvidia_pins),
    .device = true,
};
