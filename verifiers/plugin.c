#include "plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_LEN 32
#define PATH_LEN     4096

/* ---- who could have put it there ---- */

static enum ratls_err check_place(const char *path, mode_t type, struct ratls_error *err)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s: errno %d", path, errno);
    if ((st.st_mode & S_IFMT) != type)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s is no %s", path,
                          type == S_IFDIR ? "directory" : "regular file");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return ratls_fail(err, RATLS_E_PLUGIN, "%s belongs to user %ld", path, (long)st.st_uid);
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return ratls_fail(err, RATLS_E_PLUGIN, "%s can be written by others", path);
    return RATLS_OK;
}

enum ratls_err rt_plugin_check_directory(const char *directory, struct ratls_error *err)
{
    return check_place(directory, S_IFDIR, err);
}

/* ---- what it says about itself ---- */

static bool good_name(const char *name)
{
    size_t len = name ? strnlen(name, NAME_MAX_LEN + 1) : 0;

    return len >= 1 && len <= NAME_MAX_LEN &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* Of the functions for collateral. */
static bool has_all_or_none(const struct ratls_verifier *v)
{
    const int n =
        !v->collateral_recognises + !v->collateral_new + !v->collateral_free + !v->collateral_facts;

    return n == 0 || n == 4;
}

/* `abi` and `size` stand first and are looked at first: the rest may not be there. */
static enum ratls_err check_table(const struct ratls_verifier *v, const char *path,
                                  struct ratls_error *err)
{
    if (!v)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s gives no verifier", path);
    if (v->abi != RATLS_VERIFIER_ABI)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s: ABI %u, not %d", path, v->abi,
                          RATLS_VERIFIER_ABI);
    if (v->size != sizeof *v)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s: table of %u bytes, not %zu", path, v->size,
                          sizeof *v);
    if (!good_name(v->name))
        return ratls_fail(err, RATLS_E_PLUGIN, "%s: malformed name", path);
    if (!v->recognises || !v->describe || !v->verify)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s: a function is missing", path);
    if (!has_all_or_none(v))
        return ratls_fail(err, RATLS_E_PLUGIN, "%s: a function for collateral is missing", path);
    if (v->n_pins > 0 && !v->pins)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s: the pins are missing", path);
    return RATLS_OK;
}

static enum ratls_err look_up(struct rt_plugin *p, const char *path, struct ratls_error *err)
{
    void *symbol = dlsym(p->handle, RATLS_VERIFIER_SYMBOL);
    ratls_verifier_plugin_fn *entry = NULL;

    if (!symbol)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s exports no %s", path, RATLS_VERIFIER_SYMBOL);
    memcpy(&entry, &symbol, sizeof entry); /* POSIX dlsym: ISO C has no such cast */
    p->verifier = entry();
    return check_table(p->verifier, path, err);
}

enum ratls_err rt_plugin_open(const char *directory, const char *file, struct rt_plugin *out,
                              struct ratls_error *err)
{
    char path[PATH_LEN];

    *out = (struct rt_plugin){0};
    /* A '/' keeps dlopen() from searching the library path. */
    int len = snprintf(path, sizeof path, "%s/%s", directory, file);
    if (len < 0 || (size_t)len >= sizeof path)
        return ratls_fail(err, RATLS_E_PLUGIN, "the path of %s is too long", file);
    enum ratls_err e = check_place(path, S_IFREG, err);
    if (e)
        return e;
    out->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!out->handle)
        return ratls_fail(err, RATLS_E_PLUGIN, "%s", dlerror());
    e = look_up(out, path, err);
    if (e)
        rt_plugin_close(out);
    return e;
}

void rt_plugin_close(struct rt_plugin *p)
{
    if (p->handle)
        (void)dlclose(p->handle);
    *p = (struct rt_plugin){0};
}
