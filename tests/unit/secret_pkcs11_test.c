/* KEKs inside a token: the URL, and SoftHSM as the real thing. */
#include <dlfcn.h>
#include <pthread.h>

#define CRYPTOKI_COMPAT
#include <p11-kit/pkcs11.h>

#include "pkcs11_uri.h"
#include "sealed.h"
#include "secrets_support.h"

#define MODULE_ATTRIBUTE "?module-path=/m.so"

static enum ratls_err parse(const char *text, struct rt_p11_uri *uri)
{
    return rt_p11_uri_parse(text, uri, NULL);
}

static bool is_text(const struct rt_p11_text *t, const char *text)
{
    return t->given && ratls_bytes_equal(ratls_bytes(t->p, t->len), ratls_bytes_str(text));
}

Test(pkcs11_uri, is_read_as_rfc_7512_says)
{
    struct rt_p11_uri uri;

    cr_assert_eq(parse("token=My%20token;manufacturer=A;serial=12%2f3;model=m;object=%f0k;id=%01%00"
                       ";slot-id=4294967295;type=secret-key"
                       "?pin-source=file:/etc/pin&module-path=/usr/lib/a%20b.so",
                       &uri),
                 RATLS_OK);
    cr_expect(is_text(&uri.token, "My token"));
    cr_expect(is_text(&uri.manufacturer, "A"));
    cr_expect(is_text(&uri.serial, "12/3"));
    cr_expect(is_text(&uri.model, "m"));
    cr_expect(is_text(&uri.object, "\xf0k"));
    cr_expect_eq(uri.id.len, 2);
    cr_expect_eq(memcmp(uri.id.p, "\1", 2), 0);
    cr_expect(uri.has_slot);
    cr_expect_eq(uri.slot, 4294967295UL);
    cr_expect_str_eq(uri.pin_file, "/etc/pin");
    cr_expect_str_eq(uri.module, "/usr/lib/a b.so");
    cr_assert_eq(parse("object=k" MODULE_ATTRIBUTE, &uri), RATLS_OK);
    cr_expect_not(uri.token.given || uri.id.given || uri.has_slot);
    cr_expect_str_eq(uri.pin_file, "");
}

#define TEXT_64 "0123456789012345678901234567890123456789012345678901234567890123"

Test(pkcs11_uri, is_refused_when_anything_is_wrong_with_it)
{
    static const char *const bad[] = {"",
                                      MODULE_ATTRIBUTE,
                                      "token=t" MODULE_ATTRIBUTE,
                                      "object=k",
                                      "object=k?",
                                      "object=k?module-path=",
                                      "object=k?module-path=m.so",
                                      "object=k?module-path=/a%00b",
                                      "object=k?module-path=/m.so&module-path=/m.so",
                                      "object=k?module-name=m",
                                      "object=k?module-path=/m.so&pin-value=1234",
                                      "object=k?module-path=/m.so&pin-source=pin",
                                      "object=k?module-path=/m.so&pin-source=|cmd",

                                      "object=k;object=k" MODULE_ATTRIBUTE,
                                      "object=" MODULE_ATTRIBUTE,
                                      "object" MODULE_ATTRIBUTE,
                                      "object=k;unknown=1" MODULE_ATTRIBUTE,
                                      "object=k;module-path=/m.so",
                                      "object=k;type=private" MODULE_ATTRIBUTE,
                                      "object=k;slot-id=" MODULE_ATTRIBUTE,
                                      "object=k;slot-id=x" MODULE_ATTRIBUTE,
                                      "object=k;slot-id=-1" MODULE_ATTRIBUTE,
                                      "object=k;slot-id=1;slot-id=1" MODULE_ATTRIBUTE,
                                      "object=k;slot-id=1234567890123456789" MODULE_ATTRIBUTE,
                                      "object=%" MODULE_ATTRIBUTE,
                                      "object=%4" MODULE_ATTRIBUTE,
                                      "object=%zz" MODULE_ATTRIBUTE,
                                      "object=a b" MODULE_ATTRIBUTE,
                                      "object=\xc3\xa9" MODULE_ATTRIBUTE,
                                      "object=" TEXT_64 "4" MODULE_ATTRIBUTE,
                                      ";;object=k" MODULE_ATTRIBUTE};
    struct rt_p11_uri uri;

    cr_assert_eq(parse("object=" TEXT_64 MODULE_ATTRIBUTE, &uri), RATLS_OK);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(parse(bad[i], &uri), RATLS_E_USAGE, "%s", bad[i]);
}

Test(pkcs11_uri, compares_fields_without_their_padding)
{
    const struct rt_p11_text any = {0}, abc = {.given = true, .len = 3, .p = "abc"};

    cr_expect(rt_p11_fits(&any, (const uint8_t *)"x   ", 4));
    cr_expect(rt_p11_fits(&abc, (const uint8_t *)"abc   ", 6));
    cr_expect(rt_p11_fits(&abc, (const uint8_t *)"abc", 3));
    cr_expect_not(rt_p11_fits(&abc, (const uint8_t *)"abcd", 4));
    cr_expect_not(rt_p11_fits(&abc, (const uint8_t *)"ab  ", 4));
    cr_expect_not(rt_p11_fits(&abc, (const uint8_t *)"    ", 4));
}

/* ---- SoftHSM ---- */

#define MODULE_PATH "/usr/lib/softhsm/libsofthsm2.so"

static struct world world;

static void run(const char *format)
{
    char command[1024];

    (void)snprintf(command, sizeof command, format, place_root);
    cr_assert_eq(system(command), 0, "%s", command);
}

static void begin(void)
{
    char conf[128];

    if (access(MODULE_PATH, R_OK) != 0)
        cr_skip_test("no SoftHSM is installed");
    world_begin(&world, FOLDER);
    (void)snprintf(conf, sizeof conf, "%s/softhsm.conf", place_root);
    cr_assert_eq(setenv("SOFTHSM2_CONF", conf, 1), 0);
    run("cd '%s' && mkdir tokens && printf 'directories.tokendir = %%s/tokens\\nlog.level = "
        "ERROR\\n'"
        " \"$PWD\" >softhsm.conf && softhsm2-util --init-token --free --label ratls --pin 1234"
        " --so-pin 12345678 >/dev/null && umask 077 && echo 1234 >pin && echo 9999 >wrong");
}

static void end(void)
{
    if (world.store)
        world_end(&world);
}

TestSuite(pkcs11_token, .init = begin, .fini = end);

struct key_kind {
    const char *label;
    CK_BBOOL sensitive, extractable;
    CK_ULONG len;
};

/* A key in the token, as an operator's tool makes one. */
static void make_key(const struct key_kind *kind)
{
    CK_FUNCTION_LIST *p11;
    CK_C_GetFunctionList list;
    CK_SLOT_ID slots[8];
    CK_ULONG n = 8, len = kind->len;
    CK_SESSION_HANDLE s;
    CK_OBJECT_HANDLE key;
    CK_BBOOL yes = CK_TRUE, sensitive = kind->sensitive, extractable = kind->extractable;
    CK_MECHANISM mechanism = {CKM_AES_KEY_GEN, NULL, 0};
    CK_ATTRIBUTE facts[] = {{CKA_TOKEN, &yes, 1},
                            {CKA_PRIVATE, &yes, 1},
                            {CKA_ENCRYPT, &yes, 1},
                            {CKA_DECRYPT, &yes, 1},
                            {CKA_SENSITIVE, &sensitive, 1},
                            {CKA_EXTRACTABLE, &extractable, 1},
                            {CKA_VALUE_LEN, &len, sizeof len},
                            {CKA_LABEL, (void *)kind->label, strlen(kind->label)}};
    void *module = dlopen(MODULE_PATH, RTLD_NOW);

    cr_assert_not_null(module);
    *(void **)&list = dlsym(module, "C_GetFunctionList");
    cr_assert_eq(list(&p11), CKR_OK);
    cr_assert_eq(p11->C_Initialize(NULL), CKR_OK);
    cr_assert_eq(p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
    cr_assert_eq(p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s),
                 CKR_OK);
    cr_assert_eq(p11->C_Login(s, CKU_USER, (CK_BYTE_PTR) "1234", 4), CKR_OK);
    cr_assert_eq(p11->C_GenerateKey(s, &mechanism, facts, RT_COUNT(facts), &key), CKR_OK);
    cr_assert_eq(p11->C_Finalize(NULL), CKR_OK);
    (void)dlclose(module);
}

static const struct key_kind good = {"kek", CK_TRUE, CK_FALSE, 32};

/* URL of the key; `token`, `pin` as given. Static. */
static const char *url_of(const char *token, const char *object, const char *pin)
{
    static char url[2][1024];
    static int turn;

    turn = !turn;
    (void)snprintf(url[turn], sizeof url[0],
                   "pkcs11:token=%s;object=%s?module-path=" MODULE_PATH "&pin-source=%s/%s", token,
                   object, place_root, pin);
    return url[turn];
}

static enum ratls_err open_url(const char *url)
{
    struct ratls_kek *kek = NULL;

    world.err = (struct ratls_error){0};
    enum ratls_err e = ratls_kek_open(&world.env, url, &kek, &world.err);
    cr_expect_eq(e == RATLS_OK, kek != NULL);
    cr_expect_null(strstr(world.err.detail, "1234"), "no PIN in errors");
    ratls_kek_close(kek);
    return e;
}

static struct ratls_kek *token_kek(void)
{
    struct ratls_kek *kek = NULL;

    world.err = (struct ratls_error){0};
    cr_assert_eq(ratls_kek_open(&world.env, url_of("ratls", "kek", "pin"), &kek, &world.err),
                 RATLS_OK, "%s", world.err.detail);
    return kek;
}

Test(pkcs11_token, keeps_secrets_under_a_key_that_never_leaves)
{
    struct ratls_kek *kek, *file;
    size_t n;
    char id[RATLS_KEK_ID_MAX + 1];

    make_key(&good);
    kek = token_kek();
    (void)snprintf(id, sizeof id, "%s", ratls_kek_id(kek));
    add_policy(&world, "web", 1, POLICY_A);
    must_put(&world, kek, "db", CANARY);
    ratls_kek_close(kek);
    kek = token_kek();
    cr_expect_str_eq(ratls_kek_id(kek), id);
    cr_expect_str_eq(opened(&world, kek, "db", 0), CANARY);
    file = kek_of(&world, KEK_TEXT);
    cr_expect_str_eq(opened(&world, file, "db", 0), "kek_mismatch");
    cr_assert_eq(rewrap(&world, kek, file, &n), RATLS_OK);
    cr_expect_str_eq(opened(&world, file, "db", 0), CANARY);
    cr_assert_eq(rewrap(&world, file, kek, &n), RATLS_OK);
    cr_expect_str_eq(opened(&world, kek, "db", 0), CANARY);
    ratls_kek_close(file);
    ratls_kek_close(kek);
}

static void *use(void *arg)
{
    const struct ratls_store_ref ref = {.kind = "secret", .name = "db", .version = 1};
    uintptr_t failed = 0;

    for (int i = 0; i < 300; i++) {
        struct rt_sealed s = {.policy = "web"};
        struct ratls_secret_value *v = NULL;
        failed |= rt_seal(&world.env, arg, &ref, ratls_bytes_str("x"), &s) != RATLS_OK;
        failed |= rt_unseal(arg, &ref, &s, &v, NULL) != RATLS_OK;
        ratls_secret_value_free(v);
        rt_sealed_free(&s);
    }
    return (void *)failed;
}

/* The module is told that there are threads: each has a KEK of its own, and all have the module. */
Test(pkcs11_token, is_for_several_threads)
{
    struct ratls_kek *kek[4];
    pthread_t threads[RT_COUNT(kek)];

    make_key(&good);
    for (size_t i = 0; i < RT_COUNT(kek); i++)
        kek[i] = token_kek();
    for (size_t i = 0; i < RT_COUNT(kek); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, use, kek[i]), 0);
    for (size_t i = 0; i < RT_COUNT(kek); i++) {
        void *failed = NULL;
        cr_assert_eq(pthread_join(threads[i], &failed), 0);
        cr_expect_null(failed);
    }
    for (size_t i = RT_COUNT(kek); i > 0; i--)
        ratls_kek_close(kek[i - 1]);
}

Test(pkcs11_token, tells_what_was_changed)
{
    const struct ratls_store_ref ref = {.kind = "secret", .name = "db", .version = 1};
    struct rt_sealed s = {.policy = "web"};
    struct ratls_secret_value *v = NULL;
    struct ratls_kek *kek;

    make_key(&good);
    kek = token_kek();
    cr_assert_eq(rt_seal(&world.env, kek, &ref, ratls_bytes_str("x"), &s), RATLS_OK);
    s.key[20] ^= 1;
    cr_expect_eq(rt_unseal(kek, &ref, &s, &v, NULL), RATLS_E_SECRET_TAMPERED);
    s.key[20] ^= 1;
    s.policy_sha256[0] ^= 1;
    cr_expect_eq(rt_unseal(kek, &ref, &s, &v, NULL), RATLS_E_SECRET_TAMPERED);
    s.policy_sha256[0] ^= 1;
    cr_assert_eq(rt_unseal(kek, &ref, &s, &v, NULL), RATLS_OK, "and goes on after that");
    ratls_secret_value_free(v);
    rt_sealed_free(&s);
    ratls_kek_close(kek);
}

Test(pkcs11_token, is_the_one_that_is_named_with_its_pin)
{
    make_key(&good);
    cr_expect_eq(open_url(url_of("ratls", "kek", "pin")), RATLS_OK);
    cr_expect_eq(open_url(url_of("other", "kek", "pin")), RATLS_E_NOT_FOUND);
    cr_expect_eq(open_url(url_of("ratls", "none", "pin")), RATLS_E_NOT_FOUND);
    cr_expect_eq(open_url(url_of("ratls", "kek", "none")), RATLS_E_NOT_FOUND);
    cr_expect_eq(open_url(url_of("ratls", "kek", "wrong")), RATLS_E_KEK);
    cr_assert_eq(chmod(path_of("pin"), 0644), 0);
    cr_expect_eq(open_url(url_of("ratls", "kek", "pin")), RATLS_E_KEK, "others may read it");
    cr_expect_eq(open_url("pkcs11:object=kek?module-path=" MODULE_PATH), RATLS_E_NOT_FOUND,
                 "without PIN the token shows no key");
    cr_expect_eq(open_url("pkcs11:object=kek?module-path=/none.so"), RATLS_E_NOT_FOUND);
    cr_expect_eq(open_url("pkcs11:object=kek?module-path=/lib/x86_64-linux-gnu/libc.so.6"),
                 RATLS_E_KEK);
}

Test(pkcs11_token, holds_a_key_that_cannot_be_taken_out)
{
    static const struct key_kind bad[] = {{"extractable", CK_TRUE, CK_TRUE, 32},
                                          {"plain", CK_FALSE, CK_FALSE, 32},
                                          {"short", CK_TRUE, CK_FALSE, 16}};

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        make_key(&bad[i]);
        cr_expect_eq(open_url(url_of("ratls", bad[i].label, "pin")), RATLS_E_KEK, "%s",
                     bad[i].label);
    }
    make_key(&good);
    make_key(&good);
    cr_expect_eq(open_url(url_of("ratls", "kek", "pin")), RATLS_E_NOT_FOUND, "one of two");
}
