#include "worker/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB        INT64_C(1048576)
#define FILE_BYTES 8192                          /* of /proc/vmstat, the longest that is read */
#define PATH_BYTES (HF_CGROUP_PATH_MAX + 1 + 48) /* a group's with "-N/file" behind it */

static bool put(const char *folder, const char *file, const char *text)
{
    char path[PATH_BYTES];
    const int len = snprintf(path, sizeof path, "%s/%s", folder, file);
    const int fd =
        len < 0 || (size_t)len >= sizeof path ? -1 : open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    (void)close(fd);
    return done;
}

/* 0: no bound. */
static bool put_bound(const char *folder, const char *file, int64_t number)
{
    char text[24] = "max";
    if (number > 0)
        (void)snprintf(text, sizeof text, "%" PRId64, number);
    return put(folder, file, text);
}

static bool get(const char *folder, const char *file, char text[FILE_BYTES])
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = 0, got = fd < 0 ? -1 : 1;
    while (got > 0 && len < FILE_BYTES - 1) {
        got = read(fd, text + len, (size_t)(FILE_BYTES - 1 - len));
        len += got > 0 ? got : 0;
    }
    if (fd >= 0)
        (void)close(fd);
    text[len] = '\0';
    return len > 0;
}

static bool make(const char *folder)
{
    return mkdir(folder, 0755) == 0 || errno == EEXIST;
}

static void name_group(const struct hf_cgroup *cgroup, int slot, char out[PATH_BYTES])
{
    (void)snprintf(out, PATH_BYTES, "%s-%d", cgroup->base, slot);
}

/* --- where we are --- */

/* A worker that has read its settings again is in its own group already. */
static void strip_own_group(char *path, const char *board)
{
    char *last = strrchr(path, '/');
    if (last && strncmp(last, "/holdfast-", 10) == 0 && strcmp(last + 10, board) == 0)
        *last = '\0';
    const size_t len = strlen(path);
    if (len > 0 && path[len - 1] == '/')
        path[len - 1] = '\0';
}

/* The group that the worker was started in; `*top` when it is the first of all. False: version 2 is
 * not to be had. */
static bool find_home(const char *root, const char *board, char home[HF_CGROUP_PATH_MAX + 1],
                      bool *top)
{
    static const char *const MOUNTS[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    char text[FILE_BYTES], path[PATH_BYTES];
    char *own = get(root, "proc/self/cgroup", text) ? strstr(text, "0::/") : NULL;
    if (!own || (own != text && own[-1] != '\n'))
        return false;
    own += 3;
    own[strcspn(own, "\n")] = '\0';
    strip_own_group(own, board);
    *top = own[0] == '\0';
    for (size_t i = 0; i < sizeof MOUNTS / sizeof *MOUNTS; i++) {
        const int len = snprintf(home, HF_CGROUP_PATH_MAX + 1, "%s%s%s", root, MOUNTS[i], own);
        (void)snprintf(path, sizeof path, "%s%s/cgroup.controllers", root, MOUNTS[i]);
        if (len > 0 && len <= HF_CGROUP_PATH_MAX && access(path, F_OK) == 0)
            return true;
    }
    return false;
}

/* --- the groups --- */

static void make_groups(struct hf_cgroup *cgroup, int slots)
{
    char group[PATH_BYTES];
    cgroup->memory = cgroup->processes = true;
    for (cgroup->slots = 0; cgroup->slots < slots; cgroup->slots++) {
        name_group(cgroup, cgroup->slots, group);
        if (!make(group)) {
            cgroup->memory = cgroup->processes = false;
            return;
        }
        cgroup->memory = put_bound(group, "memory.max", 0) && cgroup->memory;
        cgroup->processes = put_bound(group, "pids.max", 0) && cgroup->processes;
        (void)put(group, "memory.swap.max", "0");
        (void)put(group, "memory.oom.group", "1");
    }
}

void hf_cgroup_open(struct hf_cgroup *cgroup, const char *root, const char *board, int slots)
{
    char home[HF_CGROUP_PATH_MAX + 1];
    bool top = false;
    memset(cgroup, 0, sizeof *cgroup);
    cgroup->why = "the kernel offers no control groups of version 2";
    if (!find_home(root, board, home, &top))
        return;
    cgroup->why = "not allowed to make groups in the one that the worker is in (Delegate=yes?)";
    const int len = snprintf(cgroup->base, sizeof cgroup->base, "%s/holdfast-%s", home, board);
    const bool fits = len > 0 && (size_t)len < sizeof cgroup->base;
    const bool moved = fits && !top && make(cgroup->base) && put(cgroup->base, "cgroup.procs", "0");
    if (fits && (top || moved)) {
        cgroup->why = "neither memory nor pids is a controller that can be had there";
        (void)put(home, "cgroup.subtree_control", "+memory");
        (void)put(home, "cgroup.subtree_control", "+pids");
        make_groups(cgroup, slots);
    }
    if (cgroup->memory || cgroup->processes)
        return;
    if (moved)
        (void)put(home, "cgroup.procs", "0");
    if (fits && !top)
        (void)rmdir(cgroup->base);
    hf_cgroup_close(cgroup);
}

static bool has(const struct hf_cgroup *cgroup, int slot)
{
    return cgroup->base[0] != '\0' && slot >= 0 && slot < cgroup->slots;
}

void hf_cgroup_bound(struct hf_cgroup *cgroup, int slot, const struct hf_limits *limits)
{
    char group[PATH_BYTES];
    if (!has(cgroup, slot))
        return;
    struct hf_limits *now = &cgroup->now[slot];
    name_group(cgroup, slot, group);
    if (cgroup->memory && limits->memory_mb != now->memory_mb &&
        put_bound(group, "memory.max", limits->memory_mb * MIB))
        now->memory_mb = limits->memory_mb;
    if (cgroup->processes && limits->processes != now->processes &&
        put_bound(group, "pids.max", limits->processes))
        now->processes = limits->processes;
}

bool hf_cgroup_note(struct hf_cgroup *cgroup, int slot, const struct hf_limits *limits)
{
    if (!has(cgroup, slot))
        return false;
    struct hf_limits *now = &cgroup->now[slot];
    const bool news = now->memory_mb != limits->memory_mb || now->processes != limits->processes;
    *now = *limits;
    return news;
}

bool hf_cgroup_join(const struct hf_cgroup *cgroup, int slot)
{
    char group[PATH_BYTES];
    if (!has(cgroup, slot))
        return false;
    name_group(cgroup, slot, group);
    return put(group, "cgroup.procs", "0");
}

int64_t hf_cgroup_oom_kills(const struct hf_cgroup *cgroup, const char *root, int slot)
{
    static const char NAME[] = "\noom_kill ";
    char text[FILE_BYTES], group[PATH_BYTES];
    name_group(cgroup, slot, group);
    const bool grouped = has(cgroup, slot) && cgroup->memory;
    if (!(grouped ? get(group, "memory.events", text) : get(root, "proc/vmstat", text)))
        return -1;
    const char *line = strstr(text, NAME);
    return line ? strtoll(line + sizeof NAME - 1, NULL, 10) : -1;
}

void hf_cgroup_close(struct hf_cgroup *cgroup)
{
    char group[PATH_BYTES];
    const char *why = cgroup->why;
    for (int slot = 0; slot < cgroup->slots; slot++) {
        name_group(cgroup, slot, group);
        (void)rmdir(group);
    }
    memset(cgroup, 0, sizeof *cgroup);
    cgroup->why = why;
}
