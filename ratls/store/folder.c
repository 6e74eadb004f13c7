/* Plain files:
 *   store.json    the layout's version
 *   audit.jsonl   the trail, a row per line
 *   items/        KIND.TEE.NAME.VERSION.DIGEST.json, a file for each state an item is in
 * The trail says which files count, by their digests. A change writes new files beside the old
 * ones, then replaces audit.jsonl in one step: before that nothing has happened, after it
 * everything. What no row names any more is cleared away, and nobody looks at it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "folder_file.h"
#include "folder_trail.h"

#define LAYOUT_BEGIN "{\"format\":\"ratls-store/"
#define LAYOUT       LAYOUT_BEGIN "1\"}\n"
#define LAYOUT_FILE  "store.json"
#define TRAIL_FILE   "audit.jsonl"
#define ITEMS_FOLDER "items"

enum { FOLDER_MODE = 0750, MAX_LAYOUT = 256 };

struct folder {
    const struct ratls_env *env;
    char *path;
    int root, items;       /* descriptors */
    struct rt_trail trail; /* between begin and its end */
    bool changed;
};

/* ---- open ---- */

static void folder_close(void *self)
{
    struct folder *f = self;

    rt_trail_free(&f->trail);
    if (f->items >= 0)
        (void)close(f->items);
    if (f->root >= 0)
        (void)close(f->root);
    free(f->path);
    free(f);
}

static int open_folder(int at, const char *name, int follow)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
}

/* In this order: with store.json there, everything is. */
static enum ratls_err lay_out(struct folder *f, struct ratls_error *err)
{
    enum ratls_err e = rt_file_lock(f->env, f->root, true, err);

    if (e)
        return e;
    if (faccessat(f->root, LAYOUT_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        goto out;
    if (mkdirat(f->root, ITEMS_FOLDER, FOLDER_MODE) != 0 && errno != EEXIST)
        e = rt_file_fail(err, ITEMS_FOLDER);
    if (!e)
        e = rt_file_write(f->root, TRAIL_FILE, ratls_bytes_str(""), err);
    if (!e)
        e = rt_file_write(f->root, LAYOUT_FILE, ratls_bytes_str(LAYOUT), err);
out:
    rt_file_unlock(f->root);
    return e;
}

static enum ratls_err check_layout(const struct folder *f, struct ratls_error *err)
{
    struct ratls_buffer text = {0};
    enum ratls_err e = rt_file_read(f->root, LAYOUT_FILE, MAX_LAYOUT, &text, err);
    struct ratls_bytes found = rt_bytes_of(&text);

    if (!e && !ratls_bytes_equal(found, ratls_bytes_str(LAYOUT)))
        e = rt_starts_with(found, LAYOUT_BEGIN)
                ? ratls_fail(err, RATLS_E_STORE_VERSION, "%s has another layout than this program",
                             LAYOUT_FILE)
                : ratls_fail(err, RATLS_E_STORE, "%s is none of a store", LAYOUT_FILE);
    ratls_buffer_free(&text);
    return e;
}

static enum ratls_err open_parts(struct folder *f, const struct rt_place *place,
                                 struct ratls_error *err)
{
    const bool create = place->access == RATLS_STORE_CREATE;

    if (create && mkdir(f->path, FOLDER_MODE) != 0 && errno != EEXIST)
        return rt_file_fail(err, f->path);
    if ((f->root = open_folder(AT_FDCWD, f->path, 0)) < 0)
        return rt_file_fail(err, f->path);
    enum ratls_err e = create ? lay_out(f, err) : RATLS_OK;
    if (!e)
        e = check_layout(f, err);
    if (!e && (f->items = open_folder(f->root, ITEMS_FOLDER, O_NOFOLLOW)) < 0)
        e = ratls_fail(err, errno == EACCES ? RATLS_E_STORE_DENIED : RATLS_E_STORE_TAMPERED,
                       "%s: errno %d", ITEMS_FOLDER, errno);
    return e;
}

static enum ratls_err folder_open(const struct rt_place *place, void **self,
                                  struct ratls_error *err)
{
    struct folder *f = calloc(1, sizeof *f);

    if (!f)
        return RATLS_E_NO_MEMORY;
    *f = (struct folder){.env = place->env, .root = -1, .items = -1, .path = strdup(place->where)};
    enum ratls_err e = f->path ? open_parts(f, place, err) : RATLS_E_NO_MEMORY;
    if (e) {
        folder_close(f);
        return e;
    }
    *self = f;
    return RATLS_OK;
}

/* ---- transactions ---- */

/* A trail that is gone was taken away. */
static enum ratls_err trail_failed(enum ratls_err e, const struct ratls_error *why,
                                   struct ratls_error *err)
{
    return e ? ratls_fail(err, e == RATLS_E_NOT_FOUND ? RATLS_E_STORE_TAMPERED : e, "%s",
                          why->detail)
             : RATLS_OK;
}

static void folder_rollback(void *self)
{
    struct folder *f = self;

    rt_trail_free(&f->trail);
    f->changed = false;
    rt_file_unlock(f->root);
}

static enum ratls_err folder_begin(void *self, bool write, struct ratls_error *err)
{
    struct folder *f = self;
    struct ratls_buffer text = {0};
    struct ratls_error why = {0};
    enum ratls_err e = rt_file_lock(f->env, f->root, write, err);

    if (e)
        return e;
    e = trail_failed(rt_file_read(f->root, TRAIL_FILE, RT_MAX_TRAIL, &text, &why), &why, err);
    if (!e)
        e = rt_trail_read(rt_bytes_of(&text), &f->trail, err);
    ratls_buffer_free(&text);
    if (e)
        folder_rollback(f);
    return e;
}

static bool is_current(const struct rt_current *list, size_t n, const char *name)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(list[middle].file, name);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* States that are past, and what a writer that died left behind. Whatever stays does no harm. */
static void clear_away(struct folder *f)
{
    struct rt_current *list = NULL;
    size_t n = 0;
    int fd = open_folder(f->items, ".", O_NOFOLLOW);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

    if (!d && fd >= 0)
        (void)close(fd);
    if (d && rt_trail_current(&f->trail, &list, &n, NULL) == RATLS_OK)
        for (const struct dirent *entry; (entry = readdir(d));)
            if (*entry->d_name != '.' && !is_current(list, n, entry->d_name))
                (void)unlinkat(f->items, entry->d_name, 0);
    free(list);
    if (d)
        (void)closedir(d);
}

static enum ratls_err folder_commit(void *self, struct ratls_error *err)
{
    struct folder *f = self;
    struct rt_writer w = {0};
    enum ratls_err e = RATLS_OK;

    rt_trail_write(&f->trail, &w);
    if (w.bad)
        e = RATLS_E_NO_MEMORY;
    else if (w.len > RT_MAX_TRAIL)
        e = ratls_fail(err, RATLS_E_LIMIT, "the trail is full");
    if (!e && f->changed)
        e = rt_file_write(f->root, TRAIL_FILE, rt_written(&w), err);
    if (!e && f->changed)
        clear_away(f);
    rt_writer_free(&w);
    folder_rollback(f); /* only what is in memory */
    return e;
}

/* ---- reading and writing ---- */

static enum ratls_err read_item(const struct folder *f, const struct rt_current *at,
                                struct rt_entry *out, struct ratls_error *err)
{
    struct ratls_buffer text = {0};
    struct ratls_error why = {0};
    char file[RT_SUBJECT_LEN] = "";
    uint8_t digest[RT_DIGEST_LEN];
    char subject[RT_SUBJECT_LEN];
    enum ratls_err e = rt_file_read(f->items, at->file, RT_MAX_ITEM_FILE, &text, &why);

    *out = (struct rt_entry){0};
    if (!e)
        e = rt_entry_read(rt_bytes_of(&text), out, &why);
    ratls_buffer_free(&text);
    if (e)
        return ratls_fail(err,
                          e == RATLS_E_NOT_FOUND || e == RATLS_E_LIMIT ? RATLS_E_STORE_TAMPERED : e,
                          "%s: %s", at->file, why.detail);
    rt_subject(&out->view.ref, subject);
    e = rt_entry_digest(&out->view, digest);
    if (!e && (!rt_trail_file(subject, digest, file) || strcmp(file, at->file) != 0))
        e = ratls_fail(err, RATLS_E_STORE_TAMPERED, "%s: its content is another", at->file);
    return e;
}

static enum ratls_err folder_items(void *self, rt_entry_fn *fn, void *arg, struct ratls_error *err)
{
    struct folder *f = self;
    struct rt_current *list = NULL;
    size_t n = 0;
    enum ratls_err e = rt_trail_current(&f->trail, &list, &n, err);

    for (size_t i = 0; !e && i < n; i++) {
        struct rt_entry item;
        e = read_item(f, &list[i], &item, err);
        if (!e)
            e = fn(arg, &item.view, err);
        rt_entry_free(&item);
    }
    free(list);
    return e;
}

static enum ratls_err folder_events(void *self, int64_t from_seq, rt_event_fn *fn, void *arg,
                                    struct ratls_error *err)
{
    const struct folder *f = self;

    return rt_trail_each(&f->trail, from_seq, fn, arg, err);
}

static enum ratls_err folder_append(void *self, const struct rt_event *event,
                                    struct ratls_error *err)
{
    struct folder *f = self;

    (void)err;
    f->changed = true;
    return rt_trail_append(&f->trail, event);
}

static enum ratls_err folder_put(void *self, const struct ratls_store_item *item, int64_t seq,
                                 bool is_new, struct ratls_error *err)
{
    struct folder *f = self;
    uint8_t digest[RT_DIGEST_LEN];
    char subject[RT_SUBJECT_LEN], file[RT_SUBJECT_LEN];
    struct rt_writer w = {0};
    enum ratls_err e = rt_entry_digest(item, digest);

    (void)seq;
    (void)is_new;
    rt_subject(&item->ref, subject);
    if (!e && !rt_trail_file(subject, digest, file))
        e = RATLS_E_INTERNAL;
    if (e)
        return e;
    rt_entry_put(&w, item, true);
    rt_put_u8(&w, '\n');
    e = w.bad ? RATLS_E_NO_MEMORY : rt_file_write(f->items, file, rt_written(&w), err);
    rt_writer_free(&w);
    return e;
}

static enum ratls_err check_in_place(const struct folder *f, struct ratls_error *err)
{
    struct stat opened, there;

    if (fstat(f->root, &opened) != 0 || stat(f->path, &there) != 0)
        return rt_file_fail(err, f->path);
    if (opened.st_dev != there.st_dev || opened.st_ino != there.st_ino)
        return ratls_fail(err, RATLS_E_STORE, "%s is another folder by now", f->path);
    return RATLS_OK;
}

static enum ratls_err folder_head(void *self, struct ratls_store_head *head,
                                  struct ratls_error *err)
{
    const struct folder *f = self;
    struct ratls_buffer end = {0};
    struct ratls_error why = {0};
    enum ratls_err e = check_in_place(f, err);

    if (!e)
        e = trail_failed(rt_file_tail(f->root, TRAIL_FILE, RT_MAX_EVENT_LINE, &end, &why), &why,
                         err);
    if (!e)
        e = rt_trail_head(rt_bytes_of(&end), head, err);
    ratls_buffer_free(&end);
    return e;
}

static enum ratls_err folder_check(void *self, struct ratls_error *err)
{
    const struct folder *f = self;
    enum ratls_err e = check_in_place(f, err);

    return e ? e : check_layout(f, err);
}

const struct rt_backend rt_folder = {
    .open = folder_open,
    .close = folder_close,
    .begin = folder_begin,
    .commit = folder_commit,
    .rollback = folder_rollback,
    .items = folder_items,
    .events = folder_events,
    .append = folder_append,
    .put = folder_put,
    .head = folder_head,
    .check = folder_check,
};
