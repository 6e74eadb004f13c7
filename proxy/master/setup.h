/* setup.h - all that the master makes of one reading of the configuration.
 *
 * Reading takes as long as files, databases and names take: only the first one is read in the
 * loop's thread. A setup that is to take the place of another is complete before that one is
 * touched, and takes over from it what stays the same: listeners by their address, issuers by what
 * their identities are made of; and, for a while, signers of services that do not stay.
 * Thread rule: px_setup_read() is for any thread, everything else for the loop's. */
#ifndef PX_SETUP_H
#define PX_SETUP_H

#include "files.h"
#include "issuer.h"
#include "listener.h"
#include "signer.h"
#include "token_keys.h"
#include "watch.h"

struct px_setup {
    uint64_t generation; /* of the configuration: 1 is that of the start */
    struct px_config *config;
    struct px_files files; /* those that stay, for workers too */
    struct px_token_keys *token_keys;
    struct px_signers *signers;   /* whoever asks is answered by those in force, by name */
    struct px_standing *standing; /* trust in force */
    struct px_watch *watch;
    struct px_listener *listeners[PX_MAX_SERVICES]; /* NULL: to be taken over */
    struct px_issuer *issuers[PX_MAX_SERVICES];     /* NULL: likewise, or no evidence is shown */
};

/* What is in force while the next one is read; references, or all NULL. */
struct px_before {
    struct px_config *config;
    struct px_standing *standing;
};

/* *out is new, without issuers. With something before, everything is proven that a worker would
 * refuse, what needs a restart is refused by its name, and only those listeners are opened whose
 * addresses are new. Errors name file and line. */
RATLS_MUST_USE enum ratls_err px_setup_read(const char *path, const struct px_before *before,
                                            const struct px_activation *sockets,
                                            struct px_setup **out, struct ratls_error *err);
void px_setup_free(struct px_setup *s); /* NULL is legal */
/* The same identities: those of service i of `now` are issued by that one of `old`; or NULL. */
struct px_issuer *px_setup_issuer_for(const struct px_setup *old, const struct px_setup *now,
                                      size_t i);
/* Moves what stays the same. Issuers that are left in `old` are not needed any more. */
void px_setup_take_over(struct px_setup *now, struct px_setup *old);
struct px_issuer *px_setup_issuer(const struct px_setup *s, uint32_t id); /* or NULL */

/* config, files and signers only: RATLS_E_CONFIG with file and line. For px_master_check(), too. */
RATLS_MUST_USE enum ratls_err px_setup_load(struct px_setup *s, const char *path,
                                            struct ratls_error *err);
/* RATLS_E_CONFIG "X changed: needs a restart". */
RATLS_MUST_USE enum ratls_err px_setup_restart_only(const struct px_config *old,
                                                    const struct px_config *now,
                                                    struct ratls_error *err);
/* Everything that TLS and trust of a service need, tried out. `env` reads what stays. */
RATLS_MUST_USE enum ratls_err px_setup_try(const struct ratls_env *env, const struct px_service *s,
                                           struct ratls_trust *trust, struct ratls_error *err);
/* Likewise of every service that has a passport, for asking for it. */
RATLS_MUST_USE enum ratls_err px_setup_try_passports(struct px_setup *s, struct ratls_error *err);

#endif
