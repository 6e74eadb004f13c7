/* Secrets in every kind of store: what is put, changed, destroyed, and never seen. */
#include "secrets_support.h"
#include "shelf.h"

ON_EVERY_PLACE(secrets, come_back_as_they_were_put)
{
    struct safe s = safe_begin(w);

    must_put(w, s.kek, "db", CANARY);
    reopen(w, RATLS_STORE_WRITE);
    cr_expect_str_eq(opened(w, s.kek, "db", 0), CANARY);
    cr_expect_str_eq(opened(w, s.kek, "db", 1), CANARY);
    cr_expect_str_eq(opened(w, s.kek, "db", 2), "not_found");
    cr_expect_str_eq(opened(w, s.kek, "other", 0), "not_found");
    cr_expect_str_eq(secrets(w), "db@1 active web 26; ");
    cr_expect_str_eq(trail(w, 2), "2 alice add secret//db/1 active; 3 op open secret//db/1 ; "
                                  "4 op open secret//db/1 ; ");
    cr_expect_eq(check(w, NULL), RATLS_OK);
    ratls_kek_close(s.kek);
}

ON_EVERY_PLACE(secrets, may_hold_any_bytes_up_to_the_limit)
{
    static uint8_t bytes[RATLS_SECRET_VALUE_MAX + 1];
    struct safe s = safe_begin(w);
    const struct ratls_secret_job job = {.name = "big", .author = "op"};
    struct ratls_secret_put what = a_put("big", "");
    struct ratls_secret_value *v = NULL;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    what.value = ratls_bytes(bytes, sizeof bytes);
    cr_expect_eq(put(w, s.kek, &what), RATLS_E_USAGE);
    what.value.len--;
    cr_assert_eq(put(w, s.kek, &what), RATLS_OK, "%s", w->err.detail);
    cr_assert_eq(ratls_secret_open(w->store, s.kek, &job, &v, &w->err), RATLS_OK);
    cr_expect(ratls_bytes_equal(ratls_secret_value_bytes(v), what.value));
    ratls_secret_value_free(v);
    ratls_kek_close(s.kek);
}

/* ---- what is refused ---- */

static enum ratls_err put_as(struct safe *s, const char *name, const char *policy)
{
    struct ratls_secret_put what = a_put(name, "x");

    what.policy = policy;
    return put(s->w, s->kek, &what);
}

#define NAME_64 "a123456789012345678901234567890123456789012345678901234567890123"

ON_EVERY_PLACE(secrets, have_names_and_one_policy_that_is_there)
{
    static const char *const bad[] = {NULL,   "",    "..",       "a/b", "/etc/passwd", "a b",
                                      "a\\b", "a.b", "\xc3\xa9", "a\n", NAME_64 "4"};
    struct safe s = safe_begin(w);

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        cr_expect_eq(put_as(&s, bad[i], "web"), RATLS_E_USAGE, "name %zu", i);
        cr_expect_eq(put_as(&s, "db", bad[i]), RATLS_E_USAGE, "policy %zu", i);
    }
    cr_expect_eq(put_as(&s, "db", "web,other"), RATLS_E_USAGE, "a list is no name");
    cr_expect_eq(put_as(&s, "db", "unknown"), RATLS_E_NO_POLICY);
    cr_expect_eq(put_as(&s, NAME_64, "web"), RATLS_OK);
    cr_expect_str_eq(secrets(w), NAME_64 "@1 active web 1; ");
    ratls_kek_close(s.kek);
}

ON_EVERY_PLACE(secrets, need_a_policy_that_counts_now)
{
    struct safe s = safe_begin(w);
    struct ratls_store_item late = an_item("late", 1, POLICY_A),
                            draft = an_item("draft", 1, POLICY_A);

    late.ref.kind = draft.ref.kind = "policy";
    late.ref.tee = draft.ref.tee = "";
    late.not_before = w->now + 10;
    draft.state = "draft";
    cr_assert_eq(add(w, &late), RATLS_OK);
    cr_assert_eq(add(w, &draft), RATLS_OK);
    cr_expect_eq(put_as(&s, "db", "late"), RATLS_E_NO_POLICY);
    cr_expect_eq(put_as(&s, "db", "draft"), RATLS_E_NO_POLICY);
    w->now += 10;
    cr_expect_eq(put_as(&s, "db", "late"), RATLS_OK);
    ratls_kek_close(s.kek);
}

ON_EVERY_PLACE(secrets, are_not_put_over_a_value)
{
    struct safe s = safe_begin(w);
    struct ratls_secret_put what = a_put("db", "two");

    must_put(w, s.kek, "db", "one");
    cr_expect_eq(put(w, s.kek, &what), RATLS_E_STATE);
    what = a_put("other", "");
    cr_expect_eq(put(w, s.kek, &what), RATLS_E_USAGE, "an empty value");
    what = a_put("other", "x");
    what.overlap_s = 5;
    cr_expect_eq(put(w, s.kek, &what), RATLS_E_USAGE, "with nothing before it");
    what.overlap_s = 0;
    what.author = "";
    cr_expect_eq(put(w, s.kek, &what), RATLS_E_USAGE);
    cr_expect_str_eq(secrets(w), "db@1 active web 3; ");
    reopen(w, RATLS_STORE_READ);
    what.author = "alice";
    cr_expect_eq(put(w, s.kek, &what), RATLS_E_STORE_DENIED);
    ratls_kek_close(s.kek);
}

/* The whole of what a store may hold is sixty-four of the largest. */
ON_EVERY_PLACE(secrets, fill_a_store_up_to_its_limit)
{
    static uint8_t bytes[RATLS_SECRET_VALUE_MAX];
    struct safe s = safe_begin(w);
    struct ratls_secret_put what = a_put("x", "");
    char name[16];
    enum ratls_err e = RATLS_OK;
    size_t n = 0;

    if (w->place != SQLITE) { /* counting is the same everywhere, and it takes time */
        ratls_kek_close(s.kek);
        return;
    }
    for (what.value = ratls_bytes(bytes, sizeof bytes); !e && n < 300; n += !e) {
        (void)snprintf(name, sizeof name, "n%zu", n);
        what.name = name;
        e = put(w, s.kek, &what);
    }
    cr_expect_eq(e, RATLS_E_LIMIT);
    cr_expect_eq(n, RATLS_SECRET_TOTAL_MAX / RATLS_SECRET_VALUE_MAX);
    ratls_kek_close(s.kek);
}

/* The first secret under many other names, in one step: for counting they are good enough. */
static enum ratls_err copy_first(struct rt_change *c, void *arg, struct ratls_error *err)
{
    const struct rt_entry *first = rt_find_live(&c->now, "first", 1);
    struct ratls_store_item item = first->view;
    char name[16];
    enum ratls_err e = RATLS_OK;

    (void)arg;
    for (unsigned i = 2; !e && i < RATLS_SECRET_LIVE_MAX; i++) {
        (void)snprintf(name, sizeof name, "n%u", i);
        item.ref.name = name;
        e = rt_change_keep(c, &item, "add", err);
    }
    return e;
}

ON_EVERY_PLACE(secrets, are_so_many_and_no_more)
{
    struct safe s = safe_begin(w);
    struct ratls_secret_put what = a_put("first", "1");

    cr_assert_eq(put(w, s.kek, &what), RATLS_OK);
    cr_assert_eq(rt_store_change(w->store, "alice", copy_first, NULL, &w->err), RATLS_OK, "%s",
                 w->err.detail);
    what.name = "last";
    cr_expect_eq(put(w, s.kek, &what), RATLS_OK);
    what.name = "more";
    cr_expect_eq(put(w, s.kek, &what), RATLS_E_LIMIT);
    ratls_kek_close(s.kek);
}

/* ---- rotation ---- */

ON_EVERY_PLACE(secrets, are_rotated_with_the_version_before_superseded)
{
    struct safe s = safe_begin(w);

    cr_expect_eq(rotate(w, s.kek, "x", 0), RATLS_E_NOT_FOUND);
    must_put(w, s.kek, "db", "one");
    cr_assert_eq(rotate(w, s.kek, "twotwo", 60), RATLS_OK, "%s", w->err.detail);
    cr_expect_str_eq(secrets(w), "db@1 superseded web 3; db@2 active web 6; ");
    cr_expect_str_eq(opened(w, s.kek, "db", 0), "twotwo");
    cr_expect_str_eq(opened(w, s.kek, "db", 1), "one");
    cr_expect_eq(rotate(w, s.kek, "x", -1), RATLS_E_USAGE);
    cr_assert_eq(rotate(w, s.kek, "three", 0), RATLS_OK);
    cr_expect_str_eq(secrets(w),
                     "db@1 superseded web 3; db@2 superseded web 6; db@3 active web 5; ");
    cr_expect_str_eq(
        trail(w, 3),
        "3 alice supersede secret//db/1 superseded; 4 alice add secret//db/2 active; "
        "5 op open secret//db/2 ; 6 op open secret//db/1 ; "
        "7 alice supersede secret//db/2 superseded; 8 alice add secret//db/3 active; ");
    cr_expect_eq(check(w, NULL), RATLS_OK);
    ratls_kek_close(s.kek);
}

ON_EVERY_PLACE(secrets, are_not_rotated_under_a_policy_that_changed_unless_it_is_named)
{
    struct safe s = safe_begin(w);
    struct ratls_secret_put what = a_put("db", "two");
    int64_t version;

    must_put(w, s.kek, "db", "one");
    add_policy(w, "web", 2, POLICY_B);
    cr_expect_eq(rotate(w, s.kek, "two", 0), RATLS_E_POLICY_CHANGED);
    cr_expect_str_eq(secrets(w), "db@1 active web! 3; ");
    cr_assert_eq(ratls_secret_rotate(w->store, s.kek, &what, &version, &w->err), RATLS_OK);
    cr_expect_eq(version, 2);
    cr_expect_str_eq(secrets(w), "db@1 superseded web! 3; db@2 active web 3; ");
    ratls_kek_close(s.kek);
}

ON_EVERY_PLACE(secrets, are_bound_anew_with_all_their_versions)
{
    struct safe s = safe_begin(w);
    size_t n = 0;

    must_put(w, s.kek, "db", "one");
    must_put(w, s.kek, "other", "x");
    cr_assert_eq(rotate(w, s.kek, "two", 60), RATLS_OK);
    add_policy(w, "web", 2, POLICY_B);
    add_policy(w, "more", 1, POLICY_A);
    cr_expect_str_eq(secrets(w),
                     "db@1 superseded web! 3; db@2 active web! 3; other@1 active web! 1; ");
    cr_assert_eq(rebind(w, s.kek, "db", NULL, &n), RATLS_OK);
    cr_expect_eq(n, 2);
    cr_expect_str_eq(secrets(w),
                     "db@1 superseded web 3; db@2 active web 3; other@1 active web! 1; ");
    cr_assert_eq(rebind(w, s.kek, "db", "more", &n), RATLS_OK);
    cr_expect_str_eq(secrets(w),
                     "db@1 superseded more 3; db@2 active more 3; other@1 active web! 1; ");
    cr_expect_str_eq(opened(w, s.kek, "db", 0), "two");
    cr_expect_eq(rebind(w, s.kek, "db", "none", &n), RATLS_E_NO_POLICY);
    cr_expect_eq(rebind(w, s.kek, "db", "..", &n), RATLS_E_USAGE);
    cr_expect_eq(rebind(w, s.kek, "..", NULL, &n), RATLS_E_USAGE);
    cr_expect_eq(rebind(w, s.kek, "no", NULL, &n), RATLS_E_NOT_FOUND);
    cr_expect_eq(n, 0);
    cr_expect_eq(check(w, NULL), RATLS_OK);
    ratls_kek_close(s.kek);
}

/* ---- KEKs ---- */

ON_EVERY_PLACE(secrets, open_under_their_kek_alone)
{
    struct safe s = safe_begin(w);
    struct ratls_kek *other = kek_of(w, KEK_TEXT_B);

    must_put(w, s.kek, "db", "one");
    cr_expect_str_eq(opened(w, other, "db", 0), "kek_mismatch");
    cr_expect_not_null(strstr(w->err.detail, ratls_kek_id(other)), "%s", w->err.detail);
    ratls_kek_close(other);
    ratls_kek_close(s.kek);
}

ON_EVERY_PLACE(secrets, come_under_another_kek_all_at_once)
{
    struct safe s = safe_begin(w);
    struct ratls_kek *to = kek_of(w, KEK_TEXT_B);
    struct ratls_kek *third =
        kek_of(w, "3f0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    size_t n = 7;

    must_put(w, s.kek, "db", "one");
    cr_assert_eq(rotate(w, s.kek, "two", 60), RATLS_OK);
    must_put(w, to, "new", "x");
    cr_expect_eq(rewrap(w, third, to, &n), RATLS_E_KEK_MISMATCH);
    cr_expect_eq(n, 0);
    cr_expect_str_eq(opened(w, s.kek, "db", 0), "two", "nothing has changed");
    cr_assert_eq(rewrap(w, s.kek, to, &n), RATLS_OK);
    cr_expect_eq(n, 2, "what is there already stays");
    cr_expect_str_eq(opened(w, s.kek, "db", 0), "kek_mismatch");
    cr_expect_str_eq(opened(w, to, "db", 0), "two");
    cr_expect_str_eq(opened(w, to, "db", 1), "one");
    cr_expect_str_eq(opened(w, to, "new", 0), "x");
    cr_assert_eq(rewrap(w, s.kek, to, &n), RATLS_OK);
    cr_expect_eq(n, 0, "again changes nothing");
    cr_expect_eq(check(w, NULL), RATLS_OK);
    ratls_kek_close(third);
    ratls_kek_close(to);
    ratls_kek_close(s.kek);
}

/* ---- deletion ---- */

ON_EVERY_PLACE(secrets, are_destroyed_by_version_or_all_together)
{
    struct safe s = safe_begin(w);
    size_t n = 0;

    must_put(w, s.kek, "db", "one");
    cr_assert_eq(rotate(w, s.kek, "two", 60), RATLS_OK);
    cr_assert_eq(rotate(w, s.kek, "three", 60), RATLS_OK);
    cr_assert_eq(destroy(w, "db", 2, &n), RATLS_OK);
    cr_expect_eq(n, 1);
    cr_expect_str_eq(secrets(w), "db@1 superseded web 3; db@2 deleted ! 0; db@3 active web 5; ");
    cr_expect_str_eq(opened(w, s.kek, "db", 2), "not_found");
    cr_expect_eq(destroy(w, "db", 2, &n), RATLS_E_NOT_FOUND);
    cr_assert_eq(destroy(w, "db", 0, &n), RATLS_OK);
    cr_expect_eq(n, 2);
    cr_expect_str_eq(opened(w, s.kek, "db", 0), "not_found");
    cr_expect_eq(destroy(w, "db", 0, &n), RATLS_E_NOT_FOUND);
    cr_expect_eq(destroy(w, "..", 0, &n), RATLS_E_USAGE);
    cr_expect_eq(destroy(w, "db", -1, &n), RATLS_E_USAGE);
    must_put(w, s.kek, "db", "four");
    cr_expect_str_eq(secrets(w), "db@1 deleted ! 0; db@2 deleted ! 0; db@3 deleted ! 0; "
                                 "db@4 active web 4; ");
    cr_expect_eq(check(w, NULL), RATLS_OK, "the trail is whole");
    ratls_kek_close(s.kek);
}

/* ---- what nobody sees ---- */

/* The bytes are in no file of the place; the servers are asked instead. */
static bool is_anywhere(struct world *w, const char *text)
{
    char command[1400];

    if (w->place == OBJECT)
        object_move("GET");
    (void)snprintf(command, sizeof command, "grep -rqaF -- '%s' '%s'", text, place_root);
    if (w->place == POSTGRES)
        (void)snprintf(command, sizeof command,
                       "psql -h '%s' -U ratls postgres -qAtc \"SELECT * FROM t%d.ratls_items;"
                       " SELECT * FROM t%d.ratls_audit; SELECT * FROM t%d.ratls_meta\""
                       " | grep -qaF -- '%s'",
                       server_folder(), (int)getpid(), (int)getpid(), (int)getpid(), text);
    return system(command) == 0;
}

static enum ratls_err count_secret(void *arg, const struct ratls_secret *s)
{
    (void)s;
    ++*(int *)arg;
    return RATLS_OK;
}

ON_EVERY_PLACE(secrets, are_nowhere_in_clear)
{
    struct safe s = safe_begin(w);
    int n = 0;

    must_put(w, s.kek, "db", CANARY);
    cr_assert_eq(unlink(path_of("kek")), 0);
    cr_expect(is_anywhere(w, "alice"), "the test must be able to see it");
    cr_expect_not(is_anywhere(w, CANARY));
    cr_expect_not(is_anywhere(w, "Y2FuYXJ5LTdmM2E"), "nor in base64");
    cr_expect_not(is_anywhere(w, "63616e6172792d376633612d"), "nor in hex");
    cr_expect_eq(ratls_secret_each(w->store, "db", count_secret, &n, NULL), RATLS_OK);
    cr_expect_eq(n, 1);
    ratls_kek_close(s.kek);
}

ON_EVERY_PLACE(secrets, leave_no_sealed_record_behind_when_they_are_destroyed)
{
    struct safe s = safe_begin(w);
    size_t n;

    must_put(w, s.kek, "db", CANARY);
    cr_assert(is_anywhere(w, "policy_sha256"));
    cr_assert_eq(destroy(w, "db", 0, &n), RATLS_OK);
    cr_expect_not(is_anywhere(w, "policy_sha256"));
    ratls_kek_close(s.kek);
}

/* ratls/store.h neither shows nor takes them. */
ON_EVERY_PLACE(secrets, are_no_items_of_the_store)
{
    struct safe s = safe_begin(w);
    struct ratls_store_item item = an_item("db", 9, "{\"format\":\"ratls-secret/1\"}");
    const struct ratls_store_ref ref = {.kind = "secret", .tee = "", .name = "db", .version = 1};
    const struct ratls_store_import by = {.author = "a", .by = "k"};
    struct ratls_buffer doc = {0};

    must_put(w, s.kek, "db", CANARY);
    cr_expect_str_eq(listing(w, NULL), "policy//web/1 active; ");
    cr_expect_str_eq(listing(w, &(struct ratls_store_ref){.kind = "secret"}), "");
    cr_assert_eq(ratls_store_document(w->store, &doc, &w->err), RATLS_OK);
    cr_expect_null(strstr((char *)doc.p, "secret"));
    ratls_buffer_free(&doc);
    item.ref.kind = "secret";
    item.ref.tee = "";
    cr_expect_eq(add(w, &item), RATLS_E_USAGE);
    cr_expect_eq(ratls_store_set_state(w->store, &ref, "revoked", "a", NULL), RATLS_E_USAGE);
    cr_expect_eq(
        ratls_store_import(
            w->store,
            ratls_bytes_str("{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":"
                            "\"b\",\"revision\":1,\"items\":[{\"kind\":\"secret\",\"name\":"
                            "\"x\",\"version\":1,\"state\":\"active\",\"body\":{\"format\":"
                            "\"ratls-secret/1\"}}]}"),
            &by, NULL),
        RATLS_E_TRUST_FORMAT);
    cr_expect_str_eq(opened(w, s.kek, "db", 0), CANARY);
    ratls_kek_close(s.kek);
}
