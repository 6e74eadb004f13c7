#include "eventlog.h"

#include "sm.h"

#define EV_NO_ACTION 3 /* PC Client Platform Firmware Profile, table "Events" */
#define SHA1_LEN     20

/* TCG Algorithm Registry, "TPM_ALG_ID". */
enum { ALG_SHA1 = 0x04, ALG_SHA256 = 0x0b, ALG_SHA384 = 0x0c, ALG_SHA512 = 0x0d };
enum { ALG_SM3_256 = 0x12, ALG_SHA3_256 = 0x27, ALG_SHA3_384 = 0x28, ALG_SHA3_512 = 0x29 };

/* What a header may declare; those without rt_hash are stepped over. */
static const struct algorithm {
    uint16_t id, len;
} algorithms[] = {
    {ALG_SHA1, SHA1_LEN},        {ALG_SHA256, RT_SHA256_LEN}, {ALG_SHA384, RT_SHA384_LEN},
    {ALG_SHA512, RT_SHA512_LEN}, {ALG_SM3_256, RT_SM3_LEN},   {ALG_SHA3_256, 32},
    {ALG_SHA3_384, 48},          {ALG_SHA3_512, 64},
};

struct replay {
    const struct rt_eventlog_rules *rules;
    struct rt_reader r;
    size_t event;                                    /* being read; 0 is the header */
    const struct algorithm *algs[RT_MAX_LOG_HASHES]; /* of the header */
    size_t n_algs;
    uint16_t wanted;    /* the algorithm that is replayed */
    bool locality_seen; /* of the startup */
    struct rt_eventlog *out;
    struct ratls_error *err;
};

/* The reader returns zeros once it ran dry: then the value says nothing. */
static enum ratls_err malformed(const struct replay *p, const char *what, size_t value)
{
    if (p->r.bad)
        return ratls_fail(p->err, RATLS_E_EVENT_LOG, "event %zu is cut off", p->event);
    return ratls_fail(p->err, RATLS_E_EVENT_LOG, "event %zu: %s %zu", p->event, what, value);
}

static uint16_t algorithm_id(const struct rt_eventlog_rules *rules)
{
    if (rules->sm3)
        return ALG_SM3_256;
    switch (rules->hash) {
    case RT_SHA256:
        return ALG_SHA256;
    case RT_SHA384:
        return ALG_SHA384;
    case RT_SHA512:
        return ALG_SHA512;
    }
    return 0; /* reserved: no header may declare it */
}

/* Position among the algorithms of the header; n_algs when it is not there. */
static size_t position(const struct replay *p, uint16_t id)
{
    size_t i = 0;

    while (i < p->n_algs && p->algs[i]->id != id)
        i++;
    return i;
}

/* ---- header: TCG_PCClientPCREvent with TCG_EfiSpecIDEvent ---- */

static enum ratls_err add_algorithm(struct replay *p, uint16_t id, uint16_t len)
{
    size_t i = 0;

    while (i < RT_COUNT(algorithms) && algorithms[i].id != id)
        i++;
    if (i == RT_COUNT(algorithms))
        return malformed(p, "unknown algorithm", id);
    if (algorithms[i].len != len)
        return malformed(p, "wrong digest size of algorithm", id);
    if (position(p, id) < p->n_algs)
        return malformed(p, "repeated algorithm", id);
    p->algs[p->n_algs++] = &algorithms[i];
    return RATLS_OK;
}

static enum ratls_err read_algorithms(struct replay *p, struct rt_reader *r)
{
    uint32_t n = rt_u32le(r);
    enum ratls_err e;

    if (n > RT_MAX_LOG_HASHES)
        return malformed(p, "number of algorithms", n);
    for (uint32_t i = 0; i < n; i++) {
        uint16_t id = rt_u16le(r);
        if ((e = add_algorithm(p, id, rt_u16le(r))) != RATLS_OK)
            return e;
    }
    if (position(p, p->wanted) == p->n_algs)
        return malformed(p, "no digests of algorithm", p->wanted);
    return RATLS_OK;
}

static enum ratls_err read_header(struct replay *p)
{
    static const uint8_t signature[16] = "Spec ID Event03";
    enum ratls_err e;

    rt_skip(&p->r, 4); /* register */
    uint32_t type = rt_u32le(&p->r);
    rt_skip(&p->r, SHA1_LEN);
    uint32_t size = rt_u32le(&p->r);
    struct rt_reader r = rt_reader(rt_take_bytes(&p->r, size));
    const uint8_t *begin = rt_take(&r, sizeof signature);
    if (type != EV_NO_ACTION || !begin || memcmp(begin, signature, sizeof signature) != 0)
        return malformed(p, "no Spec ID Event03 in the event of type", type);
    rt_skip(&r, 4 + 3 + 1); /* platform class, version, size of UINTN */
    if ((e = read_algorithms(p, &r)) != RATLS_OK)
        return e;
    rt_skip(&r, rt_u8(&r)); /* vendor information */
    return rt_at_end(&r) ? RATLS_OK : malformed(p, "content does not fill its size", size);
}

/* ---- events: TCG_PCR_EVENT2 ---- */

struct event {
    uint32_t index, type;
    struct ratls_bytes digests[RT_MAX_LOG_HASHES]; /* in the order of the header */
    struct ratls_bytes content;                    /* what the digests may stand for */
};

static enum ratls_err read_digest(struct replay *p, struct event *ev)
{
    uint16_t id = rt_u16le(&p->r);
    size_t i = position(p, id);

    if (i == p->n_algs)
        return malformed(p, "not in the header, algorithm", id);
    if (ev->digests[i].p)
        return malformed(p, "repeated algorithm", id);
    ev->digests[i] = rt_take_bytes(&p->r, p->algs[i]->len);
    return RATLS_OK;
}

/* As many digests as algorithms in the header, each of one of them, none twice: all are there. */
static enum ratls_err read_event(struct replay *p, struct event *ev)
{
    enum ratls_err e;

    *ev = (struct event){0};
    ev->index = rt_u32le(&p->r);
    ev->type = rt_u32le(&p->r);
    uint32_t n = rt_u32le(&p->r);
    if (n != p->n_algs)
        return malformed(p, "number of digests", n);
    for (size_t i = 0; i < p->n_algs; i++)
        if ((e = read_digest(p, ev)) != RATLS_OK)
            return e;
    ev->content = rt_take_bytes(&p->r, rt_u32le(&p->r));
    return p->r.bad ? malformed(p, "", 0) : RATLS_OK;
}

/* TCG_EfiStartupLocalityEvent, PC Client Platform Firmware Profile s.10.4.5.3: the locality of
 * TPM2_Startup, or 4 behind an H-CRTM, is the last byte of the PCR 0 that is extended first. */
static enum ratls_err start_pcr_0(struct replay *p, const struct event *ev)
{
    static const uint8_t signature[16] = "StartupLocality";
    struct rt_reader r = rt_reader(ev->content);
    const uint8_t *begin = rt_take(&r, sizeof signature);
    struct rt_eventlog_register *pcr_0 = &p->out->reg[0];

    if (!begin || memcmp(begin, signature, sizeof signature) != 0)
        return RATLS_OK; /* another kind of EV_NO_ACTION */
    uint8_t locality = rt_u8(&r);
    if (!rt_at_end(&r))
        return malformed(p, "startup locality of size", ev->content.len);
    if (locality != 0 && locality != 3 && locality != 4)
        return malformed(p, "there is no startup locality", locality);
    if (ev->index != 0)
        return malformed(p, "startup locality of register", ev->index);
    if (p->locality_seen || pcr_0->n_events > 0)
        return malformed(p, "second or late startup locality", locality);
    p->locality_seen = true;
    pcr_0->value[p->out->digest_len - 1] = locality;
    return RATLS_OK;
}

static enum ratls_err run_hash(const struct rt_eventlog_rules *rules, struct ratls_bytes in,
                               uint8_t *out)
{
    return rules->sm3 ? rt_sm3(in, out) : rt_hash(rules->hash, in, out);
}

static enum ratls_err extend(struct replay *p, uint32_t index, struct ratls_bytes digest)
{
    uint8_t joined[2 * RT_EVENTLOG_MAX_DIGEST_LEN];

    if (index >= p->out->n_registers)
        return malformed(p, "there is no register", index);
    struct rt_eventlog_register *reg = &p->out->reg[index];
    memcpy(joined, reg->value, digest.len);
    memcpy(joined + digest.len, digest.p, digest.len);
    enum ratls_err e = run_hash(p->rules, ratls_bytes(joined, 2 * digest.len), reg->value);
    if (e)
        return ratls_fail(p->err, e, "event %zu: hash", p->event);
    reg->n_events++;
    return RATLS_OK;
}

static enum ratls_err visit(const struct replay *p, const struct rt_eventlog_event *event)
{
    enum ratls_err e = p->rules->visit(p->rules->arg, event);

    return e ? ratls_fail(p->err, e, "event %zu", p->event) : RATLS_OK;
}

static enum ratls_err replay_event(struct replay *p)
{
    struct event ev;
    enum ratls_err e;

    p->event++;
    if (p->event > RT_MAX_EVENTS)
        return malformed(p, "more events than", RT_MAX_EVENTS);
    if ((e = read_event(p, &ev)) != RATLS_OK)
        return e;
    p->out->n_events++;
    if (ev.type == EV_NO_ACTION)
        return p->rules->style == RT_EVENTLOG_TPM ? start_pcr_0(p, &ev) : RATLS_OK;
    struct rt_eventlog_event seen = {ev.index, ev.type, ev.digests[position(p, p->wanted)],
                                     ev.content};
    if ((e = extend(p, seen.index, seen.digest)) != RATLS_OK)
        return e;
    return p->rules->visit ? visit(p, &seen) : RATLS_OK;
}

/* Up to the unused part of an ACPI area. No event is taken for it: the number of its digests is
 * neither 0 nor 0xffffffff, which also ends that walk in the first bytes of an event. */
static enum ratls_err replay_all(struct replay *p)
{
    enum ratls_err e = read_header(p);

    while (e == RATLS_OK && !rt_is_filler(rt_rest(&p->r)))
        e = replay_event(p);
    return e;
}

static size_t n_registers(enum rt_eventlog_style style)
{
    switch (style) {
    case RT_EVENTLOG_CC:
        return RT_EVENTLOG_CC_REGISTERS;
    case RT_EVENTLOG_TPM:
        return RT_EVENTLOG_TPM_REGISTERS;
    }
    return 0;
}

enum ratls_err rt_eventlog_walk(struct ratls_bytes log, const struct rt_eventlog_rules *rules,
                                struct rt_eventlog *out, struct ratls_error *err)
{
    struct replay p = {
        .rules = rules, .r = rt_reader(log), .wanted = algorithm_id(rules), .out = out, .err = err};

    *out = (struct rt_eventlog){.hash = rules->hash,
                                .digest_len = rules->sm3 ? RT_SM3_LEN : rt_hash_len(rules->hash),
                                .n_registers = n_registers(rules->style)};
    enum ratls_err e =
        log.len <= RT_MAX_EVENT_LOG ? replay_all(&p) : malformed(&p, "log of size", log.len);
    if (e)
        *out = (struct rt_eventlog){0};
    return e;
}

enum ratls_err rt_eventlog_replay(struct ratls_bytes log, enum rt_hash hash,
                                  struct rt_eventlog *out, struct ratls_error *err)
{
    const struct rt_eventlog_rules rules = {.hash = hash, .style = RT_EVENTLOG_CC};

    return rt_eventlog_walk(log, &rules, out, err);
}

enum rt_eventlog_match rt_eventlog_compare(const struct rt_eventlog *log, size_t i,
                                           struct ratls_bytes value)
{
    if (i >= log->n_registers || log->digest_len == 0 || value.len != log->digest_len)
        return RT_EVENTLOG_MISMATCH;
    if (memcmp(log->reg[i].value, value.p, value.len) == 0)
        return RT_EVENTLOG_MATCH;
    return log->reg[i].n_events > 0 ? RT_EVENTLOG_MISMATCH : RT_EVENTLOG_ABSENT;
}
