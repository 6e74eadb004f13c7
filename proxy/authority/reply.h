/* reply.h - what is said, in the forms of HTTP: never kept by anybody in between. */
#ifndef PX_REPLY_H
#define PX_REPLY_H

#include <cjson/cJSON.h>
#include <event2/http.h>

#include "ratls/ratls.h"

void px_answer_header(struct evhttp_request *req, const char *key, const char *value);
void px_answer(struct evhttp_request *req, int status, const char *type, struct ratls_bytes text);
/* 200, of bytes that stay where they are until they were sent: gone() then gives them back. */
struct px_loan {
    void (*gone)(const void *bytes, size_t len, void *arg);
    void *arg;
};
void px_answer_lent(struct evhttp_request *req, const char *type, struct ratls_bytes text,
                    const struct px_loan *loan);
/* Wiped: there may be a token in it. `json` is taken; NULL: memory was short. */
void px_answer_json(struct evhttp_request *req, int status, const char *type, cJSON *json);
void px_answer_problem(struct evhttp_request *req, int status);             /* RFC 9457 */
const char *px_request_header(struct evhttp_request *req, const char *key); /* or NULL */
/* Likewise, where there must not be two; *n is how many there are. NULL unless it is one. */
const char *px_request_only(struct evhttp_request *req, const char *key, unsigned *n);

#endif
