/* policy_case.h - one case of `ratls policy test`: a policy, a peer, and what is expected of them.
 */
#ifndef RATLS_POLICY_CASE_H
#define RATLS_POLICY_CASE_H

#include "tool.h"

struct cJSON;

#define CASE_MAX_PATHS 64

struct policy_case {
    struct cJSON *json; /* owned; texts below are borrowed from it */
    const char *folder; /* that paths are relative to */
    const char *name, *expect;
    struct tool_args args; /* of verify */
    char *paths[CASE_MAX_PATHS];
    size_t n_paths;
    struct ratls_buffer policy;
    struct ratls_claims *claims; /* instead of evidence */

    enum ratls_err found; /* RATLS_OK: allowed */
    char detail[RATLS_ERROR_DETAIL_MAX];
};

/* Read and judge it; false: the case itself is wrong, said on stderr. Free it either way. */
bool policy_case_run(const char *folder, const char *path, struct policy_case *out);
bool policy_case_differs(const struct policy_case *c);
void policy_case_free(struct policy_case *c);

#endif
