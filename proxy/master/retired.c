/* Issuers that retire. */
#include <stdlib.h>

#include "clock.h"
#include "retired.h"

struct px_retired {
    TAILQ_ENTRY(px_retired) all;
    struct px_retirees *in;
    struct px_config *config; /* a reference: the issuer's service is in it */
    struct px_issuer *issuer;
    struct event *timer;
};

static void retired_free(struct px_retired *r)
{
    TAILQ_REMOVE(r->in, r, all);
    px_issuer_free(r->issuer);
    px_config_free(r->config);
    if (r->timer)
        event_free(r->timer);
    free(r);
}

static void on_retired(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    retired_free(arg);
}

void px_retired_add(struct px_retirees *all, struct event_base *base, struct px_config *config,
                    size_t i, struct px_issuer *issuer)
{
    const struct timeval tv = px_timeval(2 * config->services[i].handshake_timeout_ms);
    struct px_retired *r = calloc(1, sizeof *r);

    if (!r) {
        px_issuer_free(issuer);
        return;
    }
    *r = (struct px_retired){.in = all, .config = px_config_ref(config), .issuer = issuer};
    px_issuer_retire(issuer);
    TAILQ_INSERT_TAIL(all, r, all);
    r->timer = evtimer_new(base, on_retired, r);
    if (!r->timer || evtimer_add(r->timer, &tv))
        retired_free(r);
}

struct px_issuer *px_retired_find(const struct px_retirees *all, uint32_t id)
{
    struct px_retired *r = NULL;

    TAILQ_FOREACH (r, all, all)
        if (px_issuer_id(r->issuer) == id)
            return r->issuer;
    return NULL;
}

void px_retired_end(struct px_retirees *all)
{
    struct px_retired *r = NULL;

    while ((r = TAILQ_FIRST(all)) != NULL)
        retired_free(r);
}
