#include "manager/serve_mend.h"

#include "link/log.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Its words on stderr go to the service's log; its report is nobody's. */
static void start(struct hf_mend *mend)
{
    static const char self[] = "/proc/self/exe";
    char *words[] = {"holdfast", "reconcile", "--json", NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int error = posix_spawn(&child, self, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0)
        mend->child = child;
    else
        hf_log(HF_LOG_WARN, "serve.reconcile", "reason=\"%s\"", strerror(error));
}

void hf_mend_step(struct hf_mend *mend, bool up, int64_t now_ms)
{
    int status = 0;
    if (mend->child > 0) {
        if (waitpid(mend->child, &status, WNOHANG) == 0)
            return;
        mend->child = 0;
    }
    if (!up || now_ms < mend->next_ms)
        return;
    if (mend->next_ms > 0) /* not at once: results may have waited for us */
        start(mend);
    mend->next_ms = now_ms + HF_MEND_EVERY_MS;
}

void hf_mend_stop(struct hf_mend *mend)
{
    if (mend->child <= 0)
        return;
    (void)kill(mend->child, SIGTERM);
    (void)waitpid(mend->child, NULL, 0);
    mend->child = 0;
}
