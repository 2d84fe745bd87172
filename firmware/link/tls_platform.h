#ifndef HF_LINK_TLS_PLATFORM_H
#define HF_LINK_TLS_PLATFORM_H

#include "wire/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What Mbed TLS gets from this program instead of finding it itself: randomness, straight from the
 * kernel, and the time.
 *
 * Certificates are judged by the system's clock, but never by a time before this program was
 * built, nor before the floor of hf_tls_platform_set_floor: a board whose clock starts in 1970 can
 * connect all the same.
 */

/* Call before any other use of Mbed TLS or PSA; calling it again is harmless. HF_ERR_TLS. */
enum hf_err hf_tls_platform_init(struct hf_fault *fault);

/*
 * From now on no date is judged by a time before `unix_s`. `trusted` false: this machine's clock is
 * evidently unset, so the time judged by is only the earliest that it can be, and a certificate
 * that is not valid yet by it is taken; one that has expired by it is refused all the same. Until
 * this is called: 0 and true. For the whole process, and the handshakes that begin after it.
 */
void hf_tls_platform_set_floor(int64_t unix_s, bool trusted);
bool hf_tls_platform_clock_trusted(void);

/* The kernel's randomness in the shape that Mbed TLS calls (f_rng). Always 0. */
int hf_tls_random(void *unused, unsigned char *out, size_t len);

#endif
