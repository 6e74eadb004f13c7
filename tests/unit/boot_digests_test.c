/* What the events of a boot log claim to be, in a simulated log and in lies. */
#include "boot_digests.h"

#include <criterion/criterion.h>

#include "sim_eventlog.h"

#define SEPARATOR   0x00000004
#define IPL         0x0000000d
#define APPLICATION 0x80000003
#define DRIVER      0x80000004
#define ACTION      0x80000007
#define LITERAL(text)                                                                              \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define CALLING         "Calling EFI Application from Boot Option"
#define IMAGE_PATH_SIZE 24 /* UEFI_IMAGE_LOAD_EVENT */

static enum rt_boot_kind classify(uint32_t index, uint32_t type, struct ratls_bytes text,
                                  struct ratls_bytes measured)
{
    uint8_t digest[RT_SHA256_LEN];
    enum rt_boot_kind kind;

    cr_assert_eq(rt_sha256(measured, digest), RATLS_OK);
    const struct rt_eventlog_event event = {index, type, ratls_bytes(digest, sizeof digest), text};
    cr_assert_eq(rt_boot_classify(&event, RT_SHA256, &kind), RATLS_OK);
    return kind;
}

Test(boot_digests, are_classified_by_type_and_text)
{
    static const struct {
        uint32_t type;
        struct ratls_bytes text;
        enum rt_boot_kind kind;
    } rows[] = {
        {APPLICATION, LITERAL("anything"), RT_BOOT_IMAGE},
        {DRIVER, LITERAL("anything"), RT_BOOT_OTHER},
        {IPL, LITERAL("(hd0,msdos1)/efi/EFI/openEuler/grub.cfg\0"), RT_BOOT_GRUB_CFG},
        {IPL, LITERAL("grub.cfg"), RT_BOOT_GRUB_CFG},
        {IPL, LITERAL("/vmlinuz-6.6.0\0"), RT_BOOT_KERNEL},
        {IPL, LITERAL("(hd0,gpt2)/boot/vmlinuz\0"), RT_BOOT_KERNEL},
        {IPL, LITERAL("/initramfs-6.6.0.img\0"), RT_BOOT_INITRAMFS},
        {IPL, LITERAL("/boot/initrd.img-6.6.0\0"), RT_BOOT_INITRAMFS},
        {IPL, LITERAL("grub_cmd: linux /vmlinuz-6.6.0 ro\0"), RT_BOOT_COMMAND},
        {IPL, LITERAL("grub_cmd: [ -f /grub.cfg ]\0"), RT_BOOT_COMMAND},
        {IPL, LITERAL("kernel_cmdline: /vmlinuz-6.6.0 ro\0"), RT_BOOT_COMMAND},
        {IPL, LITERAL("module_cmdline: /initramfs\0"), RT_BOOT_COMMAND},
        {IPL, LITERAL("grub_cmd /x\0"), RT_BOOT_OTHER},
        {IPL, LITERAL("(hd0,msdos1)/arm64-efi/normal.mod\0"), RT_BOOT_OTHER},
        {IPL, LITERAL("/vmlinuz-6.6.0/x\0"), RT_BOOT_OTHER},
        {IPL, LITERAL("/vmlinu"), RT_BOOT_OTHER},
        {IPL, LITERAL("/"), RT_BOOT_OTHER},
        {IPL, {NULL, 0}, RT_BOOT_OTHER},
        {6, LITERAL("/vmlinuz-6.6.0\0"), RT_BOOT_OTHER},
    };

    for (size_t i = 0; i < RT_COUNT(rows); i++)
        cr_expect_eq(classify(3, rows[i].type, rows[i].text, ratls_bytes_str("content")),
                     rows[i].kind, "%zu", i);
}

Test(boot_digests, marks_of_firmware_are_proven_by_their_hash)
{
    static const struct ratls_bytes marks[] = {
        LITERAL("\0\0\0\0"),
        LITERAL("\xff\xff\xff\xff"),
        LITERAL(CALLING),
        LITERAL("Returning from EFI Application from Boot Option"),
        LITERAL("Exit Boot Services Invocation"),
        LITERAL("Exit Boot Services Returned with Failure"),
        LITERAL("Exit Boot Services Returned with Success"),
    };

    for (size_t i = 0; i < RT_COUNT(marks); i++)
        for (uint32_t index = 1; index <= 2; index++)
            cr_expect_eq(classify(index, ACTION, marks[i], marks[i]), RT_BOOT_MARK, "%zu", i);
}

/* ---- lies ---- */

Test(boot_digests, nothing_else_becomes_a_mark_by_its_text)
{
    const struct ratls_bytes text = ratls_bytes_str(CALLING), evil = ratls_bytes_str("evil");

    cr_expect_eq(classify(2, ACTION, text, evil), RT_BOOT_OTHER);
    cr_expect_eq(classify(2, SEPARATOR, ratls_bytes_str("\0\0\0\0"), evil), RT_BOOT_OTHER);
}

Test(boot_digests, no_text_but_the_constant_ones_becomes_a_mark_by_its_hash)
{
    static const struct ratls_bytes texts[] = {LITERAL("evil"),
                                               LITERAL("\0\0\0"),
                                               LITERAL("\0\0\0\0\0"),
                                               LITERAL(CALLING "\0"),
                                               LITERAL("linux /vmlinuz init=/bin/sh"),
                                               {NULL, 0}};

    for (size_t i = 0; i < RT_COUNT(texts); i++)
        cr_expect_eq(classify(2, ACTION, texts[i], texts[i]), RT_BOOT_OTHER, "%zu", i);
}

/* Four zeros in place of an initramfs: the boot loader hashes files as they are. */
Test(boot_digests, no_register_of_the_boot_loader_has_marks)
{
    static const uint8_t zeros[4];
    const struct ratls_bytes separator = ratls_bytes(zeros, sizeof zeros);

    for (uint32_t index = 3; index <= 4; index++)
        cr_expect_eq(classify(index, SEPARATOR, separator, separator), RT_BOOT_OTHER);
}

Test(boot_digests, only_the_whole_digest_proves_a_mark)
{
    const struct ratls_bytes text = ratls_bytes_str(CALLING);
    uint8_t digest[RT_SHA256_LEN];
    enum rt_boot_kind kind;

    cr_assert_eq(rt_sha256(text, digest), RATLS_OK);
    for (size_t len = 0; len < sizeof digest; len++) {
        const struct rt_eventlog_event event = {2, ACTION, ratls_bytes(digest, len), text};
        cr_assert_eq(rt_boot_classify(&event, RT_SHA256, &kind), RATLS_OK);
        cr_expect_eq(kind, RT_BOOT_OTHER);
    }
}

Test(boot_digests, a_hash_that_is_none_is_no_mark)
{
    static const uint8_t digest[RT_SHA256_LEN];
    const struct rt_eventlog_event event = {2, ACTION, ratls_bytes(digest, 0),
                                            ratls_bytes_str(CALLING)};
    enum rt_boot_kind kind = RT_BOOT_MARK;

    cr_expect_neq(rt_boot_classify(&event, (enum rt_hash)2, &kind), RATLS_OK);
    cr_expect_eq(kind, RT_BOOT_OTHER);
}

/* ---- the simulated virtCCA guest ---- */

struct count {
    size_t of[RT_BOOT_COMMAND + 1];
    struct ratls_bytes image;
};

static enum ratls_err count(void *arg, const struct rt_eventlog_event *event)
{
    struct count *c = arg;
    enum rt_boot_kind kind;
    enum ratls_err e = rt_boot_classify(event, RT_SHA256, &kind);

    if (e)
        return e;
    c->of[kind]++;
    if (kind == RT_BOOT_IMAGE)
        c->image = event->event;
    return RATLS_OK;
}

Test(boot_digests, of_a_simulated_guest_are_all_there)
{
    uint8_t rem[RT_SIM_RTMRS][RT_SHA256_LEN];
    struct ratls_buffer bytes;
    struct rt_eventlog log;
    struct count c = {0};
    const struct rt_eventlog_rules rules = {.hash = RT_SHA256, .visit = count, .arg = &c};

    cr_assert_eq(rt_sim_eventlog_virtcca(&bytes, rem), RATLS_OK);
    cr_assert_eq(rt_eventlog_walk(rt_bytes_of(&bytes), &rules, &log, NULL), RATLS_OK);
    cr_expect_eq(c.of[RT_BOOT_MARK], 5);
    cr_expect_eq(c.of[RT_BOOT_IMAGE], 1);
    cr_expect_eq(c.of[RT_BOOT_GRUB_CFG], 1);
    cr_expect_eq(c.of[RT_BOOT_KERNEL], 1);
    cr_expect_eq(c.of[RT_BOOT_INITRAMFS], 1);
    cr_expect_eq(c.of[RT_BOOT_COMMAND], 4);
    struct rt_reader r = rt_reader(c.image);
    rt_skip(&r, IMAGE_PATH_SIZE);
    uint64_t path = rt_u64le(&r);
    cr_expect_eq(path, rt_rest(&r).len);
    cr_expect_eq(path, 4 + 2 * sizeof "\\EFI\\BOOT\\BOOTAA64.EFI" + 4);
    ratls_buffer_free(&bytes);
}
