/* sim_csv.c - the attester "sim-csv": a guest on a Hygon machine that does not exist. */
#include "sim_csv.h"

#include "options.h"
#include "sim_attester.h"

#define DIGEST_TEXT (2 * RT_SM3_LEN + 1) /* with NUL */

struct sim {
    struct rt_sim_attester base;
    struct rt_sim_csv_keys keys;
    struct rt_sim_csv_chain chain;
    struct rt_sim_csv_state state;
    struct ratls_buffer root;
};

static const char *const rtmrs[RT_SIM_CSV_RTMRS] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3", "rtmr4"};

/* As the options have it. */
struct texts {
    char pki[RT_OPTION_MAX], version[8], debug[8], vm_id[40], vm_version[40];
    char measure[DIGEST_TEXT], rtmr[RT_SIM_CSV_RTMRS][DIGEST_TEXT];
};

/* ---- options ---- */

static enum ratls_err parse_version(const struct texts *t, struct rt_sim_csv_state *s,
                                    struct ratls_error *err)
{
    uint32_t version = s->version;
    enum ratls_err e = rt_option_uint("version", t->version, 2, &version, err);

    if (e == RATLS_OK && version == 0)
        e = ratls_fail(err, RATLS_E_USAGE, "version is not 1 or 2");
    s->version = version;
    for (size_t i = 0; i < RT_SIM_CSV_RTMRS && e == RATLS_OK; i++) {
        if (t->rtmr[i][0] && version != 2)
            return ratls_fail(err, RATLS_E_USAGE, "%s is for version=2", rtmrs[i]);
        e = rt_option_hex(rtmrs[i], t->rtmr[i], s->rtmr[i], sizeof s->rtmr[i], err);
    }
    return e;
}

static enum ratls_err parse(const struct texts *t, struct rt_sim_csv_state *s,
                            struct ratls_error *err)
{
    bool debug = false;
    enum ratls_err e;

    if ((e = rt_option_bool("debug", t->debug, &debug, err)) != RATLS_OK ||
        (e = rt_option_hex("measure", t->measure, s->measure, sizeof s->measure, err)) !=
            RATLS_OK ||
        (e = rt_option_hex("vm_id", t->vm_id, s->vm_id, sizeof s->vm_id, err)) != RATLS_OK ||
        (e = rt_option_hex("vm_version", t->vm_version, s->vm_version, sizeof s->vm_version,
                           err)) != RATLS_OK)
        return e;
    if (debug)
        s->policy &= ~1U;
    return parse_version(t, s, err);
}

/* Every option is judged before a folder is made. */
static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    struct texts t = {0};
    struct rt_option table[6 + RT_SIM_CSV_RTMRS] = {
        {"pki", t.pki, sizeof t.pki},       {"version", t.version, sizeof t.version},
        {"debug", t.debug, sizeof t.debug}, {"measure", t.measure, sizeof t.measure},
        {"vm_id", t.vm_id, sizeof t.vm_id}, {"vm_version", t.vm_version, sizeof t.vm_version}};
    enum ratls_err e;

    for (size_t i = 0; i < RT_SIM_CSV_RTMRS; i++)
        table[6 + i] = (struct rt_option){rtmrs[i], t.rtmr[i], sizeof t.rtmr[i]};
    rt_sim_csv_usual(&s->state);
    if ((e = rt_options_read(options, table, RT_COUNT(table), err)) != RATLS_OK ||
        (e = parse(&t, &s->state, err)) != RATLS_OK ||
        (e = rt_sim_csv_keys_open(s->base.env, t.pki[0] ? t.pki : NULL, &s->keys, err)) != RATLS_OK)
        return e;
    if ((e = rt_sim_csv_chain_make(&s->keys, NULL, &s->chain)) == RATLS_OK)
        e = rt_sim_csv_root(&s->chain, &s->root);
    return e ? ratls_fail(err, e, "sim-csv: certificates") : RATLS_OK;
}

/* ---- attester ---- */

static void release(void *self)
{
    struct sim *s = self;

    rt_sim_csv_keys_free(&s->keys);
    ratls_buffer_free(&s->root);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-csv", "csv", RT_CSV_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

/* The guest draws mnonce, the firmware anonce. */
static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    const struct ratls_env *env = s->base.env;
    const struct rt_sim_csv_signer by = {&s->keys, &s->chain};

    *out = (struct ratls_buffer){0};
    if (env->random(env->arg, s->state.mnonce, sizeof s->state.mnonce) ||
        env->random(env->arg, s->state.anonce, sizeof s->state.anonce))
        return ratls_fail(err, RATLS_E_ATTESTER, "sim-csv: no randomness");
    memcpy(s->state.report_data, report_data, sizeof s->state.report_data);
    enum ratls_err e = rt_sim_csv_report(&by, &s->state, NULL, out);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-csv: %s", ratls_err_text(e)) : RATLS_OK;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->root);
}

const struct rt_attester_type rt_attester_sim_csv = {
    .name = "sim-csv",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
};
