/* authority.h - the process that answers requests of attested peers: tokens, secrets.
 *
 * Born of the master like a worker. It has the keys that sign and those that secrets are sealed
 * under, no network, and of files what lies where secrets are kept; requests come over a unix
 * socket that nobody but workers can reach, each with a field of its head that says who the peer is
 * (subject_line.h). What a peer may ask was decided before: a worker passes on nothing of a peer
 * that was refused. */
#ifndef PX_AUTHORITY_H
#define PX_AUTHORITY_H

#include "custody.h"
#include "grants.h"
#include "log.h"
#include "nonce.h"
#include "peer_rate.h"
#include "ratls/dpop.h"
#include "subject_line.h"
#include "web.h"

/* Descriptors that it is born with. */
enum {
    PX_AUTHORITY_FD_MASTER = 3,
    PX_AUTHORITY_FD_LOG = 4,
    PX_AUTHORITY_FD_LISTENER = 5,
    PX_AUTHORITY_FD_STATS = 6,
    PX_AUTHORITY_FD_FREE = 7,
};

#define PX_AUTHORITY_CONNECTIONS 1024
#define PX_AUTHORITY_IDLE_S      30
#define PX_AUTHORITY_LIFE_S      300
#define PX_AUTHORITY_HEADERS     (64 * 1024) /* of a peer 16 KiB, and the field of ours */
#define PX_AUTHORITY_BODY        (256 * 1024)

struct px_authority {
    const struct ratls_env *env;
    struct event_base *base;
    struct px_channel *master;
    struct px_log syslog, log; /* as the master says */
    bool started, sandboxed;
    uint8_t secret[PX_SUBJECT_SECRET];
    struct px_stats *stats;
    struct px_grants *grants; /* in force */
    struct px_grants *next;   /* handed over, not whole yet */
    uint64_t generation;
    struct px_custodies custodies;
    struct ratls_replay *proofs; /* that were used */
    /* Of attested peers, and of whoever comes: these take nothing from those. */
    struct px_nonces *nonces, *open_nonces;
    struct px_rates *rates, *open_rates;
    struct px_web *web;
    int exit_code;
};

int px_authority_run(void);

px_web_answer_fn px_authority_answer;           /* answer.c */
extern const struct px_jobs_ops px_release_ops; /* secret.c: releases, of an authority */

#endif
