#include "tpm_own.h"

#include "cert_text.h"

void rt_tpm_own_free(struct rt_tpm_own *own)
{
    for (size_t i = 0; i < own->n_certs; i++)
        ratls_buffer_free(&own->cert[i]);
    ratls_buffer_free(&own->spki);
}

static enum ratls_err keep_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct rt_tpm_own *own = arg;

    if (own->n_certs == RT_TPM_CERTS_MAX)
        return ratls_fail(err, RATLS_E_USAGE, "more than %d certificates", RT_TPM_CERTS_MAX);
    enum ratls_err e = rt_dup(der, &own->cert[own->n_certs]);
    own->n_certs += e == RATLS_OK;
    return e;
}

static enum ratls_err read_certs(const struct ratls_env *env, const char *path,
                                 struct rt_tpm_own *own, struct ratls_error *err)
{
    struct ratls_buffer file = {0};
    struct ratls_error why = {0};

    if (!path[0])
        return RATLS_OK;
    enum ratls_err e = env->read_file(env->arg, path, RT_MAX_FILE, &file);
    if (e)
        return ratls_fail(err, e, "certs: %s cannot be read", path);
    e = rt_each_cert(rt_bytes_of(&file), keep_cert, own, &why);
    ratls_buffer_free(&file);
    return e ? ratls_fail(err, rt_is_own_failure(e) ? e : RATLS_E_USAGE, "certs: %s", why.detail)
             : RATLS_OK;
}

/* TPM 2.0 part 2, 7.4: persistent objects are those from 0x81000000 on. */
static enum ratls_err read_handle(const char *text, uint32_t *out, struct ratls_error *err)
{
    const bool has_head = strncmp(text, "0x", 2) == 0;
    const char *digits = text + (has_head ? 2 : 0);
    uint8_t bytes[4];
    size_t len = sizeof bytes;

    if (!rt_unhex(digits, strlen(digits), bytes, &len) || len != sizeof bytes || bytes[0] != 0x81)
        return ratls_fail(err, RATLS_E_USAGE, "ak must be a persistent handle, such as 0x81010002");
    struct rt_reader r = rt_reader(ratls_bytes(bytes, sizeof bytes));
    *out = rt_u32be(&r);
    return RATLS_OK;
}

enum ratls_err rt_tpm_own_open(const struct ratls_env *env, const struct rt_tpm_options *options,
                               struct rt_tpm_own *own, struct ratls_error *err)
{
    enum ratls_err e;

    if ((e = read_handle(options->ak, &own->device.ak, err)) != RATLS_OK ||
        (e = read_certs(env, options->certs, own, err)) != RATLS_OK)
        return e;
    own->device.tcti = own->tcti[0] ? own->tcti : NULL;
    return rt_tpm_device_key(&own->device, &own->spki, err);
}
