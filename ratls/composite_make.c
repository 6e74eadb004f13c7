/* Composite evidence as an attester makes it: the nonce of its devices, and all parts in one. */
#include <stdio.h>

#include "composite.h"

enum ratls_err ratls_device_report_data(const uint8_t report_data[RATLS_REPORT_DATA_LEN],
                                        uint8_t out[RATLS_REPORT_DATA_LEN])
{
    static const char label[] = "ratls/1 device"; /* with its zero byte */
    uint8_t said[sizeof label + RATLS_REPORT_DATA_LEN];

    memcpy(said, label, sizeof label);
    memcpy(said + sizeof label, report_data, RATLS_REPORT_DATA_LEN);
    memset(out, 0, RATLS_REPORT_DATA_LEN);
    return rt_sha256(ratls_bytes(said, sizeof said), out);
}

void ratls_device_label(const char *kind, unsigned n, char out[RATLS_DEVICE_LABEL_LEN])
{
    const char *name = strcmp(kind, "nvidia") == 0       ? "gpu"
                       : strcmp(kind, "ascend_npu") == 0 ? "npu"
                                                         : "dev";

    (void)snprintf(out, RATLS_DEVICE_LABEL_LEN, "%s%u", name, n);
}

static bool take(const struct ratls_part *part, char room[RT_SESSION_MEDIA_ROOM],
                 struct rt_cmw_item *out)
{
    *out = (struct rt_cmw_item){.evidence = part->evidence};
    if (strlen(part->label) > RT_MAX_CMW_LABEL)
        return false;
    memcpy(out->label, part->label, strlen(part->label) + 1);
    out->media_type = ratls_bytes_str(rt_session_media_type(part->media_type, part->tee, room));
    return true;
}

enum ratls_err ratls_composite_write(const struct ratls_part *parts, size_t n,
                                     struct ratls_buffer *out, struct ratls_error *err)
{
    char types[RT_MAX_CMW_ITEMS][RT_SESSION_MEDIA_ROOM];
    struct rt_cmw_collection all = {0};
    bool good = n > 0 && n <= RT_MAX_CMW_ITEMS && strcmp(parts[0].label, RT_CPU_LABEL) == 0;

    *out = (struct ratls_buffer){0};
    for (; all.n < n && good; all.n++)
        good = take(&parts[all.n], types[all.n], &all.item[all.n]);
    enum ratls_err e = good ? rt_cmw_collection_write(&all, out) : RATLS_E_USAGE;
    return e ? ratls_fail(err, e, "these parts make no composite evidence") : RATLS_OK;
}
