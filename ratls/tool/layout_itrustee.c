/* The layout of reports of Huawei iTrustee. Names of fields are those of openEuler's itrustee_sdk;
 * the QTA is the service inside the TEE that makes reports. */
#include "layout.h"

static const struct tool_cell ta[] = {
    {LINE("image", ".ta_img"), .heading = "TA", .also = "measurement"},
    {LINE("memory", ".ta_mem")},
    {LINE("uuid", ".uuid")},
    {LINE("key", ".key"), .form = TOOL_AS_SHORT},
    {LINE("report data", "report_data"), .form = TOOL_AS_LONG, .also = ".nonce"},
    {LINE("nonce", ".nonce"), .form = TOOL_AS_LONG, .unless = "report_data"},
    {LINE("IMA log", ".ima.source"), .word = "of "},
    {LINE("image", ".qta_img"), .heading = "QTA"},
    {LINE("memory", ".qta_mem")},
    {LINE("key", ".key"), .form = TOOL_AS_SHORT},
};

static const struct tool_cell device[] = {
    {LINE("certificate", ".drk.subject_cn"), .heading = "Device"},
    {ITEM("until ", ".drk.not_after"), .also = "collateral_expires"},
    {LINE("key", "platform_id"), .word = "SHA-256 "},
    {LINE("revocation", ".drk.revocation")},
    {ITEM("all until ", "collateral_expires"), .form = TOOL_AS_TIME, .unless = ".drk.not_after"},
    {LINE("form", "tee"), .also = "format"},
    {ITEM("version ", ".version")},
    {ITEM("scenario ", ".scenario")},
    {ITEM("hash ", ".hash_alg")},
    {ITEM("TCB status ", "tcb_status")},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
};

const struct tool_layout tool_layout_itrustee = {
    "itrustee", {{ta, TOOL_COUNT(ta)}, {device, TOOL_COUNT(device)}}, NULL};
