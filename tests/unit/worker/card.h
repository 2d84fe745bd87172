#ifndef TESTS_UNIT_WORKER_CARD_H
#define TESTS_UNIT_WORKER_CARD_H

/*
 * A memory card whose power can be cut between any two operations, under a real folder. It knows
 * what is on the medium (what was fsynced) and what is only in the page cache, and at a cut decides
 * what becomes of the latter: a file's bytes since its own fsync, and each change of the folder
 * since the folder's. It can lie about fsync, and refuse any one operation.
 */

#include "chance.h"
#include "folder.h"
#include "wire/str.h"
#include "worker/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define CARD_NAME_SIZE 48
#define CARD_NAMES     128
#define CARD_FILES     1024
#define CARD_CHANGES   1024
#define CARD_FDS       1024

enum card_cut {
    CARD_LOSES_ALL,     /* what was not fsynced is gone */
    CARD_KEEPS_ALL,     /* and all of it was written after all */
    CARD_KEEPS_NAMES,   /* the folder was written and no file's bytes */
    CARD_KEEPS_BYTES,   /* the other way round */
    CARD_KEEPS_A_START, /* the folder as of some moment, files torn somewhere */
    CARD_KEEPS_ANY,     /* any changes of the folder without any others, files torn somewhere */
    CARD_CUTS
};

struct card_bytes {
    uint8_t *data;
    size_t len;
};

struct card_names {
    struct {
        char name[CARD_NAME_SIZE];
        int file;
    } list[CARD_NAMES];
    size_t count;
};

static struct {
    struct {
        struct card_bytes cached, safe;
    } files[CARD_FILES];
    int file_count;
    struct card_names cached, safe;
    struct {
        char from[CARD_NAME_SIZE], to[CARD_NAME_SIZE]; /* empty: none */
        int file;
    } changes[CARD_CHANGES]; /* of the folder, since its fsync */
    size_t change_count;
    int file_of_fd[CARD_FDS];
    /* What a test sets. */
    long power;               /* operations that change something until the cut; -1: no cut */
    bool lies_about_files;    /* fsync of a file does nothing */
    bool lies_about_folders;  /* of a folder */
    long fail_at, fail_times; /* that operation, reads included, and so many in all, are refused */
    int fail_error;
    bool stutters; /* short reads and writes, EINTR between them */
    bool full;     /* says so when asked for its room */
    /* What it finds. */
    bool off;
    long writes;     /* operations that changed something */
    long operations; /* all */
    bool failed_to_read, failed_to_change;
} card;

static void card_assign(struct card_bytes *to, const struct card_bytes *from)
{
    free(to->data);
    to->data = malloc(from->len + 1);
    assert_non_null(to->data);
    if (from->len > 0)
        memcpy(to->data, from->data, from->len);
    to->len = from->len;
}

static int card_find(const struct card_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->list[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static void card_drop(struct card_names *names, const char *name)
{
    const int at = card_find(names, name);
    if (at >= 0)
        names->list[at] = names->list[--names->count];
}

static void card_name(struct card_names *names, const char *name, int file)
{
    card_drop(names, name);
    assert_true(names->count < CARD_NAMES);
    assert_true(hf_str_copy(names->list[names->count].name, CARD_NAME_SIZE, hf_str(name)));
    names->list[names->count++].file = file;
}

static void card_apply(struct card_names *names, size_t change)
{
    const char *from = card.changes[change].from;
    const int at = card_find(names, from);
    if (at >= 0 && names->list[at].file == card.changes[change].file)
        card_drop(names, from);
    if (card.changes[change].to[0] != '\0')
        card_name(names, card.changes[change].to, card.changes[change].file);
}

static void card_change(const char *from, const char *to, int file)
{
    assert_true(card.change_count < CARD_CHANGES);
    assert_true(hf_str_copy(card.changes[card.change_count].from, CARD_NAME_SIZE, hf_str(from)));
    assert_true(hf_str_copy(card.changes[card.change_count].to, CARD_NAME_SIZE, hf_str(to)));
    card.changes[card.change_count].file = file;
    card_apply(&card.cached, card.change_count++);
}

/* --- what the journal calls --- */

/* False, with errno: it does not happen. */
static bool card_obeys(bool changes)
{
    if (changes && card.power == 0)
        card.off = true;
    if (card.off) {
        errno = EIO;
        return false;
    }
    card.power -= changes && card.power > 0;
    card.writes += changes;
    card.operations++;
    if (card.fail_at >= 0 && card.operations - 1 >= card.fail_at &&
        card.operations - 1 < card.fail_at + card.fail_times) {
        card.failed_to_read = card.failed_to_read || !changes;
        card.failed_to_change = card.failed_to_change || changes;
        errno = card.fail_error;
        return false;
    }
    return true;
}

/* Every third read, write or fsync of a card that stutters is interrupted. */
static bool card_interrupts(void)
{
    static unsigned calls;
    errno = EINTR;
    return card.stutters && calls++ % 3 == 0;
}

static int card_create(int dir, const char *name)
{
    if (!card_obeys(true))
        return -1;
    const int fd = hf_disk_real.create(dir, name);
    assert_true(fd >= 0 && fd < CARD_FDS && card.file_count < CARD_FILES);
    card.file_of_fd[fd] = card.file_count;
    card_change("", name, card.file_count++);
    return fd;
}

static int card_open(int dir, const char *name)
{
    return card_obeys(false) ? hf_disk_real.open(dir, name) : -1;
}

static ssize_t card_read(int fd, void *data, size_t size, off_t offset)
{
    if (card_interrupts() || !card_obeys(false))
        return -1;
    return hf_disk_real.read(fd, data, card.stutters && size > 100 ? 100 : size, offset);
}

static ssize_t card_write(int fd, const void *data, size_t size, off_t offset)
{
    if (card_interrupts() || !card_obeys(true))
        return -1;
    if (card.stutters && size > 100)
        size = 100;
    struct card_bytes *bytes = &card.files[card.file_of_fd[fd]].cached;
    const size_t end = (size_t)offset + size;
    if (end > bytes->len) {
        bytes->data = realloc(bytes->data, end);
        assert_non_null(bytes->data);
        memset(bytes->data + bytes->len, 0, end - bytes->len);
        bytes->len = end;
    }
    memcpy(bytes->data + offset, data, size);
    return hf_disk_real.write(fd, data, size, offset);
}

/* The real fsync is not needed: the machine that runs the test keeps its power. */
static int card_sync(int fd)
{
    struct stat what;
    if (card_interrupts() || !card_obeys(true))
        return -1;
    assert_int_equal(fstat(fd, &what), 0);
    if (S_ISDIR(what.st_mode) && !card.lies_about_folders) {
        card.safe = card.cached;
        card.change_count = 0;
    } else if (!S_ISDIR(what.st_mode) && !card.lies_about_files) {
        const int file = card.file_of_fd[fd];
        card_assign(&card.files[file].safe, &card.files[file].cached);
    }
    return 0;
}

static int card_rename(int dir, const char *from, const char *to)
{
    if (!card_obeys(true))
        return -1;
    const int at = card_find(&card.cached, from);
    if (at >= 0)
        card_change(from, to, card.cached.list[at].file);
    return hf_disk_real.rename(dir, from, to);
}

static int card_remove(int dir, const char *name)
{
    if (!card_obeys(true))
        return -1;
    const int at = card_find(&card.cached, name);
    if (at >= 0)
        card_change(name, "", card.cached.list[at].file);
    return hf_disk_real.remove(dir, name);
}

static int64_t card_room(int dir)
{
    (void)dir;
    return card.full ? 0 : INT64_MAX;
}

static const struct hf_disk CARD = {
    .create = card_create,
    .open = card_open,
    .read = card_read,
    .write = card_write,
    .sync = card_sync,
    .rename = card_rename,
    .remove = card_remove,
    .room = card_room,
};

/* --- what the test does with it --- */

/* A card without faults; `folder` is emptied. */
static void card_insert(void)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    (void)closedir(dir);
    for (int i = 0; i < card.file_count; i++) {
        free(card.files[i].cached.data);
        free(card.files[i].safe.data);
    }
    memset(&card, 0, sizeof card);
    card.power = -1;
    card.fail_at = -1;
}

static bool card_same(const struct card_bytes *a, const struct card_bytes *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* What is left of the bytes of a file that were written since its fsync. */
static struct card_bytes card_surviving(int file, enum card_cut cut)
{
    const struct card_bytes *cached = &card.files[file].cached;
    struct card_bytes left = {0};
    const bool all = cut == CARD_KEEPS_ALL || cut == CARD_KEEPS_BYTES;
    const bool torn = cut >= CARD_KEEPS_A_START && chance_below(2) == 0;
    card_assign(&left, all || torn ? cached : &card.files[file].safe);
    if (!torn || card_same(cached, &card.files[file].safe))
        return left;
    if (chance_below(2) == 0)
        left.len -= chance_below(left.len + 1);
    for (size_t at = 0; at < left.len; at += 512) {
        if (chance_below(4) == 0)
            memset(left.data + at, chance_below(2) ? 0 : 0xFF,
                   left.len - at < 512 ? left.len - at : 512);
    }
    return left;
}

static void card_put(const char *name, const struct card_bytes *bytes)
{
    const int fd = open(folder_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->data, bytes->len), bytes->len);
    (void)close(fd);
}

/* The power goes (if it has not yet) and comes back: `folder` holds what a kernel would find. */
__attribute__((unused)) static void card_power_cycle(enum card_cut cut)
{
    static struct card_bytes left[CARD_NAMES];
    static struct card_names names;
    names = card.safe;
    const size_t start = chance_below(card.change_count + 1);
    for (size_t i = 0; i < card.change_count; i++) {
        if (cut == CARD_KEEPS_ALL || cut == CARD_KEEPS_NAMES ||
            (cut == CARD_KEEPS_A_START && i < start) ||
            (cut == CARD_KEEPS_ANY && chance_below(2) == 0))
            card_apply(&names, i);
    }
    for (size_t i = 0; i < names.count; i++)
        left[i] = card_surviving(names.list[i].file, cut);
    card_insert();
    for (size_t i = 0; i < names.count; i++) {
        card_put(names.list[i].name, &left[i]);
        card_name(&card.cached, names.list[i].name, card.file_count);
        card_assign(&card.files[card.file_count].cached, &left[i]);
        card_assign(&card.files[card.file_count++].safe, &left[i]);
        free(left[i].data);
    }
    card.safe = card.cached;
}

#endif
