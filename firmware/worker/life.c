#include "worker/life.h"

#include "link/clock.h"
#include "link/log.h"
#include "worker/fds.h"
#include "worker/loop.h"
#include "worker/monitor.h"
#include "worker/privilege.h"
#include "worker/ready.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define SYSTEM_LOG "/dev/log"
/* Of the process that works: its exit status is the end of its loop above this, if not LEFT. */
#define ENDS_FROM  16

static struct hf_config config; /* some KB: not the stack's */
static struct hf_agent agent;

static int complain(const struct hf_fault *fault)
{
    (void)fprintf(stderr, "holdfast-worker: %s\n", fault->text);
    return fault->err == HF_ERR_INVALID ? HF_LIFE_MISUSE : HF_LIFE_TROUBLE;
}

static int refuse(const struct hf_fault *fault)
{
    (void)complain(fault);
    return HF_LIFE_MISUSE;
}

static void say_what_is_trusted(void)
{
    if (config.require_signature[0] == '\0')
        hf_log(HF_LOG_WARN, "worker.unsigned", "reason=\"takes unsigned work, from %s\"",
               config.require_sender[0] != '\0' ? config.require_sender : "anybody");
}

/* Who works: this process, or one that the monitor has started (worker/monitor.h). */
struct self {
    const char *config_path;
    const struct hf_privilege *privilege;
    const struct hf_monitor_inherited *inherited; /* NULL, and */
    int monitor_fd;                               /* -1: this process */
};

/* What is root's alone is opened before root is given away; then come the first foreign bytes. */
static enum hf_err settle(const struct self *self, struct hf_service *service,
                          struct hf_fault *fault)
{
    enum hf_err err = hf_service_open(service, config.watchdog, hf_clock_mono_ms(), fault);
    if (err != HF_ERR_OK || self->monitor_fd < 0)
        return err;
    hf_service_tell_by(service, self->monitor_fd);
    err = hf_privilege_give_away(self->privilege, &config, fault);
    hf_monitor_follow(self->monitor_fd);
    return err;
}

static int run_loop(const struct self *self, const struct hf_ready *ready,
                    struct hf_service *service, enum hf_loop_end *end)
{
    struct hf_fault fault;
    const struct hf_loop_setup setup = {.config_path = self->config_path,
                                        .config = &config,
                                        .tls = ready->tls,
                                        .agent = &agent,
                                        .manager = ready->manager,
                                        .signer = ready->signer,
                                        .monitor_fd = self->monitor_fd,
                                        .inherited = self->inherited,
                                        .service = service,
                                        .new_identity = ready->new_identity};
    say_what_is_trusted();
    return hf_loop_run(&setup, end, &fault) == HF_ERR_OK ? HF_LIFE_LEFT : complain(&fault);
}

static int work(const struct self *self, enum hf_loop_end *end)
{
    struct hf_fault fault;
    struct hf_service service;
    struct hf_ready ready = {0};
    *end = HF_LOOP_LEFT;
    if (settle(self, &service, &fault) != HF_ERR_OK)
        return complain(&fault);
    int status = HF_LIFE_MISUSE;
    if (hf_ready_load(&ready, &config, &fault) == HF_ERR_OK) {
        status = run_loop(self, &ready, &service, end);
    } else {
        hf_service_close(&service);
        (void)complain(&fault);
    }
    hf_ready_free(&ready);
    return status;
}

static int work_apart(void *context, const struct hf_monitor_inherited *inherited, int monitor_fd)
{
    struct self self = *(const struct self *)context;
    enum hf_loop_end end;
    self.inherited = inherited;
    self.monitor_fd = monitor_fd;
    const int status = work(&self, &end);
    return end == HF_LOOP_LEFT ? status : ENDS_FROM + (int)end;
}

static int watch(const struct self *self, enum hf_loop_end *end)
{
    struct hf_fault fault;
    enum hf_monitor_end how;
    int status = 0;
    const struct hf_monitor_setup setup = {.config_path = self->config_path,
                                           .config = &config,
                                           .privilege = self->privilege,
                                           .agent = &agent,
                                           .work = work_apart,
                                           .context = (void *)self};
    *end = HF_LOOP_LEFT;
    if (hf_monitor_run(&setup, &how, &status, &fault) != HF_ERR_OK)
        return complain(&fault);
    if (how == HF_MONITOR_DIED)
        hf_log(HF_LOG_ERROR, "worker.died", "signal=%d", status);
    if (how == HF_MONITOR_DIED)
        return HF_LIFE_TROUBLE;
    if (status > ENDS_FROM && status <= ENDS_FROM + (int)HF_LOOP_UNANSWERED)
        *end = (enum hf_loop_end)(status - ENDS_FROM);
    return status < ENDS_FROM ? status : HF_LIFE_TROUBLE;
}

/* One life between two readings of the settings. */
static int live(const char *config_path, char **argv, enum hf_loop_end *end)
{
    struct hf_fault fault;
    struct hf_privilege privilege;
    *end = HF_LOOP_LEFT;
    if (hf_config_load(config_path, &config, &fault) != HF_ERR_OK)
        return refuse(&fault);
    hf_log_set_level(config.log_level);
    hf_log_to(config.log_to_system ? SYSTEM_LOG : NULL);
    hf_agent_init(&agent, config.state, &hf_disk_real);
    hf_agent_start(&agent, config.update_trial_s, argv);
    if (hf_privilege_find(&privilege, &config, &fault) != HF_ERR_OK)
        return refuse(&fault);
    const struct self self = {
        .config_path = config_path, .privilege = &privilege, .monitor_fd = -1};
    return privilege.drops ? watch(&self, end) : work(&self, end);
}

static void go_back(bool unconnected, char **argv)
{
    char reason[HF_AGENT_REASON_MAX + 1];
    (void)snprintf(reason, sizeof reason, "it %s within %d s",
                   unconnected ? "did not connect" : "connected, but gave no result",
                   (int)config.update_trial_s);
    hf_agent_go_back(&agent, reason, argv);
}

/* Whoever started it may have left open what is not the network's to have, or have closed 0, 1 or
 * 2: what is opened next must not become stderr. */
static void settle_descriptors(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    hf_fds_close_from(STDERR_FILENO + 1);
}

int hf_life(const char *config_path, char **argv)
{
    enum hf_loop_end end;
    int status;
    settle_descriptors();
    do {
        status = live(config_path, argv, &end);
    } while (end == HF_LOOP_RELOAD || end == HF_LOOP_BECOME);
    if (end == HF_LOOP_LEFT || !agent.on_trial)
        return status;
    go_back(end == HF_LOOP_UNCONNECTED, argv);
    return HF_LIFE_TROUBLE;
}
