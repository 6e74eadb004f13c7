/* Messages between master and workers: what a worker sends is hostile. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc.h"

/* ---- payloads ---- */

static struct ratls_bytes payload_of(const struct px_message *m)
{
    return ratls_bytes(&m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER);
}

static struct px_message *prove_with(uint8_t role, uint8_t level)
{
    struct px_prove p = {.id = 0x0102030405060708, .issuer = 0x0a0b0c09};

    memset(p.own_spki_sha256, 1, 32);
    memset(p.request.exporter, 2, 32);
    memset(p.request.peer_spki_sha256, 3, 32);
    memset(p.request.hello_sha256, 4, 32);
    struct px_message *m = px_prove_message(&p);
    cr_assert_not_null(m);
    m->bytes[PX_MSG_HEADER + 44] = role;
    m->bytes[PX_MSG_HEADER + 45] = level;
    return m;
}

static bool takes(uint8_t role, uint8_t level)
{
    struct px_message *m = prove_with(role, level);
    struct px_prove p;
    bool good = px_prove_parse(payload_of(m), &p);

    px_message_free(m);
    return good;
}

Test(proxy_ipc, carries_every_field_of_a_request_for_a_proof)
{
    struct px_message *m = prove_with(RATLS_SERVER, RATLS_LEVEL_QUOTE);
    struct px_prove p;

    cr_assert(px_prove_parse(payload_of(m), &p));
    cr_expect_eq(p.id, 0x0102030405060708);
    cr_expect_eq(p.issuer, 0x0a0b0c09);
    cr_expect_eq(p.own_spki_sha256[31], 1);
    cr_expect_eq(p.request.role, RATLS_SERVER);
    cr_expect_eq(p.request.level, RATLS_LEVEL_QUOTE);
    cr_expect_eq(p.request.exporter[31], 2);
    cr_expect_eq(p.request.peer_spki_sha256[31], 3);
    cr_expect_eq(p.request.hello_sha256[31], 4);
    px_message_free(m);
}

Test(proxy_ipc, refuses_a_role_that_is_none)
{
    cr_expect(takes(RATLS_CLIENT, RATLS_LEVEL_SESSION));
    cr_expect_not(takes(0, RATLS_LEVEL_SESSION));
    cr_expect_not(takes(3, RATLS_LEVEL_SESSION));
}

Test(proxy_ipc, refuses_a_level_that_needs_no_proof)
{
    cr_expect_not(takes(RATLS_CLIENT, RATLS_LEVEL_NONE));
    cr_expect_not(takes(RATLS_CLIENT, RATLS_LEVEL_KEY));
    cr_expect_not(takes(RATLS_CLIENT, 4));
}

Test(proxy_ipc, refuses_a_request_of_any_other_length)
{
    struct px_message *m = prove_with(RATLS_CLIENT, RATLS_LEVEL_SESSION);
    struct ratls_bytes whole = payload_of(m);
    uint8_t longer[256] = {0};
    struct px_prove p;

    for (size_t len = 0; len < whole.len; len++)
        cr_expect_not(px_prove_parse(ratls_bytes(whole.p, len), &p), "%zu bytes", len);
    memcpy(longer, whole.p, whole.len);
    cr_expect(px_prove_parse(ratls_bytes(longer, whole.len), &p));
    cr_expect_not(px_prove_parse(ratls_bytes(longer, whole.len + 1), &p));
    px_message_free(m);
}

Test(proxy_ipc, reader_stays_bad_after_its_first_failure)
{
    const uint8_t three[] = {1, 2, 3};
    struct px_reader r = px_reader(ratls_bytes(three, sizeof three));

    cr_expect_eq(px_get_u16(&r), 0x0102);
    cr_expect_eq(px_get_u32(&r), 0);
    cr_expect_eq(px_get_u8(&r), 0);
    cr_expect_not(px_reader_done(&r));
}

Test(proxy_ipc, refuses_text_with_a_nul_inside)
{
    const uint8_t good[] = {0, 2, 'a', 'b'}, nul[] = {0, 2, 'a', 0}, cut[] = {0, 3, 'a', 'b'};
    struct px_reader r = px_reader(ratls_bytes(good, sizeof good));
    char *text = px_get_text(&r);

    cr_expect_str_eq(text, "ab");
    free(text);
    r = px_reader(ratls_bytes(nul, sizeof nul));
    cr_expect_null(px_get_text(&r));
    cr_expect_not(px_reader_done(&r));
    r = px_reader(ratls_bytes(cut, sizeof cut));
    cr_expect_null(px_get_text(&r));
}

Test(proxy_ipc, refuses_to_overfill_a_message)
{
    struct px_message *m = px_message_new(PX_MSG_FILE, 4);

    px_put_uint(m, 1, 8);
    cr_expect(m->bad);
    cr_expect_eq(m->len, PX_MSG_HEADER);
    px_message_free(m);
    cr_expect_null(px_message_new(PX_MSG_FILE, PX_MAX_FROM_MASTER + 1));
}

/* ---- channels ---- */

struct end {
    struct px_channel *channel;
    size_t messages, bytes;
    uint8_t type;
    bool refuse, closed, fetch;
    int fd; /* of the last message, fetched */
};

static bool on_message(void *arg, uint8_t type, struct ratls_bytes payload)
{
    struct end *e = arg;

    e->messages++;
    e->bytes += payload.len;
    e->type = type;
    if (e->fetch)
        e->fd = px_channel_fetch_fd(e->channel);
    return !e->refuse;
}

static void on_closed(void *arg)
{
    struct end *e = arg;

    e->closed = true;
    px_channel_free(e->channel);
    e->channel = NULL;
}

static const struct px_channel_ops ops = {.message = on_message, .closed = on_closed};
static const struct px_channel_ops worker_ops = {
    .message = on_message, .closed = on_closed, .takes_fds = true};
static struct event_base *base;
static struct end master;
static int worker = -1;

static void setup(void)
{
    int pair[2];

    base = event_base_new();
    master = (struct end){0};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    master.channel = px_channel_new(base, pair[0], PX_MAX_FROM_WORKER, &ops, &master);
    cr_assert_not_null(master.channel);
    worker = pair[1];
}

static void teardown(void)
{
    px_channel_free(master.channel);
    event_base_free(base);
    if (worker >= 0)
        (void)close(worker);
}

static void say(const void *bytes, size_t len)
{
    cr_assert_eq(write(worker, bytes, len), (ssize_t)len);
    (void)event_base_loop(base, EVLOOP_NONBLOCK);
}

TestSuite(proxy_channel, .init = setup, .fini = teardown);

Test(proxy_channel, takes_a_message_byte_by_byte)
{
    const uint8_t message[] = {PX_MSG_READY, 0, 0, 0, 2, 'x', 'y'};

    for (size_t i = 0; i < sizeof message; i++) {
        cr_expect_eq(master.messages, 0);
        say(&message[i], 1);
    }
    cr_expect_eq(master.messages, 1);
    cr_expect_eq(master.bytes, 2);
    cr_expect_eq(master.type, PX_MSG_READY);
}

Test(proxy_channel, takes_messages_that_arrive_together)
{
    const uint8_t messages[] = {PX_MSG_READY, 0, 0, 0, 0, PX_MSG_PROVE, 0, 0, 0, 1, 7};

    say(messages, sizeof messages);
    cr_expect_eq(master.messages, 2);
    cr_expect_eq(master.type, PX_MSG_PROVE);
}

/* T59 */
Test(proxy_channel, ends_at_a_length_above_the_limit_before_its_payload)
{
    const uint8_t most[PX_MSG_HEADER + PX_MAX_FROM_WORKER] = {PX_MSG_PROVE, 0, 0,
                                                              PX_MAX_FROM_WORKER >> 8, 0};
    const uint8_t above[] = {PX_MSG_PROVE, 0, 0, PX_MAX_FROM_WORKER >> 8, 1},
                  huge[] = {1, 0xff, 0xff, 0xff, 0xff};

    say(most, sizeof most);
    cr_expect_eq(master.messages, 1);
    cr_expect_not(master.closed);
    say(above, sizeof above);
    cr_expect(master.closed);
    teardown();
    setup();
    say(huge, sizeof huge);
    cr_expect(master.closed);
    cr_expect_eq(master.messages, 0);
}

Test(proxy_channel, ends_at_a_message_that_is_refused)
{
    const uint8_t messages[] = {99, 0, 0, 0, 0, PX_MSG_READY, 0, 0, 0, 0};

    master.refuse = true;
    say(messages, sizeof messages);
    cr_expect_eq(master.messages, 1);
    cr_expect(master.closed);
}

Test(proxy_channel, ends_when_the_other_end_is_gone)
{
    const uint8_t half[] = {PX_MSG_READY, 0};

    say(half, sizeof half);
    (void)close(worker);
    worker = -1;
    (void)event_base_loop(base, EVLOOP_NONBLOCK);
    cr_expect(master.closed);
    cr_expect_eq(master.messages, 0);
}

Test(proxy_channel, sends_large_messages_whole)
{
    struct end other = {0};
    uint8_t *content = calloc(1, 1000000);

    other.channel = px_channel_new(base, worker, PX_MAX_FROM_MASTER, &ops, &other);
    worker = -1;
    for (int i = 0; i < 3; i++) {
        struct px_message *m = px_message_new(PX_MSG_FILE, 1000000);
        px_put_bytes(m, ratls_bytes(content, 1000000));
        cr_assert(px_channel_send(master.channel, m));
    }
    for (int i = 0; i < 2000 && other.messages < 3; i++)
        (void)event_base_loop(base, EVLOOP_NONBLOCK);
    cr_expect_eq(other.messages, 3);
    cr_expect_eq(other.bytes, 3000000);
    px_channel_free(other.channel);
    free(content);
}

Test(proxy_channel, refuses_messages_that_are_incomplete_or_missing)
{
    cr_expect_not(px_channel_send(master.channel, NULL));
    cr_expect_not(px_channel_send(master.channel, px_message_new(PX_MSG_FILE, 4)));
}

/* A worker that does not read must not make its master grow without end. */
Test(proxy_channel, queues_no_more_than_its_limit)
{
    size_t sent = 0;

    while (sent < 1000) {
        struct px_message *m = px_message_new(PX_MSG_FILE, 1000000);
        uint8_t *content = calloc(1, 1000000);
        px_put_bytes(m, ratls_bytes(content, 1000000));
        free(content);
        if (!px_channel_send(master.channel, m))
            break;
        sent++;
    }
    cr_expect_leq(sent, 67);
}

/* ---- descriptors ---- */

static int open_files(void)
{
    int n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* A message over the raw socket, with `n` descriptors of /dev/null at byte `at`. */
static void say_with_fds(const uint8_t *bytes, size_t len, size_t n)
{
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(4 * sizeof(int))];
    } control = {0};
    struct iovec iov = {(void *)(uintptr_t)bytes, len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    int null = open("/dev/null", O_RDWR);

    msg.msg_control = control.bytes;
    msg.msg_controllen = CMSG_LEN(n * sizeof null);
    control.header.cmsg_len = CMSG_LEN(n * sizeof null);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    for (size_t i = 0; i < n; i++)
        memcpy(CMSG_DATA(&control.header) + i * sizeof null, &null, sizeof null);
    cr_assert_eq(sendmsg(worker, &msg, 0), (ssize_t)len);
    (void)close(null);
    (void)event_base_loop(base, EVLOOP_NONBLOCK);
}

static const uint8_t ready[] = {PX_MSG_READY, 0, 0, 0, 1, 7};

/* What says the raw socket is the master then. */
static void become_worker(bool fetch)
{
    teardown();
    int pair[2];

    base = event_base_new();
    master = (struct end){.fetch = fetch, .fd = -1};
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    master.channel = px_channel_new(base, pair[0], PX_MAX_FROM_MASTER, &worker_ops, &master);
    cr_assert_not_null(master.channel);
    worker = pair[1];
}

Test(proxy_channel, ends_when_a_worker_sends_a_descriptor)
{
    const int before = open_files();

    say_with_fds(ready, sizeof ready, 1);
    cr_expect(master.closed);
    cr_expect_eq(master.messages, 0);
    cr_expect_eq(open_files(), before - 1); /* its own is closed, and none came */
}

Test(proxy_channel, hands_a_descriptor_over_with_its_message)
{
    become_worker(true);
    say_with_fds(ready, sizeof ready, 1);
    cr_expect_eq(master.messages, 1);
    cr_expect_geq(master.fd, 0);
    cr_expect(fcntl(master.fd, F_GETFD) & FD_CLOEXEC);
    cr_expect_eq(write(master.fd, "x", 1), 1);
    (void)close(master.fd);
    say(ready, sizeof ready);
    cr_expect_eq(master.messages, 2);
    cr_expect_eq(master.fd, -1);
}

Test(proxy_channel, closes_a_descriptor_that_nobody_fetches)
{
    become_worker(false);
    const int before = open_files();
    say_with_fds(ready, sizeof ready, 1);
    cr_expect_eq(master.messages, 1);
    cr_expect_eq(open_files(), before);
    say_with_fds(ready, 3, 1); /* of a message that never becomes whole */
    cr_expect_eq(open_files(), before + 1);
    px_channel_free(master.channel);
    master.channel = NULL;
    cr_expect_eq(open_files(), before - 1);
}

Test(proxy_channel, ends_when_more_than_one_descriptor_comes)
{
    become_worker(true);
    const int before = open_files();
    say_with_fds(ready, sizeof ready, 2);
    cr_expect(master.closed);
    cr_expect_eq(master.messages, 0);
    cr_expect_eq(open_files(), before - 1);
}

Test(proxy_channel, ends_when_a_descriptor_comes_amid_a_message)
{
    become_worker(true);
    say(ready, 5);
    say_with_fds(&ready[5], 1, 1);
    cr_expect(master.closed);
    cr_expect_eq(master.messages, 0);
}

Test(proxy_channel, sends_its_own_copy_of_a_descriptor)
{
    struct end other = {.fetch = true, .fd = -1};
    struct px_message *m = px_message_new(PX_MSG_LISTENER, 0);
    int null = open("/dev/null", O_RDWR);

    other.channel = px_channel_new(base, worker, PX_MAX_FROM_MASTER, &worker_ops, &other);
    worker = -1;
    px_put_fd(m, null);
    (void)close(null);
    cr_assert(px_channel_send(master.channel, m));
    for (int i = 0; i < 10 && other.messages < 1; i++)
        (void)event_base_loop(base, EVLOOP_NONBLOCK);
    cr_expect_eq(write(other.fd, "x", 1), 1);
    (void)close(other.fd);
    px_channel_free(other.channel);
}

Test(proxy_channel, refuses_a_message_whose_descriptor_cannot_be_had)
{
    struct px_message *m = px_message_new(PX_MSG_LISTENER, 0);

    px_put_fd(m, -1);
    cr_expect_not(px_channel_send(master.channel, m));
}
