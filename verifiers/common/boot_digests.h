/* boot_digests.h - what the events of a measured boot say they are: boot loader, its configuration,
 * kernel, initramfs.
 *
 * References: TCG "PC Client Platform Firmware Profile" 1.06, s.10.4.1 (types of events: the digest
 * of an image is the Authenticode hash of the PE file, that of a separator or an EFI action the
 * hash of the event's bytes); GRUB grub-core/commands/tpm.c (EV_IPL: the digest of a file is that
 * of its content and the event is its name; of a command, that of the text behind a prefix).
 *
 * A register binds the sequence of its digests and nothing else. Type and text of an event are
 * whatever the sender writes: a register that matches does NOT say which digest is the kernel's.
 * The sender may call a kernel a module, and a digest of the allow-list a kernel; a boot loader
 * may, in all honesty, read the right kernel and then boot another. That a text hashes to its
 * digest does not help either: a boot loader's configuration is a text as well and can be told as a
 * command.
 *
 * So a judgement by parts has one sound form: EACH digest of a register is in the allow-list,
 * whatever its kind, but RT_BOOT_MARK, which is proven. No list of one kind by itself proves
 * anything, an empty one least of all. The kinds are for people, and for lists in a report. Even
 * then neither order nor omission is judged: GRUB boots without an initramfs that it cannot read.
 * Only a reference value of the register sees that. */
#ifndef RT_BOOT_DIGESTS_H
#define RT_BOOT_DIGESTS_H

#include "eventlog.h"

enum rt_boot_kind {
    RT_BOOT_OTHER,
    RT_BOOT_MARK,  /* proven: a constant text of firmware, in a register of firmware */
    RT_BOOT_IMAGE, /* boot loader or another EFI application */
    RT_BOOT_GRUB_CFG,
    RT_BOOT_KERNEL,
    RT_BOOT_INITRAMFS,
    RT_BOOT_COMMAND, /* of the boot loader, or of the kernel */
};

/* What `event`, of a confidential guest's log, claims to be. RATLS_OK, or the library's own failure
 * to hash. */
RATLS_MUST_USE enum ratls_err rt_boot_classify(const struct rt_eventlog_event *event,
                                               enum rt_hash hash, enum rt_boot_kind *out);

#endif
