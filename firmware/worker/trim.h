#ifndef HF_WORKER_TRIM_H
#define HF_WORKER_TRIM_H

/*
 * Lets go of the program's own code pages: most of them were needed once, to read the settings and
 * to shake hands. They are clean pages of a file, so the kernel keeps them in its cache as long as
 * it has nothing better to do with the memory; what is used again comes back by a minor fault. A
 * board of 64 MB has the memory instead. Does nothing where the linker or the kernel cannot say.
 */
void hf_trim_code(void);

/* Lets go of stack that deeper calls than this one have used: the handshake's go deepest. */
void hf_trim_stack(void);

#endif
