/* proxy_config_support.h - configurations as texts: loaded, or refused with a line. */
#ifndef PROXY_CONFIG_SUPPORT_H
#define PROXY_CONFIG_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "config_impl.h"

#define FILE_NAME "test.conf"
#define WEB       "[web]\naccept = 127.0.0.1:1\nconnect = 2\nattester = tsm\npolicy = p.json\n"

static struct px_config *config;
static struct ratls_error err;

static inline enum ratls_err read_text(void *arg, const char *path, size_t max,
                                       struct ratls_buffer *out)
{
    const struct ratls_bytes *text = arg;

    cr_assert_str_eq(path, FILE_NAME);
    *out = (struct ratls_buffer){0};
    if (text->len > max)
        return RATLS_E_LIMIT;
    *out = (struct ratls_buffer){.p = malloc(text->len + 1), .len = text->len};
    memcpy(out->p, text->p, text->len);
    return RATLS_OK;
}

/* The folder "cas" has two files. */
static inline enum ratls_err list_cas(void *arg, const char *path, const char *ending,
                                      struct ratls_buffer *names)
{
    (void)arg;
    cr_expect_str_eq(ending, ".pem");
    *names = (struct ratls_buffer){0};
    if (strcmp(path, "empty") == 0)
        return RATLS_OK;
    if (strcmp(path, "cas") != 0)
        return RATLS_E_IO;
    *names = (struct ratls_buffer){.p = (uint8_t *)strdup("a.pem\nb.pem\n"), .len = 12};
    return RATLS_OK;
}

static inline enum ratls_err load_bytes(struct ratls_bytes text)
{
    struct ratls_env env = *ratls_env_system();

    env.arg = &text;
    env.read_file = read_text;
    env.list_files = list_cas;
    px_config_free(config);
    err = (struct ratls_error){0};
    return px_config_load(&env, FILE_NAME, &config, &err);
}

static inline const struct px_service *load(const char *text)
{
    cr_assert_eq(load_bytes(ratls_bytes_str(text)), RATLS_OK, "%s\n%s", err.detail, text);
    return &config->services[0];
}

static inline void refuses_bytes(struct ratls_bytes text, unsigned line, const char *words)
{
    char where[64];

    cr_expect_eq(load_bytes(text), RATLS_E_CONFIG, "taken: %.*s", (int)text.len, text.p);
    cr_expect_null(config);
    snprintf(where, sizeof where, FILE_NAME ":%u: ", line);
    cr_expect(strncmp(err.detail, where, strlen(where)) == 0, "%s is not in line %u", err.detail,
              line);
    cr_expect_not_null(strstr(err.detail, words), "%s does not say %s", err.detail, words);
}

static inline void refuses(const char *text, unsigned line, const char *words)
{
    refuses_bytes(ratls_bytes_str(text), line, words);
}

static inline bool same(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

static inline void teardown(void)
{
    px_config_free(config);
}

#endif
