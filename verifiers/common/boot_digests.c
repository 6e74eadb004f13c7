#include "boot_digests.h"

/* PC Client Platform Firmware Profile, table "Events". */
#define EV_IPL                           0x0000000d
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003

#define BOOT_LOADER 3 /* UEFI 2.10 s.38.4.1: what was PCR 8 to 15; 1 and 2 are of the firmware */

/* Separators, s.10.4.1, and strings of EV_EFI_ACTION, s.10.4.4. Firmware hashes what it runs as PE
 * images, so in its registers nothing that runs has the digest of one of these texts. The boot
 * loader hashes files as they are: there four zeros may be an initramfs, in place of the right one.
 */
static const struct ratls_bytes marks[] = {
#define MARK(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
    MARK("\0\0\0\0"),
    MARK("\xff\xff\xff\xff"),
    MARK("Calling EFI Application from Boot Option"),
    MARK("Returning from EFI Application from Boot Option"),
    MARK("Exit Boot Services Invocation"),
    MARK("Exit Boot Services Returned with Failure"),
    MARK("Exit Boot Services Returned with Success"),
#undef MARK
};

/* grub_tpm_verify_string() */
static const char *const commands[] = {"grub_cmd: ", "kernel_cmdline: ", "module_cmdline: "};

/* How files of GRUB are called, behind the last slash. */
static const struct {
    const char *begin;
    enum rt_boot_kind kind;
} files[] = {
    {"grub.cfg", RT_BOOT_GRUB_CFG},
    {"vmlinuz", RT_BOOT_KERNEL},
    {"initramfs", RT_BOOT_INITRAMFS},
    {"initrd", RT_BOOT_INITRAMFS},
};

static bool is_mark(struct ratls_bytes event)
{
    for (size_t i = 0; i < RT_COUNT(marks); i++)
        if (ratls_bytes_equal(event, marks[i]))
            return true;
    return false;
}

static struct ratls_bytes file_name(struct ratls_bytes path)
{
    size_t n = path.len;

    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return ratls_bytes(path.p + n, path.len - n);
}

static enum rt_boot_kind kind_of_text(struct ratls_bytes text)
{
    struct ratls_bytes name = file_name(text);

    for (size_t i = 0; i < RT_COUNT(commands); i++)
        if (rt_starts_with(text, commands[i]))
            return RT_BOOT_COMMAND;
    for (size_t i = 0; i < RT_COUNT(files); i++)
        if (rt_starts_with(name, files[i].begin))
            return files[i].kind;
    return RT_BOOT_OTHER;
}

enum ratls_err rt_boot_classify(const struct rt_eventlog_event *event, enum rt_hash hash,
                                enum rt_boot_kind *out)
{
    uint8_t digest[RT_EVENTLOG_MAX_DIGEST_LEN];
    enum ratls_err e;

    *out = RT_BOOT_OTHER;
    if (event->index < BOOT_LOADER && is_mark(event->event)) {
        if ((e = rt_hash(hash, event->event, digest)) != RATLS_OK)
            return e;
        if (ratls_bytes_equal(event->digest, ratls_bytes(digest, rt_hash_len(hash))))
            *out = RT_BOOT_MARK;
    } else if (event->type == EV_EFI_BOOT_SERVICES_APPLICATION) {
        *out = RT_BOOT_IMAGE;
    } else if (event->type == EV_IPL) {
        *out = kind_of_text(event->event);
    }
    return RATLS_OK;
}
