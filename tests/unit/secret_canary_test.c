/* T71: where a value is while it is put, opened and sent: nowhere that a core file or a forked
 * child would have it, and nowhere at all afterwards. */
#include <fcntl.h>

#include "crypto.h"
#include "secrets_support.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
Test(secret_canary, needs_memory_of_its_own)
{
    cr_skip_test("a sanitizer's maps are too large to be searched");
}
#else

/* The canary is in no constant of the program: this is it, with every bit turned. */
static const uint8_t turned[] = {0x9c, 0x9e, 0x91, 0x9e, 0x8d, 0x86, 0xd2, 0x9c, 0x90, 0x8d, 0x9a,
                                 0xd2, 0xc8, 0xcc, 0x9e, 0xce, 0xcd, 0xc7, 0xc6, 0xcb, 0xc9, 0xca};

static void write_canary(uint8_t out[sizeof turned])
{
    for (size_t i = 0; i < sizeof turned; i++)
        out[i] = (uint8_t)~turned[i];
}

/* Bytes from `at` on that look like the canary, without a second copy of it. */
static bool is_canary(const uint8_t *at)
{
    for (size_t i = 0; i < sizeof turned; i++)
        if ((at[i] ^ turned[i]) != 0xff)
            return false;
    return true;
}

static uint8_t window[1 << 20];

static size_t count_in(int mem, unsigned long from, unsigned long to)
{
    size_t n = 0;

    for (unsigned long at = from; at < to; at += sizeof window - sizeof turned) {
        size_t len = to - at < sizeof window ? to - at : sizeof window;
        ssize_t got = pread(mem, window, len, (off_t)at);
        for (ssize_t i = 0; i + (ssize_t)sizeof turned <= got; i++)
            n += is_canary(window + i);
        rt_wipe(window, sizeof window);
    }
    return n;
}

/* The canary in mappings that can be read, with or without the kernel's word that no core has them
 * ("dd"). */
static size_t copies(bool dumped)
{
    FILE *maps = fopen("/proc/self/smaps", "r");
    int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    unsigned long from = 0, to = 0, a, b;
    char line[512], mode[8], last[8] = "";
    size_t n = 0;

    cr_assert(maps && mem >= 0);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &a, &b, mode) == 3) {
            from = a;
            to = b;
            memcpy(last, mode, sizeof last);
        } else if (strncmp(line, "VmFlags:", 8) == 0 && last[0] == 'r' &&
                   (strstr(line, " dd") == NULL) == dumped &&
                   !((uintptr_t)window >= from && (uintptr_t)window < to && !dumped)) {
            n += count_in(mem, from, to);
        }
    }
    (void)close(mem);
    (void)fclose(maps);
    return n;
}

static struct ratls_secret_value *canary_value(void)
{
    struct ratls_secret_value *v = NULL;
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    for (size_t i = 0; i < sizeof turned; i++) {
        uint8_t byte = (uint8_t)~turned[i];
        cr_assert_eq(write(ends[1], &byte, 1), 1);
    }
    (void)close(ends[1]);
    cr_assert_eq(ratls_secret_value_read(ends[0], &v, NULL), RATLS_OK);
    (void)close(ends[0]);
    return v;
}

Test(secret_canary, can_see_a_copy_on_the_heap)
{
    uint8_t *heap = malloc(sizeof turned);

    cr_assert_not_null(heap);
    write_canary(heap);
    cr_expect_eq(copies(true), 1);
    rt_wipe(heap, sizeof turned);
    free(heap);
    cr_expect_eq(copies(true), 0);
}

static void carry(enum ratls_jwe_enc enc)
{
    const struct ratls_secret_job job = {.name = "db", .author = "op"};
    struct ratls_secret_put what = a_put("db", "");
    struct ratls_secret_value *v = canary_value(), *out = NULL, *back = NULL;
    struct ratls_buffer jwe = {0}, private_key = {0};
    struct rt_key *key = NULL;
    struct world w;
    struct safe s;

    world_begin(&w, SQLITE);
    s = safe_begin(&w);
    what.value = ratls_secret_value_bytes(v);
    cr_assert_eq(put(&w, s.kek, &what), RATLS_OK, "%s", w.err.detail);
    cr_assert_eq(ratls_secret_open(w.store, s.kek, &job, &out, &w.err), RATLS_OK);
    cr_assert_eq(rt_key_generate(&w.env, RT_P256, &key), RATLS_OK);
    cr_assert_eq(rt_key_export(key, &private_key), RATLS_OK);
    const struct ratls_jwe_key to = {.key = rt_key_spki(key), .enc = enc};
    const struct ratls_jwe_key own = {.key = rt_bytes_of(&private_key), .enc = enc};
    cr_assert_eq(ratls_secret_jwe(&w.env, ratls_secret_value_bytes(out), &to, &jwe, NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_secret_jwe_open(&w.env, rt_bytes_of(&jwe), &own, &back, NULL), RATLS_OK);
    cr_expect(is_canary(ratls_secret_value_bytes(back).p));
    cr_expect_eq(copies(true), 0, "where a core file would have it");
    cr_expect_eq(copies(false), 3, "v, out and back");
    ratls_secret_value_free(v);
    ratls_secret_value_free(out);
    ratls_secret_value_free(back);
    cr_expect_eq(copies(false), 0);
    cr_expect_eq(copies(true), 0);
    ratls_buffer_free(&jwe);
    ratls_buffer_free(&private_key);
    rt_key_free(key);
    ratls_kek_close(s.kek);
    world_end(&w);
}

Test(secret_canary, of_a_value_is_in_no_core_file)
{
    carry(RATLS_JWE_A256GCM);
}

/* libgcrypt has memory of its own. */
Test(secret_canary, of_a_value_under_sm4_is_in_no_core_file)
{
    if (ratls_jwe_enc_check(RATLS_JWE_SM4_GCM, NULL) == RATLS_OK)
        carry(RATLS_JWE_SM4_GCM);
}
#endif
