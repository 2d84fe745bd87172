#include "home/lock.h"

#include "home/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum hf_err hf_home_lock_file(const struct hf_home *home, const char *name, const char *busy,
                              int *fd, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(home, name, "", path);
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
    return hf_fault_set(fault, HF_ERR_BUSY, number, "another holdfast %s in %s", busy, home->dir);
}

enum hf_err hf_home_lock(const struct hf_home *home, int *fd, struct hf_fault *fault)
{
    return hf_home_lock_file(home, HF_HOME_LOCK,
                             "is at work on the broker or its settings (try again when it is done)",
                             fd, fault);
}
