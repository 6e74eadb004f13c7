/* What a policy can say of SEV-SNP: members and rules. AMD publishes no TCB levels, so that a
 * policy has the floors itself. Parts of a TCB version are compared one by one: as one number a
 * newer microcode would hide an older boot loader. */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "claim_text.h"
#include "json.h"
#include "policy_impl.h"
#include "vector.h"

enum { VMPL_MAX = 3, CHIP_ID_LEN = 64, SHORT_CHIP_ID_LEN = 8 };

static const char *const generations[RT_SNP_GENERATIONS] = {"Milan", "Genoa", "Turin"};
/* As in the names of the claims; the first is one of Turin alone. */
static const char *const parts[RT_SNP_TCB_PARTS] = {"fmc", "bootloader", "tee", "snp", "microcode"};
enum { PART_FMC = 0, TURIN = 2 };

void rt_policy_snp_default(struct rt_policy_snp *snp)
{
    *snp = (struct rt_policy_snp){.vmpl_accepted = 1};
}

void rt_policy_snp_free(struct rt_policy_snp *snp)
{
    free(snp->chip_ids.items);
    free(snp->denied_chip_ids.items);
}

/* ---- reading ---- */

static enum ratls_err read_vmpl(struct rt_policy_parse *p, const cJSON *list)
{
    const cJSON *item;
    int64_t level;

    p->tee->snp.vmpl_accepted = 0;
    if (!cJSON_IsArray(list) || !list->child)
        return rt_policy_malformed(p, list->string, "must be a list of at least one level");
    cJSON_ArrayForEach(item, list)
    {
        if (!rt_json_int(item, 0, VMPL_MAX, &level))
            return rt_policy_malformed(p, list->string, "holds something other than 0 to 3");
        p->tee->snp.vmpl_accepted |= 1U << level;
    }
    return RATLS_OK;
}

static enum ratls_err read_migration_agent(struct rt_policy_parse *p, const cJSON *item)
{
    return rt_policy_read_switch(p, item, &p->tee->snp.migration_agent);
}

static enum ratls_err read_min_guest_svn(struct rt_policy_parse *p, const cJSON *item)
{
    if (!rt_json_int(item, 0, UINT32_MAX, &p->tee->snp.min_guest_svn))
        return rt_policy_malformed(p, item->string, "must be a number of 32 bits");
    return RATLS_OK;
}

static enum ratls_err read_parts(struct rt_policy_parse *p, const cJSON *object, size_t generation)
{
    const cJSON *item;
    int64_t value;

    if (!cJSON_IsObject(object) || !object->child)
        return rt_policy_malformed(p, object->string, "must be an object of TCB parts");
    cJSON_ArrayForEach(item, object)
    {
        size_t i = generation == TURIN ? PART_FMC : PART_FMC + 1;
        while (i < RT_SNP_TCB_PARTS && strcmp(parts[i], item->string) != 0)
            i++;
        if (i == RT_SNP_TCB_PARTS)
            return rt_policy_malformed(p, item->string, "is no part of this generation's TCB");
        if (!rt_json_int(item, 0, UINT8_MAX, &value))
            return rt_policy_malformed(p, item->string, "must be a number up to 255");
        p->tee->snp.min_tcb[generation].part[i] = (uint8_t)value;
    }
    return RATLS_OK;
}

static enum ratls_err read_min_tcb(struct rt_policy_parse *p, const cJSON *object)
{
    const cJSON *item;

    p->tee->snp.has_min_tcb = true;
    if (!cJSON_IsObject(object) || !object->child)
        return rt_policy_malformed(p, object->string, "must be an object of generations");
    cJSON_ArrayForEach(item, object)
    {
        size_t i = 0;
        while (i < RT_SNP_GENERATIONS && strcmp(generations[i], item->string) != 0)
            i++;
        if (i == RT_SNP_GENERATIONS)
            return rt_policy_malformed(p, item->string, "is no generation known here");
        p->tee->snp.min_tcb[i].listed = true;
        enum ratls_err e = read_parts(p, item, i);
        if (e)
            return e;
    }
    return RATLS_OK;
}

/* The eight bytes of a Turin stand in a CHIP_ID with zeros behind them. */
static enum ratls_err read_chips(struct rt_policy_parse *p, const cJSON *list,
                                 struct rt_policy_values *out)
{
    enum ratls_err e = rt_policy_read_values(p, list, SHORT_CHIP_ID_LEN, out);

    for (size_t i = 0; i < out->n && e == RATLS_OK; i++) {
        struct rt_policy_value *v = &out->items[i];
        if (v->len != CHIP_ID_LEN && v->len != SHORT_CHIP_ID_LEN)
            return rt_policy_malformed(p, list->string, "holds something other than chip ids");
        memset(v->p + v->len, 0, (size_t)CHIP_ID_LEN - v->len);
        v->len = CHIP_ID_LEN;
    }
    return e;
}

static enum ratls_err read_chip_ids(struct rt_policy_parse *p, const cJSON *list)
{
    p->tee->snp.has_chip_ids = true;
    return read_chips(p, list, &p->tee->snp.chip_ids);
}

static enum ratls_err read_denied_chip_ids(struct rt_policy_parse *p, const cJSON *list)
{
    return read_chips(p, list, &p->tee->snp.denied_chip_ids);
}

static const struct rt_policy_member members[] = {
    {"vmpl", read_vmpl},
    {"insecure_migration_agent", read_migration_agent},
    {"min_guest_svn", read_min_guest_svn},
    {"min_tcb", read_min_tcb},
    {"chip_ids", read_chip_ids},
    {"denied_chip_ids", read_denied_chip_ids},
};
const struct rt_policy_members rt_policy_snp_members = {members, RT_COUNT(members)};

/* ---- judging ---- */

static bool number_of(const struct rt_policy_judge *j, const char *name, uint64_t *out)
{
    const struct ratls_claim *c = ratls_claims_get(j->claims, name);

    *out = c && c->type == RATLS_CLAIM_UINT ? c->number : 0;
    return c && c->type == RATLS_CLAIM_UINT;
}

/* Who runs in the guest. */
static enum ratls_err judge_vmpl(const struct rt_policy_judge *j)
{
    uint64_t vmpl;

    if (number_of(j, "snp.vmpl", &vmpl) && vmpl <= VMPL_MAX &&
        (j->tee->snp.vmpl_accepted >> vmpl & 1))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_VMPL, "VMPL %llu is not accepted", (unsigned long long)vmpl);
}

static bool say_vmpl(const struct rt_policy_judge *j, struct rt_writer *w)
{
    size_t said = 0;

    rt_say_claim(w, j, "snp.vmpl");
    rt_say(w, " is one of ");
    for (unsigned level = 0; level <= VMPL_MAX; level++) {
        if (!(j->tee->snp.vmpl_accepted >> level & 1))
            continue;
        rt_say_next(w, said++, ", ");
        rt_say(w, "%u", level);
    }
    return true;
}

/* Who may take it along. */
static enum ratls_err judge_migration_agent(const struct rt_policy_judge *j)
{
    if (j->tee->snp.migration_agent || rt_policy_is_false(j, "snp.migrate_ma"))
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_MIGRATION_AGENT, "a migration agent may be associated");
}

static bool say_migration_agent(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (j->tee->snp.migration_agent)
        rt_say(w, "insecure_migration_agent is set");
    else
        rt_say_is(w, j, "snp.migrate_ma", false);
    return !j->tee->snp.migration_agent;
}

static enum ratls_err judge_guest_svn(const struct rt_policy_judge *j)
{
    uint64_t svn;

    if (j->tee->snp.min_guest_svn == 0)
        return RATLS_OK;
    if (number_of(j, "snp.guest_svn", &svn) && svn >= (uint64_t)j->tee->snp.min_guest_svn)
        return RATLS_OK;
    return ratls_fail(j->err, RATLS_E_GUEST_SVN, "snp.guest_svn is below %lld",
                      (long long)j->tee->snp.min_guest_svn);
}

static bool say_guest_svn(const struct rt_policy_judge *j, struct rt_writer *w)
{
    if (j->tee->snp.min_guest_svn == 0)
        return false;
    rt_say_claim(w, j, "snp.guest_svn");
    rt_say(w, " is at least %lld", (long long)j->tee->snp.min_guest_svn);
    return true;
}

static enum ratls_err judge_parts(const struct rt_policy_judge *j, const char *which,
                                  const uint8_t floors[RT_SNP_TCB_PARTS])
{
    char name[RT_POLICY_NAME_MAX + 1];
    uint64_t value;

    for (size_t i = 0; i < RT_SNP_TCB_PARTS; i++) {
        if (floors[i] == 0)
            continue;
        (void)snprintf(name, sizeof name, "snp.%s_tcb_%s", which, parts[i]);
        if (!number_of(j, name, &value) || value < floors[i])
            return ratls_fail(j->err, RATLS_E_TCB_MINIMUM, "%s is below %u", name, floors[i]);
    }
    return RATLS_OK;
}

/* The TCB that the key stands for, and the one under which the guest was started. */
static enum ratls_err judge_min_tcb(const struct rt_policy_judge *j)
{
    const struct rt_policy_snp *snp = &j->tee->snp;
    const char *product = rt_claim_text(j->claims, "snp.product");

    if (!snp->has_min_tcb)
        return RATLS_OK;
    for (size_t i = 0; i < RT_SNP_GENERATIONS; i++) {
        if (!snp->min_tcb[i].listed || strcmp(generations[i], product) != 0)
            continue;
        enum ratls_err e = judge_parts(j, "reported", snp->min_tcb[i].part);
        return e ? e : judge_parts(j, "launch", snp->min_tcb[i].part);
    }
    return ratls_fail(j->err, RATLS_E_TCB_MINIMUM, "min_tcb does not list '%s'", product);
}

/* Of the generation judged, with what was found; where nobody is judged of all listed. */
static void say_parts(const struct rt_policy_judge *j, struct rt_writer *w, size_t generation)
{
    const uint8_t *floors = j->tee->snp.min_tcb[generation].part;
    char name[RT_POLICY_NAME_MAX + 1];

    rt_say(w, "%s", generations[generation]);
    for (size_t i = 0; i < RT_SNP_TCB_PARTS; i++) {
        if (floors[i] == 0)
            continue;
        (void)snprintf(name, sizeof name, "snp.reported_tcb_%s", parts[i]);
        rt_say(w, ", ");
        rt_say_claim(w, j, j->claims ? name : parts[i]);
        rt_say(w, " at least %u", floors[i]);
    }
}

static bool say_min_tcb(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const char *product = rt_claim_text(j->claims, "snp.product");
    size_t said = 0;

    if (!j->tee->snp.has_min_tcb)
        return false;
    rt_say(w, "the TCB reported and that at launch are of ");
    for (size_t i = 0; i < RT_SNP_GENERATIONS; i++) {
        if (!j->tee->snp.min_tcb[i].listed || (j->claims && strcmp(generations[i], product) != 0))
            continue;
        rt_say_next(w, said++, "; or of ");
        say_parts(j, w, i);
    }
    return true;
}

/* Under a VLEK, and where it is masked, a report names no chip. */
static enum ratls_err judge_chip(const struct rt_policy_judge *j)
{
    const struct rt_policy_snp *snp = &j->tee->snp;
    const char *chip = rt_claim_text(j->claims, "platform_id");

    if (snp->has_chip_ids)
        rt_policy_note(j, rt_policy_is_among(&snp->chip_ids, chip) ? RT_NOTED_PLATFORM
                                                                   : RT_NOTED_STRANGER);
    if (snp->has_chip_ids && !rt_policy_is_among(&snp->chip_ids, chip))
        return ratls_fail(j->err, RATLS_E_PLATFORM, "the chip is not listed");
    if (snp->denied_chip_ids.n > 0 && rt_policy_is_among(&snp->denied_chip_ids, chip))
        return ratls_fail(j->err, RATLS_E_PLATFORM, "the chip is denied");
    return RATLS_OK;
}

static bool say_chip(const struct rt_policy_judge *j, struct rt_writer *w)
{
    const struct rt_policy_snp *snp = &j->tee->snp;

    return rt_say_allowed(w, j, snp->has_chip_ids ? &snp->chip_ids : NULL, &snp->denied_chip_ids);
}

const struct rt_policy_rule rt_rule_vmpl = {.name = "vmpl",
                                            .tee = "snp",
                                            .claim = "snp.vmpl",
                                            .type = RATLS_CLAIM_UINT,
                                            .judge = judge_vmpl,
                                            .words = say_vmpl},
                            rt_rule_migration_agent = {.name = "insecure_migration_agent",
                                                       .tee = "snp",
                                                       .claim = "snp.migrate_ma",
                                                       .type = RATLS_CLAIM_BOOL,
                                                       .judge = judge_migration_agent,
                                                       .words = say_migration_agent},
                            rt_rule_guest_svn = {.name = "min_guest_svn",
                                                 .tee = "snp",
                                                 .claim = "snp.guest_svn",
                                                 .type = RATLS_CLAIM_UINT,
                                                 .judge = judge_guest_svn,
                                                 .words = say_guest_svn},
                            rt_rule_min_tcb = {.name = "min_tcb",
                                               .tee = "snp",
                                               .claim = "snp.product",
                                               .type = RATLS_CLAIM_TEXT,
                                               .judge = judge_min_tcb,
                                               .words = say_min_tcb},
                            rt_rule_chip = {.name = "chip_ids",
                                            .tee = "snp",
                                            .claim = "platform_id",
                                            .type = RATLS_CLAIM_TEXT,
                                            .judge = judge_chip,
                                            .words = say_chip};
