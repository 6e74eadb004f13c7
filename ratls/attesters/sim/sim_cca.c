/* sim_cca.c - the attester "sim-cca": a realm on an Arm CCA machine that does not exist. */
#include "sim_cca.h"

#include "options.h"
#include "sim_attester.h"

#define DIGEST_TEXT (2 * RT_SHA512_LEN + 1) /* with NUL */

struct sim {
    struct rt_sim_attester base;
    struct rt_sim_cca_keys keys;
    struct rt_sim_cca_state state;
    struct rt_sim_cca_knobs knobs; /* the tag */
    struct ratls_buffer anchor;
};

/* As the options have it. */
struct texts {
    char pki[RT_OPTION_MAX], profile[16], cmw[8], lifecycle[8];
    char rim[DIGEST_TEXT], rem[RT_SIM_CCA_REMS][DIGEST_TEXT], rpv[DIGEST_TEXT];
};

/* ---- options ---- */

static enum ratls_err parse_profile(const char *text, enum rt_sim_cca_profile *out,
                                    struct ratls_error *err)
{
    static const struct {
        const char *name;
        enum rt_sim_cca_profile profile;
    } known[] = {{"legacy", RT_SIM_CCA_LEGACY},
                 {"realm1", RT_SIM_CCA_REALM1},
                 {"realm2", RT_SIM_CCA_REALM2}};

    if (!text[0])
        return RATLS_OK;
    for (size_t i = 0; i < RT_COUNT(known); i++)
        if (strcmp(text, known[i].name) == 0) {
            *out = known[i].profile;
            return RATLS_OK;
        }
    return ratls_fail(err, RATLS_E_USAGE, "profile is not legacy, realm1 or realm2");
}

static enum ratls_err parse_digest(const char *key, const char *text, struct rt_sim_cca_digest *out,
                                   struct ratls_error *err)
{
    const size_t len = strlen(text) / 2;

    if (!text[0])
        return RATLS_OK;
    if (len != RT_SHA256_LEN && len != RT_SHA384_LEN && len != RT_SHA512_LEN)
        return ratls_fail(err, RATLS_E_USAGE, "%s is not 32, 48 or 64 bytes of hex", key);
    out->len = len;
    return rt_option_hex(key, text, out->value, len, err);
}

static enum ratls_err parse_measurements(const struct texts *t, struct rt_sim_cca_state *s,
                                         struct ratls_error *err)
{
    static const char *const rem[RT_SIM_CCA_REMS] = {"rem0", "rem1", "rem2", "rem3"};
    enum ratls_err e = parse_digest("rim", t->rim, &s->rim, err);

    for (size_t i = 0; i < RT_SIM_CCA_REMS && e == RATLS_OK; i++)
        e = parse_digest(rem[i], t->rem[i], &s->rem[i], err);
    return e;
}

static enum ratls_err parse_state(const struct texts *t, struct rt_sim_cca_state *s,
                                  struct ratls_error *err)
{
    uint8_t lifecycle[2] = {(uint8_t)(s->lifecycle >> 8), (uint8_t)s->lifecycle};
    enum ratls_err e;

    if ((e = parse_profile(t->profile, &s->profile, err)) != RATLS_OK ||
        (e = parse_measurements(t, s, err)) != RATLS_OK ||
        (e = rt_option_hex("rpv", t->rpv, s->rpv, sizeof s->rpv, err)) != RATLS_OK ||
        (e = rt_option_hex("lifecycle", t->lifecycle, lifecycle, sizeof lifecycle, err)) !=
            RATLS_OK)
        return e;
    s->lifecycle = (uint16_t)(lifecycle[0] << 8 | lifecycle[1]);
    return RATLS_OK;
}

static enum ratls_err parse_tag(const struct texts *t, struct sim *s, struct ratls_error *err)
{
    bool cmw = s->state.profile != RT_SIM_CCA_LEGACY;
    enum ratls_err e = rt_option_bool("cmw", t->cmw, &cmw, err);

    s->knobs.tag = cmw ? RT_SIM_CCA_TAG_CMW : RT_SIM_CCA_TAG_LEGACY;
    return e;
}

/* Every option is judged before a folder is made. */
static enum ratls_err check_options(struct sim *s, const char *options, struct texts *t,
                                    struct ratls_error *err)
{
    const struct rt_option table[] = {
        {"pki", t->pki, sizeof t->pki},   {"profile", t->profile, sizeof t->profile},
        {"cmw", t->cmw, sizeof t->cmw},   {"lifecycle", t->lifecycle, sizeof t->lifecycle},
        {"rim", t->rim, DIGEST_TEXT},     {"rem0", t->rem[0], DIGEST_TEXT},
        {"rem1", t->rem[1], DIGEST_TEXT}, {"rem2", t->rem[2], DIGEST_TEXT},
        {"rem3", t->rem[3], DIGEST_TEXT}, {"rpv", t->rpv, DIGEST_TEXT},
    };
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    rt_sim_cca_usual(&s->state);
    if (e == RATLS_OK)
        e = parse_state(t, &s->state, err);
    return e ? e : parse_tag(t, s, err);
}

static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    struct texts t = {0};
    enum ratls_err e;

    if ((e = check_options(s, options, &t, err)) != RATLS_OK ||
        (e = rt_sim_cca_keys_open(s->base.env, t.pki[0] ? t.pki : NULL, &s->keys, err)) != RATLS_OK)
        return e;
    if ((e = rt_sim_cca_name(&s->keys, &s->state)) == RATLS_OK)
        e = rt_sim_cca_anchor(&s->keys, &s->state, &s->anchor);
    return e ? ratls_fail(err, e, "sim-cca") : RATLS_OK;
}

/* ---- attester ---- */

static void release(void *self)
{
    struct sim *s = self;

    rt_sim_cca_keys_free(&s->keys);
    ratls_buffer_free(&s->anchor);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-cca", "cca", RT_CCA_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;

    memcpy(s->state.challenge, report_data, sizeof s->state.challenge);
    enum ratls_err e = rt_sim_cca_token(s->base.env, &s->keys, &s->state, &s->knobs, out);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-cca: %s", ratls_err_text(e)) : RATLS_OK;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->anchor);
}

const struct rt_attester_type rt_attester_sim_cca = {
    .name = "sim-cca",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
};
