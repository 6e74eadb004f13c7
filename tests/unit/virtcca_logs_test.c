/* virtCCA: event log and IMA log against the registers of the token. T147. */
#include "sim_eventlog.h"
#include "sim_ima.h"
#include "virtcca_evidence.h"
#include "virtcca_support.h"

enum { EV_NO_ACTION = 3, EV_SEPARATOR = 4, EV_IPL = 0xd };
#define TEXT(text)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }
#define NONE                                                                                       \
    {                                                                                              \
        0                                                                                          \
    }

static struct ratls_buffer ccel, ima_log;
static struct rt_sim_registers regs;
static uint8_t ima_value[RT_SHA256_LEN];

static void end(void)
{
    ratls_buffer_free(&ccel);
    ratls_buffer_free(&ima_log);
    teardown();
}

TestSuite(virtcca_logs, .fini = end, .timeout = 120);

static const struct rt_sim_event usual[] = {
    {1, EV_IPL, TEXT("firmware"), NONE},
    {1, EV_SEPARATOR, TEXT("\0\0\0\0"), NONE},
    {2, EV_IPL, TEXT("(hd0)/a.mod\0"), TEXT("module")},
    {3, EV_IPL, TEXT("(hd0)/grub.cfg\0"), TEXT("configuration")},
    {3, EV_IPL, TEXT("/vmlinuz-6.6\0"), TEXT("kernel")},
    {3, EV_IPL, TEXT("/initramfs-6.6.img\0"), TEXT("initramfs")},
    {3, EV_IPL, TEXT("(hd0)/a.mod\0"), TEXT("module")},
};

static void set_rem(size_t i, const uint8_t *value)
{
    g.plan.cvm.rem[i] = ratls_bytes(value, RT_SHA256_LEN);
}

/* A log of these events in the envelope, and REM0 to REM2 (and REM3, if it has some) as it says. */
static void boot(const struct rt_sim_event *events, size_t n)
{
    ratls_buffer_free(&ccel);
    make_usual();
    MUST(rt_sim_eventlog(RT_SHA256, events, n, &ccel, &regs));
    for (size_t i = 0; i < RT_SIM_RTMRS; i++)
        set_rem(i, regs.value[i]);
    g.logs.ccel = rt_bytes_of(&ccel);
    make_again();
}

static void expect(enum ratls_err e, const char *detail)
{
    enum ratls_err found = verify();

    cr_expect_eq(found, e, "%s: %s", ratls_err_reason(found), err.detail);
    cr_expect(strstr(err.detail, detail), "%s", err.detail);
}

static size_t items(const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    return c && c->type == RATLS_CLAIM_LIST ? c->n_items : SIZE_MAX;
}

static bool lists(const char *name, const char *content)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);
    uint8_t digest[RT_SHA256_LEN];
    char hex[2 * RT_SHA256_LEN + 1];

    MUST(rt_sha256(ratls_bytes_str(content), digest));
    rt_hex(ratls_bytes(digest, sizeof digest), hex);
    for (size_t i = 0; c && i < c->n_items; i++)
        if (strcmp(c->items[i], hex) == 0)
            return true;
    return false;
}

/* ---- event log ---- */

Test(virtcca_logs, a_log_that_matches_is_told)
{
    boot(usual, RT_COUNT(usual));
    expect(RATLS_OK, "");
    cr_expect_eq(number("virtcca.eventlog.present"), 1);
    cr_expect_eq(number("virtcca.eventlog.rem_match"), 1);
    cr_expect_eq(number("virtcca.eventlog.events"), RT_COUNT(usual));
    cr_expect_eq(number("virtcca.ima.present"), 0);
    cr_expect_eq(items("virtcca.eventlog.firmware_digests"), 1);
    cr_expect(lists("virtcca.eventlog.firmware_digests", "firmware"));
    cr_expect_eq(items("virtcca.eventlog.boot_digests"), 4); /* each once, no marks */
    cr_expect(lists("virtcca.eventlog.boot_digests", "module"));
    cr_expect(lists("virtcca.eventlog.boot_digests", "kernel"));
    cr_expect_eq(items("virtcca.uefi.grub"), 0);
    cr_expect_eq(items("virtcca.uefi.grub_cfg"), 1);
    cr_expect(lists("virtcca.uefi.grub_cfg", "configuration"));
    cr_expect(lists("virtcca.uefi.kernel", "kernel"));
    cr_expect(lists("virtcca.uefi.initramfs", "initramfs"));
}

Test(virtcca_logs, a_log_may_come_beside_the_evidence)
{
    boot(usual, RT_COUNT(usual));
    g.logs.ccel = ratls_bytes(NULL, 0);
    make_again();
    expect(RATLS_OK, "");
    cr_expect_eq(number("virtcca.eventlog.present"), 0);
    cr_expect_eq(items("virtcca.eventlog.boot_digests"), SIZE_MAX);
    input.event_log = rt_bytes_of(&ccel);
    expect(RATLS_OK, "");
    cr_expect_eq(number("virtcca.eventlog.present"), 1);
    g.logs.ccel = rt_bytes_of(&ccel);
    make_again();
    expect(RATLS_E_EVENT_LOG, "another beside it");
}

/* Absent is said, an empty one is malformed: neither is a match. */
Test(virtcca_logs, an_empty_log_is_none)
{
    boot(usual, RT_COUNT(usual));
    g.logs.ccel = ratls_bytes("", 0);
    make_again();
    expect(RATLS_E_EVENT_LOG, "");
    g.logs.ccel = ratls_bytes(NULL, 0);
    make_again();
    input.event_log = ratls_bytes("", 0);
    expect(RATLS_E_EVENT_LOG, "");
    input.event_log = ratls_bytes(NULL, 0);
    input.ima_log = ratls_bytes("", 0);
    expect(RATLS_E_EVENT_LOG, "");
}

Test(virtcca_logs, each_register_must_match)
{
    static const uint8_t other[RT_SHA256_LEN] = {1}, zero[RT_SHA256_LEN];

    for (size_t i = 0; i < 3; i++) {
        boot(usual, RT_COUNT(usual));
        set_rem(i, other);
        make_again();
        expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM");
        cr_expect_eq(number("virtcca.eventlog.rem_match"), 0);
        set_rem(i, zero);
        make_again();
        expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM");
        set_rem(i, regs.value[i]);
        g.plan.cvm.rem[i] = ratls_bytes(regs.value[i], RT_SHA384_LEN); /* behind it zeros */
        make_again();
        expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM");
    }
}

/* A zero register is what nothing was measured into: a log without events for it proves nothing. */
Test(virtcca_logs, each_register_has_events)
{
    for (uint32_t gone = 1; gone <= 3; gone++) {
        struct rt_sim_event some[RT_COUNT(usual)];
        size_t n = 0;
        for (size_t i = 0; i < RT_COUNT(usual); i++)
            if (usual[i].index != gone)
                some[n++] = usual[i];
        boot(some, n);
        expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM");
    }
    boot(NULL, 0);
    expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM0");
}

static void boot_and(struct rt_sim_event extra, size_t drop)
{
    struct rt_sim_event events[RT_COUNT(usual) + 1];

    memcpy(events, usual, sizeof usual);
    memmove(events + drop, events + drop + 1, (RT_COUNT(usual) - drop) * sizeof *events);
    events[RT_COUNT(usual) - (drop < RT_COUNT(usual) ? 1 : 0)] = extra;
    boot(events, RT_COUNT(usual) + (drop < RT_COUNT(usual) ? 0 : 1));
}

Test(virtcca_logs, an_event_more_or_less_is_a_mismatch)
{
    boot(usual, RT_COUNT(usual));
    struct ratls_buffer longer = {0}, shorter = {0};
    struct rt_sim_registers ignored;
    struct rt_sim_event more[RT_COUNT(usual) + 1];

    memcpy(more, usual, sizeof usual);
    for (uint32_t index = 1; index <= 4; index++) {
        more[RT_COUNT(usual)] = (struct rt_sim_event){index, EV_IPL, TEXT("extra"), NONE};
        ratls_buffer_free(&longer);
        MUST(rt_sim_eventlog(RT_SHA256, more, RT_COUNT(more), &longer, &ignored));
        g.logs.ccel = rt_bytes_of(&longer);
        make_again();
        expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM");
    }
    MUST(rt_sim_eventlog(RT_SHA256, usual, RT_COUNT(usual) - 1, &shorter, &ignored));
    g.logs.ccel = rt_bytes_of(&shorter);
    make_again();
    expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM2");
    g.logs.ccel = ratls_bytes(ccel.p, ccel.len - 1); /* cut */
    make_again();
    expect(RATLS_E_EVENT_LOG, "");
    ratls_buffer_free(&longer);
    ratls_buffer_free(&shorter);
}

Test(virtcca_logs, register_0_is_never_extended_and_register_4_is_rem3)
{
    static const uint8_t zero[RT_SHA256_LEN];

    boot_and((struct rt_sim_event){0, EV_IPL, TEXT("extra"), NONE}, RT_COUNT(usual));
    expect(RATLS_E_EVENT_LOG_MISMATCH, "register 0");
    boot_and((struct rt_sim_event){0, EV_NO_ACTION, TEXT("extra"), NONE}, RT_COUNT(usual));
    expect(RATLS_OK, "");
    boot_and((struct rt_sim_event){4, EV_IPL, TEXT("runtime"), NONE}, RT_COUNT(usual));
    expect(RATLS_OK, "");
    cr_expect(lists("virtcca.eventlog.boot_digests", "runtime"));
    set_rem(3, zero);
    make_again();
    expect(RATLS_E_EVENT_LOG_MISMATCH, "REM3");
    boot_and((struct rt_sim_event){5, EV_IPL, TEXT("extra"), NONE}, RT_COUNT(usual));
    expect(RATLS_E_EVENT_LOG, "");
}

/* What the log calls a kernel is not bound: the lists for a decision have all of it. */
Test(virtcca_logs, a_renamed_kernel_is_still_listed)
{
    boot_and((struct rt_sim_event){3, EV_IPL, TEXT("(hd0)/x.mod\0"), TEXT("evil kernel")}, 4);
    expect(RATLS_OK, "");
    cr_expect_eq(items("virtcca.uefi.kernel"), 0);
    cr_expect(lists("virtcca.eventlog.boot_digests", "evil kernel"));
    boot_and((struct rt_sim_event){3, EV_IPL, TEXT("grub_cmd: evil\0"), TEXT("evil")},
             RT_COUNT(usual));
    expect(RATLS_OK, "");
    cr_expect(lists("virtcca.eventlog.boot_digests", "evil"));
    boot_and((struct rt_sim_event){3, EV_SEPARATOR, TEXT("\0\0\0\0"), TEXT("evil")},
             RT_COUNT(usual));
    expect(RATLS_OK, "");
    cr_expect(lists("virtcca.eventlog.boot_digests", "evil"));
}

Test(virtcca_logs, other_hashes_than_sha_256_are_none)
{
    struct ratls_buffer log = {0};

    boot(usual, RT_COUNT(usual));
    MUST(rt_sim_eventlog(RT_SHA384, usual, RT_COUNT(usual), &log, &regs));
    g.logs.ccel = rt_bytes_of(&log);
    make_again();
    expect(RATLS_E_EVENT_LOG, "");
    ratls_buffer_free(&log);
}

/* More digests than a list of claims has room for. */
Test(virtcca_logs, too_many_digests_are_a_limit)
{
    enum { N = RT_MAX_CLAIM_ITEMS + 3 };
    static struct rt_sim_event events[N];
    static char names[N][8];

    memcpy(events, usual, 3 * sizeof usual[0]);
    for (size_t i = 3; i < N; i++) {
        (void)snprintf(names[i], sizeof names[i], "%zu", i);
        events[i] = (struct rt_sim_event){3, EV_IPL, ratls_bytes_str(names[i]), NONE};
    }
    make_usual();
    for (size_t n = N - 1; n <= N; n++) {
        ratls_buffer_free(&ccel);
        MUST(rt_sim_eventlog(RT_SHA256, events, n, &ccel, &regs));
        for (size_t i = 0; i < RT_SIM_RTMRS; i++)
            set_rem(i, regs.value[i]);
        make_again();
        input.event_log = rt_bytes_of(&ccel); /* too large for an envelope */
        expect(n < N ? RATLS_OK : RATLS_E_LIMIT, "");
    }
}

/* ---- IMA ---- */

static const struct rt_sim_ima_entry programs[] = {
    {.path = "boot_aggregate", .content = TEXT("aggregate")},
    {.path = "/usr/bin/a", .content = TEXT("program a")},
    {.path = "/usr/bin/b", .content = TEXT("program b")},
    {.path = "/usr/bin/c", .content = TEXT("program a")},
};

static void run(const struct rt_sim_ima *list)
{
    ratls_buffer_free(&ima_log);
    make_usual();
    MUST(rt_sim_ima(list, &ima_log, ima_value));
    set_rem(3, ima_value);
    g.logs.ima_log = rt_bytes_of(&ima_log);
    make_again();
}

static struct rt_sim_ima usual_list(void)
{
    return (struct rt_sim_ima){
        .index = 4, .form = RT_SIM_IMA_BINARY, .entries = programs, .n = RT_COUNT(programs)};
}

Test(virtcca_logs, an_ima_log_that_matches_is_told)
{
    struct rt_sim_ima list = usual_list();

    for (int i = 0; i < 2; i++) {
        list.form = i ? RT_SIM_IMA_ASCII : RT_SIM_IMA_BINARY;
        run(&list);
        expect(RATLS_OK, "");
        cr_expect_eq(number("virtcca.ima.present"), 1);
        cr_expect_eq(number("virtcca.ima.rem_match"), 1);
        cr_expect_eq(number("virtcca.ima.entries"), RT_COUNT(programs));
        cr_expect_eq(number("virtcca.ima.violations"), 0);
        cr_expect_eq(number("virtcca.eventlog.present"), 0);
        cr_expect_eq(items("virtcca.ima.digests"), 3);
        cr_expect(lists("virtcca.ima.digests", "program a"));
        cr_expect(lists("virtcca.ima.digests", "program b"));
    }
}

Test(virtcca_logs, an_ima_log_may_come_beside_the_evidence)
{
    const struct rt_sim_ima list = usual_list();

    run(&list);
    input.ima_log = rt_bytes_of(&ima_log);
    expect(RATLS_E_EVENT_LOG, "another beside it");
    g.logs.ima_log = ratls_bytes(NULL, 0);
    make_again();
    expect(RATLS_OK, "");
    cr_expect_eq(number("virtcca.ima.present"), 1);
    input.ima_log = ratls_bytes(NULL, 0);
    expect(RATLS_OK, "");
    cr_expect_eq(number("virtcca.ima.present"), 0);
    cr_expect_eq(items("virtcca.ima.digests"), SIZE_MAX);
}

/* The index is fixed by the profile, whatever the sender would like to be compared with. */
Test(virtcca_logs, an_ima_log_is_of_register_4)
{
    struct rt_sim_ima list = usual_list();

    for (unsigned index = 0; index <= 24; index++) {
        if (index == 4)
            continue;
        list.index = index;
        run(&list);
        for (size_t i = 0; i < 4; i++)
            set_rem(i, ima_value);
        make_again();
        expect(RATLS_E_EVENT_LOG, "");
    }
}

Test(virtcca_logs, an_ima_log_must_match)
{
    static const uint8_t zero[RT_SHA256_LEN];
    struct rt_sim_ima list = usual_list();
    struct ratls_buffer other = {0};
    uint8_t ignored[RT_SHA256_LEN];

    run(&list);
    set_rem(3, zero);
    make_again();
    expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM3");
    cr_expect_eq(number("virtcca.ima.rem_match"), 0);
    for (size_t n = 1; n < RT_COUNT(programs); n++) { /* cut, which no length would tell */
        run(&list);
        list.n = n;
        ratls_buffer_free(&other);
        MUST(rt_sim_ima(&list, &other, ignored));
        list.n = RT_COUNT(programs);
        g.logs.ima_log = rt_bytes_of(&other);
        make_again();
        expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM3");
    }
    run(&list);
    for (size_t i = 0; i < 3; i++) { /* the right value in another register */
        set_rem(3, zero);
        set_rem(i, ima_value);
    }
    make_again();
    expect(RATLS_E_EVENT_LOG_MISMATCH, "does not explain REM3");
    ratls_buffer_free(&other);
}

Test(virtcca_logs, violations_are_counted_and_no_digest_of_an_allow_list)
{
    struct rt_sim_ima_entry entries[RT_COUNT(programs)];
    struct rt_sim_ima list = usual_list();

    memcpy(entries, programs, sizeof programs);
    entries[2].violation = true;
    list.entries = entries;
    run(&list);
    expect(RATLS_OK, "");
    cr_expect_eq(number("virtcca.ima.entries"), RT_COUNT(programs));
    cr_expect_eq(number("virtcca.ima.violations"), 1);
    cr_expect_eq(items("virtcca.ima.digests"), 3);
    cr_expect_str_eq(ratls_claims_get(claims, "virtcca.ima.digests")->items[2],
                     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
}

Test(virtcca_logs, too_many_files_are_a_limit)
{
    enum { N = RT_MAX_CLAIM_ITEMS + 1 };
    static struct rt_sim_ima_entry entries[N];
    static char names[N][8];
    struct rt_sim_ima list = {.index = 4, .form = RT_SIM_IMA_BINARY, .entries = entries};

    for (size_t i = 0; i < N; i++) {
        (void)snprintf(names[i], sizeof names[i], "%zu", i);
        entries[i] = (struct rt_sim_ima_entry){.path = "/a", .content = ratls_bytes_str(names[i])};
    }
    make_usual();
    for (list.n = N - 1; list.n <= N; list.n++) {
        ratls_buffer_free(&ima_log);
        MUST(rt_sim_ima(&list, &ima_log, ima_value));
        set_rem(3, ima_value);
        make_again();
        input.ima_log = rt_bytes_of(&ima_log);
        expect(list.n < N ? RATLS_OK : RATLS_E_LIMIT, "");
    }
}

/* Both accounts of REM3 at once: only one can be true. */
Test(virtcca_logs, rem3_has_one_account)
{
    const struct rt_sim_ima list = usual_list();

    boot_and((struct rt_sim_event){4, EV_IPL, TEXT("runtime"), NONE}, RT_COUNT(usual));
    ratls_buffer_free(&ima_log);
    MUST(rt_sim_ima(&list, &ima_log, ima_value));
    g.logs.ima_log = rt_bytes_of(&ima_log);
    make_again();
    expect(RATLS_E_EVENT_LOG_MISMATCH, "IMA log");
    set_rem(3, ima_value);
    make_again();
    expect(RATLS_E_EVENT_LOG_MISMATCH, "REM3");
}

/* ---- each byte of a log ---- */

/* A register binds digests alone: what else a flip changes must not change what is concluded. */
Test(virtcca_logs, a_flipped_byte_changes_no_digest)
{
    char before[5 * 65] = "", after[5 * 65];

    boot(usual, RT_COUNT(usual));
    expect(RATLS_OK, "");
    for (size_t k = 0; k < 4; k++)
        (void)strcat(before, ratls_claims_get(claims, "virtcca.eventlog.boot_digests")->items[k]);
    for (size_t i = 0; i < ccel.len; i++) {
        ccel.p[i] ^= (uint8_t)(1U << i % 8);
        make_again();
        if (verify() == RATLS_OK) {
            after[0] = 0;
            cr_assert_geq(items("virtcca.eventlog.boot_digests"), 4, "byte %zu", i);
            const struct ratls_claim *c = ratls_claims_get(claims, "virtcca.eventlog.boot_digests");
            for (size_t k = 0; k < 4; k++)
                (void)strcat(after, c->items[k]);
            cr_expect_str_eq(after, before, "byte %zu", i);
        }
        ccel.p[i] ^= (uint8_t)(1U << i % 8);
    }
}
