/* plain_tpm.h - evidence with a plain quote, in the JSON of Trustee, out of its parts. */
#ifndef PLAIN_TPM_H
#define PLAIN_TPM_H

#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "sim_tpm.h"

struct plain_tpm {
    struct ratls_bytes ak_public, message, tpmt;
    const struct rt_sim_tpm *tpm; /* whose PCRs stand beside the quote */
    const char *pcrs;             /* JSON in their place */
    struct ratls_bytes certs[4];  /* DER */
    size_t n_certs;
    const char *more; /* further members, with a comma in front */
};

static inline void put_base64(struct rt_writer *w, struct ratls_bytes b)
{
    char *text = malloc(4 * ((b.len + 2) / 3) + 1);

    w->bad |= !text;
    if (text) {
        rt_base64(b, text);
        rt_json_put_text(w, text);
    }
    free(text);
}

static inline void put_pcrs(struct rt_writer *w, const struct rt_sim_tpm *t)
{
    char hex[2 * RT_SHA256_LEN + 1];
    const char *between = "[";

    for (size_t i = 0; i < RT_SIM_TPM_PCRS; i++)
        if (t->selected >> i & 1) {
            rt_hex(ratls_bytes(t->pcr[i], RT_SHA256_LEN), hex);
            rt_json_put_raw(w, between);
            rt_json_put_text(w, hex);
            between = ",";
        }
    rt_json_put_raw(w, *between == '[' ? "[]" : "]");
}

static inline bool plain_tpm_json(const struct plain_tpm *p, struct ratls_buffer *out)
{
    struct rt_writer w = {0};

    rt_json_put_raw(&w, "{\"ak_public\":");
    put_base64(&w, p->ak_public);
    rt_json_put_raw(&w, ",\"tpm_quote\":{\"message\":");
    put_base64(&w, p->message);
    rt_json_put_raw(&w, ",\"signature\":");
    put_base64(&w, p->tpmt);
    rt_json_put_raw(&w, ",\"pcrs\":");
    if (p->pcrs)
        rt_json_put_raw(&w, p->pcrs);
    else
        put_pcrs(&w, p->tpm);
    rt_json_put_raw(&w, "}");
    for (size_t i = 0; i < p->n_certs; i++) {
        rt_json_put_raw(&w, i ? "," : ",\"ak_certs\":[");
        put_base64(&w, p->certs[i]);
    }
    rt_json_put_raw(&w, p->n_certs ? "]" : "");
    rt_json_put_raw(&w, p->more ? p->more : "");
    rt_json_put_raw(&w, "}");
    return rt_writer_take(&w, out) == RATLS_OK;
}

#endif
