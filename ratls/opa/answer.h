/* answer.h - what OPA says, read strictly.
 *
 * One JSON object; only its member `result` counts. Anything but true, or an object with
 * `allow`: true, denies. */
#ifndef RT_OPA_ANSWER_H
#define RT_OPA_ANSWER_H

#include "base.h"

#define RT_MAX_OPA_ANSWER (64 * 1024)

/* RATLS_OK, RATLS_E_OPA_DENIED, RATLS_E_OPA_FAILED, RATLS_E_NO_MEMORY. */
RATLS_MUST_USE enum ratls_err rt_opa_answer(struct ratls_bytes body, struct ratls_error *err);

#endif
