/* Who a plain client is, where that matters. */
#include <stdio.h>

#include "ingress.h"

/* The address of a peer, without its port. */
static void source_of(const struct px_session *s, char out[sizeof s->peer])
{
    const char *port = strrchr(s->peer, ':');

    (void)snprintf(out, sizeof s->peer, "%.*s",
                   (int)(port ? port - s->peer : (ptrdiff_t)sizeof s->peer), s->peer);
}

static bool may_try(struct px_session *s)
{
    char source[sizeof s->peer];

    source_of(s, source);
    if (px_tries_left(&s->gate->tries, source, px_now_ms()))
        return true;
    px_ingress_fail(s, PX_ANSWER_TRIES, "too many wrong passwords: this one is not looked at");
    return false;
}

/* A retired gate has its users as long as it has sessions. */
static bool decide(struct px_session *s, const char *user)
{
    char source[sizeof s->peer];

    s->ingress->user = user;
    if (user)
        return true;
    source_of(s, source);
    px_tries_failed(&s->gate->tries, source);
    px_ingress_fail(s, PX_ANSWER_CREDENTIALS, "wrong user or password");
    return false;
}

bool px_ingress_admit_basic(struct px_session *s, struct ratls_bytes basic)
{
    return may_try(s) && decide(s, px_users_know_basic(s->gate->users, basic));
}

bool px_ingress_admit_pair(struct px_session *s, const struct px_socks_login *shown)
{
    return may_try(s) && decide(s, px_users_know(s->gate->users, shown->user, shown->password));
}
