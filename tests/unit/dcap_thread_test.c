/* One trust, its collateral and the chains kept with it, used by many threads at once. Worth most
 * under ThreadSanitizer (RATLS_SANITIZE=thread). */
#include "dcap_support.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 4
#define ROUNDS  100
#define CHAINS  80 /* more than are kept, so that some make room */

TestSuite(dcap_thread, .timeout = 300);

static struct platform p;
static struct ratls_trust *t;
static struct ratls_buffer good[CHAINS], bad, revoked;
static atomic_uint wrong;

static void make_quote(struct rt_sim_quote_knobs knobs, struct ratls_buffer *out)
{
    platform_quote(&p, &(const struct dcap_plan){.quote = &knobs}, out);
}

static void expect(struct ratls_bytes quote, const struct ratls_buffer *document,
                   enum ratls_err due, const char *status)
{
    const struct ratls_bytes list = document ? rt_bytes_of(document) : ratls_bytes(NULL, 0);
    const struct ratls_appraisal what = {.subject = quote,
                                         .now = NOW,
                                         .authenticity_only = true,
                                         .collateral = &list,
                                         .n_collateral = document ? 1 : 0};
    struct ratls_verdict *v = NULL;

    if (ratls_appraise(t, &what, &v) != due || !v || ratls_verdict_allowed(v) != !due ||
        strcmp(ratls_verdict_tcb_status(v), status) != 0)
        wrong++;
    ratls_verdict_unref(v);
}

static void *work(void *arg)
{
    const size_t seed = *(const size_t *)arg;

    for (size_t i = 0; i < ROUNDS; i++) {
        expect(rt_bytes_of(&good[(seed * 7 + i) % CHAINS]), NULL, RATLS_OK, "OutOfDate");
        expect(rt_bytes_of(&good[0]), NULL, RATLS_OK, "OutOfDate");
        if (i % 10 == seed)
            expect(rt_bytes_of(&bad), NULL, RATLS_E_EVIDENCE_SIGNATURE, "not_evaluated");
        if (i % 20 == seed)
            expect(rt_bytes_of(&good[i % CHAINS]), &revoked, RATLS_E_REVOKED, "not_evaluated");
    }
    return NULL;
}

Test(dcap_thread, one_trust_serves_many_threads)
{
    static uint8_t spaces[CHAINS];
    static const size_t seeds[THREADS] = {0, 1, 2, 3};
    pthread_t threads[THREADS];

    platform_make(&(const struct dcap_plan){.collateral.tcb_status = "OutOfDate"}, &p);
    memset(spaces, ' ', sizeof spaces);
    for (size_t i = 0; i < CHAINS; i++) /* the same chain in another text: that is the key */
        make_quote((struct rt_sim_quote_knobs){.chain_tail = ratls_bytes(spaces, i)}, &good[i]);
    make_quote((struct rt_sim_quote_knobs){.quote_by_stranger = true}, &bad);
    MUST(platform_collateral(&p, (struct rt_sim_collateral_knobs){.revoke_pck = true}, &revoked));
    t = dcap_trust(&p);
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), NULL));
    MUST(ratls_trust_add_collateral(t, rt_bytes_of(&p.collateral), NULL));
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, work, (void *)&seeds[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    cr_expect_eq(wrong, 0, "%u of %d", wrong, 2 * THREADS * ROUNDS);
    for (size_t i = 0; i < CHAINS; i++)
        ratls_buffer_free(&good[i]);
    ratls_buffer_free(&bad);
    ratls_buffer_free(&revoked);
    ratls_trust_unref(t);
    platform_free(&p);
}
