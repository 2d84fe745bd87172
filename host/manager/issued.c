#include "manager/issued.h"

#include "home/file.h"
#include "pki/inspect.h"

#include <stdlib.h>

enum hf_err hf_issued_read(const char *path, struct hf_certificate *out, struct hf_fault *fault)
{
    char *pem = NULL;
    struct hf_pki_facts facts;
    enum hf_err err = hf_pki_inspect(path, &facts, fault);
    if (!err)
        err = hf_file_read(path, HF_CERTIFICATE_PEM_MAX, &pem, NULL, fault);
    if (err)
        return err;
    out->until_s = facts.not_after_s;
    hf_str_copy(out->serial, sizeof out->serial, hf_str(facts.serial));
    hf_str_copy(out->pem, sizeof out->pem, hf_str(pem));
    free(pem);
    return HF_ERR_OK;
}
