/* Conditions on peers that a configuration collects, frozen to be shared. */
#include <stdlib.h>

#include "ctx_impl.h"

/* ---- as they are collected ---- */

void rt_demands_free(struct rt_demands *d)
{
    for (size_t i = 0; i < d->n_cas; i++)
        ratls_buffer_free(&d->cas[i]);
    for (size_t i = 0; i < d->n_crls; i++)
        ratls_buffer_free(&d->crls[i]);
    for (size_t i = 0; i < d->n_names; i++)
        free(d->names[i]);
    for (size_t i = 0; i < d->n_emails; i++)
        free(d->emails[i]);
    *d = (struct rt_demands){0};
}

/* What is copied is counted, also when memory ends on the way. */
static enum ratls_err copy_texts(char *const *from, size_t n, char **to, size_t *copied)
{
    for (; *copied < n; ++*copied)
        if (!(to[*copied] = strdup(from[*copied])))
            return RATLS_E_NO_MEMORY;
    return RATLS_OK;
}

static enum ratls_err copy_buffers(const struct ratls_buffer *from, size_t n,
                                   struct ratls_buffer *to, size_t *copied)
{
    for (; *copied < n; ++*copied)
        if (rt_dup(rt_bytes_of(&from[*copied]), &to[*copied]) != RATLS_OK)
            return RATLS_E_NO_MEMORY;
    return RATLS_OK;
}

enum ratls_err rt_demands_copy(const struct rt_demands *from, struct rt_demands *to)
{
    enum ratls_err e;

    *to = *from;
    to->n_cas = to->n_crls = to->n_names = to->n_emails = 0;
    if ((e = copy_buffers(from->cas, from->n_cas, to->cas, &to->n_cas)) != RATLS_OK ||
        (e = copy_buffers(from->crls, from->n_crls, to->crls, &to->n_crls)) != RATLS_OK ||
        (e = copy_texts(from->names, from->n_names, to->names, &to->n_names)) != RATLS_OK ||
        (e = copy_texts(from->emails, from->n_emails, to->emails, &to->n_emails)) != RATLS_OK)
        rt_demands_free(to);
    return e;
}

/* ---- as they are used ---- */

static enum ratls_err parse_anchors(struct rt_conditions *c, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (c->of.n_cas == 0)
        return RATLS_OK;
    if (!(c->anchors = calloc(c->of.n_cas, sizeof *c->anchors)))
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < c->of.n_cas && !e; i++)
        e = rt_x509_parse(rt_bytes_of(&c->of.cas[i]), &c->anchors[i], err);
    return e;
}

static enum ratls_err parse_crls(struct rt_conditions *c, struct ratls_error *err)
{
    enum ratls_err e = RATLS_OK;

    if (c->of.n_crls == 0)
        return RATLS_OK;
    if (!(c->crls = calloc(c->of.n_crls, sizeof *c->crls)))
        return RATLS_E_NO_MEMORY;
    while (c->n_crls < c->of.n_crls && !e) { /* counted first: it is freed also when bad */
        const size_t i = c->n_crls++;
        e = rt_crl_parse(rt_bytes_of(&c->of.crls[i]), &c->crls[i], err);
    }
    return e;
}

enum ratls_err rt_conditions_new(const struct rt_demands *d, struct rt_conditions **out,
                                 struct ratls_error *err)
{
    struct rt_conditions *c = *out = calloc(1, sizeof *c);
    enum ratls_err e;

    if (!c)
        return RATLS_E_NO_MEMORY;
    atomic_init(&c->refs, 1);
    if ((e = rt_demands_copy(d, &c->of)) != RATLS_OK || (e = parse_anchors(c, err)) != RATLS_OK ||
        (e = parse_crls(c, err)) != RATLS_OK) {
        rt_conditions_unref(c);
        *out = NULL;
    }
    return e;
}

struct rt_conditions *rt_conditions_ref(struct rt_conditions *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void rt_conditions_unref(struct rt_conditions *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(c->anchors);
    for (size_t i = 0; i < c->n_crls; i++)
        rt_crl_free(&c->crls[i]);
    free(c->crls);
    rt_demands_free(&c->of);
    free(c);
}

/* ---- the same ---- */

static bool same_buffers(const struct ratls_buffer *a, size_t n_a, const struct ratls_buffer *b,
                         size_t n_b)
{
    bool same = n_a == n_b;

    for (size_t i = 0; same && i < n_a; i++)
        same = ratls_bytes_equal(rt_bytes_of(&a[i]), rt_bytes_of(&b[i]));
    return same;
}

static bool same_texts(char *const *a, size_t n_a, char *const *b, size_t n_b)
{
    bool same = n_a == n_b;

    for (size_t i = 0; same && i < n_a; i++)
        same = strcmp(a[i], b[i]) == 0;
    return same;
}

bool rt_conditions_equal(const struct rt_conditions *a, const struct rt_conditions *b)
{
    const struct rt_demands *x = &a->of, *y = &b->of;

    return same_buffers(x->cas, x->n_cas, y->cas, y->n_cas) &&
           same_buffers(x->crls, x->n_crls, y->crls, y->n_crls) &&
           same_texts(x->names, x->n_names, y->names, y->n_names) &&
           same_texts(x->emails, x->n_emails, y->emails, y->n_emails) && x->n_pins == y->n_pins &&
           memcmp(x->pins, y->pins, x->n_pins * sizeof *x->pins) == 0;
}
