/* ratls policy explain: the appraisal of `ratls verify`, rule by rule. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "tool.h"

/* What decided: a rule, or something before any rule was asked. */
static const char *decided_by(const struct tool_findings *rules)
{
    const struct tool_finding *decisive = tool_decisive(rules);

    if (rules->n == 0)
        return "";
    return decisive ? decisive->rule : "no rule objects";
}

static void print(const struct ratls_verdict *v, const struct tool_findings *rules, bool all)
{
    const bool asked = rules->n > 0, allowed = ratls_verdict_allowed(v);
    const struct tool_line lines[] = {
        {"verdict", allowed ? "allow" : "deny"},
        {"reason", ratls_verdict_reason(v)},
        {"detail", ratls_verdict_detail(v)},
        {"decided by", asked ? decided_by(rules) : "what comes before the policy"},
    };

    tool_print_findings(rules);
    tool_print(lines, TOOL_COUNT(lines), all ? ratls_verdict_claims(v) : NULL);
}

static bool put_json(const struct ratls_verdict *v, const struct tool_findings *rules)
{
    const struct tool_finding *decisive = tool_decisive(rules);
    cJSON *root = cJSON_CreateObject();

    bool ok =
        cJSON_AddStringToObject(root, "verdict", ratls_verdict_allowed(v) ? "allow" : "deny") &&
        cJSON_AddStringToObject(root, "reason", ratls_verdict_reason(v)) &&
        cJSON_AddStringToObject(root, "detail", ratls_verdict_detail(v)) &&
        cJSON_AddStringToObject(root, "decided_by", decisive ? decisive->rule : "") &&
        cJSON_AddItemToObject(root, "rules", tool_findings_json(rules));
    if (ok)
        return tool_put_json(root);
    cJSON_Delete(root);
    return false;
}

int tool_explain(const struct tool_args *args, bool as_json, bool all)
{
    struct tool_findings rules = {0};
    const struct tool_question question = {
        .args = args, .env = tool_env(), .on_finding = tool_collect, .finding_arg = &rules};
    struct ratls_verdict *v = tool_judge(&question);
    int code = TOOL_ERROR;

    if (v) {
        bool ok = !rules.bad && (!as_json || put_json(v, &rules));
        if (ok && !as_json)
            print(v, &rules, all);
        code = ratls_verdict_allowed(v) ? TOOL_OK : TOOL_DENIED;
        if (!ok)
            code = tool_fail("out of memory");
    }
    ratls_verdict_unref(v);
    tool_findings_free(&rules);
    return code;
}
