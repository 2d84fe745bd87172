#ifndef HF_WORKER_AGENT_H
#define HF_WORKER_AGENT_H

#include "worker/agent_mark.h"
#include "worker/keep.h"
#include "worker/state.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The programs that updates brought, in the folder `agent` of the state folder, and the mark that
 * says which of them to be (worker/agent_mark.h). A program's file has the first HF_AGENT_NAME_LEN
 * hex digits of its hash as its name. A file or folder that others could change, or a file that is
 * not what its mark says, is never run.
 *
 * Whoever is started looks here first; so the program that the supervisor knows, on a disk that is
 * read-only perhaps, needs no change for an update, and is the last resort when this folder is
 * lost. Without /proc nothing of this is done.
 *
 * A trial takes `update_trial_s` of the settings at most. For a program that does not even see that
 * its time is over there is an alarm of the kernel's, half as long again, that outlives its start.
 */

#define HF_AGENT_NAME_LEN 32

struct hf_agent {
    char folder[HF_STATE_PATH_MAX + 8];
    struct hf_keep keep;
    struct hf_agent_mark mark; /* as it was read or written last */
    struct hf_agent_hash self; /* this very program; set by hf_agent_know */
    char self_path[HF_AGENT_PATH_MAX + 1];
    bool is_base;
    bool on_trial; /* set by hf_agent_start */
};

/* Of that state folder, which is copied. Reads nothing. */
void hf_agent_init(struct hf_agent *agent, const char *state_folder, const struct hf_disk *disk);

/* The mark; zero when there is none. HF_ERR_MALFORMED: it was broken, and is zero now. Others of
 * hf_keep_read. */
enum hf_err hf_agent_read(struct hf_agent *agent, struct hf_fault *fault);
enum hf_err hf_agent_write(struct hf_agent *agent, struct hf_fault *fault);

/* Who this program is. HF_ERR_IO: /proc does not say; HF_ERR_TOO_LARGE: its path. */
enum hf_err hf_agent_know(struct hf_agent *agent, struct hf_fault *fault);

/*
 * What a worker does first: it becomes the program that the mark says, with the arguments `argv`,
 * and this never returns; or it goes on as it is, perhaps on trial. Takes nothing but a system call
 * on a board that never had an update.
 */
void hf_agent_start(struct hf_agent *agent, int64_t trial_s, char **argv);

/* The trial is stood: this program is the current one; other files are removed. */
void hf_agent_stand(struct hf_agent *agent);

/* The trial is not stood: becomes the base, which knows what to be instead. Returns when that
 * cannot be: then end, and leave it to the supervisor. */
void hf_agent_go_back(struct hf_agent *agent, const char *reason, char **argv);

/* SHA-256 from where the descriptor is to its end. 0, or -1 with errno. */
int hf_agent_hash_fd(int fd, struct hf_agent_hash *out);

/* Name in the folder, and path, of a program. */
void hf_agent_name(const struct hf_agent_hash *hash, char out[HF_AGENT_NAME_LEN + 1]);
void hf_agent_path(const struct hf_agent *agent, const struct hf_agent_hash *hash, char *out,
                   size_t size);

/* NULL: that program is there, whole, and nobody else's to change; else what is wrong. */
const char *hf_agent_doubt(const struct hf_agent *agent, const struct hf_agent_hash *hash);

#endif
