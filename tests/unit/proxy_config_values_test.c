/* Values with a grammar of their own: ranges of ports, filters, socket options, names to route by.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "proxy_config_support.h"

TestSuite(config_values, .fini = teardown);

/* ---- ranges ---- */

#define RANGED(accept, connect)                                                                    \
    "attester = tsm\npolicy = p\n[web]\naccept = " accept "\nconnect = " connect "\n"

Test(config_values, a_range_of_ports_is_a_service_for_each)
{
    const struct px_service *s = load(RANGED("10.0.0.1:8000-8002", "[::1]:98-100"));

    cr_assert_eq(config->n_services, 3);
    cr_expect(same(s[0].name, "web:8000") && same(s[2].name, "web:8002"));
    cr_expect(same(s[0].section, "web") && same(s[2].section, "web") && s[2].line == 3);
    cr_expect(same(s[1].accept.port, "8001") && same(s[1].accept.text, "10.0.0.1:8001"));
    cr_expect(same(s[0].connect[0].text, "[::1]:98") && same(s[2].connect[0].text, "[::1]:100"));
    cr_expect(same(s[2].connect[0].port, "100") && same(s[2].connect[0].host, "::1"));
    cr_expect(s[1].accept.n_ports == 1 && s[1].connect[0].n_ports == 1);
}

Test(config_values, ranges_have_every_form_of_an_address)
{
    const struct px_service *s = load(RANGED("65534-65535", ":1-2"));

    cr_assert_eq(config->n_services, 2);
    cr_expect(same(s[1].accept.text, "65535") && same(s[1].accept.host, ""));
    cr_expect(same(s[1].connect[0].text, "2") && same(s[1].connect[0].host, "127.0.0.1"));
    s = load(RANGED("7-7", "a.example:9"));
    cr_expect(config->n_services == 1 && same(s->name, "web") && same(s->accept.port, "7"));
}

Test(config_values, refuses_ranges_that_do_not_fit)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *words;
    } bad[] = {
        {RANGED("1-2", "1-3"), 3, "2 and 3 ports"},
        {RANGED("1-2", "1"), 3, "2 and 1 ports"},
        {RANGED("1", "1-2"), 3, "1 and 2 ports"},
        {RANGED("1-2", "/run/x"), 3, "2 and 1 ports"},
        {RANGED("1-2", "1-2\nconnect = 3"), 3, "2 and 1 ports"},
        {RANGED("2-1", "2-1"), 4, "such as 8000-8009"},
        {RANGED("1-", "1"), 4, "such as 8000-8009"},
        {RANGED("-1", "1"), 4, "such as 8000-8009"},
        {RANGED("0-1", "1-2"), 4, "such as 8000-8009"},
        {RANGED("1-65536", "1"), 4, "such as 8000-8009"},
        {RANGED("a:1-2-3", "1"), 4, "such as 8000-8009"},
        {RANGED("a:123456-7", "1"), 4, "such as 8000-8009"},
        {RANGED("1-65", "1-65"), 3, "more than 64 services"},
        {RANGED("1-2", "1-2") "[b]\naccept = 2\nconnect = 1\n", 7, "the same accept"},
    };

    for (size_t i = 0; i < PX_COUNT(bad); i++)
        refuses(bad[i].text, bad[i].line, bad[i].words);
    load(RANGED("1-64", "1-64"));
    cr_expect_eq(config->n_services, PX_MAX_SERVICES);
}

/* ---- addresses ---- */

Test(config_values, unix_may_be_written_before_a_path)
{
    struct px_address a;

    cr_assert_eq(px_address_parse("unix:/run/x", &a, NULL), RATLS_OK);
    cr_expect(same(a.path, "/run/x") && same(a.text, "unix:/run/x") && !a.host);
    px_address_free(&a);
    cr_expect_eq(px_address_parse("unix:x", &a, NULL), RATLS_E_CONFIG);
    cr_expect_eq(px_address_parse("1-2", &a, NULL), RATLS_E_CONFIG);
}

Test(config_values, sockets_of_a_service_manager_have_a_name)
{
    static const char *const bad[] = {"systemd:", "systemd:a:b", "systemd:a b", "systemd:/x"};
    struct px_address a;

    cr_assert_eq(px_address_parse_listen("systemd:web-1.x@y_z", &a, NULL), RATLS_OK);
    cr_expect(same(a.activation, "web-1.x@y_z") && !a.host && !a.path && a.n_ports == 1);
    px_address_free(&a);
    for (size_t i = 0; i < PX_COUNT(bad); i++)
        cr_expect_eq(px_address_parse_listen(bad[i], &a, NULL), RATLS_E_CONFIG, "%s", bad[i]);
    cr_expect_neq(px_address_parse("systemd:web", &a, NULL), RATLS_OK);
}

Test(config_values, several_connect_addresses_keep_their_order)
{
    char text[1024] = WEB;
    const struct px_service *s = load(WEB "connect = b:3\nconnect = /run/c\n");

    cr_assert_eq(s->n_connect, 3);
    cr_expect(same(s->connect[0].port, "2") && same(s->connect[1].host, "b") &&
              same(s->connect[2].path, "/run/c") && !s->connect[3].text);
    for (size_t i = 1; i < PX_MAX_CONNECT; i++)
        strcat(text, "connect = 9\n");
    cr_expect_eq(load(text)->n_connect, PX_MAX_CONNECT);
    strcat(text, "connect = 9\n");
    refuses(text, 5 + PX_MAX_CONNECT, "more than 16 addresses");
}

/* ---- filters ---- */

Test(config_values, filters_are_hosts_suffixes_and_networks)
{
    static const struct {
        const char *text, *name;
        bool suffix;
        int family;
        unsigned prefix;
        uint16_t first, last;
    } rows[] = {
        {"db.example", "db.example", false, 0, 0, 1, 65535},
        {"db.example:443", "db.example", false, 0, 0, 443, 443},
        {"*.example.org:1-1024", ".example.org", true, 0, 0, 1, 1024},
        {"10.0.0.1:80", "10.0.0.1", false, 0, 0, 80, 80},
        {"10.0.0.0/8", NULL, false, AF_INET, 8, 1, 65535},
        {"0.0.0.0/0:22", NULL, false, AF_INET, 0, 22, 22},
        {"192.168.1.255/32:1-2", NULL, false, AF_INET, 32, 1, 2},
        {"[2001:db8::]/32:443", NULL, false, AF_INET6, 32, 443, 443},
        {"[::1]/128", NULL, false, AF_INET6, 128, 1, 65535},
        {"[::1]:8080", "::1", false, 0, 0, 8080, 8080},
        {"[::1]", "::1", false, 0, 0, 1, 65535},
    };

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        struct px_filter f;
        cr_assert_eq(px_filter_parse(rows[i].text, &f, NULL), RATLS_OK, "%s", rows[i].text);
        cr_expect(same(f.text, rows[i].text) && f.suffix == rows[i].suffix, "%s", rows[i].text);
        cr_expect(rows[i].name ? same(f.name, rows[i].name) : !f.name, "%s", rows[i].text);
        cr_expect(f.family == rows[i].family && f.prefix == rows[i].prefix, "%s", rows[i].text);
        cr_expect(f.first_port == rows[i].first && f.last_port == rows[i].last, "%s", rows[i].text);
        px_filter_free(&f);
    }
}

Test(config_values, refuses_what_is_no_filter)
{
    static const char *const bad[] = {
        "",           "*",           "*.",         "*a.example",  "*.10.0.0.1",   "a.*",
        ":80",        "a:",          "a:0",        "a:65536",     "a:2-1",        "a:1-",
        "a:-1",       "a:x",         "a:1-2-3",    "a:1:2",       "::1",          "::1:80",
        "[::1",       "[a]:1",       "[10.0.0.1]", "[::1]x",      "10.0.0.0/",    "10.0.0.0/33",
        "10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/x", "10.0.0.0/8x", "10.0.0.0/999", "[::1]/129",
        "[::1]/127",  "a/8",         "*.a/8",      "1.2.3:4",     "10.0.0.0/8:",  "a b",
        "[]:1",       "[]",
    };
    struct ratls_error why = {0};

    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        struct px_filter f;
        why = (struct ratls_error){0};
        cr_expect_eq(px_filter_parse(bad[i], &f, &why), RATLS_E_CONFIG, "%s", bad[i]);
        cr_expect(why.detail[0] && !f.text && !f.name, "%s", bad[i]);
    }
}

/* ---- socket options ---- */

Test(config_values, socket_options_are_those_of_stunnel_that_matter)
{
    static const struct {
        const char *text;
        char where;
        int level, name, value, linger_s;
    } rows[] = {
        {"a:SO_KEEPALIVE=1", 'a', SOL_SOCKET, SO_KEEPALIVE, 1, 0},
        {"l:TCP_NODELAY=0", 'l', IPPROTO_TCP, TCP_NODELAY, 0, 0},
        {"r:tcp_keepidle=60", 'r', IPPROTO_TCP, TCP_KEEPIDLE, 60, 0},
        {"r:TCP_KEEPINTVL=32767", 'r', IPPROTO_TCP, TCP_KEEPINTVL, 32767, 0},
        {"r:TCP_KEEPCNT=1", 'r', IPPROTO_TCP, TCP_KEEPCNT, 1, 0},
        {"l:SO_LINGER=1:60", 'l', SOL_SOCKET, SO_LINGER, 1, 60},
        {"l:SO_LINGER=0:0", 'l', SOL_SOCKET, SO_LINGER, 0, 0},
        {"r:SO_BINDTODEVICE=lo", 'r', SOL_SOCKET, SO_BINDTODEVICE, 0, 0},
    };

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        struct px_socket_option o;
        cr_assert_eq(px_socket_parse(rows[i].text, &o, NULL), RATLS_OK, "%s", rows[i].text);
        cr_expect(o.where == rows[i].where && o.level == rows[i].level && o.name == rows[i].name,
                  "%s", rows[i].text);
        cr_expect(o.value == rows[i].value && o.linger_s == rows[i].linger_s, "%s", rows[i].text);
        cr_expect(same(o.text, rows[i].text));
        cr_expect(o.name != SO_BINDTODEVICE || same(o.device, "lo"));
        free(o.text);
    }
}

Test(config_values, refuses_other_socket_options)
{
    static const char *const bad[] = {"",
                                      "a",
                                      "x:TCP_NODELAY=1",
                                      "aTCP_NODELAY=1",
                                      "a:SO_RCVBUF=1",
                                      "a:TCP_NODELA=1",
                                      "a:TCP_NODELAY",
                                      "a:TCP_NODELAY=",
                                      "a:TCP_NODELAY=2",
                                      "a:TCP_NODELAY=yes",
                                      "r:TCP_KEEPIDLE=0",
                                      "r:TCP_KEEPIDLE=32768",
                                      "r:TCP_KEEPIDLE=-1",
                                      "l:SO_LINGER=1",
                                      "l:SO_LINGER=2:1",
                                      "l:SO_LINGER=1:x",
                                      "r:SO_BINDTODEVICE=",
                                      "r:SO_BINDTODEVICE=a/b",
                                      "r:SO_BINDTODEVICE=0123456789abcdef"};

    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        struct px_socket_option o;
        struct ratls_error why = {0};
        cr_expect_eq(px_socket_parse(bad[i], &o, &why), RATLS_E_CONFIG, "%s", bad[i]);
        cr_expect(why.detail[0] && !o.text, "%s", bad[i]);
    }
}

/* ---- everything that goes through the table ---- */

static enum ratls_err set(const char *key, const char *value, struct px_service *s)
{
    struct ratls_error why = {0};
    enum ratls_err e = px_option_set(px_option_find(key), s, value, &why);

    cr_expect((e == RATLS_OK) == !why.detail[0], "%s = %s: %s", key, value, why.detail);
    return e;
}

static void clear(struct px_service *s)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (o->scope == PX_SERVICE)
            px_option_clear(o, s);
    *s = (struct px_service){0};
}

Test(config_values, sni_is_a_name_or_a_service_and_a_pattern)
{
    static const char *const bad[] = {"a b",    "web:",     ":a",     "web:*",
                                      "web:*.", "web:**.a", "web:a:b"};
    struct px_service s = {0};

    cr_assert_eq(set("sni", "a.example", &s), RATLS_OK);
    cr_expect(same(s.sni.name, "a.example") && s.sni.n_parts == 0);
    cr_expect_eq(set("sni", "b.example", &s), RATLS_E_CONFIG);
    clear(&s);
    cr_assert_eq(set("sni", "web:*.example", &s), RATLS_OK);
    cr_assert_eq(set("sni", "other:a.example", &s), RATLS_OK);
    cr_expect(!s.sni.name && s.sni.n_parts == 2);
    cr_expect(same(s.sni.part[0].service, "web") && same(s.sni.part[0].pattern, "*.example"));
    cr_expect(same(s.sni.part[1].service, "other") && same(s.sni.part[1].pattern, "a.example"));
    clear(&s);
    cr_assert_eq(set("sni", "", &s), RATLS_OK);
    cr_expect(!s.sni.name && s.sni.n_parts == 0);
    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        cr_expect_eq(set("sni", bad[i], &s), RATLS_E_CONFIG, "%s", bad[i]);
        clear(&s);
    }
}

Test(config_values, refuses_what_does_not_fit_its_kind)
{
    static const struct {
        const char *key, *value;
    } bad[] = {
        {"checkIP", "a.example"},
        {"checkIP", "10.0.0.1/8"},
        {"checkIP", ""},
        {"checkEmail", "a"},
        {"checkEmail", "@b.c"},
        {"checkEmail", "a@"},
        {"checkEmail", "a@b@c"},
        {"peer-spki", "00"},
        {"peer-spki", "sha256/AAAA"},
        {"plaintext-path", "healthz"},
        {"plaintext-path", "/a?b"},
        {"plaintext-path", "/a b"},
        {"identity-header", "a b"},
        {"identity-header", "a:"},
        {"identity-header", ""},
        {"local", "localhost"},
        {"local", ""},
        {"health-check", "https:/x"},
        {"health-check", "http:"},
        {"health-check", ""},
        {"health-check", "http:x"},
        {"protocol", "smtp"},
        {"protocol", "connect"},
        {"protocol", "http"},
        {"failover", "random"},
        {"retry", "1"},
        {"health-interval", "0"},
    };
    struct px_service s = {0};

    for (size_t i = 0; i < PX_COUNT(bad); i++) {
        cr_expect_eq(set(bad[i].key, bad[i].value, &s), RATLS_E_CONFIG, "%s = %s", bad[i].key,
                     bad[i].value);
        clear(&s);
    }
}

Test(config_values, lists_have_an_end)
{
    static const struct {
        const char *key, *value;
        size_t most;
    } rows[] = {{"checkIP", "::1", PX_MAX_NAMES},
                {"plaintext-path", "/a", PX_MAX_NAMES},
                {"filter", "a", PX_MAX_FILTERS},
                {"connect", "1", PX_MAX_CONNECT},
                {"socket", "a:TCP_NODELAY=1", PX_MAX_SOCKET},
                {"sni", "a:b.c", PX_MAX_NAMES}};
    struct px_service s = {0};

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        for (size_t k = 0; k < rows[i].most; k++)
            cr_expect_eq(set(rows[i].key, rows[i].value, &s), RATLS_OK, "%s", rows[i].key);
        cr_expect_eq(set(rows[i].key, rows[i].value, &s), RATLS_E_CONFIG, "%s", rows[i].key);
        clear(&s);
    }
}

/* ---- the process ---- */

Test(config_values, refuses_contradictions_of_the_process)
{
    refuses("sandbox = no\n" WEB, 1, "needs insecure-no-sandbox");
    refuses("insecure-no-sandbox = yes\n" WEB, 1, "no effect with sandbox = yes");
    refuses("sandbox = no\ninsecure-no-sandbox = yes\nsandbox-connect = yes\n" WEB, 3,
            "no effect with sandbox = no");
    refuses("sandbox-connect = yes\n[a]\naccept = 1\nclient = yes\nprotocol = socks-listen\n"
            "filter = a\nattester = tsm\npolicy = p\n",
            1, "the clients of a service choose the port");
    refuses(WEB "insecure-no-attestation = yes\n", 6, "without mode = none");
    refuses(WEB "sni = a.b\n", 6, "SERVICE:PATTERN is expected");
    refuses(WEB "sni = x:a.b\n", 6, "accept has no effect");
    refuses(WEB "client = yes\nsni = x:a.b\n", 7, "accept has no effect");
    refuses("[a]\nconnect = x:1\nclient = yes\nsni = x:a.b\n", 4, "no effect with client = yes");
}
