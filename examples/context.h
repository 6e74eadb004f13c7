/* context.h - what the example programs say once, at start: whom to trust, and who they are.
 *
 * Both ends are simulated TDX. On real TDX open the attester "tsm" and trust no simulated root. */
#include <ratls/ratls.h>
#include <stdio.h>
#include <stdlib.h>

static inline void must(enum ratls_err e, const char *what, const struct ratls_error *err)
{
    if (e == RATLS_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, ratls_err_reason(e), err ? err->detail : "");
    exit(1);
}

static inline struct ratls_bytes file(const char *path, struct ratls_buffer *content)
{
    const struct ratls_env *env = ratls_env_system();

    must(env->read_file(env->arg, path, 65536, content), path, NULL);
    return ratls_bytes(content->p, content->len);
}

/* The policy for peers, the root of their simulated platform, the folder of the own one. */
static inline struct ratls_ctx *context(const char *policy, const char *root, const char *pki)
{
    const struct ratls_env *env = ratls_env_system();
    const struct ratls_identity_params params = {0};
    struct ratls_error err = {0};
    struct ratls_trust *trust;
    struct ratls_config *config;
    struct ratls_attester *attester;
    struct ratls_identity *identity;
    struct ratls_ctx *ctx;
    struct ratls_buffer text;
    char options[256];

    must(ratls_trust_new(env, &trust), "trust", NULL);
    must(ratls_trust_set_policy(trust, file(policy, &text), &err), policy, &err);
    ratls_buffer_free(&text);
    must(ratls_trust_insecure_add_sim_roots(trust, file(root, &text), &err), root, &err);
    ratls_buffer_free(&text);
    must(ratls_config_new(env, &config), "configuration", NULL);
    ratls_config_set_trust(config, trust);
    must(ratls_ctx_new(config, &ctx, &err), "context", &err);

    snprintf(options, sizeof options, "pki=%s", pki);
    must(ratls_attester_open(env, "sim-tdx", options, &attester, &err), "attester", &err);
    must(ratls_identity_new(env, &params, attester, &identity, &err), "identity", &err);
    must(ratls_ctx_set_identity(ctx, identity, &err), "identity", &err);

    ratls_identity_unref(identity); /* the context has its own references */
    ratls_attester_close(attester);
    ratls_config_free(config);
    ratls_trust_unref(trust);
    return ctx;
}
