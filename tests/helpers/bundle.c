/* bundle - signed trust documents, for the scenarios. Refusals: their reason, exit 1.
 *
 *     bundle sign DOCUMENT KEY KID FILE
 *     bundle open FILE KEY DOCUMENT
 */
#include "ratls/bundle.h"

#include <stdio.h>
#include <stdlib.h>

#include "base.h"

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "bundle: %s\n", what);
    exit(2);
}

static struct ratls_buffer read_file(const char *path)
{
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer content = {0};

    if (env->read_file(env->arg, path, RATLS_BUNDLE_MAX + 1, &content) != RATLS_OK)
        fail(path);
    return content;
}

static int finish(enum ratls_err e, const struct ratls_error *err, const char *path,
                  const struct ratls_buffer *content)
{
    if (e) {
        (void)printf("%s: %s\n", ratls_err_reason(e), err->detail);
        return 1;
    }
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(content->p, 1, content->len, f) != content->len || fclose(f) != 0)
        fail(path);
    return 0;
}

int main(int argc, char **argv)
{
    struct ratls_buffer in, key, out = {0};
    struct ratls_error err = {0};
    enum ratls_err e;

    const bool sign = argc == 6 && strcmp(argv[1], "sign") == 0;
    if (!sign && (argc != 5 || strcmp(argv[1], "open") != 0))
        fail("sign DOCUMENT KEY KID FILE | open FILE KEY DOCUMENT");
    in = read_file(argv[2]);
    key = read_file(argv[3]);
    e = sign ? ratls_bundle_sign(rt_bytes_of(&in), rt_bytes_of(&key), argv[4], &out, &err)
             : ratls_bundle_open(rt_bytes_of(&in), rt_bytes_of(&key), &out, &err);
    int status = finish(e, &err, argv[sign ? 5 : 4], &out);
    ratls_buffer_free(&in);
    ratls_buffer_free(&key);
    ratls_buffer_free(&out);
    return status;
}
