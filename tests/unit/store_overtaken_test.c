/* Changes of an object that somebody else overtakes: made anew, with nothing left of the first
 * time.
 */
#include "secrets_support.h"

/* Writes whenever randomness is asked for, which is between reading the object and writing it. */
static struct {
    struct ratls_store *store;
    int left; /* how often */
} meddler;

static int meddle(void *arg, uint8_t *out, size_t len)
{
    (void)arg;
    if (meddler.left > 0) {
        meddler.left--;
        cr_assert_eq(ratls_store_note(meddler.store, "mallory", "note", "in between", NULL),
                     RATLS_OK);
    }
    return ratls_env_system()->random(NULL, out, len);
}

static void begin(struct world *w, struct ratls_kek **kek)
{
    world_begin(w, OBJECT);
    add_policy(w, "web", 1, POLICY_A);
    *kek = kek_of(w, KEK_TEXT);
    cr_assert_eq(
        ratls_store_open(ratls_env_system(), w->url, RATLS_STORE_WRITE, &meddler.store, NULL),
        RATLS_OK);
    w->env.random = meddle;
}

static void end(struct world *w, struct ratls_kek *kek)
{
    cr_expect_eq(meddler.left, 0, "somebody did write in between");
    cr_expect_eq(check(w, NULL), RATLS_OK);
    ratls_store_close(meddler.store);
    ratls_kek_close(kek);
    world_end(w);
}

static int count(const char *text, const char *word)
{
    int n = 0;

    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

Test(store_overtaken, a_note_is_there_once)
{
    struct world w;
    struct ratls_kek *kek;

    begin(&w, &kek);
    meddler.left = 2;
    cr_expect_eq(ratls_store_note(w.store, "alice", "note", "mine", &w.err), RATLS_OK, "%s",
                 w.err.detail);
    cr_expect_eq(w.err.code, RATLS_OK);
    cr_expect_eq(count(trail(&w, 1), "mine"), 1);
    cr_expect_eq(count(trail(&w, 1), "in between"), 2);
    end(&w, kek);
}

Test(store_overtaken, an_item_is_added_once)
{
    struct world w;
    struct ratls_kek *kek;

    begin(&w, &kek);
    meddler.left = 1;
    must_add(&w, "web", 1, BODY_A);
    cr_expect_eq(count(trail(&w, 1), "refval/tdx/web/1"), 1);
    end(&w, kek);
}

Test(store_overtaken, a_secret_is_rotated_once)
{
    struct world w;
    struct ratls_kek *kek;

    begin(&w, &kek);
    must_put(&w, kek, "db", "one");
    meddler.left = 1;
    cr_assert_eq(rotate(&w, kek, "two", 0), RATLS_OK, "%s", w.err.detail);
    cr_expect_eq(count(trail(&w, 1), "superseded"), 1);
    cr_expect_str_eq(opened(&w, kek, "db", 0), "two");
    cr_expect_str_eq(opened(&w, kek, "db", 2), "two");
    cr_expect_str_eq(opened(&w, kek, "db", 3), "not_found");
    end(&w, kek);
}

Test(store_overtaken, what_was_bound_anew_is_counted_once)
{
    struct world w;
    struct ratls_kek *kek;
    size_t n = 0;

    begin(&w, &kek);
    must_put(&w, kek, "db", "one");
    meddler.left = 1;
    cr_assert_eq(rebind(&w, kek, "db", NULL, &n), RATLS_OK);
    cr_expect_eq(n, 1);
    end(&w, kek);
}

Test(store_overtaken, a_value_is_opened_once)
{
    struct world w;
    struct ratls_kek *kek;

    begin(&w, &kek);
    must_put(&w, kek, "db", "one");
    meddler.left = 1;
    cr_expect_str_eq(opened(&w, kek, "db", 0), "one");
    cr_expect_eq(count(trail(&w, 1), " open "), 1);
    end(&w, kek);
}

Test(store_overtaken, a_request_counts_once_against_its_rate)
{
    const struct ratls_custody_limits one = {.per_minute = 1, .burst = 1};
    const struct ratls_secret_peer nobody = {.verdict = RATLS_E_PEER_DENIED};
    const struct ratls_secret_request r = {.name = "db", .peer = &nobody, .author = "desk"};
    struct ratls_custody *c = NULL;
    struct ratls_secret_value *value = NULL;
    struct world w;
    struct ratls_kek *kek;
    int64_t version;

    begin(&w, &kek);
    must_put(&w, kek, "db", "one");
    cr_assert_eq(ratls_custody_new(&w.env, w.store, kek, &one, &c), RATLS_OK);
    meddler.left = 1;
    cr_expect_eq(ratls_secret_release(c, &r, &value, &version, NULL), RATLS_E_PEER_DENIED);
    cr_expect_eq(count(trail(&w, 1), "withhold"), 1);
    cr_expect_eq(ratls_secret_release(c, &r, &value, &version, NULL), RATLS_E_LIMIT);
    ratls_custody_free(c);
    end(&w, kek);
}

static int64_t hurry(void *arg)
{
    static int64_t t;

    (void)arg;
    return t += 4000;
}

Test(store_overtaken, patience_has_an_end)
{
    struct world w;
    struct ratls_kek *kek;

    begin(&w, &kek);
    w.env.monotonic_ms = hurry;
    meddler.left = 1000;
    cr_expect_eq(ratls_store_note(w.store, "alice", "note", "mine", &w.err), RATLS_E_TIMEOUT);
    cr_expect_not_null(strstr(w.err.detail, "others write"), "%s", w.err.detail);
    cr_expect_gt(meddler.left, 900);
    meddler.left = 0;
    cr_expect_eq(count(trail(&w, 1), "mine"), 0);
    end(&w, kek);
}
