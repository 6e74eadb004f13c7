/* forge quote, root, list */
#include "forge.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "bad_collateral.h"
#include "bad_quotes.h"

struct request {
    const char *pki, *out, *root;
    const struct bad_quote *bad;
    struct rt_sim_td td;
    struct rt_sim_quote_knobs knobs;
};

static const struct bad_quote *bad_by_name(const char *name)
{
    for (size_t i = 0; i < RT_COUNT(bad_quotes); i++)
        if (strcmp(bad_quotes[i].name, name) == 0)
            return &bad_quotes[i];
    return NULL;
}

static bool hex_value(const char *text, uint8_t *out, size_t len)
{
    size_t n = len;

    return rt_unhex(text, strlen(text), out, &n) && n == len;
}

/* One option with its value; false when the value is unusable. */
static bool take(struct request *q, int option, const char *value)
{
    switch (option) {
    case 'p':
        q->pki = value;
        return true;
    case 'o':
        q->out = value;
        return true;
    case 'r':
        q->root = value;
        return true;
    case 'b':
        q->bad = bad_by_name(value);
        return q->bad != NULL;
    case 'm':
        return hex_value(value, q->td.mr_td, sizeof q->td.mr_td);
    case 'd':
        return hex_value(value, q->td.report_data, sizeof q->td.report_data);
    case 'g':
        q->td.td_attributes |= RT_SIM_TD_DEBUG;
        return true;
    case 't':
        q->knobs.trailing_len = strtoul(value, NULL, 10) & 0xffff;
        return true;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct request *q)
{
    static const struct option options[] = {
        {"pki", required_argument, NULL, 'p'},  {"bad", required_argument, NULL, 'b'},
        {"mrtd", required_argument, NULL, 'm'}, {"report-data", required_argument, NULL, 'd'},
        {"debug", no_argument, NULL, 'g'},      {"trailing", required_argument, NULL, 't'},
        {"root", required_argument, NULL, 'r'}, {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1)
        if (!take(q, option, optarg))
            return false;
    return q->out && optind == argc;
}

/* A flaw of the PKI needs a PKI of its own; everything else may share the one on disk. */
static enum ratls_err get_pki(const struct request *q, struct rt_sim_pki *pki,
                              struct ratls_error *err)
{
    const struct ratls_env *env = ratls_env_system();

    return q->pki ? rt_sim_pki_open(env, q->pki, pki, err)
                  : rt_sim_pki_make(env, q->bad ? &q->bad->pki : NULL, pki, err);
}

int forge_quote(int argc, char **argv)
{
    struct request q = {0};
    struct ratls_error err = {0};
    struct ratls_buffer quote = {0};
    struct rt_sim_pki pki = {0};
    int status = 2;

    rt_sim_td_usual(&q.td);
    if (!read_options(argc, argv, &q))
        return forge_fail("quote: unusable options", NULL);
    if (q.bad) {
        size_t trailing_len = q.knobs.trailing_len;
        q.knobs = q.bad->quote;
        q.knobs.trailing_len = trailing_len;
    }
    if (get_pki(&q, &pki, &err) != RATLS_OK ||
        rt_sim_tdx_quote(ratls_env_system(), &pki, &q.td, &q.knobs, &quote) != RATLS_OK)
        (void)forge_fail("quote", &err);
    else if (forge_write(q.out, rt_bytes_of(&quote)) &&
             (!q.root || forge_write(q.root, rt_bytes_of(&pki.der[RT_SIM_ROOT]))))
        status = 0;
    ratls_buffer_free(&quote);
    rt_sim_pki_free(&pki);
    return status;
}

int forge_root(int argc, char **argv)
{
    struct request q = {0};
    struct ratls_error err = {0};
    struct rt_sim_pki pki = {0};
    int status = 2;

    if (!read_options(argc, argv, &q) || !q.pki)
        return forge_fail("root: --pki DIR and -o FILE are needed", NULL);
    if (get_pki(&q, &pki, &err) != RATLS_OK)
        (void)forge_fail("root", &err);
    else if (forge_write(q.out, rt_bytes_of(&pki.der[RT_SIM_ROOT])))
        status = 0;
    rt_sim_pki_free(&pki);
    return status;
}

int forge_list(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < RT_COUNT(bad_quotes); i++)
        (void)printf("quote %-24s %s\n", bad_quotes[i].name, ratls_err_reason(bad_quotes[i].e));
    for (size_t i = 0; i < RT_COUNT(bad_collateral); i++)
        (void)printf("collateral %-40s %s\n", bad_collateral[i].name,
                     ratls_err_reason(bad_collateral[i].e));
    return 0;
}
