/* ipc_handed.h - what a master hands over to processes that meet the network: files, identities,
 * proofs. */
#ifndef PX_IPC_HANDED_H
#define PX_IPC_HANDED_H

#include "files.h"
#include "ipc.h"

/* `type` is PX_MSG_FILE or PX_MSG_TRUST_FILE. */
struct px_message *px_file_message(enum px_msg_type type, const struct px_file *f);
/* False: it is malformed, or memory is short. */
RATLS_MUST_USE bool px_file_take(struct px_files *files, struct px_reader *r);
/* The leaf with its key, without an attestation key. NULL when memory is short. */
struct px_message *px_identity_message(uint32_t issuer, const struct ratls_identity *id);
/* What follows the issuer. *out is to be released also after an error. */
RATLS_MUST_USE enum ratls_err px_identity_take(const struct ratls_env *env, struct px_reader *r,
                                               struct ratls_identity **out,
                                               struct ratls_error *err);

/* What is asked for, and what comes back. `child` says who asked. */
struct px_answer {
    uint64_t child, id;
    enum ratls_err e;
    uint8_t signature[64];
    struct ratls_bytes evidence; /* borrowed */
};

struct px_message *px_answer_message(const struct px_answer *a);
/* False unless every field is there and in range; `child` is 0. */
bool px_answer_parse(struct ratls_bytes payload, struct px_answer *out);

#endif
