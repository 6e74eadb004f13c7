/* sim_cca_keys.c - the keys of the simulated CCA platform, and how a verifier is told of them. */
#include <stdio.h>

#include "sim_cca.h"
#include "sim_store.h"

#define COORDINATE_LEN 48
#define COORDINATE_MAX 65 /* base64url, with NUL */

enum ratls_err rt_sim_cca_keys_open(const struct ratls_env *env, const char *directory,
                                    struct rt_sim_cca_keys *out, struct ratls_error *err)
{
    *out = (struct rt_sim_cca_keys){0};
    enum ratls_err e = directory ? rt_sim_store_key(env, directory, "cpak.key", &out->cpak, err)
                                 : rt_key_generate(env, RT_P384, &out->cpak);

    if (e == RATLS_OK)
        e = rt_key_generate(env, RT_P384, &out->rak);
    return e ? ratls_fail(err, e, "the simulated keys cannot be made") : RATLS_OK;
}

void rt_sim_cca_keys_free(struct rt_sim_cca_keys *keys)
{
    rt_key_free(keys->cpak);
    rt_key_free(keys->rak);
    *keys = (struct rt_sim_cca_keys){0};
}

enum ratls_err rt_sim_cca_anchor(const struct rt_sim_cca_keys *keys,
                                 const struct rt_sim_cca_state *state, struct ratls_buffer *json)
{
    const struct ratls_bytes point = rt_key_point(keys->cpak);
    char x[COORDINATE_MAX], y[COORDINATE_MAX], text[512];
    char implementation[2 * RT_SIM_CCA_IMPLEMENTATION_LEN + 1];
    char instance[2 * RT_SIM_CCA_INSTANCE_LEN + 1];

    *json = (struct ratls_buffer){0};
    rt_base64url(ratls_bytes(point.p, COORDINATE_LEN), x);
    rt_base64url(ratls_bytes(point.p + COORDINATE_LEN, COORDINATE_LEN), y);
    rt_hex(ratls_bytes(state->implementation_id, RT_SIM_CCA_IMPLEMENTATION_LEN), implementation);
    rt_hex(ratls_bytes(state->instance_id, RT_SIM_CCA_INSTANCE_LEN), instance);
    int len = snprintf(text, sizeof text,
                       "[{\"pkey\":{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"%s\",\"y\":\"%s\"},"
                       "\"implementation-id\":\"%s\",\"instance-id\":\"%s\"}]\n",
                       x, y, implementation, instance);
    return len < (int)sizeof text ? rt_dup(ratls_bytes(text, (size_t)len), json) : RATLS_E_INTERNAL;
}
