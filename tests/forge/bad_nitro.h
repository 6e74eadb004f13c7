/* bad_nitro.h - documents of Nitro Enclaves that are format-true but for one flaw, by name; for
 * tests and for the program forge. `e` is the verdict of a verifier that trusts the root of the
 * simulated enclave. */
#ifndef BAD_NITRO_H
#define BAD_NITRO_H

#include "flaws.h"
#include "sim_nitro.h"

struct bad_nitro {
    const char *name;
    struct rt_sim_nitro_pki_knobs pki;
    struct rt_sim_nitro_knobs doc;
    bool by_instance; /* signed by the key of the instance's CA */
    enum ratls_err e;
    const char *detail; /* part of the text */
};

/* Byte strings of CBOR. */
#define N15  "nnnnnnnnnnnnnnn"
#define N16  "n" N15
#define N48  N16 N16 N16
#define B31  "\x58\x1f" N16 N15
#define B32  "\x58\x20" N16 N16
#define B47  "\x58\x2f" N16 N16 N15
#define B48  "\x58\x30" N48
#define B49  "\x58\x31" N48 "n"
#define B64  "\x58\x40" N48 N16
#define B65  "\x58\x41" N48 N16 "n"
#define N256 N64 N64 N64 N64
#define N64  N48 N16
/* Longest and one more. */
#define B512  "\x59\x02\x00" N256 N256
#define B513  "\x59\x02\x01" N256 N256 "n"
#define B1024 "\x59\x04\x00" N256 N256 N256 N256
#define B1025 "\x59\x04\x01" N256 N256 N256 N256 "n"
/* Others. */
#define B0      "\x40"
#define T0      "\x60"
#define TEXT    "\x65hello"
#define SEVEN   "\x07"
#define MINUS   "\x26"
#define ZERO    "\x00"
#define FALSE_  "\xf4"
#define UNDEF   "\xf7"
#define PCR_012 "\x00" B48 "\x01" B48 "\x02" B48
#define ABSENT                                                                                     \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

#define BAD(name_, e_, detail_, ...)                                                               \
    {                                                                                              \
        .name = (name_), .e = RATLS_E_##e_, .detail = (detail_), __VA_ARGS__                       \
    }
/* A field with another value. */
#define FIELD(name_, field_, detail_, ...)                                                         \
    BAD(name_, EVIDENCE_FORMAT, field_ detail_,                                                    \
        .doc.edit = {{.field = (field_), .value = __VA_ARGS__}})
#define MISSING(field_) FIELD(field_ "-missing", field_, " is missing", ABSENT)
#define TYPE(name_, field_, ...)                                                                   \
    FIELD(name_, field_, " has another type or size", TAIL(__VA_ARGS__))
#define EXTRA(name_, field_, detail_)                                                              \
    BAD(name_, EVIDENCE_FORMAT, detail_,                                                           \
        .doc.edit = {{.field = (field_), .value = TAIL(B32), .in_addition = true}})
#define CHAIN(name_, detail_, ...) BAD(name_, EVIDENCE_CHAIN, detail_, .pki = {__VA_ARGS__})
#define DATES(name_, ...)          BAD(name_, EVIDENCE_TIME, "the certificate", .pki = {__VA_ARGS__})

static const struct bad_nitro bad_nitro[] = {
    /* fields */
    MISSING("module_id"),
    TYPE("module-bytes", "module_id", B32),
    TYPE("module-empty", "module_id", T0),
    TYPE("module-256", "module_id", "\x79\x01\x00" N256),
    TYPE("module-control", "module_id", "\x62\x07x"),
    TYPE("module-utf-8", "module_id", "\x62\xc3\xa9"),
    MISSING("digest"),
    TYPE("digest-bytes", "digest", B32),
    BAD("digest-sha512", EVIDENCE_ALGORITHM, "not SHA384",
        .doc.edit = {{.field = "digest", .value = TAIL("\x66SHA512")}}),
    BAD("digest-longer", EVIDENCE_ALGORITHM, "not SHA384",
        .doc.edit = {{.field = "digest", .value = TAIL("\x67SHA384 ")}}),
    MISSING("timestamp"),
    TYPE("timestamp-text", "timestamp", TEXT),
    TYPE("timestamp-negative", "timestamp", MINUS),
    TYPE("timestamp-zero", "timestamp", ZERO),
    MISSING("pcrs"),
    TYPE("pcrs-array", "pcrs", "\x81" B48),
    TYPE("pcrs-none", "pcrs", "\xa0"),
    TYPE("pcrs-0-missing", "pcrs", "\xa2\x01" B48 "\x02" B48),
    TYPE("pcrs-1-missing", "pcrs", "\xa2\x00" B48 "\x02" B48),
    TYPE("pcrs-2-missing", "pcrs", "\xa2\x00" B48 "\x01" B48),
    TYPE("pcrs-32", "pcrs", "\xa4" PCR_012 "\x18\x20" B48),
    TYPE("pcrs-minus-1", "pcrs", "\xa4" PCR_012 "\x20" B48),
    TYPE("pcrs-text-key", "pcrs", "\xa4" PCR_012 TEXT B48),
    TYPE("pcrs-text", "pcrs", "\xa4" PCR_012 "\x03" TEXT),
    TYPE("pcrs-null", "pcrs", "\xa4" PCR_012 "\x03\xf6"),
    TYPE("pcrs-empty", "pcrs", "\xa4" PCR_012 "\x03" B0),
    TYPE("pcrs-31-bytes", "pcrs", "\xa4" PCR_012 "\x03" B31),
    TYPE("pcrs-47-bytes", "pcrs", "\xa4" PCR_012 "\x03" B47),
    TYPE("pcrs-49-bytes", "pcrs", "\xa4" PCR_012 "\x03" B49),
    TYPE("pcrs-65-bytes", "pcrs", "\xa4" PCR_012 "\x03" B65),
    BAD("pcrs-twice", EVIDENCE_FORMAT, "has already",
        .doc.edit = {{.field = "pcrs", .value = TAIL("\xa4" PCR_012 "\x02" B48)}}),
    MISSING("certificate"),
    TYPE("certificate-text", "certificate", TEXT),
    TYPE("certificate-empty", "certificate", B0),
    TYPE("certificate-1025", "certificate", B1025),
    MISSING("cabundle"),
    TYPE("cabundle-bytes", "cabundle", B32),
    TYPE("cabundle-none", "cabundle", "\x80"),
    TYPE("cabundle-nine", "cabundle", "\x89" B32 B32 B32 B32 B32 B32 B32 B32 B32),
    TYPE("cabundle-text", "cabundle", "\x81" TEXT),
    TYPE("cabundle-empty", "cabundle", "\x81" B0),
    TYPE("cabundle-1025", "cabundle", "\x81" B1025),
    TYPE("public-key-text", "public_key", TEXT),
    TYPE("public-key-false", "public_key", FALSE_),
    TYPE("public-key-1025", "public_key", B1025),
    TYPE("user-data-text", "user_data", TEXT),
    TYPE("user-data-false", "user_data", FALSE_),
    TYPE("user-data-undefined", "user_data", UNDEF),
    TYPE("user-data-513", "user_data", B513),
    TYPE("nonce-text", "nonce", TEXT),
    TYPE("nonce-number", "nonce", SEVEN),
    TYPE("nonce-513", "nonce", B513),
    EXTRA("unknown-field", "user-data", "an unknown field"),
    EXTRA("field-twice", "nonce", "has already"),
    BAD("user-data-65", EVIDENCE_PROFILE, "65 bytes of user_data",
        .doc.edit = {{.field = "user_data", .value = TAIL(B65)}}),
    BAD("user-data-512", EVIDENCE_PROFILE, "512 bytes of user_data",
        .doc.edit = {{.field = "user_data", .value = TAIL(B512)}}),
    /* signature */
    BAD("es256", EVIDENCE_ALGORITHM, "COSE algorithm -7, not ES384", .doc.alg = -7),
    BAD("ps384", EVIDENCE_ALGORITHM, "COSE algorithm -38, not ES384", .doc.alg = -38),
    BAD("another-key", EVIDENCE_SIGNATURE, "COSE signature", .by_instance = true),
    /* certificates */
    BAD("certificate-junk", EVIDENCE_CHAIN, "the enclave's certificate",
        .doc.edit = {{.field = "certificate", .value = TAIL(B1024)}}),
    BAD("ca-junk", EVIDENCE_CHAIN, "a CA of the bundle",
        .doc.edit = {{.field = "cabundle", .value = TAIL("\x81" B1024)}}),
    BAD("bundle-reversed", EVIDENCE_ROOT, "begins with no trusted root", .doc.reversed = true),
    BAD("bundle-cut", EVIDENCE_CHAIN, "another name", .doc.without_region = true),
    CHAIN("enclave-ca", "is a CA's", .flip_ca[RT_SIM_NITRO_ENCLAVE] = true),
    CHAIN("enclave-agrees", "without digitalSignature", .enclave_may_agree = true),
    CHAIN("enclave-usage", "without digitalSignature", .enclave_usage_missing = true),
    CHAIN("enclave-signature", "the enclave's certificate",
          .wrong_issuer_key[RT_SIM_NITRO_ENCLAVE] = true),
    CHAIN("instance-signature", "a CA of the bundle",
          .wrong_issuer_key[RT_SIM_NITRO_INSTANCE] = true),
    CHAIN("region-signature", "a CA of the bundle", .wrong_issuer_key[RT_SIM_NITRO_REGION] = true),
    CHAIN("root-signature", "a CA of the bundle", .wrong_issuer_key[RT_SIM_NITRO_ROOT] = true),
    CHAIN("enclave-name", "another name", .wrong_issuer_name[RT_SIM_NITRO_ENCLAVE] = true),
    CHAIN("instance-name", "another name", .wrong_issuer_name[RT_SIM_NITRO_INSTANCE] = true),
    CHAIN("region-name", "another name", .wrong_issuer_name[RT_SIM_NITRO_REGION] = true),
    CHAIN("instance-no-ca", "is no CA", .flip_ca[RT_SIM_NITRO_INSTANCE] = true),
    CHAIN("region-no-ca", "is no CA", .flip_ca[RT_SIM_NITRO_REGION] = true),
    CHAIN("root-no-ca", "is no CA", .flip_ca[RT_SIM_NITRO_ROOT] = true),
    CHAIN("instance-usage", "without keyUsage keyCertSign",
          .ca_usage[RT_SIM_NITRO_INSTANCE] = RT_KU_CRL_SIGN),
    CHAIN("region-usage", "without keyUsage keyCertSign",
          .ca_usage[RT_SIM_NITRO_REGION] = RT_KU_CRL_SIGN),
    CHAIN("root-usage", "without keyUsage keyCertSign",
          .ca_usage[RT_SIM_NITRO_ROOT] = RT_KU_CRL_SIGN),
    CHAIN("region-path", "too long", .short_path = true),
    CHAIN("instance-constrained", "nameConstraints", .name_constraints = true),
    DATES("enclave-over", .not_before[RT_SIM_NITRO_ENCLAVE] = PAST,
          .not_after[RT_SIM_NITRO_ENCLAVE] = PAST + 3 * 3600),
    DATES("enclave-not-yet", .not_before[RT_SIM_NITRO_ENCLAVE] = FUTURE,
          .not_after[RT_SIM_NITRO_ENCLAVE] = FUTURE + 3 * 3600),
    DATES("instance-over", .not_after[RT_SIM_NITRO_INSTANCE] = PAST),
    DATES("instance-not-yet", .not_before[RT_SIM_NITRO_INSTANCE] = FUTURE),
    DATES("region-over", .not_after[RT_SIM_NITRO_REGION] = PAST),
    DATES("region-not-yet", .not_before[RT_SIM_NITRO_REGION] = FUTURE),
    DATES("root-over", .not_after[RT_SIM_NITRO_ROOT] = PAST),
    DATES("root-not-yet", .not_before[RT_SIM_NITRO_ROOT] = FUTURE),
    BAD("timestamp-past", EVIDENCE_TIME, "outside of its certificate's dates",
        .doc.timestamp_s = PAST),
    BAD("timestamp-future", EVIDENCE_TIME, "outside of its certificate's dates",
        .doc.timestamp_s = FUTURE),
};

#endif
