#include <stdio.h>

#include "der.h"
#include "oid.h"
#include "x509_name.h"

/* ---- walking ---- */

struct walk {
    struct rt_reader rdns; /* of the Name */
    struct rt_reader rdn;  /* attributes of the current RelativeDistinguishedName */
};

struct attribute {
    struct ratls_bytes type, value;
    bool opens_rdn;
};

static struct walk begin(struct ratls_bytes name)
{
    struct rt_reader outer = rt_reader(name);
    struct walk w = {.rdns = rt_der_enter(&outer, RT_DER_SEQUENCE)};

    w.rdns.bad = w.rdns.bad || !rt_at_end(&outer);
    return w;
}

static bool next(struct walk *w, struct attribute *a)
{
    uint8_t any;

    *a = (struct attribute){.opens_rdn = w->rdn.left == 0};
    if (w->rdns.bad || (w->rdns.left == 0 && w->rdn.left == 0))
        return false;
    if (a->opens_rdn)
        w->rdn = rt_der_enter(&w->rdns, RT_DER_SET);
    struct rt_reader pair = rt_der_enter(&w->rdn, RT_DER_SEQUENCE);
    a->type = rt_der_get(&pair, RT_DER_OID, NULL);
    a->value = rt_der_any(&pair, &any, NULL);
    w->rdns.bad = !rt_at_end(&pair);
    return !w->rdns.bad;
}

bool rt_name_is_wellformed(struct ratls_bytes name)
{
    struct walk w = begin(name);
    struct attribute a;

    while (next(&w, &a))
        continue;
    return !w.rdns.bad;
}

struct ratls_bytes rt_x509_name_attr(struct ratls_bytes name, struct ratls_bytes oid)
{
    struct walk w = begin(name);
    struct attribute a;

    while (next(&w, &a))
        if (ratls_bytes_equal(a.type, oid))
            return a.value;
    return ratls_bytes(NULL, 0);
}

/* Any organization counts, not the first alone: a mark is not hidden behind another one. */
bool rt_x509_is_simulated(const struct rt_x509 *root)
{
    struct walk w = begin(root->subject);
    struct attribute a;

    while (next(&w, &a))
        if (ratls_bytes_equal(a.type, RT_OID(ORGANIZATION)) &&
            ratls_bytes_equal(a.value, ratls_bytes_str(RT_SIM_ORGANIZATION)))
            return true;
    return false;
}

/* ---- text ---- */

struct text {
    char *p;
    size_t cap, len;
};

static void put(struct text *t, const char *s)
{
    for (; *s && t->len + 1 < t->cap; s++)
        t->p[t->len++] = *s;
}

/* Separators inside a value are escaped too: one name has one reading. */
static void put_value(struct text *t, struct ratls_bytes value)
{
    char one[8];

    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.p[i];
        bool plain = c >= 0x20 && c <= 0x7e && c != '\\' && c != ',' && c != '+';
        (void)snprintf(one, sizeof one, plain ? "%c" : "\\%02x", c);
        put(t, one);
    }
}

static void put_dotted(struct text *t, struct ratls_bytes oid)
{
    char arc[32];
    uint32_t v = 0;
    bool first = true;

    for (size_t i = 0; i < oid.len; i++) {
        v = v << 7 | (oid.p[i] & 0x7f);
        if (oid.p[i] & 0x80)
            continue;
        unsigned top = v < 80 ? v / 40 : 2; /* X.690 s.8.19.4 */
        if (first)
            (void)snprintf(arc, sizeof arc, "%u.%u", top, (unsigned)(v - top * 40));
        else
            (void)snprintf(arc, sizeof arc, ".%u", (unsigned)v);
        put(t, arc);
        first = false;
        v = 0;
    }
}

static void put_type(struct text *t, struct ratls_bytes oid)
{
    static const struct {
        struct ratls_bytes (*oid)(void);
        const char *label;
    } known[] = {
        {rt_oid_CN, "CN"},    {rt_oid_ORGANIZATION, "O"}, {rt_oid_LOCALITY, "L"},
        {rt_oid_STATE, "ST"}, {rt_oid_COUNTRY, "C"},      {rt_oid_UNIT, "OU"},
    };

    for (size_t i = 0; i < RT_COUNT(known); i++)
        if (ratls_bytes_equal(known[i].oid(), oid)) {
            put(t, known[i].label);
            return;
        }
    put_dotted(t, oid);
}

void rt_x509_name_text(struct ratls_bytes name, char *out, size_t cap)
{
    struct walk w = begin(name);
    struct text t = {.p = out, .cap = cap};
    struct attribute a;

    if (cap == 0)
        return;
    while (next(&w, &a)) {
        if (t.len > 0)
            put(&t, a.opens_rdn ? ", " : "+");
        put_type(&t, a.type);
        put(&t, "=");
        put_value(&t, a.value);
    }
    out[t.len] = 0;
}
