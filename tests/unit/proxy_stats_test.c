/* Counters that a worker and others share, and what becomes of them when the worker lies. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stats.h"

static int memory;
static struct px_stats *writer, *reader;

static void setup(void)
{
    memory = px_stats_create();
    cr_assert(memory >= 0);
    writer = px_stats_attach(memory, true);
    int fd = px_stats_reader(memory);
    cr_assert(fd >= 0);
    reader = px_stats_attach(fd, false);
    (void)close(fd);
    cr_assert_not_null(writer);
    cr_assert_not_null(reader);
    px_stats_born(writer);
}

static void teardown(void)
{
    px_stats_detach(writer);
    px_stats_detach(reader);
    (void)close(memory);
}

TestSuite(proxy_stats, .init = setup, .fini = teardown);

static uint64_t count(const char *service, enum px_counter c)
{
    struct px_service_stats *s = px_stats_service(reader, service);

    return s ? atomic_load(&s->counter[c]) : UINT64_MAX;
}

static void place(size_t n, const char *const *names)
{
    px_stats_place(writer, names, n);
}

Test(proxy_stats, are_seen_by_others)
{
    place(2, (const char *const[]){"a", "b"});
    px_stats_add(px_stats_service(writer, "b"), PX_BYTES_IN, 5);
    px_stats_add(px_stats_service(writer, "b"), PX_BYTES_IN, 7);
    cr_expect_eq(count("b", PX_BYTES_IN), 12);
    cr_expect_eq(count("a", PX_BYTES_IN), 0);
    cr_expect_null(px_stats_service(reader, "c"));
    cr_expect_null(px_stats_service(reader, ""));
}

Test(proxy_stats, outlive_a_worker_except_for_what_is_open)
{
    place(1, (const char *const[]){"a"});
    px_stats_add(px_stats_service(writer, "a"), PX_ACCEPTED, 3);
    px_stats_gauge(px_stats_service(writer, "a"), PX_OPEN, 2);
    cr_assert_eq(px_stats_peer_add(writer, &(struct px_peer){.since = 1}), 0);

    struct px_stats *next = px_stats_attach(memory, true);
    struct px_peer peer;
    px_stats_born(next);
    cr_expect_eq(count("a", PX_ACCEPTED), 3);
    cr_expect_eq(atomic_load(&px_stats_service(reader, "a")->gauge[PX_OPEN]), 0);
    cr_expect_not(px_stats_peer(reader, 0, &peer));
    px_stats_detach(next);
}

Test(proxy_stats, keep_the_place_of_a_name_over_reloads)
{
    place(2, (const char *const[]){"a", "b"});
    px_stats_add(px_stats_service(writer, "b"), PX_ACCEPTED, 1);
    place(1, (const char *const[]){"b"});
    place(2, (const char *const[]){"c", "b"});
    cr_expect_eq(count("b", PX_ACCEPTED), 1);
    cr_expect_eq(count("c", PX_ACCEPTED), 0);
}

Test(proxy_stats, give_places_of_names_that_are_gone_to_new_ones)
{
    char text[2 * PX_STATS_SLOTS][8];
    const char *names[2 * PX_STATS_SLOTS];

    for (size_t i = 0; i < 2 * PX_STATS_SLOTS; i++) {
        (void)snprintf(text[i], sizeof text[i], "s%zu", i);
        names[i] = text[i];
    }
    place(PX_STATS_SLOTS, names);
    for (size_t i = 0; i < PX_STATS_SLOTS; i++)
        px_stats_add(px_stats_service(writer, names[i]), PX_ACCEPTED, 9);
    place(PX_STATS_SLOTS, names + 1); /* s0 went, another came */
    cr_expect_eq(count("s1", PX_ACCEPTED), 9);
    cr_expect_eq(count(names[PX_STATS_SLOTS], PX_ACCEPTED), 0);
    cr_expect_null(px_stats_service(reader, "s0"));
}

Test(proxy_stats, put_values_into_the_bucket_that_holds_them)
{
    place(1, (const char *const[]){"a"});
    struct px_service_stats *s = px_stats_service(writer, "a");
    const struct px_histogram *h = &s->distribution[PX_TIME_APPRAISAL];

    px_stats_observe(s, PX_TIME_APPRAISAL, 0);
    px_stats_observe(s, PX_TIME_APPRAISAL, 250);
    px_stats_observe(s, PX_TIME_APPRAISAL, 251);
    px_stats_observe(s, PX_TIME_APPRAISAL, UINT64_MAX / 2);
    cr_expect_eq(atomic_load(&h->bucket[0]), 2);
    cr_expect_eq(atomic_load(&h->bucket[1]), 1);
    cr_expect_eq(atomic_load(&h->bucket[PX_STATS_BUCKETS - 1]), 1);
    cr_expect_eq(atomic_load(&h->sum), 501 + UINT64_MAX / 2);
    for (size_t i = 1; i < PX_STATS_BUCKETS; i++) {
        cr_expect_gt(px_stats_bound(PX_TIME_APPRAISAL, i),
                     px_stats_bound(PX_TIME_APPRAISAL, i - 1));
        cr_expect_gt(px_stats_bound(PX_EVIDENCE_AGE, i), px_stats_bound(PX_EVIDENCE_AGE, i - 1));
    }
}

Test(proxy_stats, count_verdicts_by_tee_and_reason)
{
    place(1, (const char *const[]){"a"});
    struct px_service_stats *s = px_stats_service(writer, "a");

    px_stats_verdict(s, "snp", RATLS_E_MEASUREMENT);
    px_stats_verdict(s, "of a plugin", RATLS_OK);
    px_stats_verdict(s, "", (enum ratls_err)RATLS_ERR_COUNT);
    for (size_t i = 0; px_stats_tee(i); i++) {
        cr_expect_eq(atomic_load(&s->verdict[i][RATLS_E_MEASUREMENT]),
                     strcmp(px_stats_tee(i), "snp") == 0);
        cr_expect_eq(atomic_load(&s->verdict[i][RATLS_OK]),
                     i == PX_STATS_TEES - 1 && strcmp(px_stats_tee(i), "other") == 0);
    }
}

Test(proxy_stats, have_rows_for_some_peers_and_room_again_when_they_go)
{
    struct px_peer peer = {.level = RATLS_LEVEL_SESSION}, found;

    for (int i = 0; i < PX_STATS_PEERS; i++)
        cr_assert(px_stats_peer_add(writer, &peer) >= 0);
    cr_expect_eq(px_stats_peer_add(writer, &peer), -1);
    px_stats_peer_gone(writer, -1);
    px_stats_peer_gone(writer, 7);
    cr_expect_not(px_stats_peer(reader, 7, &found));
    (void)snprintf(peer.peer, sizeof peer.peer, "somebody");
    cr_expect_eq(px_stats_peer_add(writer, &peer), 7);
    px_stats_peer_bytes(writer, 7, 10, 20);
    cr_assert(px_stats_peer(reader, 7, &found));
    cr_expect_str_eq(found.peer, "somebody");
    cr_expect_eq(found.level, RATLS_LEVEL_SESSION);
    cr_expect_eq(found.bytes_in + found.bytes_out, 30);
}

Test(proxy_stats, keep_the_last_refusals)
{
    struct px_refusal r = {.reason = RATLS_E_MEASUREMENT}, found;
    int64_t least = INT64_MAX;
    size_t n = 0;

    for (r.at = 1; r.at <= PX_STATS_REFUSALS + 10; r.at++)
        px_stats_refuse(writer, &r);
    for (size_t i = 0; i < PX_STATS_REFUSALS; i++)
        if (px_stats_refusal(reader, i, &found)) {
            n++;
            least = found.at < least ? found.at : least;
        }
    cr_expect_eq(n, PX_STATS_REFUSALS);
    cr_expect_eq(least, 11);
}

/* A worker writes what it likes. */
Test(proxy_stats, are_read_safely_whatever_is_written)
{
    struct stat st;
    struct px_peer peer;
    struct px_refusal refusal;

    cr_assert_eq(fstat(memory, &st), 0);
    uint8_t *raw = mmap(NULL, (size_t)st.st_size, PROT_WRITE, MAP_SHARED, memory, 0);
    cr_assert_neq(raw, MAP_FAILED);
    memset(raw, 0xfe, (size_t)st.st_size); /* even: nothing seems to be written just now */
    for (size_t i = 0; i < PX_STATS_PEERS; i++) {
        cr_assert(px_stats_peer(reader, i, &peer));
        cr_expect_eq(strlen(peer.service), sizeof peer.service - 1);
        cr_expect_eq(strlen(peer.peer), sizeof peer.peer - 1);
        cr_expect_eq(strlen(peer.tee), sizeof peer.tee - 1);
        cr_expect_eq(strlen(peer.tcb), sizeof peer.tcb - 1);
        cr_expect_eq(strlen(peer.measurement), sizeof peer.measurement - 1);
        cr_expect_eq(peer.level, RATLS_LEVEL_NONE);
    }
    for (size_t i = 0; i < PX_STATS_REFUSALS; i++) {
        cr_assert(px_stats_refusal(reader, i, &refusal));
        cr_expect_eq(strlen(refusal.detail), sizeof refusal.detail - 1);
        cr_expect_eq(refusal.reason, RATLS_E_INTERNAL);
    }
    memset(raw, 0xff, (size_t)st.st_size); /* odd for ever: no row, and no waiting for one */
    cr_expect_not(px_stats_peer(reader, 0, &peer));
    cr_expect_not(px_stats_refusal(reader, 0, &refusal));
    cr_expect_null(px_stats_service(reader, "a"));
    px_stats_born(writer);
    cr_expect(px_stats_peer_add(writer, &(struct px_peer){.since = 1}) >= 0);
    (void)munmap(raw, (size_t)st.st_size);
}

Test(proxy_stats, cannot_be_written_by_readers)
{
    int fd = px_stats_reader(memory);

    cr_expect_eq(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    cr_expect_null(px_stats_attach(fd, true));
    (void)close(fd);
}

Test(proxy_stats, cannot_be_cut_off_under_a_reader)
{
    cr_expect_neq(ftruncate(memory, 0), 0);
    cr_expect_neq(ftruncate(memory, 1 << 24), 0);
}

Test(proxy_stats, take_no_other_memory)
{
    int other = memfd_create("other", MFD_CLOEXEC);

    cr_expect_null(px_stats_attach(other, true));
    cr_expect_null(px_stats_attach(-1, true));
    (void)close(other);
}

Test(proxy_stats, are_not_needed)
{
    px_stats_born(NULL);
    px_stats_place(NULL, NULL, 3);
    px_stats_add(NULL, PX_ACCEPTED, 1);
    px_stats_gauge(NULL, PX_OPEN, 1);
    px_stats_observe(NULL, PX_TIME_APPRAISAL, 1);
    px_stats_verdict(NULL, "tdx", RATLS_OK);
    px_stats_refuse(NULL, &(struct px_refusal){.at = 1});
    cr_expect_null(px_stats_service(NULL, "a"));
    cr_expect_eq(px_stats_peer_add(NULL, &(struct px_peer){.since = 1}), -1);
    px_stats_peer_bytes(NULL, 0, 1, 1);
    px_stats_peer_gone(NULL, 0);
    px_stats_detach(NULL);
}
