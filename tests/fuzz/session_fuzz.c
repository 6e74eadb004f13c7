/* Any bytes as the frames of a peer. The first byte chooses role, levels and what the peer showed;
 * without the attested key nobody gets beyond level 1, and nobody below the demand. */
#include <stdlib.h>

#include "session.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static int fixed_random(void *arg, uint8_t *out, size_t len)
{
    (void)arg;
    memset(out, 0x42, len);
    return 0;
}

/* A quote that anybody could make: only the signature stands in the way. */
static enum ratls_err any_quote(void *arg, struct ratls_bytes cmw,
                                const uint8_t binder[RT_BINDER_LEN], struct ratls_error *err)
{
    (void)arg, (void)binder;
    return cmw.len ? RATLS_OK : ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "empty");
}

static struct ratls_bytes some_ak(void)
{
    static struct rt_key *key;

    if (!key && rt_key_generate(ratls_env_system(), RT_P256, &key) != RATLS_OK)
        abort();
    return rt_key_spki(key);
}

static enum ratls_err any_devices(void *arg, struct ratls_bytes collection, struct ratls_error *err)
{
    (void)arg;
    return collection.len ? RATLS_OK : ratls_fail(err, RATLS_E_EVIDENCE_FORMAT, "empty");
}

/* Bits 0-1: demand, 2-3: provable, 4: role, 5-6: peer showed nothing, evidence, evidence with AK.
 */
static struct rt_session_params params(uint8_t choice)
{
    static const char *const formats[] = {"tdx", NULL};
    const unsigned shows = choice >> 5 & 3;
    struct rt_session_params p = {
        .role = choice & 16 ? RATLS_SERVER : RATLS_CLIENT,
        .demand = (enum ratls_level)(choice & 3),
        .provable = (enum ratls_level)(choice >> 2 & 3),
        .shown = shows ? RATLS_LEVEL_KEY : RATLS_LEVEL_NONE,
        .formats = formats,
        .judge_quote = any_quote,
        .judge_devices = any_devices,
    };

    if (shows > 1)
        p.peer_ak_spki = some_ak();
    return p;
}

/* As a connection does: proofs and ALLOW as soon as they are due, everything sent at once. */
static void settle(struct rt_session *s)
{
    static const uint8_t signature[RT_PROOF_SIG_LEN] = {1};
    struct rt_session_shown shown = {0};
    struct ratls_proof_request req;

    for (;;) {
        rt_session_sent(s, rt_session_output(s).len);
        switch (rt_session_due(s)) {
        case RT_DUE_PROOF:
            rt_session_proof_request(s, &req);
            shown.quote = ratls_bytes("quote", req.level == RATLS_LEVEL_QUOTE ? 5 : 0);
            if (rt_session_supply(s, ratls_bytes(signature, sizeof signature), &shown) != RATLS_OK)
                abort();
            break;
        case RT_DUE_VERDICT:
            if (rt_session_allow(s) != RATLS_OK)
                return;
            break;
        case RT_DUE_NOTHING:
        case RT_DUE_DONE:
            return;
        }
    }
}

static void judge(const struct rt_session *s)
{
    if (rt_session_due(s) != RT_DUE_DONE)
        return;
    if (s->level < s->p.demand || s->level > RATLS_LEVEL_KEY || s->p.peer_ak_spki.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct ratls_env env = *ratls_env_system();
    struct rt_reader r = rt_reader(ratls_bytes(bytes, len));
    const struct rt_session_params p = params(rt_u8(&r));
    struct ratls_error err = {0};
    struct rt_session s;
    enum ratls_err e;

    env.random = fixed_random;
    if (rt_session_start(&s, &env, &p) != RATLS_OK)
        abort();
    for (e = RATLS_OK, settle(&s); !e && r.left && rt_session_wants(&s); settle(&s)) {
        size_t want = rt_session_wants(&s);
        e = rt_session_feed(&s, rt_take_bytes(&r, want < r.left ? want : r.left), &err);
    }
    if (!e)
        judge(&s);
    else
        rt_session_deny(&s, e);
    rt_session_free(&s);
    return 0;
}
