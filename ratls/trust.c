/* Everything a verdict depends on, filled once and then only read. */
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "issuers.h"
#include "trust.h"

/* A document as the verifiers with this pair of functions want it. */
struct collateral_item {
    enum ratls_err (*made_by)(const struct ratls_collateral_input *, void **, struct ratls_error *);
    void (*free)(void *);
    void (*facts)(const void *, struct ratls_collateral_facts *);
    void *prepared;
};

struct ratls_trust {
    atomic_uint refs;
    atomic_bool frozen;
    uint64_t generation;
    bool borrows_plugins; /* of the trust before: nothing may be added to them */
    uint8_t grounds[RT_SHA256_LEN];
    const struct ratls_env *env;
    struct rt_registry *registry;
    struct rt_policy *policy;
    bool default_policy;
    struct rt_refvals *refvals;
    struct rt_stored stored;
    struct rt_anchors anchors;
    struct collateral_item collateral[RT_MAX_COLLATERAL_DOCS];
    size_t n_collateral;
    bool no_crl;
    struct ratls_issuers *issuers; /* of passports; NULL: none */
    char *audience;
    struct rt_outside outside;
    struct rt_verdict_cache *proven, *refused;
};

static struct ratls_trust *trust_new(const struct ratls_env *env, uint64_t generation)
{
    struct ratls_trust *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    atomic_init(&t->refs, 1);
    atomic_init(&t->frozen, false);
    t->env = env;
    t->generation = generation;
    t->proven = rt_verdict_cache_new(RT_MAX_PROVEN);
    t->refused = rt_verdict_cache_new(RT_MAX_REFUSED);
    if (t->proven && t->refused)
        return t;
    ratls_trust_unref(t);
    return NULL;
}

enum ratls_err ratls_trust_new(const struct ratls_env *env, struct ratls_trust **out)
{
    struct ratls_trust *t = trust_new(env, 1);

    *out = NULL;
    if (!t)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = rt_registry_new(&t->registry);
    if (e) {
        ratls_trust_unref(t);
        return e;
    }
    *out = t;
    return RATLS_OK;
}

/* What is shared must not change any more, on either side. */
enum ratls_err ratls_trust_new_after(const struct ratls_trust *old, struct ratls_trust **out)
{
    struct ratls_trust *t = *out = trust_new(old->env, old->generation + 1);

    if (!t)
        return RATLS_E_NO_MEMORY;
    rt_trust_freeze(old);
    t->registry = rt_registry_ref(old->registry);
    t->borrows_plugins = true;
    t->outside = old->outside; /* or who forgets to set it again would allow */
    return RATLS_OK;
}

uint64_t ratls_trust_generation(const struct ratls_trust *t)
{
    return t->generation;
}

struct ratls_trust *ratls_trust_ref(struct ratls_trust *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

static void forget_collateral(struct ratls_trust *t, size_t keep)
{
    for (; t->n_collateral > keep; t->n_collateral--)
        t->collateral[t->n_collateral - 1].free(t->collateral[t->n_collateral - 1].prepared);
}

void ratls_trust_unref(struct ratls_trust *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    rt_policy_free(t->policy);
    rt_refvals_free(t->refvals);
    rt_stored_free(&t->stored);
    forget_collateral(t, 0);
    rt_anchors_free(&t->anchors);
    ratls_issuers_unref(t->issuers);
    free(t->audience);
    rt_registry_free(t->registry);
    rt_verdict_cache_free(t->proven);
    rt_verdict_cache_free(t->refused);
    free(t);
}

struct rt_verdict_cache *rt_trust_proven(const struct ratls_trust *t)
{
    return t->proven;
}

struct rt_verdict_cache *rt_trust_refused(const struct ratls_trust *t)
{
    return t->refused;
}

/* T47. A policy may name sets of reference values before they are given: only now is it known that
 * there are none. The default policy alone says so by its verdicts. */
static void log_nobody(const struct ratls_trust *t)
{
    if (!t->policy || !rt_policy_rests_on_sets(t->policy) || t->refvals ||
        rt_baselines_any_active(&t->stored.baselines) ||
        (t->default_policy && t->stored.n_documents == 0))
        return;
    rt_log(t->env, RATLS_LOG_WARNING,
           "trust: the policy goes by stored reference values and there are none, everybody is "
           "denied");
}

/* The flag is the one thing in a trust that changes while it is shared; trusts are never placed in
 * read-only memory, so that casting const away is defined (C11 6.7.3). */
void rt_trust_freeze(const struct ratls_trust *t)
{
    if (!atomic_exchange_explicit(&((struct ratls_trust *)t)->frozen, true, memory_order_relaxed))
        log_nobody(t);
}

static enum ratls_err writable(const struct ratls_trust *t, struct ratls_error *err)
{
    if (atomic_load_explicit(&t->frozen, memory_order_relaxed))
        return ratls_fail(err, RATLS_E_STATE, "the trust is in use and cannot change");
    return RATLS_OK;
}

/* ---- grounds ---- */

/* One digest over everything that proofs of genuineness rest on, in the order in which it came.
 * `out` may be `before`. */
static enum ratls_err add_ground(const uint8_t before[RT_SHA256_LEN], char kind,
                                 struct ratls_bytes given, uint8_t out[RT_SHA256_LEN])
{
    uint8_t link[RT_SHA256_LEN + 1 + RT_SHA256_LEN];
    enum ratls_err e = rt_sha256(given, &link[RT_SHA256_LEN + 1]);

    if (e)
        return e;
    memcpy(link, before, RT_SHA256_LEN);
    link[RT_SHA256_LEN] = (uint8_t)kind;
    return rt_sha256(ratls_bytes(link, sizeof link), out);
}

static enum ratls_err grounds_with(const struct ratls_trust *t, char kind, struct ratls_bytes given,
                                   uint8_t out[RT_SHA256_LEN])
{
    return add_ground(t->grounds, kind, given, out);
}

/* The same list may revoke for one TEE and not for another, and the same keys may be somebody
 * else's. */
static enum ratls_err grounds_with_named(const struct ratls_trust *t, char kind, const char *name,
                                         struct ratls_bytes given, uint8_t out[RT_SHA256_LEN])
{
    enum ratls_err e = grounds_with(t, 't', ratls_bytes_str(name), out);

    return e ? e : add_ground(out, kind, given, out);
}

bool ratls_trust_same_grounds(const struct ratls_trust *a, const struct ratls_trust *b)
{
    return a->registry == b->registry && memcmp(a->grounds, b->grounds, sizeof a->grounds) == 0 &&
           memcmp(a->anchors.said_sha256, b->anchors.said_sha256, RT_SHA256_LEN) == 0;
}

/* What collateral was proven under must not change behind it. */
static enum ratls_err writable_before_collateral(const struct ratls_trust *t,
                                                 struct ratls_error *err)
{
    if (t->n_collateral > 0)
        return ratls_fail(err, RATLS_E_STATE, "collateral is given already");
    return writable(t, err);
}

/* ---- policy and plugins ---- */

static enum ratls_err set_policy(struct ratls_trust *t, struct ratls_bytes json,
                                 const char *service, struct ratls_error *err)
{
    struct rt_policy *p = NULL;
    enum ratls_err e = writable(t, err);

    if (e || (e = rt_policy_parse_for(json, service, &p, err)) != RATLS_OK)
        return e;
    rt_policy_free(t->policy);
    t->policy = p;
    t->default_policy = false;
    return RATLS_OK;
}

enum ratls_err ratls_trust_set_policy_for(struct ratls_trust *t, struct ratls_bytes json,
                                          const char *service, struct ratls_error *err)
{
    enum ratls_err e = set_policy(t, json, service, err);

    if (!e)
        rt_policy_log(t->policy, t->env);
    return e;
}

enum ratls_err ratls_trust_set_policy(struct ratls_trust *t, struct ratls_bytes json,
                                      struct ratls_error *err)
{
    return ratls_trust_set_policy_for(t, json, NULL, err);
}

enum ratls_err ratls_trust_use_default_policy(struct ratls_trust *t, struct ratls_error *err)
{
    enum ratls_err e = set_policy(t, ratls_bytes_str(rt_policy_default), NULL, err);

    t->default_policy = t->default_policy || e == RATLS_OK;
    return e;
}

enum ratls_err ratls_trust_set_reference_values(struct ratls_trust *t, struct ratls_bytes json,
                                                struct ratls_error *err)
{
    struct rt_refvals *r = NULL;
    enum ratls_err e = writable(t, err);

    if (e || (e = rt_refvals_read(json, &r, err)) != RATLS_OK)
        return e;
    rt_refvals_free(t->refvals);
    t->refvals = r;
    return RATLS_OK;
}

enum ratls_err ratls_trust_set_judge(struct ratls_trust *t, ratls_decide_fn *decide, void *arg)
{
    enum ratls_err e = decide ? writable(t, NULL) : RATLS_E_USAGE;

    if (e)
        return e;
    t->outside.decide = decide;
    t->outside.arg = arg;
    return RATLS_OK;
}

enum ratls_err ratls_trust_defer_judge(struct ratls_trust *t)
{
    enum ratls_err e = writable(t, NULL);

    if (!e)
        t->outside.deferred = true;
    return e;
}

enum ratls_err ratls_trust_load_plugins(struct ratls_trust *t, const char *directory,
                                        struct ratls_error *err)
{
    enum ratls_err e = writable_before_collateral(t, err);

    if (!e && t->borrows_plugins)
        e = ratls_fail(err, RATLS_E_STATE, "the plugins are those of the trust before");
    return e ? e : rt_registry_load(t->registry, directory, err);
}

const char *ratls_trust_verifier_name(const struct ratls_trust *t, size_t i)
{
    const struct ratls_verifier *v = rt_registry_at(t->registry, i);

    return v ? v->name : NULL;
}

/* ---- anchors ---- */

/* Of what came in since. */
static void warn_of_anchors(const struct ratls_trust *t, const struct rt_anchors_mark *before)
{
    if (t->anchors.n_published > before->n_published)
        rt_log(t->env, RATLS_LOG_WARNING,
               "trust: the private half of a platform key is published, its tokens prove nothing");
    if (t->anchors.simulated && !before->simulated)
        rt_log(t->env, RATLS_LOG_WARNING, "trust: roots of simulated TEEs are accepted");
}

static enum ratls_err add_anchors(struct ratls_trust *t, struct ratls_bytes file, bool simulated,
                                  struct ratls_error *err)
{
    const struct rt_anchors_mark before = rt_anchors_mark(&t->anchors);
    uint8_t grounds[RT_SHA256_LEN];
    enum ratls_err e = writable_before_collateral(t, err);

    if (e || (e = grounds_with(t, simulated ? 's' : 'a', file, grounds)) != RATLS_OK ||
        (e = rt_anchors_add(&t->anchors, file, simulated, err)) != RATLS_OK)
        return e;
    memcpy(t->grounds, grounds, sizeof t->grounds);
    warn_of_anchors(t, &before);
    return RATLS_OK;
}

enum ratls_err ratls_trust_add_roots(struct ratls_trust *t, struct ratls_bytes roots,
                                     struct ratls_error *err)
{
    return add_anchors(t, roots, false, err);
}

enum ratls_err ratls_trust_insecure_add_sim_roots(struct ratls_trust *t, struct ratls_bytes roots,
                                                  struct ratls_error *err)
{
    return add_anchors(t, roots, true, err);
}

enum ratls_err ratls_trust_add_crl(struct ratls_trust *t, const char *tee, struct ratls_bytes crl,
                                   struct ratls_error *err)
{
    uint8_t grounds[RT_SHA256_LEN];
    enum ratls_err e = writable(t, err);

    if (e)
        return e;
    if (!rt_registry_by_name(t->registry, tee))
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "no verifier is called '%s'", tee);
    if ((e = grounds_with_named(t, 'r', tee, crl, grounds)) != RATLS_OK ||
        (e = rt_anchors_add_crl(&t->anchors, tee, crl, err)) != RATLS_OK)
        return e;
    memcpy(t->grounds, grounds, sizeof t->grounds);
    return RATLS_OK;
}

const struct rt_anchors *rt_trust_anchors(const struct ratls_trust *t)
{
    return &t->anchors;
}

/* ---- passports ---- */

enum ratls_err ratls_trust_add_passport_issuer(struct ratls_trust *t, const char *iss,
                                               struct ratls_bytes jwks, struct ratls_error *err)
{
    uint8_t grounds[RT_SHA256_LEN];
    enum ratls_err e = writable(t, err);

    if (e || (e = grounds_with_named(t, 'i', iss, jwks, grounds)) != RATLS_OK ||
        (!t->issuers && (e = ratls_issuers_new(t->env, &t->issuers)) != RATLS_OK) ||
        (e = ratls_issuers_add(t->issuers, iss, jwks, err)) != RATLS_OK)
        return e;
    memcpy(t->grounds, grounds, sizeof t->grounds);
    return RATLS_OK;
}

enum ratls_err ratls_trust_set_passport_audience(struct ratls_trust *t, const char *audience,
                                                 struct ratls_error *err)
{
    uint8_t grounds[RT_SHA256_LEN];
    enum ratls_err e = writable(t, err);

    if (e)
        return e;
    if (!rt_is_token_text(audience, RT_MAX_TOKEN_TEXT))
        return ratls_fail(err, RATLS_E_CONFIG, "audience: no text of 1 to %d printable characters",
                          RT_MAX_TOKEN_TEXT);
    char *copy = strdup(audience);
    if (!copy)
        return RATLS_E_NO_MEMORY;
    if ((e = grounds_with(t, 'u', ratls_bytes_str(audience), grounds)) != RATLS_OK) {
        free(copy);
        return e;
    }
    free(t->audience);
    t->audience = copy;
    memcpy(t->grounds, grounds, sizeof t->grounds);
    return RATLS_OK;
}

struct ratls_issuers *rt_trust_issuers(const struct ratls_trust *t)
{
    return t->issuers;
}

const char *rt_trust_audience(const struct ratls_trust *t)
{
    return t->audience;
}

/* ---- collateral ---- */

enum ratls_err ratls_trust_insecure_no_crl(struct ratls_trust *t, struct ratls_error *err)
{
    enum ratls_err e = writable_before_collateral(t, err);

    if (e || (e = grounds_with(t, 'n', ratls_bytes(NULL, 0), t->grounds)) != RATLS_OK)
        return e;
    t->no_crl = true;
    rt_log(t->env, RATLS_LOG_WARNING, "trust: revocation of platform certificates is not checked");
    return RATLS_OK;
}

bool rt_trust_no_crl(const struct ratls_trust *t)
{
    return t->no_crl;
}

/* Under every root that counts at some time: by the date of an appraisal its verifier asks again.
 */
enum ratls_err rt_trust_prove_collateral(const struct ratls_trust *t,
                                         const struct ratls_verifier *v,
                                         struct ratls_bytes document, void **out,
                                         struct ratls_error *err)
{
    struct ratls_collateral_input input = {
        .size = sizeof input, .document = document, .insecure_no_crl = t->no_crl};
    struct rt_anchors_at at;
    enum ratls_err e = rt_anchors_at(&t->anchors, v, RT_ANY_TIME, &at);

    *out = NULL;
    input.roots = at.roots;
    input.n_roots = at.n_roots;
    if (e == RATLS_OK)
        e = rt_verifier_prove(v, &input, out, err);
    rt_anchors_at_free(&at);
    return e;
}

static bool is_new_for(const struct ratls_trust *t, size_t since, const struct ratls_verifier *v)
{
    for (size_t i = since; i < t->n_collateral; i++)
        if (t->collateral[i].made_by == v->collateral_new)
            return false;
    return true;
}

static enum ratls_err keep_collateral(struct ratls_trust *t, const struct ratls_verifier *v,
                                      struct ratls_bytes document, struct ratls_error *err)
{
    struct collateral_item item = {
        .made_by = v->collateral_new, .free = v->collateral_free, .facts = v->collateral_facts};

    if (t->n_collateral == RT_MAX_COLLATERAL_DOCS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d collateral documents",
                          RT_MAX_COLLATERAL_DOCS);
    enum ratls_err e = rt_trust_prove_collateral(t, v, document, &item.prepared, err);
    if (e == RATLS_OK)
        t->collateral[t->n_collateral++] = item;
    return e;
}

/* Each kind of collateral once: verifiers may share it, as SGX and TDX do. */
enum ratls_err ratls_trust_add_collateral(struct ratls_trust *t, struct ratls_bytes document,
                                          struct ratls_error *err)
{
    const size_t before = t->n_collateral;
    const struct ratls_verifier *v;
    uint8_t grounds[RT_SHA256_LEN];
    enum ratls_err e = writable(t, err);

    if (e == RATLS_OK)
        e = grounds_with(t, 'c', document, grounds);
    for (size_t i = 0; e == RATLS_OK && (v = rt_registry_at(t->registry, i)) != NULL; i++)
        if (v->collateral_new && v->collateral_recognises(document) && is_new_for(t, before, v))
            e = keep_collateral(t, v, document, err);
    if (e == RATLS_OK && t->n_collateral == before)
        e = ratls_fail(err, RATLS_E_COLLATERAL_FORMAT, "no verifier knows this form of collateral");
    if (e)
        forget_collateral(t, before);
    else
        memcpy(t->grounds, grounds, sizeof t->grounds);
    return e;
}

static enum ratls_err add_collateral_file(struct ratls_trust *t, const char *path,
                                          struct ratls_error *err)
{
    struct ratls_buffer document = {0};
    struct ratls_error why = {0};
    enum ratls_err e = t->env->read_file(t->env->arg, path, RT_MAX_COLLATERAL, &document);

    if (e == RATLS_OK)
        e = ratls_trust_add_collateral(t, rt_bytes_of(&document), &why);
    ratls_buffer_free(&document);
    return e ? ratls_fail(err, e, "%s: %s", path, why.detail[0] ? why.detail : ratls_err_text(e))
             : RATLS_OK;
}

/* `names`: one a line. */
static enum ratls_err add_collateral_files(struct ratls_trust *t, const char *folder,
                                           struct ratls_bytes names, struct ratls_error *err)
{
    const size_t before = t->n_collateral;
    uint8_t grounds[RT_SHA256_LEN];
    struct rt_reader r = rt_reader(names);
    char path[PATH_MAX];
    enum ratls_err e = RATLS_OK;

    memcpy(grounds, t->grounds, sizeof grounds);
    while (r.left > 0 && e == RATLS_OK) {
        const uint8_t *end = memchr(r.p, '\n', r.left);
        int len = end ? (int)(end - r.p) : (int)r.left;
        if (snprintf(path, sizeof path, "%s/%.*s", folder, len, (const char *)r.p) >=
            (int)sizeof path)
            e = ratls_fail(err, RATLS_E_LIMIT, "%s: a name is too long", folder);
        else
            e = add_collateral_file(t, path, err);
        rt_skip(&r, (size_t)len + (end ? 1 : 0));
    }
    if (e) {
        forget_collateral(t, before);
        memcpy(t->grounds, grounds, sizeof t->grounds);
    }
    return e;
}

enum ratls_err ratls_trust_add_collateral_path(struct ratls_trust *t, const char *path,
                                               struct ratls_error *err)
{
    const struct ratls_env *env = t->env;
    struct ratls_buffer names = {0};

    if (!env->list_files || env->list_files(env->arg, path, ".json", &names) != RATLS_OK)
        return add_collateral_file(t, path, err);
    enum ratls_err e = names.len ? add_collateral_files(t, path, rt_bytes_of(&names), err)
                                 : ratls_fail(err, RATLS_E_COLLATERAL_MISSING,
                                              "%s holds no document (*.json)", path);
    ratls_buffer_free(&names);
    return e;
}

size_t rt_trust_collateral(const struct ratls_trust *t, const struct ratls_verifier *v,
                           const void *out[RT_MAX_COLLATERAL_DOCS])
{
    size_t n = 0;

    for (size_t i = 0; i < t->n_collateral; i++)
        if (v->collateral_new && t->collateral[i].made_by == v->collateral_new)
            out[n++] = t->collateral[i].prepared;
    return n;
}

enum ratls_err rt_trust_collateral_facts(const struct ratls_trust *t, size_t i,
                                         struct ratls_collateral_facts *out)
{
    *out = (struct ratls_collateral_facts){0};
    if (i >= t->n_collateral)
        return RATLS_E_NOT_FOUND;
    t->collateral[i].facts(t->collateral[i].prepared, out);
    return RATLS_OK;
}

/* ---- trust documents ---- */

/* T47: what gives nothing denies, and is told of. */
static void log_document(const struct ratls_trust *t, size_t items_before)
{
    if (t->stored.n_items == items_before)
        rt_log(t->env, RATLS_LOG_WARNING, "trust: the document holds no item, it allows nobody");
}

/* Of a document only its anchors are grounds: a store has one more version every day. */
enum ratls_err ratls_trust_add_document(struct ratls_trust *t, struct ratls_bytes json,
                                        struct ratls_error *err)
{
    const size_t before = t->stored.n_items;
    const struct rt_anchors_mark anchored = rt_anchors_mark(&t->anchors);
    struct rt_anchors *anchors = t->n_collateral == 0 ? &t->anchors : NULL;
    enum ratls_err e = writable(t, err);

    if (e || (e = rt_document_add(&t->stored, anchors, json, err)) != RATLS_OK)
        return e;
    log_document(t, before);
    warn_of_anchors(t, &anchored);
    return RATLS_OK;
}

enum ratls_err ratls_trust_use_policy(struct ratls_trust *t, const char *name, const char *service,
                                      struct ratls_error *err)
{
    const struct ratls_bytes json = rt_stored_policy(&t->stored, name, t->env->now(t->env->arg));
    enum ratls_err e = writable(t, err);

    if (e)
        return e;
    if (json.len == 0)
        return ratls_fail(err, RATLS_E_NOT_FOUND,
                          "no version of the policy '%s' is active and within its dates", name);
    return ratls_trust_set_policy_for(t, json, service, err);
}

const struct rt_stored *rt_trust_stored(const struct ratls_trust *t)
{
    return &t->stored;
}

/* ---- what others read ---- */

const struct rt_policy *rt_trust_policy(const struct ratls_trust *t)
{
    return t->policy;
}

const struct rt_refvals *rt_trust_refvals(const struct ratls_trust *t)
{
    return t->refvals;
}

const struct rt_outside *rt_trust_outside(const struct ratls_trust *t)
{
    return &t->outside;
}

const struct rt_registry *rt_trust_registry(const struct ratls_trust *t)
{
    return t->registry;
}

const struct ratls_env *rt_trust_env(const struct ratls_trust *t)
{
    return t->env;
}

enum ratls_level ratls_trust_required_level(const struct ratls_trust *t)
{
    return rt_policy_level(t->policy);
}

bool ratls_trust_names_peers(const struct ratls_trust *t)
{
    return rt_policy_names_peers(t->policy);
}

bool ratls_trust_insecure(const struct ratls_trust *t, size_t i, struct ratls_insecure *out)
{
    return rt_policy_insecure(t->policy, i, out);
}

bool ratls_trust_simulated(const struct ratls_trust *t)
{
    return t->anchors.simulated;
}
