#ifndef HF_INIT_STORAGE_H
#define HF_INIT_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

/* The ext4 file system that keeps what a board must not lose. */

#define HF_STORAGE_PATH_BYTES 64

/* The block device whose ext4 has that label, whatever it is called on this board. */
bool hf_storage_find(const char *label, char path[HF_STORAGE_PATH_BYTES]);

/*
 * Mounts it on `folder`, replaying its journal first, so that power may be cut at any time. Access
 * times are not kept. False, with the reason said: there is none within `limit_s`, or it is
 * damaged.
 */
bool hf_storage_mount(const char *label, const char *folder, int64_t limit_s);

#endif
