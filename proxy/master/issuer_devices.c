/* Devices (GPUs) beside a service's TEE: each is asked for evidence once an identity is prepared,
 * one after the other, and then the TEE is. */
#include <stdlib.h>

#include "issuer_impl.h"

struct device {
    struct px_devices *all;
    struct ratls_attester *attester;
    struct event *finished;
    char label[RATLS_DEVICE_LABEL_LEN];
};

struct px_devices {
    struct px_issuer *issuer;
    px_devices_done_fn *done;
    struct device list[PX_MAX_NAMES];
    size_t n, asked;
};

void px_devices_free(struct px_devices *all)
{
    for (size_t i = 0; all && i < all->n; i++) {
        if (all->list[i].finished)
            event_free(all->list[i].finished);
        ratls_attester_close(all->list[i].attester);
    }
    free(all);
}

enum ratls_err px_device_open(const struct ratls_env *env, const struct px_service *s,
                              const char *what, struct ratls_attester **out,
                              struct ratls_error *err)
{
    enum ratls_err e = ratls_device_open(env, what, out, err);

    if (!e && ratls_attester_simulated(*out) && !s->insecure_allow_sim_attester)
        e = ratls_fail(err, RATLS_E_CONFIG,
                       "device %s is simulated: needs insecure-allow-sim-attester", what);
    return e;
}

static void on_finished(evutil_socket_t fd, short what, void *arg)
{
    struct device *d = arg;

    (void)fd;
    (void)what;
    ratls_attester_dispatch(d->attester);
}

static enum ratls_err add(struct px_devices *all, const char *what, struct ratls_error *err)
{
    const struct px_issuer *i = all->issuer;
    struct device *d = &all->list[all->n];
    enum ratls_err e = px_device_open(i->p.env, i->p.service, what, &d->attester, err);

    all->n += d->attester != NULL;
    if (e)
        return e;
    d->all = all;
    ratls_device_label(ratls_attester_tee(d->attester), (unsigned)all->n - 1, d->label);
    d->finished =
        event_new(i->p.base, ratls_attester_fd(d->attester), EV_READ | EV_PERSIST, on_finished, d);
    return d->finished && event_add(d->finished, NULL) == 0 ? RATLS_OK : RATLS_E_NO_MEMORY;
}

enum ratls_err px_devices_new(struct px_issuer *i, px_devices_done_fn *done,
                              struct px_devices **out, struct ratls_error *err)
{
    char *const *const names = i->p.service->device;
    enum ratls_err e = RATLS_OK;

    *out = NULL;
    if (!names[0])
        return RATLS_OK;
    struct px_devices *all = calloc(1, sizeof *all);
    if (!all)
        return RATLS_E_NO_MEMORY;
    all->issuer = i;
    all->done = done;
    for (size_t k = 0; names[k] && !e; k++)
        e = add(all, names[k], err);
    if (e)
        px_devices_free(all);
    else
        *out = all;
    return e;
}

/* ---- asking ---- */

static enum ratls_err take(struct device *d, struct ratls_bytes evidence, struct ratls_error *err)
{
    return ratls_identity_add_device(d->all->issuer->making, d->label,
                                     ratls_attester_media_type(d->attester), evidence, err);
}

static void ask_next(struct px_devices *all);

static void on_evidence(void *arg, enum ratls_err e, struct ratls_bytes evidence,
                        const struct ratls_error *why)
{
    struct device *d = arg;
    struct ratls_error err = {0};

    if (e)
        (void)ratls_fail(&err, e, "%s: %s", d->label, why->detail);
    else
        e = take(d, evidence, &err);
    if (e)
        d->all->done(d->all->issuer, e, &err);
    else
        ask_next(d->all);
}

static void ask_next(struct px_devices *all)
{
    struct px_issuer *i = all->issuer;
    const struct ratls_error none = {0};

    if (all->asked == all->n) {
        all->done(i, RATLS_OK, &none);
        return;
    }
    struct device *d = &all->list[all->asked++];
    enum ratls_err e = ratls_attester_request(
        d->attester, ratls_identity_device_report_data(i->making), on_evidence, d);
    if (e) {
        struct ratls_error err = {0};
        (void)ratls_fail(&err, e, "%s", d->label);
        all->done(i, e, &err);
    }
}

void px_devices_ask(struct px_devices *all)
{
    all->asked = 0;
    ask_next(all);
}
