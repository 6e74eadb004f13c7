/* tls_selftest.h - does the TLS library that runs here behave? Proven in memory before anything is
 * trusted to it: ratls_selftest() in ratls/ratls.h. */
#ifndef RT_TLS_SELFTEST_H
#define RT_TLS_SELFTEST_H

#include "ratls/ratls.h"

/* The single probes, for tests. RATLS_E_SELFTEST names what went wrong. */
RATLS_MUST_USE enum ratls_err rt_selftest_clone(const struct ratls_env *env,
                                                struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_selftest_null_suite(const struct ratls_env *env,
                                                     struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_selftest_resumption(const struct ratls_env *env,
                                                     struct ratls_error *err);

#endif
