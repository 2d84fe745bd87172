#ifndef HF_DEPLOY_HOSTS_H
#define HF_DEPLOY_HOSTS_H

#include "wire/fault.h"
#include "wire/ident.h"

#include <stddef.h>

/*
 * The file of `deploy --hosts`: a line a board, NAME USER@HOST, separated by blanks; # begins a
 * comment. Pure.
 */

#define HF_HOSTS_MAX       256
#define HF_HOST_TARGET_MAX 255

struct hf_host {
    char board[HF_NAME_MAX + 1];
    char target[HF_HOST_TARGET_MAX + 1];
};

struct hf_hosts {
    size_t count;
    struct hf_host items[HF_HOSTS_MAX];
};

/* HF_ERR_MALFORMED, HF_ERR_EXISTS (a name twice), HF_ERR_TOO_LARGE, HF_ERR_MISSING (none at all);
 * `fault` names the line. */
enum hf_err hf_hosts_parse(const char *text, struct hf_hosts *out, struct hf_fault *fault);

/* NULL: there is none of that name. */
const struct hf_host *hf_hosts_find(const struct hf_hosts *hosts, const char *board);

#endif
