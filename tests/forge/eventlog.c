/* forge eventlog: the log of a usual boot, and the options that give a simulated TD its RTMRs. */
#include "forge.h"

#include <stdio.h>

#include "sim_eventlog.h"

int forge_eventlog(int argc, char **argv)
{
    uint8_t rtmr[RT_SIM_RTMRS][RT_SHA384_LEN];
    char hex[2 * RT_SHA384_LEN + 1];
    struct ratls_buffer log = {0};

    if (argc != 3 || strcmp(argv[1], "-o") != 0)
        return forge_fail("eventlog: -o FILE is needed", NULL);
    if (rt_sim_eventlog_usual(&log, rtmr) != RATLS_OK)
        return forge_fail("eventlog", NULL);
    bool written = forge_write(argv[2], rt_bytes_of(&log));
    ratls_buffer_free(&log);
    for (size_t i = 0; i < RT_SIM_RTMRS; i++) {
        rt_hex(ratls_bytes(rtmr[i], sizeof rtmr[i]), hex);
        (void)printf("%srtmr%zu=%s", i ? "," : "", i, hex);
    }
    (void)printf("\n");
    return written ? 0 : 2;
}
