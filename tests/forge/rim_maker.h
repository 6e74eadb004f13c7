/* rim_maker.h - RIMs as NVIDIA makes them, under a test PKI; for tests and for the program forge.
 *
 * Everything is written in canonical form at once, by hand: so hashes and signatures here do not
 * depend on the code that they test. */
#ifndef RIM_MAKER_H
#define RIM_MAKER_H

#include <stdio.h>
#include <string.h>

#include "mint.h"
#include "x509.h"

enum { RIM_TEXT_MAX = 16 * 1024, RIM_CERTS = 3 };

#define RIM_NOW INT64_C(1700000000)

#define RIM_SWID   "http://standards.iso.org/iso/19770/-2/2015/schema.xsd"
#define RIM_HASH   "http://www.w3.org/2001/04/xmlenc#sha384"
#define RIM_DSIG   "http://www.w3.org/2000/09/xmldsig#"
#define RIM_C14N   "http://www.w3.org/2006/12/xml-c14n11"
#define RIM_SPACES " xmlns:ns0=\"" RIM_SWID "\" xmlns:ns2=\"" RIM_HASH "\""

/* 48 bytes of a pair of digits. */
#define RIM_X8(d)  d d d d d d d d
#define RIM_X48(d) RIM_X8(d) RIM_X8(d) RIM_X8(d) RIM_X8(d) RIM_X8(d) RIM_X8(d)

/* A measurement with one value, and one with two. */
#define RIM_ROW(active, n, index)                                                                  \
    "<ns0:Resource active=\"" active "\" alternatives=\"" n "\" index=\"" index                    \
    "\" name=\"M\" size=\"48\" type=\"Measurement\""
#define RIM_ONE(active, index, d)                                                                  \
    RIM_ROW(active, "1", index) " ns2:Hash0=\"" RIM_X48(d) "\"></ns0:Resource>"
#define RIM_TWO(active, index, d, e)                                                               \
    RIM_ROW(active, "2", index)                                                                    \
    " ns2:Hash0=\"" RIM_X48(d) "\" ns2:Hash1=\"" RIM_X48(e) "\"></ns0:Resource>"

/* The first occurrence gets another text. */
struct rim_edit {
    const char *find, *put; /* NULL: no edit */
};

struct rim_pki_knobs {
    bool signer_is_ca, signer_may_agree, signer_p256, ca_p256, root_p256, ca_is_none;
    bool wrong_issuer; /* the signer's certificate, by its own key */
    int64_t not_after; /* of the signer's; 0: the usual date */
};

struct rim_plan {
    const char *product, *version, *payload; /* NULL: GH100, 96.00.9F.00.01, some measurements */
    const char *root;                        /* NULL: SoftwareIdentity */
    struct rim_edit said;                    /* of the manifest, before it is hashed */
    struct rim_edit info;                    /* of what is signed, before it is */
    struct rim_edit after[2];                /* of the file */
    struct rim_pki_knobs pki;
    bool without_root;
    bool wrong_key;    /* signed by the CA's */
    size_t more_certs; /* the CA's once more, so often */
};

struct rim_pki {
    struct rt_key *key[RIM_CERTS]; /* the root's, a CA's, the signer's */
    struct ratls_buffer der[RIM_CERTS];
};

#define RIM_PAYLOAD                                                                                \
    RIM_ONE("False", "0", "00")                                                                    \
    RIM_ONE("True", "1", "a1") RIM_TWO("True", "9", "a9", "00") RIM_ONE("False", "35", "00")

static inline bool rim_edit(char text[RIM_TEXT_MAX], const struct rim_edit *edit)
{
    char *at = edit->find ? strstr(text, edit->find) : NULL;

    if (!edit->find || !at)
        return !edit->find;
    const size_t len = strlen(text), out = strlen(edit->find), in = strlen(edit->put);
    if (len - out + in >= RIM_TEXT_MAX)
        return false;
    memmove(at + in, at + out, strlen(at + out) + 1);
    memcpy(at, edit->put, in);
    return true;
}

/* ---- certificates ---- */

static inline struct rt_mint rim_frame(const struct rim_pki *p, int which,
                                       const struct rim_pki_knobs *k)
{
    static const char *const name[] = {"test RIM root", "test RIM CA", "test RIM signer"};
    static const uint8_t agreement[] = {0x03, 0x02, 0x03, 0x08};
    const int by = which == 0 ? 0 : k->wrong_issuer && which == 2 ? 2 : which - 1;
    struct rt_mint what = {.subject_spki = rt_key_spki(p->key[which]),
                           .subject = {.common_name = name[which]},
                           .issuer_key = p->key[by],
                           .is_ca = which < 2 ? !(which == 1 && k->ca_is_none) : k->signer_is_ca,
                           .path_len = -1,
                           .ca_usage = RT_KU_CERT_SIGN | (which == 2 ? RT_KU_DIGITAL_SIGNATURE : 0),
                           .not_before = RIM_NOW - 1000,
                           .not_after = which == 2 && k->not_after ? k->not_after : RIM_NOW + 1000};

    if (which == 2 && k->signer_may_agree) {
        static const uint8_t key_usage[] = {0x55, 0x1d, 0x0f};
        what.bare = true;
        what.ext[0] = (struct rt_mint_ext){ratls_bytes(key_usage, sizeof key_usage),
                                           ratls_bytes(agreement, sizeof agreement), true};
    }
    return what;
}

/* *out is new: rim_pki_free(), also when it is not whole. */
static inline bool rim_pki_make(const struct ratls_env *env, const struct rim_pki_knobs *k,
                                struct rim_pki *out)
{
    struct rt_x509 issuer;

    *out = (struct rim_pki){{NULL}, {{0}}};
    for (int i = 0; i < RIM_CERTS; i++) {
        const bool p256[] = {k->root_p256, k->ca_p256, k->signer_p256};
        if (rt_key_generate(env, p256[i] ? RT_P256 : RT_P384, &out->key[i]) != RATLS_OK)
            return false;
    }
    for (int i = 0; i < RIM_CERTS; i++) {
        struct rt_mint what = rim_frame(out, i, k);
        if (i > 0) {
            if (rt_x509_parse(rt_bytes_of(&out->der[i - 1]), &issuer, NULL) != RATLS_OK)
                return false;
            what.issuer_name = issuer.subject;
        }
        if (rt_mint(env, &what, &out->der[i], NULL) != RATLS_OK)
            return false;
    }
    return true;
}

static inline void rim_pki_free(struct rim_pki *p)
{
    for (int i = 0; i < RIM_CERTS; i++) {
        rt_key_free(p->key[i]);
        ratls_buffer_free(&p->der[i]);
    }
}

/* ---- the file ---- */

static inline void rim_put_cert(char text[RIM_TEXT_MAX], const struct ratls_buffer *der)
{
    char base64[4096];
    const size_t at = strlen(text);

    rt_base64(rt_bytes_of(der), base64);
    (void)snprintf(text + at, RIM_TEXT_MAX - at, "<ds:X509Certificate>%s</ds:X509Certificate>",
                   base64);
}

static inline void rim_manifest(const struct rim_plan *plan, char out[RIM_TEXT_MAX])
{
    const char *root = plan->root ? plan->root : "SoftwareIdentity";

    (void)snprintf(
        out, RIM_TEXT_MAX,
        "<%s xmlns=\"" RIM_SWID "\"" RIM_SPACES
        " corpus=\"false\" name=\"GH100\" patch=\"false\" supplemental=\"false\" tagId=\"1\">\n"
        "<ns0:Entity name=\"nobody\" role=\"tagCreator\"></ns0:Entity>\n"
        "<ns0:Meta colloquialVersion=\"%s\" product=\"%s\"></ns0:Meta>\n"
        "<ns0:Payload>\n%s</ns0:Payload>\n</%s>",
        root, plan->version ? plan->version : "96.00.9F.00.01",
        plan->product ? plan->product : "GH100", plan->payload ? plan->payload : RIM_PAYLOAD, root);
}

/* What is in SignedInfo, for this manifest. */
static inline bool rim_info(const char *manifest, char out[RIM_TEXT_MAX])
{
    uint8_t digest[RT_SHA384_LEN];
    char base64[80];

    if (rt_hash(RT_SHA384, ratls_bytes_str(manifest), digest) != RATLS_OK)
        return false;
    rt_base64(ratls_bytes(digest, sizeof digest), base64);
    (void)snprintf(
        out, RIM_TEXT_MAX,
        "<ds:CanonicalizationMethod Algorithm=\"" RIM_C14N "\"></ds:CanonicalizationMethod>"
        "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384\">"
        "</ds:SignatureMethod><ds:Reference URI=\"\"><ds:Transforms>"
        "<ds:Transform Algorithm=\"" RIM_DSIG "enveloped-signature\"></ds:Transform>"
        "<ds:Transform Algorithm=\"" RIM_C14N "\"></ds:Transform></ds:Transforms>"
        "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#sha384\">"
        "</ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference></ds:SignedInfo>",
        base64);
    return true;
}

/* SignedInfo as it is signed has the namespaces of all elements around it. */
static inline bool rim_sign(const struct ratls_env *env, struct rt_key *key, const char *info,
                            char base64[200])
{
    char text[RIM_TEXT_MAX];
    uint8_t sig[96];
    const size_t len = rt_key_curve(key) == RT_P384 ? 96 : 64;

    const int n = snprintf(
        text, sizeof text,
        "<ds:SignedInfo xmlns=\"" RIM_SWID "\" xmlns:ds=\"" RIM_DSIG "\"" RIM_SPACES ">%s", info);
    if (n < 0 || (size_t)n >= sizeof text ||
        rt_sign_raw(env, key, ratls_bytes_str(text), sig, len) != RATLS_OK)
        return false;
    rt_base64(ratls_bytes(sig, len), base64);
    return true;
}

/* A text of RIM_TEXT_MAX bytes. */
static inline bool rim_make(const struct ratls_env *env, const struct rim_plan *plan,
                            const struct rim_pki *pki, char out[RIM_TEXT_MAX])
{
    char manifest[RIM_TEXT_MAX], info[RIM_TEXT_MAX], value[200];

    rim_manifest(plan, manifest);
    if (!rim_edit(manifest, &plan->said) || !rim_info(manifest, info) ||
        !rim_edit(info, &plan->info) ||
        !rim_sign(env, pki->key[plan->wrong_key ? 1 : 2], info, value))
        return false;
    const size_t behind = (size_t)(strrchr(manifest, '<') - manifest);
    const int n = snprintf(out, RIM_TEXT_MAX,
                           "%.*s<ds:Signature xmlns:ds=\"" RIM_DSIG "\"><ds:SignedInfo>%s"
                           "<ds:SignatureValue>%s</ds:SignatureValue><ds:KeyInfo><ds:X509Data>",
                           (int)behind, manifest, info, value);
    if (n < 0 || n >= RIM_TEXT_MAX)
        return false;
    rim_put_cert(out, &pki->der[2]);
    for (size_t i = 0; i <= plan->more_certs; i++)
        rim_put_cert(out, &pki->der[1]);
    if (!plan->without_root)
        rim_put_cert(out, &pki->der[0]);
    const size_t at = strlen(out);
    (void)snprintf(out + at, RIM_TEXT_MAX - at, "</ds:X509Data></ds:KeyInfo></ds:Signature>%s",
                   manifest + behind);
    return rim_edit(out, &plan->after[0]) && rim_edit(out, &plan->after[1]);
}

#endif
