/* sim_documents.c - members of the signed documents, and their lists of levels. */
#include "sim_documents.h"

#include <stdio.h>

#include "json.h"

#define EVAL_NUMBER 18

/* ---- JSON ---- */

/* A comma where one is due, and the name of a member. */
static void begin(struct rt_writer *w, const char *name)
{
    uint8_t last = w->len > 0 ? w->p[w->len - 1] : '{';

    if (last != '{' && last != '[')
        rt_put_u8(w, ',');
    if (!name)
        return;
    rt_json_put_text(w, name);
    rt_put_u8(w, ':');
}

void rt_sim_open(struct rt_writer *w, const char *name, uint8_t bracket)
{
    begin(w, name);
    rt_put_u8(w, bracket);
}

void rt_sim_put_text(struct rt_writer *w, const char *name, const char *text)
{
    begin(w, name);
    rt_json_put_text(w, text);
}

void rt_sim_put_number(struct rt_writer *w, const char *name, unsigned v)
{
    char digits[16];

    begin(w, name);
    rt_put(w, digits, (size_t)snprintf(digits, sizeof digits, "%u", v));
}

static void put_time(struct rt_writer *w, const char *name, int64_t seconds)
{
    char text[32];

    rt_time_format(seconds, text);
    rt_sim_put_text(w, name, text);
}

/* Upper case as Intel writes it, so that nobody compares it as text with what rt_hex() gives. */
void rt_sim_put_hex(struct rt_writer *w, const char *name, const char *instead,
                    struct ratls_bytes usual)
{
    char digits[3];

    if (instead) {
        rt_sim_put_text(w, name, instead);
        return;
    }
    begin(w, name);
    rt_put_u8(w, '"');
    for (size_t i = 0; i < usual.len; i++)
        rt_put(w, digits, (size_t)snprintf(digits, sizeof digits, "%02X", usual.p[i]));
    rt_put_u8(w, '"');
}

void rt_sim_put_dates(struct rt_writer *w, const struct rt_sim_document_knobs *k, int64_t now)
{
    put_time(w, "issueDate", k->issue ? k->issue : now - RT_SIM_COLLATERAL_AGE_S);
    put_time(w, "nextUpdate", k->next ? k->next : now + RT_SIM_COLLATERAL_LIFE_S);
}

void rt_sim_put_eval_number(struct rt_writer *w, const struct rt_sim_document_knobs *k)
{
    rt_sim_put_number(w, "tcbEvaluationDataNumber", k->eval_number ? k->eval_number : EVAL_NUMBER);
}

/* ---- levels ---- */

static const struct rt_sim_step steps[] = {
    {"2025-05-14T00:00:00Z", 1, 0}, /* only above a level that is not UpToDate */
    {"2024-11-13T00:00:00Z", 0, 0}, /* the platform's own */
    {"2024-03-13T00:00:00Z", -1, 0},
    {"2018-01-04T00:00:00Z", -1, -3},
};

static bool is_up_to_date(const struct rt_sim_outcome *o)
{
    return !o->status || strcmp(o->status, "UpToDate") == 0;
}

struct rt_sim_levels rt_sim_levels(const struct rt_sim_outcome *o, bool shuffled)
{
    const size_t first = is_up_to_date(o) ? 1 : 0;
    struct rt_sim_levels l = {.n = RT_COUNT(steps) - first};

    for (size_t i = 0; i < l.n; i++)
        l.step[i] = &steps[first + (shuffled ? i + l.n - 1 : i) % l.n];
    return l;
}

void rt_sim_put_outcome(struct rt_writer *w, const struct rt_sim_step *s,
                        const struct rt_sim_outcome *o)
{
    const char *status = s->more < 0 ? "OutOfDate" : "UpToDate";
    const char *const *advisories = s->more < 0 ? o->usual : NULL;

    if (s->more == 0) {
        status = o->status ? o->status : status;
        advisories = o->advisories || is_up_to_date(o) ? o->advisories : o->usual;
    }
    rt_sim_put_text(w, "tcbDate", s->date);
    rt_sim_put_text(w, "tcbStatus", status);
    if (!advisories || !advisories[0])
        return;
    rt_sim_open(w, "advisoryIDs", '[');
    for (; *advisories; advisories++)
        rt_sim_put_text(w, NULL, *advisories);
    rt_put_u8(w, ']');
}

void rt_sim_put_svn_levels(struct rt_writer *w, int svn, const struct rt_sim_outcome *o,
                           bool shuffled)
{
    const struct rt_sim_levels l = rt_sim_levels(o, shuffled);

    rt_sim_open(w, "tcbLevels", '[');
    for (size_t i = 0; i < l.n; i++) {
        rt_sim_open(w, NULL, '{');
        rt_sim_open(w, "tcb", '{');
        rt_sim_put_number(w, "isvsvn", (unsigned)(svn + l.step[i]->more + l.step[i]->more_pce));
        rt_put_u8(w, '}');
        rt_sim_put_outcome(w, l.step[i], o);
        rt_put_u8(w, '}');
    }
    rt_put_u8(w, ']');
}
