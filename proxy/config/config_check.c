/* Contradictions between keys. Each one is refused: a setting without effect is a hole that nobody
 * sees. */
#include <string.h>
#include <sys/stat.h>

#include "config_impl.h"

#define LEAST_CHECK_MS 10

static bool shows(const struct px_service *s)
{
    return s->mode != RATLS_VERIFY;
}

static bool lacks_accept(const struct px_service *s)
{
    return !s->accept.text;
}

static bool lacks_connect(const struct px_service *s)
{
    return !s->connect.text;
}

static bool lacks_attester(const struct px_service *s)
{
    return shows(s) && !s->attester;
}

static bool is_simulated(const struct px_service *s)
{
    return s->attester && strncmp(s->attester, "sim-", 4) == 0 && !s->insecure_allow_sim_attester;
}

static bool lacks_policy(const struct px_service *s)
{
    return s->mode != RATLS_ATTEST && !s->policy && !s->store;
}

static bool has_two_policies(const struct px_service *s)
{
    return s->policy && s->stored_policy;
}

static bool lacks_store(const struct px_service *s)
{
    return s->stored_policy && !s->store;
}

static bool is_open_to_all(const struct px_service *s)
{
    return s->client && !px_address_loopback(&s->accept) && !s->insecure_plain_listen;
}

static bool checks_unsigned_name(const struct px_service *s)
{
    return s->check_host[0] && !s->ca_file;
}

static bool names_no_opa(const struct px_service *s)
{
    return s->opa_path && !s->opa;
}

/* The handshake would end first, and tell the wrong reason. */
static bool opa_outlives_handshake(const struct px_service *s)
{
    return s->opa && s->opa_timeout_ms >= s->handshake_timeout_ms;
}

static bool lacks_ca_key(const struct px_service *s)
{
    return s->identity_ca_cert && !s->identity_ca_key;
}

static bool lacks_ca_cert(const struct px_service *s)
{
    return s->identity_ca_key && !s->identity_ca_cert;
}

/* Where there is no file (in a worker), there is nothing to read either. */
static bool has_readable_key(const struct px_service *s)
{
    struct stat st;

    return s->identity_ca_key && stat(s->identity_ca_key, &st) == 0 &&
           (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

static const struct {
    bool (*broken)(const struct px_service *s);
    const char *key; /* whose line is named; that of [service] where the key is not written */
    const char *text;
} rules[] = {
    {lacks_accept, "accept", "accept is missing"},
    {lacks_connect, "connect", "connect is missing"},
    {lacks_attester, "mode", "this mode shows evidence: attester is missing"},
    {is_simulated, "attester",
     "a simulated TEE protects nothing: needs insecure-allow-sim-attester = yes"},
    {lacks_store, "stored-policy", "store is missing"},
    {lacks_policy, "mode",
     "without a policy every peer would be denied: policy or store is missing"},
    {has_two_policies, "stored-policy", "policy and stored-policy: one of them decides"},
    {is_open_to_all, "accept",
     "plain connections from other machines need insecure-plain-listen = yes"},
    {checks_unsigned_name, "checkHost",
     "a self-signed name proves nothing: checkHost needs CAfile"},
    {names_no_opa, "opa-path", "opa-path needs opa"},
    {opa_outlives_handshake, "opa-timeout", "opa-timeout must be below handshake-timeout"},
    {lacks_ca_key, "identity-ca-cert", "identity-ca-key is missing"},
    {lacks_ca_cert, "identity-ca-key", "identity-ca-cert is missing"},
    {has_readable_key, "identity-ca-key",
     "group or others have access to the file of identity-ca-key: chmod 600"},
};

static enum ratls_err refuse(const struct px_text *t, size_t section, const char *key,
                             const char *text)
{
    const struct px_option *o = px_option_find(key);
    const struct px_entry *entry = px_text_find(t, section, o, NULL);
    unsigned line = section > 0 ? t->sections[section - 1].line : t->lines;

    if (!entry)
        entry = px_text_find(t, 0, o, NULL);
    return px_text_fail(t, entry ? entry->line : line, "%s", text);
}

static enum ratls_err check_service(const struct px_config *c, const struct px_text *t, size_t i)
{
    for (size_t k = 0; k < PX_COUNT(rules); k++)
        if (rules[k].broken(&c->services[i]))
            return refuse(t, i + 1, rules[k].key, rules[k].text);
    for (size_t k = 0; k < i; k++)
        if (px_address_same(&c->services[k].accept, &c->services[i].accept))
            return refuse(t, i + 1, "accept", "another service has the same accept");
    return RATLS_OK;
}

enum ratls_err px_config_check(const struct px_config *c, const struct px_text *t)
{
    enum ratls_err e = RATLS_OK;

    if (!c->foreground)
        return refuse(t, 0, "foreground",
                      "never goes into the background: leave that to a service manager");
    if (c->trust_check_ms != 0 && c->trust_check_ms < LEAST_CHECK_MS)
        return refuse(t, 0, "trust-check", "0, or at least 10ms");
    if (c->n_services == 0)
        return px_text_fail(t, t->lines, "there is no [service]");
    for (size_t i = 0; !e && i < c->n_services; i++)
        e = check_service(c, t, i);
    return e;
}
