/* sgx.c - evidence of an SGX enclave, from the files that a library OS offers inside of it.
 *
 * Gramine: Documentation/attestation.rst, "Low-level /dev/attestation interface", and
 * libos/src/fs/dev/attestation.c. Occlum: src/libos/src/fs/dev_fs/mod.rs and
 * dev_attestation/mod.rs, demos/remote_attestation/dcap_fs. Both: 64 bytes into one file, then the
 * quote out of another, made at that moment. Other library OSes (and Occlum before these files,
 * which had ioctls of /dev/sgx) are not served.
 *
 * Occlum's files know no position: each read gives everything, never an end, and fails when the
 * room is too small. So every file is read once, with room for the largest; Gramine's files give
 * everything at once too. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "attesters.h"
#include "options.h"

#define DEFAULT_BASE "/dev/attestation"
#define MAX_TRIES    3
#define TYPE_MAX     32
#define PATH_LEN     (RT_OPTION_MAX + 32)
/* "SGX ECDSA Quoting Library API", quote format version 3. */
#define QUOTE_VERSION  3
#define REPORT_DATA_AT (48 + 320) /* header, then report data in the report body */

/* What follows the base in the names of the files. */
static const struct libos {
    const char *type, *report_data, *quote;
} known[] = {
    {"/attestation_type", "/user_report_data", "/quote"}, /* Gramine */
    {"_type", "_report_data", "_quote"},                  /* Occlum */
};

struct sgx {
    char base[RT_OPTION_MAX];
    const struct libos *libos;
};

static void file_path(const char *base, const char *rest, char path[PATH_LEN])
{
    (void)snprintf(path, PATH_LEN, "%s%s", base, rest);
}

/* *out is new. */
static enum ratls_err read_once(const char *path, size_t max, struct ratls_buffer *out,
                                struct ratls_error *err)
{
    ssize_t n = -1;

    *out = (struct ratls_buffer){.p = malloc(max + 1)};
    if (!out->p)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "sgx");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, out->p, max + 1)) < 0 && errno == EINTR)
        ;
    int reason = errno;
    if (fd >= 0)
        (void)close(fd);
    if (n >= 0 && (size_t)n <= max) {
        out->len = (size_t)n;
        return RATLS_OK;
    }
    ratls_buffer_free(out);
    return n < 0 ? ratls_fail(err, RATLS_E_ATTESTER, "%s cannot be read: errno %d", path, reason)
                 : ratls_fail(err, RATLS_E_ATTESTER, "%s is larger than %zu bytes", path, max);
}

static enum ratls_err write_report_data(const char *path, const uint8_t *report_data,
                                        struct ratls_error *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return ratls_fail(err, RATLS_E_ATTESTER, "%s: errno %d", path, errno);
    bool written = write(fd, report_data, RATLS_REPORT_DATA_LEN) == RATLS_REPORT_DATA_LEN;
    bool closed = close(fd) == 0;
    return written && closed ? RATLS_OK
                             : ratls_fail(err, RATLS_E_ATTESTER, "%s is not accepted", path);
}

/* *same: the quote is over `report_data`. */
static enum ratls_err look_at_quote(struct ratls_bytes quote, const uint8_t *report_data,
                                    bool *same, struct ratls_error *err)
{
    struct rt_reader r = rt_reader(quote);
    const uint16_t version = rt_u16le(&r);

    rt_skip(&r, REPORT_DATA_AT - 2);
    const uint8_t *found = rt_take(&r, RATLS_REPORT_DATA_LEN);
    rt_skip(&r, rt_u32le(&r)); /* signature data; what a verifier judges is not looked at here */
    if (r.bad || version != QUOTE_VERSION)
        return ratls_fail(err, RATLS_E_ATTESTER, "%zu bytes are no whole SGX quote of version %d",
                          quote.len, QUOTE_VERSION);
    *same = memcmp(found, report_data, RATLS_REPORT_DATA_LEN) == 0;
    return RATLS_OK;
}

/* One try. Nothing ties the read to the own write: the quote itself tells whether another thread
 * (in Occlum: any process of the instance) wrote in between. */
static enum ratls_err exchange(const struct sgx *s, const uint8_t *report_data,
                               struct ratls_buffer *out, bool *same, struct ratls_error *err)
{
    char path[PATH_LEN];
    enum ratls_err e;

    file_path(s->base, s->libos->report_data, path);
    if ((e = write_report_data(path, report_data, err)) != RATLS_OK)
        return e;
    file_path(s->base, s->libos->quote, path);
    if ((e = read_once(path, RT_MAX_EVIDENCE, out, err)) != RATLS_OK)
        return e;
    e = look_at_quote(rt_bytes_of(out), report_data, same, err);
    if (e || !*same)
        ratls_buffer_free(out);
    return e;
}

static enum ratls_err sgx_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    const struct sgx *s = self;
    enum ratls_err e = RATLS_OK;
    bool same = false;

    *out = (struct ratls_buffer){0};
    for (int i = 0; e == RATLS_OK && !same && i < MAX_TRIES; i++)
        e = exchange(s, report_data, out, &same, err);
    if (e == RATLS_OK && !same)
        e = ratls_fail(err, RATLS_E_ATTESTER,
                       "the quotes are over other report data: somebody else writes to %s%s",
                       s->base, s->libos->report_data);
    return e;
}

static const struct libos *find_libos(const char *base)
{
    char path[PATH_LEN];

    for (size_t i = 0; i < RT_COUNT(known); i++) {
        file_path(base, known[i].type, path);
        if (access(path, F_OK) == 0)
            return &known[i];
    }
    return NULL;
}

/* Quotes of the older kind (EPID) or no quotes at all are told at start. */
static enum ratls_err check_type(const struct sgx *s, struct ratls_error *err)
{
    struct ratls_buffer type = {0};
    char path[PATH_LEN];

    file_path(s->base, s->libos->type, path);
    enum ratls_err e = read_once(path, TYPE_MAX, &type, err);
    if (e == RATLS_OK && !ratls_bytes_equal(rt_bytes_of(&type), ratls_bytes_str("dcap")))
        e = ratls_fail(err, RATLS_E_UNSUPPORTED, "attestation of type \"%.*s\", not dcap",
                       (int)type.len, (const char *)type.p);
    ratls_buffer_free(&type);
    return e;
}

static enum ratls_err sgx_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    struct sgx *s = calloc(1, sizeof *s);

    (void)env;
    *self = NULL;
    if (!s)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "sgx");
    const struct rt_option table[] = {{"base", s->base, sizeof s->base}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);
    if (!s->base[0])
        memcpy(s->base, DEFAULT_BASE, sizeof DEFAULT_BASE);
    s->libos = find_libos(s->base);
    if (e == RATLS_OK && !s->libos)
        e = ratls_fail(err, RATLS_E_ATTESTER,
                       "neither %s%s nor %s%s: no enclave of Gramine or Occlum?", s->base,
                       known[0].type, s->base, known[1].type);
    if (e == RATLS_OK)
        e = check_type(s, err);
    if (e)
        free(s);
    else
        *self = s;
    return e;
}

static void sgx_close(void *self)
{
    free(self);
}

static const char *sgx_tee(void *self)
{
    (void)self;
    return "sgx";
}

static const char *sgx_media_type(void *self)
{
    (void)self;
    return NULL; /* Intel's quotes travel in the CCC form */
}

const struct rt_attester_type rt_attester_sgx = {
    .name = "sgx",
    .open = sgx_open,
    .close = sgx_close,
    .evidence = sgx_evidence,
    .tee = sgx_tee,
    .media_type = sgx_media_type,
};
