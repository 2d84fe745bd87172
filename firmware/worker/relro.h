#ifndef HF_WORKER_RELRO_H
#define HF_WORKER_RELRO_H

/*
 * Makes the program's tables of addresses read-only (the segment PT_GNU_RELRO): a stray write
 * cannot turn a call elsewhere. The dynamic linker does so for other programs; a static one
 * relocates itself, and musl 1.2 stops there. Call it first; a kernel that refuses is no error.
 */
void hf_relro_protect(void);

#endif
