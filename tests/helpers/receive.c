/* receive - for the scenarios: a backend that takes PROXY protocol, and a syslog daemon.
 *
 *     receive /PATH    a datagram socket there, which anybody may write to; each datagram is a
 * line. receive PORT     at 127.0.0.1: for each connection one line about its header, written as
 * the specification reads, not as the proxy does; then it answers as HTTP does.
 *
 *     v1 LINE next TEXT
 *     v2 COMMAND FAMILY FROM TO crc=ok|bad|none ssl=CLIENT/VERIFY TYPE=TEXT... next TEXT
 *
 * `next` is the first word behind the header. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX 4096

static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";

static bool take(int fd, uint8_t *out, size_t len)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = recv(fd, &out[got], len - got, 0);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static unsigned u16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) << 16 | u16(&p[2]);
}

static uint32_t crc32c(const uint8_t *p, size_t len)
{
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < 8 * len; i++) {
        uint32_t bit = (crc ^ (uint32_t)p[i / 8] >> i % 8) & 1;
        crc = crc >> 1 ^ (bit ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static const char *crc_of(uint8_t *header, size_t len, uint8_t *at)
{
    uint32_t said = u32(at);

    memset(at, 0, 4);
    return crc32c(header, len) == said ? "ok" : "bad";
}

static void say_address(const uint8_t *ip, const uint8_t *port, int family)
{
    char text[INET6_ADDRSTRLEN] = "?";

    (void)inet_ntop(family, ip, text, sizeof text);
    printf(" %s:%u", text, u16(port));
}

static void say_tlv(uint8_t *header, size_t header_len, uint8_t *value, size_t len)
{
    unsigned type = value[-3];

    if (type == 0x03)
        printf(" crc=%s", len == 4 ? crc_of(header, header_len, value) : "bad");
    else if (type == 0x20 && len >= 5)
        printf(" ssl=%u/%u", value[0], (unsigned)u32(&value[1]));
    else
        printf(" %02x=%.*s", type, (int)len, (const char *)value);
}

static void say_v2(uint8_t *header, size_t len)
{
    unsigned family = header[13];
    size_t at = 16;

    printf("v2 %02x %02x", header[12], family);
    if (family == 0x11) {
        say_address(&header[16], &header[24], AF_INET);
        say_address(&header[20], &header[26], AF_INET);
        at += 12;
    } else if (family == 0x21) {
        say_address(&header[16], &header[48], AF_INET6);
        say_address(&header[32], &header[50], AF_INET6);
        at += 36;
    }
    while (at + 3 <= len && at + 3 + u16(&header[at + 1]) <= len) {
        size_t n = u16(&header[at + 1]);
        say_tlv(header, len, &header[at + 3], n);
        at += 3 + n;
    }
    if (at != len)
        printf(" malformed");
}

static bool take_v1(int fd, uint8_t *line)
{
    size_t n = 12;

    while (n < 107 && line[n - 1] != '\n')
        if (!take(fd, &line[n++], 1))
            return false;
    printf("v1 %.*s", (int)n - 2, (const char *)line);
    return true;
}

static bool take_header(int fd)
{
    static uint8_t header[16 + MAX];

    if (!take(fd, header, 12))
        return false;
    if (memcmp(header, "PROXY ", 6) == 0)
        return take_v1(fd, header);
    if (memcmp(header, signature, 12) != 0 || !take(fd, &header[12], 4) || u16(&header[14]) > MAX ||
        !take(fd, &header[16], u16(&header[14])))
        return false;
    say_v2(header, 16u + u16(&header[14]));
    return true;
}

static void serve(int fd)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n";
    char text[MAX + 1] = "";

    if (!take_header(fd)) {
        printf("no header\n");
        return;
    }
    ssize_t n = recv(fd, text, MAX, 0);
    text[n > 0 ? n : 0] = 0;
    printf(" next %.*s\n", (int)strcspn(text, " \r\n"), text);
    (void)!send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
}

static int take_datagrams(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char text[2 * MAX];
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)unlink(path);
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) || chmod(path, 0666))
        return 1;
    printf("listening\n");
    for (;;) {
        ssize_t n = recv(fd, text, sizeof text, 0);
        if (n < 0)
            return 1;
        printf("%.*s\n", (int)n, text);
    }
}

static int take_connections(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (const struct sockaddr *)&at, sizeof at) || listen(listener, 16))
        return 1;
    printf("listening\n");
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return 1;
        serve(fd);
        (void)close(fd);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    return argv[1][0] == '/' ? take_datagrams(argv[1]) : take_connections(argv[1]);
}
