/* From verdicts to AR4SI vectors: every row of every table, and that nothing is ever improved. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "policy_impl.h"
#include "vector.h"
#include "verdict.h"

static struct ratls_verdict *v;

/* Proven evidence of a TEE that is up to date, without debug, allowed. */
static void prove(const char *tee)
{
    ratls_verdict_unref(v);
    v = rt_verdict_new();
    cr_assert_not_null(v);
    (void)snprintf(v->tee, sizeof v->tee, "%s", tee);
    v->proven = v->allowed = true;
    v->why = (struct ratls_error){0};
    ratls_claims_set_text(v->claims, "tcb_status", "UpToDate");
    ratls_claims_set_bool(v->claims, "debug", false);
    ratls_claims_set_bool(v->claims, "simulated", false);
}

static void start(void)
{
    prove("tdx");
}

static void end(void)
{
    ratls_verdict_unref(v);
    v = NULL;
}

TestSuite(vector, .init = start, .fini = end);

/* "affirming {...}"; valid until the next call. */
static const char *shown(void)
{
    static char text[512];
    struct rt_vector vector;
    struct rt_writer w = {0};
    struct ratls_buffer json = {0};

    rt_vector_of(v, &vector);
    rt_vector_put(&w, &vector);
    cr_assert_eq(rt_writer_take(&w, &json), RATLS_OK);
    (void)snprintf(text, sizeof text, "%s %s", ratls_verdict_tier(v), (char *)json.p);
    ratls_buffer_free(&json);
    return text;
}

static void deny(enum ratls_err code)
{
    v->allowed = false;
    v->why.code = code;
}

/* ---- values ---- */

static int goodness(int value) /* of its tier, said independently */
{
    if (value == -1 || value == 0 || value == 1)
        return 2;
    if ((value >= 2 && value <= 31) || (value >= -32 && value <= -2))
        return 3;
    return (value >= 32 && value <= 95) || (value >= -96 && value <= -33) ? 1 : 0;
}

Test(vector, knows_the_tier_of_every_value)
{
    static const enum rt_tier tiers[] = {RT_CONTRAINDICATED, RT_WARNING, RT_NONE, RT_AFFIRMING};

    for (int a = INT8_MIN; a <= INT8_MAX; a++)
        cr_expect_eq(rt_vector_tier((int8_t)a), tiers[goodness(a)], "%d", a);
}

/* All pairs: a merge is one of both, better than neither, the same in any order. */
Test(vector, never_improves_by_a_merge)
{
    for (int a = INT8_MIN; a <= INT8_MAX; a++)
        for (int b = INT8_MIN; b <= INT8_MAX; b++) {
            const int8_t worse = rt_vector_worse((int8_t)a, (int8_t)b);
            cr_assert(worse == a || worse == b, "%d %d", a, b);
            cr_assert_leq(goodness(worse), goodness(a), "%d %d", a, b);
            cr_assert_leq(goodness(worse), goodness(b), "%d %d", a, b);
            cr_assert_eq(worse, rt_vector_worse((int8_t)b, (int8_t)a), "%d %d", a, b);
        }
}

Test(vector, merges_in_any_grouping)
{
    static const int8_t some[] = {-128, -97, -96, -33, -32, -2, -1, 0,  1,  2,
                                  3,    31,  32,  33,  36,  95, 96, 97, 99, 127};

    for (size_t a = 0; a < sizeof some; a++)
        for (size_t b = 0; b < sizeof some; b++)
            for (size_t c = 0; c < sizeof some; c++)
                cr_assert_eq(rt_vector_worse(rt_vector_worse(some[a], some[b]), some[c]),
                             rt_vector_worse(some[a], rt_vector_worse(some[b], some[c])));
}

/* T41: over all pairs of values in two members. */
Test(vector, has_no_status_better_than_its_worst_member)
{
    static const char *const words[] = {"contraindicated", "warning", "none", "affirming"};

    for (int a = INT8_MIN; a <= INT8_MAX; a++)
        for (int b = INT8_MIN; b <= INT8_MAX; b++) {
            struct rt_vector both = {
                .value = {[RT_EXECUTABLES] = (int8_t)a, [RT_HARDWARE] = (int8_t)b}};
            int due = a == 0 || (b != 0 && goodness(b) < goodness(a)) ? goodness(b) : goodness(a);
            cr_assert_str_eq(ratls_vector_status(both.value), words[due], "%d %d", a, b);
        }
}

/* ---- what was proven ---- */

static const struct {
    const char *status, *hardware, *software; /* a TEE of the vendors, and one nobody knows */
} statuses[] = {
    {"UpToDate",
     "affirming {\"configuration\":2,\"executables\":3,\"hardware\":2,"
     "\"runtime-opaque\":2}",
     "affirming {\"configuration\":2,\"executables\":3}"},
    {"SWHardeningNeeded",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32,"
     "\"runtime-opaque\":2}",
     "warning {\"configuration\":32,"
     "\"executables\":3,\"hardware\":32}"},
    {"ConfigurationNeeded",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32,"
     "\"runtime-opaque\":2}",
     "warning {\"configuration\":32,"
     "\"executables\":3,\"hardware\":32}"},
    {"ConfigurationAndSWHardeningNeeded",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32,\"runtime-opaque\":2}",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32}"},
    {"OutOfDate",
     "warning {\"configuration\":36,\"executables\":3,\"hardware\":32,"
     "\"runtime-opaque\":2}",
     "warning {\"configuration\":36,\"executables\":3,"
     "\"hardware\":32}"},
    {"OutOfDateConfigurationNeeded",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32,\"runtime-opaque\":2}",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32}"},
    {"TDRelaunchAdvised",
     "warning {\"configuration\":36,\"executables\":3,\"hardware\":32,"
     "\"runtime-opaque\":2}",
     "warning {\"configuration\":36,"
     "\"executables\":3,\"hardware\":32}"},
    {"TDRelaunchAdvisedConfigurationNeeded",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32,\"runtime-opaque\":2}",
     "warning {\"configuration\":32,\"executables\":3,\"hardware\":32}"},
    {"not_evaluated", "none {}", "none {}"},
    {"unrated", "affirming {\"executables\":3,\"hardware\":2,\"runtime-opaque\":2}",
     "affirming {\"executables\":3}"},
    {"Revoked", "contraindicated {\"configuration\":96,\"hardware\":96}",
     "contraindicated {\"configuration\":96,\"hardware\":96}"},
    {"NotSupported", "contraindicated {\"configuration\":96,\"hardware\":96}",
     "contraindicated {\"configuration\":96,\"hardware\":96}"},
    {"NobodyKnows", "none {}", "none {}"},
};

/* T25, T152 */
Test(vector, follows_every_status)
{
    for (size_t i = 0; i < RT_COUNT(statuses); i++) {
        for (int software = 0; software < 2; software++) {
            prove(software ? "wonder" : "tdx");
            v->noted = RT_NOTED_MEASUREMENT;
            ratls_claims_set_text(v->claims, "tcb_status", statuses[i].status);
            cr_expect_str_eq(shown(), software ? statuses[i].software : statuses[i].hardware, "%s",
                             statuses[i].status);
        }
    }
    for (size_t row = 0; row < RT_COUNT(statuses) - 1; row++)
        cr_expect_geq(rt_tcb_find(statuses[row].status), 0, "%s", statuses[row].status);
    cr_expect_eq(rt_tcb_find("NotSupported"), (int)RT_COUNT(statuses) - 2, "a new status");
}

struct fact {
    const char *claim, *value; /* "true", "false", a number, or text */
};

static void set_fact(const struct fact *f)
{
    if (strcmp(f->value, "true") == 0 || strcmp(f->value, "false") == 0)
        ratls_claims_set_bool(v->claims, f->claim, f->value[0] == 't');
    else if (f->value[0] >= '0' && f->value[0] <= '9')
        ratls_claims_set_uint(v->claims, f->claim, (uint64_t)(f->value[0] - '0'));
    else
        ratls_claims_set_text(v->claims, f->claim, f->value);
}

static const struct {
    const char *tee;
    struct fact facts[3];
    const char *due;
} facts[] = {
    {"tdx", {{0}}, "affirming {\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"},
    {"sgx", {{0}}, "affirming {\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"},
    {"tdx",
     {{"debug", "true"}},
     "contraindicated {\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {"sgx",
     {{"debug", "true"}},
     "contraindicated {\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {"tdx",
     {{"debug", "true"}, {"tcb_status", "not_evaluated"}},
     "contraindicated {\"configuration\":96,\"runtime-opaque\":96}"},
    {"tdx", {{"debug", "other"}}, "affirming {\"configuration\":2,\"hardware\":2}"},
    {"snp", {{"tcb_status", "unrated"}}, "affirming {\"hardware\":2,\"runtime-opaque\":2}"},
    {"snp",
     {{"tcb_status", "unrated"}, {"snp.migrate_ma", "true"}},
     "warning {\"configuration\":32,\"hardware\":2,\"runtime-opaque\":2}"},
    {"snp",
     {{"tcb_status", "unrated"}, {"snp.migrate_ma", "false"}},
     "affirming {\"hardware\":2,\"runtime-opaque\":2}"},
    {"snp",
     {{"tcb_status", "unrated"}, {"debug", "true"}},
     "contraindicated {\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {"cca",
     {{"tcb_status", "unrated"}},
     "affirming {\"instance-identity\":2,\"hardware\":2,\"runtime-opaque\":2}"},
    {"cca",
     {{"tcb_status", "unrated"}, {"debug", "true"}},
     "contraindicated {\"instance-identity\":2,\"configuration\":96,\"hardware\":2,"
     "\"runtime-opaque\":96}"},
    {"virtcca",
     {{"tcb_status", "unrated"}, {"virtcca.platform_token_present", "true"}},
     "warning {\"hardware\":2,\"runtime-opaque\":32}"},
    {"virtcca",
     {{"tcb_status", "unrated"}, {"virtcca.platform_token_present", "false"}},
     "warning {\"configuration\":36,\"hardware\":2}"},
    {"virtcca",
     {{"tcb_status", "unrated"}, {"virtcca.platform_token_present", "true"}, {"debug", "true"}},
     "contraindicated {\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {"virtcca",
     {{"tcb_status", "unrated"}, {"virtcca.ima.violations", "1"}},
     "warning {\"file-system\":32,\"hardware\":2}"},
    {"virtcca",
     {{"tcb_status", "unrated"}, {"virtcca.ima.violations", "0"}},
     "affirming {\"hardware\":2}"},
    {"nitro", {{"tcb_status", "unrated"}}, "affirming {\"hardware\":2}"},
    {"nitro",
     {{"tcb_status", "unrated"}, {"debug", "true"}},
     "contraindicated {\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {"itrustee", {{"tcb_status", "unrated"}}, "affirming {\"hardware\":2}"},
    {"csv", {{"tcb_status", "unrated"}}, "affirming {\"hardware\":2}"},
    {"csv",
     {{"tcb_status", "unrated"}, {"debug", "true"}},
     "contraindicated {\"configuration\":96,\"hardware\":2,\"runtime-opaque\":96}"},
    {"nvidia", {{"tcb_status", "unrated"}}, "affirming {\"hardware\":2}"},
    {"tpm", {{"tcb_status", "unrated"}}, "none {}"},
    {"tpm",
     {{"tcb_status", "unrated"}, {"tpm.ak_trust", "pin"}},
     "affirming {\"instance-identity\":2}"},
    {"tpm", {{"tcb_status", "not_evaluated"}, {"tpm.ak_trust", "certificate"}}, "none {}"},
    {"tpm",
     {{"tcb_status", "unrated"}, {"tpm.ak_trust", "certificate"}},
     "affirming {\"instance-identity\":2}"},
    {"az_snp_vtpm",
     {{"tcb_status", "unrated"}, {"snp.migrate_ma", "true"}},
     "warning {\"configuration\":32,\"hardware\":2,\"runtime-opaque\":2}"},
    {"az_tdx_vtpm",
     {{"tcb_status", "UpToDate"}},
     "affirming {\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"},
    {"ascend_npu", {{"tcb_status", "unrated"}, {"tpm.ak_trust", "pin"}}, "none {}"},
    {"ascend_npu",
     {{"tcb_status", "unrated"}, {"baseline.name", "firmware"}},
     "affirming {\"executables\":2}"},
    {"ascend_npu",
     {{"tcb_status", "unrated"}, {"ascend_npu.ima.violations", "1"}},
     "warning {\"executables\":32}"},
    {"ascend_npu", {{"tcb_status", "unrated"}, {"ascend_npu.ima.violations", "0"}}, "none {}"},
    {"wonder", {{0}}, "affirming {\"configuration\":2}"},
    {"wonder", {{"debug", "true"}}, "contraindicated {\"configuration\":96,\"runtime-opaque\":96}"},
    {"tdx",
     {{"baseline.name", "web"}},
     "affirming {\"configuration\":2,\"executables\":3,\"hardware\":2,\"runtime-opaque\":2}"},
    {"tdx",
     {{"snp.migrate_ma", "true"}, {"virtcca.ima.violations", "1"}},
     "affirming {\"configuration\":2,\"hardware\":2,\"runtime-opaque\":2}"},
};

/* T27 */
Test(vector, follows_every_claim_of_its_own_tee)
{
    for (size_t i = 0; i < RT_COUNT(facts); i++) {
        prove(facts[i].tee);
        for (size_t k = 0; k < RT_COUNT(facts[i].facts) && facts[i].facts[k].claim; k++)
            set_fact(&facts[i].facts[k]);
        cr_expect_str_eq(shown(), facts[i].due, "row %zu of %s", i, facts[i].tee);
    }
}

static const struct {
    unsigned noted;
    const char *due; /* between configuration, hardware and runtime-opaque of a good TDX */
} notes[] = {
    {RT_NOTED_MEASUREMENT, "\"configuration\":2,\"executables\":3,"},
    {RT_NOTED_MEASUREMENT | RT_NOTED_RUNTIME, "\"configuration\":2,\"executables\":2,"},
    {RT_NOTED_RUNTIME, "\"configuration\":2,"}, /* who knows what was booted? */
    {RT_NOTED_FILES, "\"configuration\":2,\"file-system\":2,"},
    {RT_NOTED_PLATFORM, "\"instance-identity\":2,\"configuration\":2,"},
    {RT_NOTED_STRANGER, "\"instance-identity\":97,\"configuration\":2,"},
    {RT_NOTED_PLATFORM | RT_NOTED_STRANGER, "\"instance-identity\":97,\"configuration\":2,"},
};

Test(vector, says_what_the_rules_of_the_policy_found)
{
    char due[256];

    for (size_t i = 0; i < RT_COUNT(notes); i++) {
        v->noted = notes[i].noted;
        (void)snprintf(due, sizeof due, "%s {%s\"hardware\":2,\"runtime-opaque\":2}",
                       notes[i].noted & RT_NOTED_STRANGER ? "contraindicated" : "affirming",
                       notes[i].due);
        cr_expect_str_eq(shown(), due, "row %zu", i);
    }
}

Test(vector, takes_only_what_is_loaded_after_the_boot_for_the_run_time)
{
    cr_expect_eq(rt_vector_note("tdx.rtmr_3"), RT_NOTED_RUNTIME);
    cr_expect_eq(rt_vector_note("cca.realm.rem3"), RT_NOTED_RUNTIME);
    cr_expect_eq(rt_vector_note("virtcca.cvm.rem3"), RT_NOTED_RUNTIME);
    cr_expect_eq(rt_vector_note("virtcca.ima.digests"), RT_NOTED_RUNTIME | RT_NOTED_FILES);
    cr_expect_eq(rt_vector_note("ascend_npu.ima.digests"), RT_NOTED_MEASUREMENT | RT_NOTED_RUNTIME);
    cr_expect_eq(rt_vector_note("tdx.rtmr_2"), 0);
    cr_expect_eq(rt_vector_note("virtcca.eventlog.boot_digests"), 0);
}

/* A host's files are no hardware; of a certificate nobody asks whether it is revoked. */
Test(vector, says_of_npus_which_files_their_host_read_and_no_more)
{
    static const struct {
        const char *status;
        unsigned noted;
        const char *due;
    } rows[] = {
        {"unrated", RT_NOTED_MEASUREMENT, "affirming {\"executables\":2}"},
        {"unrated", RT_NOTED_MEASUREMENT | RT_NOTED_RUNTIME, "affirming {\"executables\":2}"},
        {"unrated", 0, "none {}"},
        {"UpToDate", RT_NOTED_MEASUREMENT, "affirming {\"configuration\":2,\"executables\":2}"},
        {"not_evaluated", RT_NOTED_MEASUREMENT, "none {}"},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        prove("ascend_npu");
        ratls_claims_set_text(v->claims, "tcb_status", rows[i].status);
        v->noted = rows[i].noted;
        cr_expect_str_eq(shown(), rows[i].due, "row %zu", i);
    }
}

/* Claims of evidence that nobody proved are worth nothing, also to a verdict that allows. */
Test(vector, says_nothing_of_what_was_not_proven)
{
    v->proven = false;
    v->noted = RT_NOTED_MEASUREMENT;
    cr_expect_str_eq(shown(), "none {}");
    ratls_claims_set_bool(v->claims, "debug", true);
    cr_expect_str_eq(shown(), "none {}");
}

/* Verifiers refuse Revoked and NotSupported by themselves, after everything else. */
Test(vector, believes_a_status_that_a_verifier_refuses)
{
    v->proven = false;
    deny(RATLS_E_TCB_STATUS);
    ratls_claims_set_text(v->claims, "tcb_status", "Revoked");
    cr_expect_str_eq(shown(), "contraindicated {\"configuration\":96,\"hardware\":96}");
    ratls_claims_set_text(v->claims, "tcb_status", "UpToDate");
    cr_expect_str_eq(shown(), "none {}");
    v->allowed = true; /* a code that is left over refuses nobody, and proves nothing */
    cr_expect_str_eq(shown(), "none {}");
}

/* T32: nothing is said of a simulated TEE, whatever it claims and whatever the policy found. */
Test(vector, says_nothing_of_simulated_tees)
{
    static const char *const tees[] = {
        "tdx", "sgx",    "snp", "cca",         "virtcca",     "nitro",      "itrustee",
        "csv", "nvidia", "tpm", "az_snp_vtpm", "az_tdx_vtpm", "ascend_npu", "wonder"};

    for (size_t t = 0; t < RT_COUNT(tees); t++)
        for (size_t i = 0; i < RT_COUNT(statuses); i++)
            for (int debug = 0; debug < 2; debug++) {
                prove(tees[t]);
                v->noted = RT_NOTED_MEASUREMENT | RT_NOTED_FILES | RT_NOTED_PLATFORM;
                ratls_claims_set_text(v->claims, "tcb_status", statuses[i].status);
                ratls_claims_set_bool(v->claims, "debug", debug);
                ratls_claims_set_bool(v->claims, "simulated", true);
                cr_expect_str_eq(shown(), "none {}", "%s %s", tees[t], statuses[i].status);
                deny(RATLS_E_MEASUREMENT);
                cr_expect_str_eq(shown(), "none {}", "%s %s", tees[t], statuses[i].status);
            }
    ratls_claims_set_text(v->claims, "simulated", "no"); /* not a truth value */
    v->allowed = true;
    cr_expect_str_eq(shown(), "none {}");
}

/* ---- reasons ---- */

#define GOOD(configuration, executables, hardware, runtime)                                        \
    "{\"instance-identity\":2,\"configuration\":" #configuration ",\"executables\":" #executables  \
    ",\"file-system\":2,\"hardware\":" #hardware ",\"runtime-opaque\":" #runtime "}"
#define EIGHT(x)                                                                                   \
    "{\"instance-identity\":" #x ",\"configuration\":" #x ",\"executables\":" #x                   \
    ",\"file-system\":" #x ",\"hardware\":" #x ",\"runtime-opaque\":" #x ",\"storage-opaque\":" #x \
    ",\"sourced-data\":" #x "}"
#define FAILED   "contraindicated " EIGHT(99)
#define UNJUDGED "none " EIGHT(1)
#define FAULT    "none " EIGHT(-1)
#define IDENTITY(x)                                                                                \
    "contraindicated {\"instance-identity\":" #x ",\"configuration\":2,\"executables\":3,"         \
    "\"file-system\":2,\"hardware\":2,\"runtime-opaque\":2}"
#define LOG(word, x)                                                                               \
    word " {\"instance-identity\":2,\"configuration\":2,\"executables\":" #x                       \
         ",\"file-system\":" #x ",\"hardware\":2,\"runtime-opaque\":2}"

/* Whoever was affirmed in six members and then refused. Every reason that is not here is one of
 * `silent` or of class internal: a new one must be decided. */
static const struct {
    enum ratls_err code;
    const char *due;
} reasons[] = {
    {RATLS_E_CERT_SIGNATURE, FAILED},
    {RATLS_E_CERT_CHAIN, FAILED},
    {RATLS_E_EVIDENCE_ALGORITHM, FAILED},
    {RATLS_E_EVIDENCE_SIGNATURE, FAILED},
    {RATLS_E_EVIDENCE_CHAIN, FAILED},
    {RATLS_E_EVIDENCE_ROOT, FAILED},
    {RATLS_E_EVIDENCE_TIME, FAILED},
    {RATLS_E_EVIDENCE_QE, FAILED},
    {RATLS_E_ENDORSEMENT, FAILED},
    {RATLS_E_BINDER, FAILED},
    {RATLS_E_KEY_BINDING, FAILED},
    {RATLS_E_BINDING_MISSING, FAILED},
    {RATLS_E_BINDING_MISMATCH, FAILED},
    {RATLS_E_REFLECTION, FAILED},
    {RATLS_E_PROOF_SIGNATURE, FAILED},
    {RATLS_E_PROOF_EVIDENCE, FAILED},
    {RATLS_E_EVENT_LOG_MISMATCH, LOG("contraindicated", 99)},
    {RATLS_E_CERT_FORMAT, UNJUDGED},
    {RATLS_E_EVIDENCE_DUPLICATE, UNJUDGED},
    {RATLS_E_EVIDENCE_FORMAT, UNJUDGED},
    {RATLS_E_EVIDENCE_VERSION, UNJUDGED},
    {RATLS_E_EVIDENCE_PROFILE, UNJUDGED},
    {RATLS_E_EVIDENCE_UNKNOWN, UNJUDGED},
    {RATLS_E_EVIDENCE_MISMATCH, UNJUDGED},
    {RATLS_E_CERTIFICATION_TYPE, UNJUDGED},
    {RATLS_E_EVENT_LOG, LOG("none", 1)},
    {RATLS_E_REVOKED, "contraindicated " GOOD(2, 3, 96, 2)},
    {RATLS_E_QE_IDENTITY, "contraindicated " GOOD(2, 3, 97, 2)},
    {RATLS_E_TDX_MODULE, "contraindicated " GOOD(2, 3, 97, 2)},
    {RATLS_E_TCB_MINIMUM, "warning " GOOD(2, 3, 32, 2)},
    {RATLS_E_TCB_AGE, "warning " GOOD(2, 3, 32, 2)},
    {RATLS_E_ADVISORY, "warning " GOOD(2, 3, 32, 2)},
    {RATLS_E_NO_ANCHOR, IDENTITY(97)},
    {RATLS_E_PLATFORM, IDENTITY(96)},
    {RATLS_E_PLATFORM_REVOKED, IDENTITY(96)},
    {RATLS_E_KEY_REVOKED, IDENTITY(96)},
    {RATLS_E_DEBUG, "contraindicated " GOOD(96, 3, 2, 96)},
    {RATLS_E_LIFECYCLE, "contraindicated " GOOD(96, 3, 2, 2)},
    {RATLS_E_MIGRATION_AGENT, "contraindicated " GOOD(96, 3, 2, 2)},
    {RATLS_E_VMPL, "warning " GOOD(32, 3, 2, 2)},
    {RATLS_E_PLATFORM_TOKEN_MISSING, "warning " GOOD(36, 3, 2, 2)},
    {RATLS_E_EVENT_LOG_MISSING, "warning " GOOD(36, 3, 2, 2)},
    {RATLS_E_IMA_LOG_MISSING, "warning " GOOD(36, 3, 2, 2)},
    {RATLS_E_REFVAL_REVOKED, "contraindicated " GOOD(2, 96, 2, 2)},
    {RATLS_E_MEASUREMENT, "warning " GOOD(2, 33, 2, 2)},
    {RATLS_E_NO_REFERENCE_VALUE, "warning " GOOD(2, 33, 2, 2)},
    {RATLS_E_REFVAL_EXPIRED, "warning " GOOD(2, 32, 2, 2)},
    {RATLS_E_GUEST_SVN, "warning " GOOD(2, 32, 2, 2)},
};

/* They say nothing of a member: all that was affirmed is taken back. */
static const enum ratls_err silent[] = {
    RATLS_E_WANT_READ,
    RATLS_E_WANT_WRITE,
    RATLS_E_WANT_PROOF,
    RATLS_E_WANT_POLICY,
    RATLS_E_CLOSED,
    RATLS_E_LIMIT,
    RATLS_E_TIMEOUT,
    RATLS_E_TLS,
    RATLS_E_TLS_SUITE,
    RATLS_E_TLS_VERSION,
    RATLS_E_TLS_RESUMED,
    RATLS_E_TRUNCATED,
    RATLS_E_RESET,
    RATLS_E_NO_PEER_CERT,
    RATLS_E_CERT_NOT_YET_VALID,
    RATLS_E_CERT_EXPIRED,
    RATLS_E_CERT_LIFETIME,
    RATLS_E_CERT_KEY,
    RATLS_E_CERT_USAGE,
    RATLS_E_CERT_CRITICAL,
    RATLS_E_CERT_CHAIN_LENGTH,
    RATLS_E_IDENTITY_MISMATCH,
    RATLS_E_PIN_MISMATCH,
    RATLS_E_CERT_REVOKED,
    RATLS_E_CRL_MISSING,
    RATLS_E_CRL_TIME,
    RATLS_E_ATTESTATION_MODE,
    RATLS_E_NO_EVIDENCE,
    RATLS_E_COLLATERAL_MISSING,
    RATLS_E_COLLATERAL_FORMAT,
    RATLS_E_COLLATERAL_SIGNATURE,
    RATLS_E_COLLATERAL_TIME,
    RATLS_E_COLLATERAL_MISMATCH,
    RATLS_E_COLLATERAL_ROLLBACK,
    RATLS_E_NO_POLICY,
    RATLS_E_TEE_NOT_ALLOWED,
    RATLS_E_SIMULATED,
    RATLS_E_TCB_STATUS,
    RATLS_E_EVIDENCE_AGE,
    RATLS_E_RULE,
    RATLS_E_RULE_UNDEFINED,
    RATLS_E_POLICY_LIMIT,
    RATLS_E_OPA_DENIED,
    RATLS_E_OPA_FAILED,
    RATLS_E_EVIDENCE_FUTURE,
    RATLS_E_POLICY_CHANGED,
    RATLS_E_PASSPORT,
    RATLS_E_TOKEN_FORMAT,
    RATLS_E_TOKEN_TYPE,
    RATLS_E_TOKEN_ALGORITHM,
    RATLS_E_TOKEN_ISSUER,
    RATLS_E_TOKEN_KEY,
    RATLS_E_TOKEN_SIGNATURE,
    RATLS_E_TOKEN_AUDIENCE,
    RATLS_E_TOKEN_EXPIRED,
    RATLS_E_TOKEN_NOT_YET_VALID,
    RATLS_E_TOKEN_NONCE,
    RATLS_E_TOKEN_BINDING,
    RATLS_E_TOKEN_STATUS,
    RATLS_E_TOKEN_REPLAYED,
    RATLS_E_BINDING_LEVEL,
    RATLS_E_PROOF_LIMIT,
    RATLS_E_NONCE,
    RATLS_E_FRAME_FORMAT,
    RATLS_E_FRAME_VERSION,
    RATLS_E_FRAME_ORDER,
    RATLS_E_FRAME_SIZE,
    RATLS_E_EARLY_DATA,
    RATLS_E_PEER_DENIED,
    RATLS_E_DEVICE_ALONE,
    RATLS_E_DEVICE_DUPLICATE,
    RATLS_E_DEVICE_SET,
    RATLS_E_DEVICE_MISSING,
    RATLS_E_DEVICE_UNEXPECTED,
};

static const char *due_for(enum ratls_err code)
{
    for (size_t i = 0; i < RT_COUNT(reasons); i++)
        if (reasons[i].code == code)
            return reasons[i].due;
    for (size_t i = 0; i < RT_COUNT(silent); i++)
        if (silent[i] == code)
            return "none {}";
    cr_expect_eq(ratls_err_class(code), RATLS_CLASS_INTERNAL, "%s is not decided",
                 ratls_err_reason(code));
    return FAULT;
}

static void affirm_all(void)
{
    start();
    v->noted = RT_NOTED_MEASUREMENT | RT_NOTED_FILES | RT_NOTED_PLATFORM;
}

Test(vector, follows_every_reason_of_a_refusal)
{
    for (int i = 1; i < RATLS_ERR_COUNT; i++) {
        affirm_all();
        deny((enum ratls_err)i);
        cr_expect_str_eq(shown(), due_for((enum ratls_err)i), "%s",
                         ratls_err_reason((enum ratls_err)i));
    }
}

/* Good, warned of and contraindicated, proven or not, each refused for everything: no member gets
 * better, and nobody who is refused is affirmed. */
Test(vector, never_improves_by_a_refusal)
{
    for (size_t s = 0; s < RT_COUNT(statuses); s++)
        for (int i = 1; i < RATLS_ERR_COUNT; i++) {
            affirm_all();
            ratls_claims_set_text(v->claims, "tcb_status", statuses[s].status);
            struct rt_vector before, after;
            rt_vector_of(v, &before);
            deny((enum ratls_err)i);
            rt_vector_of(v, &after);
            cr_expect_str_neq(ratls_verdict_tier(v), "affirming");
            for (size_t m = 0; m < RATLS_VECTOR_LEN; m++)
                cr_expect_leq(goodness(after.value[m]), goodness(before.value[m]), "%s %s %s",
                              statuses[s].status, ratls_err_reason((enum ratls_err)i),
                              ratls_vector_name(m));
        }
}

/* T32: a simulator's mark is no way out of 99, and no reason makes it look real. */
Test(vector, worsens_simulated_tees_by_what_holds_for_all_members)
{
    for (int i = 1; i < RATLS_ERR_COUNT; i++) {
        affirm_all();
        ratls_claims_set_bool(v->claims, "simulated", true);
        deny((enum ratls_err)i);
        const char *due = due_for((enum ratls_err)i);
        const bool all =
            strcmp(due, FAILED) == 0 || strcmp(due, UNJUDGED) == 0 || strcmp(due, FAULT) == 0;
        cr_expect_str_eq(shown(), all ? due : "none {}", "%s", ratls_err_reason((enum ratls_err)i));
    }
}

/* ---- public ---- */

Test(vector, is_asked_by_number_and_name)
{
    static const char *const names[] = {"instance-identity", "configuration", "executables",
                                        "file-system",       "hardware",      "runtime-opaque",
                                        "storage-opaque",    "sourced-data"};
    static const int due[] = {0, 2, 0, 0, 2, 2, 0, 0};

    for (size_t i = 0; i < RATLS_VECTOR_LEN; i++) {
        cr_expect_str_eq(ratls_vector_name(i), names[i]);
        cr_expect_eq(ratls_verdict_vector(v, i), due[i], "%s", names[i]);
    }
    cr_expect_null(ratls_vector_name(RATLS_VECTOR_LEN));
    cr_expect_null(ratls_vector_name(SIZE_MAX));
    cr_expect_eq(ratls_verdict_vector(v, RATLS_VECTOR_LEN), 0);
    cr_expect_eq(ratls_verdict_vector(v, SIZE_MAX), 0);
}
