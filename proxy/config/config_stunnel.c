/* What a stunnel file says in words of its own, and what must be said about it. */
#include <stdlib.h>
#include <string.h>

#include "config_impl.h"

/* ---- translation ---- */

/* stunnel(8), verify: 1 if there is a certificate, 2 it must chain, 3 and be known, 4 be known. A
 * peer that is judged always has one, so that 1 and 2 are the same. */
static void translate_verify(struct px_service *s)
{
    const int level = s->verify_level - 1;

    s->verify_chain = s->verify_chain || (level >= 1 && level <= 3);
    s->verify_peer = s->verify_peer || level >= 3;
    s->require_cert = s->require_cert || level >= 2;
}

void px_config_translate(struct px_service *s)
{
    translate_verify(s);
    if (s->busy_timeout_ms != 0 && s->busy_timeout_ms < s->handshake_timeout_ms)
        s->handshake_timeout_ms = s->busy_timeout_ms;
}

/* ---- notes ---- */

static const char *note_of(const struct px_entry *entry, const struct px_config *c,
                           const struct px_text *t)
{
    const char *note = NULL;

    for (size_t i = 0; !note && i < c->n_services; i++) {
        const struct px_service *s = &c->services[i];
        if (entry->section == 0 || strcmp(t->sections[entry->section - 1].name, s->section) == 0)
            note = px_option_note(entry->option, entry->value, s);
    }
    return note;
}

static enum ratls_err add_warning(char **to, const struct px_entry *entry, const char *note)
{
    const char *ignored = entry->option->disposition == PX_IGNORED ? "is ignored: " : "";

    if (asprintf(to, "%s:%u: %s %s%s", entry->at.file, entry->at.line, entry->option->name, ignored,
                 note) >= 0)
        return RATLS_OK;
    *to = NULL;
    return RATLS_E_NO_MEMORY;
}

enum ratls_err px_config_note(struct px_config *c, const struct px_text *t)
{
    enum ratls_err e = RATLS_OK;
    size_t n = 0;

    c->warnings = calloc(t->n + 1, sizeof *c->warnings);
    if (!c->warnings)
        return RATLS_E_NO_MEMORY;
    for (size_t i = 0; i < t->n && !e; i++) {
        const char *note = note_of(&t->entries[i], c, t);
        if (note)
            e = add_warning(&c->warnings[n++], &t->entries[i], note);
    }
    return e;
}
