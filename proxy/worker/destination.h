/* destination.h - where a client asks to be taken, in one spelling only.
 *
 * Names become small letters, addresses become bytes: IPv4 in IPv6 (::ffff:a.b.c.d) is IPv4, zeros
 * of IPv6 are compressed. Other spellings of addresses (decimal, octal, hexadecimal, fewer dots)
 * are refused, so are a dot at the end, 0.0.0.0 and ::, which mean this machine.
 * A name is compared with names and an address with addresses and networks: a filter does not
 * resolve names. What an allowed name resolves to is not looked at again.
 * Thread rule: all functions are pure. */
#ifndef PX_DESTINATION_H
#define PX_DESTINATION_H

#include "config.h"

#define PX_MAX_HOST   253 /* RFC 1035 s.2.3.4, without the dots' coding */
#define PX_MAX_TARGET (PX_MAX_HOST + sizeof "[]:65535")

struct px_destination {
    char host[PX_MAX_HOST + 1]; /* a name, or the canonical text of `address` */
    uint16_t port;
    int family; /* AF_INET, AF_INET6; 0: a name */
    uint8_t address[16];
};

/* "host:port" or "[IPv6]:port", RFC 9110 s.7.1. False: malformed. */
bool px_destination_parse(struct ratls_bytes authority, struct px_destination *out);
/* A name, or an address without brackets. */
bool px_destination_host(struct ratls_bytes host, uint16_t port, struct px_destination *out);
/* AF_INET: 4 bytes, AF_INET6: 16. */
bool px_destination_address(int family, const uint8_t *address, uint16_t port,
                            struct px_destination *out);
/* As it is logged. */
void px_destination_text(const struct px_destination *d, char out[PX_MAX_TARGET]);

/* Does a line of the list (the last one has no text) allow it? */
bool px_destination_allowed(const struct px_destination *d, const struct px_filter *list);

/* A server name: letters, digits, - and _ between dots; *out in small letters. */
bool px_name_parse(struct ratls_bytes text, char out[PX_MAX_HOST + 1]);

#endif
