#include "ima.h"

#define SHA1_LEN 20 /* TPM_DIGEST_SIZE of the kernel, also of the digest of an old violation */

/* The smallest entry: ima-ng of a SHA-1 and a path of one byte. */
#define MIN_ENTRY (4 + SHA1_LEN + 4 + 6 + 4 + 4 + 6 + SHA1_LEN + 4 + 2)
_Static_assert(RT_MAX_EVENT_LOG / MIN_ENTRY < RT_MAX_EVENTS, "the size limits the entries");

/* Names of the kernel, crypto/hash_info.c. */
static const struct algorithm {
    const char *name;
    size_t len;
} algorithms[] = {
    {"sha1", SHA1_LEN},        {"sha224", 28},
    {"sha256", RT_SHA256_LEN}, {"sha384", RT_SHA384_LEN},
    {"sha512", RT_SHA512_LEN}, {"sm3", 32},
    {"sm3-256", 32},           {"sha3-256", 32},
    {"sha3-384", 48},          {"sha3-512", 64},
};

static const struct template
{
    const char *name;
    bool has_signature;
}
templates[] = {{"ima-ng", false}, {"ima-sig", true}};

struct replay {
    const struct rt_ima_rules *rules;
    struct rt_reader r;    /* over the list */
    struct rt_writer data; /* template data of the ASCII form */
    size_t entry;          /* being read, from 1 */
    struct rt_ima_log *out;
    struct ratls_error *err;
};

struct entry {
    uint64_t index;
    uint8_t template_digest[SHA1_LEN];
    const struct template *template;
    struct ratls_bytes data;         /* what extends the register */
    struct ratls_bytes digest, path; /* out of `data` */
    bool violation;
};

static enum ratls_err malformed(const struct replay *p, const char *what, size_t value)
{
    return ratls_fail(p->err, RATLS_E_EVENT_LOG, "entry %zu: %s %zu", p->entry, what, value);
}

static enum ratls_err cut_off(const struct replay *p)
{
    return ratls_fail(p->err, RATLS_E_EVENT_LOG, "entry %zu is cut off", p->entry);
}

static enum ratls_err find_template(const struct replay *p, struct ratls_bytes name,
                                    struct entry *e)
{
    for (size_t i = 0; i < RT_COUNT(templates); i++)
        if (ratls_bytes_equal(name, ratls_bytes_str(templates[i].name)))
            e->template = &templates[i];
    return e->template ? RATLS_OK : malformed(p, "unknown template, name of length", name.len);
}

/* ---- binary form ---- */

static enum ratls_err read_binary(struct replay *p, struct entry *e)
{
    e->index = rt_u32le(&p->r);
    rt_copy(&p->r, e->template_digest, sizeof e->template_digest);
    struct ratls_bytes name = rt_take_bytes(&p->r, rt_u32le(&p->r));
    if (p->r.bad)
        return cut_off(p);
    enum ratls_err err = find_template(p, name, e);
    if (err)
        return err;
    e->data = rt_take_bytes(&p->r, rt_u32le(&p->r));
    return p->r.bad ? cut_off(p) : RATLS_OK;
}

/* ---- ASCII form: the template data is written again ---- */

/* What stands before the next `end`; both are consumed. */
static struct ratls_bytes take_until(struct rt_reader *r, char end)
{
    struct ratls_bytes rest = rt_rest(r);
    size_t n = 0;

    while (n < rest.len && rest.p[n] != (uint8_t)end)
        n++;
    struct ratls_bytes found = rt_take_bytes(r, n);
    rt_skip(r, 1);
    return r->bad ? ratls_bytes(NULL, 0) : found;
}

/* "%2d" of the kernel. */
static void read_index(struct rt_reader *line, uint64_t *out)
{
    struct ratls_bytes rest = rt_rest(line);

    if (rest.len > 0 && rest.p[0] == ' ')
        rt_skip(line, 1);
    struct ratls_bytes digits = take_until(line, ' ');
    line->bad = line->bad || digits.len < 1 || digits.len > 2;
    for (size_t i = 0; i < digits.len && !line->bad; i++) {
        line->bad = digits.p[i] < '0' || digits.p[i] > '9';
        *out = 10 * *out + (uint64_t)(digits.p[i] - '0');
    }
}

static bool put_hex(struct rt_writer *w, struct ratls_bytes hex)
{
    for (size_t i = 0; i + 1 < hex.len; i += 2) {
        uint8_t byte;
        size_t n = sizeof byte;
        if (!rt_unhex((const char *)hex.p + i, 2, &byte, &n))
            return false;
        rt_put_u8(w, byte);
    }
    return hex.len % 2 == 0;
}

/* "sha256:" and hex. */
static bool put_digest(struct rt_writer *w, struct ratls_bytes text)
{
    struct rt_reader r = rt_reader(text);
    struct ratls_bytes name = take_until(&r, ':'), hex = rt_rest(&r);

    rt_put_u32le(w, (uint32_t)(name.len + 2 + hex.len / 2));
    rt_put_bytes(w, name);
    rt_put(w, ":", 2); /* with its NUL */
    return !r.bad && put_hex(w, hex);
}

static void put_path(struct rt_writer *w, struct ratls_bytes path)
{
    rt_put_u32le(w, (uint32_t)path.len + 1);
    rt_put_bytes(w, path);
    rt_put_u8(w, 0);
}

/* The signature, maybe an empty one, stands behind the last space: the kernel writes none into
 * paths (ima_write_template_field_data). */
static bool put_path_and_signature(struct rt_writer *w, struct ratls_bytes text)
{
    size_t n = text.len;

    while (n > 0 && text.p[n - 1] != ' ')
        n--;
    if (n == 0)
        return false;
    put_path(w, ratls_bytes(text.p, n - 1));
    rt_put_u32le(w, (uint32_t)((text.len - n) / 2));
    return put_hex(w, ratls_bytes(text.p + n, text.len - n));
}

static bool put_fields(struct rt_writer *w, struct rt_reader *line, bool has_signature)
{
    struct ratls_bytes digest = take_until(line, ' '), rest = rt_rest(line);

    w->len = 0;
    if (!put_digest(w, digest))
        return false;
    if (has_signature)
        return put_path_and_signature(w, rest);
    put_path(w, rest);
    return true;
}

static enum ratls_err read_ascii(struct replay *p, struct entry *e)
{
    struct rt_reader line = rt_reader(take_until(&p->r, '\n'));
    size_t n = sizeof e->template_digest;

    if (p->r.bad)
        return cut_off(p);
    read_index(&line, &e->index);
    struct ratls_bytes hex = take_until(&line, ' ');
    struct ratls_bytes name = take_until(&line, ' ');
    if (line.bad || !rt_unhex((const char *)hex.p, hex.len, e->template_digest, &n) ||
        n != sizeof e->template_digest)
        return malformed(p, "no register, SHA-1 and template in a line of rest", line.left);
    enum ratls_err err = find_template(p, name, e);
    if (err)
        return err;
    if (!put_fields(&p->data, &line, e->template->has_signature))
        return malformed(p, "fields of the template in a line of rest", line.left);
    if (p->data.bad)
        return ratls_fail(p->err, RATLS_E_NO_MEMORY, "entry %zu", p->entry);
    e->data = rt_written(&p->data);
    return RATLS_OK;
}

/* ---- template data ---- */

static const struct algorithm *find_algorithm(struct ratls_bytes name)
{
    for (size_t i = 0; i < RT_COUNT(algorithms); i++)
        if (ratls_bytes_equal(name, ratls_bytes_str(algorithms[i].name)))
            return &algorithms[i];
    return NULL;
}

/* d-ng: name of the algorithm, ':', NUL, digest. A violation has zeros there: as many as the
 * algorithm's digest has bytes, or, of older kernels, as many as SHA-1's has. */
static enum ratls_err read_digest(const struct replay *p, struct ratls_bytes field, struct entry *e)
{
    struct rt_reader r = rt_reader(field);
    struct ratls_bytes name = take_until(&r, ':');
    const struct algorithm *alg = find_algorithm(name);

    if (rt_u8(&r) != 0 || !alg)
        return malformed(p, "unknown algorithm, name of length", name.len);
    struct ratls_bytes digest = rt_rest(&r);
    if (digest.len != alg->len && !(e->violation && digest.len == SHA1_LEN))
        return malformed(p, "file digest of size", digest.len);
    if (e->violation && !rt_all_zero(digest.p, digest.len))
        return malformed(p, "violation with a file digest of size", digest.len);
    e->digest = e->violation ? ratls_bytes(NULL, 0) : digest;
    return RATLS_OK;
}

/* n-ng: text and NUL. */
static enum ratls_err read_path(const struct replay *p, struct ratls_bytes field, struct entry *e)
{
    struct rt_reader r = rt_reader(field);

    e->path = take_until(&r, '\0');
    if (!rt_at_end(&r) || e->path.len == 0 || e->path.len > RT_MAX_IMA_PATH)
        return malformed(p, "path of size", field.len);
    return RATLS_OK;
}

static enum ratls_err read_data(const struct replay *p, struct entry *e)
{
    struct rt_reader r = rt_reader(e->data);
    struct ratls_bytes digest = rt_take_bytes(&r, rt_u32le(&r));
    struct ratls_bytes path = rt_take_bytes(&r, rt_u32le(&r));
    enum ratls_err err;

    if (e->template->has_signature)
        rt_skip(&r, rt_u32le(&r));
    if (!rt_at_end(&r))
        return malformed(p, "fields do not fill the template data of size", e->data.len);
    e->violation = rt_all_zero(e->template_digest, sizeof e->template_digest);
    if ((err = read_digest(p, digest, e)) != RATLS_OK)
        return err;
    return read_path(p, path, e);
}

/* ---- replay ---- */

static enum ratls_err extend(struct replay *p, const struct entry *e)
{
    uint8_t joined[2 * RT_SHA512_LEN];
    size_t len = p->out->digest_len;
    enum ratls_err err = RATLS_OK;

    memcpy(joined, p->out->value, len);
    if (e->violation)
        memset(joined + len, 0xff, len);
    else
        err = rt_hash(p->rules->hash, e->data, joined + len);
    if (err == RATLS_OK)
        err = rt_hash(p->rules->hash, ratls_bytes(joined, 2 * len), p->out->value);
    return err ? ratls_fail(p->err, err, "entry %zu: hash", p->entry) : RATLS_OK;
}

static enum ratls_err replay_entry(struct replay *p, bool ascii)
{
    struct entry e = {0};
    enum ratls_err err;

    p->entry++;
    if ((err = ascii ? read_ascii(p, &e) : read_binary(p, &e)) != RATLS_OK)
        return err;
    if (e.index != p->rules->index)
        return malformed(p, "wrong register", (size_t)e.index);
    if ((err = read_data(p, &e)) != RATLS_OK)
        return err;
    if ((err = extend(p, &e)) != RATLS_OK)
        return err;
    p->out->n_entries++;
    p->out->n_violations += e.violation;
    if (!p->rules->visit)
        return RATLS_OK;
    err = p->rules->visit(p->rules->arg, e.digest, e.path);
    return err ? ratls_fail(p->err, err, "entry %zu", p->entry) : RATLS_OK;
}

static enum ratls_err replay_all(struct replay *p, struct ratls_bytes log)
{
    enum ratls_err err = RATLS_OK;

    if (p->out->digest_len == 0)
        return ratls_fail(p->err, RATLS_E_INTERNAL, "IMA log: there is no such hash");
    if (log.len == 0 || log.len > RT_MAX_EVENT_LOG)
        return malformed(p, "log of size", log.len);
    bool ascii = log.p[0] == ' ' || (log.p[0] >= '0' && log.p[0] <= '9');
    while (err == RATLS_OK && !rt_at_end(&p->r))
        err = replay_entry(p, ascii);
    return err;
}

enum ratls_err rt_ima_replay(struct ratls_bytes log, const struct rt_ima_rules *rules,
                             struct rt_ima_log *out, struct ratls_error *err)
{
    struct replay p = {.rules = rules, .r = rt_reader(log), .out = out, .err = err};

    *out = (struct rt_ima_log){.digest_len = rt_hash_len(rules->hash)};
    enum ratls_err e = replay_all(&p, log);
    rt_writer_free(&p.data);
    if (e)
        *out = (struct rt_ima_log){0};
    return e;
}

bool rt_ima_matches(const struct rt_ima_log *log, struct ratls_bytes value)
{
    return log->digest_len > 0 && value.len == log->digest_len &&
           memcmp(log->value, value.p, value.len) == 0;
}
