#include "cbor_tree.h"

/* Not <cbor.h>, whose name certs/cbor.h has. */
#include <cbor/streaming.h>

/* ---- one item, as libcbor sees it ---- */

struct item {
    bool known; /* one of the callbacks below was called */
    enum rt_cbor_kind kind;
    uint64_t value;
};

static void found(void *arg, enum rt_cbor_kind kind, uint64_t value)
{
    *(struct item *)arg = (struct item){.known = true, .kind = kind, .value = value};
}

static void on_uint8(void *arg, uint8_t v)
{
    found(arg, RT_CBOR_K_UINT, v);
}

static void on_uint16(void *arg, uint16_t v)
{
    found(arg, RT_CBOR_K_UINT, v);
}

static void on_uint32(void *arg, uint32_t v)
{
    found(arg, RT_CBOR_K_UINT, v);
}

static void on_uint64(void *arg, uint64_t v)
{
    found(arg, RT_CBOR_K_UINT, v);
}

static void on_negint8(void *arg, uint8_t v)
{
    found(arg, RT_CBOR_K_NINT, v);
}

static void on_negint16(void *arg, uint16_t v)
{
    found(arg, RT_CBOR_K_NINT, v);
}

static void on_negint32(void *arg, uint32_t v)
{
    found(arg, RT_CBOR_K_NINT, v);
}

static void on_negint64(void *arg, uint64_t v)
{
    found(arg, RT_CBOR_K_NINT, v);
}

static void on_bytes(void *arg, cbor_data p, size_t len)
{
    (void)p; /* where the bytes lie is the reader's to say */
    found(arg, RT_CBOR_K_BYTES, len);
}

static void on_text(void *arg, cbor_data p, size_t len)
{
    (void)p;
    found(arg, RT_CBOR_K_TEXT, len);
}

static void on_array(void *arg, size_t n)
{
    found(arg, RT_CBOR_K_ARRAY, n);
}

static void on_map(void *arg, size_t n)
{
    found(arg, RT_CBOR_K_MAP, n);
}

static void on_tag(void *arg, uint64_t tag)
{
    found(arg, RT_CBOR_K_TAG, tag);
}

static void on_float(void *arg, float v)
{
    (void)v;
    found(arg, RT_CBOR_K_OTHER, 0);
}

static void on_double(void *arg, double v)
{
    (void)v;
    found(arg, RT_CBOR_K_OTHER, 0);
}

static void on_bool(void *arg, bool v)
{
    (void)v;
    found(arg, RT_CBOR_K_OTHER, 0);
}

static void on_null(void *arg)
{
    found(arg, RT_CBOR_K_NULL, 0);
}

static void on_undefined(void *arg)
{
    found(arg, RT_CBOR_K_OTHER, 0);
}

/* Indefinite lengths and the break that ends them leave the item unknown. */
static void on_indefinite(void *arg)
{
    (void)arg;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = on_uint8,
    .uint16 = on_uint16,
    .uint32 = on_uint32,
    .uint64 = on_uint64,
    .negint8 = on_negint8,
    .negint16 = on_negint16,
    .negint32 = on_negint32,
    .negint64 = on_negint64,
    .byte_string = on_bytes,
    .byte_string_start = on_indefinite,
    .string = on_text,
    .string_start = on_indefinite,
    .array_start = on_array,
    .indef_array_start = on_indefinite,
    .map_start = on_map,
    .indef_map_start = on_indefinite,
    .tag = on_tag,
    .float2 = on_float,
    .float4 = on_float,
    .float8 = on_double,
    .undefined = on_undefined,
    .null = on_null,
    .boolean = on_bool,
    .indef_break = on_indefinite,
};

/* libcbor 0.8 takes the tags 6 to 20, COSE's 18 among them, for errors: tags of one byte are read
 * here. Bytes that the item takes; 0: it is cut off, malformed or of indefinite length. */
static size_t decode(struct ratls_bytes rest, struct item *out)
{
    enum { TAG = 0xc0, MAJOR = 0xe0, ARGUMENT = 0x1f, ONE_BYTE = 24 };

    *out = (struct item){0};
    if (rest.len > 0 && (rest.p[0] & MAJOR) == TAG && (rest.p[0] & ARGUMENT) < ONE_BYTE) {
        found(out, RT_CBOR_K_TAG, rest.p[0] & ARGUMENT);
        return 1;
    }
    struct cbor_decoder_result got = cbor_stream_decode(rest.p, rest.len, &callbacks, out);
    return got.status == CBOR_DECODER_FINISHED && out->known ? got.read : 0;
}

/* ---- the tree ---- */

struct open { /* an array, map or tag whose items are being read */
    size_t node;
    uint64_t left; /* items; of a map, keys and values */
};

struct build {
    struct ratls_bytes in;
    struct rt_reader r; /* over `in`, behind the items in the tree */
    struct rt_cbor_tree *out;
    struct open open[RT_MAX_CBOR_DEPTH]; /* outermost first */
    size_t depth;
    struct ratls_error *err;
};

static enum ratls_err malformed(const struct build *b, const char *what)
{
    return ratls_fail(b->err, RATLS_E_EVIDENCE_FORMAT, "CBOR, item before byte %zu: %s",
                      b->in.len - b->r.left, what);
}

/* RFC 8949 s.4.2.1 */
static size_t shortest_head(uint64_t value)
{
    if (value < 24)
        return 1;
    if (value <= UINT8_MAX)
        return 2;
    if (value <= UINT16_MAX)
        return 3;
    return value <= UINT32_MAX ? 5 : 9;
}

static bool is_string(enum rt_cbor_kind kind)
{
    return kind == RT_CBOR_K_BYTES || kind == RT_CBOR_K_TEXT;
}

/* Takes the item's bytes. libcbor's word alone moves nothing: what it read must be the shortest
 * head of the value and, of strings, as many bytes as that says. A length that its size_t could not
 * hold is refused here as well, by the head that was too long for what was left of it. */
static enum ratls_err take_item(struct build *b, struct rt_cbor_node *out)
{
    struct item item;
    const size_t before = b->r.left, read = decode(rt_rest(&b->r), &item);

    if (read == 0)
        return malformed(b, "what follows is cut off, of indefinite length or no CBOR");
    *out = (struct rt_cbor_node){.kind = item.kind, .value = item.value};
    if (item.kind == RT_CBOR_K_OTHER) {
        rt_skip(&b->r, read);
    } else {
        rt_skip(&b->r, shortest_head(item.value));
        if (is_string(item.kind))
            out->bytes = rt_take_bytes(&b->r, (size_t)item.value);
    }
    if (b->r.bad || before - b->r.left != read)
        return malformed(b, "its head is longer than needed");
    if (item.kind == RT_CBOR_K_TEXT && !rt_is_utf8(out->bytes))
        return malformed(b, "text that is not UTF-8");
    return RATLS_OK;
}

static bool same_key(const struct rt_cbor_node *a, const struct rt_cbor_node *b)
{
    return a->kind == b->kind && a->value == b->value && ratls_bytes_equal(a->bytes, b->bytes);
}

/* `key` is the last node, `map` the innermost that is open: all before it in the map is complete.
 */
static enum ratls_err check_key(const struct build *b, size_t map, size_t key)
{
    const struct rt_cbor_node *node = b->out->node;

    if (node[key].kind != RT_CBOR_K_UINT && node[key].kind != RT_CBOR_K_NINT &&
        node[key].kind != RT_CBOR_K_TEXT)
        return malformed(b, "a key that is neither integer nor text");
    for (size_t k = map + 1; k < key; k = node[k + 1].end)
        if (same_key(&node[k], &node[key]))
            return malformed(b, "a key that the map has already");
    return RATLS_OK;
}

/* Makes the last node a member of what is open. */
static enum ratls_err place(struct build *b)
{
    const size_t last = b->out->n - 1;

    if (b->depth == 0)
        return RATLS_OK;
    struct open *in = &b->open[b->depth - 1];
    const bool is_key = b->out->node[in->node].kind == RT_CBOR_K_MAP && in->left % 2 == 0;
    in->left--;
    return is_key ? check_key(b, in->node, last) : RATLS_OK;
}

/* The last node, unless it is a leaf. Each item takes a byte: a count beyond the rest is a lie, and
 * refused before anything is read for its sake. */
static enum ratls_err open_node(struct build *b)
{
    const size_t last = b->out->n - 1;
    const struct rt_cbor_node *node = &b->out->node[last];
    uint64_t items = 1;

    if (node->kind < RT_CBOR_K_ARRAY || node->kind >= RT_CBOR_K_NULL)
        return RATLS_OK;
    if (b->depth == RT_MAX_CBOR_DEPTH)
        return malformed(b, "nesting too deep");
    if (node->kind != RT_CBOR_K_TAG) {
        if (node->value > RT_MAX_CBOR_NODES)
            return malformed(b, "too many items");
        items = node->kind == RT_CBOR_K_MAP ? 2 * node->value : node->value;
    }
    if (items > b->r.left)
        return malformed(b, "more items than there are bytes");
    b->open[b->depth++] = (struct open){.node = last, .left = items};
    return RATLS_OK;
}

static void close_complete(struct build *b)
{
    while (b->depth > 0 && b->open[b->depth - 1].left == 0)
        b->out->node[b->open[--b->depth].node].end = (uint32_t)b->out->n;
}

static enum ratls_err add_item(struct build *b)
{
    enum ratls_err e;

    if (b->out->n == RT_MAX_CBOR_NODES)
        return malformed(b, "too many items");
    if ((e = take_item(b, &b->out->node[b->out->n])) != RATLS_OK)
        return e;
    b->out->n++;
    b->out->node[b->out->n - 1].end = (uint32_t)b->out->n;
    if ((e = place(b)) != RATLS_OK || (e = open_node(b)) != RATLS_OK)
        return e;
    close_complete(b);
    return RATLS_OK;
}

enum ratls_err rt_cbor_tree_read(struct ratls_bytes in, struct rt_cbor_tree *out,
                                 struct ratls_error *err)
{
    struct build b = {.in = in, .r = rt_reader(in), .out = out, .err = err};
    enum ratls_err e;

    out->n = 0;
    do {
        e = add_item(&b);
    } while (e == RATLS_OK && b.depth > 0);
    if (e == RATLS_OK && b.r.left > 0)
        e = malformed(&b, "bytes follow it");
    if (e)
        out->n = 0;
    return e;
}

/* ---- walking it ---- */

const struct rt_cbor_node *rt_cbor_root(const struct rt_cbor_tree *tree)
{
    return tree->n > 0 ? tree->node : NULL;
}

const struct rt_cbor_node *rt_cbor_child(const struct rt_cbor_tree *tree,
                                         const struct rt_cbor_node *parent)
{
    if (!parent)
        return NULL;
    const size_t first = (size_t)(parent - tree->node) + 1;
    return first < parent->end ? &tree->node[first] : NULL;
}

const struct rt_cbor_node *rt_cbor_sibling(const struct rt_cbor_tree *tree,
                                           const struct rt_cbor_node *parent,
                                           const struct rt_cbor_node *node)
{
    return parent && node && node->end < parent->end ? &tree->node[node->end] : NULL;
}

static const struct rt_cbor_node *value_of(const struct rt_cbor_tree *tree,
                                           const struct rt_cbor_node *map,
                                           const struct rt_cbor_node *wanted)
{
    if (!rt_cbor_is(map, RT_CBOR_K_MAP))
        return NULL;
    for (const struct rt_cbor_node *key = rt_cbor_child(tree, map), *value; key;
         key = rt_cbor_sibling(tree, map, value)) {
        value = rt_cbor_sibling(tree, map, key);
        if (same_key(key, wanted))
            return value;
    }
    return NULL;
}

const struct rt_cbor_node *rt_cbor_at(const struct rt_cbor_tree *tree,
                                      const struct rt_cbor_node *map, int64_t label)
{
    const struct rt_cbor_node key = {
        .kind = label < 0 ? RT_CBOR_K_NINT : RT_CBOR_K_UINT,
        .value = label < 0 ? (uint64_t)(-1 - label) : (uint64_t)label,
    };

    return value_of(tree, map, &key);
}

const struct rt_cbor_node *rt_cbor_at_name(const struct rt_cbor_tree *tree,
                                           const struct rt_cbor_node *map, const char *name)
{
    const struct ratls_bytes bytes = ratls_bytes_str(name);
    const struct rt_cbor_node key = {.kind = RT_CBOR_K_TEXT, .value = bytes.len, .bytes = bytes};

    return value_of(tree, map, &key);
}

bool rt_cbor_int(const struct rt_cbor_node *node, int64_t *out)
{
    if (!node || node->kind > RT_CBOR_K_NINT || node->value > INT64_MAX)
        return false;
    *out = node->kind == RT_CBOR_K_NINT ? -1 - (int64_t)node->value : (int64_t)node->value;
    return true;
}

bool rt_cbor_is(const struct rt_cbor_node *node, enum rt_cbor_kind kind)
{
    return node && node->kind == kind;
}
