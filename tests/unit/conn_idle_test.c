/* What an open connection that says nothing holds: little, and enough to speak again. */
#include <unistd.h>

#include "conn_support.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* it has another allocator, and shadows */
#else
#define SANITIZED 0
#endif

enum { PAIRS = 200, WARM = 20, MOST_KIB = 44 };

static struct rig rig;
static struct ratls_conn *clients[PAIRS], *servers[PAIRS];
static const struct side_plan usual = {0};

static void teardown(void)
{
    for (size_t i = 0; i < PAIRS; i++) {
        ratls_conn_free(clients[i]);
        ratls_conn_free(servers[i]);
    }
    rig_free(&rig);
}

TestSuite(conn_idle, .fini = teardown, .timeout = 300);

static size_t resident(void)
{
    unsigned long size = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    cr_assert(f && fscanf(f, "%lu %lu", &size, &pages) == 2);
    (void)fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Pairs take turns at one wire. */
static void put_aside(size_t i)
{
    clients[i] = rig.client.conn;
    servers[i] = rig.server.conn;
    rig.client.conn = rig.server.conn = NULL;
}

static void take_up(size_t i)
{
    rig.client.conn = clients[i];
    rig.server.conn = servers[i];
    clients[i] = servers[i] = NULL;
}

static void open_pair(size_t i)
{
    rig_connect(&rig);
    rig_expect(&rig, RATLS_OK, RATLS_OK);
    rig_pass(&rig.client, &rig.server, "ping");
    rig_pass(&rig.server, &rig.client, "pong");
    ratls_conn_trim(rig.client.conn);
    ratls_conn_trim(rig.server.conn);
    put_aside(i);
}

static void speak_and_end(size_t i)
{
    take_up(i);
    rig_pass(&rig.client, &rig.server, "still here");
    rig_pass(&rig.server, &rig.client, "so am I");
    cr_expect_eq(ratls_conn_rejudge(rig.client.conn), RATLS_OK);
    cr_expect_eq(ratls_conn_rejudge(rig.server.conn), RATLS_OK);
    ratls_conn_free(rig.client.conn);
    ratls_conn_free(rig.server.conn);
    rig.client.conn = rig.server.conn = NULL;
}

Test(conn_idle, silent_connections_are_small_and_speak_again)
{
    size_t before = 0;

    rig_make_sides(&rig, &usual, &usual);
    for (size_t i = 0; i < PAIRS; i++) {
        if (i == WARM)
            before = resident();
        open_pair(i);
    }
    const size_t each = (resident() - before) / (2 * (PAIRS - WARM));
    if (!SANITIZED)
        cr_expect_lt(each, MOST_KIB * 1024, "%zu bytes each", each);
    for (size_t i = 0; i < PAIRS; i++)
        speak_and_end(i);
}
