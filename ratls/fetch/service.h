/* service.h - what the clients of vendors' services share: where the service is, and the file that
 * their answers become. */
#ifndef RT_SERVICE_H
#define RT_SERVICE_H

#include "base.h"
#include "form.h"
#include "http.h"
#include "ratls/collateral.h"

#define RT_URL_LEN 1024

struct rt_service {
    const struct ratls_collateral_source *source;
    char base[RT_URL_LEN]; /* without slashes at its end */
    struct rt_http *http;
};

/* `usual` is the vendor's own address. rt_http_close(out->http) after RATLS_OK. RATLS_E_USAGE for a
 * source that makes no sense; what rt_http_open() answers. */
RATLS_MUST_USE enum ratls_err rt_service_open(const struct ratls_env *env,
                                              const struct ratls_collateral_source *source,
                                              const char *usual, struct rt_service *out,
                                              struct ratls_error *err);

/* One more member of the JSON object under construction: what was received, by its form. */
RATLS_MUST_USE enum ratls_err rt_service_put(struct rt_writer *w, const char *name,
                                             rt_form_fn *form, const struct ratls_buffer *received,
                                             struct ratls_error *err);
/* Ends the object. `w` is taken, *json is new unless `e` says that something went wrong before. */
RATLS_MUST_USE enum ratls_err rt_service_finish(struct rt_writer *w, enum ratls_err e,
                                                struct ratls_buffer *json, struct ratls_error *err);

#endif
