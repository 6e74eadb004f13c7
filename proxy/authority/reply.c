/* What is said, in the forms of HTTP. */
#include "reply.h"

#include <stdio.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>

void px_answer_header(struct evhttp_request *req, const char *key, const char *value)
{
    (void)evhttp_add_header(evhttp_request_get_output_headers(req), key, value);
}

/* `body` is taken; NULL: memory was short. */
static void send_body(struct evhttp_request *req, int status, const char *type,
                      struct evbuffer *body)
{
    px_answer_header(req, "Content-Type", type);
    px_answer_header(req, "Cache-Control", "no-store");
    px_answer_header(req, "X-Content-Type-Options", "nosniff");
    evhttp_send_reply(req, body ? status : 500, NULL, body);
    if (body)
        evbuffer_free(body);
}

void px_answer(struct evhttp_request *req, int status, const char *type, struct ratls_bytes text)
{
    struct evbuffer *body = evbuffer_new();

    if (body)
        (void)evbuffer_add(body, text.p, text.len);
    send_body(req, status, type, body);
}

void px_answer_lent(struct evhttp_request *req, const char *type, struct ratls_bytes text,
                    const struct px_loan *loan)
{
    struct evbuffer *body = evbuffer_new();

    if (!body || evbuffer_add_reference(body, text.p, text.len, loan->gone, loan->arg)) {
        loan->gone(text.p, text.len, loan->arg);
        if (body)
            evbuffer_free(body);
        body = NULL;
    }
    send_body(req, 200, type, body);
}

void px_answer_json(struct evhttp_request *req, int status, const char *type, cJSON *json)
{
    char *text = json ? cJSON_PrintUnformatted(json) : NULL;

    cJSON_Delete(json);
    px_answer(req, text ? status : 500, type, ratls_bytes_str(text ? text : ""));
    if (text)
        explicit_bzero(text, strlen(text));
    cJSON_free(text);
}

static const char *title(int status)
{
    switch (status) {
    case 400:
        return "no such request";
    case 403:
        return "not allowed";
    case 404:
        return "no such path";
    case 405:
        return "no such method here";
    case 406:
        return "no such form";
    case 429:
        return "too many requests";
    case 503:
        return "not available";
    }
    return "failed";
}

/* RFC 9457. */
void px_answer_problem(struct evhttp_request *req, int status)
{
    char text[128];

    (void)snprintf(text, sizeof text, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}\n",
                   title(status), status);
    if (status == 429 || status == 503)
        px_answer_header(req, "Retry-After", "1");
    px_answer(req, status, "application/problem+json", ratls_bytes_str(text));
}

const char *px_request_header(struct evhttp_request *req, const char *key)
{
    return evhttp_find_header(evhttp_request_get_input_headers(req), key);
}

const char *px_request_only(struct evhttp_request *req, const char *key, unsigned *n)
{
    const struct evkeyvalq *fields = evhttp_request_get_input_headers(req);
    const struct evkeyval *field = NULL;
    const char *line = NULL;

    *n = 0;
    TAILQ_FOREACH (field, fields, next)
        if (strcasecmp(field->key, key) == 0) {
            line = field->value;
            ++*n;
        }
    return *n == 1 ? line : NULL;
}
