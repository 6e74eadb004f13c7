/* bad_cca.h - CCA tokens that are format-true but for one flaw, by name; for tests and for the
 * program forge. `e` is the verdict of a verifier that trusts the CPAK of the simulated platform.
 */
#ifndef BAD_CCA_H
#define BAD_CCA_H

#include "flaws.h"
#include "sim_cca.h"

struct bad_cca {
    const char *name;
    enum rt_sim_cca_profile profile;
    struct rt_sim_cca_knobs knobs;
    bool by_rak;  /* the platform token */
    bool by_cpak; /* the realm token */
    enum ratls_err e;
    const char *detail; /* part of the text */
};

/* Byte strings of CBOR; B32 is not empty and of 32 bytes. */
#define A15 "aaaaaaaaaaaaaaa"
#define A16 "a" A15
#define A32 A16 A16
#define A48 A32 A16
#define B0  "\x40"
#define B31 "\x58\x1f" A16 A15
#define B32 "\x58\x20" A32
#define B33 "\x58\x21" A32 "a"
#define B34 "\x58\x22" A32 "aa"
#define B47 "\x58\x2f" A32 A15
#define B48 "\x58\x30" A48
#define B49 "\x58\x31" A48 "a"
#define B63 "\x58\x3f" A48 A15
#define B64 "\x58\x40" A48 A16
#define B65 "\x58\x41" A48 A16 "a"
/* Others. */
#define SEVEN       "\x07"
#define MINUS_SEVEN "\x26"
#define T0          "\x60"
#define TEXT        "\x65hello"
#define NUL_TEXT    "\x68sha-256\0"
#define BEL_TEXT    "\x62\x07x"
#define UTF8_TEXT   "\x62\xc3\xa9"
#define SHA1        "\x65sha-1"
#define SHA256      "\x67sha-256"
#define SHA384      "\x67sha-384"
#define PLATFORM_1  "\x78\x23tag:arm.com,2023:cca_platform#1.0.0"
#define REALM_1     "\x78\x1ctag:arm.com,2023:realm#1.0.0"
#define REALM_2     "\x78\x1ctag:arm.com,2024:realm#2.0.0"
#define LEGACY      "\x78\x1chttp://arm.com/CCA-SSD/1.0.0"
#define PSA         "\x78\x24tag:psacertified.org,2023:psa#tfm-v1"
/* Software components. */
#define COMPONENT    "\xa2\x02" B32 "\x05" B32
#define COMPONENT_8  COMPONENT COMPONENT COMPONENT COMPONENT COMPONENT COMPONENT COMPONENT COMPONENT
#define COMPONENT_32 COMPONENT_8 COMPONENT_8 COMPONENT_8 COMPONENT_8
/* Members of a COSE_Key. */
#define EC2 "\x01\x02"
#define CRV "\x20\x02"
#define X_A "\x21" B48
#define Y_A "\x22" B48
#define ABSENT                                                                                     \
    {                                                                                              \
        NULL, 0                                                                                    \
    }

#define BAD(name_, e_, detail_, ...)                                                               \
    {                                                                                              \
        .name = (name_), .e = RATLS_E_##e_, .detail = (detail_), __VA_ARGS__                       \
    }
#define MODERN .profile = RT_SIM_CCA_REALM2
#define OLD    .profile = RT_SIM_CCA_LEGACY
/* A claim of the platform, or of the realm, with another value. */
#define PLATFORM(name_, key_, e_, detail_, ...)                                                    \
    BAD(name_, e_, detail_, MODERN, .knobs.platform = {{.key = (key_), .value = __VA_ARGS__}})
#define REALM(name_, key_, e_, detail_, ...)                                                       \
    BAD(name_, e_, detail_, MODERN, .knobs.realm = {{.key = (key_), .value = __VA_ARGS__}})
#define RAK(name_, detail_, ...)                                                                   \
    BAD(name_, EVIDENCE_FORMAT, detail_, MODERN, .knobs.rak = __VA_ARGS__)
#define OLD_RAK(name_, detail_, ...)                                                               \
    BAD(name_, EVIDENCE_FORMAT, detail_, OLD, .knobs.rak = __VA_ARGS__)

static const struct bad_cca bad_cca[] = {
    /* platform: claims that are missing, of another type, of another length */
    PLATFORM("profile-missing", 265, EVIDENCE_FORMAT, "platform token: claim 265 is missing",
             ABSENT),
    PLATFORM("profile-number", 265, EVIDENCE_FORMAT, "claim 265 is of another type", TAIL(SEVEN)),
    PLATFORM("profile-bytes", 265, EVIDENCE_FORMAT, "claim 265 is of another type", TAIL(B32)),
    PLATFORM("profile-control", 265, EVIDENCE_FORMAT, "claim 265 is not printable", TAIL(BEL_TEXT)),
    PLATFORM("challenge-missing", 10, EVIDENCE_FORMAT, "platform token: claim 10 is missing",
             ABSENT),
    PLATFORM("challenge-text", 10, EVIDENCE_FORMAT, "claim 10 is of another type", TAIL(TEXT)),
    PLATFORM("challenge-array", 10, EVIDENCE_FORMAT, "claim 10 is of another type",
             TAIL("\x82" B32 B32)),
    PLATFORM("challenge-empty", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B0)),
    PLATFORM("challenge-31", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B31)),
    PLATFORM("challenge-33", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B33)),
    PLATFORM("challenge-65", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B65)),
    PLATFORM("implementation-missing", 2396, EVIDENCE_FORMAT, "claim 2396 is missing", ABSENT),
    PLATFORM("implementation-text", 2396, EVIDENCE_FORMAT, "claim 2396 is of another type",
             TAIL(TEXT)),
    PLATFORM("implementation-31", 2396, EVIDENCE_FORMAT, "claim 2396 has a wrong length",
             TAIL(B31)),
    PLATFORM("implementation-33", 2396, EVIDENCE_FORMAT, "claim 2396 has a wrong length",
             TAIL(B33)),
    PLATFORM("instance-missing", 256, EVIDENCE_FORMAT, "platform token: claim 256 is missing",
             ABSENT),
    PLATFORM("instance-text", 256, EVIDENCE_FORMAT, "claim 256 is of another type", TAIL(TEXT)),
    PLATFORM("instance-32", 256, EVIDENCE_FORMAT, "claim 256 has a wrong length", TAIL(B32)),
    PLATFORM("instance-34", 256, EVIDENCE_FORMAT, "claim 256 has a wrong length", TAIL(B34)),
    PLATFORM("instance-type", 256, EVIDENCE_FORMAT, "claim 256 is no random UEID", TAIL(B33)),
    PLATFORM("config-missing", 2401, EVIDENCE_FORMAT, "claim 2401 is missing", ABSENT),
    PLATFORM("config-text", 2401, EVIDENCE_FORMAT, "claim 2401 is of another type", TAIL(TEXT)),
    PLATFORM("config-empty", 2401, EVIDENCE_FORMAT, "claim 2401 has a wrong length", TAIL(B0)),
    PLATFORM("lifecycle-missing", 2395, EVIDENCE_FORMAT, "claim 2395 is missing", ABSENT),
    PLATFORM("lifecycle-text", 2395, EVIDENCE_FORMAT, "claim 2395 is of another type", TAIL(TEXT)),
    PLATFORM("lifecycle-negative", 2395, EVIDENCE_FORMAT, "claim 2395 is of another type",
             TAIL(MINUS_SEVEN)),
    PLATFORM("lifecycle-13000", 2395, EVIDENCE_FORMAT, "claim 2395 is too large",
             TAIL("\x1a\x00\x01\x30\x00")),
    PLATFORM("lifecycle-0100", 2395, EVIDENCE_FORMAT, "claim 2395 has no meaning",
             TAIL("\x19\x01\x00")),
    PLATFORM("lifecycle-2fff", 2395, EVIDENCE_FORMAT, "claim 2395 has no meaning",
             TAIL("\x19\x2f\xff")),
    PLATFORM("lifecycle-3100", 2395, EVIDENCE_FORMAT, "claim 2395 has no meaning",
             TAIL("\x19\x31\x00")),
    PLATFORM("lifecycle-7000", 2395, EVIDENCE_FORMAT, "claim 2395 has no meaning",
             TAIL("\x19\x70\x00")),
    PLATFORM("hash-missing", 2402, EVIDENCE_FORMAT, "claim 2402 is missing", ABSENT),
    PLATFORM("hash-number", 2402, EVIDENCE_FORMAT, "claim 2402 is of another type", TAIL(SEVEN)),
    PLATFORM("hash-empty", 2402, EVIDENCE_ALGORITHM, "claim 2402 names an unknown hash", TAIL(T0)),
    PLATFORM("hash-sha-1", 2402, EVIDENCE_ALGORITHM, "claim 2402 names an unknown hash",
             TAIL(SHA1)),
    PLATFORM("hash-padded", 2402, EVIDENCE_FORMAT, "claim 2402 is not printable", TAIL(NUL_TEXT)),
    PLATFORM("service-number", 2400, EVIDENCE_FORMAT, "claim 2400 is of another type", TAIL(SEVEN),
             .in_addition = true),
    PLATFORM("service-control", 2400, EVIDENCE_FORMAT, "claim 2400 is not printable",
             TAIL(BEL_TEXT), .in_addition = true),
    PLATFORM("service-utf-8", 2400, EVIDENCE_FORMAT, "claim 2400 is not printable", TAIL(UTF8_TEXT),
             .in_addition = true),
    PLATFORM("profile-twice", 265, EVIDENCE_FORMAT, "platform token: its payload", TAIL(PLATFORM_1),
             .in_addition = true),
    PLATFORM("lifecycle-twice", 2395, EVIDENCE_FORMAT, "platform token: its payload",
             TAIL("\x19\x30\x00"), .in_addition = true),
    /* platform: software components */
    PLATFORM("components-missing", 2399, EVIDENCE_FORMAT, "claim 2399 is missing", ABSENT),
    PLATFORM("components-map", 2399, EVIDENCE_FORMAT, "claim 2399 is of another type",
             TAIL(COMPONENT)),
    PLATFORM("components-none", 2399, EVIDENCE_FORMAT, "claim 2399 has a wrong number of items",
             TAIL("\x80")),
    PLATFORM("components-33", 2399, EVIDENCE_FORMAT, "claim 2399 has a wrong number of items",
             TAIL("\x98\x21" COMPONENT_32 COMPONENT)),
    PLATFORM("component-number", 2399, EVIDENCE_FORMAT, "claim 2399 holds something that is no map",
             TAIL("\x82" COMPONENT SEVEN)),
    PLATFORM("component-bare", 2399, EVIDENCE_FORMAT, "claim 2399 holds something that is no map",
             TAIL("\x81" B32)),
    PLATFORM("measurement-missing", 2399, EVIDENCE_FORMAT, "claim 2 is missing",
             TAIL("\x81\xa1\x05" B32)),
    PLATFORM("measurement-text", 2399, EVIDENCE_FORMAT, "claim 2 is of another type",
             TAIL("\x81\xa2\x02" TEXT "\x05" B32)),
    PLATFORM("measurement-33", 2399, EVIDENCE_FORMAT, "claim 2 has a wrong length",
             TAIL("\x81\xa2\x02" B33 "\x05" B32)),
    PLATFORM("measurement-empty", 2399, EVIDENCE_FORMAT, "claim 2 has a wrong length",
             TAIL("\x81\xa2\x02" B0 "\x05" B32)),
    PLATFORM("second-measurement-31", 2399, EVIDENCE_FORMAT, "claim 2 has a wrong length",
             TAIL("\x82" COMPONENT "\xa2\x02" B31 "\x05" B32)),
    PLATFORM("signer-missing", 2399, EVIDENCE_FORMAT, "claim 5 is missing",
             TAIL("\x81\xa1\x02" B32)),
    PLATFORM("signer-text", 2399, EVIDENCE_FORMAT, "claim 5 is of another type",
             TAIL("\x81\xa2\x02" B32 "\x05" TEXT)),
    PLATFORM("signer-empty", 2399, EVIDENCE_FORMAT, "claim 5 has a wrong length",
             TAIL("\x81\xa2\x02" B32 "\x05" B0)),
    PLATFORM("signer-47", 2399, EVIDENCE_FORMAT, "claim 5 has a wrong length",
             TAIL("\x81\xa2\x02" B32 "\x05" B47)),
    PLATFORM("type-number", 2399, EVIDENCE_FORMAT, "claim 1 is of another type",
             TAIL("\x81\xa3\x01" SEVEN "\x02" B32 "\x05" B32)),
    PLATFORM("type-control", 2399, EVIDENCE_FORMAT, "claim 1 is not printable",
             TAIL("\x81\xa3\x01" BEL_TEXT "\x02" B32 "\x05" B32)),
    PLATFORM("version-bytes", 2399, EVIDENCE_FORMAT, "claim 4 is of another type",
             TAIL("\x81\xa3\x02" B32 "\x04" B32 "\x05" B32)),
    PLATFORM("component-hash-number", 2399, EVIDENCE_FORMAT, "claim 6 is of another type",
             TAIL("\x81\xa3\x02" B32 "\x05" B32 "\x06" SEVEN)),
    PLATFORM("measurement-twice", 2399, EVIDENCE_FORMAT, "platform token: its payload",
             TAIL("\x81\xa3\x02" B32 "\x02" B32 "\x05" B32)),
    /* platform: of another machine */
    PLATFORM("other-implementation", 2396, NO_ANCHOR, "no key (CPAK) is trusted", TAIL(B32)),
    PLATFORM("other-instance", 256, NO_ANCHOR, "no key (CPAK) is trusted",
             TAIL("\x58\x21\x01" A32)),
    /* profiles */
    PLATFORM("profile-empty", 265, EVIDENCE_PROFILE, "an unknown profile", TAIL(T0)),
    PLATFORM("profile-unknown", 265, EVIDENCE_PROFILE, "an unknown profile", TAIL(TEXT)),
    PLATFORM("profile-psa", 265, EVIDENCE_PROFILE, "an unknown profile", TAIL(PSA)),
    PLATFORM("profile-of-a-realm", 265, EVIDENCE_PROFILE, "an unknown profile", TAIL(REALM_2)),
    PLATFORM("profile-shorter", 265, EVIDENCE_PROFILE, "an unknown profile",
             TAIL("\x78\x22tag:arm.com,2023:cca_platform#1.0.")),
    PLATFORM("profile-longer", 265, EVIDENCE_PROFILE, "an unknown profile",
             TAIL("\x78\x24tag:arm.com,2023:cca_platform#1.0.00")),
    PLATFORM("profile-legacy", 265, EVIDENCE_PROFILE, "its profile does not go with", TAIL(LEGACY)),
    REALM("realm-profile-missing", 265, EVIDENCE_PROFILE, "its profile does not go with", ABSENT),
    REALM("realm-profile-empty", 265, EVIDENCE_PROFILE, "its profile does not go with", TAIL(T0)),
    REALM("realm-profile-unknown", 265, EVIDENCE_PROFILE, "its profile does not go with",
          TAIL(TEXT)),
    REALM("realm-profile-of-a-platform", 265, EVIDENCE_PROFILE, "its profile does not go with",
          TAIL(PLATFORM_1)),
    REALM("realm-profile-number", 265, EVIDENCE_FORMAT, "realm token: claim 265 is of another type",
          TAIL(SEVEN)),
    BAD("legacy-platform-realm-1", EVIDENCE_PROFILE, "its profile does not go with", OLD,
        .knobs.realm = {{.key = 265, .value = TAIL(REALM_1), .in_addition = true}}),
    BAD("legacy-platform-realm-2", EVIDENCE_PROFILE, "its profile does not go with", OLD,
        .knobs.realm = {{.key = 265, .value = TAIL(REALM_2), .in_addition = true}}),
    BAD("platform-1-legacy-realm", EVIDENCE_PROFILE, "its profile does not go with", OLD,
        .knobs.platform = {{.key = 265, .value = TAIL(PLATFORM_1)}}),
    REALM("realm-2-without-instance", 256, EVIDENCE_FORMAT, "claim 256 or 44243 is missing",
          ABSENT),
    REALM("realm-2-without-mec", 44243, EVIDENCE_FORMAT, "claim 256 or 44243 is missing", ABSENT),
    /* realm: claims that are missing, of another type, of another length */
    REALM("realm-challenge-missing", 10, EVIDENCE_FORMAT, "realm token: claim 10 is missing",
          ABSENT),
    REALM("realm-challenge-array", 10, EVIDENCE_FORMAT, "claim 10 is of another type",
          TAIL("\x81" B64)),
    REALM("realm-challenge-32", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B32)),
    REALM("realm-challenge-48", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B48)),
    REALM("realm-challenge-63", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B63)),
    REALM("realm-challenge-65", 10, EVIDENCE_FORMAT, "claim 10 has a wrong length", TAIL(B65)),
    REALM("rpv-missing", 44235, EVIDENCE_FORMAT, "claim 44235 is missing", ABSENT),
    REALM("rpv-text", 44235, EVIDENCE_FORMAT, "claim 44235 is of another type", TAIL(TEXT)),
    REALM("rpv-32", 44235, EVIDENCE_FORMAT, "claim 44235 has a wrong length", TAIL(B32)),
    REALM("rpv-65", 44235, EVIDENCE_FORMAT, "claim 44235 has a wrong length", TAIL(B65)),
    REALM("realm-hash-missing", 44236, EVIDENCE_FORMAT, "claim 44236 is missing", ABSENT),
    REALM("realm-hash-number", 44236, EVIDENCE_FORMAT, "claim 44236 is of another type",
          TAIL(SEVEN)),
    REALM("realm-hash-empty", 44236, EVIDENCE_FORMAT, "claim 44236 is empty", TAIL(T0)),
    REALM("realm-hash-padded", 44236, EVIDENCE_FORMAT, "claim 44236 is not printable",
          TAIL(NUL_TEXT)),
    REALM("rak-hash-missing", 44240, EVIDENCE_FORMAT, "claim 44240 is missing", ABSENT),
    REALM("rak-hash-number", 44240, EVIDENCE_FORMAT, "claim 44240 is of another type", TAIL(SEVEN)),
    REALM("rak-hash-empty", 44240, EVIDENCE_ALGORITHM, "claim 44240 names an unknown hash",
          TAIL(T0)),
    REALM("rak-hash-sha-1", 44240, EVIDENCE_ALGORITHM, "claim 44240 names an unknown hash",
          TAIL(SHA1)),
    REALM("rak-hash-padded", 44240, EVIDENCE_FORMAT, "claim 44240 is not printable",
          TAIL(NUL_TEXT)),
    REALM("rim-missing", 44238, EVIDENCE_FORMAT, "claim 44238 is missing", ABSENT),
    REALM("rim-text", 44238, EVIDENCE_FORMAT, "claim 44238 is of another type", TAIL(TEXT)),
    REALM("rim-31", 44238, EVIDENCE_FORMAT, "claim 44238 has a wrong length", TAIL(B31)),
    REALM("rim-49", 44238, EVIDENCE_FORMAT, "claim 44238 has a wrong length", TAIL(B49)),
    REALM("rim-empty", 44238, EVIDENCE_FORMAT, "claim 44238 has a wrong length", TAIL(B0)),
    REALM("rem-missing", 44239, EVIDENCE_FORMAT, "claim 44239 is missing", ABSENT),
    REALM("rem-bytes", 44239, EVIDENCE_FORMAT, "claim 44239 is of another type", TAIL(B32)),
    REALM("rem-none", 44239, EVIDENCE_FORMAT, "claim 44239 has a wrong number of items",
          TAIL("\x80")),
    REALM("rem-3", 44239, EVIDENCE_FORMAT, "claim 44239 has a wrong number of items",
          TAIL("\x83" B32 B32 B32)),
    REALM("rem-5", 44239, EVIDENCE_FORMAT, "claim 44239 has a wrong number of items",
          TAIL("\x85" B32 B32 B32 B32 B32)),
    REALM("rem-first-31", 44239, EVIDENCE_FORMAT, "claim 44239 holds something that is no digest",
          TAIL("\x84" B31 B32 B32 B32)),
    REALM("rem-last-33", 44239, EVIDENCE_FORMAT, "claim 44239 holds something that is no digest",
          TAIL("\x84" B32 B32 B32 B33)),
    REALM("rem-text", 44239, EVIDENCE_FORMAT, "claim 44239 holds something that is no digest",
          TAIL("\x84" B32 "\x78\x20" A32 B32 B32)),
    REALM("realm-instance-32", 256, EVIDENCE_FORMAT, "claim 256 has a wrong length", TAIL(B32)),
    REALM("realm-instance-number", 256, EVIDENCE_FORMAT, "claim 256 is of another type",
          TAIL(SEVEN)),
    REALM("mec-text", 44243, EVIDENCE_FORMAT, "claim 44243 is of another type", TAIL(TEXT)),
    REALM("mec-negative", 44243, EVIDENCE_FORMAT, "claim 44243 is of another type",
          TAIL(MINUS_SEVEN)),
    REALM("rim-twice", 44238, EVIDENCE_FORMAT, "realm token: its payload", TAIL(B32),
          .in_addition = true),
    REALM("realm-challenge-twice", 10, EVIDENCE_FORMAT, "realm token: its payload", TAIL(B64),
          .in_addition = true),
    /* the realm's key: the platform vouches for each of these as it is carried */
    REALM("rak-missing", 44237, EVIDENCE_FORMAT, "claim 44237 is missing", ABSENT),
    REALM("rak-text", 44237, EVIDENCE_FORMAT, "claim 44237 is of another type", TAIL(TEXT)),
    REALM("rak-empty", 44237, EVIDENCE_FORMAT, "claim 44237 has a wrong length", TAIL(B0)),
    BAD("rak-raw-under-a-profile", EVIDENCE_FORMAT, "its key:", MODERN,
        .knobs.other_rak_form = true),
    BAD("rak-raw-under-realm-1", EVIDENCE_FORMAT, "its key:", .profile = RT_SIM_CCA_REALM1,
        .knobs.other_rak_form = true),
    BAD("rak-cose-without-profile", EVIDENCE_FORMAT, "its key is not encoded", OLD,
        .knobs.other_rak_form = true),
    OLD_RAK("rak-off-the-curve", "its key is no point of P-384", TAIL("\x04" A48 A48)),
    OLD_RAK("rak-compressed", "its key is not encoded", TAIL("\x02" A48)),
    OLD_RAK("rak-hybrid", "its key is not encoded", TAIL("\x06" A48 A48)),
    OLD_RAK("rak-95", "its key is not encoded", TAIL("\x04" A48 A32 A15)),
    OLD_RAK("rak-97", "its key is not encoded", TAIL("\x04" A48 A48 "a")),
    RAK("rak-cose-off-the-curve", "its key is no point of P-384", TAIL("\xa4" EC2 CRV X_A Y_A)),
    RAK("rak-cose-okp", "its key is not encoded", TAIL("\xa4\x01\x01" CRV X_A Y_A)),
    RAK("rak-cose-p256", "its key is not encoded", TAIL("\xa4" EC2 "\x20\x01" X_A Y_A)),
    RAK("rak-cose-p521", "its key is not encoded", TAIL("\xa4" EC2 "\x20\x03" X_A Y_A)),
    RAK("rak-cose-kty-text", "its key is not encoded",
        TAIL("\xa4\x01\x63"
             "EC2" CRV X_A Y_A)),
    RAK("rak-cose-without-y", "its key is not encoded", TAIL("\xa3" EC2 CRV X_A)),
    RAK("rak-cose-y-sign", "its key is not encoded", TAIL("\xa4" EC2 CRV X_A "\x22\xf5")),
    RAK("rak-cose-x-47", "its key is not encoded", TAIL("\xa4" EC2 CRV "\x21" B47 Y_A)),
    RAK("rak-cose-y-49", "its key is not encoded", TAIL("\xa4" EC2 CRV X_A "\x22" B49)),
    RAK("rak-cose-y-text", "its key is not encoded", TAIL("\xa4" EC2 CRV X_A "\x22\x78\x30" A48)),
    RAK("rak-cose-with-alg", "its key is not encoded", TAIL("\xa5" EC2 "\x03\x38\x22" CRV X_A Y_A)),
    RAK("rak-cose-array", "its key is not encoded", TAIL("\x84" EC2 CRV)),
    RAK("rak-cose-kty-twice", "its key:", TAIL("\xa5" EC2 EC2 CRV X_A Y_A)),
    RAK("rak-cose-tail", "its key:", TAIL("\xa4" EC2 CRV X_A Y_A "\x00")),
    /* algorithms: none of the list, or of another curve */
    BAD("platform-es256", EVIDENCE_ALGORITHM, "platform token", MODERN, .knobs.platform_alg = -7),
    BAD("platform-es512", EVIDENCE_ALGORITHM, "platform token", MODERN, .knobs.platform_alg = -36),
    BAD("platform-ps256", EVIDENCE_ALGORITHM, "platform token: COSE algorithm -37", MODERN,
        .knobs.platform_alg = -37),
    BAD("platform-eddsa", EVIDENCE_ALGORITHM, "platform token: COSE algorithm -8", MODERN,
        .knobs.platform_alg = -8),
    BAD("platform-alg-positive", EVIDENCE_ALGORITHM, "platform token: COSE algorithm 5", MODERN,
        .knobs.platform_alg = 5),
    BAD("realm-es256", EVIDENCE_ALGORITHM, "realm token", MODERN, .knobs.realm_alg = -7),
    BAD("realm-es512", EVIDENCE_ALGORITHM, "realm token", MODERN, .knobs.realm_alg = -36),
    BAD("realm-ps384", EVIDENCE_ALGORITHM, "realm token: COSE algorithm -38", MODERN,
        .knobs.realm_alg = -38),
    /* who signed, and for whom: T29 */
    BAD("platform-by-the-rak", EVIDENCE_SIGNATURE, "platform token", MODERN, .by_rak = true),
    BAD("realm-by-the-cpak", EVIDENCE_SIGNATURE, "realm token", MODERN, .by_cpak = true),
    PLATFORM("binder-32", 10, BINDER, "not the hash of the realm's key", TAIL(B32)),
    PLATFORM("binder-48", 10, BINDER, "not the hash of the realm's key", TAIL(B48)),
    PLATFORM("binder-64", 10, BINDER, "not the hash of the realm's key", TAIL(B64)),
    REALM("binder-of-another-hash", 44240, BINDER, "not the hash of the realm's key", TAIL(SHA384)),
    BAD("binder-shorter-than-its-hash", BINDER, "not the hash of the realm's key", MODERN,
        .knobs = {.rak_hash = "sha-512", .platform = {{.key = 10, .value = TAIL(B32)}}}),
};

#endif
