/* Sealed records: one form, and every part of what they are bound to (T52). */
#include <sys/wait.h>

#include "secrets_support.h"
#include "sealed.h"

static struct world world;
static struct ratls_kek *kek;

static void begin(void)
{
    world_begin(&world, FOLDER);
    kek = kek_of(&world, KEK_TEXT);
}

static void end(void)
{
    ratls_kek_close(kek);
    world_end(&world);
}

TestSuite(secret_record, .init = begin, .fini = end);

static const struct ratls_store_ref ref = {.kind = "secret", .tee = "", .name = "db", .version = 3};

static struct rt_sealed sealed(const char *value)
{
    struct rt_sealed s = {.policy = "web", .policy_sha256 = {1, 2, 3}};

    cr_assert_eq(rt_seal(&world.env, kek, &ref, ratls_bytes_str(value), &s), RATLS_OK);
    return s;
}

static enum ratls_err unseal_as(const struct ratls_store_ref *as, const struct rt_sealed *s)
{
    struct ratls_secret_value *v = NULL;

    world.err = (struct ratls_error){0};
    enum ratls_err e = rt_unseal(kek, as, s, &v, &world.err);
    cr_expect_eq(e == RATLS_OK, v != NULL);
    cr_expect_null(strstr(world.err.detail, "value-1"));
    ratls_secret_value_free(v);
    return e;
}

/* ---- what it is bound to ---- */

Test(secret_record, opens_as_what_it_was_sealed_for)
{
    struct rt_sealed s = sealed("value-1");

    cr_expect_eq(unseal_as(&ref, &s), RATLS_OK);
    cr_expect_eq(rt_sealed_size(&s), 7);
    rt_sealed_free(&s);
}

Test(secret_record, opens_under_no_other_name_version_or_policy)
{
    const struct ratls_store_ref other_name = {.kind = "secret", .name = "dc", .version = 3};
    const struct ratls_store_ref other_version = {.kind = "secret", .name = "db", .version = 2};
    struct rt_sealed s = sealed("value-1"), changed = s;

    cr_expect_eq(unseal_as(&other_name, &s), RATLS_E_SECRET_TAMPERED);
    cr_expect_eq(unseal_as(&other_version, &s), RATLS_E_SECRET_TAMPERED);
    strcpy(changed.policy, "wea");
    cr_expect_eq(unseal_as(&ref, &changed), RATLS_E_SECRET_TAMPERED);
    changed = s;
    changed.policy_sha256[31] ^= 1;
    cr_expect_eq(unseal_as(&ref, &changed), RATLS_E_SECRET_TAMPERED);
    rt_sealed_free(&s);
}

/* The same key under another id is as good as another key. */
Test(secret_record, says_which_kek_is_the_wrong_one)
{
    struct rt_sealed s = sealed("value-1");
    struct ratls_kek *other = kek_of(&world, KEK_TEXT_B);
    struct ratls_secret_value *v = NULL;

    cr_expect_eq(rt_unseal(other, &ref, &s, &v, NULL), RATLS_E_KEK_MISMATCH);
    strcpy(s.kek, ratls_kek_id(other));
    cr_expect_eq(rt_unseal(other, &ref, &s, &v, NULL), RATLS_E_SECRET_TAMPERED);
    cr_expect_eq(unseal_as(&ref, &s), RATLS_E_KEK_MISMATCH);
    ratls_kek_close(other);
    rt_sealed_free(&s);
}

Test(secret_record, does_not_open_when_any_byte_was_changed)
{
    struct rt_sealed s = sealed("value-1");

    for (size_t i = 0; i < sizeof s.key; i++) {
        s.key[i] ^= 4;
        cr_expect_eq(unseal_as(&ref, &s), RATLS_E_SECRET_TAMPERED, "key, byte %zu", i);
        s.key[i] ^= 4;
    }
    for (size_t i = 0; i < s.value.len; i++) {
        s.value.p[i] ^= 4;
        cr_expect_eq(unseal_as(&ref, &s), RATLS_E_SECRET_TAMPERED, "value, byte %zu", i);
        s.value.p[i] ^= 4;
    }
    cr_expect_eq(unseal_as(&ref, &s), RATLS_OK);
    rt_sealed_free(&s);
}

Test(secret_record, takes_neither_key_nor_value_of_another)
{
    struct rt_sealed a = sealed("value-1"), b = sealed("value-2"), mixed = a;

    memcpy(mixed.key, b.key, sizeof mixed.key);
    cr_expect_eq(unseal_as(&ref, &mixed), RATLS_E_SECRET_TAMPERED, "each has a key of its own");
    cr_expect_neq(memcmp(a.value.p, b.value.p, RT_GCM_IV_LEN), 0);
    rt_sealed_free(&a);
    rt_sealed_free(&b);
}

/* ---- the form ---- */

static const char *written(const struct rt_sealed *s)
{
    static char text[4096];
    struct ratls_buffer body = {0};

    cr_assert_eq(rt_sealed_write(s, &body), RATLS_OK);
    cr_assert_lt(body.len, sizeof text);
    memcpy(text, body.p, body.len + 1);
    ratls_buffer_free(&body);
    return text;
}

static enum ratls_err read_text(const char *text)
{
    struct rt_sealed s;
    enum ratls_err e = rt_sealed_read(ratls_bytes_str(text), &s, NULL);

    rt_sealed_free(&s);
    return e;
}

Test(secret_record, comes_back_as_it_was_written)
{
    struct rt_sealed s = sealed("value-1"), again;
    char text[4096];

    s.until = 1234567;
    (void)snprintf(text, sizeof text, "%s", written(&s));
    cr_assert_eq(rt_sealed_read(ratls_bytes_str(text), &again, NULL), RATLS_OK);
    cr_expect_str_eq(written(&again), text);
    cr_expect_eq(again.until, 1234567);
    cr_expect_eq(unseal_as(&ref, &again), RATLS_OK);
    rt_sealed_free(&again);
    rt_sealed_free(&s);
    s.destroyed = true;
    cr_expect_str_eq(written(&s), "{\"format\":\"ratls-secret/1\"}");
    cr_expect_eq(read_text("{\"format\":\"ratls-secret/1\"}"), RATLS_OK);
}

/* Each: what is found in a good record, and what is put there. */
static const struct {
    const char *from, *to;
} changes[] = {
    {"ratls-secret/1", "ratls-secret/2"},
    {"{\"format\"", "{ \"format\""},
    {"\"policy\":\"web\"", "\"policy\":\"..\""},
    {"\"policy\":\"web\"", "\"policy\":\"\""},
    {"\"policy\":\"web\"", "\"policy\":7"},
    {"\"policy\":\"web\",", ""},
    {"\"policy_sha256\":\"010203", "\"policy_sha256\":\"0102"},
    {"\"policy_sha256\":\"010203", "\"policy_sha256\":\"01020g"},
    {"\"policy_sha256\":\"010203", "\"policy_sha256\":\"010203ff"},
    {"\"kek\":\"", "\"kek\":\"0123456789012345678901234567890123456789012345678901234567890123"},
    {"\"kek\":\"", "\"kek\":\"\\u0007"},
    {"\"until\":0", "\"until\":-1"},
    {"\"until\":0", "\"until\":\"0\""},
    {"\"until\":0", "\"until\":0.5"},
    {"\"until\":0", "\"until\":9007199254740992"},
    {"\"until\":0,", ""},
    {"\"key\":\"", "\"key\":\"AAAA"},
    {"\"key\":\"", "\"key\":\"="},
    {"\"key\":\"", "\"keys\":\""},
    {"\"value\":\"", "\"value\":\"."},
    {"\"value\":\"", "\"value\":\"\",\"x\":\""},
    {"\"value\":", "\"more\":1,\"value\":"},
    {"\"}", "\",\"value\":\"\"}"},
    {"\"}", "\"} "},
    {"\"}", "\""},
};

Test(secret_record, is_refused_in_any_other_form)
{
    struct rt_sealed s = sealed("value-1");
    char good[4096], bad[8192];

    (void)snprintf(good, sizeof good, "%s", written(&s));
    cr_assert_eq(read_text(good), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(changes); i++) {
        const char *at = strstr(good, changes[i].from);
        cr_assert_not_null(at, "%s", changes[i].from);
        (void)snprintf(bad, sizeof bad, "%.*s%s%s", (int)(at - good), good, changes[i].to,
                       at + strlen(changes[i].from));
        cr_expect_eq(read_text(bad), RATLS_E_SECRET_TAMPERED, "%s", changes[i].to);
    }
    for (size_t n = 0; n < strlen(good); n++) {
        (void)snprintf(bad, sizeof bad, "%.*s", (int)n, good);
        cr_expect_eq(read_text(bad), RATLS_E_SECRET_TAMPERED, "cut off at %zu", n);
    }
    rt_sealed_free(&s);
}

Test(secret_record, holds_a_value_of_one_byte_at_least)
{
    struct rt_sealed s = sealed("v");

    cr_expect_eq(read_text(written(&s)), RATLS_OK);
    s.value.len--; /* IV and tag alone */
    cr_expect_eq(read_text(written(&s)), RATLS_E_SECRET_TAMPERED);
    rt_sealed_free(&s);
}

Test(secret_record, reads_no_list_text_or_nothing)
{
    static const char *const bad[] = {
        "",  "[]", "\"x\"",          "null",
        "7", "{}", "{\"format\":1}", "{\"format\":\"ratls-secret/1\",\"more\":1}"};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(read_text(bad[i]), RATLS_E_SECRET_TAMPERED, "%s", bad[i]);
}
