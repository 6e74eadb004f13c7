/* sim_nitro.c - the attester "sim-nitro": an enclave on an EC2 instance that does not exist. */
#include "sim_nitro.h"

#include "options.h"
#include "sim_attester.h"

#define PCR_TEXT (2 * RT_SIM_NITRO_PCR_LEN + 1) /* with NUL */

struct sim {
    struct rt_sim_attester base;
    struct rt_sim_nitro_keys keys;
    struct rt_sim_nitro_chain chain;
    struct rt_sim_nitro_state state;
    struct rt_sim_nitro_knobs knobs; /* the tag */
};

/* Those that AWS defines (nitro-enclaves user guide, "Cryptographic attestation"). */
static const struct {
    const char *name;
    size_t index;
} registers[] = {{"pcr0", 0}, {"pcr1", 1}, {"pcr2", 2}, {"pcr3", 3}, {"pcr4", 4}, {"pcr8", 8}};

/* As the options have it. */
struct texts {
    char pki[RT_OPTION_MAX], pcr[RT_COUNT(registers)][PCR_TEXT], debug[8], tag[8];
};

/* ---- options ---- */

static enum ratls_err parse(struct sim *s, const struct texts *t, struct ratls_error *err)
{
    bool debug = false;
    enum ratls_err e = rt_option_bool("debug", t->debug, &debug, err);

    if (debug)
        memset(s->state.pcr, 0, sizeof s->state.pcr);
    for (size_t i = 0; i < RT_COUNT(registers) && e == RATLS_OK; i++) {
        if (debug && t->pcr[i][0])
            return ratls_fail(err, RATLS_E_USAGE, "registers are zero with debug=yes");
        e = rt_option_hex(registers[i].name, t->pcr[i], s->state.pcr[registers[i].index],
                          RT_SIM_NITRO_PCR_LEN, err);
    }
    return e ? e : rt_option_bool("tag", t->tag, &s->knobs.tagged, err);
}

/* Every option is judged before a folder is made. */
static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    struct texts t = {0};
    struct rt_option table[RT_COUNT(registers) + 3] = {{"pki", t.pki, sizeof t.pki},
                                                       {"debug", t.debug, sizeof t.debug},
                                                       {"tag", t.tag, sizeof t.tag}};

    for (size_t i = 0; i < RT_COUNT(registers); i++)
        table[3 + i] = (struct rt_option){registers[i].name, t.pcr[i], sizeof t.pcr[i]};
    rt_sim_nitro_usual(&s->state);
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);
    if (e == RATLS_OK)
        e = parse(s, &t, err);
    if (e == RATLS_OK)
        e = rt_sim_nitro_keys_open(s->base.env, t.pki[0] ? t.pki : NULL, &s->keys, err);
    if (e)
        return e;
    e = rt_sim_nitro_chain_make(s->base.env, &s->keys, NULL, &s->chain);
    return e ? ratls_fail(err, e, "sim-nitro: certificates") : RATLS_OK;
}

/* ---- attester ---- */

static void release(void *self)
{
    struct sim *s = self;

    rt_sim_nitro_keys_free(&s->keys);
    rt_sim_nitro_chain_free(&s->chain);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-nitro", "nitro", RT_NITRO_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

/* The certificate of an enclave lives for hours: a new one for each document. */
static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    struct rt_sim_nitro_chain chain;
    const struct rt_sim_nitro_signer by = {s->keys.key[RT_SIM_NITRO_ENCLAVE], &chain};
    enum ratls_err e = rt_sim_nitro_chain_make(s->base.env, &s->keys, NULL, &chain);

    *out = (struct ratls_buffer){0};
    s->state.user_data = ratls_bytes(report_data, RATLS_REPORT_DATA_LEN);
    if (e == RATLS_OK)
        e = rt_sim_nitro_document(s->base.env, &by, &s->state, &s->knobs, out);
    rt_sim_nitro_chain_free(&chain);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-nitro: %s", ratls_err_text(e)) : RATLS_OK;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->chain.der[RT_SIM_NITRO_ROOT]);
}

const struct rt_attester_type rt_attester_sim_nitro = {
    .name = "sim-nitro",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
};
