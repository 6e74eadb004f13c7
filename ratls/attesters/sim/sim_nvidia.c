/* sim_nvidia.c - the attester "sim-nvidia": a GPU or an NVSwitch that does not exist. */
#include "sim_nvidia.h"

#include "options.h"
#include "sim_attester.h"

enum { DRIVER_MAX = 32, FIRMWARE_BLOCK = 9 /* SPDM index 10 */ };

struct sim {
    struct rt_sim_attester base;
    struct rt_sim_nvidia_keys keys;
    struct rt_sim_nvidia_chain chain; /* for its root */
    struct rt_sim_nvidia_state state;
    char driver[DRIVER_MAX]; /* what the state borrows */
    bool replays;            /* the nonce of the state, whatever is asked */
};

/* As the options have it. */
struct texts {
    char pki[RT_OPTION_MAX], arch[16], device[16], driver[DRIVER_MAX], protected_pcie[8];
    char firmware[2 * RT_SIM_NVIDIA_DIGEST + 1], nonce[2 * RT_SIM_NVIDIA_NONCE + 1];
};

/* ---- options ---- */

static enum ratls_err parse_device(const struct texts *t, struct rt_sim_nvidia_device *out,
                                   struct ratls_error *err)
{
    static const char *const names[] = {"hopper", "blackwell", "ls10"};
    bool found = t->arch[0] == 0;

    for (unsigned i = 0; i < RT_COUNT(names); i++)
        if (strcmp(t->arch, names[i]) == 0) {
            out->arch = (enum rt_sim_nvidia_arch)i;
            found = true;
        }
    if (!found)
        return ratls_fail(err, RATLS_E_USAGE, "arch is none of hopper, blackwell, ls10");
    return rt_option_uint("device", t->device, UINT32_MAX, &out->number, err);
}

static enum ratls_err parse(struct sim *s, const struct texts *t, struct ratls_error *err)
{
    struct rt_sim_nvidia_device device = {.number = 0};
    enum ratls_err e = parse_device(t, &device, err);

    if (e)
        return e;
    rt_sim_nvidia_usual(device, &s->state);
    if (t->driver[0]) {
        memcpy(s->driver, t->driver, sizeof s->driver);
        s->state.driver = s->driver;
    }
    s->replays = t->nonce[0] != 0;
    if ((e = rt_option_bool("protected_pcie", t->protected_pcie, &s->state.protected_pcie, err)) ==
        RATLS_OK)
        e = rt_option_hex("nonce", t->nonce, s->state.nonce, sizeof s->state.nonce, err);
    return e ? e
             : rt_option_hex("firmware", t->firmware, s->state.block[FIRMWARE_BLOCK],
                             RT_SIM_NVIDIA_DIGEST, err);
}

/* Every option is judged before a folder is made. */
static enum ratls_err configure(void *self, const char *options, struct ratls_error *err)
{
    struct sim *s = self;
    struct texts t = {0};
    const struct rt_option table[] = {
        {"pki", t.pki, sizeof t.pki},
        {"arch", t.arch, sizeof t.arch},
        {"device", t.device, sizeof t.device},
        {"driver", t.driver, sizeof t.driver},
        {"protected_pcie", t.protected_pcie, sizeof t.protected_pcie},
        {"firmware", t.firmware, sizeof t.firmware},
        {"nonce", t.nonce, sizeof t.nonce},
    };
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    if (e == RATLS_OK)
        e = parse(s, &t, err);
    if (e == RATLS_OK)
        e = rt_sim_nvidia_keys_open(s->base.env, t.pki[0] ? t.pki : NULL, &s->keys, err);
    if (e)
        return e;
    e = rt_sim_nvidia_chain_make(s->base.env, &s->keys, &s->state.device, NULL, &s->chain);
    return e ? ratls_fail(err, e, "sim-nvidia: certificates") : RATLS_OK;
}

/* ---- attester ---- */

static void release(void *self)
{
    struct sim *s = self;

    rt_sim_nvidia_keys_free(&s->keys);
    rt_sim_nvidia_chain_free(&s->chain);
}

static enum ratls_err sim_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    static const struct rt_sim_attester_kind kind = {
        "sim-nvidia", "nvidia", RT_NVIDIA_MEDIA_TYPE, sizeof(struct sim), configure, release};

    return rt_sim_attester_open(env, &kind, options, self, err);
}

static enum ratls_err sim_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    struct sim *s = self;

    *out = (struct ratls_buffer){0};
    if (!s->replays)
        memcpy(s->state.nonce, report_data, sizeof s->state.nonce);
    enum ratls_err e = rt_sim_nvidia_evidence(s->base.env, &s->keys, &s->state, out);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "sim-nvidia: %s", ratls_err_text(e)) : RATLS_OK;
}

static struct ratls_bytes sim_root(void *self)
{
    return rt_bytes_of(&((const struct sim *)self)->chain.der[RT_SIM_NVIDIA_ROOT]);
}

const struct rt_attester_type rt_attester_sim_nvidia = {
    .name = "sim-nvidia",
    .simulated = true,
    .device = true,
    .open = sim_open,
    .close = rt_sim_attester_close,
    .evidence = sim_evidence,
    .tee = rt_sim_attester_tee,
    .media_type = rt_sim_attester_media_type,
    .sim_root = sim_root,
};
