/* files.h - the files a configuration is made of, held in memory.
 *
 * The master reads each once and hands all to its workers, so that workers have the same text and
 * need no file system. An env made of a store answers read_file from it.
 * Does NOT hold private keys: the caller keeps them out. Passwords of `users` may be among the
 * files; all are wiped. */
#ifndef PX_FILES_H
#define PX_FILES_H

#include "ratls/ratls.h"

#define PX_FILES_MAX 1024

struct px_file {
    char *path;
    struct ratls_buffer content;
};

struct px_files {
    size_t n;
    struct px_file file[PX_FILES_MAX];
    bool complete; /* a worker's store: what is not here does not exist */
};

/* Copies both. A path already there keeps its content. */
RATLS_MUST_USE enum ratls_err px_files_add(struct px_files *files, const char *path,
                                           struct ratls_bytes content);
/* A struct ratls_env callback; `arg` is the store. Unless it is complete, files not yet there are
 * read from the system and kept. */
RATLS_MUST_USE enum ratls_err px_files_read(void *arg, const char *path, size_t max,
                                            struct ratls_buffer *out);
/* Likewise for list_files; kept under "<path>/" and a star. */
RATLS_MUST_USE enum ratls_err px_files_list(void *arg, const char *path, const char *ending,
                                            struct ratls_buffer *names);
/* Reads a file into the store. */
RATLS_MUST_USE enum ratls_err px_files_keep(struct px_files *files, const char *path);
/* Reads a file, or every file of a folder with this ending, into the store. */
RATLS_MUST_USE enum ratls_err px_files_collect(struct px_files *files, const char *path,
                                               const char *ending);
/* *out is new (px_files_free). */
RATLS_MUST_USE enum ratls_err px_files_copy(const struct px_files *files, struct px_files **out);
bool px_files_equal(const struct px_files *a, const struct px_files *b);
/* Both have a file at `path`, with the same content. */
bool px_files_same(const struct px_files *a, const struct px_files *b, const char *path);
void px_files_clear(struct px_files *files);
void px_files_free(struct px_files *files); /* one made by calloc(); NULL is legal */

#endif
