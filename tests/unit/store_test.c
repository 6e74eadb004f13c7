/* What a store takes, keeps and gives out. */
#include "ratls/appraise.h"
#include "store_support.h"

ON_EVERY_PLACE(store, is_empty_at_first)
{
    struct ratls_store_head head;
    struct ratls_buffer doc;

    cr_expect_str_eq(listing(w, NULL), "");
    cr_expect_str_eq(trail(w, 1), "");
    cr_assert_eq(ratls_store_head(w->store, &head, &w->err), RATLS_OK);
    cr_expect_eq(head.seq, 0);
    cr_assert_eq(ratls_store_document(w->store, &doc, &w->err), RATLS_OK);
    cr_expect_str_eq((char *)doc.p, "{\"format\":\"ratls-trust/1\",\"items\":[]}");
    ratls_buffer_free(&doc);
    cr_expect_eq(check(w, NULL), RATLS_OK);
}

ON_EVERY_PLACE(store, keeps_items_in_order_of_their_identity)
{
    must_add(w, "web", 2, BODY_A);
    must_add(w, "web", 10, BODY_A);
    must_add(w, "db", 1, BODY_A);
    must_add(w, "Web", 1, BODY_A);
    cr_expect_str_eq(listing(w, NULL),
                     "refval/tdx/Web/1 active; refval/tdx/db/1 active; refval/tdx/web/2 active; "
                     "refval/tdx/web/10 active; ");
    reopen(w, RATLS_STORE_READ);
    cr_expect_str_eq(listing(w, &(struct ratls_store_ref){.name = "web"}),
                     "refval/tdx/web/2 active; refval/tdx/web/10 active; ");
    cr_expect_str_eq(listing(w, &(struct ratls_store_ref){.name = "web", .version = 2}),
                     "refval/tdx/web/2 active; ");
    cr_expect_str_eq(listing(w, &(struct ratls_store_ref){.kind = "anchor"}), "");
    cr_expect_str_eq(listing(w, &(struct ratls_store_ref){.tee = ""}), "");
}

ON_EVERY_PLACE(store, takes_several_items_at_once)
{
    struct ratls_store_item items[] = {an_item("web", 1, BODY_A), an_item("web", 2, BODY_B),
                                       an_item("db", 1, BODY_A)};

    items[2].author = "bob";
    cr_assert_eq(ratls_store_add_all(w->store, items, 3, &w->err), RATLS_OK, "%s", w->err.detail);
    cr_expect_str_eq(listing(w, NULL), "refval/tdx/db/1 active; refval/tdx/web/1 active; "
                                       "refval/tdx/web/2 active; ");
    cr_expect_str_eq(trail(w, 1), "1 alice add refval/tdx/web/1 active; 2 alice add "
                                  "refval/tdx/web/2 active; 3 bob add refval/tdx/db/1 active; ");
    cr_expect_eq(check(w, NULL), RATLS_OK);
}

/* What `second` is refused for, and that nothing stayed of the first one. */
static void refuses_both(struct world *w, struct ratls_store_item second, enum ratls_err why)
{
    const struct ratls_store_item items[] = {an_item("web", 3, BODY_A), second};

    w->err = (struct ratls_error){0};
    cr_expect_eq(ratls_store_add_all(w->store, items, 2, &w->err), why, "%s", w->err.detail);
    cr_expect_str_eq(listing(w, NULL), "");
    cr_expect_str_eq(trail(w, 1), "");
}

ON_EVERY_PLACE(store, takes_all_items_or_none)
{
    const struct ratls_store_item one = an_item("web", 4, BODY_A);
    struct ratls_store_item bad_state = one;

    bad_state.state = "revoked";
    refuses_both(w, an_item("web", 3, BODY_B), RATLS_E_ROLLBACK);
    refuses_both(w, an_item("web", 4, "{}"), RATLS_E_TRUST_FORMAT);
    refuses_both(w, an_item("web", 4, "{"), RATLS_E_TRUST_FORMAT);
    refuses_both(w, an_item(NULL, 4, BODY_A), RATLS_E_USAGE);
    refuses_both(w, bad_state, RATLS_E_USAGE);
    cr_expect_eq(ratls_store_add_all(w->store, &one, 0, NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_store_add_all(w->store, &one, 4097, NULL), RATLS_E_USAGE);
}

static enum ratls_err compare_item(void *arg, const struct ratls_store_item *i)
{
    const struct world *w = arg;

    cr_expect_str_eq(i->author, "O'Neil \"; DROP TABLE ratls_items; --\\");
    cr_expect_eq(i->not_before, 5);
    cr_expect_eq(i->not_after, 253402300799);
    cr_expect_eq(i->created, w->now);
    cr_expect_eq(i->changed, w->now);
    cr_expect_str_eq((const char *)i->body.p,
                     "{\"measurements\":[\"" VALUE_A "\"],\"claims\":{\"x\":[\"'\\\"\\\\ $1 "
                     "%s\",1,9007199254740991,1000000000000000,true]},\"comment\":"
                     "\"\xc3\xa9\xf0\x9f\x98\x80'\"}");
    return RATLS_E_CLOSED;
}

ON_EVERY_PLACE(store, gives_back_what_it_was_given)
{
    struct ratls_store_item item =
        an_item("web", 1,
                " {\"measurements\" : [\"" VALUE_A "\"],\n \"claims\": {\"x\":\t[\"'\\\"\\\\ $1 "
                "%s\", 1,9007199254740991,1000000000000000, true]},\r\"comment\" :"
                "\"\\u00e9\xf0\x9f\x98\x80'\"} ");

    item.author = "O'Neil \"; DROP TABLE ratls_items; --\\";
    item.not_before = 5;
    item.not_after = 253402300799;
    cr_assert_eq(add(w, &item), RATLS_OK, "%s", w->err.detail);
    reopen(w, RATLS_STORE_READ);
    cr_expect_eq(ratls_store_each(w->store, NULL, compare_item, w, NULL), RATLS_E_CLOSED,
                 "what the callback returns");
    cr_expect_str_eq(trail(w, 1),
                     "1 O'Neil \"; DROP TABLE ratls_items; --\\ add refval/tdx/web/1 active; ");
}

ON_EVERY_PLACE(store, gives_out_one_document)
{
    struct ratls_buffer doc;

    must_add(w, "web", 1, BODY_A);
    cr_assert_eq(set_state(w, "web", 1, "superseded"), RATLS_OK);
    w->now++;
    must_add(w, "web", 2, BODY_B);
    cr_assert_eq(ratls_store_document(w->store, &doc, &w->err), RATLS_OK);
    cr_expect_str_eq(
        (char *)doc.p,
        "{\"format\":\"ratls-trust/1\",\"items\":["
        "{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"web\",\"version\":2,\"state\":\"active\","
        "\"not_before\":0,\"not_after\":0,\"author\":\"alice\",\"created\":1750000001,"
        "\"body\":" BODY_B "},"
        "{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"web\",\"version\":1,"
        "\"state\":\"superseded\",\"not_before\":0,\"not_after\":0,\"author\":\"alice\","
        "\"created\":1750000000,\"body\":" BODY_A "}]}");
    ratls_buffer_free(&doc);
}

/* ---- versions and states ---- */

ON_EVERY_PLACE(store, refuses_versions_that_are_not_above_all_others)
{
    struct ratls_store_item item = an_item("web", 3, BODY_A);

    must_add(w, "web", 3, BODY_A);
    cr_expect_eq(add(w, &item), RATLS_E_ROLLBACK);
    item.ref.version = 2;
    cr_expect_eq(add(w, &item), RATLS_E_ROLLBACK);
    cr_assert_eq(set_state(w, "web", 3, "revoked"), RATLS_OK);
    cr_expect_eq(add(w, &item), RATLS_E_ROLLBACK, "revoked ones count as well");
    item.ref.tee = "snp";
    cr_expect_eq(add(w, &item), RATLS_OK, "each TEE has its own");
    cr_expect_str_eq(listing(w, NULL), "refval/snp/web/2 active; refval/tdx/web/3 revoked; ");
}

ON_EVERY_PLACE(store, moves_states_in_one_direction)
{
    static const char *const names[] = {"draft", "active", "superseded", "revoked"};
    static const enum ratls_err expected[4][4] = {
        {RATLS_E_STATE, RATLS_OK, RATLS_E_STATE, RATLS_OK},
        {RATLS_E_ROLLBACK, RATLS_E_STATE, RATLS_OK, RATLS_OK},
        {RATLS_E_ROLLBACK, RATLS_E_ROLLBACK, RATLS_E_STATE, RATLS_OK},
        {RATLS_E_ROLLBACK, RATLS_E_ROLLBACK, RATLS_E_ROLLBACK, RATLS_E_STATE}};

    for (int from = 0; from < 4; from++) {
        for (int to = 0; to < 4; to++) {
            char name[32];
            (void)snprintf(name, sizeof name, "from%d-%d", from, to);
            struct ratls_store_item item = an_item(name, 1, BODY_A);
            item.state = "draft";
            cr_assert_eq(add(w, &item), RATLS_OK);
            for (int s = 1; s <= from; s++)
                cr_assert_eq(set_state(w, name, 1, names[s]), RATLS_OK);
            cr_expect_eq(set_state(w, name, 1, names[to]), expected[from][to], "%s to %s: %s",
                         names[from], names[to], w->err.detail);
        }
    }
    cr_expect_eq(check(w, NULL), RATLS_OK);
}

ON_EVERY_PLACE(store, writes_every_change_into_the_trail)
{
    struct ratls_store_item item = an_item("web", 1, BODY_A);
    struct ratls_store_head a, b;

    item.state = "draft";
    cr_assert_eq(add(w, &item), RATLS_OK);
    cr_assert_eq(set_state(w, "web", 0, "active"), RATLS_OK, "0: the highest version");
    cr_assert_eq(ratls_store_head(w->store, &a, NULL), RATLS_OK);
    cr_assert_eq(set_state(w, "web", 1, "superseded"), RATLS_OK);
    cr_assert_eq(set_state(w, "web", 1, "revoked"), RATLS_OK);
    cr_assert_eq(ratls_store_note(w->store, "mallory", "import_refused", "no 'key'", NULL),
                 RATLS_OK);
    cr_assert_eq(ratls_store_head(w->store, &b, NULL), RATLS_OK);
    cr_expect_eq(b.seq, 5);
    cr_expect(memcmp(a.hash, b.hash, 32) != 0);
    cr_expect_str_eq(trail(w, 0), "1 alice add refval/tdx/web/1 draft; "
                                  "2 bob activate refval/tdx/web/1 active; "
                                  "3 bob supersede refval/tdx/web/1 superseded; "
                                  "4 bob revoke refval/tdx/web/1 revoked; "
                                  "5 mallory import_refused  no 'key'; ");
    cr_expect_str_eq(trail(w, 5), "5 mallory import_refused  no 'key'; ");
    cr_expect_eq(check(w, &a), RATLS_OK);
    cr_expect_eq(check(w, &b), RATLS_OK);
}

ON_EVERY_PLACE(store, leaves_no_trace_of_what_it_refused)
{
    struct ratls_store_head a, b;
    struct ratls_store_item item = an_item("web", 1, BODY_A);

    must_add(w, "web", 1, BODY_A);
    cr_assert_eq(ratls_store_head(w->store, &a, NULL), RATLS_OK);
    cr_expect_eq(add(w, &item), RATLS_E_ROLLBACK);
    cr_expect_eq(set_state(w, "web", 1, "draft"), RATLS_E_ROLLBACK);
    cr_expect_eq(set_state(w, "web", 9, "revoked"), RATLS_E_NOT_FOUND);
    cr_expect_eq(set_state(w, "other", 0, "revoked"), RATLS_E_NOT_FOUND);
    cr_expect_eq(set_state(w, "web", 1, "broken"), RATLS_E_USAGE);
    cr_assert_eq(ratls_store_head(w->store, &b, NULL), RATLS_OK);
    cr_expect_eq(memcmp(&a, &b, sizeof a), 0);
}

/* ---- revocations ---- */

ON_EVERY_PLACE(store, refuses_what_is_revoked)
{
    struct ratls_store_item item =
        an_item("late", 1, "{\"measurements\":[\"" VALUE_C "\",\"AA11" VALUE_A_TAIL "\"]}");
    struct ratls_store_item claim =
        an_item("claim", 1, "{\"claims\":{\"measurement\":[1,\"" VALUE_A "\"]}}");
    struct ratls_store_item draft = an_item("draft", 1, BODY_A);

    draft.state = "draft";
    cr_assert_eq(add(w, &draft), RATLS_OK);
    cr_assert_eq(add_revocation(w, "", VALUE_A, REVOKES_A), RATLS_OK, "%s", w->err.detail);
    cr_expect_eq(add(w, &item), RATLS_E_REFVAL_REVOKED);
    cr_expect_eq(add(w, &claim), RATLS_E_REFVAL_REVOKED);
    cr_expect_eq(set_state(w, "draft", 1, "active"), RATLS_E_REFVAL_REVOKED);
    cr_expect_eq(set_state(w, "draft", 1, "revoked"), RATLS_OK);
    cr_expect_eq(add_revocation(w, "snp", VALUE_B, REVOKES_B), RATLS_OK);
    must_add(w, "web", 1, BODY_B);
    item = an_item("web", 1, BODY_B);
    item.ref.tee = "snp";
    cr_expect_eq(add(w, &item), RATLS_E_REFVAL_REVOKED, "of this TEE");
}

ON_EVERY_PLACE(store, never_changes_a_revocation)
{
    struct ratls_store_ref ref = {.kind = "revocation", .tee = "", .name = REVOKES_A, .version = 1};
    struct ratls_store_item draft = an_item(REVOKES_B, 1, "{}");

    cr_assert_eq(add_revocation(w, "", VALUE_A, REVOKES_A), RATLS_OK);
    cr_expect_eq(ratls_store_set_state(w->store, &ref, "revoked", "bob", NULL), RATLS_E_STATE);
    cr_expect_eq(ratls_store_set_state(w->store, &ref, "superseded", "bob", NULL), RATLS_E_STATE);
    cr_expect_eq(add_revocation(w, "", VALUE_A, REVOKES_A), RATLS_E_ROLLBACK);
    draft.ref.kind = "revocation";
    draft.state = "draft";
    cr_expect_eq(add(w, &draft), RATLS_E_USAGE);
}

ON_EVERY_PLACE(store, names_revocations_by_their_value)
{
    cr_expect_eq(add_revocation(w, "", VALUE_A, REVOKES_B), RATLS_E_TRUST_FORMAT);
    cr_expect_eq(add_revocation(w, "", "AA11" VALUE_A_TAIL, REVOKES_A), RATLS_OK,
                 "bytes, not letters");
    cr_expect_eq(add_revocation(w, "tdx", "aa1", REVOKES_A), RATLS_E_TRUST_FORMAT);
    cr_expect_eq(add_revocation(w, "tdx", "", REVOKES_A), RATLS_E_TRUST_FORMAT);
    cr_expect_eq(add_revocation(w, "tdx", VALUE_A "\",\"what\":\"key", REVOKES_A),
                 RATLS_E_TRUST_FORMAT);
}

/* ---- shapes ---- */

ON_EVERY_PLACE(store, refuses_names_that_are_none)
{
    static const char *const bad[] = {
        "",      "..",
        "a/b",   "/etc/passwd",
        "a b",   "a.b",
        "a'b",   "a\"b",
        "a;--",  "a\nb",
        "a\x01", "\xc3\xa9",
        "a%00b", "a\\b",
        "a$b",   "a*b",
        NULL,    "a2345678901234567890123456789012345678901234567890123456789012345"};

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_store_item item = an_item(bad[i], 1, BODY_A);
        cr_expect_eq(add(w, &item), RATLS_E_USAGE, "name %s", bad[i]);
        item = an_item("web", 1, BODY_A);
        item.ref.tee = bad[i];
        cr_expect_eq(add(w, &item), RATLS_E_USAGE, "tee %s", bad[i]);
        item = an_item("web", 1, BODY_A);
        item.ref.kind = bad[i];
        cr_expect_eq(add(w, &item), RATLS_E_USAGE, "kind %s", bad[i]);
        item = an_item("web", 1, BODY_A);
        item.state = bad[i];
        cr_expect_eq(add(w, &item), RATLS_E_USAGE, "state %s", bad[i]);
    }
    cr_expect_str_eq(listing(w, NULL), "");
}

ON_EVERY_PLACE(store, refuses_numbers_and_texts_out_of_range)
{
    static char long_text[RATLS_STORE_DETAIL_MAX + 2];
    struct ratls_store_item item = an_item("web", 0, BODY_A);

    cr_expect_eq(add(w, &item), RATLS_E_USAGE, "version 0");
    item.ref.version = 0x80000000LL;
    cr_expect_eq(add(w, &item), RATLS_E_USAGE, "version 2^31");
    item = an_item("web", 1, BODY_A);
    item.not_before = -1;
    cr_expect_eq(add(w, &item), RATLS_E_USAGE);
    item.not_before = 10;
    item.not_after = 9;
    cr_expect_eq(add(w, &item), RATLS_E_USAGE, "ends before it begins");
    item = an_item("web", 1, BODY_A);
    item.ref.kind = "policy";
    cr_expect_eq(add(w, &item), RATLS_E_USAGE, "a policy is of no TEE");
    item.ref.tee = "";
    item.ref.kind = "anchor";
    cr_expect_eq(add(w, &item), RATLS_E_USAGE, "an anchor is of one");
    memset(long_text, 'a', sizeof long_text - 1);
    item = an_item("web", 1, BODY_A);
    item.author = long_text;
    cr_expect_eq(add(w, &item), RATLS_E_USAGE);
    item.author = "a\nb";
    cr_expect_eq(add(w, &item), RATLS_E_USAGE);
    item.author = "";
    cr_expect_eq(add(w, &item), RATLS_E_USAGE);
    cr_expect_eq(ratls_store_note(w->store, "a", "b", long_text, NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_store_note(w->store, "a", "b", "c\n", NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_store_note(w->store, "a", "B", "c", NULL), RATLS_E_USAGE);
    cr_expect_eq(ratls_store_note(w->store, "", "b", "c", NULL), RATLS_E_USAGE);
    cr_expect_str_eq(trail(w, 1), "");
}

ON_EVERY_PLACE(store, refuses_bodies_that_are_no_object)
{
    static const char *const bad[] = {"",
                                      "[]",
                                      "1",
                                      "{",
                                      "{} {}",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":1.5}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\xff\"}"};

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_store_item item = an_item("web", 1, bad[i]);
        enum ratls_err e = add(w, &item);
        cr_expect(e == RATLS_E_TRUST_FORMAT || (i == 0 && e == RATLS_E_USAGE), "%s: %s", bad[i],
                  ratls_err_reason(e));
    }
    cr_expect_str_eq(listing(w, NULL), "");
}

/* The core says what it would not take; the store has rules of its own for names. */
ON_EVERY_PLACE(store, refuses_bodies_that_an_appraisal_would_refuse)
{
    static const struct {
        const char *kind, *tee, *name, *body;
    } bad[] = {
        {"refval", "tdx", "x", "{}"},
        {"refval", "tdx", "x", "{\"measurements\":[]}"},
        {"refval", "tdx", "x", "{\"measurements\":[\"aa\"]}"},
        {"refval", "tdx", "x", "{\"measurements\":[\"" VALUE_A "\"],\"colour\":1}"},
        {"policy", "", "x", "{\"tees\":1}"},
    };

    for (size_t i = 0; i < RT_COUNT(bad); i++) {
        struct ratls_store_item item = an_item(bad[i].name, 1, bad[i].body);
        item.ref.kind = bad[i].kind;
        item.ref.tee = bad[i].tee;
        cr_expect_eq(add(w, &item), RATLS_E_TRUST_FORMAT, "%s: %s", bad[i].body, w->err.detail);
    }
    cr_expect_str_eq(listing(w, NULL), "");
}

ON_EVERY_PLACE(store, gives_out_what_the_core_takes)
{
    struct ratls_trust *trust = NULL;
    struct ratls_buffer doc;
    struct ratls_store_item policy =
        an_item("default", 1, "{\"tees\": {\"tdx\": {\"reference_values\": [\"web\"]}}}");

    must_add(w, "web", 1, BODY_A);
    cr_assert_eq(add_revocation(w, "", VALUE_B, REVOKES_B), RATLS_OK);
    policy.ref.kind = "policy";
    policy.ref.tee = "";
    cr_assert_eq(add(w, &policy), RATLS_OK, "%s", w->err.detail);
    cr_assert_eq(ratls_store_document(w->store, &doc, NULL), RATLS_OK);
    cr_assert_eq(ratls_trust_new(&w->env, &trust), RATLS_OK);
    cr_expect_eq(ratls_trust_add_document(trust, rt_bytes_of(&doc), &w->err), RATLS_OK, "%s",
                 w->err.detail);
    cr_expect_eq(ratls_trust_use_policy(trust, "default", NULL, NULL), RATLS_OK);
    ratls_trust_unref(trust);
    ratls_buffer_free(&doc);
}

/* ---- access ---- */

ON_EVERY_PLACE(store, opened_for_reading_is_not_written)
{
    struct ratls_store_item item = an_item("web", 2, BODY_A);

    must_add(w, "web", 1, BODY_A);
    reopen(w, RATLS_STORE_READ);
    cr_expect_eq(add(w, &item), RATLS_E_STORE_DENIED);
    cr_expect_eq(set_state(w, "web", 1, "revoked"), RATLS_E_STORE_DENIED);
    cr_expect_eq(ratls_store_note(w->store, "a", "b", "c", NULL), RATLS_E_STORE_DENIED);
    cr_expect_str_eq(listing(w, NULL), "refval/tdx/web/1 active; ");
}

ON_EVERY_PLACE(store, sees_what_others_write)
{
    struct ratls_store *other = NULL;
    struct ratls_store_head a, b;
    struct ratls_store_item item = an_item("web", 1, BODY_A);

    cr_assert_eq(ratls_store_open(&w->env, w->url, RATLS_STORE_READ, &other, NULL), RATLS_OK);
    cr_assert_eq(ratls_store_head(other, &a, NULL), RATLS_OK);
    cr_assert_eq(add(w, &item), RATLS_OK);
    cr_assert_eq(ratls_store_head(other, &b, NULL), RATLS_OK);
    cr_expect_eq(a.seq, 0);
    cr_expect_eq(b.seq, 1);
    cr_expect_eq(ratls_store_check(other, &b, NULL), RATLS_OK);
    ratls_store_close(other);
}
