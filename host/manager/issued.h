#ifndef HF_MANAGER_ISSUED_H
#define HF_MANAGER_ISSUED_H

#include "ledger/certificates.h"

/* A certificate that was issued, from its PEM file, as the ledger is to have it: serial, pem and
 * until_s of `out`; the rest stays as it is. Errors of hf_pki_inspect() and hf_file_read(). */
enum hf_err hf_issued_read(const char *path, struct hf_certificate *out, struct hf_fault *fault);

#endif
