#include "link/clock.h"
#include "link/log.h"
#include "worker/loop_internal.h"
#include "worker/monitor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void hf_loop_order_all(struct hf_loop *loop, enum hf_flow_event_kind order)
{
    for (size_t i = 0; i < loop->slot_count; i++)
        hf_slot_order(&loop->slots[i], order, loop->now_ms);
}

static void bury(struct hf_loop *loop, const struct hf_control *command, struct hf_tombstone *stone)
{
    struct hf_fault fault;
    const bool job = command->job[0] != '\0';
    const struct hf_timefloor_judged now =
        hf_timefloor_now(&loop->timefloor, hf_clock_unix_ms(), loop->now_ms);
    stone->kind = job ? HF_TOMBSTONE_JOB : HF_TOMBSTONE_TASK;
    stone->attempt = (uint16_t)command->attempt;
    stone->set_ms = now.floor_ms;
    memcpy(stone->id, job ? command->job : command->task, sizeof stone->id);
    if (hf_tombstones_set(loop->tombstones, stone, &fault) != HF_ERR_OK)
        hf_log(HF_LOG_WARN, "tombstone.unsaved", "id=%s reason=\"%s\"", stone->id, fault.text);
}

static const char *cancel(struct hf_loop *loop, const struct hf_control *command)
{
    struct hf_tombstone stone;
    bool in_hand = false;
    bury(loop, command, &stone);
    for (size_t i = 0; i < loop->slot_count; i++)
        in_hand |= hf_slot_cancel(&loop->slots[i], &stone, loop->now_ms);
    return in_hand ? "it was in hand here and is being ended" : "it will not be started here";
}

static const char *pause(struct hf_loop *loop, bool paused)
{
    loop->paused = paused;
    hf_loop_order_all(loop, paused ? HF_FLOW_PAUSE : HF_FLOW_RESUME);
    hf_loop_tell_presence(loop);
    return paused ? "takes no more tasks" : "takes tasks";
}

/* The manager may have missed what was told before. */
static const char *show_itself(struct hf_loop *loop)
{
    hf_loop_tell_facts(loop);
    hf_loop_tell_presence(loop);
    return "here";
}

static const char *stream_logs(struct hf_loop *loop, const struct hf_control *command)
{
    loop->logs_from = 0;
    loop->logs_task[0] = '\0';
    if (command->on)
        memcpy(loop->logs_task, command->task, sizeof loop->logs_task);
    return command->on ? "its stderr is sent from now on" : "no more of it is sent";
}

static enum hf_err look_at_settings(const struct hf_loop *loop, struct hf_fault *fault)
{
    static struct hf_config checked; /* some KB: not the stack's */
    if (loop->setup->monitor_fd >= 0)
        return hf_monitor_settings(loop->setup->monitor_fd, fault);
    return hf_config_load(loop->setup->config_path, &checked, fault);
}

void hf_loop_ask_reload(struct hf_loop *loop, char *text, size_t size, bool *ok)
{
    struct hf_fault fault;
    *ok = look_at_settings(loop, &fault) == HF_ERR_OK;
    (void)snprintf(text, size, "%s",
                   *ok ? "finishes what is in hand, then reads its settings again" : fault.text);
    hf_log(*ok ? HF_LOG_INFO : HF_LOG_ERROR, "worker.reload", "ok=%d text=\"%s\"", *ok, text);
    if (!*ok)
        return;
    loop->reload = true;
    hf_service_tell(&loop->service, HF_SERVICE_RELOADING);
    hf_loop_order_all(loop, HF_FLOW_DRAIN);
}

static void obey(struct hf_loop *loop, const struct hf_control *command)
{
    char text[HF_FAULT_TEXT_MAX + 1] = "";
    const char *said = text;
    bool ok = true;
    hf_log(HF_LOG_INFO, "worker.command", "command=%s id=%s", hf_control_text(command->kind),
           command->id);
    hf_loop_hear_time(loop, command->time_ms);
    switch (command->kind) {
    case HF_CONTROL_CANCEL: said = cancel(loop, command); break;
    case HF_CONTROL_PING: said = show_itself(loop); break;
    case HF_CONTROL_DRAIN: said = pause(loop, true); break;
    case HF_CONTROL_RESUME: said = pause(loop, false); break;
    case HF_CONTROL_RELOAD: hf_loop_ask_reload(loop, text, sizeof text, &ok); break;
    case HF_CONTROL_TIME: said = loop->time_wanted ? "asks once more" : "agrees"; break;
    case HF_CONTROL_LOGS: said = stream_logs(loop, command); break;
    }
    hf_herald_answer(&loop->herald, command->id, ok, said);
}

void hf_loop_take_command(struct hf_loop *loop, const struct hf_session_event *event)
{
    struct hf_control command;
    struct hf_fault fault;
    switch (hf_orders_take(&loop->orders, event, &command, &fault)) {
    case HF_ORDERS_PARTIAL: return;
    case HF_ORDERS_COMMAND: obey(loop, &command); break;
    case HF_ORDERS_REFUSED:
        hf_log(HF_LOG_WARN, "worker.command_refused", "id=%s reason=\"%s\"", command.id,
               fault.text);
        hf_herald_answer(&loop->herald, command.id, false, fault.text);
        break;
    }
    (void)hf_session_ack(loop->session, HF_LOOP_CONTROL_CHANNEL, loop->orders.tag, false);
}
