#include "cli/outfiles.h"

#include "cli/show.h"
#include "home/file.h"
#include "wire/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Appends a part of a path, unless it is empty or leads nowhere or up. */
static void add_part(char *out, const char *part, size_t len)
{
    size_t used = strlen(out);
    bool nowhere = len == 0 || (len == 1 && part[0] == '.') || (len == 2 && !memcmp(part, "..", 2));
    if (nowhere || used + len + 2 > HF_OUTFILES_NAME_MAX)
        return;
    snprintf(out + used, HF_OUTFILES_NAME_MAX - used, "%s%.*s", used ? "/" : "", (int)len, part);
}

void hf_outfiles_name(const struct hf_entry *entry, bool twice, char out[HF_OUTFILES_NAME_MAX])
{
    const char *at = entry->name;
    out[0] = '\0';
    while (*at) {
        size_t len = strcspn(at, "/");
        add_part(out, at, len);
        at += len + (at[len] == '/');
    }
    size_t used = strlen(out);
    if (used == 0 || twice)
        snprintf(out + used, HF_OUTFILES_NAME_MAX - used, "%s%" PRId64, used ? "." : "",
                 entry->seq);
}

enum hf_err hf_outfiles_open(const char *folder, struct hf_fault *fault)
{
    if (mkdir(folder, 0777) == 0 || errno == EEXIST)
        return HF_ERR_OK;
    return hf_file_fault(fault, errno, "cannot make the folder", folder);
}

/* The folders above the last part of `path`, from `from` on. */
static enum hf_err make_folders(char *path, char *from, struct hf_fault *fault)
{
    for (char *slash = strchr(from, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        enum hf_err err = hf_outfiles_open(path, fault);
        *slash = '/';
        if (err != HF_ERR_OK)
            return err;
    }
    return HF_ERR_OK;
}

/* How much of a piece that is not the last to show: no character is cut. */
static size_t whole_of(const char *piece, size_t len)
{
    const struct hf_str text = {piece, len};
    return len > 8 ? hf_utf8_head(text, len - 4).len : len;
}

static bool put(struct hf_str piece, bool shown, FILE *to)
{
    if (!shown)
        return fwrite(piece.data, 1, piece.len, to) == piece.len;
    hf_show_escaped(piece, to);
    return !ferror(to);
}

static enum hf_err copy(const struct hf_bodies *bodies, const struct hf_body *body, bool shown,
                        FILE *to, struct hf_fault *fault)
{
    struct hf_body_reader reader = {0};
    char piece[16384];
    uint64_t at = 0;
    size_t got = 1;
    enum hf_err err = hf_body_open(bodies, body, &reader, fault);
    while (err == HF_ERR_OK && got > 0) {
        err = hf_body_read(&reader, at, piece, sizeof piece, &got, fault);
        if (shown && at + got < reader.size)
            got = whole_of(piece, got);
        if (err == HF_ERR_OK && !put((struct hf_str){piece, got}, shown, to))
            err = HF_ERR_IO;
        at += got;
    }
    hf_body_close(&reader);
    return err;
}

enum hf_err hf_outfiles_copy(const struct hf_bodies *bodies, const struct hf_body *body, FILE *to,
                             struct hf_fault *fault)
{
    return copy(bodies, body, false, to, fault);
}

enum hf_err hf_outfiles_show(const struct hf_bodies *bodies, const struct hf_body *body, FILE *to,
                             struct hf_fault *fault)
{
    return copy(bodies, body, isatty(fileno(to)) != 0, to, fault);
}

static enum hf_err write_file(const char *path, const struct hf_bodies *bodies,
                              const struct hf_body *body, struct hf_fault *fault)
{
    FILE *to = fopen(path, "we");
    if (!to)
        return hf_file_fault(fault, errno, "cannot write", path);
    enum hf_err err = hf_outfiles_copy(bodies, body, to, fault);
    bool failed = ferror(to) != 0;
    if (fclose(to) != 0 || failed)
        return hf_file_fault(fault, errno ? errno : EIO, "cannot write", path);
    return err;
}

enum hf_err hf_outfiles_write(const char *folder, const struct hf_bodies *bodies,
                              const struct hf_ending *ending, bool twice, char *path, size_t size,
                              struct hf_fault *fault)
{
    char name[HF_OUTFILES_NAME_MAX];
    char part[PATH_MAX];
    hf_outfiles_name(&ending->entry, twice, name);
    int len = snprintf(path, size, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= size || (size_t)len + 8 >= sizeof part)
        return hf_file_fault(fault, ENAMETOOLONG, "cannot write", name);
    enum hf_err err = make_folders(path, path + strlen(folder) + 1, fault);
    snprintf(part, sizeof part, "%s.part", path);
    if (err == HF_ERR_OK)
        err = write_file(part, bodies, &ending->body, fault);
    if (err == HF_ERR_OK && rename(part, path) != 0)
        err = hf_file_fault(fault, errno, "cannot write", path);
    if (err != HF_ERR_OK)
        unlink(part);
    return err;
}
