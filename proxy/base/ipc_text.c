/* Texts in payloads. */
#include "ipc_text.h"

bool px_is_printable(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

bool px_is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool px_is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
}

void px_get_field(struct px_reader *r, const struct px_text_field *f)
{
    struct ratls_bytes raw = px_get_bytes(r, px_get_u8(r));

    if (raw.len < f->min || raw.len >= f->size) {
        r->bad = true;
        return;
    }
    for (size_t i = 0; i < raw.len; i++) {
        f->at[i] = (char)raw.p[i];
        r->bad = r->bad || !f->is(f->at[i]);
    }
    f->at[raw.len] = 0;
}

size_t px_field_len(const struct px_text_field *f)
{
    return 1 + strlen(f->at);
}

void px_put_field(struct px_message *m, const struct px_text_field *f)
{
    px_put_uint(m, strlen(f->at), 1);
    px_put_bytes(m, ratls_bytes_str(f->at));
}

enum ratls_level px_get_level(struct px_reader *r)
{
    static const enum ratls_level levels[] = {RATLS_LEVEL_KEY, RATLS_LEVEL_SESSION,
                                              RATLS_LEVEL_QUOTE};
    uint8_t level = px_get_u8(r);

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (levels[i] == level)
            return levels[i];
    r->bad = true;
    return RATLS_LEVEL_NONE;
}
