/* SOCKS 5. */
#include <arpa/inet.h>

#include "ipc.h"
#include "socks.h"

#define VERSION   5
#define LOGIN     1 /* version of RFC 1929 */
#define CONNECT   1
#define TYPE_IPV4 1
#define TYPE_NAME 3
#define TYPE_IPV6 4

/* s.3: VER | NMETHODS | METHODS */
enum px_socks_is px_socks_greeting(struct ratls_bytes bytes, enum px_socks_method wanted,
                                   size_t *len)
{
    struct px_reader r = px_reader(bytes);
    uint8_t version = px_get_u8(&r);

    if (bytes.len > 0 && version != VERSION)
        return PX_SOCKS_VERSION;
    uint8_t n = px_get_u8(&r);
    struct ratls_bytes methods = px_get_bytes(&r, n);
    if (r.bad)
        return PX_SOCKS_PART;
    *len = bytes.len - r.left;
    return n > 0 && memchr(methods.p, (int)wanted, n) ? PX_SOCKS_WHOLE : PX_SOCKS_METHOD;
}

/* RFC 1929 s.2: VER | ULEN | UNAME | PLEN | PASSWD */
enum px_socks_is px_socks_login(struct ratls_bytes bytes, size_t *len, struct px_socks_login *shown)
{
    struct px_reader r = px_reader(bytes);
    uint8_t version = px_get_u8(&r);
    uint8_t user_len = px_get_u8(&r);

    if ((bytes.len > 0 && version != LOGIN) || (!r.bad && user_len == 0))
        return PX_SOCKS_MALFORMED;
    shown->user = px_get_bytes(&r, user_len);
    uint8_t password_len = px_get_u8(&r);
    if (!r.bad && password_len == 0)
        return PX_SOCKS_MALFORMED;
    shown->password = px_get_bytes(&r, password_len);
    if (r.bad)
        return PX_SOCKS_PART;
    *len = bytes.len - r.left;
    return PX_SOCKS_WHOLE;
}

struct request {
    uint8_t command, type;
    struct ratls_bytes address;
    uint16_t port;
};

/* s.5 */
static bool known_type(uint8_t type)
{
    return type == TYPE_IPV4 || type == TYPE_NAME || type == TYPE_IPV6;
}

static struct ratls_bytes get_address(struct px_reader *r, uint8_t type)
{
    if (type == TYPE_NAME)
        return px_get_bytes(r, px_get_u8(r));
    return px_get_bytes(r, type == TYPE_IPV4 ? 4 : 16);
}

static bool destination(const struct request *q, struct px_destination *to)
{
    if (q->type == TYPE_NAME)
        return px_destination_host(q->address, q->port, to);
    return px_destination_address(q->type == TYPE_IPV4 ? AF_INET : AF_INET6, q->address.p, q->port,
                                  to);
}

/* s.4: VER | CMD | RSV | ATYP | DST.ADDR | DST.PORT */
enum px_socks_is px_socks_request(struct ratls_bytes bytes, size_t *len, struct px_destination *to)
{
    struct px_reader r = px_reader(bytes);
    struct request q = {0};
    uint8_t version = px_get_u8(&r);

    q.command = px_get_u8(&r);
    uint8_t reserved = px_get_u8(&r);
    q.type = px_get_u8(&r);
    if (!r.bad && (version != VERSION || reserved != 0))
        return PX_SOCKS_MALFORMED;
    if (!r.bad && !known_type(q.type))
        return PX_SOCKS_ADDRESS;
    q.address = get_address(&r, q.type);
    q.port = px_get_u16(&r);
    if (r.bad)
        return PX_SOCKS_PART;
    if (q.command != CONNECT)
        return PX_SOCKS_COMMAND;
    *len = bytes.len - r.left;
    return destination(&q, to) ? PX_SOCKS_WHOLE : PX_SOCKS_MALFORMED;
}

void px_socks_answer(enum px_socks_reply reply, uint8_t out[PX_SOCKS_REPLY_LEN])
{
    memset(out, 0, PX_SOCKS_REPLY_LEN);
    out[0] = VERSION;
    out[1] = (uint8_t)reply;
    out[3] = TYPE_IPV4;
}
