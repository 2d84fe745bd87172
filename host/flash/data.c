#include "flash/data.h"

#include "flash/tool.h"
#include "home/file.h"
#include "home/home.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PACKAGE   "e2fsprogs"
#define DEPTH_MAX 4

static bool pass_over(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* debugfs's orders that make all below `folder` root's. */
static void write_orders(FILE *orders, const char *folder, const char *path, int depth)
{
    char below[HF_PATH_MAX + 1], inside[HF_PATH_MAX + 1];
    DIR *entries = depth < DEPTH_MAX ? opendir(folder) : NULL;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (pass_over(entry->d_name))
            continue;
        const int len = snprintf(below, sizeof below, "%s/%s", folder, entry->d_name);
        const int inside_len = snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        if (len > HF_PATH_MAX || inside_len > HF_PATH_MAX)
            continue;
        (void)fprintf(orders, "sif %s uid 0\nsif %s gid 0\n", inside, inside);
        if (entry->d_type == DT_DIR)
            write_orders(orders, below, inside, depth + 1);
    }
    if (entries)
        (void)closedir(entries);
}

static enum hf_err give_to_root(const struct hf_data *data, struct hf_fault *fault)
{
    char file[HF_PATH_MAX + 16], device[HF_PATH_MAX + 32];
    (void)snprintf(file, sizeof file, "%s.orders", data->folder);
    (void)snprintf(device, sizeof device, "%s?offset=%" PRIu64, data->image, data->at);
    FILE *orders = fopen(file, "we");
    if (!orders)
        return hf_fault_set(fault, HF_ERR_IO, 0, "cannot write %s", file);
    write_orders(orders, data->folder, "", 0);
    (void)fclose(orders);
    const char *const words[] = {"debugfs", "-w", "-f", file, device, NULL};
    const struct hf_tool tool = {.words = words, .package = PACKAGE};
    const enum hf_err err = hf_tool_run(&tool, fault);
    (void)unlink(file);
    return err;
}

enum hf_err hf_data_write(const struct hf_data *data, struct hf_fault *fault)
{
    char options[128], size[32];
    (void)snprintf(options, sizeof options,
                   "offset=%" PRIu64
                   ",root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard",
                   data->at);
    (void)snprintf(size, sizeof size, "%" PRId64 "k", data->mb * 1024);
    const char *const words[] = {"mke2fs",      "-q",        "-F", "-t", "ext4",  "-L",
                                 HF_DATA_LABEL, "-m",        "0",  "-E", options, "-d",
                                 data->folder,  data->image, size, NULL};
    const struct hf_tool tool = {.words = words, .package = PACKAGE};
    const enum hf_err err = hf_tool_run(&tool, fault);
    return err || geteuid() == 0 ? err : give_to_root(data, fault);
}
