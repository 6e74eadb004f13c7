/* TCB statuses: their texts, and how they converge: every pair, by tables written from Intel's
 * specification ("TDX DCAP Quote Verification", convergence and relaunch). */
#include <criterion/criterion.h>

#include "policy_impl.h"
#include "tcb.h"

/* One letter for each status, in the tables below. */
static const struct {
    char letter;
    enum rt_tcb_status status;
    const char *name;
    bool of_platform, of_enclave;
} rows[] = {
    {'U', RT_TCB_UP_TO_DATE, "UpToDate", true, true},
    {'S', RT_TCB_SW_HARDENING, "SWHardeningNeeded", true, false},
    {'C', RT_TCB_CONFIGURATION, "ConfigurationNeeded", true, false},
    {'B', RT_TCB_CONFIGURATION_SW_HARDENING, "ConfigurationAndSWHardeningNeeded", true, false},
    {'O', RT_TCB_OUT_OF_DATE, "OutOfDate", true, true},
    {'P', RT_TCB_OUT_OF_DATE_CONFIGURATION, "OutOfDateConfigurationNeeded", true, false},
    {'R', RT_TCB_REVOKED, "Revoked", true, true},
    {'N', RT_TCB_NOT_SUPPORTED, "NotSupported", false, false},
    {'L', RT_TCB_RELAUNCH, "TDRelaunchAdvised", false, false},
    {'K', RT_TCB_RELAUNCH_CONFIGURATION, "TDRelaunchAdvisedConfigurationNeeded", false, false},
};

static enum rt_tcb_status by_letter(char letter)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++)
        if (rows[i].letter == letter)
            return rows[i].status;
    cr_assert(false, "%c", letter);
    return RT_TCB_NOT_SUPPORTED;
}

/* Row by row: the letter of the first operand, then the result for each of `columns`. */
static void expect_table(enum rt_tcb_status (*f)(enum rt_tcb_status, enum rt_tcb_status),
                         const char *columns, const char *const *table)
{
    for (size_t i = 0; table[i]; i++) {
        cr_assert_eq(strlen(table[i]), 2 + strlen(columns));
        for (size_t k = 0; columns[k]; k++) {
            enum rt_tcb_status found = f(by_letter(table[i][0]), by_letter(columns[k]));
            cr_expect_eq(found, by_letter(table[i][2 + k]), "%c with %c: %s", table[i][0],
                         columns[k], rt_tcb_name(found));
        }
    }
}

/* I: what is revoked or not supported in part is so as a whole; an outdated part makes outdated. */
Test(tcb, platform_and_part_converge_as_specified)
{
    static const char *const table[] = {
        "U UORN", "S SORN", "C CPRN", "B BPRN", "O OORN", "P PPRN", "R RRRN", "N NNNN", NULL,
    };

    expect_table(rt_tcb_converge, "UORN", table);
}

/* I, since May 2026: outdated at launch, current now. Everything else is what it was at launch. */
Test(tcb, launch_and_current_tcb_lead_to_a_relaunch_as_specified)
{
    static const char *const table[] = {
        "U UUUUUUUN", "S SSSSSSSN", "C CCCCCCCN", "B BBBBBBBN", "O LLKKOOON",
        "P KKKKPPPN", "R RRRRRRRN", "N NNNNNNNN", NULL,
    };

    expect_table(rt_tcb_relaunch, "USCBOPRN", table);
}

/* H3: those made here are of no document, and letter case counts. */
Test(tcb, only_statuses_of_documents_are_read)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        enum rt_tcb_status platform = RT_TCB_UP_TO_DATE, enclave = RT_TCB_UP_TO_DATE;
        const bool p = rt_tcb_of_platform(rows[i].name, &platform);
        const bool e = rt_tcb_of_enclave(rows[i].name, &enclave);
        cr_expect_eq(p, rows[i].of_platform, "%s", rows[i].name);
        cr_expect_eq(e, rows[i].of_enclave, "%s", rows[i].name);
        cr_expect_eq(platform, p ? rows[i].status : RT_TCB_NOT_SUPPORTED, "%s", rows[i].name);
        cr_expect_eq(enclave, e ? rows[i].status : RT_TCB_NOT_SUPPORTED, "%s", rows[i].name);
        cr_expect_str_eq(rt_tcb_name(rows[i].status), rows[i].name);
    }
}

Test(tcb, other_texts_are_no_status)
{
    static const char *const texts[] = {"",          "uptodate",  "UPTODATE",    "UpToDat",
                                        "UpToDate ", "UpToDateX", "OutOfDate\n", "Good"};

    for (size_t i = 0; i < RT_COUNT(texts); i++) {
        enum rt_tcb_status status = RT_TCB_UP_TO_DATE;
        cr_expect_not(rt_tcb_of_platform(texts[i], &status), "%s", texts[i]);
        cr_expect_eq(status, RT_TCB_NOT_SUPPORTED);
        status = RT_TCB_UP_TO_DATE;
        cr_expect_not(rt_tcb_of_enclave(texts[i], &status), "%s", texts[i]);
        cr_expect_eq(status, RT_TCB_NOT_SUPPORTED);
    }
}

/* T25: policy knows each of them, and two are never acceptable. */
Test(tcb, every_status_is_known_to_policy)
{
    for (size_t i = 0; i < RT_COUNT(rows); i++) {
        const int at = rt_tcb_find(rows[i].name);
        const bool refused = rows[i].letter == 'R' || rows[i].letter == 'N';
        cr_assert_geq(at, 0, "%s", rows[i].name);
        cr_expect_eq(rt_tcb_rows[at].acceptable, !refused, "%s", rows[i].name);
    }
}
