/* Requests and their answers. */
#include <stdio.h>
#include <sys/socket.h>

#include <event2/bufferevent.h>

#include "admin.h"
#include "clock.h"
#include "text.h"

#define PAGE_POLICY                                                                                \
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "                  \
    "frame-ancestors 'none'"

/* ---- answers ---- */

static void header(struct evhttp_request *req, const char *key, const char *value)
{
    (void)evhttp_add_header(evhttp_request_get_output_headers(req), key, value);
}

static void answer(struct evhttp_request *req, int status, const char *type, struct evbuffer *body)
{
    header(req, "Content-Type", type);
    header(req, "Cache-Control", "no-store");
    header(req, "Content-Security-Policy", PAGE_POLICY);
    header(req, "X-Content-Type-Options", "nosniff");
    header(req, "Referrer-Policy", "no-referrer");
    header(req, "Cross-Origin-Resource-Policy", "same-origin");
    header(req, "Connection", "close");
    evhttp_send_reply(req, status, NULL, body);
}

static const char *title(int status)
{
    switch (status) {
    case 401:
        return "credentials are needed";
    case 403:
        return "not allowed";
    case 404:
        return "no such path";
    case 405:
        return "no such method here";
    case 409:
        return "not in this state";
    case 429:
        return "too many wrong credentials";
    case 503:
        return "not available";
    }
    return "failed";
}

/* RFC 9457. Nothing of the request, nothing of the inside. */
static void problem(struct evhttp_request *req, int status)
{
    struct evbuffer *body = evbuffer_new();

    if (!body) {
        evhttp_send_reply(req, status, NULL, NULL);
        return;
    }
    px_text_printf(body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}\n",
                   title(status), status);
    answer(req, status, "application/problem+json", body);
    evbuffer_free(body);
}

/* ---- what is shown ---- */

typedef int show_fn(struct px_admin *a, struct evbuffer *body, bool known);

static void reasons_text(struct evbuffer *to, const char *const *reasons)
{
    for (size_t i = 0; reasons[i]; i++)
        px_text_printf(to, "%s\n", reasons[i]);
}

static int show_live(struct px_admin *a, struct evbuffer *body, bool known)
{
    (void)a;
    (void)known;
    px_text_add(body, "ok\n");
    return 200;
}

/* Why not is for those who may know more. */
static int show_ready(struct px_admin *a, struct evbuffer *body, bool known)
{
    const char *reasons[PX_VIEW_REASONS];

    px_view_reasons(&a->view, reasons);
    px_text_add(body, reasons[0] ? "not ready\n" : "ok\n");
    if (known)
        reasons_text(body, reasons);
    return reasons[0] ? 503 : 200;
}

static int show_status(struct px_admin *a, struct evbuffer *body, bool known)
{
    (void)known;
    px_status_write(body, &a->view);
    return 200;
}

static int show_metrics(struct px_admin *a, struct evbuffer *body, bool known)
{
    (void)known;
    px_metrics_write(body, &a->view);
    return 200;
}

static int show_page(struct px_admin *a, struct evbuffer *body, bool known)
{
    (void)known;
    px_page_write(body, &a->view);
    return 200;
}

static int show_style(struct px_admin *a, struct evbuffer *body, bool known)
{
    (void)a;
    (void)known;
    px_text_add(body, px_page_style);
    return 200;
}

static const struct route {
    const char *path, *type;
    show_fn *show;       /* GET; or */
    enum px_order order; /* POST */
    bool open;           /* no token is needed */
} routes[] = {
    {"/livez", "text/plain", show_live, 0, true},
    {"/readyz", "text/plain", show_ready, 0, true},
    {"/status", "application/json", show_status, 0, false},
    {"/metrics", "text/plain; version=0.0.4; charset=utf-8", show_metrics, 0, false},
    {"/", "text/html; charset=utf-8", show_page, 0, false},
    {"/style.css", "text/css; charset=utf-8", show_style, 0, true},
    {"/reload", NULL, NULL, PX_ORDER_RELOAD, false},
    {"/drain", NULL, NULL, PX_ORDER_DRAIN, false},
    {"/reopen-log", NULL, NULL, PX_ORDER_REOPEN_LOG, false},
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; path && i < sizeof routes / sizeof routes[0]; i++)
        if (strcmp(routes[i].path, path) == 0)
            return &routes[i];
    return NULL;
}

static void show(struct px_admin *a, struct evhttp_request *req, const struct route *r, bool known)
{
    struct evbuffer *body = evbuffer_new();

    if (!body || !px_board_read(a->board, &a->view.board)) {
        problem(req, 503);
    } else {
        px_view_gather(&a->view, a->stats, a->n_workers);
        int status = r->show(a, body, known);
        answer(req, status, r->type, body);
    }
    if (body)
        evbuffer_free(body);
}

/* ---- who asks ---- */

static const char *request_header(struct evhttp_request *req, const char *key)
{
    return evhttp_find_header(evhttp_request_get_input_headers(req), key);
}

static void name_visitor(const struct px_admin *a, struct evhttp_request *req, char *out,
                         size_t size)
{
    struct evhttp_connection *c = evhttp_request_get_connection(req);
    struct ucred who;
    socklen_t len = sizeof who;
    char *host = NULL;
    ev_uint16_t port = 0;

    (void)snprintf(out, size, "unknown");
    if (!a->local) {
        evhttp_connection_get_peer(c, &host, &port);
        if (host)
            (void)snprintf(out, size, "%s", host);
        return;
    }
    evutil_socket_t fd = bufferevent_getfd(evhttp_connection_get_bufferevent(c));
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0)
        (void)snprintf(out, size, "uid %u, pid %d", who.uid, who.pid);
}

/* Orders and wrong credentials leave a line; of wrong ones there are few (auth.h). */
static void note(const struct px_admin *a, struct evhttp_request *req, const struct route *r,
                 int status)
{
    struct px_line line;
    char who[96];

    name_visitor(a, req, who, sizeof who);
    px_line_begin(&line, "admin");
    px_line_text(&line, "path", r->path);
    px_line_int(&line, "status", status);
    px_line_text(&line, "peer", who);
    px_line_end(&line, &a->log);
}

/* 0: go on. *known: the visitor may know everything. */
static int admit(struct px_admin *a, struct evhttp_request *req, const struct route *r, bool *known)
{
    const char *host = request_header(req, "Host");
    char who[96];

    *known = a->local;
    if (a->local)
        return 0;
    if (!host || !px_auth_host(host))
        return 403;
    name_visitor(a, req, who, sizeof who);
    switch (px_auth_ask(&a->auth, who, request_header(req, "Authorization"), px_now_ms())) {
    case PX_AUTH_LIMITED:
        return 429;
    case PX_AUTH_WRONG:
        note(a, req, r, 401);
        return 401;
    case PX_AUTH_NONE:
        return r->open ? 0 : 401;
    case PX_AUTH_BASIC: /* a browser adds it to what any site makes it send */
        *known = true;
        return r->order ? 403 : 0;
    case PX_AUTH_BEARER:
        *known = true;
        return 0;
    }
    return 403;
}

static void refuse(struct evhttp_request *req, int status)
{
    if (status == 401) {
        header(req, "WWW-Authenticate", "Bearer realm=\"ratls-proxy\"");
        header(req, "WWW-Authenticate", "Basic realm=\"ratls-proxy\", charset=\"UTF-8\"");
    }
    if (status == 429)
        header(req, "Retry-After", "1");
    problem(req, status);
}

/* ---- orders ---- */

static void order(struct px_admin *a, struct evhttp_request *req, const struct route *r)
{
    struct px_message *m = px_message_new(PX_MSG_ORDER, 1);
    struct evbuffer *body = evbuffer_new();

    px_put_uint(m, (uint64_t)r->order, 1);
    if (!px_channel_send(a->master, m) || !body) {
        problem(req, 503);
    } else {
        px_text_add(body, "{\"accepted\":true}\n");
        note(a, req, r, 202);
        answer(req, 202, "application/json", body);
    }
    if (body)
        evbuffer_free(body);
}

void px_admin_answer(struct evhttp_request *req, void *admin)
{
    struct px_admin *a = admin;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
    const struct route *r = uri ? find_route(evhttp_uri_get_path(uri)) : NULL;
    const struct route nowhere = {.path = "", .open = false};
    bool known = false;

    int status = admit(a, req, r ? r : &nowhere, &known);
    if (!status && !r)
        status = 404;
    if (!status &&
        evhttp_request_get_command(req) != (r->order ? EVHTTP_REQ_POST : EVHTTP_REQ_GET)) {
        header(req, "Allow", r->order ? "POST" : "GET");
        status = 405;
    }
    if (status)
        refuse(req, status);
    else if (r->order)
        order(a, req, r);
    else
        show(a, req, r, known);
}
