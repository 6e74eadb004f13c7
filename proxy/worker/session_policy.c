/* Sessions that wait for the word of an OPA. */
#include "session.h"

/* ---- answers ---- */

/* False: touch the session no more. */
static bool answer(struct px_session *s, enum ratls_err e, const char *detail)
{
    const bool handshakes = s->state == PX_HANDSHAKE;
    enum ratls_err done = ratls_conn_supply_policy(s->relay.conn, e, detail);

    if (handshakes && !done)
        px_session_handshake(s); /* a refusal is told to the peer there */
    else if (handshakes)
        px_session_fail(s, done, "the answer of OPA cannot be used");
    else if (done)
        px_session_revoked(s, done);
    return !handshakes && !done;
}

static struct px_session *find(const struct px_gate *g, const struct px_opa_answer *a)
{
    struct px_session *s = NULL;

    TAILQ_FOREACH (s, &g->worker->sessions, all)
        if (s->id == a->session)
            return s->question == a->question ? s : NULL;
    return NULL;
}

/* ---- questions ---- */

enum asked {
    ASKED,
    LATER, /* an open one whose turn has not come */
    GONE,  /* touch the session no more */
};

/* What becomes of a question that cannot be asked: nobody is let in for that. */
static const char *const too_many = "too many questions wait for OPA";

static enum ratls_err queue(struct px_session *s, struct px_opa_question *q)
{
    enum ratls_err e = ratls_conn_policy_input(s->relay.conn, &q->input);

    if (e)
        return e;
    q->question = ++s->gate->worker->last_id;
    e = px_opa_ask(s->gate->opa, q);
    if (!e)
        s->question = q->question;
    return e;
}

static void ask_later(struct px_session *s)
{
    TAILQ_INSERT_TAIL(&s->gate->askers, s, asking);
    s->asks_later = true;
}

static enum asked ask(struct px_session *s)
{
    struct px_opa_question q = {.session = s->id, .patient = s->state != PX_HANDSHAKE};

    px_session_ask_no_more(s); /* judged again: the former question is about what was */
    enum ratls_err e = ratls_conn_policy_key(s->relay.conn, &q.key);
    if (!e && px_opa_allowed(s->gate->opa, &q.key)) {
        px_stats_add(s->gate->stats, PX_POLICY_CACHED, 1);
        return answer(s, RATLS_OK, NULL) ? ASKED : GONE;
    }
    if (!e)
        e = queue(s, &q);
    if (!e)
        return ASKED;
    if (e == RATLS_E_LIMIT && q.patient) {
        ask_later(s);
        return LATER;
    }
    return answer(s, RATLS_E_OPA_FAILED, e == RATLS_E_LIMIT ? too_many : ratls_err_text(e)) ? ASKED
                                                                                            : GONE;
}

bool px_session_ask_policy(struct px_session *s)
{
    if (s->state == PX_HANDSHAKE && s->question)
        return true;
    return ask(s) != GONE;
}

void px_session_ask_no_more(struct px_session *s)
{
    if (s->question)
        px_opa_forget(s->gate->opa, s->question);
    s->question = 0;
    if (s->asks_later)
        TAILQ_REMOVE(&s->gate->askers, s, asking);
    s->asks_later = false;
}

/* ---- the way back ---- */

static enum px_counter answer_counter(enum ratls_err e)
{
    if (e == RATLS_OK)
        return PX_POLICY_ALLOWED;
    return e == RATLS_E_OPA_DENIED ? PX_POLICY_DENIED : PX_POLICY_FAILED;
}

static void on_answer(void *arg, const struct px_opa_answer *a)
{
    struct px_gate *g = arg;
    struct px_session *s = find(g, a);

    px_stats_add(g->stats, answer_counter(a->e), 1);
    if (s) {
        s->question = 0;
        (void)answer(s, a->e, a->detail);
    }
    while ((s = TAILQ_FIRST(&g->askers)) != NULL && ask(s) != LATER)
        ;
}

bool px_session_start_asking(struct px_gate *g)
{
    return !g->opa || px_opa_start(g->opa, g->worker->base, on_answer, g);
}
