/* ratls token appraise: evidence judged by another service, and its result by the rules of `ratls
 * token verify`. */
#include <stdlib.h>

#include "ratls/remote.h"
#include "token.h"

enum { EVIDENCE, SERVICE_POLICY, CA, TIMEOUT };

static const struct tool_option options[] = {
    [EVIDENCE] = {.name = "--evidence",
                  .value = "FILE",
                  .help = "what is judged; for Trustee a bare quote, as attest writes it",
                  .required = true},
    [SERVICE_POLICY] = {.name = "--policy-id",
                        .value = "ID",
                        .help = "policy of Trustee that judges; else default"},
    [CA] = {.name = "--ca", .value = "FILE", .help = "trusted instead of the system's CAs, PEM"},
    [TIMEOUT] = {.name = "--timeout", .value = "S", .help = "seconds for all of it; else 30"},
};

static int appraise(const struct tool_args *args, const struct tool_token_rules *w,
                    struct ratls_bytes evidence)
{
    struct ratls_token *token = NULL;
    struct ratls_error err = {0};
    int64_t timeout_s = 0;

    if (w->with_proof) {
        tool_fail("--dpop is for tokens that somebody shows");
        return TOOL_ERROR;
    }
    if (!tool_token_seconds("--timeout", tool_get_own(args, TIMEOUT), &timeout_s))
        return TOOL_ERROR;
    const struct ratls_remote remote = {
        .url = args->positional,
        .ca_file = tool_get_own(args, CA),
        .issuers = w->issuers,
        .rules = &w->rules,
        .dialect = w->dialect,
        .tee = w->rules.tee,
        .policy = tool_get_own(args, SERVICE_POLICY),
        .timeout_ms = timeout_s > RATLS_REQUEST_TIMEOUT_MAX ? -1 : timeout_s * 1000,
    };
    const enum ratls_err e = ratls_remote_appraise(tool_env(), &remote, evidence, &token, &err);
    const int code = tool_token_judged(args, "token appraise", token, e, &err);
    ratls_token_free(token);
    return code;
}

static int run(const struct tool_args *args)
{
    struct tool_token_rules rules;
    struct ratls_buffer evidence = {0};
    int code = TOOL_ERROR;

    if (tool_token_rules_open(args, &rules) && tool_read(tool_get_own(args, EVIDENCE), &evidence))
        code = appraise(args, &rules, ratls_bytes(evidence.p, evidence.len));
    ratls_buffer_free(&evidence);
    tool_token_rules_close(&rules);
    return code;
}

const struct tool_command tool_token_appraise = {
    .name = "token appraise",
    .summary = "Have evidence judged by another service (RATLS or Trustee), and verify its result",
    .positional = "URL",
    .base = &tool_token_verify,
    .options = options,
    .n_options = TOOL_COUNT(options),
    .run = run,
};
