/* Files that several commands put into a trust. */
#include "tool.h"

bool tool_add_file(struct ratls_trust *trust, const char *path, tool_add_fn *add)
{
    struct ratls_buffer file = {0};
    struct ratls_error err = {0};

    if (!tool_read(path, &file))
        return false;
    enum ratls_err e = add(trust, ratls_bytes(file.p, file.len), &err);
    ratls_buffer_free(&file);
    if (e)
        tool_fail_with(path, e, &err);
    return e == RATLS_OK;
}

bool tool_add_files(struct ratls_trust *trust, const struct tool_value *paths, tool_add_fn *add)
{
    for (size_t i = 0; i < paths->n; i++)
        if (!tool_add_file(trust, paths->items[i], add))
            return false;
    return true;
}

bool tool_add_roots(struct ratls_trust *trust, const struct tool_value *anchors,
                    const struct tool_value *sim_roots)
{
    return tool_add_files(trust, anchors, ratls_trust_add_roots) &&
           tool_add_files(trust, sim_roots, ratls_trust_insecure_add_sim_roots);
}
