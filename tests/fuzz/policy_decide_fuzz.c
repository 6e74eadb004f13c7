/* Any policy asked about any claims: it decides, the same whether somebody hears why or not, and
 * whoever hears why hears of one reason at least where it denies, and of none where it does not.
 *
 * Input: a byte with the number of claims; of each its name (a row below), its type and a byte that
 * is the value of a number or truth value, the length of a text that follows, or the number of
 * items of a list, which are the bytes that follow; then the policy. */
#include <stdlib.h>

#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "simulated",
    "debug",
    "tcb_status",
    "measurement",
    "a",
    "b",
    "c",
    "platform_id",
    "advisory_ids",
    "tcb_date",
    "peer.names",
    "snp.vmpl",
    "snp.migrate_ma",
    "snp.product",
    "snp.guest_svn",
    "tdx.tcb_eval_num",
    "virtcca.platform_token_present",
};

static void add_text(struct ratls_claims *claims, const char *name, struct ratls_bytes value)
{
    char text[256];

    memcpy(text, value.p, value.len);
    text[value.len] = 0;
    (void)ratls_claims_set_text(claims, name, text);
}

static void add_list(struct ratls_claims *claims, const char *name, struct ratls_bytes items)
{
    char item[2] = {0};

    (void)ratls_claims_add_item(claims, name, NULL);
    for (size_t i = 0; i < items.len; i++) {
        item[0] = (char)items.p[i];
        (void)ratls_claims_add_item(claims, name, item);
    }
}

static void add_claim(struct ratls_claims *claims, struct rt_reader *r)
{
    const char *name = names[rt_u8(r) % RT_COUNT(names)];
    const uint8_t type = rt_u8(r) % 4, value = rt_u8(r);
    const struct ratls_bytes rest =
        type == 0 || type == 3 ? rt_take_bytes(r, value) : ratls_bytes("", 0);

    if (r->bad)
        return;
    switch ((enum ratls_claim_type)type) {
    case RATLS_CLAIM_TEXT:
        add_text(claims, name, rest);
        break;
    case RATLS_CLAIM_UINT:
        (void)ratls_claims_set_uint(claims, name, value);
        break;
    case RATLS_CLAIM_BOOL:
        (void)ratls_claims_set_bool(claims, name, value & 1);
        break;
    case RATLS_CLAIM_LIST:
        add_list(claims, name, rest);
        break;
    }
}

static void count(void *arg, const struct ratls_finding *f)
{
    size_t *refusing = arg;

    *refusing += f->code != RATLS_OK;
    if (!f->rule[0] || f->outcome > RATLS_RULE_NOT_ASKED || f->depth > 8)
        abort();
}

static void decide(const struct rt_policy *p, const char *tee, const struct ratls_claims *claims)
{
    struct rt_policy_subject s = {
        .tee = tee, .claims = claims, .is_certificate = true, .now = 1750000000};
    size_t refusing = 0;
    struct ratls_error quiet = {0}, told = {0};

    const enum ratls_err alone = rt_policy_decide(p, &s, &quiet);
    s.on_finding = count;
    s.finding_arg = &refusing;
    if (rt_policy_decide(p, &s, &told) != alone || strcmp(quiet.detail, told.detail) != 0 ||
        (refusing > 0) != (alone != RATLS_OK))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rt_reader r = rt_reader(ratls_bytes(data, size));
    struct ratls_claims *claims = ratls_claims_new();
    struct rt_policy *policy = NULL;
    const char *tee;

    for (unsigned n = rt_u8(&r) % 32; n > 0; n--)
        add_claim(claims, &r);
    if (!r.bad && rt_policy_parse_for(rt_rest(&r), "web", &policy, NULL) == RATLS_OK)
        for (size_t i = 0; (tee = rt_policy_tee_name(policy, i)) != NULL; i++)
            decide(policy, tee, claims);
    rt_policy_free(policy);
    ratls_claims_free(claims);
    return 0;
}
