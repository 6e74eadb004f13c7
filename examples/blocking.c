/* An attested client over a blocking socket: says hello, prints the answer.
 *     blocking PORT POLICY.json PEER-ROOT.pem OWN-PKI-DIR */
#include <arpa/inet.h>
#include <unistd.h>

#include "context.h"

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct ratls_error err = {0};
    struct ratls_conn *conn;
    uint8_t answer[256];
    size_t n;

    if (argc != 5)
        return 2;
    struct ratls_ctx *ctx = context(argv[2], argv[3], argv[4]);
    int fd = dial(argv[1]);
    must(ratls_conn_new(ctx, RATLS_CLIENT, ratls_io_fd(fd), &conn, &err), "connection", &err);

    /* One call: TLS, evidence of both sides, session proofs, both verdicts. */
    enum ratls_err e = ratls_conn_handshake(conn);
    must(e, "handshake", ratls_conn_error(conn));
    printf("peer: %s %s\n", ratls_verdict_tee(ratls_conn_verdict(conn)),
           ratls_verdict_measurement(ratls_conn_verdict(conn)));

    must(ratls_conn_write(conn, (const uint8_t *)"hello\n", 6, &n), "write", NULL);
    must(ratls_conn_read(conn, answer, sizeof answer, &n), "read", NULL);
    fwrite(answer, 1, n, stdout);

    must(ratls_conn_close_write(conn), "close", NULL);
    ratls_conn_free(conn);
    ratls_ctx_unref(ctx);
    close(fd);
    return 0;
}
