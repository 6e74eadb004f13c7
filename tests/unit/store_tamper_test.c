/* What somebody changes behind the back of a store, and what the store notices of it. */
#include <fcntl.h>

#include "store_support.h"

/* Two items, one of them changed once, and a note: four rows of the trail. */
static void fill(struct world *w, struct ratls_store_head *head)
{
    must_add(w, "web", 1, BODY_A);
    must_add(w, "db", 1, BODY_B);
    cr_assert_eq(set_state(w, "web", 1, "superseded"), RATLS_OK);
    cr_assert_eq(ratls_store_note(w->store, "alice", "note", "nothing", NULL), RATLS_OK);
    cr_assert_eq(ratls_store_head(w->store, head, NULL), RATLS_OK);
    cr_assert_eq(check(w, head), RATLS_OK);
}

static void expect_tampered(struct world *w, const char *what)
{
    struct ratls_buffer doc = {0};
    struct ratls_store_item item = an_item("new", 1, BODY_A);

    cr_expect_eq(check(w, NULL), RATLS_E_STORE_TAMPERED, "%s: %s", what, w->err.detail);
    cr_expect_eq(w->err.code, RATLS_E_STORE_TAMPERED, "%s: says so: %s", what, w->err.detail);
    cr_expect_eq(ratls_store_document(w->store, &doc, NULL), RATLS_E_STORE_TAMPERED, "%s", what);
    cr_expect_null(doc.p);
    cr_expect_str_eq(listing(w, NULL), "store_tampered", "%s", what);
    cr_expect_eq(add(w, &item), RATLS_E_STORE_TAMPERED, "%s: nothing is added", what);
    cr_expect_eq(set_state(w, "db", 1, "revoked"), RATLS_E_STORE_TAMPERED, "%s", what);
}

/* ---- databases ---- */

#define SET_ITEM(what) "UPDATE ratls_items SET " what " WHERE name = 'web'"
#define SET_ROW(what)  "UPDATE ratls_audit SET " what " WHERE seq = 2"

static const char *const noticed_sql[] = {
    SET_ITEM("state = 'active'"),
    SET_ITEM("body = '{\"measurements\":[\"ffff\"]}'"),
    SET_ITEM("body = body || ' '"),
    SET_ITEM("author = 'mallory'"),
    SET_ITEM("not_before = 7"),
    SET_ITEM("not_after = 7"),
    SET_ITEM("created = 7"),
    SET_ITEM("changed = 7"),
    SET_ITEM("changed = -7"),
    SET_ITEM("version = 2"),
    SET_ITEM("name = 'other'"),
    SET_ITEM("name = '../x'"),
    SET_ITEM("tee = 'snp'"),
    SET_ITEM("kind = 'anchor'"),
    "DELETE FROM ratls_items WHERE name = 'web'",
    "DELETE FROM ratls_items",
    /* exchanged */
    "UPDATE ratls_items SET name = 'x' WHERE name = 'web';"
    "UPDATE ratls_items SET name = 'web' WHERE name = 'db';"
    "UPDATE ratls_items SET name = 'db' WHERE name = 'x'",
    "INSERT INTO ratls_items (kind, tee, name, version, state, author, not_before, not_after,"
    " created, changed, body, event) SELECT kind, tee, 'evil', version, state, author, not_before,"
    " not_after, created, changed, body, event FROM ratls_items WHERE name = 'db'",
    SET_ROW("author = 'mallory'"),
    SET_ROW("time = 7"),
    SET_ROW("action = 'revoke'"),
    SET_ROW("subject = 'refval/tdx/other/1'"),
    SET_ROW("subject = ''"),
    SET_ROW("detail = 'x'"),
    SET_ROW("digest = ''"),
    SET_ROW("digest = 'zz'"),
    SET_ROW("hash = 'ab'"),
    "UPDATE ratls_audit SET detail = 'x' WHERE seq = 4",
    "DELETE FROM ratls_audit WHERE seq = 2",
    "DELETE FROM ratls_audit WHERE seq = 1",
    /* the last rows, together with their seq: the item still shows what they did */
    "DELETE FROM ratls_audit WHERE seq >= 3",
    "DELETE FROM ratls_audit",
    "INSERT INTO ratls_audit (seq, time, author, action, subject, detail, digest, hash)"
    " SELECT 5, time, author, action, subject, detail, digest, 'a' || hash FROM ratls_audit"
    " WHERE seq = 4",
    /* two rows of the trail exchanged */
    "UPDATE ratls_audit SET seq = 100 WHERE seq = 1; UPDATE ratls_audit SET seq = 1 WHERE seq = 2;"
    "UPDATE ratls_audit SET seq = 2 WHERE seq = 100",
};

static void notices_sql(enum place place)
{
    for (size_t i = 0; i < RT_COUNT(noticed_sql); i++) {
        struct ratls_store_head head;
        struct world w;
        world_begin(&w, place);
        fill(&w, &head);
        place_sql(place, noticed_sql[i]);
        expect_tampered(&w, noticed_sql[i]);
        world_end(&w);
    }
}

Test(store_tamper_sqlite, notices_every_change_of_a_row)
{
    notices_sql(SQLITE);
}

Test(store_tamper_postgres, notices_every_change_of_a_row)
{
    notices_sql(POSTGRES);
}

/* What a chain that somebody computed anew could not show. */
static void tells_what_is_wrong(enum place place)
{
    static const struct {
        const char *sql, *detail;
    } cases[] = {
        {"DELETE FROM ratls_audit WHERE seq = 2", "row 2 of the trail is missing"},
        {"INSERT INTO ratls_items (kind, tee, name, version, state, author, not_before, not_after,"
         " created, changed, body, event) SELECT kind, tee, 'evil', version, state, author,"
         " not_before, not_after, created, changed, body, event FROM ratls_items"
         " WHERE name = 'db'",
         "refval/tdx/evil/1 is not in the trail"},
        {"DELETE FROM ratls_items WHERE name = 'web'", "refval/tdx/web/1 is missing"},
        {SET_ITEM("changed = 7"), "refval/tdx/web/1 was changed"},
    };

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        struct ratls_store_head head;
        struct world w;
        world_begin(&w, place);
        fill(&w, &head);
        place_sql(place, cases[i].sql);
        cr_expect_str_eq(listing(&w, NULL), "store_tampered");
        cr_expect_not_null(strstr(w.err.detail, cases[i].detail), "%s: %s", cases[i].detail,
                           w.err.detail);
        world_end(&w);
    }
}

Test(store_tamper_sqlite, tells_what_is_wrong)
{
    tells_what_is_wrong(SQLITE);
}

Test(store_tamper_postgres, tells_what_is_wrong)
{
    tells_what_is_wrong(POSTGRES);
}

/* A row that no query of the store would meet. */
Test(store_tamper_sqlite, the_check_of_the_database_itself_counts)
{
    struct ratls_store_head head;
    struct world w;

    world_begin(&w, SQLITE);
    fill(&w, &head);
    place_sql(SQLITE, "PRAGMA ignore_check_constraints = ON;"
                      "INSERT INTO ratls_audit (seq, time, author, action, subject, detail, digest,"
                      " hash) VALUES (0, 1, 'a', 'b', '', '', '', 'c')");
    cr_expect_eq(check(&w, NULL), RATLS_E_STORE_TAMPERED);
    world_end(&w);
}

/* The end of the trail with all that hangs on it: only who remembers the head can tell. */
static void forgets_the_end(enum place place)
{
    struct ratls_store_head head;
    struct world w;

    world_begin(&w, place);
    fill(&w, &head);
    place_sql(place, "DELETE FROM ratls_audit WHERE seq = 4");
    cr_expect_eq(check(&w, NULL), RATLS_OK, "a trail that ends earlier looks as it did then");
    cr_expect_eq(check(&w, &head), RATLS_E_STORE_TAMPERED);
    cr_assert_eq(ratls_store_note(w.store, "mallory", "note", "another", NULL), RATLS_OK);
    cr_expect_eq(check(&w, NULL), RATLS_OK);
    cr_expect_eq(check(&w, &head), RATLS_E_STORE_TAMPERED, "another row of this number");
    world_end(&w);
}

Test(store_tamper_sqlite, a_known_head_tells_a_shortened_trail)
{
    forgets_the_end(SQLITE);
}

Test(store_tamper_postgres, a_known_head_tells_a_shortened_trail)
{
    forgets_the_end(POSTGRES);
}

static void triggers_guard(enum place place)
{
    static const char *const refused[] = {"UPDATE ratls_audit SET detail = 'x'",
                                          "DELETE FROM ratls_audit WHERE seq = 4",
                                          "DELETE FROM ratls_items WHERE name = 'web'"};
    struct ratls_store_head head;
    struct world w;

    world_begin(&w, place);
    fill(&w, &head);
    for (size_t i = 0; i < RT_COUNT(refused); i++)
        cr_expect_not(place_plain_sql(place, refused[i]), "%s", refused[i]);
    cr_expect_eq(check(&w, &head), RATLS_OK);
    world_end(&w);
}

Test(store_tamper_sqlite, triggers_refuse_to_change_the_trail)
{
    triggers_guard(SQLITE);
}

Test(store_tamper_postgres, triggers_refuse_to_change_the_trail)
{
    triggers_guard(POSTGRES);
}

Test(store_tamper_sqlite, a_missing_trigger_is_noticed)
{
    static const char *const names[] = {"ratls_audit_update", "ratls_audit_delete",
                                        "ratls_items_delete"};

    for (size_t i = 0; i < RT_COUNT(names); i++) {
        struct world w;
        char sql[64];
        struct ratls_store *again = NULL;
        world_begin(&w, SQLITE);
        (void)snprintf(sql, sizeof sql, "DROP TRIGGER %s", names[i]);
        cr_assert(place_plain_sql(SQLITE, sql));
        cr_expect_eq(check(&w, NULL), RATLS_E_STORE_TAMPERED);
        cr_expect_eq(ratls_store_open(&w.env, w.url, RATLS_STORE_WRITE, &again, NULL),
                     RATLS_E_STORE_TAMPERED);
        world_end(&w);
    }
}

Test(store_tamper_sqlite, an_item_without_its_row_is_noticed_by_the_database)
{
    struct ratls_store_head head;
    struct world w;

    world_begin(&w, SQLITE);
    fill(&w, &head);
    place_sql(SQLITE, "UPDATE ratls_items SET event = 77");
    cr_expect_eq(check(&w, NULL), RATLS_E_STORE_TAMPERED);
    world_end(&w);
}

Test(store_tamper_sqlite, a_damaged_file_is_not_opened)
{
    struct ratls_store_head head;
    struct world w;
    uint8_t noise[4096];

    world_begin(&w, SQLITE);
    fill(&w, &head);
    cr_assert(place_plain_sql(SQLITE, "PRAGMA wal_checkpoint(TRUNCATE)"));
    ratls_store_close(w.store);
    w.store = NULL;
    memset(noise, 0x5a, sizeof noise);
    int fd = open(path_of("store"), O_WRONLY);
    cr_assert(fd >= 0 && pwrite(fd, noise, sizeof noise, 4096) == (ssize_t)sizeof noise);
    (void)close(fd);
    cr_expect_eq(ratls_store_open(&w.env, w.url, RATLS_STORE_WRITE, &w.store, NULL),
                 RATLS_E_STORE_TAMPERED);
    cr_expect_null(w.store);
    world_end(&w);
}

/* ---- the folder ---- */

/* The file of an item in the state it is in now. */
static const char *item_file(const char *begin)
{
    static char found[2][300];
    static int turn;
    DIR *d = opendir(path_of("store/items"));

    turn = !turn;
    found[turn][0] = 0;
    cr_assert(d);
    for (const struct dirent *e; (e = readdir(d));)
        if (strncmp(e->d_name, begin, strlen(begin)) == 0)
            (void)snprintf(found[turn], sizeof found[turn], "store/items/%s", e->d_name);
    (void)closedir(d);
    cr_assert(found[turn][0]);
    return found[turn];
}

/* The first `from` in a file becomes `to`. */
static void edit(const char *name, const char *from, const char *to)
{
    struct ratls_buffer text;

    cr_assert_eq(ratls_env_system()->read_file(NULL, path_of(name), 1 << 20, &text), RATLS_OK);
    char *at = strstr((char *)text.p, from);
    cr_assert(at, "%s in %s", from, name);
    FILE *f = fopen(path_of(name), "w");
    cr_assert(f);
    (void)fwrite(text.p, 1, (size_t)(at - (char *)text.p), f);
    (void)fputs(to, f);
    (void)fputs(at + strlen(from), f);
    cr_assert_eq(fclose(f), 0);
    ratls_buffer_free(&text);
}

static void edit_body(void)
{
    edit(item_file("refval.tdx.web.1."), "aa11", "ffff");
}
static void edit_state(void)
{
    edit(item_file("refval.tdx.web.1."), "superseded", "active");
}
static void break_the_state(void)
{
    edit(item_file("refval.tdx.web.1."), "\"superseded\"", "\"supersede?\"");
}
static void add_a_blank(void)
{
    edit(item_file("refval.tdx.web.1."), ",\"body\":", ", \"body\":");
}
static void add_a_member(void)
{
    edit(item_file("refval.tdx.web.1."), "{\"kind\"", "{\"x\":1,\"kind\"");
}
static void cut_a_file(void)
{
    cr_assert_eq(truncate(path_of(item_file("refval.tdx.web.1.")), 20), 0);
}
static void empty_a_file(void)
{
    cr_assert_eq(truncate(path_of(item_file("refval.tdx.web.1.")), 0), 0);
}
static void remove_a_file(void)
{
    cr_assert_eq(unlink(path_of(item_file("refval.tdx.web.1."))), 0);
}
static void exchange_files(void)
{
    const char *a = item_file("refval.tdx.web.1."), *b = item_file("refval.tdx.db.1.");

    cr_assert_eq(rename(path_of(a), path_of("other")), 0);
    cr_assert_eq(rename(path_of(b), path_of(a)), 0);
    cr_assert_eq(rename(path_of("other"), path_of(b)), 0);
}
static void put_a_link(void)
{
    const char *a = item_file("refval.tdx.web.1.");

    cr_assert_eq(rename(path_of(a), path_of("store/elsewhere")), 0);
    cr_assert_eq(symlink("../elsewhere", path_of(a)), 0);
}
static void put_a_folder(void)
{
    const char *a = item_file("refval.tdx.web.1.");

    remove_a_file();
    cr_assert_eq(mkdir(path_of(a), 0700), 0);
}
static void put_a_pipe(void)
{
    const char *a = item_file("refval.tdx.web.1.");

    remove_a_file();
    cr_assert_eq(mkfifo(path_of(a), 0600), 0);
}
#define TRAIL "store/audit.jsonl"
static void edit_a_row(void)
{
    edit(TRAIL, "\"author\":\"alice\"", "\"author\":\"mallo\"");
}
static void edit_a_digest(void)
{
    edit(TRAIL, "\"digest\":\"", "\"digest\":\"0");
}
static void drop_a_digest(void)
{
    edit(TRAIL, "\"digest\":", "\"digesT\":");
}
static void point_elsewhere(void)
{
    edit(TRAIL, "refval/tdx/web/1", "refval/tdx/../1");
}
static void add_an_empty_line(void)
{
    edit(TRAIL, "\n", "\n\n");
}
static void cut_the_last_row(void)
{
    struct stat st;

    cr_assert_eq(stat(path_of(TRAIL), &st), 0);
    cr_assert_eq(truncate(path_of(TRAIL), st.st_size - 1), 0);
}
static void remove_the_trail(void)
{
    cr_assert_eq(unlink(path_of(TRAIL)), 0);
}
static void renumber_a_row(void)
{
    edit(TRAIL, "{\"seq\":1,", "{\"seq\":7,");
}
static void link_the_trail(void)
{
    cr_assert_eq(rename(path_of(TRAIL), path_of("store/other")), 0);
    cr_assert_eq(symlink("other", path_of(TRAIL)), 0);
}

static const struct {
    const char *what;
    void (*tamper)(void);
    enum ratls_err other; /* than RATLS_E_STORE_TAMPERED */
} noticed_files[] = {
    {"another body", edit_body, 0},
    {"another state", edit_state, 0},
    {"a state that is none", break_the_state, 0},
    {"a blank more", add_a_blank, 0},
    {"a member more", add_a_member, 0},
    {"a file cut off", cut_a_file, 0},
    {"an empty file", empty_a_file, 0},
    {"a file gone", remove_a_file, 0},
    {"two files exchanged", exchange_files, 0},
    {"a link in its place", put_a_link, RATLS_E_STORE},
    {"a folder in its place", put_a_folder, RATLS_E_STORE},
    {"a pipe in its place", put_a_pipe, RATLS_E_STORE},
    {"another row", edit_a_row, 0},
    {"another digest", edit_a_digest, 0},
    {"no digest", drop_a_digest, 0},
    {"a path in the trail", point_elsewhere, 0},
    {"an empty line", add_an_empty_line, 0},
    {"the last row cut off", cut_the_last_row, 0},
    {"no trail", remove_the_trail, 0},
    {"a number changed", renumber_a_row, 0},
    {"a link for the trail", link_the_trail, RATLS_E_STORE},
};

Test(store_tamper_folder, notices_every_change_of_a_file)
{
    for (size_t i = 0; i < RT_COUNT(noticed_files); i++) {
        struct ratls_store_head head;
        struct world w;
        world_begin(&w, FOLDER);
        fill(&w, &head);
        noticed_files[i].tamper();
        if (noticed_files[i].other)
            cr_expect_eq(check(&w, NULL), noticed_files[i].other, "%s", noticed_files[i].what);
        else
            expect_tampered(&w, noticed_files[i].what);
        world_end(&w);
    }
}

Test(store_tamper_folder, a_known_head_tells_an_older_copy)
{
    struct ratls_store_head head;
    struct ratls_buffer old;
    struct world w;

    world_begin(&w, FOLDER);
    must_add(&w, "web", 1, BODY_A);
    cr_assert_eq(ratls_env_system()->read_file(NULL, path_of(TRAIL), 1 << 20, &old), RATLS_OK);
    must_add(&w, "db", 1, BODY_B);
    cr_assert_eq(ratls_store_head(w.store, &head, NULL), RATLS_OK);
    FILE *f = fopen(path_of(TRAIL), "w");
    cr_assert(f && fputs((char *)old.p, f) >= 0 && fclose(f) == 0);
    ratls_buffer_free(&old);
    cr_expect_eq(check(&w, NULL), RATLS_OK);
    cr_expect_eq(check(&w, &head), RATLS_E_STORE_TAMPERED);
    world_end(&w);
}

Test(store_tamper_folder, whatever_no_row_names_is_ignored_and_cleared_away)
{
    struct ratls_store_head head;
    struct world w;
    const char *stray = "store/items/refval.tdx.evil.1.0123456789abcdef.json";

    world_begin(&w, FOLDER);
    fill(&w, &head);
    FILE *f = fopen(path_of(stray), "w");
    cr_assert(f && fputs("{}", f) >= 0 && fclose(f) == 0);
    cr_expect_eq(check(&w, &head), RATLS_OK);
    cr_expect_str_eq(listing(&w, NULL), "refval/tdx/db/1 active; refval/tdx/web/1 superseded; ");
    must_add(&w, "new", 1, BODY_A);
    cr_expect_neq(access(path_of(stray), F_OK), 0);
    cr_expect_eq(check(&w, &head), RATLS_OK);
    world_end(&w);
}

/* ---- the object ---- */

static const struct {
    const char *what, *program; /* for sed -E */
    enum ratls_err other;       /* than RATLS_E_STORE_TAMPERED */
} noticed_edits[] = {
    {"another body", "/^.\"kind.*\"web\"/s/aa11/cc11/", 0},
    {"another state", "/^.\"kind.*\"web\"/s/superseded/active/", 0},
    {"an item gone", "/^.\"kind.*\"web\"/d", 0},
    {"an item twice", "/^.\"kind.*\"web\"/p", 0},
    {"another row", "/\"seq\":1,/s/alice/mallo/", 0},
    {"a row gone", "/\"seq\":2,/d", 0},
    {"the last rows gone", "/\"seq\":[34],/d", 0},
    {"no end of the trail", "/^$/d", 0},
    {"another layout", "1s/object\\/1/object\\/2/", RATLS_E_STORE_VERSION},
    {"something else", "1s/.*/{}/", RATLS_E_STORE},
};

Test(store_tamper_object, notices_every_change_of_the_object)
{
    struct ratls_store_head head;
    struct world w;

    world_begin(&w, OBJECT);
    fill(&w, &head);
    object_move("GET");
    cr_assert_eq(rename(path_of("object"), path_of("whole")), 0);
    for (size_t i = 0; i < RT_COUNT(noticed_edits); i++) {
        object_edit(noticed_edits[i].program);
        if (noticed_edits[i].other)
            cr_expect_eq(check(&w, NULL), noticed_edits[i].other, "%s", noticed_edits[i].what);
        else
            expect_tampered(&w, noticed_edits[i].what);
        cr_assert_eq(rename(path_of("whole"), path_of("object")), 0);
        object_move("PUT");
        cr_expect_eq(check(&w, &head), RATLS_OK, "%s: and back", noticed_edits[i].what);
        cr_assert_eq(rename(path_of("object"), path_of("whole")), 0);
    }
    object_move("DELETE");
    expect_tampered(&w, "the object is gone");
    world_end(&w);
}

Test(store_tamper_object, a_known_head_tells_an_older_copy)
{
    struct ratls_store_head head;
    struct world w;

    world_begin(&w, OBJECT);
    must_add(&w, "web", 1, BODY_A);
    object_move("GET");
    must_add(&w, "db", 1, BODY_B);
    cr_assert_eq(ratls_store_head(w.store, &head, NULL), RATLS_OK);
    object_move("PUT");
    cr_expect_eq(check(&w, NULL), RATLS_OK);
    cr_expect_eq(check(&w, &head), RATLS_E_STORE_TAMPERED);
    world_end(&w);
}
