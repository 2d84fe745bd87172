/* What a board says of itself over ssh, as deploy reads it. Its bytes are the text. */
#include "deploy/target.h"
#include "fuzz.h"
#include "wire/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hf_deploy_target target;
    struct hf_fault fault = {0};
    char *text = fuzz_text(data, len);
    if (hf_target_parse(text, &target, &fault) == HF_ERR_OK)
        fuzz_must(target.machine[0] != '\0' && target.init[0] != '\0');
    else
        fuzz_must(fault.text[0] != '\0');
    const char *const shown[] = {target.machine, target.kernel, target.model,
                                 target.init,    target.board,  target.worker_sha256};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        fuzz_must(hf_utf8_valid(hf_str(shown[i])));
    fuzz_must(target.memory_kb >= 0 && target.free_kb >= 0);
    free(text);
    return 0;
}
