/* base.h - what every room may use: reader, writer, text forms, secret memory, constant time.
 * No TLS, no I/O, libc only. */
#ifndef RT_BASE_H
#define RT_BASE_H

#include "ratls/bytes.h"
#include "ratls/env.h"
#include "ratls/error.h"
#include "rt_limits.h"

#define RT_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- bounded reader: failure sticks, checked once at the end ---- */

struct rt_reader {
    const uint8_t *p;
    size_t left;
    bool bad;
};

struct rt_reader rt_reader(struct ratls_bytes in);
const uint8_t *rt_take(struct rt_reader *r, size_t n); /* NULL once bad; n = 0 gives non-NULL */
struct ratls_bytes rt_take_bytes(struct rt_reader *r, size_t n);
void rt_copy(struct rt_reader *r, void *out, size_t n); /* zeroes `out` when bad */
void rt_skip(struct rt_reader *r, size_t n);
uint8_t rt_u8(struct rt_reader *r); /* all integers are 0 when bad */
uint16_t rt_u16be(struct rt_reader *r);
uint32_t rt_u24be(struct rt_reader *r);
uint32_t rt_u32be(struct rt_reader *r);
uint64_t rt_u64be(struct rt_reader *r);
uint16_t rt_u16le(struct rt_reader *r);
uint32_t rt_u32le(struct rt_reader *r);
uint64_t rt_u64le(struct rt_reader *r);
/* All consumed and nothing failed. */
bool rt_at_end(const struct rt_reader *r);
/* The rest, without consuming it. */
struct ratls_bytes rt_rest(const struct rt_reader *r);
/* Nothing, only bytes 0x00 or only bytes 0xff: what is left of an area larger than its content. */
bool rt_is_filler(struct ratls_bytes rest);

/* ---- growing writer: failure sticks too ---- */

struct rt_writer {
    uint8_t *p; /* owned until rt_writer_take or rt_writer_free */
    size_t len, cap;
    bool bad; /* out of memory */
};

void rt_put(struct rt_writer *w, const void *p, size_t n);
void rt_put_bytes(struct rt_writer *w, struct ratls_bytes b);
void rt_put_u8(struct rt_writer *w, uint8_t v);
void rt_put_u16be(struct rt_writer *w, uint16_t v);
void rt_put_u24be(struct rt_writer *w, uint32_t v);
void rt_put_u32be(struct rt_writer *w, uint32_t v);
void rt_put_u64be(struct rt_writer *w, uint64_t v);
void rt_put_u16le(struct rt_writer *w, uint16_t v);
void rt_put_u32le(struct rt_writer *w, uint32_t v);
void rt_put_u64le(struct rt_writer *w, uint64_t v);
struct ratls_bytes rt_written(const struct rt_writer *w); /* borrowed */
/* Move the bytes out (new); RATLS_E_NO_MEMORY when the writer failed. The writer is empty after. */
RATLS_MUST_USE enum ratls_err rt_writer_take(struct rt_writer *w, struct ratls_buffer *out);
void rt_writer_free(struct rt_writer *w); /* wipes */

/* New copy of `b`; an empty `b` gives a buffer with len 0 and a non-NULL pointer. */
RATLS_MUST_USE enum ratls_err rt_dup(struct ratls_bytes b, struct ratls_buffer *out);
static inline struct ratls_bytes rt_bytes_of(const struct ratls_buffer *b)
{
    return ratls_bytes(b->p, b->len);
}

/* ---- text forms ---- */

/* RFC 3629: shortest form, no surrogates, at most U+10FFFF. */
RATLS_MUST_USE bool rt_is_utf8(struct ratls_bytes text);
/* The bytes of one character behind its first one, `lead`, which is 0x80 or more. */
RATLS_MUST_USE bool rt_utf8_tail(struct rt_reader *r, uint8_t lead);

/* Lower-case hex with NUL; `out` has 2 * len + 1 bytes. */
void rt_hex(struct ratls_bytes in, char *out);
char *rt_hex_new(struct ratls_bytes in); /* new, free(); NULL when out of memory */
/* Strict: even length, hex digits only. `*len` is capacity on entry, length on return. */
RATLS_MUST_USE bool rt_unhex(const char *text, size_t text_len, uint8_t *out, size_t *len);
/* RFC 4648 s.5 without padding; out has rt_base64url_len(len) + 1 bytes. */
size_t rt_base64url_len(size_t len);
void rt_base64url(struct ratls_bytes in, char *out);
void rt_put_base64url(struct rt_writer *w, struct ratls_bytes in);
/* Strict: no padding, no white space, trailing bits zero. */
RATLS_MUST_USE bool rt_unbase64url(const char *text, size_t text_len, uint8_t *out, size_t *len);
/* RFC 4648 s.4 with padding; white space is skipped (PEM, RFC 7468). New buffer. */
RATLS_MUST_USE enum ratls_err rt_unbase64(struct ratls_bytes text, struct ratls_buffer *out);
/* RFC 4648 s.4 with padding, no line breaks; out has 4 * ((len + 2) / 3) + 1 bytes. */
void rt_base64(struct ratls_bytes in, char *out);
/* `text` behind its leading spaces, tabs and line ends; and whether it begins with `head`. */
struct ratls_bytes rt_without_space(struct ratls_bytes text);
bool rt_starts_with(struct ratls_bytes text, const char *head);
/* Visit each `-----BEGIN label-----` block: DER (new) in `out`, 0 blocks is not an error here.
 * `*text` moves behind the block. RATLS_E_CLOSED when there is no further block. Text between
 * blocks is skipped; NUL bytes inside a block are refused. */
RATLS_MUST_USE enum ratls_err rt_pem_next(struct ratls_bytes *text, const char *label,
                                          struct ratls_buffer *out);
/* The blocks with one of these labels (NULL-terminated): how many, and the DER (new) of one of
 * them. RATLS_E_NO_MEMORY; RATLS_E_EVIDENCE_FORMAT when one of them is unreadable. */
RATLS_MUST_USE enum ratls_err rt_pem_count(struct ratls_bytes text, const char *const *labels,
                                           size_t *found, struct ratls_buffer *out);
/* PEM of one block (new text with NUL in out->p, out->len without it). */
RATLS_MUST_USE enum ratls_err rt_pem_write(const char *label, struct ratls_bytes der,
                                           struct ratls_buffer *out);

/* RFC 3339 in UTC ("2025-06-27T04:53:20Z") or plain seconds. */
RATLS_MUST_USE bool rt_time_parse(const char *text, int64_t *seconds);
/* "2025-06-27T04:53:20Z"; `out` has 32 bytes. */
void rt_time_format(int64_t seconds, char out[32]);
/* Proleptic Gregorian civil time to seconds since 1970; false when a field is out of range. */
struct rt_civil {
    int year, month, day, hour, minute, second;
};
RATLS_MUST_USE bool rt_civil_to_unix(const struct rt_civil *c, int64_t *seconds);
void rt_unix_to_civil(int64_t seconds, struct rt_civil *c);

/* ---- secrets ---- */

void rt_wipe(void *p, size_t n);                          /* not optimised away */
bool rt_ct_equal(const void *a, const void *b, size_t n); /* constant time */
bool rt_all_zero(const void *p, size_t n);                /* constant time */
/* Pages of their own: mlock, MADV_DONTDUMP, MADV_WIPEONFORK; NULL when memory is short.
 * A refused mlock (RLIMIT_MEMLOCK) is tolerated, the other two are not. */
void *rt_secret_alloc(size_t n);
void rt_secret_free(void *p, size_t n); /* wipes; NULL is legal */

/* ---- errors ---- */

/* Nothing that the input is to blame for. */
static inline bool rt_is_own_failure(enum ratls_err e)
{
    return e == RATLS_E_NO_MEMORY || e == RATLS_E_CRYPTO || e == RATLS_E_INTERNAL;
}

/* ---- log ---- */

void rt_log(const struct ratls_env *env, enum ratls_log_level level, const char *fmt, ...)
    RATLS_PRINTF(3, 4);

#endif
