/* Stores as the watcher sees them, over a library that the test plays; what trust they make. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "config_impl.h"
#include "stores.h"

/* ---- a store that the test plays ---- */

static struct {
    enum ratls_err open, head, check, document;
    bool forgot; /* the known end is not in the trail */
    struct ratls_store_head now;
    const char *text;
    int opened, closed, read;
} played;

static char handle; /* what a store is here: an address */

static enum ratls_err play_open(const struct ratls_env *env, const char *url,
                                enum ratls_store_access access, struct ratls_store **out,
                                struct ratls_error *err)
{
    (void)env;
    cr_expect_eq(access, RATLS_STORE_READ);
    cr_expect(strncmp(url, "sqlite:/s", 9) == 0 || strstr(url, "hunter2"));
    *out = NULL;
    played.opened++;
    if (played.open)
        return ratls_fail(err, played.open, "no connection");
    *out = (struct ratls_store *)(void *)&handle;
    return RATLS_OK;
}

static void play_close(struct ratls_store *s)
{
    cr_expect_eq((void *)s, (void *)&handle);
    played.closed++;
}

static enum ratls_err play_head(struct ratls_store *s, struct ratls_store_head *head,
                                struct ratls_error *err)
{
    (void)s;
    *head = played.now;
    return played.head ? ratls_fail(err, played.head, "gone") : RATLS_OK;
}

static enum ratls_err play_check(struct ratls_store *s, const struct ratls_store_head *known,
                                 struct ratls_error *err)
{
    (void)s;
    if (played.check)
        return ratls_fail(err, played.check, "row 3");
    return known && played.forgot ? ratls_fail(err, RATLS_E_STORE_TAMPERED, "not there") : RATLS_OK;
}

static enum ratls_err play_document(struct ratls_store *s, struct ratls_buffer *out,
                                    struct ratls_error *err)
{
    (void)s;
    *out = (struct ratls_buffer){0};
    played.read++;
    if (played.document)
        return ratls_fail(err, played.document, "too large");
    out->p = (uint8_t *)strdup(played.text);
    out->len = strlen(played.text);
    return RATLS_OK;
}

static const struct px_store_library library = {play_open, play_close, play_head, play_check,
                                                play_document};

/* ---- configuration ---- */

static const char *text; /* of the configuration */
static struct px_config *config;
static struct px_stores *stores;
static struct px_files *files;
static struct ratls_trust *trust;
static struct ratls_env env;
static struct ratls_error err;

static enum ratls_err read_memory(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    (void)arg;
    if (strcmp(path, "test.conf") != 0)
        return px_files_read(files, path, max, out);
    out->p = (uint8_t *)strdup(text);
    out->len = strlen(text);
    return RATLS_OK;
}

static void load(const char *lines)
{
    text = lines;
    px_config_free(config);
    err = (struct ratls_error){0};
    cr_assert_eq(px_config_load(&env, "test.conf", &config, &err), RATLS_OK, "%s", err.detail);
}

#define SERVICE(name, port)                                                                        \
    "[" name "]\naccept = 127.0.0.1:" port "\nconnect = 2\nmode = verify\nstore = sqlite:/s\n"
#define STORE SERVICE("web", "1")

static void setup(void)
{
    memset(&played, 0, sizeof played);
    played.now = (struct ratls_store_head){.seq = 1, .hash = {1}};
    played.text = "one";
    env = *ratls_env_system();
    env.read_file = read_memory;
    env.log = NULL;
    files = calloc(1, sizeof *files);
    files->complete = true;
    load(STORE);
    cr_assert_eq(px_stores_new(config, &env, &library, &stores, &err), RATLS_OK);
}

static void teardown(void)
{
    px_stores_free(stores);
    cr_expect_eq(played.opened - (played.open != RATLS_OK), played.closed);
    px_files_free(files);
    ratls_trust_unref(trust);
    px_config_free(config);
}

TestSuite(proxy_stores, .init = setup, .fini = teardown, .timeout = 60);

static enum px_store_news look(bool asked)
{
    err = (struct ratls_error){0};
    return px_stores_look(stores, 0, asked, &err);
}

static void step(int64_t seq, const char *document)
{
    played.now.seq = seq;
    played.now.hash[0] = (uint8_t)seq;
    played.text = document;
}

static void expect_document(const char *document)
{
    struct ratls_buffer found = {0};

    px_files_clear(files);
    files->complete = true;
    cr_assert_eq(px_stores_add(stores, files), RATLS_OK);
    cr_assert_eq(px_files_read(files, "store:sqlite:/s", 1000, &found), RATLS_OK);
    cr_expect(ratls_bytes_equal(ratls_bytes(found.p, found.len), ratls_bytes_str(document)));
    ratls_buffer_free(&found);
}

/* ---- looking ---- */

Test(proxy_stores, a_document_is_read_when_the_trail_grew)
{
    cr_expect_eq(px_stores_add(stores, files), RATLS_E_STORE);
    cr_expect_eq(look(false), PX_STORE_CHANGED);
    expect_document("one");
    cr_expect_eq(look(false), PX_STORE_SAME);
    cr_expect_eq(played.read, 1);
    step(2, "two");
    cr_expect_eq(look(false), PX_STORE_CHANGED);
    expect_document("two");
    cr_expect_eq(played.opened, 1);
    cr_expect_eq(px_stores_look(stores, 1, false, &err), PX_STORE_NONE);
}

Test(proxy_stores, who_asks_has_it_read_and_checked_anyhow)
{
    (void)look(false);
    played.check = RATLS_E_STORE_TAMPERED;
    cr_expect_eq(look(false), PX_STORE_SAME);
    cr_expect_eq(look(true), PX_STORE_FAILED);
    cr_expect_eq(err.code, RATLS_E_STORE_TAMPERED);
    cr_expect_str_eq(err.detail, "store sqlite:/s: row 3");
}

Test(proxy_stores, two_services_may_share_one)
{
    px_stores_free(stores);
    load(SERVICE("a", "1") SERVICE("b", "3"));
    cr_assert_eq(px_stores_new(config, &env, &library, &stores, &err), RATLS_OK);
    cr_expect_eq(look(false), PX_STORE_CHANGED);
    cr_expect_eq(px_stores_look(stores, 1, false, &err), PX_STORE_NONE);
}

/* Each way to fail: told once, the last document stays, and the store is taken when it is back,
 * though its trail did not grow. */
static void fails_and_comes_back(enum ratls_err *where, enum ratls_err e)
{
    (void)look(false);
    step(played.now.seq + 1, "newer");
    *where = e;
    cr_expect_eq(look(false), PX_STORE_FAILED);
    cr_expect_eq(err.code, e);
    expect_document("one");
    cr_expect_eq(look(false), PX_STORE_SAME);
    cr_expect_eq(look(true), PX_STORE_FAILED, "who asks is answered");
    *where = RATLS_OK;
    cr_expect_eq(look(true), PX_STORE_CHANGED);
    expect_document("newer");
    cr_expect_eq(look(false), PX_STORE_SAME);
}

Test(proxy_stores, a_head_that_cannot_be_read_changes_nothing)
{
    fails_and_comes_back(&played.head, RATLS_E_STORE);
}

Test(proxy_stores, a_trail_that_is_broken_changes_nothing)
{
    fails_and_comes_back(&played.check, RATLS_E_STORE_TAMPERED);
}

Test(proxy_stores, a_document_that_cannot_be_had_changes_nothing)
{
    fails_and_comes_back(&played.document, RATLS_E_LIMIT);
}

Test(proxy_stores, another_failure_is_told_too)
{
    (void)look(false);
    played.head = RATLS_E_STORE;
    cr_expect_eq(look(true), PX_STORE_FAILED);
    played.open = RATLS_E_STORE_DENIED;
    played.opened--; /* the failed one below is not closed */
    cr_expect_eq(look(true), PX_STORE_FAILED);
    cr_expect_eq(err.code, RATLS_E_STORE_DENIED);
    played.opened++;
}

Test(proxy_stores, a_store_that_is_back_says_so_though_it_did_not_grow)
{
    (void)look(false);
    played.head = RATLS_E_STORE;
    cr_expect_eq(look(false), PX_STORE_FAILED);
    played.head = RATLS_OK;
    for (int i = 0; i < 40 && look(false) == PX_STORE_SAME; i++)
        usleep(50000);
    cr_expect_eq(played.read, 2);
    cr_expect_eq(look(false), PX_STORE_SAME);
}

/* A database that is down is not asked four times a second. */
Test(proxy_stores, what_cannot_be_opened_is_tried_after_a_while)
{
    played.open = RATLS_E_STORE;
    cr_expect_eq(look(false), PX_STORE_FAILED);
    for (int i = 0; i < 10; i++)
        cr_expect_eq(look(false), PX_STORE_SAME);
    cr_expect_eq(played.opened, 1);
    cr_expect_eq(look(true), PX_STORE_FAILED);
    cr_expect_eq(played.opened, 2);
    played.opened = 1;
}

/* T45 */
Test(proxy_stores, a_store_that_went_back_is_refused)
{
    (void)look(false);
    step(2, "two");
    (void)look(false);
    played.forgot = true; /* in an older copy, what was seen last is not there */
    step(1, "one");
    cr_expect_eq(look(false), PX_STORE_FAILED);
    cr_expect_eq(err.code, RATLS_E_ROLLBACK);
    expect_document("two");
    step(3, "another three"); /* nor when it grows from there */
    cr_expect_eq(look(true), PX_STORE_FAILED);
    cr_expect_eq(err.code, RATLS_E_ROLLBACK);
    played.forgot = false;
    step(3, "three");
    cr_expect_eq(look(true), PX_STORE_CHANGED);
    expect_document("three");
}

Test(proxy_stores, the_same_number_of_rows_with_another_end_is_looked_at)
{
    (void)look(false);
    played.now.hash[31] ^= 1;
    played.forgot = true;
    cr_expect_eq(look(false), PX_STORE_FAILED);
    cr_expect_eq(err.code, RATLS_E_ROLLBACK);
}

/* ---- what is shown ---- */

Test(proxy_stores, passwords_are_not_shown)
{
    static const char *const rows[][2] = {
        {"/var/lib/store", "/var/lib/store"},
        {"sqlite:/a:b@c", "sqlite:/a:b@c"},
        {"postgresql://host/db", "postgresql://host/db"},
        {"postgresql://user@host/db", "postgresql://user@host/db"},
        {"postgresql://user:hunter2@host:5432/db", "postgresql://user:***@host:5432/db"},
        {"postgresql://user:hunter2@x@host/db", "postgresql://user:***@host/db"},
        {"postgresql://user:hun/ter2@host/db", "postgresql://user:***@host/db"},
        {"postgresql://user:hun?ter2@host/db?a=b", "postgresql://user:***@host/db?a=b"},
        {"postgresql://:hunter2@host/db", "postgresql://:***@host/db"},
        {"postgresql:///db?user=u&password=hunter2", "postgresql:///db?user=u&password=***"},
        {"postgresql://h/db?PASSWORD=hunter2&x=y", "postgresql://h/db?PASSWORD=***&x=y"},
        {"postgresql://h/db?sslpassword=hunter2", "postgresql://h/db?sslpassword=***"},
    };
    char shown[PX_SHOWN_URL];

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        px_url_shown(rows[i][0], shown);
        cr_expect_str_eq(shown, rows[i][1]);
    }
    char longest[2 * PX_SHOWN_URL];
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = 0;
    px_url_shown(longest, shown);
    cr_expect_eq(strlen(shown), PX_SHOWN_URL - 1);
}

Test(proxy_stores, neither_check_nor_errors_show_a_password)
{
    char *out = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&out, &len);

    px_stores_free(stores);
    load("[web]\naccept = 127.0.0.1:1\nconnect = 2\nmode = verify\n"
         "store = postgresql://u:hunter2@h/db?password=hunter2\n");
    px_config_print(config, f);
    (void)fclose(f);
    cr_expect_not_null(strstr(out, "  store = postgresql://u:***@h/db?password=***\n"));
    cr_expect_null(strstr(out, "hunter2"));
    free(out);
    cr_assert_eq(px_stores_new(config, &env, &library, &stores, &err), RATLS_OK);
    played.open = RATLS_E_STORE;
    cr_expect_eq(look(false), PX_STORE_FAILED);
    cr_expect_str_eq(err.detail, "store postgresql://u:***@h/db?password=***: no connection");
    err = (struct ratls_error){0};
    cr_expect_eq(px_service_trust(&env, &config->services[0], NULL, &trust, &err), RATLS_E_IO);
    cr_expect_null(strstr(err.detail, "hunter2"), "%s", err.detail);
}

/* ---- trust ---- */

#define DOCUMENT(items) "{\"format\":\"ratls-trust/1\",\"items\":[" items "]}"
#define POLICY(name, version, binding)                                                             \
    "{\"kind\":\"policy\",\"tee\":\"\",\"name\":\"" name "\",\"version\":" version                 \
    ",\"state\":\"active\",\"body\":{\"tees\":{\"tdx\":{\"insecure_any_measurement\":true}},"      \
    "\"binding\":\"" binding "\"}}"

static enum ratls_err trust_of(const char *lines, const char *document)
{
    load(lines);
    px_files_clear(files);
    files->complete = true;
    cr_assert_eq(px_files_add(files, "store:sqlite:/s", ratls_bytes_str(document)), RATLS_OK);
    cr_assert_eq(px_files_add(files, "p", ratls_bytes_str("{\"tees\":{},\"binding\":\"key\"}")),
                 RATLS_OK);
    ratls_trust_unref(trust);
    return px_service_trust(&env, &config->services[0], NULL, &trust, &err);
}

static void expect_level(const char *lines, const char *document, enum ratls_level level)
{
    cr_assert_eq(trust_of(lines, document), RATLS_OK, "%s", err.detail);
    cr_expect_eq(ratls_trust_required_level(trust), level);
}

Test(proxy_stores, the_policy_is_that_of_the_store)
{
    static const char both[] =
        DOCUMENT(POLICY("default", "1", "quote") "," POLICY("strict", "1", "key"));

    expect_level(STORE, both, RATLS_LEVEL_QUOTE);
    expect_level(STORE "stored-policy = strict\n", both, RATLS_LEVEL_KEY);
    expect_level(STORE, DOCUMENT(POLICY("strict", "1", "key")), RATLS_LEVEL_SESSION);
    expect_level(STORE "policy = p\n", both, RATLS_LEVEL_KEY);
    cr_expect_eq(trust_of(STORE "stored-policy = none\n", both), RATLS_E_NOT_FOUND);
    cr_expect_not_null(strstr(err.detail, "[web] stored-policy: "), "%s", err.detail);
}

#define BUNDLE(revision)                                                                           \
    "{\"format\":\"ratls-trust/1\",\"issuer\":\"acme\",\"bundle\":\"web\",\"revision\":" revision  \
    ",\"items\":[]}"

/* T45 */
Test(proxy_stores, trust_that_would_take_back_what_was_newer_is_refused)
{
    cr_assert_eq(trust_of(STORE, BUNDLE("7")), RATLS_OK);
    struct ratls_trust *old = ratls_trust_ref(trust), *next = NULL;

    px_files_clear(files);
    files->complete = true;
    cr_assert_eq(px_files_add(files, "store:sqlite:/s", ratls_bytes_str(BUNDLE("6"))), RATLS_OK);
    cr_expect_eq(px_service_trust(&env, &config->services[0], old, &next, &err), RATLS_E_ROLLBACK);
    cr_expect_null(next);
    cr_expect_not_null(strstr(err.detail, "[web] trust: bundle web"), "%s", err.detail);
    ratls_trust_unref(old);
}

Test(proxy_stores, a_document_that_is_malformed_is_named)
{
    cr_expect_eq(trust_of(STORE, "{}"), RATLS_E_TRUST_FORMAT);
    cr_expect_not_null(strstr(err.detail, "[web] store sqlite:/s: "), "%s", err.detail);
}

Test(proxy_stores, nothing_is_loaded_without_a_store)
{
    px_stores_free(stores);
    load("[web]\naccept = 127.0.0.1:1\nconnect = 2\nmode = verify\npolicy = p\n");
    cr_assert_eq(px_stores_new(config, &env, NULL, &stores, &err), RATLS_OK);
    cr_expect_eq(px_stores_look(stores, 0, false, &err), PX_STORE_NONE);
    cr_expect_eq(px_stores_add(stores, files), RATLS_OK);
    cr_expect_eq(files->n, 0);
}
