/* sim_store.h - a simulated PKI as files in a folder, so that several processes share one root. */
#ifndef RT_SIM_STORE_H
#define RT_SIM_STORE_H

#include "crypto.h"

struct rt_sim_file {
    const char *name, *label; /* of the file, of its PEM block */
    bool is_secret;           /* mode 0600, else 0644 */
    struct ratls_buffer der;  /* what is in it */
};

struct rt_sim_store {
    const char *directory;
    struct rt_sim_file *file;
    size_t n;
    /* Fills the `der` of every file with a new PKI. */
    enum ratls_err (*make)(const struct ratls_env *env, const struct rt_sim_store *store,
                           struct ratls_error *err);
    const void *arg; /* for make */
};

/* Reads the files; makes them first when the folder is absent or empty. When two processes make it
 * at once, the first to finish wins and both use its PKI. The `der` of the files are new, also
 * after an error: rt_sim_store_free(). RATLS_E_IO, RATLS_E_CONFIG for a file that is malformed. */
RATLS_MUST_USE enum ratls_err rt_sim_store_open(const struct ratls_env *env,
                                                const struct rt_sim_store *store,
                                                struct ratls_error *err);
void rt_sim_store_free(const struct rt_sim_store *store);
/* RATLS_E_CONFIG: what a file holds is of no use. */
enum ratls_err rt_sim_store_malformed(const struct rt_sim_store *store, size_t i, const char *why,
                                      struct ratls_error *err);
/* A PKI of one file, a key on P-384. *out is new: rt_key_free(), also after an error. */
RATLS_MUST_USE enum ratls_err rt_sim_store_key(const struct ratls_env *env, const char *directory,
                                               const char *name, struct rt_key **out,
                                               struct ratls_error *err);

#endif
