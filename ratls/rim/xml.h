/* xml.h - XML read as narrowly as a RIM needs it, and canonical XML, by libxml2.
 *
 * Refused before libxml2 sees a byte: anything but printable ASCII and white space, so that no
 * declared encoding can hide anything; "<!", with which document types, entities, comments and
 * CDATA begin. So no entity is ever declared, and nothing is loaded from anywhere.
 * Does NOT know signatures or manifests. Everything read borrows from the document. */
#ifndef RT_RIM_XML_H
#define RT_RIM_XML_H

#include <libxml/tree.h>

#include "base.h"

/* NVIDIA's have 20 KiB and six declarations of namespaces. Canonical form takes time by the product
 * of elements and namespaces. */
enum { RT_RIM_MAX_FILE = 256 * 1024, RT_RIM_MAX_NAMESPACES = 32 };

/* *out is new: xmlFreeDoc(). Elements and text only, names within namespaces.
 * RATLS_E_BUNDLE_FORMAT. */
RATLS_MUST_USE enum ratls_err rt_xml_read(struct ratls_bytes text, xmlDoc **out,
                                          struct ratls_error *err);
/* Is it an element of this name? */
bool rt_xml_is(const xmlNode *node, const char *ns, const char *name);
/* The next element of the tree below `top` in the order of the text; NULL: `at` was the last. */
const xmlNode *rt_xml_after(const xmlNode *at, const xmlNode *top);
/* Value of an attribute; `ns` NULL: without a prefix. NULL when absent. */
const char *rt_xml_attribute(const xmlNode *element, const char *ns, const char *name);
/* What an element holds, which is text alone; NULL otherwise. */
const char *rt_xml_text(const xmlNode *element);

/* Canonical XML 1.1 without comments (W3C xml-c14n11) of the tree below `top`; or, `outside`, of
 * the whole document but that tree. New. RATLS_E_BUNDLE_FORMAT where there is none: relative
 * names of namespaces. */
RATLS_MUST_USE enum ratls_err rt_xml_canonical(const xmlNode *top, bool outside,
                                               struct ratls_buffer *out);

#endif
