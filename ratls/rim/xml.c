#include "xml.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>

/* ---- reading ---- */

static enum ratls_err check_bytes(struct ratls_bytes text, struct ratls_error *err)
{
    if (text.len == 0 || text.len > RT_RIM_MAX_FILE)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "%zu bytes", text.len);
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.p[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c > 0x7e)
            return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "a byte that is no ASCII text");
        if (c == '!' && i > 0 && text.p[i - 1] == '<')
            return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "a document type, comment or CDATA");
    }
    return RATLS_OK;
}

/* What the options leave out stays off: substitution and loading of entities, DTDs, XInclude, the
 * lifting of libxml2's own limits (XML_PARSE_HUGE). */
static xmlDoc *parse(struct ratls_bytes text)
{
    const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
    xmlParserCtxt *ctxt = xmlNewParserCtxt();
    xmlDoc *doc =
        ctxt ? xmlCtxtReadMemory(ctxt, (const char *)text.p, (int)text.len, NULL, NULL, options)
             : NULL;

    if (doc && !ctxt->nsWellFormed) {
        xmlFreeDoc(doc);
        doc = NULL;
    }
    xmlFreeParserCtxt(ctxt);
    return doc;
}

static const xmlNode *step(const xmlNode *at, const xmlNode *top)
{
    if (at->children)
        return at->children;
    while (at != top && !at->next)
        at = at->parent;
    return at == top ? NULL : at->next;
}

static size_t count_namespaces(const xmlNode *node)
{
    size_t n = 0;

    for (const xmlNs *ns = node->type == XML_ELEMENT_NODE ? node->nsDef : NULL; ns; ns = ns->next)
        n++;
    return n;
}

/* Only instructions can be left, beside what is wanted: canonical XML would keep them. */
static bool is_plain(const xmlDoc *doc)
{
    const xmlNode *top = doc->children;
    size_t namespaces = 0;

    if (doc->intSubset || doc->extSubset || !top || top->next)
        return false;
    for (const xmlNode *at = top; at; at = step(at, top)) {
        if (at->type != XML_ELEMENT_NODE && at->type != XML_TEXT_NODE)
            return false;
        namespaces += count_namespaces(at);
    }
    return namespaces <= RT_RIM_MAX_NAMESPACES;
}

enum ratls_err rt_xml_read(struct ratls_bytes text, xmlDoc **out, struct ratls_error *err)
{
    enum ratls_err e = check_bytes(text, err);

    *out = e ? NULL : parse(text);
    if (e)
        return e;
    if (!*out)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "no well-formed XML");
    if (is_plain(*out))
        return RATLS_OK;
    xmlFreeDoc(*out);
    *out = NULL;
    return ratls_fail(err, RATLS_E_BUNDLE_FORMAT,
                      "more than elements and text, or more than %d namespaces",
                      RT_RIM_MAX_NAMESPACES);
}

/* ---- looking ---- */

static bool is(const xmlChar *text, const char *due)
{
    return text && strcmp((const char *)text, due) == 0;
}

bool rt_xml_is(const xmlNode *node, const char *ns, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && node->ns && is(node->ns->href, ns) &&
           is(node->name, name);
}

const xmlNode *rt_xml_after(const xmlNode *at, const xmlNode *top)
{
    do
        at = step(at, top);
    while (at && at->type != XML_ELEMENT_NODE);
    return at;
}

/* One run of text, or nothing. */
static const char *only_text(const xmlNode *first)
{
    if (!first)
        return "";
    return first->type == XML_TEXT_NODE && !first->next ? (const char *)first->content : NULL;
}

const char *rt_xml_attribute(const xmlNode *element, const char *ns, const char *name)
{
    for (const xmlAttr *a = element->properties; a; a = a->next)
        if (is(a->name, name) && (ns ? a->ns && is(a->ns->href, ns) : !a->ns))
            return only_text(a->children);
    return NULL;
}

const char *rt_xml_text(const xmlNode *element)
{
    return only_text(element->children);
}

/* ---- canonical form ---- */

struct scope {
    const xmlNode *top;
    bool outside;
};

/* Namespaces and attributes go with the element that they are asked for: xmlNs has no parent. */
static int is_visible(void *arg, xmlNode *node, xmlNode *parent)
{
    const struct scope *s = arg;
    const bool is_node = node->type == XML_ELEMENT_NODE || node->type == XML_TEXT_NODE;
    const xmlNode *at = is_node ? node : parent;

    while (at && at != s->top)
        at = at->parent;
    return (at == NULL) == s->outside;
}

/* Else libxml2 writes messages of its own. */
static void quiet(void *arg, xmlError *error)
{
    (void)arg;
    (void)error;
}

static int write_canonical(xmlDoc *doc, struct scope *s, xmlOutputBuffer *to)
{
    xmlStructuredErrorFunc said = xmlStructuredError;
    void *arg = xmlStructuredErrorContext;

    xmlSetStructuredErrorFunc(NULL, quiet);
    const int n = xmlC14NExecute(doc, is_visible, s, XML_C14N_1_1, NULL, 0, to);
    xmlSetStructuredErrorFunc(arg, said);
    return n;
}

enum ratls_err rt_xml_canonical(const xmlNode *top, bool outside, struct ratls_buffer *out)
{
    struct scope s = {top, outside};
    xmlOutputBuffer *to = xmlAllocOutputBuffer(NULL);
    enum ratls_err e = RATLS_E_BUNDLE_FORMAT;

    if (!to)
        return RATLS_E_NO_MEMORY;
    if (write_canonical(top->doc, &s, to) >= 0)
        e = rt_dup(ratls_bytes(xmlOutputBufferGetContent(to), xmlOutputBufferGetSize(to)), out);
    (void)xmlOutputBufferClose(to);
    return e;
}
