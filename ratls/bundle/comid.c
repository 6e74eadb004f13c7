/* A concise-mid-tag: whose values these are, and what each of them is a value of. */
#include "corim.h"
#include "corim_read.h"
#include "document.h"

/* ---- identity ---- */

static enum ratls_err read_id(struct rt_corim_reader *c)
{
    enum ratls_err e = rt_corim_text(c, RT_MAX_FILE, &c->name);

    return e ? e
             : rt_corim_check(c, rt_trust_text_is_name(c->name), "the tag-id is no name of a set");
}

static enum ratls_err read_version(struct rt_corim_reader *c)
{
    const uint64_t version = rt_strict_head(&c->r, RT_CBOR_UINT);

    c->version = (int64_t)version;
    return rt_corim_check(c, version > 0 && version <= (uint64_t)RT_MAX_ITEM_VERSION,
                          "the tag-version is not 1 to 2147483647");
}

static enum ratls_err read_identity(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {
        {RT_IDENTITY_ID, true, read_id},
        {RT_IDENTITY_VERSION, true, read_version},
    };

    return rt_corim_map(c, "tag-identity", members, RT_COUNT(members));
}

/* ---- environment ---- */

static enum ratls_err read_vendor(struct rt_corim_reader *c)
{
    return rt_corim_text(c, RT_MAX_FILE, &c->vendor);
}

static enum ratls_err read_model(struct rt_corim_reader *c)
{
    return rt_corim_text(c, RT_MAX_FILE, &c->model);
}

static enum ratls_err read_class(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {
        {RT_CLASS_VENDOR, true, read_vendor},
        {RT_CLASS_MODEL, true, read_model},
    };
    char tee[sizeof c->tee];
    enum ratls_err e = rt_corim_map(c, "class", members, RT_COUNT(members));

    if (e || (e = rt_corim_check(c, rt_corim_tee(c->vendor, c->model, tee),
                                 "no TEE has this vendor and model")) != RATLS_OK)
        return e;
    const bool first = c->tee[0] == 0;
    if (first)
        memcpy(c->tee, tee, sizeof tee);
    return rt_corim_check(c, first || strcmp(c->tee, tee) == 0, "a CoMID of more than one TEE");
}

static enum ratls_err read_environment(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {{RT_ENVIRONMENT_CLASS, true, read_class}};

    return rt_corim_map(c, "environment", members, RT_COUNT(members));
}

/* ---- measurements ---- */

static enum ratls_err read_mkey(struct rt_corim_reader *c)
{
    c->mkey = rt_strict_string(&c->r, RT_CBOR_TSTR);
    return rt_corim_check(c, rt_corim_is_mkey(c->mkey), "the mkey is no name of a claim");
}

static bool is(struct ratls_bytes text, const char *word)
{
    return ratls_bytes_equal(text, ratls_bytes_str(word));
}

/* Other members than claims have a mkey of their own. */
static const char *reserved_for(enum rt_refval_part part)
{
    switch (part) {
    case RT_REFVAL_TCB_STATUS:
        return RT_MKEY_TCB;
    case RT_REFVAL_ACCEPTED:
    case RT_REFVAL_REJECTED:
        return RT_MKEY_ADVISORIES;
    case RT_REFVAL_MEASUREMENTS:
    case RT_REFVAL_CLAIMS:
    case RT_REFVAL_LISTS:
    case RT_REFVAL_MINIMUM:
        return NULL;
    }
    return NULL;
}

static enum ratls_err name_register(struct rt_corim_reader *c, struct rt_refval *v)
{
    const struct rt_register *row = rt_register_of_mkey(c->mkey);

    if (!row)
        return rt_corim_malformed(c, "integrity-registers of an unknown mkey");
    v->name = ratls_bytes_str(row->claim);
    return RATLS_OK;
}

static enum ratls_err name_claim(struct rt_corim_reader *c, struct rt_refval *v)
{
    if (!c->mkey.p)
        return rt_corim_malformed(c, "a value without mkey");
    if (v->part == RT_REFVAL_CLAIMS && is(c->mkey, RT_MKEY_MEASUREMENT))
        return rt_corim_malformed(c, "a measurement that is not bytes");
    v->name = c->mkey;
    const struct rt_register *row =
        v->part == RT_REFVAL_CLAIMS ? rt_register_of_claim(c->mkey, &v->reg) : NULL;
    if (row)
        v->name = ratls_bytes_str(row->claim);
    return RATLS_OK;
}

/* The mkey is known now. A digest without one is of what the TEE measures. */
static enum ratls_err name_value(struct rt_corim_reader *c, struct rt_refval *v)
{
    const bool bytes = v->part == RT_REFVAL_CLAIMS && v->form == RT_REFVAL_HEX;

    if (v->reg >= 0)
        return name_register(c, v);
    if (bytes && (!c->mkey.p || is(c->mkey, RT_MKEY_MEASUREMENT))) {
        v->part = RT_REFVAL_MEASUREMENTS;
        return RATLS_OK;
    }
    const char *reserved = reserved_for(v->part);
    return reserved
               ? rt_corim_check(c, is(c->mkey, reserved), "a list with a mkey that is not its own")
               : name_claim(c, v);
}

static enum ratls_err read_measurement(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {
        {RT_MEASUREMENT_MKEY, false, read_mkey},
        {RT_MEASUREMENT_MVAL, true, rt_mval_read},
    };
    const size_t first = c->values.n;

    c->mkey = ratls_bytes(NULL, 0);
    enum ratls_err e = rt_corim_map(c, "measurement", members, RT_COUNT(members));
    if (e == RATLS_OK)
        e = rt_corim_check(c, c->values.n > first, "a measurement without values");
    for (size_t i = first; i < c->values.n && e == RATLS_OK; i++)
        e = name_value(c, &c->values.v[i]);
    return e;
}

/* ---- triples ---- */

static enum ratls_err read_triple(struct rt_corim_reader *c, bool alone)
{
    const size_t before = c->condition;
    enum ratls_err e = rt_corim_check(c, rt_strict_head(&c->r, RT_CBOR_ARRAY) == 2,
                                      "a reference triple is two items");

    if (e || (e = read_environment(c)) != RATLS_OK)
        return e;
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);
    e = rt_corim_check(c, n > 0, "a triple without measurements");
    c->group++;
    for (uint64_t i = 0; i < n && e == RATLS_OK; i++)
        e = read_measurement(c);
    if (e)
        return e;
    return rt_corim_check(c, alone || c->condition == before + 1,
                          "alternatives of more than one value each");
}

static enum ratls_err read_reference(struct rt_corim_reader *c)
{
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);
    enum ratls_err e = rt_corim_check(c, n > 0, "no reference triples");

    for (uint64_t i = 0; i < n && e == RATLS_OK; i++)
        e = read_triple(c, n == 1);
    return e;
}

static enum ratls_err read_triples(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {{RT_TRIPLES_REFERENCE, true, read_reference}};

    return rt_corim_map(c, "triples", members, RT_COUNT(members));
}

/* ---- the tag ---- */

static enum ratls_err read_language(struct rt_corim_reader *c)
{
    struct ratls_bytes language;

    return rt_corim_text(c, RT_MAX_FILE, &language);
}

static enum ratls_err read_authors(struct rt_corim_reader *c)
{
    return rt_corim_entities(c, &c->author);
}

static enum ratls_err read_created(struct rt_corim_reader *c)
{
    c->created = (int64_t)rt_strict_head(&c->r, RT_CBOR_UINT);
    return rt_corim_check(c, c->created > 0 && c->created <= RT_MAX_DOCUMENT_INT, "no time");
}

static enum ratls_err read_comment(struct rt_corim_reader *c)
{
    c->comment = rt_strict_string(&c->r, RT_CBOR_TSTR);
    return rt_corim_check(c, c->comment.len == 0 || !memchr(c->comment.p, 0, c->comment.len),
                          "a comment that holds NUL");
}

enum ratls_err rt_comid_read(struct rt_corim_reader *c)
{
    static const struct rt_corim_member members[] = {
        {RT_COMID_LANGUAGE, false, read_language}, {RT_COMID_IDENTITY, true, read_identity},
        {RT_COMID_ENTITIES, false, read_authors},  {RT_COMID_TRIPLES, true, read_triples},
        {RT_COMID_X_CREATED, false, read_created}, {RT_COMID_X_COMMENT, false, read_comment},
    };

    c->name = c->author = c->comment = ratls_bytes(NULL, 0);
    c->version = c->created = 0;
    c->tee[0] = 0;
    enum ratls_err e = rt_corim_map(c, "CoMID", members, RT_COUNT(members));
    return e ? e : rt_corim_check(c, rt_at_end(&c->r), "bytes follow the CoMID");
}
