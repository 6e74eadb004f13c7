/* Session proofs, asked for by workers. A worker may be in an attacker's hands: what it asks for is
 * a signature over a binder that names its own service's key and role, or nothing. */
#include <stdlib.h>

#include "clock.h"
#include "issuer_impl.h"

#define QUOTES_MAX 32 /* of an attester's queue; the rest is for renewals */

struct px_quote {
    TAILQ_ENTRY(px_quote) all;
    struct px_issuer *issuer;
    uint64_t child;
    struct px_prove ask;
    struct ratls_identity *identity;
};

static void answer(struct px_issuer *i, struct px_answer *a)
{
    if (a->e) {
        memset(a->signature, 0, sizeof a->signature);
        a->evidence = ratls_bytes(NULL, 0);
    }
    i->p.ops->answer(i->p.arg, a);
}

static void quote_free(struct px_quote *q)
{
    TAILQ_REMOVE(&q->issuer->quotes, q, all);
    q->issuer->n_quotes--;
    ratls_identity_unref(q->identity);
    free(q);
}

static void on_quote(void *arg, enum ratls_err e, struct ratls_bytes evidence,
                     const struct ratls_error *err)
{
    struct px_quote *q = arg;
    struct px_issuer *i = q->issuer;
    struct px_answer a = {.child = q->child, .id = q->ask.id, .e = e, .evidence = evidence};

    (void)err;
    if (!e)
        a.e = ratls_identity_prove(q->identity, &q->ask.request, a.signature);
    quote_free(q);
    answer(i, &a);
}

/* The quote is made over the binder; the signature follows when it is there. */
static enum ratls_err begin_quote(struct px_issuer *i, struct ratls_identity *id, uint64_t child,
                                  const struct px_prove *p)
{
    uint8_t binder[64];
    enum ratls_err e = ratls_identity_binder(id, &p->request, binder);

    if (e)
        return e;
    if (i->n_quotes >= QUOTES_MAX)
        return RATLS_E_PROOF_LIMIT;
    struct px_quote *q = calloc(1, sizeof *q);
    if (!q)
        return RATLS_E_NO_MEMORY;
    *q = (struct px_quote){
        .issuer = i, .child = child, .ask = *p, .identity = ratls_identity_ref(id)};
    TAILQ_INSERT_TAIL(&i->quotes, q, all);
    i->n_quotes++;
    e = ratls_attester_request(i->attester, binder, on_quote, q);
    if (e)
        quote_free(q);
    return e;
}

static enum ratls_err check(const struct px_issuer *i, const struct ratls_identity *id,
                            const struct px_prove *p)
{
    enum ratls_role role = i->p.service->client ? RATLS_CLIENT : RATLS_SERVER;

    if (!id || !ratls_identity_has_ak(id))
        return RATLS_E_STATE;
    return p->request.role == role && p->request.level <= i->p.service->proof ? RATLS_OK
                                                                              : RATLS_E_USAGE;
}

/* One bucket for each worker, filled with proof-rate tokens a second. */
bool px_issuer_admit(struct px_issuer *i, unsigned worker)
{
    struct px_bucket *b = &i->proofs[worker];
    const unsigned rate = i->p.service->proof_rate;
    const int64_t full_milli = (int64_t)rate * 1000, now = px_now_ms();

    b->tokens_milli += (now - b->at_ms) * rate;
    if (b->at_ms == 0 || b->tokens_milli > full_milli)
        b->tokens_milli = full_milli;
    b->at_ms = now;
    if (b->tokens_milli < 1000)
        return false;
    b->tokens_milli -= 1000;
    return true;
}

void px_issuer_prove(struct px_issuer *i, uint64_t child, const struct px_prove *p)
{
    struct ratls_identity *id = px_issuer_find(i, p->own_spki_sha256);
    struct px_answer a = {.child = child, .id = p->id};

    a.e = check(i, id, p);
    if (!a.e && p->request.level == RATLS_LEVEL_QUOTE) {
        a.e = begin_quote(i, id, child, p);
        if (!a.e)
            return;
    } else if (!a.e) {
        a.e = ratls_identity_prove(id, &p->request, a.signature);
    }
    answer(i, &a);
}

void px_issuer_forget_quotes(struct px_issuer *i)
{
    struct px_quote *q = NULL;

    while ((q = TAILQ_FIRST(&i->quotes)) != NULL)
        quote_free(q);
}
