/* SOCKS 5, RFC 1928: methods, user and password (RFC 1929) where there are users, then a request.
 */
#include "ingress.h"
#include "socks.h"

static const enum px_socks_reply replies[PX_ANSWERS] = {
    [PX_ANSWER_BY_OUTCOME] = PX_SOCKS_FAILED,
    [PX_ANSWER_MALFORMED] = PX_SOCKS_FAILED,
    [PX_ANSWER_DESTINATION] = PX_SOCKS_FORBIDDEN,
    [PX_ANSWER_METHOD] = PX_SOCKS_NO_COMMAND,
    [PX_ANSWER_CREDENTIALS] = PX_SOCKS_FAILED,
    [PX_ANSWER_TRIES] = PX_SOCKS_FAILED,
    [PX_ANSWER_SLOW] = PX_SOCKS_FAILED,
    [PX_ANSWER_TOO_LARGE] = PX_SOCKS_FAILED,
    [PX_ANSWER_TYPE] = PX_SOCKS_NO_ADDRESS,
    [PX_ANSWER_DENIED] = PX_SOCKS_FAILED,
    [PX_ANSWER_UNREACHABLE] = PX_SOCKS_UNREACHABLE,
    [PX_ANSWER_BUSY] = PX_SOCKS_FAILED,
    [PX_ANSWER_TIMEOUT] = PX_SOCKS_UNREACHABLE,
    [PX_ANSWER_FAILED] = PX_SOCKS_FAILED,
};

/* Before methods are agreed on, version 5 has no way to say anything but that none is acceptable;
 * version 4 has a rejection (its request begins with 4). */
static void tell_stranger(struct px_session *s)
{
    static const uint8_t rejected[8] = {0, 91};

    if (s->ingress->len > 0 && s->ingress->bytes[0] == 4)
        (void)px_ingress_say(s, rejected, sizeof rejected);
    else
        (void)px_ingress_say(s, "\x05\xff", 2);
}

void px_socks_tell(struct px_session *s, enum px_answer answer)
{
    uint8_t reply[PX_SOCKS_REPLY_LEN];

    if (!s->ingress->greeted) {
        tell_stranger(s);
        return;
    }
    if (s->gate->users && !s->ingress->user) {
        (void)px_ingress_say(s, "\x01\x01", 2); /* RFC 1929 s.2: anything but 0 is a failure */
        return;
    }
    px_socks_answer(replies[answer], reply);
    (void)px_ingress_say(s, reply, sizeof reply);
}

bool px_socks_opened(struct px_session *s)
{
    uint8_t reply[PX_SOCKS_REPLY_LEN];

    px_socks_answer(PX_SOCKS_OK, reply);
    return px_ingress_say(s, reply, sizeof reply);
}

static void failed(struct px_session *s, enum px_socks_is is)
{
    switch (is) {
    case PX_SOCKS_WHOLE:
    case PX_SOCKS_PART:
        return;
    case PX_SOCKS_MALFORMED:
        px_ingress_fail(s, PX_ANSWER_MALFORMED, "the SOCKS request is malformed");
        return;
    case PX_SOCKS_VERSION:
        px_ingress_fail(s, PX_ANSWER_MALFORMED, "this is not SOCKS 5");
        return;
    case PX_SOCKS_METHOD:
        px_ingress_fail(s, PX_ANSWER_MALFORMED,
                        "the SOCKS client does not offer the way of authentication");
        return;
    case PX_SOCKS_COMMAND:
        px_ingress_fail(s, PX_ANSWER_METHOD, "the SOCKS command is not CONNECT");
        return;
    case PX_SOCKS_ADDRESS:
        px_ingress_fail(s, PX_ANSWER_TYPE, "an unknown type of address");
        return;
    }
}

static struct ratls_bytes rest(const struct px_ingress *in)
{
    return ratls_bytes(&in->bytes[in->used], in->len - in->used);
}

static bool say(struct px_session *s, const void *bytes, size_t len)
{
    if (px_ingress_say(s, bytes, len))
        return true;
    px_session_fail(s, RATLS_E_IO, "the client takes no answer");
    return false;
}

/* Steps. False: more is needed, or it failed. */

static bool greet(struct px_session *s)
{
    struct px_ingress *in = s->ingress;
    size_t len = 0;
    enum px_socks_method method = s->gate->users ? PX_SOCKS_USER : PX_SOCKS_ANYBODY;
    const uint8_t chosen[] = {5, (uint8_t)method};
    enum px_socks_is is = px_socks_greeting(rest(in), method, &len);

    if (is != PX_SOCKS_WHOLE) {
        failed(s, is);
        return false;
    }
    in->used += len;
    in->greeted = true;
    return say(s, chosen, sizeof chosen);
}

static bool log_in(struct px_session *s)
{
    struct px_ingress *in = s->ingress;
    struct px_socks_login shown;
    size_t len = 0;
    enum px_socks_is is = px_socks_login(rest(in), &len, &shown);

    if (is != PX_SOCKS_WHOLE) {
        failed(s, is);
        return false;
    }
    in->used += len;
    return px_ingress_admit_pair(s, &shown) && say(s, "\x01\0", 2);
}

void px_socks_said(struct px_session *s)
{
    struct px_ingress *in = s->ingress;
    size_t len = 0;

    if (!in->greeted && !greet(s))
        return;
    if (s->gate->users && !in->user && !log_in(s))
        return;
    enum px_socks_is is = px_socks_request(rest(in), &len, &in->destination);
    if (is != PX_SOCKS_WHOLE) {
        failed(s, is);
        return;
    }
    in->used += len;
    px_ingress_asked(s);
}
