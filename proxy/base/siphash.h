/* siphash.h - SipHash-2-4 (Aumasson and Bernstein, 2012) of whole words: for hash tables whose keys
 * others choose, and MACs of short messages. */
#ifndef PX_SIPHASH_H
#define PX_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t px_siphash(const uint64_t key[2], const uint64_t *words, size_t n);

#endif
