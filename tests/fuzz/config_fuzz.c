/* Any text ends in a configuration that can be printed, or in a refusal that names a file. Bytes of
 * 1 part the input into files: the first one, and those of the folder that it may include. */
#include <stdio.h>
#include <stdlib.h>

#include "config_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BETWEEN 1

/* The k-th part. */
static struct ratls_bytes part(struct ratls_bytes input, size_t k)
{
    for (; k > 0; k--) {
        const uint8_t *end = input.len > 0 ? memchr(input.p, BETWEEN, input.len) : NULL;
        if (!end)
            return ratls_bytes(NULL, 0);
        size_t taken = (size_t)(end - input.p) + 1;
        input = ratls_bytes(&input.p[taken], input.len - taken);
    }
    const uint8_t *end = input.len > 0 ? memchr(input.p, BETWEEN, input.len) : NULL;
    return end ? ratls_bytes(input.p, (size_t)(end - input.p)) : input;
}

static enum ratls_err give(struct ratls_bytes from, struct ratls_buffer *out)
{
    out->p = malloc(from.len + 1);
    if (!out->p)
        return RATLS_E_NO_MEMORY;
    if (from.len > 0)
        memcpy(out->p, from.p, from.len);
    out->p[from.len] = 0;
    out->len = from.len;
    return RATLS_OK;
}

/* "fuzz.conf", or ".../K.conf" of a folder. */
static enum ratls_err read_input(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    const struct ratls_bytes *input = arg;
    const char *name = strrchr(path, '/');
    struct ratls_bytes from = part(*input, name ? strtoul(&name[1], NULL, 10) : 0);

    *out = (struct ratls_buffer){0};
    return from.len > max ? RATLS_E_LIMIT : give(from, out);
}

static enum ratls_err list_input(void *arg, const char *path, const char *ending,
                                 struct ratls_buffer *names)
{
    const struct ratls_bytes *input = arg;
    char list[16 * 100];
    size_t len = 0;

    (void)path;
    *names = (struct ratls_buffer){0};
    for (size_t k = 1; k < 100 && part(*input, k).p; k++)
        len += (size_t)snprintf(&list[len], sizeof list - len, "%02zu%s\n", k, ending);
    return give(ratls_bytes((const uint8_t *)list, len), names);
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void inspect_mode(const struct px_service *s)
{
    must(!ratls_mode_judges(s->mode) || s->policy || s->store);
    must(!ratls_mode_shows(s->mode) || s->attester);
    must((s->mode == RATLS_NONE) == s->insecure_no_attestation);
    must(s->mode != RATLS_NONE || s->client || s->cert);
}

static void inspect_ends(const struct px_service *s)
{
    must(s->accept.path || s->accept.activation || s->sni.n_parts > 0 ||
         (s->accept.host && s->accept.port[0]));
    bool asks =
        s->protocol == PX_PROTOCOL_CONNECT_LISTEN || s->protocol == PX_PROTOCOL_SOCKS_LISTEN;
    must(s->accept.n_ports == 1 || s->sni.n_parts > 0);
    must(s->sni.n_parts == 0 || (!s->accept.text && !s->client));
    must(asks == (s->n_connect == 0));
    for (size_t i = 0; i < s->n_connect; i++)
        must(s->connect[i].path || (s->connect[i].host[0] && s->connect[i].port[0]));
}

static void inspect_service(const struct px_service *s)
{
    inspect_ends(s);
    inspect_mode(s);
    must(s->binding > RATLS_LEVEL_NONE && s->proof > RATLS_LEVEL_NONE);
}

static void inspect(const struct px_config *c)
{
    static FILE *nowhere;

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    must(nowhere && c->n_services > 0 && c->n_services <= PX_MAX_SERVICES);
    must(c->warnings);
    must(c->workers > 0 && c->workers <= PX_MAX_WORKERS);
    for (size_t i = 0; i < c->n_services; i++)
        inspect_service(&c->services[i]);
    px_config_print(c, nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ratls_bytes input = ratls_bytes(data, size);
    struct ratls_env env = *ratls_env_system();
    struct ratls_error err = {0};
    struct px_config *c = NULL;

    env.arg = &input;
    env.read_file = read_input;
    env.list_files = list_input;
    if (px_config_load(&env, "fuzz.conf", &c, &err) == RATLS_OK)
        inspect(c);
    else
        must(!c && strstr(err.detail, ".conf:"));
    px_config_free(c);
    return 0;
}
