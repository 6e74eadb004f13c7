/* The sandbox as a whole. */
#include "sandbox.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

enum ratls_err px_sandbox_enter(const struct px_sandbox_plan *plan, struct px_sandbox *made,
                                struct ratls_error *err)
{
    bool on = false;

    *made = (struct px_sandbox){.seccomp = "sanitizer"};
    if (HAS_SANITIZER)
        return RATLS_OK;
    made->seccomp = "missing";
    enum ratls_err e = px_landlock_enter(plan, &made->landlock, err);
    if (e == RATLS_OK) /* last: it takes the calls that landlock needs */
        e = px_seccomp_enter(plan->who, &on, err);
    if (on)
        made->seccomp = "on";
    return e;
}
