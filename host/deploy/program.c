#include "deploy/program.h"

#include "deploy/script.h"
#include "home/file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_MAX (16 * 1024 * 1024)

/* What an ELF header says, by how uname -m begins; an AArch64 kernel runs ARM programs as well. */
static const struct {
    const char *machine;
    unsigned char bits;
    unsigned short number;
} KINDS[] = {
    {"arm", ELFCLASS32, EM_ARM},       {"aarch64", ELFCLASS64, EM_AARCH64},
    {"aarch64", ELFCLASS32, EM_ARM},   {"riscv64", ELFCLASS64, EM_RISCV},
    {"x86_64", ELFCLASS64, EM_X86_64},
};

enum hf_err hf_program_check(const char *data, size_t len, const char *machine,
                             struct hf_fault *fault)
{
    const unsigned char *head = (const unsigned char *)data;
    bool fits = false;
    if (len < sizeof(Elf32_Ehdr) || memcmp(data, ELFMAG, SELFMAG) != 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "it is no Linux program");
    const unsigned number = head[18] | (unsigned)head[19] << 8;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        fits = fits || (strncmp(machine, KINDS[i].machine, strlen(KINDS[i].machine)) == 0 &&
                        head[EI_CLASS] == KINDS[i].bits && number == KINDS[i].number);
    if (!fits || head[EI_DATA] != ELFDATA2LSB)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "it is a program for another processor (ELF machine %u), not for %s",
                            number, machine);
    return HF_ERR_OK;
}

/* .../build/host, where this program lies. */
static bool own_folder(char out[PATH_MAX])
{
    const ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - 1);
    if (len <= 0)
        return false;
    out[len] = '\0';
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

static bool find_built(const char *folder, const char *board, struct hf_program *out)
{
    const int len =
        snprintf(out->path, sizeof out->path, "%s/../%s/holdfast-worker", folder, board);
    (void)snprintf(out->board, sizeof out->board, "%s", board);
    return len > 0 && (size_t)len < sizeof out->path && hf_file_exists(out->path);
}

/* Builds of one checkout take turns: many boards may be in want of a worker at once. */
static int lock_builds(const char *presets)
{
    const int fd = open(presets, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    return fd;
}

static enum hf_err build(const char *folder, const char *board,
                         void (*say)(void *context, const char *text), void *context,
                         struct hf_fault *fault)
{
    char root[PATH_MAX + 32], words[PATH_MAX + 256];
    (void)snprintf(root, sizeof root, "%s/../../CMakePresets.json", folder);
    if (!hf_file_exists(root))
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0,
                            "no worker of preset %s lies beside this program (%s): build it in a "
                            "checkout of Holdfast, or give --worker FILE",
                            board, folder);
    (void)snprintf(words, sizeof words, "building the worker of preset %s, once", board);
    if (say)
        say(context, words);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)snprintf(root, sizeof root, "%s/../..", folder);
        (void)snprintf(
            words, sizeof words,
            "exec >&2; cmake --preset %s >/dev/null && cmake --build --preset %s >/dev/null", board,
            board);
        if (chdir(root) == 0)
            (void)execl("/bin/sh", "sh", "-c", words, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return hf_fault_set(fault, HF_ERR_IO, 0,
                            "the worker could not be built: try \"cmake --preset %s && cmake "
                            "--build --preset %s\" in the checkout",
                            board, board);
    return HF_ERR_OK;
}

/* Two folders up, in place. False: there are not so many. */
static bool go_up_twice(char *path)
{
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            return false;
        *slash = '\0';
    }
    return true;
}

enum hf_err hf_program_checkout(char out[HF_PATH_MAX + 1], struct hf_fault *fault)
{
    char folder[PATH_MAX], root[PATH_MAX], presets[PATH_MAX + 32];
    if (!own_folder(folder))
        return hf_fault_set(fault, HF_ERR_IO, errno, "/proc is needed to find the checkout");
    memcpy(root, folder, sizeof root);
    bool found = go_up_twice(root);
    (void)snprintf(presets, sizeof presets, "%s/CMakePresets.json", root);
    found = found && hf_file_exists(presets) && strlen(root) <= HF_PATH_MAX;
    if (!found)
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0,
                            "this needs a checkout of Holdfast, and %s is not the build folder of "
                            "one",
                            folder);
    memcpy(out, root, strlen(root) + 1);
    return HF_ERR_OK;
}

enum hf_err hf_program_of_board(const char *board, void (*say)(void *context, const char *text),
                                void *context, struct hf_program *out, struct hf_fault *fault)
{
    char folder[PATH_MAX], presets[PATH_MAX + 32];
    if (!own_folder(folder))
        return hf_fault_set(fault, HF_ERR_IO, errno, "/proc is needed to find the workers");
    if (find_built(folder, board, out))
        return HF_ERR_OK;
    (void)snprintf(presets, sizeof presets, "%s/../../CMakePresets.json", folder);
    const int lock = lock_builds(presets);
    enum hf_err err = HF_ERR_OK;
    if (!find_built(folder, board, out)) {
        err = build(folder, board, say, context, fault);
        if (!err && !find_built(folder, board, out))
            err = hf_fault_set(fault, HF_ERR_IO, 0, "the build left no %s", out->path);
    }
    if (lock >= 0)
        (void)close(lock);
    return err;
}

static enum hf_err find_ours(const char *machine, const char *preset,
                             void (*say)(void *context, const char *text), void *context,
                             struct hf_program *out, struct hf_fault *fault)
{
    char folder[PATH_MAX];
    const char *first = NULL;
    if (!own_folder(folder))
        return hf_fault_set(fault, HF_ERR_IO, errno, "/proc is needed to find the workers");
    if (preset && find_built(folder, preset, out))
        return HF_ERR_OK;
    for (const struct hf_deploy_machine *row = hf_deploy_machines; row->machine; row++) {
        if (strncmp(row->machine, machine, strlen(row->machine)) != 0)
            continue;
        if (find_built(folder, row->board, out))
            return HF_ERR_OK;
        first = first ? first : row->board;
    }
    if (!first)
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0,
                            "no board in boards/ is a machine of the kind \"%s\": boards/README.md "
                            "says how to add one",
                            machine);
    return hf_program_of_board(first, say, context, out, fault);
}

enum hf_err hf_program_find(const char *machine, const char *preset, const char *file,
                            void (*say)(void *context, const char *text), void *context,
                            struct hf_program *out, struct hf_fault *fault)
{
    struct hf_fault why = {0};
    *out = (struct hf_program){.data = NULL};
    if (file)
        (void)snprintf(out->path, sizeof out->path, "%s", file);
    enum hf_err err = file ? HF_ERR_OK : find_ours(machine, preset, say, context, out, fault);
    if (!err)
        err = hf_file_read(out->path, PROGRAM_MAX, &out->data, &out->len, fault);
    if (!err && hf_program_check(out->data, out->len, machine, &why))
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "%s: %s", out->path, why.text);
    if (!err)
        err = hf_sum(out->data, out->len, out->sha256, fault);
    if (err) {
        free(out->data);
        out->data = NULL;
    }
    return err;
}
