/* forge.h - the program that makes format-true evidence, good and bad, for tests and fuzzers. */
#ifndef FORGE_H
#define FORGE_H

#include "base.h"

/* Subcommands: argv[0] is the name of the subcommand. Return the exit status: 0, or 2 after having
 * said on stderr what is wrong. */
int forge_quote(int argc, char **argv);
int forge_collateral(int argc, char **argv);
int forge_root(int argc, char **argv);
int forge_list(int argc, char **argv);
int forge_eventlog(int argc, char **argv);
int forge_corpus(int argc, char **argv);

/* Writes the file; false after having said why not. */
bool forge_write(const char *path, struct ratls_bytes bytes);
int forge_fail(const char *what, const struct ratls_error *err);

#endif
