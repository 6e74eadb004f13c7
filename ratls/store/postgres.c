/* The driver for PostgreSQL, through libpq.
 *
 * Writers take a lock on ratls_items, which readers do not notice, before their transaction sees
 * anything: one after the other, each of them serialisable. A connection that broke, or on which
 * the server fell silent, is made anew at the next call. Nothing that is reported holds the URL,
 * which may hold a password. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "sql.h"

#define PATIENCE_MS 15000 /* longer than statement_timeout */

struct pg {
    PGconn *conn;
    int patience_ms;
    bool silent;    /* an answer is still due: nothing more can be asked */
    char *password; /* of the URL, to keep it out of messages; NULL: none */
};

/* ---- errors ---- */

/* SQLSTATE: the class alone, or all five characters (PostgreSQL, appendix A). */
static const struct {
    const char *state;
    enum ratls_err e;
} states[] = {
    {"42501", RATLS_E_STORE_DENIED},   /* insufficient_privilege */
    {"25006", RATLS_E_STORE_DENIED},   /* read_only_sql_transaction: a standby, for one */
    {"28", RATLS_E_STORE_DENIED},      /* invalid authorization */
    {"53200", RATLS_E_NO_MEMORY},      /* out_of_memory, on the server */
    {"55P03", RATLS_E_TIMEOUT},        /* lock_not_available */
    {"57014", RATLS_E_TIMEOUT},        /* query_canceled: statement_timeout */
    {"40", RATLS_E_TIMEOUT},           /* serialization_failure, deadlock_detected */
    {"XX001", RATLS_E_STORE_TAMPERED}, /* data_corrupted */
    {"XX002", RATLS_E_STORE_TAMPERED}, /* index_corrupted */
};

/* Every copy of the password becomes asterisks. */
static void hide(char *text, const char *password)
{
    const size_t len = password ? strlen(password) : 0;

    for (char *at = text; len && (at = strstr(at, password)) != NULL; at += len)
        memset(at, '*', len);
}

static enum ratls_err fail(const struct pg *p, const char *state, struct ratls_error *err)
{
    char text[RATLS_ERROR_DETAIL_MAX];

    (void)snprintf(text, sizeof text, "%s", PQerrorMessage(p->conn));
    hide(text, p->password);
    text[strcspn(text, "\n")] = 0;
    for (size_t i = 0; state && i < RT_COUNT(states); i++)
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0)
            return ratls_fail(err, states[i].e, "PostgreSQL: %s", text);
    return ratls_fail(err, RATLS_E_STORE, "PostgreSQL: %s", text);
}

/* ---- a server that says nothing ----
 *
 * Time limits that it is told are its own to keep: one that was stopped keeps none. */

/* As long as the other machine may be silent (tcp_user_timeout), its server may be, too. */
static int patience_of(PGconn *conn)
{
    PQconninfoOption *options = PQconninfo(conn);
    long ms = 0;

    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, "tcp_user_timeout") == 0 && o->val)
            ms = strtol(o->val, NULL, 10);
    PQconninfoFree(options);
    return ms > 0 && ms <= INT_MAX ? (int)ms : PATIENCE_MS;
}

/* False: nothing came of it in all that time. */
static bool wait_for(struct pg *p, short events)
{
    struct pollfd f = {.fd = PQsocket(p->conn), .events = events};
    int n;

    if (f.fd < 0) /* libpq will say why */
        return true;
    do
        n = poll(&f, 1, p->patience_ms);
    while (n < 0 && errno == EINTR);
    p->silent = n == 0;
    return !p->silent;
}

static bool send_all(struct pg *p)
{
    while (PQflush(p->conn) > 0 && PQconsumeInput(p->conn))
        if (!wait_for(p, POLLIN | POLLOUT))
            return false;
    return true;
}

/* Nothing follows it, or nothing that could be read like this. */
static bool is_last(const struct pg *p, const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);

    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH ||
           PQstatus(p->conn) == CONNECTION_BAD;
}

/* The last one, as PQexec() gives it; NULL where there is none. */
static PGresult *await_result(struct pg *p)
{
    PGresult *last = NULL, *next = NULL;

    if (!send_all(p))
        return NULL;
    do {
        while (PQisBusy(p->conn)) {
            if (!wait_for(p, POLLIN)) {
                PQclear(last);
                return NULL;
            }
            if (!PQconsumeInput(p->conn))
                break; /* it broke: the next result says so */
        }
        if ((next = PQgetResult(p->conn)) != NULL) {
            PQclear(last);
            last = next;
        }
    } while (next && !is_last(p, next));
    return last;
}

/* ---- statements ---- */

static enum ratls_err check_result(const struct pg *p, const PGresult *r, struct ratls_error *err)
{
    if (p->silent)
        return ratls_fail(err, RATLS_E_TIMEOUT, "PostgreSQL: no answer within %d ms",
                          p->patience_ms);
    ExecStatusType status = PQresultStatus(r);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return RATLS_OK;
    return r ? fail(p, PQresultErrorField(r, PG_DIAG_SQLSTATE), err) : RATLS_E_NO_MEMORY;
}

static enum ratls_err give_rows(const PGresult *r, const struct rt_query *q,
                                struct ratls_error *err)
{
    const char *columns[RT_SQL_MAX_COLUMNS];
    const int n = PQnfields(r);
    enum ratls_err e = n <= RT_SQL_MAX_COLUMNS ? RATLS_OK : RATLS_E_INTERNAL;

    for (int row = 0; !e && row < PQntuples(r); row++) {
        for (int i = 0; i < n; i++)
            columns[i] = PQgetvalue(r, row, i);
        e = q->row(q->arg, columns, (size_t)n, err);
    }
    return e;
}

static enum ratls_err pg_run(void *conn, const struct rt_query *q, struct ratls_error *err)
{
    struct pg *p = conn;
    PGresult *r = NULL;

    if (!p->silent &&
        PQsendQueryParams(p->conn, q->text, (int)q->n_params, NULL, q->params, NULL, NULL, 0))
        r = await_result(p);
    enum ratls_err e = check_result(p, r, err);

    if (!e && q->row)
        e = give_rows(r, q, err);
    PQclear(r);
    return e;
}

static enum ratls_err pg_script(void *conn, const char *text, struct ratls_error *err)
{
    struct pg *p = conn;
    PGresult *r = !p->silent && PQsendQuery(p->conn, text) ? await_result(p) : NULL;
    enum ratls_err e = check_result(p, r, err);

    PQclear(r);
    return e;
}

/* ---- connection ---- */

static enum ratls_err begin_session(struct pg *p, struct ratls_error *err)
{
    if (PQstatus(p->conn) != CONNECTION_OK)
        return fail(p, NULL, err);
    p->silent = false;
    p->patience_ms = patience_of(p->conn);
    if (PQsetnonblocking(p->conn, 1))
        return fail(p, NULL, err);
    return pg_script(p,
                     "SET statement_timeout = 10000; SET lock_timeout = 10000;"
                     "SET idle_in_transaction_session_timeout = 60000;"
                     "SET client_min_messages = warning; SET standard_conforming_strings = on",
                     err);
}

static enum ratls_err pg_ready(void *conn, struct ratls_error *err)
{
    struct pg *p = conn;

    if (PQstatus(p->conn) == CONNECTION_OK && !p->silent)
        return RATLS_OK;
    PQreset(p->conn);
    return begin_session(p, err);
}

static void pg_close(void *conn)
{
    struct pg *p = conn;

    if (p->conn)
        PQfinish(p->conn);
    if (p->password)
        rt_wipe(p->password, strlen(p->password));
    free(p->password);
    free(p);
}

/* libpq's own words about a URL that it cannot read repeat parts of it. *out is new. */
static enum ratls_err parse_url(const char *url, PQconninfoOption **out, struct ratls_error *err)
{
    char *why = NULL;

    *out = PQconninfoParse(url, &why);
    const bool no_memory = !why || strncmp(why, "out of memory", strlen("out of memory")) == 0;
    PQfreemem(why);
    if (*out)
        return RATLS_OK;
    return no_memory ? RATLS_E_NO_MEMORY
                     : ratls_fail(err, RATLS_E_USAGE, "the URL of the store is malformed");
}

/* Where a password holds an '@' that is not written %40, what follows would be looked up as host.
 */
static enum ratls_err look_at_url(struct pg *p, const char *url, struct ratls_error *err)
{
    PQconninfoOption *options = NULL;
    enum ratls_err e = parse_url(url, &options, err);

    for (const PQconninfoOption *o = options; !e && o->keyword; o++) {
        if (!o->val)
            continue;
        if (strcmp(o->keyword, "host") == 0 && strchr(o->val, '@') && o->val[0] != '/')
            e = ratls_fail(err, RATLS_E_USAGE, "an '@' in the URL of a store is written %%40");
        if (strcmp(o->keyword, "password") == 0 && !(p->password = strdup(o->val)))
            e = RATLS_E_NO_MEMORY;
    }
    PQconninfoFree(options);
    return e;
}

/* What stands before "dbname" the URL may say otherwise. */
static PGconn *connect_to(const char *url)
{
    static const char *const names[] = {
        "connect_timeout",           "sslmode", "tcp_user_timeout", "dbname", "client_encoding",
        "fallback_application_name", NULL};
    const char *const values[] = {"10", "verify-full", "15000", url, "UTF8", "ratls", NULL};

    return PQconnectdbParams(names, values, 1);
}

static void say_nothing(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

static enum ratls_err pg_connect(const struct rt_place *place, void **conn, struct ratls_error *err)
{
    struct pg *p = calloc(1, sizeof *p);
    enum ratls_err e = p ? look_at_url(p, place->where, err) : RATLS_E_NO_MEMORY;

    if (!e && !(p->conn = connect_to(place->where)))
        e = RATLS_E_NO_MEMORY;
    if (!e) {
        (void)PQsetNoticeProcessor(p->conn, say_nothing, NULL); /* else libpq prints them */
        e = begin_session(p, err);
    }
    if (e && p)
        pg_close(p);
    else
        *conn = p;
    return e;
}

/* Its pages are its server's business. */
static enum ratls_err pg_check(void *conn, struct ratls_error *err)
{
    (void)conn;
    (void)err;
    return RATLS_OK;
}

#define GUARD(name, when, table, what)                                                             \
    "CREATE TRIGGER " name " BEFORE " when " ON " table " FOR EACH " what                          \
    " EXECUTE FUNCTION ratls_refuse();"

static const struct rt_sql_driver driver = {
    .open = pg_connect,
    .close = pg_close,
    .run = pg_run,
    .script = pg_script,
    .ready = pg_ready,
    .check = pg_check,
    .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    .begin_write = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
    .lock_items = "LOCK TABLE ratls_items IN SHARE ROW EXCLUSIVE MODE",
    /* Not of one moment: whoever waited for the lock must see the tables that were made meanwhile.
     */
    .begin_schema = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('ratls-store'))",
    /* Reading a table makes the server hear of tables that others made meanwhile. */
    .find_meta = "SELECT 1 FROM pg_class WHERE oid = to_regclass('ratls_meta')",
    .guards = "CREATE FUNCTION ratls_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
              "BEGIN RAISE EXCEPTION 'the trail is never changed, items are never deleted'; END "
              "$$;" GUARD("ratls_audit_update", "UPDATE OR DELETE", "ratls_audit", "ROW")
                  GUARD("ratls_audit_truncate", "TRUNCATE", "ratls_audit", "STATEMENT")
                      GUARD("ratls_items_delete", "DELETE", "ratls_items", "ROW"),
    .find_guards = "SELECT 1 FROM pg_trigger WHERE tgenabled IN ('O', 'A') AND"
                   " (tgrelid, tgname) IN (('ratls_audit'::regclass, 'ratls_audit_update'),"
                   " ('ratls_audit'::regclass, 'ratls_audit_truncate'),"
                   " ('ratls_items'::regclass, 'ratls_items_delete'))",
};

static enum ratls_err postgres_open(const struct rt_place *place, void **self,
                                    struct ratls_error *err)
{
    return rt_sql_open(&driver, place, self, err);
}

const struct rt_backend rt_postgres = {.open = postgres_open, RT_SQL_BACKEND};
