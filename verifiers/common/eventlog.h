/* eventlog.h - replay of a measured-boot event log (CCEL, or a TPM's), and its comparison with
 * registers.
 *
 * References: TCG "PC Client Platform Firmware Profile" 1.06, s.10 (crypto-agile log:
 * TCG_PCClientPCREvent with TCG_EfiSpecIDEvent, then TCG_PCR_EVENT2; s.10.4.5.3 startup locality);
 * UEFI 2.10 s.38.4.1 (registers of a confidential guest: index 0 is MRTD, 1..4 are RTMR0..3 of TDX;
 * RIM and REM0..3 of virtCCA); TCG Algorithm Registry (names and sizes of hashes). All integers are
 * little endian.
 *
 * The log itself is signed by nobody: it is an account of how registers came to their values, and
 * worth something only where rt_eventlog_compare() says MATCH for a register out of verified
 * evidence.
 * Does NOT compare the data of an event with its digest, and the type of an event is covered by no
 * digest: a log that matches may tell any story in both. Does NOT look at the index, digest and
 * platform class of the first event, nor at index and digests of EV_NO_ACTION events, which extend
 * nothing (but see RT_EVENTLOG_TPM). Register 0 of a guest is written when the guest is built,
 * never extended: a log with events for it is replayed as told and leads to a mismatch, if the
 * caller compares register 0 too. */
#ifndef RT_EVENTLOG_H
#define RT_EVENTLOG_H

#include "base.h"
#include "crypto.h"

enum rt_eventlog_style {
    RT_EVENTLOG_CC, /* of a confidential guest: registers 0..4, all start with zeros */
    /* PCR 0..23. An EV_NO_ACTION event "StartupLocality" gives PCR 0 its first value, 00..03 or
     * 00..04. All others start with zeros: where no dynamic launch reset PCR 17..22 they are ones,
     * which no log explains. */
    RT_EVENTLOG_TPM,
};

#define RT_EVENTLOG_CC_REGISTERS   5 /* UEFI 2.10 s.38.4.1 and RTMR3 */
#define RT_EVENTLOG_TPM_REGISTERS  24
#define RT_EVENTLOG_MAX_REGISTERS  RT_EVENTLOG_TPM_REGISTERS
#define RT_EVENTLOG_MAX_DIGEST_LEN RT_SHA512_LEN

struct rt_eventlog_register {
    uint8_t value[RT_EVENTLOG_MAX_DIGEST_LEN]; /* digest_len bytes, then zeros */
    size_t n_events;                           /* that extended it */
};

struct rt_eventlog {
    enum rt_hash hash; /* of the rules */
    size_t digest_len;
    size_t n_registers;                                         /* of the style */
    struct rt_eventlog_register reg[RT_EVENTLOG_MAX_REGISTERS]; /* by index in the log */
    size_t n_events; /* behind the first one, those that extend nothing included */
};

/* One event that extends a register. Borrowed from the log. */
struct rt_eventlog_event {
    uint32_t index, type;
    struct ratls_bytes digest; /* of the replayed algorithm */
    struct ratls_bytes event;  /* what the log says of it: nothing ties these bytes to the digest */
};

/* Called in the order of the log. An error ends the walk and becomes its outcome. */
typedef enum ratls_err rt_eventlog_visit(void *arg, const struct rt_eventlog_event *event);

struct rt_eventlog_rules {
    enum rt_hash hash;
    bool sm3; /* digests of SM3 instead */
    enum rt_eventlog_style style;
    rt_eventlog_visit *visit; /* may be NULL */
    void *arg;
};

/* Replays the digests of algorithm `hash` (or SM3): reg[i].value = H(old || digest), starting with
 * zeros. What `visit` saw is worth something only when the walk returns RATLS_OK, and the event's
 * register matches. Each event must carry each algorithm of the header once and no other; behind
 * the last one only bytes 0x00 or only bytes 0xff may follow (an ACPI area is larger than its log).
 * Borrows `log` during the call; takes time in proportion to it, some milliseconds at
 * RT_MAX_EVENT_LOG. RATLS_E_EVENT_LOG names the event (0 is the header): also a log that is empty,
 * has no digests of that, extends a register that does not exist, or passes a limit of rt_limits.h;
 * with RT_EVENTLOG_TPM a startup locality that is none, comes twice or behind the first extension
 * of PCR 0. After an error *out matches nothing. */
RATLS_MUST_USE enum ratls_err rt_eventlog_walk(struct ratls_bytes log,
                                               const struct rt_eventlog_rules *rules,
                                               struct rt_eventlog *out, struct ratls_error *err);

/* The same for RT_EVENTLOG_CC and without a visitor. */
RATLS_MUST_USE enum ratls_err rt_eventlog_replay(struct ratls_bytes log, enum rt_hash hash,
                                                 struct rt_eventlog *out, struct ratls_error *err);

enum rt_eventlog_match { RT_EVENTLOG_ABSENT, RT_EVENTLOG_MATCH, RT_EVENTLOG_MISMATCH };

/* Does the log explain `value` (borrowed) of register i?
 * ABSENT: the log has no event for register i, and the register is not zero. A zero register
 * without events is MATCH: whoever needs an event to be there looks at reg[i].n_events.
 * MISMATCH also for a register that does not exist and for a value of another length. Only MATCH
 * is good news: dropping all events of a register makes ABSENT out of MATCH. */
enum rt_eventlog_match rt_eventlog_compare(const struct rt_eventlog *log, size_t i,
                                           struct ratls_bytes value);

#endif
