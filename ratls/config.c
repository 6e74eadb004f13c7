/* Settings, before they freeze into a context. */
#include <stdlib.h>

#include "ctx_impl.h"
#include "cert_text.h"

/* ---- the table of modes ---- */

static const struct {
    const char *name;
    bool shows, judges;
} modes[] = {
#define ROW(code, name, shows, judges) {name, shows, judges},
    RATLS_MODES(ROW)
#undef ROW
};

const char *ratls_mode_name(enum ratls_mode mode)
{
    return (unsigned)mode < RATLS_MODE_COUNT ? modes[mode].name : "unknown";
}

bool ratls_mode_shows(enum ratls_mode mode)
{
    return (unsigned)mode < RATLS_MODE_COUNT && modes[mode].shows;
}

bool ratls_mode_judges(enum ratls_mode mode)
{
    return (unsigned)mode < RATLS_MODE_COUNT && modes[mode].judges;
}

/* ---- settings ---- */

void rt_settings_free(struct rt_settings *s)
{
    ratls_trust_unref(s->trust);
    rt_demands_free(&s->peer);
    free(s->server_name);
    *s = (struct rt_settings){0};
}

enum ratls_err ratls_config_new(const struct ratls_env *env, struct ratls_config **out)
{
    struct ratls_config *c = *out = calloc(1, sizeof *c);

    if (!c)
        return RATLS_E_NO_MEMORY;
    c->env = env;
    c->set = (struct rt_settings){
        .mode = RATLS_MUTUAL,
        .peer.level = RATLS_LEVEL_SESSION,
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

void ratls_config_insecure_no_attestation(struct ratls_config *c)
{
    c->set.no_attestation = true;
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
    c->set.peer.level = level;
}

void ratls_config_set_timeout_ms(struct ratls_config *c, int64_t timeout_ms)
{
    c->set.timeout_ms = timeout_ms;
}

void ratls_config_set_proof_level(struct ratls_config *c, enum ratls_level level)
{
    c->set.proof_level = level;
}

/* ---- who the peer is ---- */

static enum ratls_err add_ca(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct rt_demands *d = arg;
    struct ratls_error inner = {0};
    struct rt_x509 ca;
    enum ratls_err e;

    if (d->n_cas == RT_MAX_IDENTITY_CAS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d", RT_MAX_IDENTITY_CAS);
    if (rt_x509_parse(der, &ca, &inner) != RATLS_OK ||
        rt_x509_check_issuer(&ca, 0, &inner) != RATLS_OK ||
        rt_x509_check_identity(&ca, &inner) != RATLS_OK)
        return ratls_fail(err, RATLS_E_CONFIG, "%s", inner.detail);
    if ((e = rt_dup(der, &d->cas[d->n_cas])) == RATLS_OK)
        d->n_cas++;
    return e;
}

enum ratls_err ratls_config_add_identity_ca(struct ratls_config *c, struct ratls_bytes ca,
                                            struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_each_cert(ca, add_ca, &c->set.peer, &inner);

    return e ? ratls_fail(err, e, "identity CA: %s", inner.detail) : RATLS_OK;
}

static enum ratls_err add_crl(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    struct rt_demands *d = arg;
    struct rt_crl crl;
    enum ratls_err e;

    if (d->n_crls == RT_MAX_IDENTITY_CRLS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d", RT_MAX_IDENTITY_CRLS);
    e = rt_crl_parse(der, &crl, err);
    rt_crl_free(&crl);
    if (!e && (e = rt_dup(der, &d->crls[d->n_crls])) == RATLS_OK)
        d->n_crls++;
    return e;
}

enum ratls_err ratls_config_add_identity_crl(struct ratls_config *c, struct ratls_bytes crls,
                                             struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_each_crl(crls, add_crl, &c->set.peer, &inner);

    return e ? ratls_fail(err, e, "identity CRL: %s", inner.detail) : RATLS_OK;
}

static enum ratls_err add_text(const char *text, char **texts, size_t *n)
{
    if (*n == RT_MAX_PEER_NAMES)
        return RATLS_E_LIMIT;
    if (!(texts[*n] = strdup(text)))
        return RATLS_E_NO_MEMORY;
    ++*n;
    return RATLS_OK;
}

enum ratls_err ratls_config_add_peer_name(struct ratls_config *c, const char *name)
{
    return name && name[0] ? add_text(name, c->set.peer.names, &c->set.peer.n_names)
                           : RATLS_E_USAGE;
}

enum ratls_err ratls_config_add_peer_email(struct ratls_config *c, const char *email)
{
    return email && rt_name_is_email(email)
               ? add_text(email, c->set.peer.emails, &c->set.peer.n_emails)
               : RATLS_E_USAGE;
}

enum ratls_err ratls_config_add_peer_pin(struct ratls_config *c, const uint8_t spki_sha256[32])
{
    if (c->set.peer.n_pins == RT_MAX_PEER_PINS)
        return RATLS_E_LIMIT;
    memcpy(c->set.peer.pins[c->set.peer.n_pins++].spki_sha256, spki_sha256, RT_SHA256_LEN);
    return RATLS_OK;
}

static enum ratls_err add_pin_of(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    uint8_t spki[RT_SHA256_LEN];
    struct rt_x509 cert;
    enum ratls_err e = rt_x509_parse(der, &cert, err);

    if (e || (e = rt_x509_spki_hash(&cert, spki)) != RATLS_OK)
        return e;
    e = ratls_config_add_peer_pin(arg, spki);
    return e ? ratls_fail(err, e, "more than %d pins", RT_MAX_PEER_PINS) : RATLS_OK;
}

enum ratls_err ratls_config_add_peer_certificate(struct ratls_config *c, struct ratls_bytes certs,
                                                 struct ratls_error *err)
{
    struct ratls_error inner = {0};
    enum ratls_err e = rt_each_cert(certs, add_pin_of, c, &inner);

    return e ? ratls_fail(err, e, "pinned certificate: %s", inner.detail) : RATLS_OK;
}

enum ratls_err ratls_config_set_server_name(struct ratls_config *c, const char *name)
{
    char *copy = NULL;

    if (name && (!name[0] || strlen(name) > 255))
        return RATLS_E_USAGE;
    if (name && !(copy = strdup(name)))
        return RATLS_E_NO_MEMORY;
    free(c->set.server_name);
    c->set.server_name = copy;
    return RATLS_OK;
}

void ratls_config_insecure_ignore_selftest(struct ratls_config *c)
{
    c->set.ignore_selftest = true;
}
