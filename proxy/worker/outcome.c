/* The words of an outcome. */
#include "outcome.h"

const char *px_outcome_result(const struct px_outcome *how)
{
    static const char *const words[] = {
#define WORD(name, word) [PX_RESULT_##name] = (word),
        PX_RESULTS(WORD)
#undef WORD
    };

    return words[how->result];
}

static const struct {
    const char *word;
    enum px_counter end;
} own[PX_REASON_COUNT] = {
#define ROW(name, word, end) [PX_REASON_##name] = {word, PX_END_##end},
    PX_REASONS(ROW)
#undef ROW
};

const char *px_outcome_reason(const struct px_outcome *how)
{
    return how->reason == PX_REASON_ERROR ? ratls_err_reason(how->error) : own[how->reason].word;
}

enum px_counter px_outcome_end(const struct px_outcome *how)
{
    static const struct {
        enum ratls_err e;
        enum px_counter end;
    } ends[] = {
        {RATLS_E_TRUNCATED, PX_END_TRUNCATED},
        {RATLS_E_RESET, PX_END_RESET},
        {RATLS_E_TIMEOUT, PX_END_TIMEOUT},
        {RATLS_E_LIMIT, PX_END_REFUSED},
    };

    if (how->result == PX_RESULT_DENY)
        return PX_END_REFUSED;
    if (how->reason != PX_REASON_ERROR)
        return own[how->reason].end;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (ends[i].e == how->error)
            return ends[i].end;
    return PX_END_NONE;
}
