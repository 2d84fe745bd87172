#include "cli/hand_in.h"

#include "cli/ordering.h"
#include "cli/output.h"
#include "manager/audience.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static enum hf_err enter(struct hf_desk *desk, const struct hf_hand_in *hand_in,
                         struct hf_entered *out, struct hf_fault *fault)
{
    struct hf_order *order = hand_in->order;
    struct hf_target *boards = NULL;
    enum hf_err err = HF_ERR_OK;
    order->patience_s = hf_ordering_patience_s(&desk->home, order);
    if (hand_in->all_boards)
        err = hf_audience_all(desk->ledger, &boards, &order->target_count, fault);
    order->targets = boards;
    if (err == HF_ERR_OK)
        err = hf_source_enter(desk->ledger, &desk->home, order, hand_in->source, out, fault);
    free(boards);
    order->targets = NULL;
    return err;
}

static int connect(const struct hf_command *command, struct hf_desk *desk,
                   const struct hf_entered *entered)
{
    const int code = hf_desk_connect(command, desk, true);
    if (code != HF_EXIT_OK)
        fprintf(stderr,
                "Job %" PRId64 " is kept: its task%s out with the next command that reaches a "
                "broker\n",
                entered->job.number, entered->tasks == 1 ? " goes" : "s go");
    return code;
}

static int go(const struct hf_command *command, struct hf_desk *desk,
              const struct hf_hand_in *hand_in)
{
    struct hf_fault fault = {0};
    struct hf_entered entered;
    int reached = HF_EXIT_OK;
    const enum hf_err err = enter(desk, hand_in, &entered, &fault);
    if (err == HF_ERR_MISSING && hand_in->order->empty_lines)
        return HF_EXIT_OK;
    if (err != HF_ERR_OK) {
        const int code = hf_out_fault(command, &fault);
        return hf_source_is_usage(err) ? HF_EXIT_USAGE : code;
    }
    if (!hand_in->order->dry_run && !entered.schedule)
        reached = connect(command, desk, &entered);
    return hand_in->rest(hand_in->context, desk, &entered, reached);
}

int hf_hand_in(const struct hf_command *command, const struct hf_hand_in *hand_in)
{
    struct hf_desk desk;
    int code = hf_desk_open(command, &desk);
    if (code == HF_EXIT_OK)
        code = go(command, &desk, hand_in);
    hf_desk_close(&desk);
    return code;
}
