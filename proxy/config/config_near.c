/* The key that is meant, and the one that somebody may have meant. */
#include <string.h>

#include "config_impl.h"

#define MAX_KEY   32 /* longer ones are no typos of a key */
#define MAX_EDITS 2

char px_key_char(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static bool same_key(const char *a, const char *b)
{
    size_t i = 0;

    while (a[i] && px_key_char(a[i]) == px_key_char(b[i]))
        i++;
    return !a[i] && !b[i];
}

const struct px_option *px_option_find(const char *key)
{
    const struct px_option *o;

    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++)
        if (same_key(key, o->name) || (o->alias && same_key(key, o->alias)))
            return o;
    return NULL;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein: how many characters must be put in, taken out or changed. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[MAX_KEY + 1];
    size_t len = strlen(b);

    for (size_t k = 0; k <= len; k++)
        row[k] = (unsigned)k;
    for (size_t i = 0; a[i]; i++) {
        unsigned corner = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t k = 0; k < len; k++) {
            unsigned up = row[k + 1];
            unsigned change = corner + (px_key_char(a[i]) != px_key_char(b[k]));
            row[k + 1] = least(up + 1, row[k] + 1, change);
            corner = up;
        }
    }
    return row[len];
}

static void consider(const char *key, const char *name, const char **best, unsigned *edits)
{
    unsigned d = name && strlen(name) <= MAX_KEY ? distance(key, name) : *edits;

    if (d < *edits) {
        *edits = d;
        *best = name;
    }
}

const char *px_option_near(const char *key)
{
    /* Of a short key, half would be another word. */
    unsigned edits = 1 + (strlen(key) < 5 ? 1 : MAX_EDITS);
    const struct px_option *o;
    const char *best = NULL;

    if (strlen(key) > MAX_KEY)
        return NULL;
    for (size_t i = 0; (o = px_option_at(i)) != NULL; i++) {
        consider(key, o->name, &best, &edits);
        consider(key, o->alias, &best, &edits);
    }
    return best;
}
