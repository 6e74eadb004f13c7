/* s3_conf.h - where an object store is, and how it is asked: the URL, and the file with the keys.
 *
 *   s3+https://HOST[:PORT]/BUCKET[/PREFIX]?keys=/PATH[&timeout=SECONDS]
 *
 * s3+http for loopback addresses only. The file at PATH is JSON, for its owner alone
 * (secret_file.h):
 *   {"region": "...", "access_key": "...", "secret_key": "...", "ca_file": "..."}
 * `ca_file` may be left out. Texts hold no escapes. No error shows a key. */
#ifndef RT_S3_CONF_H
#define RT_S3_CONF_H

#include "base.h"

#define RT_S3_MAX_PATH 512 /* bucket and prefix */
#define RT_S3_MAX_KEY  128

struct rt_s3_keys {
    char access[RT_S3_MAX_KEY + 1], secret[RT_S3_MAX_KEY + 1];
    uint8_t text[4096]; /* the file */
};

struct rt_s3_conf {
    char *base;              /* http[s]://HOST[:PORT]/BUCKET[/PREFIX] */
    char *keys_file;         /* absolute */
    char *ca_file;           /* trusted instead of the system's CAs; NULL: those */
    char region[64];         /* "us-east-1" */
    int64_t timeout_ms;      /* of one request */
    struct rt_s3_keys *keys; /* pages of rt_secret_alloc() */
};

/* `url` with all its schemes. RATLS_E_USAGE: what is wrong with URL or file; RATLS_E_STORE_DENIED:
 * the file cannot be read, or others may. Fills *out, also after an error: rt_s3_conf_free(). */
RATLS_MUST_USE enum ratls_err rt_s3_conf(const char *url, struct rt_s3_conf *out,
                                         struct ratls_error *err);
/* The two halves of it; the second one for what a file holds, which stays borrowed. */
RATLS_MUST_USE enum ratls_err rt_s3_conf_url(const char *url, struct rt_s3_conf *out,
                                             struct ratls_error *err);
RATLS_MUST_USE enum ratls_err rt_s3_conf_keys(struct ratls_bytes text, struct rt_s3_conf *out,
                                              struct ratls_error *err);
void rt_s3_conf_free(struct rt_s3_conf *c);

#endif
