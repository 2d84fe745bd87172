/* An event of a board, as the manager reads it. Its bytes are the JSON text. */
#include "fuzz.h"
#include "wire/event.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct hf_event event, again;
    static char first[HF_EVENT_BODY_MAX + 1], second[HF_EVENT_BODY_MAX + 1];
    size_t first_len = 0, second_len = 0;
    struct hf_fault fault = {0};
    if (hf_event_decode((const char *)data, len, &event, &fault) != HF_ERR_OK) {
        fuzz_must(fault.text[0] != '\0');
        return 0;
    }
    if (hf_event_encode(&event, first, sizeof first, &first_len) != HF_ERR_OK)
        return 0; /* larger than it came, once it is escaped as we do */
    fuzz_must(hf_event_decode(first, first_len, &again, &fault) == HF_ERR_OK);
    fuzz_must(hf_event_encode(&again, second, sizeof second, &second_len) == HF_ERR_OK);
    fuzz_must(first_len == second_len && memcmp(first, second, first_len) == 0);
    return 0;
}
