/* Connections by source. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>

#include "sources.h"

static struct px_sources *table;

static void setup(void)
{
    table = px_sources_new(ratls_env_system());
    cr_assert_not_null(table);
}

static void teardown(void)
{
    px_sources_free(table);
}

TestSuite(sources, .init = setup, .fini = teardown);

static struct sockaddr_storage from(const char *text)
{
    struct sockaddr_storage at = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&at;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&at;

    at.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (at.ss_family == AF_INET)
        cr_assert_eq(inet_pton(AF_INET, text, &four->sin_addr), 1);
    else
        cr_assert_eq(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
    return at;
}

static bool enter(const char *service, const char *text, struct px_source **out)
{
    const struct sockaddr_storage peer = from(text);

    return px_sources_enter(table, service, &peer, 2, out);
}

Test(sources, has_as_many_as_the_limit)
{
    struct px_source *s[3];

    cr_expect(enter("a", "192.0.2.1", &s[0]));
    cr_expect(enter("a", "192.0.2.1", &s[1]));
    cr_expect_not(enter("a", "192.0.2.1", &s[2]));
    cr_expect_null(s[2]);
    px_sources_leave(table, s[0]);
    cr_expect(enter("a", "192.0.2.1", &s[0]));
    px_sources_leave(table, s[0]);
    px_sources_leave(table, s[1]);
    px_sources_leave(table, s[2]);
}

Test(sources, are_counted_apart)
{
    static const char *const others[] = {"192.0.2.2", "2001:db8::1", "2001:db8:0:1::1",
                                         "::1",       "::c000:201",  "ffff:ffff:c000:201::"};
    struct px_source *s[2], *other[sizeof others / sizeof others[0]], *service;

    cr_expect(enter("a", "192.0.2.1", &s[0]));
    cr_expect(enter("a", "192.0.2.1", &s[1]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect(enter("a", others[i], &other[i]), "%s", others[i]);
    cr_expect(enter("b", "192.0.2.1", &service), "another service");
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        px_sources_leave(table, other[i]);
    px_sources_leave(table, service);
    px_sources_leave(table, s[0]);
    px_sources_leave(table, s[1]);
}

static void expect_same(const char *a, const char *b)
{
    struct px_source *s[3];

    cr_expect(enter("a", a, &s[0]));
    cr_expect(enter("a", b, &s[1]));
    cr_expect_eq(s[0], s[1], "%s and %s", a, b);
    cr_expect_not(enter("a", a, &s[2]));
    px_sources_leave(table, s[0]);
    px_sources_leave(table, s[1]);
}

Test(sources, of_a_64_are_one)
{
    expect_same("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff");
    expect_same("::ffff:192.0.2.1", "192.0.2.1");
}

Test(sources, unix_sockets_are_not_counted)
{
    const struct sockaddr_storage peer = {.ss_family = AF_UNIX};
    struct px_source *s = NULL;

    for (int i = 0; i < 5; i++)
        cr_expect(px_sources_enter(table, "a", &peer, 1, &s));
    cr_expect_null(s);
    px_sources_leave(table, NULL);
}

Test(sources, are_forgotten_when_all_left)
{
    struct px_source *s[300];
    char text[32];

    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 300; i++) {
            (void)snprintf(text, sizeof text, "10.0.%u.%u", i / 250, i % 250 + 1);
            cr_expect(enter("a", text, &s[i]));
        }
        for (unsigned i = 0; i < 300; i++)
            px_sources_leave(table, s[i]);
    }
}
