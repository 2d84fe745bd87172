#include "cli/rotate_broker.h"

#include "broker/up.h"
#include "cli/output.h"
#include "home/lock.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct options {
    bool json;
};

static const struct hf_option options[] = {
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static enum hf_err renew(const struct hf_home *home, struct hf_up_renewal *out,
                         struct hf_fault *fault)
{
    int lock = -1;
    enum hf_err err = hf_home_lock(home, &lock, fault);
    if (err)
        return err;
    err = hf_up_renew(home, (int64_t)time(NULL), out, fault);
    close(lock);
    return err;
}

static int print(const struct hf_up_renewal *done, bool json)
{
    char until[HF_OUT_SHORT];
    if (json) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "certificate_until_s", (double)done->until_s);
        cJSON_AddBoolToObject(object, "in_use", done->running);
        return hf_out_json(object);
    }
    hf_out_time(until, done->until_s);
    printf("The broker has a new key and certificate, until %s%s.\n", until,
           done->running ? "" : "; it does not run: holdfast up");
    return HF_EXIT_OK;
}

int hf_rotate_broker(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {0};
    struct hf_up_renewal done;
    struct hf_home home;
    struct hf_fault fault = {0};
    if (hf_args_parse_options(options, argc, argv, &given, &fault))
        return hf_out_usage(command, &fault);
    if (hf_home_open(&home, &fault))
        return hf_out_setting(command, &fault);
    if (renew(&home, &done, &fault))
        return fault.err == HF_ERR_NOT_FOUND || fault.err == HF_ERR_INVALID
                   ? hf_out_setting(command, &fault)
                   : hf_out_fault(command, &fault);
    return print(&done, given.json);
}
