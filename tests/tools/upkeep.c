/*
 * Hands in one task under a name that begins with "hf-", as the manager does and "holdfast submit"
 * refuses to, with a payload of the test's own: what comes on stdin.
 *
 *     upkeep HANDLER board|pool NAME
 *
 * One attempt. Prints the job's number, once the task is with the broker; HOLDFAST_HOME names the
 * manager. Exit status as that of "holdfast submit".
 */
#include "cli/hand_in.h"
#include "cli/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct hf_command command = {.name = "upkeep"};

static int print(void *context, struct hf_desk *desk, const struct hf_entered *entered, int reached)
{
    (void)context;
    const struct hf_watch watch = {.command = &command, .desk = desk, .job = &entered->job};
    const int code = reached == HF_EXIT_OK ? hf_watch_queue(&watch) : reached;
    (void)printf("%" PRId64 "\n", entered->job.number);
    return code;
}

int main(int count, char **words)
{
    if (count != 4) {
        (void)fputs("usage: upkeep HANDLER board|pool NAME\n", stderr);
        return HF_EXIT_USAGE;
    }
    const bool board = strcmp(words[2], "board") == 0;
    struct hf_order order = {.handler = words[1],
                             .target = {.kind = board ? HF_TARGET_BOARD : HF_TARGET_POOL},
                             .max_attempts = 1};
    (void)hf_str_copy(order.target.name, sizeof order.target.name, hf_str(words[3]));
    const struct hf_source source = {.kind = HF_SOURCE_STDIN};
    const struct hf_hand_in hand_in = {.order = &order, .source = &source, .rest = print};
    return hf_hand_in(&command, &hand_in);
}
