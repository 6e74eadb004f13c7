/* Where a process logs, as its master says. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ipc_log.h"

static struct px_log syslog_, events, access_;
static struct px_log *const logs[PX_LOGS + 1] = {[PX_LOG_SYSLOG] = &syslog_,
                                                 [PX_LOG_EVENTS] = &events,
                                                 [PX_LOG_ACCESS] = &access_,
                                                 [PX_LOGS] = &access_}; /* never to be reached */
static int ends[2];

static void setup(void)
{
    syslog_ = (struct px_log){.fd = -1, .sink = PX_SINK_NONE};
    events = (struct px_log){.fd = -1, .sink = PX_SINK_NONE, .level = RATLS_LOG_DEBUG};
    access_ = (struct px_log){.fd = -1, .sink = PX_SINK_NONE};
    cr_assert_eq(pipe(ends), 0);
}

static struct ratls_bytes payload_of(const struct px_message *m)
{
    return ratls_bytes(&m->bytes[PX_MSG_HEADER], m->len - PX_MSG_HEADER);
}

/* As the channel would deliver it. */
static bool told(enum px_log_id id, const struct px_log *log)
{
    struct px_message *m = px_log_message(id, log);

    cr_assert(m && !m->bad);
    bool good = px_log_take(logs, payload_of(m), m->fd < 0 ? -1 : dup(m->fd));
    px_message_free(m);
    return good;
}

static bool has_line(const struct px_log *log)
{
    char text[PX_LINE_MAX];
    struct px_line line;

    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    px_line_begin(&line, "test");
    px_line_end(&line, log);
    return read(ends[0], text, sizeof text) > 0;
}

TestSuite(proxy_ipc_log, .init = setup);

Test(proxy_ipc_log, brings_the_descriptor_of_a_file)
{
    cr_assert(told(PX_LOG_EVENTS, &(struct px_log){.fd = ends[1]}));
    cr_expect(has_line(&events));
    cr_expect_eq(events.level, RATLS_LOG_DEBUG, "that is not the master's to say");
}

Test(proxy_ipc_log, keeps_the_number_of_a_file)
{
    cr_assert(told(PX_LOG_EVENTS, &(struct px_log){.fd = open("/dev/null", O_WRONLY)}));
    int before = events.fd;
    cr_expect_not(has_line(&events));
    cr_assert(told(PX_LOG_EVENTS, &(struct px_log){.fd = ends[1]}));
    cr_expect_eq(events.fd, before);
    cr_expect(has_line(&events));
}

Test(proxy_ipc_log, passes_on_to_the_log_before)
{
    cr_assert(told(PX_LOG_EVENTS, &(struct px_log){.fd = ends[1]}));
    cr_assert(told(PX_LOG_ACCESS, &(struct px_log){.sink = PX_SINK_NONE, .also = &events}));
    cr_expect(has_line(&access_));
    cr_assert(told(PX_LOG_ACCESS, &(struct px_log){.sink = PX_SINK_NONE}));
    cr_expect_not(has_line(&access_));
}

Test(proxy_ipc_log, names_the_socket_of_a_daemon)
{
    const struct px_log log = {.sink = PX_SINK_SYSLOG, .socket = "/run/log", .name = "edge"};

    cr_assert(told(PX_LOG_SYSLOG, &log));
    cr_expect(syslog_.fd >= 0 && syslog_.sink == PX_SINK_SYSLOG);
    cr_expect_str_eq(syslog_.socket, "/run/log");
    cr_expect_str_eq(syslog_.name, "edge");
    int fd = syslog_.fd;
    cr_assert(told(PX_LOG_SYSLOG, &(struct px_log){.sink = PX_SINK_NONE}));
    cr_expect_eq(fcntl(fd, F_GETFD), -1, "the socket is closed");
}

Test(proxy_ipc_log, refuses_what_is_malformed)
{
    static const struct {
        const char *what;
        size_t len;
        uint8_t bytes[8];
    } cases[] = {
        {"no such log", 7, {PX_LOGS, PX_SINK_NONE}},
        {"no such sink", 7, {PX_LOG_ACCESS, PX_SINK_NONE + 1}},
        {"a file without descriptor", 7, {PX_LOG_ACCESS, PX_SINK_FILE}},
        {"nothing is before syslog", 7, {PX_LOG_SYSLOG, PX_SINK_NONE, 1}},
        {"cut", 6, {PX_LOG_ACCESS, PX_SINK_NONE}},
        {"more", 8, {PX_LOG_ACCESS, PX_SINK_NONE}},
    };

    cr_assert(px_log_take(logs, ratls_bytes("\x02\x03\0\0\0\0", 7), -1));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_not(px_log_take(logs, ratls_bytes(cases[i].bytes, cases[i].len), -1), "%s",
                      cases[i].what);
}

Test(proxy_ipc_log, refuses_a_log_that_is_not_there)
{
    struct px_log *const admins[PX_LOGS] = {[PX_LOG_SYSLOG] = &syslog_, [PX_LOG_EVENTS] = &events};

    cr_expect_not(px_log_take(admins, ratls_bytes("\x02\x03\0\0\0\0", 7), -1));
}

Test(proxy_ipc_log, refuses_texts_that_do_not_fit)
{
    uint8_t payload[3 + 2 + PX_LOG_SOCKET + 2] = {PX_LOG_SYSLOG, PX_SINK_NONE, 0, 0};

    memset(&payload[5], 'a', PX_LOG_SOCKET);
    payload[4] = PX_LOG_SOCKET - 1;
    payload[5 + PX_LOG_SOCKET - 1] = payload[5 + PX_LOG_SOCKET] = 0;
    cr_expect(px_log_take(logs, ratls_bytes(payload, sizeof payload - 1), -1));
    payload[4] = PX_LOG_SOCKET;
    payload[5 + PX_LOG_SOCKET - 1] = 'a';
    cr_expect_not(px_log_take(logs, ratls_bytes(payload, sizeof payload), -1));
}
