/* sim_itrustee.c - the attester "sim-itrustee": a TA on a Kunpeng machine that does not exist. */
#include "sim_itrustee.h"

#include "cert_text.h"
#include "options.h"
#include "sim_attester.h"

struct sim {
    struct rt_sim_attester base;
    struct rt_sim_virtcca_keys keys;
    struct rt_sim_virtcca_chain chain;
    struct rt_sim_itrustee_state state;
    char uuid[64];
    struct ratls_buffer anchors; /* PEM: a report has no place for the CA */
};

static enum ratls_err write_anchors(struct sim *s)
{
    static const enum rt_sim_virtcca_key which[] = {RT_SIM_VIRTCCA_ROOT, RT_SIM_VIRTCCA_CA};
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < RT_COUNT(which) && e == RATLS_OK; i++) {
        struct ratls_buffer pem = {0};
        e = rt_pem_write("CERTIFICATE", rt_bytes_of(&s->chain.der[which[i]]), &pem);
        rt_put_bytes(&w, rt_bytes_of(&pem));
        ratls_buffer_free(&pem);
    }
    if (e == RATLS_OK)
        return rt_writer_take(&w, &s->anchors);
    rt_writer_free(&w);
    return e;
}

/* Every option is judged before keys are made: that takes seconds. */
static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    const struct ratls_env *env = s->base.env;
    char pki[RT_OPTION_MAX], ta_img[RT_OPTION_MAX], ta_mem[RT_OPTION_MAX], uuid[sizeof s->uuid];
    const struct rt_option table[] = {{"pki", pki, sizeof pki},
                                      {"ta_img", ta_img, sizeof ta_img},
                                      {"ta_mem", ta_mem, sizeof ta_mem},
                                      {"uuid", uuid, sizeof uuid}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    rt_sim_itrustee_usual(&s->state);
    if (e ||
        (e = rt_option_hex("ta_img", ta_img, s->state.ta_img, RT_SHA256_LEN, err)) != RATLS_OK ||
        (e = rt_option_hex("ta_mem", ta_mem, s->state.ta_mem, RT_SHA256_LEN, err)) != RATLS_OK)
        return e;
    if (uuid[0]) {
        memcpy(s->uuid, uuid, sizeof uuid);
        s->state.uuid = s->uuid;
    }
    if ((e = pki[0] ? rt_sim_virtcca_keys_open(env, true, pki, &s->keys, err)
                    : rt_sim_virtcca_keys_make(env, true, &s->keys, err)) != RATLS_OK)
        return e;
    if ((e = rt_sim_virtcca_chain_make(env, &s->keys, NULL, &s->chain)) == RATLS_OK)
        e = write_anchors(s);
    return e ? ratls_fail(err, e, "sim-itrustee: certificates") : RATLS_OK;
}

static void release(void *self)
{
    struct sim *s = self;

    rt_sim_virtcca_keys_free(&s->keys);
    rt_sim_virtcca_chain_free(&s->chain);
    ratls_buffer_free(&s->anchors);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-itrustee", "itrustee", RT_ITRUSTEE_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    const struct rt_sim_itrustee_signer by = {&s->keys, &s->chain};

    s->state.nonce = ratls_bytes(report_data, RATLS_REPORT_DATA_LEN);
    enum ratls_err e = rt_sim_itrustee_report(s->base.env, &by, &s->state, NULL, out);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-itrustee: %s", ratls_err_text(e)) : RATLS_OK;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->anchors);
}

const struct rt_attester_type rt_attester_sim_itrustee = {
    .name = "sim-itrustee",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
};
