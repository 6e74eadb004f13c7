/* Several processes at one store, and disks that are full. */
#include <signal.h>
#include <sys/file.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store_support.h"

enum { WRITERS = 2, EACH = 15, CREATORS = 12 };

static int write_items(const char *url, int who)
{
    struct ratls_store *s = NULL;
    char name[32];

    if (ratls_store_open(ratls_env_system(), url, RATLS_STORE_WRITE, &s, NULL))
        return 1;
    for (int i = 0; i < EACH; i++) {
        (void)snprintf(name, sizeof name, "p%d-%d", who, i);
        struct ratls_store_item item = an_item(name, 1, BODY_A);
        if (ratls_store_add(s, &item, NULL))
            return 2;
    }
    ratls_store_close(s);
    return 0;
}

static void expect_ends(pid_t *children, int n)
{
    for (int i = 0; i < n; i++) {
        int status = 0;
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %d: %d", i,
                  WEXITSTATUS(status));
    }
}

static enum ratls_err count_items(void *arg, const struct ratls_store_item *item)
{
    (void)item;
    ++*(int *)arg;
    return RATLS_OK;
}

ON_EVERY_PLACE(store_shared, loses_nothing_of_two_writers)
{
    struct ratls_store_head head;
    pid_t children[WRITERS];
    int n = 0;

    for (int i = 0; i < WRITERS; i++)
        if ((children[i] = fork()) == 0)
            _exit(write_items(w->url, i));
    for (int i = 0; i < 50; i++) /* somebody who polls and reads meanwhile */
        cr_expect_eq(check(w, NULL), RATLS_OK, "%s", w->err.detail);
    expect_ends(children, WRITERS);
    cr_assert_eq(ratls_store_head(w->store, &head, NULL), RATLS_OK);
    cr_expect_eq(head.seq, WRITERS * EACH);
    cr_assert_eq(ratls_store_each(w->store, NULL, count_items, &n, NULL), RATLS_OK);
    cr_expect_eq(n, WRITERS * EACH);
    cr_expect_eq(check(w, &head), RATLS_OK);
}

static int create(const char *url)
{
    struct ratls_store *s = NULL;
    struct ratls_error err = {0};
    enum ratls_err e = ratls_store_open(ratls_env_system(), url, RATLS_STORE_CREATE, &s, &err);

    if (!e)
        e = ratls_store_note(s, "a", "b", "c", &err);
    if (e)
        fprintf(stderr, "%s\n", err.detail);
    ratls_store_close(s);
    return (int)e;
}

static void created_by_many(enum place place)
{
    struct world w = {.place = place};
    struct ratls_store_head head;
    pid_t children[CREATORS];

    place_make(place, w.url, sizeof w.url);
    for (int i = 0; i < CREATORS; i++)
        if ((children[i] = fork()) == 0)
            _exit(create(w.url));
    expect_ends(children, CREATORS);
    cr_assert_eq(ratls_store_open(ratls_env_system(), w.url, RATLS_STORE_READ, &w.store, NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_store_head(w.store, &head, NULL), RATLS_OK);
    cr_expect_eq(head.seq, CREATORS);
    cr_expect_eq(check(&w, NULL), RATLS_OK);
    world_end(&w);
}

Test(store_shared_folder, is_made_once_by_many)
{
    created_by_many(FOLDER);
}

Test(store_shared_sqlite, is_made_once_by_many)
{
    created_by_many(SQLITE);
}

Test(store_shared_postgres, is_made_once_by_many)
{
    created_by_many(POSTGRES);
}

Test(store_shared_object, is_made_once_by_many)
{
    created_by_many(OBJECT);
}

/* ---- somebody does not let go ---- */

static int64_t hurry(void *arg)
{
    static int64_t t;

    (void)arg;
    return t += 1000;
}

Test(store_shared_folder, waits_for_a_lock_and_gives_up)
{
    struct world w;
    struct ratls_store_item item = an_item("web", 1, BODY_A);

    world_begin(&w, FOLDER);
    int fd = open(path_of("store"), O_RDONLY | O_DIRECTORY);
    cr_assert(fd >= 0 && flock(fd, LOCK_EX) == 0);
    w.env.monotonic_ms = hurry;
    cr_expect_eq(add(&w, &item), RATLS_E_TIMEOUT);
    cr_expect_str_eq(listing(&w, NULL), "timeout");
    cr_assert_eq(flock(fd, LOCK_SH), 0);
    cr_expect_eq(add(&w, &item), RATLS_E_TIMEOUT);
    cr_expect_str_eq(listing(&w, NULL), "", "readers do not hinder each other");
    (void)close(fd);
    cr_expect_eq(add(&w, &item), RATLS_OK);
    world_end(&w);
}

Test(store_shared_sqlite, waits_for_a_lock_and_gives_up)
{
    struct world w;
    struct ratls_store_item item = an_item("web", 1, BODY_A);
    sqlite3 *db = NULL;

    world_begin(&w, SQLITE);
    cr_assert_eq(sqlite3_open(path_of("store"), &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    cr_expect_str_eq(listing(&w, NULL), "", "readers are not hindered");
    cr_expect_eq(add(&w, &item), RATLS_E_TIMEOUT);
    (void)sqlite3_close(db);
    cr_expect_eq(add(&w, &item), RATLS_OK);
    world_end(&w);
}

Test(store_shared_postgres, waits_for_a_lock_and_gives_up)
{
    struct world w;
    struct ratls_store_item item = an_item("web", 1, BODY_A);

    world_begin(&w, POSTGRES);
    PGconn *conn = PQconnectdb(w.url);
    PQclear(PQexec(conn, "BEGIN"));
    PQclear(PQexec(conn, "LOCK TABLE ratls_items IN SHARE ROW EXCLUSIVE MODE"));
    cr_expect_str_eq(listing(&w, NULL), "", "readers are not hindered");
    cr_expect_eq(add(&w, &item), RATLS_E_TIMEOUT, "%s", w.err.detail);
    PQfinish(conn);
    cr_expect_eq(add(&w, &item), RATLS_OK);
    world_end(&w);
}

/* ---- a full disk ---- */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void survives_a_full_disk(enum place place)
{
    static char body[200 * 1024];
    struct ratls_store_head before, after;
    struct world w;
    struct ratls_store_item item;

    (void)signal(SIGXFSZ, SIG_IGN);
    world_begin(&w, place);
    must_add(&w, "web", 1, BODY_A);
    cr_assert_eq(ratls_store_head(w.store, &before, NULL), RATLS_OK);
    item = an_item("large", 1, large_body(body, sizeof body));
    limit_files(100 * 1024);
    cr_expect_eq(add(&w, &item), RATLS_E_STORE, "%s", w.err.detail);
    limit_files(RLIM_INFINITY);
    cr_assert_eq(ratls_store_head(w.store, &after, NULL), RATLS_OK);
    cr_expect_eq(memcmp(&before, &after, sizeof before), 0);
    cr_expect_eq(check(&w, &before), RATLS_OK, "%s", w.err.detail);
    cr_expect_str_eq(listing(&w, NULL), "refval/tdx/web/1 active; ");
    cr_expect_eq(add(&w, &item), RATLS_OK, "%s", w.err.detail);
    reopen(&w, RATLS_STORE_READ);
    cr_expect_eq(check(&w, &before), RATLS_OK);
    world_end(&w);
}

Test(store_shared_folder, survives_a_full_disk)
{
    survives_a_full_disk(FOLDER);
}

Test(store_shared_sqlite, survives_a_full_disk)
{
    survives_a_full_disk(SQLITE);
}

/* The trail is what makes a change happen: without it there was none. */
Test(store_shared_folder, a_trail_that_cannot_be_replaced_changes_nothing)
{
    struct ratls_store_head before, after;
    struct world w;
    char detail[RATLS_STORE_DETAIL_MAX + 1] = "";

    (void)signal(SIGXFSZ, SIG_IGN);
    world_begin(&w, FOLDER);
    memset(detail, 'x', sizeof detail - 1);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(ratls_store_note(w.store, "a", "b", detail, NULL), RATLS_OK);
    must_add(&w, "web", 1, BODY_A);
    cr_assert_eq(ratls_store_head(w.store, &before, NULL), RATLS_OK);
    limit_files(4096);
    cr_expect_eq(set_state(&w, "web", 1, "revoked"), RATLS_E_STORE);
    limit_files(RLIM_INFINITY);
    cr_assert_eq(ratls_store_head(w.store, &after, NULL), RATLS_OK);
    cr_expect_eq(memcmp(&before, &after, sizeof before), 0);
    cr_expect_str_eq(listing(&w, NULL), "refval/tdx/web/1 active; ");
    cr_expect_eq(check(&w, &before), RATLS_OK);
    world_end(&w);
}

/* ---- a full store ---- */

Test(store_shared_sqlite, takes_no_more_than_a_document_holds)
{
    static char body[300 * 1024];
    struct world w;
    struct ratls_buffer doc;
    struct ratls_store_item draft = an_item("draft", 1, large_body(body, sizeof body));

    world_begin(&w, SQLITE);
    must_add(&w, "a", 1, body);
    must_add(&w, "b", 1, body);
    must_add(&w, "c", 1, body);
    struct ratls_store_item item = an_item("d", 1, body);
    cr_expect_eq(add(&w, &item), RATLS_E_LIMIT);
    draft.state = "draft";
    cr_expect_eq(add(&w, &draft), RATLS_OK, "drafts need no room");
    cr_expect_eq(set_state(&w, "draft", 1, "active"), RATLS_E_LIMIT);
    cr_assert_eq(ratls_store_document(w.store, &doc, NULL), RATLS_OK);
    cr_expect_leq(doc.len, RT_MAX_FILE);
    cr_expect_null(strstr((char *)doc.p, "\"draft\""));
    ratls_buffer_free(&doc);
    cr_assert_eq(set_state(&w, "a", 1, "superseded"), RATLS_OK);
    cr_expect_eq(set_state(&w, "draft", 1, "active"), RATLS_OK);
    cr_assert_eq(ratls_store_document(w.store, &doc, NULL), RATLS_OK);
    cr_expect_not_null(strstr((char *)doc.p, "\"draft\""));
    ratls_buffer_free(&doc);
    world_end(&w);
}

Test(store_shared_object, takes_no_more_than_an_object_holds)
{
    static char body[500 * 1024], names[40][8];
    struct ratls_store_item items[RT_COUNT(names)];
    struct ratls_store_head before, after;
    struct world w;

    world_begin(&w, OBJECT);
    must_add(&w, "web", 1, BODY_A);
    cr_assert_eq(ratls_store_head(w.store, &before, NULL), RATLS_OK);
    (void)large_body(body, sizeof body);
    for (size_t i = 0; i < RT_COUNT(names); i++) {
        (void)snprintf(names[i], sizeof names[i], "d%zu", i);
        items[i] = an_item(names[i], 1, body);
        items[i].state = "draft";
    }
    cr_expect_eq(ratls_store_add_all(w.store, items, RT_COUNT(items), &w.err), RATLS_E_LIMIT, "%s",
                 w.err.detail);
    cr_expect_eq(ratls_store_add_all(w.store, items, 3, NULL), RATLS_OK, "more than 1 MiB");
    cr_assert_eq(ratls_store_head(w.store, &after, NULL), RATLS_OK);
    cr_expect_eq(after.seq, before.seq + 3);
    cr_expect_eq(check(&w, &before), RATLS_OK);
    world_end(&w);
}
