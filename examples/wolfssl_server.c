/* A wolfSSL server as anybody writes it, with two calls added. Echoes one message.
 *     wolfssl_server PORT POLICY.json PEER-ROOT.pem OWN-PKI-DIR */
#include <wolfssl/options.h>

#include <arpa/inet.h>
#include <ratls/wolfssl.h>
#include <unistd.h>
#include <wolfssl/ssl.h>

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
    return accept(listener, NULL, NULL);
}

int main(int argc, char **argv)
{
    struct ratls_error err = {0};
    struct ratls_verdict *verdict;
    char buf[256];

    if (argc != 5)
        return 2;
    struct ratls_ctx *ctx = context(argv[2], argv[3], argv[4]);
    WOLFSSL_CTX *tls = wolfSSL_CTX_new(wolfTLSv1_3_server_method());
    must(ratls_attach(ctx, RATLS_SERVER, tls, &err), "attach", &err); /* instead of certificates */

    WOLFSSL *ssl = wolfSSL_new(tls);
    wolfSSL_set_fd(ssl, accept_one(argv[1]));
    if (wolfSSL_accept(ssl) != WOLFSSL_SUCCESS)
        return 1;
    must(ratls_judge(ctx, RATLS_SERVER, ssl, &verdict, &err), "judge", &err); /* before any data */
    printf("peer: %s %s\n", ratls_verdict_tee(verdict), ratls_verdict_measurement(verdict));

    int n = wolfSSL_read(ssl, buf, sizeof buf);
    if (n <= 0 || wolfSSL_write(ssl, buf, n) != n)
        return 1;
    ratls_verdict_unref(verdict);
    wolfSSL_shutdown(ssl);
    wolfSSL_free(ssl);
    wolfSSL_CTX_free(tls);
    ratls_ctx_unref(ctx);
    return 0;
}
