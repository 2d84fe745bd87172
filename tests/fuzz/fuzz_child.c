/*
 * What comes from the process of a handler, which may be anybody's: the bytes as a message of a
 * warm child, as they are and as a report; and as lines of progress and as a log, in two pieces of
 * which the first byte tells the sizes.
 */
#include "fuzz.h"
#include "wire/utf8.h"
#include "worker/progress.h"
#include "worker/tail.h"
#include "worker/warm.h"

#include <string.h>
#include <sys/socket.h>

#define MARK_BYTES 4 /* that a report begins with, all of them 0xff */

static void message(const void *bytes, size_t len)
{
    static int ends[2];
    static struct hf_warm_word word;
    if (ends[0] == 0)
        fuzz_must(hf_warm_socket(ends) == 0);
    if (len == 0 || send(ends[1], bytes, len, 0) != (ssize_t)len)
        return;
    hf_warm_hear(ends[0], &word);
    fuzz_must(word.kind != HF_WARM_NOTHING);
    fuzz_must(word.bytes >= word.message &&
              word.bytes + word.len <= word.message + sizeof word.message);
    if (word.kind != HF_WARM_REPORT)
        return;
    fuzz_must(word.report.exit_code >= 0 && word.report.exit_code <= 255);
    fuzz_must(word.report.peak_kb >= 0 && word.report.cpu_us >= 0);
}

static void progress(const char *data, size_t len, size_t first)
{
    struct hf_progress_lines lines;
    struct hf_progress told;
    hf_progress_lines_clear(&lines);
    hf_progress_lines_feed(&lines, data, first);
    hf_progress_lines_feed(&lines, data + first, len - first);
    if (!hf_progress_lines_take(&lines, &told))
        return;
    fuzz_must(told.percent >= 0 && told.percent <= 100);
    fuzz_must(hf_utf8_valid(hf_str(told.note)));
}

static void log_of(const char *data, size_t len, size_t first)
{
    static struct hf_tail tail;
    static char text[HF_LOG_TAIL_MAX + 1], taken[HF_LOG_TAIL_MAX];
    uint64_t from = first / 2, skipped = 0;
    hf_tail_clear(&tail);
    hf_tail_add(&tail, data, first);
    hf_tail_add(&tail, data + first, len - first);
    hf_tail_text(&tail, text);
    fuzz_must(hf_utf8_valid(hf_str(text)));
    const uint64_t before = from;
    const size_t got = hf_tail_take(&tail, &from, taken, sizeof taken, &skipped);
    fuzz_must(from == len && before + skipped + got == len);
    fuzz_must(memcmp(taken, data + len - got, got) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0)
        return 0;
    const size_t rest = len - 1, first = rest * data[0] / UINT8_MAX;
    uint8_t *copy = malloc(MARK_BYTES + rest);
    message(data, len);
    if (copy != NULL) {
        memset(copy, 0xff, MARK_BYTES);
        memcpy(copy + MARK_BYTES, data + 1, rest);
        message(copy, MARK_BYTES + rest);
    }
    free(copy);
    progress((const char *)data + 1, rest, first);
    log_of((const char *)data + 1, rest, first);
    return 0;
}
