#include "cli/rollout.h"

#include "cli/board_view.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/watch.h"
#include "cli/whom.h"
#include "ledger/results.h"
#include "link/clock.h"
#include "manager/submission.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASK_MS      600000                   /* of a run on the board */
#define NOT_AFTER_MS (INT64_C(30) * 86400000) /* it waits no longer for a board that is away */
#define ATTEMPTS     3

/* --- for whom --- */

static struct hf_rollout_board *find(const struct hf_rollout *rollout, const char *name)
{
    for (size_t i = 0; i < rollout->count; i++)
        if (strcmp(rollout->boards[i].board.name, name) == 0)
            return &rollout->boards[i];
    return NULL;
}

static enum hf_err take_over(struct hf_rollout *rollout, const struct hf_board *boards,
                             size_t count, struct hf_fault *fault)
{
    rollout->boards = calloc(count, sizeof *rollout->boards);
    if (!rollout->boards)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a list of boards");
    rollout->count = count;
    for (size_t i = 0; i < count; i++) {
        rollout->boards[i].board = boards[i];
        rollout->boards[i].online = hf_board_is_online(&boards[i], hf_clock_unix_ms());
    }
    return HF_ERR_OK;
}

static enum hf_err choose(struct hf_rollout *rollout, const struct hf_whom *whom,
                          struct hf_fault *fault)
{
    struct hf_board *boards = NULL;
    size_t count = 0;
    enum hf_err err = hf_whom_enrolled(whom, rollout->desk->ledger, &boards, &count, fault);
    if (err != HF_ERR_OK)
        return err;
    const char *unknown = hf_whom_unknown(whom, boards, count);
    if (unknown)
        err = hf_whom_refuse(rollout->desk->ledger, unknown, fault);
    else if (count == 0)
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "no board is enrolled here%s%s",
                           whom->pool ? " in pool " : "", whom->pool ? whom->pool : "");
    else
        err = take_over(rollout, boards, count, fault);
    free(boards);
    return err;
}

int hf_rollout_choose(struct hf_rollout *rollout, int names, char **argv)
{
    const struct hf_rollout_options *given = rollout->given;
    const struct hf_whom whom = {
        .pool = given->pool, .all = given->all, .names = names, .argv = argv};
    struct hf_fault fault = {0};
    if (hf_whom_check(&whom, &fault))
        return hf_out_usage(rollout->command, &fault);
    const int code = hf_desk_take_in(rollout->command, rollout->desk);
    if (code == HF_EXIT_OK && choose(rollout, &whom, &fault))
        return hf_out_usage(rollout->command, &fault);
    return code;
}

/* --- one stage --- */

static bool same_payload(const struct hf_rollout_board *a, const struct hf_rollout_board *b)
{
    return a->payload.data == b->payload.data && a->payload.len == b->payload.len;
}

/* One job for the boards of the stage (those with `job` -1) that have the payload of `first`. */
static enum hf_err submit(const struct hf_rollout *rollout, const struct hf_rollout_board *first,
                          struct hf_job *job, struct hf_fault *fault)
{
    struct hf_target *targets = calloc(rollout->count, sizeof *targets);
    struct hf_order order = {.name = rollout->name,
                             .handler = rollout->handler,
                             .targets = targets,
                             .timeout_ms = TASK_MS,
                             .not_after_ms = hf_clock_unix_ms() + NOT_AFTER_MS,
                             .max_attempts = ATTEMPTS};
    if (!targets)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a list of boards");
    for (size_t i = 0; i < rollout->count; i++) {
        const struct hf_rollout_board *board = &rollout->boards[i];
        if (board->job >= 0 || !same_payload(board, first))
            continue;
        struct hf_target *target = &targets[order.target_count++];
        target->kind = HF_TARGET_BOARD;
        (void)hf_str_copy(target->name, sizeof target->name, hf_str(board->board.name));
    }
    const enum hf_err err = hf_submission_hand_in(rollout->desk->ledger, &order, rollout->name,
                                                  first->payload, job, fault);
    free(targets);
    return err;
}

/* Every board of the stage is in a job afterwards. */
static enum hf_err submit_all(struct hf_rollout *rollout, struct hf_fault *fault)
{
    for (size_t i = 0; i < rollout->count; i++) {
        struct hf_job job = {0};
        if (rollout->boards[i].job >= 0)
            continue;
        const struct hf_rollout_board first = rollout->boards[i];
        enum hf_err err = submit(rollout, &first, &job, fault);
        if (err)
            return err;
        for (size_t k = i; k < rollout->count; k++) {
            struct hf_rollout_board *board = &rollout->boards[k];
            if (board->job < 0 && same_payload(board, &first))
                board->job = job.number;
        }
    }
    return HF_ERR_OK;
}

static void last_line(char to[HF_ROLLOUT_TEXT_MAX + 1], const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    size_t begin = len;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    (void)snprintf(to, HF_ROLLOUT_TEXT_MAX + 1, "%.*s", (int)(len - begin), text + begin);
    hf_utf8_clean(to, false);
}

static enum hf_err take(void *context, const struct hf_ending *ending)
{
    struct hf_rollout_board *board = find(context, ending->entry.target.name);
    const struct hf_body *body = &ending->body;
    if (!board)
        return HF_ERR_OK;
    board->state = ending->entry.state == HF_STATE_DONE ? HF_ROLLOUT_DONE : HF_ROLLOUT_FAILED;
    board->took_ms = ending->received_ms - ending->entry.created_ms;
    if (board->state == HF_ROLLOUT_FAILED)
        last_line(board->text,
                  ending->result.log_tail[0] ? ending->result.log_tail : ending->entry.reason);
    else if (body->bytes && body->size <= HF_ROLLOUT_TEXT_MAX) {
        char text[HF_ROLLOUT_TEXT_MAX + 1] = "";
        memcpy(text, body->bytes, (size_t)body->size);
        last_line(board->text, text);
    }
    return HF_ERR_OK;
}

struct patience {
    int64_t until_ms;
};

static int is_late(void *context)
{
    const struct patience *patience = context;
    return hf_clock_mono_ms() > patience->until_ms ? HF_EXIT_FAILED : HF_EXIT_OK;
}

/* A courier that has finished is of no more use. */
static int connect_anew(const struct hf_rollout *rollout)
{
    hf_courier_free(rollout->desk->courier);
    rollout->desk->courier = NULL;
    return hf_desk_connect(rollout->command, rollout->desk, true);
}

static int watch(struct hf_rollout *rollout, int64_t number, bool to_the_end, int64_t until_ms)
{
    struct hf_fault fault = {0};
    struct hf_job job;
    struct patience patience = {until_ms};
    struct hf_watch watched = {.command = rollout->command,
                               .desk = rollout->desk,
                               .job = &job,
                               .news = is_late,
                               .context = &patience};
    int code = connect_anew(rollout);
    if (code == HF_EXIT_OK && hf_jobs_get(rollout->desk->ledger, number, &job, &fault))
        return hf_out_fault(rollout->command, &fault);
    if (code == HF_EXIT_OK)
        code = to_the_end ? hf_watch_end(&watched) : hf_watch_queue(&watched);
    if (to_the_end && code == HF_EXIT_FAILED)
        code = HF_EXIT_OK; /* the boards say why */
    if (to_the_end &&
        hf_results_list(rollout->desk->ledger, number, 0, INT32_MAX, take, rollout, &fault))
        return hf_out_fault(rollout->command, &fault);
    return code;
}

/* Those that were marked for it with a job of -1. */
static int run_stage(struct hf_rollout *rollout, bool to_the_end)
{
    struct hf_fault fault = {0};
    const int64_t until_ms = hf_clock_mono_ms() + rollout->given->wait_ms;
    int64_t before = 0;
    int code = HF_EXIT_OK;
    if (submit_all(rollout, &fault))
        return hf_out_fault(rollout->command, &fault);
    for (size_t i = 0; i < rollout->count && code == HF_EXIT_OK; i++) {
        struct hf_rollout_board *board = &rollout->boards[i];
        if (!board->sent && board->job > before) {
            before = board->job;
            code = watch(rollout, board->job, to_the_end, until_ms);
        }
    }
    for (size_t i = 0; i < rollout->count; i++) {
        struct hf_rollout_board *board = &rollout->boards[i];
        if (!board->sent && board->job > 0 && board->state == HF_ROLLOUT_UNTOUCHED)
            board->state = to_the_end ? HF_ROLLOUT_SILENT : HF_ROLLOUT_QUEUED;
        board->sent = board->sent || board->job > 0;
    }
    return code;
}

/* --- all stages --- */

/* The next stage: at most `most` of those that are online, or offline. How many. */
static size_t mark(struct hf_rollout *rollout, size_t most, bool online)
{
    size_t marked = 0;
    for (size_t i = 0; i < rollout->count && marked < most; i++) {
        struct hf_rollout_board *board = &rollout->boards[i];
        if (board->sent || board->online != online)
            continue;
        board->job = -1;
        marked++;
    }
    return marked;
}

static size_t count(const struct hf_rollout *rollout, enum hf_rollout_state state)
{
    size_t sum = 0;
    for (size_t i = 0; i < rollout->count; i++)
        sum += rollout->boards[i].state == state;
    return sum;
}

static size_t failures(const struct hf_rollout *rollout)
{
    return count(rollout, HF_ROLLOUT_FAILED) + count(rollout, HF_ROLLOUT_SILENT);
}

static int go_through(struct hf_rollout *rollout)
{
    const struct hf_rollout_options *given = rollout->given;
    int64_t most = given->canary > 0 ? given->canary : given->wave;
    size_t stage = 0;
    while (mark(rollout, (size_t)most, true) > 0) {
        const char *kind = stage++ == 0 && given->canary > 0 ? "first" : "next";
        fprintf(stderr, "holdfast %s: the %s boards, %zu of %zu are done\n", rollout->command->name,
                kind, count(rollout, HF_ROLLOUT_DONE), rollout->count);
        const int code = run_stage(rollout, true);
        if (code != HF_EXIT_OK)
            return code;
        if (failures(rollout) >= (size_t)given->abort_after)
            return HF_EXIT_FAILED;
        most = given->wave;
    }
    if (stage == 0 && given->canary > 0) {
        fprintf(stderr,
                "holdfast %s: none of these boards is online to try it on; --canary 0 leaves it in "
                "their queues untried\n",
                rollout->command->name);
        return HF_EXIT_FAILED;
    }
    return mark(rollout, rollout->count, false) > 0 ? run_stage(rollout, false) : HF_EXIT_OK;
}

static const char *const STATES[] = {[HF_ROLLOUT_UNTOUCHED] = "untouched",
                                     [HF_ROLLOUT_QUEUED] = "queued",
                                     [HF_ROLLOUT_DONE] = "done",
                                     [HF_ROLLOUT_FAILED] = "failed",
                                     [HF_ROLLOUT_SILENT] = "silent"};

static const char *text_of(const struct hf_rollout_board *board)
{
    if (board->state == HF_ROLLOUT_QUEUED)
        return "offline: it is done when the board is back, within 30 days";
    return board->state == HF_ROLLOUT_SILENT ? "no answer yet; its task goes on" : board->text;
}

static int print_json(const struct hf_rollout *rollout)
{
    int code = HF_EXIT_OK;
    for (size_t i = 0; i < rollout->count && code == HF_EXIT_OK; i++) {
        const struct hf_rollout_board *board = &rollout->boards[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "board", board->board.name);
        cJSON_AddStringToObject(object, "state", STATES[board->state]);
        cJSON_AddBoolToObject(object, "online", board->online);
        cJSON_AddNumberToObject(object, "job", (double)(board->job > 0 ? board->job : 0));
        cJSON_AddNumberToObject(object, "ms", (double)board->took_ms);
        cJSON_AddStringToObject(object, "text", text_of(board));
        code = hf_json_line(object);
    }
    return code;
}

static void print_table(const struct hf_rollout *rollout)
{
    static const char *const TITLES[] = {"BOARD", "STATE", "JOB", "TOOK", "SAYS"};
    struct hf_table table = {.columns = 5};
    char took[HF_OUT_SHORT];
    for (size_t i = 0; i < table.columns; i++)
        hf_table_cell(&table, "%s", TITLES[i]);
    for (size_t i = 0; i < rollout->count; i++) {
        const struct hf_rollout_board *board = &rollout->boards[i];
        hf_out_duration(took, board->took_ms);
        hf_table_cell(&table, "%s", board->board.name);
        hf_table_cell(&table, "%s", STATES[board->state]);
        if (board->job > 0)
            hf_table_cell(&table, "%" PRId64, board->job);
        else
            hf_table_cell(&table, "-");
        hf_table_cell(&table, "%s", board->took_ms > 0 ? took : "-");
        hf_table_cell(&table, "%s", text_of(board));
    }
    hf_table_print(&table, stdout);
    hf_table_free(&table);
}

int hf_rollout_run(struct hf_rollout *rollout)
{
    int code = go_through(rollout);
    const size_t failed = failures(rollout), left = count(rollout, HF_ROLLOUT_UNTOUCHED);
    if (rollout->given->json)
        (void)print_json(rollout);
    else
        print_table(rollout);
    if (failed > 0)
        fprintf(stderr, "holdfast %s: %zu of %zu boards failed%s\n", rollout->command->name, failed,
                rollout->count,
                left > 0 ? "; it goes no further, and the others are as they were" : "");
    return code == HF_EXIT_OK && failed > 0 ? HF_EXIT_FAILED : code;
}
