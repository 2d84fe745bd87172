#include "manager/turn.h"

#include "home/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum hf_err hf_turn_take(const struct hf_home *home, int *fd, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(home, HF_HOME_OUTBOX_LOCK, "", path);
    int opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0)
        return hf_file_fault(fault, errno, "cannot open", path);
    if (flock(opened, LOCK_EX | LOCK_NB) == 0) {
        *fd = opened;
        return HF_ERR_OK;
    }
    int number = errno;
    close(opened);
    if (number != EWOULDBLOCK)
        return hf_file_fault(fault, number, "cannot lock", path);
    return hf_fault_set(fault, HF_ERR_BUSY, number, "another holdfast is publishing from %s",
                        home->dir);
}
