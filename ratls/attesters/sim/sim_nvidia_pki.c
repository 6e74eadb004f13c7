/* sim_nvidia_pki.c - keys and certificates of simulated devices, in NVIDIA's profile. */
#include <stdio.h>

#include "der.h"
#include "mint.h"
#include "oid.h"
#include "sim_nvidia.h"
#include "sim_nvidia_impl.h"
#include "sim_store.h"
#include "x509.h"

#define NOT_BEFORE 1602892800            /* 2020-10-17T00:00:00Z */
#define NOT_AFTER  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* ---- keys ---- */

enum ratls_err rt_sim_nvidia_keys_open(const struct ratls_env *env, const char *directory,
                                       struct rt_sim_nvidia_keys *out, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_sim_nvidia_keys){0};
    if (directory)
        e = rt_sim_store_key(env, directory, "root.key", &out->key[RT_SIM_NVIDIA_ROOT], err);
    for (size_t i = 0; i < RT_SIM_NVIDIA_CERTS && e == RATLS_OK; i++)
        if (!out->key[i])
            e = rt_key_generate(env, RT_P384, &out->key[i]);
    return e ? ratls_fail(err, e, "the simulated PKI cannot be made") : RATLS_OK;
}

void rt_sim_nvidia_keys_free(struct rt_sim_nvidia_keys *keys)
{
    for (size_t i = 0; i < RT_SIM_NVIDIA_CERTS; i++)
        rt_key_free(keys->key[i]);
    *keys = (struct rt_sim_nvidia_keys){0};
}

/* ---- certificates ---- */

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_nvidia_keys *keys;
    const struct rt_sim_nvidia_device *device;
    const struct rt_sim_nvidia_pki_knobs *knobs;
    struct rt_sim_nvidia_chain *chain;
    struct rt_writer id, tcb_info; /* extensions of the leaf */
};

/* As products name themselves: in ids, and in the names of certificates. */
static const struct {
    const char *product, *name[RT_SIM_NVIDIA_CERTS];
} archs[] = {
    [RT_SIM_NVIDIA_HOPPER] = {"GH100",
                              {"sim Device Identity CA", "sim GH100 Identity",
                               "sim GH100 Provisioner ICA 1", "GH100 A01 GSP BROM",
                               "GH100 A01 GSP FMC LF"}},
    [RT_SIM_NVIDIA_BLACKWELL] = {"GB100",
                                 {"sim Device Identity CA", "sim GB100 Identity",
                                  "sim GB100 Provisioner ICA 1", "GB100 A01 GSP BROM",
                                  "GB100 A01 GSP FMC LF"}},
    [RT_SIM_NVIDIA_LS10] = {"LS_10",
                            {"sim Device Identity CA", "sim LS_10 Identity",
                             "sim LS_10 Provisioner ICA 1", "LS_10 A01 FSP BROM",
                             "LS_10 A01 FSP FMC LF"}},
};

/* subjectAltName with one otherName. */
static void put_id(const struct maker *m, struct rt_writer *w)
{
    char id[64];
    size_t names = rt_der_begin(w, RT_DER_SEQUENCE);
    size_t other = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED);

    (void)snprintf(id, sizeof id, "NVIDIA:%s:51515151%08X", archs[m->device->arch].product,
                   (unsigned)m->device->number);
    rt_der_put_oid(w, m->knobs->leaf_id_of_another_type ? RT_OID(CN) : RT_OID(DMTF));
    size_t value = rt_der_begin(w, RT_DER_CONTEXT_CONSTRUCTED);
    rt_der_put(w, RT_DER_UTF8_STRING, ratls_bytes_str(m->knobs->leaf_id ? m->knobs->leaf_id : id));
    rt_der_end(w, value);
    rt_der_end(w, other);
    rt_der_end(w, names);
}

/* TCG's CompositeDeviceID: version, the device's key, hash of its firmware. */
static void put_tcb_info(const struct maker *m, struct rt_writer *w)
{
    static const uint8_t sha256[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
    uint8_t fwid[RT_SIM_NVIDIA_DIGEST];
    size_t whole = rt_der_begin(w, RT_DER_SEQUENCE);

    rt_sim_nvidia_fwid(m->device->arch, fwid);
    fwid[0] ^= m->knobs->leaf_fwid_wrong;
    rt_der_put_uint(w, 1);
    rt_put_bytes(w, rt_key_spki(m->keys->key[RT_SIM_NVIDIA_BROM]));
    size_t pair = rt_der_begin(w, RT_DER_SEQUENCE);
    rt_der_put_oid(w, m->knobs->leaf_fwid_sha256 ? ratls_bytes(sha256, sizeof sha256)
                                                 : RT_OID(SHA384));
    rt_der_put(w, RT_DER_OCTET_STRING, ratls_bytes(fwid, sizeof fwid));
    rt_der_end(w, pair);
    rt_der_end(w, whole);
}

/* No basicConstraints, like NVIDIA's. */
static void dress_leaf(struct maker *m, struct rt_mint *what)
{
    static const uint8_t signature[] = {0x03, 0x02, 0x07, 0x80};
    static const uint8_t agreement[] = {0x03, 0x02, 0x03, 0x08};
    const struct rt_sim_nvidia_pki_knobs *k = m->knobs;

    what->bare = !k->leaf_is_ca;
    what->is_ca = k->leaf_is_ca;
    if (what->bare && !k->leaf_usage_missing)
        what->ext[0] =
            (struct rt_mint_ext){RT_OID(KEY_USAGE),
                                 k->leaf_may_agree ? ratls_bytes(agreement, sizeof agreement)
                                                   : ratls_bytes(signature, sizeof signature),
                                 true};
    put_id(m, &m->id);
    put_tcb_info(m, &m->tcb_info);
    if (!k->leaf_id || k->leaf_id[0])
        what->ext[1] = (struct rt_mint_ext){RT_OID(SAN), rt_written(&m->id), false};
    if (!k->leaf_fwid_missing)
        what->ext[2] = (struct rt_mint_ext){RT_OID(TCB_INFO), rt_written(&m->tcb_info), false};
}

static enum rt_sim_nvidia_cert issuer_of(enum rt_sim_nvidia_cert which)
{
    return which == RT_SIM_NVIDIA_ROOT ? which : which - 1;
}

/* NVIDIA publishes lists of its root and of the identity's CA. */
static bool has_list(enum rt_sim_nvidia_cert which)
{
    return which == RT_SIM_NVIDIA_IDENTITY || which == RT_SIM_NVIDIA_PROVISIONER;
}

/* Everything but the issuer's name. */
static struct rt_mint frame(struct maker *m, enum rt_sim_nvidia_cert which)
{
    const struct rt_sim_nvidia_pki_knobs *k = m->knobs;
    const enum rt_sim_nvidia_cert by =
        k->wrong_issuer_key[which] ? RT_SIM_NVIDIA_LEAF : issuer_of(which);
    struct rt_mint what = {
        .subject_spki = rt_key_spki(m->keys->key[which]),
        .subject = {.common_name = archs[m->device->arch].name[which],
                    .organization = k->organization ? k->organization : RT_SIM_ORGANIZATION,
                    .country = "US"},
        .issuer_key = m->keys->key[by],
        .is_ca = !k->no_ca[which],
        .path_len = which == RT_SIM_NVIDIA_IDENTITY && k->short_path ? 0 : -1,
        .ca_usage = k->ca_usage[which],
        .crl_url = has_list(which) ? "http://crl.invalid/sim.crl" : NULL,
        .not_before = k->not_before[which] ? k->not_before[which] : NOT_BEFORE,
        .not_after = k->not_after[which] ? k->not_after[which] : NOT_AFTER,
    };

    if (which == RT_SIM_NVIDIA_LEAF) {
        if (k->leaf_name)
            what.subject.common_name = k->leaf_name;
        dress_leaf(m, &what);
    }
    return what;
}

static enum ratls_err make_cert(struct maker *m, enum rt_sim_nvidia_cert which)
{
    struct rt_mint what = frame(m, which);
    struct rt_x509 issuer;

    if (m->id.bad || m->tcb_info.bad)
        return RATLS_E_NO_MEMORY;
    if (which != RT_SIM_NVIDIA_ROOT && !m->knobs->wrong_issuer_name[which]) {
        enum ratls_err e =
            rt_x509_parse(rt_bytes_of(&m->chain->der[issuer_of(which)]), &issuer, NULL);
        if (e)
            return e;
        what.issuer_name = issuer.subject;
    }
    return rt_mint(m->env, &what, &m->chain->der[which], NULL);
}

enum ratls_err rt_sim_nvidia_chain_make(const struct ratls_env *env,
                                        const struct rt_sim_nvidia_keys *keys,
                                        const struct rt_sim_nvidia_device *device,
                                        const struct rt_sim_nvidia_pki_knobs *knobs,
                                        struct rt_sim_nvidia_chain *out)
{
    static const struct rt_sim_nvidia_pki_knobs usual;
    struct maker m = {
        .env = env, .keys = keys, .device = device, .knobs = knobs ? knobs : &usual, .chain = out};
    enum ratls_err e = RATLS_OK;

    *out = (struct rt_sim_nvidia_chain){0};
    for (unsigned i = 0; i < RT_SIM_NVIDIA_CERTS && e == RATLS_OK; i++)
        e = make_cert(&m, (enum rt_sim_nvidia_cert)i);
    rt_writer_free(&m.id);
    rt_writer_free(&m.tcb_info);
    return e;
}

void rt_sim_nvidia_chain_free(struct rt_sim_nvidia_chain *chain)
{
    for (size_t i = 0; i < RT_SIM_NVIDIA_CERTS; i++)
        ratls_buffer_free(&chain->der[i]);
}
