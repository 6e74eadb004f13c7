/* boot_log.h - how much of an ACPI area is its measured-boot log.
 *
 * Reference: TCG "PC Client Platform Firmware Profile" 1.06, s.10 (crypto-agile log). Only the
 * lengths are followed: whether a verifier takes the log is not known here. */
#ifndef RT_BOOT_LOG_H
#define RT_BOOT_LOG_H

#include "base.h"

/* `area` without the bytes 0x00 or 0xff behind the last event; empty when it is no such log. */
struct ratls_bytes rt_boot_log_of(struct ratls_bytes area);

#endif
