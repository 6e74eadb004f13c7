/* Processes that fetch passports. */
#include "passport_child.h"

#include <stdlib.h>

#include "clock.h"
#include "process.h"

struct px_passport_child {
    struct ratls_identity *identity;
    uint32_t issuer;
    px_passport_done_fn *done;
    void *arg;
    pid_t pid;
    struct px_channel *channel;
    struct event *over; /* its end, or that of its time */
    bool proven;        /* one proof was made */
    bool heard;         /* it said how it went */
    enum ratls_err e;
    struct ratls_buffer words; /* the token, or what there is to say */
};

/* ---- what it says ---- */

/* As a client, for the one key that it has, and once: there is one handshake. */
static enum ratls_err prove(struct px_passport_child *p, const struct px_prove *ask,
                            uint8_t signature[64])
{
    const bool again = p->proven;

    p->proven = true;
    if (again || ask->issuer != p->issuer || ask->request.role != RATLS_CLIENT ||
        ask->request.level != RATLS_LEVEL_SESSION ||
        memcmp(ask->own_spki_sha256, ratls_identity_spki_sha256(p->identity), 32) != 0)
        return RATLS_E_USAGE;
    return ratls_identity_prove(p->identity, &ask->request, signature);
}

static bool on_prove(struct px_passport_child *p, struct ratls_bytes payload)
{
    struct px_answer a = {0};
    struct px_prove ask;

    if (!px_prove_parse(payload, &ask))
        return false;
    a.id = ask.id;
    a.e = prove(p, &ask, a.signature);
    return px_channel_send(p->channel, px_answer_message(&a));
}

static bool on_fetched(struct px_passport_child *p, struct ratls_bytes payload)
{
    struct px_reader r = px_reader(payload);
    const uint16_t reason = px_get_u16(&r);
    const struct ratls_bytes words = px_get_rest(&r);

    if (!px_reader_done(&r) || reason >= RATLS_ERR_COUNT || p->heard)
        return false;
    p->e = (enum ratls_err)reason;
    p->words.p = malloc(words.len + 1);
    if (!p->words.p)
        return false;
    memcpy(p->words.p, words.p, words.len);
    p->words.p[words.len] = 0;
    p->words.len = words.len;
    p->heard = true;
    event_active(p->over, EV_TIMEOUT, 0);
    return true;
}

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    if (type == PX_MSG_PROVE)
        return on_prove(arg, payload);
    return type == PX_MSG_FETCHED && on_fetched(arg, payload);
}

static void on_closed(void *arg)
{
    struct px_passport_child *p = arg;

    event_active(p->over, EV_TIMEOUT, 0);
}

/* ---- how it went ---- */

static void on_over(evutil_socket_t fd, short what, void *arg)
{
    struct px_passport_child *p = arg;
    struct ratls_error err = {0};
    enum ratls_err e = p->heard ? p->e : RATLS_E_FETCH;

    (void)fd;
    (void)what;
    if (e)
        e = ratls_fail(&err, e, "passport: %s",
                       !p->heard      ? "the process that asks for it says nothing"
                       : p->words.len ? (const char *)p->words.p
                                      : ratls_err_text(e));
    p->done(p->arg, e, ratls_bytes(p->words.p, e ? 0 : p->words.len), &err);
}

/* ---- birth ---- */

static bool tell_files(struct px_channel *c, enum px_msg_type type, const struct px_files *files)
{
    bool good = true;

    for (size_t i = 0; good && i < files->n; i++)
        good = px_channel_send(c, px_file_message(type, &files->file[i]));
    return good;
}

static bool tell(struct px_passport_child *p, const struct px_passport_plan *plan)
{
    struct px_message *m = px_message_new(PX_MSG_FETCH, 2 + 2 + strlen(plan->path));

    px_put_uint(m, plan->service, 2);
    px_put_text(m, plan->path);
    if (tell_files(p->channel, PX_MSG_FILE, plan->files) &&
        tell_files(p->channel, PX_MSG_TRUST_FILE, plan->trust_files) &&
        px_channel_send(p->channel, px_identity_message(plan->issuer, plan->identity)))
        return px_channel_send(p->channel, m);
    px_message_free(m);
    return false;
}

static enum ratls_err give_birth(struct px_passport_child *p, const struct px_passport_plan *plan,
                                 struct ratls_error *err)
{
    static const struct px_channel_ops ops = {.message = on_message, .closed = on_closed};
    const struct timeval limit = px_timeval(PX_PASSPORT_TIMEOUT_MS);
    const struct px_process process = {"--passport", NULL, 0};
    int own = -1;
    int failed = px_process_start(&process, &p->pid, &own);

    if (failed)
        return ratls_fail(err, RATLS_E_IO, "passport: %s", strerrordesc_np(failed));
    p->channel = px_channel_new(plan->base, own, PX_MAX_FROM_FETCHER, &ops, p);
    p->over = evtimer_new(plan->base, on_over, p);
    return p->channel && p->over && evtimer_add(p->over, &limit) == 0 && tell(p, plan)
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_NO_MEMORY, "passport");
}

enum ratls_err px_passport_start(const struct px_passport_plan *plan, px_passport_done_fn *done,
                                 void *arg, struct px_passport_child **out, struct ratls_error *err)
{
    struct px_passport_child *p = *out = calloc(1, sizeof *p);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    if (!p)
        return ratls_fail(err, e, "passport");
    p->identity = ratls_identity_ref(plan->identity);
    p->issuer = plan->issuer;
    p->done = done;
    p->arg = arg;
    e = give_birth(p, plan, err);
    if (e) {
        px_passport_free(p);
        *out = NULL;
    }
    return e;
}

void px_passport_free(struct px_passport_child *p)
{
    if (!p)
        return;
    px_channel_free(p->channel);
    px_process_end(p->pid, 0); /* it has no last words */
    if (p->over)
        event_free(p->over);
    ratls_identity_unref(p->identity);
    ratls_buffer_free(&p->words);
    free(p);
}
