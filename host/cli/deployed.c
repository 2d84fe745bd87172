#include "cli/deployed.h"

#include "cli/output.h"

#include <stdio.h>

cJSON *hf_deployed_json(const struct hf_deploy_request *request, const struct hf_deploy_done *done,
                        const struct hf_fault *fault)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "board", request->board);
    cJSON_AddStringToObject(root, "target", request->target);
    cJSON_AddBoolToObject(root, "ok", !done->failed);
    cJSON_AddBoolToObject(root, "unchanged", done->unchanged);
    cJSON_AddBoolToObject(root, "rolled_back", done->rolled_back);
    cJSON_AddStringToObject(root, "failed_step", done->failed ? done->failed : "");
    cJSON_AddStringToObject(root, "reason", done->failed ? fault->text : "");
    cJSON_AddStringToObject(root, "machine", done->target.machine);
    cJSON_AddStringToObject(root, "kernel", done->target.kernel);
    cJSON_AddStringToObject(root, "model", done->target.model);
    cJSON_AddStringToObject(root, "init", done->target.init);
    cJSON_AddNumberToObject(root, "memory_kb", (double)done->target.memory_kb);
    cJSON_AddStringToObject(root, "worker", done->version);
    cJSON_AddStringToObject(root, "preset", done->program);
    cJSON_AddNumberToObject(root, "handlers", (double)done->handlers);
    cJSON_AddStringToObject(root, "address", done->arrival.address);
    cJSON_AddStringToObject(root, "note", done->note);
    return root;
}

void hf_deployed_print(const struct hf_deploy_request *request, const struct hf_deploy_done *done,
                       bool uninstall)
{
    char memory[HF_OUT_SHORT];
    hf_out_bytes(memory, (uint64_t)done->target.memory_kb * 1024);
    if (uninstall) {
        printf("%s has no worker any more; its handlers and unsent results were left.\n",
               request->board);
        return;
    }
    printf("%s %s.\n  board    %s%s%s, Linux %s, %s of memory, %s\n", request->board,
           done->unchanged ? "is as it should be, and connected" : "has reported in",
           done->target.model, done->target.model[0] ? ", " : "", done->target.machine,
           done->target.kernel, memory, done->target.init);
    if (done->version[0])
        printf("  worker   %s\n", done->version);
    if (done->handlers > 0)
        printf("  handlers %zu copied\n", done->handlers);
    printf("  address  %s\n", done->arrival.address);
    if (done->note[0])
        printf("  note     %s\n", done->note);
}
