/* bad_snp.h - SEV-SNP evidence that is format-true but for one flaw, by name; for tests and for the
 * program forge. `e` is the verdict of a verifier that trusts the simulator's ARK. */
#ifndef BAD_SNP_H
#define BAD_SNP_H

#include "flaws.h"
#include "sim_snp.h"
#include "x509.h"

struct bad_snp {
    const char *name;
    const char *product; /* NULL: Milan */
    bool vlek;
    struct rt_sim_snp_knobs chain;
    void (*edit)(struct rt_sim_snp_report *r);
    enum ratls_err e;
    const char *detail; /* part of the text */
};

/* ---- what a report may say wrongly, though its key signed it ---- */

static inline void snp_vlek_bits(struct rt_sim_snp_report *r)
{
    r->key_bits = RT_SIM_SNP_VLEK_BITS;
}
static inline void snp_vcek_bits(struct rt_sim_snp_report *r)
{
    r->key_bits = 0;
}
static inline void snp_other_chip(struct rt_sim_snp_report *r)
{
    r->chip_id[0] ^= 1;
}
static inline void snp_other_chip_end(struct rt_sim_snp_report *r)
{
    r->chip_id[63] ^= 1;
}
static inline void snp_chip_tail(struct rt_sim_snp_report *r)
{
    r->chip_id[8] = 1;
}
static inline void snp_masked_chip(struct rt_sim_snp_report *r)
{
    memset(r->chip_id, 0, sizeof r->chip_id);
}
static inline void snp_genoa_cpuid(struct rt_sim_snp_report *r)
{
    r->cpuid[1] = 0x11;
}
static inline void snp_venice_cpuid(struct rt_sim_snp_report *r)
{
    r->cpuid[0] = 0x1a;
    r->cpuid[1] = 0x50;
}
static inline void snp_unknown_family(struct rt_sim_snp_report *r)
{
    r->cpuid[0] = 0x17;
}
/* All four, so that they do not contradict each other. */
static inline void snp_set_tcb(struct rt_sim_snp_report *r, size_t i, uint8_t value)
{
    r->reported_tcb[i] = r->current_tcb[i] = r->committed_tcb[i] = r->launch_tcb[i] = value;
}
static inline void snp_other_bootloader(struct rt_sim_snp_report *r)
{
    snp_set_tcb(r, 0, 5);
}
static inline void snp_other_tee(struct rt_sim_snp_report *r)
{
    snp_set_tcb(r, 1, 7);
}
static inline void snp_other_snp(struct rt_sim_snp_report *r)
{
    snp_set_tcb(r, 6, 23);
}
static inline void snp_other_microcode(struct rt_sim_snp_report *r)
{
    snp_set_tcb(r, 7, 220);
}
static inline void snp_other_fmc(struct rt_sim_snp_report *r)
{
    snp_set_tcb(r, 0, 2);
}
static inline void snp_reserved_reported(struct rt_sim_snp_report *r)
{
    r->reported_tcb[2] = 1;
}
static inline void snp_reserved_current(struct rt_sim_snp_report *r)
{
    r->current_tcb[5] = 1;
}
static inline void snp_reserved_committed(struct rt_sim_snp_report *r)
{
    r->committed_tcb[3] = 1;
}
static inline void snp_reserved_launch(struct rt_sim_snp_report *r)
{
    r->launch_tcb[4] = 1;
}
/* As one number (the microcode is its highest byte) the current TCB is above: T124. */
static inline void snp_reported_above_current(struct rt_sim_snp_report *r)
{
    r->current_tcb[6]--;
    r->current_tcb[7]++;
    memcpy(r->committed_tcb, r->current_tcb, 8);
}
static inline void snp_committed_above_current(struct rt_sim_snp_report *r)
{
    r->committed_tcb[6]++;
    r->current_tcb[7]++;
}
static inline void snp_committed_build(struct rt_sim_snp_report *r)
{
    r->committed[0]++;
}
static inline void snp_committed_minor(struct rt_sim_snp_report *r)
{
    r->committed[0] = 0;
    r->committed[1]++;
}
static inline void snp_committed_major(struct rt_sim_snp_report *r)
{
    r->committed[0] = r->committed[1] = 0;
    r->committed[2]++;
}
static inline void snp_vmpl_host(struct rt_sim_snp_report *r)
{
    r->vmpl = 0xffffffff;
}
static inline void snp_vmpl_4(struct rt_sim_snp_report *r)
{
    r->vmpl = 4;
}
static inline void snp_version_1(struct rt_sim_snp_report *r)
{
    r->version = 1;
}
static inline void snp_version_6(struct rt_sim_snp_report *r)
{
    r->version = 6;
}
static inline void snp_policy_17(struct rt_sim_snp_report *r)
{
    r->policy &= ~RT_SIM_SNP_ONE;
}
static inline void snp_policy_26(struct rt_sim_snp_report *r)
{
    r->policy |= 1ULL << 26;
}
static inline void snp_policy_63(struct rt_sim_snp_report *r)
{
    r->policy |= 1ULL << 63;
}
static inline void snp_algo_0(struct rt_sim_snp_report *r)
{
    r->signature_algo = 0;
}
static inline void snp_algo_2(struct rt_sim_snp_report *r)
{
    r->signature_algo = 2;
}
static inline void snp_key_none(struct rt_sim_snp_report *r)
{
    r->key_bits = 7U << 2;
}
static inline void snp_key_2(struct rt_sim_snp_report *r)
{
    r->key_bits = 2U << 2;
}
static inline void snp_key_6(struct rt_sim_snp_report *r)
{
    r->key_bits = 6U << 2;
}
static inline void snp_key_bit_5(struct rt_sim_snp_report *r)
{
    r->key_bits |= 1U << 5;
}
static inline void snp_key_bit_31(struct rt_sim_snp_report *r)
{
    r->key_bits |= 1U << 31;
}

#define X16 "xxxxxxxxxxxxxxxx"
#define ZERO_16                                                                                    \
    "\0\0\0\0\0\0\0\0"                                                                             \
    "\0\0\0\0\0\0\0\0"

#define REPORT(name_, edit_, e_, detail_)                                                          \
    {                                                                                              \
        .name = (name_), .edit = (edit_), .e = RATLS_E_##e_, .detail = (detail_)                   \
    }
#define TURIN_REPORT(name_, edit_, e_, detail_)                                                    \
    {                                                                                              \
        .name = (name_), .product = "Turin", .edit = (edit_), .e = RATLS_E_##e_,                   \
        .detail = (detail_)                                                                        \
    }
#define CHAIN(name_, e_, detail_, ...)                                                             \
    {                                                                                              \
        .name = (name_), .chain = {__VA_ARGS__}, .e = RATLS_E_##e_, .detail = (detail_)            \
    }
#define VEK_EXT(name_, detail_, arcs_, ...)                                                        \
    CHAIN(name_, EVIDENCE_CHAIN, detail_, .ext = {{.arcs = (arcs_), .value = __VA_ARGS__}})

static const struct bad_snp bad_snp[] = {
    /* fields of the report */
    REPORT("version-1", snp_version_1, EVIDENCE_VERSION, "version 1"),
    REPORT("version-6", snp_version_6, EVIDENCE_VERSION, "version 6"),
    REPORT("policy-bit-17", snp_policy_17, EVIDENCE_FORMAT, "reserved bits of the policy"),
    REPORT("policy-bit-26", snp_policy_26, EVIDENCE_FORMAT, "reserved bits of the policy"),
    REPORT("policy-bit-63", snp_policy_63, EVIDENCE_FORMAT, "reserved bits of the policy"),
    REPORT("algorithm-0", snp_algo_0, EVIDENCE_FORMAT, "signature algorithm 0"),
    REPORT("algorithm-2", snp_algo_2, EVIDENCE_FORMAT, "signature algorithm 2"),
    REPORT("key-none", snp_key_none, EVIDENCE_SIGNATURE, "not signed"),
    REPORT("key-2", snp_key_2, EVIDENCE_FORMAT, "a reserved signing key"),
    REPORT("key-6", snp_key_6, EVIDENCE_FORMAT, "a reserved signing key"),
    REPORT("key-bit-5", snp_key_bit_5, EVIDENCE_FORMAT, "reserved bits beside the signing key"),
    REPORT("key-bit-31", snp_key_bit_31, EVIDENCE_FORMAT, "reserved bits beside the signing key"),
    REPORT("vmpl-of-the-host", snp_vmpl_host, EVIDENCE_FORMAT, "the host asked for it"),
    REPORT("vmpl-4", snp_vmpl_4, EVIDENCE_FORMAT, "a VMPL above 3"),
    /* T28, T133, T134: the certificate of another key */
    REPORT("vlek-bits", snp_vlek_bits, ENDORSEMENT, "kind of key"),
    {.name = "vcek-bits",
     .vlek = true,
     .edit = snp_vcek_bits,
     .e = RATLS_E_ENDORSEMENT,
     .detail = "kind of key"},
    REPORT("other-chip", snp_other_chip, ENDORSEMENT, "another chip"),
    REPORT("other-chip-at-the-end", snp_other_chip_end, ENDORSEMENT, "another chip"),
    REPORT("masked-chip", snp_masked_chip, ENDORSEMENT, "another chip"),
    TURIN_REPORT("turin-other-chip", snp_other_chip, ENDORSEMENT, "another chip"),
    TURIN_REPORT("turin-chip-tail", snp_chip_tail, ENDORSEMENT, "another chip"),
    TURIN_REPORT("turin-masked-chip", snp_masked_chip, ENDORSEMENT, "another chip"),
    REPORT("genoa-cpuid", snp_genoa_cpuid, ENDORSEMENT, "another generation"),
    REPORT("venice-cpuid", snp_venice_cpuid, EVIDENCE_FORMAT, "family 1ah, model 50h"),
    REPORT("unknown-family", snp_unknown_family, EVIDENCE_FORMAT, "family 17h"),
    REPORT("other-bootloader", snp_other_bootloader, ENDORSEMENT, "another TCB"),
    REPORT("other-tee", snp_other_tee, ENDORSEMENT, "another TCB"),
    REPORT("other-snp", snp_other_snp, ENDORSEMENT, "another TCB"),
    REPORT("other-microcode", snp_other_microcode, ENDORSEMENT, "another TCB"),
    TURIN_REPORT("turin-other-fmc", snp_other_fmc, ENDORSEMENT, "another TCB"),
    /* versions that contradict each other */
    REPORT("reserved-reported", snp_reserved_reported, EVIDENCE_FORMAT, "a reserved part"),
    REPORT("reserved-current", snp_reserved_current, EVIDENCE_FORMAT, "a reserved part"),
    REPORT("reserved-committed", snp_reserved_committed, EVIDENCE_FORMAT, "a reserved part"),
    REPORT("reserved-launch", snp_reserved_launch, EVIDENCE_FORMAT, "a reserved part"),
    TURIN_REPORT("turin-reserved-current", snp_reserved_current, EVIDENCE_FORMAT,
                 "a reserved part"),
    REPORT("reported-above-current", snp_reported_above_current, EVIDENCE_FORMAT,
           "the reported TCB is above"),
    REPORT("committed-above-current", snp_committed_above_current, EVIDENCE_FORMAT,
           "the committed TCB is above"),
    REPORT("committed-build", snp_committed_build, EVIDENCE_FORMAT, "committed firmware"),
    REPORT("committed-minor", snp_committed_minor, EVIDENCE_FORMAT, "committed firmware"),
    REPORT("committed-major", snp_committed_major, EVIDENCE_FORMAT, "committed firmware"),
    /* names */
    CHAIN("vek-name", COLLATERAL_MISSING, "no VCEK", .name[RT_SIM_VEK] = "SEV-VCEX"),
    CHAIN("vek-name-longer", COLLATERAL_MISSING, "no VCEK", .name[RT_SIM_VEK] = "SEV-VCEK2"),
    CHAIN("vek-issuer-name", EVIDENCE_CHAIN, "its issuer is of an unknown generation",
          .wrong_issuer_name[RT_SIM_VEK] = true),
    CHAIN("ask-name", EVIDENCE_CHAIN, "its issuer is of another kind",
          .name[RT_SIM_ASK] = "ASK-Milan"),
    CHAIN("ask-of-vleks", EVIDENCE_CHAIN, "an unknown generation",
          .name[RT_SIM_ASK] = "SEV-VLEK-Milan"),
    CHAIN("ask-of-rome", EVIDENCE_CHAIN, "an unknown generation", .name[RT_SIM_ASK] = "SEV-Rome"),
    CHAIN("ask-of-a-stepping", EVIDENCE_CHAIN, "an unknown generation",
          .name[RT_SIM_ASK] = "SEV-Milan-B0"),
    CHAIN("ask-of-genoa", EVIDENCE_CHAIN, "the productName of another generation",
          .name[RT_SIM_ASK] = "SEV-Genoa"),
    CHAIN("ark-of-genoa", EVIDENCE_CHAIN, "not of the ARK's generation",
          .name[RT_SIM_ARK] = "ARK-Genoa"),
    CHAIN("ark-name", COLLATERAL_MISSING, "ARK", .name[RT_SIM_ARK] = "ARK-Rome"),
    CHAIN("ask-issuer-name", COLLATERAL_MISSING, "ARK", .wrong_issuer_name[RT_SIM_ASK] = true),
    /* signatures */
    CHAIN("vek-by-the-ark", EVIDENCE_CHAIN,
          "VEK certificate:", .wrong_issuer_key[RT_SIM_VEK] = true),
    CHAIN("ask-by-itself", EVIDENCE_CHAIN, "ASK:", .wrong_issuer_key[RT_SIM_ASK] = true),
    CHAIN("ark-by-the-ask", EVIDENCE_CHAIN, "ARK:", .wrong_issuer_key[RT_SIM_ARK] = true),
    CHAIN("vek-by-ecdsa", EVIDENCE_CHAIN, "not signed with RSASSA-PSS", .by_ec[RT_SIM_VEK] = true),
    CHAIN("ask-by-ecdsa", EVIDENCE_CHAIN, "ASK: not signed with RSASSA-PSS",
          .by_ec[RT_SIM_ASK] = true),
    CHAIN("ark-by-ecdsa", EVIDENCE_CHAIN, "ARK: not signed with RSASSA-PSS",
          .by_ec[RT_SIM_ARK] = true),
    /* profile */
    CHAIN("vek-on-p256", EVIDENCE_CHAIN, "not on P-384", .small_key[RT_SIM_VEK] = true),
    CHAIN("small-ask", EVIDENCE_CHAIN, "not RSA-4096", .small_key[RT_SIM_ASK] = true),
    CHAIN("ask-is-no-ca", EVIDENCE_CHAIN, "VEK certificate: an issuer is no CA",
          .flip_ca[RT_SIM_ASK] = true),
    CHAIN("ark-is-no-ca", EVIDENCE_CHAIN, "ARK: an issuer is no CA", .flip_ca[RT_SIM_ARK] = true),
    CHAIN("ask-usage", EVIDENCE_CHAIN, "without keyUsage keyCertSign",
          .usage[RT_SIM_ASK] = RT_KU_CRL_SIGN),
    CHAIN("ark-usage", EVIDENCE_CHAIN, "without keyUsage keyCertSign",
          .usage[RT_SIM_ARK] = RT_KU_CRL_SIGN),
    CHAIN("ark-path-length", EVIDENCE_CHAIN, "path", .zero_path_len = true),
    /* dates */
    CHAIN("vek-expired", EVIDENCE_TIME, "VEK certificate:", .not_before[RT_SIM_VEK] = PAST,
          .not_after[RT_SIM_VEK] = PAST + DAY_S),
    CHAIN("vek-to-come", EVIDENCE_TIME, "VEK certificate:", .not_before[RT_SIM_VEK] = FUTURE,
          .not_after[RT_SIM_VEK] = FUTURE + DAY_S),
    CHAIN("ask-expired", EVIDENCE_TIME, "ASK:", .not_before[RT_SIM_ASK] = PAST,
          .not_after[RT_SIM_ASK] = PAST + DAY_S),
    CHAIN("ask-to-come", EVIDENCE_TIME, "ASK:", .not_before[RT_SIM_ASK] = FUTURE,
          .not_after[RT_SIM_ASK] = FUTURE + DAY_S),
    CHAIN("ark-expired", EVIDENCE_TIME, "ARK:", .not_before[RT_SIM_ARK] = PAST,
          .not_after[RT_SIM_ARK] = PAST + DAY_S),
    CHAIN("ark-to-come", EVIDENCE_TIME, "ARK:", .not_before[RT_SIM_ARK] = FUTURE,
          .not_after[RT_SIM_ARK] = FUTURE + DAY_S),
    /* AMD's extensions; 02 01 xx is an INTEGER, 16 an IA5String */
    VEK_EXT("no-struct-version", "structVersion is missing", "\x01", {NULL, 0}),
    VEK_EXT("struct-version-text", "structVersion is missing or malformed", "\x01",
            TAIL("\x16\x01x")),
    VEK_EXT("struct-version-1", "the structVersion of another generation", "\x01",
            TAIL("\x02\x01\x01")),
    VEK_EXT("no-product-name", "productName is missing", "\x02", {NULL, 0}),
    VEK_EXT("product-name-number", "productName is missing or malformed", "\x02",
            TAIL("\x02\x01\x00")),
    VEK_EXT("product-name-empty", "productName is missing or malformed", "\x02", TAIL("\x16\x00")),
    VEK_EXT("product-name-control", "productName is missing or malformed", "\x02",
            TAIL("\x16\x01\x07")),
    VEK_EXT("product-name-tail", "productName is missing or malformed", "\x02",
            TAIL("\x16\x05Milan\x05\x00")),
    VEK_EXT("product-genoa", "the productName of another generation", "\x02",
            TAIL("\x16\x05Genoa")),
    VEK_EXT("product-milanx", "the productName of another generation", "\x02",
            TAIL("\x16\x06Milanx")),
    VEK_EXT("product-milan-dash", "the productName of another generation", "\x02",
            TAIL("\x16\x06Milan-")),
    VEK_EXT("no-bl-spl", "a part of the TCB is missing", "\x03\x01", {NULL, 0}),
    VEK_EXT("no-tee-spl", "a part of the TCB is missing", "\x03\x02", {NULL, 0}),
    VEK_EXT("no-snp-spl", "a part of the TCB is missing", "\x03\x03", {NULL, 0}),
    VEK_EXT("no-ucode-spl", "a part of the TCB is missing", "\x03\x08", {NULL, 0}),
    VEK_EXT("spl-256", "a part of the TCB is malformed", "\x03\x08", TAIL("\x02\x02\x01\x00")),
    VEK_EXT("spl-negative", "a part of the TCB is malformed", "\x03\x08", TAIL("\x02\x01\xdb")),
    VEK_EXT("spl-tail", "a part of the TCB is malformed", "\x03\x01", TAIL("\x02\x01\x04\x05\x00")),
    VEK_EXT("spl-4", "a part of the TCB that its generation has not", "\x03\x04",
            TAIL("\x02\x01\x01")),
    VEK_EXT("spl-5", "a part of the TCB that its generation has not", "\x03\x05",
            TAIL("\x02\x01\x01")),
    VEK_EXT("spl-6", "a part of the TCB that its generation has not", "\x03\x06",
            TAIL("\x02\x01\x01")),
    VEK_EXT("spl-7", "a part of the TCB that its generation has not", "\x03\x07",
            TAIL("\x02\x01\x01")),
    VEK_EXT("milan-fmc", "a part of the TCB that its generation has not", "\x03\x09",
            TAIL("\x02\x01\x01")),
    VEK_EXT("no-hwid", "a VCEK has a hwID and no cspID", "\x04", {NULL, 0}),
    VEK_EXT("short-hwid", "malformed hwID", "\x04", TAIL("12345678")),
    VEK_EXT("wrapped-short-hwid", "malformed hwID", "\x04",
            TAIL("\x04\x08"
                 "12345678")),
    VEK_EXT("wrapped-hwid-and-tail", "malformed hwID", "\x04",
            TAIL("\x04\x40" X16 X16 X16 X16 "\x05\x00")),
    /* all zero means masked, even where the certificate says the same */
    {.name = "chip-of-zeros",
     .edit = snp_masked_chip,
     .chain = {.ext = {{.arcs = "\x04", .value = TAIL(ZERO_16 ZERO_16 ZERO_16 ZERO_16)}}},
     .e = RATLS_E_ENDORSEMENT,
     .detail = "another chip"},
    VEK_EXT("csp-id-in-a-vcek", "a VCEK has a hwID and no cspID", "\x05", TAIL("\x16\x01x")),
    CHAIN("spl-twice", EVIDENCE_CHAIN, "an extension occurs twice",
          .ext = {{.arcs = "\x03\x01", .value = TAIL("\x02\x01\x04"), .in_addition = true}}),
    CHAIN("hwid-twice", EVIDENCE_CHAIN, "an extension occurs twice",
          .ext = {{.arcs = "\x04", .value = TAIL("\x02\x01\x04"), .in_addition = true}}),
    {.name = "turin-no-fmc",
     .product = "Turin",
     .chain = {.ext = {{.arcs = "\x03\x09", .value = {NULL, 0}}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "a part of the TCB is missing"},
    {.name = "turin-spl-4",
     .product = "Turin",
     .chain = {.ext = {{.arcs = "\x03\x04", .value = TAIL("\x02\x01\x01")}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "its generation has not"},
    {.name = "turin-struct-version-0",
     .product = "Turin",
     .chain = {.ext = {{.arcs = "\x01", .value = TAIL("\x02\x01\x00")}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "the structVersion of another generation"},
    {.name = "vlek-without-csp-id",
     .vlek = true,
     .chain = {.ext = {{.arcs = "\x05", .value = {NULL, 0}}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "a VLEK has a cspID and no hwID"},
    {.name = "vlek-with-hwid",
     .vlek = true,
     .chain = {.ext = {{.arcs = "\x04", .value = TAIL("12345678")}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "a VLEK has a cspID and no hwID"},
    {.name = "vlek-csp-id-number",
     .vlek = true,
     .chain = {.ext = {{.arcs = "\x05", .value = TAIL("\x02\x01\x01")}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "malformed cspID"},
    {.name = "vlek-csp-id-not-ascii",
     .vlek = true,
     .chain = {.ext = {{.arcs = "\x05", .value = TAIL("\x16\x01\x7f")}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "malformed cspID"},
    {.name = "vlek-csp-id-too-long",
     .vlek = true,
     .chain = {.ext = {{.arcs = "\x05",
                        .value = TAIL("\x16\x81\x80" X16 X16 X16 X16 X16 X16 X16 X16)}}},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "malformed cspID"},
    /* T134: the key of the other kind, and its name */
    CHAIN("vcek-by-the-asvk", EVIDENCE_CHAIN, "VEK certificate:", .by_sibling = true),
    {.name = "vlek-by-the-ask",
     .vlek = true,
     .chain = {.by_sibling = true},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "VEK certificate:"},
    {.name = "vlek-by-an-ask",
     .vlek = true,
     .chain = {.name[RT_SIM_ASK] = "SEV-Milan"},
     .e = RATLS_E_EVIDENCE_CHAIN,
     .detail = "its issuer is of another kind"},
};

#endif
