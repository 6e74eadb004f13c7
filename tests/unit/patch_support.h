/* patch_support.h - the tables of tests/negative: a flaw patched into good bytes, and the reason of
 * the refusal.
 *
 * A row is: name, offset, bytes in hex, reason; or: name, "cut", length, reason. Bytes behind a "^"
 * are XORed: what is random may already be the bytes of a row. Behind the reason may stand what the
 * text of the error must contain. */
#ifndef PATCH_SUPPORT_H
#define PATCH_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base.h"

struct patch_row {
    char name[64], offset[16], patch[192], reason[64], detail[64];
};

struct patch_table {
    const char *file; /* in tests/negative */
    struct ratls_bytes good;
    enum ratls_err (*judge)(struct ratls_bytes bytes, struct ratls_error *err);
};

/* The patched copy has a block of its own, so that ASan sees a read behind its end. */
static inline void patch_try(const struct patch_table *t, const struct patch_row *row)
{
    uint8_t *bytes = malloc(t->good.len), patch[96];
    size_t len = t->good.len, n = sizeof patch;
    struct ratls_error err = {0};

    cr_assert(bytes);
    memcpy(bytes, t->good.p, len);
    if (strcmp(row->offset, "cut") == 0) {
        len = strtoul(row->patch, NULL, 10);
        cr_assert_lt(len, t->good.len, "%s cuts nothing", row->name);
        bytes = realloc(bytes, len ? len : 1);
        cr_assert(bytes);
    } else {
        size_t at = strtoul(row->offset, NULL, 10);
        const char *hex = row->patch + (row->patch[0] == '^');
        cr_assert(rt_unhex(hex, strlen(hex), patch, &n), "%s", row->name);
        cr_assert_leq(at + n, len, "%s", row->name);
        for (size_t i = 0; row->patch[0] == '^' && i < n; i++)
            patch[i] ^= bytes[at + i];
        cr_assert(memcmp(bytes + at, patch, n) != 0, "%s changes nothing", row->name);
        memcpy(bytes + at, patch, n);
    }
    enum ratls_err e = t->judge(ratls_bytes(bytes, len), &err);
    cr_expect_str_eq(ratls_err_reason(e), row->reason, "%s: %s", row->name, ratls_err_reason(e));
    cr_expect(strstr(err.detail, row->detail), "%s: %s", row->name, err.detail);
    free(bytes);
}

/* Number of rows. */
static inline size_t patch_try_all(const struct patch_table *t)
{
    char path[512] = __FILE__, line[512];
    size_t rows = 0;

    char *slash = strrchr(path, '/');
    cr_assert(slash);
    (void)snprintf(slash, sizeof path - (size_t)(slash - path), "/../negative/%s", t->file);
    FILE *f = fopen(path, "r");
    cr_assert(f, "%s", path);
    while (fgets(line, sizeof line, f)) {
        struct patch_row row = {0};
        if (line[0] == '#' || line[0] == '\n')
            continue;
        cr_assert_geq(sscanf(line, "%63s %15s %191s %63s %63[^\n]", row.name, row.offset, row.patch,
                             row.reason, row.detail),
                      4, "%s", line);
        patch_try(t, &row);
        rows++;
    }
    (void)fclose(f);
    return rows;
}

#endif
