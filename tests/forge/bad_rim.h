/* bad_rim.h - RIMs with one flaw each, by name; for tests and for the program forge. `e` is what a
 * reader says that trusts the root of the test PKI. */
#ifndef BAD_RIM_H
#define BAD_RIM_H

#include "rim_maker.h"

struct bad_rim {
    const char *name;
    struct rim_plan plan;
    enum ratls_err e;
    const char *detail; /* part of the text */
};

#define BAD(name_, e_, detail_, ...)                                                               \
    {                                                                                              \
        .name = (name_), .plan = {__VA_ARGS__}, .e = RATLS_E_##e_, .detail = (detail_)             \
    }
/* Signed as it is. */
#define SAID(name_, detail_, find_, put_) BAD(name_, BUNDLE_FORMAT, detail_, .said = {find_, put_})
/* A signature of another form, signed as it is. */
#define INFO(name_, detail_, find_, put_)                                                          \
    BAD(name_, BUNDLE_FORMAT, detail_ " is missing or unlike", .info = {find_, put_})
#define AFTER(name_, e_, detail_, find_, put_) BAD(name_, e_, detail_, .after = {{find_, put_}})

/* With those of the outermost element and the signature 33. */
#define SPACE(n)    "xmlns:" n "=\"urn:a\" "
#define SPACES_4(n) SPACE(n "0") SPACE(n "1") SPACE(n "2") SPACE(n "3")
#define SPACES_5(n) SPACES_4(n) SPACE(n "4")
#define SPACES_8(n) SPACES_5(n) SPACE(n "5") SPACE(n "6") SPACE(n "7")

/* Of the namespace of hashes, whatever they are called: 65 are more than there is room for. */
#define HASH(n) " ns2:" n "=\"\""
#define HASHES_8(n)                                                                                \
    HASH(n "0") HASH(n "1") HASH(n "2") HASH(n "3") HASH(n "4") HASH(n "5") HASH(n "6") HASH(n "7")
#define HASHES_32(a, b, c, d) HASHES_8(a) HASHES_8(b) HASHES_8(c) HASHES_8(d)

#define FIRST "index=\"1\""

static const struct bad_rim bad_rim[] = {
    /* ---- the text ---- */
    AFTER("empty-root", BUNDLE_FORMAT, "no well-formed XML", "</SoftwareIdentity>", ""),
    AFTER("doctype", BUNDLE_FORMAT, "document type", "<SoftwareIdentity",
          "<!DOCTYPE SoftwareIdentity SYSTEM \"file:///etc/passwd\"><SoftwareIdentity"),
    AFTER("entity", BUNDLE_FORMAT, "document type", "<SoftwareIdentity",
          "<!DOCTYPE SoftwareIdentity [<!ENTITY a \"b\">]><SoftwareIdentity"),
    AFTER("entity-undeclared", BUNDLE_FORMAT, "no well-formed XML", "tagId=\"1\"",
          "tagId=\"&one;\""),
    AFTER("comment", BUNDLE_FORMAT, "comment", "<ns0:Payload>", "<ns0:Payload><!-- -->"),
    AFTER("cdata", BUNDLE_FORMAT, "CDATA", "<ds:DigestValue>", "<ds:DigestValue><![CDATA[]]>"),
    AFTER("instruction", BUNDLE_FORMAT, "more than elements", "<ns0:Payload>",
          "<ns0:Payload><?a b?>"),
    AFTER("instruction-in-front", BUNDLE_FORMAT, "more than elements", "<SoftwareIdentity",
          "<?a b?><SoftwareIdentity"),
    AFTER("instruction-behind", BUNDLE_FORMAT, "more than elements", "</SoftwareIdentity>",
          "</SoftwareIdentity><?a b?>"),
    AFTER("not-ascii", BUNDLE_FORMAT, "no ASCII", "nobody",
          "nob\xc3\xb6"
          "dy"),
    AFTER("control", BUNDLE_FORMAT, "no ASCII", "nobody", "\x01"),
    AFTER("prefix-undeclared", BUNDLE_FORMAT, "no well-formed XML", "<ns0:Entity name",
          "<ns0:Entity ns9:name"),
    AFTER("attribute-twice", BUNDLE_FORMAT, "no well-formed XML", "tagId=\"1\"",
          "tagId=\"1\" tagId=\"1\""),
    AFTER("many-namespaces", BUNDLE_FORMAT, "more than 32 namespaces", "<ns0:Entity ",
          "<ns0:Entity " SPACES_8("a") SPACES_8("b") SPACES_8("c") SPACES_5("d")),
    AFTER("relative-namespace", BUNDLE_FORMAT, "no canonical form", "<ns0:Entity ",
          "<ns0:Entity xmlns:r=\"r\" "),
    BAD("not-ascii-by-reference", BUNDLE_FORMAT, "no ASCII",
        .said = {"nobody", "nob\xc3\xb6"
                           "dy"},
        .after = {{"nob\xc3\xb6"
                   "dy",
                   "nob&#xf6;dy"}}),
    /* ---- the form of the signature ---- */
    AFTER("unsigned", BUNDLE_FORMAT, "one signature", "<ds:Signature xmlns:ds=\"" RIM_DSIG,
          "<ds:Signature xmlns:ds=\"urn:x"),
    AFTER("two-signatures", BUNDLE_FORMAT, "one signature", "<ds:Signature ",
          "<ds:Signature xmlns:ds=\"" RIM_DSIG "\"></ds:Signature><ds:Signature "),
    BAD("signature-deeper", BUNDLE_FORMAT, "one signature",
        .after = {{"<ds:Signature ", "<ns0:More><ds:Signature "},
                  {"</ds:Signature>", "</ds:Signature></ns0:More>"}}),
    SAID("signature-within-the-signed", "one signature", "<ns0:Payload>",
         "<Signature xmlns=\"" RIM_DSIG "\"></Signature><ns0:Payload>"),
    INFO("exclusive-c14n", "CanonicalizationMethod", "CanonicalizationMethod Algorithm=\"" RIM_C14N,
         "CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#"),
    INFO("ecdsa-sha1", "SignatureMethod", "more#ecdsa-sha384", "more#ecdsa-sha1"),
    INFO("hmac", "SignatureMethod", "more#ecdsa-sha384", "more#hmac-sha384"),
    INFO("sha256", "DigestMethod", "more#sha384", "enc#sha256"),
    INFO("reference-to-a-part", "Reference", "URI=\"\"", "URI=\"#1\""),
    INFO("reference-to-elsewhere", "Reference", "URI=\"\"", "URI=\"http://127.0.0.1/\""),
    INFO("reference-to-nothing", "Reference", "Reference URI=\"\"", "Reference"),
    INFO("reference-with-id", "Reference", "Reference URI=\"\"", "Reference Id=\"1\" URI=\"\""),
    INFO("not-enveloped", "Transform",
         "<ds:Transform Algorithm=\"" RIM_DSIG "enveloped-signature"
         "\"></ds:Transform>",
         ""),
    INFO("xslt", "Transform", RIM_DSIG "enveloped-signature",
         "http://www.w3.org/TR/1999/REC-xslt-19991116"),
    INFO("xpath", "Transform", "Transform Algorithm=\"" RIM_C14N,
         "Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116"),
    INFO("third-transform", "DigestMethod", "</ds:Transforms>",
         "<ds:Transform Algorithm=\"" RIM_C14N "\"></ds:Transform></ds:Transforms>"),
    INFO("two-references", "SignatureValue", "</ds:Reference>",
         "</ds:Reference><ds:Reference URI=\"\"></ds:Reference>"),
    AFTER("no-key-info", BUNDLE_FORMAT, "KeyInfo is missing", "<ds:KeyInfo>",
          "<ds:KeyInfo Id=\"1\">"),
    AFTER("key-value", BUNDLE_FORMAT, "X509Data is missing", "<ds:X509Data>",
          "<ds:KeyValue></ds:KeyValue><ds:X509Data>"),
    AFTER("certificate-elsewhere", BUNDLE_FORMAT, "X509Certificate is missing", "<ds:X509Data>",
          "<ds:X509Data></ds:X509Data><ds:X509Data>"),
    AFTER("object-behind", BUNDLE_FORMAT, "behind its certificates", "</ds:KeyInfo>",
          "</ds:KeyInfo><ds:Object></ds:Object>"),
    AFTER("parts-in-another-part", BUNDLE_FORMAT, "SignatureValue is missing",
          "</ds:SignedInfo><ds:SignatureValue>",
          "<ds:SignatureValue>"
          "</ds:SignatureValue></ds:SignedInfo>"
          "<ds:SignatureValue>"),
    INFO("digest-of-elements", "SignatureValue", "<ds:DigestValue>",
         "<ds:DigestValue><ds:a></ds:a>"),
    /* ---- what it says ---- */
    AFTER("changed", BUNDLE_SIGNATURE, "not the one that was signed", "a1a1", "a1a2"),
    AFTER("added", BUNDLE_SIGNATURE, "not the one that was signed", "<ns0:Payload>",
          "<ns0:Payload>" RIM_ONE("True", "20", "20")),
    AFTER("added-behind", BUNDLE_SIGNATURE, "not the one that was signed", "</SoftwareIdentity>",
          "<ns0:Payload></ns0:Payload></SoftwareIdentity>"),
    AFTER("white-space", BUNDLE_SIGNATURE, "not the one that was signed", "<ns0:Payload>",
          "<ns0:Payload> "),
    AFTER("digest-empty", BUNDLE_FORMAT, "hash is no base64", "<ds:DigestValue>",
          "<ds:DigestValue>*"),
    BAD("digest-short", BUNDLE_SIGNATURE, "not the one that was signed",
        .info = {"<ds:DigestValue>", "<ds:DigestValue>AAAA"}),
    AFTER("value-no-base64", BUNDLE_FORMAT, "signature is no base64", "<ds:SignatureValue>",
          "<ds:SignatureValue>*"),
    AFTER("value-long", BUNDLE_SIGNATURE, "did not sign", "<ds:SignatureValue>",
          "<ds:SignatureValue>AAAA"),
    BAD("another-key", BUNDLE_SIGNATURE, "did not sign", .wrong_key = true),
    /* ---- certificates ---- */
    AFTER("certificate-no-base64", CERT_FORMAT, "base64", "<ds:X509Certificate>",
          "<ds:X509Certificate>*"),
    AFTER("certificate-empty", CERT_FORMAT, "", "<ds:X509Certificate>",
          "<ds:X509Certificate></ds:X509Certificate><ds:X509Certificate>"),
    AFTER("certificate-cut", CERT_FORMAT, "", "<ds:X509Certificate>MIIB",
          "<ds:X509Certificate>MIIC"),
    BAD("many-certificates", CERT_CHAIN_LENGTH, "more than 4", .more_certs = 2),
    BAD("signer-p256", CERT_KEY, "not of ECDSA on P-384", .pki.signer_p256 = true),
    BAD("ca-p256", CERT_KEY, "not of ECDSA on P-384", .pki.ca_p256 = true),
    BAD("root-p256", CERT_KEY, "not of ECDSA on P-384", .pki.root_p256 = true,
        .without_root = true),
    BAD("signer-is-a-ca", CERT_USAGE, "other uses", .pki.signer_is_ca = true),
    BAD("signer-may-agree", CERT_USAGE, "other uses", .pki.signer_may_agree = true),
    BAD("issuer-is-no-ca", CERT_USAGE, "signer's certificates", .pki.ca_is_none = true),
    BAD("issuer-did-not-sign", CERT_SIGNATURE, "signer's certificates", .pki.wrong_issuer = true),
    BAD("expired", CERT_EXPIRED, "signer's certificates", .pki.not_after = RIM_NOW - 1),
    /* ---- the manifest ---- */
    BAD("another-root", BUNDLE_FORMAT, "no SWID tag", .root = "SoftwareLicense"),
    SAID("patch", "no SWID tag", "patch=\"false\"", "patch=\"true\""),
    SAID("supplemental", "no SWID tag", "supplemental=\"false\"", "supplemental=\"1\""),
    SAID("corpus", "no SWID tag", "corpus=\"false\"", "corpus=\"true\""),
    SAID("no-meta", "is missing",
         "ns0:Meta colloquialVersion=\"96.00.9F.00.01\" "
         "product=\"GH100\"></ns0:Meta",
         "ns0:More></ns0:More"),
    SAID("two-metas", "Meta is there twice", "<ns0:Meta ",
         "<ns0:Meta colloquialVersion=\"1\" product=\"GH100\"></ns0:Meta><ns0:Meta "),
    SAID("no-version", "no version", "colloquialVersion=\"96.00.9F.00.01\" ", ""),
    SAID("version-empty", "no version", "96.00.9F.00.01", ""),
    SAID("version-odd", "no version", "96.00.9F.00.01", "96.00.9G"),
    SAID("version-long", "no version", "96.00.9F.00.01", "96.00.96.00.96.00.96.00.96.00.96"),
    SAID("product-unknown", "none of GH", "product=\"GH100\"", "product=\"XX100\""),
    SAID("no-product", "none of GH", " product=\"GH100\"", ""),
    SAID("product-of-another-namespace", "none of GH", " product=", " ns2:product="),
    SAID("no-payload", "is missing", "<ns0:Payload>\n" RIM_PAYLOAD "</ns0:Payload>", ""),
    SAID("two-payloads", "Payload is there twice", "<ns0:Payload>",
         "<ns0:Payload></ns0:Payload><ns0:Payload>"),
    SAID("file-in-payload", "other than measurements", "<ns0:Payload>",
         "<ns0:Payload><ns0:File type=\"Measurement\"></ns0:File>"),
    SAID("another-type", "other than measurements", "type=\"Measurement\"", "type=\"Version\""),
    SAID("within-a-measurement", "other than measurements", "\"></ns0:Resource>",
         "\"><ns0:a></ns0:a></ns0:Resource>"),
    SAID("no-index", "index is no number", FIRST " ", ""),
    SAID("index-127", "index is no number", FIRST, "index=\"127\""),
    SAID("index-negative", "index is no number", FIRST, "index=\"-1\""),
    SAID("index-with-letter", "index is no number", FIRST, "index=\"1a\""),
    SAID("index-with-zero", "index is no number", FIRST, "index=\"01\""),
    SAID("index-twice", "index is there twice", FIRST, "index=\"0\""),
    SAID("active-odd", "neither True", "active=\"True\"", "active=\"yes\""),
    SAID("no-active", "neither True", "active=\"True\" ", ""),
    SAID("no-alternatives", "alternatives is not", "alternatives=\"1\" ", ""),
    SAID("alternatives-0", "alternatives is not", "alternatives=\"1\"", "alternatives=\"0\""),
    BAD("no-hash", BUNDLE_FORMAT, "alternatives is not",
        .payload = RIM_ROW("True", "0", "1") "></ns0:Resource>"),
    BAD("too-many-hashes", BUNDLE_FORMAT, "alternatives is not",
        .payload = RIM_ROW("True", "65", "1") HASHES_32("a", "b", "c", "d")
            HASHES_32("e", "f", "g", "h") HASH("i") "></ns0:Resource>"),
    SAID("fewer-hashes", "alternatives is not", "alternatives=\"1\"", "alternatives=\"2\""),
    SAID("more-hashes", "alternatives is not", "alternatives=\"2\"", "alternatives=\"1\""),
    SAID("another-size", "size is not 48", "size=\"48\"", "size=\"32\""),
    SAID("hash-short", "96 hex", "a1a1\"", "a1\""),
    SAID("hash-long", "96 hex", "a1a1\"", "a1a1a1\""),
    SAID("hash-no-hex", "96 hex", "a1a1\"", "a1ag\""),
    SAID("hash-misnumbered", "96 hex", "ns2:Hash1=", "ns2:Hash2="),
    BAD("hash-of-another-namespace", BUNDLE_FORMAT, "96 hex",
        .payload = RIM_ROW("True", "1", "1") " ns0:Hash0=\"" RIM_X48(
            "a1") "\" ns2:Hash1=\"" RIM_X48("a1") "\"></ns0:Resource>"),
    BAD("hash-of-no-namespace", BUNDLE_FORMAT, "96 hex",
        .payload = "<ns0:Resource Hash0=\"" RIM_X48(
            "a1") "\" active=\"True\" alternatives=\"1\" "
                  "index=\"1\" size=\"48\" type=\"Measurement\" ns2:Hash1=\"" RIM_X48(
                      "a1") "\"></ns0:Resource>"),
};

#endif
