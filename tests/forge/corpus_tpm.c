/* forge corpus: seeds of evidence with quotes, plain ones and those of simulated guests of Azure
 * (tests/fuzz/tpm_fuzz.c). */
#include "corpus.h"
#include "plain_tpm.h"
#include "ratls/evidence.h"

static bool seed_plain(const struct corpus *c, const char *name, uint32_t selected)
{
    const struct ratls_env *env = ratls_env_system();
    uint8_t rs[RT_P256_SIG_LEN];
    struct ratls_buffer message = {0}, json = {0};
    struct rt_writer tpmt = {0};
    struct rt_sim_tpm tpm;
    struct rt_key *ak = NULL;

    rt_sim_tpm_usual(&tpm);
    tpm.extra_data = ratls_bytes(tpm.pcr[1], RT_SHA256_LEN);
    tpm.selected = selected;
    bool made = rt_key_generate(env, RT_P256, &ak) == RATLS_OK &&
                rt_sim_tpm_quote(&tpm, &message) == RATLS_OK &&
                rt_sign_raw(env, ak, rt_bytes_of(&message), rs, sizeof rs) == RATLS_OK;
    if (made) {
        rt_sim_tpm_put_ecdsa(&tpmt, ratls_bytes(rs, sizeof rs));
        const struct plain_tpm parts = {.ak_public = rt_key_spki(ak),
                                        .message = rt_bytes_of(&message),
                                        .tpmt = rt_written(&tpmt),
                                        .tpm = &tpm};
        made = plain_tpm_json(&parts, &json) && seed_buffer(c, name, &json);
    }
    rt_writer_free(&tpmt);
    ratls_buffer_free(&message);
    rt_key_free(ak);
    return made;
}

static bool seed_azure(const struct corpus *c, const char *name)
{
    static const uint8_t report_data[RATLS_REPORT_DATA_LEN] = {1, [63] = 2};
    struct ratls_attester *a = NULL;
    struct ratls_buffer evidence = {0};
    const bool made = ratls_attester_open(ratls_env_system(), name, NULL, &a, NULL) == RATLS_OK &&
                      ratls_attester_evidence(a, report_data, &evidence, NULL) == RATLS_OK &&
                      seed_buffer(c, name, &evidence);

    ratls_attester_close(a);
    return made;
}

/* As global-trust-authority has it; nothing in it is signed. */
static const char gta[] =
    "{\"ak_certs\":[{\"cert_type\":\"aik\",\"cert_data\":\"MAA=\"}],\"quote\":{\"quote_data\":"
    "\"/1RDR4AY\",\"signature\":\"ABgACw==\"},\"pcrs\":{\"hash_alg\":\"sha256\",\"pcr_values\":["
    "{\"pcr_index\":1,\"pcr_value\":\"00\"}]},\"logs\":[{\"log_type\":\"TcgEventLog\","
    "\"log_data\":\"YQ==\"},{\"log_type\":\"ImaLog\",\"log_data\":\"YQ==\"}]}";

bool corpus_tpm(const struct corpus *c)
{
    struct ratls_buffer text = {0};

    return seed_plain(c, "all", 0xffffff) && seed_plain(c, "some", 0x10010) &&
           seed_azure(c, "sim-az-snp") && seed_azure(c, "sim-az-tdx") &&
           rt_dup(ratls_bytes_str(gta), &text) == RATLS_OK && seed_buffer(c, "gta", &text);
}
