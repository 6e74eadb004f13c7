/* Seeds: what plain clients of the proxy say, and backends when they are checked. */
#include "forge.h"

#include <stdio.h>

#include "corpus.h"
#include "hello_support.h"

/* What curl 8, nginx' checks and old clients send, and what smugglers do. */
bool corpus_http_head(const struct corpus *c)
{
    static const char *const list[] = {
        "CONNECT web.example:8443 HTTP/1.1\r\nHost: web.example:8443\r\n"
        "User-Agent: curl/8.14.1\r\nProxy-Connection: Keep-Alive\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:4433\r\nUser-Agent: curl/8.14.1\r\n"
        "Accept: */*\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD /healthz HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
        "GET http://a/ HTTP/1.1\r\nHost: a\r\nX: a\r\n b\nContent-Length: 1, 1\r\n\r\n",
        NULL,
    };

    return corpus_texts(c, list);
}

bool corpus_http_status(const struct corpus *c)
{
    static const char *const list[] = {"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n",
                                       "HTTP/1.0 503 Service Unavailable\r\n\r\n",
                                       "HTTP/1.1 399\r\n",
                                       "HTTP/1.1 20",
                                       "HTTP/1.1 600 x",
                                       NULL};

    return corpus_texts(c, list);
}

bool corpus_socks(const struct corpus *c)
{
    static const char name[] = "\x05\x01\x00\x05\x01\x00\x03\x0bweb.example\x01\xbb";
    static const char four[] = "\x05\x02\x00\x02\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb";
    static const char six[] = "\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"
                              "\x01\x01\xbb";
    static const char login[] = "\x05\x01\x02\x01\x01"
                                "a\x08password\x05\x01\x00\x01\xc0\x00\x02\x01\x01\xbb";
    static const char *const list[] = {"web.example:443", "[2001:db8::1]:443", "192.0.2.1:80",
                                       "[::ffff:192.0.2.1]:80", NULL};

    return corpus_texts(c, list) && seed(c, "name", ratls_bytes(name, sizeof name - 1)) &&
           seed(c, "four", ratls_bytes(four, sizeof four - 1)) &&
           seed(c, "six", ratls_bytes(six, sizeof six - 1)) &&
           seed(c, "login", ratls_bytes(login, sizeof login - 1));
}

bool corpus_hello(const struct corpus *c)
{
    return seed(c, "named", ratls_bytes(hello_named, sizeof hello_named)) &&
           seed(c, "nameless", ratls_bytes(hello_nameless, sizeof hello_nameless));
}

/* Good requests for a token, and the ways to ask wrongly. */
bool corpus_urlform(const struct corpus *c)
{
    static const char *const list[] = {
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
        "&subject_token_type=tag:ratls.invalid,2026:token-type:channel&audience=two",
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
        "&subject_token_type=tag:ratls.invalid,2026:token-type:channel&subject_token=channel"
        "&resource=https%3A%2F%2Fone.example%2F&nonce=AAAA",
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
        "&subject_token_type=urn:ietf:params:oauth:token-type:jwt&subject_token=a.b.c"
        "&audience=two&nonce=AAAA",
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange"
        "&subject_token_type=tag:ratls.invalid,2026:token-type:evidence&subject_token=AAAA"
        "&audience=two&nonce=AAAA&cnf_key=AAAA",
        "grant_type=client_credentials&scope=a+b&client_secret=x",
        "actor_token=a&actor_token_type=b&audience=two&audience=three&=&%00=",
        NULL,
    };

    return corpus_texts(c, list);
}

/* service, peer, detail, policy, tee, measurement; of, attested, asker, nonce, fault; level,
 * simulated, expires; vector, two hashes; two keys; a device with a claim; one claim. */
bool corpus_subject_line(const struct corpus *c)
{
    static const char head[] = "\x06tokens\x01p\0\x01"
                               "f\x03tdx\x04"
                               "c0de\0\x01";
    static const char middle[] = "\0\0\x02\x01"
                                 "\0\0\0\0\x7f\0\0\0"
                                 "\x02\x02\x03\0\x02\0\0\0";
    static const char tail[] = "\0\x03key\0\0"
                               "\x01\x04gpu0\x06nvidia\x01\x02\0\0\0\0\0\0\0"
                               "\x01\0\x01\0\x05nv.ab\x01\0\0\0\0\0\0\0\x07"
                               "\x01\0\x01\0\x05tdx.a\x03\0\x01\0\x01x";
    uint8_t bytes[512] = {0};
    const size_t hashes = 64;
    uint8_t *at = mempcpy(bytes, head, sizeof head - 1);

    at = mempcpy(at + hashes, middle, sizeof middle - 1);
    at = mempcpy(at + hashes, tail, sizeof tail - 1);
    return seed(c, "whole", ratls_bytes(bytes, (size_t)(at - bytes)));
}
