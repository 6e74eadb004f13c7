/* ClientHello, RFC 8446 s.4.1.2, and server_name, RFC 6066 s.3. */
#include "hello.h"
#include "ipc.h"

#define RECORD_HEADER   5
#define RECORD_MAX      16384 /* RFC 8446 s.5.1 */
#define TYPE_HANDSHAKE  22
#define CLIENT_HELLO    1
#define EXT_SERVER_NAME 0
#define NAME_TYPE_HOST  0

/* Payloads of handshake records, one behind the other at the beginning of `bytes`. */
struct joined {
    size_t len;
    bool other; /* a record of another kind follows */
};

static struct joined join_records(uint8_t *bytes, size_t len)
{
    struct joined j = {0};
    size_t at = 0;

    while (len - at >= RECORD_HEADER) {
        size_t payload = (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        size_t there = len - at - RECORD_HEADER;
        j.other = bytes[at] != TYPE_HANDSHAKE || bytes[at + 1] != 3 || payload == 0 ||
                  payload > RECORD_MAX;
        if (j.other)
            return j;
        if (there > payload)
            there = payload;
        memmove(&bytes[j.len], &bytes[at + RECORD_HEADER], there);
        j.len += there;
        at += RECORD_HEADER + there;
        if (there < payload)
            return j;
    }
    return j;
}

/* RFC 6066 s.3: no more than one name of a type. */
static bool parse_server_name(struct ratls_bytes ext, struct ratls_bytes *name)
{
    struct px_reader r = px_reader(ext);
    struct px_reader list = px_reader(px_get_bytes(&r, px_get_u16(&r)));

    uint8_t type = px_get_u8(&list);
    *name = px_get_bytes(&list, px_get_u16(&list));
    return px_reader_done(&r) && px_reader_done(&list) && type == NAME_TYPE_HOST && name->len > 0;
}

/* False: malformed. *name is empty where there is none. */
static bool parse_extensions(struct ratls_bytes extensions, struct ratls_bytes *name)
{
    struct px_reader r = px_reader(extensions);
    size_t n = 0;

    while (!r.bad && r.left > 0) {
        uint16_t type = px_get_u16(&r);
        struct ratls_bytes ext = px_get_bytes(&r, px_get_u16(&r));
        if (r.bad || type != EXT_SERVER_NAME)
            continue;
        if (++n > 1 || !parse_server_name(ext, name))
            return false;
    }
    return px_reader_done(&r);
}

static bool parse_hello(struct ratls_bytes body, struct ratls_bytes *name)
{
    struct px_reader r = px_reader(body);

    (void)px_get_u16(&r);                   /* legacy_version */
    (void)px_get_bytes(&r, 32);             /* random */
    (void)px_get_bytes(&r, px_get_u8(&r));  /* legacy_session_id */
    (void)px_get_bytes(&r, px_get_u16(&r)); /* cipher_suites */
    (void)px_get_bytes(&r, px_get_u8(&r));  /* legacy_compression_methods */
    struct ratls_bytes extensions = px_get_bytes(&r, px_get_u16(&r));
    return px_reader_done(&r) && parse_extensions(extensions, name);
}

static enum px_hello_is judge(struct ratls_bytes body, char name[PX_MAX_HOST + 1])
{
    struct ratls_bytes found = {0};

    if (!parse_hello(body, &found))
        return PX_HELLO_MALFORMED;
    if (found.len == 0)
        return PX_HELLO_NAMELESS;
    return px_name_parse(found, name) ? PX_HELLO_NAMED : PX_HELLO_MALFORMED;
}

enum px_hello_is px_hello_parse(uint8_t *bytes, size_t len, char name[PX_MAX_HOST + 1])
{
    bool full = len >= PX_HELLO_MAX;
    struct joined j = join_records(bytes, full ? PX_HELLO_MAX : len);
    struct px_reader r = px_reader(ratls_bytes(bytes, j.len));

    uint8_t type = px_get_u8(&r);
    if (!r.bad && type != CLIENT_HELLO)
        return PX_HELLO_MALFORMED;
    size_t size = (size_t)px_get_u8(&r) << 16;
    size |= px_get_u16(&r);
    struct ratls_bytes body = px_get_bytes(&r, size);
    if (!r.bad)
        return judge(body, name);
    if (size > PX_HELLO_MAX)
        return PX_HELLO_LONG;
    if (j.other)
        return PX_HELLO_MALFORMED;
    return full ? PX_HELLO_LONG : PX_HELLO_PART;
}
