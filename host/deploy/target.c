#include "deploy/target.h"

#include "wire/number.h"
#include "wire/utf8.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *key;
    size_t at, size;
} TEXTS[] = {
    {"machine", offsetof(struct hf_deploy_target, machine),
     sizeof((struct hf_deploy_target *)0)->machine},
    {"kernel", offsetof(struct hf_deploy_target, kernel),
     sizeof((struct hf_deploy_target *)0)->kernel},
    {"model", offsetof(struct hf_deploy_target, model),
     sizeof((struct hf_deploy_target *)0)->model},
    {"init", offsetof(struct hf_deploy_target, init), sizeof((struct hf_deploy_target *)0)->init},
    {"board", offsetof(struct hf_deploy_target, board),
     sizeof((struct hf_deploy_target *)0)->board},
    {"worker_sha256", offsetof(struct hf_deploy_target, worker_sha256),
     sizeof((struct hf_deploy_target *)0)->worker_sha256},
};

static const struct {
    const char *key;
    size_t at;
} NUMBERS[] = {
    {"memory_kb", offsetof(struct hf_deploy_target, memory_kb)},
    {"free_kb", offsetof(struct hf_deploy_target, free_kb)},
};

static void take(struct hf_deploy_target *target, const char *key, const char *value)
{
    char *base = (char *)target;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        if (strcmp(TEXTS[i].key, key) != 0)
            continue;
        char *to = base + TEXTS[i].at;
        (void)snprintf(to, TEXTS[i].size, "%s", value);
        hf_utf8_clean(to, false);
    }
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        if (strcmp(NUMBERS[i].key, key) == 0)
            (void)hf_number_parse(hf_str(value), 0, HF_NUMBER_EXACT_MAX,
                                  (int64_t *)(void *)(base + NUMBERS[i].at));
    if (strcmp(key, "uid") == 0)
        target->root = strcmp(value, "0") == 0;
    target->sudo = target->sudo || strcmp(key, "sudo") == 0;
    target->worker = target->worker || strcmp(key, "worker") == 0;
    target->hidden = target->hidden || strcmp(key, "hidden") == 0;
}

enum hf_err hf_target_parse(const char *text, struct hf_deploy_target *out, struct hf_fault *fault)
{
    *out = (struct hf_deploy_target){.root = false};
    while (*text) {
        char line[256];
        const size_t len = strcspn(text, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)(len < sizeof line ? len : sizeof line - 1),
                       text);
        text += len + (text[len] == '\n');
        char *sign = strchr(line, '=');
        if (!sign)
            continue;
        *sign = '\0';
        take(out, line, sign + 1);
    }
    if (out->machine[0] == '\0' || out->init[0] == '\0')
        return hf_fault_set(fault, HF_ERR_MALFORMED, 0,
                            "it did not say what it is: its login shell must be able to run sh");
    return HF_ERR_OK;
}
