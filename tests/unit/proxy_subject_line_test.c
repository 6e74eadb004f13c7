/* What workers tell the authority process about their peers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ipc.h"
#include "subject_line.h"

#define HEAD ((size_t)2 * PX_SUBJECT_SECRET + 1)

static const uint8_t secret[PX_SUBJECT_SECRET] = {1, 2, 3, [31] = 0xff};
static const uint8_t key[] = "a key in DER", ak[] = "another";
static struct ratls_claims *claims, *of_gpu;
static struct px_subject subject, found;
static char *line;

static void setup(void)
{
    claims = ratls_claims_new();
    ratls_claims_set_text(claims, "tdx.mr_td", "c0de");
    ratls_claims_set_uint(claims, "tdx.svn", UINT64_MAX);
    ratls_claims_set_bool(claims, "tdx.debug", false);
    ratls_claims_add_item(claims, "tdx.advisories", NULL);
    ratls_claims_add_item(claims, "tdx.advisories", "INTEL-SA-1");
    ratls_claims_add_item(claims, "tdx.advisories", "INTEL-SA-2");
    of_gpu = ratls_claims_new();
    ratls_claims_set_text(of_gpu, "measurement", "c1");
    ratls_claims_set_text(of_gpu, "nvidia.measurements.1", "c2");
    ratls_claims_set_text(of_gpu, "nonce", "c3");
    ratls_claims_set_text(of_gpu, "nvidia.arch", "hopper");
    subject = (struct px_subject){
        .attested = true,
        .asker = {9},
        .nonce = {10},
        .service = "tokens",
        .peer = "192.0.2.7:4000",
        .policy = "file:p.json",
        .tee = "tdx",
        .measurement = "c0de",
        .level = RATLS_LEVEL_SESSION,
        .simulated = true,
        .expires = 1800000000,
        .vector = {2, -1, [7] = 127},
        .spki_sha256 = {7},
        .cert_sha256 = {8},
        .spki = {key, sizeof key},
        .ak_spki = {ak, sizeof ak},
        .device = {{.label = "gpu0", .kind = "nvidia", .vector = {3}, .claims = of_gpu},
                   {.label = "npu_1", .kind = "npu", .simulated = true}},
        .n_devices = 2,
        .claims = claims};
    line = px_subject_line(secret, &subject);
    cr_assert_not_null(line);
}

static void teardown(void)
{
    px_subject_free(&found);
    px_subject_line_free(line);
    ratls_claims_free(claims);
    ratls_claims_free(of_gpu);
}

TestSuite(proxy_subject_line, .init = setup, .fini = teardown, .timeout = 60);

static bool reads(const char *value)
{
    px_subject_free(&found);
    return px_subject_read(value, secret, &found);
}

static void expect_claim(size_t i)
{
    const struct ratls_claim *is = ratls_claims_at(found.claims, i);
    const struct ratls_claim *was = ratls_claims_at(claims, i);

    cr_assert_str_eq(is->name, was->name);
    cr_expect(is->type == was->type && is->number == was->number && is->n_items == was->n_items);
    if (was->type == RATLS_CLAIM_TEXT)
        cr_expect_str_eq(is->text, was->text);
    for (size_t k = 0; k < was->n_items; k++)
        cr_expect_str_eq(is->items[k], was->items[k]);
}

Test(proxy_subject_line, what_is_told_is_read)
{
    cr_assert(reads(line));
    cr_expect(found.of == PX_OF_CHANNEL && found.attested);
    cr_expect_arr_eq(found.asker, subject.asker, 32);
    cr_expect_arr_eq(found.nonce, subject.nonce, 32);
    cr_expect_str_eq(found.service, "tokens");
    cr_expect_str_eq(found.peer, "192.0.2.7:4000");
    cr_expect_str_eq(found.policy, "file:p.json");
    cr_expect_str_eq(found.tee, "tdx");
    cr_expect_str_eq(found.measurement, "c0de");
    cr_expect(found.level == RATLS_LEVEL_SESSION && found.simulated);
    cr_expect_eq(found.expires, 1800000000);
    cr_expect_arr_eq(found.vector, subject.vector, sizeof subject.vector);
    cr_expect_arr_eq(found.spki_sha256, subject.spki_sha256, 32);
    cr_expect_arr_eq(found.cert_sha256, subject.cert_sha256, 32);
    cr_expect(ratls_bytes_equal(found.spki, subject.spki));
    cr_expect(ratls_bytes_equal(found.ak_spki, subject.ak_spki));
    cr_assert_eq(found.n_devices, 2);
    cr_expect_str_eq(found.device[0].label, "gpu0");
    cr_expect_str_eq(found.device[0].kind, "nvidia");
    cr_expect(found.device[0].vector[0] == 3 && !found.device[0].simulated);
    cr_expect_str_eq(found.device[1].label, "npu_1");
    cr_expect(found.device[1].simulated);
    cr_expect_null(found.device[1].claims);
    cr_assert_eq(ratls_claims_count(found.claims), ratls_claims_count(claims));
    for (size_t i = 0; i < ratls_claims_count(claims); i++)
        expect_claim(i);
}

Test(proxy_subject_line, of_a_device_that_is_told_which_results_tell)
{
    cr_assert(reads(line));
    const struct ratls_claims *c = found.device[0].claims;
    cr_assert_eq(ratls_claims_count(c), 2);
    cr_expect_str_eq(ratls_claims_get(c, "measurement")->text, "c1");
    cr_expect_str_eq(ratls_claims_get(c, "nvidia.arch")->text, "hopper");
}

Test(proxy_subject_line, devices_are_those_of_the_verdict)
{
    struct ratls_ear_subject of = {.n_devices = 2};

    memcpy(of.device, subject.device, sizeof of.device);
    for (int told = 0; told < 2; told++) {
        struct px_subject s = {0};
        px_subject_take_devices(&s, &of, told);
        cr_expect(s.n_devices == 2 && s.device[1].simulated);
        cr_expect_str_eq(s.device[0].label, "gpu0");
        cr_expect_eq(s.device[0].claims, told ? of_gpu : NULL);
    }
}

Test(proxy_subject_line, claims_need_not_be_told)
{
    px_subject_line_free(line);
    subject.claims = NULL;
    subject.ak_spki = ratls_bytes(NULL, 0);
    line = px_subject_line(secret, &subject);
    cr_assert(line && reads(line));
    cr_expect(!found.claims && found.ak_spki.len == 0);
}

Test(proxy_subject_line, every_character_of_the_secret_counts)
{
    for (size_t i = 0; i < HEAD; i++) {
        char was = line[i];
        line[i] = was == '0' ? '1' : '0';
        cr_expect_not(reads(line), "%zu", i);
        line[i] = was;
    }
    cr_expect(reads(line));
    line[HEAD - 3] = 'F'; /* as the digit it stands for */
    cr_expect_not(reads(line));
}

Test(proxy_subject_line, no_part_of_a_line_is_a_line)
{
    for (size_t n = 0; n < strlen(line); n++) {
        char *part = strndup(line, n);
        cr_expect_not(reads(part), "%zu of %zu", n, strlen(line));
        free(part);
    }
}

Test(proxy_subject_line, nothing_stands_behind_it)
{
    char *longer = malloc(strlen(line) + 3);

    (void)stpcpy(stpcpy(longer, line), "00");
    cr_expect_not(reads(longer));
    (void)stpcpy(stpcpy(longer, line), " ");
    cr_expect_not(reads(longer));
    free(longer);
}

/* Position of a byte of the payload, and what it must not be. */
Test(proxy_subject_line, fields_are_of_their_kind)
{
    static const struct {
        size_t at;
        const char *digits;
    } cases[] = {
        {0, "00"},                /* no service */
        {1, "0a"},                /* a line end in it */
        {36, "41"},               /* a capital in tee */
        {40, "47"},               /* measurement: no hex */
        {44, "05"},               /* of what? */
        {45, "02"},               /* attested */
        {111, "01"},              /* a fault of who is allowed */
        {112, "00"}, {112, "04"}, /* level */
        {113, "02"},              /* simulated */
        {114, "80"},              /* expires before time began */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *wrong = strdup(line);
        memcpy(&wrong[HEAD + 2 * cases[i].at], cases[i].digits, 2);
        cr_assert_str_neq(wrong, line);
        cr_expect_not(reads(wrong), "case %zu", i);
        free(wrong);
    }
}

/* What is told of each kind, and one thing of it that another kind would have. */
Test(proxy_subject_line, kinds_have_what_is_theirs)
{
    static const struct {
        enum px_subject_of of;
        bool attested, tee, spki, reads;
        enum ratls_level level;
        enum ratls_err fault;
    } cases[] = {
        {PX_OF_CHANNEL, true, true, true, true, RATLS_LEVEL_KEY, RATLS_OK},
        {PX_OF_CHANNEL, false, true, true, false, RATLS_LEVEL_KEY, RATLS_OK},
        {PX_OF_CHANNEL, true, false, true, false, RATLS_LEVEL_KEY, RATLS_OK},
        {PX_OF_CHANNEL, true, true, false, false, RATLS_LEVEL_KEY, RATLS_OK},
        {PX_OF_CHANNEL, true, true, true, false, RATLS_LEVEL_KEY, RATLS_E_IO},
        {PX_OF_CHANNEL, true, true, true, false, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_NOBODY, false, false, false, true, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_NOBODY, true, false, false, false, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_NOBODY, false, false, false, false, RATLS_LEVEL_NONE, RATLS_E_IO},
        {PX_OF_EVIDENCE, false, true, false, true, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_EVIDENCE, true, true, true, true, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_EVIDENCE, false, false, false, false, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_EVIDENCE, false, true, false, false, RATLS_LEVEL_KEY, RATLS_OK},
        {PX_OF_EVIDENCE, false, true, false, false, RATLS_LEVEL_NONE, RATLS_E_IO},
        {PX_OF_REFUSED, false, false, false, true, RATLS_LEVEL_NONE, RATLS_E_IO},
        {PX_OF_REFUSED, false, false, false, false, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_REFUSED, false, false, false, false, RATLS_LEVEL_NONE, RATLS_ERR_COUNT},
        {PX_OF_BUSY, true, false, false, true, RATLS_LEVEL_NONE, RATLS_OK},
        {PX_OF_BUSY, true, false, false, false, RATLS_LEVEL_NONE, RATLS_E_IO},
        {PX_OF_BUSY + 1, true, true, true, false, RATLS_LEVEL_NONE, RATLS_OK},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct px_subject s = {.of = cases[i].of,
                               .attested = cases[i].attested,
                               .service = "s",
                               .level = cases[i].level,
                               .fault = cases[i].fault};
        if (cases[i].tee)
            (void)strcpy(s.tee, "tdx");
        if (cases[i].spki)
            s.spki = ratls_bytes(key, sizeof key);
        px_subject_line_free(line);
        line = px_subject_line(secret, &s);
        cr_expect_eq(reads(line), cases[i].reads, "case %zu", i);
    }
}

Test(proxy_subject_line, capitals_are_no_digits)
{
    char *letter = strstr(&line[HEAD], "6b6579"); /* of the key: any byte is good there */

    cr_assert_not_null(letter);
    letter[1] = 'B';
    cr_expect_not(reads(line));
}

static char *with(const char *from, const char *to)
{
    char *at = strstr(&line[HEAD], from);

    cr_assert(at && strlen(from) == strlen(to));
    memcpy(at, to, strlen(to));
    return line;
}

Test(proxy_subject_line, a_claim_comes_once)
{
    px_subject_line_free(line);
    ratls_claims_set_text(claims, "tdx.a", "1");
    ratls_claims_set_text(claims, "tdx.b", "1");
    line = px_subject_line(secret, &subject);
    cr_expect(reads(line));
    cr_expect_not(reads(with("7464782e62", "7464782e61")));
}

Test(proxy_subject_line, a_claim_has_a_good_name_and_a_known_type)
{
    cr_expect_not(reads(with("7464782e73766e", "7464782e53766e")));
    (void)with("7464782e53766e", "7464782e73766e");
    cr_expect(reads(line));
    cr_expect_not(reads(with("7464782e73766e01", "7464782e73766e04")));
}

Test(proxy_subject_line, a_device_has_no_other_claims_than_results_tell)
{
    cr_expect_not(reads(with("6e76696469612e61726368", "6e766964692e6e6f6e6365")));
}

Test(proxy_subject_line, keys_have_bounds)
{
    static const uint8_t large[PX_SUBJECT_SPKI + 1] = {0};

    subject.spki = ratls_bytes(large, sizeof large);
    px_subject_line_free(line);
    line = px_subject_line(secret, &subject);
    cr_expect_not(reads(line));
    subject.spki = ratls_bytes(NULL, 0);
    px_subject_line_free(line);
    line = px_subject_line(secret, &subject);
    cr_expect_not(reads(line));
}

/* A list at the end of all, of one text again and again; `more` are added to it by hand. */
static bool reads_with(const char *item, size_t n, size_t more)
{
    struct px_subject s = subject;
    char *longer = malloc(2 * PX_SUBJECT_LINE + 4096), count[5], *to = NULL;

    s.claims = claims = (ratls_claims_free(claims), ratls_claims_new());
    for (size_t i = 0; i < n; i++)
        (void)ratls_claims_add_item(claims, "x.list", item);
    char *all = px_subject_line(secret, &s);
    cr_assert(all && longer);
    to = stpcpy(longer, all);
    const size_t digits = 2 * (2 + strlen(item));
    for (size_t i = 0; i < more; i++, to += digits)
        memcpy(to, &all[strlen(all) - digits], digits);
    *to = 0;
    (void)snprintf(count, sizeof count, "%04zx", n + more);
    memcpy(&longer[strlen(all) - n * digits - 4], count, 4);
    const bool good = reads(longer);
    free(longer);
    px_subject_line_free(all);
    return good;
}

Test(proxy_subject_line, what_is_too_long_is_not_read)
{
    char text[1001];

    memset(text, 'x', sizeof text);
    text[1000] = 0;
    cr_expect(reads_with(text, 18, 1));
    cr_expect_not(reads_with(text, 18, 3));
}

/* Of whom that is said there is nothing to sign. */
static void expect_too_long(enum px_subject_of of)
{
    px_subject_line_free(line);
    subject.of = of;
    subject.level = of == PX_OF_CHANNEL ? RATLS_LEVEL_KEY : RATLS_LEVEL_NONE;
    line = px_subject_line(secret, &subject);
    cr_assert(line && reads(line));
    cr_expect(found.of == PX_OF_REFUSED && found.fault == RATLS_E_LIMIT);
    cr_expect(!found.claims && found.n_devices == 0);
    cr_expect_arr_eq(found.asker, subject.asker, 32);
}

Test(proxy_subject_line, what_is_too_long_is_not_told)
{
    char text[1001];

    memset(text, 'x', sizeof text);
    text[1000] = 0;
    for (int i = 0; i < 21; i++)
        (void)ratls_claims_add_item(of_gpu, "x.list", text);
    expect_too_long(PX_OF_CHANNEL);
    expect_too_long(PX_OF_EVIDENCE);
    subject.of = PX_OF_REFUSED;
    cr_expect_null(px_subject_line(secret, &subject));
}
