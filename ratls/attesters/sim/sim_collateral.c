/* sim_collateral.c - who signs what, and the file around it. */
#include "sim_collateral.h"

#include <stdlib.h>

#include "json.h"
#include "mint_crl.h"
#include "sim_documents.h"
#include "x509.h"

#define CRL_NUMBER   1 /* Intel's has never been another */
#define P384_SIG_LEN 96

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_pki *pki;
    const struct rt_sim_collateral_knobs *knobs;
    int64_t now;
    struct rt_writer w;    /* the file */
    enum ratls_err status; /* the first failure; nothing is made after it */
};

static void note(struct maker *m, enum ratls_err e)
{
    if (m->status == RATLS_OK)
        m->status = e;
}

/* ---- signers ---- */

struct signer {
    const struct rt_sim_pki *pki; /* whose certificates the chain shows */
    struct rt_key *key;           /* borrowed */
    struct rt_sim_pki other;
    struct rt_key *stranger;
};

static void open_signer(struct maker *m, const struct rt_sim_signer_knobs *k,
                        enum rt_sim_cert which, struct signer *s)
{
    *s = (struct signer){.pki = m->pki};
    if (k->other || k->other_root) {
        struct rt_sim_pki_knobs knobs = {0};
        if (k->other)
            knobs = *k->other;
        knobs.under = k->other_root ? NULL : m->pki;
        note(m, rt_sim_pki_make(m->env, &knobs, &s->other, NULL));
        s->pki = &s->other;
    }
    if (k->by_stranger)
        note(m, rt_key_generate(m->env, RT_P256, &s->stranger));
    s->key = k->by_stranger ? s->stranger : s->pki->key[which];
}

static void close_signer(struct signer *s)
{
    rt_sim_pki_free(&s->other);
    rt_key_free(s->stranger);
}

/* ---- members of the file ---- */

static void put_name(struct maker *m, const char *name)
{
    rt_put_u8(&m->w, m->w.len ? ',' : '{');
    rt_json_put_text(&m->w, name);
    rt_put_u8(&m->w, ':');
}

/* `text` is taken. */
static void put_member(struct maker *m, const char *name, struct rt_writer *text)
{
    const struct rt_sim_collateral_knobs *k = m->knobs;

    rt_put_u8(text, 0);
    if (text->bad)
        note(m, RATLS_E_NO_MEMORY);
    if (m->status == RATLS_OK && !(k->without && strcmp(k->without, name) == 0)) {
        put_name(m, name);
        if (k->instead && strcmp(k->instead, name) == 0)
            rt_json_put_raw(&m->w, k->instead_json);
        else
            rt_json_put_text(&m->w, (const char *)text->p);
    }
    rt_writer_free(text);
}

static void put_pem(struct maker *m, struct rt_writer *w, const struct rt_sim_pki *pki,
                    enum rt_sim_cert which)
{
    struct ratls_buffer pem = {0};

    if (m->status == RATLS_OK)
        note(m, rt_pem_write("CERTIFICATE", rt_bytes_of(&pki->der[which]), &pem));
    rt_put_bytes(w, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
}

static void put_chain(struct maker *m, const char *name, const struct signer *s,
                      enum rt_sim_cert which, enum rt_sim_chain form)
{
    struct rt_writer text = {0};

    if (form == RT_SIM_CHAIN_ROOT_FIRST)
        put_pem(m, &text, s->pki, RT_SIM_ROOT);
    put_pem(m, &text, s->pki, which);
    if (form == RT_SIM_CHAIN_USUAL || form == RT_SIM_CHAIN_ROOT_TWICE)
        put_pem(m, &text, s->pki, RT_SIM_ROOT);
    if (form == RT_SIM_CHAIN_ROOT_TWICE)
        put_pem(m, &text, s->pki, RT_SIM_ROOT);
    put_member(m, name, &text);
}

static void put_hex(struct maker *m, struct rt_writer *w, struct ratls_bytes bytes)
{
    char *hex = rt_hex_new(bytes);

    if (hex)
        rt_put_bytes(w, ratls_bytes_str(hex));
    else
        note(m, RATLS_E_NO_MEMORY);
    free(hex);
}

/* ---- CRLs ---- */

/* Subject and serial of a certificate of the PKI; borrowed. */
static struct rt_x509 parsed(struct maker *m, const struct rt_sim_pki *pki, enum rt_sim_cert which)
{
    struct rt_x509 cert = {0};

    if (m->status == RATLS_OK)
        note(m, rt_x509_parse(rt_bytes_of(&pki->der[which]), &cert, NULL));
    return cert;
}

/* One serial at least is listed that is nobody's: a true beginning of that of `neighbour`. */
struct revoked {
    struct ratls_bytes serials[3];
    size_t n;
};

static void revoke_beginning(struct maker *m, enum rt_sim_cert neighbour, struct revoked *r)
{
    struct ratls_bytes serial = parsed(m, m->pki, neighbour).serial;

    r->serials[r->n++] = ratls_bytes(serial.p, serial.len ? serial.len - 1 : 0);
}

static void revoke(struct maker *m, bool really, enum rt_sim_cert which, struct revoked *r)
{
    if (really)
        r->serials[r->n++] = parsed(m, m->pki, which).serial;
}

static void put_crl(struct maker *m, const char *name, const struct rt_sim_crl_knobs *k,
                    const struct signer *s, const struct revoked *r)
{
    const bool is_root = k == &m->knobs->root_crl;
    const enum rt_sim_cert which = is_root != k->wrong_issuer_name ? RT_SIM_ROOT : RT_SIM_CA;
    const struct rt_mint_crl what = {
        .issuer_key = s->key,
        .issuer_name = parsed(m, s->pki, which).subject,
        .this_update = k->this_update ? k->this_update : m->now - RT_SIM_COLLATERAL_AGE_S,
        .next_update = k->next_update ? k->next_update : m->now + RT_SIM_COLLATERAL_LIFE_S,
        .number = CRL_NUMBER,
        .serials = r->serials,
        .n = r->n,
        .no_number = k->no_number,
        .no_aki = k->no_aki,
        .ext_oid = k->ext_oid,
        .ext_value = k->ext_value,
        .ext_critical = k->ext_critical,
    };
    struct ratls_buffer der = {0};
    struct rt_writer text = {0};

    if (m->status == RATLS_OK)
        note(m, rt_mint_crl(m->env, &what, &der, NULL));
    put_hex(m, &text, rt_bytes_of(&der));
    put_member(m, name, &text);
    ratls_buffer_free(&der);
}

static void put_crls(struct maker *m)
{
    const struct rt_sim_collateral_knobs *k = m->knobs;
    struct revoked by_root = {0}, by_ca = {0};
    struct signer root, ca;

    open_signer(m, &k->root_crl.signer, RT_SIM_ROOT, &root);
    open_signer(m, &k->pck_crl.signer, RT_SIM_CA, &ca);
    revoke_beginning(m, RT_SIM_CA, &by_root);
    revoke(m, k->revoke_ca, RT_SIM_CA, &by_root);
    revoke(m, k->revoke_tcb_signer, RT_SIM_TCB, &by_root);
    revoke_beginning(m, RT_SIM_PCK, &by_ca);
    revoke(m, k->revoke_pck, RT_SIM_PCK, &by_ca);
    put_chain(m, "pck_crl_issuer_chain", &ca, RT_SIM_CA, k->pck_crl.signer.chain);
    put_crl(m, "pck_crl", &k->pck_crl, &ca, &by_ca);
    put_crl(m, "root_ca_crl", &k->root_crl, &root, &by_root);
    close_signer(&root);
    close_signer(&ca);
}

/* ---- signed documents ---- */

static void edit(struct maker *m, struct rt_writer *w, const struct rt_sim_edit *e)
{
    struct rt_writer edited = {0};

    if (!e->from || m->status != RATLS_OK || w->bad)
        return;
    const uint8_t *at = memmem(w->p, w->len, e->from, strlen(e->from));
    if (!at) {
        note(m, RATLS_E_USAGE);
        return;
    }
    size_t before = (size_t)(at - w->p), behind = before + strlen(e->from);
    rt_put(&edited, w->p, before);
    rt_put_bytes(&edited, ratls_bytes_str(e->to));
    rt_put(&edited, w->p + behind, w->len - behind);
    rt_writer_free(w);
    *w = edited;
}

/* Hex of r || s over the inner text. */
static void put_signature(struct maker *m, const struct signer *s, struct ratls_bytes inner,
                          struct rt_writer *w)
{
    uint8_t sig[P384_SIG_LEN];

    if (m->status != RATLS_OK)
        return;
    size_t len = rt_key_curve(s->key) == RT_P256 ? RT_P256_SIG_LEN : sizeof sig;
    note(m, rt_sign_raw(m->env, s->key, inner, sig, len));
    put_hex(m, w, ratls_bytes(sig, len));
}

struct document {
    const char *chain, *member, *head;
    void (*put)(struct rt_writer *w, const struct rt_sim_collateral_knobs *k, int64_t now);
};
static const struct document tcb_info = {"tcb_info_issuer_chain", "tcb_info",
                                         "{\"tcbInfo\":", rt_sim_put_tcb_info};
static const struct document qe_identity = {"qe_identity_issuer_chain", "qe_identity",
                                            "{\"enclaveIdentity\":", rt_sim_put_qe_identity};

static void put_inner(struct maker *m, const struct document *d,
                      const struct rt_sim_document_knobs *k, struct rt_writer *inner)
{
    if (k->text)
        rt_json_put_raw(inner, k->text);
    else
        d->put(inner, m->knobs, m->now);
    for (size_t i = 0; i < RT_COUNT(k->edit); i++)
        edit(m, inner, &k->edit[i]);
    if (inner->bad)
        note(m, RATLS_E_NO_MEMORY);
}

static void put_document(struct maker *m, const struct document *d,
                         const struct rt_sim_document_knobs *k)
{
    struct rt_writer inner = {0}, text = {0};
    struct signer s;

    open_signer(m, &k->signer, RT_SIM_TCB, &s);
    put_chain(m, d->chain, &s, RT_SIM_TCB, k->signer.chain);
    put_inner(m, d, k, &inner);
    rt_json_put_raw(&text, d->head);
    rt_put_bytes(&text, rt_written(&inner));
    rt_json_put_raw(&text, ",\"signature\":\"");
    if (k->signature)
        rt_json_put_raw(&text, k->signature);
    else
        put_signature(m, &s, rt_written(&inner), &text);
    rt_json_put_raw(&text, "\"}");
    edit(m, &text, &k->tamper);
    put_member(m, d->member, &text);
    rt_writer_free(&inner);
    close_signer(&s);
}

enum ratls_err rt_sim_collateral(const struct ratls_env *env, const struct rt_sim_pki *pki,
                                 const struct rt_sim_collateral_knobs *knobs,
                                 struct ratls_buffer *json)
{
    static const struct rt_sim_collateral_knobs usual;
    struct maker m = {
        .env = env, .pki = pki, .knobs = knobs ? knobs : &usual, .now = env->now(env->arg)};

    *json = (struct ratls_buffer){0};
    put_crls(&m);
    put_document(&m, &tcb_info, &m.knobs->tcb_info);
    put_document(&m, &qe_identity, &m.knobs->qe_identity);
    rt_put_u8(&m.w, '}');
    if (m.status == RATLS_OK)
        m.status = rt_writer_take(&m.w, json);
    rt_writer_free(&m.w);
    return m.status;
}
