#include "broker/node.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLES_MAX 64

/* Without the marker, which comes first: rabbitmqctl must not be taken for the node. */
static void list_variables(char *variables, char *environment[VARIABLES_MAX + 1])
{
    size_t count = 0;
    char *at = variables + strlen(variables) + 1;
    for (; *at && count < VARIABLES_MAX; at += strlen(at) + 1)
        environment[count++] = at;
    environment[count] = NULL;
}

/* 0: it ran and succeeded; an errno, or -1: it failed. */
static int run_quietly(const char *program, char *const *words, char *const *environment)
{
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int status = 0;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    error = posix_spawn(&child, program, &actions, NULL, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        return error;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

enum hf_err hf_node_reread_certificates(const struct hf_home *home,
                                        const struct hf_broker_settings *settings,
                                        struct hf_fault *fault)
{
    char variables[HF_CONF_TEXT_MAX + 1], program[HF_PATH_MAX + 1];
    char *environment[VARIABLES_MAX + 1];
    char *words[] = {"rabbitmqctl", "-q", "-t", "30", "eval", "ssl:clear_pem_cache().", NULL};
    if (hf_node_pid(home) == 0)
        return HF_ERR_OK;
    enum hf_err err = hf_conf_environment(home, settings, hf_node_programs(), variables, fault);
    if (err)
        return err;
    list_variables(variables, environment);
    snprintf(program, sizeof program, "%s/rabbitmqctl", hf_node_programs());
    const int error = run_quietly(program, words, environment);
    if (error > 0)
        return hf_fault_set(fault, HF_ERR_IO, error, "cannot run %s: %s", program, strerror(error));
    if (error < 0)
        return hf_fault_set(fault, HF_ERR_BROKER, 0,
                            "the broker could not be told of its new certificate, and takes it up "
                            "by itself within three minutes (rabbitmqctl failed: is it busy?)");
    return HF_ERR_OK;
}
