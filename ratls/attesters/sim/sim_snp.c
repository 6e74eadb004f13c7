/* sim_snp.c - the attester "sim-snp": a guest on an AMD machine that does not exist. */
#include "sim_snp.h"

#include "options.h"
#include "sim_attester.h"

struct sim {
    struct rt_sim_attester base;
    struct rt_sim_snp_keys keys;
    struct rt_sim_snp_platform platform;
    struct rt_sim_snp_chain chain;
    struct rt_sim_snp_report report;
    bool with_certs;
};

/* As the options have it. */
struct texts {
    char pki[RT_OPTION_MAX], measurement[RT_OPTION_MAX], host_data[RT_OPTION_MAX];
    char chip_id[RT_OPTION_MAX], debug[8], migrate_ma[8], certs[8], vmpl[16], guest_svn[16];
    char version[16], product[16], key[16];
};

/* ---- options ---- */

static enum ratls_err parse_platform(const struct texts *t, struct rt_sim_snp_platform *out,
                                     struct ratls_error *err)
{
    const struct rt_sim_snp_product *p = rt_sim_snp_product(t->product[0] ? t->product : "Milan");

    if (!p)
        return ratls_fail(err, RATLS_E_USAGE, "product is not Milan, Genoa or Turin");
    if (t->key[0] && strcmp(t->key, "vcek") != 0 && strcmp(t->key, "vlek") != 0)
        return ratls_fail(err, RATLS_E_USAGE, "key is neither vcek nor vlek");
    rt_sim_snp_platform_usual(NULL, p, out);
    out->vlek = strcmp(t->key, "vlek") == 0;
    if (out->vlek && t->chip_id[0])
        return ratls_fail(err, RATLS_E_USAGE, "chip_id: a VLEK names no chip");
    return rt_option_hex("chip_id", t->chip_id, out->chip_id, p->hwid_len, err);
}

static enum ratls_err parse_version(const char *text, uint32_t *version, struct ratls_error *err)
{
    enum ratls_err e = rt_option_uint("version", text, 5, version, err);

    if (e == RATLS_OK && (*version < 2 || *version == 4))
        e = ratls_fail(err, RATLS_E_USAGE, "version is not 2, 3 or 5");
    return e;
}

static enum ratls_err parse_policy(const struct texts *t, uint64_t *policy, struct ratls_error *err)
{
    bool debug = false, migrate = false;
    enum ratls_err e;

    if ((e = rt_option_bool("debug", t->debug, &debug, err)) != RATLS_OK ||
        (e = rt_option_bool("migrate_ma", t->migrate_ma, &migrate, err)) != RATLS_OK)
        return e;
    *policy |= (debug ? RT_SIM_SNP_DEBUG : 0) | (migrate ? RT_SIM_SNP_MIGRATE_MA : 0);
    return RATLS_OK;
}

static enum ratls_err parse_report(const struct texts *t, struct rt_sim_snp_report *r,
                                   struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = rt_option_hex("measurement", t->measurement, r->measurement, sizeof r->measurement,
                           err)) != RATLS_OK ||
        (e = rt_option_hex("host_data", t->host_data, r->host_data, sizeof r->host_data, err)) !=
            RATLS_OK ||
        (e = rt_option_uint("vmpl", t->vmpl, RT_SNP_MAX_VMPL, &r->vmpl, err)) != RATLS_OK ||
        (e = rt_option_uint("guest_svn", t->guest_svn, UINT32_MAX, &r->guest_svn, err)) !=
            RATLS_OK ||
        (e = parse_policy(t, &r->policy, err)) != RATLS_OK)
        return e;
    return parse_version(t->version, &r->version, err);
}

/* ---- keys and certificates ---- */

static enum ratls_err get_keys(struct sim *s, const char *directory, struct ratls_error *err)
{
    const struct ratls_env *env = s->base.env;
    enum ratls_err e = directory ? rt_sim_snp_keys_open(env, directory, &s->keys, err)
                                 : rt_sim_snp_keys_make(env, &s->keys, err);

    if (e == RATLS_OK && s->platform.vlek)
        e = rt_sim_snp_keys_add_asvk(env, directory, &s->keys, err);
    return e;
}

/* After its key, unless an option did. */
static void name_chip(struct sim *s, bool is_named)
{
    struct rt_sim_snp_platform usual;

    rt_sim_snp_platform_usual(&s->keys, s->platform.product, &usual);
    if (!is_named)
        memcpy(s->platform.chip_id, usual.chip_id, sizeof usual.chip_id);
    if (!s->platform.vlek)
        memcpy(s->report.chip_id, s->platform.chip_id, sizeof s->report.chip_id);
}

/* Every option is judged before keys are made: that takes seconds, and a folder. */
static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    struct texts t = {0};
    const struct rt_option table[] = {
        {"pki", t.pki, sizeof t.pki},
        {"measurement", t.measurement, sizeof t.measurement},
        {"host_data", t.host_data, sizeof t.host_data},
        {"chip_id", t.chip_id, sizeof t.chip_id},
        {"debug", t.debug, sizeof t.debug},
        {"migrate_ma", t.migrate_ma, sizeof t.migrate_ma},
        {"certs", t.certs, sizeof t.certs},
        {"vmpl", t.vmpl, sizeof t.vmpl},
        {"guest_svn", t.guest_svn, sizeof t.guest_svn},
        {"version", t.version, sizeof t.version},
        {"product", t.product, sizeof t.product},
        {"key", t.key, sizeof t.key},
    };
    enum ratls_err e;

    s->with_certs = true;
    if ((e = rt_options_read(options, table, RT_COUNT(table), err)) != RATLS_OK ||
        (e = rt_option_bool("certs", t.certs, &s->with_certs, err)) != RATLS_OK ||
        (e = parse_platform(&t, &s->platform, err)) != RATLS_OK)
        return e;
    rt_sim_snp_report_usual(&s->platform, &s->report);
    if ((e = parse_report(&t, &s->report, err)) != RATLS_OK ||
        (e = get_keys(s, t.pki[0] ? t.pki : NULL, err)) != RATLS_OK)
        return e;
    name_chip(s, t.chip_id[0]);
    e = rt_sim_snp_chain_make(s->base.env, &s->keys, &s->platform, NULL, &s->chain);
    return e ? ratls_fail(err, e, "sim-snp: certificates") : RATLS_OK;
}

/* ---- attester ---- */

static void release(void *self)
{
    struct sim *s = self;

    rt_sim_snp_keys_free(&s->keys);
    rt_sim_snp_chain_free(&s->chain);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-snp", "snp", RT_SNP_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;
    struct ratls_buffer report = {0};

    *out = (struct ratls_buffer){0};
    memcpy(s->report.report_data, report_data, sizeof s->report.report_data);
    enum ratls_err e = rt_sim_snp_report(s->base.env, &s->keys, &s->report, &report);
    if (e == RATLS_OK && s->with_certs)
        e = rt_sim_snp_extend(rt_bytes_of(&report), s->platform.vlek, &s->chain, out);
    else if (e == RATLS_OK)
        e = rt_dup(rt_bytes_of(&report), out);
    ratls_buffer_free(&report);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-snp: %s", ratls_err_text(e)) : RATLS_OK;
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
    enum ratls_err e = rt_sim_snp_collateral(s->base.env, &s->keys, &s->chain, &knobs, out);

    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-snp: %s", ratls_err_text(e)) : RATLS_OK;
}

const struct rt_attester_type rt_attester_sim_snp = {
    .name = "sim-snp",
    .simulated = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
    .sim_collateral = sim_collateral,
};
