#include "logs.h"

#include "boot_digests.h"
#include "digest_set.h"
#include "eventlog.h"
#include "ima.h"

/* By index in the event log (UEFI 2.10 s.38.4.1); 0 is written when the guest is built. */
enum { REG_RIM = 0, REG_FIRMWARE = 1, REG_BOOT = 2, REG_LAST_DUE = 3, REG_RUNTIME = 4 };
enum { IMA_INDEX = 4, IMA_REM = 3 };

static enum ratls_err mismatch(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH, "%s", what);
}

static enum ratls_err listed(enum ratls_err e, struct ratls_error *err)
{
    return e ? ratls_fail(err, e, "the digests of a log as claims: %s", ratls_err_text(e))
             : RATLS_OK;
}

/* ---- event log ---- */

struct boot {
    struct ratls_claims *claims;
    struct rt_digest_set firmware, boot;
};

static const char *const kind_lists[] = {
    [RT_BOOT_IMAGE] = "virtcca.uefi.grub",
    [RT_BOOT_GRUB_CFG] = "virtcca.uefi.grub_cfg",
    [RT_BOOT_KERNEL] = "virtcca.uefi.kernel",
    [RT_BOOT_INITRAMFS] = "virtcca.uefi.initramfs",
};

/* A register binds digests, not what the log calls them: only marks, whose text is known and hashes
 * to the digest, may be left out of what an allow-list is compared with. */
static enum ratls_err note_event(void *arg, const struct rt_eventlog_event *event)
{
    struct boot *b = arg;
    enum rt_boot_kind kind;
    enum ratls_err e = rt_boot_classify(event, RT_SHA256, &kind);

    if (e || kind == RT_BOOT_MARK)
        return e;
    if ((size_t)kind < RT_COUNT(kind_lists) && kind_lists[kind] &&
        (e = rt_digest_item(b->claims, kind_lists[kind], event->digest)) != RATLS_OK)
        return e;
    return rt_digest_set_add(event->index == REG_FIRMWARE ? &b->firmware : &b->boot, event->digest);
}

/* All three have events: a register that nothing extended is zero, and explains nothing. */
static enum ratls_err compare_all(const struct rt_eventlog *log, const struct rt_arm_realm *guest,
                                  struct ratls_error *err)
{
    if (log->reg[REG_RIM].n_events > 0)
        return mismatch(err, "event log: register 0 is never extended");
    for (size_t i = REG_FIRMWARE; i <= REG_RUNTIME; i++) {
        if (i == REG_RUNTIME && log->reg[i].n_events == 0)
            break;
        if (log->reg[i].n_events == 0 ||
            rt_eventlog_compare(log, i, guest->rem[i - 1]) != RT_EVENTLOG_MATCH)
            return ratls_fail(err, RATLS_E_EVENT_LOG_MISMATCH,
                              "event log: register %zu does not explain REM%zu", i, i - 1);
    }
    return RATLS_OK;
}

static enum ratls_err list_boot(struct boot *b, struct ratls_error *err)
{
    enum ratls_err e =
        rt_digest_set_claim(&b->firmware, "virtcca.eventlog.firmware_digests", b->claims);

    if (e == RATLS_OK)
        e = rt_digest_set_claim(&b->boot, "virtcca.eventlog.boot_digests", b->claims);
    return listed(e, err);
}

static enum ratls_err judge_eventlog(struct ratls_bytes bytes, const struct rt_arm_realm *guest,
                                     struct ratls_claims *claims, struct ratls_error *err)
{
    struct boot b = {.claims = claims};
    const struct rt_eventlog_rules rules = {
        .hash = RT_SHA256, .style = RT_EVENTLOG_CC, .visit = note_event, .arg = &b};
    struct rt_eventlog log;

    for (size_t i = 0; i < RT_COUNT(kind_lists); i++)
        if (kind_lists[i])
            (void)ratls_claims_add_item(claims, kind_lists[i], NULL);
    enum ratls_err e = rt_eventlog_walk(bytes, &rules, &log, err);
    if (e) {
        e = ratls_fail(err, e, "event log: %s", ratls_err_text(e));
    } else {
        (void)ratls_claims_set_uint(claims, "virtcca.eventlog.events", log.n_events);
        e = compare_all(&log, guest, err);
        (void)ratls_claims_set_bool(claims, "virtcca.eventlog.rem_match", e == RATLS_OK);
        if (e == RATLS_OK)
            e = list_boot(&b, err);
    }
    rt_digest_set_free(&b.firmware);
    rt_digest_set_free(&b.boot);
    return e;
}

/* ---- IMA ---- */

/* A violation has no digest, and is listed as the ones that extend the register in its place: an
 * allow-list of files must not pass by what nobody could measure. */
static enum ratls_err note_file(void *arg, struct ratls_bytes file_digest, struct ratls_bytes path)
{
    uint8_t ones[RT_SHA256_LEN];

    (void)path; /* covered by the register, but said by the guest of itself */
    memset(ones, 0xff, sizeof ones);
    return rt_digest_set_add(arg, file_digest.len ? file_digest : ratls_bytes(ones, sizeof ones));
}

static enum ratls_err judge_ima(struct ratls_bytes bytes, const struct rt_arm_realm *guest,
                                struct ratls_claims *claims, struct ratls_error *err)
{
    struct rt_digest_set files = {0};
    const struct rt_ima_rules rules = {
        .index = IMA_INDEX, .hash = RT_SHA256, .visit = note_file, .arg = &files};
    struct rt_ima_log log;
    enum ratls_err e = rt_ima_replay(bytes, &rules, &log, err);

    if (e) {
        e = ratls_fail(err, e, "IMA log: %s", ratls_err_text(e));
    } else {
        const bool match = rt_ima_matches(&log, guest->rem[IMA_REM]);
        (void)ratls_claims_set_bool(claims, "virtcca.ima.rem_match", match);
        (void)ratls_claims_set_uint(claims, "virtcca.ima.entries", log.n_entries);
        (void)ratls_claims_set_uint(claims, "virtcca.ima.violations", log.n_violations);
        e = match ? listed(rt_digest_set_claim(&files, "virtcca.ima.digests", claims), err)
                  : mismatch(err, "IMA log: does not explain REM3");
    }
    rt_digest_set_free(&files);
    return e;
}

enum ratls_err rt_virtcca_judge_logs(const struct rt_arm_realm *guest,
                                     const struct rt_virtcca_logs *logs,
                                     struct ratls_claims *claims, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    (void)ratls_claims_set_bool(claims, "virtcca.eventlog.present", logs->ccel.p != NULL);
    (void)ratls_claims_set_bool(claims, "virtcca.ima.present", logs->ima_log.p != NULL);
    if (logs->ccel.p)
        e = judge_eventlog(logs->ccel, guest, claims, err);
    if (e == RATLS_OK && logs->ima_log.p)
        e = judge_ima(logs->ima_log, guest, claims, err);
    return e;
}
