#include "sim_eventlog.h"

#define ALG_SHA384 0x000c /* TCG Algorithm Registry */

/* PC Client Platform Firmware Profile, table "Events". */
#define EV_NO_ACTION                     0x00000003
#define EV_SEPARATOR                     0x00000004
#define EV_EVENT_TAG                     0x00000006
#define EV_PLATFORM_CONFIG_FLAGS         0x0000000a
#define EV_IPL                           0x0000000d
#define EV_EFI_VARIABLE_DRIVER_CONFIG    0x80000001
#define EV_EFI_VARIABLE_BOOT             0x80000002
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003
#define EV_EFI_ACTION                    0x80000007
#define EV_EFI_PLATFORM_FIRMWARE_BLOB2   0x8000000a
#define EV_EFI_HANDOFF_TABLES2           0x8000000b

/* TCG_PCClientPCREvent with TCG_EfiSpecIDEvent */
static void put_header(struct rt_writer *w)
{
    static const uint8_t sha1[20], signature[16] = "Spec ID Event03";
    struct rt_writer spec = {0};

    rt_put(&spec, signature, sizeof signature);
    rt_put_u32le(&spec, 0);               /* platform class: client */
    rt_put(&spec, "\x00\x02\x00\x02", 4); /* minor, major, errata, size of UINTN */
    rt_put_u32le(&spec, 1);
    rt_put_u16le(&spec, ALG_SHA384);
    rt_put_u16le(&spec, RT_SHA384_LEN);
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
static void put_event(struct rt_writer *w, const struct rt_sim_event *ev, const uint8_t *digest)
{
    rt_put_u32le(w, ev->index);
    rt_put_u32le(w, ev->type);
    rt_put_u32le(w, 1);
    rt_put_u16le(w, ALG_SHA384);
    rt_put(w, digest, RT_SHA384_LEN);
    rt_put_u32le(w, (uint32_t)ev->event.len);
    rt_put_bytes(w, ev->event);
}

static enum ratls_err add_event(struct rt_writer *w, const struct rt_sim_event *ev,
                                uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN])
{
    uint8_t joined[2 * RT_SHA384_LEN], *digest = joined + RT_SHA384_LEN;
    enum ratls_err e = RATLS_OK;

    if (ev->digest)
        memcpy(digest, ev->digest, RT_SHA384_LEN);
    else
        e = rt_hash(RT_SHA384, ev->event, digest);
    if (e)
        return e;
    put_event(w, ev, digest);
    if (ev->type == EV_NO_ACTION || ev->index < 1 || ev->index > RT_SIM_RTMRS)
        return RATLS_OK;
    memcpy(joined, rtmr[ev->index - 1], RT_SHA384_LEN);
    return rt_hash(RT_SHA384, ratls_bytes(joined, sizeof joined), rtmr[ev->index - 1]);
}

enum ratls_err rt_sim_eventlog(const struct rt_sim_event *events, size_t n,
                               struct ratls_buffer *out, uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN])
{
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_OK;

    *out = (struct ratls_buffer){0};
    memset(rtmr, 0, RT_SIM_RTMRS * sizeof rtmr[0]);
    put_header(&w);
    for (size_t i = 0; i < n && e == RATLS_OK; i++)
        e = add_event(&w, &events[i], rtmr);
    if (e == RATLS_OK)
        e = rt_writer_take(&w, out);
    rt_writer_free(&w);
    return e;
}

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define SEPARATOR TEXT("\0\0\0\0")

enum ratls_err rt_sim_eventlog_usual(struct ratls_buffer *out,
                                     uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN])
{
    /* Of executables the digest is that of the file (Authenticode), not of the event. */
    static const uint8_t grub[RT_SHA384_LEN] = {0x67, 0x72, 0x75, 0x62};
    static const uint8_t kernel[RT_SHA384_LEN] = {0x6b, 0x65, 0x72, 0x6e};
    static const struct rt_sim_event usual[] = {
        {1, EV_EFI_HANDOFF_TABLES2, TEXT("TD HOB of the simulated TD"), NULL},
        {1, EV_EFI_PLATFORM_FIRMWARE_BLOB2, TEXT("CFV of the simulated TD"), NULL},
        {1, EV_EFI_VARIABLE_DRIVER_CONFIG, TEXT("SecureBoot"), NULL},
        {1, EV_SEPARATOR, SEPARATOR, NULL},
        {1, EV_PLATFORM_CONFIG_FLAGS, TEXT("ACPI DATA"), NULL},
        {1, EV_EFI_VARIABLE_BOOT, TEXT("BootOrder"), NULL},
        {2, EV_EFI_ACTION, TEXT("Calling EFI Application from Boot Option"), NULL},
        {2, EV_SEPARATOR, SEPARATOR, NULL},
        {2, EV_EFI_BOOT_SERVICES_APPLICATION, TEXT("grubx64.efi"), grub},
        {3, EV_IPL, TEXT("grub_cmd: linux /vmlinuz root=/dev/vda1 ro"), NULL},
        {3, EV_IPL, TEXT("kernel_cmdline: /vmlinuz root=/dev/vda1 ro"), NULL},
        {3, EV_IPL, TEXT("grub_cmd: initrd /initrd.img"), NULL},
        {2, EV_EFI_BOOT_SERVICES_APPLICATION, TEXT("vmlinuz"), kernel},
        {2, EV_EFI_ACTION, TEXT("Exit Boot Services Invocation"), NULL},
        {2, EV_EFI_ACTION, TEXT("Exit Boot Services Returned with Success"), NULL},
        {4, EV_EVENT_TAG, TEXT("application of the simulated TD"), NULL},
    };

    return rt_sim_eventlog(usual, RT_COUNT(usual), out, rtmr);
}
