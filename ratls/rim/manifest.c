#include "manifest.h"

#include <stdio.h>
#include <stdlib.h>

#include "xml.h"

#define SWID "http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
#define HASH "http://www.w3.org/2001/04/xmlenc#sha384"

static enum ratls_err malformed(struct ratls_error *err, const char *what)
{
    return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "%s", what);
}

static bool is(const char *text, const char *due)
{
    return text && strcmp(text, due) == 0;
}

/* Decimal, without sign or leading zeros. */
static bool number(const char *text, size_t below, size_t *out)
{
    const size_t digits = text ? strlen(text) : 0;

    if (digits == 0 || digits > 3 || strspn(text, "0123456789") != digits ||
        (text[0] == '0' && digits > 1))
        return false;
    *out = (size_t)strtoul(text, NULL, 10);
    return *out < below;
}

/* ---- what it is about ---- */

static const struct {
    const char *product, *arch; /* how names of products begin */
    bool of_switch;
} products[] = {{"GH", "hopper", false}, {"GB", "blackwell", false}, {"LS", "ls10", true}};

static bool read_product(const char *text, struct rt_rim *out)
{
    for (size_t i = 0; text && i < RT_COUNT(products); i++)
        if (strncmp(text, products[i].product, 2) == 0) {
            out->arch = products[i].arch;
            out->of_switch = products[i].of_switch;
        }
    return out->arch != NULL;
}

static bool read_version(const char *text, struct rt_rim *out)
{
    static const char upper[] = "ABCDEF", allowed[] = "0123456789abcdefABCDEF.";
    const size_t len = text ? strlen(text) : 0;

    if (len == 0 || len > RT_RIM_VERSION_MAX || strspn(text, allowed) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        out->version[i] = (char)(strchr(upper, text[i]) ? text[i] - 'A' + 'a' : text[i]);
    return true;
}

static enum ratls_err read_meta(const xmlNode *meta, struct rt_rim *out, struct ratls_error *err)
{
    if (out->version[0])
        return malformed(err, "Meta is there twice");
    if (!read_version(rt_xml_attribute(meta, NULL, "colloquialVersion"), out))
        return malformed(err, "Meta: colloquialVersion is no version");
    if (!read_product(rt_xml_attribute(meta, NULL, "product"), out))
        return malformed(err, "Meta: the product is none of GH, GB and LS");
    return RATLS_OK;
}

/* ---- measurements ---- */

static bool read_hash(const xmlNode *resource, size_t which, uint8_t out[RT_SHA384_LEN])
{
    char name[32];
    size_t len = RT_SHA384_LEN;

    (void)snprintf(name, sizeof name, "Hash%zu", which);
    const char *hex = rt_xml_attribute(resource, HASH, name);
    return hex && rt_unhex(hex, strlen(hex), out, &len) && len == RT_SHA384_LEN;
}

static size_t count_hashes(const xmlNode *resource)
{
    size_t n = 0;

    for (const xmlAttr *a = resource->properties; a; a = a->next)
        n += a->ns && is((const char *)a->ns->href, HASH);
    return n;
}

static enum ratls_err read_values(const xmlNode *resource, struct rt_rim_values *out,
                                  struct ratls_error *err)
{
    if (!number(rt_xml_attribute(resource, NULL, "alternatives"), RT_RIM_ALTERNATIVES + 1,
                &out->n) ||
        out->n == 0 || out->n != count_hashes(resource))
        return malformed(err, "a measurement: alternatives is not the number of its hashes");
    if (!is(rt_xml_attribute(resource, NULL, "size"), "48"))
        return malformed(err, "a measurement: the size is not 48");
    for (size_t i = 0; i < out->n; i++)
        if (!read_hash(resource, i, out->value[i]))
            return malformed(err, "a measurement: a hash is not of 96 hex digits");
    return RATLS_OK;
}

static enum ratls_err read_resource(const xmlNode *resource, struct rt_rim *out,
                                    struct ratls_error *err)
{
    const char *type = rt_xml_attribute(resource, NULL, "type");
    const char *active = rt_xml_attribute(resource, NULL, "active");
    size_t index;

    if (!rt_xml_is(resource, SWID, "Resource") || !is(type, "Measurement"))
        return malformed(err, "the payload holds something other than measurements");
    if (!number(rt_xml_attribute(resource, NULL, "index"), RT_RIM_INDICES, &index))
        return malformed(err, "a measurement: the index is no number below 127");
    if (!is(active, "True") && !is(active, "False"))
        return malformed(err, "a measurement: active is neither True nor False");
    struct rt_rim_values *at = &out->at[index];
    if (at->listed)
        return malformed(err, "an index is there twice");
    at->listed = true;
    at->active = is(active, "True");
    return read_values(resource, at, err);
}

static enum ratls_err read_payload(const xmlNode *payload, struct rt_rim *out,
                                   struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (const xmlNode *at = rt_xml_after(payload, payload); at && e == RATLS_OK;
         at = rt_xml_after(at, payload))
        e = read_resource(at, out, err);
    return e;
}

/* ---- all of it ---- */

/* A patch or supplement changes another manifest, and is none by itself; a corpus is of an
 * installer. */
static bool is_base(const xmlNode *root)
{
    static const char *const marks[] = {"corpus", "patch", "supplemental"};

    for (size_t i = 0; i < RT_COUNT(marks); i++) {
        const char *value = rt_xml_attribute(root, NULL, marks[i]);
        if (value && !is(value, "false"))
            return false;
    }
    return true;
}

/* Elements beside these two, such as Entity, name people and places. */
static enum ratls_err read_manifest(const xmlNode *root, struct rt_rim *out,
                                    struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;
    size_t payloads = 0;

    if (!rt_xml_is(root, SWID, "SoftwareIdentity") || !is_base(root))
        return malformed(err, "no SWID tag that stands by itself");
    for (const xmlNode *at = root->children; at && e == RATLS_OK; at = at->next) {
        if (rt_xml_is(at, SWID, "Meta"))
            e = read_meta(at, out, err);
        if (rt_xml_is(at, SWID, "Payload"))
            e = payloads++ ? malformed(err, "Payload is there twice") : read_payload(at, out, err);
    }
    if (e == RATLS_OK && (payloads == 0 || !out->version[0]))
        e = malformed(err, "Meta or Payload is missing");
    return e;
}

enum ratls_err rt_rim_read(struct ratls_bytes text, struct rt_rim *out, struct ratls_error *err)
{
    xmlDoc *doc = NULL;
    enum ratls_err e = rt_xml_read(text, &doc, err);

    if (e)
        return e;
    e = read_manifest(doc->children, out, err);
    xmlFreeDoc(doc);
    return e;
}

enum ratls_err rt_rim_open(struct ratls_bytes file, const struct rt_rim_trust *trust,
                           struct rt_rim **out, struct ratls_error *err)
{
    struct rt_rim *rim = calloc(1, sizeof *rim);
    struct ratls_buffer text = {0};
    enum ratls_err e = rim ? rt_rim_prove(file, trust, &text, err) : RATLS_E_NO_MEMORY;

    if (e == RATLS_OK)
        e = rt_sha256(file, rim->sha256);
    if (e == RATLS_OK)
        e = rt_rim_read(rt_bytes_of(&text), rim, err);
    ratls_buffer_free(&text);
    if (e) {
        rt_rim_free(rim);
        rim = NULL;
    }
    *out = rim;
    return e;
}

void rt_rim_free(struct rt_rim *rim)
{
    free(rim);
}
