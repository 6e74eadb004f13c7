/* Status, as JSON. */
#include <inttypes.h>

#include "text.h"
#include "view.h"

/* ---- writing ---- */

struct json {
    struct evbuffer *to;
    bool follows; /* something stands before: a comma is due */
};

static void key(struct json *j, const char *name)
{
    if (j->follows)
        px_text_add(j->to, ",");
    j->follows = true;
    if (name)
        px_text_printf(j->to, "\"%s\":", name);
}

static void begin(struct json *j, const char *name, const char *bracket)
{
    key(j, name);
    px_text_add(j->to, bracket);
    j->follows = false;
}

static void end(struct json *j, const char *bracket)
{
    px_text_add(j->to, bracket);
    j->follows = true;
}

static void text(struct json *j, const char *name, const char *value)
{
    key(j, name);
    px_text_json(j->to, value);
}

static void number(struct json *j, const char *name, int64_t value)
{
    key(j, name);
    px_text_printf(j->to, "%" PRId64, value);
}

static void count(struct json *j, const char *name, uint64_t value)
{
    key(j, name);
    px_text_printf(j->to, "%" PRIu64, value);
}

static void truth(struct json *j, const char *name, bool value)
{
    key(j, name);
    px_text_add(j->to, value ? "true" : "false");
}

/* ---- parts ---- */

static void general(struct json *j, const struct px_view *v)
{
    const struct px_board *b = &v->board;
    const char *reasons[PX_VIEW_REASONS];

    px_view_reasons(v, reasons);
    text(j, "version", RATLS_VERSION);
    text(j, "state", px_view_life(v));
    truth(j, "ready", reasons[0] == NULL);
    begin(j, "not_ready", "[");
    for (size_t i = 0; reasons[i]; i++)
        text(j, NULL, reasons[i]);
    end(j, "]");
    number(j, "now", v->now);
    number(j, "started", b->started);
    number(j, "pid", b->pid);
    count(j, "workers", b->workers);
    count(j, "workers_ready", b->workers_ready);
    count(j, "worker_exits", b->worker_exits);
    if (b->authority) {
        truth(j, "authority_ready", b->authority_ready);
        count(j, "authority_exits", b->authority_exits);
    }
    count(j, "trust_generation", b->trust_generation);
    count(j, "trust_refusals", b->trust_refusals);
    count(j, "config_reloads", b->reloads);
    count(j, "config_reload_refusals", b->reload_refusals);
}

static void backends(struct json *j, const struct px_view *v, size_t i)
{
    const struct px_board_service *s = &v->board.service[i];

    begin(j, "backends", "[");
    for (size_t k = 0; k < PX_MAX_CONNECT && s->connect[k][0]; k++) {
        begin(j, NULL, "{");
        text(j, "address", s->connect[k]);
        truth(j, "up", !px_view_is_down(v, i, k));
        end(j, "}");
    }
    end(j, "]");
}

static void service(struct json *j, const struct px_view *v, size_t i)
{
    const struct px_board_service *s = &v->board.service[i];

    begin(j, NULL, "{");
    text(j, "name", s->name);
    text(j, "accept", s->accept);
    backends(j, v, i);
    truth(j, "client", s->client);
    text(j, "mode", s->mode);
    text(j, "policy", s->policy);
    text(j, "attester", s->attester);
    text(j, "insecure", s->insecure);
    number(j, "identity_not_after", s->identity_ends);
    count(j, "identity_rotations", s->issued);
    count(j, "identity_rotation_failures", s->issue_failures);
    number(j, "connections_open", px_view_gauge(v, i, PX_OPEN));
    number(j, "handshakes_in_flight", px_view_gauge(v, i, PX_HANDSHAKING));
    count(j, "connections_accepted", px_view_counter(v, i, PX_ACCEPTED));
    count(j, "handshakes_ok", px_view_counter(v, i, PX_HANDSHAKES_OK));
    count(j, "handshakes_failed", px_view_counter(v, i, PX_HANDSHAKES_FAILED));
    count(j, "bytes_in", px_view_counter(v, i, PX_BYTES_IN));
    count(j, "bytes_out", px_view_counter(v, i, PX_BYTES_OUT));
    count(j, "tokens_issued", px_view_counter(v, i, PX_TOKENS_ISSUED));
    end(j, "}");
}

static void peer(struct json *j, const struct px_peer *p)
{
    begin(j, NULL, "{");
    text(j, "service", p->service);
    text(j, "peer", p->peer);
    number(j, "since", p->since);
    text(j, "tee", p->tee);
    text(j, "tcb_status", p->tcb);
    text(j, "measurement", p->measurement);
    text(j, "level", ratls_level_name(p->level));
    truth(j, "simulated", p->simulated);
    number(j, "evidence_from", p->evidence_from);
    if (p->expires != INT64_MAX)
        number(j, "expires", p->expires);
    count(j, "trust_generation", p->generation);
    count(j, "bytes_in", p->bytes_in);
    count(j, "bytes_out", p->bytes_out);
    end(j, "}");
}

static void refusal(struct json *j, const struct px_refusal *r)
{
    begin(j, NULL, "{");
    number(j, "time", r->at);
    text(j, "service", r->service);
    text(j, "peer", r->peer);
    text(j, "reason", ratls_err_reason(r->reason));
    text(j, "detail", r->detail);
    text(j, "tee", r->tee);
    text(j, "measurement", r->measurement);
    truth(j, "simulated", r->simulated);
    end(j, "}");
}

void px_status_write(struct evbuffer *to, const struct px_view *v)
{
    struct json j = {.to = to};

    begin(&j, NULL, "{");
    general(&j, v);
    begin(&j, "services", "[");
    for (size_t i = 0; i < v->board.n_services; i++)
        service(&j, v, i);
    end(&j, "]");
    number(&j, "peers_connected", px_view_open(v));
    begin(&j, "peers", "[");
    for (size_t i = 0; i < v->n_peers; i++)
        peer(&j, &v->peer[i]);
    end(&j, "]");
    begin(&j, "refusals", "[");
    for (size_t i = 0; i < v->n_refusals; i++)
        refusal(&j, &v->refusal[i]);
    end(&j, "]");
    end(&j, "}\n");
}
