/* A real event log (Huawei virtCCA, SHA-256): $RATLS_VECTORS, by default ../shared/vectors beside
 * the project. It must replay to the registers that the manifest lists. */
#include "boot_digests.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define MANIFEST "manifest-arm-gpu.json"
#define CASE     "virtcca-kunpeng-ccel"

static char folder[512];
static cJSON *manifest;
static const cJSON *claims;
static struct ratls_buffer bytes;

static enum ratls_err read_vector(const char *name, struct ratls_buffer *out)
{
    const struct ratls_env *env = ratls_env_system();
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return env->read_file(env->arg, path, RT_MAX_FILE, out);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text ? text : "";
}

static void load_case(void)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, manifest)
    {
        if (strcmp(text_of(item, "id"), CASE) != 0)
            continue;
        cr_assert_eq(read_vector(text_of(item, "eventlog"), &bytes), RATLS_OK);
        claims = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(item, "expect"),
                                                  "claims");
    }
    cr_assert(claims, "no case " CASE);
}

static void setup(void)
{
    const char *given = getenv("RATLS_VECTORS");
    struct ratls_buffer text = {0};

    if (given) {
        (void)snprintf(folder, sizeof folder, "%s", given);
    } else {
        (void)snprintf(folder, sizeof folder, "%s", __FILE__);
        char *slash = strrchr(folder, '/');
        cr_assert(slash);
        (void)snprintf(slash, 64, "/../../../shared/vectors");
    }
    if (read_vector(MANIFEST, &text) != RATLS_OK)
        cr_skip_test("no vectors in %s", folder);
    manifest = cJSON_ParseWithLength((const char *)text.p, text.len);
    ratls_buffer_free(&text);
    load_case();
}

static void teardown(void)
{
    ratls_buffer_free(&bytes);
    cJSON_Delete(manifest);
    manifest = NULL;
}

TestSuite(eventlog_vectors, .init = setup, .fini = teardown, .timeout = 60);

/* Register 0 of the log is RIM, 1..4 are REM0..3. */
static enum rt_eventlog_match compare_rem(const struct rt_eventlog *log, unsigned rem)
{
    char name[32];
    uint8_t value[RT_SHA256_LEN];
    size_t len = sizeof value;

    (void)snprintf(name, sizeof name, "virtcca.cvm.rem%u", rem);
    const char *hex = text_of(claims, name);
    cr_assert(rt_unhex(hex, strlen(hex), value, &len));
    return rt_eventlog_compare(log, 1 + rem, ratls_bytes(value, len));
}

Test(eventlog_vectors, the_real_log_replays_to_the_registers_of_the_manifest)
{
    struct rt_eventlog log;
    struct ratls_error err = {0};

    cr_assert_eq(rt_eventlog_replay(rt_bytes_of(&bytes), RT_SHA256, &log, &err), RATLS_OK, "%s",
                 err.detail);
    for (unsigned rem = 0; rem < 4; rem++)
        cr_expect_eq(compare_rem(&log, rem), RT_EVENTLOG_MATCH, "REM%u", rem);
    for (size_t i = 1; i <= 3; i++)
        cr_expect_gt(log.reg[i].n_events, 0);
    cr_expect_eq(log.n_events, (size_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(
                                   claims, "virtcca.eventlog.events")));
}

Test(eventlog_vectors, the_real_log_cut_anywhere_in_its_events_does_not_match)
{
    const size_t end = 11991; /* of the last event; 0xff behind it */
    struct rt_eventlog log;

    for (size_t len = 0; len < end; len++) {
        enum ratls_err e = rt_eventlog_replay(ratls_bytes(bytes.p, len), RT_SHA256, &log, NULL);
        cr_expect(e != RATLS_OK || compare_rem(&log, 1) != RT_EVENTLOG_MATCH, "%zu", len);
    }
    for (size_t len = end; len < end + 100; len++) {
        cr_expect_eq(rt_eventlog_replay(ratls_bytes(bytes.p, len), RT_SHA256, &log, NULL),
                     RATLS_OK);
        cr_expect_eq(compare_rem(&log, 1), RT_EVENTLOG_MATCH);
    }
}

static enum ratls_err count_kinds(void *arg, const struct rt_eventlog_event *event)
{
    size_t *counts = arg;
    enum rt_boot_kind kind;
    enum ratls_err e = rt_boot_classify(event, RT_SHA256, &kind);

    if (e == RATLS_OK)
        counts[kind]++;
    return e;
}

Test(eventlog_vectors, the_real_log_names_each_part_of_the_boot_once)
{
    size_t counts[RT_BOOT_COMMAND + 1] = {0};
    const struct rt_eventlog_rules rules = {.hash = RT_SHA256, .visit = count_kinds, .arg = counts};
    struct rt_eventlog log;

    cr_assert_eq(rt_eventlog_walk(rt_bytes_of(&bytes), &rules, &log, NULL), RATLS_OK);
    for (int kind = RT_BOOT_IMAGE; kind <= RT_BOOT_INITRAMFS; kind++)
        cr_expect_eq(counts[kind], 1, "%d", kind);
    cr_expect_eq(counts[RT_BOOT_MARK], 5);
    cr_expect_eq(counts[RT_BOOT_COMMAND], 45);
    cr_expect_eq(counts[RT_BOOT_OTHER], 44);
}
