/* The real world behind struct ratls_env. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base.h"

static int64_t system_now(void *arg)
{
    (void)arg;
    return (int64_t)time(NULL);
}

static int64_t system_monotonic_ms(void *arg)
{
    struct timespec t = {0};

    (void)arg;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int system_random(void *arg, uint8_t *out, size_t len)
{
    (void)arg;
    for (size_t done = 0; done < len;) {
        ssize_t n = getrandom(out + done, len - done, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

static enum ratls_err read_stream(FILE *f, size_t max, struct ratls_buffer *out)
{
    struct rt_writer w = {0};
    uint8_t chunk[8192];
    size_t n;

    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0 && w.len + n <= max)
        rt_put(&w, chunk, n);
    rt_wipe(chunk, sizeof chunk);
    if (n > 0 || ferror(f)) {
        rt_writer_free(&w);
        return n > 0 ? RATLS_E_LIMIT : RATLS_E_IO;
    }
    return rt_writer_take(&w, out);
}

static enum ratls_err system_read_file(void *arg, const char *path, size_t max,
                                       struct ratls_buffer *out)
{
    FILE *f = fopen(path, "rbe");

    (void)arg;
    *out = (struct ratls_buffer){0};
    if (!f)
        return RATLS_E_IO;
    (void)setvbuf(f, NULL, _IONBF, 0); /* stdio's own buffer would keep a copy of keys */
    enum ratls_err e = read_stream(f, max, out);
    (void)fclose(f);
    return e;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t len = strlen(name), tail = strlen(ending);

    return len > tail && strcmp(name + len - tail, ending) == 0;
}

static enum ratls_err system_list_files(void *arg, const char *path, const char *ending,
                                        struct ratls_buffer *names)
{
    struct dirent **entries = NULL;
    struct rt_writer w = {0};
    int n = scandir(path, &entries, NULL, alphasort);

    (void)arg;
    *names = (struct ratls_buffer){0};
    if (n < 0)
        return RATLS_E_IO;
    for (int i = 0; i < n; i++) {
        if (ends_with(entries[i]->d_name, ending) && !strchr(entries[i]->d_name, '\n')) {
            rt_put_bytes(&w, ratls_bytes_str(entries[i]->d_name));
            rt_put_u8(&w, '\n');
        }
        free(entries[i]);
    }
    free(entries);
    return rt_writer_take(&w, names);
}

static const struct ratls_env system_env = {
    .now = system_now,
    .monotonic_ms = system_monotonic_ms,
    .random = system_random,
    .read_file = system_read_file,
    .list_files = system_list_files,
};

const struct ratls_env *ratls_env_system(void)
{
    return &system_env;
}
