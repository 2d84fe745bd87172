#ifndef HF_LINK_REQUEST_H
#define HF_LINK_REQUEST_H

#include "wire/fault.h"

#include <stdbool.h>

/*
 * A key that never leaves the board, and the request with which the manager makes a certificate for
 * it (PKCS#10, RFC 2986): ECDSA on P-256, the board's name as the one common name, no attributes.
 * Written byte by byte: Mbed TLS's own writers are several KB.
 */

#define HF_REQUEST_MAX 767 /* bytes of a request in PEM, without the final 0 */

/*
 * Makes the key in `key_path` (PEM, mode 0600, whole or not at all, synced) unless one is there,
 * and writes the request for it to `out`, ending in a 0. `*made` tells which. `board` is a valid
 * name. HF_ERR_MALFORMED: what is there is no key on P-256. HF_ERR_DENIED, HF_ERR_NO_SPACE,
 * HF_ERR_IO: the file cannot be written. HF_ERR_TLS, HF_ERR_NO_MEMORY.
 */
enum hf_err hf_request_make(const char *board, const char *key_path, char out[HF_REQUEST_MAX + 1],
                            bool *made, struct hf_fault *fault);

#endif
