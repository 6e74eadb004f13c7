#include "sim_eventlog.h"

/* PC Client Platform Firmware Profile, table "Events". */
#define EV_NO_ACTION                     0x00000003
#define EV_SEPARATOR                     0x00000004
#define EV_EVENT_TAG                     0x00000006
#define EV_PLATFORM_CONFIG_FLAGS         0x0000000a
#define EV_IPL                           0x0000000d
#define EV_EFI_VARIABLE_DRIVER_CONFIG    0x80000001
#define EV_EFI_VARIABLE_BOOT             0x80000002
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003
#define EV_EFI_BOOT_SERVICES_DRIVER      0x80000004
#define EV_EFI_ACTION                    0x80000007
#define EV_EFI_PLATFORM_FIRMWARE_BLOB2   0x8000000a
#define EV_EFI_HANDOFF_TABLES2           0x8000000b

struct sim_log {
    enum rt_hash hash;
    struct rt_writer w;
    struct rt_sim_registers *regs;
};

/* TCG Algorithm Registry, "TPM_ALG_ID". */
static uint16_t algorithm_id(enum rt_hash hash)
{
    switch (hash) {
    case RT_SHA256:
        return 0x000b;
    case RT_SHA384:
        return 0x000c;
    case RT_SHA512:
        return 0x000d;
    }
    return 0;
}

/* TCG_PCClientPCREvent with TCG_EfiSpecIDEvent */
static void put_header(struct sim_log *log)
{
    static const uint8_t sha1[20], signature[16] = "Spec ID Event03";
    struct rt_writer spec = {0}, *w = &log->w;

    rt_put(&spec, signature, sizeof signature);
    rt_put_u32le(&spec, 0);               /* platform class: client */
    rt_put(&spec, "\x00\x02\x00\x02", 4); /* minor, major, errata, size of UINTN */
    rt_put_u32le(&spec, 1);
    rt_put_u16le(&spec, algorithm_id(log->hash));
    rt_put_u16le(&spec, (uint16_t)rt_hash_len(log->hash));
    rt_put_u8(&spec, 0); /* vendor information */

    rt_put_u32le(w, 0);
    rt_put_u32le(w, EV_NO_ACTION);
    rt_put(w, sha1, sizeof sha1);
    rt_put_u32le(w, (uint32_t)spec.len);
    rt_put_bytes(w, rt_written(&spec));
    w->bad = w->bad || spec.bad;
    rt_writer_free(&spec);
}

/* TCG_PCR_EVENT2 */
static void put_event(struct sim_log *log, const struct rt_sim_event *ev, const uint8_t *digest)
{
    struct rt_writer *w = &log->w;

    rt_put_u32le(w, ev->index);
    rt_put_u32le(w, ev->type);
    rt_put_u32le(w, 1);
    rt_put_u16le(w, algorithm_id(log->hash));
    rt_put(w, digest, rt_hash_len(log->hash));
    rt_put_u32le(w, (uint32_t)ev->event.len);
    rt_put_bytes(w, ev->event);
}

static enum ratls_err add_event(struct sim_log *log, const struct rt_sim_event *ev)
{
    uint8_t joined[2 * RT_SHA512_LEN];
    const size_t len = rt_hash_len(log->hash);
    enum ratls_err e = rt_hash(log->hash, ev->measured.p ? ev->measured : ev->event, joined + len);

    if (e)
        return e;
    put_event(log, ev, joined + len);
    if (ev->type == EV_NO_ACTION || ev->index < 1 || ev->index > RT_SIM_RTMRS)
        return RATLS_OK;
    uint8_t *value = log->regs->value[ev->index - 1];
    memcpy(joined, value, len);
    return rt_hash(log->hash, ratls_bytes(joined, 2 * len), value);
}

enum ratls_err rt_sim_eventlog(enum rt_hash hash, const struct rt_sim_event *events, size_t n,
                               struct ratls_buffer *out, struct rt_sim_registers *regs)
{
    struct sim_log log = {.hash = hash, .regs = regs};
    enum ratls_err e = RATLS_OK;

    *out = (struct ratls_buffer){0};
    *regs = (struct rt_sim_registers){0};
    put_header(&log);
    for (size_t i = 0; i < n && e == RATLS_OK; i++)
        e = add_event(&log, &events[i]);
    if (e == RATLS_OK)
        e = rt_writer_take(&log.w, out);
    rt_writer_free(&log.w);
    return e;
}

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define NONE                                                                                       \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
#define SEPARATOR TEXT("\0\0\0\0")

enum ratls_err rt_sim_eventlog_usual(struct ratls_buffer *out,
                                     uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN])
{
    static const struct rt_sim_event usual[] = {
        {1, EV_EFI_HANDOFF_TABLES2, TEXT("TD HOB of the simulated TD"), NONE},
        {1, EV_EFI_PLATFORM_FIRMWARE_BLOB2, TEXT("CFV of the simulated TD"), NONE},
        {1, EV_EFI_VARIABLE_DRIVER_CONFIG, TEXT("SecureBoot"), NONE},
        {1, EV_SEPARATOR, SEPARATOR, NONE},
        {1, EV_PLATFORM_CONFIG_FLAGS, TEXT("ACPI DATA"), NONE},
        {1, EV_EFI_VARIABLE_BOOT, TEXT("BootOrder"), NONE},
        {2, EV_EFI_ACTION, TEXT("Calling EFI Application from Boot Option"), NONE},
        {2, EV_SEPARATOR, SEPARATOR, NONE},
        {2, EV_EFI_BOOT_SERVICES_APPLICATION, TEXT("grubx64.efi"), TEXT("GRUB of the TD")},
        {3, EV_IPL, TEXT("grub_cmd: linux /vmlinuz root=/dev/vda1 ro"), NONE},
        {3, EV_IPL, TEXT("kernel_cmdline: /vmlinuz root=/dev/vda1 ro"), NONE},
        {3, EV_IPL, TEXT("grub_cmd: initrd /initrd.img"), NONE},
        {2, EV_EFI_BOOT_SERVICES_APPLICATION, TEXT("vmlinuz"), TEXT("kernel of the TD")},
        {2, EV_EFI_ACTION, TEXT("Exit Boot Services Invocation"), NONE},
        {2, EV_EFI_ACTION, TEXT("Exit Boot Services Returned with Success"), NONE},
        {4, EV_EVENT_TAG, TEXT("application of the simulated TD"), NONE},
    };
    struct rt_sim_registers regs;
    enum ratls_err e = rt_sim_eventlog(RT_SHA384, usual, RT_COUNT(usual), out, &regs);

    for (size_t i = 0; i < RT_SIM_RTMRS; i++)
        memcpy(rtmr[i], regs.value[i], RT_SHA384_LEN);
    return e;
}

/* UEFI_IMAGE_LOAD_EVENT: address, size, link-time address, size of the device path; that has a file
 * path and an end, UEFI 2.10 s.10.3. */
#define IMAGE(path_len, node_len, path)                                                            \
    TEXT("\x18\xd0\x60\x3e\0\0\0\0\0\x40\x07\0\0\0\0\0\0\0\0\0\0\0\0\0" path_len                   \
         "\0\0\0\0\0\0\0\x04\x04" node_len "\0" path "\0\0\x7f\xff\x04\0")
#define BOOTAA64                                                                                   \
    "\\\0E\0F\0I\0\\\0B\0O\0O\0T\0\\\0B\0O\0O\0T\0A\0A\0"                                          \
    "6\0"                                                                                          \
    "4\0.\0E\0F\0I\0"

/* As GRUB writes them: with their NUL. */
#define FILE_EVENT(path, content)                                                                  \
    {                                                                                              \
        3, EV_IPL, TEXT(path "\0"), TEXT(content)                                                  \
    }
#define TEXT_EVENT(prefix, text)                                                                   \
    {                                                                                              \
        3, EV_IPL, TEXT(prefix text "\0"), TEXT(text)                                              \
    }
#define BOOT_FOLDER  "(hd0,msdos1)/efi/EFI/openEuler/"
#define KERNEL       "/vmlinuz-6.6.0-98.0.0.103.oe2403sp2.aarch64"
#define INITRAMFS    "/initramfs-6.6.0-98.0.0.103.oe2403sp2.aarch64.img"
#define COMMAND_LINE KERNEL " root=/dev/vda2 ro rootfstype=ext4 quiet"

enum ratls_err rt_sim_eventlog_virtcca(struct ratls_buffer *out,
                                       uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN])
{
    static const struct rt_sim_event usual[] = {
        {1, EV_EFI_VARIABLE_DRIVER_CONFIG, TEXT("SecureBoot"), NONE},
        {1, EV_SEPARATOR, SEPARATOR, NONE},
        {2, EV_EFI_BOOT_SERVICES_DRIVER, TEXT("option ROM"), TEXT("ROM of the guest")},
        {1, EV_PLATFORM_CONFIG_FLAGS, TEXT("ACPI DATA"), TEXT("ACPI table of the guest")},
        {1, EV_EFI_VARIABLE_BOOT, TEXT("BootOrder"), TEXT("\1\0")},
        {2, EV_EFI_ACTION, TEXT("Calling EFI Application from Boot Option"), NONE},
        {2, EV_SEPARATOR, SEPARATOR, NONE},
        {2, EV_EFI_BOOT_SERVICES_APPLICATION, IMAGE("\x36", "\x32", BOOTAA64),
         TEXT("GRUB of the guest")},
        FILE_EVENT(BOOT_FOLDER "arm64-efi/normal.mod", "normal.mod of the guest"),
        FILE_EVENT(BOOT_FOLDER "arm64-efi/command.lst", "command.lst of the guest"),
        FILE_EVENT(BOOT_FOLDER "grub.cfg", "grub.cfg of the guest"),
        TEXT_EVENT("grub_cmd: ", "set timeout=5"),
        TEXT_EVENT("grub_cmd: ", "linux " COMMAND_LINE),
        FILE_EVENT(KERNEL, "kernel of the guest"),
        TEXT_EVENT("kernel_cmdline: ", COMMAND_LINE),
        TEXT_EVENT("grub_cmd: ", "initrd " INITRAMFS),
        FILE_EVENT(INITRAMFS, "initramfs of the guest"),
        {2, EV_EFI_ACTION, TEXT("Exit Boot Services Invocation"), NONE},
        {2, EV_EFI_ACTION, TEXT("Exit Boot Services Returned with Success"), NONE},
    };
    struct rt_sim_registers regs;
    enum ratls_err e = rt_sim_eventlog(RT_SHA256, usual, RT_COUNT(usual), out, &regs);

    for (size_t i = 0; i < RT_SIM_RTMRS; i++)
        memcpy(rem[i], regs.value[i], RT_SHA256_LEN);
    return e;
}
