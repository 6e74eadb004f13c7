/* bad_collateral.h - collateral of the simulated platform that is right but for one flaw, by name;
 * for tests and for the program forge.
 *
 * `e` is the verdict of a verifier that trusts the root of the PKI made with `pki` about a quote of
 * that PKI made with `quote` (and `td`, where one is named) and this collateral. The letters and
 * numbers are those of the checks of a verifier: C CRLs, D TCB info, E QE identity, G TDX module, H
 * TCB level. `detail` is in the words of verifiers/dcap. */
#ifndef BAD_COLLATERAL_H
#define BAD_COLLATERAL_H

#include "flaws.h"
#include "sim_collateral.h"
#include "sim_tdx.h"

struct bad_collateral {
    const char *name;
    struct rt_sim_pki_knobs pki;
    struct rt_sim_quote_knobs quote;
    void (*td)(struct rt_sim_td *td); /* changes the usual TD; NULL: nothing */
    struct rt_sim_collateral_knobs collateral;
    enum ratls_err e;
    const char *detail; /* part of the text */
};

/* A TDX module of major version 0 has no identity of its own and no levels. */
static inline void td_module_0(struct rt_sim_td *td)
{
    td->tee_tcb_svn[1] = 0;
}

/* Its identity is TDX_1A. */
static inline void td_module_26(struct rt_sim_td *td)
{
    td->tee_tcb_svn[1] = 26;
}

static inline void td_seam_attribute(struct rt_sim_td *td)
{
    td->seam_attributes = 1;
}

static inline void td_seam_attribute_of_module_0(struct rt_sim_td *td)
{
    td_module_0(td);
    td_seam_attribute(td);
}

/* Certificates under the genuine root. */
#define OTHER(...)                                                                                 \
    .other = &(const struct rt_sim_pki_knobs)                                                      \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

#define ROW(name_, e_, detail_, ...)                                                               \
    {                                                                                              \
        .name = (name_), .e = RATLS_E_##e_, .detail = (detail_), .collateral = { __VA_ARGS__ }     \
    }
#define ROW_OF_TD(name_, e_, detail_, td_, ...)                                                    \
    {                                                                                              \
        .name = (name_), .e = RATLS_E_##e_, .detail = (detail_), .td = (td_), .collateral = {      \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
/* A member of the file that is not there, in two ways. */
#define GONE(member)                                                                               \
    ROW("no-" member, COLLATERAL_MISSING, member " is missing", .without = (member)),              \
        ROW("null-" member, COLLATERAL_MISSING, member " is missing", .instead = (member),         \
            .instead_json = "null")
#define FILE_MEMBER(name_, detail_, member, json)                                                  \
    ROW(name_, COLLATERAL_FORMAT, detail_, .instead = (member), .instead_json = (json))
/* One text of the signed value replaced before it is signed. */
#define TCB_INFO(name_, detail_, from, to)                                                         \
    ROW("tcb-info-" name_, COLLATERAL_FORMAT, detail_, .tcb_info.edit = {{(from), (to)}})
#define QE_IDENTITY(name_, detail_, from, to)                                                      \
    ROW("qe-identity-" name_, COLLATERAL_FORMAT, detail_, .qe_identity.edit = {{(from), (to)}})
/* The signer of TCB info (D1-D4, D7), and the same for QE identity (E1). */
#define SIGNER(name_, e_, detail_, ...)                                                            \
    ROW("tcb-info-" name_, e_, detail_, .tcb_info.signer = {__VA_ARGS__}),                         \
        ROW("qe-identity-" name_, e_, detail_, .qe_identity.signer = {__VA_ARGS__})
/* What holds for the document as a whole (D5, D6, D8 and E1). */
#define DOCUMENT(name_, e_, detail_, ...)                                                          \
    ROW("tcb-info-" name_, e_, detail_, .tcb_info = {__VA_ARGS__}),                                \
        ROW("qe-identity-" name_, e_, detail_, .qe_identity = {__VA_ARGS__})
/* Both CRLs. */
#define CRL(name_, e_, detail_, ...)                                                               \
    ROW("root-crl-" name_, e_, detail_, .root_crl = {__VA_ARGS__}),                                \
        ROW("pck-crl-" name_, e_, detail_, .pck_crl = {__VA_ARGS__})

/* deltaCRLIndicator of base 1; issuingDistributionPoint with indirectCRL (RFC 5280 s.5.2.4,
 * s.5.2.5) */
#define DELTA    .ext_oid = TAIL("\x55\x1d\x1b"), .ext_value = TAIL("\x02\x01\x01")
#define INDIRECT .ext_oid = TAIL("\x55\x1d\x1c"), .ext_value = TAIL("\x30\x03\x84\x01\xff")

#define DIGITS_16  "0123456789abcdef"
#define DIGITS_128 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16
#define NOT_HEX_128                                                                                \
    "x123456789abcdef" DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16 DIGITS_16
#define ZEROS_16  "0000000000000000"
#define ZEROS_128 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
#define ZEROS_94  ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 "00000000000000"

static const struct bad_collateral bad_collateral[] = {
    /* ---- the file: C10, E9 ---- */
    GONE("root_ca_crl"),
    GONE("pck_crl"),
    GONE("pck_crl_issuer_chain"),
    GONE("tcb_info"),
    GONE("tcb_info_issuer_chain"),
    GONE("qe_identity"),
    GONE("qe_identity_issuer_chain"),
    FILE_MEMBER("root-crl-number", "root_ca_crl is no text", "root_ca_crl", "7"),
    FILE_MEMBER("root-crl-empty", "root_ca_crl: CRL: neither DER nor hex nor PEM", "root_ca_crl",
                "\"\""),
    FILE_MEMBER("root-crl-not-hex", "root_ca_crl: CRL: neither DER nor hex nor PEM", "root_ca_crl",
                "\"zz\""),
    FILE_MEMBER("root-crl-odd", "root_ca_crl: CRL: neither DER nor hex nor PEM", "root_ca_crl",
                "\"300\""),
    FILE_MEMBER("root-crl-not-a-crl", "root_ca_crl: CRL: malformed structure", "root_ca_crl",
                "\"3003020100\""),
    FILE_MEMBER("pck-crl-empty", "pck_crl: CRL: neither DER nor hex nor PEM", "pck_crl", "\"\""),
    FILE_MEMBER("pck-crl-not-hex", "pck_crl: CRL: neither DER nor hex nor PEM", "pck_crl",
                "\"zz\""),
    FILE_MEMBER("pck-crl-not-a-crl", "pck_crl: CRL: malformed structure", "pck_crl",
                "\"3003020100\""),
    FILE_MEMBER("pck-crl-chain-not-pem", "PCK CRL issuer: 0 PEM certificates, not 2",
                "pck_crl_issuer_chain", "\"chain\""),
    FILE_MEMBER("tcb-info-object", "tcb_info is no text", "tcb_info", "{}"),
    FILE_MEMBER("tcb-info-not-json", "an object is due", "tcb_info", "\"tcbInfo\""),
    FILE_MEMBER("tcb-info-chain-not-pem", "TCB info signer: 0 PEM certificates, not 2",
                "tcb_info_issuer_chain", "\"chain\""),
    FILE_MEMBER("tcb-info-unsigned", "is missing", "tcb_info", "\"{\\\"tcbInfo\\\":{}}\""),
    FILE_MEMBER("qe-identity-unsigned", "is missing", "qe_identity",
                "\"{\\\"enclaveIdentity\\\":{}}\""),
    FILE_MEMBER("qe-identity-object", "qe_identity is no text", "qe_identity", "{}"),
    FILE_MEMBER("qe-identity-not-json", "an object is due", "qe_identity", "\"enclaveIdentity\""),
    FILE_MEMBER("qe-identity-chain-not-pem", "QE identity signer: 0 PEM certificates, not 2",
                "qe_identity_issuer_chain", "\"chain\""),

    /* ---- CRLs ---- */
    CRL("issuer-name", COLLATERAL_SIGNATURE, "CRL: its issuer has another name",
        .wrong_issuer_name = true), /* C1, C4 */
    CRL("no-number", COLLATERAL_FORMAT, "CRL: no cRLNumber or no authorityKeyIdentifier",
        .no_number = true), /* C2 */
    CRL("no-authority-key-identifier", COLLATERAL_FORMAT,
        "CRL: no cRLNumber or no authorityKeyIdentifier", .no_aki = true), /* C2 */
    CRL("signature", COLLATERAL_SIGNATURE, "CRL: its signature is wrong",
        .signer.by_stranger = true),                                        /* C3, C5 */
    CRL("other-root", COLLATERAL_SIGNATURE, "", .signer.other_root = true), /* C3, C5 */
    /* C4: under the genuine root, but not the CA of this PCK certificate */
    ROW("pck-crl-of-processor-ca", COLLATERAL_MISMATCH, "the PCK CRL is of another PCK CA",
        .pck_crl.signer = {OTHER(.processor = true)}),
    ROW("pck-crl-of-namesake-ca", COLLATERAL_MISMATCH, "the PCK CRL is of another PCK CA",
        .pck_crl.signer = {OTHER(0)}),
    {.name = "pck-crl-of-platform-ca",
     .pki = {.processor = true},
     .collateral = {.pck_crl.signer = {OTHER(0)}},
     .e = RATLS_E_COLLATERAL_MISMATCH,
     .detail = "of another PCK CA"},
    ROW("pck-crl-chain-short", COLLATERAL_FORMAT, "PCK CRL issuer: 1 PEM certificates, not 2",
        .pck_crl.signer.chain = RT_SIM_CHAIN_SIGNER),
    ROW("pck-crl-chain-long", COLLATERAL_FORMAT, "PCK CRL issuer: more than 2 PEM certificates",
        .pck_crl.signer.chain = RT_SIM_CHAIN_ROOT_TWICE),
    ROW("pck-crl-chain-root-first", COLLATERAL_SIGNATURE, "is not pinned",
        .pck_crl.signer.chain = RT_SIM_CHAIN_ROOT_FIRST),
    ROW("ca-revoked", REVOKED, "the PCK CA is revoked", .revoke_ca = true),            /* C6 */
    ROW("pck-revoked", REVOKED, "the PCK certificate is revoked", .revoke_pck = true), /* C7 */
    ROW("tcb-signer-revoked", REVOKED, "the signer of the TCB info is revoked",
        .revoke_tcb_signer = true), /* C8 */
    ROW("tcb-info-signer-revoked", REVOKED, "the signer of the TCB info is revoked",
        .revoke_tcb_signer = true, .qe_identity.signer = {OTHER(0)}),
    ROW("qe-identity-signer-revoked", REVOKED, "the signer of the QE identity is revoked",
        .revoke_tcb_signer = true, .tcb_info.signer = {OTHER(0)}),
    CRL("expired", COLLATERAL_TIME, "CRL was valid until", .this_update = PAST,
        .next_update = PAST + DAY_S), /* C9 */
    CRL("not-yet", COLLATERAL_TIME, "CRL is valid from", .this_update = FUTURE,
        .next_update = FUTURE + DAY_S), /* C9 */
    CRL("critical-extension", COLLATERAL_FORMAT, "CRL: critical extension",
        .ext_oid = TAIL("\x55\x1d\x7e"), /* C11 */
        .ext_value = TAIL("\x05\x00"), .ext_critical = true),
    CRL("delta", COLLATERAL_FORMAT, "CRL: critical extension", DELTA, .ext_critical = true),
    CRL("delta-not-critical", COLLATERAL_FORMAT, "CRL: delta, partial or indirect", DELTA),
    CRL("indirect", COLLATERAL_FORMAT, "CRL: critical extension", INDIRECT, .ext_critical = true),
    CRL("indirect-not-critical", COLLATERAL_FORMAT, "CRL: delta, partial or indirect", INDIRECT),

    /* ---- who signed TCB info and QE identity ---- */
    SIGNER("chain-short", COLLATERAL_FORMAT, "signer: 1 PEM certificates, not 2",
           .chain = RT_SIM_CHAIN_SIGNER), /* D1 */
    SIGNER("chain-long", COLLATERAL_FORMAT, "signer: more than 2 PEM certificates",
           .chain = RT_SIM_CHAIN_ROOT_TWICE), /* D1 */
    SIGNER("chain-root-first", COLLATERAL_SIGNATURE, "is not pinned",
           .chain = RT_SIM_CHAIN_ROOT_FIRST),                                 /* D1 */
    SIGNER("signer-name", COLLATERAL_SIGNATURE, "signer, leaf: another name", /* D2 */
           OTHER(.name[RT_SIM_TCB] = "Intel SGX PCK Certificate")),
    SIGNER("signer-longer-name", COLLATERAL_SIGNATURE, "signer, leaf: another name",
           OTHER(.name[RT_SIM_TCB] = "Intel SGX TCB Signing 2")),
    SIGNER("signer-issuer-name", COLLATERAL_SIGNATURE,
           "signer: the issuer has another name", /* D3 */
           OTHER(.wrong_issuer_name[RT_SIM_TCB] = true)),
    SIGNER("signer-signature", COLLATERAL_SIGNATURE, "signer: the ECDSA signature is wrong",
           OTHER(.wrong_issuer_key[RT_SIM_TCB] = true)),
    SIGNER("signer-is-ca", COLLATERAL_SIGNATURE, "signer: the leaf is a CA",
           OTHER(.flip_ca[RT_SIM_TCB] = true)),
    SIGNER("other-root", COLLATERAL_SIGNATURE, "is not pinned", .other_root = true), /* D4 */
    SIGNER("signature", COLLATERAL_SIGNATURE, "is not signed by its signer",
           .by_stranger = true),                               /* D5 */
    SIGNER("signer-expired", COLLATERAL_TIME, "signer of the", /* D7 */
           OTHER(.not_before[RT_SIM_TCB] = PAST - DAY_S, .not_after[RT_SIM_TCB] = PAST)),
    SIGNER("signer-not-yet", COLLATERAL_TIME, "signer of the",
           OTHER(.not_before[RT_SIM_TCB] = FUTURE, .not_after[RT_SIM_TCB] = FUTURE + DAY_S)),
    DOCUMENT("signer-p384", COLLATERAL_SIGNATURE, "signer, leaf: not P-256 with SHA-256",
             .signer = {OTHER(.p384[RT_SIM_TCB] = true)}, .signature = DIGITS_128),

    /* ---- the signature, the dates ---- */
    DOCUMENT("tampered", COLLATERAL_SIGNATURE, "is not signed by its signer",
             .tamper = {"OutOfDate", "UpToDate"}), /* D5 */
    DOCUMENT("reformatted", COLLATERAL_SIGNATURE, "is not signed by its signer",
             .tamper = {"\"version\":", "\"version\": "}),
    DOCUMENT("wrong-signature", COLLATERAL_SIGNATURE, "is not signed by its signer",
             .signature = DIGITS_128),
    DOCUMENT("zero-signature", COLLATERAL_SIGNATURE, "is not signed by its signer",
             .signature = ZEROS_128),
    DOCUMENT("no-signature", COLLATERAL_FORMAT, "a member that is not known here",
             .tamper = {"\"signature\"", "\"Signature\""}), /* D6 */
    DOCUMENT("empty-signature", COLLATERAL_FORMAT, "the signature is not 128 hex digits",
             .signature = ""),
    DOCUMENT("short-signature", COLLATERAL_FORMAT, "the signature is not 128 hex digits",
             .signature = DIGITS_16),
    DOCUMENT("long-signature", COLLATERAL_FORMAT, "the signature is not 128 hex digits",
             .signature = DIGITS_128 "00"),
    DOCUMENT("signature-not-hex", COLLATERAL_FORMAT, "the signature is not 128 hex digits",
             .signature = NOT_HEX_128),
    DOCUMENT("expired", COLLATERAL_TIME, "was valid until", .issue = PAST,
             .next = PAST + DAY_S), /* D8 */
    DOCUMENT("not-yet", COLLATERAL_TIME, "is valid from", .issue = FUTURE,
             .next = FUTURE + DAY_S), /* D8 */

    /* ---- TCB info: what it says (D9) ---- */
    ROW("tcb-info-not-an-object", COLLATERAL_FORMAT, "TCB info is no object",
        .tcb_info.text = "[]"),
    ROW("tcb-info-empty", COLLATERAL_FORMAT, "TCB info: 'version' is missing",
        .tcb_info.text = "{}"),
    ROW("tcb-info-nothing", COLLATERAL_FORMAT, "not a value", .tcb_info.text = ""),
    ROW("tcb-info-renamed", COLLATERAL_FORMAT, "a member that is not known here",
        .tcb_info.tamper = {"\"tcbInfo\"", "\"TcbInfo\""}),
    ROW("tcb-info-twice", COLLATERAL_FORMAT, "a member appears twice",
        .tcb_info.tamper = {"{\"tcbInfo\":", "{\"tcbInfo\":{},\"tcbInfo\":"}),
    TCB_INFO("broken-json", "not a value", "\"version\":3", "\"version\":"),
    TCB_INFO("duplicate-member", "JSON: member 'version' appears twice", "\"version\":3",
             "\"version\":3,\"version\":3"),
    TCB_INFO("no-id", "'id' is missing", "\"id\":\"TDX\",", ""),
    TCB_INFO("id-number", "'id' is no text", "\"id\":\"TDX\"", "\"id\":7"),
    TCB_INFO("no-version", "'version' is missing", "\"version\"", "\"Version\""),
    TCB_INFO("version-1", "'version' is neither 2 nor 3", "\"version\":3", "\"version\":1"),
    TCB_INFO("version-4", "'version' is neither 2 nor 3", "\"version\":3", "\"version\":4"),
    TCB_INFO("version-text", "'version' is no number of its range", "\"version\":3",
             "\"version\":\"3\""),
    TCB_INFO("version-fraction", "a number that is not an integer", "\"version\":3",
             "\"version\":3.0"),
    TCB_INFO("version-null", "'version' is no number of its range", "\"version\":3",
             "\"version\":null"),
    TCB_INFO("no-issue-date", "'issueDate' is missing", "\"issueDate\"", "\"issuedate\""),
    TCB_INFO("issue-date-text", "'issueDate' is no date", "\"issueDate\":\"20",
             "\"issueDate\":\"x20"),
    TCB_INFO("issue-date-number", "'issueDate' is no text", "\"issueDate\":\"",
             "\"issueDate\":7,\"x\":\""),
    TCB_INFO("issue-date-offset", "'issueDate' is no date", "Z\",\"nextUpdate\"",
             "+01:00\",\"nextUpdate\""),
    TCB_INFO("no-next-update", "'nextUpdate' is missing", "\"nextUpdate\"", "\"nextupdate\""),
    TCB_INFO("next-update-text", "'nextUpdate' is no date", "\"nextUpdate\":\"20",
             "\"nextUpdate\":\"x20"),
    TCB_INFO("no-fmspc", "'fmspc' is missing", "\"fmspc\"", "\"FMSPC\""),
    ROW("tcb-info-fmspc-short", COLLATERAL_FORMAT, "TCB info: 'fmspc' is no hex of its length",
        .fmspc = "5241544C53"),
    ROW("tcb-info-fmspc-long", COLLATERAL_FORMAT, "TCB info: 'fmspc' is no hex of its length",
        .fmspc = "5241544C530000"),
    ROW("tcb-info-fmspc-not-hex", COLLATERAL_FORMAT, "TCB info: 'fmspc' is no hex of its length",
        .fmspc = "5241544C530x"),
    ROW("tcb-info-no-pce-id", COLLATERAL_MISMATCH, "of another PCE",
        .tcb_info.edit = {{"\"pceId\"", "\"pceid\""}}),
    ROW("tcb-info-pce-id-short", COLLATERAL_FORMAT, "TCB info: 'pceId' is no hex of its length",
        .pce_id = "00"),
    ROW("tcb-info-pce-id-not-hex", COLLATERAL_FORMAT, "TCB info: 'pceId' is no hex of its length",
        .pce_id = "000x"),
    TCB_INFO("no-tcb-type", "'tcbType' is missing", "\"tcbType\"", "\"tcbtype\""),
    TCB_INFO("tcb-type-1", "'tcbType' is no number of its range", "\"tcbType\":0", "\"tcbType\":1"),
    TCB_INFO("no-evaluation-number", "'tcbEvaluationDataNumber' is missing",
             "\"tcbEvaluationDataNumber\"", "\"tcbEvaluationdatanumber\""),
    TCB_INFO("evaluation-number-negative", "'tcbEvaluationDataNumber' is no number of its range",
             "DataNumber\":18", "DataNumber\":-1"),
    TCB_INFO("evaluation-number-huge", "'tcbEvaluationDataNumber' is no number of its range",
             "DataNumber\":18", "DataNumber\":4294967296"),
    TCB_INFO("evaluation-number-text", "'tcbEvaluationDataNumber' is no number of its range",
             "DataNumber\":18", "DataNumber\":\"18\""),
    TCB_INFO("no-module", "'tdxModule' is missing", "\"tdxModule\":", "\"tdxmodule\":"),
    TCB_INFO("module-number", "'tdxModule' is no object", "\"tdxModule\":{",
             "\"tdxModule\":7,\"x\":{"),
    TCB_INFO("module-no-mrsigner", "'mrsigner' is missing", "\"tdxModule\":{\"mrsigner\"",
             "\"tdxModule\":{\"mrSigner\""),
    TCB_INFO("module-mrsigner-short", "'mrsigner' is no hex of its length",
             "\"tdxModule\":{\"mrsigner\":\"00", "\"tdxModule\":{\"mrsigner\":\""),
    TCB_INFO("module-no-attributes", "'attributes' is missing",
             "\"attributes\":\"0000000000000000\"", "\"Attributes\":\"0000000000000000\""),
    TCB_INFO("module-attributes-short", "'attributes' is no hex of its length",
             "\"attributes\":\"0000000000000000\"", "\"attributes\":\"00000000000000\""),
    TCB_INFO("module-no-mask", "'attributesMask' is missing", "\"attributesMask\"",
             "\"attributesmask\""),
    TCB_INFO("module-mask-short", "'attributesMask' is no hex of its length",
             "\"FFFFFFFFFFFFFFFF\"", "\"FFFFFFFFFFFFFF\""),
    TCB_INFO("identities-number", "'tdxModuleIdentities' is no list", "\"tdxModuleIdentities\":[",
             "\"tdxModuleIdentities\":7,\"x\":["),
    TCB_INFO("identity-number", "'tdxModuleIdentities' holds something other than objects",
             "\"tdxModuleIdentities\":[", "\"tdxModuleIdentities\":[7,"),
    TCB_INFO("identity-no-id", "'id' is missing", "\"id\":\"TDX_01\",", ""),
    TCB_INFO("identity-twice", "'tdxModuleIdentities' holds an id twice", "\"TDX_03\"",
             "\"TDX_01\""),
    TCB_INFO("identity-no-levels", "'tcbLevels' is missing", "\"tcbLevels\"", "\"tcblevels\""),
    TCB_INFO("identity-empty-levels", "'tcbLevels' has a wrong number of entries",
             "\"tcbLevels\":[", "\"tcbLevels\":[],\"x\":["),
    TCB_INFO("identity-no-svn", "'isvsvn' is missing", "\"isvsvn\"", "\"isvSvn\""),
    TCB_INFO("identity-svn-text", "'isvsvn' is no number of its range", "\"isvsvn\":9",
             "\"isvsvn\":\"9\""),
    TCB_INFO("identity-svn-huge", "'isvsvn' is no number of its range", "\"isvsvn\":9",
             "\"isvsvn\":65536"),
    TCB_INFO("identity-svn-twice", "'tcbLevels' holds a level twice", "\"isvsvn\":8",
             "\"isvsvn\":9"),
    /* the list of levels: the first of the name that is followed by SGX components */
    TCB_INFO("no-levels", "'tcbLevels' is missing", "\"tcbLevels\":[{\"tcb\":{\"sgx",
             "\"tcblevels\":[{\"tcb\":{\"sgx"),
    TCB_INFO("levels-number", "'tcbLevels' is no list", "\"tcbLevels\":[{\"tcb\":{\"sgx",
             "\"tcbLevels\":7,\"x\":[{\"tcb\":{\"sgx"),
    TCB_INFO("empty-levels", "'tcbLevels' has a wrong number of entries",
             "\"tcbLevels\":[{\"tcb\":{\"sgx", "\"tcbLevels\":[],\"x\":[{\"tcb\":{\"sgx"),
    TCB_INFO("level-number", "'tcbLevels' holds something other than objects",
             "\"tcbLevels\":[{\"tcb\":{\"sgx", "\"tcbLevels\":[7,{\"tcb\":{\"sgx"),
    TCB_INFO("level-twice", "'tcbLevels' holds a level twice", "\"pcesvn\":10", "\"pcesvn\":13"),
    TCB_INFO("level-no-tcb", "'tcb' is missing", "{\"tcb\":{\"sgx", "{\"Tcb\":{\"sgx"),
    TCB_INFO("level-no-components", "'sgxtcbcomponents' is missing", "\"sgxtcbcomponents\"",
             "\"sgxTcbComponents\""),
    TCB_INFO("level-no-tdx-components", "'tdxtcbcomponents' is missing", "\"tdxtcbcomponents\"",
             "\"tdxTcbComponents\""),
    TCB_INFO("level-no-pce-svn", "'pcesvn' is missing", "\"pcesvn\"", "\"pceSvn\""),
    TCB_INFO("pce-svn-huge", "'pcesvn' is no number of its range", "\"pcesvn\":13",
             "\"pcesvn\":65536"),
    TCB_INFO("pce-svn-negative", "'pcesvn' is no number of its range", "\"pcesvn\":13",
             "\"pcesvn\":-1"),
    TCB_INFO("component-no-svn", "'svn' is missing", "[{\"svn\":7", "[{\"Svn\":7"),
    TCB_INFO("component-huge", "'svn' is no number of its range", "\"svn\":255", "\"svn\":256"),
    TCB_INFO("component-negative", "'svn' is no number of its range", "[{\"svn\":7",
             "[{\"svn\":-1"),
    TCB_INFO("component-text", "'svn' is no number of its range", "[{\"svn\":7", "[{\"svn\":\"7\""),
    TCB_INFO("component-number", "'sgxtcbcomponents' holds something other than objects",
             "[{\"svn\":7,", "[7,{\"svn\":7,"),
    /* D14 */
    ROW("tcb-info-15-components", COLLATERAL_FORMAT,
        "TCB info: 'sgxtcbcomponents' has a wrong number of entries", .n_components = 15),
    ROW("tcb-info-17-components", COLLATERAL_FORMAT,
        "TCB info: 'sgxtcbcomponents' has a wrong number of entries", .n_components = 17),
    ROW("tcb-info-15-tdx-components", COLLATERAL_FORMAT,
        "TCB info: 'tdxtcbcomponents' has a wrong number of entries", .n_tdx_components = 15),
    ROW("tcb-info-17-tdx-components", COLLATERAL_FORMAT,
        "TCB info: 'tdxtcbcomponents' has a wrong number of entries", .n_tdx_components = 17),
    /* a level that is the platform's: its status, date and advisories */
    TCB_INFO("level-no-date", "'tcbDate' is missing", "\"svn\":0}]},\"tcbDate\"",
             "\"svn\":0}]},\"tcbdate\""),
    TCB_INFO("level-date-text", "'tcbDate' is no date", "\"svn\":0}]},\"tcbDate\":\"2024",
             "\"svn\":0}]},\"tcbDate\":\"x2024"),
    TCB_INFO("level-no-status", "'tcbStatus' is missing",
             "\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"sgx",
             "\"tcbstatus\":\"UpToDate\"},{\"tcb\":{\"sgx"),
    TCB_INFO("level-advisories-text", "'advisoryIDs' is no list",
             "\"advisoryIDs\":[\"INTEL-SA-00837\",", "\"advisoryIDs\":\"INTEL-SA-00837\",\"x\":["),
    TCB_INFO("level-advisory-number", "'advisoryIDs' holds something other than texts",
             "\"advisoryIDs\":[\"INTEL-SA-00837\"", "\"advisoryIDs\":[837"),
    ROW("tcb-info-level-status", COLLATERAL_FORMAT, "TCB info: 'tcbStatus' is unknown",
        .tcb_status = "uptodate"), /* H3 */
    ROW("tcb-info-module-level-status", COLLATERAL_FORMAT, "TCB info: 'tcbStatus' is unknown",
        .module_status = "Good"),
    /* D11: TDX has no version 2 */
    ROW("tcb-info-version-2", COLLATERAL_MISMATCH, "the TCB info is of SGX", .tcb_info_version = 2,
        .qe_id = "QE"),
    TCB_INFO("version-2-for-tdx", "'id' is TDX in a document of version 2", "\"version\":3",
             "\"version\":2"),

    /* ---- whom it is for ---- */
    ROW("tcb-info-for-sgx", COLLATERAL_MISMATCH, "the TCB info is of SGX", .sgx = true), /* D10 */
    ROW("other-fmspc", COLLATERAL_MISMATCH, "the TCB info is of another FMSPC",
        .fmspc = "00906EA10000"), /* D12 */
    ROW("other-fmspc-end", COLLATERAL_MISMATCH, "the TCB info is of another FMSPC",
        .fmspc = "5241544C5301"),
    ROW("other-pce-id", COLLATERAL_MISMATCH, "the TCB info is of another PCE",
        .pce_id = "0100"), /* D13 */

    /* ---- QE identity: what it says (E3) ---- */
    ROW("qe-identity-not-an-object", COLLATERAL_FORMAT, "QE identity is no object",
        .qe_identity.text = "[]"),
    ROW("qe-identity-empty", COLLATERAL_FORMAT, "QE identity: 'id' is missing",
        .qe_identity.text = "{}"),
    ROW("qe-identity-nothing", COLLATERAL_FORMAT, "not a value", .qe_identity.text = ""),
    ROW("qe-identity-renamed", COLLATERAL_FORMAT, "a member that is not known here",
        .qe_identity.tamper = {"\"enclaveIdentity\"", "\"EnclaveIdentity\""}),
    ROW("qe-identity-is-tcb-info", COLLATERAL_FORMAT, "a member that is not known here",
        .qe_identity.tamper = {"\"enclaveIdentity\"", "\"tcbInfo\""}),
    QE_IDENTITY("broken-json", "not a value", "\"version\":2", "\"version\":"),
    QE_IDENTITY("duplicate-member", "JSON: member 'version' appears twice", "\"version\":2",
                "\"version\":2,\"version\":2"),
    QE_IDENTITY("no-id", "'id' is missing", "\"id\":\"TD_QE\",", ""),
    QE_IDENTITY("id-number", "'id' is no text", "\"id\":\"TD_QE\"", "\"id\":7"),
    QE_IDENTITY("no-version", "'version' is missing", "\"version\"", "\"Version\""),
    QE_IDENTITY("version-1", "'version' is not 2", "\"version\":2", "\"version\":1"),
    QE_IDENTITY("version-3", "'version' is not 2", "\"version\":2", "\"version\":3"),
    QE_IDENTITY("no-issue-date", "'issueDate' is missing", "\"issueDate\"", "\"issuedate\""),
    QE_IDENTITY("issue-date-text", "'issueDate' is no date", "\"issueDate\":\"20",
                "\"issueDate\":\"x20"),
    QE_IDENTITY("no-next-update", "'nextUpdate' is missing", "\"nextUpdate\"", "\"nextupdate\""),
    QE_IDENTITY("next-update-text", "'nextUpdate' is no date", "\"nextUpdate\":\"20",
                "\"nextUpdate\":\"x20"),
    QE_IDENTITY("no-evaluation-number", "'tcbEvaluationDataNumber' is missing",
                "\"tcbEvaluationDataNumber\"", "\"tcbEvaluationdatanumber\""),
    QE_IDENTITY("evaluation-number-negative", "'tcbEvaluationDataNumber' is no number of its range",
                "DataNumber\":18", "DataNumber\":-1"),
    QE_IDENTITY("no-miscselect", "'miscselect' is missing", "\"miscselect\"", "\"Miscselect\""),
    ROW("qe-identity-miscselect-short", COLLATERAL_FORMAT,
        "QE identity: 'miscselect' is no hex of its length", .qe_misc_select = "000000"),
    QE_IDENTITY("no-miscselect-mask", "'miscselectMask' is missing", "\"miscselectMask\"",
                "\"miscselectmask\""),
    QE_IDENTITY("no-attributes", "'attributes' is missing", "\"attributes\"", "\"Attributes\""),
    ROW("qe-identity-attributes-short", COLLATERAL_FORMAT,
        "QE identity: 'attributes' is no hex of its length",
        .qe_attributes = "110000000000000000000000000000"),
    QE_IDENTITY("no-attributes-mask", "'attributesMask' is missing", "\"attributesMask\"",
                "\"attributesmask\""),
    ROW("qe-identity-miscselect-mask-short", COLLATERAL_FORMAT,
        "QE identity: 'miscselectMask' is no hex of its length", .qe_misc_select_mask = "FFFFFF"),
    ROW("qe-identity-attributes-mask-short", COLLATERAL_FORMAT,
        "QE identity: 'attributesMask' is no hex of its length",
        .qe_attributes_mask = "FBFFFFFFFFFFFFFF"),
    QE_IDENTITY("no-mrsigner", "'mrsigner' is missing", "\"mrsigner\"", "\"mrSigner\""),
    ROW("qe-identity-mrsigner-short", COLLATERAL_FORMAT,
        "QE identity: 'mrsigner' is no hex of its length", .qe_mr_signer = "DC9E2A7C"),
    QE_IDENTITY("no-product", "'isvprodid' is missing", "\"isvprodid\"", "\"isvProdId\""),
    QE_IDENTITY("product-huge", "'isvprodid' is no number of its range", "\"isvprodid\":2",
                "\"isvprodid\":65536"),
    QE_IDENTITY("product-text", "'isvprodid' is no number of its range", "\"isvprodid\":2",
                "\"isvprodid\":\"2\""),
    QE_IDENTITY("no-levels", "'tcbLevels' is missing", "\"tcbLevels\"", "\"tcblevels\""),
    QE_IDENTITY("empty-levels", "'tcbLevels' has a wrong number of entries", "\"tcbLevels\":[",
                "\"tcbLevels\":[],\"x\":["),
    QE_IDENTITY("level-no-tcb", "'tcb' is missing", "{\"tcb\":", "{\"Tcb\":"),
    QE_IDENTITY("level-no-svn", "'isvsvn' is missing", "\"isvsvn\"", "\"isvSvn\""),
    QE_IDENTITY("level-svn-huge", "'isvsvn' is no number of its range", "\"isvsvn\":8",
                "\"isvsvn\":65536"),
    QE_IDENTITY("level-svn-negative", "'isvsvn' is no number of its range", "\"isvsvn\":8",
                "\"isvsvn\":-1"),
    QE_IDENTITY("level-twice", "'tcbLevels' holds a level twice", "\"isvsvn\":7", "\"isvsvn\":8"),
    QE_IDENTITY("level-no-date", "'tcbDate' is missing", "\"tcbDate\"", "\"tcbdate\""),
    QE_IDENTITY("level-date-text", "'tcbDate' is no date", "\"tcbDate\":\"2024",
                "\"tcbDate\":\"x2024"),
    QE_IDENTITY("level-no-status", "'tcbStatus' is missing", "\"tcbStatus\"", "\"tcbstatus\""),
    ROW("qe-identity-level-status", COLLATERAL_FORMAT, "QE identity: 'tcbStatus' is unknown",
        .qe_status = "Good"),
    QE_IDENTITY("level-advisory-number", "'advisoryIDs' holds something other than texts",
                "\"advisoryIDs\":[\"INTEL-SA-00615\"", "\"advisoryIDs\":[615"),

    /* ---- whom it is for ---- */
    ROW("qe-identity-for-sgx", QE_IDENTITY, "the QE identity is not one of TDX (TD_QE)",
        .qe_id = "QE"), /* E2 */
    ROW("qe-identity-for-qve", QE_IDENTITY, "the QE identity is not one of TDX (TD_QE)",
        .qe_id = "QVE"), /* E2 */
    ROW("qe-identity-other-miscselect", QE_IDENTITY, "MISCSELECT of the quoting enclave",
        .qe_misc_select = "00000001"), /* E4 */
    ROW("qe-identity-other-attributes", QE_IDENTITY, "ATTRIBUTES of the quoting enclave",
        .qe_attributes = "31000000000000000000000000000000"), /* E5 */
    ROW("qe-identity-debug-attributes", QE_IDENTITY, "ATTRIBUTES of the quoting enclave",
        .qe_attributes = "13000000000000000000000000000000"), /* E5 */
    ROW("qe-identity-other-xfrm", QE_IDENTITY, "ATTRIBUTES of the quoting enclave",
        .qe_attributes = "1100000000000000E600000000000000",
        .qe_attributes_mask = "FBFFFFFFFFFFFFFFFF00000000000000"), /* E5 */
    ROW("qe-identity-attributes-beyond-mask", QE_IDENTITY, "ATTRIBUTES of the quoting enclave",
        .qe_attributes = "15000000000000000000000000000000"), /* E5 */
    ROW("qe-identity-other-mrsigner", QE_IDENTITY, "MRSIGNER of the quoting enclave",
        .qe_mr_signer = ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16), /* E6 */
    ROW("qe-identity-other-product", QE_IDENTITY, "ISVPRODID of the quoting enclave is 2, not 1",
        .qe_prod_id = 1), /* E7 */
    ROW("qe-not-supported", TCB_STATUS, "no TCB level fits: NotSupported",
        .miss_qe_svn = true), /* E8 */
    ROW("qe-revoked", TCB_STATUS, "the TCB is Revoked", .qe_status = "Revoked"),

    /* ---- the TDX module ---- */
    ROW("module-identities-missing", TDX_MODULE, "the TCB info has no module TDX_01",
        .no_module_identities = true), /* G1 */
    ROW("module-identity-missing", TDX_MODULE, "the TCB info has no module TDX_01",
        .module_id = "TDX_02"), /* G1 */
    ROW_OF_TD("module-identity-decimal", TDX_MODULE, "the TCB info has no module TDX_1A",
              td_module_26, .module_id = "TDX_26"),
    /* G2: the signer of that identity, not of tdxModule, and the other way round */
    ROW("module-other-mrsigner", TDX_MODULE, "MRSIGNERSEAM of the TDX module",
        .module_mr_signer = "01" ZEROS_94),
    ROW_OF_TD("module-0-other-mrsigner", TDX_MODULE, "MRSIGNERSEAM of the TDX module", td_module_0,
              .tcb_info.edit = {{"\"tdxModule\":{\"mrsigner\":\"00",
                                 "\"tdxModule\":{\"mrsigner\":\"01"}}),
    /* G3 */
    ROW("module-other-attributes", TDX_MODULE, "SEAMATTRIBUTES of the TDX module",
        .module_attributes = "0100000000000000"),
    ROW_OF_TD("module-attribute-set", TDX_MODULE, "SEAMATTRIBUTES of the TDX module",
              td_seam_attribute, 0),
    ROW_OF_TD("module-attribute-beyond-mask", TDX_MODULE, "SEAMATTRIBUTES of the TDX module",
              td_seam_attribute, .module_attributes_mask = "FEFFFFFFFFFFFFFF"),
    ROW_OF_TD("module-0-attribute-set", TDX_MODULE, "SEAMATTRIBUTES of the TDX module",
              td_seam_attribute_of_module_0, 0),
    ROW_OF_TD("module-0-attribute-beyond-mask", TDX_MODULE, "SEAMATTRIBUTES of the TDX module",
              td_seam_attribute_of_module_0,
              .tcb_info.edit = {{"\"FFFFFFFFFFFFFFFF\"", "\"FEFFFFFFFFFFFFFF\""}}),
    ROW("module-not-supported", TCB_STATUS, "no TCB level fits: NotSupported",
        .miss_module_svn = true), /* G4 */
    ROW("module-revoked", TCB_STATUS, "the TCB is Revoked", .module_status = "Revoked"),

    /* ---- the TCB level ---- */
    /* H1 */
    ROW("component-1-missed", TCB_STATUS, "no TCB level fits: NotSupported", .miss_component = 1),
    ROW("component-7-missed", TCB_STATUS, "no TCB level fits: NotSupported", .miss_component = 7),
    ROW("component-16-missed", TCB_STATUS, "no TCB level fits: NotSupported", .miss_component = 16),
    ROW("pce-svn-missed", TCB_STATUS, "no TCB level fits: NotSupported", .miss_pce_svn = true),
    /* H2: the first two are the module's own business, unless it is of version 0 */
    ROW("tdx-component-3-missed", TCB_STATUS, "no TCB level fits: NotSupported",
        .miss_tdx_component = 3),
    ROW("tdx-component-16-missed", TCB_STATUS, "no TCB level fits: NotSupported",
        .miss_tdx_component = 16),
    ROW_OF_TD("module-0-tdx-component-1-missed", TCB_STATUS, "no TCB level fits: NotSupported",
              td_module_0, .miss_tdx_component = 1),
    ROW_OF_TD("module-0-tdx-component-2-missed", TCB_STATUS, "no TCB level fits: NotSupported",
              td_module_0, .miss_tdx_component = 2),
    ROW("platform-revoked", TCB_STATUS, "the TCB is Revoked", .tcb_status = "Revoked"),
    ROW("platform-revoked-shuffled", TCB_STATUS, "the TCB is Revoked", .tcb_status = "Revoked",
        .shuffled = true),
};

#endif
