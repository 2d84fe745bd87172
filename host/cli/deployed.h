#ifndef HF_CLI_DEPLOYED_H
#define HF_CLI_DEPLOYED_H

#include "deploy/deploy.h"

#include <cJSON.h>

/* What became of one deployment, for a person and for a program. */

/* host/README.md documents the keys; `fault` counts when done->failed names a step. The caller's to
 * delete; NULL: no memory. */
cJSON *hf_deployed_json(const struct hf_deploy_request *request, const struct hf_deploy_done *done,
                        const struct hf_fault *fault);

/* Of one that did not fail, on stdout. */
void hf_deployed_print(const struct hf_deploy_request *request, const struct hf_deploy_done *done,
                       bool uninstall);

#endif
