/* Users: their file, and who is one. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "users.h"

#define BYTES(text) ratls_bytes(text, sizeof(text) - 1)
#define CANARY      "hunter2-canary"

static struct px_users *users;
static struct ratls_error err;

static bool knows(const char *user, const char *password)
{
    const char *name = px_users_know(users, ratls_bytes_str(user), ratls_bytes_str(password));

    cr_expect(!name || strcmp(name, user) == 0);
    return name;
}

static void teardown(void)
{
    px_users_free(users);
    users = NULL;
}

TestSuite(proxy_users, .fini = teardown);

static void parse(struct ratls_bytes text)
{
    px_users_free(users);
    err = (struct ratls_error){0};
    cr_assert_eq(px_users_parse(text, &users, &err), RATLS_OK, "%s", err.detail);
}

Test(proxy_users, every_line_is_a_user)
{
    parse(BYTES("# of this machine\n\nalice:" CANARY "\r\nbob:pass:word \xc3\xa4\ncarol:12345678"));
    cr_expect(knows("alice", CANARY));
    cr_expect(knows("bob", "pass:word \xc3\xa4"));
    cr_expect(knows("carol", "12345678"));
    /* printf alice:hunter2-canary | base64 */
    cr_expect_str_eq(px_users_know_basic(users, BYTES("YWxpY2U6aHVudGVyMi1jYW5hcnk=")), "alice");
}

Test(proxy_users, nobody_else_is)
{
    char longest[PX_MAX_USER + 2];

    parse(BYTES("alice:" CANARY "\nbob:pass:word\n"));
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    cr_expect_not(knows("alice", "hunter2-canarY"));
    cr_expect_not(knows("alice", CANARY "x"));
    cr_expect_not(knows("alice", "hunter2-canar"));
    cr_expect_not(knows("alice", ""));
    cr_expect_not(knows("", CANARY));
    cr_expect_not(knows("Alice", CANARY));
    cr_expect_not(knows("alice", "pass:word"));
    cr_expect_not(knows("bob:pass", "word"), "a pair that reads as another one");
    cr_expect_null(px_users_know(users, BYTES("alice"), BYTES(CANARY "\0")));
    cr_expect_not(knows(longest, CANARY));
    cr_expect_not(knows("alice", longest));
    cr_expect_null(px_users_know_basic(users, BYTES("")));
    cr_expect_null(px_users_know_basic(users, BYTES("YWxpY2U6aHVudGVyMi1jYW5hcnk")));
    cr_expect_null(px_users_know_basic(users, BYTES("YWxpY2U6aHVudGVyMi1jYW5hcnk==")));
    cr_expect_null(px_users_know_basic(users, BYTES("YWxpY2U6aHVudGVyMi1jYW5hcnk=\0")));
    cr_expect_null(px_users_know_basic(users, BYTES("alice:" CANARY)));
}

static void refuses(struct ratls_bytes text, const char *why)
{
    err = (struct ratls_error){0};
    cr_expect_eq(px_users_parse(text, &users, &err), RATLS_E_CONFIG, "%s", why);
    cr_expect_null(users);
    cr_expect_not_null(strstr(err.detail, why), "'%s' instead of '%s'", err.detail, why);
    cr_expect_null(strstr(err.detail, "canary"), "%s", err.detail);
}

Test(proxy_users, bad_lines_are_named_but_not_shown)
{
    static const struct {
        struct ratls_bytes text;
        const char *why;
    } rows[] = {
#define ROW(text, why) {{(const uint8_t *)(text), sizeof(text) - 1}, why}
        ROW("", "no user"),
        ROW("# nobody\n\n", "no user"),
        ROW("a:" CANARY "\ncanary\n", "line 2: expected USER:PASSWORD"),
        ROW(":" CANARY "\n", "line 1: expected USER:PASSWORD"),
        ROW("canary:1234567\n", "line 1: expected a password of 8 to 255"),
        ROW("canary:\n", "line 1: expected a password of 8 to 255"),
        ROW("canary:1234\t5678\n", "line 1: a control character"),
        ROW("canary:1234\0005678\n", "line 1: a control character"),
        ROW("canary:1234\1775678\n", "line 1: a control character"),
        ROW("\n\ncanary:" CANARY "\ncanary:12345678\n", "line 4: this user was there already"),
#undef ROW
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refuses(rows[i].text, rows[i].why);
}

Test(proxy_users, lengths_have_limits)
{
    char line[2 * PX_MAX_USER + 8];

    (void)snprintf(line, sizeof line, "%0*d:%0*d", PX_MAX_USER, 1, PX_MAX_USER, 2);
    parse(ratls_bytes_str(line));
    cr_expect_not_null(px_users_know(users, ratls_bytes(line, PX_MAX_USER),
                                     ratls_bytes(&line[PX_MAX_USER + 1], PX_MAX_USER)));
    cr_expect_null(px_users_know(users, ratls_bytes(line, PX_MAX_USER),
                                 ratls_bytes(&line[PX_MAX_USER + 1], PX_MAX_USER - 1)));
    teardown();
    (void)snprintf(line, sizeof line, "%0*d:12345678", PX_MAX_USER + 1, 1);
    refuses(ratls_bytes_str(line), "USER with 1 to 255");
    (void)snprintf(line, sizeof line, "a:%0*d", PX_MAX_USER + 1, 1);
    refuses(ratls_bytes_str(line), "a password of 8 to 255");
}

Test(proxy_users, there_are_at_most_64)
{
    char text[(PX_MAX_USERS + 1) * 16] = "", last[16];
    size_t len = 0;

    for (int i = 0; i < PX_MAX_USERS; i++)
        len += (size_t)snprintf(&text[len], sizeof text - len, "%02d:12345678\n", i);
    parse(ratls_bytes_str(text));
    (void)snprintf(last, sizeof last, "%02d", PX_MAX_USERS - 1);
    cr_expect(knows("00", "12345678") && knows(last, "12345678"));
    teardown();
    (void)snprintf(&text[len], sizeof text - len, "xx:12345678\n");
    refuses(ratls_bytes_str(text), "line 65: more than 64 users");
}
