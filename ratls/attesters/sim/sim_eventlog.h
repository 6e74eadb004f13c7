/* sim_eventlog.h - event logs (CCEL) of a boot that never happened, with the registers they lead
 * to.
 *
 * Laid out as firmware of a guest does: a header that declares one hash, then one event after the
 * other (TCG "PC Client Platform Firmware Profile" 1.06, s.10; registers by UEFI 2.10 s.38.4.1).
 * Writes what it is told: an event of a register that does not exist goes into the log and extends
 * none. Without the padding that an ACPI area has behind its log. */
#ifndef RT_SIM_EVENTLOG_H
#define RT_SIM_EVENTLOG_H

#include "base.h"
#include "crypto.h"

#define RT_SIM_RTMRS 4 /* RTMR0..3 of TDX, REM0..3 of CCA and virtCCA */

struct rt_sim_event {
    uint32_t index;              /* 1..4: the registers */
    uint32_t type;               /* EV_NO_ACTION (3) extends nothing */
    struct ratls_bytes event;    /* borrowed */
    struct ratls_bytes measured; /* borrowed: what the digest is of; p NULL: of `event` */
};

struct rt_sim_registers {
    uint8_t value[RT_SIM_RTMRS][RT_SHA512_LEN]; /* as long as a digest, then zeros */
};

/* *out is new: the log of the n events, in order; `regs` gets what they extend zeros to. */
RATLS_MUST_USE enum ratls_err rt_sim_eventlog(enum rt_hash hash, const struct rt_sim_event *events,
                                              size_t n, struct ratls_buffer *out,
                                              struct rt_sim_registers *regs);
/* The same for a usual boot of a TD: several events for each of RTMR0..2, one of an application for
 * RTMR3. Always the same bytes. */
RATLS_MUST_USE enum ratls_err rt_sim_eventlog_usual(struct ratls_buffer *out,
                                                    uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN]);
/* The same for a virtCCA guest that GRUB boots, SHA-256: its image, modules, grub.cfg, commands,
 * kernel and initramfs. REM3 stays zero: it is IMA's (sim_ima.h). */
RATLS_MUST_USE enum ratls_err rt_sim_eventlog_virtcca(struct ratls_buffer *out,
                                                      uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN]);

#endif
