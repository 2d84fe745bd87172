#include "worker/tombstones.h"

#include "worker/bytes.h"

#include <string.h>

#define STONE_BYTES (8 + 1 + 2 + HF_ID_MAX)
#define TIME_BITS   48 /* Unix ms until the year 10889 */
#define TIME_MASK   ((UINT64_C(1) << TIME_BITS) - 1)
#define FILE_BYTES  (HF_TOMBSTONES_MAX * STONE_BYTES)
_Static_assert(FILE_BYTES <= HF_KEEP_DATA_MAX, "a full set can be kept");

static const char LETTERS[] = {[HF_TOMBSTONE_TASK] = 't', [HF_TOMBSTONE_JOB] = 'j'};

static bool is_old(const struct hf_tombstone *stone, int64_t now_ms)
{
    return now_ms - stone->set_ms >= HF_TOMBSTONES_AGE_MS;
}

static void take_out(struct hf_tombstones *stones, size_t index)
{
    stones->count--;
    memmove(&stones->stones[index], &stones->stones[index + 1],
            (stones->count - index) * sizeof stones->stones[0]);
}

static void drop_old(struct hf_tombstones *stones, int64_t now_ms)
{
    for (size_t i = stones->count; i > 0; i--) {
        if (is_old(&stones->stones[i - 1], now_ms))
            take_out(stones, i - 1);
    }
}

static void append(struct hf_tombstones *stones, const struct hf_tombstone *stone)
{
    if (stones->count == HF_TOMBSTONES_MAX)
        take_out(stones, 0);
    stones->stones[stones->count++] = *stone;
}

static enum hf_err save(struct hf_tombstones *stones, struct hf_fault *fault)
{
    uint8_t data[FILE_BYTES];
    struct hf_bytes_out out = {.data = data, .size = sizeof data};
    for (size_t i = 0; i < stones->count; i++) {
        const struct hf_tombstone *stone = &stones->stones[i];
        hf_bytes_put_u64(&out, (uint64_t)stone->set_ms | (uint64_t)stone->attempt << TIME_BITS);
        hf_bytes_put_raw(&out, &LETTERS[stone->kind], 1);
        hf_bytes_put_text(&out, hf_str(stone->id));
    }
    const enum hf_err err = hf_keep_write(&stones->keep, data, out.len, fault);
    stones->unsaved = err != HF_ERR_OK;
    return err;
}

static bool take_stone(struct hf_bytes_in *in, struct hf_tombstone *out)
{
    const uint64_t when = hf_bytes_get_u64(in);
    out->set_ms = (int64_t)(when & TIME_MASK);
    out->attempt = (uint16_t)(when >> TIME_BITS);
    const struct hf_str letter = hf_bytes_get_raw(in, 1);
    hf_bytes_get_text(in, out->id, sizeof out->id);
    if (in->bad || out->attempt > HF_ATTEMPTS_MAX || !hf_id_valid(hf_str(out->id)))
        return false;
    out->kind = letter.data[0] == LETTERS[HF_TOMBSTONE_JOB] ? HF_TOMBSTONE_JOB : HF_TOMBSTONE_TASK;
    return letter.data[0] == LETTERS[out->kind];
}

/* The checksum was right, so what is not understood here a newer worker wrote: let it be. */
static void load(struct hf_tombstones *stones, const uint8_t *data, size_t len)
{
    struct hf_bytes_in in = {.data = data, .left = len};
    struct hf_tombstone stone;
    while (in.left > 0 && take_stone(&in, &stone))
        append(stones, &stone);
}

enum hf_err hf_tombstones_open(struct hf_tombstones *stones, const char *folder,
                               struct hf_fault *fault)
{
    uint8_t data[HF_KEEP_DATA_MAX];
    size_t len = 0;
    memset(stones, 0, sizeof *stones);
    stones->keep = (struct hf_keep){.folder = folder,
                                    .disk = &hf_disk_real,
                                    .name = "tombstones",
                                    .magic = "HFSTONES",
                                    .version = 1};
    const enum hf_err err = hf_keep_read(&stones->keep, data, sizeof data, &len, fault);
    if (err == HF_ERR_OK)
        load(stones, data, len);
    return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
}

bool hf_tombstone_means(const struct hf_tombstone *stone, const struct hf_task *task)
{
    const char *id = stone->kind == HF_TOMBSTONE_JOB ? task->job : task->id;
    return strcmp(stone->id, id) == 0 && (stone->attempt == 0 || task->attempt <= stone->attempt);
}

static bool is_same(const struct hf_tombstone *a, const struct hf_tombstone *b)
{
    return a->kind == b->kind && strcmp(a->id, b->id) == 0;
}

/* Whether nothing new is said by `stone`. What says less than it makes room for it. */
static bool is_said(struct hf_tombstones *stones, const struct hf_tombstone *stone)
{
    for (size_t i = 0; i < stones->count; i++) {
        const uint16_t attempt = stones->stones[i].attempt;
        if (!is_same(&stones->stones[i], stone))
            continue;
        if (attempt == 0 || (stone->attempt != 0 && stone->attempt <= attempt))
            return true;
        take_out(stones, i);
        return false;
    }
    return false;
}

enum hf_err hf_tombstones_set(struct hf_tombstones *stones, const struct hf_tombstone *stone,
                              struct hf_fault *fault)
{
    if (!hf_id_valid(hf_str(stone->id)) || stone->set_ms < 0)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "\"%s\" is no id of a task or job",
                            stone->id);
    drop_old(stones, stone->set_ms);
    if (is_said(stones, stone))
        return stones->unsaved ? save(stones, fault) : HF_ERR_OK;
    append(stones, stone);
    return save(stones, fault);
}

bool hf_tombstones_cover(const struct hf_tombstones *stones, const struct hf_task *task,
                         int64_t now_ms)
{
    for (size_t i = 0; i < stones->count; i++) {
        const struct hf_tombstone *stone = &stones->stones[i];
        if (hf_tombstone_means(stone, task) && !is_old(stone, now_ms))
            return true;
    }
    return false;
}
