/* Keys of passports: what they mean together, and what is refused. */
#include "proxy_config_support.h"

TestSuite(config_passport, .fini = teardown);

#define ISSUER   "passport-issuer = https://as.example /as.jwks\n"
#define AUDIENCE "passport-audience = web\n"

Test(config_passport, issuers_and_audience_go_together)
{
    cr_expect_str_eq(load(ISSUER AUDIENCE WEB)->passport_audience, "web");
    refuses(WEB ISSUER, 6, "passport-audience is missing");
    refuses(ISSUER WEB, 1, "passport-audience is missing");
    refuses(WEB AUDIENCE, 6, "passport-issuer is missing");
    refuses(WEB AUDIENCE "passport-issuer = https://as.example as.jwks\n", 7, "ISS /FILE");
    refuses(WEB ISSUER "passport-audience = a b\n", 7, "name of a target");
    refuses(WEB ISSUER AUDIENCE "passport-audience = c\n", 8, "passport-audience");
}

Test(config_passport, who_judges_nobody_believes_nobody)
{
    refuses(WEB ISSUER AUDIENCE "mode = attest\n", 5, "has no effect with mode = attest");
    cr_expect_null(load(ISSUER AUDIENCE "[web]\naccept = 127.0.0.1:1\nconnect = 2\nattester = tsm\n"
                                        "mode = attest\n")
                       ->passport_issuer[0]);
}

#define FROM "passport-from = https://as.example/token\n"

Test(config_passport, an_endpoint_is_a_url_with_a_path)
{
    static const struct {
        const char *url;
        uint16_t port; /* 0: it is none */
    } rows[] = {
        {"https://as.example/token", 443},
        {"https://as.example:8443/", 8443},
        {"https://127.0.0.1:1/a/b", 1},
        {"https://[::1]/t", 443},
        {"https://[::1]:65535/t", 65535},
        {"http://as.example/token", 0},
        {"https://as.example", 0},
        {"https:///token", 0},
        {"https://as.example:0/token", 0},
        {"https://as.example:65536/token", 0},
        {"https://as.example:/token", 0},
        {"https://as.example/a?b", 0},
        {"https://as.example/a#b", 0},
        {"https://as.example/a b", 0},
        {"https://u@as.example/a", 0},
        {"https://as.example\\@b/a", 0},
        {"https://[::1/t", 0},
        {"https://[as.example]/t", 0},
        {"as.example/token", 0},
    };
    char text[512];

    for (size_t i = 0; i < PX_COUNT(rows); i++) {
        snprintf(text, sizeof text, WEB "passport-from = %s\n", rows[i].url);
        if (rows[i].port)
            cr_expect_eq(px_service_passport_port(load(text)), rows[i].port, "%s", rows[i].url);
        else
            refuses(text, 6, "endpoint of the form https://HOST[:PORT]/PATH");
    }
}

Test(config_passport, somebody_judges_the_endpoint)
{
    refuses(WEB "mode = attest\n" FROM, 5, "policy has no effect");
    refuses("[w]\naccept = 127.0.0.1:1\nconnect = 2\nattester = tsm\nmode = attest\n" FROM, 6,
            "passport-CAfile is missing");
    load("[w]\naccept = 127.0.0.1:1\nconnect = 2\nattester = tsm\nmode = attest\n"
         "passport-CAfile = ca\n" FROM);
    refuses(WEB "opa = http://127.0.0.1:1\n" FROM, 7, "opa is not asked about the endpoint");
    load(WEB "opa = http://127.0.0.1:1\npassport-policy = q\n" FROM);
    load(WEB "opa = http://127.0.0.1:1\npassport-CAfile = ca\n" FROM);
}

Test(config_passport, keys_of_the_endpoint_need_it)
{
    refuses(WEB "passport-target = a\n", 6, "passport-target needs passport-from");
    refuses(WEB "passport-policy = a\n", 6, "passport-policy needs passport-from");
    refuses(WEB "passport-CAfile = a\n", 6, "passport-CAfile needs passport-from");
    refuses("[w]\naccept = 127.0.0.1:1\nconnect = 2\nmode = verify\npolicy = p\n" FROM, 6,
            "has no effect with mode = verify");
}

Test(config_passport, devices_are_shown_to_the_endpoint)
{
    cr_expect_str_eq(load(WEB FROM "device = nvidia:a=1\n")->device[0], "nvidia:a=1");
    refuses(WEB "proof = key\nbinding = key\ndevice = nvidia\n", 8,
            "has no effect with proof = key");
}

Test(config_passport, its_files_are_handed_over)
{
    const struct px_service *s = load(WEB FROM "passport-policy = q\npassport-CAfile = ca\n");

    cr_expect_str_eq(px_service_file(s, 0), "ca");
    cr_expect_null(px_service_file(s, 1));
    cr_expect_str_eq(px_service_trust_file(s, 1), "q");
    cr_expect_null(px_service_trust_file(s, 2));
}
