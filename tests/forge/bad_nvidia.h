/* bad_nvidia.h - reports of devices of NVIDIA that are format-true but for one flaw, by name; for
 * tests and for the program forge. `e` is the verdict of a verifier that trusts the root of the
 * simulated device. */
#ifndef BAD_NVIDIA_H
#define BAD_NVIDIA_H

#include "flaws.h"
#include "sim_nvidia.h"

struct bad_nvidia {
    const char *name;
    enum rt_sim_nvidia_arch arch;
    struct rt_sim_nvidia_pki_knobs pki;
    struct rt_sim_nvidia_knobs report;
    enum ratls_err e;
    const char *detail; /* part of the text */
};

#define BAD(name_, e_, detail_, ...)                                                               \
    {                                                                                              \
        .name = (name_), .e = RATLS_E_##e_, .detail = (detail_), __VA_ARGS__                       \
    }
/* A byte of request or response with another value. */
#define BYTE(name_, e_, detail_, at_, value_)                                                      \
    BAD(name_, e_, detail_, .report.patch = {{(at_), (value_)}})
/* A field of opaque data with another value. */
#define FIELD(name_, type_, detail_, ...)                                                          \
    BAD(name_, EVIDENCE_FORMAT, detail_, .report.edit = {{.type = (type_), .value = __VA_ARGS__}})
#define CHAIN(name_, e_, detail_, ...) BAD(name_, e_, detail_, .pki = {__VA_ARGS__})
#define ABSENT                                                                                     \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

/* Offsets: the request has 37 bytes; blocks of 55 begin at 45. */
enum {
    BAD_REQUEST_CODE = 1,
    BAD_REQUEST_PARAM1,
    BAD_REQUEST_PARAM2,
    BAD_REQUEST_SLOT = 36,
    BAD_RESPONSE = 37,
    BAD_RESPONSE_CODE,
    BAD_RESPONSE_SLOT = 40,
    BAD_BLOCKS,
    BAD_RECORD_LEN,
    BAD_BLOCK_INDEX = 45,
    BAD_BLOCK_SPEC,
    BAD_BLOCK_SIZE,
    BAD_BLOCK_TYPE = 49,
    BAD_BLOCK_VALUE_SIZE,
    BAD_OPAQUE_LEN = 45 + 64 * 55 + 32,
};

#define FORTY_EIGHT "0123456789abcdef0123456789abcdef0123456789abcdef"
#define DER_2021    1609459200

static const struct bad_nvidia bad_nvidia[] = {
    /* the report */
    BYTE("response-version", EVIDENCE_PROFILE, "SPDM version 0x12", BAD_RESPONSE, 0x12),
    BYTE("request-code", EVIDENCE_FORMAT, "no GET_MEASUREMENTS", BAD_REQUEST_CODE, 0xe1),
    BYTE("unsigned-request", EVIDENCE_FORMAT, "no signature was requested", BAD_REQUEST_PARAM1, 0),
    BYTE("some-measurements", EVIDENCE_FORMAT, "not all measurements", BAD_REQUEST_PARAM2, 0xfe),
    BYTE("request-slot", EVIDENCE_FORMAT, "another slot", BAD_REQUEST_SLOT, 1),
    BYTE("response-code", EVIDENCE_FORMAT, "no MEASUREMENTS", BAD_RESPONSE_CODE, 0x7f),
    BYTE("response-slot", EVIDENCE_FORMAT, "another slot", BAD_RESPONSE_SLOT, 1),
    BYTE("no-blocks", EVIDENCE_FORMAT, "number or length", BAD_BLOCKS, 0),
    BYTE("too-many-blocks", EVIDENCE_FORMAT, "number or length", BAD_BLOCKS, 128),
    BYTE("a-block-more", EVIDENCE_FORMAT, "another form", BAD_BLOCKS, 65),
    BYTE("a-block-less", EVIDENCE_FORMAT, "bytes behind its measurements", BAD_BLOCKS, 63),
    BYTE("record-too-long", EVIDENCE_FORMAT, "bytes behind its measurements", BAD_RECORD_LEN, 0xc1),
    BYTE("record-too-short", EVIDENCE_FORMAT, "another form", BAD_RECORD_LEN, 0xbf),
    BYTE("record-beyond", EVIDENCE_FORMAT, "number or length", BAD_RECORD_LEN + 2, 1),
    BYTE("index-zero", EVIDENCE_FORMAT, "index twice", BAD_BLOCK_INDEX, 0),
    BYTE("index-twice", EVIDENCE_FORMAT, "index twice", BAD_BLOCK_INDEX, 2),
    BYTE("index-beyond", EVIDENCE_FORMAT, "index twice", BAD_BLOCK_INDEX, 65),
    BYTE("block-spec", EVIDENCE_FORMAT, "another form", BAD_BLOCK_SPEC, 2),
    BYTE("block-size", EVIDENCE_FORMAT, "another form", BAD_BLOCK_SIZE, 52),
    BYTE("block-type", EVIDENCE_FORMAT, "another form", BAD_BLOCK_TYPE, 0x81),
    BYTE("block-value-size", EVIDENCE_FORMAT, "another form", BAD_BLOCK_VALUE_SIZE, 32),
    BYTE("opaque-beyond", EVIDENCE_FORMAT, "opaque data are cut off", BAD_OPAQUE_LEN + 1, 0x40),
    BYTE("opaque-cut", EVIDENCE_FORMAT, "end within a field", BAD_OPAQUE_LEN, 0x55),
    BAD("behind-the-signature", EVIDENCE_FORMAT, "bytes behind it", .report.trailing = 9),
    BAD("wrong-key", EVIDENCE_SIGNATURE, "not signed by the key", .report.wrong_key = true),
    /* opaque data */
    FIELD("driver-missing", 3, "is missing", ABSENT),
    FIELD("vbios-missing", 6, "is missing", ABSENT),
    FIELD("fwid-missing", 20, "is missing", ABSENT),
    BAD("switch-vbios-missing", EVIDENCE_FORMAT, "is missing", .arch = RT_SIM_NVIDIA_LS10,
        .report.edit = {{.type = 6, .value = ABSENT}}),
    BAD("field-twice", EVIDENCE_FORMAT, "is there twice",
        .report.edit = {{.type = 14, .value = TAIL("four"), .in_addition = true}}),
    FIELD("driver-no-text", 3, "a version has another form", TAIL("\x01")),
    FIELD("driver-goes-on", 3, "a version has another form",
          TAIL("5\0"
               "9")),
    FIELD("driver-long", 3, "33 bytes", TAIL("0123456789abcdef0123456789abcdef0")),
    FIELD("driver-empty", 3, "0 bytes", {(const uint8_t *)"", 0}),
    FIELD("vbios-short", 6, "a version has another form", TAIL("1234567")),
    BAD("switch-vbios-no-text", EVIDENCE_FORMAT, "a version has another form",
        .arch = RT_SIM_NVIDIA_LS10, .report.edit = {{.type = 6, .value = TAIL("96\x80")}}),
    FIELD("fwid-long", 20, "49 bytes", TAIL(FORTY_EIGHT "0")),
    FIELD("fwid-short", 20, "47 bytes", {(const uint8_t *)FORTY_EIGHT, 47}),
    FIELD("board-long", 14, "5 bytes", TAIL("12345")),
    FIELD("nvdec0-long", 11, "2 bytes", TAIL("12")),
    FIELD("pcie-long", 21, "2 bytes", TAIL("12")),
    FIELD("feature-short", 36, "1 bytes", TAIL("1")),
    FIELD("counts-odd", 12, "7 bytes", TAIL("1234567")),
    BAD("own-pdi-odd", EVIDENCE_FORMAT, "9 bytes", .arch = RT_SIM_NVIDIA_LS10,
        .report.edit = {{.type = 22, .value = TAIL("123456789")}}),
    BAD("gpu-pdis-odd", EVIDENCE_FORMAT, "9 bytes", .arch = RT_SIM_NVIDIA_LS10,
        .report.edit = {{.type = 26, .value = TAIL("123456789")}}),
    BAD("fwid-other", EVIDENCE_CHAIN, "of other firmware",
        .report.edit = {{.type = 20, .value = TAIL(FORTY_EIGHT)}}),
    /* the device's certificate */
    CHAIN("id-missing", EVIDENCE_CHAIN, "names no device", .leaf_id = ""),
    CHAIN("id-of-another-type", EVIDENCE_CHAIN, "names no device", .leaf_id_of_another_type = true),
    CHAIN("id-of-two", EVIDENCE_CHAIN, "names no device", .leaf_id = "NVIDIA:GH100"),
    CHAIN("id-of-four", EVIDENCE_CHAIN, "names no device", .leaf_id = "NVIDIA:GH100:00:11"),
    CHAIN("id-no-serial", EVIDENCE_CHAIN, "names no device", .leaf_id = "NVIDIA:GH100:"),
    CHAIN("id-of-others", EVIDENCE_CHAIN, "names no device", .leaf_id = "AMD:GH100:0011"),
    CHAIN("id-with-space", EVIDENCE_CHAIN, "names no device", .leaf_id = "NVIDIA:GH100:00 11"),
    CHAIN("id-with-delete", EVIDENCE_CHAIN, "names no device", .leaf_id = "NVIDIA:GH100:00\x7f"),
    CHAIN("id-too-long", EVIDENCE_CHAIN, "names no device",
          .leaf_id = "NVIDIA:GH100:" FORTY_EIGHT "0011"),
    CHAIN("id-unknown", EVIDENCE_PROFILE, "not known: NVIDIA:AD102:0011",
          .leaf_id = "NVIDIA:AD102:0011", .leaf_name = "AD102 A01 GSP FMC LF"),
    CHAIN("name-of-another-kind", EVIDENCE_CHAIN, "another kind of device",
          .leaf_name = "GB100 A01 GSP FMC LF"),
    CHAIN("firmware-unnamed", EVIDENCE_CHAIN, "names no firmware", .leaf_fwid_missing = true),
    CHAIN("firmware-by-sha256", EVIDENCE_CHAIN, "names no firmware", .leaf_fwid_sha256 = true),
    CHAIN("firmware-other", EVIDENCE_CHAIN, "of other firmware", .leaf_fwid_wrong = true),
    CHAIN("leaf-is-ca", EVIDENCE_CHAIN, "is a CA's", .leaf_is_ca = true),
    CHAIN("leaf-may-agree", EVIDENCE_CHAIN, "without digitalSignature", .leaf_may_agree = true),
    CHAIN("leaf-no-usage", EVIDENCE_CHAIN, "without digitalSignature", .leaf_usage_missing = true),
    /* the chain */
    CHAIN("leaf-forged", EVIDENCE_CHAIN, "signature",
          .wrong_issuer_key = {[RT_SIM_NVIDIA_LEAF] = true}),
    CHAIN("brom-forged", EVIDENCE_CHAIN, "signature",
          .wrong_issuer_key = {[RT_SIM_NVIDIA_BROM] = true}),
    CHAIN("provisioner-forged", EVIDENCE_CHAIN, "signature",
          .wrong_issuer_key = {[RT_SIM_NVIDIA_PROVISIONER] = true}),
    CHAIN("identity-forged", EVIDENCE_CHAIN, "signature",
          .wrong_issuer_key = {[RT_SIM_NVIDIA_IDENTITY] = true}),
    CHAIN("root-forged", EVIDENCE_CHAIN,
          "root: ", .wrong_issuer_key = {[RT_SIM_NVIDIA_ROOT] = true}),
    CHAIN("brom-of-itself", EVIDENCE_ROOT, "no trusted root",
          .wrong_issuer_name = {[RT_SIM_NVIDIA_BROM] = true}),
    CHAIN("leaf-of-itself", EVIDENCE_ROOT, "no trusted root",
          .wrong_issuer_name = {[RT_SIM_NVIDIA_LEAF] = true}),
    CHAIN("brom-no-ca", EVIDENCE_CHAIN, "CA", .no_ca = {[RT_SIM_NVIDIA_BROM] = true}),
    CHAIN("provisioner-no-ca", EVIDENCE_CHAIN, "CA", .no_ca = {[RT_SIM_NVIDIA_PROVISIONER] = true}),
    CHAIN("identity-no-ca", EVIDENCE_CHAIN, "CA", .no_ca = {[RT_SIM_NVIDIA_IDENTITY] = true}),
    CHAIN("root-no-ca", EVIDENCE_CHAIN, "CA", .no_ca = {[RT_SIM_NVIDIA_ROOT] = true}),
    CHAIN("brom-may-not-sign", EVIDENCE_CHAIN, "keyCertSign",
          .ca_usage = {[RT_SIM_NVIDIA_BROM] = RT_KU_CRL_SIGN}),
    CHAIN("path-too-short", EVIDENCE_CHAIN, "path", .short_path = true),
    CHAIN("leaf-expired", EVIDENCE_TIME, "the device's certificate",
          .not_after = {[RT_SIM_NVIDIA_LEAF] = DER_2021}),
    CHAIN("leaf-not-yet", EVIDENCE_TIME, "the device's certificate",
          .not_before = {[RT_SIM_NVIDIA_LEAF] = INT64_C(32503680000)}),
    CHAIN("provisioner-expired", EVIDENCE_TIME, "a CA above",
          .not_after = {[RT_SIM_NVIDIA_PROVISIONER] = DER_2021}),
    CHAIN("root-expired", EVIDENCE_TIME, "a CA above",
          .not_after = {[RT_SIM_NVIDIA_ROOT] = DER_2021}),
};

#undef BAD
#undef BYTE
#undef FIELD
#undef CHAIN
#undef ABSENT

#endif
