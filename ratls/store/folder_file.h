/* folder_file.h - files beneath a folder's descriptor: no symbolic link is followed, no name leads
 * elsewhere, and a file is replaced whole or not at all.
 *
 * Does NOT make anything of errno but these: RATLS_E_NOT_FOUND, RATLS_E_STORE_DENIED,
 * RATLS_E_LIMIT, RATLS_E_NO_MEMORY, RATLS_E_TIMEOUT, RATLS_E_STORE. */
#ifndef RT_FOLDER_FILE_H
#define RT_FOLDER_FILE_H

#include "base.h"

/* What errno says, with `name` and its number as detail. */
enum ratls_err rt_file_fail(struct ratls_error *err, const char *name);
/* A plain file of at most `max` bytes; or the last `max` bytes of a larger one. *out is new. */
RATLS_MUST_USE enum ratls_err rt_file_read(int folder, const char *name, size_t max,
                                           struct ratls_buffer *out, struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_file_tail(int folder, const char *name, size_t max,
                                           struct ratls_buffer *out, struct ratls_error *err);
/* Readers see the old file or the new one, also after a power failure. The caller holds the lock of
 * the folder that this draft belongs to. */
RATLS_MUST_USE enum ratls_err rt_file_write(int folder, const char *name,
                                            struct ratls_bytes content, struct ratls_error *err);
/* flock(2) of the folder itself. */
RATLS_MUST_USE enum ratls_err rt_file_lock(const struct ratls_env *env, int folder, bool write,
                                           struct ratls_error *err);
void rt_file_unlock(int folder);

#endif
