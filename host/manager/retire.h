#ifndef HF_MANAGER_RETIRE_H
#define HF_MANAGER_RETIRE_H

#include "broker/management.h"

/*
 * Takes a board's rights away on the broker: its user goes, its connections are closed, and its
 * own two queues are deleted with what is in them. Its certificate is then worth nothing. Doing it
 * again is no error. Through the management API; errors of hf_management_call, and then part of it
 * may have been done: call it again.
 */
enum hf_err hf_retire(struct hf_management *management, const char *board, struct hf_fault *fault);

#endif
