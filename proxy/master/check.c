/* What --check does: everything up to opening sockets. */
#include <stdlib.h>
#include <unistd.h>

#include "custody.h"
#include "master.h"

static enum ratls_err check_devices(const struct ratls_env *env, const struct px_service *s,
                                    struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; s->device[i] && !e; i++) {
        struct ratls_attester *device = NULL;
        e = px_device_open(env, s, s->device[i], &device, err);
        ratls_attester_close(device);
    }
    return e ? ratls_fail(err, e, "service %s: device", s->name) : RATLS_OK;
}

static enum ratls_err check_attester(const struct ratls_env *env, const struct px_service *s,
                                     struct ratls_error *err)
{
    struct ratls_attester *attester = NULL;
    struct ratls_identity *identity = NULL;
    enum ratls_err e = ratls_attester_open(env, s->attester, s->attester_options, &attester, err);

    if (!e && ratls_attester_simulated(attester) && !s->insecure_allow_sim_attester)
        e = ratls_fail(err, RATLS_E_CONFIG, "service %s: a simulated attester is not allowed",
                       s->name);
    if (!e)
        e = px_identity_prepare(env, s, attester, &identity, err);
    if (!e)
        e = check_devices(env, s, err);
    ratls_identity_unref(identity);
    ratls_attester_close(attester);
    return e;
}

static enum ratls_err check_certificate(const struct ratls_env *env, const struct px_service *s,
                                        struct ratls_error *err)
{
    struct ratls_identity *id = NULL;
    enum ratls_err e = px_identity_load(env, s, &id, err);

    ratls_identity_unref(id);
    return e;
}

/* --check prints insecure keys by itself; what is stored has no key. */
static void warn_stored(const struct px_service *s, const struct ratls_trust *trust)
{
    if (trust && !s->insecure_sim_roots && ratls_trust_simulated(trust))
        printf(
            "WARNING: [%s] the store has roots of simulated TEEs: their evidence proves nothing\n",
            s->name);
}

/* The log of a start says the same, once there is one. */
static void warn_policy(const struct px_service *s, const struct ratls_trust *trust)
{
    struct ratls_insecure set;

    for (size_t i = 0; trust && ratls_trust_insecure(trust, i, &set); i++)
        printf("WARNING: [%s] policy %s: %s is set for %s\n", s->name,
               s->policy ? s->policy : "of the store", set.name, set.tee);
}

static enum ratls_err check_service(const struct ratls_env *env, const struct px_service *s,
                                    struct ratls_trust *trust, struct ratls_error *err)
{
    enum ratls_err e = px_setup_try(env, s, trust, err);

    warn_stored(s, trust);
    warn_policy(s, trust);
    if (!e && s->purpose == PX_SECRETS)
        e = px_custody_try(env, s, err);
    if (e || ratls_mode_shows(s->mode))
        return e ? e : check_attester(env, s, err);
    return s->cert ? check_certificate(env, s, err) : RATLS_OK;
}

/* What the library says on the way goes to where people look. */
static void log_line(void *arg, enum ratls_log_level level, const char *line)
{
    const struct px_log log = {.fd = STDERR_FILENO, .level = RATLS_LOG_INFO};

    (void)arg;
    px_log_text(&log, level, line);
}

static enum ratls_err check(struct px_setup *s, const char *path, struct ratls_error *err)
{
    struct ratls_env env = *ratls_env_system();
    enum ratls_err e = px_setup_load(s, path, err);

    env.log = log_line;
    if (!e)
        e = px_watch_new(s->config, NULL, &s->watch, &s->standing, err);
    for (size_t i = 0; !e && i < s->config->n_services; i++)
        e = check_service(&env, &s->config->services[i], s->standing->trusts[i], err);
    return e ? e : px_setup_try_passports(s, err);
}

int px_master_check(const char *path)
{
    struct px_setup *s = calloc(1, sizeof *s);
    struct ratls_error err = {0};
    enum ratls_err e = s ? check(s, path, &err) : RATLS_E_NO_MEMORY;

    if (e)
        (void)fprintf(stderr, "ratls-proxy: %s\n", err.detail[0] ? err.detail : ratls_err_text(e));
    else
        px_config_print(s->config, stdout);
    px_setup_free(s);
    return e || fflush(stdout) ? 2 : 0;
}
