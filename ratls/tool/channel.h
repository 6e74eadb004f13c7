/* channel.h - commands that ask a service over an attested connection: who this side is, what the
 * service is judged by, and what is said of it. */
#ifndef TOOL_CHANNEL_H
#define TOOL_CHANNEL_H

#include "ratls/request.h"
#include "tool.h"

extern const struct tool_command tool_channel; /* their base, no command by itself */
extern const struct tool_command tool_token_fetch, tool_secret_get;

struct tool_link {
    struct ratls_ctx *ctx; /* NULL: ordinary TLS */
    struct ratls_attester *attester;
    struct ratls_identity *identity;
    int64_t timeout_ms;
};

/* By the options of the base; false: said on stderr. */
bool tool_link_open(const struct tool_args *args, struct tool_link *out);
/* The same over ordinary TLS, which needs none of the options that judge a server. */
bool tool_link_open_plain(const struct tool_args *args, struct tool_link *out);
void tool_link_close(struct tool_link *link); /* legal on a zeroed one */

bool tool_link_is_json(const struct tool_args *args); /* --json */

/* How it went, in JSON where that is asked for; the refusal on stderr otherwise. `more` (taken, may
 * be NULL) becomes the member `name`. The exit code. */
struct tool_outcome {
    enum ratls_err e;
    const struct ratls_error *err;
    const struct ratls_response *response;
    const char *name;
    struct cJSON *more;
};
int tool_link_report(const struct tool_args *args, const struct tool_outcome *o);

#endif
