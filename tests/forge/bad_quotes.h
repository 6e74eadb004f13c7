/* bad_quotes.h - TDX quotes that are format-true but for one flaw, by name; for tests and for the
 * program forge. `e` is the verdict of a verifier that trusts the root of the PKI made with `pki`.
 */
#ifndef BAD_QUOTES_H
#define BAD_QUOTES_H

#include "flaws.h"
#include "sim_tdx.h"

struct bad_quote {
    const char *name;
    struct rt_sim_pki_knobs pki;
    struct rt_sim_quote_knobs quote;
    enum ratls_err e;
    const char *detail; /* part of the text */
};

static const struct bad_quote bad_quotes[] = {
    /* format */
    {"version-3", {0}, {.version = 3}, RATLS_E_EVIDENCE_VERSION, "version 3"},
    {"version-5", {0}, {.version = 5}, RATLS_E_EVIDENCE_VERSION, "version 5"},
    {"outer-type-5", {0}, {.outer_type = 5}, RATLS_E_EVIDENCE_FORMAT, "type 5, not 6"},
    {"cert-type-1", {0}, {.cert_type = 1}, RATLS_E_CERTIFICATION_TYPE, "1 (plain PPID)"},
    {"cert-type-2", {0}, {.cert_type = 2}, RATLS_E_CERTIFICATION_TYPE, "2 (PPID under RSA-2048)"},
    {"cert-type-3", {0}, {.cert_type = 3}, RATLS_E_CERTIFICATION_TYPE, "3 (PPID under RSA-3072)"},
    {"cert-type-4", {0}, {.cert_type = 4}, RATLS_E_CERTIFICATION_TYPE, "4 (PCK leaf alone)"},
    {"cert-type-6", {0}, {.cert_type = 6}, RATLS_E_CERTIFICATION_TYPE, "unknown"},
    {"cert-type-7", {0}, {.cert_type = 7}, RATLS_E_CERTIFICATION_TYPE, "unknown"},
    /* text of the chain */
    {"two-certificates", {0}, {.n_certs = 2}, RATLS_E_EVIDENCE_CHAIN, "2 PEM certificates, not 3"},
    {"four-certificates", {0}, {.n_certs = 4}, RATLS_E_EVIDENCE_CHAIN, "more than 3"},
    {"root-first", {0}, {.order = RT_SIM_ROOT_FIRST}, RATLS_E_EVIDENCE_CHAIN, ""},
    {"der-chain", {0}, {.der_chain = true}, RATLS_E_EVIDENCE_CHAIN, "0 PEM certificates"},
    {"text-behind-chain", {0}, {.chain_tail = TAIL("x")}, RATLS_E_EVIDENCE_CHAIN, "more than 3"},
    {"two-nuls", {0}, {.chain_tail = TAIL("\0\0")}, RATLS_E_EVIDENCE_CHAIN, "more than 3"},
    {"text-behind-nul", {0}, {.chain_tail = TAIL("\0x")}, RATLS_E_EVIDENCE_CHAIN, "more than 3"},
    /* names and profile */
    {"leaf-name",
     {.name[RT_SIM_PCK] = "Intel SGX TCB Signing"},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "leaf: another name"},
    {"ca-name",
     {.name[RT_SIM_CA] = "Intel SGX TCB Signing"},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "intermediate: another name"},
    {"leaf-issuer-name", {.wrong_issuer_name[RT_SIM_PCK] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, ""},
    {"leaf-no-crl",
     {.no_crl_url[RT_SIM_PCK] = true},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "leaf: an extension is missing"},
    {"ca-no-crl",
     {.no_crl_url[RT_SIM_CA] = true},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "intermediate: an extension is missing"},
    {"root-no-crl",
     {.no_crl_url[RT_SIM_ROOT] = true},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "root: an extension is missing"},
    {"leaf-is-ca", {.flip_ca[RT_SIM_PCK] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, "leaf is a CA"},
    {"ca-is-no-ca", {.flip_ca[RT_SIM_CA] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, ""},
    {"root-is-no-ca", {.flip_ca[RT_SIM_ROOT] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, ""},
    {"ca-path-length", {.ca_path_len_1 = true}, {0}, RATLS_E_EVIDENCE_CHAIN, "further CAs"},
    {"leaf-p384",
     {.p384[RT_SIM_PCK] = true},
     {.qe_by_stranger = true},
     RATLS_E_EVIDENCE_CHAIN,
     "leaf: not P-256"},
    {"ca-p384", {.p384[RT_SIM_CA] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, "leaf: not P-256"},
    {"root-p384",
     {.p384[RT_SIM_ROOT] = true},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "intermediate: not P-256"},
    {"no-sgx-extension",
     {.no_sgx_ext = true},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "without SGX extension"},
    {"empty-sgx-extension",
     {.sgx_ext = TAIL("\x30\0")},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "SGX extension"},
    {"platform-of-processor-ca",
     {.name[RT_SIM_CA] = "Intel SGX PCK Processor CA"},
     {0},
     RATLS_E_EVIDENCE_CHAIN,
     "another PCK CA"},
    /* dates */
    {"leaf-expired",
     {.not_after[RT_SIM_PCK] = PAST, .not_before[RT_SIM_PCK] = PAST - 86400},
     {0},
     RATLS_E_EVIDENCE_TIME,
     ""},
    {"leaf-not-yet",
     {.not_before[RT_SIM_PCK] = FUTURE - 1, .not_after[RT_SIM_PCK] = FUTURE},
     {0},
     RATLS_E_EVIDENCE_TIME,
     ""},
    {"ca-expired", {.not_after[RT_SIM_CA] = PAST}, {0}, RATLS_E_EVIDENCE_TIME, ""},
    {"ca-not-yet", {.not_before[RT_SIM_CA] = FUTURE}, {0}, RATLS_E_EVIDENCE_TIME, ""},
    {"root-expired", {.not_after[RT_SIM_ROOT] = PAST}, {0}, RATLS_E_EVIDENCE_TIME, ""},
    {"root-not-yet", {.not_before[RT_SIM_ROOT] = FUTURE}, {0}, RATLS_E_EVIDENCE_TIME, ""},
    /* signatures */
    {"leaf-signature", {.wrong_issuer_key[RT_SIM_PCK] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, ""},
    {"ca-signature", {.wrong_issuer_key[RT_SIM_CA] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, ""},
    {"root-signature", {.wrong_issuer_key[RT_SIM_ROOT] = true}, {0}, RATLS_E_EVIDENCE_CHAIN, ""},
    {"qe-signature", {0}, {.qe_by_stranger = true}, RATLS_E_EVIDENCE_QE, "not signed by the PCK"},
    {"qe-names-other-key", {0}, {.qe_names_stranger = true}, RATLS_E_EVIDENCE_QE, "does not name"},
    {"qe-upper-half", {0}, {.qe_upper_half = true}, RATLS_E_EVIDENCE_QE, "does not name"},
    {"qe-debug", {0}, {.qe_debug = true}, RATLS_E_EVIDENCE_QE, "debug mode"},
    {"quote-signature", {0}, {.quote_by_stranger = true}, RATLS_E_EVIDENCE_SIGNATURE, ""},
    {"key-off-curve", {0}, {.ak_off_curve = true}, RATLS_E_EVIDENCE_SIGNATURE, ""},
};

#endif
