#include "comid_write.h"

#include <stdlib.h>

#include <cjson/cJSON.h>

#include "corim.h"
#include "document.h"
#include "json.h"
#include "refval.h"

struct comid {
    struct rt_comid_source *item;
    struct rt_writer triples;
    size_t n;
    struct ratls_error *err;
};

typedef enum ratls_err member_fn(struct comid *c, const struct cJSON *value, const char *name);

static enum ratls_err malformed(const struct comid *c, const char *what)
{
    return ratls_fail(c->err, RATLS_E_TRUST_FORMAT, "trust document: refval %s %s %lld: %s",
                      c->item->tee, c->item->name, (long long)c->item->version, what);
}

static enum ratls_err no_place(const struct comid *c, const char *claim, const char *why)
{
    return ratls_fail(c->err, RATLS_E_UNSUPPORTED, "CoRIM: refval %s %s %lld, '%s': %s",
                      c->item->tee, c->item->name, (long long)c->item->version, claim, why);
}

void rt_corim_put_private(struct rt_writer *w, int64_t key)
{
    rt_cbor_put(w, RT_CBOR_NINT, (uint64_t)(-1 - key));
}

void rt_corim_put_entity(struct rt_writer *w, const char *name, uint64_t role)
{
    rt_cbor_put(w, RT_CBOR_ARRAY, 1);
    rt_cbor_put(w, RT_CBOR_MAP, 2);
    rt_cbor_put(w, RT_CBOR_UINT, RT_ENTITY_NAME);
    rt_cbor_put_tstr(w, name);
    rt_cbor_put(w, RT_CBOR_UINT, RT_ENTITY_ROLES);
    rt_cbor_put(w, RT_CBOR_ARRAY, 1);
    rt_cbor_put(w, RT_CBOR_UINT, role);
}

/* ---- one triple ---- */

/* [{0: {1: vendor, 2: model}}, [{0: mkey, 1: {key: up to its value. */
static struct rt_writer *begin(struct comid *c, const char *mkey, int64_t key)
{
    struct rt_writer *w = &c->triples;
    const char *vendor, *model;

    rt_corim_class(c->item->tee, &vendor, &model);
    rt_cbor_put(w, RT_CBOR_ARRAY, 2);
    rt_cbor_put(w, RT_CBOR_MAP, 1);
    rt_cbor_put(w, RT_CBOR_UINT, RT_ENVIRONMENT_CLASS);
    rt_cbor_put(w, RT_CBOR_MAP, 2);
    rt_cbor_put(w, RT_CBOR_UINT, RT_CLASS_VENDOR);
    rt_cbor_put_tstr(w, vendor);
    rt_cbor_put(w, RT_CBOR_UINT, RT_CLASS_MODEL);
    rt_cbor_put_tstr(w, model);
    rt_cbor_put(w, RT_CBOR_ARRAY, 1);
    rt_cbor_put(w, RT_CBOR_MAP, 2);
    rt_cbor_put(w, RT_CBOR_UINT, RT_MEASUREMENT_MKEY);
    rt_cbor_put_tstr(w, mkey);
    rt_cbor_put(w, RT_CBOR_UINT, RT_MEASUREMENT_MVAL);
    rt_cbor_put(w, RT_CBOR_MAP, 1);
    c->n++;
    if (key >= 0) {
        rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)key);
        return w;
    }
    c->item->private = true;
    rt_corim_put_private(w, key);
    return w;
}

static void put_digests(struct rt_writer *w, struct ratls_bytes digest)
{
    rt_cbor_put(w, RT_CBOR_ARRAY, 1);
    rt_cbor_put(w, RT_CBOR_ARRAY, 2);
    rt_cbor_put(w, RT_CBOR_UINT, rt_corim_alg(digest.len));
    rt_cbor_put_bstr(w, digest);
}

static void put_raw(struct comid *c, const char *mkey, struct ratls_bytes bytes)
{
    struct rt_writer *w = begin(c, mkey, RT_MVAL_RAW);

    rt_cbor_put(w, RT_CBOR_TAG, RT_TAG_BYTES);
    rt_cbor_put_bstr(w, bytes);
}

static void put_measurement(struct comid *c, struct ratls_bytes bytes)
{
    if (rt_corim_alg(bytes.len))
        put_digests(begin(c, RT_MKEY_MEASUREMENT, RT_MVAL_DIGESTS), bytes);
    else
        put_raw(c, RT_MKEY_MEASUREMENT, bytes);
}

static void put_claim_bytes(struct comid *c, const char *claim, struct ratls_bytes bytes)
{
    int number;
    const struct rt_register *row = rt_register_of_claim(ratls_bytes_str(claim), &number);

    if (!row || !rt_corim_alg(bytes.len)) {
        put_raw(c, claim, bytes);
        return;
    }
    struct rt_writer *w = begin(c, row->mkey, RT_MVAL_REGISTERS);
    rt_cbor_put(w, RT_CBOR_MAP, 1);
    rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)number);
    put_digests(w, bytes);
}

/* ---- values of JSON ---- */

/* *out is new; RATLS_E_CLOSED: it is no hex. In lower case it comes back as it was. */
static enum ratls_err unhex(const struct cJSON *value, bool any_case, struct ratls_buffer *out)
{
    const char *text = cJSON_GetStringValue(value);
    const size_t len = text ? strlen(text) : 0;

    *out = (struct ratls_buffer){0};
    if (len == 0 || (!any_case && strpbrk(text, "ABCDEF")))
        return RATLS_E_CLOSED;
    *out = (struct ratls_buffer){.p = malloc(len), .len = len};
    if (!out->p)
        return RATLS_E_NO_MEMORY;
    if (rt_unhex(text, len, out->p, &out->len))
        return RATLS_OK;
    ratls_buffer_free(out);
    return RATLS_E_CLOSED;
}

static enum ratls_err put_int(struct comid *c, const char *claim, const struct cJSON *value)
{
    int64_t number = 0;

    if (!rt_json_int(value, -RT_MAX_DOCUMENT_INT, RT_MAX_DOCUMENT_INT, &number))
        return malformed(c, "a number of 'claims'");
    struct rt_writer *w = begin(c, claim, RT_MVAL_INT);
    if (number < 0)
        rt_corim_put_private(w, number);
    else
        rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)number);
    return RATLS_OK;
}

static enum ratls_err put_claim(struct comid *c, const struct cJSON *value, const char *claim)
{
    struct ratls_buffer bytes = {0};

    if (cJSON_IsBool(value)) {
        rt_put_u8(begin(c, claim, RT_MVAL_X_VALUE), cJSON_IsTrue(value) ? 0xf5 : 0xf4);
        return RATLS_OK;
    }
    if (cJSON_IsNumber(value))
        return put_int(c, claim, value);
    if (!cJSON_IsString(value))
        return malformed(c, "a value of 'claims' that is no text, number or boolean");
    enum ratls_err e = unhex(value, false, &bytes);
    if (e == RATLS_OK)
        put_claim_bytes(c, claim, rt_bytes_of(&bytes));
    else if (e == RATLS_E_CLOSED)
        rt_cbor_put_tstr(begin(c, claim, RT_MVAL_X_VALUE), cJSON_GetStringValue(value));
    ratls_buffer_free(&bytes);
    return e == RATLS_E_NO_MEMORY ? e : RATLS_OK;
}

/* ---- members of the body ---- */

static enum ratls_err write_measurements(struct comid *c, const struct cJSON *values,
                                         const char *name)
{
    const cJSON *value;

    (void)name;
    if (!cJSON_IsArray(values))
        return malformed(c, "'measurements' is no array");
    cJSON_ArrayForEach(value, values)
    {
        struct ratls_buffer bytes = {0};
        enum ratls_err e = unhex(value, true, &bytes);
        if (e)
            return e == RATLS_E_CLOSED ? malformed(c, "a measurement that is no hex") : e;
        put_measurement(c, rt_bytes_of(&bytes));
        ratls_buffer_free(&bytes);
    }
    return RATLS_OK;
}

static enum ratls_err write_claim(struct comid *c, const struct cJSON *values, const char *name)
{
    const cJSON *value;

    if (!cJSON_IsArray(values) || cJSON_GetArraySize(values) == 0)
        return malformed(c, "a claim without an array of values");
    if (strcmp(name, RT_MKEY_MEASUREMENT) == 0)
        return no_place(c, name, "its values belong into 'measurements'");
    cJSON_ArrayForEach(value, values)
    {
        enum ratls_err e = put_claim(c, value, name);
        if (e)
            return e;
    }
    return RATLS_OK;
}

static enum ratls_err write_minimum(struct comid *c, const struct cJSON *value, const char *name)
{
    int64_t least = 0;

    if (!cJSON_IsNumber(value))
        return malformed(c, "'minimum' of something that is no number");
    if (!rt_json_int(value, 0, RT_MAX_DOCUMENT_INT, &least))
        return no_place(c, name, "a minimum below zero");
    struct rt_writer *w = begin(c, name, RT_MVAL_SVN);
    rt_cbor_put(w, RT_CBOR_TAG, RT_TAG_MIN_SVN);
    rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)least);
    return RATLS_OK;
}

static enum ratls_err write_list(struct comid *c, const struct cJSON *values, const char *name)
{
    const cJSON *value;

    if (!cJSON_IsArray(values))
        return malformed(c, "a list that is no array");
    rt_cbor_put(begin(c, name, RT_MVAL_X_LIST), RT_CBOR_ARRAY,
                (uint64_t)cJSON_GetArraySize(values));
    cJSON_ArrayForEach(value, values)
    {
        struct ratls_buffer bytes = {0};
        enum ratls_err e = unhex(value, true, &bytes);
        if (e)
            return e == RATLS_E_CLOSED ? malformed(c, "an item of a list that is no hex") : e;
        rt_cbor_put_bstr(&c->triples, rt_bytes_of(&bytes));
        ratls_buffer_free(&bytes);
    }
    return RATLS_OK;
}

static enum ratls_err write_texts(struct comid *c, const struct cJSON *values, const char *mkey,
                                  int64_t key)
{
    const cJSON *value;

    if (!cJSON_IsArray(values))
        return malformed(c, "'tcb_status' or 'advisory_ids' without an array");
    struct rt_writer *w = begin(c, mkey, key);
    rt_cbor_put(w, RT_CBOR_ARRAY, (uint64_t)cJSON_GetArraySize(values));
    cJSON_ArrayForEach(value, values)
    {
        const char *text = cJSON_GetStringValue(value);
        if (!text || !*text)
            return malformed(c, "'tcb_status' or 'advisory_ids' with something that is no text");
        rt_cbor_put_tstr(w, text);
    }
    return RATLS_OK;
}

static enum ratls_err write_tcb(struct comid *c, const struct cJSON *values, const char *name)
{
    (void)name;
    return write_texts(c, values, RT_MKEY_TCB, RT_MVAL_X_TCB);
}

static enum ratls_err write_advisories(struct comid *c, const struct cJSON *values,
                                       const char *name)
{
    if (strcmp(name, "accepted") == 0)
        return write_texts(c, values, RT_MKEY_ADVISORIES, RT_MVAL_X_ACCEPTED);
    if (strcmp(name, "rejected") == 0)
        return write_texts(c, values, RT_MKEY_ADVISORIES, RT_MVAL_X_REJECTED);
    return ratls_fail(c->err, RATLS_E_TRUST_FORMAT,
                      "trust document: unknown member '%s' of 'advisory_ids'", name);
}

static enum ratls_err skip_comment(struct comid *c, const struct cJSON *value, const char *name)
{
    (void)name;
    return cJSON_IsString(value) ? RATLS_OK : malformed(c, "'comment' is no text");
}

static const struct {
    const char *name;
    bool claims; /* an object, each of whose members is written */
    bool named;  /* by claims */
    member_fn *write;
} members[] = {
    {"measurements", false, false, write_measurements},
    {"claims", true, true, write_claim},
    {"lists", true, true, write_list},
    {"minimum", true, true, write_minimum},
    {"tcb_status", false, false, write_tcb},
    {"advisory_ids", true, false, write_advisories},
    {"comment", false, false, skip_comment},
};

static enum ratls_err write_member(struct comid *c, size_t row, const struct cJSON *value)
{
    const cJSON *inner;

    if (!members[row].claims)
        return members[row].write(c, value, members[row].name);
    if (!cJSON_IsObject(value))
        return malformed(c, "a member of 'body' that is no object");
    cJSON_ArrayForEach(inner, value)
    {
        if (members[row].named && !rt_corim_is_mkey(ratls_bytes_str(inner->string)))
            return no_place(c, inner->string, "no name that a mkey can be");
        enum ratls_err e = members[row].write(c, inner, inner->string);
        if (e)
            return e;
    }
    return RATLS_OK;
}

static bool says_something(const struct cJSON *body)
{
    const cJSON *measurements = rt_json_member(body, "measurements");
    const cJSON *claims = rt_json_member(body, "claims");

    return (measurements && measurements->child) || (claims && claims->child);
}

static enum ratls_err write_body(struct comid *c)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, c->item->body)
    {
        size_t row = 0;
        while (row < RT_COUNT(members) && strcmp(members[row].name, member->string) != 0)
            row++;
        if (row == RT_COUNT(members))
            return ratls_fail(c->err, RATLS_E_TRUST_FORMAT,
                              "trust document: unknown member '%s' of a body", member->string);
        enum ratls_err e = write_member(c, row, member);
        if (e)
            return e;
    }
    return says_something(c->item->body) ? RATLS_OK
                                         : malformed(c, "neither 'measurements' nor 'claims'");
}

static void put_comid(const struct comid *c, struct rt_writer *w)
{
    const struct rt_comid_source *item = c->item;
    const char *comment = cJSON_GetStringValue(rt_json_member(item->body, "comment"));

    rt_cbor_put(w, RT_CBOR_MAP, 2U + (item->author != NULL) + (item->created != 0) + !!comment);
    rt_cbor_put(w, RT_CBOR_UINT, RT_COMID_IDENTITY);
    rt_cbor_put(w, RT_CBOR_MAP, 2);
    rt_cbor_put(w, RT_CBOR_UINT, RT_IDENTITY_ID);
    rt_cbor_put_tstr(w, item->name);
    rt_cbor_put(w, RT_CBOR_UINT, RT_IDENTITY_VERSION);
    rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)item->version);
    if (item->author) {
        rt_cbor_put(w, RT_CBOR_UINT, RT_COMID_ENTITIES);
        rt_corim_put_entity(w, item->author, RT_ROLE_TAG_CREATOR);
    }
    rt_cbor_put(w, RT_CBOR_UINT, RT_COMID_TRIPLES);
    rt_cbor_put(w, RT_CBOR_MAP, 1);
    rt_cbor_put(w, RT_CBOR_UINT, RT_TRIPLES_REFERENCE);
    rt_cbor_put(w, RT_CBOR_ARRAY, c->n);
    rt_put_bytes(w, rt_written(&c->triples));
    if (item->created) {
        rt_corim_put_private(w, RT_COMID_X_CREATED);
        rt_cbor_put(w, RT_CBOR_UINT, (uint64_t)item->created);
    }
    if (comment) {
        rt_corim_put_private(w, RT_COMID_X_COMMENT);
        rt_cbor_put_tstr(w, comment);
    }
}

enum ratls_err rt_comid_write(struct rt_comid_source *item, struct ratls_buffer *out,
                              struct ratls_error *err)
{
    struct comid c = {.item = item, .err = err};
    struct rt_writer w = {0};

    *out = (struct ratls_buffer){0};
    item->private = item->created != 0 || rt_json_member(item->body, "comment");
    enum ratls_err e = write_body(&c);
    if (e == RATLS_OK) {
        put_comid(&c, &w);
        w.bad = w.bad || c.triples.bad;
        e = rt_writer_take(&w, out);
    }
    rt_writer_free(&c.triples);
    rt_writer_free(&w);
    return e;
}
