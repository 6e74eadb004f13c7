/* plugin.h - one verifier from a shared object. The rules of refusal are those of registry.h. */
#ifndef RT_PLUGIN_H
#define RT_PLUGIN_H

#include "base.h"
#include "ratls/verifier.h"

struct rt_plugin {
    void *handle; /* of dlopen(3); NULL for built-in verifiers */
    const struct ratls_verifier *verifier;
};

/* Owner and mode of the folder; before anything in it is looked at. */
RATLS_MUST_USE enum ratls_err rt_plugin_check_directory(const char *directory,
                                                        struct ratls_error *err);
/* Load directory/file. Its constructors run here, which is why owner and mode are checked first. */
RATLS_MUST_USE enum ratls_err rt_plugin_open(const char *directory, const char *file,
                                             struct rt_plugin *out, struct ratls_error *err);
void rt_plugin_close(struct rt_plugin *p); /* legal on a zeroed one */

#endif
