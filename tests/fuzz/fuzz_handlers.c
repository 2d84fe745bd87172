/*
 * An archive of pushed handlers: as it is, and with the sum of each header made right. It is
 * unpacked below $TMPDIR; whatever it was, a whole set is in force afterwards, and nothing else is
 * there.
 */
#include "fuzz.h"
#include "worker/agent.h"
#include "worker/pushed.h"
#include "worker/ustar.h"

#include <dirent.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define BLOCK    HF_USTAR_BLOCK
#define SUM_AT   148
#define SUM_LEN  8
#define MAGIC_AT 257
#define LOG_MAX  512
#define SETS_MAX 2 /* in force, and the one before */

static const uint8_t MAGIC[] = {'u', 's', 't', 'a', 'r'};
static struct hf_config config;

static void begin(void)
{
    const char *within = getenv("TMPDIR");
    static char folder[256];
    (void)snprintf(folder, sizeof folder, "%s/pushed-XXXXXX", within ? within : "/tmp");
    fuzz_must(mkdtemp(folder) != NULL);
    (void)snprintf(config.state, sizeof config.state, "%s", folder);
}

/* Calls `look` for each entry of a folder; how many there are. */
static size_t each(const char *path, void (*look)(const char *folder, const char *name))
{
    size_t count = 0;
    DIR *entries = opendir(path);
    fuzz_must(entries != NULL);
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        look(path, entry->d_name);
        count++;
    }
    (void)closedir(entries);
    return count;
}

static void is_handlers(const char *folder, const char *name)
{
    (void)folder;
    fuzz_must(strcmp(name, "handlers") == 0);
}

static void is_mark_or_set(const char *folder, const char *name)
{
    (void)folder;
    fuzz_must(strcmp(name, "mark") == 0 || strlen(name) == HF_AGENT_NAME_LEN);
}

static void is_file(const char *folder, const char *name)
{
    char path[sizeof config.state + 256];
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    fuzz_must(hf_handler_name_valid(hf_str(name)));
    fuzz_must(lstat(path, &info) == 0 && S_ISREG(info.st_mode));
    fuzz_must((info.st_mode & 07777) == 0755 || (info.st_mode & 07777) == 0644);
}

static void look_around(const struct hf_pushed *pushed)
{
    (void)each(config.state, is_handlers);
    fuzz_must(each(pushed->folder, is_mark_or_set) <= SETS_MAX + 1);
    if (pushed->path[0] != '\0')
        fuzz_must(each(pushed->path, is_file) <= HF_PUSHED_FILES_MAX);
}

static void open_sets(struct hf_pushed *pushed)
{
    struct hf_fault fault = {0};
    fuzz_must(hf_pushed_open(pushed, config.state, &hf_disk_real, &fault) == HF_ERR_OK);
}

static void push(const uint8_t *archive, size_t len)
{
    const struct hf_upkeep upkeep = {.config = &config, .task = "task-1", .attempt = 1};
    const struct hf_handler_io io = {.in = memfd_create("in", 0),
                                     .out = memfd_create("out", 0),
                                     .log = memfd_create("log", 0),
                                     .progress = -1};
    struct hf_pushed before, after;
    struct hf_agent_hash hash;
    open_sets(&before);
    fuzz_must(io.in >= 0 && io.out >= 0 && io.log >= 0);
    fuzz_must(write(io.in, archive, len) == (ssize_t)len && lseek(io.in, 0, SEEK_SET) == 0);
    const int code = hf_upkeep_handlers(&io, &upkeep);
    open_sets(&after);
    fuzz_must(code == EX_OK || code == EX_DATAERR);
    fuzz_must(lseek(io.in, 0, SEEK_SET) == 0 && hf_agent_hash_fd(io.in, &hash) == 0);
    fuzz_must(hf_agent_is(&after.current, code == EX_OK ? &hash : &before.current));
    fuzz_must(lseek(code == EX_OK ? io.out : io.log, 0, SEEK_END) > 0);
    look_around(&after);
    (void)close(io.in);
    (void)close(io.out);
    (void)close(io.log);
}

static void make_sum_right(uint8_t *block)
{
    unsigned sum = SUM_LEN * ' ';
    char digits[SUM_LEN + 1];
    for (size_t i = 0; i < BLOCK; i++)
        sum += i < SUM_AT || i >= SUM_AT + SUM_LEN ? block[i] : 0;
    (void)snprintf(digits, sizeof digits, "%06o", sum);
    memcpy(block + SUM_AT, digits, SUM_LEN);
}

static void make_sums_right(uint8_t *archive, size_t len)
{
    struct hf_ustar entry;
    for (size_t at = 0; at + BLOCK <= len;) {
        uint8_t *block = archive + at;
        if (hf_ustar_read(block, &entry) == HF_USTAR_END)
            return;
        memcpy(block + MAGIC_AT, MAGIC, sizeof MAGIC);
        make_sum_right(block);
        if (hf_ustar_read(block, &entry) == HF_USTAR_BAD)
            return;
        at += BLOCK + ((size_t)entry.bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (config.state[0] == '\0')
        begin();
    push(data, len);
    uint8_t *copy = malloc(len + 1);
    if (copy != NULL && len > 0) {
        memcpy(copy, data, len);
        make_sums_right(copy, len);
        push(copy, len);
    }
    free(copy);
    return 0;
}
