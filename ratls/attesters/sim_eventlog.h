/* sim_eventlog.h - event logs (CCEL) of a boot that never happened, with the RTMRs they lead to.
 *
 * Laid out as firmware of a TD does: a header that declares SHA-384, then one event after the other
 * (TCG "PC Client Platform Firmware Profile" 1.06, s.10; registers by UEFI 2.10 s.38.4.1). Writes
 * what it is told: an event of a register that does not exist goes into the log and extends none.
 * Without the padding that an ACPI area has behind its log. */
#ifndef RT_SIM_EVENTLOG_H
#define RT_SIM_EVENTLOG_H

#include "base.h"
#include "crypto.h"

#define RT_SIM_RTMRS 4

struct rt_sim_event {
    uint32_t index;           /* 1..4: RTMR0..3 */
    uint32_t type;            /* EV_NO_ACTION (3) extends nothing */
    struct ratls_bytes event; /* borrowed */
    const uint8_t *digest;    /* borrowed, 48 bytes; NULL: SHA-384 of `event` */
};

/* *out is new: the log of the n events, in order; `rtmr` gets what they extend zeros to. */
RATLS_MUST_USE enum ratls_err rt_sim_eventlog(const struct rt_sim_event *events, size_t n,
                                              struct ratls_buffer *out,
                                              uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN]);
/* The same for a usual boot: several events for each of RTMR0..2, one of an application for RTMR3.
 * Always the same bytes. */
RATLS_MUST_USE enum ratls_err rt_sim_eventlog_usual(struct ratls_buffer *out,
                                                    uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN]);

#endif
