/* The layout of reports of NVIDIA's devices. Names of fields are those of nvtrust. Measurements are
 * counted: a GPU has 64 of them. */
#include "layout.h"

static const struct tool_member members[] = {
    {.name = "device_uid", .word = ""},
    {.name = "arch", .word = ""},
    {.name = "driver_version", .word = "driver "},
    {.name = "vbios_version", .word = "VBIOS "},
    {.name = NULL},
};

static const struct tool_cell device[] = {
    {LINE("id", ".device_uid"), .heading = "Device"},
    {ITEM(NULL, ".arch")},
    {LINE("devices", ".devices.count"), .form = TOOL_AS_COUNT},
    {LINE("", ".devices."), .form = TOOL_AS_ROWS, .members = members},
    {LINE("serial", "platform_id")},
    {LINE("driver", ".driver_version")},
    {ITEM("VBIOS ", ".vbios_version")},
    {LINE("firmware", ".fwid")},
    {LINE("measurement", "measurement")},
    {LINE("blocks", ".measurements.count"), .form = TOOL_AS_COUNT},
    {ITEM("with counts ", ".measurement_counts"), .form = TOOL_AS_TALLY},
    {LINE("board", ".board_id")},
    {ITEM("SKU ", ".chip_sku")},
    {ITEM("modified ", ".chip_sku_mod")},
    {ITEM("project ", ".project")},
    {ITEM("SKU ", ".project_sku")},
    {ITEM("modified ", ".project_sku_mod")},
    {LINE("mode", ".feature_flag"), .form = TOOL_AS_NUMBER},
    {ITEM("protected PCIe ", ".protected_pcie_status")},
    {ITEM("NVDEC0 ", ".nvdec0_status")},
    {ITEM("GPU info ", ".gpu_info")},
    {ITEM("CPR info ", ".cpr_info")},
    {LINE("switches", ".switch_pdis"), .form = TOOL_AS_LIST},
    {LINE("own PDI", ".own_pdi"), .form = TOOL_AS_LIST},
    {LINE("GPUs", ".gpu_pdis"), .form = TOOL_AS_LIST},
};

static const struct tool_cell report[] = {
    {LINE("nonce", ".nonce"), .heading = "Report", .also = "nonce"},
    {LINE("report data", "report_data"), .form = TOOL_AS_LONG},
    {LINE("revocation", ".ocsp_status"), .word = "OCSP "},
    {ITEM("CRLs ", ".crl_status")},
    {ITEM("all until ", "collateral_expires"), .form = TOOL_AS_TIME},
    {LINE("form", "tee"), .also = "format"},
    {ITEM("TCB status ", "tcb_status")},
    {ITEM("bytes behind it ", ".trailing_bytes"), .form = TOOL_AS_NONZERO},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
    {LINE("beside it", "carrier.certificates"), .form = TOOL_AS_FLAG, .word = "certificates"},
    {FLAG("event log", "carrier.event_log")},
    {FLAG("IMA log", "carrier.ima_log")},
};

const struct tool_layout tool_layout_nvidia = {
    "nvidia", {{device, TOOL_COUNT(device)}, {report, TOOL_COUNT(report)}}, NULL};
