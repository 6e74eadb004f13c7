/* cbor_tree_support.h - CBOR in hex, read from a block of its own size, and a tree as text. */
#ifndef CBOR_TREE_SUPPORT_H
#define CBOR_TREE_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "cbor_tree.h"

static struct rt_cbor_tree tree;
static struct ratls_error err;

/* A block of its own, so that ASan sees a read behind the end. For free(). */
static inline uint8_t *exact_copy(struct ratls_bytes in)
{
    uint8_t *copy = malloc(in.len ? in.len : 1);

    cr_assert(copy);
    if (in.len)
        memcpy(copy, in.p, in.len);
    return copy;
}

static inline struct ratls_bytes of_hex(const char *hex)
{
    static uint8_t bytes[4096];
    size_t len = sizeof bytes;

    cr_assert(rt_unhex(hex, strlen(hex), bytes, &len), "%s", hex);
    return ratls_bytes(bytes, len);
}

/* The tree borrows from `in`. */
static inline enum ratls_err read_tree(struct ratls_bytes in)
{
    err = (struct ratls_error){0};
    memset(&tree, 0xa5, sizeof tree);
    return rt_cbor_tree_read(in, &tree, &err);
}

static inline void expect_refused(const char *name, struct ratls_bytes in, const char *detail)
{
    uint8_t *copy = exact_copy(in);

    cr_expect_eq(read_tree(ratls_bytes(copy, in.len)), RATLS_E_EVIDENCE_FORMAT, "%s", name);
    cr_expect_eq(err.code, RATLS_E_EVIDENCE_FORMAT, "%s", name);
    cr_expect(strstr(err.detail, detail), "%s: %s", name, err.detail);
    cr_expect_null(rt_cbor_root(&tree), "%s", name);
    free(copy);
}

#endif
