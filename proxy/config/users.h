/* users.h - who may ask a service of connect-listen or socks-listen for a destination.
 *
 * A file of lines USER:PASSWORD (RFC 7617 s.2: no colon in USER), comments with # and empty lines.
 * Passwords stand there as they are: a worker must answer within its loop, which no hash that is
 * slow enough for passwords of people could do; the file is for its owner alone instead. They are
 * compared in the form of RFC 7617, so that nothing is decoded. Nothing here logs or prints one.
 * What it does NOT do: count wrong ones (credential.h). */
#ifndef PX_USERS_H
#define PX_USERS_H

#include "config.h"

#define PX_MAX_USERS         64
#define PX_MAX_USER          255 /* RFC 1929 s.2: of name and of password */
#define PX_MIN_PASSWORD      8
#define PX_MAX_USER_PASSWORD (PX_MAX_USER + 1 + PX_MAX_USER)

struct px_users;

/* *out is new. RATLS_E_CONFIG names the line, and nothing of what stands in it. */
RATLS_MUST_USE enum ratls_err px_users_parse(struct ratls_bytes text, struct px_users **out,
                                             struct ratls_error *err);
/* Those of the service, read through env; NULL in *out where it asks nobody who he is. Errors name
 * file and line. */
RATLS_MUST_USE enum ratls_err px_service_users(const struct ratls_env *env,
                                               const struct px_service *s, struct px_users **out,
                                               struct ratls_error *err);
void px_users_free(struct px_users *u); /* wipes; NULL is legal */
/* The name of the user, borrowed, or NULL: nobody. */

/* What stands behind "Basic " in HTTP. Takes as long for wrong ones as for right ones. */
const char *px_users_know_basic(const struct px_users *u, struct ratls_bytes basic);
/* A colon in `user` makes it nobody's: the pair could be read as that of another. */
const char *px_users_know(const struct px_users *u, struct ratls_bytes user,
                          struct ratls_bytes password);

#endif
