/* What of a configuration stays when another one comes, and what needs a restart. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "config_impl.h"
#include "setup.h"

static const char *text; /* of the configuration */
static struct ratls_error err;

static enum ratls_err read_memory(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    (void)arg;
    (void)path;
    (void)max;
    *out = (struct ratls_buffer){.p = (uint8_t *)strdup(text), .len = strlen(text)};
    return RATLS_OK;
}

static struct px_config *load(const char *lines)
{
    struct ratls_env env = *ratls_env_system();
    struct px_config *c = NULL;

    text = lines;
    env.read_file = read_memory;
    cr_assert_eq(px_config_load(&env, "test.conf", &c, &err), RATLS_OK, "%s", err.detail);
    return c;
}

#define GLOBAL  "workers = 2\nsetuid = a\nsetgid = b\npid = /p\n"
#define VERIFY  "connect = 2\nmode = verify\npolicy = /p\n"
#define SERVICE "[web]\naccept = 127.0.0.1:1\n" VERIFY

static void expect_restart(const char *old, const char *now, const char *named)
{
    struct px_config *a = load(old), *b = load(now);

    err = (struct ratls_error){0};
    enum ratls_err e = px_setup_restart_only(a, b, &err);
    cr_expect_eq(e, named ? RATLS_E_CONFIG : RATLS_OK, "%s", now);
    if (named)
        cr_expect_not_null(strstr(err.detail, named), "%s", err.detail);
    px_config_free(a);
    px_config_free(b);
}

Test(proxy_setup, names_what_needs_a_restart)
{
    expect_restart(GLOBAL SERVICE, GLOBAL SERVICE, NULL);
    expect_restart(GLOBAL SERVICE, "workers = 3\nsetuid = a\nsetgid = b\npid = /p\n" SERVICE,
                   "workers changed: needs a restart");
    expect_restart(GLOBAL SERVICE, "workers = 2\nsetgid = b\npid = /p\n" SERVICE,
                   "setuid changed: needs a restart");
    expect_restart(GLOBAL SERVICE, "workers = 2\nsetuid = a\nsetgid = c\npid = /p\n" SERVICE,
                   "setgid changed: needs a restart");
    expect_restart(GLOBAL SERVICE, "workers = 2\nsetuid = a\nsetgid = b\n" SERVICE,
                   "pid changed: needs a restart");
    expect_restart(GLOBAL SERVICE, GLOBAL "sandbox = no\ninsecure-no-sandbox = yes\n" SERVICE,
                   "sandbox changed: needs a restart");
    expect_restart(GLOBAL SERVICE, GLOBAL "lock-memory = yes\n" SERVICE,
                   "lock-memory changed: needs a restart");
    expect_restart(GLOBAL SERVICE, GLOBAL "log = overwrite\n" SERVICE,
                   "log changed: needs a restart");
    expect_restart(GLOBAL SERVICE, GLOBAL "admin = unix:/a\n" SERVICE,
                   "admin changed: needs a restart");
    expect_restart(GLOBAL SERVICE, GLOBAL "drain-timeout = 1\nlog-level = debug\n" SERVICE, NULL);
}

Test(proxy_setup, plugins_stay_with_their_service)
{
    expect_restart(SERVICE "plugins = /x\n", SERVICE "plugins = /x\n", NULL);
    expect_restart(SERVICE, SERVICE "plugins = /x\n", "plugins changed");
    expect_restart(SERVICE "plugins = /x\n", SERVICE, "plugins changed");
    expect_restart(SERVICE, SERVICE "[new]\naccept = 127.0.0.1:3\n" VERIFY "plugins = /x\n",
                   "plugins changed");
    expect_restart(SERVICE "plugins = /x\n", "[new]\naccept = 127.0.0.1:3\n" VERIFY, NULL);
}

/* What is not printed as it is cannot be compared; what has no text is not known to be there. */
Test(proxy_setup, keys_that_stay_can_be_compared)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        if (o->disposition != PX_OBEYED || o->change == PX_RELOAD)
            continue;
        cr_expect(o->scope == PX_GLOBAL ? o->change == PX_RESTART
                                        : o->kind == PX_TEXT || o->kind == PX_URL ||
                                              o->kind == PX_PATHS || o->kind == PX_WORD,
                  "%s", o->name);
    }
}

#define OWN    "[own]\naccept = 127.0.0.1:3\npolicy = /p\ncert = c\nkey = none\n"
#define TOKENS OWN "mode = token\ntoken-issuer = https://a\ntoken-audience = b\ntoken-key = /none\n"
#define KEEPS  OWN "mode = secrets\nsecrets-kek = file:/k\nsecrets-store = folder:/"

/* Workers learn at their birth where the authority process is; it opens stores at its own. */
Test(proxy_setup, the_first_authority_and_what_it_opens_need_a_restart)
{
    expect_restart(SERVICE, SERVICE TOKENS, "the first mode = token");
    expect_restart(SERVICE TOKENS, SERVICE, NULL);
    expect_restart(SERVICE TOKENS, SERVICE TOKENS "token-lifetime = 1m\n", NULL);
    expect_restart(SERVICE, SERVICE KEEPS "s\n", "the first mode = token");
    expect_restart(KEEPS "s\n", KEEPS "s\n", NULL);
    expect_restart(KEEPS "s\n", KEEPS "t\n", "secrets-store changed");
    expect_restart(TOKENS, KEEPS "s\n", "secrets-store changed");
    expect_restart(KEEPS "s\n", KEEPS "s\nsecrets-jwe = SGD_SM4_GCM\n", "secrets-jwe changed");
}

#define CONFINED "sandbox-connect = yes\n"

Test(proxy_setup, confined_workers_go_to_no_other_port)
{
    expect_restart(CONFINED SERVICE, CONFINED SERVICE "connect = 2\n", NULL);
    expect_restart(CONFINED SERVICE, CONFINED SERVICE "connect = 3\n", "sandbox-connect allows");
    expect_restart(CONFINED SERVICE "connect = 3\n", CONFINED SERVICE, NULL);
    expect_restart(CONFINED SERVICE "opa = http://127.0.0.1:3\n",
                   CONFINED SERVICE "opa = http://127.0.0.1:4\n", "sandbox-connect allows");
    expect_restart(SERVICE, SERVICE "connect = 3\n", NULL);
    expect_restart(SERVICE, CONFINED SERVICE, "sandbox-connect changed");
}

#define OPA "opa = http://127.0.0.1:1\n"

Test(proxy_setup, only_the_first_opa_needs_a_restart)
{
    expect_restart(SERVICE, SERVICE OPA, "opa changed");
    expect_restart(SERVICE OPA, SERVICE "opa = http://127.0.0.1:2\n", NULL);
    expect_restart(SERVICE OPA, SERVICE, NULL);
}

/* ---- what is taken over ---- */

#define SHOWS "connect = 2\nmode = attest\nattester = sim-tdx\ninsecure-allow-sim-attester = yes\n"

static struct px_setup old, now;

static void both(const char *before, const char *after)
{
    old = (struct px_setup){.config = load(before)};
    now = (struct px_setup){.config = load(after)};
    old.issuers[0] = (struct px_issuer *)(uintptr_t)&old; /* only compared */
}

static void expect_same_issuer(const char *after, bool same)
{
    both("[a]\naccept = 127.0.0.1:1\nsan = x\n" SHOWS, after);
    cr_expect_eq(px_setup_issuer_for(&old, &now, 0), same ? old.issuers[0] : NULL, "%s", after);
    px_config_free(old.config);
    px_config_free(now.config);
}

Test(proxy_setup, an_issuer_goes_on_with_the_same_identity_only)
{
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = x\n" SHOWS, true);
    expect_same_issuer("[a]\naccept = 127.0.0.1:9\nsan = x\nhandshake-timeout = 3\n" SHOWS, true);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = x\nconnect = 2\nattester = sim-tdx\n"
                       "insecure-allow-sim-attester = yes\npolicy = /p\n",
                       false);
    expect_same_issuer("[b]\naccept = 127.0.0.1:1\nsan = x\n" SHOWS, false);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = y\n" SHOWS, false);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\n" SHOWS, false);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = x\nidentity-lifetime = 70\n" SHOWS, false);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = x\nproof = key\n" SHOWS, false);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = x\nclient = yes\n" SHOWS, false);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = x\nattester-options = a=b\n" SHOWS, false);
    expect_same_issuer("[a]\naccept = 127.0.0.1:1\nsan = x\nconnect = 2\nmode = attest\n"
                       "attester = tsm\n",
                       false);
}

static struct px_listener *listener(uint32_t id)
{
    struct px_listener *l = calloc(1, sizeof *l);

    l->id = id;
    return l;
}

Test(proxy_setup, who_has_what_another_one_accepts_takes_over_no_listener)
{
    both("[a]\naccept = 127.0.0.1:1\n" VERIFY "[b]\naccept = 127.0.0.1:2\n" VERIFY,
         "[b]\nsni = a:x.y\n" VERIFY "[a]\naccept = 127.0.0.1:1\n" VERIFY);
    old.issuers[0] = NULL;
    for (uint32_t i = 0; i < 2; i++)
        old.listeners[i] = listener(i + 1);
    px_setup_take_over(&now, &old);
    cr_expect_null(now.listeners[0]);
    cr_expect_eq(now.listeners[1]->id, 1);
    cr_expect_eq(old.listeners[1]->id, 2);
    for (size_t i = 0; i < 2; i++)
        free(old.listeners[i]);
    free(now.listeners[1]);
    px_config_free(old.config);
    px_config_free(now.config);
}

Test(proxy_setup, listeners_are_taken_over_by_their_address)
{
    both("[a]\naccept = 127.0.0.1:1\n" VERIFY "[b]\naccept = /s\n" VERIFY
         "[c]\naccept = 127.0.0.1:3\n" VERIFY,
         "[x]\naccept = /s\n" VERIFY "[a]\naccept = 127.0.0.2:1\n" VERIFY
         "[y]\naccept = 127.0.0.1:1\n" VERIFY);
    old.issuers[0] = NULL;
    for (uint32_t i = 0; i < 3; i++)
        old.listeners[i] = listener(i + 1);
    now.listeners[1] = listener(9); /* newly opened */
    px_setup_take_over(&now, &old);
    cr_expect_eq(now.listeners[0]->id, 2);
    cr_expect_eq(now.listeners[1]->id, 9);
    cr_expect_eq(now.listeners[2]->id, 1);
    cr_expect_eq(now.listeners[2]->at, &now.config->services[2].accept);
    cr_expect_null(old.listeners[0]);
    cr_expect_null(old.listeners[1]);
    cr_expect_not_null(old.listeners[2]);
    for (size_t i = 0; i < 3; i++)
        free(now.listeners[i]);
    free(old.listeners[2]);
    px_config_free(old.config);
    px_config_free(now.config);
}
