#ifndef HF_DEPLOY_DEPLOY_INTERNAL_H
#define HF_DEPLOY_DEPLOY_INTERNAL_H

#include "deploy/deploy.h"

/* What the steps of one deployment share. */

#define HF_DEPLOY_CALL_MS 60000
#define HF_DEPLOY_COPY_MS 300000
#define HF_DEPLOY_ETC     "/etc/holdfast/"

struct hf_deploy_run {
    const struct hf_deploy_request *request;
    struct hf_deploy_done *done;
    struct hf_fault *fault;
    struct hf_ssh ssh;
    struct hf_ssh_call call; /* the last one, and what it printed */
    struct hf_program program;
    struct hf_arrival before;
    bool new_worker, new_bundle;
    bool swapped; /* the old worker is to come back when a later step fails */
};

/* The step that is begun is the one that failed, until the next is. */
void hf_deploy_step(struct hf_deploy_run *run, const char *name, const char *text);

/* The script's verb on the board; errors of hf_ssh_run. */
enum hf_err hf_deploy_say(struct hf_deploy_run *run, const char *verb);

/* The same with words after the verb, and with what the script then reads. */
enum hf_err hf_deploy_send(struct hf_deploy_run *run, const char *const words[HF_SSH_WORDS_MAX],
                           const void *data, size_t len);

/* A file there, whole or as it was; `mode` as chmod takes it. */
enum hf_err hf_deploy_put(struct hf_deploy_run *run, const char *path, const char *mode,
                          const void *data, size_t len);

/* FOLDER/NAME; HF_ERR_TOO_LARGE. */
enum hf_err hf_deploy_path(struct hf_deploy_run *run, const char *folder, const char *name,
                           char out[HF_PATH_MAX + 1]);

/* --- steps in files of their own --- */

/* deploy_identity.c: the board's bundle: what it has, one that is given, or a new one. */
enum hf_err hf_deploy_identity(struct hf_deploy_run *run);

/* deploy_handlers.c: the programs of a folder that are not there as they are here. */
enum hf_err hf_deploy_handlers(struct hf_deploy_run *run);

#endif
