/* ipc.h - what master and workers say to each other over a socket pair.
 *
 * A message is type (1) | length (4, big endian) | payload. Each end names the longest payload it
 * takes; a longer one, an unknown type or a payload that does not parse ends the channel. Messages
 * of a worker are hostile input: fixed sizes, typed fields, no descriptors. Payloads may hold keys
 * and are wiped on both sides.
 * What it does NOT do: authenticate. The socket pair is the identity of the other end. */
#ifndef PX_IPC_H
#define PX_IPC_H

#include <event2/event.h>

#include "ratls/ratls.h"

enum px_msg_type {
    /* master to worker */
    PX_MSG_FILE = 1,   /* text16 path | rest content */
    PX_MSG_TRUST_FILE, /* likewise, of those that trust is made of */
    PX_MSG_START,      /* text16 path of the configuration | worker (2) | generation (8) */
    PX_MSG_IDENTITY,   /* service (2) | bytes32 chain | rest key */
    PX_MSG_PROOF,      /* id (8) | reason (2) | signature (64) | rest evidence */
    PX_MSG_DRAIN,
    PX_MSG_TRUST, /* generation (8): trust is what its files say, from now on */
    /* worker to master */
    PX_MSG_READY,
    PX_MSG_PROVE, /* id (8) | service (2) | own SPKI (32) | role | level | exporter (32) |
                     peer SPKI (32) | hello (32) */
};

#define PX_MSG_HEADER      5
#define PX_MAX_FROM_WORKER 256               /* longest payload a master takes */
#define PX_MAX_FROM_MASTER (2 * 1024 * 1024) /* a file, or evidence */

/* ---- payloads ---- */

/* Bounded reader with sticky failure. */
struct px_reader {
    const uint8_t *p;
    size_t left;
    bool bad;
};
struct px_reader px_reader(struct ratls_bytes in);
uint8_t px_get_u8(struct px_reader *r);
uint16_t px_get_u16(struct px_reader *r);
uint32_t px_get_u32(struct px_reader *r);
uint64_t px_get_u64(struct px_reader *r);
void px_get_copy(struct px_reader *r, uint8_t *out, size_t n);
struct ratls_bytes px_get_bytes(struct px_reader *r, size_t n); /* borrowed */
struct ratls_bytes px_get_rest(struct px_reader *r);            /* borrowed */
/* Length (2) and text without NUL inside; new, NULL on failure. */
char *px_get_text(struct px_reader *r);
/* Everything was there and nothing is left. */
bool px_reader_done(const struct px_reader *r);

/* A message under construction, its header included. */
struct px_message {
    struct px_message *next;
    size_t len, cap, sent;
    bool bad; /* out of memory or overfull */
    uint8_t bytes[];
};
/* For `payload_len` bytes; NULL when out of memory, and px_put_*(NULL) do nothing. */
struct px_message *px_message_new(enum px_msg_type type, size_t payload_len);
void px_message_free(struct px_message *m); /* wipes */
void px_put_uint(struct px_message *m, uint64_t value, size_t n_bytes);
void px_put_bytes(struct px_message *m, struct ratls_bytes bytes);
void px_put_text(struct px_message *m, const char *text);

struct px_prove {
    uint64_t id; /* of the session, chosen by the worker */
    uint16_t service;
    uint8_t own_spki_sha256[32];
    struct ratls_proof_request request;
};
struct px_message *px_prove_message(const struct px_prove *p);
/* False unless every field is there and in range. */
bool px_prove_parse(struct ratls_bytes payload, struct px_prove *out);

/* ---- channel ---- */

struct px_channel;

struct px_channel_ops {
    /* A whole message; payload borrowed. False: it is malformed, give up. Must not free the
     * channel. */
    bool (*message)(void *arg, uint8_t type, struct ratls_bytes payload);
    /* The other end is gone or talks nonsense. The channel may be freed here. */
    void (*closed)(void *arg);
};

/* Over a stream socket (taken, made non-blocking); payloads above `max_in` end it. NULL when out of
 * memory. */
struct px_channel *px_channel_new(struct event_base *base, int fd, size_t max_in,
                                  const struct px_channel_ops *ops, void *arg);
void px_channel_free(struct px_channel *c); /* NULL is legal */
/* `m` is taken; false when it is NULL, bad, or too much waits already. */
bool px_channel_send(struct px_channel *c, struct px_message *m);

#endif
