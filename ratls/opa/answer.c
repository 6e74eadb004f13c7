#include "answer.h"

#include <cjson/cJSON.h>

#include "json.h"

/* The one place that allows. */
static enum ratls_err judge_value(const struct cJSON *value, const char *what,
                                  struct ratls_error *err)
{
    if (!value)
        return ratls_fail(err, RATLS_E_OPA_FAILED, "the answer has no %s: undefined", what);
    if (cJSON_IsFalse(value))
        return ratls_fail(err, RATLS_E_OPA_DENIED, "%s is false", what);
    if (!cJSON_IsTrue(value))
        return ratls_fail(err, RATLS_E_OPA_FAILED, "%s is neither true nor false", what);
    return RATLS_OK;
}

static enum ratls_err judge(const struct cJSON *answer, struct ratls_error *err)
{
    const struct cJSON *result = rt_json_member(answer, "result");

    if (!cJSON_IsObject(answer))
        return ratls_fail(err, RATLS_E_OPA_FAILED, "the answer is not an object");
    if (cJSON_IsObject(result))
        return judge_value(rt_json_member(result, "allow"), "result.allow", err);
    return judge_value(result, "result", err);
}

enum ratls_err rt_opa_answer(struct ratls_bytes body, struct ratls_error *err)
{
    struct cJSON *answer = NULL;
    enum ratls_err e =
        rt_json_parse_up_to(body, RT_MAX_OPA_ANSWER, RATLS_E_OPA_FAILED, &answer, err);

    if (e == RATLS_OK)
        e = judge(answer, err);
    rt_json_free(answer);
    return e;
}
