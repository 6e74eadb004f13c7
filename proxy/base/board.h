/* board.h - what the master shows of itself, in memory that the admin process reads.
 *
 * One memfd of sealed size that only the master can write: the admin process, which meets HTTP, has
 * it read-only. Written as a whole under a sequence number, read as a whole. It holds no secret. */
#ifndef PX_BOARD_H
#define PX_BOARD_H

#include "config.h"

#define PX_BOARD_TEXT 160

enum px_phase { PX_STARTING, PX_READY, PX_RELOADING, PX_DRAINING, PX_STOPPED };

struct px_board_service {
    char name[64];
    char accept[PX_BOARD_TEXT];                  /* or "sni SERVICE:PATTERN, ..." */
    char connect[PX_MAX_CONNECT][PX_BOARD_TEXT]; /* "" behind the last one */
    char policy[PX_BOARD_TEXT];   /* file, or store and name; "" where nobody is judged */
    char attester[64], mode[16];  /* attester "": this side shows nothing */
    char insecure[PX_BOARD_TEXT]; /* insecure- keys in use, with spaces between */
    bool client;
    int64_t identity_ends; /* seconds since 1970; 0: there is none (yet) */
    uint64_t issued, issue_failures;
};

struct px_board {
    enum px_phase life;
    int64_t started; /* seconds since 1970 */
    int64_t pid;
    uint64_t workers, workers_ready, worker_exits;
    bool authority, authority_ready; /* is one needed, is it there */
    uint64_t authority_exits;
    uint64_t trust_generation, trust_refusals;
    uint64_t reloads, reload_refusals;
    size_t n_services;
    struct px_board_service service[PX_MAX_SERVICES];
};

struct px_board_memory;

/* *memory is new, writable; the descriptor is for readers and cannot be written through. -1 with
 * errno. */
int px_board_create(struct px_board_memory **memory);
/* `fd` is borrowed. NULL when it is no board, or without memory. */
struct px_board_memory *px_board_attach(int fd);
void px_board_detach(struct px_board_memory *m);                          /* NULL is legal */
void px_board_write(struct px_board_memory *m, const struct px_board *b); /* NULL is legal */
/* False when it is being written all the time, or says more services than there can be. */
RATLS_MUST_USE bool px_board_read(const struct px_board_memory *m, struct px_board *out);

#endif
