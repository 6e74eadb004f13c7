/* secrets_support.h - a store with a policy, a KEK in a file, and a secret or two. */
#ifndef SECRETS_SUPPORT_H
#define SECRETS_SUPPORT_H

#include "ratls/secrets.h"
#include "store_support.h"

#define CANARY     "canary-7f3a-never-in-clear"
#define POLICY_A   "{\"tees\":{\"tdx\":{\"measurements\":[\"" VALUE_A "\"]}}}"
#define POLICY_B   "{\"tees\":{\"tdx\":{\"measurements\":[\"" VALUE_B "\"]}}}"
#define KEK_TEXT   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEK_TEXT_B "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define ZERO_64    "0000000000000000000000000000000000000000000000000000000000000000"

/* A file with these bytes below the folder of the test; its URL, static. */
static inline const char *file_with(const char *name, struct ratls_bytes bytes, mode_t bits)
{
    static char url[4][600];
    static int turn;
    char *out = url[turn++ % 4];

    (void)snprintf(out, sizeof url[0], "file:%s", path_of(name));
    FILE *f = fopen(out + 5, "w");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(bytes.p, 1, bytes.len, f), bytes.len);
    cr_assert_eq(fclose(f), 0);
    cr_assert_eq(chmod(out + 5, bits), 0);
    return out;
}

static inline struct ratls_kek *kek_of(struct world *w, const char *text)
{
    struct ratls_kek *kek = NULL;
    const char *url = file_with("kek", ratls_bytes_str(text), 0600);

    w->err = (struct ratls_error){0};
    cr_assert_eq(ratls_kek_open(&w->env, url, &kek, &w->err), RATLS_OK, "%s", w->err.detail);
    return kek;
}

static inline void add_policy(struct world *w, const char *name, int64_t version, const char *body)
{
    struct ratls_store_item item = an_item(name, version, body);

    item.ref.kind = "policy";
    item.ref.tee = "";
    cr_assert_eq(add(w, &item), RATLS_OK, "%s", w->err.detail);
}

static inline struct ratls_secret_put a_put(const char *name, const char *value)
{
    return (struct ratls_secret_put){
        .name = name, .value = ratls_bytes_str(value), .policy = "web", .author = "alice"};
}

static inline enum ratls_err put(struct world *w, struct ratls_kek *kek,
                                 const struct ratls_secret_put *what)
{
    int64_t version = 0;

    w->err = (struct ratls_error){0};
    enum ratls_err e = ratls_secret_put(w->store, kek, what, &version, &w->err);
    cr_expect_eq(e == RATLS_OK, version > 0);
    return e;
}

static inline void must_put(struct world *w, struct ratls_kek *kek, const char *name,
                            const char *value)
{
    const struct ratls_secret_put what = a_put(name, value);

    cr_assert_eq(put(w, kek, &what), RATLS_OK, "%s", w->err.detail);
}

static inline enum ratls_err rotate(struct world *w, struct ratls_kek *kek, const char *value,
                                    int64_t overlap_s)
{
    struct ratls_secret_put what = a_put("db", value);
    int64_t version = 0;

    what.policy = NULL;
    what.overlap_s = overlap_s;
    w->err = (struct ratls_error){0};
    return ratls_secret_rotate(w->store, kek, &what, &version, &w->err);
}

/* What the operator sees of a value: itself, or the reason why not. Static. */
static inline const char *opened(struct world *w, struct ratls_kek *kek, const char *name,
                                 int64_t version)
{
    static char text[256];
    struct ratls_secret_value *v = NULL;

    w->err = (struct ratls_error){0};
    const struct ratls_secret_job what = {.name = name, .version = version, .author = "op"};
    enum ratls_err e = ratls_secret_open(w->store, kek, &what, &v, &w->err);
    cr_expect_eq(e == RATLS_OK, v != NULL);
    if (e)
        return ratls_err_reason(e);
    (void)snprintf(text, sizeof text, "%.*s", (int)ratls_secret_value_bytes(v).len,
                   (const char *)ratls_secret_value_bytes(v).p);
    ratls_secret_value_free(v);
    return text;
}

static inline enum ratls_err destroy(struct world *w, const char *name, int64_t version, size_t *n)
{
    const struct ratls_secret_job what = {.name = name, .version = version, .author = "bob"};

    return ratls_secret_delete(w->store, &what, n, NULL);
}

static inline enum ratls_err rebind(struct world *w, struct ratls_kek *kek, const char *name,
                                    const char *policy, size_t *n)
{
    const struct ratls_secret_job what = {.name = name, .policy = policy, .author = "bob"};

    return ratls_secret_rebind(w->store, kek, &what, n, NULL);
}

static inline enum ratls_err rewrap(struct world *w, struct ratls_kek *from, struct ratls_kek *to,
                                    size_t *n)
{
    const struct ratls_secret_rewrap what = {.from = from, .to = to, .author = "bob"};

    return ratls_secret_rewrap(w->store, &what, n, NULL);
}

static inline enum ratls_err print_secret(void *arg, const struct ratls_secret *s)
{
    char *text = arg;
    size_t len = strlen(text);

    (void)snprintf(text + len, 4096 - len, "%s@%lld %s %s%s %zu; ", s->name, (long long)s->version,
                   ratls_secret_state_name(s->state), s->policy, s->policy_current ? "" : "!",
                   s->size);
    return RATLS_OK;
}

static inline const char *secrets(struct world *w)
{
    static char text[4096];

    text[0] = 0;
    w->err = (struct ratls_error){0};
    enum ratls_err e = ratls_secret_each(w->store, NULL, print_secret, text, &w->err);
    return e ? ratls_err_reason(e) : text;
}

/* A world with the policy "web" and a KEK, given to every fact. */
struct safe {
    struct world *w;
    struct ratls_kek *kek;
};

static inline struct safe safe_begin(struct world *w)
{
    add_policy(w, "web", 1, POLICY_A);
    return (struct safe){.w = w, .kek = kek_of(w, KEK_TEXT)};
}

#endif
