/* subject_line.h - who a request comes from, in one field of its head: what a worker knows of its
 * peer, for the authority process.
 *
 * The value is SECRET "." PAYLOAD, both in small hexadecimal digits. Master, workers and authority
 * know the secret, which is new at every start; the field is left out of what peers send, in any
 * spelling (http_frame.h). Of the payload every field has its bounds and its kind: whatever a
 * worker says, it is a subject.
 * What it does NOT do: prove any of it. A worker that is taken over says what it likes. */
#ifndef PX_SUBJECT_LINE_H
#define PX_SUBJECT_LINE_H

#include "ratls/ratls.h"
#include "ratls/token.h"

#define PX_SUBJECT_FIELD  "Ratls-Peer"
#define PX_SUBJECT_SECRET 32
#define PX_SUBJECT_MAX    (20 * 1024) /* of the payload, in bytes */
#define PX_SUBJECT_LINE   (2 * PX_SUBJECT_SECRET + 1 + 2 * PX_SUBJECT_MAX)
#define PX_SUBJECT_SPKI   1024

#define PX_SUBJECT_DETAIL 160

/* The type of a subject_token that is evidence in base64url (evidence.h). */
#define PX_TYPE_EVIDENCE "tag:ratls.invalid,2026:token-type:evidence"
#define PX_EVIDENCE_BODY                                                                           \
    (128 * 1024) /* of a request: 64 KiB of evidence in base64url, and more                        \
                  */

/* What there is to say. */
enum px_subject_of {
    PX_OF_CHANNEL,  /* the verdict about the peer of the channel, which allows */
    PX_OF_NOBODY,   /* the peer showed nothing, and the request brings nothing */
    PX_OF_EVIDENCE, /* the verdict about evidence that the request brings, which allows */
    PX_OF_REFUSED,  /* no evidence, or a verdict that denies: `fault` */
    PX_OF_BUSY,     /* there is evidence, and no time for it */
};

struct px_subject {
    enum px_subject_of of;
    bool attested; /* does the channel's verdict allow? */
    /* Who asks, for nonces and rates: SHA-256 of the key of an attested peer, else its address. */
    uint8_t asker[32];
    char service[256]; /* that it came to */
    char peer[96];     /* address */
    uint8_t nonce[32]; /* that the evidence is about */
    enum ratls_err fault;
    char detail[PX_SUBJECT_DETAIL]; /* of it, for the log */
    /* Of PX_OF_CHANNEL and PX_OF_EVIDENCE: */
    char policy[128]; /* that it was judged by, px_facts_policy() */
    char tee[32];
    char measurement[129]; /* hex */
    enum ratls_level level;
    bool simulated;
    int64_t expires; /* of the verdict, seconds since 1970 */
    int8_t vector[RATLS_VECTOR_LEN];
    uint8_t spki_sha256[32], cert_sha256[32]; /* of the channel */
    struct ratls_bytes spki, ak_spki;  /* may be empty: ak_spki, and spki of what is no channel */
    const struct ratls_claims *claims; /* NULL: not told */
    struct ratls_ear_device device[RATLS_EAR_DEVICES]; /* claims: what results tell of them */
    size_t n_devices;

    uint8_t *payload; /* of one that was read: its own */
    struct ratls_claims *own_claims, *own_device_claims[RATLS_EAR_DEVICES];
};

/* Those of the verdict, whose claims are borrowed, or not told. */
void px_subject_take_devices(struct px_subject *s, const struct ratls_ear_subject *of, bool claims);

/* New text, wiped by px_subject_line_free(); of a verdict that has too much to tell it says so:
 * PX_OF_REFUSED, RATLS_E_LIMIT. NULL when memory is short. */
char *px_subject_line(const uint8_t secret[PX_SUBJECT_SECRET], const struct px_subject *s);
void px_subject_line_free(char *line); /* NULL is legal */
/* False unless the secret is right and the payload a whole subject. *out is new in any case. */
RATLS_MUST_USE bool px_subject_read(const char *value, const uint8_t secret[PX_SUBJECT_SECRET],
                                    struct px_subject *out);
void px_subject_free(struct px_subject *s); /* one that was read, or a zeroed one */

#endif
