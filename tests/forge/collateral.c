/* forge collateral */
#include "forge.h"

#include <getopt.h>

#include "bad_collateral.h"

struct request {
    const char *pki, *out, *root, *quote;
    const struct bad_collateral *bad;
    struct rt_sim_collateral_knobs knobs;
};

static const struct bad_collateral *bad_by_name(const char *name)
{
    for (size_t i = 0; i < RT_COUNT(bad_collateral); i++)
        if (strcmp(bad_collateral[i].name, name) == 0)
            return &bad_collateral[i];
    return NULL;
}

static bool revoke(struct rt_sim_collateral_knobs *k, const char *whom)
{
    const struct {
        const char *name;
        bool *knob;
    } list[] = {{"pck", &k->revoke_pck}, {"ca", &k->revoke_ca}, {"tcb", &k->revoke_tcb_signer}};

    for (size_t i = 0; i < RT_COUNT(list); i++)
        if (strcmp(list[i].name, whom) == 0)
            return *list[i].knob = true;
    return false;
}

static void expire(struct rt_sim_collateral_knobs *k)
{
    k->tcb_info.issue = k->qe_identity.issue = PAST;
    k->tcb_info.next = k->qe_identity.next = PAST + DAY_S;
    k->root_crl.this_update = k->pck_crl.this_update = PAST;
    k->root_crl.next_update = k->pck_crl.next_update = PAST + DAY_S;
}

/* Options whose value is kept as it stands. */
static const char **place_of(struct request *q, int option)
{
    const struct {
        int option;
        const char **place;
    } texts[] = {
        {'p', &q->pki},
        {'o', &q->out},
        {'r', &q->root},
        {'q', &q->quote},
        {'T', &q->knobs.tcb_status},
        {'Q', &q->knobs.qe_status},
        {'M', &q->knobs.module_status},
        {'F', &q->knobs.fmspc},
    };

    for (size_t i = 0; i < RT_COUNT(texts); i++)
        if (texts[i].option == option)
            return texts[i].place;
    return NULL;
}

/* One option with its value; false when it is unusable. */
static bool take(struct request *q, int option, const char *value)
{
    const char **place = place_of(q, option);

    if (place) {
        *place = value;
        return true;
    }
    switch (option) {
    case 's':
        q->knobs.sgx = true;
        return true;
    case 'S':
        q->knobs.shuffled = true;
        return true;
    case 'x':
        expire(&q->knobs);
        return true;
    case 'R':
        return revoke(&q->knobs, value);
    case 'b':
        q->bad = bad_by_name(value);
        return q->bad != NULL;
    default:
        return false;
    }
}

static bool read_options(int argc, char **argv, struct request *q)
{
    static const struct option options[] = {
        {"pki", required_argument, NULL, 'p'},
        {"bad", required_argument, NULL, 'b'},
        {"sgx", no_argument, NULL, 's'},
        {"tcb-status", required_argument, NULL, 'T'},
        {"qe-status", required_argument, NULL, 'Q'},
        {"module-status", required_argument, NULL, 'M'},
        {"shuffled", no_argument, NULL, 'S'},
        {"expired", no_argument, NULL, 'x'},
        {"revoke", required_argument, NULL, 'R'},
        {"fmspc", required_argument, NULL, 'F'},
        {"root", required_argument, NULL, 'r'},
        {"quote", required_argument, NULL, 'q'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1)
        if (!take(q, option, optarg))
            return false;
    if (q->bad)
        q->knobs = q->bad->collateral;
    return q->out && optind == argc;
}

/* A quote that the collateral is for: a PKI made on the spot signs nothing later. */
static enum ratls_err make_quote(const struct request *q, const struct rt_sim_pki *pki,
                                 struct ratls_buffer *out)
{
    struct rt_sim_td td;

    *out = (struct ratls_buffer){0};
    if (!q->quote)
        return RATLS_OK;
    rt_sim_td_usual(&td);
    if (q->bad && q->bad->td)
        q->bad->td(&td);
    return rt_sim_tdx_quote(ratls_env_system(), pki, &td, q->bad ? &q->bad->quote : NULL, out);
}

int forge_collateral(int argc, char **argv)
{
    const struct ratls_env *env = ratls_env_system();
    struct request q = {0};
    struct ratls_error err = {0};
    struct ratls_buffer json = {0}, quote = {0};
    struct rt_sim_pki pki = {0};
    int status = 2;

    if (!read_options(argc, argv, &q))
        return forge_fail("collateral: unusable options", NULL);
    enum ratls_err e = q.pki ? rt_sim_pki_open(env, q.pki, &pki, &err)
                             : rt_sim_pki_make(env, q.bad ? &q.bad->pki : NULL, &pki, &err);
    if (e || rt_sim_collateral(env, &pki, &q.knobs, &json) != RATLS_OK ||
        make_quote(&q, &pki, &quote) != RATLS_OK)
        (void)forge_fail("collateral", &err);
    else if (forge_write(q.out, rt_bytes_of(&json)) &&
             (!q.root || forge_write(q.root, rt_bytes_of(&pki.der[RT_SIM_ROOT]))) &&
             (!q.quote || forge_write(q.quote, rt_bytes_of(&quote))))
        status = 0;
    ratls_buffer_free(&json);
    ratls_buffer_free(&quote);
    rt_sim_pki_free(&pki);
    return status;
}
