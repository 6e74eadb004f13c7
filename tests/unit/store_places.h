/* store_places.h - where a store of a test lies, and what somebody does there behind its back. */
#ifndef STORE_PLACES_H
#define STORE_PLACES_H

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "store_server.h"

enum place { FOLDER, SQLITE, POSTGRES, OBJECT };

static char place_root[64]; /* folder of this test; the store is `store` in it */

/* ---- PostgreSQL: a schema of its own for each test ---- */

static inline void pg_url(char *url, size_t size, const char *user)
{
    (void)snprintf(url, size, "postgresql:///postgres?host=%s&user=%s&options=-csearch_path%%3Dt%d",
                   server_folder(), user, (int)getpid());
}

static inline bool pg_exec(const char *sql)
{
    char url[512];

    pg_url(url, sizeof url, "ratls");
    PGconn *conn = PQconnectdb(url);
    cr_assert_eq(PQstatus(conn), CONNECTION_OK, "%s", PQerrorMessage(conn));
    PGresult *r = PQexec(conn, sql);
    bool ok = PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK;
    PQclear(r);
    PQfinish(conn);
    return ok;
}

static inline void pg_schema(const char *verb, const char *tail)
{
    char sql[128];

    (void)snprintf(sql, sizeof sql, "SET client_min_messages = error; %s SCHEMA t%d %s", verb,
                   (int)getpid(), tail);
    cr_assert(pg_exec(sql));
}

/* As somebody who owns the server: neither triggers nor foreign keys are in force for him. */
static inline void pg_tamper(const char *sql)
{
    char all[2048];

    (void)snprintf(all, sizeof all, "SET session_replication_role = replica; %s", sql);
    cr_assert(pg_exec(all), "%s", sql);
}

/* ---- an object store: tests/run.sh starts one for all programs; a prefix for each test ---- */

static inline void read_line(const char *folder, const char *name, char *line, size_t size)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "r");
    cr_assert(f && fgets(line, (int)size, f) && fclose(f) == 0, "%s", path);
    line[strcspn(line, "\n")] = 0;
}

/* Its keys lie in the folder of the test, in whose name it gets a prefix. */
static inline void object_url(char *url, size_t size)
{
    const char *server = getenv("RATLS_OBJECT_STORE");
    char at[64], access_key[64], secret_key[64], path[128];

    read_line(server, "url", at, sizeof at);
    read_line(server, "access", access_key, sizeof access_key);
    read_line(server, "secret", secret_key, sizeof secret_key);
    (void)snprintf(path, sizeof path, "%s/keys.json", place_root);
    FILE *f = fopen(path, "w");
    cr_assert(f && chmod(path, 0600) == 0 &&
              fprintf(f,
                      "{\"region\":\"us-east-1\",\"access_key\":\"%s\","
                      "\"secret_key\":\"%s\"}\n",
                      access_key, secret_key) > 0 &&
              fclose(f) == 0);
    (void)snprintf(url, size, "s3+%s/ratls/%s?keys=%s", at, strrchr(place_root, '.') + 1, path);
}

/* Behind the store's back: GET brings the object into the file `object` of the test's folder, PUT
 * takes that file back, DELETE takes it away. */
static inline void object_move(const char *verb)
{
    static const char script[] =
        "set -eu; v=$1 d=$2 s=$RATLS_OBJECT_STORE; set --; [ $v = PUT ] || : >$d/object;"
        "[ $v != PUT ] || set -- --data-binary @$d/object; [ $v != GET ] || set -- -o $d/object;"
        "curl -sf --noproxy '*' --aws-sigv4 aws:amz:us-east-1:s3"
        " -u \"$(cat $s/access):$(cat $s/secret)\" -X $v \"$@\""
        " -H \"x-amz-content-sha256: $(sha256sum <$d/object | cut -d' ' -f1)\""
        " $(cat $s/url)/ratls/${d##*.}/store";
    char command[2048];

    (void)snprintf(command, sizeof command, "sh -c \"$RATLS_OBJECT_SCRIPT\" sh %s %s", verb,
                   place_root);
    (void)setenv("RATLS_OBJECT_SCRIPT", script, 1);
    cr_assert_eq(system(command), 0, "%s", verb);
}

/* With a program for sed -E. */
static inline void object_edit(const char *program)
{
    char command[1024];

    object_move("GET");
    (void)snprintf(command, sizeof command,
                   "cd %s && cp object before && sed -E -i '%s' object"
                   " && ! cmp -s object before",
                   place_root, program);
    cr_assert_eq(system(command), 0, "%s", program);
    object_move("PUT");
}

/* ---- any ---- */

static inline void place_make(enum place place, char *url, size_t size)
{
    if (place == POSTGRES && !*server_folder())
        cr_skip_test("no PostgreSQL is installed");
    if (place == OBJECT && !getenv("RATLS_OBJECT_STORE"))
        cr_skip_test("tests/run.sh started no object store");
    /* In memory, where there is such a folder: hundreds of stores are made, and every change of one
     * is written through to the disk. */
    (void)snprintf(place_root, sizeof place_root, "%s/ratls-store.XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    cr_assert(mkdtemp(place_root));
    (void)snprintf(url, size, "%s%s/store", place == FOLDER ? "folder:" : "sqlite:", place_root);
    if (place == POSTGRES) {
        pg_url(url, size, "ratls");
        pg_schema("CREATE", "");
    }
    if (place == OBJECT)
        object_url(url, size);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline void remove_tree(const char *path)
{
    (void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void place_remove(enum place place)
{
    if (place == POSTGRES)
        pg_schema("DROP", "CASCADE");
    remove_tree(place_root);
}

/* ---- SQL behind the store's back ---- */

static inline bool sqlite_exec(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof path, "%s/store", place_root);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    bool ok = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
    (void)sqlite3_close(db);
    return ok;
}

static inline int append_text(void *arg, int n, char **columns, char **names)
{
    char *text = arg;
    size_t len = strlen(text);

    (void)n;
    (void)names;
    (void)snprintf(text + len, 2048 - len, "%s;", columns[0]);
    return 0;
}

/* As somebody who owns the file: the triggers are out of the way while he works. */
static inline void sqlite_tamper(const char *sql)
{
    char path[128], drops[2048] = "", makes[2048] = "";
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof path, "%s/store", place_root);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "SELECT 'DROP TRIGGER ' || name FROM sqlite_master"
                              " WHERE type = 'trigger'",
                              append_text, drops, NULL),
                 SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "SELECT sql FROM sqlite_master WHERE type = 'trigger'",
                              append_text, makes, NULL),
                 SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, drops, NULL, NULL, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg(db));
    cr_assert_eq(sqlite3_exec(db, makes, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
}

static inline void place_sql(enum place place, const char *sql)
{
    (place == POSTGRES ? pg_tamper : sqlite_tamper)(sql);
}

static inline bool place_plain_sql(enum place place, const char *sql)
{
    return place == POSTGRES ? pg_exec(sql) : sqlite_exec(sql);
}

/* "store/items/x" of this test's folder. */
static inline const char *path_of(const char *name)
{
    static char path[2][512];
    static int turn;

    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", place_root, name);
    return path[turn];
}

#endif
