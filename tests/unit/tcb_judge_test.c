/* Which TDX module and which TCB level a platform has: H1, H2, G1 to G4, convergence and relaunch,
 * by levels made here. */
#include <criterion/criterion.h>

#include "tcb_judge.h"

/* ---- a platform with three levels, and a TD of module version 1 ---- */

static struct rt_tcb_level levels[3];
static struct rt_svn_level module_levels[2], module_3_levels[1], qe;
static struct rt_tdx_module modules[2];
static struct rt_tcb_info info;
static struct rt_pck_ext pck;
static uint8_t svn[16], svn2[16], mr_signer_seam[48], seam_attributes[8];
static struct rt_td_tcb td;
static struct rt_tcb_result result;
static struct ratls_error err;

static void make_level(struct rt_tcb_level *l, uint8_t component, enum rt_tcb_status status,
                       int64_t date)
{
    memset(l->sgx, component, sizeof l->sgx);
    memset(l->tdx, component, sizeof l->tdx);
    l->pce_svn = component;
    l->status = status;
    l->date = date;
}

static void setup(void)
{
    make_level(&levels[0], 200, RT_TCB_UP_TO_DATE, 3000);
    make_level(&levels[1], 100, RT_TCB_OUT_OF_DATE, 2000);
    make_level(&levels[2], 50, RT_TCB_REVOKED, 1000);
    module_levels[0] = (struct rt_svn_level){200, RT_TCB_UP_TO_DATE, 2900, NULL};
    module_levels[1] = (struct rt_svn_level){100, RT_TCB_OUT_OF_DATE, 1900, NULL};
    module_3_levels[0] = (struct rt_svn_level){1, RT_TCB_OUT_OF_DATE, 2950, NULL};
    qe = (struct rt_svn_level){8, RT_TCB_UP_TO_DATE, 2800, NULL};
    modules[0] = (struct rt_tdx_module){.version = 3, .levels = {module_3_levels, 1}};
    modules[1] = (struct rt_tdx_module){.version = 1, .levels = {module_levels, 2}};
    memset(modules[0].mr_signer, 3, 48);
    memset(modules[1].mr_signer, 1, 48);
    info = (struct rt_tcb_info){
        .tdx = true, .modules = modules, .n_modules = 2, .levels = levels, .n_levels = 3};
    memset(info.module.attributes_mask, 0xff, 8);
    memset(modules[0].attributes_mask, 0xff, 8);
    memset(modules[1].attributes_mask, 0xff, 8);
    memset(pck.component_svn, 200, sizeof pck.component_svn);
    pck.pce_svn = 200;
    memset(svn, 200, sizeof svn);
    svn[1] = 1;
    memcpy(svn2, svn, sizeof svn2);
    memset(mr_signer_seam, 1, sizeof mr_signer_seam);
    td = (struct rt_td_tcb){
        .svn = svn, .mr_signer_seam = mr_signer_seam, .seam_attributes = seam_attributes};
    err = (struct ratls_error){0};
}

TestSuite(tcb_judge, .init = setup);

static enum ratls_err judge(bool tdx)
{
    const struct rt_tcb_subject s = {
        .pck = &pck, .qe = qe.isv_svn ? &qe : NULL, .td = tdx ? &td : NULL};

    memset(&result, 0x55, sizeof result);
    err = (struct ratls_error){0};
    return rt_tcb_judge(&info, &s, &result, &err);
}

static const char *status(bool tdx)
{
    cr_assert_eq(judge(tdx), RATLS_OK, "%s", err.detail);
    return rt_tcb_name(result.status);
}

/* The TD has the module of version 0, which tdxModule describes. */
static void use_module_0(void)
{
    svn[1] = svn2[1] = 0;
    memset(info.module.mr_signer, 1, 48);
    for (size_t i = 0; i < 3; i++)
        levels[i].tdx[1] = 0;
}

/* ---- H1 ---- */

Test(tcb_judge, sgx_needs_every_component)
{
    cr_expect_str_eq(status(false), "UpToDate");
    for (size_t i = 0; i < 16; i++) {
        pck.component_svn[i] = 199;
        cr_expect_str_eq(status(false), "OutOfDate", "component %zu", i);
        pck.component_svn[i] = 99;
        cr_expect_str_eq(status(false), "Revoked", "component %zu", i);
        pck.component_svn[i] = 49;
        cr_expect_str_eq(status(false), "NotSupported", "component %zu", i);
        pck.component_svn[i] = 255;
        cr_expect_str_eq(status(false), "UpToDate", "component %zu", i);
        pck.component_svn[i] = 200;
    }
}

Test(tcb_judge, sgx_needs_the_pce)
{
    static const struct {
        uint16_t pce_svn;
        const char *status;
    } rows[] = {{65535, "UpToDate"}, {201, "UpToDate"}, {199, "OutOfDate"},   {100, "OutOfDate"},
                {99, "Revoked"},     {50, "Revoked"},   {49, "NotSupported"}, {0, "NotSupported"}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        pck.pce_svn = rows[i].pce_svn;
        cr_expect_str_eq(status(false), rows[i].status, "%u", rows[i].pce_svn);
    }
}

/* Neither CPUSVN is a component. */
Test(tcb_judge, the_cpusvn_of_the_certificate_does_not_count)
{
    memset(pck.cpu_svn, 0, sizeof pck.cpu_svn);
    cr_expect_str_eq(status(false), "UpToDate");
    memset(pck.cpu_svn, 255, sizeof pck.cpu_svn);
    memset(pck.component_svn, 100, sizeof pck.component_svn);
    cr_expect_str_eq(status(false), "OutOfDate");
}

Test(tcb_judge, sgx_asks_for_nothing_of_tdx)
{
    memset(levels[0].tdx, 255, sizeof levels[0].tdx);
    info.n_modules = 0;
    cr_expect_str_eq(status(false), "UpToDate");
}

/* T125: an empty list fits nobody. */
Test(tcb_judge, without_a_level_nothing_is_supported)
{
    info.n_levels = 0;
    cr_expect_str_eq(status(false), "NotSupported");
    cr_expect_eq(result.date, 0);
    for (size_t i = 0; i < RT_TCB_PARTS; i++)
        cr_expect_null(result.advisories[i]);
}

/* ---- H2 ---- */

Test(tcb_judge, a_td_needs_the_sgx_components_too)
{
    pck.component_svn[15] = 199;
    cr_expect_str_eq(status(true), "OutOfDate");
    pck.component_svn[15] = 200;
    pck.pce_svn = 99;
    cr_expect_str_eq(status(true), "Revoked");
}

/* From the third component on: the first two are the module's, which is judged by its levels. */
Test(tcb_judge, a_td_needs_its_components_but_those_of_its_module)
{
    cr_expect_str_eq(status(true), "UpToDate");
    for (size_t i = 2; i < 16; i++) {
        svn[i] = 199;
        cr_expect_str_eq(status(true), "OutOfDate", "component %zu", i);
        svn[i] = 99;
        cr_expect_str_eq(status(true), "Revoked", "component %zu", i);
        svn[i] = 49;
        cr_expect_str_eq(status(true), "NotSupported", "component %zu", i);
        svn[i] = 200;
    }
    levels[0].tdx[0] = levels[0].tdx[1] = 255;
    cr_expect_str_eq(status(true), "UpToDate");
}

Test(tcb_judge, module_0_has_no_levels_of_its_own)
{
    use_module_0();
    cr_expect_str_eq(status(true), "UpToDate");
    svn[0] = 199;
    cr_expect_str_eq(status(true), "OutOfDate");
    svn[0] = 49;
    cr_expect_str_eq(status(true), "NotSupported");
    svn[0] = 200;
    levels[0].tdx[1] = 1;
    cr_expect_str_eq(status(true), "OutOfDate", "the second component counts");
    module_levels[0].status = RT_TCB_REVOKED;
    info.n_modules = 0;
    cr_expect_str_eq(status(true), "OutOfDate");
}

/* ---- G1 to G4 ---- */

static void expect_module_error(const char *what)
{
    cr_expect_eq(judge(true), RATLS_E_TDX_MODULE, "%s", what);
    cr_expect(strstr(err.detail, what), "%s: %s", what, err.detail);
    cr_expect_eq(result.status, RT_TCB_NOT_SUPPORTED);
}

Test(tcb_judge, the_identity_of_the_module_must_exist)
{
    svn[1] = 2;
    expect_module_error("TDX_02");
    svn[1] = 255;
    expect_module_error("TDX_FF");
    svn[1] = 1;
    info.n_modules = 1;
    expect_module_error("TDX_01");
    info.n_modules = 0;
    expect_module_error("TDX_01");
}

Test(tcb_judge, every_byte_of_the_modules_signer_counts)
{
    for (size_t i = 0; i < 48; i++) {
        mr_signer_seam[i] ^= 1;
        expect_module_error("MRSIGNERSEAM");
        mr_signer_seam[i] ^= 1;
    }
    memset(mr_signer_seam, 3, 48); /* of another identity */
    expect_module_error("MRSIGNERSEAM");
    memset(mr_signer_seam, 0, 48); /* of tdxModule */
    expect_module_error("MRSIGNERSEAM");
    use_module_0();
    expect_module_error("MRSIGNERSEAM");
    memset(mr_signer_seam, 1, 48);
    cr_expect_eq(judge(true), RATLS_OK);
}

/* Unmasked bits must be as described, and masked ones must not be set. */
static void try_attributes(struct rt_tdx_module *m)
{
    for (size_t bit = 0; bit < 64; bit++) {
        const size_t byte = bit / 8;
        const uint8_t mask = (uint8_t)(1U << bit % 8);
        seam_attributes[byte] = mask;
        expect_module_error("SEAMATTRIBUTES");
        m->attributes_mask[byte] ^= mask;
        expect_module_error("SEAMATTRIBUTES");
        m->attributes_mask[byte] ^= mask;
        m->attributes[byte] = mask;
        cr_expect_eq(judge(true), RATLS_OK, "bit %zu", bit);
        seam_attributes[byte] = 0;
        expect_module_error("SEAMATTRIBUTES");
        m->attributes_mask[byte] ^= mask;
        expect_module_error("SEAMATTRIBUTES");
        m->attributes_mask[byte] ^= mask;
        m->attributes[byte] = 0;
        cr_expect_eq(judge(true), RATLS_OK, "bit %zu", bit);
    }
}

Test(tcb_judge, every_bit_of_the_modules_attributes_counts)
{
    try_attributes(&modules[1]);
}

Test(tcb_judge, every_bit_of_the_attributes_of_module_0_counts)
{
    use_module_0();
    try_attributes(&info.module);
}

Test(tcb_judge, the_level_of_the_module_is_the_newest_reached)
{
    static const struct {
        uint8_t svn;
        const char *status;
    } rows[] = {{255, "UpToDate"},  {200, "UpToDate"},    {199, "OutOfDate"},
                {100, "OutOfDate"}, {99, "NotSupported"}, {0, "NotSupported"}};

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        svn[0] = rows[i].svn;
        cr_expect_str_eq(status(true), rows[i].status, "%u", rows[i].svn);
    }
}

Test(tcb_judge, another_modules_levels_do_not_count)
{
    svn[1] = 3;
    memset(mr_signer_seam, 3, 48);
    cr_expect_str_eq(status(true), "OutOfDate");
    cr_expect_eq(result.date, 2800);
}

/* ---- convergence ---- */

Test(tcb_judge, platform_module_and_qe_converge)
{
    static const struct {
        enum rt_tcb_status platform, module, qe;
        const char *status;
    } rows[] = {
        {RT_TCB_SW_HARDENING, RT_TCB_UP_TO_DATE, RT_TCB_UP_TO_DATE, "SWHardeningNeeded"},
        {RT_TCB_SW_HARDENING, RT_TCB_OUT_OF_DATE, RT_TCB_UP_TO_DATE, "OutOfDate"},
        {RT_TCB_SW_HARDENING, RT_TCB_UP_TO_DATE, RT_TCB_OUT_OF_DATE, "OutOfDate"},
        {RT_TCB_CONFIGURATION, RT_TCB_OUT_OF_DATE, RT_TCB_UP_TO_DATE,
         "OutOfDateConfigurationNeeded"},
        {RT_TCB_CONFIGURATION, RT_TCB_UP_TO_DATE, RT_TCB_OUT_OF_DATE,
         "OutOfDateConfigurationNeeded"},
        {RT_TCB_UP_TO_DATE, RT_TCB_REVOKED, RT_TCB_UP_TO_DATE, "Revoked"},
        {RT_TCB_UP_TO_DATE, RT_TCB_UP_TO_DATE, RT_TCB_REVOKED, "Revoked"},
        {RT_TCB_REVOKED, RT_TCB_OUT_OF_DATE, RT_TCB_OUT_OF_DATE, "Revoked"},
        {RT_TCB_UP_TO_DATE, RT_TCB_REVOKED, RT_TCB_OUT_OF_DATE, "Revoked"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        levels[0].status = rows[i].platform;
        module_levels[0].status = rows[i].module;
        qe.status = rows[i].qe;
        cr_expect_str_eq(status(true), rows[i].status, "row %zu", i);
    }
}

Test(tcb_judge, without_a_level_of_the_qe_nothing_is_supported)
{
    qe.isv_svn = 0;
    cr_expect_str_eq(status(true), "NotSupported");
    cr_expect_str_eq(status(false), "NotSupported");
    td.svn2 = svn2;
    cr_expect_str_eq(status(true), "NotSupported");
}

/* J: the earliest date of the matched levels, and all their advisories. */
Test(tcb_judge, dates_and_advisories_are_of_the_matched_levels)
{
    static const char of_platform, of_qe, of_module; /* stand for lists */

    levels[0].advisories = (const struct cJSON *)&of_platform;
    module_levels[0].advisories = (const struct cJSON *)&of_module;
    qe.advisories = (const struct cJSON *)&of_qe;
    cr_expect_str_eq(status(true), "UpToDate");
    cr_expect_eq(result.date, 2800);
    qe.date = 2950;
    cr_expect_str_eq(status(true), "UpToDate");
    cr_expect_eq(result.date, 2900);
    module_levels[0].date = 3100;
    qe.date = 3100;
    cr_expect_str_eq(status(true), "UpToDate");
    cr_expect_eq(result.date, 3000);
    cr_expect_eq((const void *)result.advisories[0], &of_platform);
    cr_expect_eq((const void *)result.advisories[1], &of_qe);
    cr_expect_eq((const void *)result.advisories[2], &of_module);
    cr_expect_str_eq(status(false), "UpToDate");
    cr_expect_null(result.advisories[2]);
}

/* ---- relaunch: TD report 1.5 ---- */

/* The launch was under the second level; `now` is what is loaded. */
static const char *relaunch(enum rt_tcb_status then, enum rt_tcb_status now)
{
    levels[1].status = then;
    levels[0].status = now;
    svn[2] = 100;
    td.svn2 = svn2;
    return status(true);
}

Test(tcb_judge, a_newer_tcb_now_advises_a_relaunch)
{
    static const struct {
        enum rt_tcb_status then, now;
        const char *status;
    } rows[] = {
        {RT_TCB_OUT_OF_DATE, RT_TCB_UP_TO_DATE, "TDRelaunchAdvised"},
        {RT_TCB_OUT_OF_DATE, RT_TCB_SW_HARDENING, "TDRelaunchAdvised"},
        {RT_TCB_OUT_OF_DATE, RT_TCB_CONFIGURATION, "TDRelaunchAdvisedConfigurationNeeded"},
        {RT_TCB_OUT_OF_DATE, RT_TCB_OUT_OF_DATE, "OutOfDate"},
        {RT_TCB_OUT_OF_DATE, RT_TCB_REVOKED, "OutOfDate"},
        {RT_TCB_OUT_OF_DATE_CONFIGURATION, RT_TCB_UP_TO_DATE,
         "TDRelaunchAdvisedConfigurationNeeded"},
        {RT_TCB_OUT_OF_DATE_CONFIGURATION, RT_TCB_OUT_OF_DATE, "OutOfDateConfigurationNeeded"},
        {RT_TCB_UP_TO_DATE, RT_TCB_OUT_OF_DATE, "UpToDate"},
        {RT_TCB_REVOKED, RT_TCB_UP_TO_DATE, "Revoked"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_str_eq(relaunch(rows[i].then, rows[i].now), rows[i].status, "row %zu", i);
}

Test(tcb_judge, date_and_advisories_stay_those_of_the_launch)
{
    static const char list;

    levels[1].advisories = (const struct cJSON *)&list;
    cr_expect_str_eq(relaunch(RT_TCB_OUT_OF_DATE, RT_TCB_UP_TO_DATE), "TDRelaunchAdvised");
    cr_expect_eq(result.date, 2000);
    cr_expect_eq((const void *)result.advisories[0], &list);
}

Test(tcb_judge, a_newer_module_now_advises_a_relaunch)
{
    svn[0] = 100;
    cr_expect_str_eq(status(true), "OutOfDate", "without TEE_TCB_SVN2");
    td.svn2 = svn2;
    cr_expect_str_eq(status(true), "TDRelaunchAdvised");
    qe.status = RT_TCB_OUT_OF_DATE; /* which no relaunch mends */
    cr_expect_str_eq(status(true), "OutOfDate");
}

Test(tcb_judge, a_current_tcb_that_is_not_supported_decides)
{
    td.svn2 = svn2;
    svn2[2] = 49;
    cr_expect_str_eq(status(true), "NotSupported", "no platform level");
    cr_expect_eq(result.date, 0);
    svn2[2] = 200;
    svn2[0] = 99;
    cr_expect_str_eq(status(true), "NotSupported", "no module level");
    svn2[0] = 200;
    svn2[1] = 2;
    cr_expect_str_eq(status(true), "NotSupported", "no identity of the module");
    svn2[1] = 1;
    cr_expect_str_eq(status(true), "UpToDate");
}

Test(tcb_judge, the_current_module_is_judged_by_its_own_version)
{
    td.svn2 = svn2;
    svn[0] = 100; /* OutOfDate at launch */
    svn2[1] = 3;  /* whose only level is OutOfDate */
    cr_expect_str_eq(status(true), "OutOfDate");
    module_3_levels[0].status = RT_TCB_UP_TO_DATE;
    cr_expect_str_eq(status(true), "TDRelaunchAdvised");
    svn2[1] = 0; /* all components count, the second is 200 in the level */
    cr_expect_str_eq(status(true), "NotSupported");
}
