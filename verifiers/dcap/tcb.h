/* tcb.h - status of a trusted computing base (TCB) by Intel's words, and how statuses converge.
 *
 * Reference: Intel PCS API v4 (values of tcbStatus); Intel "TDX DCAP Quote Verification", sections
 * on convergence with QE, TDX module and on TD relaunch. */
#ifndef RT_TCB_H
#define RT_TCB_H

#include "base.h"

enum rt_tcb_status {
    RT_TCB_UP_TO_DATE,
    RT_TCB_SW_HARDENING,
    RT_TCB_CONFIGURATION,
    RT_TCB_CONFIGURATION_SW_HARDENING,
    RT_TCB_OUT_OF_DATE,
    RT_TCB_OUT_OF_DATE_CONFIGURATION,
    RT_TCB_RELAUNCH,               /* made here, never in a document */
    RT_TCB_RELAUNCH_CONFIGURATION, /* likewise */
    RT_TCB_REVOKED,
    RT_TCB_NOT_SUPPORTED, /* likewise: no level fits */
};

const char *rt_tcb_name(enum rt_tcb_status s);
/* A status that TCB levels of platforms have; false for any other text. */
RATLS_MUST_USE bool rt_tcb_of_platform(const char *text, enum rt_tcb_status *out);
/* A status that enclaves and TDX modules have: UpToDate, OutOfDate, Revoked. */
RATLS_MUST_USE bool rt_tcb_of_enclave(const char *text, enum rt_tcb_status *out);

/* Status of a platform whose QE or module (`part`) has a status of its own. */
enum rt_tcb_status rt_tcb_converge(enum rt_tcb_status platform, enum rt_tcb_status part);
/* Status of a TD that was launched under one TCB while another is loaded now (TD report 1.5):
 * outdated at launch but current now means that launching it again mends it. */
enum rt_tcb_status rt_tcb_relaunch(enum rt_tcb_status launch, enum rt_tcb_status current);

#endif
