/* Counters in shared memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stats.h"

#define READ_TRIES 8 /* of a row that is being written */

struct peer_row {
    _Atomic uint32_t turn; /* odd while it is written */
    _Atomic uint32_t used;
    _Atomic uint64_t bytes_in, bytes_out;
    struct px_peer peer;
};

struct refusal_row {
    _Atomic uint32_t turn;
    _Atomic uint32_t used;
    struct px_refusal refusal;
};

struct map {
    char name[PX_STATS_SLOTS][PX_STATS_NAME];
    struct px_service_stats service[PX_STATS_SLOTS];
    struct peer_row peer[PX_STATS_PEERS];
    struct refusal_row refusal[PX_STATS_REFUSALS];
};

struct px_stats {
    struct map *map;
    int free_row[PX_STATS_PEERS]; /* the writer's own */
    size_t n_free, next_refusal;
};

static const char *const tees[PX_STATS_TEES] = {
    "",        "tdx",         "sgx",         "snp",        "cca",
    "virtcca", "nitro",       "itrustee",    "csv",        "nvidia",
    "tpm",     "az_snp_vtpm", "az_tdx_vtpm", "ascend_npu", [PX_STATS_TEES - 1] = "other"};

/* ---- memory ---- */

int px_stats_create(void)
{
    int fd = memfd_create("ratls-stats", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    if (ftruncate(fd, sizeof(struct map)) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return fd;
    int reason = errno;
    (void)close(fd);
    errno = reason;
    return -1;
}

int px_stats_reader(int fd)
{
    char path[32];

    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool is_ours(int fd)
{
    const int wanted = F_SEAL_SHRINK | F_SEAL_GROW;
    struct stat st;
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & wanted) == wanted && fstat(fd, &st) == 0 &&
           st.st_size == (off_t)sizeof(struct map);
}

struct px_stats *px_stats_attach(int fd, bool writable)
{
    struct px_stats *s = is_ours(fd) ? calloc(1, sizeof *s) : NULL;

    if (!s)
        return NULL;
    void *at =
        mmap(NULL, sizeof(struct map), PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        free(s);
        return NULL;
    }
    s->map = at;
    return s;
}

void px_stats_detach(struct px_stats *s)
{
    if (!s)
        return;
    (void)munmap(s->map, sizeof(struct map));
    free(s);
}

/* ---- places ---- */

static bool has_name(const struct map *m, size_t slot, const char *name)
{
    return strncmp(m->name[slot], name, PX_STATS_NAME) == 0;
}

static bool is_named(const struct map *m, size_t slot, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has_name(m, slot, names[i]))
            return true;
    return false;
}

/* PX_STATS_SLOTS when there is none. */
static size_t find(const struct map *m, const char *name)
{
    size_t i = 0;

    while (i < PX_STATS_SLOTS && !has_name(m, i, name))
        i++;
    return i;
}

static size_t find_room(const struct map *m, const char *const *names, size_t n)
{
    size_t i = find(m, "");

    if (i < PX_STATS_SLOTS)
        return i;
    for (i = 0; i < PX_STATS_SLOTS && is_named(m, i, names, n); i++)
        ;
    return i;
}

void px_stats_place(struct px_stats *s, const char *const *names, size_t n)
{
    for (size_t i = 0; s && i < n; i++) {
        if (find(s->map, names[i]) < PX_STATS_SLOTS)
            continue;
        size_t slot = find_room(s->map, names, n);
        if (slot == PX_STATS_SLOTS)
            return;
        memset(&s->map->service[slot], 0, sizeof s->map->service[slot]);
        (void)snprintf(s->map->name[slot], PX_STATS_NAME, "%s", names[i]);
    }
}

struct px_service_stats *px_stats_service(struct px_stats *s, const char *name)
{
    size_t i = s && name[0] ? find(s->map, name) : PX_STATS_SLOTS;

    return i < PX_STATS_SLOTS ? &s->map->service[i] : NULL;
}

/* ---- numbers ---- */

static void add(_Atomic uint64_t *to, uint64_t n)
{
    (void)atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

void px_stats_add(struct px_service_stats *s, enum px_counter c, uint64_t n)
{
    if (s)
        add(&s->counter[c], n);
}

void px_stats_gauge(struct px_service_stats *s, enum px_gauge g, int by)
{
    if (s)
        (void)atomic_fetch_add_explicit(&s->gauge[g], by, memory_order_relaxed);
}

void px_stats_set(struct px_service_stats *s, enum px_gauge g, int64_t value)
{
    if (s)
        atomic_store_explicit(&s->gauge[g], value, memory_order_relaxed);
}

uint64_t px_stats_bound(enum px_distribution d, size_t i)
{
    static const uint64_t times[PX_STATS_BUCKETS] = {250,    500,     1000,    2500,      5000,
                                                     10000,  25000,   50000,   100000,    250000,
                                                     500000, 1000000, 5000000, UINT64_MAX};
    static const uint64_t ages[PX_STATS_BUCKETS] = {
        1, 5, 15, 60, 300, 600, 900, 1800, 2700, 3600, 7200, 21600, 86400, UINT64_MAX};

    return d == PX_EVIDENCE_AGE ? ages[i] : times[i];
}

void px_stats_observe(struct px_service_stats *s, enum px_distribution d, uint64_t value)
{
    size_t i = 0;

    if (!s)
        return;
    while (i < PX_STATS_BUCKETS - 1 && value > px_stats_bound(d, i))
        i++;
    add(&s->distribution[d].bucket[i], 1);
    add(&s->distribution[d].sum, value);
}

const char *px_stats_end(enum px_counter c)
{
    static const char *const words[] = {
#define WORD(name, word, label) word,
        PX_ENDS(WORD)
#undef WORD
    };

    return c >= PX_END_NONE && c <= PX_END_REFUSED ? words[c - PX_END_NONE] : "-";
}

const char *px_stats_tee(size_t i)
{
    if (i >= PX_STATS_TEES)
        return NULL;
    return tees[i] ? tees[i] : "other";
}

void px_stats_verdict(struct px_service_stats *s, const char *tee, enum ratls_err e)
{
    size_t i = 0;

    if (!s || (unsigned)e >= RATLS_ERR_COUNT)
        return;
    while (i < PX_STATS_TEES - 1 && (!tees[i] || strcmp(tees[i], tee) != 0))
        i++;
    add(&s->verdict[i][e], 1);
}

/* ---- rows ---- */

static void begin(_Atomic uint32_t *turn)
{
    (void)atomic_fetch_or_explicit(turn, 1, memory_order_relaxed); /* odd, also after a crash */
    atomic_thread_fence(memory_order_release);
}

static void done(_Atomic uint32_t *turn)
{
    (void)atomic_fetch_add_explicit(turn, 1, memory_order_release);
}

/* False: try again. */
static bool copy(const _Atomic uint32_t *turn, void *to, const void *from, size_t len)
{
    uint32_t before = atomic_load_explicit(turn, memory_order_acquire);

    memcpy(to, from, len);
    atomic_thread_fence(memory_order_acquire);
    return before % 2 == 0 && atomic_load_explicit(turn, memory_order_relaxed) == before;
}

void px_stats_born(struct px_stats *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < PX_STATS_SLOTS; i++)
        for (size_t g = 0; g < PX_GAUGES; g++)
            atomic_store_explicit(&s->map->service[i].gauge[g], 0, memory_order_relaxed);
    for (size_t i = 0; i < PX_STATS_PEERS; i++) {
        atomic_store_explicit(&s->map->peer[i].used, 0, memory_order_relaxed);
        s->free_row[i] = (int)(PX_STATS_PEERS - 1 - i);
    }
    s->n_free = PX_STATS_PEERS;
}

int px_stats_peer_add(struct px_stats *s, const struct px_peer *peer)
{
    if (!s || s->n_free == 0)
        return -1;
    int at = s->free_row[--s->n_free];
    struct peer_row *row = &s->map->peer[at];
    begin(&row->turn);
    row->peer = *peer;
    atomic_store_explicit(&row->bytes_in, peer->bytes_in, memory_order_relaxed);
    atomic_store_explicit(&row->bytes_out, peer->bytes_out, memory_order_relaxed);
    atomic_store_explicit(&row->used, 1, memory_order_relaxed);
    done(&row->turn);
    return at;
}

void px_stats_peer_bytes(struct px_stats *s, int row, uint64_t in, uint64_t out)
{
    if (!s || row < 0)
        return;
    atomic_store_explicit(&s->map->peer[row].bytes_in, in, memory_order_relaxed);
    atomic_store_explicit(&s->map->peer[row].bytes_out, out, memory_order_relaxed);
}

void px_stats_peer_gone(struct px_stats *s, int row)
{
    if (!s || row < 0)
        return;
    atomic_store_explicit(&s->map->peer[row].used, 0, memory_order_relaxed);
    s->free_row[s->n_free++] = row;
}

void px_stats_refuse(struct px_stats *s, const struct px_refusal *r)
{
    if (!s)
        return;
    struct refusal_row *row = &s->map->refusal[s->next_refusal++ % PX_STATS_REFUSALS];
    begin(&row->turn);
    row->refusal = *r;
    atomic_store_explicit(&row->used, 1, memory_order_relaxed);
    done(&row->turn);
}

/* ---- readers ---- */

#define END(text) (text)[sizeof(text) - 1] = '\0'

/* A bool or enum out of range must not even be looked at: what a worker wrote is copied into
 * place by its bytes. */
static bool truth(const void *at)
{
    uint8_t byte = 0;

    memcpy(&byte, at, 1);
    return byte != 0;
}

bool px_stats_peer(const struct px_stats *s, size_t row, struct px_peer *out)
{
    const struct peer_row *from = &s->map->peer[row];
    bool whole = false;
    unsigned level = 0;

    for (int i = 0; i < READ_TRIES && !whole; i++)
        whole = copy(&from->turn, out, &from->peer, sizeof *out);
    if (!whole || atomic_load_explicit(&from->used, memory_order_relaxed) == 0)
        return false;
    out->bytes_in = atomic_load_explicit(&from->bytes_in, memory_order_relaxed);
    out->bytes_out = atomic_load_explicit(&from->bytes_out, memory_order_relaxed);
    memcpy(&level, &out->level, sizeof level);
    out->level = level <= RATLS_LEVEL_QUOTE ? (enum ratls_level)level : RATLS_LEVEL_NONE;
    out->simulated = truth(&out->simulated);
    END(out->service);
    END(out->peer);
    END(out->tee);
    END(out->tcb);
    END(out->measurement);
    return true;
}

bool px_stats_refusal(const struct px_stats *s, size_t row, struct px_refusal *out)
{
    const struct refusal_row *from = &s->map->refusal[row];
    bool whole = false;
    unsigned reason = 0;

    for (int i = 0; i < READ_TRIES && !whole; i++)
        whole = copy(&from->turn, out, &from->refusal, sizeof *out);
    if (!whole || atomic_load_explicit(&from->used, memory_order_relaxed) == 0)
        return false;
    memcpy(&reason, &out->reason, sizeof reason);
    out->reason = reason < RATLS_ERR_COUNT ? (enum ratls_err)reason : RATLS_E_INTERNAL;
    out->simulated = truth(&out->simulated);
    END(out->service);
    END(out->peer);
    END(out->tee);
    END(out->measurement);
    END(out->detail);
    return true;
}
