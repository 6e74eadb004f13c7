/* Payloads about tokens. */
#include "ipc_text.h"
#include "ipc_token.h"

#define TEXTS 6

static void texts_of(struct px_token_ask *a, struct px_text_field out[TEXTS])
{
    const struct px_text_field texts[TEXTS] = {
        {a->service, sizeof a->service, px_is_printable, 1},
        {a->tee, sizeof a->tee, px_is_word, 1},
        {a->measurement, sizeof a->measurement, px_is_hex, 0},
        {a->tcb_status, sizeof a->tcb_status, px_is_printable, 0},
        {a->peer_spki, sizeof a->peer_spki, px_is_hex, 64},
        {a->peer, sizeof a->peer, px_is_printable, 0},
    };

    memcpy(out, texts, sizeof texts);
}

/* ---- the request ---- */

struct px_message *px_token_ask_message(const struct px_token_ask *a)
{
    struct px_token_ask copy = *a;
    struct px_text_field texts[TEXTS];
    size_t len = 8 + 1 + 1 + 8;

    texts_of(&copy, texts);
    for (size_t i = 0; i < TEXTS; i++)
        len += px_field_len(&texts[i]);
    struct px_message *m = px_message_new(PX_MSG_ASK_TOKEN, len);
    px_put_uint(m, a->id, 8);
    px_put_uint(m, (uint64_t)a->level, 1);
    px_put_uint(m, a->simulated, 1);
    px_put_uint(m, (uint64_t)a->expires, 8);
    for (size_t i = 0; i < TEXTS; i++)
        px_put_field(m, &texts[i]);
    return m;
}

bool px_token_ask_parse(struct ratls_bytes payload, struct px_token_ask *out)
{
    struct px_reader r = px_reader(payload);
    struct px_text_field texts[TEXTS];

    *out = (struct px_token_ask){0};
    texts_of(out, texts);
    out->id = px_get_u64(&r);
    out->level = px_get_level(&r);
    uint8_t simulated = px_get_u8(&r);
    uint64_t expires = px_get_u64(&r);
    for (size_t i = 0; i < TEXTS; i++)
        px_get_field(&r, &texts[i]);
    out->simulated = simulated == 1;
    out->expires = (int64_t)expires;
    return simulated <= 1 && expires <= INT64_MAX && px_reader_done(&r);
}

/* ---- the answer ---- */

struct px_message *px_token_message(const struct px_token_answer *a)
{
    struct px_message *m = px_message_new(PX_MSG_TOKEN, 8 + 2 + 8 + a->token.len);

    px_put_uint(m, a->id, 8);
    px_put_uint(m, (uint64_t)a->e, 2);
    px_put_uint(m, (uint64_t)a->expires, 8);
    px_put_bytes(m, a->token);
    return m;
}

bool px_token_parse(struct ratls_bytes payload, struct px_token_answer *out)
{
    struct px_reader r = px_reader(payload);

    *out = (struct px_token_answer){.id = px_get_u64(&r)};
    uint16_t reason = px_get_u16(&r);
    uint64_t expires = px_get_u64(&r);
    out->token = px_get_rest(&r);
    if (!px_reader_done(&r) || reason >= RATLS_ERR_COUNT || expires > INT64_MAX)
        return false;
    out->e = (enum ratls_err)reason;
    out->expires = (int64_t)expires;
    return (out->e == RATLS_OK) == (out->token.len > 0);
}
