/* Envelope -> result, as the manager reads it. Its bytes are envelope.h's. */
#include "envelope.h"
#include "fuzz.h"
#include "wire/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hf_bytes_in in = {.data = data, .left = len};
    struct hf_envelope envelope, first, second;
    static struct hf_result result, again;
    struct hf_fault fault = {0};
    fuzz_get_envelope(&in, &envelope);
    if (hf_result_decode(&envelope, &result, &fault) != HF_ERR_OK) {
        fuzz_must(fault.text[0] != '\0');
        return 0;
    }
    fuzz_must(hf_status_text(result.status) != NULL);
    hf_result_encode(&result, &first);
    fuzz_must(hf_result_decode(&first, &again, &fault) == HF_ERR_OK);
    hf_result_encode(&again, &second);
    fuzz_must(fuzz_same_envelope(&first, &second));
    return 0;
}
