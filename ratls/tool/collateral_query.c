#include "collateral_query.h"

#include <stdio.h>
#include <string.h>

#define TURIN_CHIP_LEN 8 /* all of a CHIP_ID that is not zero (AMD 57230, hwID) */

/* What is known of the platform. */
struct source {
    const struct tool_args *args;
    const struct ratls_claims *claims;
};

static const char *name_of(size_t option)
{
    return tool_collateral.options[option].name;
}

/* The option, else the claim of the evidence; NULL, said on stderr, when there is neither. */
static const char *fact(const struct source *s, size_t option, const char *claim)
{
    const char *text = tool_get(s->args, option);
    const struct ratls_claim *c = s->claims ? ratls_claims_get(s->claims, claim) : NULL;

    if (!text && c && c->type == RATLS_CLAIM_TEXT)
        text = c->text;
    if (!text)
        tool_fail("%s is missing%s", name_of(option),
                  s->claims ? ", the evidence does not say it" : ", or --evidence");
    return text;
}

static bool read_hex(const char *text, size_t option, uint8_t *out, size_t size)
{
    size_t len = 0;

    if (!text)
        return false;
    if (tool_unhex(text, out, size, &len) && len == size)
        return true;
    tool_fail("%s must be %zu hex digits", name_of(option), 2 * size);
    return false;
}

/* One of two words. */
static bool read_choice(const char *text, size_t option, const char *yes, const char *no, bool *out)
{
    if (!text)
        return false;
    *out = strcmp(text, yes) == 0;
    if (*out || strcmp(text, no) == 0)
        return true;
    tool_fail("%s must be %s or %s", name_of(option), yes, no);
    return false;
}

/* ---- Intel ---- */

static bool read_intel(const struct source *s, struct ratls_collateral_query *q)
{
    char fmspc[64], ca[64];

    (void)snprintf(fmspc, sizeof fmspc, "%s.fmspc", q->tee);
    (void)snprintf(ca, sizeof ca, "%s.pck_ca", q->tee);
    return read_hex(fact(s, FMSPC, fmspc), FMSPC, q->fmspc, sizeof q->fmspc) &&
           read_choice(fact(s, CA, ca), CA, "platform", "processor", &q->platform_ca);
}

/* ---- AMD ---- */

/* As a report has it; for Turin also without the zeros behind it. */
static bool read_chip(const struct source *s, struct ratls_collateral_query *q)
{
    const char *text = fact(s, CHIP_ID, "snp.chip_id");
    const bool is_short =
        text && strcmp(q->product, "Turin") == 0 && strlen(text) != 2 * sizeof q->chip_id;

    return read_hex(text, CHIP_ID, q->chip_id, is_short ? TURIN_CHIP_LEN : sizeof q->chip_id);
}

/* The VCEK is asked for, or nothing is said that only a VCEK has. */
static bool read_vcek(const struct source *s, struct ratls_collateral_query *q)
{
    static const size_t of_vcek[] = {CHIP_ID, TCB};

    q->with_vcek = tool_get(s->args, VCEK) || tool_get(s->args, VCEK_OUT);
    if (q->with_vcek)
        return read_chip(s, q) &&
               read_hex(fact(s, TCB, "snp.reported_tcb"), TCB, q->tcb, sizeof q->tcb);
    for (size_t i = 0; i < TOOL_COUNT(of_vcek); i++)
        if (tool_get(s->args, of_vcek[i])) {
            tool_fail("%s has no effect without --vcek or --vcek-out", name_of(of_vcek[i]));
            return false;
        }
    return true;
}

static bool read_amd(const struct source *s, struct ratls_collateral_query *q)
{
    q->product = fact(s, PRODUCT, "snp.product");
    return q->product &&
           read_choice(fact(s, KEY, "snp.signing_key"), KEY, "vlek", "vcek", &q->vlek) &&
           read_vcek(s, q);
}

/* ---- all of it ---- */

/* An option of the other vendor would be without any effect. */
static bool has_only(const struct tool_args *args, bool amd)
{
    static const size_t of_amd[] = {PRODUCT, KEY, VCEK, CHIP_ID, TCB, VCEK_OUT};
    static const size_t of_intel[] = {FMSPC, CA, ROOT_CRL_URL, PCCS, EARLY};
    const size_t *foreign = amd ? of_intel : of_amd;
    const size_t n = amd ? TOOL_COUNT(of_intel) : TOOL_COUNT(of_amd);

    for (size_t i = 0; i < n; i++)
        if (tool_get(args, foreign[i])) {
            tool_fail("%s is not for the TEE %s", name_of(foreign[i]), amd ? "snp" : "sgx or tdx");
            return false;
        }
    return true;
}

bool tool_collateral_query(const struct tool_args *args, const struct ratls_claims *claims,
                           struct ratls_collateral_query *out)
{
    const struct source s = {args, claims};

    *out = (struct ratls_collateral_query){.tee = fact(&s, TEE, "tee")};
    if (!out->tee)
        return false;
    const bool amd = strcmp(out->tee, "snp") == 0;
    if (!amd && strcmp(out->tee, "sgx") != 0 && strcmp(out->tee, "tdx") != 0) {
        tool_fail("%s must be sgx, tdx or snp, not %s", name_of(TEE), out->tee);
        return false;
    }
    return has_only(args, amd) && (amd ? read_amd(&s, out) : read_intel(&s, out));
}
