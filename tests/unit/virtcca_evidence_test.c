/* The envelope of virtCCA evidence, byte for byte, and what is cut from a boot log before it gets
 * there. */
#include "boot_log.h"
#include "crypto_support.h"
#include "vectors_support.h"
#include "virtcca_evidence.h"

#define BYTES_OF(array) ratls_bytes(array, sizeof(array) - 1)

static const struct ratls_bytes certs[] = {{(const uint8_t *)"AB", 2}, {(const uint8_t *)"C", 1}};

#define TOKEN "\x6avcca_token\x43tok"
#define DEVICE                                                                                     \
    "\x68"                                                                                         \
    "dev_cert\x43"                                                                                 \
    "dev"
#define CERTS                                                                                      \
    "\x65"                                                                                         \
    "certs\x82\x42"                                                                                \
    "AB\x41"                                                                                       \
    "C"
#define CCEL                                                                                       \
    "\x64"                                                                                         \
    "ccel\x44"                                                                                     \
    "boot"
#define IMA_LOG "\x67ima_log\x43ima"

static struct rt_virtcca_parts all(void)
{
    return (struct rt_virtcca_parts){ratls_bytes_str("tok"),  ratls_bytes_str("dev"), certs, 2,
                                     ratls_bytes_str("boot"), ratls_bytes_str("ima")};
}

static void expect_envelope(struct rt_virtcca_parts parts, const char *bytes)
{
    struct ratls_buffer out;

    MUST(rt_virtcca_envelope(&parts, &out));
    cr_expect(ratls_bytes_equal(rt_bytes_of(&out), ratls_bytes_str(bytes)), "%s", bytes);
    ratls_buffer_free(&out);
}

Test(virtcca_evidence, has_all_parts_in_their_order)
{
    expect_envelope(all(), "\xa5" TOKEN DEVICE CERTS CCEL IMA_LOG);
}

Test(virtcca_evidence, leaves_out_what_is_absent)
{
    struct rt_virtcca_parts p = all();

    p.dev_cert.p = NULL;
    expect_envelope(p, "\xa4" TOKEN CERTS CCEL IMA_LOG);
    p = all();
    p.n_certs = 0;
    expect_envelope(p, "\xa4" TOKEN DEVICE CCEL IMA_LOG);
    p = all();
    p.ccel.p = NULL;
    expect_envelope(p, "\xa4" TOKEN DEVICE CERTS IMA_LOG);
    p = all();
    p.ima_log.p = NULL;
    expect_envelope(p, "\xa4" TOKEN DEVICE CERTS CCEL);
    expect_envelope((struct rt_virtcca_parts){.token = ratls_bytes_str("tok")}, "\xa1" TOKEN);
}

Test(virtcca_evidence, keeps_an_empty_log_apart_from_none)
{
    expect_envelope(
        (struct rt_virtcca_parts){.token = ratls_bytes_str("tok"), .ccel = ratls_bytes_str("")},
        "\xa2" TOKEN "\x64"
        "ccel\x40");
}

Test(virtcca_evidence, has_lengths_of_two_and_more_bytes)
{
    static const uint8_t long_token[70000];
    const struct rt_virtcca_parts parts = {.token = ratls_bytes(long_token, sizeof long_token)};
    struct ratls_buffer out;

    MUST(rt_virtcca_envelope(&parts, &out));
    cr_assert_eq(out.len, 1 + 11 + 5 + sizeof long_token);
    cr_expect_arr_eq(out.p + 12, "\x5a\x00\x01\x11\x70", 5);
    ratls_buffer_free(&out);
}

/* ---- the boot log within its ACPI area ---- */

/* A header with SHA-256 (0x0b, 32), and events of register 1 with two bytes. */
struct header {
    const char *signature;
    uint32_t n_algs; /* as it says */
    uint32_t n_listed;
};

static const struct header good = {"Spec ID Event03", 1, 1};

static void put_header(struct rt_writer *w, const struct header *h)
{
    static const uint8_t zero[20];

    rt_put_u32le(w, 0);
    rt_put_u32le(w, 3);
    rt_put(w, zero, sizeof zero);
    rt_put_u32le(w, 16 + 8 + 4 + 4 * h->n_listed + 1);
    rt_put(w, h->signature, 16);
    rt_put(w, zero, 8);
    rt_put_u32le(w, h->n_algs);
    for (uint32_t i = 0; i < h->n_listed; i++) {
        rt_put_u16le(w, (uint16_t)(0x0b + i));
        rt_put_u16le(w, 32);
    }
    rt_put_u8(w, 0);
}

static void put_event(struct rt_writer *w, uint32_t size)
{
    rt_put_u32le(w, 1);
    rt_put_u32le(w, 13);
    rt_put_u32le(w, 1);
    rt_put_u16le(w, 0x0b);
    for (int i = 0; i < 32; i++)
        rt_put_u8(w, 0xee);
    rt_put_u32le(w, size);
    rt_put(w, (const uint8_t[2]){0, 0}, 2); /* zeros that belong to the event */
}

static void put_filler(struct rt_writer *w, uint8_t byte, size_t n)
{
    while (n-- > 0)
        rt_put_u8(w, byte);
}

static void expect_log(struct rt_writer *area, size_t len)
{
    cr_expect_eq(rt_boot_log_of(rt_written(area)).len, len, "%zu, not %zu",
                 rt_boot_log_of(rt_written(area)).len, len);
    rt_writer_free(area);
    *area = (struct rt_writer){0};
}

Test(boot_log, ends_behind_its_last_event)
{
    static const uint8_t fillers[] = {0x00, 0xff};

    for (size_t i = 0; i < RT_COUNT(fillers); i++) {
        struct rt_writer w = {0};
        put_header(&w, &good);
        put_event(&w, 2);
        put_event(&w, 2);
        const size_t len = w.len;
        put_filler(&w, fillers[i], 1000);
        expect_log(&w, len);
    }
}

Test(boot_log, may_have_no_filler_and_no_events)
{
    struct rt_writer w = {0};

    put_header(&w, &good);
    put_event(&w, 2);
    expect_log(&w, w.len);
    put_header(&w, &good);
    expect_log(&w, w.len);
}

Test(boot_log, is_none_without_its_header)
{
    struct rt_writer w = {0};

    expect_log(&w, 0);
    put_filler(&w, 0x00, 1000);
    expect_log(&w, 0);
    put_filler(&w, 0xff, 1000);
    expect_log(&w, 0);
    put_header(&w, &(struct header){"Spec ID Event02", 1, 1});
    expect_log(&w, 0);
}

Test(boot_log, is_none_when_its_header_names_too_many_algorithms)
{
    struct rt_writer w = {0};

    put_header(&w, &(struct header){good.signature, RT_MAX_LOG_HASHES, RT_MAX_LOG_HASHES});
    expect_log(&w, w.len);
    put_header(&w, &(struct header){good.signature, RT_MAX_LOG_HASHES + 1, RT_MAX_LOG_HASHES + 1});
    expect_log(&w, 0);
    put_header(&w, &(struct header){good.signature, 2, 1}); /* more than there are */
    expect_log(&w, 0);
}

/* Taken for one without a digest, the event would be whole. */
Test(boot_log, is_none_when_an_event_has_another_algorithm)
{
    struct rt_writer w = {0};

    put_header(&w, &good);
    rt_put_u32le(&w, 1);
    rt_put_u32le(&w, 13);
    rt_put_u32le(&w, 1);
    rt_put_u16le(&w, 0x0c);
    rt_put_u32le(&w, 0);
    expect_log(&w, 0);
}

Test(boot_log, is_none_when_an_event_cannot_be_followed)
{
    struct rt_writer w = {0};

    put_header(&w, &good);
    put_event(&w, 3); /* one byte more than there is */
    expect_log(&w, 0);
    put_header(&w, &good);
    put_event(&w, 2);
    put_filler(&w, 0x00, 100);
    put_filler(&w, 0x01, 1); /* no filler */
    expect_log(&w, 0);
    put_header(&w, &good);
    put_filler(&w, 0x01, 100); /* nor of such bytes */
    expect_log(&w, 0);
}

Test(boot_log, is_found_in_the_area_of_a_real_machine)
{
    struct ratls_buffer area;

    if (read_vector("virtcca/ccel.bin", &area) != RATLS_OK)
        cr_skip_test("no virtcca/ccel.bin in %s", vectors_folder());
    const struct ratls_bytes log = rt_boot_log_of(rt_bytes_of(&area));
    cr_assert(log.len > 1000 && log.len < area.len);
    for (size_t i = log.len; i < area.len; i++)
        cr_assert_eq(area.p[i], area.p[area.len - 1]);
    ratls_buffer_free(&area);
}
