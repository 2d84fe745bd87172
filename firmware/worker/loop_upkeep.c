#include "link/log.h"
#include "worker/loop_internal.h"
#include "worker/monitor.h"

static void become_another(struct hf_loop *loop)
{
    loop->become = true;
    hf_service_tell(&loop->service, HF_SERVICE_RELOADING);
    hf_loop_order_all(loop, HF_FLOW_DRAIN);
}

/* The task that brought this program has been answered by it, and the broker has the answer. */
static bool has_stood(const struct hf_loop *loop)
{
    const struct hf_agent_mark *mark = &loop->setup->agent->mark;
    const struct hf_journal_entry *entry =
        hf_journal_find(loop->journal, mark->task, mark->attempt);
    return entry != NULL && entry->confirmed && entry->status == HF_STATUS_DONE;
}

static void stand(struct hf_loop *loop)
{
    if (loop->setup->monitor_fd >= 0)
        hf_monitor_stand(loop->setup->monitor_fd);
    else
        hf_agent_stand(loop->setup->agent);
}

static void judge_trial(struct hf_loop *loop)
{
    if (loop->trial_until_ms == INT64_MAX || loop->go_back)
        return;
    if (has_stood(loop)) {
        loop->trial_until_ms = INT64_MAX;
        stand(loop);
    } else if (loop->now_ms >= loop->trial_until_ms) {
        loop->go_back = true;
        loop->trial_until_ms = INT64_MAX;
        hf_loop_order_all(loop, HF_FLOW_STOP);
    }
}

void hf_loop_begin_upkeep(struct hf_loop *loop)
{
    const struct hf_agent *agent = loop->setup->agent;
    loop->trial_until_ms = agent && agent->on_trial
                               ? loop->started_ms + loop->config->update_trial_s * 1000
                               : INT64_MAX;
}

void hf_loop_follow_upkeep(struct hf_loop *loop)
{
    if (loop->shared.wants_reload && !loop->reload) {
        char text[HF_FAULT_TEXT_MAX + 1];
        bool ok;
        hf_loop_ask_reload(loop, text, sizeof text, &ok);
    }
    loop->shared.wants_reload = false;
    if (loop->shared.becomes && !loop->become)
        become_another(loop);
    judge_trial(loop);
}

enum hf_loop_end hf_loop_why_ended(const struct hf_loop *loop)
{
    if (loop->go_back)
        return loop->connections > 0 ? HF_LOOP_UNANSWERED : HF_LOOP_UNCONNECTED;
    if (loop->terminations > 0)
        return HF_LOOP_LEFT;
    if (loop->become)
        return HF_LOOP_BECOME;
    return loop->reload ? HF_LOOP_RELOAD : HF_LOOP_LEFT;
}
