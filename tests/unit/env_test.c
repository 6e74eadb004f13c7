/* The real world behind struct ratls_env. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base.h"

/* Takes the place of the C library's. */
static enum { KERNEL, INTERRUPTED, SHORT, BROKEN, EMPTY } randomness;

ssize_t getrandom(void *out, size_t len, unsigned flags)
{
    if (randomness == BROKEN || randomness == INTERRUPTED) {
        errno = randomness == BROKEN ? EIO : EINTR;
        randomness = randomness == BROKEN ? BROKEN : KERNEL;
        return -1;
    }
    if (randomness == EMPTY)
        return 0;
    return syscall(SYS_getrandom, out, randomness == SHORT && len > 1 ? len / 2 : len, flags);
}

static char path[] = "/tmp/ratls-env-XXXXXX";

/* A file of `n` bytes "x". */
static void make_file(size_t n)
{
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "wb") : NULL;

    cr_assert_not_null(f);
    for (size_t i = 0; i < n; i++)
        (void)fputc('x', f);
    cr_assert_eq(fclose(f), 0);
}

static enum ratls_err read_back(const char *name, size_t max, struct ratls_buffer *out)
{
    const struct ratls_env *env = ratls_env_system();

    return env->read_file(env->arg, name, max, out);
}

Test(env, tells_the_time)
{
    const struct ratls_env *env = ratls_env_system();
    int64_t now = env->now(env->arg);

    cr_expect_geq(now, (int64_t)time(NULL) - 1);
    cr_expect_leq(now, (int64_t)time(NULL));
}

Test(env, counts_milliseconds_that_never_go_back)
{
    const struct ratls_env *env = ratls_env_system();
    int64_t begin = env->monotonic_ms(env->arg);

    usleep(20000);
    int64_t end = env->monotonic_ms(env->arg);
    cr_expect_geq(end - begin, 20);
    cr_expect_lt(end - begin, 10000);
}

Test(env, fills_all_of_a_large_buffer_with_randomness)
{
    const struct ratls_env *env = ratls_env_system();
    static uint8_t a[4096], b[4096];

    cr_assert_eq(env->random(env->arg, a, sizeof a), 0);
    cr_assert_eq(env->random(env->arg, b, sizeof b), 0);
    cr_expect_neq(memcmp(a, b, sizeof a), 0);
    for (size_t i = 0; i < sizeof a; i += 32)
        cr_expect_not(rt_all_zero(a + i, 32));
    cr_expect_eq(env->random(env->arg, a, 0), 0);
}

Test(env, asks_again_when_randomness_comes_in_parts_or_is_interrupted)
{
    const struct ratls_env *env = ratls_env_system();
    static const int how[] = {SHORT, INTERRUPTED};

    for (size_t i = 0; i < RT_COUNT(how); i++) {
        uint8_t bytes[256] = {0};
        randomness = how[i];
        cr_expect_eq(env->random(env->arg, bytes, sizeof bytes), 0);
        cr_expect_not(rt_all_zero(bytes + 240, 16));
    }
}

Test(env, says_when_there_is_no_randomness)
{
    const struct ratls_env *env = ratls_env_system();
    uint8_t bytes[16];

    randomness = BROKEN;
    cr_expect_neq(env->random(env->arg, bytes, sizeof bytes), 0);
    randomness = EMPTY;
    cr_expect_neq(env->random(env->arg, bytes, sizeof bytes), 0);
}

Test(env, reads_files_up_to_the_limit)
{
    struct ratls_buffer out;

    make_file(20000);
    cr_assert_eq(read_back(path, 20000, &out), RATLS_OK);
    cr_expect_eq(out.len, 20000);
    cr_expect_eq(out.p[19999], 'x');
    ratls_buffer_free(&out);
    cr_expect_eq(read_back(path, 19999, &out), RATLS_E_LIMIT);
    cr_expect_null(out.p);
    cr_expect_eq(read_back(path, 0, &out), RATLS_E_LIMIT);
    (void)unlink(path);
}

Test(env, lists_the_files_of_a_folder)
{
    const struct ratls_env *env = ratls_env_system();
    static const char *const names[] = {"b.json", "a.json", ".json", "c.jsonx", "d\n.json"};
    char folder[] = "/tmp/ratls-env-XXXXXX", name[64];
    struct ratls_buffer out;

    cr_assert_not_null(mkdtemp(folder));
    for (size_t i = 0; i < RT_COUNT(names); i++) {
        (void)snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        FILE *f = fopen(name, "w");
        cr_assert(f && fclose(f) == 0);
    }
    cr_assert_eq(env->list_files(env->arg, folder, ".json", &out), RATLS_OK);
    cr_expect_str_eq((char *)out.p, "a.json\nb.json\n");
    ratls_buffer_free(&out);
    for (size_t i = 0; i < RT_COUNT(names); i++) {
        (void)snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        cr_expect_eq(env->list_files(env->arg, name, ".json", &out), RATLS_E_IO);
        (void)unlink(name);
    }
    (void)rmdir(folder);
    cr_expect_eq(env->list_files(env->arg, folder, ".json", &out), RATLS_E_IO);
    cr_expect_null(out.p);
}

Test(env, reads_an_empty_file)
{
    struct ratls_buffer out;

    make_file(0);
    cr_assert_eq(read_back(path, 0, &out), RATLS_OK);
    cr_expect_not_null(out.p);
    cr_expect_eq(out.len, 0);
    ratls_buffer_free(&out);
    (void)unlink(path);
}

Test(env, says_when_a_file_cannot_be_read)
{
    struct ratls_buffer out;

    cr_expect_eq(read_back("/nonexistent/file", 100, &out), RATLS_E_IO);
    cr_expect_null(out.p);
    cr_expect_eq(read_back("/tmp", 100, &out), RATLS_E_IO);
    cr_expect_null(out.p);
}

Test(env, stops_reading_a_file_without_end)
{
    struct ratls_buffer out;

    cr_expect_eq(read_back("/dev/zero", 100000, &out), RATLS_E_LIMIT);
    cr_expect_null(out.p);
}
