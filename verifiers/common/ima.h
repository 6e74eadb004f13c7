/* ima.h - replay of a Linux IMA measurement list.
 *
 * References: Linux Documentation/security/IMA-templates.rst and security/integrity/ima: ima_fs.c
 * (both forms), ima_template_lib.c (fields), ima_queue.c (what extends). Binary form
 * (binary_runtime_measurements), little endian: u32 register, SHA-1 template digest, u32 length and
 * name of the template, u32 length and template data. ASCII form (ascii_runtime_measurements), a
 * line each: register, SHA-1 in hex, name, fields.
 * Templates "ima-ng" (file digest with its algorithm, path) and "ima-sig" (and a signature); in the
 * template data each field has its length before it. Since Linux 5.8 (commit 1ea973df6e21) a
 * register of another hash than SHA-1 is extended by that hash of the template data; before, by the
 * SHA-1 digest and zeros, which is not replayed here.
 *
 * The list is signed by nobody: it is worth something only where rt_ima_matches() says so for a
 * register out of verified evidence. A list read later than the register has entries too many and
 * does not match.
 * Does NOT compare the SHA-1 template digests: it only looks whether they are zero, as those of
 * violations are. The template's name is covered by nothing: an entry of "ima-buf" can be told as
 * one of "ima-sig", and its digest is then that of a buffer. Does NOT verify file signatures and
 * does NOT know what a file digest means, nor what the kernel's policy left unmeasured. */
#ifndef RT_IMA_H
#define RT_IMA_H

#include "base.h"
#include "crypto.h"

/* Called in the order of the list; both borrowed during the call. A violation (a file changed while
 * it was measured) has an empty digest, p NULL: what the list says of its digest and path went into
 * no register. An error ends the replay and becomes its outcome. */
typedef enum ratls_err rt_ima_visit(void *arg, struct ratls_bytes file_digest,
                                    struct ratls_bytes path);

struct rt_ima_rules {
    unsigned index; /* the only register that entries may name: the sender does not choose it */
    enum rt_hash hash;
    rt_ima_visit *visit; /* may be NULL */
    void *arg;
};

struct rt_ima_log {
    uint8_t value[RT_SHA512_LEN]; /* of the register: digest_len bytes, then zeros */
    size_t digest_len;
    size_t n_entries; /* violations included */
    size_t n_violations;
};

/* Replays value = H(old || H(template data)), for a violation H(old || 0xff...), starting with
 * zeros. The form is told by the first byte: a space or a digit begins the ASCII form, in which
 * each line ends with a line feed. Borrows `log` during the call. RATLS_E_EVENT_LOG names the
 * entry (from 1): also a list that is empty, names another register or template, or passes a limit
 * of rt_limits.h. What `visit` saw is worth something only when all of it was RATLS_OK and the
 * value matches. After an error *out matches nothing. */
RATLS_MUST_USE enum ratls_err rt_ima_replay(struct ratls_bytes log,
                                            const struct rt_ima_rules *rules,
                                            struct rt_ima_log *out, struct ratls_error *err);

/* Is `value` (borrowed), of a register, what the list leads to? */
bool rt_ima_matches(const struct rt_ima_log *log, struct ratls_bytes value);

#endif
