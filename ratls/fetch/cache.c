#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LEN 4096

struct entry {
    struct ratls_buffer json; /* empty: there is none */
    struct ratls_collateral_facts facts;
};

static bool file_path(const struct rt_cache *c, char path[PATH_LEN])
{
    return snprintf(path, PATH_LEN, "%s/%s.json", c->directory, c->name) < PATH_LEN;
}

/* ---- dates ---- */

static bool is_valid(const struct rt_cache *c, const struct ratls_collateral_facts *f)
{
    return f->begins <= c->now && c->now <= f->expires;
}

static bool is_fresh(const struct rt_cache *c, const struct ratls_collateral_facts *f)
{
    const int64_t quarter = (f->expires - f->begins) / 4;

    return is_valid(c, f) &&
           f->expires - c->now >= (c->refresh_before_s ? c->refresh_before_s : quarter);
}

/* ---- reading ---- */

/* What says that a file is no collateral of this platform; anything else, such as a lack of memory,
 * says nothing about the file. */
static bool is_worthless(enum ratls_err e)
{
    return e == RATLS_E_COLLATERAL_FORMAT || e == RATLS_E_COLLATERAL_MISSING ||
           e == RATLS_E_COLLATERAL_SIGNATURE || e == RATLS_E_COLLATERAL_MISMATCH ||
           e == RATLS_E_QE_IDENTITY || e == RATLS_E_LIMIT;
}

/* Empty when there is no file, or one that is worthless: then `why` says so. A file that cannot be
 * read or judged may be the newest there is, and ends the matter. */
static enum ratls_err load(const struct rt_cache *c, struct entry *out, struct ratls_error *why)
{
    char path[PATH_LEN];

    *out = (struct entry){0};
    if (!c->directory || !file_path(c, path) || (access(path, F_OK) != 0 && errno == ENOENT))
        return RATLS_OK;
    enum ratls_err e = c->env->read_file(c->env->arg, path, RT_MAX_COLLATERAL, &out->json);
    if (e == RATLS_OK)
        e = c->check(c->arg, rt_bytes_of(&out->json), &out->facts, why);
    if (e == RATLS_OK)
        return RATLS_OK;
    (void)ratls_fail(why, e, "%s", ratls_err_text(e));
    ratls_buffer_free(&out->json);
    return is_worthless(e) ? RATLS_OK : e;
}

static enum ratls_err fetch(const struct rt_cache *c, struct entry *out, struct ratls_error *err)
{
    enum ratls_err e = c->fetch(c->arg, &out->json, err);
    char begins[32], expires[32];

    if (e || (e = c->check(c->arg, rt_bytes_of(&out->json), &out->facts, err)) != RATLS_OK)
        return e;
    if (is_valid(c, &out->facts))
        return RATLS_OK;
    rt_time_format(out->facts.begins, begins);
    rt_time_format(out->facts.expires, expires);
    return ratls_fail(err, RATLS_E_COLLATERAL_TIME, "what was fetched is valid from %s to %s",
                      begins, expires);
}

/* ---- writing ---- */

static bool write_all(int fd, struct ratls_bytes content)
{
    for (struct rt_reader r = rt_reader(content); r.left > 0;) {
        ssize_t n = write(fd, r.p, r.left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        rt_skip(&r, (size_t)n);
    }
    return true;
}

/* Readers see the old file or the new one, also after a power failure: rename(2), and fsync(2) of
 * file and folder around it. */
static bool write_file(const struct rt_cache *c, int directory, struct ratls_bytes content)
{
    char path[PATH_LEN], draft[PATH_LEN];

    if (!file_path(c, path) ||
        snprintf(draft, sizeof draft, "%s/.%s.XXXXXX", c->directory, c->name) >= PATH_LEN) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = mkostemp(draft, O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, content) && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    ok = ok && rename(draft, path) == 0;
    if (!ok) {
        int reason = errno;
        (void)unlink(draft);
        errno = reason;
    }
    return ok && fsync(directory) == 0;
}

static enum ratls_err check_rollback(const struct entry *old, const struct entry *new_,
                                     struct ratls_error *err)
{
    if (!old->json.p)
        return RATLS_OK;
    for (size_t i = 0; i < old->facts.n_issue; i++)
        if (new_->facts.issue[i] < old->facts.issue[i])
            return ratls_fail(
                err, RATLS_E_COLLATERAL_ROLLBACK,
                "what was fetched is an older issue (number %llu) than what the cache "
                "has (%llu)",
                (unsigned long long)new_->facts.number, (unsigned long long)old->facts.number);
    return RATLS_OK;
}

/* Another process may have been here while this one was fetching: look again, under lock. */
static enum ratls_err replace(const struct rt_cache *c, const struct entry *fetched,
                              struct ratls_error *err)
{
    struct entry now_there = {0};
    struct ratls_error why = {0};
    enum ratls_err e = RATLS_OK;
    int fd = open(c->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        e = ratls_fail(err, RATLS_E_IO, "%s: errno %d", c->directory, errno);
        goto out;
    }
    if ((e = load(c, &now_there, &why)) != RATLS_OK) {
        e = ratls_fail(err, e, "%s/%s.json: %s", c->directory, c->name, why.detail);
        goto out;
    }
    e = check_rollback(&now_there, fetched, err);
    if (e == RATLS_OK && !write_file(c, fd, rt_bytes_of(&fetched->json)))
        e = ratls_fail(err, RATLS_E_IO, "%s/%s.json cannot be written: errno %d", c->directory,
                       c->name, errno);
out:
    ratls_buffer_free(&now_there.json);
    if (fd >= 0)
        (void)close(fd);
    return e;
}

/* ---- all of it ---- */

static void give(struct entry *from, enum ratls_collateral_origin origin,
                 struct ratls_collateral *out)
{
    *out = (struct ratls_collateral){
        .json = from->json,
        .origin = origin,
        .begins = from->facts.begins,
        .expires = from->facts.expires,
        .number = from->facts.number,
    };
    from->json = (struct ratls_buffer){0};
}

enum ratls_err rt_cache_get(const struct rt_cache *c, struct ratls_collateral *out,
                            struct ratls_error *err)
{
    struct entry cached = {0}, fetched = {0};
    struct ratls_error why = {0};
    enum ratls_err e = RATLS_OK;

    *out = (struct ratls_collateral){0};
    if ((e = load(c, &cached, &why)) != RATLS_OK)
        return ratls_fail(err, e, "%s/%s.json: %s", c->directory, c->name, why.detail);
    if (why.code)
        rt_log(c->env, RATLS_LOG_WARNING, "the cached collateral is ignored: %s: %s",
               ratls_err_reason(why.code), why.detail);
    if (cached.json.p && is_fresh(c, &cached.facts)) {
        give(&cached, RATLS_COLLATERAL_CACHED, out);
        goto out;
    }
    why = (struct ratls_error){0};
    e = fetch(c, &fetched, &why);
    if (e == RATLS_E_FETCH && cached.json.p && is_valid(c, &cached.facts)) {
        rt_log(c->env, RATLS_LOG_WARNING, "the cached collateral is used: %s", why.detail);
        give(&cached, RATLS_COLLATERAL_KEPT, out);
        e = RATLS_OK;
        goto out;
    }
    if (e == RATLS_OK && c->directory)
        e = replace(c, &fetched, &why);
    if (e == RATLS_OK)
        give(&fetched, RATLS_COLLATERAL_FETCHED, out);
    else
        (void)ratls_fail(err, e, "%s", why.detail);
out:
    ratls_buffer_free(&cached.json);
    ratls_buffer_free(&fetched.json);
    return e;
}
