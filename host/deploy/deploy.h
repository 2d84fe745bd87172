#ifndef HF_DEPLOY_DEPLOY_H
#define HF_DEPLOY_DEPLOY_H

#include "broker/settings.h"
#include "deploy/arrival.h"
#include "deploy/program.h"
#include "deploy/ssh.h"
#include "deploy/target.h"

/*
 * Puts a worker on a board that runs Linux and answers ssh: program, bundle, handlers, service.
 * Doing it again changes what differs and nothing else. Everything on the board is put beside its
 * old one and swapped by rename; power may go at any time.
 */

#define HF_DEPLOY_REPORT_MS 60000

struct hf_deploy_request {
    const struct hf_home *home;
    const struct hf_broker_settings *settings;
    const char *board;              /* its name */
    const char *target;             /* USER@HOST */
    const char *const *ssh_options; /* words for ssh's -o, ended by NULL; NULL: none */
    const char *pool, *broker_host; /* of an enrolment; NULL: as hf_enroll has it */
    const char *bundle;   /* folder of one that is there; NULL: as the board has, or a new one */
    const char *worker;   /* file; NULL: ours */
    const char *handlers; /* folder; NULL: none */
    bool upgrade;         /* another worker that is there is replaced */
    bool force;           /* a new identity, whatever the board has */
    bool batch;           /* ssh may ask nobody for a password */
    int64_t report_ms, drain_ms; /* hf_arrival_wait */

    /* Asked again and again; true: it ends in order, an upgrade taken back. NULL: never. */
    bool (*stopped)(void);

    /* Told before each step ("copy", "the worker of raspberry-pi-zero, 413 KB"); NULL: nobody. */
    void (*step)(void *context, const char *step, const char *text);
    void *context;
};

struct hf_deploy_done {
    struct hf_deploy_target target; /* before it was changed */
    struct hf_arrival arrival;
    char version[80];              /* what the program says of itself; empty: not asked */
    char program[HF_NAME_MAX + 1]; /* the preset of the worker that was copied; empty: none was */
    char note[160];                /* what the board's system lacks; empty: nothing */
    const char *failed;            /* the step that failed; static */
    bool rolled_back;
    bool unchanged;  /* nothing was to be done */
    size_t handlers; /* copied, since they differed */
};

/*
 * HF_ERR_OK: the board has reported in. Otherwise `done->failed` names the step and `fault` the
 * cause and what to try. After a failed upgrade the old worker is back when done->rolled_back.
 * HF_ERR_INTERRUPTED: request->stopped said so.
 */
enum hf_err hf_deploy(const struct hf_deploy_request *request, struct hf_deploy_done *done,
                      struct hf_fault *fault);

/* Takes away service, program and bundle; handlers and unsent results stay. Errors of hf_ssh_run.
 */
enum hf_err hf_undeploy(const struct hf_deploy_request *request, struct hf_deploy_done *done,
                        struct hf_fault *fault);

#endif
