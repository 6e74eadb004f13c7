/* Maps and what else stands in more than one place of a CoRIM. */
#include "corim.h"
#include "corim_read.h"
#include "document.h"

enum ratls_err rt_corim_malformed(const struct rt_corim_reader *c, const char *why)
{
    return ratls_fail(c->err, RATLS_E_BUNDLE_FORMAT, "CoRIM, %s, before byte %zu: %s", c->within,
                      c->end - c->r.left, why);
}

enum ratls_err rt_corim_check(const struct rt_corim_reader *c, bool good, const char *why)
{
    if (c->r.bad)
        return rt_corim_malformed(c, "cut off, of another type, or not in its shortest form");
    return good ? RATLS_OK : rt_corim_malformed(c, why);
}

static enum ratls_err read_member(struct rt_corim_reader *c, const struct rt_corim_member *members,
                                  size_t n, unsigned *seen)
{
    const int64_t key = rt_strict_int(&c->r);
    enum ratls_err e = rt_corim_check(c, true, "");
    size_t i = 0;

    if (e)
        return e;
    while (i < n && members[i].key != key)
        i++;
    if (i == n)
        return ratls_fail(c->err, RATLS_E_BUNDLE_FORMAT, "CoRIM, %s: member %lld is not understood",
                          c->within, (long long)key);
    if (*seen & 1U << i)
        return ratls_fail(c->err, RATLS_E_BUNDLE_FORMAT, "CoRIM, %s: member %lld appears twice",
                          c->within, (long long)key);
    *seen |= 1U << i;
    c->private = c->private || key < 0;
    return members[i].read(c);
}

enum ratls_err rt_corim_map(struct rt_corim_reader *c, const char *what,
                            const struct rt_corim_member *members, size_t n)
{
    const char *outer = c->within;
    unsigned seen = 0;

    c->within = what;
    const uint64_t pairs = rt_strict_head(&c->r, RT_CBOR_MAP);
    enum ratls_err e = rt_corim_check(c, true, "");
    for (uint64_t i = 0; i < pairs && e == RATLS_OK; i++)
        if ((e = read_member(c, members, n, &seen)) == RATLS_OK)
            e = rt_corim_check(c, true, "");
    for (size_t i = 0; i < n && e == RATLS_OK; i++)
        if (members[i].needed && !(seen & 1U << i))
            e = ratls_fail(c->err, RATLS_E_BUNDLE_FORMAT, "CoRIM, %s: member %lld is missing", what,
                           (long long)members[i].key);
    if (e == RATLS_OK)
        c->within = outer;
    return e;
}

enum ratls_err rt_corim_text(struct rt_corim_reader *c, size_t max, struct ratls_bytes *out)
{
    *out = rt_strict_string(&c->r, RT_CBOR_TSTR);
    return rt_corim_check(c, rt_trust_text_is_text(*out, max),
                          "text that is empty, too long or holds control characters");
}

/* ---- entities ---- */

static enum ratls_err read_entity_name(struct rt_corim_reader *c)
{
    struct ratls_bytes name;
    enum ratls_err e = rt_corim_text(c, RT_MAX_DOCUMENT_TEXT, &name);

    if (c->n_entities++ == 0)
        c->author = name;
    return e;
}

static enum ratls_err read_entity_uri(struct rt_corim_reader *c)
{
    struct ratls_bytes uri;
    const uint64_t tag = rt_strict_head(&c->r, RT_CBOR_TAG);
    enum ratls_err e = rt_corim_check(c, tag == RT_TAG_URI, "no URI");

    return e ? e : rt_corim_text(c, RT_MAX_FILE, &uri);
}

static enum ratls_err read_roles(struct rt_corim_reader *c)
{
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);

    for (uint64_t i = 0; i < n && !c->r.bad; i++)
        (void)rt_strict_int(&c->r);
    return rt_corim_check(c, n > 0, "an entity without roles");
}

enum ratls_err rt_corim_entities(struct rt_corim_reader *c, struct ratls_bytes *name)
{
    static const struct rt_corim_member members[] = {
        {RT_ENTITY_NAME, true, read_entity_name},
        {RT_ENTITY_URI, false, read_entity_uri},
        {RT_ENTITY_ROLES, true, read_roles},
    };
    const uint64_t n = rt_strict_head(&c->r, RT_CBOR_ARRAY);
    enum ratls_err e = rt_corim_check(c, n > 0, "no entities");

    c->n_entities = 0;
    for (uint64_t i = 0; i < n && e == RATLS_OK; i++)
        e = rt_corim_map(c, "entity", members, RT_COUNT(members));
    *name = c->author;
    return e;
}
