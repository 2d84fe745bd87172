/* Envelope -> task: what is read goes out again as it is. Its bytes are envelope.h's. */
#include "envelope.h"
#include "fuzz.h"
#include "wire/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hf_bytes_in in = {.data = data, .left = len};
    struct hf_envelope envelope, first, second;
    struct hf_task task, again;
    struct hf_fault fault = {0};
    fuzz_get_envelope(&in, &envelope);
    (void)hf_task_has_envelope(&envelope);
    if (hf_task_decode(&envelope, &task, &fault) != HF_ERR_OK) {
        fuzz_must(fault.text[0] != '\0');
        return 0;
    }
    fuzz_must(hf_id_valid(hf_str(task.id)));
    hf_task_encode(&task, &first);
    fuzz_must(hf_task_decode(&first, &again, &fault) == HF_ERR_OK);
    hf_task_encode(&again, &second);
    fuzz_must(fuzz_same_envelope(&first, &second));
    return 0;
}
