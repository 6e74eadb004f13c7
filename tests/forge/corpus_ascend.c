/* forge corpus: seeds of what the host of NPUs sends, quotes by keys that come with them
 * (tests/fuzz/ascend_fuzz.c). */
#include "corpus.h"
#include "sim_ascend.h"
#include "sim_ima.h"

struct made {
    struct rt_key *ak;
    struct rt_sim_tpm tpm;
    struct ratls_buffer message, ima;
    struct rt_writer tpmt;
};

static bool make(struct made *m, enum rt_sim_ima_form form)
{
    const struct ratls_env *env = ratls_env_system();
    uint8_t rs[RT_P256_SIG_LEN];

    rt_sim_tpm_usual(&m->tpm);
    m->tpm.selected = 1U << 10;
    m->tpm.extra_data = ratls_bytes(m->tpm.pcr[1], RT_SHA256_LEN);
    if (rt_sim_ima_usual(10, form, &m->ima, m->tpm.pcr[10]) != RATLS_OK ||
        rt_key_generate(env, RT_P256, &m->ak) != RATLS_OK ||
        rt_sim_tpm_quote(&m->tpm, &m->message) != RATLS_OK ||
        rt_sign_raw(env, m->ak, rt_bytes_of(&m->message), rs, sizeof rs) != RATLS_OK)
        return false;
    rt_sim_tpm_put_ecdsa(&m->tpmt, ratls_bytes(rs, sizeof rs));
    return true;
}

static bool seed_host(const struct corpus *c, const char *name, enum rt_sim_ima_form form,
                      const char *logs)
{
    struct made m = {0};
    struct ratls_buffer json = {0};
    bool made = make(&m, form);

    if (made) {
        const struct rt_sim_ascend parts = {.ak_public = rt_key_spki(m.ak),
                                            .message = rt_bytes_of(&m.message),
                                            .tpmt = rt_written(&m.tpmt),
                                            .ima_log = rt_bytes_of(&m.ima),
                                            .tpm = &m.tpm,
                                            .logs = logs};
        made = rt_sim_ascend_json(&parts, &json) == RATLS_OK && seed_buffer(c, name, &json);
    }
    rt_writer_free(&m.tpmt);
    ratls_buffer_free(&m.message);
    ratls_buffer_free(&m.ima);
    rt_key_free(m.ak);
    return made;
}

bool corpus_ascend(const struct corpus *c)
{
    return seed_host(c, "binary", RT_SIM_IMA_BINARY, NULL) &&
           seed_host(c, "ascii", RT_SIM_IMA_ASCII, NULL) &&
           seed_host(c, "boot", RT_SIM_IMA_BINARY,
                     "[{\"log_type\":\"boot_measurement\",\"log_data\":\"YQ==\"}]");
}
