/* answers - a server of HTTP that is nobody's idea of one: each connection is read up to the end of
 * a question, and answered in one way.
 *
 *     answers ADDRESS:PORT HOW
 *
 * allow, error (500), silent, trickle (a byte each 100 ms), truncated, giant (1 MiB), headers
 * (without end), close (at once), garbage, late (allows after 800 ms). One child for each
 * connection. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define ALLOW HEAD "Content-Length: 15\r\nConnection: close\r\n\r\n{\"result\":true}"

static void say(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        exit(0);
}

static void allow(int fd)
{
    say(fd, ALLOW);
}

static void error(int fd)
{
    say(fd, "HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
            "{\"result\":true}");
}

static void stay_silent(int fd)
{
    char waste[64];

    while (read(fd, waste, sizeof waste) > 0) /* until the other side has enough */
        ;
}

static void trickle(int fd)
{
    char one[2] = "";

    for (const char *c = ALLOW; *c; c++) {
        one[0] = *c;
        say(fd, one);
        (void)usleep(100000);
    }
}

static void truncated(int fd)
{
    say(fd, HEAD "Content-Length: 99\r\n\r\n{\"result\":true}");
}

static void giant(int fd)
{
    static char spaces[1024];

    memset(spaces, ' ', sizeof spaces - 1);
    say(fd, HEAD "Connection: close\r\n\r\n{\"result\":true}");
    for (int i = 0; i < 1024; i++)
        say(fd, spaces);
}

static void headers(int fd)
{
    say(fd, HEAD);
    for (int i = 0; i < 100000; i++)
        say(fd,
            "X-Filler: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
    say(fd, "\r\n{\"result\":true}");
}

static void close_at_once(int fd)
{
    (void)fd;
}

static void garbage(int fd)
{
    say(fd, "{\"result\":true}\n");
}

static void late(int fd)
{
    (void)usleep(800000);
    say(fd, ALLOW);
}

static const struct {
    const char *name;
    void (*answer)(int fd);
} ways[] = {
    {"allow", allow},     {"error", error},         {"silent", stay_silent},
    {"trickle", trickle}, {"giant", giant},         {"truncated", truncated},
    {"headers", headers}, {"close", close_at_once}, {"garbage", garbage},
    {"late", late},
};

/* Header and body. */
static void read_question(int fd)
{
    static char text[1 << 20];
    size_t have = 0, want = sizeof text - 1;

    while (have < want) {
        ssize_t n = read(fd, text + have, want - have);
        if (n <= 0)
            exit(0);
        have += (size_t)n;
        text[have] = 0;
        const char *body = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "content-length: ");
        if (body && length)
            want = (size_t)(body + 4 - text) + strtoul(length + 16, NULL, 10);
    }
}

static int listen_at(char *address)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    char *port = strrchr(address, ':');
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (!port)
        return -1;
    *port = 0;
    at.sin_port = htons((uint16_t)strtoul(port + 1, NULL, 10));
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) ||
        inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 128))
        return -1;
    return fd;
}

static void serve(int fd, void (*answer)(int fd))
{
    read_question(fd);
    (void)puts("question");
    (void)fflush(stdout);
    answer(fd);
    exit(0);
}

int main(int argc, char **argv)
{
    void (*answer)(int fd) = NULL;
    int listener, fd;

    for (size_t i = 0; argc == 3 && i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(argv[2], ways[i].name) == 0)
            answer = ways[i].answer;
    if (!answer || (listener = listen_at(argv[1])) < 0) {
        perror("answers");
        return 1;
    }
    (void)signal(SIGCHLD, SIG_IGN);
    (void)puts("listening");
    (void)fflush(stdout);
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        if (fork() == 0) {
            (void)close(listener);
            serve(fd, answer);
        }
        (void)close(fd);
    }
    return 0;
}
