#include "init/pause.h"

unsigned hf_pause_next(struct hf_pause *pause, int64_t lasted_s)
{
    unsigned next_s = 2 * pause->before_s;
    if (next_s == 0 || hf_pause_is_good(lasted_s))
        next_s = 1;
    pause->before_s = next_s < pause->max_s ? next_s : pause->max_s;
    return pause->before_s;
}
