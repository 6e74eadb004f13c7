/* Replay of IMA lists: what both forms lead to, lies, violations, limits. */
#include "ima.h"

#include <criterion/criterion.h>

#include "patch_support.h"

#define INDEX 4

/* The list of tests/negative/ima.txt. */
#define ZEROS_20    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define TIMES_4(x)  x x x x
#define TIMES_20(x) TIMES_4(x x x x x)
#define TIMES_32(x) TIMES_4(TIMES_4(x x))
#define ENTRY_1                                                                                    \
    "\4\0\0\0" TIMES_20("\xaa") "\6\0\0\0"                                                         \
                                "ima-ng"                                                           \
                                "\x3b\0\0\0"                                                       \
                                "\x28\0\0\0"                                                       \
                                "sha256:\0" TIMES_32("\x11") "\x0b\0\0\0"                          \
                                                             "/usr/bin/a\0"
#define ENTRY_2                                                                                    \
    "\4\0\0\0" TIMES_20("\xbb") "\7\0\0\0"                                                         \
                                "ima-sig"                                                          \
                                "\x2b\0\0\0"                                                       \
                                "\x1a\0\0\0"                                                       \
                                "sha1:\0" TIMES_20("\x22") "\3\0\0\0"                              \
                                                           "/b\0"                                  \
                                                           "\2\0\0\0"                              \
                                                           "\3\2"
#define ENTRY_3                                                                                    \
    "\4\0\0\0" ZEROS_20 "\6\0\0\0"                                                                 \
    "ima-ng"                                                                                       \
    "\x27\0\0\0"                                                                                   \
    "\x1c\0\0\0"                                                                                   \
    "sha256:\0" ZEROS_20 "\3\0\0\0"                                                                \
    "/c\0"
#define LINE_1 " 4 " TIMES_20("aa") " ima-ng sha256:" TIMES_32("11") " /usr/bin/a\n"
#define LINE_2 " 4 " TIMES_20("bb") " ima-sig sha1:" TIMES_20("22") " /b 0302\n"
#define LINE_3 " 4 " TIMES_20("00") " ima-ng sha256:" TIMES_20("00") " /c\n"

#define LITERAL(text) ratls_bytes((const uint8_t *)(text), sizeof(text) - 1)

static const char binary[] = ENTRY_1 ENTRY_2 ENTRY_3;
static const char ascii[] = LINE_1 LINE_2 LINE_3;

/* By Python's hashlib. */
static const char *const value_after[] = {
    "cd840531ea7993e673987ea284d9593fd2cfca5b2e2f5d7a588feef7a3bd9b0f",
    "3d6374a75b4ab24aa3f29316a29155274c0a6f87b51fc28685dab619e9327785",
    "f369adc5e74f67961c124f19b09d4e7b4e204aa9baa25cc18f2d3ba623e53dec",
};

static struct rt_ima_log got;
static struct ratls_error err;
static const struct rt_ima_rules rules = {.index = INDEX, .hash = RT_SHA256};

TestSuite(ima, .timeout = 60);

static enum ratls_err replay(struct ratls_bytes list)
{
    err = (struct ratls_error){0};
    return rt_ima_replay(list, &rules, &got, &err);
}

static void expect_value(const char *hex)
{
    uint8_t value[RT_SHA512_LEN];
    size_t len = sizeof value;

    cr_assert(rt_unhex(hex, strlen(hex), value, &len));
    cr_expect(rt_ima_matches(&got, ratls_bytes(value, len)));
}

static void expect_malformed(struct ratls_bytes list, const char *detail)
{
    cr_expect_eq(replay(list), RATLS_E_EVENT_LOG, "%s", detail);
    cr_expect(strstr(err.detail, detail), "%s: %s", detail, err.detail);
}

/* Replayed, and compared with what the good list leads to. */
static enum ratls_err judge(struct ratls_bytes list, struct ratls_error *e)
{
    struct rt_ima_log log;
    uint8_t value[RT_SHA256_LEN];
    size_t len = sizeof value;

    cr_assert(rt_unhex(value_after[2], strlen(value_after[2]), value, &len));
    enum ratls_err outcome = rt_ima_replay(list, &rules, &log, e);
    if (outcome)
        return outcome;
    return rt_ima_matches(&log, ratls_bytes(value, len)) ? RATLS_OK : RATLS_E_EVENT_LOG_MISMATCH;
}

/* ---- replay ---- */

Test(ima, replays_the_binary_form)
{
    static const size_t ends[] = {97, 179, 256};

    cr_assert_eq(sizeof binary - 1, ends[2]);
    for (size_t i = 0; i < RT_COUNT(ends); i++) {
        cr_assert_eq(replay(ratls_bytes((const uint8_t *)binary, ends[i])), RATLS_OK, "%s",
                     err.detail);
        expect_value(value_after[i]);
        cr_expect_eq(got.n_entries, i + 1);
        cr_expect_eq(got.n_violations, i == 2);
    }
}

Test(ima, replays_the_ascii_form_to_the_same_values)
{
    static const char *const lists[] = {LINE_1, LINE_1 LINE_2, ascii};

    for (size_t i = 0; i < RT_COUNT(lists); i++) {
        cr_assert_eq(replay(ratls_bytes_str(lists[i])), RATLS_OK, "%s", err.detail);
        expect_value(value_after[i]);
        cr_expect_eq(got.n_entries, i + 1);
        cr_expect_eq(got.n_violations, i == 2);
    }
}

Test(ima, replays_with_another_hash)
{
    const struct rt_ima_rules sha384 = {.index = INDEX, .hash = RT_SHA384};

    cr_assert_eq(rt_ima_replay(LITERAL(ENTRY_1), &sha384, &got, &err), RATLS_OK);
    cr_expect_eq(got.digest_len, RT_SHA384_LEN);
    expect_value("14ae4ebfbbb8a6b8f535cb69f7a39779d59114306a0496ec586d7cf0b306d9f1"
                 "e9cf2db6ad32de85020fde60d6aeaa51");
}

Test(ima, does_not_compare_the_sha_1_of_an_entry_that_is_no_violation)
{
    char other[] = ENTRY_1;

    memset(other + 4, 0xee, 20);
    cr_assert_eq(replay(LITERAL(other)), RATLS_OK);
    expect_value(value_after[0]);
}

Test(ima, takes_a_register_of_two_digits_and_one_without_its_space)
{
    const struct rt_ima_rules ten = {.index = 10, .hash = RT_SHA256};
    static const char line[] =
        "10 " TIMES_20("aa") " ima-ng sha256:" TIMES_32("11") " /usr/bin/a\n";

    cr_assert_eq(rt_ima_replay(LITERAL(line), &ten, &got, NULL), RATLS_OK);
    expect_value(value_after[0]);
    cr_assert_eq(replay(ratls_bytes_str(LINE_1 + 1)), RATLS_OK);
    expect_value(value_after[0]);
}

Test(ima, takes_a_signature_that_is_empty)
{
    static const char list[] = "\4\0\0\0" TIMES_20("\xbb") "\7\0\0\0"
                                                           "ima-sig"
                                                           "\x29\0\0\0"
                                                           "\x1a\0\0\0"
                                                           "sha1:\0" TIMES_20("\x22") "\3\0\0\0"
                                                                                      "/b\0"
                                                                                      "\0\0\0\0";
    static const char line[] = " 4 " TIMES_20("bb") " ima-sig sha1:" TIMES_20("22") " /b \n";
    struct rt_ima_log other;

    cr_assert_eq(rt_ima_replay(LITERAL(list), &rules, &other, &err), RATLS_OK, "%s", err.detail);
    cr_assert_eq(replay(LITERAL(line)), RATLS_OK, "%s", err.detail);
    cr_expect_eq(memcmp(&got, &other, sizeof got), 0);
}

Test(ima, takes_a_violation_with_zeros_of_its_algorithm)
{
    static const char line[] = " 4 " TIMES_20("00") " ima-ng sha256:" TIMES_32("00") " /c\n";

    cr_assert_eq(replay(LITERAL(LINE_1 LINE_2)), RATLS_OK);
    struct rt_writer w = {0};
    rt_put(&w, LINE_1 LINE_2, sizeof LINE_1 + sizeof LINE_2 - 2);
    rt_put(&w, line, sizeof line - 1);
    cr_assert_eq(replay(rt_written(&w)), RATLS_OK, "%s", err.detail);
    expect_value(value_after[2]);
    rt_writer_free(&w);
}

Test(ima, knows_the_algorithms_of_the_kernel_by_name_and_length)
{
    static const struct {
        const char *name;
        size_t len;
    } algorithms[] = {{"sha1", 20},     {"sha224", 28},   {"sha256", 32},   {"sha384", 48},
                      {"sha512", 64},   {"sm3", 32},      {"sm3-256", 32},  {"sha3-256", 32},
                      {"sha3-384", 48}, {"sha3-512", 64}, {"md4", 0},       {"md5", 0},
                      {"rmd160", 0},    {"sha", 0},       {"sha1sha256", 0}};

    for (size_t i = 0; i < RT_COUNT(algorithms); i++)
        for (size_t len = 0; len <= 66; len++) {
            char line[320];
            int n = snprintf(line, sizeof line, " 4 %s ima-ng %s:%.*s /a\n", TIMES_20("aa"),
                             algorithms[i].name, (int)(2 * len), TIMES_4(TIMES_32("1")) "11111");
            cr_expect_eq(replay(ratls_bytes((const uint8_t *)line, (size_t)n)),
                         algorithms[i].len == len && len > 0 ? RATLS_OK : RATLS_E_EVENT_LOG,
                         "%s %zu", algorithms[i].name, len);
        }
}

/* ---- visitor ---- */

struct seen {
    size_t n;
    size_t digest_len[8];
    char path[8][32];
    enum ratls_err answer;
};

static enum ratls_err see(void *arg, struct ratls_bytes digest, struct ratls_bytes path)
{
    struct seen *s = arg;

    cr_assert_lt(s->n, 8);
    cr_assert_lt(path.len, sizeof s->path[0]);
    cr_expect_eq(digest.p == NULL, digest.len == 0);
    s->digest_len[s->n] = digest.len;
    memcpy(s->path[s->n++], path.p, path.len);
    return s->answer;
}

Test(ima, shows_each_entry_and_no_digest_of_a_violation)
{
    const struct ratls_bytes lists[] = {LITERAL(binary), LITERAL(ascii)};

    for (size_t i = 0; i < RT_COUNT(lists); i++) {
        struct seen s = {0};
        const struct rt_ima_rules with = {INDEX, RT_SHA256, see, &s};
        cr_assert_eq(rt_ima_replay(lists[i], &with, &got, &err), RATLS_OK);
        cr_expect_eq(s.n, 3);
        cr_expect_str_eq(s.path[0], "/usr/bin/a");
        cr_expect_str_eq(s.path[1], "/b");
        cr_expect_str_eq(s.path[2], "/c");
        cr_expect_eq(s.digest_len[0], 32);
        cr_expect_eq(s.digest_len[1], 20);
        cr_expect_eq(s.digest_len[2], 0);
    }
}

Test(ima, ends_with_the_error_of_a_visitor)
{
    struct seen s = {.answer = RATLS_E_NO_MEMORY};
    const struct rt_ima_rules with = {INDEX, RT_SHA256, see, &s};

    cr_assert_eq(rt_ima_replay(LITERAL(binary), &with, &got, &err), RATLS_E_NO_MEMORY);
    cr_expect_eq(err.code, RATLS_E_NO_MEMORY);
    cr_expect_eq(s.n, 1);
    cr_expect_eq(got.digest_len, 0);
}

/* ---- lies ---- */

Test(ima, refuses_each_row_of_the_negative_table)
{
    const struct patch_table table = {"ima.txt", LITERAL(binary), judge};

    cr_assert_gt(patch_try_all(&table), 60);
}

Test(ima, refuses_each_flaw_of_a_line)
{
#define SHA1   TIMES_20("aa")
#define SHA256 "sha256:" TIMES_32("11")
    static const struct {
        const char *line, *detail;
    } flaws[] = {
        {" 4 " SHA1 " ima-ng " SHA256 " /a", "entry 1 is cut off"},
        {"\n", "entry 1 is cut off"}, /* a line feed begins no line: binary */
        {" \n", "entry 1: no register, SHA-1 and template"},
        {"  4 " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {"  " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {" x " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {"4x " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {"4/ " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {"4: " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {"004 " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {" -4 " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {"4294967300 " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and"},
        {" 5 " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: wrong register 5"},
        {"10 " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: wrong register 10"},
        {"40 " SHA1 " ima-ng " SHA256 " /a\n", "entry 1: wrong register 40"},
        {LINE_1 "10 " SHA1 " ima-ng " SHA256 " /a\n", "entry 2: wrong register 10"},
        {" 4\n", "entry 1: no register, SHA-1 and template"},
        {" 4 " SHA1 "\n", "entry 1: no register, SHA-1 and template"},
        {" 4 " SHA1 " ima-ng\n", "entry 1: no register, SHA-1 and template"},
        {" 4  ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {" 4 " SHA1 "aa ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {" 4 " SHA1 "a ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {" 4 aa ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and template"},
        {" 4 " TIMES_20("gg") " ima-ng " SHA256 " /a\n", "entry 1: no register, SHA-1 and"},
        {" 4 " SHA1 "  ima-ng " SHA256 " /a\n", "entry 1: unknown template, name of length 0"},
        {" 4 " SHA1 " ima " TIMES_20("11") " /a\n", "entry 1: unknown template"},
        {" 4 " SHA1 " ima-ngv2 ima:" SHA256 " /a\n", "entry 1: unknown template"},
        {" 4 " SHA1 " ima-buf " SHA256 " /a 00\n", "entry 1: unknown template"},
        {" 4 " SHA1 " ima-ng \n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-ng " SHA256 "\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-ng " TIMES_32("11") " /a\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-ng " SHA256 "1 /a\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-ng sha256:g" TIMES_32("1") TIMES_32("1") " /a\n",
         "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-ng sha256: /a\n", "entry 1: file digest of size 0"},
        {" 4 " SHA1 " ima-ng :" TIMES_32("11") " /a\n", "entry 1: unknown algorithm"},
        {" 4 " SHA1 " ima-ng  " SHA256 " /a\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-ng " SHA256 " \n", "entry 1: path of size 1"},
        {" 4 " SHA1 " ima-sig " SHA256 " /a\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-sig " SHA256 " /ab\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-sig " SHA256 " /a 030\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-sig " SHA256 " /a 03zz\n", "entry 1: fields of the template"},
        {" 4 " SHA1 " ima-sig " SHA256 "  00\n", "entry 1: path of size 1"},
        {" 4 " TIMES_20("00") " ima-ng sha256:" TIMES_20("00") "00 /c\n",
         "entry 1: file digest of size 21"},
        {" 4 " TIMES_20("00") " ima-ng sha256: /c\n", "entry 1: file digest of size 0"},
        {LINE_1 "\n", "entry 2: no register, SHA-1 and template"},
        {LINE_1 " ", "entry 2 is cut off"},
    };

    for (size_t i = 0; i < RT_COUNT(flaws); i++)
        expect_malformed(ratls_bytes_str(flaws[i].line), flaws[i].detail);
}

Test(ima, refuses_a_nul_in_the_path_of_a_line)
{
    static const char line[] = " 4 " SHA1 " ima-ng " SHA256 " /a\0b\n";

    expect_malformed(LITERAL(line), "entry 1: path of size 5");
}

Test(ima, refuses_an_empty_path_in_the_binary_form)
{
    static const char entry[] = "\4\0\0\0" TIMES_20("\xaa") "\6\0\0\0"
                                                            "ima-ng"
                                                            "\x31\0\0\0"
                                                            "\x28\0\0\0"
                                                            "sha256:\0" TIMES_32("\x11") "\1\0\0\0"
                                                                                         "\0";
    static const char none[] = "\4\0\0\0" TIMES_20("\xaa") "\6\0\0\0"
                                                           "ima-ng"
                                                           "\x30\0\0\0"
                                                           "\x28\0\0\0"
                                                           "sha256:\0" TIMES_32("\x11") "\0\0\0\0";

    expect_malformed(LITERAL(entry), "entry 1: path of size 1");
    expect_malformed(LITERAL(none), "entry 1: path of size 0");
}

Test(ima, a_line_feed_in_a_path_makes_two_lines)
{
    static const char line[] = " 4 " SHA1 " ima-ng " SHA256 " /a\n" LINE_1;

    cr_assert_eq(replay(LITERAL(line)), RATLS_OK);
    cr_expect_eq(got.n_entries, 2);
    cr_expect_eq(judge(LITERAL(line), NULL), RATLS_E_EVENT_LOG_MISMATCH);
}

Test(ima, refuses_the_forms_mixed)
{
    static const char first[] = LINE_1 ENTRY_2, second[] = ENTRY_1 LINE_2;

    cr_expect_eq(replay(LITERAL(first)), RATLS_E_EVENT_LOG);
    cr_expect_eq(replay(LITERAL(second)), RATLS_E_EVENT_LOG);
}

Test(ima, every_truncation_is_malformed_or_a_mismatch)
{
    const struct ratls_bytes lists[] = {LITERAL(binary), LITERAL(ascii)};
    const size_t ends[][2] = {{97, 179}, {sizeof LINE_1 - 1, sizeof LINE_1 + sizeof LINE_2 - 2}};

    for (size_t i = 0; i < RT_COUNT(lists); i++)
        for (size_t len = 0; len < lists[i].len; len++) {
            uint8_t *exact = malloc(len ? len : 1); /* ASan sees a read behind it */
            cr_assert(exact);
            memcpy(exact, lists[i].p, len);
            bool between = len == ends[i][0] || len == ends[i][1];
            cr_expect_eq(judge(ratls_bytes(exact, len), NULL),
                         between ? RATLS_E_EVENT_LOG_MISMATCH : RATLS_E_EVENT_LOG, "%zu", len);
            free(exact);
        }
}

Test(ima, any_changed_bit_of_template_data_is_noticed)
{
    for (size_t at = 38; at < 97; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            char other[sizeof binary];
            memcpy(other, binary, sizeof binary);
            other[at] = (char)(other[at] ^ (1 << bit));
            cr_expect_neq(judge(LITERAL(other), NULL), RATLS_OK, "%zu, %u", at, bit);
        }
}

Test(ima, omitted_repeated_and_swapped_entries_are_noticed)
{
    static const char *const stories[] = {LINE_2 LINE_3,
                                          LINE_1 LINE_3,
                                          LINE_1 LINE_2,
                                          LINE_2 LINE_1 LINE_3,
                                          LINE_1 LINE_2 LINE_3 LINE_3,
                                          LINE_1 LINE_1 LINE_2 LINE_3,
                                          LINE_1 LINE_3 LINE_2};

    cr_assert_eq(judge(LITERAL(ascii), NULL), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(stories); i++)
        cr_expect_eq(judge(ratls_bytes_str(stories[i]), NULL), RATLS_E_EVENT_LOG_MISMATCH, "%zu",
                     i);
}

/* ---- limits ---- */

Test(ima, nothing_at_all_is_malformed)
{
    expect_malformed(ratls_bytes(NULL, 0), "log of size 0");
    expect_malformed(ratls_bytes((const uint8_t *)binary, 0), "log of size 0");
}

Test(ima, takes_a_list_of_the_longest_size_and_not_one_byte_more)
{
    struct rt_writer w = {0};

    while (w.len + 2 * sizeof LINE_1 < RT_MAX_EVENT_LOG)
        rt_put(&w, LINE_1, sizeof LINE_1 - 1);
    rt_put(&w, LINE_1, sizeof LINE_1 - 2);
    while (w.len < RT_MAX_EVENT_LOG - 1)
        rt_put_u8(&w, 'a');
    rt_put_u8(&w, '\n');
    cr_assert_eq(replay(rt_written(&w)), RATLS_OK, "%s", err.detail);
    w.p[w.len - 1] = 'a';
    rt_put_u8(&w, '\n');
    expect_malformed(rt_written(&w), "log of size 1048577");
    rt_writer_free(&w);
}

Test(ima, takes_the_longest_path_and_not_one_byte_more)
{
    for (size_t more = 0; more < 2; more++) {
        struct rt_writer w = {0};
        rt_put(&w, LINE_1, sizeof LINE_1 - 2);
        for (size_t i = strlen("/usr/bin/a"); i < RT_MAX_IMA_PATH + more; i++)
            rt_put_u8(&w, 'a');
        rt_put_u8(&w, '\n');
        cr_expect_eq(replay(rt_written(&w)), more ? RATLS_E_EVENT_LOG : RATLS_OK, "%s", err.detail);
        rt_writer_free(&w);
    }
    cr_expect(strstr(err.detail, "entry 1: path of size 4098"), "%s", err.detail);
}

Test(ima, refuses_a_hash_that_is_none)
{
    const struct rt_ima_rules wrong = {.index = INDEX, .hash = (enum rt_hash)2};

    cr_expect_eq(rt_ima_replay(LITERAL(binary), &wrong, &got, NULL), RATLS_E_INTERNAL);
    cr_expect_eq(got.digest_len, 0);
}

Test(ima, after_an_error_nothing_matches)
{
    static const uint8_t zeros[RT_SHA512_LEN];

    cr_assert_eq(replay(ratls_bytes((const uint8_t *)binary, 255)), RATLS_E_EVENT_LOG);
    cr_expect_eq(got.n_entries, 0);
    for (size_t len = 0; len <= sizeof zeros; len++)
        cr_expect_not(rt_ima_matches(&got, ratls_bytes(zeros, len)));
}

Test(ima, matches_the_whole_value_only)
{
    cr_assert_eq(replay(LITERAL(binary)), RATLS_OK);
    const struct rt_ima_log good = got;
    for (size_t len = 0; len <= sizeof good.value; len++)
        cr_expect_eq(rt_ima_matches(&good, ratls_bytes(good.value, len)), len == RT_SHA256_LEN);
    for (size_t at = 0; at < RT_SHA256_LEN; at++) {
        uint8_t other[RT_SHA256_LEN];
        memcpy(other, good.value, sizeof other);
        other[at] ^= 1;
        cr_expect_not(rt_ima_matches(&good, ratls_bytes(other, sizeof other)));
    }
}
