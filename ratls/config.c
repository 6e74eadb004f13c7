/* Settings, before they freeze into a context. */
#include <stdlib.h>

#include "ctx_impl.h"
#include "cert_text.h"

void rt_settings_free(struct rt_settings *s)
{
    ratls_trust_unref(s->trust);
    for (size_t i = 0; i < s->n_cas; i++)
        ratls_buffer_free(&s->cas[i]);
    for (size_t i = 0; i < s->n_names; i++)
        free(s->names[i]);
    free(s->server_name);
    *s = (struct rt_settings){0};
}

static enum ratls_err copy_text(const char *from, char **to)
{
    if (from && !(*to = strdup(from)))
        return RATLS_E_NO_MEMORY;
    return RATLS_OK;
}

enum ratls_err rt_settings_copy(const struct rt_settings *from, struct rt_settings *to)
{
    enum ratls_err e = RATLS_OK;

    *to = *from;
    to->n_cas = to->n_names = 0;
    to->server_name = NULL;
    if (to->trust)
        (void)ratls_trust_ref(to->trust);
    for (; to->n_cas < from->n_cas && !e; to->n_cas++)
        if ((e = rt_dup(rt_bytes_of(&from->cas[to->n_cas]), &to->cas[to->n_cas])) != RATLS_OK)
            break;
    for (; to->n_names < from->n_names && !e; to->n_names++)
        if ((e = copy_text(from->names[to->n_names], &to->names[to->n_names])) != RATLS_OK)
            break;
    if (!e)
        e = copy_text(from->server_name, &to->server_name);
    if (e)
        rt_settings_free(to);
    return e;
}

enum ratls_err ratls_config_new(const struct ratls_env *env, struct ratls_config **out)
{
    struct ratls_config *c = *out = calloc(1, sizeof *c);

    if (!c)
        return RATLS_E_NO_MEMORY;
    c->env = env;
    c->set = (struct rt_settings){
        .mode = RATLS_MUTUAL,
        .level = RATLS_LEVEL_SESSION,
        .proof_level = RATLS_LEVEL_SESSION,
        .timeout_ms = RT_HANDSHAKE_TIMEOUT_MS,
    };
    return RATLS_OK;
}

void ratls_config_free(struct ratls_config *c)
{
    if (!c)
        return;
    rt_settings_free(&c->set);
    free(c);
}

void ratls_config_set_mode(struct ratls_config *c, enum ratls_mode mode)
{
    c->set.mode = mode;
}

void ratls_config_set_trust(struct ratls_config *c, struct ratls_trust *trust)
{
    if (trust)
        (void)ratls_trust_ref(trust);
    ratls_trust_unref(c->set.trust);
    c->set.trust = trust;
}

void ratls_config_set_level(struct ratls_config *c, enum ratls_level level)
{
    c->set.level = level;
}

void ratls_config_set_timeout_ms(struct ratls_config *c, int64_t timeout_ms)
{
    c->set.timeout_ms = timeout_ms;
}

void ratls_config_set_proof_level(struct ratls_config *c, enum ratls_level level)
{
    c->set.proof_level = level;
}

static enum ratls_err add_ca(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct rt_settings *s = arg;
    struct ratls_error inner = {0};
    struct rt_x509 ca;
    enum ratls_err e;

    if (s->n_cas == RT_MAX_IDENTITY_CAS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d", RT_MAX_IDENTITY_CAS);
    if (rt_x509_parse(der, &ca, &inner) != RATLS_OK ||
        rt_x509_check_issuer(&ca, 0, &inner) != RATLS_OK ||
        rt_x509_check_identity(&ca, &inner) != RATLS_OK)
        return ratls_fail(err, RATLS_E_CONFIG, "%s", inner.detail);
    if ((e = rt_dup(der, &s->cas[s->n_cas])) == RATLS_OK)
        s->n_cas++;
    return e;
}

enum ratls_err ratls_config_add_identity_ca(struct ratls_config *c, struct ratls_bytes ca,
                                            struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_each_cert(ca, add_ca, &c->set, &inner);

    return e ? ratls_fail(err, e, "identity CA: %s", inner.detail) : RATLS_OK;
}

enum ratls_err ratls_config_add_peer_name(struct ratls_config *c, const char *name)
{
    enum ratls_err e;

    if (!name || !name[0])
        return RATLS_E_USAGE;
    if (c->set.n_names == RT_MAX_PEER_NAMES)
        return RATLS_E_LIMIT;
    if ((e = copy_text(name, &c->set.names[c->set.n_names])) == RATLS_OK)
        c->set.n_names++;
    return e;
}

enum ratls_err ratls_config_set_server_name(struct ratls_config *c, const char *name)
{
    char *copy = NULL;

    if (name && (!name[0] || strlen(name) > 255))
        return RATLS_E_USAGE;
    if (copy_text(name, &copy) != RATLS_OK)
        return RATLS_E_NO_MEMORY;
    free(c->set.server_name);
    c->set.server_name = copy;
    return RATLS_OK;
}

void ratls_config_insecure_ignore_selftest(struct ratls_config *c)
{
    c->set.ignore_selftest = true;
}
