/* Documents of others: all of one or nothing, and never an older one. */
#include "store_support.h"

#define ITEM(name, version, state, body)                                                           \
    "{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"" name "\",\"version\":" version              \
    ",\"state\":\"" state "\",\"body\":" body "}"
#define REVOCATION                                                                                 \
    "{\"kind\":\"revocation\",\"name\":\"" REVOKES_A "\",\"version\":1,\"state\":\"active\","      \
    "\"body\":{\"what\":\"measurement\",\"value\":\"" VALUE_A "\"}}"

static enum ratls_err import_text(struct world *w, const char *document)
{
    const struct ratls_store_import by = {.author = "carol", .by = "key-7"};

    w->err = (struct ratls_error){0};
    return ratls_store_import(w->store, ratls_bytes_str(document), &by, &w->err);
}

static enum ratls_err import_of(struct world *w, const char *issuer, int revision,
                                const char *items)
{
    char document[4096];

    (void)snprintf(document, sizeof document,
                   "{\"format\":\"ratls-trust/1\",\"issuer\":\"%s\",\"bundle\":\"fleet\","
                   "\"revision\":%d,\"items\":[%s]}",
                   issuer, revision, items);
    return import_text(w, document);
}

static enum ratls_err import(struct world *w, int revision, const char *items)
{
    return import_of(w, "acme/EU", revision, items);
}

ON_EVERY_PLACE(store_import, takes_a_whole_document)
{
    cr_assert_eq(import(w, 1,
                        ITEM("web", "2", "active", BODY_B) "," ITEM(
                            "web", "1", "revoked", BODY_A) "," ITEM("db", "1", "draft", BODY_B)),
                 RATLS_OK, "%s", w->err.detail);
    cr_expect_str_eq(listing(w, NULL),
                     "refval/tdx/db/1 draft; refval/tdx/web/1 revoked; refval/tdx/web/2 active; ");
    cr_expect_str_eq(trail(w, 1), "1 carol import bundle/fleet/1/acme/EU signed by key-7; "
                                  "2 carol add refval/tdx/db/1 draft; "
                                  "3 carol add refval/tdx/web/1 revoked; "
                                  "4 carol add refval/tdx/web/2 active; ");
    cr_expect_eq(check(w, NULL), RATLS_OK);
}

static enum ratls_err compare_item(void *arg, const struct ratls_store_item *i)
{
    const struct world *w = arg;

    cr_expect_str_eq(i->author, "dave");
    cr_expect_eq(i->created, 77);
    cr_expect_eq(i->changed, w->now);
    cr_expect_eq(i->not_before, 5);
    cr_expect_eq(i->not_after, 6);
    cr_expect_str_eq((const char *)i->body.p, BODY_A);
    return RATLS_OK;
}

ON_EVERY_PLACE(store_import, keeps_what_the_issuer_says_of_an_item)
{
    cr_assert_eq(import(w, 1,
                        "{\"version\":3,\"created\":77,\"not_before\":5,\"not_after\":6,"
                        "\"author\":\"dave\",\"name\":\"x\",\"tee\":\"tdx\",\"kind\":\"refval\","
                        "\"state\":\"active\",\"body\": {\"measurements\" : [ \"" VALUE_A
                        "\" ] } }"),
                 RATLS_OK, "%s", w->err.detail);
    cr_expect_eq(ratls_store_each(w->store, NULL, compare_item, w, NULL), RATLS_OK);
}

ON_EVERY_PLACE(store_import, refuses_revisions_that_are_not_above_the_last)
{
    cr_assert_eq(import(w, 7, ""), RATLS_OK, "%s", w->err.detail);
    cr_expect_eq(import(w, 7, ""), RATLS_E_ROLLBACK);
    cr_expect_eq(import(w, 6, ""), RATLS_E_ROLLBACK);
    cr_expect_eq(import_of(w, "other", 1, ""), RATLS_OK, "each issuer counts for himself");
    cr_expect_eq(import_of(w, "EU", 1, ""), RATLS_OK, "the end of a name is another name");
    reopen(w, RATLS_STORE_WRITE);
    cr_expect_eq(import(w, 7, ""), RATLS_E_ROLLBACK);
    cr_expect_eq(import(w, 8, ""), RATLS_OK);
}

ON_EVERY_PLACE(store_import, moves_states_on_and_never_back)
{
    cr_assert_eq(import(w, 1, ITEM("web", "1", "draft", BODY_A)), RATLS_OK);
    cr_assert_eq(import(w, 2, ITEM("web", "1", "active", BODY_A)), RATLS_OK);
    cr_assert_eq(import(w, 3, ITEM("web", "1", "draft", BODY_A)), RATLS_OK);
    cr_expect_str_eq(listing(w, NULL), "refval/tdx/web/1 active; ");
    cr_assert_eq(set_state(w, "web", 1, "revoked"), RATLS_OK);
    cr_assert_eq(
        import(w, 4, ITEM("web", "1", "active", BODY_A) "," ITEM("web", "2", "active", BODY_B)),
        RATLS_OK);
    cr_expect_str_eq(listing(w, NULL), "refval/tdx/web/1 revoked; refval/tdx/web/2 active; ");
    cr_assert_eq(import(w, 5, ITEM("web", "2", "superseded", BODY_B)), RATLS_OK);
    cr_expect_str_eq(listing(w, NULL), "refval/tdx/web/1 revoked; refval/tdx/web/2 superseded; ");
}

ON_EVERY_PLACE(store_import, takes_old_versions_only_as_history)
{
    must_add(w, "web", 5, BODY_B);
    cr_expect_eq(import(w, 1, ITEM("web", "4", "active", BODY_A)), RATLS_E_ROLLBACK);
    cr_expect_eq(import(w, 1, ITEM("web", "4", "draft", BODY_A)), RATLS_E_ROLLBACK);
    cr_expect_eq(
        import(w, 1,
               ITEM("web", "4", "superseded", BODY_A) "," ITEM("web", "3", "revoked", BODY_A)),
        RATLS_OK);
    cr_expect_eq(set_state(w, "web", 4, "active"), RATLS_E_ROLLBACK);
}

ON_EVERY_PLACE(store_import, refuses_another_content_of_a_version)
{
    must_add(w, "web", 1, BODY_A);
    cr_expect_eq(import(w, 1, ITEM("web", "1", "active", BODY_B)), RATLS_E_ROLLBACK);
    cr_expect_eq(import(w, 1,
                        "{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"web\",\"version\":1,"
                        "\"state\":\"active\",\"not_after\":9,\"body\":" BODY_A "}"),
                 RATLS_E_ROLLBACK);
    cr_expect_eq(import(w, 1,
                        "{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"web\",\"version\":1,"
                        "\"state\":\"active\",\"not_before\":9,\"body\":" BODY_A "}"),
                 RATLS_E_ROLLBACK);
    cr_expect_eq(import(w, 1, ITEM("web", "1", "active", BODY_A)), RATLS_OK);
}

ON_EVERY_PLACE(store_import, takes_revocations_first)
{
    struct ratls_store_head before, after;

    cr_assert_eq(ratls_store_head(w->store, &before, NULL), RATLS_OK);
    cr_expect_eq(import(w, 1, ITEM("web", "1", "active", BODY_A) "," REVOCATION),
                 RATLS_E_REFVAL_REVOKED);
    cr_assert_eq(ratls_store_head(w->store, &after, NULL), RATLS_OK);
    cr_expect_eq(memcmp(&before, &after, sizeof before), 0, "nothing of it was taken");
    cr_expect_str_eq(listing(w, NULL), "");
    cr_expect_eq(import(w, 1, ITEM("web", "1", "revoked", BODY_A) "," REVOCATION), RATLS_OK, "%s",
                 w->err.detail);
    cr_expect_eq(import(w, 2, ITEM("web", "2", "active", BODY_A)), RATLS_E_REFVAL_REVOKED);
    cr_expect_eq(import(w, 2, REVOCATION), RATLS_OK, "once more");
    cr_expect_eq(check(w, NULL), RATLS_OK);
}

ON_EVERY_PLACE(store_import, takes_nothing_when_the_last_item_is_refused)
{
    struct ratls_store_item item = an_item("a", 1, BODY_A);

    must_add(w, "z", 5, BODY_A);
    cr_expect_eq(
        import(w, 1, ITEM("a", "1", "active", BODY_A) "," ITEM("z", "4", "active", BODY_A)),
        RATLS_E_ROLLBACK);
    cr_expect_str_eq(listing(w, NULL), "refval/tdx/z/5 active; ");
    cr_expect_str_eq(trail(w, 2), "");
    cr_expect_eq(import(w, 1, ""), RATLS_OK, "the revision was not taken either");
    cr_expect_eq(add(w, &item), RATLS_OK);
    cr_expect_eq(check(w, NULL), RATLS_OK);
}

ON_EVERY_PLACE(store_import, refuses_documents_that_are_malformed)
{
#define HEAD "\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\",\"revision\":1"
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{" HEAD "}",
        "{" HEAD ",\"items\":{}}",
        "{" HEAD ",\"items\":[1]}",
        "{" HEAD ",\"items\":[],\"x\":1}",
        "{\"format\":\"ratls-trust/2\",\"issuer\":\"a\",\"bundle\":\"b\",\"revision\":1,"
        "\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"bundle\":\"b\",\"revision\":1,\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"issuer\":\"\",\"bundle\":\"b\",\"revision\":1,"
        "\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\\n\",\"bundle\":\"b\",\"revision\":1,"
        "\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"revision\":1,\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b/c\",\"revision\":1,"
        "\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\",\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\",\"revision\":0,"
        "\"items\":[]}",
        "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\",\"revision\":\"1\","
        "\"items\":[]}",
        "{" HEAD ",\"items\":[" ITEM("../x", "1", "active", BODY_A) "]}",
        "{" HEAD ",\"items\":[" ITEM("x", "0", "active", BODY_A) "]}",
        "{" HEAD ",\"items\":[" ITEM("x", "1", "broken", BODY_A) "]}",
        "{" HEAD ",\"items\":[" ITEM("x", "1", "active", "[]") "]}",
        "{" HEAD
        ",\"items\":[" ITEM("x", "1", "active", BODY_A) "," ITEM("x", "1", "active", BODY_A) "]}",
        "{" HEAD ",\"items\":[{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"x\",\"version\":1,"
        "\"state\":\"active\",\"changed\":5,\"body\":" BODY_A "}]}",
        "{" HEAD ",\"items\":[{\"kind\":\"refval\",\"tee\":\"tdx\",\"name\":\"x\",\"version\":1,"
        "\"state\":\"active\",\"colour\":5,\"body\":" BODY_A "}]}",
        "{" HEAD ",\"items\":[{\"kind\":\"revocation\",\"name\":\"" REVOKES_A
        "\",\"version\":1,\"state\":\"draft\",\"body\":{\"what\":\"measurement\","
        "\"value\":\"" VALUE_A "\"}}]}",
    };
#undef HEAD

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(import_text(w, bad[i]), RATLS_E_TRUST_FORMAT, "%s", bad[i]);
    cr_expect_str_eq(listing(w, NULL), "");
    cr_expect_str_eq(trail(w, 1), "");
}

ON_EVERY_PLACE(store_import, wants_to_know_who_imports)
{
    static const struct ratls_store_import bad[] = {
        {.author = "", .by = "k"}, {.author = "a"}, {.by = "k"}, {.author = "a\n", .by = "k"}};
    const char *document = "{\"format\":\"ratls-trust/1\",\"issuer\":\"a\",\"bundle\":\"b\","
                           "\"revision\":1,\"items\":[]}";

    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_eq(ratls_store_import(w->store, ratls_bytes_str(document), &bad[i], NULL),
                     RATLS_E_USAGE);
}

ON_EVERY_PLACE(store_import, a_note_is_no_import)
{
    cr_assert_eq(ratls_store_note(w->store, "mallory", "import", "bundle/fleet/99/acme/EU", NULL),
                 RATLS_OK);
    cr_expect_eq(import(w, 1, ""), RATLS_OK);
}
