/* Any bytes as CBOR of a token. What is read is a tree within its limits, each of whose nodes is
 * reached once, and which, written again in shortest form, is the input: nothing was read in two
 * ways. */
#include <stdlib.h>

#include "cbor.h"
#include "cbor_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool fact)
{
    if (!fact)
        abort();
}

static void check_node(const struct rt_cbor_tree *tree, size_t i, struct ratls_bytes in)
{
    const struct rt_cbor_node *node = &tree->node[i];

    must(node->end > i && node->end <= tree->n);
    if (node->bytes.len > 0)
        must(node->bytes.p > in.p && node->bytes.p + node->bytes.len <= in.p + in.len);
}

/* A map is found again under each of its keys. */
static void check_keys(const struct rt_cbor_tree *tree, const struct rt_cbor_node *map)
{
    const struct rt_cbor_node *key = rt_cbor_child(tree, map);
    size_t pairs = 0;
    int64_t label;

    while (key) {
        const struct rt_cbor_node *value = rt_cbor_sibling(tree, map, key);
        must(value != NULL);
        if (rt_cbor_int(key, &label))
            must(rt_cbor_at(tree, map, label) == value);
        key = rt_cbor_sibling(tree, map, value);
        pairs++;
    }
    must(pairs == map->value);
}

static size_t children(const struct rt_cbor_tree *tree, const struct rt_cbor_node *parent)
{
    const struct rt_cbor_node *node = rt_cbor_child(tree, parent);
    size_t n = 0;

    for (; node; node = rt_cbor_sibling(tree, parent, node))
        n++;
    return n;
}

static void write_again(const struct rt_cbor_node *node, struct rt_writer *w)
{
    static const enum rt_cbor_major majors[] = {RT_CBOR_UINT, RT_CBOR_NINT,  RT_CBOR_BSTR,
                                                RT_CBOR_TSTR, RT_CBOR_ARRAY, RT_CBOR_MAP,
                                                RT_CBOR_TAG};

    rt_cbor_put(w, majors[node->kind], node->value);
    rt_put_bytes(w, node->bytes);
}

static void check_tree(const struct rt_cbor_tree *tree, struct ratls_bytes in)
{
    struct rt_writer w = {0};
    size_t reached = 1;
    bool whole = true;

    must(tree->n > 0 && tree->n <= RT_MAX_CBOR_NODES && tree->node[0].end == tree->n);
    for (size_t i = 0; i < tree->n; i++) {
        check_node(tree, i, in);
        reached += children(tree, &tree->node[i]);
        if (tree->node[i].kind == RT_CBOR_K_MAP)
            check_keys(tree, &tree->node[i]);
        if (tree->node[i].kind >= RT_CBOR_K_NULL)
            whole = false; /* of these no value is kept */
        else
            write_again(&tree->node[i], &w);
    }
    must(reached == tree->n);
    must(!whole || w.bad || ratls_bytes_equal(rt_written(&w), in));
    rt_writer_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct rt_cbor_tree tree;
    struct ratls_error err = {0};
    const struct ratls_bytes in = ratls_bytes(bytes, len);

    enum ratls_err e = rt_cbor_tree_read(in, &tree, &err);
    if (e == RATLS_OK)
        check_tree(&tree, in);
    else
        must(e == RATLS_E_EVIDENCE_FORMAT && err.code == e && !rt_cbor_root(&tree));
    return 0;
}
