#include "worker/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAIT_STEP_MS 10

static enum hf_err err_of(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS: return HF_ERR_DENIED;
    case ENOSPC:
    case EDQUOT: return HF_ERR_NO_SPACE;
    case EAGAIN: return HF_ERR_BUSY;
    default: return HF_ERR_IO;
    }
}

/* Makes each folder of `path` that is missing. */
static int make_path(char *path, mode_t mode)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = mkdir(path, 0755) != 0 && errno != EEXIST;
        *slash = '/';
        if (failed)
            return -1;
    }
    return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -1;
}

enum hf_err hf_state_name(struct hf_state *state, const char *folder, struct hf_fault *fault)
{
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/')
        len--;
    (void)snprintf(state->work, sizeof state->work, "%.*s/work", (int)len, folder);
    int used = snprintf(state->journal, sizeof state->journal, "%.*s/journal", (int)len, folder);
    if (len == 0 || used < 0 || (size_t)used >= sizeof state->journal)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "the path of the state folder has %zu bytes; 1 to %d are possible", len,
                            HF_STATE_PATH_MAX - 8);
    (void)snprintf(state->folder, sizeof state->folder, "%.*s", (int)len, folder);
    return HF_ERR_OK;
}

/* 0, or errno. */
static int lock(int fd)
{
    static const struct timespec moment = {.tv_nsec = WAIT_STEP_MS * 1000000L};
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    for (int waited_ms = 0;; waited_ms += WAIT_STEP_MS) {
        if (fcntl(fd, F_SETLK, &whole) == 0)
            return 0;
        if ((errno != EACCES && errno != EAGAIN) || waited_ms >= HF_STATE_WAIT_MS)
            return errno == EACCES ? EAGAIN : errno; /* POSIX allows both */
        (void)nanosleep(&moment, NULL);
    }
}

static enum hf_err take_lock(struct hf_state *state, struct hf_fault *fault)
{
    char path[HF_STATE_PATH_MAX + 8];
    (void)snprintf(path, sizeof path, "%s/lock", state->folder);
    state->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (state->lock_fd < 0)
        return hf_fault_set(fault, err_of(errno), errno,
                            "cannot write in the state folder %s: %s%s", state->folder,
                            strerror(errno),
                            errno == EACCES ? "; is a folder above it closed to the worker's user "
                                              "(chmod o+x)?"
                                            : "");
    /* Unlike flock's, this lock is not inherited by children: one that outlives a killed worker by
     * a moment does not keep the next worker out. */
    const int error = lock(state->lock_fd);
    if (error == 0)
        return HF_ERR_OK;
    return hf_fault_set(fault, err_of(error), error,
                        error == EAGAIN ? "the state folder %s is in use by another worker; "
                                          "give each its own \"state\""
                                        : "cannot lock the state folder %s",
                        state->folder);
}

enum hf_err hf_state_make(struct hf_state *state, struct hf_fault *fault)
{
    if (make_path(state->folder, 0700) == 0)
        return HF_ERR_OK;
    return hf_fault_set(fault, err_of(errno), errno, "cannot make the state folder %s: %s",
                        state->folder, strerror(errno));
}

enum hf_err hf_state_open(struct hf_state *state, const char *folder, struct hf_fault *fault)
{
    state->lock_fd = -1;
    enum hf_err err = hf_state_name(state, folder, fault);
    if (err != HF_ERR_OK)
        return err;
    err = hf_state_make(state, fault);
    if (err != HF_ERR_OK)
        return err;
    err = take_lock(state, fault);
    if (err == HF_ERR_OK && make_path(state->work, 0700) != 0)
        err = hf_fault_set(fault, err_of(errno), errno, "cannot make the folder %s: %s",
                           state->work, strerror(errno));
    if (err != HF_ERR_OK)
        hf_state_close(state);
    return err;
}

static void let_pass(const char *folder)
{
    struct stat status;
    if (stat(folder, &status) == 0 && (status.st_mode & 0011) != 0011)
        (void)chmod(folder, (status.st_mode & 07777) | 0011);
}

void hf_state_let_pass(const struct hf_state *state)
{
    let_pass(state->folder);
    let_pass(state->work);
}

void hf_state_close(struct hf_state *state)
{
    if (state->lock_fd >= 0)
        (void)close(state->lock_fd);
    state->lock_fd = -1;
}
