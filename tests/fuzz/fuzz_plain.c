/* The JSON body of a plain task -> task and payload. Its bytes: an envelope as in envelope.h, and
 * behind it the body. */
#include "envelope.h"
#include "fuzz.h"
#include "wire/task.h"

#include <string.h>

/* What went in as text comes out of our own encoder as the same text. */
static void check_again(const struct hf_task *task, struct hf_str payload)
{
    static const struct hf_envelope none;
    struct hf_task again;
    struct hf_fault fault = {0};
    char *body = NULL, *back = NULL;
    size_t back_len = 0;
    if (hf_task_encode_plain(task, payload, &body, &fault) != HF_ERR_OK)
        return; /* no text, or too long once it is escaped */
    fuzz_must(hf_task_decode_plain(&none, body, strlen(body), &again, &back, &back_len, &fault) ==
              HF_ERR_OK);
    fuzz_must(strcmp(again.id, task->id) == 0 && strcmp(again.handler, task->handler) == 0);
    fuzz_must(hf_str_equal(payload, (struct hf_str){back, back_len}));
    free(back);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hf_bytes_in in = {.data = data, .left = len};
    struct hf_envelope envelope;
    struct hf_task task;
    struct hf_fault fault = {0};
    char *payload = NULL;
    size_t payload_len = 0;
    fuzz_get_envelope(&in, &envelope);
    const enum hf_err err = hf_task_decode_plain(&envelope, (const char *)in.data, in.left, &task,
                                                 &payload, &payload_len, &fault);
    if (err != HF_ERR_OK) {
        fuzz_must(payload == NULL && fault.text[0] != '\0');
        return 0;
    }
    fuzz_must(hf_id_valid(hf_str(task.id)) && payload[payload_len] == '\0');
    check_again(&task, (struct hf_str){payload, payload_len});
    free(payload);
    return 0;
}
