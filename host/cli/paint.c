#include "cli/paint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool hf_paint_wanted(FILE *to)
{
    const char *refused = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return !(refused && refused[0]) && term && strcmp(term, "dumb") != 0 && isatty(fileno(to));
}

const char *hf_paint_on(bool wanted, enum hf_paint paint)
{
    static const char *const escapes[] = {[HF_PAINT_GOOD] = "\033[32m",
                                          [HF_PAINT_BAD] = "\033[31m",
                                          [HF_PAINT_BUSY] = "\033[33m",
                                          [HF_PAINT_FAINT] = "\033[2m"};
    return wanted ? escapes[paint] : "";
}

const char *hf_paint_off(bool wanted)
{
    return wanted ? "\033[0m" : "";
}

enum hf_paint hf_paint_of(enum hf_state state)
{
    if (state == HF_STATE_DONE)
        return HF_PAINT_GOOD;
    if (state == HF_STATE_RUNNING)
        return HF_PAINT_BUSY;
    return hf_state_is_open(state) ? HF_PAINT_FAINT : HF_PAINT_BAD;
}
