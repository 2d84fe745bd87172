#include "cli/nobody.h"

#include "cli/known.h"
#include "link/clock.h"
#include "manager/ready.h"

#include <stdio.h>

#define HEARING_MS 100 /* what waits at the broker comes in that time */
#define STAYING_MS 500 /* a task that is done until then had somebody */

void hf_nobody_begin(struct hf_nobody *nobody, const struct hf_command *command,
                     struct hf_desk *desk, const struct hf_job *job)
{
    *nobody = (struct hf_nobody){
        .command = command, .desk = desk, .job = job, .since_ms = hf_clock_mono_ms()};
}

static void look(struct hf_nobody *nobody)
{
    struct hf_fault fault;
    char text[HF_READY_TEXT_MAX + 1];
    nobody->said = true;
    if (hf_ready_look(nobody->desk->ledger, &nobody->job->target, nobody->job->handler,
                      hf_clock_unix_ms(), text, &fault) != HF_ERR_OK ||
        !text[0])
        return;
    hf_fault_set(&fault, HF_ERR_NOT_FOUND, 0, "%s", text);
    hf_known_suggest(nobody->desk->ledger, "HANDLER", nobody->job->handler, &fault);
    fprintf(stderr, "holdfast %s: note: %s\n", nobody->command->name, fault.text);
}

void hf_nobody_watch(struct hf_nobody *nobody)
{
    if (!nobody->said && hf_clock_mono_ms() - nobody->since_ms >= STAYING_MS)
        look(nobody);
}

void hf_nobody_leave(struct hf_nobody *nobody)
{
    struct hf_fault fault;
    (void)hf_courier_settle(nobody->desk->courier, HEARING_MS, &fault);
    if (!nobody->said)
        look(nobody);
}
