/* The beginning of a program that an update brought: the bytes as they are, and with a head that is
 * for this machine, so that its parts are reached. */
#include "fuzz.h"
#include "worker/update.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

static ElfW(Ehdr) self;

static void begin(void)
{
    const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    fuzz_must(fd >= 0 && read(fd, &self, sizeof self) == (ssize_t)sizeof self);
    (void)close(fd);
}

static void doubt(const void *head, size_t len)
{
    const char *why = hf_update_doubt(head, len, &self);
    fuzz_must(why != NULL || len >= sizeof self);
    fuzz_must(why == NULL || why[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (self.e_machine == 0)
        begin();
    doubt(data, len);
    uint8_t *copy = malloc(len + 1);
    if (copy != NULL && len >= offsetof(ElfW(Ehdr), e_version)) {
        memcpy(copy, data, len);
        memcpy(copy, &self, offsetof(ElfW(Ehdr), e_version));
        doubt(copy, len);
    }
    free(copy);
    return 0;
}
