/* tsm.c - evidence from Linux's common interface, configfs-tsm (Documentation/ABI/testing/
 * configfs-tsm-report): one folder per request, 64 bytes into `inblob`, the quote out of `outblob`,
 * for SEV-SNP also the certificate table out of `auxblob`.
 *
 * The kernel makes the attribute files in the moment of mkdir(). Where something else plays the
 * kernel (a test, an emulator over a plain folder) the option "wait_ms" says how long to wait for
 * the files and for the answer; 0, the default, is the kernel's behaviour: they are there at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attesters.h"
#include "cca_evidence.h"
#include "options.h"
#include "snp_evidence.h"

#define DEFAULT_BASE "/sys/kernel/config/tsm/report"
#define MAX_TRIES    3
#define MAX_WAIT_MS  60000
#define POLL_MS      2
#define ATTR_MAX     64 /* `provider` and `generation` are one short line */
#define PATH_LEN     (RT_OPTION_MAX + 128)

/* What the kernel driver registers itself as, and what it gives. */
static const struct provider {
    const char *name;
    const char *tee;
    const char *media_type; /* NULL: Intel's quotes travel in the CCC form */
    bool is_snp;            /* has privlevel and auxblob */
} providers[] = {
    {"tdx_guest", "tdx", NULL, false},
    {"sev_guest", "snp", RT_SNP_MEDIA_TYPE, true},
    {"arm_cca_guest", "cca", RT_CCA_MEDIA_TYPE, false},
};

struct tsm {
    const struct ratls_env *env;
    char base[RT_OPTION_MAX];
    uint32_t wait_ms;
    char vmpl[4]; /* as written to `privlevel`; "": it is left alone */
    struct ratls_buffer own_table;
    const struct provider *provider;
};

/* One report folder and the moment until which its files are waited for. */
struct report {
    const struct tsm *tsm;
    char dir[PATH_LEN];
    int64_t until_ms;
};

struct blobs {
    struct ratls_buffer out, aux;
};

static void free_blobs(struct blobs *b)
{
    ratls_buffer_free(&b->out);
    ratls_buffer_free(&b->aux);
}

static int64_t clock_ms(const struct tsm *t)
{
    return t->env->monotonic_ms(t->env->arg);
}

/* False once the time is over. */
static bool wait_more(const struct report *r)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

    if (clock_ms(r->tsm) >= r->until_ms)
        return false;
    (void)nanosleep(&pause, NULL);
    return true;
}

static void attr_path(const struct report *r, const char *attr, char path[PATH_LEN + 32])
{
    (void)snprintf(path, PATH_LEN + 32, "%s/%s", r->dir, attr);
}

static enum ratls_err read_attr(const struct report *r, const char *attr, size_t max,
                                struct ratls_buffer *out, struct ratls_error *err)
{
    const struct ratls_env *env = r->tsm->env;
    char path[PATH_LEN + 32];
    enum ratls_err e;

    attr_path(r, attr, path);
    while ((e = env->read_file(env->arg, path, max, out)) == RATLS_E_IO && wait_more(r))
        ;
    if (e == RATLS_E_LIMIT)
        return ratls_fail(err, RATLS_E_ATTESTER, "%s is larger than %zu bytes", attr, max);
    return e ? ratls_fail(err, RATLS_E_ATTESTER, "%s cannot be read", path) : RATLS_OK;
}

/* A one-line attribute without its newline. */
static enum ratls_err read_line(const struct report *r, const char *attr, char line[ATTR_MAX + 1],
                                struct ratls_error *err)
{
    struct ratls_buffer text = {0};
    enum ratls_err e = read_attr(r, attr, ATTR_MAX, &text, err);

    if (e)
        return e;
    memcpy(line, text.p, text.len);
    line[text.len] = 0;
    line[strcspn(line, "\n")] = 0;
    ratls_buffer_free(&text);
    return RATLS_OK;
}

static enum ratls_err read_generation(const struct report *r, uint64_t *generation,
                                      struct ratls_error *err)
{
    char line[ATTR_MAX + 1], *end = NULL;
    enum ratls_err e = read_line(r, "generation", line, err);

    if (e)
        return e;
    errno = 0;
    *generation = strtoull(line, &end, 10);
    if (line[0] < '0' || line[0] > '9' || *end || errno)
        return ratls_fail(err, RATLS_E_ATTESTER, "generation is not a number");
    return RATLS_OK;
}

/* The folder's name is unguessable and new, so that nobody else's report is ever used. */
static enum ratls_err open_report(const struct tsm *t, struct report *r, struct ratls_error *err)
{
    uint8_t id[8];
    char hex[2 * sizeof id + 1];

    if (t->env->random(t->env->arg, id, sizeof id) != 0)
        return ratls_fail(err, RATLS_E_RANDOM, "tsm");
    rt_hex(ratls_bytes(id, sizeof id), hex);
    r->tsm = t;
    (void)snprintf(r->dir, sizeof r->dir, "%s/ratls-%ld-%s", t->base, (long)getpid(), hex);
    if (mkdir(r->dir, 0700) != 0)
        return ratls_fail(err, RATLS_E_ATTESTER, "%s cannot be made: %s", r->dir,
                          errno == ENOENT ? "no such folder; is the tsm driver loaded?"
                                          : strerror(errno));
    r->until_ms = clock_ms(t) + t->wait_ms;
    return RATLS_OK;
}

static void close_report(const struct report *r)
{
    if (rmdir(r->dir) != 0)
        rt_log(r->tsm->env, RATLS_LOG_WARNING, "tsm: %s stays behind, errno %d", r->dir, errno);
}

/* Binary attributes of configfs take effect when the file is closed. */
static enum ratls_err write_attr(const struct report *r, const char *attr, struct ratls_bytes value,
                                 struct ratls_error *err)
{
    char path[PATH_LEN + 32];
    int fd;

    attr_path(r, attr, path);
    while ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0 && errno == ENOENT && wait_more(r))
        ;
    if (fd < 0)
        return ratls_fail(err, RATLS_E_ATTESTER, "%s: errno %d", path, errno);
    bool written = write(fd, value.p, value.len) == (ssize_t)value.len;
    bool closed = close(fd) == 0;
    return written && closed ? RATLS_OK
                             : ratls_fail(err, RATLS_E_ATTESTER, "%s is not accepted", attr);
}

static enum ratls_err write_privlevel(const struct report *r, struct ratls_error *err)
{
    return write_attr(r, "privlevel", ratls_bytes_str(r->tsm->vmpl), err);
}

/* *n_writes: by how much `generation` grows. */
static enum ratls_err write_request(const struct report *r, const uint8_t *report_data,
                                    uint64_t *n_writes, struct ratls_error *err)
{
    *n_writes = 1;
    if (r->tsm->vmpl[0]) {
        enum ratls_err e = write_privlevel(r, err);
        if (e)
            return e;
        ++*n_writes;
    }
    return write_attr(r, "inblob", ratls_bytes(report_data, RATLS_REPORT_DATA_LEN), err);
}

/* The generation after the own writes: as many more than before. */
static enum ratls_err await_generation(const struct report *r, uint64_t expected, uint64_t *after,
                                       struct ratls_error *err)
{
    enum ratls_err e;

    while ((e = read_generation(r, after, err)) == RATLS_OK && *after < expected && wait_more(r))
        ;
    return e;
}

/* Not there or not readable: there is no certificate table. The kernel makes both blobs at once, so
 * that nothing is to be waited for behind `outblob`. */
static enum ratls_err read_auxblob(const struct report *r, struct ratls_buffer *out,
                                   struct ratls_error *err)
{
    const struct ratls_env *env = r->tsm->env;
    char path[PATH_LEN + 32];

    attr_path(r, "auxblob", path);
    enum ratls_err e = env->read_file(env->arg, path, RT_MAX_EVIDENCE, out);
    if (e == RATLS_OK || e == RATLS_E_IO)
        return RATLS_OK;
    return e == RATLS_E_LIMIT ? ratls_fail(err, RATLS_E_ATTESTER, "auxblob is larger than %d bytes",
                                           RT_MAX_EVIDENCE)
                              : ratls_fail(err, e, "auxblob");
}

static enum ratls_err read_blobs(const struct report *r, struct blobs *out, struct ratls_error *err)
{
    enum ratls_err e = read_attr(r, "outblob", RT_MAX_EVIDENCE, &out->out, err);

    return e == RATLS_OK && r->tsm->provider->is_snp ? read_auxblob(r, &out->aux, err) : e;
}

/* One try. *clean: nobody else wrote to this folder between the own writes and the end of the read;
 * the ABI counts every write to it in `generation`. */
static enum ratls_err exchange(const struct report *r, const uint8_t *report_data,
                               struct blobs *out, bool *clean, struct ratls_error *err)
{
    uint64_t before = 0, n_writes = 0, after = 0, end = 0;
    enum ratls_err e;

    *clean = false;
    if ((e = read_generation(r, &before, err)) != RATLS_OK ||
        (e = write_request(r, report_data, &n_writes, err)) != RATLS_OK ||
        (e = await_generation(r, before + n_writes, &after, err)) != RATLS_OK ||
        (e = read_blobs(r, out, err)) != RATLS_OK)
        return e;
    e = read_generation(r, &end, err);
    *clean = e == RATLS_OK && after == before + n_writes && end == after;
    if (!*clean)
        free_blobs(out);
    return e;
}

static enum ratls_err read_provider(const struct report *r, const struct provider **provider,
                                    struct ratls_error *err)
{
    char line[ATTR_MAX + 1];
    enum ratls_err e = read_line(r, "provider", line, err);

    *provider = NULL;
    if (e)
        return e;
    for (size_t i = 0; i < RT_COUNT(providers); i++)
        if (strcmp(line, providers[i].name) == 0) {
            *provider = &providers[i];
            return RATLS_OK;
        }
    return ratls_fail(err, RATLS_E_UNSUPPORTED, "unknown tsm provider \"%s\"", line);
}

/* What evidence is called was said when opening. */
static enum ratls_err check_provider(const struct report *r, struct ratls_error *err)
{
    const struct provider *now = NULL;
    enum ratls_err e = read_provider(r, &now, err);

    if (e == RATLS_OK && now != r->tsm->provider)
        e = ratls_fail(err, RATLS_E_ATTESTER, "the tsm provider was %s and is %s",
                       r->tsm->provider->name, now->name);
    return e;
}

/* What is in `blobs` is taken. */
static enum ratls_err evidence_of(const struct tsm *t, const uint8_t *report_data,
                                  struct blobs *blobs, struct ratls_buffer *out,
                                  struct ratls_error *err)
{
    const struct rt_snp_answer answer = {rt_bytes_of(&blobs->out), rt_bytes_of(&blobs->aux),
                                         rt_bytes_of(&t->own_table), report_data};

    if (blobs->out.len == 0)
        return ratls_fail(err, RATLS_E_ATTESTER, "outblob is empty");
    if (t->provider->is_snp)
        return rt_snp_evidence(&answer, out, err);
    *out = blobs->out;
    blobs->out = (struct ratls_buffer){0};
    return RATLS_OK;
}

static enum ratls_err tsm_evidence(void *self, const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                   struct ratls_buffer *out, struct ratls_error *err)
{
    const struct tsm *t = self;
    struct report r = {0};
    struct blobs blobs = {0};
    bool clean = false;

    *out = (struct ratls_buffer){0};
    enum ratls_err e = open_report(t, &r, err);
    if (e)
        return e;
    e = check_provider(&r, err);
    for (int i = 0; e == RATLS_OK && !clean && i < MAX_TRIES; i++)
        e = exchange(&r, report_data, &blobs, &clean, err);
    close_report(&r);
    if (e == RATLS_OK && !clean)
        e = ratls_fail(err, RATLS_E_ATTESTER, "somebody else writes to %s", r.dir);
    if (e == RATLS_OK)
        e = evidence_of(t, report_data, &blobs, out, err);
    free_blobs(&blobs);
    return e;
}

/* ---- open and close ---- */

/* `certs` has RT_OPTION_MAX bytes. */
static enum ratls_err read_options(struct tsm *t, const char *options, char *certs,
                                   struct ratls_error *err)
{
    char wait[16] = "";
    uint32_t vmpl = 0;
    const struct rt_option table[] = {{"base", t->base, sizeof t->base},
                                      {"wait_ms", wait, sizeof wait},
                                      {"vmpl", t->vmpl, sizeof t->vmpl},
                                      {"certs", certs, RT_OPTION_MAX}};
    enum ratls_err e = rt_options_read(options, table, RT_COUNT(table), err);

    if (e == RATLS_OK)
        e = rt_option_uint("wait_ms", wait, MAX_WAIT_MS, &t->wait_ms, err);
    if (e == RATLS_OK)
        e = rt_option_uint("vmpl", t->vmpl, RT_SNP_MAX_VMPL, &vmpl, err);
    if (!t->base[0])
        memcpy(t->base, DEFAULT_BASE, sizeof DEFAULT_BASE);
    return e;
}

static enum ratls_err check_snp_options(const struct report *r, const char *certs,
                                        struct ratls_error *err)
{
    const struct tsm *t = r->tsm;

    if (!t->provider->is_snp && (t->vmpl[0] || certs[0]))
        return ratls_fail(err, RATLS_E_USAGE, "vmpl and certs are for sev_guest, not for %s",
                          t->provider->name);
    return t->vmpl[0] ? write_privlevel(r, err) : RATLS_OK;
}

/* An unfit machine is told at start, not at the first quote. */
static enum ratls_err probe(struct tsm *t, const char *certs, struct ratls_error *err)
{
    struct report r = {0};
    enum ratls_err e = open_report(t, &r, err);

    if (e)
        return e;
    e = read_provider(&r, &t->provider, err);
    if (e == RATLS_OK)
        e = check_snp_options(&r, certs, err);
    close_report(&r);
    return e;
}

static void tsm_close(void *self)
{
    struct tsm *t = self;

    ratls_buffer_free(&t->own_table);
    free(t);
}

static enum ratls_err tsm_open(const struct ratls_env *env, const char *options, void **self,
                               struct ratls_error *err)
{
    struct tsm *t = calloc(1, sizeof *t);
    char certs[RT_OPTION_MAX];
    enum ratls_err e;

    *self = NULL;
    if (!t)
        return ratls_fail(err, RATLS_E_NO_MEMORY, "tsm");
    t->env = env;
    if ((e = read_options(t, options, certs, err)) != RATLS_OK ||
        (e = probe(t, certs, err)) != RATLS_OK ||
        (e = rt_snp_own_table(env, certs, &t->own_table, err)) != RATLS_OK)
        tsm_close(t);
    else
        *self = t;
    return e;
}

static const char *tsm_tee(void *self)
{
    return ((const struct tsm *)self)->provider->tee;
}

static const char *tsm_media_type(void *self)
{
    return ((const struct tsm *)self)->provider->media_type;
}

const struct rt_attester_type rt_attester_tsm = {
    .name = "tsm",
    .open = tsm_open,
    .close = tsm_close,
    .evidence = tsm_evidence,
    .tee = tsm_tee,
    .media_type = tsm_media_type,
};
