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
#define PRESETS     "CMakePresets.json"

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

static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

/* Where builds lie: this program is BUILDS/host/holdfast. */
static enum hf_err find_builds(char builds[PATH_MAX], struct hf_fault *fault)
{
    const ssize_t len = readlink("/proc/self/exe", builds, PATH_MAX - 1);
    if (len <= 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "/proc is needed to find the workers");
    builds[len] = '\0';
    bool up = go_up(builds);
    up = go_up(builds) && up;
    if (!up)
        return hf_fault_set(fault, HF_ERR_IO, 0, "%s is no folder of builds", builds);
    return HF_ERR_OK;
}

static bool find_built(const char *builds, const char *board, struct hf_program *out)
{
    const int len = snprintf(out->path, sizeof out->path, "%s/%s/holdfast-worker", builds, board);
    (void)snprintf(out->board, sizeof out->board, "%s", board);
    return len > 0 && (size_t)len < sizeof out->path && hf_file_exists(out->path);
}

bool hf_program_built(const char *board, struct hf_program *out)
{
    char builds[PATH_MAX];
    *out = (struct hf_program){.data = NULL};
    return find_builds(builds, NULL) == HF_ERR_OK && find_built(builds, board, out);
}

enum hf_err hf_program_checkout(char out[HF_PATH_MAX + 1], struct hf_fault *fault)
{
    char builds[PATH_MAX], presets[PATH_MAX + 32];
    enum hf_err err = find_builds(builds, fault);
    if (err)
        return err;
    const int len = snprintf(out, HF_PATH_MAX + 1, "%s", builds);
    const bool up = len <= HF_PATH_MAX && go_up(out);
    (void)snprintf(presets, sizeof presets, "%s/" PRESETS, out);
    if (!up || !hf_file_exists(presets))
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0,
                            "this needs a checkout of Holdfast, and %s is not the build folder of "
                            "one",
                            builds);
    return HF_ERR_OK;
}

/* Builds of one checkout take turns: many boards may be in want of a worker at once. */
static int lock_builds(const char *root)
{
    char presets[HF_PATH_MAX + 32];
    (void)snprintf(presets, sizeof presets, "%s/" PRESETS, root);
    const int fd = open(presets, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
        continue;
    return fd;
}

static enum hf_err build(const char *root, const char *board,
                         void (*say)(void *context, const char *text), void *context,
                         struct hf_fault *fault)
{
    char words[512];
    (void)snprintf(words, sizeof words, "building the worker of preset %s, once", board);
    if (say)
        say(context, words);
    const pid_t pid = fork();
    if (pid == 0) {
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

enum hf_err hf_program_of_board(const char *board, void (*say)(void *context, const char *text),
                                void *context, struct hf_program *out, struct hf_fault *fault)
{
    char builds[PATH_MAX], root[HF_PATH_MAX + 1];
    enum hf_err err = find_builds(builds, fault);
    if (err || find_built(builds, board, out))
        return err;
    if (hf_program_checkout(root, NULL))
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0,
                            "no worker of preset %s lies beside this program (%s): build it in a "
                            "checkout of Holdfast, or give --worker FILE",
                            board, builds);
    const int lock = lock_builds(root);
    if (!find_built(builds, board, out)) {
        err = build(root, board, say, context, fault);
        if (!err && !find_built(builds, board, out))
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
    char builds[PATH_MAX];
    const char *first = NULL;
    enum hf_err err = find_builds(builds, fault);
    if (err || (preset && find_built(builds, preset, out)))
        return err;
    for (const struct hf_deploy_machine *row = hf_deploy_machines; row->machine; row++) {
        if (strncmp(row->machine, machine, strlen(row->machine)) != 0)
            continue;
        if (find_built(builds, row->board, out))
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
