/* tool.h - the `ratls` command: a table of subcommands, each with a table of options.
 *
 * Uses the public headers only, as any other program would. */
#ifndef RATLS_TOOL_H
#define RATLS_TOOL_H

#include <stdio.h>

#include "ratls/ratls.h"

#define TOOL_MAX_FILE    (4 * 1024 * 1024) /* evidence with its logs as numbers in JSON */
#define TOOL_MAX_FILES   256               /* of one folder */
#define TOOL_MAX_OPTIONS 48
#define TOOL_MAX_REPEATS 32

/* Exit codes: interfaces promise 0 allowed or done, 1 denied, 2 usage, input or output. */
enum { TOOL_OK = 0, TOOL_DENIED = 1, TOOL_ERROR = 2 };

#define TOOL_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- options ---- */

struct tool_option {
    const char *name;  /* "--evidence", "-o" */
    const char *value; /* what follows, for the help text; NULL: a switch */
    const char *help;
    bool required, repeats;
    bool own; /* not of commands that take the options of this one as well */
};

struct tool_value {
    const char *items[TOOL_MAX_REPEATS]; /* borrowed from argv */
    size_t n;
};

struct tool_args {
    struct tool_value values[TOOL_MAX_OPTIONS]; /* same index as the option table */
    const char *positional;                     /* the first; NULL: left out */
    struct tool_value positionals;
    const struct tool_command *command;
};

/* A command does something (run), or is a noun with verbs, each a command named "noun verb". */
struct tool_command {
    const char *name, *summary;
    const char *positional; /* name of the one positional argument, required unless in brackets,
                             * and of several if it ends in "..."; NULL: none */
    const struct tool_command *base; /* its options come first; NULL: none */
    const struct tool_option *options;
    size_t n_options;
    int (*run)(const struct tool_args *args);
    const struct tool_command *const *verbs;
    size_t n_verbs;
};

extern const struct tool_command tool_inspect, tool_verify, tool_attest, tool_cert, tool_collateral,
    tool_policy, tool_refval, tool_anchor, tool_store, tool_token, tool_secret, tool_kek;
extern const struct tool_command tool_policy_check, tool_policy_explain, tool_policy_test;
extern const struct tool_command tool_token_make, tool_token_verify, tool_token_appraise,
    tool_token_dpop;

/* false: usage error, said on stderr. argv behind the name of the command. */
bool tool_parse(const struct tool_command *c, int argc, char **argv, struct tool_args *out);
void tool_help(const struct tool_command *c);
/* The rows of its options alone. */
void tool_help_options(const struct tool_command *c);
/* The rows "name  summary" of a table of commands. */
void tool_list(FILE *to, const struct tool_command *const *commands, size_t n);
/* The (first) value; NULL when absent. A switch gives its own name. */
const char *tool_get(const struct tool_args *args, size_t option);
/* The same of a command with a base, by the index in its own table. */
const char *tool_get_own(const struct tool_args *args, size_t option);

/* ---- input and output; messages go to stderr ---- */

/* The system's environment with a log on stderr; and without one, for what is said on stdout. */
const struct ratls_env *tool_env(void);
const struct ratls_env *tool_quiet_env(void);
/* That with a log, with a clock that stands. One per process. */
const struct ratls_env *tool_env_at(int64_t now);
/* "ratls: text", returns TOOL_ERROR. */
int tool_fail(const char *fmt, ...) RATLS_PRINTF(1, 2);
int tool_fail_with(const char *what, enum ratls_err e, const struct ratls_error *err);
bool tool_read(const char *path, struct ratls_buffer *out);
struct tool_issuer {
    char iss[300];
    const char *path; /* borrowed from the text */
    struct ratls_buffer jwks;
};
/* ISSUER=FILE, the value of an option. out->jwks is new. */
bool tool_read_issuer(const char *option, const char *text, struct tool_issuer *out);
/* A file; or every file of a folder whose name has this ending, sorted. Zero it first. */
struct tool_files {
    struct ratls_buffer file[TOOL_MAX_FILES];
    size_t n;
};
bool tool_read_path(const char *path, const char *ending, struct tool_files *out);
void tool_files_free(struct tool_files *files);
/* The certificates of these files as one PEM text, in order; DER becomes PEM. */
bool tool_read_certs(const struct tool_value *paths, struct ratls_buffer *out);
bool tool_write(const char *path, struct ratls_bytes content);
/* Mode 0600, never through a link; an existing file only with `force`, and then replaced whole. */
bool tool_write_secret(const char *path, struct ratls_bytes content, bool force);
/* New PEM text; false when out of memory. */
bool tool_pem(const char *label, struct ratls_bytes der, struct ratls_buffer *out);
bool tool_unhex(const char *text, uint8_t *out, size_t max, size_t *len);
/* `out` has 2 * len + 1 bytes. */
void tool_hex(const uint8_t *in, size_t len, char *out);
bool tool_time(const char *text, int64_t *seconds); /* UNIX seconds or RFC 3339 in UTC */
void tool_time_text(int64_t seconds, char out[32]);
bool tool_number(const char *text, int64_t *out); /* decimal, not negative */
/* stdout made it to its end? */
int tool_finish(int code);

/* ---- trust; false: said on stderr ---- */

typedef enum ratls_err tool_add_fn(struct ratls_trust *, struct ratls_bytes, struct ratls_error *);
bool tool_add_file(struct ratls_trust *trust, const char *path, tool_add_fn *add);
bool tool_add_files(struct ratls_trust *trust, const struct tool_value *paths, tool_add_fn *add);
/* Values of --anchors and --insecure-sim-roots. */
bool tool_add_roots(struct ratls_trust *trust, const struct tool_value *anchors,
                    const struct tool_value *sim_roots);

/* ---- the appraisal of `ratls verify`, for whoever has its options ---- */

struct tool_question {
    const struct tool_args *args; /* by the options of tool_verify */
    const struct ratls_env *env;
    struct ratls_bytes policy; /* instead of --policy; p NULL: that one, or the default */
    ratls_finding_fn *on_finding;
    void *finding_arg;
};
/* --time, or now; false: said on stderr. */
bool tool_judged_at(const struct tool_args *args, int64_t *now);
/* A new verdict; NULL: said on stderr. */
struct ratls_verdict *tool_judge(const struct tool_question *question);
int tool_explain(const struct tool_args *args, bool as_json, bool all);

/* ---- what rules say ---- */

struct tool_finding {
    char *rule, *detail;
    enum ratls_outcome outcome;
    enum ratls_err code;
    unsigned depth;
};
struct tool_findings {
    struct tool_finding *items;
    size_t n;
    bool bad; /* out of memory */
};
struct cJSON;

/* A ratls_finding_fn: `arg` is a struct tool_findings, zeroed at first. */
void tool_collect(void *arg, const struct ratls_finding *finding);
void tool_findings_free(struct tool_findings *f);
/* The first that refuses; NULL: none does. */
const struct tool_finding *tool_decisive(const struct tool_findings *f);
void tool_print_findings(const struct tool_findings *f);
/* New array of objects {"rule", "outcome", "reason", "detail", "depth"}; NULL when out of memory.
 */
struct cJSON *tool_findings_json(const struct tool_findings *f);
/* Prints and frees it (NULL is legal); false when out of memory. */
bool tool_put_json(struct cJSON *json);

/* ---- printing ---- */

/* Lines "name: value" whose values start in one column. */
struct tool_line {
    const char *name, *value;
};
void tool_print(const struct tool_line *lines, size_t n_lines, const struct ratls_claims *claims);
/* For people: the lines, what must not be overlooked, then the claims as a picture with whatever it
 * leaves out below. TEEs without a picture, and `all`: every claim as a line. */
void tool_show(const struct tool_line *lines, size_t n_lines, const struct ratls_claims *claims,
               bool all);
/* Its parts. Evidence in debug mode or of a simulator: a line each. */
void tool_alarms(const struct ratls_claims *claims);
/* false: nothing was drawn, there is no layout for this TEE. */
bool tool_picture(const struct ratls_claims *claims);
/* True for a claim whose value the picture shows, or whose absence from it tells the value: flags
 * that are false, an empty list, no trailing bytes. */
bool tool_pictured(const struct ratls_claims *claims, const struct ratls_claim *c);
/* New object of names and values; NULL when out of memory. */
struct cJSON *tool_claims_json(const struct ratls_claims *claims);
bool tool_print_json(const char *format, const struct ratls_claims *claims);

/* Shared by attest and cert: open the attester; save its test root and its collateral where asked.
 */
struct ratls_attester *tool_attester(const char *name, const char *options, const char *root_path,
                                     const char *collateral_path);

#endif
