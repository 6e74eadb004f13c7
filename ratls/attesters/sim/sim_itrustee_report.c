/* sim_itrustee_report.c - JSON as cJSON prints it, for that is what is signed. */
#include "sim_itrustee.h"

#include <stdlib.h>

#include "json.h"

#define SCENARIO "sce_no_as"

struct printer {
    struct rt_writer w;
    unsigned depth;
    bool is_first;                             /* of the object that is open */
    const struct rt_sim_itrustee_knobs *knobs; /* NULL: no edits here */
};

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_virtcca_keys *keys;
    const struct rt_sim_virtcca_chain *chain;
    const struct rt_sim_itrustee_state *state;
    const struct rt_sim_itrustee_knobs *knobs;
};

/* ---- printing ---- */

static void put_tabs(struct printer *p)
{
    for (unsigned i = 0; i < p->depth; i++)
        rt_put_u8(&p->w, '\t');
}

static void begin_member(struct printer *p, const char *name)
{
    if (!p->is_first)
        rt_json_put_raw(&p->w, ",\n");
    p->is_first = false;
    put_tabs(p);
    rt_json_put_text(&p->w, name);
    rt_json_put_raw(&p->w, ":\t");
}

/* `name` NULL: not a member. */
static void open_object(struct printer *p, const char *name)
{
    if (name)
        begin_member(p, name);
    rt_json_put_raw(&p->w, "{\n");
    p->depth++;
    p->is_first = true;
}

static void close_object(struct printer *p)
{
    rt_put_u8(&p->w, '\n');
    p->depth--;
    put_tabs(p);
    rt_put_u8(&p->w, '}');
    p->is_first = false;
}

/* True when the member was edited. */
static bool put_edit(struct printer *p, const char *name)
{
    if (!p->knobs || !p->knobs->member || strcmp(p->knobs->member, name) != 0)
        return false;
    if (p->knobs->value) {
        begin_member(p, name);
        rt_json_put_raw(&p->w, p->knobs->value);
    }
    return true;
}

static void put_text(struct printer *p, const char *name, const char *text)
{
    if (put_edit(p, name))
        return;
    begin_member(p, name);
    rt_json_put_text(&p->w, text);
}

static void put_bytes(struct printer *p, const char *name, struct ratls_bytes value)
{
    if (put_edit(p, name))
        return;
    begin_member(p, name);
    rt_put_u8(&p->w, '"');
    rt_put_base64url(&p->w, value);
    rt_put_u8(&p->w, '"');
}

/* ---- the payloads ---- */

static void put_key(struct printer *p, const char *name, const struct rt_sim_signer *signer)
{
    struct rt_public_key key;

    if (put_edit(p, name))
        return;
    p->w.bad |= rt_public_key_parse(rt_rsa_spki(signer->rsa), &key, NULL) != RATLS_OK;
    if (p->w.bad)
        return;
    open_object(p, name);
    put_text(p, "kty", "RSA");
    put_bytes(p, "n", key.rsa_n);
    put_bytes(p, "e", key.rsa_e);
    close_object(p);
}

typedef void payload_fn(struct printer *p, const struct maker *m, const char *name);

static void put_provisioning(struct printer *p, const struct maker *m, const char *name)
{
    p->knobs = m->knobs->provisioning ? m->knobs : NULL;
    open_object(p, name);
    put_text(p, "version", "TEE.RA.1.0");
    put_text(p, "timestamp", "1");
    put_text(p, "scenario", SCENARIO);
    put_text(p, "sign_alg", "PS256");
    put_text(p, "hash_alg", "HS256");
    put_bytes(p, "qta_img", ratls_bytes(m->state->qta_img, RT_SHA256_LEN));
    put_bytes(p, "qta_mem", ratls_bytes(m->state->qta_mem, RT_SHA256_LEN));
    put_text(p, "tcb", "");
    put_key(p, "ak_pub", &m->keys->key[RT_SIM_VIRTCCA_CVM]);
    close_object(p);
    p->knobs = NULL;
}

static void put_ta_key(struct printer *p, const struct rt_sim_signer *signer)
{
    if (put_edit(p, "key"))
        return;
    open_object(p, "key");
    put_key(p, "pub_key", signer);
    close_object(p);
}

static void put_payload(struct printer *p, const struct maker *m, const char *name)
{
    p->knobs = m->knobs->provisioning ? NULL : m->knobs;
    open_object(p, name);
    put_text(p, "version", "TEE.RA.1.0");
    put_text(p, "timestamp", "2");
    put_bytes(p, "nonce", m->state->nonce);
    put_ta_key(p, &m->keys->key[RT_SIM_VIRTCCA_DEVICE]);
    put_text(p, "scenario", SCENARIO);
    put_text(p, "uuid", m->state->uuid);
    put_text(p, "requester_uuid", "");
    put_text(p, "hash_alg", "HS256");
    put_text(p, "sign_alg", "PS256");
    put_bytes(p, "ta_mem", ratls_bytes(m->state->ta_mem, RT_SHA256_LEN));
    put_bytes(p, "ta_img", ratls_bytes(m->state->ta_img, RT_SHA256_LEN));
    put_text(p, "ta_attr", "");
    put_text(p, "tcb", "");
    close_object(p);
    p->knobs = NULL;
}

/* ---- signatures ---- */

/* Over the base64url of the payload as it is printed alone. */
static enum ratls_err sign(const struct maker *m, payload_fn *payload, enum rt_sim_virtcca_key by,
                           struct ratls_buffer *sig)
{
    struct printer p = {.depth = 0};
    struct rt_writer text = {0};

    *sig = (struct ratls_buffer){0};
    payload(&p, m, NULL);
    rt_put_base64url(&text, rt_written(&p.w));
    enum ratls_err e = p.w.bad || text.bad ? RATLS_E_NO_MEMORY
                                           : rt_rsa_sign_pss(m->env, m->keys->key[by].rsa,
                                                             RT_SHA256, rt_written(&text), sig);
    rt_writer_free(&p.w);
    rt_writer_free(&text);
    return e;
}

/* base64url of base64 of DER. */
static enum ratls_err encode_cert(const struct maker *m, struct ratls_buffer *out)
{
    const struct ratls_bytes der = rt_bytes_of(&m->chain->der[RT_SIM_VIRTCCA_DEVICE]);
    const size_t len = (der.len + 2) / 3 * 4;

    if (!(out->p = malloc(len + 1)))
        return RATLS_E_NO_MEMORY;
    rt_base64(der, (char *)out->p);
    out->len = len;
    return RATLS_OK;
}

/* ---- all of it ---- */

struct parts {
    struct ratls_buffer cert, drk_sign, report_sign;
};

static void put_report(struct printer *p, const struct maker *m, const struct parts *parts)
{
    open_object(p, NULL);
    open_object(p, "report_sign");
    put_bytes(p, SCENARIO, rt_bytes_of(&parts->report_sign));
    close_object(p);
    open_object(p, "akcert");
    open_object(p, SCENARIO);
    open_object(p, "signature");
    put_bytes(p, "drk_cert", rt_bytes_of(&parts->cert));
    put_bytes(p, "drk_sign", rt_bytes_of(&parts->drk_sign));
    close_object(p);
    put_provisioning(p, m, "payload");
    put_text(p, "handler", "provisioning-output");
    close_object(p);
    close_object(p);
    put_payload(p, m, "payload");
    put_text(p, "handler", "report-output");
    close_object(p);
}

void rt_sim_itrustee_usual(struct rt_sim_itrustee_state *out)
{
    *out = (struct rt_sim_itrustee_state){.uuid = "00000000-0000-0000-0000-000000000051"};
    memset(out->ta_img, 0x51, sizeof out->ta_img);
    memset(out->ta_mem, 0x52, sizeof out->ta_mem);
    memset(out->qta_img, 0x53, sizeof out->qta_img);
    memset(out->qta_mem, 0x54, sizeof out->qta_mem);
}

enum ratls_err rt_sim_itrustee_report(const struct ratls_env *env,
                                      const struct rt_sim_itrustee_signer *by,
                                      const struct rt_sim_itrustee_state *state,
                                      const struct rt_sim_itrustee_knobs *knobs,
                                      struct ratls_buffer *out)
{
    static const struct rt_sim_itrustee_knobs usual;
    const struct maker m = {env, by->keys, by->chain, state, knobs ? knobs : &usual};
    struct parts parts = {0};
    struct printer p = {.depth = 0};

    *out = (struct ratls_buffer){0};
    enum ratls_err e = encode_cert(&m, &parts.cert);
    if (e == RATLS_OK)
        e = sign(&m, put_provisioning,
                 m.knobs->drk_by_ca ? RT_SIM_VIRTCCA_CA : RT_SIM_VIRTCCA_DEVICE, &parts.drk_sign);
    if (e == RATLS_OK)
        e = sign(&m, put_payload,
                 m.knobs->report_by_drk ? RT_SIM_VIRTCCA_DEVICE : RT_SIM_VIRTCCA_CVM,
                 &parts.report_sign);
    if (e == RATLS_OK) {
        put_report(&p, &m, &parts);
        e = rt_writer_take(&p.w, out);
    }
    ratls_buffer_free(&parts.cert);
    ratls_buffer_free(&parts.drk_sign);
    ratls_buffer_free(&parts.report_sign);
    return e;
}
