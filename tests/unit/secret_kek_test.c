/* Key-encryption keys in files: what is one, and what is refused. */
#include <fcntl.h>
#include <sys/wait.h>

#include "secrets_support.h"
#include "sealed.h"

#define RAW                                                                                        \
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"                             \
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f"

static struct world world;

static void begin(void)
{
    world_begin(&world, FOLDER);
}

static void end(void)
{
    world_end(&world);
}

TestSuite(secret_kek, .init = begin, .fini = end);

static enum ratls_err open_url(const char *url, char id[RATLS_KEK_ID_MAX + 1])
{
    struct ratls_kek *kek = NULL;

    world.err = (struct ratls_error){0};
    enum ratls_err e = ratls_kek_open(&world.env, url, &kek, &world.err);
    cr_expect_eq(e == RATLS_OK, kek != NULL);
    if (kek)
        (void)snprintf(id, RATLS_KEK_ID_MAX + 1, "%s", ratls_kek_id(kek));
    ratls_kek_close(kek);
    return e;
}

static enum ratls_err open_bytes(struct ratls_bytes bytes, mode_t mode)
{
    char id[RATLS_KEK_ID_MAX + 1];

    (void)unlink(path_of("kek"));
    return open_url(file_with("kek", bytes, mode), id);
}

Test(secret_kek, is_the_same_key_in_every_form_of_file)
{
    char id[4][RATLS_KEK_ID_MAX + 1] = {{0}};

    cr_assert_eq(open_url(file_with("a", ratls_bytes(RAW, 32), 0600), id[0]), RATLS_OK);
    cr_assert_eq(open_url(file_with("b", ratls_bytes_str(KEK_TEXT), 0400), id[1]), RATLS_OK);
    cr_assert_eq(open_url(file_with("c", ratls_bytes_str(KEK_TEXT "\n"), 0600), id[2]), RATLS_OK);
    cr_assert_eq(open_url(file_with("d", ratls_bytes_str(KEK_TEXT_B), 0600), id[3]), RATLS_OK);
    cr_expect_eq(strlen(id[0]), 32);
    cr_expect_str_eq(id[0], id[1]);
    cr_expect_str_eq(id[0], id[2]);
    cr_expect_str_neq(id[0], id[3]);
    cr_expect_null(strstr(id[0], "0001020304"), "nothing of the key itself");
}

Test(secret_kek, is_no_file_of_another_length_or_text)
{
    static const char *const bad[] = {"",
                                      "x",
                                      KEK_TEXT "\n\n",
                                      KEK_TEXT "0",
                                      KEK_TEXT "00",
                                      "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
                                      "1e1f",
                                      ZERO_64};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(open_bytes(ratls_bytes_str(bad[i]), 0600), RATLS_E_KEK, "%s", bad[i]);
    cr_expect_eq(open_bytes(ratls_bytes(RAW, 31), 0600), RATLS_E_KEK);
    cr_expect_eq(open_bytes(ratls_bytes(RAW "\n", 33), 0600), RATLS_E_KEK);
}

Test(secret_kek, is_for_its_owner_alone)
{
    static const mode_t bad[] = {0640, 0604, 0660, 0601, 0610, 0620, 0602, 0644};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(open_bytes(ratls_bytes_str(KEK_TEXT), bad[i]), RATLS_E_KEK, "%o", bad[i]);
    cr_expect_eq(open_bytes(ratls_bytes_str(KEK_TEXT), 0600), RATLS_OK);
}

Test(secret_kek, belongs_to_nobody_else)
{
    char id[RATLS_KEK_ID_MAX + 1];
    const char *url = file_with("kek", ratls_bytes_str(KEK_TEXT), 0600);

    if (geteuid() != 0)
        cr_skip_test("only root can give files away");
    cr_assert_eq(chown(url + 5, 65534, 0), 0);
    cr_expect_eq(open_url(url, id), RATLS_E_KEK);
}

Test(secret_kek, is_a_plain_file_under_its_own_name)
{
    char id[RATLS_KEK_ID_MAX + 1], url[600];

    (void)file_with("kek", ratls_bytes_str(KEK_TEXT), 0600);
    cr_assert_eq(symlink(path_of("kek"), path_of("link")), 0);
    (void)snprintf(url, sizeof url, "file:%s", path_of("link"));
    cr_expect_eq(open_url(url, id), RATLS_E_KEK, "a link");
    (void)snprintf(url, sizeof url, "file:%s", path_of("none"));
    cr_expect_eq(open_url(url, id), RATLS_E_NOT_FOUND);
    (void)snprintf(url, sizeof url, "file:%s", path_of(""));
    cr_expect_eq(open_url(url, id), RATLS_E_KEK, "a folder");
    cr_assert_eq(mkfifo(path_of("pipe"), 0600), 0);
    (void)snprintf(url, sizeof url, "file:%s", path_of("pipe"));
    cr_expect_eq(open_url(url, id), RATLS_E_KEK, "and does not wait for a pipe");
    cr_expect_eq(open_url("file:kek", id), RATLS_E_USAGE);
    cr_expect_eq(open_url("file:", id), RATLS_E_USAGE);
    cr_expect_eq(open_url("/kek", id), RATLS_E_USAGE);
    cr_expect_eq(open_url(NULL, id), RATLS_E_USAGE);
}

Test(secret_kek, is_made_new_and_never_over_something)
{
    char id[2][RATLS_KEK_ID_MAX + 1], url[2][600];
    struct stat st;

    for (int i = 0; i < 2; i++) {
        (void)snprintf(url[i], sizeof url[i], "file:%s%d", path_of("new"), i);
        cr_assert_eq(ratls_kek_new_file(&world.env, url[i] + 5, NULL), RATLS_OK);
        cr_assert_eq(open_url(url[i], id[i]), RATLS_OK);
        cr_assert_eq(stat(url[i] + 5, &st), 0);
        cr_expect_eq(st.st_mode & 07777, 0600);
        cr_expect_eq(ratls_kek_new_file(&world.env, url[i] + 5, NULL), RATLS_E_STATE);
    }
    cr_expect_str_neq(id[0], id[1]);
    cr_expect_eq(ratls_kek_new_file(&world.env, "/nowhere/at/all", NULL), RATLS_E_IO);
}

Test(secret_kek, is_gone_in_a_child)
{
    struct ratls_kek *kek = kek_of(&world, KEK_TEXT);
    int status = 0;
    pid_t child = fork();

    cr_assert_geq(child, 0);
    if (child == 0) {
        static const uint8_t iv[RT_GCM_IV_LEN];
        const struct rt_gcm with = {.iv = iv};
        uint8_t out[RT_GCM_TAG_LEN + 1];
        enum ratls_err a = rt_kek_seal(kek, &with, ratls_bytes("x", 1), out);
        enum ratls_err b =
            rt_kek_unseal(kek, &with, ratls_bytes(out, sizeof out), out, RATLS_E_JWE);
        _exit(a == RATLS_E_STATE && b == RATLS_E_STATE ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ratls_kek_close(kek);
}

/* ---- values ---- */

static enum ratls_err read_size(size_t size, struct ratls_secret_value **v)
{
    int fd = open(path_of("value"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    cr_assert_geq(fd, 0);
    cr_assert_eq(ftruncate(fd, (off_t)size), 0);
    enum ratls_err e = ratls_secret_value_read(fd, v, NULL);
    (void)close(fd);
    return e;
}

Test(secret_kek, value_is_read_up_to_its_limit)
{
    struct ratls_secret_value *v = NULL;

    cr_expect_eq(read_size(0, &v), RATLS_E_USAGE);
    cr_expect_eq(read_size(RATLS_SECRET_VALUE_MAX + 1, &v), RATLS_E_LIMIT);
    cr_expect_null(v);
    cr_assert_eq(read_size(RATLS_SECRET_VALUE_MAX, &v), RATLS_OK);
    cr_expect_eq(ratls_secret_value_bytes(v).len, RATLS_SECRET_VALUE_MAX);
    ratls_secret_value_free(v);
    cr_expect_eq(ratls_secret_value_read(-1, &v, NULL), RATLS_E_IO);
    ratls_secret_value_free(NULL);
}
