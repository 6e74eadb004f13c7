/* sim_virtcca.c - the attester "sim-virtcca": a guest on a Kunpeng machine that does not exist. */
#include "sim_virtcca.h"

#include "options.h"
#include "sim_attester.h"
#include "sim_eventlog.h"
#include "sim_ima.h"
#include "virtcca_evidence.h"

enum { HASH_LEN = 32, RPV_LEN = 64, IMA_REM = 3, IMA_INDEX = 4, CCEL_REMS = 3 };

struct sim {
    struct rt_sim_attester base;
    struct rt_sim_virtcca_keys keys;
    struct rt_sim_virtcca_chain chain;
    struct rt_sim_virtcca_plan plan;
    uint8_t rim[HASH_LEN], rem[RT_SIM_VIRTCCA_REMS][HASH_LEN], rpv[RPV_LEN];
    struct ratls_buffer ccel, ima_log; /* p NULL: none */
};

/* As the options have it. */
struct texts {
    char pki[RT_OPTION_MAX], rim[RT_OPTION_MAX], rem[RT_SIM_VIRTCCA_REMS][RT_OPTION_MAX];
    char rpv[RT_OPTION_MAX], lifecycle[16], key[16], platform_token[8], eventlog[8], ima_log[8];
};

static const char *const rem_names[RT_SIM_VIRTCCA_REMS] = {"rem0", "rem1", "rem2", "rem3"};

/* ---- options ---- */

static enum ratls_err parse_values(struct sim *s, const struct texts *t, struct ratls_error *err)
{
    uint8_t lifecycle[2] = {(uint8_t)(s->plan.platform.lifecycle >> 8),
                            (uint8_t)s->plan.platform.lifecycle};
    enum ratls_err e;

    if ((e = rt_option_hex("rim", t->rim, s->rim, sizeof s->rim, err)) != RATLS_OK ||
        (e = rt_option_hex("rpv", t->rpv, s->rpv, sizeof s->rpv, err)) != RATLS_OK ||
        (e = rt_option_hex("lifecycle", t->lifecycle, lifecycle, sizeof lifecycle, err)) !=
            RATLS_OK)
        return e;
    s->plan.platform.lifecycle = (uint16_t)(lifecycle[0] << 8 | lifecycle[1]);
    for (size_t i = 0; i < RT_SIM_VIRTCCA_REMS && e == RATLS_OK; i++)
        e = rt_option_hex(rem_names[i], t->rem[i], s->rem[i], sizeof s->rem[i], err);
    return e;
}

static enum ratls_err parse_key(const char *text, bool *rsa, struct ratls_error *err)
{
    *rsa = strcmp(text, "rsa") == 0;
    return text[0] && !*rsa && strcmp(text, "p521") != 0
               ? ratls_fail(err, RATLS_E_USAGE, "key is neither p521 nor rsa")
               : RATLS_OK;
}

/* ---- logs ---- */

/* Only one of both may say what is in a register. */
static enum ratls_err check_free(const struct texts *t, size_t first, size_t end, const char *log,
                                 struct ratls_error *err)
{
    for (size_t i = first; i < end; i++)
        if (t->rem[i][0])
            return ratls_fail(err, RATLS_E_USAGE, "%s comes from the log with %s=yes", rem_names[i],
                              log);
    return RATLS_OK;
}

static enum ratls_err make_eventlog(struct sim *s, const struct texts *t, struct ratls_error *err)
{
    uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN];
    enum ratls_err e = check_free(t, 0, CCEL_REMS, "eventlog", err);

    if (e)
        return e;
    if ((e = rt_sim_eventlog_virtcca(&s->ccel, rem)) != RATLS_OK)
        return ratls_fail(err, e, "sim-virtcca: event log");
    memcpy(s->rem, rem, CCEL_REMS * sizeof rem[0]);
    return RATLS_OK;
}

static enum ratls_err make_ima_log(struct sim *s, const struct texts *t, struct ratls_error *err)
{
    enum ratls_err e = check_free(t, IMA_REM, RT_SIM_VIRTCCA_REMS, "ima_log", err);

    if (e)
        return e;
    e = rt_sim_ima_usual(IMA_INDEX, RT_SIM_IMA_BINARY, &s->ima_log, s->rem[IMA_REM]);
    return e ? ratls_fail(err, e, "sim-virtcca: IMA log") : RATLS_OK;
}

static enum ratls_err make_logs(struct sim *s, const struct texts *t, struct ratls_error *err)
{
    bool eventlog = false, ima_log = false;
    enum ratls_err e;

    if ((e = rt_option_bool("eventlog", t->eventlog, &eventlog, err)) != RATLS_OK ||
        (e = rt_option_bool("ima_log", t->ima_log, &ima_log, err)) != RATLS_OK)
        return e;
    if (eventlog && (e = make_eventlog(s, t, err)) != RATLS_OK)
        return e;
    return ima_log ? make_ima_log(s, t, err) : RATLS_OK;
}

/* ---- the guest ---- */

static void plan_usual(struct sim *s)
{
    s->plan = (struct rt_sim_virtcca_plan){.keys = &s->keys,
                                           .with_platform = true,
                                           .cvm = rt_sim_virtcca_usual_cvm,
                                           .platform = rt_sim_virtcca_usual_platform};
    memcpy(s->rim, s->plan.cvm.rim.p, sizeof s->rim);
    s->plan.cvm.rim = ratls_bytes(s->rim, sizeof s->rim);
    s->plan.cvm.rpv = ratls_bytes(s->rpv, sizeof s->rpv);
    for (size_t i = 0; i < RT_SIM_VIRTCCA_REMS; i++)
        s->plan.cvm.rem[i] = ratls_bytes(s->rem[i], sizeof s->rem[i]);
}

/* Every option is judged before keys are made: those of RSA take seconds. */
static enum ratls_err configure_guest(struct sim *s, const struct texts *t, struct ratls_error *err)
{
    const struct ratls_env *env = s->base.env;
    bool rsa = false;
    enum ratls_err e;

    plan_usual(s);
    if ((e = parse_values(s, t, err)) != RATLS_OK ||
        (e = parse_key(t->key, &rsa, err)) != RATLS_OK ||
        (e = rt_option_bool("platform_token", t->platform_token, &s->plan.with_platform, err)) !=
            RATLS_OK ||
        (e = make_logs(s, t, err)) != RATLS_OK)
        return e;
    e = t->pki[0] ? rt_sim_virtcca_keys_open(env, rsa, t->pki, &s->keys, err)
                  : rt_sim_virtcca_keys_make(env, rsa, &s->keys, err);
    if (e)
        return e;
    e = rt_sim_virtcca_chain_make(env, &s->keys, NULL, &s->chain);
    return e ? ratls_fail(err, e, "sim-virtcca: certificates") : RATLS_OK;
}

static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct texts t = {0};
    const struct rt_option table[] = {
        {"pki", t.pki, sizeof t.pki},
        {"rim", t.rim, sizeof t.rim},
        {"rem0", t.rem[0], sizeof t.rem[0]},
        {"rem1", t.rem[1], sizeof t.rem[1]},
        {"rem2", t.rem[2], sizeof t.rem[2]},
        {"rem3", t.rem[3], sizeof t.rem[3]},
        {"rpv", t.rpv, sizeof t.rpv},
        {"lifecycle", t.lifecycle, sizeof t.lifecycle},
        {"key", t.key, sizeof t.key},
        {"platform_token", t.platform_token, sizeof t.platform_token},
        {"eventlog", t.eventlog, sizeof t.eventlog},
        {"ima_log", t.ima_log, sizeof t.ima_log},
    };
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    return e ? e : configure_guest(self, &t, err);
}

/* ---- attester ---- */

static void release(void *self)
{
    struct sim *s = self;

    rt_sim_virtcca_keys_free(&s->keys);
    rt_sim_virtcca_chain_free(&s->chain);
    ratls_buffer_free(&s->ccel);
    ratls_buffer_free(&s->ima_log);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-virtcca", "virtcca", RT_VIRTCCA_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    struct rt_sim_virtcca_plan plan = s->plan;
    const struct rt_sim_virtcca_logs logs = {rt_bytes_of(&s->ccel), rt_bytes_of(&s->ima_log)};
    struct ratls_buffer token = {0};

    *out = (struct ratls_buffer){0};
    plan.cvm.challenge = ratls_bytes(report_data, RATLS_REPORT_DATA_LEN);
    enum ratls_err e = rt_sim_virtcca_token(s->base.env, &plan, &token);
    if (e == RATLS_OK)
        e = rt_sim_virtcca_evidence(rt_bytes_of(&token), &s->chain, &logs, out);
    ratls_buffer_free(&token);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-virtcca: %s", ratls_err_text(e)) : RATLS_OK;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->chain.der[RT_SIM_VIRTCCA_ROOT]);
}

const struct rt_attester_type rt_attester_sim_virtcca = {
    .name = "sim-virtcca",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
};
