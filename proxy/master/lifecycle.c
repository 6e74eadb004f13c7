/* Phases of a proxy's life. */
#include <inttypes.h>
#include <time.h>

#include "lifecycle.h"

#define BIT(phase) (1u << (phase))

static const struct {
    const char *name;
    unsigned next; /* phases that may follow */
} phases[] = {
    [PX_STARTING] = {"starting", BIT(PX_READY) | BIT(PX_DRAINING) | BIT(PX_STOPPED)},
    [PX_READY] = {"ready", BIT(PX_RELOADING) | BIT(PX_DRAINING) | BIT(PX_STOPPED)},
    [PX_RELOADING] = {"reloading", BIT(PX_READY) | BIT(PX_DRAINING) | BIT(PX_STOPPED)},
    [PX_DRAINING] = {"draining", BIT(PX_STOPPED)},
    [PX_STOPPED] = {"stopped", 0},
};

const char *px_phase_name(enum px_phase phase)
{
    return phases[phase].name;
}

bool px_lifecycle_ends(const struct px_lifecycle *l)
{
    return l->phase == PX_DRAINING || l->phase == PX_STOPPED;
}

/* RELOADING=1 needs the time, sd_notify(3): of CLOCK_MONOTONIC, in microseconds. */
static int64_t monotonic_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void tell(const struct px_notify *n, enum px_phase from, enum px_phase to)
{
    switch (to) {
    case PX_STARTING:
        return;
    case PX_READY:
        px_notify_say(n, "READY=1\nSTATUS=serving\n");
        return;
    case PX_RELOADING:
        px_notify_say(n, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reloading\n",
                      monotonic_us());
        return;
    case PX_DRAINING:
        px_notify_say(n, "STOPPING=1\nSTATUS=draining\n");
        return;
    case PX_STOPPED:
        if (from != PX_DRAINING)
            px_notify_say(n, "STOPPING=1\nSTATUS=stopping\n");
        return;
    }
}

bool px_lifecycle_enter(struct px_lifecycle *l, enum px_phase to)
{
    const enum px_phase from = l->phase;

    if (!(phases[from].next & BIT(to)))
        return false;
    l->phase = to;
    tell(&l->notify, from, to);
    return true;
}
