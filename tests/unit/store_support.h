/* store_support.h - one test, run on every kind of place. */
#ifndef STORE_SUPPORT_H
#define STORE_SUPPORT_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base.h"
#include "ratls/store.h"
#include "store_places.h"

#define NOW 1750000000

struct world {
    enum place place;
    struct ratls_env env;
    int64_t now;
    char url[512];
    struct ratls_store *store;
    struct ratls_error err;
};

static int64_t world_now(void *arg)
{
    return ((struct world *)arg)->now;
}

static int64_t world_monotonic(void *arg)
{
    (void)arg;
    return ratls_env_system()->monotonic_ms(NULL);
}

/* The store of a test, opened for writing; the world is new. */
static void world_begin(struct world *w, enum place place)
{
    *w = (struct world){.place = place, .now = NOW};
    w->env = *ratls_env_system();
    w->env.arg = w;
    w->env.now = world_now;
    w->env.monotonic_ms = world_monotonic;
    place_make(place, w->url, sizeof w->url);
    cr_assert_eq(ratls_store_open(&w->env, w->url, RATLS_STORE_CREATE, &w->store, &w->err),
                 RATLS_OK, "%s", w->err.detail);
}

static void world_end(struct world *w)
{
    ratls_store_close(w->store);
    place_remove(w->place);
}

/* Test(store_folder, fact), Test(store_sqlite, fact) ... with one body. */
#define ON_EVERY_PLACE(suite, fact)                                                                \
    static void fact(struct world *w);                                                             \
    Test(suite##_folder, fact)                                                                     \
    {                                                                                              \
        on_place(FOLDER, fact);                                                                    \
    }                                                                                              \
    Test(suite##_sqlite, fact)                                                                     \
    {                                                                                              \
        on_place(SQLITE, fact);                                                                    \
    }                                                                                              \
    Test(suite##_postgres, fact)                                                                   \
    {                                                                                              \
        on_place(POSTGRES, fact);                                                                  \
    }                                                                                              \
    Test(suite##_object, fact)                                                                     \
    {                                                                                              \
        on_place(OBJECT, fact);                                                                    \
    }                                                                                              \
    static void fact(struct world *w)

static inline void on_place(enum place place, void (*fact)(struct world *w))
{
    struct world w;

    world_begin(&w, place);
    fact(&w);
    world_end(&w);
}

/* ---- items ---- */

#define VALUE_A_TAIL "aa11aa11aa11aa11aa11aa11aa11"
#define VALUE_A      "aa11" VALUE_A_TAIL
#define VALUE_B      "bb22bb22bb22bb22bb22bb22bb22bb22"
#define VALUE_C      "cc33cc33cc33cc33cc33cc33cc33cc33"
#define BODY_A       "{\"measurements\":[\"" VALUE_A "\"]}"
#define BODY_B       "{\"measurements\":[\"" VALUE_B "\"]}"

static inline struct ratls_store_item an_item(const char *name, int64_t version, const char *body)
{
    return (struct ratls_store_item){
        .ref = {.kind = "refval", .tee = "tdx", .name = name, .version = version},
        .state = "active",
        .author = "alice",
        .body = ratls_bytes_str(body)};
}

/* About `size` bytes of it. */
static inline const char *large_body(char *body, size_t size)
{
    size_t len = (size_t)snprintf(body, size, "{\"measurements\":[\"" VALUE_B "\"");

    while (len + 40 < size)
        len += (size_t)snprintf(body + len, size - len, ",\"%032zx\"", len);
    (void)snprintf(body + len, size - len, "]}");
    return body;
}

static inline enum ratls_err add(struct world *w, const struct ratls_store_item *item)
{
    w->err = (struct ratls_error){0};
    return ratls_store_add(w->store, item, &w->err);
}

static inline void must_add(struct world *w, const char *name, int64_t version, const char *body)
{
    struct ratls_store_item item = an_item(name, version, body);

    cr_assert_eq(add(w, &item), RATLS_OK, "%s", w->err.detail);
}

static inline enum ratls_err set_state(struct world *w, const char *name, int64_t version,
                                       const char *state)
{
    struct ratls_store_ref ref = {.kind = "refval", .tee = "tdx", .name = name, .version = version};

    w->err = (struct ratls_error){0};
    return ratls_store_set_state(w->store, &ref, state, "bob", &w->err);
}

/* A revocation of a measurement, named as it must be. */
static inline enum ratls_err add_revocation(struct world *w, const char *tee, const char *value,
                                            const char *name)
{
    char body[256];
    struct ratls_store_item item = an_item(name, 1, "");

    item.ref.kind = "revocation";
    item.ref.tee = tee;
    (void)snprintf(body, sizeof body, "{\"what\":\"measurement\",\"value\":\"%s\"}", value);
    item.body = ratls_bytes_str(body);
    return add(w, &item);
}
/* sha256 of the values */
#define REVOKES_A "measurement-a5cee4dc0fdd70ceba8ca6ead6328f01"
#define REVOKES_B "measurement-d0111ece0cea1aedfdafa77a1d39359c"

/* ---- everything there is, as one text ---- */

static inline enum ratls_err print_item(void *arg, const struct ratls_store_item *i)
{
    char *text = arg;
    size_t len = strlen(text);

    (void)snprintf(text + len, 4096 - len, "%s/%s/%s/%lld %s; ", i->ref.kind, i->ref.tee,
                   i->ref.name, (long long)i->ref.version, i->state);
    return RATLS_OK;
}

static inline const char *listing(struct world *w, const struct ratls_store_ref *filter)
{
    static char text[4096];

    text[0] = 0;
    w->err = (struct ratls_error){0};
    enum ratls_err e = ratls_store_each(w->store, filter, print_item, text, &w->err);
    return e ? ratls_err_reason(e) : text;
}

static inline enum ratls_err print_event(void *arg, const struct ratls_store_event *e)
{
    char *text = arg;
    size_t len = strlen(text);

    (void)snprintf(text + len, 4096 - len, "%lld %s %s %s %s; ", (long long)e->seq, e->author,
                   e->action, e->subject, e->detail);
    return RATLS_OK;
}

static inline const char *trail(struct world *w, int64_t from)
{
    static char text[4096];

    text[0] = 0;
    w->err = (struct ratls_error){0};
    enum ratls_err e = ratls_store_history(w->store, from, print_event, text, &w->err);
    return e ? ratls_err_reason(e) : text;
}

static inline enum ratls_err check(struct world *w, const struct ratls_store_head *known)
{
    w->err = (struct ratls_error){0};
    return ratls_store_check(w->store, known, &w->err);
}

static inline void reopen(struct world *w, enum ratls_store_access access)
{
    ratls_store_close(w->store);
    w->store = NULL;
    w->err = (struct ratls_error){0};
    cr_assert_eq(ratls_store_open(&w->env, w->url, access, &w->store, &w->err), RATLS_OK, "%s",
                 w->err.detail);
}

#endif
