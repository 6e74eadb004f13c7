/* The layouts of Arm CCA and Huawei virtCCA. Names of fields are those of Arm DEN0137 "Realm
 * Management Monitor specification", attestation token. What Arm calls a realm is a confidential VM
 * with Huawei. */
#include "layout.h"

static const struct tool_member component[] = {
    {"type", "", false},         {"version", "", false},         {"measurement", "", false},
    {"hash_alg", "hash ", true}, {"signer_id", "signer ", true}, {NULL, NULL, false},
};

static const struct tool_cell realm[] = {
    {LINE("RIM", ".realm.initial_measurement"), .form = TOOL_AS_LONG, .heading = "Realm",
     .also = "measurement"},
    {LINE("REM0", ".realm.rem0"), .form = TOOL_AS_LONG},
    {LINE("REM1", ".realm.rem1"), .form = TOOL_AS_LONG},
    {LINE("REM2", ".realm.rem2"), .form = TOOL_AS_LONG},
    {LINE("REM3", ".realm.rem3"), .form = TOOL_AS_LONG},
    {LINE("report data", ".realm.challenge"), .form = TOOL_AS_LONG, .also = "report_data"},
    {LINE("RPV", ".realm.personalization_value"), .form = TOOL_AS_LONG},
    {LINE("key", ".realm.rak_public_key"), .form = TOOL_AS_SHORT},
    {ITEM("hash ", ".realm.rak_hash_alg")},
    {ITEM("registers ", ".realm.hash_alg")},
    {ITEM("MEC policy ", ".realm.mec_policy"), .form = TOOL_AS_NUMBER},
    {ITEM("UNKNOWN CLAIMS: ", ".unknown_claims"), .form = TOOL_AS_NONZERO},
    {LINE("instance", ".realm.instance_id")},
    {LINE("profile", ".realm.profile")},
};

/* Of the platform's token, which both have. The challenge binds the key of the realm. */
#define PLATFORM_TOKEN                                                                             \
    {LINE("life cycle", ".platform.lifecycle_state")},                                             \
        {ITEM("(", ".platform.lifecycle"), .form = TOOL_AS_NUMBER},                                \
        {ITEM("profile ", ".platform.profile")}, {ITEM("hash ", ".platform.hash_alg")},            \
        {LINE("implementer", ".platform.implementation_id")},                                      \
        {LINE("instance", ".platform.instance_id"), .also = "platform_id"},                        \
        {LINE("config", ".platform.config"), .form = TOOL_AS_SHORT},                               \
        {LINE("service", ".platform.verification_service")},                                       \
    {                                                                                              \
        LINE("components", ".platform.sw_components."), .form = TOOL_AS_ROWS, .members = component \
    }

static const struct tool_cell cca_platform[] = {
    {LINE("realm key", ".platform.challenge"), .form = TOOL_AS_LONG, .word = "hash ",
     .heading = "Platform"},
    PLATFORM_TOKEN,
    {LINE("form", "tee"), .also = "format"},
    {ITEM("TCB status ", "tcb_status")},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
};

const struct tool_layout tool_layout_cca = {
    "cca", {{realm, TOOL_COUNT(realm)}, {cca_platform, TOOL_COUNT(cca_platform)}}, NULL};

/* ---- Huawei ---- */

static const struct tool_cell cvm[] = {
    {LINE("RIM", ".cvm.rim"), .form = TOOL_AS_LONG, .heading = "Guest", .also = "measurement"},
    {LINE("REM0", ".cvm.rem0"), .form = TOOL_AS_LONG},
    {LINE("REM1", ".cvm.rem1"), .form = TOOL_AS_LONG},
    {LINE("REM2", ".cvm.rem2"), .form = TOOL_AS_LONG},
    {LINE("REM3", ".cvm.rem3"), .form = TOOL_AS_LONG},
    {LINE("report data", ".cvm.challenge"), .form = TOOL_AS_LONG, .also = "report_data"},
    {LINE("RPV", ".cvm.rpv"), .form = TOOL_AS_LONG},
    {LINE("key", ".cvm.pub_key_sha256"), .word = "SHA-256 "},
    {ITEM("hash ", ".cvm.pub_key_hash_alg")},
    {LINE("registers", ".cvm.hash_alg")},
    {ITEM("UNKNOWN CLAIMS: ", ".cvm.unknown_claims"), .form = TOOL_AS_NONZERO},
    {LINE("event log", ".eventlog.present"), .word = "present", .form = TOOL_AS_FLAG,
     .heading = "Logs"},
    {FLAG("matches REM0 to REM2", ".eventlog.rem_match")},
    {ITEM("events ", ".eventlog.events"), .form = TOOL_AS_NUMBER},
    {ITEM("digests of firmware ", ".eventlog.firmware_digests"), .form = TOOL_AS_TALLY},
    {ITEM("digests of boot ", ".eventlog.boot_digests"), .form = TOOL_AS_TALLY},
    /* Types of events are covered by no register. */
    {LINE("it claims", ".uefi.grub"), .word = "boot loaders ", .form = TOOL_AS_TALLY},
    {ITEM("grub.cfg ", ".uefi.grub_cfg"), .form = TOOL_AS_TALLY},
    {ITEM("kernels ", ".uefi.kernel"), .form = TOOL_AS_TALLY},
    {ITEM("initramfs ", ".uefi.initramfs"), .form = TOOL_AS_TALLY},
    {LINE("IMA log", ".ima.present"), .word = "present", .form = TOOL_AS_FLAG},
    {FLAG("matches REM3", ".ima.rem_match")},
    {ITEM("entries ", ".ima.entries"), .form = TOOL_AS_NUMBER},
    {ITEM("different files ", ".ima.digests"), .form = TOOL_AS_TALLY},
    {ITEM("VIOLATIONS: ", ".ima.violations"), .form = TOOL_AS_NONZERO},
};

static const struct tool_cell kunpeng[] = {
    {LINE("token", ".platform_token_present"), .word = "present", .form = TOOL_AS_FLAG,
     .heading = "Platform"},
    {LINE("guest's key", ".platform.challenge"), .form = TOOL_AS_LONG, .word = "hash ",
     .unless = ".cvm.pub_key_sha256"},
    PLATFORM_TOKEN,
    {LINE("certificate", ".dev_cert.subject_cn"), .heading = "Device"},
    {ITEM("serial ", ".dev_cert.serial")},
    {ITEM("until ", ".dev_cert.not_after"), .also = "collateral_expires"},
    {LINE("key", "platform_id"), .word = "SHA-256 "},
    {LINE("revocation", ".dev_cert.revocation")},
    {ITEM("all until ", "collateral_expires"), .form = TOOL_AS_TIME,
     .unless = ".dev_cert.not_after"},
    {LINE("form", "tee"), .also = "format"},
    {ITEM("TCB status ", "tcb_status")},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
};

const struct tool_layout tool_layout_virtcca = {
    "virtcca", {{cvm, TOOL_COUNT(cvm)}, {kunpeng, TOOL_COUNT(kunpeng)}}, NULL};
