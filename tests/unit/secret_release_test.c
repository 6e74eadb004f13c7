/* Who gets a secret, who does not, and what the trail says of it (T51, T52, C22). */
#include "rate.h"
#include "secrets_support.h"

#define KEY_HEX "aa01010101010101010101010101010101010101010101010101010101010101"

static uint8_t key_hash[32];
static int64_t monotonic_ms;

static int64_t frozen(void *arg)
{
    (void)arg;
    return monotonic_ms;
}

struct desk {
    struct safe safe;
    struct ratls_custody *custody;
    struct ratls_claims *claims;
    struct ratls_secret_peer peer;
};

static struct ratls_claims *good_claims(const char *measurement)
{
    struct ratls_claims *c = ratls_claims_new();

    cr_assert_not_null(c);
    ratls_claims_set_text(c, "measurement", measurement);
    ratls_claims_set_text(c, "tcb_status", "UpToDate");
    ratls_claims_set_bool(c, "debug", false);
    ratls_claims_set_bool(c, "simulated", false);
    cr_assert_eq(ratls_claims_status(c), RATLS_OK);
    return c;
}

static void open_custody(struct desk *d)
{
    cr_assert_eq(
        ratls_custody_new(&d->safe.w->env, d->safe.w->store, d->safe.kek, NULL, &d->custody),
        RATLS_OK);
}

/* A good peer, and a secret "db" for it. */
static void desk_begin(struct desk *d, struct world *w)
{
    memset(key_hash, 1, sizeof key_hash);
    key_hash[0] = 0xaa;
    monotonic_ms = 1000;
    w->env.monotonic_ms = frozen;
    d->safe = safe_begin(w);
    must_put(w, d->safe.kek, "db", CANARY);
    open_custody(d);
    d->claims = good_claims(VALUE_A);
    d->peer = (struct ratls_secret_peer){.verdict = RATLS_OK,
                                         .expires = w->now + 100,
                                         .level = RATLS_LEVEL_SESSION,
                                         .tee = "tdx",
                                         .measurement = VALUE_A,
                                         .claims = d->claims,
                                         .spki_sha256 = ratls_bytes(key_hash, 32)};
}

static void desk_end(struct desk *d)
{
    ratls_custody_free(d->custody);
    ratls_claims_free(d->claims);
    ratls_kek_close(d->safe.kek);
}

/* The value, or the reason. Static. */
static const char *ask(struct desk *d, const char *name, int64_t version)
{
    const struct ratls_secret_request request = {
        .name = name, .version = version, .peer = &d->peer, .author = "proxy"};
    static char text[128];
    struct ratls_secret_value *v = NULL;
    struct ratls_error *err = &d->safe.w->err;
    int64_t got = -1;

    *err = (struct ratls_error){0};
    enum ratls_err e = ratls_secret_release(d->custody, &request, &v, &got, err);
    cr_expect_eq(e == RATLS_OK, v != NULL);
    cr_expect_null(strstr(err->detail, CANARY));
    if (e) {
        cr_expect_neq(err->detail[0], 0);
        return ratls_err_reason(e);
    }
    cr_expect_gt(got, 0);
    (void)snprintf(text, sizeof text, "%.*s", (int)ratls_secret_value_bytes(v).len,
                   (const char *)ratls_secret_value_bytes(v).p);
    ratls_secret_value_free(v);
    return text;
}

#define FACTS "tee=tdx level=session key=" KEY_HEX " measurement=" VALUE_A

ON_EVERY_PLACE(release, goes_to_whom_the_secrets_policy_allows)
{
    struct desk d;

    desk_begin(&d, w);
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    cr_expect_str_eq(ask(&d, "db", 1), CANARY);
    cr_expect_str_eq(trail(w, 3), "3 proxy release secret//db/1 " FACTS
                                  "; 4 proxy release secret//db/1 " FACTS "; ");
    cr_expect_eq(check(w, NULL), RATLS_OK);
    desk_end(&d);
}

/* ---- refusals ---- */

static void refused(struct desk *d, const char *reason)
{
    const char *all, *row;

    cr_expect_str_eq(ask(d, "db", 0), reason);
    all = trail(d->safe.w, 3);
    row = strstr(all, "proxy withhold secret//db/1 tee=");
    cr_expect_not_null(row, "%s: %s", reason, all);
    if (row)
        cr_expect_not_null(strstr(row, reason), "%s", all);
}

#define REFUSAL(fact, reason, change)                                                              \
    ON_EVERY_PLACE(release, fact)                                                                  \
    {                                                                                              \
        struct desk d;                                                                             \
        desk_begin(&d, w);                                                                         \
        change;                                                                                    \
        refused(&d, reason);                                                                       \
        desk_end(&d);                                                                              \
    }

REFUSAL(is_refused_after_a_denial, "simulated", d.peer.verdict = RATLS_E_SIMULATED)
REFUSAL(is_refused_when_the_verdict_has_ended, "identity_expired", d.peer.expires = w->now)
REFUSAL(is_refused_below_the_level, "binding_level", d.peer.level = RATLS_LEVEL_KEY)
REFUSAL(is_refused_to_another_tee, "tee_not_allowed", d.peer.tee = "snp")
REFUSAL(is_refused_without_a_tee, "usage", d.peer.tee = NULL)
REFUSAL(is_refused_without_claims, "no_evidence", d.peer.claims = NULL)
REFUSAL(is_refused_without_a_key, "no_evidence", d.peer.spki_sha256.len = 0)
REFUSAL(is_refused_to_half_a_key, "no_evidence", d.peer.spki_sha256.len = 16)
REFUSAL(is_refused_in_debug_mode, "debug", ratls_claims_set_bool(d.claims, "debug", true))
REFUSAL(is_refused_to_another_measurement, "measurement_mismatch",
        ratls_claims_set_text(d.claims, "measurement", VALUE_B))

ON_EVERY_PLACE(release, is_refused_to_nobody)
{
    struct desk d;

    desk_begin(&d, w);
    d.peer = ratls_secret_peer_of(NULL, RATLS_LEVEL_QUOTE);
    cr_expect_str_eq(ask(&d, "db", 0), "peer_denied");
    desk_end(&d);
}

ON_EVERY_PLACE(release, is_refused_for_names_and_versions_that_are_not_there)
{
    static const char *const bad[] = {"no", "", "..", "../db", "db/1", "db\n", "\xff", NULL};
    struct desk d;

    desk_begin(&d, w);
    for (size_t i = 0; i < RT_COUNT(bad); i++)
        cr_expect_str_eq(ask(&d, bad[i], 0), "not_found");
    cr_expect_str_eq(ask(&d, "db", 2), "not_found");
    cr_expect_str_eq(ask(&d, "db", -1), "not_found");
    cr_expect_not_null(strstr(trail(w, 4), "withhold secret//?/0 " FACTS " reason=not_found; "));
    cr_expect_eq(check(w, NULL), RATLS_OK);
    desk_end(&d);
}

/* ---- the policy at its present content ---- */

ON_EVERY_PLACE(release, ends_when_the_policy_changes_until_it_is_bound_anew)
{
    struct desk d;
    size_t n;

    desk_begin(&d, w);
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    add_policy(w, "web", 2, POLICY_B);
    refused(&d, "policy_changed");
    ratls_claims_set_text(d.claims, "measurement", VALUE_B);
    refused(&d, "policy_changed");
    cr_assert_eq(rebind(w, d.safe.kek, "db", NULL, &n), RATLS_OK);
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    ratls_claims_set_text(d.claims, "measurement", VALUE_A);
    refused(&d, "measurement_mismatch");
    desk_end(&d);
}

ON_EVERY_PLACE(release, goes_on_under_a_new_version_of_the_policy_that_says_the_same)
{
    struct desk d;

    desk_begin(&d, w);
    add_policy(w, "web", 2, " " POLICY_A);
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    desk_end(&d);
}

ON_EVERY_PLACE(release, ends_with_its_policy)
{
    const struct ratls_store_ref ref = {.kind = "policy", .tee = "", .name = "web", .version = 1};
    struct desk d;

    desk_begin(&d, w);
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    cr_assert_eq(ratls_store_set_state(w->store, &ref, "superseded", "op", NULL), RATLS_OK);
    refused(&d, "no_policy");
    desk_end(&d);
}

/* The store's own revocations and reference values are asked, and what changes there counts. */
ON_EVERY_PLACE(release, ends_when_the_measurement_is_revoked)
{
    struct desk d;

    desk_begin(&d, w);
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    cr_assert_eq(add_revocation(w, "", VALUE_A, REVOKES_A), RATLS_OK);
    refused(&d, "reference_value_revoked");
    desk_end(&d);
}

/* ---- versions ---- */

ON_EVERY_PLACE(release, of_a_superseded_version_goes_on_for_the_overlap)
{
    struct desk d;

    desk_begin(&d, w);
    cr_assert_eq(rotate(w, d.safe.kek, "two", 10), RATLS_OK);
    cr_expect_str_eq(ask(&d, "db", 0), "two");
    cr_expect_str_eq(ask(&d, "db", 1), CANARY);
    w->now += 9;
    cr_expect_str_eq(ask(&d, "db", 1), CANARY);
    w->now += 1;
    cr_expect_str_eq(ask(&d, "db", 1), "not_found");
    cr_expect_str_eq(ask(&d, "db", 0), "two");
    cr_assert_eq(rotate(w, d.safe.kek, "three", 0), RATLS_OK);
    cr_expect_str_eq(ask(&d, "db", 2), "not_found", "without overlap at once");
    desk_end(&d);
}

ON_EVERY_PLACE(release, ends_with_deletion)
{
    struct desk d;
    size_t n;

    desk_begin(&d, w);
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    cr_assert_eq(destroy(w, "db", 0, &n), RATLS_OK);
    cr_expect_str_eq(ask(&d, "db", 0), "not_found");
    cr_expect_str_eq(ask(&d, "db", 1), "not_found");
    desk_end(&d);
}

ON_EVERY_PLACE(release, needs_the_kek)
{
    struct desk d;

    desk_begin(&d, w);
    ratls_custody_free(d.custody);
    ratls_kek_close(d.safe.kek);
    d.safe.kek = kek_of(w, KEK_TEXT_B);
    open_custody(&d);
    refused(&d, "kek_mismatch");
    desk_end(&d);
}

/* ---- no row, no value ---- */

ON_EVERY_PLACE(release, does_not_happen_without_its_row)
{
    struct desk d;

    desk_begin(&d, w);
    ratls_custody_free(d.custody);
    reopen(w, RATLS_STORE_READ);
    open_custody(&d);
    cr_expect_str_eq(ask(&d, "db", 0), "store_denied");
    desk_end(&d);
}

/* Both %s are the folder of this test. */
static void shell(const char *format)
{
    char command[512];

    (void)snprintf(command, sizeof command, format, place_root, place_root);
    cr_assert_eq(system(command), 0, "%s", command);
}

ON_EVERY_PLACE(release, does_not_happen_from_a_store_that_was_tampered_with)
{
    struct desk d;

    desk_begin(&d, w);
    must_put(w, d.safe.kek, "other", "x");
    if (w->place == FOLDER)
        shell("cp '%s'/store/items/secret..other.* \"$(ls '%s'/store/items/secret..db.*)\"");
    else if (w->place == OBJECT)
        object_edit("/^.\"kind\":\"secret\".*\"db\"/s/\"until\":0/\"until\":7/");
    else
        place_sql(w->place, "UPDATE ratls_items SET body = (SELECT body FROM ratls_items WHERE name"
                            " = 'other') WHERE name = 'db'");
    cr_expect_str_eq(ask(&d, "db", 0), "store_tampered");
    desk_end(&d);
}

/* Also whoever puts a whole older store back is found out, by those who saw the newer one. */
Test(release_folder, does_not_happen_from_an_older_copy_of_the_store)
{
    struct world w;
    struct desk d;

    world_begin(&w, FOLDER);
    desk_begin(&d, &w);
    shell("cp -a '%s/store' '%s/old'");
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    shell("cp -a '%s/old/.' '%s/store/'");
    cr_expect_str_eq(ask(&d, "db", 0), "store_tampered");
    cr_expect_str_eq(ask(&d, "db", 0), "store_tampered", "and nothing heals that");
    desk_end(&d);
    world_end(&w);
}

/* ---- rate ---- */

ON_EVERY_PLACE(release, is_limited_for_each_secret_on_its_own)
{
    const struct ratls_custody_limits limits = {.per_minute = 2, .burst = 3};
    struct desk d;

    desk_begin(&d, w);
    must_put(w, d.safe.kek, "other", "x");
    ratls_custody_free(d.custody);
    cr_assert_eq(ratls_custody_new(&w->env, w->store, d.safe.kek, &limits, &d.custody), RATLS_OK);
    for (int i = 0; i < 3; i++)
        cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    for (int i = 0; i < 3; i++)
        cr_expect_str_eq(ask(&d, "db", 0), "limit_exceeded");
    cr_expect_str_eq(trail(w, 7), "7 proxy withhold secret//db/0 " FACTS " reason=limit_exceeded; ",
                     "one row when it begins");
    cr_expect_str_eq(ask(&d, "other", 0), "x");
    monotonic_ms += 29999;
    cr_expect_str_eq(ask(&d, "db", 0), "limit_exceeded");
    monotonic_ms += 1;
    cr_expect_str_eq(ask(&d, "db", 0), CANARY);
    cr_expect_str_eq(ask(&d, "db", 0), "limit_exceeded");
    for (int i = 0; i < 3; i++)
        cr_expect_str_eq(ask(&d, i ? "no" : "none", 0), "not_found");
    cr_expect_str_eq(ask(&d, "nobody", 0), "limit_exceeded", "invented names share one limit");
    cr_expect_eq(check(w, NULL), RATLS_OK);
    desk_end(&d);
}

Test(rate, never_holds_more_than_its_burst)
{
    static struct rt_rates r = {.per_minute = 60, .burst = 2};
    const uint8_t name[8] = {1};

    for (int turn = 0; turn < 3; turn++) {
        int64_t now = 1 + turn * 1000000LL;
        cr_expect_eq(rt_rate_take(&r, name, now), RT_RATE_GRANTED);
        cr_expect_eq(rt_rate_take(&r, name, now), RT_RATE_GRANTED);
        cr_expect_eq(rt_rate_take(&r, name, now), RT_RATE_DRY);
        cr_expect_eq(rt_rate_take(&r, name, now + 999), RT_RATE_DRY_STILL);
        cr_expect_eq(rt_rate_take(&r, name, now + 1000), RT_RATE_GRANTED);
        cr_expect_eq(rt_rate_take(&r, name, now + 1000), RT_RATE_DRY);
    }
}

Test(rate, fills_no_further_than_its_burst)
{
    static struct rt_rates r = {.per_minute = 120, .burst = 2};
    const uint8_t name[8] = {1};

    cr_expect_eq(rt_rate_take(&r, name, 1), RT_RATE_GRANTED);
    cr_expect_eq(rt_rate_take(&r, name, 2000), RT_RATE_GRANTED);
    cr_expect_eq(rt_rate_take(&r, name, 2000), RT_RATE_GRANTED);
    cr_expect_eq(rt_rate_take(&r, name, 2000), RT_RATE_DRY);
}

Test(rate, does_not_overflow)
{
    static struct rt_rates r = {.per_minute = 1000000, .burst = 1000000};
    const uint8_t name[8] = {1};

    cr_expect_eq(rt_rate_take(&r, name, 1), RT_RATE_GRANTED);
    cr_expect_eq(rt_rate_take(&r, name, INT64_MAX), RT_RATE_GRANTED);
    cr_expect_eq(r.rows[rt_u64be(&(struct rt_reader){.p = name, .left = 8}) % RT_RATE_ROWS].left,
                 999999LL * 60000);
}
