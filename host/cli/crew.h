#ifndef HF_CLI_CREW_H
#define HF_CLI_CREW_H

#include "deploy/deploy.h"
#include "deploy/hosts.h"

#include <cJSON.h>
#include <sys/types.h>

/*
 * Deployments to many boards, some at once: each in a process of its own, which tells its steps and
 * at last what became of it.
 *
 *   WAITING ──▶ BUSY ──▶ DONE | FAILED        after Ctrl-C none is begun: those stay WAITING
 */

#define HF_CREW_LINE_MAX 16384

enum hf_crew_state { HF_CREW_WAITING, HF_CREW_BUSY, HF_CREW_DONE, HF_CREW_FAILED, HF_CREW_STATES };

struct hf_crew_board {
    const struct hf_host *host;
    enum hf_crew_state state;
    char step[16], text[HF_FAULT_TEXT_MAX + 1]; /* where it is; of one that failed also why */
    bool unchanged, rolled_back;
    int64_t began_ms, took_ms; /* monotonic */
    cJSON *result;             /* hf_deployed_json; NULL: not ended, or its process died */
    pid_t pid;
    int from; /* what the process tells; -1: nothing any more */
    char *line;
    size_t len; /* of a line that is not whole yet */
};

struct hf_crew {
    const struct hf_deploy_request *request; /* of all; board, target, step, context are not read */
    bool uninstall;
    size_t at_once;
    struct hf_crew_board *boards;
    size_t count;

    /* After each change of a board, and with NULL when some time has passed. */
    void (*news)(void *context, const struct hf_crew *crew, const struct hf_crew_board *board);
    void *context;
};

/* `count` is 1 or more; `hosts` are borrowed. HF_ERR_NO_MEMORY. hf_crew_free() it in any case. */
enum hf_err hf_crew_new(struct hf_crew *crew, const struct hf_host *const *hosts, size_t count,
                        struct hf_fault *fault);

/* Until all have ended; after request->stopped, until those have that were begun. */
void hf_crew_run(struct hf_crew *crew);

size_t hf_crew_count(const struct hf_crew *crew, enum hf_crew_state state);

void hf_crew_free(struct hf_crew *crew);

#endif
