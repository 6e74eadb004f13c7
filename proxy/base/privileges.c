/* Dropping privileges. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "privileges.h"

void px_privileges_protect_memory(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak check attaches to its own process */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

bool px_privileges_allow_files(size_t n)
{
    struct rlimit limit, raised = {n, n};

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return false;
    if (limit.rlim_cur >= n)
        return true;
    if (limit.rlim_max >= n)
        raised.rlim_max = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        return true;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return false;
}

enum ratls_err px_privileges_lock_memory(struct ratls_error *err)
{
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    struct rlimit limit;

    /* With a limit, a later mmap() would fail instead, in the middle of the work. */
    bool good = setrlimit(RLIMIT_MEMLOCK, &none) == 0 ||
                (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY);
    if (!good)
        return ratls_fail(err, RATLS_E_IO, "lock-memory: RLIMIT_MEMLOCK is not unlimited");
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
        return ratls_fail(err, RATLS_E_IO, "lock-memory: %s", strerrordesc_np(errno));
    return RATLS_OK;
}

static enum ratls_err find_ids(const struct px_config *config, uid_t *uid, gid_t *gid,
                               struct ratls_error *err)
{
    const char *user = config->setuid_user ? config->setuid_user : "nobody";
    const struct passwd *pw = getpwnam(user);

    if (!pw)
        return ratls_fail(err, RATLS_E_CONFIG, "setuid: no user is named %s", user);
    *uid = pw->pw_uid;
    *gid = pw->pw_gid;
    if (!config->setgid_group)
        return RATLS_OK;
    const struct group *gr = getgrnam(config->setgid_group);
    if (!gr)
        return ratls_fail(err, RATLS_E_CONFIG, "setgid: no group is named %s",
                          config->setgid_group);
    *gid = gr->gr_gid;
    return RATLS_OK;
}

static enum ratls_err become(uid_t uid, gid_t gid, struct ratls_error *err)
{
    if (setgroups(1, &gid) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
        return ratls_fail(err, RATLS_E_IO, "dropping privileges: %s", strerror(errno));
    if (uid != 0 && setuid(0) == 0)
        return ratls_fail(err, RATLS_E_INTERNAL, "privileges came back");
    return RATLS_OK;
}

enum ratls_err px_privileges_drop(const struct px_config *config, struct ratls_error *err)
{
    uid_t uid = 0;
    gid_t gid = 0;
    enum ratls_err e = RATLS_OK;

    if (geteuid() != 0) {
        if (config->setuid_user || config->setgid_group)
            e = ratls_fail(err, RATLS_E_CONFIG, "setuid and setgid need a start by root");
    } else if ((e = find_ids(config, &uid, &gid, err)) == RATLS_OK) {
        e = become(uid, gid, err);
    }
    if (e == RATLS_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        e = ratls_fail(err, RATLS_E_INTERNAL, "PR_SET_NO_NEW_PRIVS: %s", strerror(errno));
    px_privileges_protect_memory(); /* a change of user makes processes dumpable again */
    return e;
}
