#include "tcb_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "fields.h"
#include "json.h"

#define MAX_LEVELS     256
#define MAX_MODULES    32
#define MAX_ADVISORIES 256
#define NEWEST_VERSION 3

/* ---- levels of enclaves and modules ---- */

/* Advisories are optional; a list of texts where they are there. */
static const cJSON *read_advisories(struct rt_fields *f, const cJSON *level)
{
    const cJSON *list = rt_json_member(level, "advisoryIDs"), *item;

    if (f->bad || !list)
        return NULL;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > MAX_ADVISORIES)
        rt_field_fail(f, "advisoryIDs", "is no list");
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            rt_field_fail(f, "advisoryIDs", "holds something other than texts");
    }
    return f->bad ? NULL : list;
}

/* n zeroed items of `size` bytes; never zero bytes. */
static void *new_items(struct rt_fields *f, const cJSON *list, size_t size)
{
    void *p = f->bad ? NULL : calloc((size_t)cJSON_GetArraySize(list) + 1, size);

    if (!p && !f->bad) {
        (void)ratls_fail(f->err, RATLS_E_NO_MEMORY, "%s", f->document);
        f->bad = true;
    }
    return p;
}

static void read_svn_level(struct rt_fields *f, const cJSON *item, struct rt_svn_level *out)
{
    out->isv_svn =
        (uint16_t)rt_field_uint(f, rt_field_object(f, item, "tcb"), "isvsvn", UINT16_MAX);
    out->date = rt_field_date(f, item, "tcbDate");
    if (!rt_tcb_of_enclave(rt_field_text(f, item, "tcbStatus"), &out->status))
        rt_field_fail(f, "tcbStatus", "is unknown");
    out->advisories = read_advisories(f, item);
}

static int newer_svn_first(const void *a, const void *b)
{
    const struct rt_svn_level *x = a, *y = b;

    return (x->isv_svn < y->isv_svn) - (x->isv_svn > y->isv_svn);
}

void rt_svn_levels_read(struct rt_fields *f, const cJSON *object, struct rt_svn_levels *out)
{
    const cJSON *list = rt_field_list(f, object, "tcbLevels", 1, MAX_LEVELS), *item;

    if (!(out->p = new_items(f, list, sizeof *out->p)))
        return;
    cJSON_ArrayForEach(item, list) read_svn_level(f, item, &out->p[out->n++]);
    qsort(out->p, out->n, sizeof *out->p, newer_svn_first);
    for (size_t i = 1; i < out->n; i++)
        if (out->p[i - 1].isv_svn == out->p[i].isv_svn)
            rt_field_fail(f, "tcbLevels", "holds a level twice");
}

const struct rt_svn_level *rt_svn_levels_find(const struct rt_svn_levels *levels, uint16_t isv_svn)
{
    for (size_t i = 0; i < levels->n; i++)
        if (levels->p[i].isv_svn <= isv_svn)
            return &levels->p[i];
    return NULL;
}

/* ---- levels of the platform ---- */

/* Version 3: a list of 16 objects with `svn`. */
static void read_components(struct rt_fields *f, const cJSON *tcb, const char *name, uint8_t *out)
{
    const cJSON *list = rt_field_list(f, tcb, name, RT_TCB_COMPONENTS, RT_TCB_COMPONENTS), *item;

    if (!list)
        return;
    cJSON_ArrayForEach(item, list) *out++ = (uint8_t)rt_field_uint(f, item, "svn", UINT8_MAX);
}

/* Version 2: sgxtcbcomp01svn to sgxtcbcomp16svn. */
static void read_numbered_components(struct rt_fields *f, const cJSON *tcb, uint8_t *out)
{
    char name[32];

    for (unsigned i = 1; i <= RT_TCB_COMPONENTS; i++) {
        (void)snprintf(name, sizeof name, "sgxtcbcomp%02usvn", i);
        *out++ = (uint8_t)rt_field_uint(f, tcb, name, UINT8_MAX);
    }
}

static void read_level(struct rt_fields *f, const cJSON *item, const struct rt_tcb_info *info,
                       struct rt_tcb_level *out)
{
    const cJSON *tcb = rt_field_object(f, item, "tcb");

    if (info->version < NEWEST_VERSION)
        read_numbered_components(f, tcb, out->sgx);
    else
        read_components(f, tcb, "sgxtcbcomponents", out->sgx);
    if (info->tdx)
        read_components(f, tcb, "tdxtcbcomponents", out->tdx);
    else if (!f->bad && rt_field_exists(tcb, "tdxtcbcomponents"))
        rt_field_fail(f, "tdxtcbcomponents", "does not belong to SGX");
    out->pce_svn = (uint16_t)rt_field_uint(f, tcb, "pcesvn", UINT16_MAX);
    out->date = rt_field_date(f, item, "tcbDate");
    if (!rt_tcb_of_platform(rt_field_text(f, item, "tcbStatus"), &out->status))
        rt_field_fail(f, "tcbStatus", "is unknown");
    out->advisories = read_advisories(f, item);
}

/* By components, then PCESVN, then TDX components. */
static int newer_level_first(const void *a, const void *b)
{
    const struct rt_tcb_level *x = a, *y = b;
    int d = memcmp(y->sgx, x->sgx, sizeof x->sgx);

    if (d == 0)
        d = (x->pce_svn < y->pce_svn) - (x->pce_svn > y->pce_svn);
    return d ? d : memcmp(y->tdx, x->tdx, sizeof x->tdx);
}

static void read_levels(struct rt_fields *f, const cJSON *json, struct rt_tcb_info *out)
{
    const cJSON *list = rt_field_list(f, json, "tcbLevels", 1, MAX_LEVELS), *item;

    if (!(out->levels = new_items(f, list, sizeof *out->levels)))
        return;
    cJSON_ArrayForEach(item, list) read_level(f, item, out, &out->levels[out->n_levels++]);
    qsort(out->levels, out->n_levels, sizeof *out->levels, newer_level_first);
    for (size_t i = 1; i < out->n_levels; i++)
        if (newer_level_first(&out->levels[i - 1], &out->levels[i]) == 0)
            rt_field_fail(f, "tcbLevels", "holds a level twice");
}

/* ---- TDX modules ---- */

static void read_module(struct rt_fields *f, const cJSON *json, struct rt_tdx_module *out)
{
    rt_field_hex(f, json, "mrsigner", out->mr_signer, sizeof out->mr_signer);
    rt_field_hex(f, json, "attributes", out->attributes, sizeof out->attributes);
    rt_field_hex(f, json, "attributesMask", out->attributes_mask, sizeof out->attributes_mask);
}

/* "TDX_xx" with two hex digits; letter case does not count, as in Intel's library. */
static uint8_t read_module_id(struct rt_fields *f, const cJSON *json)
{
    const char *id = rt_field_text(f, json, "id");
    uint8_t version = 0;
    size_t len = 1;

    if (!f->bad && (strlen(id) != 6 || strncasecmp(id, "TDX_", 4) != 0 ||
                    !rt_unhex(id + 4, 2, &version, &len)))
        rt_field_fail(f, "id", "is no TDX_xx");
    return version;
}

static bool is_known_module(const struct rt_tcb_info *t, uint8_t version)
{
    for (size_t i = 0; i < t->n_modules; i++)
        if (t->modules[i].version == version)
            return true;
    return false;
}

static void read_modules(struct rt_fields *f, const cJSON *json, struct rt_tcb_info *out)
{
    const cJSON *list, *item;

    read_module(f, rt_field_object(f, json, "tdxModule"), &out->module);
    if (f->bad || !rt_field_exists(json, "tdxModuleIdentities")) /* old issues */
        return;
    list = rt_field_list(f, json, "tdxModuleIdentities", 0, MAX_MODULES);
    if (!(out->modules = new_items(f, list, sizeof *out->modules)))
        return;
    cJSON_ArrayForEach(item, list)
    {
        struct rt_tdx_module *m = &out->modules[out->n_modules];
        m->version = read_module_id(f, item);
        if (is_known_module(out, m->version))
            rt_field_fail(f, "tdxModuleIdentities", "holds an id twice");
        out->n_modules++;
        read_module(f, item, m);
        rt_svn_levels_read(f, item, &m->levels);
    }
}

/* ---- the document ---- */

/* Version 2 knows SGX only and has no id. */
static void read_id(struct rt_fields *f, const cJSON *json, struct rt_tcb_info *out)
{
    if (out->version == 2 && !rt_field_exists(json, "id"))
        return;
    const char *id = rt_field_text(f, json, "id");
    out->tdx = strcmp(id, "TDX") == 0;
    if (!f->bad && !out->tdx && strcmp(id, "SGX") != 0)
        rt_field_fail(f, "id", "is neither SGX nor TDX");
    if (!f->bad && out->tdx && out->version == 2)
        rt_field_fail(f, "id", "is TDX in a document of version 2");
}

static void read_head(struct rt_fields *f, const cJSON *json, struct rt_tcb_info *out)
{
    out->version = (unsigned)rt_field_uint(f, json, "version", UINT16_MAX);
    if (!f->bad && out->version != 2 && out->version != NEWEST_VERSION)
        rt_field_fail(f, "version", "is neither 2 nor 3");
    read_id(f, json, out);
    out->issue_date = rt_field_date(f, json, "issueDate");
    out->next_update = rt_field_date(f, json, "nextUpdate");
    if (!f->bad && out->next_update < out->issue_date)
        rt_field_fail(f, "nextUpdate", "is before issueDate");
    rt_field_hex(f, json, "fmspc", out->fmspc, sizeof out->fmspc);
    out->has_pce_id = rt_field_exists(json, "pceId");
    if (out->has_pce_id)
        rt_field_hex(f, json, "pceId", out->pce_id, sizeof out->pce_id);
    (void)rt_field_uint(f, json, "tcbType", 0); /* the one known meaning of components */
    out->eval_num = (uint32_t)rt_field_uint(f, json, "tcbEvaluationDataNumber", UINT32_MAX);
}

static void refuse_tdx_members(struct rt_fields *f, const cJSON *json)
{
    if (!f->bad && rt_field_exists(json, "tdxModule"))
        rt_field_fail(f, "tdxModule", "does not belong to SGX");
    if (!f->bad && rt_field_exists(json, "tdxModuleIdentities"))
        rt_field_fail(f, "tdxModuleIdentities", "does not belong to SGX");
}

static void read_tcb_info(struct rt_fields *f, const cJSON *json, void *to)
{
    struct rt_tcb_info *out = to;

    read_head(f, json, out);
    if (out->tdx)
        read_modules(f, json, out);
    else
        refuse_tdx_members(f, json);
    read_levels(f, json, out);
}

enum ratls_err rt_tcb_info_parse(struct ratls_bytes text, struct rt_tcb_info *out,
                                 struct ratls_error *err)
{
    static const struct rt_document document = {"TCB info", read_tcb_info};

    *out = (struct rt_tcb_info){0};
    return rt_document_read(&document, text, out, &out->json, err);
}

void rt_tcb_info_free(struct rt_tcb_info *t)
{
    for (size_t i = 0; i < t->n_modules; i++)
        free(t->modules[i].levels.p);
    free(t->modules);
    free(t->levels);
    rt_json_free(t->json);
    *t = (struct rt_tcb_info){0};
}
