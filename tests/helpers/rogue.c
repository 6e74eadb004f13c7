/* rogue - a client with genuine evidence that breaks the session protocol.
 *
 *     rogue good   PORT PKI-DIR MRTD    as it should be; the control of the others
 *     rogue early  PORT PKI-DIR MRTD    application bytes right behind the proof
 *     rogue eager  PORT PKI-DIR MRTD    and behind its own ALLOW, in one record
 *     rogue replay PORT PKI-DIR MRTD    the frames of one connection again on the next
 *     rogue mirror PORT PKI-DIR MRTD    the server's frames back to it
 *     rogue role   PORT PKI-DIR MRTD    a proof made in the role of the server
 *     rogue silent PORT PKI-DIR MRTD    no frame at all until the server gives up
 *
 * Prints how the server answered: the type of its last frame and its first byte. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ratls/ratls.h"
#include "session.h"
#include "tls.h"
#include "x509.h"

struct rogue {
    const char *port;
    struct ratls_identity *identity;
    enum ratls_role role; /* that the proof is made in */
    struct rt_tls *tls;
    int fd;
};

static void must(enum ratls_err e, const char *what)
{
    if (e == RATLS_OK)
        return;
    (void)fprintf(stderr, "rogue: %s: %s\n", what, ratls_err_reason(e));
    exit(1);
}

static void make_identity(struct rogue *r, const char *pki, const char *mrtd)
{
    const struct ratls_env *env = ratls_env_system();
    const struct ratls_identity_params params = {0};
    struct ratls_attester *attester = NULL;
    char options[512];

    (void)snprintf(options, sizeof options, "pki=%s,mrtd=%s", pki, mrtd);
    must(ratls_attester_open(env, "sim-tdx", options, &attester, NULL), "attester");
    must(ratls_identity_new(env, &params, attester, &r->identity, NULL), "identity");
    ratls_attester_close(attester);
}

/* ---- one connection ---- */

static void hang_up(struct rogue *r)
{
    rt_tls_free(r->tls);
    (void)close(r->fd);
}

static void dial(struct rogue *r)
{
    const struct rt_tls_params p = {.role = RATLS_CLIENT, .identity = r->identity};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(r->port))};
    struct rt_tls_ctx *ctx = NULL;
    struct ratls_io io;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    r->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&to, sizeof to) != 0)
        must(RATLS_E_IO, "connect");
    io = ratls_io_fd(r->fd);
    must(rt_tls_ctx_new(&p, &ctx, NULL), "context");
    must(rt_tls_new(ctx, &io, &r->tls, NULL), "TLS");
    rt_tls_ctx_free(ctx);
    must(rt_tls_handshake(r->tls, RATLS_CLIENT, NULL), "handshake");
    if (!rt_tls_speaks_frames(r->tls))
        must(RATLS_E_TLS, "ALPN");
}

static void send_all(struct rogue *r, struct ratls_bytes bytes)
{
    size_t put = 0;

    for (size_t done = 0; done < bytes.len; done += put)
        must(rt_tls_write(r->tls, bytes.p + done, bytes.len - done, &put), "write");
}

/* HELLO and PROOF as this connection demands them. */
static void make_frames(struct rogue *r, struct ratls_buffer *out)
{
    static const char *const formats[] = {"tdx", NULL};
    struct rt_session_params p = {
        .role = r->role, .provable = RATLS_LEVEL_SESSION, .formats = formats};
    struct ratls_bytes chain[RT_MAX_CHAIN];
    struct ratls_proof_request req;
    struct rt_session session;
    struct rt_x509 leaf;
    uint8_t signature[RT_PROOF_SIG_LEN];
    size_t n = 0;

    must(rt_tls_export(r->tls, rt_exporter_label(r->role), p.exporter_own), "export");
    must(rt_tls_peer_chain(r->tls, chain, &n, NULL), "peer");
    must(rt_x509_parse(chain[0], &leaf, NULL), "peer");
    must(rt_x509_spki_hash(&leaf, p.spki_peer), "peer");
    memcpy(p.spki_own, ratls_identity_spki_sha256(r->identity), sizeof p.spki_own);

    must(rt_session_start(&session, ratls_env_system(), &p), "session");
    rt_session_proof_request(&session, &req);
    must(ratls_identity_prove(r->identity, &req, signature), "proof");
    must(rt_session_supply(&session, ratls_bytes(signature, sizeof signature),
                           &(struct rt_session_shown){0}),
         "proof");
    struct ratls_bytes frames = rt_session_output(&session);
    *out = (struct ratls_buffer){.p = malloc(frames.len), .len = frames.len};
    if (!out->p)
        must(RATLS_E_NO_MEMORY, "frames");
    memcpy(out->p, frames.p, frames.len);
    rt_session_free(&session);
}

/* One frame of the server, header included; 0 when it closes. */
static size_t read_frame(struct rogue *r, uint8_t *frame, size_t size)
{
    size_t len = RT_FRAME_HEADER, have = 0, got = 0;

    while (have < len && len <= size) {
        if (rt_tls_read(r->tls, frame + have, len - have, &got) != RATLS_OK)
            return 0;
        have += got;
        if (have == RT_FRAME_HEADER)
            len += (size_t)frame[1] << 16 | (size_t)frame[2] << 8 | frame[3];
    }
    return have;
}

/* The application's bytes go only where ALLOW came. */
static void report(struct rogue *r)
{
    uint8_t frame[4096], type = 0, first = 0;
    size_t len;

    while (type != RT_FRAME_VERDICT && (len = read_frame(r, frame, sizeof frame)) > 0) {
        type = frame[0];
        first = len > RT_FRAME_HEADER ? frame[RT_FRAME_HEADER] : 0;
    }
    if (type != RT_FRAME_VERDICT)
        (void)printf("no verdict\n");
    else
        (void)printf("verdict: %s\n", first == RT_DECISION_ALLOW ? "allow" : "deny");
}

/* ---- what it does ---- */

/* HELLO, PROOF and `more` in one record. */
static void frames_and(struct rogue *r, struct ratls_bytes more)
{
    struct ratls_buffer frames;
    struct rt_writer w = {0};

    dial(r);
    make_frames(r, &frames);
    rt_put_bytes(&w, rt_bytes_of(&frames));
    rt_put_bytes(&w, more);
    send_all(r, rt_written(&w));
    report(r);
    hang_up(r);
    rt_writer_free(&w);
    ratls_buffer_free(&frames);
}

static void good(struct rogue *r)
{
    frames_and(r, ratls_bytes(NULL, 0));
}

static void early(struct rogue *r)
{
    frames_and(r, ratls_bytes_str("GET /early HTTP/1.0\r\n\r\n"));
}

static void eager(struct rogue *r)
{
    static const uint8_t allow_and_byte[] = {RT_FRAME_VERDICT,  0, 0, 3,
                                             RT_DECISION_ALLOW, 0, 0, 'G'};

    frames_and(r, ratls_bytes(allow_and_byte, sizeof allow_and_byte));
}

static void role(struct rogue *r)
{
    r->role = RATLS_SERVER;
    frames_and(r, ratls_bytes(NULL, 0));
}

static void replay(struct rogue *r)
{
    struct ratls_buffer frames;

    dial(r);
    make_frames(r, &frames);
    send_all(r, rt_bytes_of(&frames));
    report(r);
    hang_up(r);

    dial(r);
    send_all(r, rt_bytes_of(&frames));
    report(r);
    hang_up(r);
    ratls_buffer_free(&frames);
}

static void mirror(struct rogue *r)
{
    uint8_t frame[4096];

    dial(r);
    for (int i = 0; i < 2; i++)
        send_all(r, ratls_bytes(frame, read_frame(r, frame, sizeof frame)));
    report(r);
    hang_up(r);
}

static void silent(struct rogue *r)
{
    dial(r);
    report(r);
    hang_up(r);
}

static const struct {
    const char *name;
    void (*run)(struct rogue *r);
} commands[] = {
    {"good", good},     {"early", early}, {"eager", eager},   {"replay", replay},
    {"mirror", mirror}, {"role", role},   {"silent", silent},
};

int main(int argc, char **argv)
{
    struct rogue r = {.role = RATLS_CLIENT};

    for (size_t i = 0; argc == 5 && i < RT_COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        r.port = argv[2];
        make_identity(&r, argv[3], argv[4]);
        commands[i].run(&r);
        ratls_identity_unref(r.identity);
        return 0;
    }
    (void)fprintf(stderr, "usage: see the head of tests/helpers/rogue.c\n");
    return 2;
}
