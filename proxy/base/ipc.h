/* ipc.h - what master and workers say to each other over a socket pair.
 *
 * A message is type (1) | length (4, big endian) | payload. Each end names the longest payload it
 * takes; a longer one, an unknown type or a payload that does not parse ends the channel. Messages
 * of a worker are hostile input: fixed sizes, typed fields. Payloads may hold keys and are wiped on
 * both sides.
 * A master's message may bring one descriptor (SCM_RIGHTS, unix(7)), which comes with its first
 * byte. An end that takes none is sent none: whoever tries ends the channel.
 * What it does NOT do: authenticate. The socket pair is the identity of the other end. */
#ifndef PX_IPC_H
#define PX_IPC_H

#include <event2/event.h>

#include "ratls/ratls.h"

enum px_msg_type {
    /* master to worker */
    PX_MSG_FILE = 1,   /* text16 path | rest content */
    PX_MSG_TRUST_FILE, /* likewise, of those that trust is made of */
    PX_MSG_LISTENER,   /* service (2) | listener (4), and its descriptor */
    PX_MSG_CONFIG,     /* text16 path | worker (2) | generation of trust (8) | of this (8) |
                          of each service its issuer (4), 0: none. The first, and each later one:
                          files, files of trust and listeners came before */
    PX_MSG_IDENTITY,   /* issuer (4) | bytes32 chain | bytes32 devices | rest key */
    PX_MSG_PROOF,      /* id (8) | reason (2) | signature (64) | rest evidence */
    PX_MSG_DRAIN,
    PX_MSG_TRUST, /* generation (8): trust is what its files say, from now on */
    PX_MSG_SWEEP, /* listener (4), and a descriptor: of a dead worker; take what waits there */
    PX_MSG_LOG,   /* ipc_log.h; also to the admin process */
    PX_MSG_TOKEN, /* id (8) | reason (2) | expires (8) | rest token */
    PX_MSG_DESK,  /* secret (32), and a descriptor: the authority process is asked there */
    /* master to admin process */
    PX_MSG_ADMIN, /* text16 user | text16 group | text16 token | sandbox | is a unix socket |
                     sets of counters (2) */
    /* and back */
    PX_MSG_ORDER, /* enum px_order */
    /* master to authority process, and PX_MSG_LOG; it says PX_MSG_READY */
    PX_MSG_AUTHORITY, /* text16 user | text16 group | secret (32) | sandbox | offload | services
                         with secrets (1), of each as custody.h says */
    PX_MSG_GRANT,     /* text16 service | text16 issuer | lifetime in s (4) | claims (1) |
                         targets (1), of each text16 | keys (1), of each text16 algorithm and
                         bytes32 PEM or DER | trusts (1), of each text16 issuer and bytes32
                         JWK set */
    PX_MSG_GRANTS,    /* generation of the configuration (8): those that came before are all */
    /* master to a process that asks for a passport, and PX_MSG_FILE, PX_MSG_TRUST_FILE,
     * PX_MSG_IDENTITY and PX_MSG_PROOF; it says PX_MSG_PROVE */
    PX_MSG_FETCH,   /* service (2) | text16 path of the configuration */
    PX_MSG_FETCHED, /* reason (2) | rest token, or text about the reason */
    /* worker to master */
    PX_MSG_READY,     /* generation of the configuration (8): it is in force here */
    PX_MSG_PROVE,     /* id (8) | issuer (4) | own SPKI (32) | role | level | exporter (32) |
                         peer SPKI (32) | hello (32) */
    PX_MSG_ASK_TOKEN, /* ipc_token.h */
    /* worker to authority process, over HTTP */
    PX_MSG_SUBJECT, /* subject_line.h */
};

#define PX_MSG_HEADER       5
#define PX_MAX_FROM_WORKER  1024              /* longest payload a master takes */
#define PX_MAX_FROM_FETCHER (32 * 1024)       /* likewise: a token */
#define PX_MAX_FROM_MASTER  (2 * 1024 * 1024) /* a file, or evidence */

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
    int fd;   /* comes with it; -1: none */
    bool bad; /* out of memory or overfull */
    uint8_t bytes[];
};
/* For `payload_len` bytes; NULL when out of memory, and px_put_*(NULL) do nothing. */
struct px_message *px_message_new(enum px_msg_type type, size_t payload_len);
void px_message_free(struct px_message *m); /* wipes */
void px_put_uint(struct px_message *m, uint64_t value, size_t n_bytes);
void px_put_bytes(struct px_message *m, struct ratls_bytes bytes);
void px_put_text(struct px_message *m, const char *text);
/* A copy of the descriptor (borrowed) comes with the message. */
void px_put_fd(struct px_message *m, int fd);

struct px_prove {
    uint64_t id; /* of the session, chosen by the worker */
    uint32_t issuer;
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
    bool takes_fds;
};

/* Over a stream socket (taken, made non-blocking); payloads above `max_in` end it. NULL when out of
 * memory. */
struct px_channel *px_channel_new(struct event_base *base, int fd, size_t max_in,
                                  const struct px_channel_ops *ops, void *arg);
void px_channel_free(struct px_channel *c); /* NULL is legal */
/* `m` is taken; false when it is NULL, bad, or too much waits already. */
bool px_channel_send(struct px_channel *c, struct px_message *m);
/* The descriptor of the message that is being delivered, for the caller to close; -1: it has none,
 * or it was fetched. One that nobody fetches is closed. */
int px_channel_fetch_fd(struct px_channel *c);

#endif
