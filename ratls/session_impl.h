/* session_impl.h - shared by session.c and session_payload.c. */
#ifndef RT_SESSION_IMPL_H
#define RT_SESSION_IMPL_H

#include "session.h"

#define RT_VERDICT_FIXED 3   /* decision (1), class (2) */
#define RT_VERDICT_TEXT  128 /* longest text of a VERDICT */

/* Payloads of complete frames in a legal order. */
enum ratls_err rt_session_hello(struct rt_session *s, struct ratls_bytes payload,
                                struct ratls_error *err);
enum ratls_err rt_session_proof(struct rt_session *s, struct ratls_bytes payload,
                                struct ratls_error *err);
enum ratls_err rt_session_verdict(struct rt_session *s, struct ratls_bytes payload,
                                  struct ratls_error *err);
/* Each side's PROOF is there, where it owes one: ALLOW may follow. After the peer's HELLO. */
bool rt_session_both_proven(const struct rt_session *s);
void rt_frame_put(struct rt_writer *w, enum rt_frame type, struct ratls_bytes payload);

#endif
