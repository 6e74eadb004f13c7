#include "cbor.h"
#include "sim_cose.h"
#include "sim_nitro.h"

#define MODULE_ID "i-00000000000000051-enc0000000000000051"

enum { EDITS = 2, NULL_ITEM = 0xf6 };

/* ---- a map of fields, and edits of it ---- */

struct map {
    const struct rt_sim_nitro_edit *edits;
    struct rt_writer pairs;
    size_t n;
};

static const struct rt_sim_nitro_edit *edit_of(const struct map *m, const char *field)
{
    for (size_t i = 0; i < EDITS; i++)
        if (m->edits[i].field && !m->edits[i].in_addition && strcmp(m->edits[i].field, field) == 0)
            return &m->edits[i];
    return NULL;
}

static void put_pair(struct map *m, const char *field, struct ratls_bytes value)
{
    rt_cbor_put_tstr(&m->pairs, field);
    rt_put_bytes(&m->pairs, value);
    m->n++;
}

/* The value is freed. */
static void add(struct map *m, const char *field, struct rt_writer *value)
{
    const struct rt_sim_nitro_edit *edit = edit_of(m, field);

    m->pairs.bad |= value->bad;
    if (!edit)
        put_pair(m, field, rt_written(value));
    else if (edit->value.p)
        put_pair(m, field, edit->value);
    rt_writer_free(value);
}

static void add_text(struct map *m, const char *field, const char *text)
{
    struct rt_writer w = {0};

    rt_cbor_put_tstr(&w, text);
    add(m, field, &w);
}

static void add_bytes(struct map *m, const char *field, struct ratls_bytes value)
{
    struct rt_writer w = {0};

    if (value.p)
        rt_cbor_put_bstr(&w, value);
    else
        rt_put_u8(&w, NULL_ITEM);
    add(m, field, &w);
}

static enum ratls_err finish(struct map *m, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    for (size_t i = 0; i < EDITS; i++)
        if (m->edits[i].in_addition)
            put_pair(m, m->edits[i].field, m->edits[i].value);
    rt_cbor_put(&w, RT_CBOR_MAP, m->n);
    rt_put_bytes(&w, rt_written(&m->pairs));
    w.bad |= m->pairs.bad;
    rt_writer_free(&m->pairs);
    return rt_writer_take(&w, out);
}

/* ---- the document ---- */

static void add_timestamp(struct map *m, int64_t seconds)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_UINT, (uint64_t)seconds * 1000);
    add(m, "timestamp", &w);
}

static void add_pcrs(struct map *m, const struct rt_sim_nitro_state *state)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_MAP, RT_SIM_NITRO_PCRS);
    for (size_t i = 0; i < RT_SIM_NITRO_PCRS; i++) {
        rt_cbor_put(&w, RT_CBOR_UINT, i);
        rt_cbor_put_bstr(&w, ratls_bytes(state->pcr[i], sizeof state->pcr[i]));
    }
    add(m, "pcrs", &w);
}

static void add_cabundle(struct map *m, const struct rt_sim_nitro_chain *chain,
                         const struct rt_sim_nitro_knobs *k)
{
    struct rt_writer w = {0};

    rt_cbor_put(&w, RT_CBOR_ARRAY, RT_SIM_NITRO_ENCLAVE - (k->without_region ? 1 : 0));
    for (size_t i = 0; i < RT_SIM_NITRO_ENCLAVE; i++)
        if (i != RT_SIM_NITRO_REGION || !k->without_region)
            rt_cbor_put_bstr(&w,
                             rt_bytes_of(&chain->der[k->reversed ? RT_SIM_NITRO_INSTANCE - i : i]));
    add(m, "cabundle", &w);
}

static enum ratls_err make_payload(const struct ratls_env *env,
                                   const struct rt_sim_nitro_chain *chain,
                                   const struct rt_sim_nitro_state *state,
                                   const struct rt_sim_nitro_knobs *k, struct ratls_buffer *out)
{
    struct map m = {.edits = k->edit};

    add_text(&m, "module_id", MODULE_ID);
    add_text(&m, "digest", "SHA384");
    add_timestamp(&m, k->timestamp_s ? k->timestamp_s : env->now(env->arg));
    add_pcrs(&m, state);
    add_bytes(&m, "certificate", rt_bytes_of(&chain->der[RT_SIM_NITRO_ENCLAVE]));
    add_cabundle(&m, chain, k);
    add_bytes(&m, "public_key", state->public_key);
    add_bytes(&m, "user_data", state->user_data);
    add_bytes(&m, "nonce", state->nonce);
    return finish(&m, out);
}

void rt_sim_nitro_usual(struct rt_sim_nitro_state *out)
{
    *out = (struct rt_sim_nitro_state){.nonce = {NULL, 0}};
    for (size_t i = 0; i < 5; i++)
        memset(out->pcr[i], 0x50 + (int)i, sizeof out->pcr[i]);
}

/* The tag is one byte in front of the message. */
static enum ratls_err drop_tag(struct ratls_buffer *message)
{
    struct ratls_buffer tagged = *message;
    enum ratls_err e = rt_dup(ratls_bytes(tagged.p + 1, tagged.len - 1), message);

    ratls_buffer_free(&tagged);
    return e;
}

enum ratls_err rt_sim_nitro_document(const struct ratls_env *env,
                                     const struct rt_sim_nitro_signer *by,
                                     const struct rt_sim_nitro_state *state,
                                     const struct rt_sim_nitro_knobs *knobs,
                                     struct ratls_buffer *out)
{
    static const struct rt_sim_nitro_knobs usual;
    const struct rt_sim_nitro_knobs *k = knobs ? knobs : &usual;
    const struct rt_sim_signer signer = {.ec = by->key};
    struct ratls_buffer payload = {0};

    *out = (struct ratls_buffer){0};
    enum ratls_err e = make_payload(env, by->chain, state, k, &payload);
    if (e == RATLS_OK)
        e = rt_sim_cose_sign1(env, &signer, k->alg ? k->alg : rt_sim_cose_alg(&signer),
                              rt_bytes_of(&payload), out);
    if (e == RATLS_OK && !k->tagged)
        e = drop_tag(out);
    ratls_buffer_free(&payload);
    return e;
}
