/* custody.h - secrets of services with mode = secrets: what libratls-store has for it, loaded only
 * where there is such a service.
 *
 * Keys are opened while the process still has its rights, stores when it has given them up and
 * before the sandbox, which then leaves them the folders of the stores, the ports of databases,
 * and what a service names.
 * Does NOT look at HTTP. A release blocks as long as the store does: each custody has a thread of
 * its own, the only one that uses its store and its key once it runs, and a queue before it. */
#ifndef PX_CUSTODY_H
#define PX_CUSTODY_H

#include "config.h"
#include "ipc.h"
#include "jobs.h"
#include "ratls/secrets.h"
#include "sandbox.h"
#include "stats.h"

#define PX_CUSTODY_FILES   8     /* descriptors */
#define PX_CUSTODY_QUEUE   64    /* releases that wait for the thread */
#define PX_CUSTODY_WAIT_MS 10000 /* and how long */

struct px_custody_library {
    enum ratls_err (*kek_open)(const struct ratls_env *env, const char *url, struct ratls_kek **out,
                               struct ratls_error *err);
    void (*kek_close)(struct ratls_kek *kek);
    enum ratls_err (*store_open)(const struct ratls_env *env, const char *url,
                                 enum ratls_store_access access, struct ratls_store **out,
                                 struct ratls_error *err);
    void (*store_close)(struct ratls_store *s);
    enum ratls_err (*custody_new)(const struct ratls_env *env, struct ratls_store *s,
                                  struct ratls_kek *kek, const struct ratls_custody_limits *limits,
                                  struct ratls_custody **out);
    void (*custody_free)(struct ratls_custody *c);
    enum ratls_err (*release)(struct ratls_custody *c, const struct ratls_secret_request *request,
                              struct ratls_secret_value **out, int64_t *version,
                              struct ratls_error *err);
    struct ratls_bytes (*bytes)(const struct ratls_secret_value *v);
    void (*value_free)(struct ratls_secret_value *v);
    enum ratls_err (*jwe)(const struct ratls_env *env, struct ratls_bytes value,
                          const struct ratls_jwe_key *recipient, struct ratls_buffer *out,
                          struct ratls_error *err);
    enum ratls_err (*jwe_enc_check)(enum ratls_jwe_enc enc, struct ratls_error *err);
};

struct px_custody {
    char *service, *store_url, *kek_url;
    char *reads[PX_MAX_NAMES + 1]; /* what else it reads while it works */
    char *folder;                  /* that the store is in; NULL: a database */
    uint16_t port;                 /* of the database; 0: a unix socket */
    enum ratls_jwe_enc enc;        /* of values for who asks for a JWE */
    struct ratls_kek *kek;
    struct ratls_store *store;
    struct ratls_custody *custody;
    struct px_jobs *jobs;
    struct px_service_stats *stats; /* NULL: not counted */
};

struct px_custodies {
    const struct ratls_env *env;
    struct px_custody_library library;
    size_t n;
    struct px_custody list[PX_MAX_SERVICES];
};

/* Services (1), of each text16 name, store, KEK, encryption of a JWE (1), number (1) of what it
 * reads, text16 of each. False: malformed. */
RATLS_MUST_USE bool px_custodies_read(struct px_custodies *c, struct px_reader *r);
RATLS_MUST_USE enum ratls_err px_custodies_open_keys(struct px_custodies *c,
                                                     struct ratls_error *err);
RATLS_MUST_USE enum ratls_err px_custodies_open_stores(struct px_custodies *c,
                                                       struct ratls_error *err);
/* What they need of the sandbox; borrowed from them. */
struct px_custody_needs {
    const char *folders[PX_MAX_SERVICES + 1], *reads[PX_MAX_SERVICES * PX_MAX_NAMES + 1];
    uint16_t ports[PX_MAX_SERVICES + 2];
    struct px_sandbox_plan plan; /* of these */
};
void px_custodies_plan(const struct px_custodies *c, struct px_custody_needs *out);
/* The threads: last, so that they are born in the sandbox. What they do is for `ops`, with `arg`.
 */
RATLS_MUST_USE bool px_custodies_start(struct px_custodies *c, struct event_base *base,
                                       const struct px_jobs_ops *ops, void *arg);
/* And their end, as long as there is a loop. False: a store hangs; nothing can be closed. */
RATLS_MUST_USE bool px_custodies_end(struct px_custodies *c, int64_t wait_ms);
/* Both are there and can be opened, now and by this user; nothing is kept. RATLS_E_CONFIG with
 * file, line and key. */
RATLS_MUST_USE enum ratls_err px_custody_try(const struct ratls_env *env,
                                             const struct px_service *s, struct ratls_error *err);
void px_custodies_close(struct px_custodies *c); /* legal on a zeroed one */
const struct px_custody *px_custodies_find(const struct px_custodies *c, const char *service);

#endif
