/* Stores. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "stores.h"

#define LIBRARY       "libratls-store.so.0"
#define OPEN_EVERY_MS 1000 /* while a store cannot be opened */

struct px_store {
    const char *url;       /* borrowed from the configuration */
    struct ratls_store *s; /* NULL: to be opened */
    int64_t open_at_ms;
    bool due; /* to be read, whatever its end is: the first time, after a fault, when asked */
    struct ratls_store_head known; /* end of the trail that was good last; seq 0: nothing of it */
    struct ratls_buffer document;  /* the last one */
    enum ratls_err fault;          /* as it was told */
};

struct px_stores {
    const struct ratls_env *env;
    struct px_store_library library;
    void *handle;
    size_t n;
    struct px_store store[PX_MAX_SERVICES];
};

/* ---- the library ---- */

static enum ratls_err load(struct px_stores *s, struct ratls_error *err)
{
    const struct {
        const char *name;
        void *to;
    } functions[] = {
        {"ratls_store_open", &s->library.open},         {"ratls_store_close", &s->library.close},
        {"ratls_store_head", &s->library.head},         {"ratls_store_check", &s->library.check},
        {"ratls_store_document", &s->library.document},
    };

    /* It stays: threads that used it may have something of it to clean up at their end. */
    s->handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!s->handle)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "store: %s", dlerror());
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *symbol = dlsym(s->handle, functions[i].name);
        if (!symbol)
            return ratls_fail(err, RATLS_E_UNSUPPORTED, "store: %s has no %s", LIBRARY,
                              functions[i].name);
        memcpy(functions[i].to, &symbol, sizeof symbol); /* POSIX dlsym: ISO C has no such cast */
    }
    return RATLS_OK;
}

/* ---- all of them ---- */

static bool is_listed(const struct px_stores *s, const char *url)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->store[i].url, url) == 0)
            return true;
    return false;
}

enum ratls_err px_stores_new(const struct px_config *c, const struct ratls_env *env,
                             const struct px_store_library *library, struct px_stores **out,
                             struct ratls_error *err)
{
    struct px_stores *s = *out = calloc(1, sizeof *s);
    enum ratls_err e = RATLS_OK;

    if (!s)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "store");
    s->env = env;
    for (size_t i = 0; i < c->n_services; i++)
        if (c->services[i].store && !is_listed(s, c->services[i].store))
            s->store[s->n++] = (struct px_store){.url = c->services[i].store, .due = true};
    if (library)
        s->library = *library;
    else if (s->n > 0)
        e = load(s, err);
    if (e) {
        px_stores_free(s);
        *out = NULL;
    }
    return e;
}

void px_stores_free(struct px_stores *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        if (s->store[i].s)
            s->library.close(s->store[i].s);
        ratls_buffer_free(&s->store[i].document);
    }
    if (s->handle)
        (void)dlclose(s->handle);
    free(s);
}

enum ratls_err px_stores_add(const struct px_stores *s, struct px_files *files)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < s->n; i++) {
        const struct ratls_buffer *document = &s->store[i].document;
        char *name = NULL;
        if (!document->p)
            return RATLS_E_STORE;
        if (asprintf(&name, PX_STORE_PREFIX "%s", s->store[i].url) < 0)
            return RATLS_E_NO_MEMORY;
        e = px_files_add(files, name, ratls_bytes(document->p, document->len));
        free(name);
    }
    return e;
}

void px_store_marks_free(struct px_store_marks *m)
{
    for (size_t i = 0; m && i < m->n; i++)
        free(m->of[i].url);
    free(m);
}

enum ratls_err px_stores_marks(const struct px_stores *s, struct px_store_marks **out)
{
    struct px_store_marks *m = *out = calloc(1, sizeof *m);

    for (size_t i = 0; m && i < s->n; i++) {
        m->of[i].known = s->store[i].known;
        m->of[i].url = strdup(s->store[i].url);
        m->n++;
        if (m->of[i].url)
            continue;
        px_store_marks_free(m);
        m = *out = NULL;
    }
    return m ? RATLS_OK : RATLS_E_NO_MEMORY;
}

void px_stores_remember(struct px_stores *s, const struct px_store_marks *m)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < m->n; k++)
            if (strcmp(s->store[i].url, m->of[k].url) == 0)
                s->store[i].known = m->of[k].known;
}

/* ---- one of them ---- */

static enum ratls_err open_store(const struct px_stores *s, struct px_store *store,
                                 struct ratls_error *err)
{
    int64_t now_ms = px_now_ms();

    if (store->s)
        return RATLS_OK;
    if (now_ms < store->open_at_ms)
        return ratls_fail(err, store->fault, "not tried again yet");
    enum ratls_err e = s->library.open(s->env, store->url, RATLS_STORE_READ, &store->s, err);
    /* Who waited long for nothing lets others wait as long before the next time. */
    int64_t took_ms = px_now_ms() - now_ms;
    store->open_at_ms = px_now_ms() + (took_ms > OPEN_EVERY_MS ? took_ms : OPEN_EVERY_MS);
    return e;
}

static bool is_same(const struct ratls_store_head *a, const struct ratls_store_head *b)
{
    return a->seq == b->seq && memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

/* The trail must go on where it was seen last: a backup that was put back has another end, or the
 * same number of rows and another one. A store whose own trail is broken says so by itself. */
static enum ratls_err check(const struct px_stores *s, const struct px_store *store,
                            struct ratls_error *err)
{
    struct ratls_error unused = {0};
    enum ratls_err e = s->library.check(store->s, NULL, err);

    if (e || store->known.seq == 0)
        return e;
    e = s->library.check(store->s, &store->known, &unused);
    if (e == RATLS_E_STORE_TAMPERED)
        return ratls_fail(err, RATLS_E_ROLLBACK,
                          "the store does not hold any more what was seen of it");
    return e ? ratls_fail(err, e, "%s", unused.detail) : RATLS_OK;
}

/* The end of the trail is asked for first: what comes behind it meanwhile is seen the next time. */
static enum ratls_err read_store(const struct px_stores *s, struct px_store *store, bool *changed,
                                 struct ratls_error *err)
{
    struct ratls_store_head head = {0};
    struct ratls_buffer document = {0};
    enum ratls_err e = s->library.head(store->s, &head, err);

    *changed = false;
    if (e || (!store->due && is_same(&head, &store->known)))
        return e;
    if ((e = check(s, store, err)) != RATLS_OK ||
        (e = s->library.document(store->s, &document, err)) != RATLS_OK)
        return e;
    ratls_buffer_free(&store->document);
    store->document = document;
    store->known = head;
    store->due = false;
    *changed = true;
    return RATLS_OK;
}

static enum ratls_err look(const struct px_stores *s, struct px_store *store, bool *changed,
                           struct ratls_error *err)
{
    enum ratls_err e = open_store(s, store, err);

    if (!e)
        e = read_store(s, store, changed, err);
    if (e && store->s) { /* perhaps another one lies in its place */
        s->library.close(store->s);
        store->s = NULL;
    }
    return e;
}

enum px_store_news px_stores_look(struct px_stores *s, size_t i, bool asked,
                                  struct ratls_error *err)
{
    struct ratls_error why = {0};
    bool changed = false;

    if (i >= s->n)
        return PX_STORE_NONE;
    struct px_store *store = &s->store[i];
    if (asked) {
        store->open_at_ms = 0;
        store->due = true;
    }
    enum ratls_err e = look(s, store, &changed, &why);
    bool told = e == store->fault;
    store->fault = e;
    store->due = store->due || e;
    if (e && (asked || !told)) {
        char url[PX_SHOWN_URL];
        px_url_shown(store->url, url);
        (void)ratls_fail(err, e, "store %s: %s", url,
                         why.detail[0] ? why.detail : ratls_err_text(e));
        return PX_STORE_FAILED;
    }
    return changed ? PX_STORE_CHANGED : PX_STORE_SAME;
}
