/* store_server.h - a PostgreSQL server for the tests of one program, on a Unix socket in a folder
 * that vanishes. PostgreSQL refuses to run as root: then it is the user postgres. */
#ifndef STORE_SERVER_H
#define STORE_SERVER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/hooks.h>

#define SERVER_VARIABLE "RATLS_STORE_TEST_SERVER"

/* Where its socket is; "": there is no PostgreSQL here. */
static inline const char *server_folder(void)
{
    const char *folder = getenv(SERVER_VARIABLE);

    return folder ? folder : "";
}

/* A watcher ends it also when this program is killed. */
static const char server_start[] =
    "set -eu; d=$1 parent=$2; as=; "
    "tools=$(printf '%s\\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1); "
    "test -x $tools/postgres; "
    "if [ $(id -u) -eq 0 ]; then as='setpriv --reuid postgres --regid postgres --init-groups'; "
    "chown postgres $d; fi; "
    "$as $tools/initdb -D $d/cluster -U ratls -A trust --no-sync -E UTF8 --locale=C; "
    "$as $tools/pg_ctl -D $d/cluster -w -t 60 -l $d/log "
    "  -o \"-c listen_addresses='' -k $d -c fsync=off -c max_connections=40\" start; "
    "(while kill -0 $parent 2>/dev/null && [ -e $d/cluster ]; do sleep 0.2; done; "
    " if [ -e $d/cluster ]; then $as $tools/pg_ctl -D $d/cluster -m immediate -w stop; rm -rf $d; "
    "fi"
    ") >/dev/null 2>&1 &";

static const char server_stop[] =
    "d=$1; as=; tools=$(printf '%s\\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1); "
    "if [ $(id -u) -eq 0 ]; then as='setpriv --reuid postgres --regid postgres --init-groups'; fi; "
    "$as $tools/pg_ctl -D $d/cluster -m immediate -w stop; rm -rf $d";

static inline bool server_script(const char *script, const char *folder)
{
    char command[256];

    (void)setenv("RATLS_STORE_TEST_SCRIPT", script, 1);
    (void)snprintf(command, sizeof command,
                   "cd /; sh -c \"$RATLS_STORE_TEST_SCRIPT\" sh %s %d >%s.out 2>&1 </dev/null",
                   folder, (int)getpid(), folder);
    return system(command) == 0;
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    char folder[] = "/tmp/ratls-postgres.XXXXXX";

    (void)tests;
    if (!mkdtemp(folder) || chmod(folder, 0755) != 0)
        return;
    if (server_script(server_start, folder))
        (void)setenv(SERVER_VARIABLE, folder, 1);
    else
        fprintf(stderr, "no PostgreSQL: see %s.out\n", folder);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    char out[64];

    (void)stats;
    if (!*server_folder())
        return;
    (void)server_script(server_stop, server_folder());
    (void)snprintf(out, sizeof out, "%s.out", server_folder());
    (void)unlink(out);
}

#endif
