/* sim_ima.h - IMA measurement lists of programs that never ran, with the register they lead to.
 *
 * Both forms of Linux (Documentation/security/IMA-templates.rst), SHA-256 of files and of template
 * data. The SHA-1 template digests are none: 20 bytes of the SHA-256, as nothing here reads them;
 * tools that do will complain. */
#ifndef RT_SIM_IMA_H
#define RT_SIM_IMA_H

#include "base.h"
#include "crypto.h"

enum rt_sim_ima_form { RT_SIM_IMA_BINARY, RT_SIM_IMA_ASCII };

struct rt_sim_ima_entry {
    const char *path;
    struct ratls_bytes content;   /* of the file; borrowed */
    struct ratls_bytes signature; /* p NULL: template "ima-ng", else "ima-sig"; borrowed */
    bool violation;
};

struct rt_sim_ima {
    unsigned index; /* of the register: 4 for virtCCA (REM3), 10 for a TPM */
    enum rt_sim_ima_form form;
    const struct rt_sim_ima_entry *entries; /* borrowed */
    size_t n;
};

/* *out is new: the list of the entries, in order; `value` gets what they extend zeros to. */
RATLS_MUST_USE enum ratls_err rt_sim_ima(const struct rt_sim_ima *list, struct ratls_buffer *out,
                                         uint8_t value[RT_SHA256_LEN]);
/* The same for a usual list: boot_aggregate and a few programs, one of them signed. */
RATLS_MUST_USE enum ratls_err rt_sim_ima_usual(unsigned index, enum rt_sim_ima_form form,
                                               struct ratls_buffer *out,
                                               uint8_t value[RT_SHA256_LEN]);

#endif
