/* What a broker's management API says is declared there, as doctor looks at it. Its bytes are the
 * JSON. */
#include "broker/audit.h"
#include "broker/topology.h"
#include "fuzz.h"

#include <string.h>

static void name_it(void *context, enum hf_audit_fault fault, const char *kind, const char *name)
{
    size_t *count = context;
    fuzz_must(fault <= HF_AUDIT_HIDDEN && strlen(kind) > 0 && name != NULL);
    (*count)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct hf_topology_users users = {0};
    size_t wrong = 0;
    struct hf_audit *audit = NULL;
    struct hf_fault fault = {0};
    cJSON *found = cJSON_ParseWithLength((const char *)data, len);
    cJSON *wanted = hf_topology_definitions("holdfast", &users);
    fuzz_must(wanted != NULL);
    if (found != NULL) {
        fuzz_must(hf_audit_new(found, name_it, &wrong, &audit, &fault) == HF_ERR_OK);
        hf_audit_definitions(audit, wanted);
        hf_audit_pool(audit, "default");
        hf_audit_board(audit, "shed-1", "default");
    }
    hf_audit_free(audit);
    cJSON_Delete(wanted);
    cJSON_Delete(found);
    return 0;
}
