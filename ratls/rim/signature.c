#include "signature.h"

#include "rim_signer.h"
#include "xml.h"

#define DSIG      "http://www.w3.org/2000/09/xmldsig#"
#define ENVELOPED DSIG "enveloped-signature"
#define C14N11    "http://www.w3.org/2006/12/xml-c14n11"
#define SHA384    "http://www.w3.org/2001/04/xmldsig-more#sha384"
#define ECDSA     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"

/* ---- the form ---- */

enum {
    SIGNATURE,
    SIGNED_INFO,
    CANONICALIZATION,
    METHOD,
    REFERENCE,
    TRANSFORMS,
    WITHOUT_SIGNATURE,
    CANONICAL,
    DIGEST_METHOD,
    DIGEST_VALUE,
    SIGNATURE_VALUE,
    KEY_INFO,
    X509_DATA,
    X509_CERTIFICATE, /* once or more; nothing behind it */
    ELEMENTS
};

/* Elements in the order of the text, each with the one attribute that it must have. */
static const struct {
    const char *name;
    int parent;
    const char *attribute, *value;
} form[ELEMENTS] = {
    [SIGNATURE] = {"Signature", -1, NULL, NULL},
    [SIGNED_INFO] = {"SignedInfo", SIGNATURE, NULL, NULL},
    [CANONICALIZATION] = {"CanonicalizationMethod", SIGNED_INFO, "Algorithm", C14N11},
    [METHOD] = {"SignatureMethod", SIGNED_INFO, "Algorithm", ECDSA},
    [REFERENCE] = {"Reference", SIGNED_INFO, "URI", ""},
    [TRANSFORMS] = {"Transforms", REFERENCE, NULL, NULL},
    [WITHOUT_SIGNATURE] = {"Transform", TRANSFORMS, "Algorithm", ENVELOPED},
    [CANONICAL] = {"Transform", TRANSFORMS, "Algorithm", C14N11},
    [DIGEST_METHOD] = {"DigestMethod", REFERENCE, "Algorithm", SHA384},
    [DIGEST_VALUE] = {"DigestValue", REFERENCE, NULL, NULL},
    [SIGNATURE_VALUE] = {"SignatureValue", SIGNATURE, NULL, NULL},
    [KEY_INFO] = {"KeyInfo", SIGNATURE, NULL, NULL},
    [X509_DATA] = {"X509Data", KEY_INFO, NULL, NULL},
    [X509_CERTIFICATE] = {"X509Certificate", X509_DATA, NULL, NULL},
};

struct parts {
    const xmlNode *at[ELEMENTS]; /* of the certificates the first */
};

static bool has_form(const xmlNode *node, int which, const struct parts *p)
{
    const int parent = form[which].parent;
    const char *attribute = form[which].attribute;

    if (!rt_xml_is(node, DSIG, form[which].name) || (parent >= 0 && node->parent != p->at[parent]))
        return false;
    if (!attribute)
        return !node->properties;
    const char *value = rt_xml_attribute(node, NULL, attribute);
    return value && strcmp(value, form[which].value) == 0 && !node->properties->next;
}

static enum ratls_err check_form(const xmlNode *signature, struct parts *p, struct ratls_error *err)
{
    const xmlNode *node = signature;

    for (int i = 0; i < ELEMENTS; i++, node = rt_xml_after(node, signature)) {
        if (!node || !has_form(node, i, p))
            return ratls_fail(err, RATLS_E_BUNDLE_FORMAT,
                              "the signature: %s is missing or unlike NVIDIA's", form[i].name);
        p->at[i] = node;
    }
    for (; node; node = rt_xml_after(node, signature))
        if (!has_form(node, X509_CERTIFICATE, p))
            return ratls_fail(err, RATLS_E_BUNDLE_FORMAT,
                              "the signature: something behind its certificates");
    return RATLS_OK;
}

/* The one signature, a child of the root; nothing of its kind may stand anywhere else. */
static enum ratls_err find_signature(const xmlNode *root, const xmlNode **out,
                                     struct ratls_error *err)
{
    size_t found = 0;

    for (const xmlNode *at = root; at; at = rt_xml_after(at, root)) {
        if (!rt_xml_is(at, DSIG, form[SIGNATURE].name))
            continue;
        found++;
        *out = at;
    }
    if (found != 1 || (*out)->parent != root)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT,
                          "there must be one signature, in the outermost element");
    return RATLS_OK;
}

/* ---- what it says ---- */

static enum ratls_err check_digest(const struct parts *p, struct ratls_bytes text,
                                   struct ratls_error *err)
{
    const char *base64 = rt_xml_text(p->at[DIGEST_VALUE]);
    struct ratls_buffer due = {0};
    uint8_t digest[RT_SHA384_LEN];
    enum ratls_err e = rt_hash(RT_SHA384, text, digest);

    if (e)
        return ratls_fail(err, e, "hash of the document");
    if (!base64 || rt_unbase64(ratls_bytes_str(base64), &due) != RATLS_OK)
        return ratls_fail(err, RATLS_E_BUNDLE_FORMAT, "the hash is no base64");
    const bool equal = ratls_bytes_equal(rt_bytes_of(&due), ratls_bytes(digest, sizeof digest));
    ratls_buffer_free(&due);
    return equal ? RATLS_OK
                 : ratls_fail(err, RATLS_E_BUNDLE_SIGNATURE,
                              "the document is not the one that was signed");
}

static enum ratls_err check_value(const struct parts *p, const struct rt_x509 *signer,
                                  struct ratls_error *err)
{
    const char *base64 = rt_xml_text(p->at[SIGNATURE_VALUE]);
    struct ratls_buffer value = {0}, text = {0};
    enum ratls_err e = RATLS_E_BUNDLE_FORMAT;

    if (!base64 || rt_unbase64(ratls_bytes_str(base64), &value) != RATLS_OK)
        return ratls_fail(err, e, "the signature is no base64");
    e = rt_xml_canonical(p->at[SIGNED_INFO], false, &text);
    if (e == RATLS_OK)
        e = rt_verify_raw(RT_P384, signer->key.point, RT_SHA384, rt_bytes_of(&text),
                          rt_bytes_of(&value));
    ratls_buffer_free(&value);
    ratls_buffer_free(&text);
    if (e == RATLS_E_CERT_SIGNATURE)
        e = RATLS_E_BUNDLE_SIGNATURE;
    return e ? ratls_fail(err, e, "the signer's key did not sign it") : RATLS_OK;
}

static enum ratls_err read_signer(const struct parts *p, struct rt_rim_signer *out,
                                  struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (const xmlNode *at = p->at[X509_CERTIFICATE]; at && e == RATLS_OK;
         at = rt_xml_after(at, p->at[SIGNATURE]))
        e = rt_rim_signer_add(out, rt_xml_text(at), err);
    return e;
}

static enum ratls_err check_signer(const struct parts *p, const struct rt_rim_trust *trust,
                                   struct ratls_error *err)
{
    struct rt_rim_signer signer = {.n = 0};
    enum ratls_err e = read_signer(p, &signer, err);

    if (e == RATLS_OK)
        e = rt_rim_signer_check(&signer, trust, err);
    if (e == RATLS_OK)
        e = check_value(p, &signer.cert[0], err);
    rt_rim_signer_free(&signer);
    return e;
}

static enum ratls_err prove(const xmlNode *root, const struct rt_rim_trust *trust,
                            struct ratls_buffer *text, struct ratls_error *err)
{
    const xmlNode *signature = NULL;
    struct parts p = {{NULL}};
    enum ratls_err e = find_signature(root, &signature, err);

    if (e || (e = check_form(signature, &p, err)) != RATLS_OK)
        return e;
    if ((e = rt_xml_canonical(signature, true, text)) != RATLS_OK)
        return ratls_fail(err, e, "no canonical form");
    e = check_digest(&p, rt_bytes_of(text), err);
    return e ? e : check_signer(&p, trust, err);
}

enum ratls_err rt_rim_prove(struct ratls_bytes file, const struct rt_rim_trust *trust,
                            struct ratls_buffer *signed_text, struct ratls_error *err)
{
    xmlDoc *doc = NULL;
    struct ratls_buffer text = {0};
    enum ratls_err e = rt_xml_read(file, &doc, err);

    if (e)
        return e;
    e = prove(doc->children, trust, &text, err);
    xmlFreeDoc(doc);
    if (e)
        ratls_buffer_free(&text);
    else
        *signed_text = text;
    return e;
}
