/* The layouts of TPM quotes, by themselves and of guests of Azure, below whose TPM is the hardware.
 * Names of fields are those of TCG "TPM 2.0 Library" 1.59, part 2 (TPMS_ATTEST, TPMS_CLOCK_INFO).
 */
#include "layout.h"

static const struct tool_cell quote[] = {
    {LINE("PCR0", "tpm.pcr00"), .heading = "Boot"},
    {ITEM("log ", "tpm.pcr00_log")},
    {LINE("PCR1", "tpm.pcr01")},
    {ITEM("log ", "tpm.pcr01_log")},
    {LINE("PCR2", "tpm.pcr02")},
    {ITEM("log ", "tpm.pcr02_log")},
    {LINE("PCR3", "tpm.pcr03")},
    {ITEM("log ", "tpm.pcr03_log")},
    {LINE("PCR4", "tpm.pcr04")},
    {ITEM("log ", "tpm.pcr04_log")},
    {LINE("PCR5", "tpm.pcr05")},
    {ITEM("log ", "tpm.pcr05_log")},
    {LINE("PCR6", "tpm.pcr06")},
    {ITEM("log ", "tpm.pcr06_log")},
    {LINE("PCR7", "tpm.pcr07")},
    {ITEM("log ", "tpm.pcr07_log")},
    {LINE("PCR8", "tpm.pcr08")},
    {ITEM("log ", "tpm.pcr08_log")},
    {LINE("PCR9", "tpm.pcr09")},
    {ITEM("log ", "tpm.pcr09_log")},
    {LINE("PCR10", "tpm.pcr10")},
    {ITEM("log ", "tpm.pcr10_log")},
    {LINE("PCR11", "tpm.pcr11")},
    {ITEM("log ", "tpm.pcr11_log")},
    {LINE("PCR12", "tpm.pcr12")},
    {ITEM("log ", "tpm.pcr12_log")},
    {LINE("PCR13", "tpm.pcr13")},
    {ITEM("log ", "tpm.pcr13_log")},
    {LINE("PCR14", "tpm.pcr14")},
    {ITEM("log ", "tpm.pcr14_log")},
    {LINE("PCR15", "tpm.pcr15")},
    {ITEM("log ", "tpm.pcr15_log")},
    {LINE("PCR16", "tpm.pcr16")},
    {ITEM("log ", "tpm.pcr16_log")},
    {LINE("PCR17", "tpm.pcr17")},
    {ITEM("log ", "tpm.pcr17_log")},
    {LINE("PCR18", "tpm.pcr18")},
    {ITEM("log ", "tpm.pcr18_log")},
    {LINE("PCR19", "tpm.pcr19")},
    {ITEM("log ", "tpm.pcr19_log")},
    {LINE("PCR20", "tpm.pcr20")},
    {ITEM("log ", "tpm.pcr20_log")},
    {LINE("PCR21", "tpm.pcr21")},
    {ITEM("log ", "tpm.pcr21_log")},
    {LINE("PCR22", "tpm.pcr22")},
    {ITEM("log ", "tpm.pcr22_log")},
    {LINE("PCR23", "tpm.pcr23")},
    {ITEM("log ", "tpm.pcr23_log")},
    {LINE("event log", "event_log")},
    {LINE("IMA log", "tpm.ima.entries"), .word = "entries ", .form = TOOL_AS_NUMBER},
    {ITEM("VIOLATIONS ", "tpm.ima.violations"), .form = TOOL_AS_NONZERO},
    {LINE("report data", "report_data"), .heading = "Quote", .form = TOOL_AS_LONG},
    {LINE("extraData", "tpm.extra_data"), .form = TOOL_AS_SHORT, .also = "nonce",
     .unless = "report_data"},
    {LINE("clockInfo", "tpm.clock"), .word = "clock ", .form = TOOL_AS_NUMBER},
    {ITEM("resetCount ", "tpm.reset_count"), .form = TOOL_AS_NUMBER},
    {ITEM("restartCount ", "tpm.restart_count"), .form = TOOL_AS_NUMBER},
    {FLAG("safe", "tpm.safe")},
    {ITEM("firmware ", "tpm.firmware_version")},
    {LINE("pcrDigest", "tpm.pcr_digest")},
    {ITEM("bank ", "tpm.pcr_bank")},
    {LINE("signed by", "tpm.ak_spki_sha256"), .also = "platform_id"},
};

static const struct tool_cell machine[] = {
    {LINE("measurement", "measurement"), .form = TOOL_AS_LONG, .heading = "Machine"},
    {LINE("trust", "tpm.ak_trust")},
    {ITEM("revocation ", "tpm.ak_revocation")},
    {ITEM("until ", "collateral_expires"), .form = TOOL_AS_TIME},
    {LINE("form", "tee"), .also = "format"},
    {ITEM("TCB status ", "tcb_status")},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
};

static const char *const hardware[] = {"", "", "SNP", "", "TDX", NULL};

/* Names of fields are those of Microsoft's documentation of the HCL report. */
static const struct tool_cell paravisor[] = {
    {LINE("HCL report", "az.hcl.version"), .heading = "Paravisor", .word = "version ",
     .form = TOOL_AS_NUMBER},
    {ITEM("report_type ", "az.hcl.report_type"), .form = TOOL_AS_NUMBER, .names = hardware},
    {LINE("var data", "az.hcl.var_data_sha256"), .word = "SHA-256 "},
    {LINE("user-data", "az.hcl.user_data"), .form = TOOL_AS_SHORT, .unless = "report_data"},
    {LINE("VM", "az.hcl.secure_boot"), .word = "SECURE BOOT", .form = TOOL_AS_FLAG},
    {ITEM("vmUniqueId ", "az.hcl.vm_unique_id")},
};

const struct tool_layout tool_layout_tpm = {
    "tpm", {{quote, TOOL_COUNT(quote)}, {machine, TOOL_COUNT(machine)}}, NULL};
const struct tool_layout tool_layout_az_snp = {
    "az_snp_vtpm",
    {{quote, TOOL_COUNT(quote)}, {paravisor, TOOL_COUNT(paravisor)}},
    &tool_layout_snp};
const struct tool_layout tool_layout_az_tdx = {
    "az_tdx_vtpm",
    {{quote, TOOL_COUNT(quote)}, {paravisor, TOOL_COUNT(paravisor)}},
    &tool_layout_tdx};
