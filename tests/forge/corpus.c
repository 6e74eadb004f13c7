/* forge corpus: one folder of seeds for each fuzz target. */
#include "forge.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cmw_collection.h"
#include "corpus.h"
#include "evidence_ext.h"
#include "json.h"
#include "mint.h"
#include "mint_crl.h"
#include "oid.h"
#include "sim_tdx.h"
#include "x509.h"

/* ---- targets ---- */

static bool fill_evidence_ext(const struct corpus *c)
{
    enum { CCC, CMW, CLAIMS, PROOF }; /* as in tests/fuzz/evidence_ext_fuzz.c */
    static const uint8_t spki_sha256[RT_SHA256_LEN] = {1, 2, 3};
    const struct ratls_bytes ak = rt_key_spki(c->pki.key[RT_SIM_PCK]);
    static const char json[] = "\x0c\x23[\"application/eat+jwt\",\"YS5iLmM\",8]";
    struct ratls_buffer claims = {0}, ccc = {0}, cmw = {0}, proof = {0}, passport = {0},
                        in_json = {0};
    bool made =
        rt_passport_write(ratls_bytes("a.b.c", 5), &passport) == RATLS_OK &&
        rt_dup(ratls_bytes_str(json), &in_json) == RATLS_OK &&
        rt_cert_claims_write(spki_sha256, ak, 1750000000, &claims) == RATLS_OK &&
        rt_cert_evidence_write(NULL, rt_bytes_of(&c->quote), rt_bytes_of(&claims), &ccc) ==
            RATLS_OK &&
        rt_cert_evidence_write("application/vnd.ratls.snp", ratls_bytes("evidence", 8),
                               rt_bytes_of(&claims), &cmw) == RATLS_OK &&
        rt_cmw_write("application/vnd.ratls.snp", ratls_bytes("evidence", 8), &proof) == RATLS_OK;

    made = seed_for_reader(c, "claims", CLAIMS, &claims) && made;
    made = seed_for_reader(c, "ccc", CCC, &ccc) && made;
    made = seed_for_reader(c, "cmw", CMW, &cmw) && made;
    made = seed_for_reader(c, "passport", CMW, &passport) && made;
    made = seed_for_reader(c, "passport-json", CMW, &in_json) && made;
    return seed_for_reader(c, "proof", PROOF, &proof) && made;
}

static bool fill_cmw_collection(const struct corpus *c)
{
    static const char *const labels[] = {"cpu0", "gpu0", "gpu1"};
    struct rt_cmw_collection what = {0};
    bool made = true;

    for (size_t n = 1; n <= RT_COUNT(labels) && made; n++) {
        struct rt_cmw_item *item = &what.item[what.n++];
        struct ratls_buffer out = {0};
        (void)snprintf(item->label, sizeof item->label, "%s", labels[n - 1]);
        item->media_type = ratls_bytes_str("application/vnd.ratls.tdx");
        item->evidence = ratls_bytes_str("evidence");
        made =
            rt_cmw_collection_write(&what, &out) == RATLS_OK && seed_buffer(c, labels[n - 1], &out);
    }
    return made;
}

/* A leaf with evidence, as an identity makes it. */
static bool mint_leaf(const struct corpus *c, struct ratls_buffer *leaf)
{
    static const char *const san[] = {"localhost", "127.0.0.1", "*.example.org", NULL};
    const struct ratls_env *env = ratls_env_system();
    struct ratls_buffer claims = {0}, ext = {0};
    struct rt_mint what = {
        .subject_spki = rt_key_spki(c->pki.key[RT_SIM_PCK]),
        .subject = {.common_name = "ratls"},
        .issuer_key = c->pki.key[RT_SIM_PCK],
        .not_before = 1750000000,
        .not_after = 1750003600,
        .path_len = -1,
        .san = san,
        .tls_usage = true,
        .ext[0] = {.oid = RT_OID(TAGGED_EVIDENCE)},
    };
    static const uint8_t hash[RT_SHA256_LEN] = {1};
    bool made = rt_cert_claims_write(hash, ratls_bytes(NULL, 0), 0, &claims) == RATLS_OK &&
                rt_cert_evidence_write(NULL, rt_bytes_of(&c->quote), rt_bytes_of(&claims), &ext) ==
                    RATLS_OK;

    what.ext[0].value = rt_bytes_of(&ext);
    made = made && rt_mint(env, &what, leaf, NULL) == RATLS_OK;
    ratls_buffer_free(&claims);
    ratls_buffer_free(&ext);
    return made;
}

static bool fill_x509(const struct corpus *c)
{
    static const char *const names[RT_SIM_CERTS] = {"root", "ca", "pck", "tcb"};
    struct ratls_buffer leaf = {0}, passport = {0};

    for (size_t i = 0; i < RT_SIM_CERTS; i++)
        if (!seed(c, names[i], rt_bytes_of(&c->pki.der[i])))
            return false;
    return mint_leaf(c, &leaf) && seed_buffer(c, "leaf", &leaf) && corpus_passport(c, &passport) &&
           seed_buffer(c, "passport", &passport);
}

/* CRLs with and without entries, and one with an extension too many. */
static bool fill_crl(const struct corpus *c)
{
    static const char *const names[] = {"empty", "long", "delta"};
    struct ratls_bytes serials[70];
    struct rt_x509 root;

    if (rt_x509_parse(rt_bytes_of(&c->pki.der[RT_SIM_ROOT]), &root, NULL) != RATLS_OK)
        return false;
    for (size_t i = 0; i < RT_COUNT(serials); i++)
        serials[i] = ratls_bytes(root.spki.p + i % 7, i % 20 + 1);
    for (size_t i = 0; i < RT_COUNT(names); i++) {
        struct rt_mint_crl what = {
            .issuer_key = c->pki.key[RT_SIM_ROOT],
            .issuer_name = root.subject,
            .this_update = 1750000000,
            .next_update = 1752592000,
            .number = 1,
            .serials = serials,
            .n = i ? RT_COUNT(serials) : 0,
            .ext_oid = i == 2 ? RT_OID(DELTA_CRL) : ratls_bytes(NULL, 0),
            .ext_value = ratls_bytes("\x02\x01\x01", 3),
        };
        struct ratls_buffer der = {0};
        if (rt_mint_crl(ratls_env_system(), &what, &der, NULL) != RATLS_OK ||
            !seed_buffer(c, names[i], &der))
            return false;
    }
    return true;
}

/* HELLO, PROOF where one is owed, ALLOW, DENY: one after the other, behind the
 * byte that chooses the parameters (tests/fuzz/session_fuzz.c). */
static void put_frames(struct rt_writer *w, uint8_t lowest, uint8_t highest)
{
    const size_t quote_len = highest > 2 ? 9 : 0;

    rt_put(w, "\x01\0\0\x28\x01", 5);
    rt_put_u8(w, lowest);
    rt_put_u8(w, highest);
    rt_put(w, "\x01\x03tdx", 5);
    for (uint8_t i = 1; i <= 32; i++)
        rt_put_u8(w, i);
    if (highest > 1) {
        rt_put_u8(w, 2);
        rt_put_u24be(w, (uint32_t)(65 + quote_len));
        rt_put_u8(w, highest);
        for (uint8_t i = 0; i < 64 + quote_len; i++)
            rt_put_u8(w, i);
    }
    rt_put(w, "\x03\0\0\x03\x01\0\0", 7);
    rt_put(w, "\x03\0\0\x07\x02\0\x01gone", 11);
}

static bool fill_session(const struct corpus *c)
{
    char name[32];

    for (uint8_t choice = 0; choice < 128; choice++) {
        struct rt_writer w = {0};
        rt_put_u8(&w, choice);
        put_frames(&w, choice >> 2 & 3, choice & 3);
        (void)snprintf(name, sizeof name, "choice-%u", choice);
        bool written = !w.bad && seed(c, name, rt_written(&w));
        rt_writer_free(&w);
        if (!written)
            return false;
    }
    return true;
}

static bool fill_carrier(const struct corpus *c)
{
    static const char *const list[] = {
        "{\"tee\":\"virtcca\",\"uuid\":\"x\",\"evidence\":\"{\\\"evidence\\\":[97,98],"
        "\\\"dev_cert\\\":[48,0],\\\"ima_log\\\":[1],\\\"uefi_log\\\":"
        "{\\\"ccel_table\\\":[1],\\\"ccel_data\\\":[2]}}\"}",
        "{\"tee\":\"rustcca\",\"evidence\":\"YWI\"}",
        "{\"tee\":\"itrustee\",\"evidence\":\"{\\\"report\\\":\\\"ab\\\",\\\"ima_log\\\":[1]}\"}",
        "[{\"arch\":\"HOPPER\",\"certificate\":\"MAA=\",\"evidence\":\"EeAB\",\"nonce\":\"00\"}]",
        "{\"device_evidence_list\":[{\"certificate\":\"MAA=\",\"evidence\":\"11e001ff\"}]}",
        "{\"attestation_report\":{\"magic\":[0],\"flags\":0,\"data\":[1]},\"cert_chain\":{"
        "\"pek\":{\"body\":{}},\"hsk_cek\":null},\"serial_number\":[1],\"cc_eventlog\":\"YWI=\"}",
        "{\"vcca_token\":\"YWI=\",\"dev_cert\":\"MAA=\",\"logs\":["
        "{\"log_type\":\"CCEL\",\"log_data\":\"YWI=\"},"
        "{\"log_type\":\"ImaLog\",\"log_data\":\"YWI=\"}]}",
        "eyJ0ZWUiOiJjY2EiLCJldmlkZW5jZSI6IllXSSJ9",
        NULL,
    };

    return corpus_texts(c, list);
}

static bool fill_refvals(const struct corpus *c)
{
    static const char *const list[] = {
        "{\"platform\":[{\"implementation-id\":\"11111111111111111111111111111111"
        "11111111111111111111111111111111\",\"platform-configuration\":\"cf\","
        "\"sw-components\":[{\"measurement-value\":\"00\",\"signer-id\":\"01\","
        "\"component-type\":\"BL\",\"version\":\"1\"}]}],"
        "\"realm\":[{\"initial-measurement\":\"02\",\"rak-hash-algorithm\":\"sha-256\","
        "\"extensible-measurements\":[\"00\",\"00\",\"00\",\"00\"],"
        "\"personalization-value\":\"00\"}]}",
        NULL,
    };

    return corpus_texts(c, list);
}

/* A root, as PEM too, and the key of a platform: the base point of P-256 (FIPS 186-4 D.1.2.3). */
static bool fill_anchors(const struct corpus *c)
{
    static const char *const list[] = {
        "[{\"pkey\":{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
        "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"},"
        "\"implementation-id\":\"11111111111111111111111111111111"
        "11111111111111111111111111111111\",\"instance-id\":"
        "\"012222222222222222222222222222222222222222222222222222222222222222\"}]",
        NULL,
    };
    struct ratls_buffer pem = {0};

    return corpus_texts(c, list) && seed(c, "root", rt_bytes_of(&c->pki.der[RT_SIM_ROOT])) &&
           seed(c, "intermediate", rt_bytes_of(&c->pki.der[1])) &&
           rt_pem_write("CERTIFICATE", rt_bytes_of(&c->pki.der[RT_SIM_ROOT]), &pem) == RATLS_OK &&
           seed_buffer(c, "pem", &pem);
}

/* The first byte chooses the TEE (tests/fuzz/anchor_item_fuzz.c). */
static bool seed_anchor(const struct corpus *c, const char *tee, const char *type,
                        const char *label, struct ratls_bytes der)
{
    struct ratls_buffer pem = {0}, body = {0};
    struct rt_writer text = {0}, w = {0};
    bool made = rt_pem_write(label, der, &pem) == RATLS_OK;

    rt_put_bytes(&text, rt_bytes_of(&pem));
    rt_put_u8(&text, 0);
    rt_json_put_raw(&w, tee);
    rt_json_put_raw(&w, "{\"type\":");
    rt_json_put_text(&w, type);
    rt_json_put_raw(&w, ",\"pem\":");
    rt_json_put_text(&w, made && !text.bad ? (const char *)rt_written(&text).p : "");
    rt_json_put_raw(&w, "}");
    made = made && rt_writer_take(&w, &body) == RATLS_OK;
    rt_writer_free(&w);
    rt_writer_free(&text);
    ratls_buffer_free(&pem);
    return made && seed_buffer(c, type, &body);
}

static bool fill_anchor_item(const struct corpus *c)
{
    static const char *const list[] = {
        "2{\"type\":\"pin\",\"spki_sha256\":"
        "\"1111111111111111111111111111111111111111111111111111111111111111\"}",
        "0{\"type\":\"device_keys\",\"keys\":[{\"pkey\":{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\","
        "\"y\":\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"},"
        "\"implementation-id\":\"11111111111111111111111111111111"
        "11111111111111111111111111111111\",\"instance-id\":"
        "\"012222222222222222222222222222222222222222222222222222222222222222\"}]}",
        "0{\"type\":\"insecure_sim_root\",\"keys\":[]}",
        NULL,
    };
    struct ratls_buffer crl = {0};
    struct rt_x509 root;
    bool made = rt_x509_parse(rt_bytes_of(&c->pki.der[RT_SIM_ROOT]), &root, NULL) == RATLS_OK &&
                rt_mint_crl(ratls_env_system(),
                            &(const struct rt_mint_crl){.issuer_key = c->pki.key[RT_SIM_ROOT],
                                                        .issuer_name = root.subject,
                                                        .this_update = 1750000000,
                                                        .next_update = 1752592000,
                                                        .number = 1},
                            &crl, NULL) == RATLS_OK &&
                seed_anchor(c, "4", "crl", "X509 CRL", rt_bytes_of(&crl));

    ratls_buffer_free(&crl);
    return made && corpus_texts(c, list) &&
           seed_anchor(c, "2", "insecure_sim_root", "CERTIFICATE", root.der) &&
           seed_anchor(c, "1", "certificates", "CERTIFICATE", rt_bytes_of(&c->pki.der[1]));
}

static bool fill_config(const struct corpus *c)
{
    static const char *const list[] = {
        "attester = sim-tdx\npolicy = policy.json\nbinding = session\n\n"
        "[web]\naccept = 127.0.0.1:4433\nconnect = 127.0.0.1:8080\nmode = mutual\n",
        "; comment\n[in]\nclient = yes\naccept = 8443\nconnect = host:443\nTIMEOUTidle = 60\n",
        "[a]\naccept = [::1]:1\n[a]\n",
        "debug = 7\nworkers = 2\ndrain_timeout = 5m\n[in]\naccept = /run/in.sock\n"
        "connect = 80\nmode = attest\nattester = tsm\nattester-options = wait_ms=1\n"
        "san = a.example, 127.0.0.1\nproof = quote\nidentity-lifetime = 10m\n",
        "[out]\nclient = yes\naccept = localhost:1\nconnect = [::1]:443\nmode = verify\n"
        "policy = p.json\nCAfile = ca.pem\ncheckHost = a.example\nsni = a.example\n"
        "crl = snp:a.pem\ncrl = virtcca:b.pem\n",
        "attester = tsm\npolicy = p\nchroot = /\nfips = no\n[r]\naccept = 8000-8003\n"
        "connect = [::1]:90-93\nconnect = a.example:1-4\noptions = x\nTIMEOUTbusy = 3\n"
        "ciphersuites = TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:"
        "TLS_AES_128_GCM_SHA256\ncurves = X25519:P-256:P-384\nsslVersion = TLSv1.3\n",
        "protocol = socks-listen\nfilter = *.example.org:1-1024\nfilter = [2001:db8::]/32:443\n"
        "socket = r:SO_LINGER=1:60\nsocket = a:TCP_NODELAY=0\nlocal = ::1\n"
        "health-check = http:/health\nadmin = systemd:admin\n[x]\nsni = a:*.b\nretry = yes\n",
        "attester = tsm\npolicy = p\n[a]\naccept = 1-2\nconnect = 3-4\n[b]\nconnect = 5\n"
        "sni = a:x.y.z\n[c]\nconnect = 6\nsni = a:*.y.z\n[d]\nconnect = 7\nsni = a:*.z\n",
        "debug = daemon.info\ninclude = d\n[a]\naccept = 1\nconnect = 2\n"
        "\x01workers = 1\nattester = tsm\n\x01policy = p\n[b]\naccept = 3\nconnect = 4\n",
        NULL,
    };

    return corpus_texts(c, list);
}

/* The first byte chooses the form (tests/fuzz/form_fuzz.c). */
static bool fill_form(const struct corpus *c)
{
    static const char *const list[] = {
        "3-----BEGIN CERTIFICATE-----\r\nMAA=\r\n-----END CERTIFICATE-----\r\n",
        "30\x03\x02\x01\x05",
        "4-----BEGIN%20CERTIFICATE-----%0AMIIB%2B+/%3D%0A-----END%20CERTIFICATE-----%0A",
        "13003020100\n",
        "10\x03\x02\x01\x05",
        "1-----BEGIN X509 CRL-----\nMAMCAQA=\n-----END X509 CRL-----\n",
        "2{\"tcbInfo\":{\"id\":\"TDX\",\"version\":3,\"tcbLevels\":[]},\"signature\":\"00\"}",
        NULL,
    };

    return corpus_texts(c, list);
}

static bool fill_opa_answer(const struct corpus *c)
{
    static const char *const list[] = {
        "{\"result\":true}",
        "{\"decision_id\":\"1\",\"result\":{\"allow\":true,\"why\":[\"a\",1,null]}}",
        "{\"result\":{\"allow\":false}}",
        "{}",
        "{\"result\":\"true\",\"r\\u0065sult\":false}",
        "{\"code\":\"internal_error\",\"message\":\"m\",\"errors\":[]}",
        NULL,
    };

    return corpus_texts(c, list);
}

/* The first byte says by which status (tests/fuzz/oauth_fuzz.c). */
static bool fill_oauth(const struct corpus *c)
{
    static const char *const list[] = {
        "0{\"access_token\":\"a.b.c\",\"issued_token_type\":"
        "\"urn:ietf:params:oauth:token-type:jwt\",\"token_type\":\"N_A\",\"expires_in\":60}",
        "\xc8{\"error\":\"invalid_target\",\"error_description\":\"none\",\"error_uri\":\"a\"}",
        "\xcb{\"type\":\"about:blank\",\"title\":\"no\",\"status\":403,\"detail\":\"x\"}",
        NULL,
    };

    return corpus_texts(c, list);
}

/* The first byte is the length of the pieces in which the rest comes. */
static bool fill_http_frame(const struct corpus *c)
{
    static const char *const list[] = {
        "\x07GET / HTTP/1.1\r\nHost: a\r\nRatls-Identity: x\r\nratls_identity: y\r\n\r\n"
        "HEAD http://a/b HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
        "\x01POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;a=b\r\nGET /\r\n0\r\nX-Sum: 1\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "\x10PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
        "a\r\n\r\nb: cGET / HTTP/1.0\r\n\r\n",
        "\x03POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\nRatls-Identity: x\r\n\r\n",
        "\x05GET / HTTP/1.1\r\nHost: a\r\nConnection: ratls-identity\r\nUpgrade: x\r\n\r\n",
        NULL,
    };

    return corpus_texts(c, list);
}

static const struct {
    const char *name;
    bool (*fill)(const struct corpus *c);
} targets[] = {
    {"tdx_quote", corpus_tdx_quote},
    {"sgx_quote", corpus_sgx_quote},
    {"collateral", corpus_collateral},
    {"tcb_info", corpus_tcb_info},
    {"qe_identity", corpus_qe_identity},
    {"snp_report", corpus_snp_report},
    {"snp_collateral", corpus_snp_collateral},
    {"cca", corpus_cca},
    {"virtcca", corpus_virtcca},
    {"nitro", corpus_nitro},
    {"itrustee", corpus_itrustee},
    {"csv", corpus_csv},
    {"nvidia", corpus_nvidia},
    {"tpm", corpus_tpm},
    {"ascend", corpus_ascend},
    {"cbor_tree", corpus_cbor_tree},
    {"cose", corpus_cose},
    {"x509", fill_x509},
    {"crl", fill_crl},
    {"evidence_ext", fill_evidence_ext},
    {"cmw_collection", fill_cmw_collection},
    {"session", fill_session},
    {"policy", corpus_policy},
    {"policy_decide", corpus_policy_decide},
    {"carrier", fill_carrier},
    {"refvals", fill_refvals},
    {"anchors", fill_anchors},
    {"anchor_item", fill_anchor_item},
    {"config", fill_config},
    {"eventlog", corpus_eventlog},
    {"ima", corpus_ima},
    {"bundle", corpus_bundle},
    {"token", corpus_token},
    {"jwks", corpus_jwks},
    {"dpop", corpus_dpop},
    {"corim", corpus_corim},
    {"refs", corpus_refs},
    {"form", fill_form},
    {"trust_document", corpus_trust_document},
    {"opa_answer", fill_opa_answer},
    {"oauth", fill_oauth},
    {"store", corpus_store},
    {"secret", corpus_secret},
    {"http_head", corpus_http_head},
    {"http_status", corpus_http_status},
    {"socks", corpus_socks},
    {"hello", corpus_hello},
    {"urlform", corpus_urlform},
    {"subject_line", corpus_subject_line},
    {"rim", corpus_rim},
    {"http_frame", fill_http_frame},
};

static bool make_dir(const char *path)
{
    return mkdir(path, 0755) == 0 || errno == EEXIST;
}

static bool fill_targets(struct corpus *c)
{
    char path[1024];

    if (!make_dir(c->dir))
        return false;
    for (size_t i = 0; i < RT_COUNT(targets); i++) {
        c->target = targets[i].name;
        (void)snprintf(path, sizeof path, "%s/%s", c->dir, c->target);
        if (!make_dir(path) || !targets[i].fill(c))
            return false;
    }
    return true;
}

int forge_corpus(int argc, char **argv)
{
    const struct ratls_env *env = ratls_env_system();
    struct corpus c = {.dir = argc == 2 ? argv[1] : NULL};
    struct ratls_error err = {0};
    struct rt_sim_td td;

    if (!c.dir)
        return forge_fail("corpus: one folder is needed", NULL);
    rt_sim_td_usual(&td);
    enum ratls_err e = rt_sim_pki_make(env, NULL, &c.pki, &err);
    if (e == RATLS_OK)
        e = rt_sim_tdx_quote(env, &c.pki, &td, NULL, &c.quote);
    bool filled = e == RATLS_OK && fill_targets(&c);
    ratls_buffer_free(&c.quote);
    rt_sim_pki_free(&c.pki);
    return filled ? 0 : forge_fail("corpus: not all seeds could be made", &err);
}
