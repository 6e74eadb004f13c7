/* Files of trust. */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "trust_files.h"

#define DOCUMENTS ".json" /* of a folder of collateral */

/* ---- reading ---- */

static enum ratls_err fail(const struct px_service *s, enum ratls_err e, const char *path,
                           struct ratls_error *err)
{
    return ratls_fail(err, e, "%s:%u: %s cannot be read: %s", s->file, s->line, path,
                      ratls_err_text(e));
}

static enum ratls_err read_service(const struct px_service *s, struct px_files *out,
                                   struct ratls_error *err)
{
    const char *path = NULL;
    enum ratls_err e = s->collateral ? px_files_collect(out, s->collateral, DOCUMENTS) : RATLS_OK;

    if (e)
        return fail(s, e, s->collateral, err);
    for (size_t i = 0; (path = px_service_trust_file(s, i)) != NULL; i++)
        if ((e = px_files_keep(out, path)) != RATLS_OK)
            return fail(s, e, path, err);
    return RATLS_OK;
}

enum ratls_err px_trust_read(const struct px_config *c, struct px_files *out,
                             struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    for (size_t i = 0; !e && i < c->n_services; i++)
        e = read_service(&c->services[i], out, err);
    out->complete = true;
    return e;
}

/* ---- looking ---- */

static void look(const char *path, struct px_stamps *out)
{
    struct stat st;

    if (out->n == PX_FILES_MAX) /* more are refused when they are read */
        return;
    struct px_stamp *s = &out->of[out->n++];
    *s = (struct px_stamp){0};
    if (stat(path, &st))
        return;
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    s->size = st.st_size;
    s->modified = st.st_mtim;
    s->changed = st.st_ctim;
}

static void look_into(const char *folder, struct px_stamps *out)
{
    const struct ratls_env *system = ratls_env_system();
    struct ratls_buffer names = {0};
    char file[PATH_MAX];

    look(folder, out);
    if (system->list_files(system->arg, folder, DOCUMENTS, &names) != RATLS_OK)
        return;
    for (char *name = (char *)names.p, *end; *name; name = end + 1) {
        end = strchr(name, '\n');
        if (snprintf(file, sizeof file, "%s/%.*s", folder, (int)(end - name), name) <
            (int)sizeof file)
            look(file, out);
    }
    ratls_buffer_free(&names);
}

void px_trust_look(const struct px_config *c, struct px_stamps *out)
{
    const char *path = NULL;

    out->n = 0;
    for (size_t i = 0; i < c->n_services; i++) {
        const struct px_service *s = &c->services[i];
        if (s->collateral)
            look_into(s->collateral, out);
        for (size_t k = 0; (path = px_service_trust_file(s, k)) != NULL; k++)
            look(path, out);
    }
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool px_stamps_equal(const struct px_stamps *a, const struct px_stamps *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct px_stamp *x = &a->of[i], *y = &b->of[i];
        if (x->dev != y->dev || x->ino != y->ino || x->size != y->size ||
            !same_time(&x->modified, &y->modified) || !same_time(&x->changed, &y->changed))
            return false;
    }
    return true;
}

/* The time of the change of the inode, which nobody can choose. */
bool px_stamps_young(const struct px_stamps *s, int64_t ms)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    for (size_t i = 0; i < s->n; i++) {
        const struct timespec *at = &s->of[i].changed;
        int64_t age_ms =
            (now.tv_sec - at->tv_sec) * INT64_C(1000) + (now.tv_nsec - at->tv_nsec) / 1000000;
        if (age_ms >= 0 && age_ms < ms)
            return true;
    }
    return false;
}
