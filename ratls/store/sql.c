#include "sql.h"

#include <stdio.h>
#include <stdlib.h>

struct sql {
    const struct rt_sql_driver *driver;
    void *conn;
};

/* ---- layout: versions 1, 2 ... of the schema, each made from the one before ---- */

static const char tables[] =
    "CREATE TABLE ratls_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE ratls_audit (seq BIGINT PRIMARY KEY CHECK (seq > 0), time BIGINT NOT NULL,"
    " author TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,"
    " digest TEXT NOT NULL, hash TEXT NOT NULL UNIQUE);"
    "CREATE TABLE ratls_items (kind TEXT NOT NULL, tee TEXT NOT NULL, name TEXT NOT NULL,"
    " version BIGINT NOT NULL CHECK (version > 0), state TEXT NOT NULL"
    " CHECK (state IN ('draft', 'active', 'superseded', 'revoked')), author TEXT NOT NULL,"
    " not_before BIGINT NOT NULL, not_after BIGINT NOT NULL, created BIGINT NOT NULL,"
    " changed BIGINT NOT NULL, body TEXT NOT NULL,"
    " event BIGINT NOT NULL REFERENCES ratls_audit (seq),"
    " PRIMARY KEY (kind, tee, name, version));"
    "INSERT INTO ratls_meta (name, value) VALUES ('schema', '1')";

static const struct migration {
    const char *text; /* NULL: the driver's guards */
} migrations[] = {
    {tables},
    {NULL},
};

#define SCHEMA ((int64_t)RT_COUNT(migrations))

/* ---- statements ---- */

static enum ratls_err run(struct sql *s, const struct rt_query *q, struct ratls_error *err)
{
    return s->driver->run(s->conn, q, err);
}

static enum ratls_err script(struct sql *s, const char *text, struct ratls_error *err)
{
    return s->driver->script(s->conn, text, err);
}

static enum ratls_err count_row(void *arg, const char *const *columns, size_t n,
                                struct ratls_error *err)
{
    (void)columns;
    (void)n;
    (void)err;
    ++*(size_t *)arg;
    return RATLS_OK;
}

static enum ratls_err count(struct sql *s, const char *text, size_t *n, struct ratls_error *err)
{
    *n = 0;
    return run(s, &(struct rt_query){.text = text, .row = count_row, .arg = n}, err);
}

/* Numbers as text, for parameters. */
struct number {
    char text[24];
};

static const char *number(struct number *n, int64_t v)
{
    (void)snprintf(n->text, sizeof n->text, "%lld", (long long)v);
    return n->text;
}

/* ---- open ---- */

static enum ratls_err take_version(void *arg, const char *const *columns, size_t n,
                                   struct ratls_error *err)
{
    (void)err;
    if (n != 1 || !rt_decimal(columns[0], RT_MAX_VERSION, arg))
        *(int64_t *)arg = 0;
    return RATLS_OK;
}

/* 0: there are no tables. */
static enum ratls_err find_version(struct sql *s, int64_t *version, struct ratls_error *err)
{
    size_t exists;
    enum ratls_err e = count(s, s->driver->find_meta, &exists, err);

    *version = 0;
    if (e || !exists)
        return e;
    e = run(s,
            &(struct rt_query){.text = "SELECT value FROM ratls_meta WHERE name = 'schema'",
                               .row = take_version,
                               .arg = version},
            err);
    if (!e && *version == 0)
        e = ratls_fail(err, RATLS_E_STORE, "the table ratls_meta names no schema");
    return e;
}

static enum ratls_err migrate_one(struct sql *s, int64_t from, struct ratls_error *err)
{
    const struct migration *m = &migrations[from];
    struct number text;
    const char *param = number(&text, from + 1);
    enum ratls_err e = script(s, m->text ? m->text : s->driver->guards, err);

    if (!e)
        e = run(s,
                &(struct rt_query){.text = "UPDATE ratls_meta SET value = $1 WHERE name = 'schema'",
                                   .params = &param,
                                   .n_params = 1},
                err);
    return e;
}

/* Another process may have been faster: the version is asked again, under lock. */
static enum ratls_err migrate(struct sql *s, struct ratls_error *err)
{
    int64_t version = 0;
    enum ratls_err e = script(s, s->driver->begin_schema, err);

    if (e)
        return e;
    e = find_version(s, &version, err);
    for (; !e && version < SCHEMA; version++)
        e = migrate_one(s, version, err);
    if (!e)
        return rt_sql_commit(s, err);
    rt_sql_rollback(s);
    return e;
}

static enum ratls_err bring_up_to_date(struct sql *s, enum ratls_store_access access,
                                       struct ratls_error *err)
{
    int64_t version;
    enum ratls_err e = find_version(s, &version, err);

    if (e || version == SCHEMA)
        return e;
    if (version > SCHEMA)
        return ratls_fail(err, RATLS_E_STORE_VERSION,
                          "the store has schema %lld, this program %lld", (long long)version,
                          (long long)SCHEMA);
    if (version == 0 && access != RATLS_STORE_CREATE)
        return ratls_fail(err, RATLS_E_NOT_FOUND, "the database holds no store");
    if (access == RATLS_STORE_READ)
        return ratls_fail(err, RATLS_E_STORE_VERSION,
                          "the store has schema %lld; opened for writing once it gets %lld",
                          (long long)version, (long long)SCHEMA);
    return migrate(s, err);
}

static enum ratls_err check_guards(struct sql *s, struct ratls_error *err)
{
    size_t n;
    enum ratls_err e = count(s, s->driver->find_guards, &n, err);

    if (!e && n != RT_SQL_GUARDS)
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "triggers that guard the trail are gone");
    return e;
}

enum ratls_err rt_sql_open(const struct rt_sql_driver *driver, const struct rt_place *place,
                           void **self, struct ratls_error *err)
{
    struct sql *s = malloc(sizeof *s);

    if (!s)
        return RATLS_E_NO_MEMORY;
    *s = (struct sql){.driver = driver};
    enum ratls_err e = driver->open(place, &s->conn, err);
    if (!e)
        e = driver->check(s->conn, err);
    if (!e)
        e = bring_up_to_date(s, place->access, err);
    if (!e)
        e = check_guards(s, err);
    if (e) {
        rt_sql_close(s);
        return e;
    }
    *self = s;
    return RATLS_OK;
}

void rt_sql_close(void *self)
{
    struct sql *s = self;

    if (s->conn)
        s->driver->close(s->conn);
    free(s);
}

/* ---- transactions ---- */

enum ratls_err rt_sql_begin(void *self, bool write, struct ratls_error *err)
{
    struct sql *s = self;
    enum ratls_err e = s->driver->ready(s->conn, err);

    if (!e)
        e = script(s, write ? s->driver->begin_write : s->driver->begin_read, err);
    if (e || !write || !s->driver->lock_items)
        return e;
    e = script(s, s->driver->lock_items, err);
    if (e)
        rt_sql_rollback(s);
    return e;
}

void rt_sql_rollback(void *self)
{
    (void)script(self, "ROLLBACK", NULL);
}

enum ratls_err rt_sql_commit(void *self, struct ratls_error *err)
{
    enum ratls_err e = script(self, "COMMIT", err);

    if (e)
        rt_sql_rollback(self);
    return e;
}

/* ---- items ---- */

struct visit {
    rt_entry_fn *item;
    rt_event_fn *event;
    void *arg;
};

static enum ratls_err foreign(struct ratls_error *err, const char *table)
{
    return ratls_fail(err, RATLS_E_STORE_TAMPERED, "a row of %s is none that was written here",
                      table);
}

static enum ratls_err take_item(void *arg, const char *const *c, size_t n, struct ratls_error *err)
{
    const struct visit *v = arg;
    struct ratls_store_item item;

    if (n != 11)
        return RATLS_E_INTERNAL;
    item = (struct ratls_store_item){.ref = {.kind = c[0], .tee = c[1], .name = c[2]},
                                     .state = c[4],
                                     .author = c[5],
                                     .body = ratls_bytes_str(c[10])};
    if (!rt_decimal(c[3], RT_MAX_VERSION, &item.ref.version) ||
        !rt_decimal(c[6], RT_MAX_TIME, &item.not_before) ||
        !rt_decimal(c[7], RT_MAX_TIME, &item.not_after) ||
        !rt_decimal(c[8], RT_MAX_TIME, &item.created) ||
        !rt_decimal(c[9], RT_MAX_TIME, &item.changed))
        return foreign(err, "ratls_items");
    return v->item(v->arg, &item, err);
}

enum ratls_err rt_sql_items(void *self, rt_entry_fn *fn, void *arg, struct ratls_error *err)
{
    struct visit v = {.item = fn, .arg = arg};

    return run(self,
               &(struct rt_query){
                   .text = "SELECT kind, tee, name, version, state, author, not_before, not_after,"
                           " created, changed, body FROM ratls_items",
                   .row = take_item,
                   .arg = &v},
               err);
}

enum ratls_err rt_sql_put(void *self, const struct ratls_store_item *item, int64_t seq, bool is_new,
                          struct ratls_error *err)
{
    static const char insert[] =
        "INSERT INTO ratls_items (kind, tee, name, version, state, changed, event, body, author,"
        " not_before, not_after, created)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    static const char update[] =
        "UPDATE ratls_items SET state = $5, changed = $6, event = $7,"
        " body = $8 WHERE kind = $1 AND tee = $2 AND name = $3 AND version = $4";
    struct number n[6];
    const char *const params[] = {
        item->ref.kind,
        item->ref.tee,
        item->ref.name,
        number(&n[0], item->ref.version),
        item->state,
        number(&n[1], item->changed),
        number(&n[2], seq),
        (const char *)item->body.p,
        item->author,
        number(&n[3], item->not_before),
        number(&n[4], item->not_after),
        number(&n[5], item->created),
    };

    return run(self,
               &(struct rt_query){.text = is_new ? insert : update,
                                  .params = params,
                                  .n_params = is_new ? RT_COUNT(params) : 8},
               err);
}

/* ---- trail ---- */

static bool digest_of(const char *hex, uint8_t out[RT_DIGEST_LEN])
{
    size_t len = RT_DIGEST_LEN;

    return rt_unhex(hex, strnlen(hex, 2 * RT_DIGEST_LEN + 1), out, &len) && len == RT_DIGEST_LEN;
}

static enum ratls_err take_event(void *arg, const char *const *c, size_t n, struct ratls_error *err)
{
    const struct visit *v = arg;
    struct rt_event event;

    if (n != 8)
        return RATLS_E_INTERNAL;
    event =
        (struct rt_event){.view = {.author = c[2], .action = c[3], .subject = c[4], .detail = c[5]},
                          .has_digest = *c[6] != 0};
    if (!rt_decimal(c[0], RT_MAX_TIME, &event.view.seq) ||
        !rt_decimal(c[1], RT_MAX_TIME, &event.view.time) || !digest_of(c[7], event.view.hash) ||
        (event.has_digest && !digest_of(c[6], event.digest)) || !rt_event_fits(&event))
        return foreign(err, "ratls_audit");
    return v->event(v->arg, &event, err);
}

enum ratls_err rt_sql_events(void *self, int64_t from_seq, rt_event_fn *fn, void *arg,
                             struct ratls_error *err)
{
    struct visit v = {.event = fn, .arg = arg};
    struct number text;
    const char *param = number(&text, from_seq);

    return run(
        self,
        &(struct rt_query){.text = "SELECT seq, time, author, action, subject, detail, digest, hash"
                                   " FROM ratls_audit WHERE seq >= $1 ORDER BY seq",
                           .params = &param,
                           .n_params = 1,
                           .row = take_event,
                           .arg = &v},
        err);
}

enum ratls_err rt_sql_append(void *self, const struct rt_event *event, struct ratls_error *err)
{
    const struct ratls_store_event *v = &event->view;
    char digest[2 * RT_DIGEST_LEN + 1] = "", hash[2 * RT_DIGEST_LEN + 1];
    struct number n[2];

    if (event->has_digest)
        rt_hex(ratls_bytes(event->digest, RT_DIGEST_LEN), digest);
    rt_hex(ratls_bytes(v->hash, RT_DIGEST_LEN), hash);
    const char *const params[] = {
        number(&n[0], v->seq),
        number(&n[1], v->time),
        v->author,
        v->action,
        v->subject,
        v->detail,
        digest,
        hash,
    };
    return run(self,
               &(struct rt_query){
                   .text = "INSERT INTO ratls_audit (seq, time, author, action, subject, detail,"
                           " digest, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                   .params = params,
                   .n_params = RT_COUNT(params)},
               err);
}

static enum ratls_err take_head(void *arg, const char *const *c, size_t n, struct ratls_error *err)
{
    struct ratls_store_head *head = arg;

    if (n != 2)
        return RATLS_E_INTERNAL;
    return rt_decimal(c[0], RT_MAX_TIME, &head->seq) && digest_of(c[1], head->hash)
               ? RATLS_OK
               : foreign(err, "ratls_audit");
}

enum ratls_err rt_sql_head(void *self, struct ratls_store_head *head, struct ratls_error *err)
{
    struct sql *s = self;
    enum ratls_err e = s->driver->ready(s->conn, err);

    if (e)
        return e;
    return run(
        s,
        &(struct rt_query){.text = "SELECT seq, hash FROM ratls_audit ORDER BY seq DESC LIMIT 1",
                           .row = take_head,
                           .arg = head},
        err);
}

enum ratls_err rt_sql_check(void *self, struct ratls_error *err)
{
    struct sql *s = self;
    enum ratls_err e = s->driver->ready(s->conn, err);

    if (!e)
        e = s->driver->check(s->conn, err);
    return e ? e : check_guards(s, err);
}

/* Somebody who reads meanwhile may keep it from happening; then the next one does it. */
void rt_sql_purge(void *self)
{
    const struct sql *s = self;

    if (s->driver->purge)
        (void)s->driver->script(s->conn, s->driver->purge, NULL);
}
