/* good_collateral.h - collateral of the simulated platform that a verifier must take, and the
 * status it must come to; for tests. Convergence of platform, quoting enclave and TDX module as in
 * Intel's quote verification library. */
#ifndef GOOD_COLLATERAL_H
#define GOOD_COLLATERAL_H

#include "bad_collateral.h"

struct good_collateral {
    const char *name;
    void (*td)(struct rt_sim_td *td); /* as in struct bad_collateral */
    const char *tcb_status;
    const char *advisories; /* sorted, with a space between */
    struct rt_sim_collateral_knobs collateral;
};

#define OUT_OF_DATE "OutOfDate"
#define CONFIG      "ConfigurationNeeded"
#define HARDENING   "SWHardeningNeeded"
#define BOTH        "ConfigurationAndSWHardeningNeeded"
#define OLD_CONFIG  "OutOfDateConfigurationNeeded"
#define UP_TO_DATE  "UpToDate"
/* Usual advisories of a platform, a quoting enclave, a module. */
#define OF_TCB    "INTEL-SA-00837 INTEL-SA-01036"
#define OF_QE     "INTEL-SA-00615"
#define OF_MODULE "INTEL-SA-01036 INTEL-SA-01099"

static const char *const one_advisory[] = {"INTEL-SA-00001", NULL};
static const char *const no_advisory[] = {NULL};

#define GOOD(name_, status, advisories_, ...)                                                      \
    {                                                                                              \
        .name = (name_), .tcb_status = (status), .advisories = (advisories_), .collateral = {      \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define GOOD_OF_TD(name_, td_, ...)                                                                \
    {                                                                                              \
        .name = (name_), .td = (td_), .tcb_status = UP_TO_DATE, .advisories = "", .collateral = {  \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

static const struct good_collateral good_collateral[] = {
    /* the platform alone */
    GOOD("up-to-date", UP_TO_DATE, "", 0),
    GOOD("hardening", HARDENING, OF_TCB, .tcb_status = HARDENING),
    GOOD("configuration", CONFIG, OF_TCB, .tcb_status = CONFIG),
    GOOD("configuration-and-hardening", BOTH, OF_TCB, .tcb_status = BOTH),
    GOOD("out-of-date", OUT_OF_DATE, OF_TCB, .tcb_status = OUT_OF_DATE),
    GOOD("out-of-date-configuration", OLD_CONFIG, OF_TCB, .tcb_status = OLD_CONFIG),
    GOOD("advisory-up-to-date", UP_TO_DATE, "INTEL-SA-00001", .tcb_advisories = one_advisory),
    GOOD("out-of-date-no-advisory", OUT_OF_DATE, "", .tcb_status = OUT_OF_DATE,
         .tcb_advisories = no_advisory),
    /* one part of it out of date */
    GOOD("qe-out-of-date", OUT_OF_DATE, OF_QE, .qe_status = OUT_OF_DATE),
    GOOD("module-out-of-date", OUT_OF_DATE, OF_MODULE, .module_status = OUT_OF_DATE),
    GOOD("hardening-and-old-qe", OUT_OF_DATE, OF_QE " " OF_TCB, .tcb_status = HARDENING,
         .qe_status = OUT_OF_DATE),
    GOOD("hardening-and-old-module", OUT_OF_DATE, OF_TCB " INTEL-SA-01099", .tcb_status = HARDENING,
         .module_status = OUT_OF_DATE),
    GOOD("configuration-and-old-qe", OLD_CONFIG, OF_QE " " OF_TCB, .tcb_status = CONFIG,
         .qe_status = OUT_OF_DATE),
    GOOD("configuration-and-old-module", OLD_CONFIG, OF_TCB " INTEL-SA-01099", .tcb_status = CONFIG,
         .module_status = OUT_OF_DATE),
    GOOD("both-and-old-qe", OLD_CONFIG, OF_QE " " OF_TCB, .tcb_status = BOTH,
         .qe_status = OUT_OF_DATE),
    GOOD("both-and-old-module", OLD_CONFIG, OF_TCB " INTEL-SA-01099", .tcb_status = BOTH,
         .module_status = OUT_OF_DATE),
    GOOD("old-configuration-and-old-qe", OLD_CONFIG, OF_QE " " OF_TCB, .tcb_status = OLD_CONFIG,
         .qe_status = OUT_OF_DATE),
    GOOD("all-old", OUT_OF_DATE, OF_QE " " OF_TCB " INTEL-SA-01099", .tcb_status = OUT_OF_DATE,
         .qe_status = OUT_OF_DATE, .module_status = OUT_OF_DATE),
    /* the order in the file is not trusted */
    GOOD("shuffled", UP_TO_DATE, "", .shuffled = true),
    GOOD("shuffled-all-old", OUT_OF_DATE, OF_QE " " OF_TCB " INTEL-SA-01099", .shuffled = true,
         .tcb_status = OUT_OF_DATE, .qe_status = OUT_OF_DATE, .module_status = OUT_OF_DATE),
    GOOD("shuffled-configuration", CONFIG, OF_TCB, .shuffled = true, .tcb_status = CONFIG),
    /* the module: its own levels, its own identity */
    GOOD("tdx-component-1-missed", UP_TO_DATE, "", .miss_tdx_component = 1),
    GOOD("tdx-component-2-missed", UP_TO_DATE, "", .miss_tdx_component = 2),
    GOOD("module-identity-lower-case", UP_TO_DATE, "", .module_id = "tdx_01"),
    GOOD("tdx-module-of-another", UP_TO_DATE, "",
         .tcb_info.edit = {{"\"tdxModule\":{\"mrsigner\":\"00",
                            "\"tdxModule\":{\"mrsigner\":\"01"}}),
    GOOD_OF_TD("module-26", td_module_26, .module_id = "TDX_1A"),
    GOOD_OF_TD("module-26-lower-case", td_module_26, .module_id = "TDX_1a"),
    GOOD_OF_TD("module-0", td_module_0, 0),
    GOOD_OF_TD("module-0-without-identities", td_module_0, .no_module_identities = true),
    GOOD_OF_TD("module-0-has-no-levels", td_module_0, .module_status = OUT_OF_DATE),
    GOOD_OF_TD("masked-seam-attribute", td_module_0, .module_attributes_mask = ZEROS_16),
    /* forms */
    GOOD("fmspc-lower-case", UP_TO_DATE, "", .fmspc = "5241544c5300"),
    GOOD("masked-attributes", UP_TO_DATE, "", .qe_attributes = "0100000000000000" ZEROS_16,
         .qe_attributes_mask = "0100000000000000" ZEROS_16),
    GOOD("masked-miscselect", UP_TO_DATE, "", .qe_misc_select_mask = "00000000"),
    GOOD("white-space", UP_TO_DATE, "", .tcb_info.edit = {{"\"version\":3", "\n \"version\" : 3"}}),
    GOOD("unknown-member", UP_TO_DATE, "",
         .tcb_info.edit = {{"\"version\":3", "\"x\":{},\"version\":3"}}),
    GOOD("other-evaluation-numbers", UP_TO_DATE, "", .tcb_info.eval_number = 17,
         .qe_identity.eval_number = 16),
    GOOD("two-signers", UP_TO_DATE, "", .qe_identity.signer = {OTHER(0)}),
};

#endif
