/* Readings of the configuration. */
#include <stdlib.h>

#include "authority_child.h"
#include "opa.h"
#include "privileges.h"
#include "setup.h"
#include "users.h"

#define SPARE_FILES 64

/* ---- what needs a restart ---- */

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* Workers that there are cannot go there. */
static bool needs_other_ports(const struct px_config *old, const struct px_config *now)
{
    uint16_t had[PX_MAX_PORTS], wanted[PX_MAX_PORTS];

    px_config_ports(old, had);
    px_config_ports(now, wanted);
    for (size_t i = 0; now->sandbox_connect && wanted[i]; i++) {
        size_t k = 0;
        while (had[k] && had[k] != wanted[i])
            k++;
        if (!had[k])
            return true;
    }
    return false;
}

enum ratls_err px_setup_restart_only(const struct px_config *old, const struct px_config *now,
                                     struct ratls_error *err)
{
    const char *key = NULL;

    /* Workers are told where it is when they are born. */
    if (!px_authority_needed(old) && px_authority_needed(now))
        key = "the first mode = token or secrets";
    else
        key = px_config_fixed(old, now);
    if (!key && needs_other_ports(old, now))
        key = "what sandbox-connect allows";
    return key ? ratls_fail(err, RATLS_E_CONFIG, "%s: %s changed: needs a restart", now->path, key)
               : RATLS_OK;
}

/* ---- reading ---- */

/* Reads every file once, for the workers too; secret keys are not among what they get. */
enum ratls_err px_setup_load(struct px_setup *s, const char *path, struct ratls_error *err)
{
    struct ratls_env reading = *ratls_env_system();
    const char *file = NULL;
    enum ratls_err e;

    reading.arg = &s->files;
    reading.read_file = px_files_read;
    reading.list_files = px_files_list;
    if ((e = px_config_load(&reading, path, &s->config, err)) != RATLS_OK)
        return e;
    if ((e = px_signers_new(ratls_env_system(), s->config, &s->signers, err)) != RATLS_OK ||
        (e = px_token_keys_new(ratls_env_system(), s->config, &s->token_keys, err)) != RATLS_OK)
        return e;
    for (size_t i = 0; i < s->config->n_services; i++) {
        const struct px_service *service = &s->config->services[i];
        for (size_t k = 0; (file = px_service_file(service, k)) != NULL; k++)
            if ((e = px_files_keep(&s->files, file)) != RATLS_OK)
                return ratls_fail(err, e, "%s:%u: %s cannot be read", path, service->line, file);
    }
    return RATLS_OK;
}

enum ratls_err px_setup_try(const struct ratls_env *env, const struct px_service *s,
                            struct ratls_trust *trust, struct ratls_error *err)
{
    struct ratls_ctx *ctx = NULL;
    struct px_users *users = NULL;
    struct px_opa *opa = NULL;
    enum ratls_err e = px_service_ctx(env, s, trust, &ctx, err);

    ratls_ctx_unref(ctx);
    if (!e)
        e = px_service_users(env, s, &users, err);
    px_users_free(users);
    if (!e)
        e = px_opa_open(s, &opa, err);
    px_opa_close(opa);
    return e;
}

static struct ratls_env env_of(struct px_files *files)
{
    struct ratls_env env = *ratls_env_system();

    env.arg = files;
    env.read_file = px_files_read;
    env.list_files = px_files_list;
    env.log = NULL; /* a worker says the same */
    return env;
}

/* Workers never see them. */
enum ratls_err px_setup_try_passports(struct px_setup *s, struct ratls_error *err)
{
    const struct ratls_env env = env_of(&s->files), trusted = env_of(s->standing->files);
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < s->config->n_services; i++) {
        struct ratls_ctx *ctx = NULL;
        if (s->config->services[i].passport_from)
            e = px_service_passport_ctx(&env, &trusted, &s->config->services[i], &ctx, err);
        ratls_ctx_unref(ctx);
    }
    return e;
}

static enum ratls_err try_all(struct px_setup *s, struct ratls_error *err)
{
    const struct ratls_env env = env_of(&s->files);
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < s->config->n_services; i++)
        e = px_setup_try(&env, &s->config->services[i], s->standing->trusts[i], err);
    return e;
}

/* The same socket, for certain: names are not resolved. */
static bool same_place(const struct px_address *a, const struct px_address *b)
{
    return same_text(a->activation, b->activation) && same_text(a->path, b->path) &&
           same_text(a->host, b->host) && strcmp(a->port, b->port) == 0;
}

static size_t at_address(const struct px_config *c, const struct px_address *at)
{
    size_t i = 0;

    while (i < c->n_services && !same_place(&c->services[i].accept, at))
        i++;
    return i;
}

/* What was handed over is asked for anew: perhaps the service may not have it. */
static enum ratls_err open_listener(struct px_setup *s, size_t i,
                                    const struct px_activation *sockets, struct ratls_error *err)
{
    const struct px_service *service = &s->config->services[i];
    struct px_listener *l = calloc(1, sizeof *l);

    if (!l)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "accept %s", service->accept.text);
    enum ratls_err e = service->accept.activation
                           ? px_listener_take(l, service, sockets, err)
                           : px_listener_open(l, &service->accept, s->config->workers, err);
    if (!e && (e = px_listener_tune(l, service, err)) != RATLS_OK)
        px_listener_close(l);
    if (e)
        free(l);
    else
        s->listeners[i] = l;
    return e;
}

static enum ratls_err open_listeners(struct px_setup *s, const struct px_before *before,
                                     const struct px_activation *sockets, struct ratls_error *err)
{
    const struct px_config *old = before->config;
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < s->config->n_services; i++) {
        const struct px_address *at = &s->config->services[i].accept;
        if (!at->text) /* it has what another one accepts */
            continue;
        if (at->activation || !old || at_address(old, at) == old->n_services)
            e = open_listener(s, i, sockets, err);
    }
    return e;
}

/* Sockets of both setups, for a moment. */
static enum ratls_err allow_files(const struct px_setup *s, const struct px_before *before,
                                  struct ratls_error *err)
{
    const size_t services =
        s->config->n_services + (before->config ? before->config->n_services : 0);
    const size_t files = PX_FD_HIGH + SPARE_FILES + s->config->workers * (services + 6);

    return px_privileges_allow_files(files)
               ? RATLS_OK
               : ratls_fail(err, RATLS_E_IO, "RLIMIT_NOFILE: the master needs %zu open files",
                            files);
}

static enum ratls_err read_all(struct px_setup *s, const char *path, const struct px_before *before,
                               const struct px_activation *sockets, struct ratls_error *err)
{
    enum ratls_err e = px_setup_load(s, path, err);

    if (!e && before->config)
        e = px_setup_restart_only(before->config, s->config, err);
    if (!e)
        e = allow_files(s, before, err);
    if (!e)
        e = px_watch_new(s->config, before->standing, &s->watch, &s->standing, err);
    if (!e)
        e = px_setup_try_passports(s, err);
    if (!e && before->config)
        e = try_all(s, err);
    return e ? e : open_listeners(s, before, sockets, err);
}

enum ratls_err px_setup_read(const char *path, const struct px_before *before,
                             const struct px_activation *sockets, struct px_setup **out,
                             struct ratls_error *err)
{
    struct px_setup *s = calloc(1, sizeof *s);
    enum ratls_err e =
        s ? read_all(s, path, before, sockets, err) : ratls_fail(err, RATLS_E_NO_MEMORY, "setup");

    if (e) {
        px_setup_free(s);
        s = NULL;
    }
    *out = s;
    return e;
}

void px_setup_free(struct px_setup *s)
{
    if (!s)
        return;
    for (size_t i = 0; s->config && i < s->config->n_services; i++) {
        if (s->listeners[i])
            px_listener_close(s->listeners[i]);
        free(s->listeners[i]);
        px_issuer_free(s->issuers[i]);
    }
    px_signers_free(s->signers);
    px_token_keys_free(s->token_keys);
    px_watch_abandon(s->watch);
    px_standing_free(s->standing);
    px_files_clear(&s->files);
    px_config_free(s->config);
    free(s);
}

/* ---- what stays the same ---- */

static bool same_names(char *const a[], char *const b[])
{
    size_t i = 0;

    while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
        i++;
    return !a[i] && !b[i];
}

static bool same_passport(const struct px_service *a, const struct px_service *b)
{
    return same_text(a->passport_from, b->passport_from) &&
           same_text(a->passport_target, b->passport_target) &&
           same_text(a->passport_policy, b->passport_policy) &&
           same_text(a->passport_ca_file, b->passport_ca_file);
}

static bool same_identity(const struct px_service *a, const struct px_service *b)
{
    return a->client == b->client && a->mode == b->mode && a->proof == b->proof &&
           same_text(a->attester, b->attester) &&
           same_text(a->attester_options, b->attester_options) &&
           same_names(a->device, b->device) &&
           a->insecure_allow_sim_attester == b->insecure_allow_sim_attester &&
           same_names(a->san, b->san) && a->identity_lifetime_s == b->identity_lifetime_s &&
           same_text(a->identity_ca_cert, b->identity_ca_cert) &&
           same_text(a->identity_ca_key, b->identity_ca_key) && same_passport(a, b);
}

struct px_issuer *px_setup_issuer_for(const struct px_setup *old, const struct px_setup *now,
                                      size_t i)
{
    const struct px_service *s = &now->config->services[i],
                            *before = px_config_service(old->config, s->name);

    /* Files of an ordinary certificate are read anew each time. */
    if (!before || !ratls_mode_shows(s->mode) || !same_identity(before, s))
        return NULL;
    /* The certificate of a CA may be another one at the same place; then its key is, too. */
    if (s->identity_ca_cert && !px_files_same(&old->files, &now->files, s->identity_ca_cert))
        return NULL;
    return old->issuers[before - old->config->services];
}

static void take_issuer(struct px_setup *now, struct px_setup *old, size_t i)
{
    struct px_issuer *issuer = now->issuers[i] ? NULL : px_setup_issuer_for(old, now, i);

    for (size_t k = 0; issuer && k < old->config->n_services; k++)
        if (old->issuers[k] == issuer)
            old->issuers[k] = NULL;
    if (!issuer)
        return;
    px_issuer_serve(issuer, &now->config->services[i]);
    now->issuers[i] = issuer;
}

static void take_listener(struct px_setup *now, struct px_setup *old, size_t i)
{
    const struct px_address *at = &now->config->services[i].accept;
    const size_t k = at_address(old->config, at);

    if (!at->text || k == old->config->n_services)
        return;
    if (now->listeners[i]) { /* handed over: another descriptor of the same socket */
        now->listeners[i]->id = old->listeners[k]->id;
        return;
    }
    now->listeners[i] = old->listeners[k];
    now->listeners[i]->at = at;
    old->listeners[k] = NULL;
}

void px_setup_take_over(struct px_setup *now, struct px_setup *old)
{
    for (size_t i = 0; i < now->config->n_services; i++) {
        take_issuer(now, old, i);
        take_listener(now, old, i);
    }
    if (now->signers && old->signers)
        px_signers_take_over(now->signers, old->signers, now->config->drain_timeout_ms);
}

struct px_issuer *px_setup_issuer(const struct px_setup *s, uint32_t id)
{
    for (size_t i = 0; i < s->config->n_services; i++)
        if (s->issuers[i] && px_issuer_id(s->issuers[i]) == id)
            return s->issuers[i];
    return NULL;
}
