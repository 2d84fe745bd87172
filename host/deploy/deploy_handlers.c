#include "deploy/deploy_internal.h"
#include "deploy/sum.h"
#include "home/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HANDLER_MAX (16 * 1024 * 1024)

/* `sums` is what the script's "sums" printed: lines of SUM NAME. */
static bool is_there(const char *sums, const char *sum, const char *name)
{
    char line[HF_SUM_TEXT + HF_NAME_MAX + 2];
    const int len = snprintf(line, sizeof line, "%s %s\n", sum, name);
    const char *at = len > 0 && (size_t)len < sizeof line ? strstr(sums, line) : NULL;
    return at && (at == sums || at[-1] == '\n');
}

static enum hf_err copy(struct hf_deploy_run *run, const char *name, const char *sums)
{
    char from[HF_PATH_MAX + 1], to[HF_NAME_MAX + 64], sum[HF_SUM_TEXT];
    struct stat info;
    char *data = NULL;
    size_t len = 0;
    enum hf_err err = hf_deploy_path(run, run->request->handlers, name, from);
    if (err)
        return err;
    if (stat(from, &info) != 0 || !S_ISREG(info.st_mode) || !(info.st_mode & S_IXUSR))
        return HF_ERR_OK;
    if (!hf_handler_name_valid(hf_str(name)))
        return hf_fault_set(run->fault, HF_ERR_INVALID, 0,
                            "%s: the name of a handler has 1 to 32 of A-Z, a-z, 0-9, . _ -", from);
    (void)snprintf(to, sizeof to, HF_DEPLOY_ETC "handlers/%s", name);
    err = hf_file_read(from, HANDLER_MAX, &data, &len, run->fault);
    if (!err)
        err = hf_sum(data, len, sum, run->fault);
    if (!err && !is_there(sums, sum, name)) {
        err = hf_deploy_put(run, to, "755", data, len);
        run->done->handlers += err == HF_ERR_OK;
    }
    free(data);
    return err;
}

enum hf_err hf_deploy_handlers(struct hf_deploy_run *run)
{
    const char *folder = run->request->handlers;
    if (!folder)
        return HF_ERR_OK;
    hf_deploy_step(run, "handlers", folder);
    DIR *entries = opendir(folder);
    if (!entries)
        return hf_file_fault(run->fault, errno, "cannot read", folder);
    enum hf_err err = hf_deploy_say(run, "sums");
    char *sums = err ? NULL : strdup(run->call.output); /* copying overwrites it */
    if (!err && !sums)
        err = hf_fault_set(run->fault, HF_ERR_NO_MEMORY, 0, "out of memory");
    for (struct dirent *entry; !err && sums && (entry = readdir(entries));)
        if (entry->d_name[0] != '.')
            err = copy(run, entry->d_name, sums);
    free(sums);
    (void)closedir(entries);
    return err;
}
