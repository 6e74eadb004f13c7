/* Subjects as text. */
#include "subject_line.h"

#include <stdlib.h>

#include "ipc_text.h"

#define TEXTS       6
#define SECRET_TEXT ((size_t)2 * PX_SUBJECT_SECRET)

static void texts_of(struct px_subject *s, struct px_text_field out[TEXTS])
{
    const struct px_text_field texts[TEXTS] = {
        {s->service, sizeof s->service, px_is_printable, 1},
        {s->peer, sizeof s->peer, px_is_printable, 0},
        {s->detail, sizeof s->detail, px_is_printable, 0},
        {s->policy, sizeof s->policy, px_is_printable, 0},
        {s->tee, sizeof s->tee, px_is_word, 0},
        {s->measurement, sizeof s->measurement, px_is_hex, 0},
    };

    memcpy(out, texts, sizeof texts);
}

/* ---- claims: how many (2), of each name, type and value ---- */

typedef bool tells_fn(const char *name);

static void put_claim(struct px_message *m, const struct ratls_claim *c)
{
    px_put_text(m, c->name);
    px_put_uint(m, (uint64_t)c->type, 1);
    switch (c->type) {
    case RATLS_CLAIM_TEXT:
        px_put_text(m, c->text);
        return;
    case RATLS_CLAIM_UINT:
    case RATLS_CLAIM_BOOL:
        px_put_uint(m, c->number, 8);
        return;
    case RATLS_CLAIM_LIST:
        px_put_uint(m, c->n_items, 2);
        for (size_t i = 0; i < c->n_items; i++)
            px_put_text(m, c->items[i]);
        return;
    }
}

static bool tells_all(const char *name)
{
    (void)name;
    return true;
}

static void put_claims(struct px_message *m, const struct ratls_claims *claims, tells_fn *tells)
{
    const size_t n = claims ? ratls_claims_count(claims) : 0;
    size_t told = 0;

    px_put_uint(m, claims != NULL, 1);
    for (size_t i = 0; i < n; i++)
        told += tells(ratls_claims_at(claims, i)->name);
    if (claims)
        px_put_uint(m, told, 2);
    for (size_t i = 0; i < n; i++)
        if (tells(ratls_claims_at(claims, i)->name))
            put_claim(m, ratls_claims_at(claims, i));
}

static void get_list(struct px_reader *r, struct ratls_claims *c, const char *name)
{
    (void)ratls_claims_add_item(c, name, NULL);
    for (uint16_t n = px_get_u16(r); n > 0 && !r->bad; n--) {
        char *item = px_get_text(r);
        if (item)
            (void)ratls_claims_add_item(c, name, item);
        free(item);
    }
}

static void get_value(struct px_reader *r, struct ratls_claims *c, const char *name)
{
    uint64_t number = 0;
    char *text = NULL;

    switch ((enum ratls_claim_type)px_get_u8(r)) {
    case RATLS_CLAIM_TEXT:
        text = px_get_text(r);
        if (text)
            (void)ratls_claims_set_text(c, name, text);
        free(text);
        return;
    case RATLS_CLAIM_UINT:
        (void)ratls_claims_set_uint(c, name, px_get_u64(r));
        return;
    case RATLS_CLAIM_BOOL:
        number = px_get_u64(r);
        (void)ratls_claims_set_bool(c, name, number == 1);
        r->bad = r->bad || number > 1;
        return;
    case RATLS_CLAIM_LIST:
        get_list(r, c, name);
        return;
    }
    r->bad = true;
}

static struct ratls_claims *get_claims(struct px_reader *r, tells_fn *tells)
{
    uint8_t told = px_get_u8(r);

    if (told == 0 || r->bad)
        return NULL;
    struct ratls_claims *c = ratls_claims_new();
    r->bad = !c || told > 1;
    for (uint16_t n = r->bad ? 0 : px_get_u16(r); n > 0 && !r->bad; n--) {
        char *name = px_get_text(r);
        if (name && (ratls_claims_get(c, name) || !tells(name)))
            r->bad = true; /* twice: which one counts? */
        else if (name)
            get_value(r, c, name);
        free(name);
    }
    r->bad = r->bad || ratls_claims_status(c) != RATLS_OK;
    return c;
}

/* ---- the payload ---- */

static void put_key(struct px_message *m, struct ratls_bytes key)
{
    px_put_uint(m, key.len, 2);
    px_put_bytes(m, key);
}

static struct ratls_bytes get_key(struct px_reader *r)
{
    struct ratls_bytes key = px_get_bytes(r, px_get_u16(r));

    r->bad = r->bad || key.len > PX_SUBJECT_SPKI;
    return key;
}

/* ---- devices: how many (1), of each label, kind, whether it is simulated, vector, claims ---- */

void px_subject_take_devices(struct px_subject *s, const struct ratls_ear_subject *of, bool claims)
{
    s->n_devices = of->n_devices;
    for (size_t i = 0; i < of->n_devices; i++) {
        s->device[i] = of->device[i];
        if (!claims)
            s->device[i].claims = NULL;
    }
}

static void texts_of_device(struct ratls_ear_device *d, struct px_text_field out[2])
{
    out[0] = (struct px_text_field){d->label, sizeof d->label, px_is_word, 1};
    out[1] = (struct px_text_field){d->kind, sizeof d->kind, px_is_word, 1};
}

static void put_devices(struct px_message *m, const struct px_subject *s)
{
    px_put_uint(m, s->n_devices, 1);
    for (size_t i = 0; i < s->n_devices; i++) {
        struct ratls_ear_device d = s->device[i];
        struct px_text_field texts[2];
        texts_of_device(&d, texts);
        px_put_field(m, &texts[0]);
        px_put_field(m, &texts[1]);
        px_put_uint(m, d.simulated, 1);
        px_put_bytes(m, ratls_bytes((const uint8_t *)d.vector, sizeof d.vector));
        put_claims(m, d.claims, ratls_ear_tells_device);
    }
}

static void get_devices(struct px_reader *r, struct px_subject *s)
{
    const uint8_t n = px_get_u8(r);

    r->bad = r->bad || n > RATLS_EAR_DEVICES;
    for (; s->n_devices < n && !r->bad; s->n_devices++) {
        struct ratls_ear_device *d = &s->device[s->n_devices];
        struct px_text_field texts[2];
        texts_of_device(d, texts);
        px_get_field(r, &texts[0]);
        px_get_field(r, &texts[1]);
        const uint8_t simulated = px_get_u8(r);
        d->simulated = simulated == 1;
        r->bad = r->bad || simulated > 1;
        px_get_copy(r, (uint8_t *)d->vector, sizeof d->vector);
        d->claims = s->own_device_claims[s->n_devices] = get_claims(r, ratls_ear_tells_device);
    }
}

static void put_subject(struct px_message *m, const struct px_subject *s)
{
    struct px_subject copy = *s;
    struct px_text_field texts[TEXTS];

    texts_of(&copy, texts);
    for (size_t i = 0; i < TEXTS; i++)
        px_put_field(m, &texts[i]);
    px_put_uint(m, (uint64_t)s->of, 1);
    px_put_uint(m, s->attested, 1);
    px_put_bytes(m, ratls_bytes(s->asker, sizeof s->asker));
    px_put_bytes(m, ratls_bytes(s->nonce, sizeof s->nonce));
    px_put_uint(m, (uint64_t)s->fault, 2);
    px_put_uint(m, (uint64_t)s->level, 1);
    px_put_uint(m, s->simulated, 1);
    px_put_uint(m, (uint64_t)s->expires, 8);
    px_put_bytes(m, ratls_bytes(s->vector, sizeof s->vector));
    px_put_bytes(m, ratls_bytes(s->spki_sha256, sizeof s->spki_sha256));
    px_put_bytes(m, ratls_bytes(s->cert_sha256, sizeof s->cert_sha256));
    put_key(m, s->spki);
    put_key(m, s->ak_spki);
    put_devices(m, s);
    put_claims(m, s->claims, tells_all);
}

/* A verdict that allows has what tokens are made of. */
static bool is_verdict(const struct px_subject *s)
{
    const bool channel = s->of == PX_OF_CHANNEL;

    return s->tee[0] && !s->fault && channel == (s->level != RATLS_LEVEL_NONE) &&
           (!channel || (s->attested && s->spki.len > 0));
}

static bool is_whole(const struct px_subject *s)
{
    switch (s->of) {
    case PX_OF_CHANNEL:
    case PX_OF_EVIDENCE:
        return is_verdict(s);
    case PX_OF_REFUSED:
        return s->fault != RATLS_OK && s->fault < RATLS_ERR_COUNT;
    case PX_OF_NOBODY:
        return !s->attested && !s->fault;
    case PX_OF_BUSY:
        return !s->fault;
    }
    return false;
}

static void get_asker(struct px_reader *r, struct px_subject *s)
{
    s->of = (enum px_subject_of)px_get_u8(r);
    const uint8_t attested = px_get_u8(r);
    px_get_copy(r, s->asker, sizeof s->asker);
    px_get_copy(r, s->nonce, sizeof s->nonce);
    s->fault = (enum ratls_err)px_get_u16(r);
    s->attested = attested == 1;
    r->bad = r->bad || attested > 1;
}

static bool get_subject(struct ratls_bytes payload, struct px_subject *s)
{
    struct px_reader r = px_reader(payload);
    struct px_text_field texts[TEXTS];

    texts_of(s, texts);
    for (size_t i = 0; i < TEXTS; i++)
        px_get_field(&r, &texts[i]);
    get_asker(&r, s);
    const uint8_t level = px_get_u8(&r);
    s->level = (enum ratls_level)level;
    uint8_t simulated = px_get_u8(&r);
    uint64_t expires = px_get_u64(&r);
    px_get_copy(&r, (uint8_t *)s->vector, sizeof s->vector);
    px_get_copy(&r, s->spki_sha256, sizeof s->spki_sha256);
    px_get_copy(&r, s->cert_sha256, sizeof s->cert_sha256);
    s->spki = get_key(&r);
    s->ak_spki = get_key(&r);
    get_devices(&r, s);
    s->claims = s->own_claims = get_claims(&r, tells_all);
    s->simulated = simulated == 1;
    s->expires = (int64_t)expires;
    return simulated <= 1 && level <= RATLS_LEVEL_QUOTE && expires <= INT64_MAX &&
           px_reader_done(&r) && is_whole(s);
}

/* ---- text ---- */

static char *put_hex(char *to, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *to++ = digits[bytes[i] >> 4];
        *to++ = digits[bytes[i] & 15];
    }
    return to;
}

static uint8_t value_of(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* `n` bytes of 2 * n digits. */
static bool get_hex(const char *digits, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < 2 * n; i++)
        if (!px_is_hex(digits[i]))
            return false;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(value_of(digits[2 * i]) << 4 | value_of(digits[2 * i + 1]));
    return true;
}

/* NULL: too long, or no memory. */
static char *line_of(const uint8_t secret[PX_SUBJECT_SECRET], const struct px_subject *s)
{
    struct px_message *m = px_message_new(PX_MSG_SUBJECT, PX_SUBJECT_MAX);
    char *line = NULL;

    put_subject(m, s);
    if (m && !m->bad && (line = malloc(PX_SUBJECT_LINE + 1)) != NULL) {
        char *at = put_hex(line, secret, PX_SUBJECT_SECRET);
        *at++ = '.';
        at = put_hex(at, &m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER);
        *at = 0;
    }
    px_message_free(m);
    return line;
}

char *px_subject_line(const uint8_t secret[PX_SUBJECT_SECRET], const struct px_subject *s)
{
    char *line = line_of(secret, s);

    if (line || (s->of != PX_OF_CHANNEL && s->of != PX_OF_EVIDENCE))
        return line;
    struct px_subject refused = *s;
    refused.of = PX_OF_REFUSED;
    refused.fault = RATLS_E_LIMIT;
    refused.claims = NULL;
    refused.n_devices = 0;
    return line_of(secret, &refused);
}

void px_subject_line_free(char *line)
{
    if (line)
        explicit_bzero(line, strlen(line));
    free(line);
}

/* In constant time, whatever was sent. */
static bool is_secret(const char *value, const uint8_t secret[PX_SUBJECT_SECRET])
{
    char expected[SECRET_TEXT];
    unsigned differ = 0;

    (void)put_hex(expected, secret, PX_SUBJECT_SECRET);
    for (size_t i = 0; i < SECRET_TEXT; i++)
        differ |= (unsigned)(value[i] ^ expected[i]);
    explicit_bzero(expected, sizeof expected);
    return differ == 0;
}

bool px_subject_read(const char *value, const uint8_t secret[PX_SUBJECT_SECRET],
                     struct px_subject *out)
{
    const size_t len = strlen(value);

    *out = (struct px_subject){0};
    if (len <= SECRET_TEXT + 1 || len > PX_SUBJECT_LINE || !is_secret(value, secret) ||
        value[SECRET_TEXT] != '.' || (len - SECRET_TEXT - 1) % 2 != 0)
        return false;
    const size_t n = (len - SECRET_TEXT - 1) / 2;
    out->payload = malloc(n);
    return out->payload && get_hex(&value[SECRET_TEXT + 1], out->payload, n) &&
           get_subject(ratls_bytes(out->payload, n), out);
}

void px_subject_free(struct px_subject *s)
{
    ratls_claims_free(s->own_claims);
    for (size_t i = 0; i < RATLS_EAR_DEVICES; i++)
        ratls_claims_free(s->own_device_claims[i]);
    free(s->payload);
    *s = (struct px_subject){0};
}
