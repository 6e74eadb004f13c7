/* The document that policies outside judge, and the question. */
#include <inttypes.h>
#include <stdio.h>

#include "claim_text.h"
#include "json.h"
#include "outside.h"
#include "vector.h"
#include "verdict.h"

/* ---- the document ---- */

static void put_name(struct rt_writer *w, const char *name)
{
    rt_json_put_text(w, name);
    rt_json_put_raw(w, ":");
}

/* What the quote of the connection says is newer than what the certificate's evidence said. */
static const struct ratls_claim *claim(const struct rt_outside_peer *p, const char *name)
{
    const struct ratls_claim *newer = p->quote ? ratls_claims_get(p->quote->claims, name) : NULL;

    return newer ? newer : ratls_claims_get(p->verdict->claims, name);
}

static void put_claim(struct rt_writer *w, const struct ratls_claim *c, bool *first)
{
    if (!*first)
        rt_json_put_raw(w, ",");
    *first = false;
    put_name(w, c->name);
    rt_json_put_claim(w, c);
}

static void put_claims(struct rt_writer *w, const struct rt_outside_peer *p)
{
    const struct ratls_claims *claims = p->verdict->claims;
    bool first = true;

    rt_json_put_raw(w, "{");
    for (size_t i = 0; i < ratls_claims_count(claims); i++)
        put_claim(w, claim(p, ratls_claims_at(claims, i)->name), &first);
    for (size_t i = 0; p->quote && i < ratls_claims_count(p->quote->claims); i++) {
        const struct ratls_claim *c = ratls_claims_at(p->quote->claims, i);
        if (!ratls_claims_get(claims, c->name))
            put_claim(w, c, &first);
    }
    rt_json_put_raw(w, "}");
}

static void put_int(struct rt_writer *w, int64_t n)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%" PRId64, n);
    rt_json_put_raw(w, digits);
}

static void put_text_or_null(struct rt_writer *w, const char *text)
{
    if (text)
        rt_json_put_text(w, text);
    else
        rt_json_put_raw(w, "null");
}

static void put_claim_or(struct rt_writer *w, const struct ratls_claim *c,
                         enum ratls_claim_type type, const char *otherwise)
{
    if (c && c->type == type)
        rt_json_put_claim(w, c);
    else
        rt_json_put_raw(w, otherwise);
}

static void put_binding(struct rt_writer *w, const struct ratls_verdict *v)
{
    static const char *const roles[] = {
        [RATLS_CLIENT] = "client",
        [RATLS_SERVER] = "server",
    };

    rt_json_put_raw(w, "{\"level\":");
    put_claim_or(w, ratls_claims_get(v->claims, "binding.level"), RATLS_CLAIM_UINT, "0");
    rt_json_put_raw(w, ",\"role\":");
    put_text_or_null(w, (size_t)v->peer_role < RT_COUNT(roles) ? roles[v->peer_role] : NULL);
    rt_json_put_raw(w, ",\"alpn\":");
    put_text_or_null(w, v->alpn);
    rt_json_put_raw(w, "}");
}

static void put_peer(struct rt_writer *w, const struct ratls_verdict *v)
{
    char spki[2 * RT_SHA256_LEN + 1];

    rt_hex(ratls_bytes(v->spki_sha256, sizeof v->spki_sha256), spki);
    rt_json_put_raw(w, "{\"spki_sha256\":");
    put_text_or_null(w, rt_all_zero(v->spki_sha256, sizeof v->spki_sha256) ? NULL : spki);
    rt_json_put_raw(w, ",\"san\":");
    put_claim_or(w, ratls_claims_get(v->claims, "peer.names"), RATLS_CLAIM_LIST, "[]");
    rt_json_put_raw(w, "}");
}

/* The worse of certificate and quote. */
static void put_vector(struct rt_writer *w, const struct rt_outside_peer *p)
{
    struct rt_vector vector, of_quote;

    if (p->undecided)
        rt_vector_found(p->verdict, &vector);
    else
        rt_vector_of(p->verdict, &vector);
    if (p->quote) {
        rt_vector_of(p->quote, &of_quote);
        for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
            vector.value[i] = rt_vector_worse(vector.value[i], of_quote.value[i]);
    }
    rt_vector_put(w, &vector);
}

static void put_baseline(struct rt_writer *w, const struct rt_outside_peer *p)
{
    const struct ratls_claim *name = claim(p, "baseline.name");
    const struct ratls_claim *version = claim(p, "baseline.version");

    if (!name || !version) {
        rt_json_put_raw(w, "null");
        return;
    }
    rt_json_put_raw(w, "{\"id\":");
    rt_json_put_claim(w, name);
    rt_json_put_raw(w, ",\"version\":");
    rt_json_put_claim(w, version);
    rt_json_put_raw(w, "}");
}

static void put_what_attests(struct rt_writer *w, const struct rt_outside_peer *p)
{
    rt_json_put_raw(w, "{");
    put_name(w, "tee");
    rt_json_put_text(w, p->verdict->tee);
    rt_json_put_raw(w, ",\"claims\":");
    put_claims(w, p);
    rt_json_put_raw(w, ",\"vector\":");
    put_vector(w, p);
}

/* Each was allowed before anybody is asked about the whole. */
static void put_devices(struct rt_writer *w, const struct ratls_verdict *v)
{
    const char *label = NULL;

    for (size_t i = 0; i < ratls_verdict_devices(v); i++) {
        const struct ratls_verdict *device = ratls_verdict_device(v, i, &label);
        rt_json_put_raw(w, i == 0 ? ",\"devices\":{" : ",");
        put_name(w, label);
        put_what_attests(w, &(struct rt_outside_peer){.verdict = device});
        rt_json_put_raw(w, "}");
    }
    if (ratls_verdict_devices(v) > 0)
        rt_json_put_raw(w, "}");
}

static void put_all_but_time(struct rt_writer *w, const struct rt_outside_peer *peer)
{
    const struct ratls_verdict *v = peer->verdict;

    put_what_attests(w, peer);
    rt_json_put_raw(w, ",\"binding\":");
    put_binding(w, v);
    rt_json_put_raw(w, ",\"peer\":");
    put_peer(w, v);
    rt_json_put_raw(w, ",\"baseline\":");
    put_baseline(w, peer);
    put_devices(w, v);
}

enum ratls_err rt_outside_input(const struct rt_outside_peer *peer, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    put_all_but_time(&w, peer);
    rt_json_put_raw(&w, ",\"time\":");
    put_int(&w, peer->verdict->judged_at);
    rt_json_put_raw(&w, "}");
    return rt_writer_take(&w, out); /* puts the NUL behind the last byte */
}

enum ratls_err rt_outside_digest(const struct rt_outside_peer *peer, uint8_t out[RT_SHA256_LEN])
{
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_E_NO_MEMORY;

    rt_put_u64be(&w, peer->verdict->generation);
    put_all_but_time(&w, peer);
    if (!w.bad)
        e = rt_sha256(rt_written(&w), out);
    rt_writer_free(&w);
    return e;
}

enum ratls_err ratls_verdict_input(const struct ratls_verdict *v, struct ratls_buffer *out)
{
    return rt_outside_input(&(struct rt_outside_peer){.verdict = v}, out);
}

/* ---- the question ---- */

bool rt_outside_is_set(const struct ratls_trust *t)
{
    return rt_trust_outside(t)->decide || rt_trust_outside(t)->deferred;
}

bool rt_outside_is_deferred(const struct ratls_trust *t)
{
    return rt_trust_outside(t)->deferred;
}

enum ratls_err rt_outside_code(enum ratls_err e)
{
    bool is_reason = (unsigned)e < RATLS_ERR_COUNT && !ratls_err_is_want(e) && e != RATLS_E_CLOSED;

    return is_reason ? e : RATLS_E_OPA_FAILED;
}

enum ratls_err rt_outside_ask(const struct ratls_trust *t, const struct rt_outside_peer *peer,
                              struct ratls_error *err)
{
    const struct rt_outside *outside = rt_trust_outside(t);
    struct ratls_buffer input = {0};
    struct ratls_error why = {0};

    if (!rt_outside_is_set(t))
        return RATLS_OK;
    if (!outside->decide)
        return ratls_fail(err, RATLS_E_OPA_FAILED, "the outside policy is asked by nobody here");
    enum ratls_err e = ratls_claims_status(peer->verdict->claims); /* it is told all, or nothing */
    if (e == RATLS_OK)
        e = rt_outside_input(peer, &input);
    if (e == RATLS_OK)
        e = rt_outside_code(outside->decide(outside->arg, rt_bytes_of(&input), &why));
    ratls_buffer_free(&input);
    return e ? ratls_fail(err, e, "%s", why.detail[0] ? why.detail : ratls_err_text(e)) : RATLS_OK;
}
