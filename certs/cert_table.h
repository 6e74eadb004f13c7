/* cert_table.h - the certificate table of AMD's extended guest request, read and written.
 *
 * GHCB specification 2.03 s.4.1.8.1: entries of 24 bytes (GUID in the order of its text, offset
 * from the begin of the table and length, both little endian), an entry of zeros ends them; then
 * the certificates. The host makes the table and nobody signs it: what a certificate in it is worth
 * is a question of its own. Ownership: everything read borrows from the table. */
#ifndef RT_CERT_TABLE_H
#define RT_CERT_TABLE_H

#include "base.h"

enum rt_cert_kind { RT_CERT_VCEK, RT_CERT_VLEK, RT_CERT_ASK, RT_CERT_ARK, RT_CERT_KINDS };

struct rt_cert_table {
    struct ratls_bytes cert[RT_CERT_KINDS]; /* as they stand there; len 0: absent */
};

/* An entry of another GUID is passed over. Refused (RATLS_E_EVIDENCE_FORMAT): no zero entry, more
 * than RT_MAX_CERT_TABLE entries, a known GUID twice, an entry outside the table or inside its
 * head. Bytes that no entry covers are not looked at. */
RATLS_MUST_USE enum ratls_err
rt_cert_table_read(struct ratls_bytes table, struct rt_cert_table *out, struct ratls_error *err);
/* Entries in the order of the enum, certificates directly behind; absent ones are left out. */
void rt_cert_table_write(const struct rt_cert_table *table, struct rt_writer *w);

#endif
