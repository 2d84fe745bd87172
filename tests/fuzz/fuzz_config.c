/* The worker's configuration. Its bytes are the file. */
#include "fuzz.h"
#include "worker/config.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct hf_config config;
    struct hf_fault fault = {0};
    char path[64];
    const int fd = memfd_create("config", MFD_CLOEXEC);
    fuzz_must(fd >= 0 && write(fd, data, len) == (ssize_t)len);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (hf_config_load(path, &config, &fault) == HF_ERR_OK) {
        fuzz_must(hf_name_valid(hf_str(config.board)));
        fuzz_must(config.slots >= 1 && config.slots <= HF_CONFIG_SLOTS_MAX);
        fuzz_must(config.reconnect_min_ms <= config.reconnect_max_ms);
    } else {
        fuzz_must(fault.text[0] != '\0');
    }
    (void)close(fd);
    return 0;
}
