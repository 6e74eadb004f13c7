/* Out of memory at every place: nothing crashes, leaks, or is taken for granted. */
#define RUNS 40
#include "alloc_support.h"

#include "store_support.h"

#ifdef WITHOUT_ALLOC
Test(store_memory, needs_an_allocator_of_its_own)
{
    cr_skip_test("a sanitizer owns malloc()");
}
#else

static enum place place;

#define DOCUMENT                                                                                   \
    "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\",\"revision\":1,\"items\":["   \
    "{\"kind\":\"revocation\",\"name\":\"" REVOKES_A                                               \
    "\",\"version\":1,\"state\":\"active\",\"body\":{\"what\":\"measurement\","                    \
    "\"value\":\"" VALUE_A "\"}},"                                                                 \
    "{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"db\",\"version\":1,\"state\":\"active\","     \
    "\"body\":" BODY_B "}]}"

/* Everything a store does. */
static enum ratls_err use(struct world *w)
{
    const struct ratls_store_import by = {.author = "a", .by = "k"};
    struct ratls_store_item item = an_item("web", 1, BODY_B);
    const struct ratls_store_item two[] = {an_item("two", 1, BODY_B), an_item("two", 2, BODY_B)};
    struct ratls_store_head head;
    struct ratls_buffer doc = {0};
    enum ratls_err e = ratls_store_open(&w->env, w->url, RATLS_STORE_CREATE, &w->store, &w->err);

    if (!e)
        e = add(w, &item);
    if (!e)
        e = ratls_store_add_all(w->store, two, 2, &w->err);
    if (!e)
        e = set_state(w, "web", 1, "superseded");
    if (!e)
        e = ratls_store_import(w->store, ratls_bytes_str(DOCUMENT), &by, &w->err);
    if (!e)
        e = ratls_store_note(w->store, "a", "b", "c", &w->err);
    if (!e)
        e = ratls_store_head(w->store, &head, &w->err);
    if (!e)
        e = ratls_store_check(w->store, &head, &w->err);
    if (!e)
        e = ratls_store_document(w->store, &doc, &w->err);
    cr_expect_eq(e == RATLS_OK, doc.p != NULL);
    if (doc.p)
        cr_expect_not_null(strstr((char *)doc.p, REVOKES_A), "nothing is left out");
    ratls_buffer_free(&doc);
    ratls_store_close(w->store);
    w->store = NULL;
    return e;
}

static bool work(void)
{
    struct world w = {.place = place, .env = *ratls_env_system(), .now = NOW};

    armed = false;
    w.env.arg = &w;
    w.env.now = world_now;
    w.env.monotonic_ms = world_monotonic;
    place_make(place, w.url, sizeof w.url);
    armed = true;
    enum ratls_err e = use(&w);
    armed = false;
    cr_expect(e == RATLS_OK || e == RATLS_E_NO_MEMORY || e == RATLS_E_STORE ||
                  e == RATLS_E_STORE_DENIED || e == RATLS_E_CRYPTO,
              "%s: %s", ratls_err_reason(e), w.err.detail);
    if (ratls_store_open(&w.env, w.url, RATLS_STORE_CREATE, &w.store, &w.err) == RATLS_OK)
        cr_expect_eq(check(&w, NULL), RATLS_OK, "what is there fits together: %s", w.err.detail);
    else
        cr_expect_fail("it opens again: %s", w.err.detail);
    world_end(&w);
    return e == RATLS_OK;
}

Test(store_memory, of_a_folder_fails_once)
{
    place = FOLDER;
    fail_each(work, OURS_ONCE);
}

Test(store_memory, of_sqlite_fails_once)
{
    place = SQLITE;
    fail_each(work, OURS_ONCE);
}

Test(store_memory, of_sqlite_itself_fails_once)
{
    place = SQLITE;
    fail_each(work, ONCE);
}

Test(store_memory, of_postgres_fails_once)
{
    place = POSTGRES;
    fail_each(work, OURS_ONCE);
}

Test(store_memory, of_libpq_itself_fails_once)
{
    place = POSTGRES;
    fail_each(work, ONCE);
}

Test(store_memory, fails_for_good)
{
    place = FOLDER;
    fail_each(work, FOR_EVER);
}
#endif
