#include <stdlib.h>

#include "json.h"
#include "mint_crl.h"
#include "sim_snp.h"
#include "x509.h"

#define DAY_S 86400

struct maker {
    const struct ratls_env *env;
    const struct rt_sim_snp_keys *keys;
    const struct rt_sim_snp_chain *chain;
    const struct rt_sim_snp_collateral_knobs *knobs;
};

static enum ratls_err make_crl(const struct maker *m, struct ratls_buffer *der)
{
    const struct rt_sim_snp_collateral_knobs *k = m->knobs;
    const int64_t now = m->env->now(m->env->arg);
    struct rt_x509 ark, ask;
    enum ratls_err e;

    if ((e = rt_x509_parse(rt_bytes_of(&m->chain->der[RT_SIM_ARK]), &ark, NULL)) != RATLS_OK ||
        (e = rt_x509_parse(rt_bytes_of(&m->chain->der[RT_SIM_ASK]), &ask, NULL)) != RATLS_OK)
        return e;
    const struct rt_mint_crl what = {
        .issuer_key = k->by_ec ? m->keys->vek : NULL,
        .issuer_rsa = k->by_ec    ? NULL
                      : k->by_ask ? m->keys->ask
                                  : m->keys->ark,
        .issuer_name = k->wrong_issuer_name ? ask.subject : ark.subject,
        .this_update = k->this_update ? k->this_update : now - DAY_S,
        .next_update = k->next_update ? k->next_update : now + 30 * DAY_S,
        .number = k->number ? k->number : 7,
        .serials = &ask.serial,
        .n = k->revoke ? 1 : 0,
    };
    return rt_mint_crl(m->env, &what, der, NULL);
}

static enum ratls_err put_pem(struct rt_writer *text, const struct ratls_buffer *der)
{
    struct ratls_buffer pem = {0};
    enum ratls_err e = rt_pem_write("CERTIFICATE", rt_bytes_of(der), &pem);

    if (e == RATLS_OK)
        rt_put_bytes(text, rt_bytes_of(&pem));
    ratls_buffer_free(&pem);
    return e;
}

/* "name": "text", unless a knob says otherwise. Takes `text`. */
static void put_member(struct rt_writer *w, const struct maker *m, const char *name,
                       struct rt_writer *text)
{
    const struct rt_sim_snp_collateral_knobs *k = m->knobs;

    rt_put_u8(text, 0);
    w->bad = w->bad || text->bad;
    if (!text->bad && !(k->without && strcmp(k->without, name) == 0)) {
        rt_json_put_raw(w, w->len > 1 ? ",\n " : "\n ");
        rt_json_put_text(w, name);
        rt_json_put_raw(w, ": ");
        if (k->instead && strcmp(k->instead, name) == 0)
            rt_json_put_raw(w, k->instead_json);
        else
            rt_json_put_text(w, (const char *)text->p);
    }
    rt_writer_free(text);
}

static enum ratls_err put_chain(struct rt_writer *w, const struct maker *m)
{
    struct rt_writer text = {0};
    enum ratls_err e = put_pem(&text, &m->chain->der[RT_SIM_ASK]);

    if (e == RATLS_OK)
        e = put_pem(&text, &m->chain->der[RT_SIM_ARK]);
    put_member(w, m, "vek_issuer_chain", &text);
    return e;
}

static enum ratls_err put_crl(struct rt_writer *w, const struct maker *m)
{
    struct rt_writer text = {0};
    struct ratls_buffer der = {0};
    enum ratls_err e = make_crl(m, &der);
    char *hex = e ? NULL : rt_hex_new(rt_bytes_of(&der));

    if (e == RATLS_OK && !hex)
        e = RATLS_E_NO_MEMORY;
    rt_put_bytes(&text, ratls_bytes_str(hex ? hex : ""));
    put_member(w, m, "crl", &text);
    free(hex);
    ratls_buffer_free(&der);
    return e;
}

static enum ratls_err put_vek(struct rt_writer *w, const struct maker *m)
{
    struct rt_writer text = {0};
    enum ratls_err e = put_pem(&text, &m->chain->der[RT_SIM_VEK]);

    put_member(w, m, "vek", &text);
    return e;
}

enum ratls_err rt_sim_snp_collateral(const struct ratls_env *env,
                                     const struct rt_sim_snp_keys *keys,
                                     const struct rt_sim_snp_chain *chain,
                                     const struct rt_sim_snp_collateral_knobs *knobs,
                                     struct ratls_buffer *json)
{
    static const struct rt_sim_snp_collateral_knobs usual;
    const struct maker m = {env, keys, chain, knobs ? knobs : &usual};
    struct rt_writer w = {0};

    *json = (struct ratls_buffer){0};
    rt_json_put_raw(&w, "{");
    enum ratls_err e = put_chain(&w, &m);
    if (e == RATLS_OK)
        e = put_crl(&w, &m);
    if (e == RATLS_OK && m.knobs->with_vek)
        e = put_vek(&w, &m);
    rt_json_put_raw(&w, "\n}\n");
    if (e == RATLS_OK)
        return rt_writer_take(&w, json);
    rt_writer_free(&w);
    return e;
}
