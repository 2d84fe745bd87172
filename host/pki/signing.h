#ifndef HF_PKI_SIGNING_H
#define HF_PKI_SIGNING_H

#include "home/home.h"

/*
 * The manager's signing key: what it signs, boards do. Two files in the data folder, SIGNING.key
 * (0600) and SIGNING.pub, which goes into every bundle. It is made once and never renewed by
 * itself: boards know no other.
 */

/* Makes what is missing of both. Errors of pki/key.h, hf_file_write. */
enum hf_err hf_pki_setup_signing(const struct hf_home *home, struct hf_fault *fault);

#endif
