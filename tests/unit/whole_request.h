/* Has a server heard a whole request, its body included? */
#ifndef WHOLE_REQUEST_H
#define WHOLE_REQUEST_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool is_whole_request(const char *text, size_t len)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length: ");

    if (!end)
        return false;
    const size_t body = length && length < end ? strtoul(length + 18, NULL, 10) : 0;
    return len >= (size_t)(end + 4 - text) + body;
}

#endif
