/* HTTP CONNECT, RFC 9110 s.9.3.6, and Proxy-Authorization, RFC 7617. */
#include <stdio.h>

#include "ingress.h"

static const struct {
    const char *status, *word;
} answers[PX_ANSWERS] = {
    [PX_ANSWER_BY_OUTCOME] = {"502 Bad Gateway", "failed"},
    [PX_ANSWER_MALFORMED] = {"400 Bad Request", "malformed"},
    [PX_ANSWER_DESTINATION] = {"403 Forbidden", "destination"},
    [PX_ANSWER_METHOD] = {"405 Method Not Allowed", "method"},
    [PX_ANSWER_CREDENTIALS] = {"407 Proxy Authentication Required", "credentials"},
    [PX_ANSWER_TRIES] = {"429 Too Many Requests", "tries"},
    [PX_ANSWER_SLOW] = {"408 Request Timeout", "slow"},
    [PX_ANSWER_TOO_LARGE] = {"431 Request Header Fields Too Large", "large"},
    [PX_ANSWER_TYPE] = {"400 Bad Request", "malformed"},
    [PX_ANSWER_DENIED] = {"502 Bad Gateway", "attestation"},
    [PX_ANSWER_UNREACHABLE] = {"502 Bad Gateway", "unreachable"},
    [PX_ANSWER_BUSY] = {"503 Service Unavailable", "busy"},
    [PX_ANSWER_TIMEOUT] = {"504 Gateway Timeout", "timeout"},
    [PX_ANSWER_FAILED] = {"502 Bad Gateway", "failed"},
};

static const char *const fields[PX_ANSWERS] = {
    [PX_ANSWER_METHOD] = "Allow: CONNECT\r\n",
    [PX_ANSWER_CREDENTIALS] = "Proxy-Authenticate: Basic realm=\"ratls-proxy\", "
                              "charset=\"UTF-8\"\r\n",
    [PX_ANSWER_TRIES] = "Retry-After: 1\r\n",
};

void px_connect_tell(struct px_session *s, enum px_answer answer)
{
    const char *word = answers[answer].word;
    const char *field = fields[answer] ? fields[answer] : "";
    char text[512];

    (void)snprintf(text, sizeof text,
                   "HTTP/1.1 %s\r\n%sContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                   "Connection: close\r\n\r\n%s\n",
                   answers[answer].status, field, strlen(word) + 1, word);
    (void)px_ingress_say(s, text, strlen(text));
}

bool px_connect_opened(struct px_session *s)
{
    static const char text[] = "HTTP/1.1 200 Connection established\r\n\r\n";

    return px_ingress_say(s, text, sizeof text - 1);
}

/* RFC 9110 s.11.7.2: one field, one pair. Whoever shows none is told nothing else. */
static bool admit(struct px_session *s, const struct px_head *head)
{
    static const char basic[] = "Basic ";
    struct ratls_bytes shown = {0};
    const size_t len = strlen(basic);
    size_t n = px_head_find(head, "proxy-authorization", &shown);

    if (!s->gate->users)
        return true;
    if (n > 1) {
        px_ingress_fail(s, PX_ANSWER_MALFORMED, "two Proxy-Authorization");
        return false;
    }
    if (shown.len <= len || !px_text_is(ratls_bytes(shown.p, len), basic)) {
        px_ingress_fail(s, PX_ANSWER_CREDENTIALS, "no user and password");
        return false;
    }
    shown = ratls_bytes(shown.p + len, shown.len - len);
    while (shown.p[0] == ' ') /* 1*SP; fields are trimmed, so that something follows */
        shown = ratls_bytes(shown.p + 1, shown.len - 1);
    return px_ingress_admit_basic(s, shown);
}

/* Other field values are of no interest, but a body would be taken for the first bytes of the
 * tunnel. */
static void asked(struct px_session *s, const struct px_head *head)
{
    struct px_ingress *in = s->ingress;
    uint64_t length = 0;

    in->used = head->len;
    if (!ratls_bytes_equal(head->method, ratls_bytes_str("CONNECT")))
        px_ingress_fail(s, PX_ANSWER_METHOD, "the method is not CONNECT");
    else if (px_head_body(head, &length) != PX_BODY_NONE)
        px_ingress_fail(s, PX_ANSWER_MALFORMED, "a CONNECT with a body");
    else if (!admit(s, head))
        return;
    else if (!px_destination_parse(head->target, &in->destination))
        px_ingress_fail(s, PX_ANSWER_MALFORMED, "the destination is no host:port");
    else
        px_ingress_asked(s);
}

void px_connect_said(struct px_session *s)
{
    struct px_head head;

    switch (px_head_parse(ratls_bytes(s->ingress->bytes, s->ingress->len), &px_head_usual, &head)) {
    case PX_HEAD_PART:
        return;
    case PX_HEAD_MALFORMED:
        px_ingress_fail(s, PX_ANSWER_MALFORMED, "this is no HTTP request");
        return;
    case PX_HEAD_TOO_LARGE:
        px_ingress_fail(s, PX_ANSWER_TOO_LARGE, "the head of the request is too large");
        return;
    case PX_HEAD_WHOLE:
        asked(s, &head);
        return;
    }
}
