/* secret_file.h - a small file with a secret, which nobody else may read: a plain one of the caller
 * or of root, no group or world permissions, no symbolic link. */
#ifndef RT_SECRET_FILE_H
#define RT_SECRET_FILE_H

#include "base.h"

struct rt_secret_file {
    const char *path;
    enum ratls_err refused; /* when it is no such file, or too long */
};

/* Into `out`, which lies in pages of rt_secret_alloc(); *len is room on entry, of which one byte
 * stays free. RATLS_E_NOT_FOUND, or `refused`. */
RATLS_MUST_USE enum ratls_err rt_secret_file_read(const struct rt_secret_file *file, uint8_t *out,
                                                  size_t *len, struct ratls_error *err);

#endif
