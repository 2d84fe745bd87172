#include "worker/timefloor.h"

#include "wire/number.h"
#include "worker/bytes.h"

#include <string.h>

#define FACT_BYTES 8

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct hf_timefloor_judged hf_timefloor_judge(const struct hf_timefloor_facts *facts)
{
    const int64_t known_ms = later(facts->build_ms, later(facts->issued_ms, facts->learnt_ms));
    return (struct hf_timefloor_judged){.floor_ms = later(facts->system_ms, known_ms),
                                        .trusted =
                                            !facts->follows && facts->system_ms >= facts->build_ms};
}

const char *hf_timefloor_doubt(const struct hf_timefloor_facts *facts, int64_t time_ms,
                               int64_t until_ms)
{
    if (until_ms != 0 && time_ms > until_ms)
        return "it is beyond the end of a certificate of this very connection";
    if (hf_timefloor_judge(facts).trusted && time_ms > facts->system_ms + HF_TIMEFLOOR_AHEAD_MS)
        return "it is more than a day ahead of this board's clock";
    return NULL;
}

enum hf_err hf_timefloor_open(struct hf_timefloor *floor, const char *folder, int64_t build_ms,
                              int64_t issued_ms, int64_t mono_ms, struct hf_fault *fault)
{
    uint8_t data[FACT_BYTES];
    size_t len = 0;
    *floor = (struct hf_timefloor){
        .keep = {.folder = folder,
                 .disk = &hf_disk_real,
                 .name = "time",
                 .magic = "HFLEARNT",
                 .version = 1},
        .build_ms = build_ms,
        .issued_ms = issued_ms,
        .learnt_mono_ms = mono_ms,
        .save_at_ms = mono_ms,
    };
    const enum hf_err err = hf_keep_read(&floor->keep, data, sizeof data, &len, fault);
    if (err != HF_ERR_OK)
        return err == HF_ERR_NOT_FOUND ? HF_ERR_OK : err;
    struct hf_bytes_in in = {.data = data, .left = len};
    const uint64_t learnt_ms = hf_bytes_get_u64(&in);
    if (in.bad || learnt_ms > (uint64_t)HF_UNIX_MS_MAX)
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0, "%s/time holds no time", folder);
    floor->learnt_ms = floor->saved_ms = (int64_t)learnt_ms;
    return HF_ERR_OK;
}

/* What was learnt, as it is by now; 0: nothing. */
static int64_t learnt_now(const struct hf_timefloor *floor, int64_t mono_ms)
{
    return floor->learnt_ms == 0 ? 0 : floor->learnt_ms + (mono_ms - floor->learnt_mono_ms);
}

static struct hf_timefloor_facts facts_now(const struct hf_timefloor *floor, int64_t system_ms,
                                           int64_t mono_ms)
{
    return (struct hf_timefloor_facts){.system_ms = system_ms,
                                       .build_ms = floor->build_ms,
                                       .issued_ms = floor->issued_ms,
                                       .learnt_ms = learnt_now(floor, mono_ms),
                                       .follows = floor->follows};
}

struct hf_timefloor_judged hf_timefloor_now(const struct hf_timefloor *floor, int64_t system_ms,
                                            int64_t mono_ms)
{
    const struct hf_timefloor_facts facts = facts_now(floor, system_ms, mono_ms);
    return hf_timefloor_judge(&facts);
}

static enum hf_err save(struct hf_timefloor *floor, int64_t learnt_ms, struct hf_fault *fault)
{
    uint8_t data[FACT_BYTES];
    struct hf_bytes_out out = {.data = data, .size = sizeof data};
    hf_bytes_put_u64(&out, (uint64_t)learnt_ms);
    const enum hf_err err = hf_keep_write(&floor->keep, data, out.len, fault);
    if (err == HF_ERR_OK)
        floor->saved_ms = learnt_ms;
    return err;
}

enum hf_err hf_timefloor_learn(struct hf_timefloor *floor, const struct hf_timefloor_lesson *lesson,
                               struct hf_fault *fault)
{
    const int64_t mono_ms = lesson->mono_ms;
    const struct hf_timefloor_facts facts = facts_now(floor, lesson->system_ms, mono_ms);
    const char *doubt = hf_timefloor_doubt(&facts, lesson->time_ms, lesson->until_ms);
    if (doubt)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "a time that cannot be was not believed: %s; which clock is wrong?",
                            doubt);
    if (lesson->time_ms > facts.learnt_ms && lesson->time_ms > floor->build_ms) {
        floor->learnt_ms = lesson->time_ms;
        floor->learnt_mono_ms = mono_ms;
    }
    const int64_t learnt_ms = learnt_now(floor, mono_ms);
    if (learnt_ms - floor->saved_ms < HF_TIMEFLOOR_SAVE_MS || mono_ms < floor->save_at_ms)
        return HF_ERR_OK;
    floor->save_at_ms = mono_ms + HF_TIMEFLOOR_SAVE_MS;
    return save(floor, learnt_ms, fault);
}
