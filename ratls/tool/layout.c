/* The layouts there are, and those of Intel's quotes. Names of fields are those of the
 * specifications: Intel SDM volume 3D, chapter 38 (SGX), Intel TDX module base architecture
 * specification (TDX). */
#include "layout.h"

static const struct tool_cell td[] = {
    {LINE("MRTD", "tdx.mr_td"), .heading = "TD", .also = "measurement"},
    {LINE("RTMR0", "tdx.rtmr_0")},
    {LINE("RTMR1", "tdx.rtmr_1")},
    {LINE("RTMR2", "tdx.rtmr_2")},
    {LINE("RTMR3", "tdx.rtmr_3")},
    {LINE("event log", "event_log")},
    {ITEM("RTMR0 ", "tdx.rtmr_0_log")},
    {ITEM("RTMR1 ", "tdx.rtmr_1_log")},
    {ITEM("RTMR2 ", "tdx.rtmr_2_log")},
    {ITEM("RTMR3 ", "tdx.rtmr_3_log")},
    {LINE("MRCONFIGID", "tdx.mr_config_id")},
    {LINE("MROWNER", "tdx.mr_owner")},
    {LINE("OWNERCONFIG", "tdx.mr_owner_config")},
    {LINE("MRSERVICETD", "tdx.mr_servicetd")},
    {LINE("report data", "tdx.report_data"), .form = TOOL_AS_LONG, .also = "report_data"},
    {LINE("attributes", "tdx.debug"), .word = "DEBUG", .form = TOOL_AS_FLAG},
    {FLAG("LASS", "tdx.lass")},
    {FLAG("SEPT_VE_DISABLE", "tdx.sept_ve_disable")},
    {FLAG("MIGRATABLE", "tdx.migratable")},
    {FLAG("PKS", "tdx.pks")},
    {FLAG("KL", "tdx.kl")},
    {FLAG("PERFMON", "tdx.perfmon")},
    {FLAG("UNKNOWN BITS", "tdx.td_attributes_other")},
    {ITEM("(", "tdx.td_attributes")},
    {LINE("XFAM", "tdx.xfam_"), .form = TOOL_AS_FLAGS},
    {ITEM("(", "tdx.xfam")},
    /* Which module started the TD, and which one runs it now: TEE_TCB_SVN, TEE_TCB_SVN2. */
    {LINE("MRSEAM", "tdx.mr_seam"), .heading = "TDX module"},
    {LINE("MRSIGNER", "tdx.mr_signer_seam")},
    {LINE("TCB SVN", "tdx.tee_tcb_svn")},
    {ITEM("now ", "tdx.tee_tcb_svn2")},
    {ITEM("attributes ", "tdx.seam_attributes")},
};

static const struct tool_cell enclave[] = {
    {LINE("MRENCLAVE", "sgx.mr_enclave"), .heading = "Enclave", .also = "measurement"},
    {LINE("MRSIGNER", "sgx.mr_signer")},
    {LINE("product", "sgx.isv_prod_id"), .word = "ISVPRODID ", .form = TOOL_AS_NUMBER},
    {ITEM("ISVSVN ", "sgx.isv_svn"), .form = TOOL_AS_NUMBER},
    {ITEM("ISVFAMILYID ", "sgx.isv_family_id")},
    {ITEM("ISVEXTPRODID ", "sgx.isv_ext_prod_id")},
    {LINE("CONFIGID", "sgx.config_id"), .form = TOOL_AS_LONG},
    {ITEM("CONFIGSVN ", "sgx.config_svn"), .form = TOOL_AS_NUMBER},
    {LINE("report data", "sgx.report_data"), .form = TOOL_AS_LONG, .also = "report_data"},
    {LINE("attributes", "sgx.init"), .word = "INIT", .form = TOOL_AS_FLAG},
    {FLAG("DEBUG", "sgx.debug")},
    {FLAG("MODE64BIT", "sgx.mode64")},
    {FLAG("PROVISIONKEY", "sgx.provision_key")},
    {FLAG("EINITTOKEN_KEY", "sgx.einittoken_key")},
    {FLAG("CET", "sgx.cet")},
    {FLAG("KSS", "sgx.kss")},
    {FLAG("AEXNOTIFY", "sgx.aex_notify")},
    {FLAG("UNKNOWN BITS", "sgx.attributes_flags_other")},
    {ITEM("(", "sgx.attributes_flags")},
    {LINE("XFRM", "sgx.attributes_xfrm")},
    {ITEM("MISCSELECT ", "sgx.misc_select")},
    {LINE("CPU SVN", "sgx.report_cpu_svn")},
};

static const char *const body_types[] = {"", "SGX report", "TD report 1.0", "TD report 1.5", NULL};
static const char *const cert_data_types[] = {"",
                                              "plain PPID",
                                              "PPID under RSA-2048",
                                              "PPID under RSA-3072",
                                              "PCK certificate alone",
                                              "PCK chain",
                                              NULL};

static const struct tool_cell intel[] = {
    {LINE("TCB", "tcb_status"), .heading = "Platform"},
    {ITEM("level of ", ".tcb_date"), .also = "tcb_date"},
    {ITEM("rests on keys ", "evidence_keys"), .form = TOOL_AS_TALLY},
    {LINE("advisories", "advisory_ids"), .form = TOOL_AS_LIST},
    {LINE("collateral", ".tcb_eval_num"), .word = "evaluation number ", .form = TOOL_AS_NUMBER},
    {ITEM("PCK CRL ", ".pck_crl_num"), .form = TOOL_AS_NUMBER},
    {ITEM("root CRL ", ".root_ca_crl_num"), .form = TOOL_AS_NUMBER},
    {ITEM("until ", ".earliest_expiration"), .also = "collateral_expires"},
    {LINE("model", ".fmspc"), .word = "FMSPC "},
    {ITEM("PCE ", ".pce_id")},
    {ITEM("SGX type ", ".sgx_type")},
    {FLAG("dynamic platform", ".dynamic_platform")},
    {FLAG("cached keys", ".cached_keys")},
    {FLAG("SMT", ".smt_enabled")},
    {LINE("CPU SVN", ".cpu_svn"), .also = ".component_svns"},
    {ITEM("PCE SVN ", ".pce_svn"), .form = TOOL_AS_NUMBER},
    {LINE("PPID", ".ppid"), .also = "platform_id"},
    {ITEM("instance ", ".platform_instance_id")},
    {LINE("PCK cert", ".pck_ca"), .word = "CA "},
    {ITEM("from ", ".pck_not_before")},
    {ITEM("until ", ".pck_not_after"), .also = "collateral_expires"},
    {LINE("PCK chain", ".pck_chain")},
    {LINE("MRENCLAVE", ".qe_mr_enclave"), .heading = "Quoting enclave"},
    {LINE("MRSIGNER", ".qe_mr_signer")},
    {LINE("product", ".qe_isv_prod_id"), .word = "ISVPRODID ", .form = TOOL_AS_NUMBER},
    {ITEM("ISVSVN ", ".qe_isv_svn"), .form = TOOL_AS_NUMBER},
    {ITEM("attributes ", ".qe_attributes")},
    {ITEM("MISCSELECT ", ".qe_misc_select")},
    {LINE("form", "tee"), .heading = "Quote", .also = "format"},
    {ITEM("version ", ".quote_version"), .form = TOOL_AS_NUMBER},
    {ITEM("body ", ".body_type"), .form = TOOL_AS_NUMBER, .names = body_types},
    {ITEM("certification data ", ".cert_data_type"), .form = TOOL_AS_NUMBER,
     .names = cert_data_types},
    {ITEM("UNSIGNED BYTES BEHIND IT: ", ".trailing_bytes"), .form = TOOL_AS_NONZERO},
    {LINE("header", ".header_qe_svn"), .word = "QE SVN ", .form = TOOL_AS_NUMBER},
    {ITEM("PCE SVN ", ".header_pce_svn"), .form = TOOL_AS_NUMBER},
    {ITEM("vendor ", ".qe_vendor_id")},
    {ITEM("user data ", ".qe_user_data")},
};

const struct tool_layout tool_layout_tdx = {
    "tdx", {{td, TOOL_COUNT(td)}, {intel, TOOL_COUNT(intel)}}, NULL};
static const struct tool_layout sgx = {
    "sgx", {{enclave, TOOL_COUNT(enclave)}, {intel, TOOL_COUNT(intel)}}, NULL};

static const struct tool_layout *const layouts[] = {&tool_layout_tdx,      &sgx,
                                                    &tool_layout_snp,      &tool_layout_cca,
                                                    &tool_layout_virtcca,  &tool_layout_nitro,
                                                    &tool_layout_itrustee, &tool_layout_csv,
                                                    &tool_layout_nvidia,   &tool_layout_tpm,
                                                    &tool_layout_az_snp,   &tool_layout_az_tdx};

const struct tool_layout *tool_layout_of(const char *tee)
{
    for (size_t i = 0; i < TOOL_COUNT(layouts); i++)
        if (strcmp(layouts[i]->tee, tee) == 0)
            return layouts[i];
    return NULL;
}
