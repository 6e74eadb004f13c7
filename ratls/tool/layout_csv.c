/* The layout of reports of Hygon CSV. Names of fields are those of openanolis/csv-rs. */
#include "layout.h"

static const struct tool_cell guest[] = {
    {LINE("measure", ".measure"), .heading = "Guest", .also = "measurement"},
    {LINE("RTMR0", ".rtmr0")},
    {LINE("RTMR1", ".rtmr1")},
    {LINE("RTMR2", ".rtmr2")},
    {LINE("RTMR3", ".rtmr3")},
    {LINE("RTMR4", ".rtmr4")},
    {LINE("event log", "event_log")},
    {ITEM("RTMR1 ", ".rtmr1_log")},
    {ITEM("RTMR2 ", ".rtmr2_log")},
    {ITEM("RTMR3 ", ".rtmr3_log")},
    {ITEM("RTMR4 ", ".rtmr4_log")},
    {LINE("report data", ".report_data"), .form = TOOL_AS_LONG, .also = "report_data"},
    {LINE("policy", ".policy.nodbg"), .word = "NODBG", .form = TOOL_AS_FLAG},
    {FLAG("NOKS", ".policy.noks")},
    {FLAG("ES", ".policy.es")},
    {FLAG("NOSEND", ".policy.nosend")},
    {FLAG("DOMAIN", ".policy.domain")},
    {FLAG("CSV", ".policy.csv")},
    {FLAG("CSV3", ".policy.csv3")},
    {FLAG("ASID_REUSE", ".policy.asid_reuse")},
    {ITEM("HSK ", ".policy.hsk_version"), .form = TOOL_AS_NUMBER},
    {ITEM("CEK ", ".policy.cek_version"), .form = TOOL_AS_NUMBER},
    {ITEM("API ", ".policy.api_major"), .form = TOOL_AS_NUMBER},
    {ITEM("minor ", ".policy.api_minor"), .form = TOOL_AS_NUMBER},
    {ITEM("all ", ".policy"), .form = TOOL_AS_NUMBER},
    {LINE("owner's key", ".user_pubkey_digest")},
    {LINE("VM", ".vm_id"), .word = "id "},
    {ITEM("version ", ".vm_version")},
};

static const struct tool_cell platform[] = {
    {LINE("CEK", "platform_id"), .heading = "Platform", .word = "SHA-256 "},
    {LINE("HSK", ".hsk_key_id"), .word = "key id "},
    {LINE("HRK", ".hrk_key_id"), .word = "key id "},
    {LINE("firmware", ".build"), .word = "build ", .form = TOOL_AS_NUMBER},
    {ITEM("RTMR version ", ".rtmr_version"), .form = TOOL_AS_NUMBER},
    {LINE("unsigned", ".serial_number"), .word = "serial number "},
    {ITEM("anonce ", ".anonce")},
    {LINE("nonce", ".mnonce")},
    {LINE("form", "tee"), .also = "format"},
    {ITEM("version ", ".version"), .form = TOOL_AS_NUMBER},
    {ITEM("TCB status ", "tcb_status")},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
};

const struct tool_layout tool_layout_csv = {
    "csv", {{guest, TOOL_COUNT(guest)}, {platform, TOOL_COUNT(platform)}}, NULL};
