#ifndef HF_LINK_TLS_PLATFORM_H
#define HF_LINK_TLS_PLATFORM_H

#include "wire/fault.h"

#include <stddef.h>

/*
 * What Mbed TLS gets from this program instead of finding it itself: randomness, straight from the
 * kernel, and the time.
 *
 * Certificates are judged by the system's clock, but never by a time before this program was
 * built: a board whose clock starts in 1970 can connect all the same.
 */

/* Call before any other use of Mbed TLS or PSA; calling it again is harmless. HF_ERR_TLS. */
enum hf_err hf_tls_platform_init(struct hf_fault *fault);

/* The kernel's randomness in the shape that Mbed TLS calls (f_rng). Always 0. */
int hf_tls_random(void *unused, unsigned char *out, size_t len);

#endif
