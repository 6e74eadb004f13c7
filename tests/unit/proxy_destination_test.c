/* Destinations: one spelling each, and what filters say of them. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <stdio.h>

#include "config_impl.h"
#include "destination.h"

Test(destination, has_one_spelling)
{
    static const struct {
        const char *asked, *is;
    } cases[] = {
        {"web.example:443", "web.example:443"},
        {"Web.EXAMPLE:8443", "web.example:8443"},
        {"a_b-c.0x.example:1", "a_b-c.0x.example:1"},
        {"localhost:65535", "localhost:65535"},
        {"192.0.2.1:80", "192.0.2.1:80"},
        {"[2001:DB8:0:0:0:0:0:1]:443", "[2001:db8::1]:443"},
        {"[2001:db8::0:1]:443", "[2001:db8::1]:443"},
        {"[::ffff:192.0.2.1]:80", "192.0.2.1:80"},
        {"[::FFFF:c000:201]:80", "192.0.2.1:80"},
        {"[0:0:0:0:0:ffff:c000:0201]:80", "192.0.2.1:80"},
        {"[::1]:80", "[::1]:80"},
    };
    struct px_destination d;
    char text[PX_MAX_TARGET];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect(px_destination_parse(ratls_bytes_str(cases[i].asked), &d), "%s", cases[i].asked);
        px_destination_text(&d, text);
        cr_expect_str_eq(text, cases[i].is);
    }
}

Test(destination, refuses_other_spellings)
{
    static const char *const cases[] = {
        "",
        ":",
        ":80",
        "web.example",
        "web.example:",
        "web.example:0",
        "web.example:65536",
        "web.example:080",
        "web.example:+80",
        "web.example:80 ",
        "web.example:http",
        "web.example:99999999999999999999",
        "web.example.:80",
        ".web.example:80",
        "a..b:80",
        "-a.example:80",
        "a-.example:80",
        "user@web.example:80",
        "web.example/:80",
        "web example:80",
        "web.ex\xc3\xa4mple:80",
        "http://web.example:80",
        "*.example:80",
        /* what resolvers take for 127.0.0.1 */
        "2130706433:80",
        "0x7f000001:80",
        "0X7F000001:80",
        "017700000001:80",
        "127.1:80",
        "127.0.1:80",
        "127.0.0.01:80",
        "0177.0.0.1:80",
        "0x7f.0.0.1:80",
        "127.0.0.0x1:80",
        "127.0.0.1.:80",
        "1.2.3.4.5:80",
        "256.0.0.1:80",
        "0x:80",
        /* this machine */
        "0.0.0.0:80",
        "[::]:80",
        "[::ffff:0.0.0.0]:80",
        /* brackets are of IPv6, and IPv6 is in brackets */
        "::1:80",
        "[::1]",
        "[::1:80",
        "::1]:80",
        "[127.0.0.1]:80",
        "[web.example]:80",
        "[]:80",
        "[::1%lo]:80",
        "[fe80::1%25eth0]:80",
        "[[::1]]:80",
        "[::1]x:80",
        "[::1] :80",
        "2001:db8::1",
        "[1:2:3:4:5:6:7:8:9]:80",
        "[::ffff:0177.0.0.1]:80",
    };
    struct px_destination d;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_not(px_destination_parse(ratls_bytes_str(cases[i]), &d), "%s", cases[i]);
    cr_expect_not(px_destination_host(ratls_bytes("127.0.0.1\0.a", 12), 80, &d));
    cr_expect_not(px_destination_host(ratls_bytes("a\0.example", 10), 80, &d));
}

Test(destination, has_limits_of_names)
{
    struct px_destination d;
    char name[PX_MAX_HOST + 2];

    memset(name, 'a', sizeof name);
    for (size_t i = 63; i < sizeof name; i += 64)
        name[i] = '.';
    cr_expect(px_destination_host(ratls_bytes(name, PX_MAX_HOST), 80, &d));
    cr_expect_not(px_destination_host(ratls_bytes(name, PX_MAX_HOST + 1), 80, &d));
    name[63] = 'a';
    cr_expect_not(px_destination_host(ratls_bytes(name, 100), 80, &d));
}

static bool allowed(const char *asked, const char *filter)
{
    struct px_filter list[2] = {0};
    struct px_destination d;
    struct ratls_error why = {0};

    cr_assert_eq(px_filter_parse(filter, &list[0], &why), RATLS_OK, "%s: %s", filter, why.detail);
    cr_assert(px_destination_parse(ratls_bytes_str(asked), &d), "%s", asked);
    bool is = px_destination_allowed(&d, list);
    px_filter_free(&list[0]);
    return is;
}

Test(destination, is_allowed_by_a_filter)
{
    static const struct {
        const char *asked, *filter;
        bool is;
    } cases[] = {
        {"a.example:443", "a.example:443", true},
        {"A.Example:443", "a.eXample:443", true},
        {"a.example:443", "a.example", true},
        {"a.example:444", "a.example:443", false},
        {"a.example:443", "a.example:443-444", true},
        {"a.example:444", "a.example:443-444", true},
        {"a.example:442", "a.example:443-444", false},
        {"a.example:445", "a.example:443-444", false},
        {"b.example:443", "a.example:443", false},
        {"xa.example:443", "a.example:443", false},
        {"a.example.evil.test:443", "a.example:443", false},
        {"a.example:443", "*.example:443", true},
        {"a.b.example:443", "*.example:443", true},
        {"aexample:443", "*.example:443", false},
        {"example:443", "*.example:443", false},
        {"a.example.test:443", "*.example:443", false},
        {"a.examples:443", "*.example:443", false},
        /* an address is no name, and a name no address */
        {"192.0.2.1:443", "192.0.2.1:443", true},
        {"192.0.2.10:443", "192.0.2.1:443", false},
        {"[::ffff:192.0.2.1]:443", "192.0.2.1:443", true},
        {"192.0.2.1:443", "[::ffff:192.0.2.1]:443", true},
        {"[2001:db8:0::1]:443", "[2001:db8::1]:443", true},
        {"[2001:db8::2]:443", "[2001:db8::1]:443", false},
        {"192.0.2.1:443", "192.0.2.0/24:443", true},
        {"192.0.3.1:443", "192.0.2.0/24:443", false},
        {"192.0.2.127:443", "192.0.2.0/25:443", true},
        {"192.0.2.128:443", "192.0.2.0/25:443", false},
        {"192.0.2.1:443", "192.0.2.1/32:443", true},
        {"[::ffff:192.0.2.1]:443", "192.0.2.0/24:443", true},
        {"[2001:db8:ffff::1]:443", "[2001:db8::]/32:443", true},
        {"[2001:db9::1]:443", "[2001:db8::]/32:443", false},
        {"[2001:db8::1]:443", "0.0.0.0/0:443", false},
        {"192.0.2.1:443", "[::]/0:443", false},
        {"[::ffff:192.0.2.1]:443", "[::]/0:443", false},
        {"a.example:443", "0.0.0.0/0:443", false},
        {"a.example:443", "[::]/0:443", false},
        {"192.0.2.1:443", "*.example:443", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(allowed(cases[i].asked, cases[i].filter), cases[i].is, "%s by %s",
                     cases[i].asked, cases[i].filter);
}

Test(destination, is_refused_by_an_empty_list)
{
    const struct px_filter none[1] = {0};
    struct px_destination d;

    cr_assert(px_destination_parse(ratls_bytes_str("a.example:1"), &d));
    cr_expect_not(px_destination_allowed(&d, none));
}
