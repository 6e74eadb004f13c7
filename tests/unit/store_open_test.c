/* Which store is opened, in which layout, and by whom. */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "store_support.h"

static enum ratls_err open_url(const char *url, enum ratls_store_access access,
                               struct ratls_error *err)
{
    struct ratls_store *s = NULL;
    struct ratls_error unused = {0};
    enum ratls_err e = ratls_store_open(ratls_env_system(), url, access, &s, err ? err : &unused);

    cr_expect_eq(e == RATLS_OK, s != NULL);
    ratls_store_close(s);
    return e;
}

/* ---- which ---- */

Test(store_open, refuses_what_is_no_place)
{
    static const char *const bad[] = {"", "folder:", "sqlite:", "mysql://h/db", "http://x", "a:b"};

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(open_url(bad[i], RATLS_STORE_CREATE, NULL), RATLS_E_USAGE, "%s", bad[i]);
    cr_expect_eq(open_url(NULL, RATLS_STORE_CREATE, NULL), RATLS_E_USAGE);
    ratls_store_close(NULL);
}

Test(store_open, tells_folders_and_sqlite_files_apart)
{
    char url[512];

    place_make(SQLITE, url, sizeof url);
    cr_assert_eq(open_url(url, RATLS_STORE_CREATE, NULL), RATLS_OK);
    cr_expect_eq(open_url(path_of("store"), RATLS_STORE_READ, NULL), RATLS_OK, "by its content");
    cr_expect_eq(open_url(path_of("folder"), RATLS_STORE_CREATE, NULL), RATLS_OK);
    cr_expect_eq(open_url(path_of("folder"), RATLS_STORE_READ, NULL), RATLS_OK);
    cr_expect_eq(access(path_of("folder/store.json"), R_OK), 0);
    place_remove(SQLITE);
}

ON_EVERY_PLACE(store_open, finds_nothing_where_nothing_was_made)
{
    char url[512], elsewhere[600];

    if (w->place == POSTGRES) {
        pg_url(url, sizeof url, "ratls");
        cr_assert(pg_exec("DROP TABLE ratls_items, ratls_audit, ratls_meta"));
        (void)snprintf(elsewhere, sizeof elsewhere, "%s", url);
    } else if (w->place == OBJECT) {
        const int prefix = (int)strcspn(w->url, "?");
        (void)snprintf(elsewhere, sizeof elsewhere, "%.*s2%s", prefix, w->url, w->url + prefix);
    } else {
        (void)snprintf(elsewhere, sizeof elsewhere, "%s2", w->url);
    }
    cr_expect_eq(open_url(elsewhere, RATLS_STORE_READ, NULL), RATLS_E_NOT_FOUND);
    cr_expect_eq(open_url(elsewhere, RATLS_STORE_WRITE, NULL), RATLS_E_NOT_FOUND);
}

Test(store_open, does_not_take_other_things_for_a_store)
{
    char url[512];

    place_make(SQLITE, url, sizeof url);
    FILE *f = fopen(path_of("store"), "w");
    cr_assert(f &&
              fputs("no database, but long enough to look like one: ....................."
                    "..................................................................",
                    f) >= 0 &&
              fclose(f) == 0);
    cr_expect_eq(open_url(url, RATLS_STORE_WRITE, NULL), RATLS_E_STORE_TAMPERED);
    cr_assert_eq(unlink(path_of("store")), 0);
    cr_assert_eq(mkdir(path_of("store"), 0700), 0);
    cr_expect_eq(open_url(url, RATLS_STORE_WRITE, NULL), RATLS_E_STORE);
    cr_expect_eq(open_url(path_of("store"), RATLS_STORE_WRITE, NULL), RATLS_E_NOT_FOUND);
    f = fopen(path_of("store/store.json"), "w");
    cr_assert(f && fputs("{}\n", f) >= 0 && fclose(f) == 0);
    cr_expect_eq(open_url(path_of("store"), RATLS_STORE_WRITE, NULL), RATLS_E_STORE);
    place_remove(SQLITE);
}

ON_EVERY_PLACE(store_open, keeps_what_is_there_when_it_creates)
{
    must_add(w, "web", 1, BODY_A);
    reopen(w, RATLS_STORE_CREATE);
    cr_expect_str_eq(listing(w, NULL), "refval/tdx/web/1 active; ");
}

/* ---- layouts ---- */

#define DROP_GUARDS_SQLITE                                                                         \
    "DROP TRIGGER ratls_audit_update; DROP TRIGGER ratls_audit_delete;"                            \
    "DROP TRIGGER ratls_items_delete;"
#define DROP_GUARDS_POSTGRES                                                                       \
    "SET client_min_messages = error; DROP FUNCTION ratls_refuse() CASCADE;"
#define SCHEMA(v) "UPDATE ratls_meta SET value = '" v "' WHERE name = 'schema'"

static void migrates(enum place place, const char *to_schema_1)
{
    struct world w;

    world_begin(&w, place);
    must_add(&w, "web", 1, BODY_A);
    cr_assert(place_plain_sql(place, to_schema_1));
    cr_expect_eq(open_url(w.url, RATLS_STORE_READ, NULL), RATLS_E_STORE_VERSION);
    reopen(&w, RATLS_STORE_WRITE);
    cr_expect_eq(check(&w, NULL), RATLS_OK);
    cr_expect_str_eq(listing(&w, NULL), "refval/tdx/web/1 active; ");
    cr_expect_not(place_plain_sql(place, "DELETE FROM ratls_audit"), "the triggers are made");
    reopen(&w, RATLS_STORE_READ);
    world_end(&w);
}

Test(store_open_sqlite, migrates_an_earlier_schema)
{
    migrates(SQLITE, DROP_GUARDS_SQLITE SCHEMA("1"));
}

Test(store_open_postgres, migrates_an_earlier_schema)
{
    migrates(POSTGRES, DROP_GUARDS_POSTGRES SCHEMA("1"));
}

static void refuses_schemas(enum place place)
{
    static const struct {
        const char *sql;
        enum ratls_err e;
    } cases[] = {{SCHEMA("3"), RATLS_E_STORE_VERSION},
                 {SCHEMA("2147483647"), RATLS_E_STORE_VERSION},
                 {SCHEMA("x"), RATLS_E_STORE},
                 {SCHEMA("0"), RATLS_E_STORE},
                 {"DELETE FROM ratls_meta", RATLS_E_STORE}};
    struct world w;

    world_begin(&w, place);
    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        cr_assert(place_plain_sql(place, cases[i].sql));
        for (int a = RATLS_STORE_READ; a <= RATLS_STORE_CREATE; a++)
            cr_expect_eq(open_url(w.url, (enum ratls_store_access)a, NULL), cases[i].e, "%s",
                         cases[i].sql);
    }
    world_end(&w);
}

Test(store_open_sqlite, refuses_a_newer_schema)
{
    refuses_schemas(SQLITE);
}

Test(store_open_postgres, refuses_a_newer_schema)
{
    refuses_schemas(POSTGRES);
}

Test(store_open_folder, refuses_a_newer_layout)
{
    struct world w;

    world_begin(&w, FOLDER);
    FILE *f = fopen(path_of("store/store.json"), "w");
    cr_assert(f && fputs("{\"format\":\"ratls-store/2\"}\n", f) >= 0 && fclose(f) == 0);
    cr_expect_eq(open_url(w.url, RATLS_STORE_READ, NULL), RATLS_E_STORE_VERSION);
    cr_expect_eq(open_url(w.url, RATLS_STORE_CREATE, NULL), RATLS_E_STORE_VERSION);
    cr_expect_eq(check(&w, NULL), RATLS_E_STORE_VERSION);
    world_end(&w);
}

/* ---- who ---- */

static unsigned mode_of(const char *name)
{
    struct stat st;

    cr_assert_eq(stat(path_of(name), &st), 0, "%s", name);
    return st.st_mode & 07777;
}

Test(store_open, makes_files_for_owner_and_group)
{
    struct world w;

    (void)umask(0);
    world_begin(&w, FOLDER);
    must_add(&w, "web", 1, BODY_A);
    cr_expect_eq(mode_of("store"), 0750);
    cr_expect_eq(mode_of("store/items"), 0750);
    cr_expect_eq(mode_of("store/audit.jsonl"), 0640);
    cr_expect_eq(mode_of("store/store.json"), 0640);
    world_end(&w);
    world_begin(&w, SQLITE);
    must_add(&w, "web", 1, BODY_A);
    cr_expect_eq(mode_of("store"), 0640);
    cr_expect_eq(mode_of("store-wal"), 0640);
    cr_expect_eq(mode_of("store-shm"), 0640);
    world_end(&w);
}

/* What a user may do who may only read: in a process of its own, for there is no way back. */
static int as_reader(const char *url)
{
    struct ratls_store *s = NULL;
    struct ratls_buffer doc = {0};
    const struct ratls_store_item item = an_item("new", 1, BODY_A);

    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    if (ratls_store_open(ratls_env_system(), url, RATLS_STORE_READ, &s, NULL))
        return 2;
    if (ratls_store_document(s, &doc, NULL) || !strstr((char *)doc.p, "\"web\""))
        return 3;
    if (ratls_store_check(s, NULL, NULL))
        return 4;
    ratls_buffer_free(&doc);
    ratls_store_close(s);
    if (ratls_store_open(ratls_env_system(), url, RATLS_STORE_WRITE, &s, NULL))
        return 5;
    if (ratls_store_document(s, &doc, NULL))
        return 6;
    ratls_buffer_free(&doc);
    if (ratls_store_add(s, &item, NULL) != RATLS_E_STORE_DENIED)
        return 7;
    if (ratls_store_note(s, "a", "b", "c", NULL) != RATLS_E_STORE_DENIED)
        return 8;
    ratls_store_close(s);
    return 0;
}

static void expect_reads(const char *url, const char *when)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(as_reader(url));
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: status %d", when,
              WEXITSTATUS(status));
}

Test(store_open_folder, somebody_who_may_only_read_reads)
{
    struct world w;

    world_begin(&w, FOLDER);
    must_add(&w, "web", 1, BODY_A);
    cr_assert_eq(chmod(place_root, 0755), 0);
    char command[256];
    (void)snprintf(command, sizeof command, "chmod -R a+rX,a-w %s/store", place_root);
    cr_assert_eq(system(command), 0);
    expect_reads(w.url, "read only");
    (void)snprintf(command, sizeof command, "chmod -R u+w %s/store", place_root);
    cr_assert_eq(system(command), 0);
    world_end(&w);
}

Test(store_open_sqlite, somebody_who_may_only_read_reads)
{
    struct world w;

    world_begin(&w, SQLITE);
    must_add(&w, "web", 1, BODY_A);
    cr_assert_eq(chmod(path_of("store"), 0444) | chmod(path_of("store-wal"), 0444) |
                     chmod(path_of("store-shm"), 0444),
                 0);
    cr_assert_eq(chmod(place_root, 0555), 0);
    expect_reads(w.url, "while a writer has it open");
    ratls_store_close(w.store);
    w.store = NULL;
    expect_reads(w.url, "after the last writer left");
    cr_assert_eq(chmod(place_root, 0755), 0);
    world_end(&w);
}

Test(store_open, a_file_that_may_not_be_read_is_denied)
{
    struct world w;
    int status = 0;

    if (getuid() != 0)
        cr_skip_test("needs another user");
    for (int place = FOLDER; place <= SQLITE; place++) {
        world_begin(&w, (enum place)place);
        cr_assert_eq(chmod(place_root, 0755), 0);
        pid_t child = fork();
        if (child == 0)
            _exit(setgid(65534) || setuid(65534) ||
                  open_url(w.url, RATLS_STORE_READ, NULL) != RATLS_E_STORE_DENIED ||
                  open_url(w.url, RATLS_STORE_CREATE, NULL) != RATLS_E_STORE_DENIED);
        cr_assert(child > 0 && waitpid(child, &status, 0) == child);
        cr_expect_eq(status, 0, "place %d", place);
        world_end(&w);
    }
}

static void grant(const char *role, const char *rights)
{
    char sql[1024];

    (void)snprintf(sql, sizeof sql,
                   "DO $$ BEGIN CREATE ROLE %s LOGIN; EXCEPTION WHEN duplicate_object THEN NULL;"
                   " END $$; GRANT USAGE ON SCHEMA t%d TO %s; %s",
                   role, (int)getpid(), role, rights);
    cr_assert(pg_exec(sql), "%s", role);
}

Test(store_open_postgres, roles_may_do_what_they_were_granted)
{
    struct world w;
    char url[512];
    struct ratls_store_item item = an_item("new", 1, BODY_A);

    world_begin(&w, POSTGRES);
    must_add(&w, "web", 1, BODY_A);
    grant("nobody", "");
    grant("reader", "GRANT SELECT ON ratls_meta, ratls_items, ratls_audit TO reader");
    grant("writer", "GRANT SELECT ON ratls_meta, ratls_items, ratls_audit TO writer;"
                    "GRANT INSERT ON ratls_items, ratls_audit TO writer;"
                    "GRANT UPDATE ON ratls_items TO writer");
    pg_url(url, sizeof url, "nobody");
    cr_expect_eq(open_url(url, RATLS_STORE_READ, NULL), RATLS_E_STORE_DENIED);
    pg_url(url, sizeof url, "reader");
    expect_reads(url, "SELECT alone");
    pg_url(w.url, sizeof w.url, "writer");
    reopen(&w, RATLS_STORE_WRITE);
    cr_expect_eq(add(&w, &item), RATLS_OK, "%s", w.err.detail);
    cr_expect_eq(set_state(&w, "new", 1, "revoked"), RATLS_OK, "%s", w.err.detail);
    cr_expect_eq(check(&w, NULL), RATLS_OK);
    world_end(&w);
}

/* ---- a place that becomes another ---- */

Test(store_open, notices_that_its_place_was_replaced)
{
    for (int place = FOLDER; place <= SQLITE; place++) {
        struct world w;
        struct ratls_store_head head;
        world_begin(&w, (enum place)place);
        must_add(&w, "web", 1, BODY_A);
        cr_assert_eq(rename(path_of("store"), path_of("old")), 0);
        cr_expect_neq(ratls_store_head(w.store, &head, NULL), RATLS_OK);
        cr_assert_eq(open_url(w.url, RATLS_STORE_CREATE, NULL), RATLS_OK);
        cr_expect_eq(ratls_store_head(w.store, &head, NULL), RATLS_E_STORE, "place %d", place);
        cr_expect_eq(check(&w, NULL), RATLS_E_STORE, "place %d", place);
        world_end(&w);
    }
}

Test(store_open_postgres, connects_again)
{
    struct world w;
    struct ratls_store_head head;

    world_begin(&w, POSTGRES);
    must_add(&w, "web", 1, BODY_A);
    cr_assert(pg_exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                      " WHERE pid <> pg_backend_pid() AND application_name = 'ratls'"));
    cr_expect_eq(ratls_store_head(w.store, &head, NULL), RATLS_E_STORE);
    cr_expect_eq(ratls_store_head(w.store, &head, NULL), RATLS_OK);
    cr_expect_eq(head.seq, 1);
    must_add(&w, "web", 2, BODY_A);
    world_end(&w);
}

/* The server's process for the last store that was opened. */
static pid_t last_backend(void)
{
    char url[512];

    pg_url(url, sizeof url, "ratls");
    PGconn *conn = PQconnectdb(url);
    PGresult *r = PQexec(conn, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND"
                               " application_name = 'ratls' ORDER BY backend_start DESC LIMIT 1");
    cr_assert_eq(PQntuples(r), 1);
    pid_t pid = (pid_t)atoi(PQgetvalue(r, 0, 0));
    PQclear(r);
    PQfinish(conn);
    return pid;
}

Test(store_open_postgres, does_not_wait_for_ever_for_one_that_hangs, .timeout = 60)
{
    struct world w;
    struct ratls_store *hung = NULL;
    struct ratls_store_head head;
    struct ratls_error err = {0};
    char url[600];

    world_begin(&w, POSTGRES);
    must_add(&w, "web", 1, BODY_A);
    (void)snprintf(url, sizeof url, "%s&tcp_user_timeout=300", w.url);
    cr_assert_eq(ratls_store_open(ratls_env_system(), url, RATLS_STORE_READ, &hung, NULL),
                 RATLS_OK);
    const pid_t backend = last_backend();
    cr_assert_eq(kill(backend, SIGSTOP), 0);
    cr_expect_eq(ratls_store_head(hung, &head, &err), RATLS_E_TIMEOUT, "%s", err.detail);
    cr_expect_not_null(strstr(err.detail, "no answer within 300 ms"), "%s", err.detail);
    cr_expect_eq(ratls_store_head(hung, &head, &err), RATLS_OK, "by another connection");
    cr_expect_eq(head.seq, 1);
    cr_assert_eq(kill(backend, SIGCONT), 0);
    ratls_store_close(hung);
    must_add(&w, "web", 2, BODY_A);
    world_end(&w);
}

/* ---- passwords ---- */

Test(store_open, never_tells_a_password)
{
    static const struct {
        const char *url;
        enum ratls_err e;
    } cases[] = {
        {"postgresql://u:s3%zzcret@127.0.0.1:1/db", RATLS_E_USAGE},
        {"postgresql://u:s3cret@127.0.0.1:1/db?s3cret", RATLS_E_USAGE},
        {"postgresql://u:x@s3cret@127.0.0.1:1/db", RATLS_E_USAGE},
        {"postgresql://u:s3cret@127.0.0.1:1/db", RATLS_E_STORE},
        {"postgresql://u:s3cret@/db?host=/nonexistent/s3cret", RATLS_E_STORE},
        {"postgresql://u@/db?host=/nonexistent&password=s3cret", RATLS_E_STORE},
        {"postgresqlx://u:s3cret@h/db", RATLS_E_USAGE},
    };

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        struct ratls_error err = {0};
        cr_expect_eq(open_url(cases[i].url, RATLS_STORE_READ, &err), cases[i].e, "%s: %s",
                     cases[i].url, err.detail);
        cr_expect(*err.detail, "%s", cases[i].url);
        cr_expect_null(strstr(err.detail, "s3cret"), "%s", err.detail);
    }
}

Test(store_open_postgres, never_tells_a_password_that_the_server_repeats)
{
    char url[600];
    struct ratls_error err = {0};

    if (!*server_folder())
        cr_skip_test("no PostgreSQL is installed");
    (void)snprintf(url, sizeof url, "postgresql://s3cret:s3cret@/postgres?host=%s",
                   server_folder());
    cr_expect_eq(open_url(url, RATLS_STORE_READ, &err), RATLS_E_STORE, "%s", err.detail);
    cr_expect(strstr(err.detail, "\"******\""), "%s", err.detail);
    cr_expect_null(strstr(err.detail, "s3cret"), "%s", err.detail);
}

/* A server without TLS: it is asked for TLS, says no, and hears nothing more. */
static void *refuse_tls(void *arg)
{
    static const uint8_t request[8] = {0, 0, 0, 8, 4, 210, 22, 47}; /* SSLRequest */
    uint8_t got[64];
    int fd = accept(*(int *)arg, NULL, NULL);
    bool asked = recv(fd, got, 8, MSG_WAITALL) == 8 && memcmp(got, request, 8) == 0;
    bool silent = send(fd, "N", 1, MSG_NOSIGNAL) == 1 && recv(fd, got, sizeof got, 0) == 0;

    (void)close(fd);
    return asked && silent ? arg : NULL;
}

Test(store_open, sends_nothing_to_a_server_that_it_cannot_verify)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    char url[128];
    pthread_t thread;
    void *result = NULL;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert(fd >= 0 && bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 1) == 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    cr_assert_eq(pthread_create(&thread, NULL, refuse_tls, &fd), 0);
    (void)snprintf(url, sizeof url, "postgresql://u:p@127.0.0.1:%d/db", ntohs(at.sin_port));
    cr_expect_eq(open_url(url, RATLS_STORE_READ, NULL), RATLS_E_STORE);
    cr_assert_eq(pthread_join(thread, &result), 0);
    cr_expect_not_null(result);
    (void)close(fd);
}
