#include "worker/relro.h"

#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* From the linker: where the program begins in memory. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

void hf_relro_protect(void)
{
    const uintptr_t page = (uintptr_t)getpagesize();
    const uintptr_t base = (uintptr_t)&__ehdr_start;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(base + __ehdr_start.e_phoff);
    for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
        const uintptr_t begin = (base + segments[i].p_vaddr) & ~(page - 1);
        const uintptr_t end = (base + segments[i].p_vaddr + segments[i].p_memsz) & ~(page - 1);
        if (segments[i].p_type == PT_GNU_RELRO && begin < end)
            (void)mprotect((void *)begin, end - begin, PROT_READ);
    }
}
