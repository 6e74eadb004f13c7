/* store_places.h - where a store of a test lies, and what somebody does there behind its back. */
#ifndef STORE_PLACES_H
#define STORE_PLACES_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

enum place { FOLDER, SQLITE };

static char place_root[64]; /* folder of this test; the store is `store` in it */

static void place_make(enum place place, char *url, size_t size)
{
    (void)snprintf(place_root, sizeof place_root, "/tmp/ratls-store.XXXXXX");
    cr_assert(mkdtemp(place_root));
    (void)snprintf(url, size, "%s%s/store", place == FOLDER ? "folder:" : "sqlite:", place_root);
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    char inner[512];

    for (const struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        if (unlink(inner) != 0)
            remove_tree(inner);
    }
    if (d)
        (void)closedir(d);
    (void)rmdir(path);
}

static void place_remove(enum place place)
{
    (void)place;
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
    (void)place;
    sqlite_tamper(sql);
}

static inline bool place_plain_sql(enum place place, const char *sql)
{
    (void)place;
    return sqlite_exec(sql);
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
