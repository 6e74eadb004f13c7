/* The driver for SQLite: one file, write-ahead log, foreign keys. The -wal and -shm files stay
 * when the last writer leaves: without them somebody who may only read could not open the file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "sql.h"

enum { FILE_MODE = 0640, LOG_WAIT_MS = 10 };

struct lite {
    sqlite3 *db;
    char *path;
    dev_t dev; /* of the file that was opened */
    ino_t ino;
};

/* ---- errors ---- */

static enum ratls_err fail_code(struct ratls_error *err, int code, const char *text)
{
    static const struct {
        int code;
        enum ratls_err e;
    } known[] = {{SQLITE_NOMEM, RATLS_E_NO_MEMORY},       {SQLITE_BUSY, RATLS_E_TIMEOUT},
                 {SQLITE_READONLY, RATLS_E_STORE_DENIED}, {SQLITE_PERM, RATLS_E_STORE_DENIED},
                 {SQLITE_AUTH, RATLS_E_STORE_DENIED},     {SQLITE_CORRUPT, RATLS_E_STORE_TAMPERED},
                 {SQLITE_NOTADB, RATLS_E_STORE_TAMPERED}};

    for (size_t i = 0; i < RT_COUNT(known); i++)
        if (known[i].code == (code & 0xff))
            return ratls_fail(err, known[i].e, "SQLite: %s", text);
    return ratls_fail(err, RATLS_E_STORE, "SQLite: %s", text);
}

static enum ratls_err fail(const struct lite *l, struct ratls_error *err)
{
    return fail_code(err, sqlite3_extended_errcode(l->db), sqlite3_errmsg(l->db));
}

/* ---- statements ---- */

static enum ratls_err give_row(sqlite3_stmt *stmt, const struct rt_query *q,
                               struct ratls_error *err)
{
    const char *columns[RT_SQL_MAX_COLUMNS];
    const int n = sqlite3_column_count(stmt);

    if (n > RT_SQL_MAX_COLUMNS)
        return RATLS_E_INTERNAL;
    for (int i = 0; i < n; i++) {
        columns[i] = (const char *)sqlite3_column_text(stmt, i);
        if (!columns[i] && sqlite3_column_type(stmt, i) != SQLITE_NULL)
            return RATLS_E_NO_MEMORY;
        if (!columns[i])
            columns[i] = "";
    }
    return q->row(q->arg, columns, (size_t)n, err);
}

/* "$5" is a name to SQLite, and has the number of its first use. */
static bool bind(sqlite3_stmt *stmt, const struct rt_query *q)
{
    char name[24];

    for (size_t i = 0; i < q->n_params; i++) {
        (void)snprintf(name, sizeof name, "$%zu", i + 1);
        if (sqlite3_bind_text(stmt, sqlite3_bind_parameter_index(stmt, name), q->params[i], -1,
                              SQLITE_STATIC) != SQLITE_OK)
            return false;
    }
    return true;
}

static enum ratls_err step(struct lite *l, sqlite3_stmt *stmt, const struct rt_query *q,
                           struct ratls_error *err)
{
    int code;

    if (!bind(stmt, q))
        return fail(l, err);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        enum ratls_err e = q->row ? give_row(stmt, q, err) : RATLS_OK;
        if (e)
            return e;
    }
    return code == SQLITE_DONE ? RATLS_OK : fail(l, err);
}

static enum ratls_err lite_run(void *conn, const struct rt_query *q, struct ratls_error *err)
{
    struct lite *l = conn;
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(l->db, q->text, -1, &stmt, NULL) != SQLITE_OK)
        return fail(l, err);
    enum ratls_err e = step(l, stmt, q, err);
    (void)sqlite3_finalize(stmt);
    return e;
}

static enum ratls_err lite_script(void *conn, const char *text, struct ratls_error *err)
{
    struct lite *l = conn;

    return sqlite3_exec(l->db, text, NULL, NULL, NULL) == SQLITE_OK ? RATLS_OK : fail(l, err);
}

/* ---- integrity ---- */

struct finding {
    char text[128];
    size_t n;
};

static enum ratls_err take_finding(void *arg, const char *const *c, size_t n,
                                   struct ratls_error *err)
{
    struct finding *f = arg;

    (void)err;
    if (f->n++ == 0 && n > 0)
        (void)snprintf(f->text, sizeof f->text, "%s", c[0]);
    return RATLS_OK;
}

static enum ratls_err lite_check(void *conn, struct ratls_error *err)
{
    struct finding damage = {0}, orphan = {0};
    enum ratls_err e =
        lite_run(conn,
                 &(struct rt_query){
                     .text = "PRAGMA integrity_check(1)", .row = take_finding, .arg = &damage},
                 err);

    if (!e && strcmp(damage.text, "ok") != 0)
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "SQLite finds damage: %s", damage.text);
    if (!e)
        e = lite_run(conn,
                     &(struct rt_query){
                         .text = "PRAGMA foreign_key_check", .row = take_finding, .arg = &orphan},
                     err);
    if (!e && orphan.n > 0)
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "a row of %s belongs to no row of the trail",
                       orphan.text);
    return e;
}

static enum ratls_err lite_ready(void *conn, struct ratls_error *err)
{
    const struct lite *l = conn;
    struct stat st;

    if (stat(l->path, &st) != 0 || st.st_dev != l->dev || st.st_ino != l->ino)
        return ratls_fail(err, RATLS_E_STORE, "%s is another file by now", l->path);
    return RATLS_OK;
}

/* ---- open ---- */

static void lite_close(void *conn)
{
    struct lite *l = conn;

    (void)sqlite3_close(l->db);
    free(l->path);
    free(l);
}

/* SQLite would make it for everybody to read, and gives -wal and -shm the mode that this one has.
 */
static enum ratls_err make_file(const char *path, struct ratls_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);

    if (fd < 0)
        return ratls_fail(err, access(path, F_OK) == 0 ? RATLS_E_STORE_DENIED : RATLS_E_STORE,
                          "%s cannot be made", path);
    (void)close(fd);
    return RATLS_OK;
}

static enum ratls_err look_at_file(struct lite *l, struct ratls_error *err)
{
    struct stat st;

    if (stat(l->path, &st) != 0)
        return ratls_fail(err, RATLS_E_NOT_FOUND, "there is no %s", l->path);
    if (!S_ISREG(st.st_mode))
        return ratls_fail(err, RATLS_E_STORE, "%s is no plain file", l->path);
    if (access(l->path, R_OK) != 0)
        return ratls_fail(err, RATLS_E_STORE_DENIED, "%s may not be read", l->path);
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    return RATLS_OK;
}

/* Of those who make a database at the same moment all but one are refused at once: SQLite's own
 * waiting leaves out the change to a write-ahead log (sqlite3_busy_handler: a deadlock). */
static enum ratls_err turn_to_log(struct lite *l, struct ratls_error *err)
{
    enum ratls_err e = RATLS_E_TIMEOUT;

    for (int waited = 0; e == RATLS_E_TIMEOUT && waited < RT_LOCK_WAIT_MS; waited += LOG_WAIT_MS) {
        if (waited > 0)
            (void)sqlite3_sleep(LOG_WAIT_MS);
        e = lite_script(l, "PRAGMA journal_mode = WAL", err);
    }
    return e;
}

/* A file that may not be written opens all the same: to read it is enough, and the first change
 * says no. */
static enum ratls_err set_up(struct lite *l, enum ratls_store_access access,
                             struct ratls_error *err)
{
    int stay = 1;

    (void)sqlite3_extended_result_codes(l->db, 1);
    (void)sqlite3_busy_timeout(l->db, RT_LOCK_WAIT_MS);
    (void)sqlite3_file_control(l->db, "main", SQLITE_FCNTL_PERSIST_WAL, &stay);
    (void)sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(l->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    enum ratls_err e = lite_script(l,
                                   "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON;"
                                   "PRAGMA secure_delete = ON",
                                   err);
    if (e || access != RATLS_STORE_CREATE || sqlite3_db_readonly(l->db, "main") != 0)
        return e;
    e = turn_to_log(l, err);
    return e ? e : lite_script(l, "PRAGMA synchronous = FULL", err);
}

static enum ratls_err lite_open(const struct rt_place *place, void **conn, struct ratls_error *err)
{
    const bool write = place->access != RATLS_STORE_READ;
    struct lite *l = calloc(1, sizeof *l);
    enum ratls_err e = RATLS_E_NO_MEMORY;

    if (!l || !(l->path = strdup(place->where)))
        goto out;
    if (place->access == RATLS_STORE_CREATE && (e = make_file(l->path, err)) != RATLS_OK)
        goto out;
    if ((e = look_at_file(l, err)) != RATLS_OK)
        goto out;
    int code = sqlite3_open_v2(l->path, &l->db,
                               write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, NULL);
    e = code == SQLITE_OK ? set_up(l, place->access, err)
                          : fail_code(err, code, sqlite3_errstr(code));
out:
    if (e && l)
        lite_close(l);
    else
        *conn = l;
    return e;
}

static const struct rt_sql_driver driver = {
    .open = lite_open,
    .close = lite_close,
    .run = lite_run,
    .script = lite_script,
    .ready = lite_ready,
    .check = lite_check,
    .begin_read = "BEGIN",
    .begin_write = "BEGIN IMMEDIATE",
    .begin_schema = "BEGIN IMMEDIATE",
    .find_meta = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'ratls_meta'",
    .guards = "CREATE TRIGGER ratls_audit_update BEFORE UPDATE ON ratls_audit BEGIN"
              " SELECT RAISE(ABORT, 'the trail is never changed'); END;"
              "CREATE TRIGGER ratls_audit_delete BEFORE DELETE ON ratls_audit BEGIN"
              " SELECT RAISE(ABORT, 'the trail is never shortened'); END;"
              "CREATE TRIGGER ratls_items_delete BEFORE DELETE ON ratls_items BEGIN"
              " SELECT RAISE(ABORT, 'items are never deleted'); END",
    .find_guards = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name IN"
                   " ('ratls_audit_update', 'ratls_audit_delete', 'ratls_items_delete')",
    /* Old pages are zeros by secure_delete, but for those in the log. */
    .purge = "PRAGMA wal_checkpoint(TRUNCATE)",
};

static enum ratls_err sqlite_open(const struct rt_place *place, void **self,
                                  struct ratls_error *err)
{
    return rt_sql_open(&driver, place, self, err);
}

const struct rt_backend rt_sqlite = {.open = sqlite_open, RT_SQL_BACKEND};
