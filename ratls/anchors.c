#include "anchors_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "cert_text.h"
#include "json.h"
#include "x509.h"

static void shorten_roots(struct rt_root_list *list, size_t keep)
{
    while (list->n > keep)
        ratls_buffer_free(&list->certs[--list->n]);
}

/* Id and SPKI of a key are one piece of memory. */
static void shorten_keys(struct rt_anchors *a, size_t keep)
{
    while (a->n_keys > keep)
        free((void *)(uintptr_t)a->keys[--a->n_keys].id.p);
}

static void shorten_dated(struct rt_anchors *a, size_t keep)
{
    while (a->n_dated > keep)
        ratls_buffer_free(&a->dated[--a->n_dated].content);
}

static void note_key(struct rt_anchors *a, const struct rt_dates *d)
{
    a->all_keys.from = d->from > a->all_keys.from ? d->from : a->all_keys.from;
    a->all_keys.until = d->until < a->all_keys.until ? d->until : a->all_keys.until;
}

static void note_all_keys(struct rt_anchors *a)
{
    a->all_keys = (struct rt_dates){INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < a->n_keys; i++)
        note_key(a, &a->key_notes[i].dates);
}

struct rt_anchors_mark rt_anchors_mark(const struct rt_anchors *a)
{
    return (struct rt_anchors_mark){
        .n_given = a->given.n,
        .n_sim = a->sim.n,
        .pem_len = a->intermediates.len,
        .n_keys = a->n_keys,
        .n_published = a->n_published,
        .n_dated = a->n_dated,
        .simulated = a->simulated,
    };
}

void rt_anchors_rewind(struct rt_anchors *a, const struct rt_anchors_mark *to)
{
    shorten_roots(&a->given, to->n_given);
    shorten_roots(&a->sim, to->n_sim);
    a->intermediates.len = to->pem_len;
    a->intermediates.bad = false;
    shorten_keys(a, to->n_keys);
    a->n_published = to->n_published;
    note_all_keys(a);
    shorten_dated(a, to->n_dated);
    a->simulated = to->simulated;
}

void rt_anchors_free(struct rt_anchors *a)
{
    rt_anchors_rewind(a, &(const struct rt_anchors_mark){0});
    free(a->keys);
    free(a->key_notes);
    free(a->dated);
    rt_writer_free(&a->intermediates);
    *a = (struct rt_anchors){0};
}

bool rt_anchors_replace_pins(const struct rt_anchors *a)
{
    return a->given.n > 0 || rt_written(&a->intermediates).len > 0;
}

/* ---- those of one TEE ---- */

struct rt_dates rt_anchor_dates(const struct rt_stored_anchor *item)
{
    return (struct rt_dates){item && item->not_before ? item->not_before : INT64_MIN,
                             item && item->not_after ? item->not_after : INT64_MAX};
}

enum ratls_err rt_anchors_keep(struct rt_anchors *a, const struct rt_dated_anchor *one,
                               struct ratls_error *err)
{
    struct ratls_buffer content = one->content;
    struct rt_dated_anchor *longer = NULL;
    enum ratls_err e = RATLS_OK;

    if (a->n_dated == RT_MAX_STORED)
        e = ratls_fail(err, RATLS_E_LIMIT, "more than %d stored anchors", RT_MAX_STORED);
    else if (!(longer = realloc(a->dated, (a->n_dated + 1) * sizeof *longer)))
        e = ratls_fail(err, RATLS_E_NO_MEMORY, "anchor");
    if (e) {
        ratls_buffer_free(&content);
        return e;
    }
    a->dated = longer;
    a->dated[a->n_dated++] = *one;
    return RATLS_OK;
}

static enum ratls_err keep_of_item(const struct rt_anchor_sink *sink, struct rt_dated_anchor *one,
                                   struct ratls_error *err)
{
    (void)snprintf(one->tee, sizeof one->tee, "%s", sink->item->tee);
    one->dates = rt_anchor_dates(sink->item);
    return rt_anchors_keep(sink->anchors, one, err);
}

/* ---- certificates ---- */

enum { EMPTY_NAME_LEN = 2 }; /* 30 00 */

/* Its dates are judged when evidence is, at the time of verification. */
static enum ratls_err check_ca(struct ratls_bytes der, struct rt_x509 *cert,
                               struct ratls_error *err)
{
    enum ratls_err e = rt_x509_parse(der, cert, err);

    return e ? e : rt_x509_check_issuer(cert, 0, err);
}

/* An empty name is nobody's (RFC 5280 s.4.1.2.4). */
static bool is_intermediate(const struct rt_x509 *cert)
{
    return cert->issuer.len > EMPTY_NAME_LEN && !ratls_bytes_equal(cert->issuer, cert->subject);
}

enum ratls_err rt_anchors_keep_pin(const struct rt_anchor_sink *sink,
                                   const uint8_t spki_sha256[RT_SHA256_LEN],
                                   struct ratls_error *err)
{
    struct rt_dated_anchor one = {.kind = RT_ANCHOR_ROOT};

    memcpy(one.root.spki_sha256, spki_sha256, RT_SHA256_LEN);
    one.root.simulated = sink->simulated || rt_is_published(spki_sha256);
    return keep_of_item(sink, &one, err);
}

static enum ratls_err keep_intermediate(const struct rt_anchor_sink *sink,
                                        const struct rt_x509 *cert, struct ratls_error *err)
{
    struct rt_dated_anchor one = {.kind = RT_ANCHOR_INTERMEDIATE};
    struct rt_writer *pem = &sink->anchors->intermediates;
    enum ratls_err e = rt_pem_write("CERTIFICATE", cert->der, &one.content);

    if (e)
        return e;
    if (sink->item)
        return keep_of_item(sink, &one, err);
    rt_put_bytes(pem, rt_bytes_of(&one.content));
    ratls_buffer_free(&one.content);
    return pem->bad ? RATLS_E_NO_MEMORY : RATLS_OK;
}

static enum ratls_err keep_root_of_item(const struct rt_anchor_sink *sink,
                                        const struct rt_given_root *root, struct ratls_error *err)
{
    struct rt_dated_anchor one = {.kind = RT_ANCHOR_ROOT};
    enum ratls_err e;

    if ((e = rt_sha256(root->spki, one.root.spki_sha256)) != RATLS_OK ||
        (e = rt_dup(root->cert, &one.content)) != RATLS_OK)
        return ratls_fail(err, e, "root");
    one.root.cert = rt_bytes_of(&one.content);
    one.root.simulated = sink->simulated || rt_is_published(one.root.spki_sha256);
    return keep_of_item(sink, &one, err);
}

static enum ratls_err keep_root(const struct rt_anchor_sink *sink, const struct rt_given_root *root,
                                struct ratls_error *err)
{
    struct rt_root_list *list = sink->simulated ? &sink->anchors->sim : &sink->anchors->given;
    enum ratls_err e;

    if (sink->item)
        return keep_root_of_item(sink, root, err);
    if (list->n == RT_MAX_ROOTS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d roots", RT_MAX_ROOTS);
    struct ratls_root *slot = &list->items[list->n];
    if ((e = rt_sha256(root->spki, slot->spki_sha256)) != RATLS_OK ||
        (e = rt_dup(root->cert, &list->certs[list->n])) != RATLS_OK)
        return ratls_fail(err, e, "root");
    slot->simulated = sink->simulated || rt_is_published(slot->spki_sha256);
    slot->cert = rt_bytes_of(&list->certs[list->n]);
    list->n++;
    return RATLS_OK;
}

enum ratls_err rt_anchors_keep_root(const struct rt_anchor_sink *sink,
                                    const struct rt_given_root *root, struct ratls_error *err)
{
    if (!root->signed_by_itself)
        return ratls_fail(err, RATLS_E_CONFIG, "root: not signed by itself");
    if (root->marked && !sink->simulated)
        return ratls_fail(err, RATLS_E_SIMULATED_ANCHOR, "root of a simulated TEE");
    if (!root->marked && sink->simulated)
        return ratls_fail(err, RATLS_E_CONFIG, "not the root of a simulated TEE");
    return keep_root(sink, root, err);
}

static enum ratls_err add_root(const struct rt_anchor_sink *sink, const struct rt_x509 *root,
                               struct ratls_error *err)
{
    enum ratls_err e = rt_x509_signed_by(root, root, NULL);

    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "root");
    return rt_anchors_keep_root(
        sink,
        &(const struct rt_given_root){
            .cert = root->der,
            .spki = root->spki,
            .signed_by_itself = e == RATLS_OK && ratls_bytes_equal(root->issuer, root->subject),
            .marked = rt_x509_is_simulated(root),
        },
        err);
}

static enum ratls_err add_cert(void *arg, struct ratls_bytes der, struct ratls_error *err)
{
    const struct rt_anchor_sink *sink = arg;
    struct ratls_error inner = {0};
    struct rt_x509 cert;
    enum ratls_err e = check_ca(der, &cert, &inner);

    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "root");
    if (e)
        return ratls_fail(err, RATLS_E_CONFIG, "root: %s", inner.detail);
    if (!is_intermediate(&cert))
        return add_root(sink, &cert, err);
    if (sink->simulated && !rt_x509_is_simulated(&cert))
        return ratls_fail(err, RATLS_E_CONFIG, "root: not signed by itself");
    return keep_intermediate(sink, &cert, err);
}

bool rt_anchors_hold_x509(struct ratls_bytes file)
{
    static const char *const labels[] = {"CERTIFICATE", NULL};
    struct ratls_buffer one = {0};
    size_t n = 0;
    const enum ratls_err e = rt_pem_count(file, labels, &n, &one);

    ratls_buffer_free(&one);
    return e || n > 0; /* what is wrong with it is said by whoever reads it */
}

enum ratls_err rt_anchors_read_certs(const struct rt_anchor_sink *sink, struct ratls_bytes file,
                                     struct ratls_error *err)
{
    size_t hygon;
    enum ratls_err e = rt_anchors_read_hygon(sink, file, &hygon, err);

    if (e || (hygon > 0 && !rt_anchors_hold_x509(file)))
        return e;
    return rt_each_cert(file, add_cert, (void *)(uintptr_t)sink, err);
}

/* ---- keys of CCA platforms ---- */

_Static_assert(sizeof RT_SIM_ORGANIZATION > RT_CCA_IMPLEMENTATION_ID_LEN, "fills the id");

/* SHA-256 of the SubjectPublicKeyInfo of example keys that stand in public repositories together
 * with their private halves. */
static const uint8_t published[][RT_SHA256_LEN] = {
    /* confidential-containers/trustee, cpak-pub.json; also in TF-RMM and secGear */
    {0x09, 0x28, 0xf8, 0x96, 0xcb, 0x02, 0x32, 0x65, 0x66, 0x53, 0x0a,
     0x62, 0xa1, 0xe3, 0x63, 0x29, 0xa1, 0x2d, 0x0a, 0x4a, 0x30, 0x8f,
     0x4f, 0xc8, 0x1e, 0x8f, 0xf5, 0x56, 0x0b, 0xca, 0x6b, 0xca},
    /* veraison/ccatoken, testIAK */
    {0x51, 0xb9, 0x44, 0xcd, 0xfa, 0x54, 0x4d, 0x4c, 0x32, 0x73, 0xaa,
     0x6b, 0xf3, 0x50, 0x62, 0x5a, 0x7d, 0xd5, 0x3b, 0xbb, 0x6a, 0x71,
     0x72, 0x32, 0x74, 0xf5, 0x38, 0xb1, 0x9a, 0x20, 0x77, 0x60},
};

static const struct jwk_curve {
    const char *name; /* RFC 7518 s.6.2.1.1 */
    enum rt_curve curve;
    size_t size;
} jwk_curves[] = {{"P-256", RT_P256, 32}, {"P-384", RT_P384, 48}, {"P-521", RT_P521, 66}};

enum { COORDINATE_MAX = 66 };

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = rt_json_member(object, name);

    return cJSON_IsString(item) ? item->valuestring : "";
}

static bool read_hex(const cJSON *entry, const char *name, uint8_t *out, size_t due)
{
    const char *text = text_of(entry, name);
    size_t len = due;

    return rt_unhex(text, strlen(text), out, &len) && len == due;
}

static bool read_coordinate(const cJSON *jwk, const char *name, uint8_t *out, size_t due)
{
    const char *text = text_of(jwk, name);
    size_t len = due;

    return rt_unbase64url(text, strlen(text), out, &len) && len == due;
}

static const struct jwk_curve *curve_of(const cJSON *jwk)
{
    for (size_t i = 0; i < RT_COUNT(jwk_curves); i++)
        if (strcmp(jwk_curves[i].name, text_of(jwk, "crv")) == 0)
            return &jwk_curves[i];
    return NULL;
}

/* RFC 7517, RFC 7518 s.6.2. *spki is new. */
static enum ratls_err read_jwk(const cJSON *jwk, struct ratls_buffer *spki, struct ratls_error *err)
{
    uint8_t xy[2 * COORDINATE_MAX];
    struct ratls_error inner = {0};
    struct rt_public_key key;
    struct rt_writer w = {0};
    const struct jwk_curve *curve = curve_of(jwk);

    if (rt_json_member(jwk, "d"))
        return ratls_fail(err, RATLS_E_CONFIG, "pkey holds a private key");
    if (strcmp(text_of(jwk, "kty"), "EC") != 0 || !curve)
        return ratls_fail(err, RATLS_E_CONFIG, "pkey is no EC key on P-256, P-384 or P-521");
    if (!read_coordinate(jwk, "x", xy, curve->size) ||
        !read_coordinate(jwk, "y", xy + curve->size, curve->size))
        return ratls_fail(err, RATLS_E_CONFIG, "pkey: x or y is malformed");
    const struct ratls_bytes point = ratls_bytes(xy, 2 * curve->size);
    enum ratls_err e = rt_public_key_of_point(curve->curve, point, &key, &inner);
    if (rt_is_own_failure(e))
        return ratls_fail(err, e, "pkey");
    if (e)
        return ratls_fail(err, RATLS_E_CONFIG, "pkey: %s", inner.detail);
    rt_put_spki(&w, curve->curve, point);
    return rt_writer_take(&w, spki);
}

bool rt_is_published(const uint8_t spki_sha256[RT_SHA256_LEN])
{
    for (size_t i = 0; i < RT_COUNT(published); i++)
        if (memcmp(published[i], spki_sha256, RT_SHA256_LEN) == 0)
            return true;
    return false;
}

static bool has_key(const struct rt_anchors *a, size_t since,
                    const uint8_t id[RT_CCA_DEVICE_ID_LEN])
{
    for (size_t i = since; i < a->n_keys; i++)
        if (ratls_bytes_equal(a->keys[i].id, ratls_bytes(id, RT_CCA_DEVICE_ID_LEN)))
            return true;
    return false;
}

/* The simulator's implementation id is its organization, cut. */
static enum ratls_err check_mark(const uint8_t id[RT_CCA_DEVICE_ID_LEN], bool simulated,
                                 struct ratls_error *err)
{
    const bool marked = memcmp(id, RT_SIM_ORGANIZATION, RT_CCA_IMPLEMENTATION_ID_LEN) == 0;

    if (marked && !simulated)
        return ratls_fail(err, RATLS_E_SIMULATED_ANCHOR, "key of a simulated platform");
    if (!marked && simulated)
        return ratls_fail(err, RATLS_E_CONFIG, "not the key of a simulated platform");
    return RATLS_OK;
}

static bool make_room(struct rt_anchors *a)
{
    const size_t n = a->n_keys + 1;
    struct ratls_trusted_key *keys = realloc(a->keys, n * sizeof *keys);

    if (keys)
        a->keys = keys;
    struct rt_key_note *notes = realloc(a->key_notes, n * sizeof *notes);
    if (notes)
        a->key_notes = notes;
    return keys && notes;
}

enum ratls_err rt_anchors_keep_key(const struct rt_anchor_sink *sink, struct ratls_bytes id,
                                   struct ratls_bytes spki, struct ratls_error *err)
{
    struct rt_anchors *a = sink->anchors;
    uint8_t digest[RT_SHA256_LEN], *both = NULL;
    enum ratls_err e = rt_sha256(spki, digest);

    if (e == RATLS_OK && a->n_keys == RT_MAX_DEVICE_KEYS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d keys", RT_MAX_DEVICE_KEYS);
    if (e == RATLS_OK && (!make_room(a) || !(both = malloc(id.len + spki.len))))
        e = RATLS_E_NO_MEMORY;
    if (e)
        return ratls_fail(err, e, "key of a device");
    if (id.len > 0)
        memcpy(both, id.p, id.len);
    memcpy(both + id.len, spki.p, spki.len);
    const bool is_public = rt_is_published(digest);
    struct rt_key_note *note = &a->key_notes[a->n_keys];
    memcpy(note->spki_sha256, digest, sizeof digest);
    note->dates = rt_anchor_dates(sink->item);
    a->n_published += is_public ? 1 : 0;
    if (a->n_keys == 0)
        note_all_keys(a);
    a->keys[a->n_keys++] = (struct ratls_trusted_key){.id = ratls_bytes(both, id.len),
                                                      .spki = ratls_bytes(both + id.len, spki.len),
                                                      .simulated = sink->simulated || is_public};
    note_key(a, &note->dates);
    return RATLS_OK;
}

/* A file may have more members, for other programs; a stored anchor may not. */
static enum ratls_err check_members(const struct rt_anchor_sink *sink, const cJSON *entry,
                                    struct ratls_error *err)
{
    static const char *const known[] = {"pkey", "implementation-id", "instance-id"};
    const cJSON *member;

    if (!sink->item)
        return RATLS_OK;
    cJSON_ArrayForEach(member, entry)
    {
        size_t i = 0;
        while (i < RT_COUNT(known) && strcmp(known[i], member->string) != 0)
            i++;
        if (i == RT_COUNT(known))
            return ratls_fail(err, RATLS_E_CONFIG, "'%s' is not a member known here",
                              member->string);
    }
    return RATLS_OK;
}

/* There is room for it. `since`: the first key that may be of no platform twice. */
static enum ratls_err read_entry(const struct rt_anchor_sink *sink, size_t since,
                                 const cJSON *entry, struct ratls_error *err)
{
    uint8_t id[RT_CCA_DEVICE_ID_LEN];
    struct ratls_buffer spki = {0};
    enum ratls_err e;

    if (!cJSON_IsObject(entry) ||
        !read_hex(entry, "implementation-id", id, RT_CCA_IMPLEMENTATION_ID_LEN) ||
        !read_hex(entry, "instance-id", id + RT_CCA_IMPLEMENTATION_ID_LEN, RT_CCA_INSTANCE_ID_LEN))
        return ratls_fail(err, RATLS_E_CONFIG,
                          "no implementation-id of 32 bytes or no instance-id of 33 bytes of hex");
    if (has_key(sink->anchors, since, id))
        return ratls_fail(err, RATLS_E_CONFIG, "a platform has a key already");
    if ((e = check_members(sink, entry, err)) != RATLS_OK ||
        (e = check_mark(id, sink->simulated, err)) != RATLS_OK ||
        (e = read_jwk(rt_json_member(entry, "pkey"), &spki, err)) != RATLS_OK)
        return e;
    e = rt_anchors_keep_key(sink, ratls_bytes(id, sizeof id), rt_bytes_of(&spki), err);
    ratls_buffer_free(&spki);
    return e;
}

enum ratls_err rt_anchors_read_keys(const struct rt_anchor_sink *sink, const cJSON *list,
                                    struct ratls_error *err)
{
    struct rt_anchors *a = sink->anchors;
    const size_t since = sink->item ? a->n_keys : 0;
    const int n = cJSON_GetArraySize(list);
    const cJSON *entry;
    enum ratls_err e = RATLS_OK;

    if (!cJSON_IsArray(list) || n == 0)
        return ratls_fail(err, RATLS_E_CONFIG, "no list of platforms, or an empty one");
    if (a->n_keys + (size_t)n > RT_MAX_DEVICE_KEYS)
        return ratls_fail(err, RATLS_E_LIMIT, "more than %d platforms", RT_MAX_DEVICE_KEYS);
    for (entry = list->child; entry && e == RATLS_OK; entry = entry->next)
        e = read_entry(sink, since, entry, err);
    return e;
}

/* ---- files ---- */

static enum ratls_err read_key_file(const struct rt_anchor_sink *sink, struct ratls_bytes file,
                                    struct ratls_error *err)
{
    cJSON *json = NULL;
    enum ratls_err e = rt_json_parse_up_to(file, RT_MAX_FILE, RATLS_E_CONFIG, &json, err);

    if (e == RATLS_OK)
        e = rt_anchors_read_keys(sink, json, err);
    rt_json_free(json);
    return e;
}

static enum ratls_err read_other_file(const struct rt_anchor_sink *sink, struct ratls_bytes file,
                                      struct ratls_error *err)
{
    size_t keys;
    enum ratls_err e = rt_anchors_read_ak(sink, file, &keys, err);

    if (e || keys == 0)
        return e ? e : rt_anchors_read_certs(sink, file, err);
    return rt_anchors_hold_x509(file)
               ? ratls_fail(err, RATLS_E_CONFIG, "keys and certificates in one file")
               : RATLS_OK;
}

enum ratls_err rt_anchors_add(struct rt_anchors *a, struct ratls_bytes file, bool simulated,
                              struct ratls_error *err)
{
    const struct rt_anchors_mark before = rt_anchors_mark(a);
    const struct rt_anchor_sink sink = {.anchors = a, .simulated = simulated};
    enum ratls_err e = rt_starts_with(rt_without_space(file), "[")
                           ? read_key_file(&sink, file, err)
                           : read_other_file(&sink, file, err);

    if (e)
        rt_anchors_rewind(a, &before);
    else
        a->simulated = a->simulated || simulated;
    return e;
}
