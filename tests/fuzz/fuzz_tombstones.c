/* The facts of the tombstones' file, behind a checksum that is right. The file lies in $TMPDIR. */
#include "fuzz.h"
#include "worker/tombstones.h"

#include <string.h>

static const char *scratch(void)
{
    static char folder[256];
    const char *within = getenv("TMPDIR");
    if (folder[0] == '\0') {
        (void)snprintf(folder, sizeof folder, "%s/stones-XXXXXX", within ? within : "/tmp");
        fuzz_must(mkdtemp(folder) != NULL);
    }
    return folder;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct hf_keep keep = {.folder = scratch(),
                                 .disk = &hf_disk_real,
                                 .name = "tombstones",
                                 .magic = "HFSTONES",
                                 .version = 1};
    static const struct hf_task other = {.id = "task-1", .job = "job-1", .attempt = 1};
    static const struct hf_task ours = {.id = "set-by-us", .attempt = 3};
    static const struct hf_tombstone stone = {
        .kind = HF_TOMBSTONE_TASK, .attempt = 3, .set_ms = 1700000000000, .id = "set-by-us"};
    static struct hf_tombstones stones, again;
    struct hf_fault fault = {0};
    if (len > HF_KEEP_DATA_MAX)
        return 0;
    fuzz_must(hf_keep_write(&keep, data, len, &fault) == HF_ERR_OK);
    fuzz_must(hf_tombstones_open(&stones, keep.folder, &fault) == HF_ERR_OK);
    fuzz_must(stones.count <= HF_TOMBSTONES_MAX);
    for (size_t i = 0; i < stones.count; i++)
        fuzz_must(hf_id_valid(hf_str(stones.stones[i].id)) && stones.stones[i].set_ms >= 0);
    (void)hf_tombstones_cover(&stones, &other, 1700000000000);
    fuzz_must(hf_tombstones_set(&stones, &stone, &fault) == HF_ERR_OK);
    fuzz_must(hf_tombstones_cover(&stones, &ours, 1700000000000));
    fuzz_must(hf_tombstones_open(&again, keep.folder, &fault) == HF_ERR_OK);
    fuzz_must(stones.unsaved || hf_tombstones_cover(&again, &ours, 1700000000000));
    return 0;
}
