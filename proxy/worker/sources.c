/* Connections by source. */
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "siphash.h"
#include "sources.h"

#define BUCKETS 4096 /* a power of two */

struct px_source {
    TAILQ_ENTRY(px_source) same;
    size_t bucket;
    unsigned n;
    uint64_t key[2]; /* of service and family; of the address */
};

TAILQ_HEAD(bucket, px_source);

struct px_sources {
    uint64_t secret[2];
    struct bucket buckets[BUCKETS];
};

struct px_sources *px_sources_new(const struct ratls_env *env)
{
    struct px_sources *t = calloc(1, sizeof *t);

    if (t && env->random(env->arg, (uint8_t *)t->secret, sizeof t->secret) != 0) {
        free(t);
        t = NULL;
    }
    for (size_t i = 0; t && i < BUCKETS; i++)
        TAILQ_INIT(&t->buckets[i]);
    return t;
}

void px_sources_free(struct px_sources *t)
{
    free(t);
}

/* ---- keys ---- */

/* FNV-1a: the operator chooses the names. */
static uint64_t hash_name(const char *name)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    return h;
}

/* False: there is no address. */
static bool make_key(const char *service, const struct sockaddr_storage *peer, uint64_t key[2])
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
    const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
    bool mapped = peer->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);

    key[0] = hash_name(service) << 1 | (mapped || peer->ss_family == AF_INET);
    key[1] = 0;
    if (mapped)
        memcpy(&key[1], &six->sin6_addr.s6_addr[12], 4);
    else if (peer->ss_family == AF_INET)
        memcpy(&key[1], &four->sin_addr, 4);
    else if (peer->ss_family == AF_INET6)
        memcpy(&key[1], six->sin6_addr.s6_addr, 8);
    else
        return false;
    return true;
}

void px_sources_name(const struct sockaddr_storage *peer, uint8_t out[32])
{
    uint64_t key[2];

    memset(out, 0, 32);
    if (make_key("", peer, key))
        memcpy(out, key, sizeof key);
}

/* ---- coming and going ---- */

static struct px_source *find(struct px_sources *t, const uint64_t key[2], size_t bucket)
{
    struct px_source *s;

    TAILQ_FOREACH (s, &t->buckets[bucket], same)
        if (s->key[0] == key[0] && s->key[1] == key[1])
            return s;
    return NULL;
}

static struct px_source *add(struct px_sources *t, const uint64_t key[2], size_t bucket)
{
    struct px_source *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->key[0] = key[0];
    s->key[1] = key[1];
    s->bucket = bucket;
    TAILQ_INSERT_HEAD(&t->buckets[bucket], s, same);
    return s;
}

bool px_sources_enter(struct px_sources *t, const char *service,
                      const struct sockaddr_storage *peer, unsigned limit, struct px_source **out)
{
    struct px_source *s;
    uint64_t key[2];

    *out = NULL;
    if (!make_key(service, peer, key))
        return true;
    size_t bucket = px_siphash(t->secret, key, 2) % BUCKETS;
    s = find(t, key, bucket);
    if (s ? s->n >= limit : limit == 0)
        return false;
    if (!s)
        s = add(t, key, bucket);
    if (!s)
        return false;
    s->n++;
    *out = s;
    return true;
}

void px_sources_leave(struct px_sources *t, struct px_source *s)
{
    if (!s || --s->n > 0)
        return;
    TAILQ_REMOVE(&t->buckets[s->bucket], s, same);
    free(s);
}
