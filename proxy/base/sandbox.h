/* sandbox.h - what a process that meets the network can still do (T72).
 *
 * Entered by a worker when everything is loaded and its privileges are gone, before its first
 * thread: landlock counts for threads born later only. There is no way out.
 *
 * Landlock takes the file system, all but reading a few files of name resolution; binding TCP ports
 * (but port 0, the source of an outgoing connection); and, where the kernel knows how, abstract
 * unix sockets and signals to others. Connecting to unix sockets stays open, and to TCP ports where
 * no list of them is given: a reload may name new ones, and nothing can widen a sandbox.
 * Seccomp takes every system call that a worker has no use for: EPERM, or the end of the process
 * for those that only an intruder tries. Sockets are those of IP and unix, memory is never both
 * written and run. A process that only answers makes no socket and connects to nobody.
 *
 * A process that keeps files may read, write, make and remove them in folders that are named, read
 * what else is named, and nothing elsewhere. One that keeps them afar connects as well: its list of
 * ports counts where landlock knows ports (ABI 4), and for TCP; unix sockets and datagrams, which
 * names are resolved by, are free.
 *
 * Does NOT limit processor time or memory: that is left to the service manager. */
#ifndef PX_SANDBOX_H
#define PX_SANDBOX_H

#include "ratls/ratls.h"

#define PX_SANDBOX_LANDLOCK_MAX 7 /* newest ABI of landlock that this program knows */

enum px_sandbox_for {
    PX_WHO_CONNECTS,
    PX_WHO_FETCHES, /* likewise, through a unix socket of its own, which has no name in files */
    PX_WHO_ANSWERS,
    PX_WHO_KEEPS,      /* it answers, and keeps files in some folders */
    PX_WHO_KEEPS_AFAR, /* or in databases */
};

struct px_sandbox_plan {
    enum px_sandbox_for who;
    const char *const *folders; /* of those who keep; NULL-terminated */
    const char *const *reads;   /* likewise: files, and folders with all in them */
    const uint16_t *ports;      /* of those who connect: TCP, with a 0 behind; NULL: all of them */
};

/* What came of it. */
struct px_sandbox {
    int landlock;        /* ABI in force; 0: none */
    const char *seccomp; /* "on", or why not: "missing" in the kernel, "sanitizer", "off" */
};

/* Parts that the kernel lacks are left out, as *made says; RATLS_E_INTERNAL when a part that it has
 * cannot be put in force. A program with a sanitizer in it does neither: that does what nothing
 * else does. */
RATLS_MUST_USE enum ratls_err px_sandbox_enter(const struct px_sandbox_plan *plan,
                                               struct px_sandbox *made, struct ratls_error *err);

/* sandbox_landlock.c: *abi is 0 where the kernel has none. */
RATLS_MUST_USE enum ratls_err px_landlock_enter(const struct px_sandbox_plan *plan, int *abi,
                                                struct ratls_error *err);
/* sandbox_calls.c: *on is false where the kernel has none. */
RATLS_MUST_USE enum ratls_err px_seccomp_enter(enum px_sandbox_for who, bool *on,
                                               struct ratls_error *err);

#endif
