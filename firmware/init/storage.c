#include "init/storage.h"

#include "init/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

/* ext4's superblock */
#define SUPER_AT    1024
#define MAGIC_AT    56
#define LABEL_AT    120
#define LABEL_BYTES 16
#define SUPER_BYTES 136

static bool has_label(const char *path, const char *label)
{
    unsigned char super[SUPER_BYTES];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool read_it = pread(fd, super, sizeof super, SUPER_AT) == (ssize_t)sizeof super;
    (void)close(fd);
    return read_it && super[MAGIC_AT] == 0x53 && super[MAGIC_AT + 1] == 0xEF &&
           strncmp((const char *)super + LABEL_AT, label, LABEL_BYTES) == 0;
}

bool hf_storage_find(const char *label, char path[HF_STORAGE_PATH_BYTES])
{
    bool found = false;
    DIR *blocks = opendir("/sys/class/block");
    for (struct dirent *block; blocks && !found && (block = readdir(blocks));) {
        if (block->d_name[0] == '.')
            continue;
        (void)snprintf(path, HF_STORAGE_PATH_BYTES, "/dev/%.*s", HF_STORAGE_PATH_BYTES - 6,
                       block->d_name);
        found = has_label(path, label);
    }
    if (blocks)
        (void)closedir(blocks);
    return found;
}

bool hf_storage_mount(const char *label, const char *folder, int64_t limit_s)
{
    char path[HF_STORAGE_PATH_BYTES];
    const int64_t end_s = hf_uptime_s() + limit_s;
    while (!hf_storage_find(label, path)) {
        if (hf_uptime_s() >= end_s) {
            hf_say("no partition is labelled \"%s\"", label);
            return false;
        }
        hf_nap();
    }
    if (mount(path, folder, "ext4", MS_NOATIME | MS_NOSUID | MS_NODEV, "errors=remount-ro") != 0) {
        hf_say("mount %s: %s", path, strerror(errno));
        return false;
    }
    hf_say("%s is mounted", path);
    return true;
}
