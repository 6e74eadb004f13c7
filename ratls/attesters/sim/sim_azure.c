/* sim_azure.c - the attesters "sim-az-snp" and "sim-az-tdx": guests of Azure that do not exist, on
 * the hardware of "sim-snp" and "sim-tdx". */
#include "sim_azure.h"

#include <stdio.h>

#include "cert_table.h"
#include "options.h"
#include "sim_attester.h"
#include "tpm_media.h"

enum { AK_BITS = 2048 };

struct sim {
    struct rt_sim_attester base;
    const struct rt_attester_type *hardware;
    void *machine; /* of `hardware` */
    enum rt_sim_hcl_type type;
    struct rt_rsa_key *ak;
    struct rt_sim_tpm tpm;
};

/* ---- options ---- */

#define PCR_TEXT (2 * RT_SHA256_LEN + 1) /* with NUL */

/* Those of the hardware are handed on. */
struct handed {
    const char *key;
    char text[RT_OPTION_MAX];
};

static void put_option(struct rt_writer *w, const struct handed *h)
{
    if (!h->text[0])
        return;
    if (w->len > 0)
        rt_put_u8(w, ',');
    rt_put(w, h->key, strlen(h->key));
    rt_put_u8(w, '=');
    rt_put(w, h->text, strlen(h->text));
}

static enum ratls_err open_machine(struct sim *s, const struct handed *handed, size_t n,
                                   struct ratls_error *err)
{
    struct rt_writer w = {0};

    for (size_t i = 0; i < n; i++)
        put_option(&w, &handed[i]);
    rt_put_u8(&w, 0);
    enum ratls_err e = w.bad ? ratls_fail(err, RATLS_E_NO_MEMORY, "options")
                             : s->hardware->open(s->base.env, (const char *)w.p, &s->machine, err);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err configure(struct sim *s, const char *options, const char *measurement,
                                struct ratls_error *err)
{
    struct handed handed[] = {{"pki", ""}, {measurement, ""}, {"debug", ""}};
    char pcr[RT_SIM_TPM_PCRS][PCR_TEXT], name[RT_SIM_TPM_PCRS][8];
    struct rt_option table[RT_COUNT(handed) + RT_SIM_TPM_PCRS];
    size_t n = 0;

    for (size_t i = 0; i < RT_COUNT(handed); i++)
        table[n++] = (struct rt_option){handed[i].key, handed[i].text, sizeof handed[i].text};
    for (size_t i = 0; i < RT_SIM_TPM_PCRS; i++) {
        (void)snprintf(name[i], sizeof name[i], "pcr%02zu", i);
        table[n++] = (struct rt_option){name[i], pcr[i], sizeof pcr[i]};
    }
    rt_sim_tpm_usual(&s->tpm);
    enum ratls_err e = rt_options_read(options, table, n, err);
    for (size_t i = 0; i < RT_SIM_TPM_PCRS && e == RATLS_OK; i++)
        e = rt_option_hex(name[i], pcr[i], s->tpm.pcr[i], RT_SHA256_LEN, err);
    if (e == RATLS_OK)
        e = open_machine(s, handed, RT_COUNT(handed), err);
    if (e == RATLS_OK && (e = rt_rsa_generate(s->base.env, AK_BITS, &s->ak)) != RATLS_OK)
        e = ratls_fail(err, e, "%s: attestation key", s->base.kind->name);
    return e;
}

static enum ratls_err configure_snp(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;

    s->hardware = &rt_attester_sim_snp;
    s->type = RT_SIM_HCL_SNP;
    return configure(s, options, "measurement", err);
}

static enum ratls_err configure_tdx(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;

    s->hardware = &rt_attester_sim_tdx;
    s->type = RT_SIM_HCL_TDX;
    return configure(s, options, "mrtd", err);
}

static void release(void *self)
{
    struct sim *s = self;

    if (s->machine)
        s->hardware->close(s->machine);
    rt_rsa_free(s->ak);
}

/* ---- evidence ---- */

struct pieces {
    struct ratls_buffer var_data, hardware, hcl, message, signature;
};

static void free_pieces(struct pieces *p)
{
    ratls_buffer_free(&p->var_data);
    ratls_buffer_free(&p->hardware);
    ratls_buffer_free(&p->hcl);
    ratls_buffer_free(&p->message);
    ratls_buffer_free(&p->signature);
}

static enum ratls_err make_hardware(struct sim *s, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                    struct pieces *p, struct ratls_error *err)
{
    uint8_t bound[RATLS_REPORT_DATA_LEN];
    enum ratls_err e = rt_sim_hcl_data(
        rt_rsa_spki(s->ak), ratls_bytes(report_data, RATLS_REPORT_DATA_LEN), &p->var_data);

    if (e == RATLS_OK)
        e = rt_sim_hcl_report_data(rt_bytes_of(&p->var_data), bound);
    return e ? e : s->hardware->evidence(s->machine, bound, &p->hardware, err);
}

/* Of SNP the report, and the VCEK out of the table behind it; of TDX no report is in the area: the
 * quote alone counts. */
static enum ratls_err split_hardware(const struct sim *s, const struct pieces *p,
                                     struct ratls_bytes *report, struct ratls_bytes *vouching)
{
    struct rt_reader r = rt_reader(rt_bytes_of(&p->hardware));
    struct rt_cert_table table;

    *report = ratls_bytes(NULL, 0);
    *vouching = rt_bytes_of(&p->hardware);
    if (s->type == RT_SIM_HCL_TDX)
        return RATLS_OK;
    *report = rt_take_bytes(&r, RT_SIM_HCL_HARDWARE);
    enum ratls_err e = rt_cert_table_read(rt_rest(&r), &table, NULL);
    *vouching = e ? *vouching : table.cert[RT_CERT_VCEK];
    return e;
}

static enum ratls_err make_quote(struct sim *s, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                 struct pieces *p)
{
    s->tpm.extra_data = ratls_bytes(report_data, RATLS_REPORT_DATA_LEN);
    enum ratls_err e = rt_sim_tpm_quote(&s->tpm, &p->message);
    return e ? e : rt_rsa_sign_pkcs1(s->base.env, s->ak, rt_bytes_of(&p->message), &p->signature);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    struct pieces p = {0};
    struct ratls_bytes report, vouching;
    enum ratls_err e;

    *out = (struct ratls_buffer){0};
    if ((e = make_hardware(s, report_data, &p, err)) == RATLS_OK &&
        (e = split_hardware(s, &p, &report, &vouching)) == RATLS_OK &&
        (e = rt_sim_hcl(s->type, report, rt_bytes_of(&p.var_data), NULL, &p.hcl)) == RATLS_OK &&
        (e = make_quote(s, report_data, &p)) == RATLS_OK) {
        const struct rt_sim_azure_parts parts = {.type = s->type,
                                                 .hcl_report = rt_bytes_of(&p.hcl),
                                                 .hardware = vouching,
                                                 .message = rt_bytes_of(&p.message),
                                                 .signature = rt_bytes_of(&p.signature),
                                                 .tpm = &s->tpm};
        e = rt_sim_azure_json(&parts, out);
    }
    free_pieces(&p);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "%s: %s", s->base.kind->name, ratls_err_text(e))
             : RATLS_OK;
}

/* ---- attesters ---- */

static enum ratls_err open_snp(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-az-snp",       "az_snp_vtpm", RT_AZ_SNP_VTPM_MEDIA_TYPE,
        sizeof(struct sim), configure_snp, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err open_tdx(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-az-tdx",       "az_tdx_vtpm", RT_AZ_TDX_VTPM_MEDIA_TYPE,
        sizeof(struct sim), configure_tdx, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static struct ratls_bytes sim_root(void *self)
{
    const struct sim *s = self;

    return s->hardware->sim_root(s->machine);
}

static enum ratls_err sim_collateral(void *self, struct ratls_buffer *out, struct ratls_error *err)
{
    const struct sim *s = self;

    return s->hardware->sim_collateral(s->machine, out, err);
}

const struct rt_attester_type rt_attester_sim_az_snp = {
    .name = "sim-az-snp",
    .simulated = true,
    .open = open_snp,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
    .sim_collateral = sim_collateral,
};

const struct rt_attester_type rt_attester_sim_az_tdx = {
    .name = "sim-az-tdx",
    .simulated = true,
    .open = open_tdx,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
    .sim_collateral = sim_collateral,
};
