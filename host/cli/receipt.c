#include "cli/receipt.h"

#include "cli/bar.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_job(const struct hf_entered *entered)
{
    const struct hf_job *job = &entered->job;
    printf("%" PRId64 " task%s for %s, ", entered->tasks, entered->tasks == 1 ? "" : "s",
           job->handler[0] ? job->handler : "the worker's default handler");
    if (strcmp(job->target.name, HF_TARGET_ALL) == 0)
        fputs("one for each board", stdout);
    else
        printf("%s %s", hf_target_kind_text(job->target.kind), job->target.name);
}

static void print_time(const struct hf_order *order)
{
    char when[HF_OUT_SHORT];
    if (!hf_order_is_later(order))
        return;
    hf_out_time(when, order->time.at_ms / 1000);
    if (order->time.rule)
        printf(", each time that \"%s\" comes, next %s", order->time.rule, when);
    else
        printf(", at %s", when);
}

static void put_time(cJSON *object, const struct hf_entered *entered, const struct hf_order *order)
{
    if (!hf_order_is_later(order))
        return;
    cJSON_DeleteItemFromObject(object, "job_number"); /* there is none yet */
    if (order->time.rule)
        cJSON_DeleteItemFromObject(object, "job");
    if (entered->schedule)
        cJSON_AddNumberToObject(object, "schedule", (double)entered->schedule);
    if (order->time.rule)
        cJSON_AddStringToObject(object, "every", order->time.rule);
    cJSON_AddNumberToObject(object, "next_ms", (double)order->time.at_ms);
}

static cJSON *json_of(const struct hf_entered *entered, const struct hf_order *order,
                      const struct hf_counts *counts)
{
    cJSON *object = hf_json_job(&entered->job, counts);
    put_time(object, entered, order);
    if (entered->existing)
        cJSON_AddBoolToObject(object, "existing", true);
    return object;
}

int hf_receipt_dry_run(const struct hf_order *order, const struct hf_entered *entered, bool json)
{
    char size[HF_OUT_SHORT];
    struct hf_counts counts = {.of = {[HF_STATE_PENDING] = entered->tasks}};
    if (json) {
        cJSON *object = json_of(entered, order, &counts);
        cJSON_DeleteItemFromObject(object, "job"); /* there is none */
        cJSON_DeleteItemFromObject(object, "job_number");
        cJSON_DeleteItemFromObject(object, "schedule");
        cJSON_AddBoolToObject(object, "dry_run", true);
        cJSON_AddNumberToObject(object, "payload_bytes", (double)entered->bytes);
        return hf_json_line(object);
    }
    hf_out_bytes(size, entered->bytes);
    if (entered->existing) {
        printf("Task %s is in job %" PRId64 " already. Nothing would be added.\n", order->id,
               entered->job.number);
        return HF_EXIT_OK;
    }
    fputs("Would submit ", stdout);
    print_job(entered);
    print_time(order);
    printf(", %s of payload. Nothing was done.\n", size);
    return HF_EXIT_OK;
}

int hf_receipt_later(const struct hf_order *order, const struct hf_entered *entered, bool json)
{
    struct hf_counts counts = {.of = {[HF_STATE_PENDING] = entered->tasks}};
    if (json)
        return hf_json_line(json_of(entered, order, &counts));
    printf("Schedule %" PRId64 ": ", entered->schedule);
    print_job(entered);
    print_time(order);
    printf(".\n  holdfast serve         hands it out then; without it, the next command after\n"
           "  holdfast schedule      lists what is to come; \"holdfast schedule --remove %" PRId64
           "\" takes it back\n",
           entered->schedule);
    return HF_EXIT_OK;
}

int hf_receipt_job(const struct hf_order *order, const struct hf_entered *entered,
                   const struct hf_counts *counts, bool json)
{
    char line[HF_BAR_LINE_MAX];
    int64_t number = entered->job.number;
    if (json)
        return hf_json_line(json_of(entered, order, counts));
    hf_bar_counts(counts, line);
    if (entered->existing) {
        printf("Task %s is in job %" PRId64 " already, nothing was added: %s\n", order->id, number,
               line);
    } else {
        printf("Job %" PRId64 " (%s): ", number, entered->job.id);
        print_job(entered);
        printf(": %s\n", line);
    }
    return HF_EXIT_OK;
}
