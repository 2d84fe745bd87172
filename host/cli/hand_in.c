#include "cli/hand_in.h"

#include "cli/ordering.h"
#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>

static void say_kept(const struct hf_source *source, const struct hf_entered *entered)
{
    fprintf(stderr,
            "Job %" PRId64 " is kept: its %s out with the next command that reaches a broker\n",
            entered->job.number, source->kind == HF_SOURCE_LINES ? "tasks go" : "task goes");
}

static int enter(const struct hf_command *command, struct hf_desk *desk, struct hf_order *order,
                 const struct hf_source *source, hf_hand_in_stay_fn *stay, void *context)
{
    struct hf_fault fault = {0};
    struct hf_entered entered;
    order->patience_s = hf_ordering_patience_s(&desk->home, order);
    const enum hf_err err =
        hf_source_enter(desk->ledger, &desk->home, order, source, &entered, &fault);
    if (err == HF_ERR_MISSING && order->empty_lines)
        return HF_EXIT_OK;
    if (err != HF_ERR_OK)
        return hf_source_is_usage(err) ? hf_out_usage(command, &fault)
                                       : hf_out_fault(command, &fault);
    const int code = hf_desk_connect(command, desk, true);
    if (code == HF_EXIT_OK)
        return stay(context, desk, &entered);
    say_kept(source, &entered);
    return code;
}

int hf_hand_in(const struct hf_command *command, struct hf_order *order,
               const struct hf_source *source, hf_hand_in_stay_fn *stay, void *context)
{
    struct hf_desk desk;
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = enter(command, &desk, order, source, stay, context);
    hf_desk_close(&desk);
    return code;
}
