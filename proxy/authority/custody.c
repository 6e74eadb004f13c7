/* Secrets. */
#include "custody.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "clock.h"

#define LIBRARY  "libratls-store.so.0"
#define DNS_PORT 53

/* ---- the library ---- */

static enum ratls_err load(struct px_custody_library *l, struct ratls_error *err)
{
    const struct {
        const char *name;
        void *to;
    } functions[] = {
        {"ratls_kek_open", &l->kek_open},
        {"ratls_kek_close", &l->kek_close},
        {"ratls_store_open", &l->store_open},
        {"ratls_store_close", &l->store_close},
        {"ratls_custody_new", &l->custody_new},
        {"ratls_custody_free", &l->custody_free},
        {"ratls_secret_release", &l->release},
        {"ratls_secret_value_bytes", &l->bytes},
        {"ratls_secret_value_free", &l->value_free},
        {"ratls_secret_jwe", &l->jwe},
        {"ratls_jwe_enc_check", &l->jwe_enc_check},
    };
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

    if (!handle)
        return ratls_fail(err, RATLS_E_UNSUPPORTED, "secrets: %s", dlerror());
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *symbol = dlsym(handle, functions[i].name);
        if (!symbol)
            return ratls_fail(err, RATLS_E_UNSUPPORTED, "secrets: %s has no %s", LIBRARY,
                              functions[i].name);
        memcpy(functions[i].to, &symbol, sizeof symbol); /* POSIX dlsym: ISO C has no such cast */
    }
    (void)dlclose(handle); /* it stays: RTLD_NODELETE */
    return RATLS_OK;
}

/* ---- opening ---- */

static bool read_one(struct px_custody *one, struct px_reader *r)
{
    one->service = px_get_text(r);
    one->store_url = px_get_text(r);
    one->kek_url = px_get_text(r);
    one->enc = (enum ratls_jwe_enc)px_get_u8(r);
    const uint8_t n = px_get_u8(r);
    if (r->bad || n > PX_MAX_NAMES)
        return false;
    for (size_t i = 0; i < n; i++)
        one->reads[i] = px_get_text(r);
    if (r->bad)
        return false;
    one->folder = px_store_folder(one->store_url);
    return one->folder || px_store_port(one->store_url, &one->port);
}

bool px_custodies_read(struct px_custodies *c, struct px_reader *r)
{
    const uint8_t n = px_get_u8(r);

    if (n > PX_MAX_SERVICES)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!read_one(&c->list[c->n++], r))
            return false;
    return true;
}

enum ratls_err px_custodies_open_keys(struct px_custodies *c, struct ratls_error *err)
{
    enum ratls_err e = c->n ? load(&c->library, err) : RATLS_OK;

    for (size_t i = 0; i < c->n && !e; i++)
        if ((e = c->library.jwe_enc_check(c->list[i].enc, err)) == RATLS_OK)
            e = c->library.kek_open(c->env, c->list[i].kek_url, &c->list[i].kek, err);
    return e;
}

enum ratls_err px_custodies_open_stores(struct px_custodies *c, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; i < c->n && !e; i++) {
        struct px_custody *one = &c->list[i];
        e = c->library.store_open(c->env, one->store_url, RATLS_STORE_WRITE, &one->store, err);
        if (!e)
            e = c->library.custody_new(c->env, one->store, one->kek, NULL, &one->custody);
    }
    return e;
}

/* ---- the sandbox ---- */

static void need(struct px_custody_needs *out, size_t n[3], const struct px_custody *one)
{
    for (size_t i = 0; one->reads[i]; i++)
        out->reads[n[0]++] = one->reads[i];
    if (one->folder)
        out->folders[n[1]++] = one->folder;
    if (one->folder)
        return;
    out->plan.who = PX_WHO_KEEPS_AFAR;
    out->plan.ports = out->ports;
    if (one->port)
        out->ports[n[2]++] = one->port;
}

void px_custodies_plan(const struct px_custodies *c, struct px_custody_needs *out)
{
    size_t n[3] = {0, 0, 1};

    *out = (struct px_custody_needs){.ports = {DNS_PORT}};
    out->plan = (struct px_sandbox_plan){
        .who = c->n ? PX_WHO_KEEPS : PX_WHO_ANSWERS, .folders = out->folders, .reads = out->reads};
    for (size_t i = 0; i < c->n; i++)
        need(out, n, &c->list[i]);
}

/* ---- trying ---- */

static enum ratls_err fail_for(const struct px_service *s, const char *key, const char *why,
                               struct ratls_error *err)
{
    return ratls_fail(err, RATLS_E_CONFIG, "%s:%u: [%s] %s: %s", s->file, s->line, s->name, key,
                      why);
}

enum ratls_err px_custody_try(const struct ratls_env *env, const struct px_service *s,
                              struct ratls_error *err)
{
    struct px_custody_library l;
    struct ratls_kek *kek = NULL;
    struct ratls_store *store = NULL;
    struct ratls_error why = {0};
    enum ratls_err e = load(&l, err);

    if (e)
        return e;
    if ((e = l.jwe_enc_check(s->secrets_jwe, &why)) != RATLS_OK)
        e = fail_for(s, "secrets-jwe", why.detail, err);
    else if ((e = l.kek_open(env, s->secrets_kek, &kek, &why)) != RATLS_OK)
        e = fail_for(s, "secrets-kek", why.detail[0] ? why.detail : ratls_err_text(e), err);
    else if ((e = l.store_open(env, s->secrets_store, RATLS_STORE_READ, &store, &why)) != RATLS_OK)
        e = fail_for(s, "secrets-store", why.detail[0] ? why.detail : ratls_err_text(e), err);
    l.store_close(store);
    l.kek_close(kek);
    return e;
}

/* ---- threads ---- */

bool px_custodies_start(struct px_custodies *c, struct event_base *base,
                        const struct px_jobs_ops *ops, void *arg)
{
    for (size_t i = 0; i < c->n; i++) {
        struct px_jobs *jobs = c->list[i].jobs = px_jobs_new(ops, arg);
        if (!jobs || !px_jobs_start(jobs, base, 1))
            return false;
    }
    return true;
}

bool px_custodies_end(struct px_custodies *c, int64_t wait_ms)
{
    const int64_t until_ms = px_now_ms() + wait_ms;

    for (size_t i = 0; i < c->n; i++) {
        struct px_custody *one = &c->list[i];
        if (one->jobs && !px_jobs_end(one->jobs, until_ms - px_now_ms()))
            return false;
        px_jobs_free(one->jobs);
        one->jobs = NULL;
    }
    return true;
}

/* ---- closing ---- */

static void close_one(const struct px_custody_library *l, struct px_custody *one)
{
    if (one->custody)
        l->custody_free(one->custody);
    if (one->store)
        l->store_close(one->store);
    if (one->kek)
        l->kek_close(one->kek);
    free(one->service);
    free(one->store_url);
    free(one->kek_url);
    free(one->folder);
    for (size_t i = 0; one->reads[i]; i++)
        free(one->reads[i]);
}

void px_custodies_close(struct px_custodies *c)
{
    for (size_t i = 0; i < c->n; i++)
        close_one(&c->library, &c->list[i]);
    c->n = 0;
}

const struct px_custody *px_custodies_find(const struct px_custodies *c, const char *service)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->list[i].service, service) == 0)
            return &c->list[i];
    return NULL;
}
