/* ipc_text.h - texts in payloads: length (1) and characters, of the kinds that a field may have. */
#ifndef PX_IPC_TEXT_H
#define PX_IPC_TEXT_H

#include "ipc.h"

struct px_text_field {
    char *at; /* of `size`, NUL included */
    size_t size;
    bool (*is)(char c);
    size_t min;
};

bool px_is_printable(char c); /* ASCII, space included */
bool px_is_hex(char c);       /* small */
bool px_is_word(char c);      /* small letters, digits, - and _ */

/* Bad unless the text fits the field. */
void px_get_field(struct px_reader *r, const struct px_text_field *f);
size_t px_field_len(const struct px_text_field *f);
void px_put_field(struct px_message *m, const struct px_text_field *f);
/* Bad unless it is key, session or quote. */
enum ratls_level px_get_level(struct px_reader *r);

#endif
