#include "handlers/builtins.h"
#include "handlers/io.h"
#include "handlers/rooted.h"
#include "wire/json_write.h"
#include "wire/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define ALLOWED        "/etc/holdfast/files"
#define ALLOWED_ALWAYS "/var/log"
#define LINE_BYTES     512
#define PATH_SHOWN_MAX 300
#define NAME_BYTES     (4 * NAME_MAX + 128) /* of a folder's entry, as JSON */
#define PROGRESS_BYTES (1024 * 1024)

/* True when `path` is `folder`, which may end in slashes, or lies in it. Both are resolved. */
static bool lies_in(const char *path, const char *folder)
{
    const size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || (len > 0 && folder[len - 1] == '/'));
}

static bool allowed_by(const char *root, const char *folder, const char *path)
{
    char full[PATH_MAX], real[PATH_MAX];
    const int len = snprintf(full, sizeof full, "%s%s", root, folder);
    return folder[0] == '/' && len > 0 && (size_t)len < sizeof full && realpath(full, real) &&
           lies_in(path, real);
}

static bool allowed(const char *root, const char *path)
{
    char line[LINE_BYTES];
    bool found = allowed_by(root, ALLOWED_ALWAYS, path);
    (void)snprintf(line, sizeof line, "%s" ALLOWED, root);
    FILE *list = fopen(line, "re");
    while (list && !found && fgets(line, sizeof line, list)) {
        line[strcspn(line, "\r\n")] = '\0';
        found = allowed_by(root, line, path);
    }
    if (list)
        (void)fclose(list);
    return found;
}

static int refuse(const struct hf_handler_io *io, int code, const char *path, const char *why)
{
    char shown[PATH_SHOWN_MAX + 1];
    (void)snprintf(shown, sizeof shown, "%.*s", PATH_SHOWN_MAX, path);
    hf_utf8_clean(shown, false);
    return hf_io_fail(io, code, "%s: %s", shown, why);
}

static int send_file(const struct hf_handler_io *io, int fd, int64_t size, const char *path)
{
    char data[16384];
    int64_t done = 0, reported = 0;
    ssize_t got;
    while ((got = read(fd, data, sizeof data)) > 0) {
        if (hf_io_write(io, data, (size_t)got) != 0)
            return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
        done += got;
        if (done - reported >= PROGRESS_BYTES) {
            hf_io_progress(io, done, done > size ? done : size, "bytes");
            reported = done;
        }
    }
    return got == 0 ? EX_OK : refuse(io, EX_IOERR, path, strerror(errno));
}

static int send_entry(const struct hf_handler_io *io, int folder, const char *name)
{
    char line[NAME_BYTES], shown[NAME_MAX + 1], rest[96];
    struct hf_json_writer writer = {.to = line, .size = sizeof line};
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return EX_OK; /* it went meanwhile */
    (void)snprintf(shown, sizeof shown, "%s", name);
    hf_utf8_clean(shown, false);
    const char *type = S_ISREG(info.st_mode)   ? "file"
                       : S_ISDIR(info.st_mode) ? "folder"
                       : S_ISLNK(info.st_mode) ? "link"
                                               : "other";
    (void)snprintf(rest, sizeof rest,
                   ",\"type\":\"%s\",\"bytes\":%" PRId64 ",\"modified_s\":%" PRId64 "}\n", type,
                   (int64_t)info.st_size, (int64_t)info.st_mtime);
    hf_json_write(&writer, "{\"name\":");
    hf_json_write_text(&writer, hf_str(shown));
    hf_json_write(&writer, rest);
    if (!hf_json_write_end(&writer) || hf_io_write(io, line, strlen(line)) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
    return EX_OK;
}

static int send_folder(const struct hf_handler_io *io, int fd, const char *path)
{
    DIR *folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return refuse(io, EX_IOERR, path, strerror(errno));
    }
    int code = EX_OK;
    for (struct dirent *entry; code == EX_OK && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            code = send_entry(io, dirfd(folder), entry->d_name);
    }
    (void)closedir(folder);
    return code;
}

static int send(const struct hf_handler_io *io, const char *path)
{
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0)
        return refuse(io, errno == EACCES ? EX_NOPERM : EX_NOINPUT, path, strerror(errno));
    int code = EX_NOINPUT;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))
        return send_folder(io, fd, path);
    if (S_ISREG(info.st_mode))
        code = send_file(io, fd, (int64_t)info.st_size, path);
    else
        (void)refuse(io, code, path, "neither a file nor a folder");
    (void)close(fd);
    return code;
}

int hf_files_of(const struct hf_handler_io *io, const char *root)
{
    char path[PATH_MAX], full[PATH_MAX + PATH_MAX], real[PATH_MAX];
    const ssize_t len = hf_io_read_all(io, path, sizeof path);
    if (len < 0)
        return hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
    path[len < PATH_MAX ? len : 0] = '\0';
    path[strcspn(path, "\r\n")] = '\0';
    if (path[0] != '/')
        return refuse(io, EX_DATAERR, path,
                      "not the path of a file or folder; expected one that begins with /");
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    if (!realpath(full, real))
        return refuse(io, EX_NOINPUT, path, strerror(errno));
    if (!allowed(root, real))
        return refuse(io, EX_NOPERM, path,
                      "not given away: only what lies in " ALLOWED_ALWAYS
                      " or in a folder that " ALLOWED " names, one a line");
    return send(io, real);
}

int hf_handler_files(const struct hf_handler_io *io)
{
    return hf_files_of(io, "");
}
