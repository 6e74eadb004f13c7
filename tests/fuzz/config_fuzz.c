/* Any text ends in a configuration that can be printed, or in a refusal that names the file. */
#include <stdio.h>
#include <stdlib.h>

#include "config_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ratls_err read_input(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    const struct ratls_bytes *input = arg;

    (void)path;
    *out = (struct ratls_buffer){0};
    if (input->len > max)
        return RATLS_E_LIMIT;
    out->p = malloc(input->len + 1);
    if (!out->p)
        return RATLS_E_NO_MEMORY;
    if (input->len > 0)
        memcpy(out->p, input->p, input->len);
    out->len = input->len;
    return RATLS_OK;
}

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void inspect_service(const struct px_service *s)
{
    must(s->accept.path || (s->accept.host && s->accept.port[0]));
    must(s->connect.path || (s->connect.host[0] && s->connect.port[0]));
    must(s->mode == RATLS_ATTEST || s->policy);
    must(s->mode == RATLS_VERIFY || s->attester);
    must(s->binding > RATLS_LEVEL_NONE && s->proof > RATLS_LEVEL_NONE);
}

static void inspect(const struct px_config *c)
{
    static FILE *nowhere;

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    must(nowhere && c->n_services > 0 && c->n_services <= PX_MAX_SERVICES);
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
    if (px_config_load(&env, "fuzz.conf", &c, &err) == RATLS_OK)
        inspect(c);
    else
        must(!c && strncmp(err.detail, "fuzz.conf:", strlen("fuzz.conf:")) == 0);
    px_config_free(c);
    return 0;
}
