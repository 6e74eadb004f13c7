/* sql.h - items and trail in three tables, in SQL that SQLite and PostgreSQL both speak.
 *
 * A driver runs statements; everything it must say in its own way is a text in its table. All
 * parameters ($1, $2 ...) and results are text, nothing is ever pasted into a statement. */
#ifndef RT_SQL_H
#define RT_SQL_H

#include "backend.h"

#define RT_SQL_MAX_COLUMNS 16

struct rt_query {
    const char *text;
    const char *const *params;
    size_t n_params;
    /* Once per row; NULL: none is wanted. Columns are borrowed, SQL's NULL is "". */
    enum ratls_err (*row)(void *arg, const char *const *columns, size_t n, struct ratls_error *err);
    void *arg;
};

struct rt_sql_driver {
    /* *conn is new. With RATLS_STORE_CREATE the database itself may be made. */
    enum ratls_err (*open)(const struct rt_place *place, void **conn, struct ratls_error *err);
    void (*close)(void *conn);
    enum ratls_err (*run)(void *conn, const struct rt_query *q, struct ratls_error *err);
    /* Several statements without parameters or results. */
    enum ratls_err (*script)(void *conn, const char *text, struct ratls_error *err);
    /* The connection works, and leads where it did. */
    enum ratls_err (*ready)(void *conn, struct ratls_error *err);
    enum ratls_err (*check)(void *conn, struct ratls_error *err);

    const char *begin_read;   /* one moment for all that follows */
    const char *begin_write;  /* and no other writer meanwhile */
    const char *lock_items;   /* the latter, where begin_write does not see to it; else NULL */
    const char *begin_schema; /* to make and change tables, one after the other */
    const char *find_meta;    /* one row if the table ratls_meta exists */
    const char *guards;       /* makes the triggers */
    const char *find_guards;  /* a row for each trigger in force */
    const char *purge;        /* NULL: as in struct rt_backend */
};

#define RT_SQL_GUARDS                                                                              \
    3 /* triggers: no row of the trail is changed, none deleted, no item deleted */

RATLS_MUST_USE enum ratls_err rt_sql_open(const struct rt_sql_driver *driver,
                                          const struct rt_place *place, void **self,
                                          struct ratls_error *err);

/* The rest of a backend, for the tables of rt_sqlite and rt_postgres. */
void rt_sql_close(void *self);
enum ratls_err rt_sql_begin(void *self, bool write, struct ratls_error *err);
enum ratls_err rt_sql_commit(void *self, struct ratls_error *err);
void rt_sql_rollback(void *self);
enum ratls_err rt_sql_items(void *self, rt_entry_fn *fn, void *arg, struct ratls_error *err);
enum ratls_err rt_sql_events(void *self, int64_t from_seq, rt_event_fn *fn, void *arg,
                             struct ratls_error *err);
enum ratls_err rt_sql_append(void *self, const struct rt_event *event, struct ratls_error *err);
enum ratls_err rt_sql_put(void *self, const struct ratls_store_item *item, int64_t seq, bool is_new,
                          struct ratls_error *err);
enum ratls_err rt_sql_head(void *self, struct ratls_store_head *head, struct ratls_error *err);
enum ratls_err rt_sql_check(void *self, struct ratls_error *err);
void rt_sql_purge(void *self);

#define RT_SQL_BACKEND                                                                             \
    .close = rt_sql_close, .begin = rt_sql_begin, .commit = rt_sql_commit,                         \
    .rollback = rt_sql_rollback, .items = rt_sql_items, .events = rt_sql_events,                   \
    .append = rt_sql_append, .put = rt_sql_put, .head = rt_sql_head, .check = rt_sql_check,        \
    .purge = rt_sql_purge

#endif
