#include "link/clock.h"
#include "link/log.h"
#include "worker/loop_internal.h"
#include "worker/monitor.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define AGREES_MS 5000 /* one that told more may be an old command: a newer may follow */
#define STEP_MS   500  /* less is not worth a step: the way of a command takes about as long */

static bool learn(struct hf_loop *loop, int64_t time_ms)
{
    struct hf_session_facts facts;
    struct hf_fault fault;
    hf_session_facts(loop->session, &facts);
    const struct hf_timefloor_lesson lesson = {.time_ms = time_ms,
                                               .until_ms = facts.certificates_until_s * 1000,
                                               .system_ms = hf_clock_unix_ms(),
                                               .mono_ms = loop->now_ms};
    const enum hf_err err = hf_timefloor_learn(&loop->timefloor, &lesson, &fault);
    if (err)
        hf_log(HF_LOG_DEBUG, "clock.not_learnt", "reason=\"%s\"", fault.text);
    return err != HF_ERR_INVALID;
}

/* A link that was good for a while says that the clock which judged its certificates is good too.
 */
void hf_loop_learn_own_time(struct hf_loop *loop)
{
    (void)learn(loop, hf_clock_unix_ms());
}

static void set_clock(struct hf_loop *loop, int64_t time_ms)
{
    const int64_t behind_ms = time_ms - hf_clock_unix_ms();
    loop->time_wanted = behind_ms > AGREES_MS;
    if (behind_ms <= STEP_MS)
        return;
    const int monitor_fd = loop->setup->monitor_fd;
    if (monitor_fd >= 0 ? hf_monitor_set_clock(monitor_fd, time_ms) : hf_clock_set_unix_ms(time_ms))
        hf_log(HF_LOG_INFO, "clock.set", "behind_ms=%" PRId64, behind_ms);
    else
        hf_log(HF_LOG_WARN, "clock.not_set", "reason=\"%s\" errno=%d", strerror(errno), errno);
}

void hf_loop_hear_time(struct hf_loop *loop, int64_t time_ms)
{
    if (time_ms > 0 && learn(loop, time_ms) && loop->config->set_clock)
        set_clock(loop, time_ms);
}
