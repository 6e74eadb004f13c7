/* One end derives its keys by libcrypto, the other by wolfCrypt: handshake, exporter (a proof is
 * made of it) and records agree. */
#include "conn_support.h"
#include "offload.h"

TestSuite(tls_hkdf, .timeout = 60);

/* A context that is made while libcrypto is off never asks it for keys. */
static void without_libcrypto(struct side *s)
{
    struct ratls_error err = {0};

    ratls_ctx_unref(s->ctx);
    rt_offload_switch(false);
    cr_assert_eq(side_context(s, &(struct side_plan){0}, &err), RATLS_OK, "%s", err.detail);
    rt_offload_switch(true);
}

static void talk(bool client, bool server)
{
    struct rig r;

    rig_make_sides(&r, &(struct side_plan){0}, &(struct side_plan){0});
    if (!client)
        without_libcrypto(&r.client);
    if (!server)
        without_libcrypto(&r.server);
    rig_connect(&r);
    rig_expect(&r, RATLS_OK, RATLS_OK);
    rig_pass(&r.client, &r.server, "to the server");
    rig_pass(&r.server, &r.client, "to the client");
    rig_free(&r);
}

Test(tls_hkdf, a_client_by_libcrypto_and_a_server_by_wolfcrypt)
{
    talk(true, false);
}

Test(tls_hkdf, a_client_by_wolfcrypt_and_a_server_by_libcrypto)
{
    talk(false, true);
}
