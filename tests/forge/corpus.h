/* corpus.h - seeds for the fuzz targets: what the files of "forge corpus" share. */
#ifndef CORPUS_H
#define CORPUS_H

#include <stdio.h>

#include "forge.h"
#include "sim_pki.h"

struct corpus {
    const char *dir;    /* of the whole corpus */
    const char *target; /* folder of the seeds being written */
    struct rt_sim_pki pki;
    struct ratls_buffer quote;
};

static inline bool seed(const struct corpus *c, const char *name, struct ratls_bytes bytes)
{
    char path[1024];

    (void)snprintf(path, sizeof path, "%s/%s/%s", c->dir, c->target, name);
    return forge_write(path, bytes);
}

/* `b` is taken. */
static inline bool seed_buffer(const struct corpus *c, const char *name, struct ratls_buffer *b)
{
    bool written = seed(c, name, rt_bytes_of(b));

    ratls_buffer_free(b);
    return written;
}

/* "seed-0" and so on, up to a NULL. */
static inline bool corpus_texts(const struct corpus *c, const char *const *list)
{
    char name[32];

    for (size_t i = 0; list[i]; i++) {
        (void)snprintf(name, sizeof name, "seed-%zu", i);
        if (!seed(c, name, ratls_bytes_str(list[i])))
            return false;
    }
    return true;
}

/* The first byte chooses the reader of the target. `b` is taken. */
static inline bool seed_for_reader(const struct corpus *c, const char *name, uint8_t reader,
                                   struct ratls_buffer *b)
{
    struct rt_writer w = {0};
    struct ratls_buffer chosen = {0};

    rt_put_u8(&w, reader);
    rt_put_bytes(&w, rt_bytes_of(b));
    ratls_buffer_free(b);
    return rt_writer_take(&w, &chosen) == RATLS_OK && seed_buffer(c, name, &chosen);
}

/* One folder each; false after having said why not. */
bool corpus_tdx_quote(const struct corpus *c);
bool corpus_sgx_quote(const struct corpus *c);
bool corpus_collateral(const struct corpus *c);
bool corpus_tcb_info(const struct corpus *c);
bool corpus_qe_identity(const struct corpus *c);
bool corpus_snp_report(const struct corpus *c);
bool corpus_snp_collateral(const struct corpus *c);
bool corpus_cca(const struct corpus *c);
bool corpus_virtcca(const struct corpus *c);
bool corpus_nitro(const struct corpus *c);
bool corpus_itrustee(const struct corpus *c);
bool corpus_csv(const struct corpus *c);
bool corpus_nvidia(const struct corpus *c);
bool corpus_tpm(const struct corpus *c);
bool corpus_ascend(const struct corpus *c);
bool corpus_cbor_tree(const struct corpus *c);
bool corpus_cose(const struct corpus *c);
bool corpus_eventlog(const struct corpus *c);
bool corpus_policy(const struct corpus *c);
bool corpus_policy_decide(const struct corpus *c);
bool corpus_ima(const struct corpus *c);
bool corpus_trust_document(const struct corpus *c);
bool corpus_bundle(const struct corpus *c);
bool corpus_token(const struct corpus *c);
/* Not a folder, but a seed of those of certificates. *leaf is new. */
bool corpus_passport(const struct corpus *c, struct ratls_buffer *leaf);
bool corpus_dpop(const struct corpus *c);
bool corpus_jwks(const struct corpus *c);
bool corpus_secret(const struct corpus *c);
bool corpus_corim(const struct corpus *c);
bool corpus_refs(const struct corpus *c);
bool corpus_store(const struct corpus *c);
bool corpus_http_head(const struct corpus *c);
bool corpus_http_status(const struct corpus *c);
bool corpus_socks(const struct corpus *c);
bool corpus_hello(const struct corpus *c);
bool corpus_urlform(const struct corpus *c);
bool corpus_subject_line(const struct corpus *c);
bool corpus_rim(const struct corpus *c);

#endif
