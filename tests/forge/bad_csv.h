/* bad_csv.h - reports of Hygon CSV that are format-true but for one flaw, by name; for tests and
 * for the program forge. `e` is the verdict of a verifier that trusts the root of the simulated
 * platform. */
#ifndef BAD_CSV_H
#define BAD_CSV_H

#include "flaws.h"
#include "sim_csv.h"

struct bad_csv {
    const char *name;
    unsigned version; /* 0: 1 */
    struct rt_sim_csv_knobs knobs;
    enum ratls_err e;
    const char *detail; /* part of the text */
};

#define ZERO8  "\0\0\0\0\0\0\0\0"
#define ZERO32 ZERO8 ZERO8 ZERO8 ZERO8
#define ONE    "\1"

#define BAD(name_, e_, detail_, ...)                                                               \
    {                                                                                              \
        .name = (name_), .e = RATLS_E_##e_, .detail = (detail_), __VA_ARGS__                       \
    }
/* Other bytes, and then signed; behind the error what else there is, the detail first. */
#define PATCHED(name_, after_, part_, at_, bytes_, e_, ...)                                        \
    {                                                                                              \
        .name = (name_), .e = RATLS_E_##e_,                                                        \
        .knobs.patch = {{true, after_, RT_SIM_CSV_##part_, at_, TAIL(bytes_)}},                    \
        .detail = __VA_ARGS__                                                                      \
    }
#define SIGNED(name_, ...) PATCHED(name_, false, __VA_ARGS__)
/* Signed, and then other bytes. */
#define LATER(name_, ...) PATCHED(name_, true, __VA_ARGS__)
#define V2                .version = 2

static const struct bad_csv bad_csv[] = {
    /* forms */
    BAD("flags-2", EVIDENCE_VERSION, "flags 0x2", .knobs.flags = 2, V2),
    BAD("flags-2-of-v1", EVIDENCE_VERSION, "flags 0x2", .knobs = {.magic = true, .flags = 2}),
    LATER("page-not-zero", REPORT, 2548, ONE, EVIDENCE_FORMAT, "filled up", .knobs.page = true),
    LATER("page-not-zero-at-its-end", REPORT, 4095, ONE, EVIDENCE_FORMAT, "filled up",
          .knobs.page = true),
    LATER("page-not-zero-v2", REPORT, 3380, ONE, EVIDENCE_FORMAT, "filled up", .knobs.page = true,
          V2),
    BAD("without-certificates", EVIDENCE_CHAIN, "HSK and CEK are missing", .knobs.no_pair = true),
    /* what nobody signed */
    LATER("report-r-high", REPORT, 192 + 32, ONE, EVIDENCE_FORMAT, "a number"),
    LATER("report-s-high", REPORT, 264 + 71, ONE, EVIDENCE_FORMAT, "a number"),
    LATER("report-r-high-v2", REPORT, 1024 + 32, ONE, EVIDENCE_FORMAT, "a number", V2),
    SIGNED("serial-control", REPORT, 2420, "\7", EVIDENCE_FORMAT, "serial number"),
    SIGNED("serial-space", REPORT, 2420, " ", EVIDENCE_FORMAT, "serial number"),
    SIGNED("serial-8-bit", REPORT, 2420, "\xe9", EVIDENCE_FORMAT, "serial number"),
    SIGNED("serial-behind-nul", REPORT, 2420 + 63, "x", EVIDENCE_FORMAT, "serial number"),
    SIGNED("serial-control-v2", REPORT, 3252, "\7", EVIDENCE_FORMAT, "serial number", V2),
    /* PEK */
    SIGNED("pek-usage", PEK, 8, "\x04", EVIDENCE_FORMAT, "PEK: its usage is 0x1004"),
    SIGNED("pek-usage-v2", PEK, 8, "\x04", EVIDENCE_FORMAT, "PEK: its usage is 0x1004", V2),
    SIGNED("pek-algo", PEK, 12, "\5", EVIDENCE_ALGORITHM, "PEK: curve 3 and algorithm 5"),
    SIGNED("pek-curve", PEK, 16, "\1", EVIDENCE_ALGORITHM, "PEK: curve 1"),
    SIGNED("pek-curve-v2", PEK, 16, "\1", EVIDENCE_ALGORITHM, "PEK: curve 1", V2),
    SIGNED("pek-x-high", PEK, 20 + 32, ONE, EVIDENCE_FORMAT, "PEK: its size"),
    SIGNED("pek-y-high", PEK, 92 + 71, ONE, EVIDENCE_FORMAT, "PEK: its size"),
    SIGNED("pek-uid-0", PEK, 164, "\0\0", EVIDENCE_FORMAT, "PEK: its size"),
    SIGNED("pek-uid-255", PEK, 164, "\xff\0", EVIDENCE_FORMAT, "PEK: its size"),
    SIGNED("pek-uid-long", PEK, 164, "\x0d\1", EVIDENCE_FORMAT, "PEK: its size"),
    LATER("pek-r-high", PEK, 1044 + 8 + 32, ONE, EVIDENCE_FORMAT, "PEK: its size"),
    LATER("pek-reserved", PEK, 1044 + 152, ONE, EVIDENCE_FORMAT, "PEK: its size"),
    LATER("pek-reserved-end", PEK, 2083, ONE, EVIDENCE_FORMAT, "PEK: its size"),
    SIGNED("pek-two-of-the-cek", PEK, 1564, "\x04\x10", EVIDENCE_FORMAT, "both signatures"),
    SIGNED("pek-second-half-empty", PEK, 1568, "\0", EVIDENCE_FORMAT, "PEK: its size"),
    SIGNED("pek-second-algo", PEK, 1568, "\5", EVIDENCE_FORMAT, "PEK: its size"),
    LATER("pek-unsigned", PEK, 1044, "\x00\x10\0\0\0\0\0\0" ZERO32 ZERO8 ZERO32 ZERO32 ZERO8 ZERO32,
          EVIDENCE_CHAIN, "PEK: it has no signature of its issuer"),
    SIGNED("pek-other-slot", PEK, 1044, "\x13\0", EVIDENCE_CHAIN,
           "PEK: it has no signature of its issuer"),
    BAD("pek-by-itself", EVIDENCE_CHAIN, "PEK: it is not signed",
        .knobs.own_key[RT_SIM_CSV_PEK] = true),
    BAD("pek-usual-id", EVIDENCE_CHAIN, "PEK: it is not signed",
        .knobs.usual_id[RT_SIM_CSV_PEK] = true),
    SIGNED("pek-off-curve", PEK, 92, ZERO32, EVIDENCE_SIGNATURE, "not signed by its PEK"),
    /* CEK */
    SIGNED("cek-usage", CEK, 8, "\x02", EVIDENCE_FORMAT, "CEK: its usage is 0x1002"),
    SIGNED("cek-algo", CEK, 12, "\5", EVIDENCE_ALGORITHM, "CEK: curve 3 and algorithm 5"),
    SIGNED("cek-curve", CEK, 16, "\1", EVIDENCE_ALGORITHM, "CEK: curve 1"),
    SIGNED("cek-uid-0", CEK, 164, "\0\0", EVIDENCE_FORMAT, "CEK: its size"),
    SIGNED("cek-x-high", CEK, 20 + 71, ONE, EVIDENCE_FORMAT, "CEK: its size"),
    LATER("cek-reserved", CEK, 1044 + 152, ONE, EVIDENCE_FORMAT, "CEK: its size"),
    LATER("cek-second", CEK, 1564 + 8, ONE, EVIDENCE_FORMAT, "CEK: its size"),
    LATER("cek-second-usage", CEK, 1564, "\x01", EVIDENCE_FORMAT, "CEK: its size"),
    LATER("cek-second-reserved", CEK, 2083, ONE, EVIDENCE_FORMAT, "CEK: its size"),
    SIGNED("cek-of-two", CEK, 1564, "\x01\x10\0\0\4", EVIDENCE_FORMAT,
           "CEK: it has two signatures"),
    SIGNED("cek-of-other-hsk", CEK, 420, "other", EVIDENCE_CHAIN, "CEK: it names another issuer"),
    SIGNED("cek-other-slot", CEK, 1044, "\x04\x10", EVIDENCE_CHAIN,
           "CEK: it has no signature of its issuer"),
    BAD("cek-by-itself", EVIDENCE_CHAIN, "CEK: it is not signed",
        .knobs.own_key[RT_SIM_CSV_CEK] = true),
    BAD("cek-usual-id", EVIDENCE_CHAIN, "CEK: it is not signed",
        .knobs.usual_id[RT_SIM_CSV_CEK] = true),
    SIGNED("cek-off-curve", CEK, 92, ZERO32, EVIDENCE_CHAIN, "PEK: its issuer's key is no point"),
    /* HSK */
    SIGNED("hsk-usage", HSK, 36, "\0", EVIDENCE_FORMAT, "HSK: its usage is 0x0"),
    SIGNED("hsk-curve", HSK, 64, "\1", EVIDENCE_ALGORITHM, "HSK: curve 1"),
    SIGNED("hsk-uid-0", HSK, 212, "\0\0", EVIDENCE_FORMAT, "HSK: its size"),
    SIGNED("hsk-uid-255", HSK, 212, "\xff\0", EVIDENCE_FORMAT, "HSK: its size"),
    SIGNED("hsk-y-high", HSK, 140 + 32, ONE, EVIDENCE_FORMAT, "HSK: its size"),
    LATER("hsk-s-high", HSK, 648 + 32, ONE, EVIDENCE_FORMAT, "HSK: its size"),
    LATER("hsk-reserved", HSK, 720, ONE, EVIDENCE_FORMAT, "HSK: its size"),
    LATER("hsk-reserved-end", HSK, 831, ONE, EVIDENCE_FORMAT, "HSK: its size"),
    SIGNED("hsk-of-other-hrk", HSK, 20, "other", EVIDENCE_ROOT, "an HRK that is not trusted"),
    SIGNED("hsk-key-id", HSK, 4, "other", EVIDENCE_CHAIN, "CEK: it names another issuer"),
    BAD("hsk-by-itself", EVIDENCE_CHAIN, "HSK: it is not signed",
        .knobs.own_key[RT_SIM_CSV_HSK] = true),
    BAD("hsk-usual-id", EVIDENCE_CHAIN, "HSK: it is not signed",
        .knobs.usual_id[RT_SIM_CSV_HSK] = true),
    SIGNED("hsk-off-curve", HSK, 140, ZERO32, EVIDENCE_CHAIN, "CEK: its issuer's key is no point"),
    /* reports */
    SIGNED("report-usage", REPORT, 180, "\x04", EVIDENCE_FORMAT, "not said to be signed by a PEK"),
    SIGNED("report-usage-v2", REPORT, 180, "\x04", EVIDENCE_FORMAT, "not said to be", V2),
    SIGNED("report-algo", REPORT, 184, "\5", EVIDENCE_ALGORITHM, "algorithm 5"),
    SIGNED("report-algo-v2", REPORT, 184, "\5", EVIDENCE_ALGORITHM, "algorithm 5", V2),
    BAD("report-by-cek", EVIDENCE_SIGNATURE, "not signed by its PEK",
        .knobs.own_key[RT_SIM_CSV_REPORT] = true),
    BAD("report-by-cek-v2", EVIDENCE_SIGNATURE, "not signed by its PEK",
        .knobs.own_key[RT_SIM_CSV_REPORT] = true, V2),
    BAD("report-usual-id", EVIDENCE_SIGNATURE, "not signed by its PEK",
        .knobs.usual_id[RT_SIM_CSV_REPORT] = true),
    BAD("report-signed-unmasked", EVIDENCE_SIGNATURE, "not signed by its PEK",
        .knobs.sign_clear = true),
    LATER("report-policy-v2", REPORT, 176, "\0", EVIDENCE_SIGNATURE, "not signed by its PEK", V2),
    LATER("report-rtmr4-v2", REPORT, 208 + 4 * 32, "\0", EVIDENCE_SIGNATURE, "not signed", V2),
    LATER("report-reserved-v2", REPORT, 1023, ONE, EVIDENCE_SIGNATURE, "not signed", V2),
};

#endif
