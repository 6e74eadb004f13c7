/* cbor_tree.h - CBOR (RFC 8949) of tokens, read strictly into a flat tree by libcbor's stream
 * decoder.
 *
 * One item and nothing behind it. Refused: indefinite lengths; heads longer than needed (s.4.2.1);
 * duplicate keys of a map at any level; keys that are neither integer nor text; text that is not
 * UTF-8; nesting deeper than RT_MAX_CBOR_DEPTH, tags included; more than RT_MAX_CBOR_NODES items;
 * simple values other than false, true, null and undefined, which libcbor does not read.
 * Nothing recurses and nothing is allocated; strings are slices of the input, so that signed bytes
 * stay what they were.
 * Does NOT demand an order of keys or the shortest form of floats, and knows no tag: what a tag
 * means, and which of them may stand where, is the caller's. */
#ifndef RT_CBOR_TREE_H
#define RT_CBOR_TREE_H

#include "base.h"

enum rt_cbor_kind {
    RT_CBOR_K_UINT,
    RT_CBOR_K_NINT,
    RT_CBOR_K_BYTES,
    RT_CBOR_K_TEXT,
    RT_CBOR_K_ARRAY,
    RT_CBOR_K_MAP,
    RT_CBOR_K_TAG,
    RT_CBOR_K_NULL,
    RT_CBOR_K_OTHER, /* false, true, undefined, floats: there, and no more is said of them */
};

struct rt_cbor_node {
    enum rt_cbor_kind kind;
    uint64_t
        value; /* UINT; NINT: n of -1 - n; BYTES, TEXT: length; ARRAY: items; MAP: pairs; TAG */
    struct ratls_bytes bytes; /* BYTES, TEXT: borrowed from the input */
    uint32_t end;             /* index behind the last node of its subtree */
};

/* About 20 KiB: one of them at a time on a stack. Nodes are in the order of the input. */
struct rt_cbor_tree {
    struct rt_cbor_node node[RT_MAX_CBOR_NODES];
    size_t n;
};

/* *out borrows from `in`. RATLS_E_EVIDENCE_FORMAT, with the offset of the item; *out is then empty.
 */
RATLS_MUST_USE enum ratls_err rt_cbor_tree_read(struct ratls_bytes in, struct rt_cbor_tree *out,
                                                struct ratls_error *err);

/* All of these take and give nodes of `tree`, borrowed; NULL in gives NULL or false out. */

const struct rt_cbor_node *rt_cbor_root(const struct rt_cbor_tree *tree); /* NULL: it is empty */
/* First item of an array, first key of a map, content of a tag; NULL if there is none. */
const struct rt_cbor_node *rt_cbor_child(const struct rt_cbor_tree *tree,
                                         const struct rt_cbor_node *parent);
/* What follows `node` within `parent`, in a map keys and values in turn; NULL behind the last. */
const struct rt_cbor_node *rt_cbor_sibling(const struct rt_cbor_tree *tree,
                                           const struct rt_cbor_node *parent,
                                           const struct rt_cbor_node *node);
/* Value under an integer or a text key; NULL also when `map` is no map. */
const struct rt_cbor_node *rt_cbor_at(const struct rt_cbor_tree *tree,
                                      const struct rt_cbor_node *map, int64_t label);
const struct rt_cbor_node *rt_cbor_at_name(const struct rt_cbor_tree *tree,
                                           const struct rt_cbor_node *map, const char *name);
/* false when it is no integer, or one beyond int64_t; *out is then unchanged. */
RATLS_MUST_USE bool rt_cbor_int(const struct rt_cbor_node *node, int64_t *out);
bool rt_cbor_is(const struct rt_cbor_node *node, enum rt_cbor_kind kind);

#endif
