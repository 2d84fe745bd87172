#include "broker/node.h"

#include "broker/management.h"
#include "broker/ports.h"
#include "broker/process.h"
#include "home/file.h"
#include "link/clock.h"
#include "wire/topology.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* RabbitMQ starts short-lived Erlang nodes of its own (to look after epmd): they do not boot it. */
#define VM_NAME       "beam.smp"
#define VM_ARGUMENTS  "-s rabbit boot"
#define OPEN_FILES    65536 /* the broker counts on a descriptor for each connection and queue */
#define POLL_MS       200
#define SWEEP_STOP_MS 5000
#define VARIABLES_MAX 64

const char *hf_node_programs(void)
{
    const char *named = getenv("HOLDFAST_RABBITMQ");
    return named && named[0] ? named : HF_NODE_PROGRAMS;
}

enum hf_err hf_node_check(const struct hf_home *home, struct hf_fault *fault)
{
    char server[HF_PATH_MAX + 1];
    if (!hf_conf_path_fits(home->dir))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "RabbitMQ cannot work in the data folder \"%s\": set HOLDFAST_HOME to "
                            "a path of letters, digits and / . _ - + @",
                            home->dir);
    snprintf(server, sizeof server, "%s/rabbitmq-server", hf_node_programs());
    if (access(server, X_OK) != 0)
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, errno,
                            "RabbitMQ is not installed (no %s): apt install rabbitmq-server, or "
                            "set HOLDFAST_RABBITMQ to the folder that holds its rabbitmq-server",
                            server);
    return HF_ERR_OK;
}

pid_t hf_node_pid(const struct hf_home *home)
{
    char marker[HF_PATH_MAX + 1];
    hf_conf_marker(home, marker);
    return hf_process_find(VM_NAME, marker, VM_ARGUMENTS);
}

static void raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max < OPEN_FILES ? limit.rlim_max : OPEN_FILES;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* In the child: everything is ready, only calls that are safe after fork are left. */
static void become_node(const char *server, const char *folder, const char *log,
                        char *const *environment)
{
    char *const argv[] = {(char *)server, NULL};
    int in = open("/dev/null", O_RDONLY);
    int out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in >= 0 && out >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2 &&
        chdir(folder) == 0) {
        setsid();
        raise_open_files();
        execve(server, argv, environment);
    }
    _exit(127);
}

static enum hf_err launch(const struct hf_home *home, const struct hf_broker_settings *settings,
                          pid_t *child, struct hf_fault *fault)
{
    char variables[HF_CONF_TEXT_MAX + 1];
    char folder[HF_PATH_MAX + 1], log[HF_PATH_MAX + 1], server[HF_PATH_MAX + 1];
    char *environment[VARIABLES_MAX + 1];
    size_t count = 0;
    enum hf_err err = hf_conf_environment(home, settings, hf_node_programs(), variables, fault);
    if (err)
        return err;
    for (char *at = variables; *at && count < VARIABLES_MAX; at += strlen(at) + 1)
        environment[count++] = at;
    environment[count] = NULL;
    hf_home_path(home, HF_HOME_NODE, "", folder);
    hf_home_path(home, HF_CONF_LOG_CONSOLE, "", log);
    snprintf(server, sizeof server, "%s/rabbitmq-server", hf_node_programs());
    *child = fork();
    if (*child == 0)
        become_node(server, folder, log, environment);
    if (*child < 0)
        return hf_fault_set(fault, HF_ERR_IO, errno, "cannot start a process: %s", strerror(errno));
    return HF_ERR_OK;
}

/* The topology is imported before the TLS port opens, but that order is the broker's own affair. */
static bool ready(const struct hf_broker_settings *settings, struct hf_management *management)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(path, sizeof path, "queues/%s/%s", hf_management_vhost_escaped(management),
             HF_QUEUE_TASKS_PREFIX HF_POOL_DEFAULT);
    return hf_port_held(settings->port, NULL) &&
           hf_management_call(management, "GET", path, NULL, NULL, NULL) == HF_ERR_OK;
}

/* A child has to be reaped before it counts as gone; a node that was started earlier is none. */
static bool gone(pid_t pid)
{
    return waitpid(pid, NULL, WNOHANG) == pid || (kill(pid, 0) != 0 && errno == ESRCH);
}

static enum hf_err wait_ready(const struct hf_broker_settings *settings,
                              struct hf_management *management, pid_t pid,
                              void (*waiting)(int64_t elapsed_ms), struct hf_fault *fault)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    const int64_t started_ms = hf_clock_mono_ms();
    for (;;) {
        int64_t elapsed_ms = hf_clock_mono_ms() - started_ms;
        if (waiting)
            waiting(elapsed_ms);
        if (gone(pid))
            return hf_fault_set(fault, HF_ERR_BROKER, 0, "RabbitMQ ended while it was starting");
        if (ready(settings, management))
            return HF_ERR_OK;
        if (elapsed_ms > HF_NODE_START_TIMEOUT_S * INT64_C(1000))
            return hf_fault_set(fault, HF_ERR_BROKER, 0, "RabbitMQ is not ready after %d s",
                                HF_NODE_START_TIMEOUT_S);
        nanosleep(&pause, NULL);
    }
}

enum hf_err hf_node_wait(const struct hf_broker_settings *settings, pid_t pid,
                         void (*waiting)(int64_t elapsed_ms), struct hf_fault *fault)
{
    struct hf_management *management = NULL;
    enum hf_err err = hf_management_open(settings, &management, fault);
    if (!err)
        err = wait_ready(settings, management, pid, waiting, fault);
    hf_management_close(management);
    return err;
}

enum hf_err hf_node_start(const struct hf_home *home, const struct hf_broker_settings *settings,
                          void (*waiting)(int64_t elapsed_ms), struct hf_fault *fault)
{
    pid_t child = 0;
    enum hf_err err = launch(home, settings, &child, fault);
    if (err)
        return err;
    err = hf_node_wait(settings, child, waiting, fault);
    if (err)
        hf_node_stop(home, NULL);
    return err;
}

static enum hf_err end_vm(pid_t vm, struct hf_fault *fault)
{
    if (kill(vm, SIGTERM) != 0 && errno != ESRCH)
        return hf_fault_set(fault, HF_ERR_DENIED, errno, "cannot stop RabbitMQ (process %d): %s",
                            (int)vm, strerror(errno));
    if (hf_process_wait_gone(vm, HF_NODE_STOP_TIMEOUT_S * 1000))
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_TIMED_OUT, 0,
                        "RabbitMQ (process %d) is still there %d s after it was asked to end: look "
                        "into its log, then end it with \"kill -KILL %d\"",
                        (int)vm, HF_NODE_STOP_TIMEOUT_S, (int)vm);
}

/* epmd, and helpers that could start it once more: until none is left, not one of each. */
static enum hf_err sweep(const char *marker, struct hf_fault *fault)
{
    const int64_t started_ms = hf_clock_mono_ms();
    pid_t pid = hf_process_find(NULL, marker, NULL);
    for (; pid; pid = hf_process_find(NULL, marker, NULL)) {
        bool late = hf_clock_mono_ms() - started_ms > SWEEP_STOP_MS;
        if (kill(pid, late ? SIGKILL : SIGTERM) != 0 && errno != ESRCH)
            return hf_fault_set(fault, HF_ERR_DENIED, errno, "cannot stop process %d: %s", (int)pid,
                                strerror(errno));
        hf_process_wait_gone(pid, POLL_MS);
    }
    return HF_ERR_OK;
}

enum hf_err hf_node_stop(const struct hf_home *home, struct hf_fault *fault)
{
    char marker[HF_PATH_MAX + 1];
    hf_conf_marker(home, marker);
    pid_t vm = hf_node_pid(home);
    enum hf_err err = vm ? end_vm(vm, fault) : HF_ERR_OK;
    return err ? err : sweep(marker, fault);
}

static void append_tail(const struct hf_home *home, const char *name, size_t share, char *text)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(home, name, "", path);
    FILE *log = fopen(path, "re");
    if (!log)
        return;
    size_t had = strlen(text);
    if (fseek(log, -(long)share, SEEK_END) == 0) {
        int c = fgetc(log); /* most likely the middle of a line: begin with the next one */
        while (c != EOF && c != '\n')
            c = fgetc(log);
    } else {
        rewind(log);
    }
    size_t got = fread(text + had, 1, share, log);
    text[had + got] = '\0';
    fclose(log);
}

void hf_node_log_tail(const struct hf_home *home, char text[HF_NODE_LOG_TAIL_MAX + 1])
{
    text[0] = '\0';
    append_tail(home, HF_CONF_LOG_BROKER, HF_NODE_LOG_TAIL_MAX / 2, text);
    append_tail(home, HF_CONF_LOG_CONSOLE, HF_NODE_LOG_TAIL_MAX / 2, text);
}
