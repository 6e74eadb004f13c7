/* Services that have what another one accepts: what is refused, and which one has which name. */
#include "proxy_config_support.h"

TestSuite(config_sni, .fini = teardown);

#define END          "attester = tsm\npolicy = p.json\n"
#define ROUTED(name) "[" name "]\nconnect = 3\n" END /* lines 6 to 9 behind WEB; 10 is the next */

Test(config_sni, patterns_fit)
{
    static const struct {
        const char *name, *pattern;
        bool fits;
    } cases[] = {
        {"a.example", "a.example", true},
        {"a.example", "A.Example", true},
        {"b.example", "a.example", false},
        {"xa.example", "a.example", false},
        {"a.example.x", "a.example", false},
        {"a.exampl", "a.example", false},
        {"", "a.example", false},
        {"a.example", "*.example", true},
        {"a.example", "*.EXAMPLE", true},
        {"a.b.example", "*.example", true},
        {"example", "*.example", false},
        {".example", "*.example", false},
        {"aexample", "*.example", false},
        {"a.examples", "*.example", false},
        {"a.example.x", "*.example", false},
        {"le", "*.example", false},
        {"a.b.example", "*.b.example", true},
        {"b.example", "*.b.example", false},
        {"xb.example", "*.b.example", false},
        {"x.b.example", "*.example", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(px_sni_fits(cases[i].name, cases[i].pattern), cases[i].fits, "%s by %s",
                     cases[i].name, cases[i].pattern);
}

/* ---- refusals ---- */

Test(config_sni, refuses_what_nobody_would_ever_reach)
{
    refuses(WEB ROUTED("a") "sni = wen:a.b\n", 10, "there is no such service");
    refuses(WEB ROUTED("a") "sni = a:a.b\n", 10, "that service accepts nothing itself");
    refuses(WEB ROUTED("a") "sni = web:a.b\n" ROUTED("b") "sni = a:b.b\n", 15,
            "that service accepts nothing itself");
    refuses(WEB "client = yes\n" ROUTED("a") "sni = web:a.b\n", 11, "its clients name no server");
}

Test(config_sni, refuses_a_pattern_that_another_one_before_it_takes)
{
    static const char *const pairs[][2] = {{"a.b", "a.b"},  {"a.b", "A.B"},   {"*.b", "*.b"},
                                           {"*.b", "a.b"},  {"*.b", "x.a.b"}, {"*.b", "*.a.b"},
                                           {"*.B", "*.a.b"}};
    char text[1024];

    for (size_t i = 0; i < PX_COUNT(pairs); i++) {
        snprintf(text, sizeof text, WEB ROUTED("a") "sni = web:%s\n" ROUTED("b") "sni = web:%s\n",
                 pairs[i][0], pairs[i][1]);
        refuses(text, 15, "put this one first");
    }
}

Test(config_sni, refuses_what_has_no_effect_in_a_service_that_accepts_nothing)
{
    refuses(WEB ROUTED("a") "sni = web:a.b\nplaintext-path = /x\n", 11,
            "plaintext-path has no effect with sni");
    refuses(WEB ROUTED("a") "sni = web:a.b\nsocket = l:TCP_NODELAY=1\nsocket = a:TCP_NODELAY=1\n",
            12, "socket has no effect with sni");
    (void)load("socket = a:TCP_NODELAY=1\nplaintext-path = /x\n" WEB ROUTED(
        "a") "sni = web:a.b\nsocket = l:TCP_NODELAY=1\n"); /* defaults are for the others */
}

Test(config_sni, refuses_an_address_as_a_name)
{
    refuses(WEB ROUTED("a") "sni = web:10.0.0.1\n", 10, "no SERVICE:PATTERN");
    refuses(WEB ROUTED("a") "sni = web:*.10.0.0.1\n", 10, "no SERVICE:PATTERN");
}

/* ---- choice ---- */

static void expect_choice(const char *from, const char *name, const char *service)
{
    const struct px_service *s = NULL;

    for (size_t i = 0; i < config->n_services; i++)
        if (same(config->services[i].name, from))
            s = &config->services[i];
    cr_assert_not_null(s);
    cr_expect_str_eq(px_sni_choose(config, s, name)->name, service, "%s at %s", name, from);
}

Test(config_sni, the_first_pattern_that_fits_has_the_name)
{
    (void)load(ROUTED("api") "sni = web:api.a.b\n" ROUTED("all") "sni = web:*.b\n" WEB ROUTED(
        "alone") "accept = 127.0.0.1:9\n");
    expect_choice("web", "api.a.b", "api");
    expect_choice("web", "x.a.b", "all");
    expect_choice("web", "b", "web");
    expect_choice("web", "other", "web");
    expect_choice("alone", "api.a.b", "alone");
    expect_choice("api", "x.a.b", "api");
}

Test(config_sni, a_service_may_have_several_patterns)
{
    (void)load(WEB ROUTED("two") "accept = 127.0.0.1:9\n" ROUTED(
        "a") "sni = web:a.b\nsni = two:*.b\nsni = web:*.c\n");
    expect_choice("web", "a.b", "a");
    expect_choice("web", "x.b", "web");
    expect_choice("two", "x.b", "a");
    expect_choice("web", "x.c", "a");
    refuses(WEB ROUTED("a") "sni = web:a.b\nsni = webs:*.b\n", 11, "there is no such service");
    refuses(WEB ROUTED("a") "sni = web:*.b\nsni = web:a.c\nsni = web:a.b\n", 12,
            "put this one first");
    refuses(
        "sni = web:a.b\nsni = wen:a.c\n" ROUTED("a") "[web]\nsni =\naccept = 1\nconnect = 2\n" END,
        1, "there is no such service");
}

Test(config_sni, the_same_pattern_may_be_at_another_service)
{
    (void)load(WEB ROUTED("two") "accept = 127.0.0.1:9\n" ROUTED("a") "sni = web:a.b\n" ROUTED(
        "b") "sni = two:a.b\n");
    expect_choice("web", "a.b", "a");
    expect_choice("two", "a.b", "b");
}

Test(config_sni, a_range_of_ports_is_one_service)
{
    (void)load("[web]\naccept = 127.0.0.1:1-2\nconnect = 5-6\n" END ROUTED("a") "sni = web:a.b\n");
    cr_assert_eq(config->n_services, 3);
    expect_choice("web:1", "a.b", "a");
    expect_choice("web:2", "a.b", "a");
}

Test(config_sni, only_a_service_of_which_others_have_a_part_routes)
{
    (void)load(WEB ROUTED("a") "sni = web:a.b\n" ROUTED("alone") "accept = 127.0.0.1:9\n");
    cr_expect(px_sni_routes(config, &config->services[0]));
    cr_expect_not(px_sni_routes(config, &config->services[1]));
    cr_expect_not(px_sni_routes(config, &config->services[2]));
}
