#include "manager/plain.h"

#include <stdlib.h>

enum hf_err hf_plain_body(const struct hf_task *task, struct hf_body_reader *reader, char **out,
                          struct hf_fault *fault)
{
    if (reader->size > HF_PLAIN_BODY_MAX)
        return hf_fault_set(fault, HF_ERR_TOO_LARGE, 0,
                            "a payload of %llu bytes is over the %d that a plain task may have: "
                            "submit it without --plain",
                            (unsigned long long)reader->size, HF_PLAIN_BODY_MAX);
    size_t size = (size_t)reader->size;
    size_t got = 0;
    char *payload = malloc(size + 1);
    if (!payload)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a payload");
    enum hf_err err = hf_body_read(reader, 0, payload, size, &got, fault);
    if (err == HF_ERR_OK && got < size)
        err =
            hf_fault_set(fault, HF_ERR_MALFORMED, 0, "the payload of task %s is cut off", task->id);
    if (err == HF_ERR_OK)
        err = hf_task_encode_plain(task, (struct hf_str){payload, size}, out, fault);
    free(payload);
    return err;
}
