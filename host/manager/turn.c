#include "manager/turn.h"

#include "home/lock.h"

enum hf_err hf_turn_take(const struct hf_home *home, int *fd, struct hf_fault *fault)
{
    return hf_home_lock_file(home, HF_HOME_OUTBOX_LOCK, "is publishing", fd, fault);
}
