/* The layout of documents of AWS Nitro Enclaves. Names of fields are those of AWS. */
#include "layout.h"

static const struct tool_cell enclave[] = {
    {LINE("PCR0", ".pcr0"), .heading = "Enclave", .also = "measurement"},
    {LINE("PCR1", ".pcr1")},
    {LINE("PCR2", ".pcr2")},
    {LINE("PCR3", ".pcr3")},
    {LINE("PCR4", ".pcr4"), .also = "platform_id"},
    {LINE("PCR5", ".pcr5")},
    {LINE("PCR6", ".pcr6")},
    {LINE("PCR7", ".pcr7")},
    {LINE("PCR8", ".pcr8")},
    /* Those that nobody defines are zero, and locked by the enclave itself. */
    {LINE("others", "nitro.pcr9"), .word = "PCR9 "},
    {ITEM("PCR10 ", ".pcr10")},
    {ITEM("PCR11 ", ".pcr11")},
    {ITEM("PCR12 ", ".pcr12")},
    {ITEM("PCR13 ", ".pcr13")},
    {ITEM("PCR14 ", ".pcr14")},
    {ITEM("PCR15 ", ".pcr15")},
    {ITEM("PCR16 ", ".pcr16")},
    {ITEM("PCR17 ", ".pcr17")},
    {ITEM("PCR18 ", ".pcr18")},
    {ITEM("PCR19 ", ".pcr19")},
    {ITEM("PCR20 ", ".pcr20")},
    {ITEM("PCR21 ", ".pcr21")},
    {ITEM("PCR22 ", ".pcr22")},
    {ITEM("PCR23 ", ".pcr23")},
    {ITEM("PCR24 ", ".pcr24")},
    {ITEM("PCR25 ", ".pcr25")},
    {ITEM("PCR26 ", ".pcr26")},
    {ITEM("PCR27 ", ".pcr27")},
    {ITEM("PCR28 ", ".pcr28")},
    {ITEM("PCR29 ", ".pcr29")},
    {ITEM("PCR30 ", ".pcr30")},
    {ITEM("PCR31 ", ".pcr31")},
    {LINE("report data", "report_data"), .form = TOOL_AS_LONG, .also = ".user_data"},
    {LINE("user data", ".user_data"), .form = TOOL_AS_SHORT, .unless = "report_data"},
    {LINE("nonce", "nonce"), .form = TOOL_AS_SHORT, .also = ".nonce"},
    {LINE("public key", ".public_key"), .form = TOOL_AS_SHORT},
};

static const struct tool_cell document[] = {
    {LINE("module", ".module_id"), .heading = "Document"},
    {LINE("made", ".timestamp"), .form = TOOL_AS_NUMBER, .word = "ms "},
    {ITEM("hash ", ".digest")},
    {ITEM("all until ", "collateral_expires"), .form = TOOL_AS_TIME},
    {LINE("form", "tee"), .also = "format"},
    {ITEM("TCB status ", "tcb_status")},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
};

const struct tool_layout tool_layout_nitro = {
    "nitro", {{enclave, TOOL_COUNT(enclave)}, {document, TOOL_COUNT(document)}}, NULL};
