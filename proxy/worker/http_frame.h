/* http_frame.h - the requests of one HTTP/1.x connection, each with a field of ours in its head.
 *
 * Bytes go in as they come and out as they were, but for the heads: every field that a backend
 * could take for ours is left out, and ours is added. To know where heads are, bodies are framed
 * (RFC 9112 s.6), and whatever two readers could frame differently is refused, before a byte of it
 * went out: heads that http_head.h refuses, Transfer-Encoding beside Content-Length, and so on.
 * Refused as well: CONNECT and Upgrade, behind which no heads can be found any more; TRACE, which
 * sends our field back; targets that disagree with Host; a Connection field that names ours.
 * What it does NOT do: read responses, count time, ask for the field's value.
 * A feed of the same bytes in other pieces has the same result. */
#ifndef PX_HTTP_FRAME_H
#define PX_HTTP_FRAME_H

#include <event2/buffer.h>

#include "http_head.h"

#define PX_FRAME_HEAD     (16 * 1024) /* of a head */
#define PX_FRAME_CHUNK    256         /* of the line in front of a chunk */
#define PX_FRAME_TRAILERS (8 * 1024)  /* of the trailer section, */
#define PX_FRAME_EXTRA    (16 * 1024) /*   and of all extensions of chunks of one body */

enum px_frame_state {
    PX_FRAME_IN_HEAD,
    PX_FRAME_IN_BODY, /* `left` bytes of it, or of a chunk */
    PX_FRAME_IN_CHUNK_LINE,
    PX_FRAME_IN_CHUNK_END,
    PX_FRAME_IN_TRAILERS,
    PX_FRAME_OVER, /* refused: nothing goes out any more */
};

struct px_frame {
    const char *field; /* the name of ours; borrowed */
    /* The value for the head that is about to go out, borrowed until the next call; NULL: it is not
     * there yet, and px_frame_feed() waits. */
    const char *(*value)(void *arg);
    /* Is the body of this request (more than 0 bytes) waited for, and shown to value()? NULL: none
     * is. Asked once of each; a body is held beside its head, so `length` needs a limit. */
    bool (*keeps)(void *arg, const struct px_head *head, uint64_t length);
    void *arg;
    struct ratls_bytes body; /* during value(): that was waited for; len 0: none */

    size_t whole; /* bytes of head and body that are waited for; 0: no body is */
    enum px_frame_state state;
    bool waits;
    bool chunked;
    uint64_t left;  /* of a body or chunk */
    size_t spent;   /* of PX_FRAME_EXTRA or PX_FRAME_TRAILERS */
    size_t seen;    /* bytes of an unfinished head without a line's end */
    uint64_t heads; /* that went out */
    uint8_t *held;  /* owned: what is not decided yet */
    size_t n_held;
    unsigned status; /* of the refusal: 400, 431 or 501 */
    const char *why;
};

enum px_frame_is {
    PX_FRAME_GOOD,
    PX_FRAME_WAITS, /* for the value: feed nothing but an empty run until it is there */
    PX_FRAME_REFUSED,
    PX_FRAME_NO_MEMORY,
};

/* `in` (borrowed) goes to `out` as far as it is decided, the rest is held: at most the longest head
 * and one `in`, and a body that is kept. */
enum px_frame_is px_frame_feed(struct px_frame *f, struct ratls_bytes in, struct evbuffer *out);
void px_frame_free(struct px_frame *f); /* what is held; legal on a zeroed one */

/* Do backends take the one for the other? CGI and its heirs (RFC 3875 s.4.1.18) put names into
 * variables, where case is lost and everything but letters and digits may become an underscore. */
bool px_frame_same_name(struct ratls_bytes name, const char *field);

#endif
