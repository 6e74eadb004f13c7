/* Does a version fit the claims? A claim that is missing fits nothing. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "baseline_impl.h"
#include "claim_text.h"
#include "json.h"

/* A text of a claim, and its lower-case form where it is hex: that of JSON is lower case already.
 */
struct text {
    const char *as_is;
    char hex[2 * RT_ITEM_VALUE_MAX + 1];
};

static struct text text_of(const char *claim)
{
    uint8_t bytes[RT_ITEM_VALUE_MAX];
    size_t len = sizeof bytes;
    struct text t = {.as_is = claim};

    if (rt_unhex(claim, strlen(claim), bytes, &len))
        rt_hex(ratls_bytes(bytes, len), t.hex);
    return t;
}

static bool is_text_among(const char *claim, const cJSON *values)
{
    const struct text t = text_of(claim);
    const cJSON *due;

    cJSON_ArrayForEach(due, values)
    {
        if (cJSON_IsString(due) && (strcmp(t.as_is, due->valuestring) == 0 ||
                                    (t.hex[0] && strcmp(t.hex, due->valuestring) == 0)))
            return true;
    }
    return false;
}

static bool is_number(const struct ratls_claim *c, const cJSON *due)
{
    int64_t number;

    if (c->type == RATLS_CLAIM_BOOL)
        return cJSON_IsBool(due) && (c->number != 0) == (bool)cJSON_IsTrue(due);
    return c->type == RATLS_CLAIM_UINT && rt_json_int(due, 0, INT64_MAX, &number) &&
           c->number == (uint64_t)number;
}

static bool is_among(const struct ratls_claim *c, const cJSON *values)
{
    const cJSON *due;

    if (c->type == RATLS_CLAIM_TEXT)
        return is_text_among(c->text, values);
    cJSON_ArrayForEach(due, values)
    {
        if (is_number(c, due))
            return true;
    }
    return false;
}

static bool refuse(char why[RT_BASELINE_WHY_MAX], const char *claim, const char *what)
{
    (void)snprintf(why, RT_BASELINE_WHY_MAX, "%s %s", claim, what);
    return false;
}

static const struct ratls_claim *list_of(const struct ratls_claims *claims, const char *name)
{
    const struct ratls_claim *c = ratls_claims_get(claims, name);

    return c && c->type == RATLS_CLAIM_LIST ? c : NULL;
}

/* ---- one function for each member ---- */

static bool fit_claims(const cJSON *object, const struct ratls_claims *claims,
                       char why[RT_BASELINE_WHY_MAX])
{
    const cJSON *due;

    cJSON_ArrayForEach(due, object)
    {
        const struct ratls_claim *c = ratls_claims_get(claims, due->string);
        if (!c)
            return refuse(why, due->string, "is missing");
        if (!is_among(c, due))
            return refuse(why, due->string, "is none of its values");
    }
    return true;
}

static bool fit_lists(const cJSON *object, const struct ratls_claims *claims,
                      char why[RT_BASELINE_WHY_MAX])
{
    const cJSON *due;

    cJSON_ArrayForEach(due, object)
    {
        const struct ratls_claim *c = list_of(claims, due->string);
        if (!c || c->n_items == 0)
            return refuse(why, due->string, "is missing or empty");
        for (size_t i = 0; i < c->n_items; i++)
            if (!is_text_among(c->items[i], due))
                return refuse(why, due->string, "holds what is not listed");
    }
    return true;
}

static bool fit_minimum(const cJSON *object, const struct ratls_claims *claims,
                        char why[RT_BASELINE_WHY_MAX])
{
    const cJSON *due;
    int64_t floor;

    cJSON_ArrayForEach(due, object)
    {
        const struct ratls_claim *c = ratls_claims_get(claims, due->string);
        if (!c || c->type != RATLS_CLAIM_UINT)
            return refuse(why, due->string, "is no number");
        if (!rt_json_int(due, 0, INT64_MAX, &floor) || c->number < (uint64_t)floor)
            return refuse(why, due->string, "is below its minimum");
    }
    return true;
}

static bool fit_status(const cJSON *list, const struct ratls_claims *claims,
                       char why[RT_BASELINE_WHY_MAX])
{
    return is_text_among(rt_claim_text(claims, "tcb_status"), list) ||
           refuse(why, "tcb_status", "is not accepted");
}

/* Without the claim nothing is known of advisories, which is not the same as none. */
static bool fit_advisories(const cJSON *object, const struct ratls_claims *claims,
                           char why[RT_BASELINE_WHY_MAX])
{
    const cJSON *accepted = rt_json_member(object, "accepted");
    const cJSON *rejected = rt_json_member(object, "rejected");
    const struct ratls_claim *c = list_of(claims, "advisory_ids");

    if (!c)
        return refuse(why, "advisory_ids", "is missing");
    for (size_t i = 0; i < c->n_items; i++) {
        if (accepted && !is_text_among(c->items[i], accepted))
            return refuse(why, c->items[i], "is not an accepted advisory");
        if (is_text_among(c->items[i], rejected))
            return refuse(why, c->items[i], "is a rejected advisory");
    }
    return true;
}

bool rt_baseline_fits(const struct rt_baseline *b, const struct ratls_claims *claims,
                      char why[RT_BASELINE_WHY_MAX])
{
    static const struct {
        const char *name;
        bool (*fits)(const cJSON *value, const struct ratls_claims *claims,
                     char why[RT_BASELINE_WHY_MAX]);
    } members[] = {{"claims", fit_claims},
                   {"lists", fit_lists},
                   {"minimum", fit_minimum},
                   {"tcb_status", fit_status},
                   {"advisory_ids", fit_advisories}};

    for (size_t i = 0; i < RT_COUNT(members); i++) {
        const cJSON *value = rt_json_member(b->body, members[i].name);
        if (value && !members[i].fits(value, claims, why))
            return false;
    }
    return true;
}

bool rt_baseline_names(const struct rt_baseline *b, bool (*such)(const char *claim),
                       char why[RT_BASELINE_WHY_MAX])
{
    const cJSON *claims = rt_json_member(b->body, "claims"), *claim;

    if (!such)
        return true;
    cJSON_ArrayForEach(claim, claims)
    {
        if (such(claim->string))
            return true;
    }
    return refuse(why, "claims", "name no PCR: anything may have been booted");
}
