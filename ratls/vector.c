/* From verdicts to trustworthiness vectors. The tables are those of AR4SI.md, which says why. */
#include <stdio.h>

#include "claim_text.h"
#include "json.h"
#include "vector.h"
#include "verdict.h"

enum { ALL = RATLS_VECTOR_LEN, NOT_JUDGED = 1, MALFUNCTION = -1, CRYPTO_FAILED = 99 };

static const char *const names[RATLS_VECTOR_LEN] = {
    "instance-identity", "configuration",  "executables",    "file-system",
    "hardware",          "runtime-opaque", "storage-opaque", "sourced-data",
};

/* ---- values ---- */

enum rt_tier rt_vector_tier(int8_t value)
{
    if (value >= -1 && value <= 1)
        return RT_NONE;
    if (value >= 96 || value <= -97)
        return RT_CONTRAINDICATED;
    return value >= 32 || value <= -33 ? RT_WARNING : RT_AFFIRMING;
}

static int badness(int8_t value)
{
    return (int)rt_vector_tier(value) * 512 + (value > 0 ? 256 + value : -value);
}

int8_t rt_vector_worse(int8_t a, int8_t b)
{
    return badness(b) > badness(a) ? b : a;
}

static void worsen(struct rt_vector *vector, size_t member, int8_t value)
{
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        if (member == ALL || member == i)
            vector->value[i] = rt_vector_worse(vector->value[i], value);
}

const char *ratls_vector_status(const int8_t value[RATLS_VECTOR_LEN])
{
    bool affirms = false, not_judged = false;
    enum rt_tier worst = RT_AFFIRMING;

    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++) {
        enum rt_tier tier = rt_vector_tier(value[i]);
        worst = tier > worst ? tier : worst;
        affirms = affirms || tier == RT_AFFIRMING;
        not_judged = not_judged || (tier == RT_NONE && value[i] != 0);
    }
    if (worst == RT_CONTRAINDICATED)
        return "contraindicated";
    if (worst == RT_WARNING)
        return "warning";
    return affirms && !not_judged ? "affirming" : "none";
}

/* ---- what was proven ---- */

/* Under way: the first value of a member stands, a further one can only worsen it. */
struct draft {
    struct rt_vector vector;
    bool said[RATLS_VECTOR_LEN];
};

static void say(struct draft *d, enum rt_member member, int8_t value)
{
    int8_t *at = &d->vector.value[member];

    *at = d->said[member] ? rt_vector_worse(*at, value) : value;
    d->said[member] = true;
}

/* Those whose evidence is signed by a key in hardware that a vendor or the operator vouches for. Of
 * a plugin's TEE nobody knows here: a software attester may call itself up to date as well. */
static const char *const hardware_tees[] = {"tdx",     "sgx",         "snp",        "cca",
                                            "virtcca", "nitro",       "itrustee",   "csv",
                                            "nvidia",  "az_snp_vtpm", "az_tdx_vtpm"};

static const struct {
    const char *status;
    int8_t hardware, configuration;
} statuses[] = {
    {"UpToDate", 2, 2},
    {"SWHardeningNeeded", 32, 32},
    {"ConfigurationNeeded", 32, 32},
    {"ConfigurationAndSWHardeningNeeded", 32, 32},
    {"OutOfDate", 32, 36},
    {"OutOfDateConfigurationNeeded", 32, 32},
    {"TDRelaunchAdvised", 32, 36},
    {"TDRelaunchAdvisedConfigurationNeeded", 32, 32},
    {"unrated", 2, 0},
    {"not_evaluated", 0, 0},
    {"Revoked", 96, 96},
    {"NotSupported", 96, 96},
};

/* `tee` NULL: any. Numbers are "0" or "some". */
static const struct {
    const char *tee, *claim, *value;
    enum rt_member about;
    int8_t says;
} rows[] = {
    {NULL, "debug", "true", RT_CONFIGURATION, 96},
    {NULL, "debug", "true", RT_RUNTIME_OPAQUE, 96},
    {"tdx", "debug", "false", RT_RUNTIME_OPAQUE, 2},
    {"sgx", "debug", "false", RT_RUNTIME_OPAQUE, 2},
    {"snp", "debug", "false", RT_RUNTIME_OPAQUE, 2},
    {"snp", "snp.migrate_ma", "true", RT_CONFIGURATION, 32},
    {"cca", "debug", "false", RT_RUNTIME_OPAQUE, 2},
    {"cca", "tcb_status", "unrated", RT_INSTANCE_IDENTITY, 2},
    {"az_snp_vtpm", "debug", "false", RT_RUNTIME_OPAQUE, 2},
    {"az_snp_vtpm", "snp.migrate_ma", "true", RT_CONFIGURATION, 32},
    {"az_tdx_vtpm", "debug", "false", RT_RUNTIME_OPAQUE, 2},
    {"tpm", "tpm.ak_trust", "pin", RT_INSTANCE_IDENTITY, 2},
    {"tpm", "tpm.ak_trust", "certificate", RT_INSTANCE_IDENTITY, 2},
    {"virtcca", "virtcca.platform_token_present", "true", RT_RUNTIME_OPAQUE, 32},
    {"virtcca", "virtcca.platform_token_present", "false", RT_CONFIGURATION, 36},
    {"virtcca", "virtcca.ima.violations", "some", RT_FILE_SYSTEM, 32},
    {"ascend_npu", "ascend_npu.ima.violations", "some", RT_EXECUTABLES, 32},
};

static bool has_value(const struct ratls_claim *c, const char *value)
{
    if (!c)
        return false;
    switch (c->type) {
    case RATLS_CLAIM_TEXT:
        return strcmp(c->text, value) == 0;
    case RATLS_CLAIM_BOOL:
        return strcmp(c->number ? "true" : "false", value) == 0;
    case RATLS_CLAIM_UINT:
        return strcmp(c->number ? "some" : "0", value) == 0;
    case RATLS_CLAIM_LIST:
        return false;
    }
    return false;
}

static void say_claims(struct draft *d, const struct ratls_verdict *v)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        if ((!rows[i].tee || strcmp(rows[i].tee, v->tee) == 0) &&
            has_value(ratls_claims_get(v->claims, rows[i].claim), rows[i].value))
            say(d, rows[i].about, rows[i].says);
}

static bool is_hardware(const char *tee)
{
    for (size_t i = 0; i < RT_COUNT(hardware_tees); i++)
        if (strcmp(hardware_tees[i], tee) == 0)
            return true;
    return false;
}

/* Everything stands on the platform: where nobody rates it, or the vendor gave it up, nothing else
 * is affirmed either (draft-ietf-rats-ar4si, "Supportable Trustworthiness Claims", step 2). */
static void say_status(struct draft *d, const struct ratls_verdict *v)
{
    const char *status = ratls_verdict_tcb_status(v);
    int8_t hardware = 0, configuration = 0;

    for (size_t i = 0; i < RT_COUNT(statuses); i++) {
        if (strcmp(statuses[i].status, status) != 0)
            continue;
        hardware = statuses[i].hardware;
        configuration = statuses[i].configuration;
    }
    say(d, RT_CONFIGURATION, configuration);
    if (rt_vector_tier(hardware) != RT_AFFIRMING || is_hardware(v->tee))
        say(d, RT_HARDWARE, hardware);
    if (hardware == 0 || rt_vector_tier(hardware) == RT_CONTRAINDICATED)
        worsen(&d->vector, ALL, 0);
}

/* ---- what the policy's rules found ---- */

unsigned rt_vector_note(const char *name)
{
    static const struct {
        const char *claim;
        unsigned notes;
    } later[] = {
        {"tdx.rtmr_3", RT_NOTED_RUNTIME},
        {"cca.realm.rem3", RT_NOTED_RUNTIME},
        {"virtcca.cvm.rem3", RT_NOTED_RUNTIME},
        {"virtcca.ima.digests", RT_NOTED_RUNTIME | RT_NOTED_FILES},
        {"ascend_npu.ima.digests", RT_NOTED_MEASUREMENT | RT_NOTED_RUNTIME},
    };

    for (size_t i = 0; i < RT_COUNT(later); i++)
        if (strcmp(later[i].claim, name) == 0)
            return later[i].notes;
    return 0;
}

/* What NPUs are loaded with their host measures after its boot: of no other is there a measurement.
 */
static bool is_measured_later(const struct ratls_verdict *v)
{
    return (v->noted & RT_NOTED_RUNTIME) != 0 || strcmp(v->tee, "ascend_npu") == 0;
}

static void say_noted(struct draft *d, const struct ratls_verdict *v)
{
    const bool launched = (v->noted & RT_NOTED_MEASUREMENT) != 0 ||
                          ratls_claims_get(v->claims, "baseline.name") != NULL;

    if (launched)
        say(d, RT_EXECUTABLES, is_measured_later(v) ? 2 : 3);
    if (v->noted & RT_NOTED_FILES)
        say(d, RT_FILE_SYSTEM, 2);
    if (v->noted & RT_NOTED_PLATFORM)
        say(d, RT_INSTANCE_IDENTITY, 2);
    if (v->noted & RT_NOTED_STRANGER)
        say(d, RT_INSTANCE_IDENTITY, 97);
}

/* ---- passports ---- */

/* Nobody looked again: what the appraiser did not affirm is not affirmed here. */
static void say_appraiser(struct draft *d, const struct ratls_verdict *v)
{
    const char *status = rt_claim_text(v->claims, "ear.status");
    const int8_t says = strcmp(status, "warning") == 0 ? 32 : 0;

    if (!ratls_claims_get(v->claims, "passport") || strcmp(status, "affirming") == 0)
        return;
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++)
        if (rt_vector_tier(d->vector.value[i]) == RT_AFFIRMING)
            d->vector.value[i] = says;
}

/* ---- the reason of a refusal ---- */

/* Every other reason takes back whatever was affirmed (value 0 of all members), for it says nothing
 * of one of them in particular; a fault of this side also says so (-1). */
static const struct {
    enum ratls_err code;
    size_t about;
    int8_t says;
} reasons[] = {
    /* cryptography: signatures, chains, bindings */
    {RATLS_E_CERT_SIGNATURE, ALL, CRYPTO_FAILED},
    {RATLS_E_CERT_CHAIN, ALL, CRYPTO_FAILED},
    {RATLS_E_EVIDENCE_ALGORITHM, ALL, CRYPTO_FAILED},
    {RATLS_E_EVIDENCE_SIGNATURE, ALL, CRYPTO_FAILED},
    {RATLS_E_EVIDENCE_CHAIN, ALL, CRYPTO_FAILED},
    {RATLS_E_EVIDENCE_ROOT, ALL, CRYPTO_FAILED},
    {RATLS_E_EVIDENCE_TIME, ALL, CRYPTO_FAILED},
    {RATLS_E_EVIDENCE_QE, ALL, CRYPTO_FAILED},
    {RATLS_E_ENDORSEMENT, ALL, CRYPTO_FAILED},
    {RATLS_E_BINDER, ALL, CRYPTO_FAILED},
    {RATLS_E_KEY_BINDING, ALL, CRYPTO_FAILED},
    {RATLS_E_BINDING_MISSING, ALL, CRYPTO_FAILED},
    {RATLS_E_BINDING_MISMATCH, ALL, CRYPTO_FAILED},
    {RATLS_E_REFLECTION, ALL, CRYPTO_FAILED},
    {RATLS_E_PROOF_SIGNATURE, ALL, CRYPTO_FAILED},
    {RATLS_E_PROOF_EVIDENCE, ALL, CRYPTO_FAILED},
    {RATLS_E_EVENT_LOG_MISMATCH, RT_EXECUTABLES, CRYPTO_FAILED},
    {RATLS_E_EVENT_LOG_MISMATCH, RT_FILE_SYSTEM, CRYPTO_FAILED},
    /* what could not be understood */
    {RATLS_E_CERT_FORMAT, ALL, NOT_JUDGED},
    {RATLS_E_EVIDENCE_DUPLICATE, ALL, NOT_JUDGED},
    {RATLS_E_EVIDENCE_FORMAT, ALL, NOT_JUDGED},
    {RATLS_E_EVIDENCE_VERSION, ALL, NOT_JUDGED},
    {RATLS_E_EVIDENCE_PROFILE, ALL, NOT_JUDGED},
    {RATLS_E_EVIDENCE_UNKNOWN, ALL, NOT_JUDGED},
    {RATLS_E_EVIDENCE_MISMATCH, ALL, NOT_JUDGED},
    {RATLS_E_CERTIFICATION_TYPE, ALL, NOT_JUDGED},
    {RATLS_E_EVENT_LOG, RT_EXECUTABLES, NOT_JUDGED},
    {RATLS_E_EVENT_LOG, RT_FILE_SYSTEM, NOT_JUDGED},
    /* the platform */
    {RATLS_E_REVOKED, RT_HARDWARE, 96},
    {RATLS_E_QE_IDENTITY, RT_HARDWARE, 97},
    {RATLS_E_TDX_MODULE, RT_HARDWARE, 97},
    {RATLS_E_TCB_MINIMUM, RT_HARDWARE, 32},
    {RATLS_E_TCB_AGE, RT_HARDWARE, 32},
    {RATLS_E_ADVISORY, RT_HARDWARE, 32},
    {RATLS_E_NO_ANCHOR, RT_INSTANCE_IDENTITY, 97},
    {RATLS_E_PLATFORM, RT_INSTANCE_IDENTITY, 96},
    {RATLS_E_PLATFORM_REVOKED, RT_INSTANCE_IDENTITY, 96},
    {RATLS_E_KEY_REVOKED, RT_INSTANCE_IDENTITY, 96},
    /* how it is set up */
    {RATLS_E_DEBUG, RT_CONFIGURATION, 96},
    {RATLS_E_DEBUG, RT_RUNTIME_OPAQUE, 96},
    {RATLS_E_LIFECYCLE, RT_CONFIGURATION, 96},
    {RATLS_E_MIGRATION_AGENT, RT_CONFIGURATION, 96},
    {RATLS_E_VMPL, RT_CONFIGURATION, 32},
    {RATLS_E_PLATFORM_TOKEN_MISSING, RT_CONFIGURATION, 36},
    {RATLS_E_EVENT_LOG_MISSING, RT_CONFIGURATION, 36},
    {RATLS_E_IMA_LOG_MISSING, RT_CONFIGURATION, 36},
    /* what runs in it */
    {RATLS_E_REFVAL_REVOKED, RT_EXECUTABLES, 96},
    {RATLS_E_MEASUREMENT, RT_EXECUTABLES, 33},
    {RATLS_E_NO_REFERENCE_VALUE, RT_EXECUTABLES, 33},
    {RATLS_E_REFVAL_EXPIRED, RT_EXECUTABLES, 32},
    {RATLS_E_GUEST_SVN, RT_EXECUTABLES, 32},
};

/* What is simulated has no members of its own that could be warned of. */
static void refuse(struct rt_vector *vector, enum ratls_err code, bool simulated)
{
    bool listed = false;

    for (size_t i = 0; i < RT_COUNT(reasons); i++) {
        if (reasons[i].code != code)
            continue;
        listed = true;
        if (!simulated || reasons[i].about == ALL)
            worsen(vector, reasons[i].about, reasons[i].says);
    }
    if (!listed)
        worsen(vector, ALL, ratls_err_class(code) == RATLS_CLASS_INTERNAL ? MALFUNCTION : 0);
}

/* Claims count when all of the evidence was proven. A verifier that refuses for the status alone
 * has proven it as well (verifiers/dcap/README.md); what it would affirm is taken back below. */
static bool counts(const struct ratls_verdict *v)
{
    return v->proven || (!v->allowed && v->why.code == RATLS_E_TCB_STATUS);
}

void rt_vector_found(const struct ratls_verdict *v, struct rt_vector *out)
{
    struct draft d = {0};

    if (counts(v) && !ratls_verdict_simulated(v)) {
        say_claims(&d, v);
        say_noted(&d, v);
        say_status(&d, v); /* last: they may take back */
        say_appraiser(&d, v);
    }
    *out = d.vector;
}

void rt_vector_of(const struct ratls_verdict *v, struct rt_vector *out)
{
    rt_vector_found(v, out);
    if (!v->allowed)
        refuse(out, ratls_verdict_code(v), ratls_verdict_simulated(v));
}

/* ---- public ---- */

void rt_vector_put(struct rt_writer *w, const struct rt_vector *vector)
{
    char number[8];
    bool first = true;

    rt_json_put_raw(w, "{");
    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++) {
        if (vector->value[i] == 0)
            continue;
        if (!first)
            rt_json_put_raw(w, ",");
        first = false;
        (void)snprintf(number, sizeof number, "%d", vector->value[i]);
        rt_json_put_text(w, names[i]);
        rt_json_put_raw(w, ":");
        rt_json_put_raw(w, number);
    }
    rt_json_put_raw(w, "}");
}

const char *ratls_vector_name(size_t i)
{
    return i < RATLS_VECTOR_LEN ? names[i] : NULL;
}

int ratls_verdict_vector(const struct ratls_verdict *v, size_t i)
{
    struct rt_vector vector;

    rt_vector_of(v, &vector);
    return i < RATLS_VECTOR_LEN ? vector.value[i] : 0;
}

const char *ratls_verdict_tier(const struct ratls_verdict *v)
{
    struct rt_vector vector;

    rt_vector_of(v, &vector);
    return ratls_vector_status(vector.value);
}
