/* The status page: HTML for a person, without scripts. Every text goes through px_text_html(). */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "text.h"
#include "view.h"

#define SHOWN_HEX 16 /* digits of a measurement in a table; all of it in its title */

const char px_page_style[] =
    ":root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b2330;--dim:#5d6b7e;"
    "--line:#e1e5eb;--good:#137a46;--good-bg:#dff4e8;--bad:#b3261e;--bad-bg:#fbe4e2;"
    "--warn:#8a5a00;--warn-bg:#fdf0d3;--tee:#1f4fa3;--tee-bg:#e4edfb}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2029;--ink:#e4e9f0;"
    "--dim:#93a1b5;--line:#2b3442;--good:#6fd39b;--good-bg:#16382a;--bad:#ff9c93;--bad-bg:#45211f;"
    "--warn:#f2c55c;--warn-bg:#3e3113;--tee:#9fc1ff;--tee-bg:#1d3056}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--bg);color:var(--ink);"
    "font:15px/1.5 system-ui,'Segoe UI',Roboto,'Liberation Sans','DejaVu Sans',sans-serif}\n"
    "main,header,footer{max-width:1180px;margin:0 auto;padding:0 24px}\n"
    "header{display:flex;flex-wrap:wrap;align-items:center;gap:12px;padding-top:26px}\n"
    "h1{font-size:23px;margin:0;letter-spacing:-.01em}\n"
    "h2{font-size:16px;margin:30px 0 10px}h2 small{color:var(--dim);font-weight:400;"
    "margin-left:6px}\n"
    "footer{color:var(--dim);font-size:13px;padding-top:22px;padding-bottom:34px}\n"
    ".facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(125px,1fr));gap:12px;"
    "margin:20px 0 0;padding:0}\n"
    ".facts div{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "padding:11px 15px}\n"
    ".facts dt{color:var(--dim);font-size:12.5px}.facts dd{margin:1px 0 0;font-size:20px;"
    "font-weight:600;font-variant-numeric:tabular-nums}\n"
    ".table{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "overflow-x:auto}\n"
    "table{border-collapse:collapse;width:100%;font-size:13.5px}\n"
    "th,td{text-align:left;padding:8px 13px;border-bottom:1px solid var(--line);"
    "vertical-align:top}\n"
    "th{color:var(--dim);font-weight:500;font-size:12.5px;white-space:nowrap}\n"
    "tr:last-child td{border-bottom:0}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".w{white-space:nowrap}\n"
    "code{font:12.5px/1.5 ui-monospace,'DejaVu Sans Mono','Liberation Mono',monospace;"
    "overflow-wrap:anywhere}td.w code{white-space:nowrap}\n"
    "td small{display:block;color:var(--dim);font-size:12.5px;overflow-wrap:anywhere}\n"
    ".pill{display:inline-block;border-radius:99px;padding:1px 10px;font-size:12.5px;"
    "font-weight:600;white-space:nowrap}.pill{margin-right:5px}\n"
    ".good{color:var(--good);background:var(--good-bg)}.bad{color:var(--bad);"
    "background:var(--bad-bg)}\n"
    ".warn{color:var(--warn);background:var(--warn-bg)}.tee{color:var(--tee);"
    "background:var(--tee-bg)}\n"
    ".none{padding:16px;color:var(--dim);margin:0}\n";

/* ---- pieces ---- */

static void pill(struct evbuffer *to, const char *class, const char *text)
{
    px_text_printf(to, "<span class=\"pill %s\">", class);
    px_text_html(to, text);
    px_text_add(to, "</span>");
}

static void age(struct evbuffer *to, int64_t s)
{
    if (s < 0)
        s = 0;
    if (s < 120)
        px_text_printf(to, "%" PRId64 " s", s);
    else if (s < 120 * 60)
        px_text_printf(to, "%" PRId64 " min", s / 60);
    else if (s < 48 * 3600)
        px_text_printf(to, "%" PRId64 " h", s / 3600);
    else
        px_text_printf(to, "%" PRId64 " d", s / 86400);
}

/* 999 B, 1.2 KB, 34 MB */
static void bytes(struct evbuffer *to, uint64_t n)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    uint64_t tenths = 0;
    size_t unit = 0;

    for (; n >= 1000; n /= 1000) {
        tenths = n / 100 % 10;
        unit++;
    }
    if (unit > 0 && n < 10)
        px_text_printf(to, "%" PRIu64 ".%" PRIu64 " %s", n, tenths, units[unit]);
    else
        px_text_printf(to, "%" PRIu64 " %s", n, units[unit]);
}

static void clock_time(struct evbuffer *to, int64_t at, const char *format)
{
    const time_t t = (time_t)at;
    struct tm utc;
    char text[64];

    if (gmtime_r(&t, &utc) && strftime(text, sizeof text, format, &utc) > 0)
        px_text_add(to, text);
}

static void measurement(struct evbuffer *to, const char *hex)
{
    char head[SHOWN_HEX + 1];

    (void)snprintf(head, sizeof head, "%s", hex);
    px_text_add(to, "<code title=\"");
    px_text_html(to, hex);
    px_text_add(to, "\">");
    px_text_html(to, head);
    px_text_add(to, strlen(hex) > SHOWN_HEX ? "&hellip;</code>" : "</code>");
}

static void tee(struct evbuffer *to, const char *name, bool simulated)
{
    if (name[0])
        pill(to, "tee", name);
    if (simulated)
        pill(to, "warn", "simulated");
}

/* A cell with one text of others. */
static void cell(struct evbuffer *to, const char *text)
{
    px_text_add(to, "<td>");
    px_text_html(to, text);
    px_text_add(to, "</td>");
}

/* ---- head ---- */

static void begin_fact(struct evbuffer *to, const char *name)
{
    px_text_printf(to, "<div><dt>%s</dt><dd>", name);
}

static void end_fact(struct evbuffer *to)
{
    px_text_add(to, "</dd></div>\n");
}

static void number_fact(struct evbuffer *to, const char *name, uint64_t value)
{
    begin_fact(to, name);
    px_text_printf(to, "%" PRIu64, value);
    end_fact(to);
}

static uint64_t total(const struct px_view *v, enum px_counter c)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < v->board.n_services; i++)
        sum += px_view_counter(v, i, c);
    return sum;
}

static void facts(struct evbuffer *to, const struct px_view *v)
{
    px_text_add(to, "<dl class=\"facts\">\n");
    begin_fact(to, "Up for");
    age(to, v->now - v->board.started);
    end_fact(to);
    begin_fact(to, "Workers ready");
    px_text_printf(to, "%" PRIu64 " of %" PRIu64, v->board.workers_ready, v->board.workers);
    end_fact(to);
    begin_fact(to, "Open now");
    px_text_printf(to, "%" PRId64, px_view_open(v));
    end_fact(to);
    number_fact(to, "Peers allowed", total(v, PX_HANDSHAKES_OK));
    number_fact(to, "Peers failed", total(v, PX_HANDSHAKES_FAILED));
    begin_fact(to, "Bytes in");
    bytes(to, total(v, PX_BYTES_IN));
    end_fact(to);
    begin_fact(to, "Bytes out");
    bytes(to, total(v, PX_BYTES_OUT));
    end_fact(to);
    number_fact(to, "Trust no.", v->board.trust_generation);
    px_text_add(to, "</dl>\n");
}

static void head(struct evbuffer *to, const struct px_view *v)
{
    const char *reasons[PX_VIEW_REASONS];

    px_view_reasons(v, reasons);
    px_text_add(to, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta http-equiv=\"refresh\" content=\"5\">"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                    "<title>ratls-proxy</title>"
                    "<link rel=\"stylesheet\" href=\"/style.css\"></head>\n"
                    "<body><header><h1>ratls-proxy</h1>");
    pill(to, reasons[0] ? "bad" : "good", reasons[0] ? "not ready" : "ready");
    for (size_t i = 0; reasons[i]; i++)
        pill(to, "bad", reasons[i]);
    px_text_add(to, "</header>\n<main>\n");
    facts(to, v);
}

/* ---- services ---- */

static void identity(struct evbuffer *to, const struct px_view *v, const struct px_board_service *s)
{
    px_text_add(to, "<td>");
    if (!s->attester[0]) {
        px_text_add(to, "none shown");
    } else {
        px_text_html(to, s->attester);
        px_text_add(to, "<small>");
        if (s->identity_ends > v->now) {
            px_text_add(to, "certificate ends in ");
            age(to, s->identity_ends - v->now);
        } else {
            px_text_add(to, "certificate has ended");
        }
        px_text_add(to, "</small>");
    }
    px_text_add(to, "</td>");
}

static void insecure(struct evbuffer *to, const char *words)
{
    char one[PX_BOARD_TEXT];

    while (*words) {
        size_t len = strcspn(words, " ");
        (void)snprintf(one, sizeof one, "%.*s", (int)len, words);
        pill(to, "warn", one);
        px_text_add(to, " ");
        words += len + strspn(words + len, " ");
    }
}

static void backends(struct evbuffer *to, const struct px_view *v, size_t i)
{
    const struct px_board_service *s = &v->board.service[i];

    for (size_t k = 0; k < PX_MAX_CONNECT && s->connect[k][0]; k++) {
        px_text_add(to, " <code>");
        px_text_html(to, s->connect[k]);
        px_text_add(to, "</code>");
        if (px_view_is_down(v, i, k)) {
            px_text_add(to, " ");
            pill(to, "bad", "down");
        }
    }
}

static void service(struct evbuffer *to, const struct px_view *v, size_t i)
{
    const struct px_board_service *s = &v->board.service[i];

    px_text_add(to, "<tr><td><strong>");
    px_text_html(to, s->name);
    px_text_printf(to, "</strong><small>%s, ", s->client ? "client" : "server");
    px_text_html(to, s->mode);
    px_text_add(to, "</small></td><td><code>");
    px_text_html(to, s->accept);
    px_text_add(to, "</code> &rarr;");
    backends(to, v, i);
    if (s->insecure[0]) {
        px_text_add(to, "<small>");
        insecure(to, s->insecure);
        px_text_add(to, "</small>");
    }
    px_text_add(to, "</td>");
    cell(to, s->policy[0] ? s->policy : "nobody is judged");
    identity(to, v, s);
    px_text_printf(to,
                   "<td class=\"n\">%" PRId64 "</td><td class=\"n\">%" PRIu64
                   "</td><td class=\"n\">%" PRIu64 "</td></tr>\n",
                   px_view_gauge(v, i, PX_OPEN), px_view_counter(v, i, PX_HANDSHAKES_OK),
                   px_view_counter(v, i, PX_HANDSHAKES_FAILED));
}

static void services(struct evbuffer *to, const struct px_view *v)
{
    px_text_add(to, "<h2>Services</h2>\n<div class=\"table\"><table id=\"services\"><thead><tr>"
                    "<th>Service</th><th>Way</th><th>Policy</th><th>Own identity</th>"
                    "<th class=\"n\">Open</th><th class=\"n\">Allowed</th>"
                    "<th class=\"n\">Failed</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < v->board.n_services; i++)
        service(to, v, i);
    px_text_add(to, "</tbody></table></div>\n");
}

/* ---- peers ---- */

static const char *policy_of(const struct px_view *v, const char *service)
{
    for (size_t i = 0; i < v->board.n_services; i++)
        if (strcmp(v->board.service[i].name, service) == 0)
            return v->board.service[i].policy;
    return "";
}

static void peer(struct evbuffer *to, const struct px_view *v, const struct px_peer *p)
{
    px_text_add(to, "<tr><td class=\"w\"><code>");
    px_text_html(to, p->peer);
    px_text_add(to, "</code><small>");
    px_text_html(to, p->service);
    px_text_add(to, "</small></td><td class=\"w\">");
    tee(to, p->tee, p->simulated);
    px_text_add(to, "<small>");
    px_text_html(to, p->tcb);
    px_text_add(to, "</small></td><td class=\"w\">");
    measurement(to, p->measurement);
    px_text_add(to, "</td><td>");
    px_text_html(to, policy_of(v, p->service));
    px_text_printf(to, "<small>generation %" PRIu64 "</small></td>", p->generation);
    cell(to, ratls_level_name(p->level));
    px_text_add(to, "<td class=\"n\">");
    age(to, v->now - p->since);
    if (p->evidence_from > 0) {
        px_text_add(to, "<small>evidence ");
        age(to, v->now - p->evidence_from);
        px_text_add(to, "</small>");
    }
    px_text_add(to, "</td><td class=\"n\">");
    bytes(to, p->bytes_in);
    px_text_add(to, "</td><td class=\"n\">");
    bytes(to, p->bytes_out);
    px_text_add(to, "</td></tr>\n");
}

static void peers(struct evbuffer *to, const struct px_view *v)
{
    int64_t open = px_view_open(v);

    px_text_add(to, "<h2>Live peers<small>");
    if (open > (int64_t)v->n_peers)
        px_text_printf(to, "%zu shown, %" PRId64 " connections open", v->n_peers, open);
    else
        px_text_printf(to, "%zu", v->n_peers);
    px_text_add(to, "</small></h2>\n<div class=\"table\">");
    if (v->n_peers == 0) {
        px_text_add(to, "<p class=\"none\">Nobody is connected.</p></div>\n");
        return;
    }
    px_text_add(to, "<table id=\"peers\"><thead><tr><th>Peer</th><th>TEE</th><th>Measurement</th>"
                    "<th>Policy</th><th>Level</th><th class=\"n\">Age</th><th class=\"n\">In</th>"
                    "<th class=\"n\">Out</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < v->n_peers; i++)
        peer(to, v, &v->peer[i]);
    px_text_add(to, "</tbody></table></div>\n");
}

/* ---- refusals ---- */

static void refusal(struct evbuffer *to, const struct px_refusal *r)
{
    px_text_add(to, "<tr><td class=\"w\">");
    clock_time(to, r->at, "%H:%M:%S");
    px_text_add(to, "<small>");
    clock_time(to, r->at, "%Y-%m-%d");
    px_text_add(to, "</small></td><td class=\"w\"><code>");
    px_text_html(to, r->peer);
    px_text_add(to, "</code><small>");
    px_text_html(to, r->service);
    px_text_add(to, "</small></td><td class=\"w\">");
    tee(to, r->tee, r->simulated);
    px_text_add(to, "</td><td>");
    pill(to, "bad", ratls_err_reason(r->reason));
    px_text_add(to, "<small>");
    px_text_html(to, r->detail);
    px_text_add(to, "</small></td><td class=\"w\">");
    measurement(to, r->measurement);
    px_text_add(to, "</td></tr>\n");
}

static void refusals(struct evbuffer *to, const struct px_view *v)
{
    px_text_printf(to, "<h2>Recent refusals<small>last %zu</small></h2>\n<div class=\"table\">",
                   v->n_refusals);
    if (v->n_refusals == 0) {
        px_text_add(to, "<p class=\"none\">Nobody was refused.</p></div>\n");
        return;
    }
    px_text_add(to, "<table id=\"refusals\"><thead><tr><th>Time</th><th>Peer</th><th>TEE</th>"
                    "<th>Reason</th><th>Measurement</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < v->n_refusals; i++)
        refusal(to, &v->refusal[i]);
    px_text_add(to, "</tbody></table></div>\n");
}

void px_page_write(struct evbuffer *to, const struct px_view *v)
{
    head(to, v);
    services(to, v);
    peers(to, v);
    refusals(to, v);
    px_text_add(to, "</main>\n<footer>ratls-proxy " RATLS_VERSION ", process ");
    px_text_printf(to, "%" PRId64 ", ", v->board.pid);
    clock_time(to, v->now, "%Y-%m-%d %H:%M:%S UTC");
    px_text_add(to, ". This page renews itself every 5 seconds.</footer></body></html>\n");
}
