/* An attested echo server for one peer, over a non-blocking socket and poll(2).
 *     nonblocking PORT POLICY.json PEER-ROOT.pem OWN-PKI-DIR */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "context.h"

static int accept_one(const char *port)
{
    struct sockaddr_in on = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    on.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&on, sizeof on) != 0 || listen(listener, 1) != 0) {
        perror("listen");
        exit(1);
    }
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK);
}

/* Sleep until the socket is ready for what the library asked for; false for anything else. */
static bool ready(int fd, enum ratls_err want)
{
    struct pollfd p = {.fd = fd, .events = want == RATLS_E_WANT_WRITE ? POLLOUT : POLLIN};

    return (want == RATLS_E_WANT_READ || want == RATLS_E_WANT_WRITE) && poll(&p, 1, 10000) > 0;
}

int main(int argc, char **argv)
{
    struct ratls_error err = {0};
    struct ratls_conn *conn;
    uint8_t buf[256];
    size_t n, put;
    enum ratls_err e;

    if (argc != 5)
        return 2;
    struct ratls_ctx *ctx = context(argv[2], argv[3], argv[4]);
    int fd = accept_one(argv[1]);
    must(ratls_conn_new(ctx, RATLS_SERVER, ratls_io_fd(fd), &conn, &err), "connection", &err);

    while ((e = ratls_conn_handshake(conn)) != RATLS_OK && ready(fd, e))
        continue;
    must(e, "handshake", ratls_conn_error(conn));
    while ((e = ratls_conn_read(conn, buf, sizeof buf, &n)) == RATLS_OK || ready(fd, e))
        while (e == RATLS_OK && n && ready(fd, RATLS_E_WANT_WRITE))
            if (ratls_conn_write(conn, buf, n, &put) == RATLS_OK)
                n = 0; /* a write of one small record is taken whole or not at all */
    ratls_conn_free(conn);
    ratls_ctx_unref(ctx);
    close(fd);
    return e == RATLS_E_CLOSED ? 0 : 1;
}
