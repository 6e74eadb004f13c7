/* Metrics, in the text format 0.0.4 of Prometheus, which OpenMetrics' readers take as well. One
 * table: proxy/man/ratls-proxy.8 describes each name, and a test compares the two. */
#include <inttypes.h>

#include "text.h"
#include "view.h"

#define PREFIX "ratls_proxy_"

/* One value of the second label; the first entry has the label's name. */
struct series {
    const char *value;
    enum px_counter counter;
};

struct metric {
    const char *name, *type, *help;
    void (*write)(struct evbuffer *to, const struct px_view *v, const struct metric *m);
    const struct series *series; /* of counters with a second label */
    int of;                      /* counter, gauge or distribution */
};

/* ---- samples ---- */

static void number(struct evbuffer *to, const struct metric *m, uint64_t value)
{
    px_text_printf(to, PREFIX "%s %" PRIu64 "\n", m->name, value);
}

/* Up to and without the closing brace. */
static void begin_service(struct evbuffer *to, const struct px_view *v, const char *name,
                          size_t service)
{
    px_text_printf(to, PREFIX "%s{service=", name);
    px_text_label(to, v->board.service[service].name);
}

static void label(struct evbuffer *to, const char *key, const char *value)
{
    px_text_printf(to, ",%s=", key);
    px_text_label(to, value);
}

static void end_sample(struct evbuffer *to, uint64_t value)
{
    px_text_printf(to, "} %" PRIu64 "\n", value);
}

/* ---- of the master ---- */

static void build_info(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    (void)v;
    px_text_printf(to, PREFIX "%s{version=\"" RATLS_VERSION "\"} 1\n", m->name);
}

static void state(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    struct px_view other = {.now = 0};

    for (int life = PX_STARTING; life <= PX_STOPPED; life++) {
        other.board.life = (enum px_phase)life;
        px_text_printf(to, PREFIX "%s{state=\"%s\"} %d\n", m->name, px_view_life(&other),
                       v->board.life == other.board.life);
    }
}

static void ready(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    const char *reasons[PX_VIEW_REASONS];

    px_view_reasons(v, reasons);
    number(to, m, reasons[0] == NULL);
}

enum {
    START,
    WORKERS,
    WORKERS_READY,
    WORKER_EXITS,
    GENERATION,
    TRUST_REFUSALS,
    RELOADS,
    RELOADS_NOT,
    AUTHORITY_READY,
    AUTHORITY_EXITS
};

static void of_board(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    const struct px_board *b = &v->board;
    const uint64_t values[] = {
        [START] = (uint64_t)b->started,
        [WORKERS] = b->workers,
        [WORKERS_READY] = b->workers_ready,
        [WORKER_EXITS] = b->worker_exits,
        [GENERATION] = b->trust_generation,
        [TRUST_REFUSALS] = b->trust_refusals,
        [RELOADS] = b->reloads,
        [RELOADS_NOT] = b->reload_refusals,
        [AUTHORITY_READY] = b->authority_ready,
        [AUTHORITY_EXITS] = b->authority_exits,
    };

    number(to, m, values[m->of]);
}

enum { IDENTITY_ENDS, ISSUED, ISSUE_FAILURES };

static void of_identity(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++) {
        const struct px_board_service *s = &v->board.service[i];
        const uint64_t values[] = {[IDENTITY_ENDS] = (uint64_t)s->identity_ends,
                                   [ISSUED] = s->issued,
                                   [ISSUE_FAILURES] = s->issue_failures};
        if (!s->attester[0])
            continue;
        begin_service(to, v, m->name, i);
        end_sample(to, values[m->of]);
    }
}

static void insecure(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++) {
        const char *word = v->board.service[i].insecure;
        while (*word) {
            size_t len = strcspn(word, " ");
            begin_service(to, v, m->name, i);
            px_text_printf(to, ",setting=\"%.*s\"", (int)len, word);
            end_sample(to, 1);
            word += len + strspn(word + len, " ");
        }
    }
}

/* ---- of workers ---- */

static void counter(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++) {
        begin_service(to, v, m->name, i);
        end_sample(to, px_view_counter(v, i, (enum px_counter)m->of));
    }
}

static void counters(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++)
        for (const struct series *s = m->series + 1; s->value; s++) {
            begin_service(to, v, m->name, i);
            label(to, m->series->value, s->value);
            end_sample(to, px_view_counter(v, i, s->counter));
        }
}

static void gauge(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++) {
        begin_service(to, v, m->name, i);
        px_text_printf(to, "} %" PRId64 "\n", px_view_gauge(v, i, (enum px_gauge)m->of));
    }
}

static void backend_up(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++) {
        const struct px_board_service *s = &v->board.service[i];
        for (size_t k = 0; k < PX_MAX_CONNECT && s->connect[k][0]; k++) {
            begin_service(to, v, m->name, i);
            label(to, "backend", s->connect[k]);
            end_sample(to, !px_view_is_down(v, i, k));
        }
    }
}

static void collateral(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++) {
        int64_t at = px_view_collateral_ends(v, i);
        if (at == 0)
            continue;
        begin_service(to, v, m->name, i);
        end_sample(to, (uint64_t)at);
    }
}

/* Combinations that never were are left out: there are hundreds. */
static void verdicts(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++)
        for (size_t k = 0; k < PX_STATS_TEES * (size_t)RATLS_ERR_COUNT; k++) {
            size_t tee = k / RATLS_ERR_COUNT;
            enum ratls_err e = (enum ratls_err)(k % RATLS_ERR_COUNT);
            uint64_t n = px_view_verdicts(v, i, tee, e);
            if (n == 0)
                continue;
            begin_service(to, v, m->name, i);
            label(to, "tee", px_stats_tee(tee));
            label(to, "reason", ratls_err_reason(e));
            end_sample(to, n);
        }
}

/* Of microseconds, or of seconds. */
static void seconds(struct evbuffer *to, enum px_distribution d, uint64_t value)
{
    if (d == PX_EVIDENCE_AGE)
        px_text_printf(to, "%" PRIu64, value);
    else
        px_text_printf(to, "%" PRIu64 ".%06" PRIu64, value / 1000000, value % 1000000);
}

static void one_histogram(struct evbuffer *to, const struct px_view *v, const struct metric *m,
                          size_t service)
{
    enum px_distribution d = (enum px_distribution)m->of;
    uint64_t n = 0;

    for (size_t i = 0; i < PX_STATS_BUCKETS; i++) {
        n += px_view_bucket(v, service, d, i);
        px_text_printf(to, PREFIX "%s_bucket{service=", m->name);
        px_text_label(to, v->board.service[service].name);
        px_text_add(to, ",le=\"");
        if (i == PX_STATS_BUCKETS - 1)
            px_text_add(to, "+Inf");
        else
            seconds(to, d, px_stats_bound(d, i));
        px_text_add(to, "\"");
        end_sample(to, n);
    }
    px_text_printf(to, PREFIX "%s_sum{service=", m->name);
    px_text_label(to, v->board.service[service].name);
    px_text_add(to, "} ");
    seconds(to, d, px_view_sum(v, service, d));
    px_text_printf(to, "\n" PREFIX "%s_count{service=", m->name);
    px_text_label(to, v->board.service[service].name);
    end_sample(to, n);
}

static void histogram(struct evbuffer *to, const struct px_view *v, const struct metric *m)
{
    for (size_t i = 0; i < v->board.n_services; i++)
        one_histogram(to, v, m, i);
}

/* ---- the table ---- */

static const struct series limits[] = {
    {"limit", 0},
    {"connections", PX_REFUSED_CONNECTIONS},
    {"handshakes", PX_REFUSED_HANDSHAKES},
    {"source", PX_REFUSED_SOURCE},
    {"slow_handshake", PX_EVICTED},
    {0},
};
static const struct series ends[] = {
    {"end", 0},
#define END(name, word, label) {label, PX_END_##name},
    PX_ENDS(END)
#undef END
        {0},
};
static const struct series results[] = {
    {"result", 0}, {"ok", PX_HANDSHAKES_OK}, {"failed", PX_HANDSHAKES_FAILED}, {0}};
static const struct series directions[] = {
    {"direction", 0}, {"in", PX_BYTES_IN}, {"out", PX_BYTES_OUT}, {0}};
static const struct series answers[] = {
    {"answer", 0},
    {"allowed", PX_POLICY_ALLOWED},
    {"cached", PX_POLICY_CACHED},
    {"denied", PX_POLICY_DENIED},
    {"failed", PX_POLICY_FAILED},
    {0},
};

static const struct series refusals[] = {
    {"error", 0},
    {"invalid_request", PX_TOKENS_REFUSED},
    {"invalid_client", PX_TOKENS_REFUSED_CLIENT},
    {"invalid_scope", PX_TOKENS_REFUSED_SCOPE},
    {"invalid_target", PX_TOKENS_REFUSED_TARGET},
    {"invalid_dpop_proof", PX_TOKENS_REFUSED_PROOF},
    {"use_dpop_nonce", PX_TOKENS_REFUSED_NONCE},
    {"unsupported_grant_type", PX_TOKENS_REFUSED_GRANT},
    {"temporarily_unavailable", PX_TOKENS_REFUSED_SLOW},
    {"server_error", PX_TOKENS_REFUSED_SERVER},
    {0},
};

/* clang-format off: one metric, one look */
static const struct metric metrics[] = {
    {"build_info", "gauge", "Version of this program; always 1.", build_info, NULL, 0},
    {"start_time_seconds", "gauge", "When the master began, seconds since 1970.", of_board, NULL,
     START},
    {"state", "gauge", "1 for the state that the proxy is in.", state, NULL, 0},
    {"ready", "gauge", "1 when /readyz says 200.", ready, NULL, 0},
    {"workers", "gauge", "Worker processes there should be.", of_board, NULL, WORKERS},
    {"workers_ready", "gauge", "Worker processes that serve.", of_board, NULL, WORKERS_READY},
    {"worker_exits_total", "counter", "Worker processes that ended unasked.", of_board, NULL,
     WORKER_EXITS},
    {"authority_ready", "gauge", "1 when the authority process, if there is one, answers.",
     of_board, NULL, AUTHORITY_READY},
    {"authority_exits_total", "counter", "Authority processes that ended unasked.", of_board, NULL,
     AUTHORITY_EXITS},
    {"trust_generation", "gauge", "Number of the trust that is in force.", of_board, NULL,
     GENERATION},
    {"trust_refusals_total", "counter", "Changes of trust that were refused.", of_board, NULL,
     TRUST_REFUSALS},
    {"config_reloads_total", "counter", "Configurations taken after the first.", of_board, NULL,
     RELOADS},
    {"config_reload_refusals_total", "counter", "Configurations refused while running.", of_board,
     NULL, RELOADS_NOT},
    {"identity_not_after_seconds", "gauge", "End of the own certificate, seconds since 1970.",
     of_identity, NULL, IDENTITY_ENDS},
    {"identity_rotations_total", "counter", "Identities issued, the first included.", of_identity,
     NULL, ISSUED},
    {"identity_rotation_failures_total", "counter", "Identities that could not be issued.",
     of_identity, NULL, ISSUE_FAILURES},
    {"insecure_setting", "gauge", "1 for each insecure- key in use.", insecure, NULL, 0},
    {"connections_accepted_total", "counter", "Connections accepted.", counter, NULL, PX_ACCEPTED},
    {"connections_refused_total", "counter", "Connections that a limit ended before a verdict.",
     counters, limits, 0},
    {"connections_closed_total", "counter", "Connections that ended, by how.", counters, ends, 0},
    {"connections_open", "gauge", "Connections open now.", gauge, NULL, PX_OPEN},
    {"handshakes_total", "counter", "Handshakes that ended, verdicts included.", counters, results,
     0},
    {"handshakes_in_flight", "gauge", "Handshakes under way.", gauge, NULL, PX_HANDSHAKING},
    {"handshake_seconds", "histogram", "Time from the first byte to both verdicts.", histogram,
     NULL, PX_TIME_HANDSHAKE},
    {"verdicts_total", "counter", "Verdicts by TEE and reason; ok: allowed.", verdicts, NULL, 0},
    {"appraisal_seconds", "histogram", "Time of the handshake's step that appraises the peer.",
     histogram, NULL, PX_TIME_APPRAISAL},
    {"evidence_age_seconds", "histogram", "Age of evidence of peers that were allowed.", histogram,
     NULL, PX_EVIDENCE_AGE},
    {"collateral_not_after_seconds", "gauge",
     "Earliest end of collateral that the last peers were judged by.", collateral, NULL, 0},
    {"proofs_total", "counter", "Proofs asked of the master.", counter, NULL, PX_PROOFS},
    {"policy_answers_total", "counter", "Answers of the Open Policy Agent.", counters, answers, 0},
    {"backend_up", "gauge", "0 for an address of connect that a worker passes over.", backend_up,
     NULL, 0},
    {"http_refused_total", "counter", "HTTP requests that were not passed on.", counter, NULL,
     PX_HTTP_REFUSED},
    {"bytes_total", "counter", "Application bytes read from and written to the attested side.",
     counters, directions, 0},
    {"tokens_issued_total", "counter", "Tokens given out.", counter, NULL, PX_TOKENS_ISSUED},
    {"tokens_refused_total", "counter", "Requests for tokens that were refused, by error.",
     counters, refusals, 0},
    {"secrets_released_total", "counter", "Secrets given out.", counter, NULL, PX_SECRETS_RELEASED},
    {"secrets_refused_total", "counter", "Requests for secrets that were refused.", counter, NULL,
     PX_SECRETS_REFUSED},
};
/* clang-format on */

const char *px_metric_name(size_t i)
{
    return i < sizeof metrics / sizeof metrics[0] ? metrics[i].name : NULL;
}

void px_metrics_write(struct evbuffer *to, const struct px_view *v)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        const struct metric *m = &metrics[i];
        px_text_printf(to, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", m->name, m->help,
                       m->name, m->type);
        m->write(to, v, m);
    }
}
