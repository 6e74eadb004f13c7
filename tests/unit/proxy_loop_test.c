/* Does a connection come back to where it was accepted? Threat T180. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#include "base.h"
#include "loop.h"

static struct px_config config;

static struct px_address at(char *host, const char *port)
{
    struct px_address a = {.text = "test", .host = host};

    (void)snprintf(a.port, sizeof a.port, "%s", port);
    return a;
}

static void service(struct px_address accept, struct px_address connect)
{
    struct px_service *s = &config.services[config.n_services++];

    s->accept = accept;
    s->connect[0] = connect;
    s->n_connect = 1;
}

static bool leads_home(size_t from, const char *ip, uint16_t port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const struct sockaddr *to = (const struct sockaddr *)&four;

    if (inet_pton(AF_INET, ip, &four.sin_addr) != 1) {
        cr_assert_eq(inet_pton(AF_INET6, ip, &six.sin6_addr), 1);
        to = (const struct sockaddr *)&six;
    }
    return px_loop_leads_home(&config, &config.services[from], to);
}

Test(proxy_loop, own_listener_is_home)
{
    static const struct {
        char *accept, *dialled;
        bool home;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "::ffff:127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1", "0.0.0.0", true},
        {"::1", "::1", true},
        {"::1", "127.0.0.1", false},
        {"::1", "::", true},
        {"", "127.0.0.1", true},
        {"", "127.0.0.9", true},
        {"", "::1", true},
        {"", "192.0.2.1", false},
        {"0.0.0.0", "127.0.0.1", true},
        {"0.0.0.0", "::1", false},
        {"::", "::1", true},
        {"::", "127.0.0.1", false},
        {"localhost", "127.0.0.1", true},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "127.0.0.1", false},
        {"name.example", "192.0.2.7", false},
    };

    for (size_t i = 0; i < RT_COUNT(cases); i++) {
        config = (struct px_config){0};
        service(at(cases[i].accept, "4000"), at("192.0.2.9", "1"));
        cr_expect_eq(leads_home(0, cases[i].dialled, 4000), cases[i].home, "%s, %s",
                     cases[i].accept, cases[i].dialled);
        cr_expect_not(leads_home(0, cases[i].dialled, 4001));
    }
}

Test(proxy_loop, another_service_is_no_home_unless_it_leads_there)
{
    service(at("127.0.0.1", "4000"), at("127.0.0.1", "4001"));
    service(at("127.0.0.1", "4001"), at("localhost", "4002"));
    service(at("127.0.0.1", "4002"), at("192.0.2.1", "4000"));
    cr_expect_not(leads_home(0, "127.0.0.1", 4001), "a chain ends");
    config.services[2].connect[0] = at("127.0.0.1", "4000");
    for (size_t i = 0; i < 3; i++)
        cr_expect(leads_home(i, "127.0.0.1", 4001), "a circle does not");
    service(at("127.0.0.1", "4003"), at("127.0.0.1", "4000"));
    cr_expect_not(leads_home(3, "127.0.0.1", 4000), "the circle is that of others");
}

Test(proxy_loop, sockets_are_told_apart_by_their_paths)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/a"};
    const struct sockaddr *to = (const struct sockaddr *)&un;

    service((struct px_address){.path = "/run/a"}, at("127.0.0.1", "1"));
    service((struct px_address){.path = "/run/b"}, (struct px_address){.path = "/run/a"});
    cr_expect(px_loop_leads_home(&config, &config.services[0], to));
    cr_expect_not(px_loop_leads_home(&config, &config.services[1], to));
}
