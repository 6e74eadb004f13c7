/* forge corpus: seeds of boot logs and of IMA lists, usual and hostile ones. */
#include "corpus.h"
#include "sim_eventlog.h"
#include "sim_ima.h"

#define NO_ACTION 3
#define SEPARATOR 4

/* The first byte as in tests/fuzz/eventlog_fuzz.c: the hash, and 3 more for a TPM. */
enum { SHA256, SHA384, TPM_SHA256 = 3, TPM_SHA384 };

static bool seed_usual(const struct corpus *c)
{
    static const struct {
        const char *name;
        uint8_t reader;
    } td[] = {{"usual", SHA384}, {"usual-tpm", TPM_SHA384}, {"other-hash", SHA256}};
    uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN], rem[RT_SIM_RTMRS][RT_SHA256_LEN];
    struct ratls_buffer log;

    for (size_t i = 0; i < RT_COUNT(td); i++)
        if (rt_sim_eventlog_usual(&log, rtmr) != RATLS_OK ||
            !seed_for_reader(c, td[i].name, td[i].reader, &log))
            return false;
    return rt_sim_eventlog_virtcca(&log, rem) == RATLS_OK &&
           seed_for_reader(c, "virtcca", SHA256, &log);
}

bool corpus_eventlog(const struct corpus *c)
{
    static const uint8_t locality[17] = "StartupLocality\0\3";
    const struct rt_sim_event hostile[] = {
        {0, NO_ACTION, ratls_bytes(locality, sizeof locality), {0}},
        {0xffffffff, NO_ACTION, {0}, {0}},
        {0, SEPARATOR, {0}, {0}},
        {5, SEPARATOR, {0}, {0}},
        {23, SEPARATOR, {0}, {0}},
        {24, SEPARATOR, {0}, {0}},
    };
    struct rt_sim_registers regs;
    struct ratls_buffer log;
    char name[32];

    for (size_t n = 0; n <= RT_COUNT(hostile); n++) {
        (void)snprintf(name, sizeof name, "events-%zu", n);
        if (rt_sim_eventlog(RT_SHA256, hostile, n, &log, &regs) != RATLS_OK ||
            !seed_for_reader(c, name, n % 2 ? SHA256 : TPM_SHA256, &log))
            return false;
    }
    return seed_usual(c);
}

/* The first byte as in tests/fuzz/ima_fuzz.c: three for each register, SHA-256 first. */
bool corpus_ima(const struct corpus *c)
{
    static const struct ratls_bytes none;
    const struct ratls_bytes text = ratls_bytes_str("text");
    const struct rt_sim_ima_entry entries[] = {
        {"/a", text, none, false}, {"/b", text, text, false}, {"/c", text, none, true}};
    static const char *const forms[] = {"binary", "ascii"};
    uint8_t value[RT_SHA256_LEN];
    struct ratls_buffer list;
    char name[32];

    for (size_t form = 0; form < RT_COUNT(forms); form++) {
        const struct rt_sim_ima what = {4, (enum rt_sim_ima_form)form, entries, 3};
        if (rt_sim_ima(&what, &list, value) != RATLS_OK ||
            !seed_for_reader(c, forms[form], 3 * 4, &list))
            return false;
        (void)snprintf(name, sizeof name, "usual-%s", forms[form]);
        if (rt_sim_ima_usual(10, what.form, &list, value) != RATLS_OK ||
            !seed_for_reader(c, name, 3 * 10, &list))
            return false;
    }
    return true;
}
