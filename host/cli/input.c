#include "cli/input.h"

#include "home/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the data folder, not in /tmp: that is often memory. */
static FILE *open_unseen(const struct hf_home *home)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(home, "input.XXXXXX", "", path);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return NULL;
    unlink(path);
    FILE *file = fdopen(fd, "w+");
    if (!file)
        close(fd);
    return file;
}

static enum hf_err copy(FILE *from, const char *what, FILE *to, struct hf_fault *fault)
{
    char piece[16384];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, from)) > 0) {
        if (fwrite(piece, 1, got, to) != got)
            return hf_file_fault(fault, errno, "cannot keep a copy of", what);
    }
    if (ferror(from))
        return hf_file_fault(fault, errno, "cannot read", what);
    if (fflush(to) != 0)
        return hf_file_fault(fault, errno, "cannot keep a copy of", what);
    rewind(to);
    return HF_ERR_OK;
}

static enum hf_err keep(const struct hf_home *home, FILE *from, const char *what, FILE **out,
                        struct hf_fault *fault)
{
    FILE *to = open_unseen(home);
    if (!to)
        return hf_file_fault(fault, errno, "cannot make a file in", home->dir);
    enum hf_err err = copy(from, what, to, fault);
    if (err != HF_ERR_OK) {
        fclose(to);
        return err;
    }
    *out = to;
    return HF_ERR_OK;
}

enum hf_err hf_input_open(const struct hf_home *home, const char *path, FILE **out,
                          struct hf_fault *fault)
{
    struct stat about;
    bool is_stdin = strcmp(path, "-") == 0;
    const char *what = is_stdin ? "stdin" : path;
    FILE *from = is_stdin ? stdin : fopen(path, "re");
    if (!from || fstat(fileno(from), &about) != 0)
        return hf_file_fault(fault, errno, "cannot read", what);
    if (S_ISREG(about.st_mode)) {
        *out = from;
        return HF_ERR_OK;
    }
    if (S_ISDIR(about.st_mode)) {
        fclose(from);
        return hf_file_fault(fault, EISDIR, "cannot read", what);
    }
    enum hf_err err = keep(home, from, what, out, fault);
    fclose(from);
    return err;
}
