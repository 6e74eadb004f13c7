/* Is a body one that can be judged by? Nothing that is misspelt or of a wrong form is kept: it
 * would silently compare nothing. */
#include "baseline_impl.h"

#include <cjson/cJSON.h>

#include "json.h"
#include "policy_impl.h"

#define MAX_NUMBER INT64_C(9007199254740991) /* 2^53 - 1: all that JSON can say */

enum { MEASUREMENT_MIN = 16, ITEM_MIN = 1, TEXT_MAX = 1024, ADVISORY_MAX = 64 };

typedef enum ratls_err value_fn(struct rt_item_reader *r, const char *member, cJSON *value);

/* A list that is not empty; `of`: name of the member for the message. */
static enum ratls_err check_list(struct rt_item_reader *r, const char *of, cJSON *list,
                                 value_fn *check)
{
    cJSON *value;

    if (!cJSON_IsArray(list) || !list->child)
        return rt_item_malformed(r, of, "must be a list that is not empty");
    cJSON_ArrayForEach(value, list)
    {
        enum ratls_err e = rt_item_count_value(r, of);
        if (e || (e = check(r, of, value)) != RATLS_OK)
            return e;
    }
    return RATLS_OK;
}

/* Names of claims, each with what `check` takes. */
static enum ratls_err check_claims_of(struct rt_item_reader *r, cJSON *object, value_fn *check)
{
    cJSON *claim;

    if (!cJSON_IsObject(object) || !object->child)
        return rt_item_malformed(r, object->string, "must be an object that is not empty");
    cJSON_ArrayForEach(claim, object)
    {
        const size_t len = strspn(claim->string, "abcdefghijklmnopqrstuvwxyz0123456789_.");
        if (len == 0 || len > RT_POLICY_NAME_MAX || claim->string[len])
            return rt_item_malformed(r, claim->string, "is not a name of a claim");
        enum ratls_err e = check(r, claim->string, claim);
        if (e)
            return e;
    }
    return RATLS_OK;
}

static enum ratls_err check_measurement(struct rt_item_reader *r, const char *of, cJSON *value)
{
    return rt_item_take_hex(value, MEASUREMENT_MIN)
               ? RATLS_OK
               : rt_item_malformed(r, of, "holds something other than hex of 16 to 64 bytes");
}

static enum ratls_err check_hex(struct rt_item_reader *r, const char *of, cJSON *value)
{
    return rt_item_take_hex(value, ITEM_MIN)
               ? RATLS_OK
               : rt_item_malformed(r, of, "holds something other than hex of 1 to 64 bytes");
}

/* Texts of claims are printable ASCII. Hex becomes what verifiers write. */
static bool is_claim_text(cJSON *value)
{
    const char *text = value->valuestring;

    for (size_t i = 0; text[i]; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    if (!rt_item_take_hex(value, ITEM_MIN) && strlen(text) > TEXT_MAX)
        return false;
    return true;
}

static enum ratls_err check_claim_value(struct rt_item_reader *r, const char *of, cJSON *value)
{
    int64_t number;

    if (cJSON_IsBool(value) || (cJSON_IsString(value) && is_claim_text(value)) ||
        rt_json_int(value, 0, MAX_NUMBER, &number))
        return RATLS_OK;
    return rt_item_malformed(r, of, "holds something other than hex, text, numbers or truth");
}

static enum ratls_err check_claim(struct rt_item_reader *r, const char *of, cJSON *list)
{
    return check_list(r, of, list, check_claim_value);
}

static enum ratls_err check_list_claim(struct rt_item_reader *r, const char *of, cJSON *list)
{
    return check_list(r, of, list, check_hex);
}

static enum ratls_err check_floor(struct rt_item_reader *r, const char *of, cJSON *value)
{
    int64_t number;

    if (!rt_json_int(value, 0, MAX_NUMBER, &number))
        return rt_item_malformed(r, of, "must be a number from 0");
    return rt_item_count_value(r, of);
}

static enum ratls_err check_status(struct rt_item_reader *r, const char *of, cJSON *value)
{
    const int row = cJSON_IsString(value) ? rt_tcb_find(value->valuestring) : -1;

    if (row < 0)
        return rt_item_malformed(r, of, "holds an unknown status");
    return rt_tcb_rows[row].acceptable
               ? RATLS_OK
               : rt_item_malformed(r, of, "holds a status that is never acceptable");
}

static enum ratls_err check_advisory(struct rt_item_reader *r, const char *of, cJSON *value)
{
    if (cJSON_IsString(value) && rt_item_good_text(value->valuestring, ADVISORY_MAX))
        return RATLS_OK;
    return rt_item_malformed(r, of, "holds something other than names of advisories");
}

/* ---- the members ---- */

static enum ratls_err read_measurements(struct rt_item_reader *r, cJSON *value)
{
    return check_list(r, value->string, value, check_measurement);
}

static enum ratls_err read_claims(struct rt_item_reader *r, cJSON *value)
{
    return check_claims_of(r, value, check_claim);
}

static enum ratls_err read_lists(struct rt_item_reader *r, cJSON *value)
{
    return check_claims_of(r, value, check_list_claim);
}

static enum ratls_err read_minimum(struct rt_item_reader *r, cJSON *value)
{
    return check_claims_of(r, value, check_floor);
}

static enum ratls_err read_tcb_status(struct rt_item_reader *r, cJSON *value)
{
    return check_list(r, value->string, value, check_status);
}

/* An empty list of what is accepted accepts no advisory. */
static enum ratls_err read_accepted(struct rt_item_reader *r, cJSON *value)
{
    if (cJSON_IsArray(value) && !value->child)
        return RATLS_OK;
    return check_list(r, value->string, value, check_advisory);
}

static enum ratls_err read_rejected(struct rt_item_reader *r, cJSON *value)
{
    return check_list(r, value->string, value, check_advisory);
}

static enum ratls_err read_advisories(struct rt_item_reader *r, cJSON *value)
{
    static const struct rt_item_member members[] = {
        {"accepted", read_accepted}, {"rejected", read_rejected}, {NULL, NULL}};

    if (!cJSON_IsObject(value) || !value->child)
        return rt_item_malformed(r, value->string, "must be an object that is not empty");
    return rt_item_check_object(r, value, members);
}

enum ratls_err rt_baseline_check(struct rt_item_reader *r, cJSON *body)
{
    static const struct rt_item_member members[] = {{"measurements", read_measurements},
                                                    {"claims", read_claims},
                                                    {"lists", read_lists},
                                                    {"minimum", read_minimum},
                                                    {"tcb_status", read_tcb_status},
                                                    {"advisory_ids", read_advisories},
                                                    {"comment", rt_item_check_comment},
                                                    {NULL, NULL}};
    enum ratls_err e = rt_item_check_object(r, body, members);

    if (e == RATLS_OK && !rt_json_member(body, "measurements") && !rt_json_member(body, "claims"))
        e = rt_item_malformed(r, "measurements", "is missing, and 'claims' too");
    return e;
}
