/* sim_snp.c - the attester "sim-snp": a guest on an AMD machine that does not exist. */
#include "sim_snp.h"

#include <stdlib.h>

#include "attesters.h"
#include "options.h"

#define MEDIA_TYPE "application/vnd.ratls.snp"

struct sim {
    const struct ratls_env *env;
    struct rt_sim_snp_keys keys;
    struct rt_sim_snp_platform platform;
    struct rt_sim_snp_chain chain;
    struct rt_sim_snp_report report;
    bool with_certs;
};

/* As the options have it. */
struct texts {
    char pki[RT_OPTION_MAX], measurement[RT_OPTION_MAX], host_data[RT_OPTION_MAX];
    char debug[8], migrate_ma[8], certs[8], vmpl[16], guest_svn[16], version[16];
    char product[16], key[16];
};

static void set_bit(uint64_t *policy, uint64_t bit, bool on)
{
    *policy = on ? *policy | bit : *policy & ~bit;
}

static enum ratls_err parse_platform(const struct texts *t, struct sim *s, struct ratls_error *err)
{
    const struct rt_sim_snp_product *p = rt_sim_snp_product(t->product[0] ? t->product : "Milan");

    if (!p)
        return ratls_fail(err, RATLS_E_USAGE, "product must be Milan, Genoa or Turin");
    if (t->key[0] && strcmp(t->key, "vcek") != 0 && strcmp(t->key, "vlek") != 0)
        return ratls_fail(err, RATLS_E_USAGE, "key must be vcek or vlek");
    rt_sim_snp_platform_usual(&s->keys, p, &s->platform);
    s->platform.vlek = strcmp(t->key, "vlek") == 0;
    rt_sim_snp_report_usual(&s->platform, &s->report);
    return RATLS_OK;
}

static enum ratls_err parse_version(const struct texts *t, struct sim *s, struct ratls_error *err)
{
    enum ratls_err e = rt_option_uint("version", t->version, 5, &s->report.version, err);

    if (e == RATLS_OK && (s->report.version < 2 || s->report.version == 4))
        e = ratls_fail(err, RATLS_E_USAGE, "version must be 2, 3 or 5");
    return e;
}

static enum ratls_err parse_report(const struct texts *t, struct sim *s, struct ratls_error *err)
{
    struct rt_sim_snp_report *r = &s->report;
    bool debug = false, migrate = false;
    enum ratls_err e;

    s->with_certs = true;
    if ((e = rt_option_hex("measurement", t->measurement, r->measurement, 48, err)) != RATLS_OK ||
        (e = rt_option_hex("host_data", t->host_data, r->host_data, 32, err)) != RATLS_OK ||
        (e = rt_option_bool("debug", t->debug, &debug, err)) != RATLS_OK ||
        (e = rt_option_bool("migrate_ma", t->migrate_ma, &migrate, err)) != RATLS_OK ||
        (e = rt_option_bool("certs", t->certs, &s->with_certs, err)) != RATLS_OK ||
        (e = rt_option_uint("vmpl", t->vmpl, 3, &r->vmpl, err)) != RATLS_OK ||
        (e = rt_option_uint("guest_svn", t->guest_svn, UINT32_MAX, &r->guest_svn, err)) != RATLS_OK)
        return e;
    set_bit(&r->policy, RT_SIM_SNP_DEBUG, debug);
    set_bit(&r->policy, RT_SIM_SNP_MIGRATE_MA, migrate);
    return parse_version(t, s, err);
}

static enum ratls_err configure(struct sim *s, const char *options, struct ratls_error *err)
{
    struct texts t = {0};
    const struct rt_option table[] = {
        {"pki", t.pki, sizeof t.pki},
        {"measurement", t.measurement, sizeof t.measurement},
        {"host_data", t.host_data, sizeof t.host_data},
        {"debug", t.debug, sizeof t.debug},
        {"migrate_ma", t.migrate_ma, sizeof t.migrate_ma},
        {"certs", t.certs, sizeof t.certs},
        {"vmpl", t.vmpl, sizeof t.vmpl},
        {"guest_svn", t.guest_svn, sizeof t.guest_svn},
        {"version", t.version, sizeof t.version},
        {"product", t.product, sizeof t.product},
        {"key", t.key, sizeof t.key},
    };
    /* options are judged before keys are made, which takes seconds */
    struct sim draft = {.report = {.version = 3}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    if (e == RATLS_OK && t.product[0] && !rt_sim_snp_product(t.product))
        e = ratls_fail(err, RATLS_E_USAGE, "product must be Milan, Genoa or Turin");
    if (e == RATLS_OK)
        e = parse_report(&t, &draft, err);
    if (e)
        return e;
    e = t.pki[0] ? rt_sim_snp_keys_open(s->env, t.pki, &s->keys, err)
                 : rt_sim_snp_keys_make(s->env, &s->keys, err);
    if (e == RATLS_OK && strcmp(t.key, "vlek") == 0)
        e = rt_sim_snp_keys_add_asvk(s->env, t.pki[0] ? t.pki : NULL, &s->keys, err);
    if (e || (e = parse_platform(&t, s, err)) != RATLS_OK ||
        (e = parse_report(&t, s, err)) != RATLS_OK)
        return e;
    e = rt_sim_snp_chain_make(s->env, &s->keys, &s->platform, NULL, &s->chain);
    return e ? ratls_fail(err, e, "sim-snp: certificates") : RATLS_OK;
}

static void sim_close(void *self)
{
    struct sim *s = self;

    rt_sim_snp_keys_free(&s->keys);
    rt_sim_snp_chain_free(&s->chain);
    free(s);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    struct sim *s = calloc(1, sizeof *s);

    *self = NULL;
    if (!s)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "sim-snp");
    s->env = env;
    enum ratls_err e = configure(s, options, err);
    if (e)
        sim_close(s);
    else
        *self = s;
    return e;
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    struct ratls_buffer report = {0};

    memcpy(s->report.report_data, report_data, sizeof s->report.report_data);
    enum ratls_err e = rt_sim_snp_report(s->env, &s->keys, &s->report, &report);
    if (e == RATLS_OK && s->with_certs)
        e = rt_sim_snp_extend(rt_bytes_of(&report), s->platform.vlek, &s->chain, out);
    else if (e == RATLS_OK)
        e = rt_dup(rt_bytes_of(&report), out);
    ratls_buffer_free(&report);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-snp: %s", ratls_err_text(e)) : RATLS_OK;
}

static const char *sim_tee(void *self)
{
    (void)self;
    return "snp";
}

static const char *sim_media_type(void *self)
{
    (void)self;
    return MEDIA_TYPE;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->chain.der[RT_SIM_ARK]);
}

/* With the VCEK where the reports come without. */
static enum ratls_err sim_collateral(void *self, struct ratls_buffer *out, struct ratls_error *err)
{
    const struct sim *s = self;
    const struct rt_sim_snp_collateral_knobs knobs = {.with_vek = !s->with_certs};
    enum ratls_err e = rt_sim_snp_collateral(s->env, &s->keys, &s->chain, &knobs, out);

    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-snp: %s", ratls_err_text(e)) : RATLS_OK;
}

const struct rt_attester_type rt_attester_sim_snp = {
    .name = "sim-snp",
    .simulated = true,
    .open = sim_open,
    .close = sim_close,
    .evidence = sim_evidence,
    .tee = sim_tee,
    .media_type = sim_media_type,
    .sim_root = sim_root,
    .sim_collateral = sim_collateral,
};
