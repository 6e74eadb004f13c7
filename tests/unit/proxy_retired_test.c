/* Issuers that another configuration replaced: what they still prove, and until when. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "retired.h"

#define CONFIG                                                                                     \
    "[web]\naccept = 127.0.0.1:1\nconnect = 2\nmode = attest\nattester = sim-tdx\n"                \
    "insecure-allow-sim-attester = yes\nproof = quote\n"
#define TIMEOUT_MS 100

static struct event_base *base;
static struct px_log quiet = {.fd = -1, .level = RATLS_LOG_ERROR};
static struct px_config *config;
static struct px_issuer *issuer;
static struct px_retirees retirees = TAILQ_HEAD_INITIALIZER(retirees);
static struct px_prove ask;
static unsigned issued, answers;
static enum ratls_err last;

static void on_issued(void *arg, struct px_issuer *i)
{
    (void)arg;
    (void)i;
    issued++;
}

static void on_answer(void *arg, const struct px_answer *a)
{
    (void)arg;
    answers++;
    last = a->e;
}

static enum ratls_err read_memory(void *arg, const char *path, size_t max, struct ratls_buffer *out)
{
    (void)arg;
    (void)path;
    (void)max;
    *out = (struct ratls_buffer){.p = (uint8_t *)strdup(CONFIG), .len = strlen(CONFIG)};
    return RATLS_OK;
}

static void run_ms(int ms)
{
    const struct timeval nap = {.tv_usec = ms * 1000};

    (void)event_base_loopexit(base, &nap);
    (void)event_base_dispatch(base);
}

/* With an identity, and no reference to the configuration but the test's. */
static void setup(void)
{
    static const struct px_issuer_ops ops = {on_issued, on_issued, on_answer, NULL};
    struct ratls_env env = *ratls_env_system();
    struct ratls_error err = {0};

    env.read_file = read_memory;
    cr_assert_eq(px_config_load(&env, "test.conf", &config, &err), RATLS_OK, "%s", err.detail);
    config->services[0].handshake_timeout_ms = TIMEOUT_MS;
    base = event_base_new();
    const struct px_issuer_params p = {.base = base,
                                       .env = ratls_env_system(),
                                       .log = &quiet,
                                       .service = &config->services[0],
                                       .id = 7,
                                       .ops = &ops};
    cr_assert_eq(px_issuer_new(&p, &issuer, &err), RATLS_OK, "%s", err.detail);
    px_issuer_start(issuer);
    for (int i = 0; i < 500 && !issued; i++)
        run_ms(10);
    cr_assert_eq(issued, 1);
    ask = (struct px_prove){
        .id = 1, .issuer = 7, .request = {.role = RATLS_SERVER, .level = RATLS_LEVEL_SESSION}};
    memcpy(ask.own_spki_sha256, ratls_identity_spki_sha256(px_issuer_identity(issuer)), 32);
}

static void teardown(void)
{
    px_retired_end(&retirees);
    px_config_free(config);
    event_base_free(base);
}

TestSuite(proxy_retired, .init = setup, .fini = teardown, .timeout = 60);

/* As a reload does: the setup that it was of is gone. */
static void retire(void)
{
    px_retired_add(&retirees, base, config, 0, issuer);
    px_config_free(config);
    config = NULL;
}

Test(proxy_retired, handshakes_that_began_before_are_proven)
{
    retire();
    cr_assert_eq(px_retired_find(&retirees, 7), issuer);
    cr_expect_null(px_retired_find(&retirees, 6));
    run_ms(TIMEOUT_MS); /* a handshake may last that long */
    cr_assert_eq(px_retired_find(&retirees, 7), issuer);
    px_issuer_prove(issuer, 1, &ask);
    cr_expect_eq(answers, 1);
    cr_expect_eq(last, RATLS_OK);
    ask.request.level = RATLS_LEVEL_QUOTE;
    px_issuer_prove(issuer, 1, &ask);
    for (int i = 0; i < 50 && answers == 1; i++)
        run_ms(1);
    cr_expect_eq(answers, 2);
    cr_expect_eq(last, RATLS_OK);
}

Test(proxy_retired, after_the_time_of_handshakes_nobody_is)
{
    retire();
    run_ms(3 * TIMEOUT_MS);
    cr_expect_null(px_retired_find(&retirees, 7));
}

Test(proxy_retired, it_makes_no_new_identity)
{
    retire();
    px_issuer_start(issuer);
    run_ms(TIMEOUT_MS);
    cr_expect_eq(issued, 1);
}

/* Who asked at the last moment gets no answer; the handshake ends by its own timeout. */
Test(proxy_retired, a_quote_under_way_ends_with_it)
{
    ask.request.level = RATLS_LEVEL_QUOTE;
    px_issuer_prove(issuer, 1, &ask);
    retire();
    px_retired_end(&retirees);
    run_ms(TIMEOUT_MS);
    cr_expect_null(px_retired_find(&retirees, 7));
    cr_expect_eq(answers, 0);
}
