#ifndef HF_DEPLOY_TARGET_H
#define HF_DEPLOY_TARGET_H

#include "wire/fault.h"
#include "wire/ident.h"

#include <stdbool.h>
#include <stdint.h>

/* What a board says of itself before anything is changed there (the script's "probe"). Pure. */

struct hf_deploy_target {
    bool root, sudo;
    bool hidden;                   /* it has settings that this user may not read */
    char machine[HF_NAME_MAX + 1]; /* uname -m */
    char kernel[80];
    char model[128];             /* empty: it does not say */
    char init[16];               /* systemd, openrc, procd, busybox, plain */
    char board[HF_NAME_MAX + 1]; /* as which it is set up; empty: as none */
    bool worker;                 /* a program is there */
    char worker_sha256[65];      /* of it; empty: none, or it has no sha256sum */
    int64_t memory_kb, free_kb;  /* 0: unknown */
};

/* Lines of key=value, others are passed over. HF_ERR_MALFORMED: what is needed is not there. */
enum hf_err hf_target_parse(const char *text, struct hf_deploy_target *out, struct hf_fault *fault);

#endif
