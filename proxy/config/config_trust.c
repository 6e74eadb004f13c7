/* What a service says about TLS and trust, in the words of the library. */
#include <stdlib.h>

#include "config_impl.h"
#include "stores.h"
#include "users.h"

static enum ratls_err fail_at(const struct px_service *s, struct ratls_error *err, enum ratls_err e,
                              const char *key, const char *detail)
{
    return ratls_fail(err, e, "%s:%u: [%s] %s: %s", s->file, s->line, s->name, key, detail);
}

/* `why` may hold nothing: then the code speaks. */
static enum ratls_err fail_for(const struct px_service *s, struct ratls_error *err,
                               const struct ratls_error *why, enum ratls_err e, const char *key)
{
    return fail_at(s, err, e, key, why->detail[0] ? why->detail : ratls_err_text(e));
}

/* ---- files ---- */

struct file_use {
    const char *key, *path; /* path NULL: nothing to do */
    enum ratls_err (*take)(void *to, struct ratls_bytes content, struct ratls_error *err);
    void *to;
};

static enum ratls_err use_file(const struct ratls_env *env, const struct px_service *s,
                               const struct file_use *f, struct ratls_error *err)
{
    struct ratls_buffer content = {0};
    struct ratls_error why = {0};
    char where[RATLS_ERROR_DETAIL_MAX];
    enum ratls_err e;

    if (!f->path)
        return RATLS_OK;
    e = env->read_file(env->arg, f->path, PX_MAX_FILE, &content);
    if (!e)
        e = f->take(f->to, ratls_bytes(content.p, content.len), &why);
    ratls_buffer_free(&content);
    (void)snprintf(where, sizeof where, "%s %s", f->key, f->path);
    return e ? fail_for(s, err, &why, e, where) : RATLS_OK;
}

/* A policy may have members for this service alone. */
struct policy_use {
    struct ratls_trust *trust;
    const char *service;
};

static enum ratls_err take_policy(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    const struct policy_use *use = to;

    return ratls_trust_set_policy_for(use->trust, content, use->service, err);
}

static enum ratls_err take_roots(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    return ratls_trust_add_roots(to, content, err);
}

static enum ratls_err take_reference_values(void *to, struct ratls_bytes content,
                                            struct ratls_error *err)
{
    return ratls_trust_set_reference_values(to, content, err);
}

static enum ratls_err take_sim_roots(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    return ratls_trust_insecure_add_sim_roots(to, content, err);
}

static enum ratls_err take_ca(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    return ratls_config_add_identity_ca(to, content, err);
}

static enum ratls_err take_identity_crl(void *to, struct ratls_bytes content,
                                        struct ratls_error *err)
{
    return ratls_config_add_identity_crl(to, content, err);
}

static enum ratls_err take_peers(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    return ratls_config_add_peer_certificate(to, content, err);
}

/* ---- trust ---- */

struct crl_use {
    struct ratls_trust *trust;
    char tee[PX_MAX_TEE + 1];
};

static enum ratls_err take_crl(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    const struct crl_use *use = to;

    return ratls_trust_add_crl(use->trust, use->tee, content, err);
}

static enum ratls_err add_crls(const struct ratls_env *env, const struct px_service *s,
                               struct ratls_trust *t, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; s->crl[i] && !e; i++) {
        const size_t len = strcspn(s->crl[i], ":");
        struct crl_use use = {.trust = t};
        (void)snprintf(use.tee, sizeof use.tee, "%.*s", (int)len, s->crl[i]);
        e = use_file(env, s, &(const struct file_use){"crl", &s->crl[i][len + 1], take_crl, &use},
                     err);
    }
    return e;
}

struct issuer_use {
    struct ratls_trust *trust;
    char iss[PX_TOKEN_ISS];
};

static enum ratls_err take_issuer(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    const struct issuer_use *use = to;

    return ratls_trust_add_passport_issuer(use->trust, use->iss, content, err);
}

static enum ratls_err add_issuers(const struct ratls_env *env, const struct px_service *s,
                                  struct ratls_trust *t, struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; s->passport_issuer[i] && !e; i++) {
        struct issuer_use use = {.trust = t};
        const struct file_use jwks = {"passport-issuer",
                                      px_token_trust_file(s->passport_issuer[i], use.iss),
                                      take_issuer, &use};
        e = use_file(env, s, &jwks, err);
    }
    if (e || !s->passport_audience)
        return e;
    e = ratls_trust_set_passport_audience(t, s->passport_audience, &why);
    return e ? fail_for(s, err, &why, e, "passport-audience") : RATLS_OK;
}

/* The document of a store, which its watcher has read. */
static enum ratls_err use_store(const struct ratls_env *env, const struct px_service *s,
                                struct ratls_trust *t, struct ratls_error *err)
{
    struct ratls_buffer content = {0};
    struct ratls_error why = {0};
    char *name = NULL, shown[PX_SHOWN_URL], where[PX_SHOWN_URL + 8];

    if (!s->store)
        return RATLS_OK;
    if (asprintf(&name, PX_STORE_PREFIX "%s", s->store) < 0)
        return RATLS_E_NO_MEMORY;
    enum ratls_err e = env->read_file(env->arg, name, PX_MAX_FILE, &content);
    free(name);
    if (!e)
        e = ratls_trust_add_document(t, ratls_bytes(content.p, content.len), &why);
    ratls_buffer_free(&content);
    px_url_shown(s->store, shown);
    (void)snprintf(where, sizeof where, "store %s", shown);
    return e ? fail_for(s, err, &why, e, where) : RATLS_OK;
}

/* With a store and nothing said: its policy "default", or else the one built in. */
static enum ratls_err use_stored_policy(const struct px_service *s, struct ratls_trust *t,
                                        struct ratls_error *err)
{
    struct ratls_error why = {0};

    if (s->policy || !s->store)
        return RATLS_OK;
    enum ratls_err e = ratls_trust_use_policy(t, s->stored_policy ? s->stored_policy : "default",
                                              s->section, &why);
    if (e == RATLS_E_NOT_FOUND && !s->stored_policy)
        e = ratls_trust_use_default_policy(t, &why);
    return e ? fail_for(s, err, &why, e, "stored-policy") : RATLS_OK;
}

/* Files of one kind each, any number of them. */
static enum ratls_err add_lists(const struct ratls_env *env, const struct px_service *s,
                                struct ratls_trust *t, struct ratls_error *err)
{
    enum ratls_err e = add_crls(env, s, t, err);

    return e ? e : add_issuers(env, s, t, err);
}

/* Collateral is proven under the roots, and comes last. */
static enum ratls_err fill_trust(const struct ratls_env *env, const struct px_service *s,
                                 struct ratls_trust *t, struct ratls_error *err)
{
    struct policy_use policy = {t, s->section};
    const struct file_use files[] = {
        {"policy", s->policy, take_policy, &policy},
        {"roots", s->roots, take_roots, t},
        {"device-keys", s->device_keys, take_roots, t},
        {"reference-values", s->reference_values, take_reference_values, t},
        {"insecure-sim-roots", s->insecure_sim_roots, take_sim_roots, t},
    };
    struct ratls_error why = {0};
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < PX_COUNT(files); i++)
        e = use_file(env, s, &files[i], err);
    if (!e)
        e = add_lists(env, s, t, err);
    if (!e && (e = use_store(env, s, t, err)) == RATLS_OK)
        e = use_stored_policy(s, t, err);
    if (!e && s->opa && (e = ratls_trust_defer_judge(t)) != RATLS_OK) /* the loop asks: opa.h */
        return fail_at(s, err, e, "opa", ratls_err_text(e));
    if (e || !s->collateral)
        return e;
    e = ratls_trust_add_collateral_path(t, s->collateral, &why);
    return e ? fail_for(s, err, &why, e, "collateral") : RATLS_OK;
}

static enum ratls_err first_trust(const struct ratls_env *env, const struct px_service *s,
                                  struct ratls_trust **out, struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err e = ratls_trust_new(env, out);

    if (e)
        return fail_at(s, err, e, "trust", ratls_err_text(e));
    if (s->plugins && (e = ratls_trust_load_plugins(*out, s->plugins, &why)) != RATLS_OK)
        return fail_for(s, err, &why, e, "plugins");
    return RATLS_OK;
}

static enum ratls_err next_trust(const struct px_service *s, const struct ratls_trust *old,
                                 struct ratls_trust **out, struct ratls_error *err)
{
    enum ratls_err e = ratls_trust_new_after(old, out);

    return e ? fail_at(s, err, e, "trust", ratls_err_text(e)) : RATLS_OK;
}

/* Everybody would be denied: no context takes it. */
static enum ratls_err check_names(const struct px_service *s, const struct ratls_trust *t,
                                  struct ratls_error *err)
{
    if (px_service_chains(s) || !ratls_trust_names_peers(t))
        return RATLS_OK;
    return fail_at(s, err, RATLS_E_CONFIG, "policy", "peer_names need CAfile");
}

static enum ratls_err check_after(const struct px_service *s, const struct ratls_trust *t,
                                  const struct ratls_trust *old, struct ratls_error *err)
{
    struct ratls_error why = {0};
    enum ratls_err e = old ? ratls_trust_check_after(t, old, &why) : RATLS_OK;

    return e ? fail_for(s, err, &why, e, "trust") : RATLS_OK;
}

enum ratls_err px_service_trust(const struct ratls_env *env, const struct px_service *s,
                                const struct ratls_trust *old, struct ratls_trust **out,
                                struct ratls_error *err)
{
    struct ratls_trust *t = NULL;
    enum ratls_err e;

    *out = NULL;
    if (!px_service_judges(s))
        return RATLS_OK;
    e = old ? next_trust(s, old, &t, err) : first_trust(env, s, &t, err);
    if (e || (e = fill_trust(env, s, t, err)) != RATLS_OK ||
        (e = check_names(s, t, err)) != RATLS_OK || (e = check_after(s, t, old, err)) != RATLS_OK) {
        ratls_trust_unref(t);
        return e;
    }
    *out = t;
    return RATLS_OK;
}

/* ---- users ---- */

static enum ratls_err take_users(void *to, struct ratls_bytes content, struct ratls_error *err)
{
    return px_users_parse(content, to, err);
}

enum ratls_err px_service_users(const struct ratls_env *env, const struct px_service *s,
                                struct px_users **out, struct ratls_error *err)
{
    *out = NULL;
    return use_file(env, s, &(const struct file_use){"users", s->users, take_users, out}, err);
}

/* ---- context ---- */

static enum ratls_err add_names(struct ratls_config *c, char *const *names)
{
    enum ratls_err e = RATLS_OK;

    for (; *names && !e; names++)
        e = ratls_config_add_peer_name(c, *names);
    return e;
}

static enum ratls_err add_emails(struct ratls_config *c, char *const *emails)
{
    enum ratls_err e = RATLS_OK;

    for (; *emails && !e; emails++)
        e = ratls_config_add_peer_email(c, *emails);
    return e;
}

static enum ratls_err add_pins(struct ratls_config *c, char *const *pins)
{
    uint8_t sha256[32];
    enum ratls_err e = RATLS_OK;

    for (; *pins && !e; pins++) {
        for (size_t i = 0; i < sizeof sha256 && !e; i++)
            if (sscanf(*pins + 2 * i, "%2hhx", &sha256[i]) != 1)
                e = RATLS_E_USAGE;
        if (!e)
            e = ratls_config_add_peer_pin(c, sha256);
    }
    return e;
}

static enum ratls_err set_names(const struct px_service *s, struct ratls_config *c,
                                struct ratls_error *err)
{
    enum ratls_err e = s->sni.name ? ratls_config_set_server_name(c, s->sni.name) : RATLS_OK;

    if (e)
        return fail_at(s, err, e, "sni", ratls_err_text(e));
    if ((e = add_names(c, s->check_host)) != RATLS_OK)
        return fail_at(s, err, e, "checkHost", ratls_err_text(e));
    if ((e = add_names(c, s->check_ip)) != RATLS_OK)
        return fail_at(s, err, e, "checkIP", ratls_err_text(e));
    if ((e = add_emails(c, s->check_email)) != RATLS_OK)
        return fail_at(s, err, e, "checkEmail", ratls_err_text(e));
    e = add_pins(c, s->peer_spki);
    return e ? fail_at(s, err, e, "peer-spki", ratls_err_text(e)) : RATLS_OK;
}

/* Certificates of one file: CAs of the peer's, or the peer's own, or both. */
static enum ratls_err use_ca(const struct ratls_env *env, const struct px_service *s,
                             const char *path, struct ratls_config *c, struct ratls_error *err)
{
    const char *key = path == s->ca_file ? "CAfile" : "CApath";
    const struct file_use ca = {key, px_service_chains(s) ? path : NULL, take_ca, c};
    const struct file_use peers = {key, s->verify_peer ? path : NULL, take_peers, c};
    enum ratls_err e = use_file(env, s, &ca, err);

    return e ? e : use_file(env, s, &peers, err);
}

static enum ratls_err use_cas(const struct ratls_env *env, const struct px_service *s,
                              struct ratls_config *c, struct ratls_error *err)
{
    enum ratls_err e = use_ca(env, s, s->ca_file, c, err);

    for (size_t i = 0; !e && s->ca_path_files && s->ca_path_files[i]; i++)
        e = use_ca(env, s, s->ca_path_files[i], c, err);
    return e;
}

static enum ratls_err use_crls(const struct ratls_env *env, const struct px_service *s,
                               struct ratls_config *c, struct ratls_error *err)
{
    struct file_use crl = {"CRLfile", s->crl_file, take_identity_crl, c};
    enum ratls_err e = use_file(env, s, &crl, err);

    crl.key = "CRLpath";
    for (size_t i = 0; !e && s->crl_path_files && s->crl_path_files[i]; i++) {
        crl.path = s->crl_path_files[i];
        e = use_file(env, s, &crl, err);
    }
    return e;
}

static enum ratls_err fill_config(const struct ratls_env *env, const struct px_service *s,
                                  struct ratls_config *c, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    ratls_config_set_mode(c, s->mode);
    ratls_config_set_level(c, s->binding);
    ratls_config_set_proof_level(c, s->proof);
    ratls_config_set_timeout_ms(c, s->handshake_timeout_ms);
    if (s->mode == RATLS_NONE) /* insecure-no-attestation, or token-clients, says so */
        ratls_config_insecure_no_attestation(c);
    if (s->insecure_ignore_selftest)
        ratls_config_insecure_ignore_selftest(c);
    e = use_cas(env, s, c, err);
    if (!e)
        e = use_crls(env, s, c, err);
    return e ? e : set_names(s, c, err);
}

enum ratls_err px_service_ctx(const struct ratls_env *env, const struct px_service *s,
                              struct ratls_trust *trust, struct ratls_ctx **out,
                              struct ratls_error *err)
{
    struct ratls_config *c = NULL;
    struct ratls_error why = {0};

    *out = NULL;
    enum ratls_err e = ratls_config_new(env, &c);
    if (e)
        return fail_at(s, err, e, "TLS", ratls_err_text(e));
    if (trust && ratls_mode_judges(s->mode))
        ratls_config_set_trust(c, trust);
    e = fill_config(env, s, c, err);
    if (!e && (e = ratls_ctx_new(c, out, &why)) != RATLS_OK)
        e = fail_for(s, err, &why, e, "TLS");
    ratls_config_free(c);
    return e;
}
