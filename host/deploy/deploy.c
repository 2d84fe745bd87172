#include "deploy/deploy.h"

#include "home/file.h"
#include "manager/bundle.h"
#include "manager/enroll.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CALL_MS     60000
#define COPY_MS     300000
#define HANDLER_MAX (16 * 1024 * 1024)
#define PEM_MAX     65536
#define ETC         "/etc/holdfast/"
#define WORKER_NEW  "/usr/local/bin/holdfast-worker.new"

struct deploy {
    const struct hf_deploy_request *request;
    struct hf_deploy_done *done;
    struct hf_fault *fault;
    struct hf_ssh ssh;
    struct hf_ssh_call call;
    struct hf_program program;
    struct hf_arrival before;
    bool new_worker, new_bundle;
    bool swapped; /* the old worker is to come back when a later step fails */
};

static void step(struct deploy *deploy, const char *name, const char *text)
{
    deploy->done->failed = name;
    if (deploy->request->step)
        deploy->request->step(deploy->request->context, name, text);
}

static enum hf_err call(struct deploy *deploy, int64_t limit_ms, const char *verb,
                        const char *first, const char *second, const void *input, size_t len)
{
    deploy->call.words[0] = verb;
    deploy->call.words[1] = first;
    deploy->call.words[2] = first ? second : NULL;
    deploy->call.words[3] = NULL;
    deploy->call.input = input;
    deploy->call.input_len = len;
    deploy->call.limit_ms = limit_ms;
    return hf_ssh_run(&deploy->ssh, &deploy->call, deploy->fault);
}

static enum hf_err say(struct deploy *deploy, const char *verb)
{
    return call(deploy, CALL_MS, verb, NULL, NULL, NULL, 0);
}

static enum hf_err put(struct deploy *deploy, const char *path, const char *mode, const void *data,
                       size_t len)
{
    return call(deploy, COPY_MS, "put", path, mode, data, len);
}

/* --- connect --- */

static enum hf_err probe(struct deploy *deploy)
{
    const struct hf_deploy_request *request = deploy->request;
    struct hf_target *target = &deploy->done->target;
    step(deploy, "connect", request->target);
    enum hf_err err =
        hf_ssh_open(&deploy->ssh, request->target, request->ssh_options, deploy->fault);
    deploy->ssh.batch = request->batch;
    if (!err)
        err = say(deploy, "probe");
    if (!err)
        err = hf_target_parse(deploy->call.output, target, deploy->fault);
    if (!err && !target->root && !target->sudo)
        return hf_fault_set(deploy->fault, HF_ERR_DENIED, 0,
                            "%s is not root and sudo asks for a password: log in as root, or let "
                            "sudo work without one for the time of this",
                            request->target);
    deploy->ssh.sudo = !target->root;
    if (!err && deploy->ssh.sudo && target->hidden) { /* asked again, as root */
        err = say(deploy, "probe");
        if (!err)
            err = hf_target_parse(deploy->call.output, target, deploy->fault);
    }
    return err;
}

static enum hf_err check_identity(struct deploy *deploy)
{
    const struct hf_deploy_request *request = deploy->request;
    const char *is = deploy->done->target.board;
    if (is[0] == '\0' || strcmp(is, request->board) == 0 || request->force)
        return HF_ERR_OK;
    return hf_fault_set(deploy->fault, HF_ERR_EXISTS, 0,
                        "this is the board \"%s\" already: deploy it by that name, or give --force "
                        "to make it \"%s\"",
                        is, request->board);
}

/* --- worker --- */

static void tell_build(void *deploy, const char *text)
{
    step(deploy, "worker", text);
}

static enum hf_err find_program(struct deploy *deploy)
{
    const struct hf_target *target = &deploy->done->target;
    char text[200];
    (void)snprintf(text, sizeof text, "%s, Linux %.40s, %s", target->machine, target->kernel,
                   target->init);
    step(deploy, "worker", text);
    enum hf_err err = hf_program_find(target->machine, NULL, deploy->request->worker, tell_build,
                                      deploy, &deploy->program, deploy->fault);
    if (err)
        return err;
    const bool there = target->worker_sha256[0] != '\0';
    const bool same = strcmp(target->worker_sha256, deploy->program.sha256) == 0;
    deploy->new_worker = !there || (!same && deploy->request->upgrade);
    if (there && !same && !deploy->request->upgrade)
        (void)snprintf(deploy->done->note, sizeof deploy->done->note,
                       "it has another worker than the one here; --upgrade replaces it");
    const int64_t copies = there ? 2 : 1; /* the old one stays beside it */
    const int64_t needs_kb = copies * (int64_t)(deploy->program.len / 1024) + 512;
    if (deploy->new_worker && target->free_kb > 0 && target->free_kb < needs_kb)
        return hf_fault_set(deploy->fault, HF_ERR_NO_SPACE, 0,
                            "%s has %d KB free where programs are, %d are needed: make room in "
                            "/usr/local there",
                            deploy->request->target, (int)target->free_kb, (int)needs_kb);
    return HF_ERR_OK;
}

/* --- enroll, copy --- */

/* Before a new identity is made that could then not be written there. */
static enum hf_err prepare(struct deploy *deploy)
{
    const bool known = strcmp(deploy->done->target.board, deploy->request->board) == 0;
    if (known && !deploy->new_worker && !deploy->request->bundle && !deploy->request->force)
        return HF_ERR_OK;
    step(deploy, "prepare", "whether it can be written to");
    return say(deploy, "prepare");
}

static enum hf_err join(const struct deploy *deploy, const char *folder, const char *name,
                        char out[HF_PATH_MAX + 1])
{
    const int len = snprintf(out, HF_PATH_MAX + 1, "%s/%s", folder, name);
    if (len > 0 && len <= HF_PATH_MAX)
        return HF_ERR_OK;
    return hf_fault_set(deploy->fault, HF_ERR_TOO_LARGE, 0, "the path %s/%s is too long", folder,
                        name);
}

static enum hf_err copy_bundle(struct deploy *deploy, const char *folder)
{
    static const struct {
        const char *name, *mode;
        bool optional;
    } FILES[] = {
        {"ca.pem", "644", false},      {"cert.pem", "644", false},
        {"key.pem", "600", false},     {"manager.pub", "644", true}, /* not in older bundles */
        {"worker.json", "600", false},
    };
    char from[HF_PATH_MAX + 1], to[64];
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < sizeof FILES / sizeof *FILES; i++) {
        char *data = NULL;
        size_t len = 0;
        err = join(deploy, folder, FILES[i].name, from);
        (void)snprintf(to, sizeof to, ETC "%s", FILES[i].name);
        if (!err && (!FILES[i].optional || hf_file_exists(from)))
            err = hf_file_read(from, PEM_MAX, &data, &len, deploy->fault);
        if (!err && data)
            err = put(deploy, to, FILES[i].mode, data, len);
        free(data);
    }
    deploy->new_bundle = err == HF_ERR_OK;
    return err;
}

static enum hf_err enroll_and_copy(struct deploy *deploy)
{
    const struct hf_deploy_request *request = deploy->request;
    char folder[HF_PATH_MAX + 1], name[HF_NAME_MAX + 16];
    struct hf_enrolled enrolled;
    (void)snprintf(name, sizeof name, "deploy-%s", request->board);
    hf_home_path(request->home, name, "", folder);
    const struct hf_enroll_request ask = {.board = request->board,
                                          .pool = request->pool,
                                          .out_dir = folder,
                                          .broker_host = request->broker_host,
                                          .force = request->force};
    (void)hf_file_remove_tree(folder, NULL);
    const struct hf_enrollment place = {
        .home = request->home, .settings = request->settings, .now_s = (int64_t)time(NULL)};
    enum hf_err err = hf_enroll(&place, &ask, &enrolled, deploy->fault);
    if (err == HF_ERR_EXISTS)
        return hf_fault_set(deploy->fault, HF_ERR_EXISTS, 0,
                            "\"%s\" is enrolled already, and this board has no bundle of it: give "
                            "--bundle FOLDER, or --force for a new identity",
                            request->board);
    if (!err && enrolled.only_this_machine)
        (void)snprintf(deploy->done->note, sizeof deploy->done->note,
                       "the board looks for the broker at %.80s, which is this machine itself",
                       enrolled.host);
    if (!err)
        err = copy_bundle(deploy, folder);
    (void)hf_file_remove_tree(folder, NULL); /* the key is the board's alone now */
    return err;
}

static enum hf_err give_bundle(struct deploy *deploy)
{
    const struct hf_deploy_request *request = deploy->request;
    const bool has = strcmp(deploy->done->target.board, request->board) == 0;
    if (request->bundle) {
        step(deploy, "bundle", request->bundle);
        return copy_bundle(deploy, request->bundle);
    }
    if (has && !request->force)
        return HF_ERR_OK;
    if (!request->force && hf_bundle_exists(request->board)) {
        step(deploy, "bundle", request->board);
        return copy_bundle(deploy, request->board);
    }
    step(deploy, "enroll", request->board);
    return enroll_and_copy(deploy);
}

static enum hf_err copy_handler(struct deploy *deploy, const char *name)
{
    char from[HF_PATH_MAX + 1], to[HF_NAME_MAX + 64];
    struct stat info;
    char *data = NULL;
    size_t len = 0;
    enum hf_err err = join(deploy, deploy->request->handlers, name, from);
    if (err)
        return err;
    if (stat(from, &info) != 0 || !S_ISREG(info.st_mode) || !(info.st_mode & S_IXUSR))
        return HF_ERR_OK;
    if (!hf_handler_name_valid(hf_str(name)))
        return hf_fault_set(deploy->fault, HF_ERR_INVALID, 0,
                            "%s: the name of a handler has 1 to 32 of A-Z, a-z, 0-9, . _ -", from);
    (void)snprintf(to, sizeof to, ETC "handlers/%s", name);
    err = hf_file_read(from, HANDLER_MAX, &data, &len, deploy->fault);
    if (!err)
        err = put(deploy, to, "755", data, len);
    free(data);
    deploy->done->handlers += err == HF_ERR_OK;
    return err;
}

static enum hf_err copy_handlers(struct deploy *deploy)
{
    const char *folder = deploy->request->handlers;
    if (!folder)
        return HF_ERR_OK;
    step(deploy, "handlers", folder);
    DIR *entries = opendir(folder);
    if (!entries)
        return hf_file_fault(deploy->fault, errno, "cannot read", folder);
    enum hf_err err = HF_ERR_OK;
    for (struct dirent *entry; !err && (entry = readdir(entries));)
        if (entry->d_name[0] != '.')
            err = copy_handler(deploy, entry->d_name);
    (void)closedir(entries);
    return err;
}

static enum hf_err copy_worker(struct deploy *deploy)
{
    char text[HF_PATH_MAX + 64];
    if (!deploy->new_worker)
        return HF_ERR_OK;
    (void)snprintf(text, sizeof text, "%s, %zu KB", deploy->program.path,
                   (deploy->program.len + 1023) / 1024);
    step(deploy, "copy", text);
    enum hf_err err = put(deploy, WORKER_NEW, "755", deploy->program.data, deploy->program.len);
    if (!err)
        err = say(deploy, "check");
    if (err)
        return err;
    (void)snprintf(deploy->done->version, sizeof deploy->done->version, "%.*s",
                   (int)strcspn(deploy->call.output, "\n"), deploy->call.output);
    (void)snprintf(deploy->done->program, sizeof deploy->done->program, "%s",
                   deploy->program.board);
    deploy->swapped = deploy->done->target.worker_sha256[0] != '\0';
    return say(deploy, "swap");
}

/* --- install, start, report --- */

static enum hf_err install(struct deploy *deploy)
{
    step(deploy, "install", deploy->done->target.init);
    enum hf_err err = say(deploy, "install_service");
    const char *note = err ? NULL : strstr(deploy->call.output, "note=");
    if (note)
        (void)snprintf(deploy->done->note, sizeof deploy->done->note, "%.*s",
                       (int)strcspn(note + 5, "\n"), note + 5);
    return err;
}

static enum hf_err wait_for(struct deploy *deploy, int64_t limit_ms)
{
    const struct hf_deploy_request *request = deploy->request;
    return hf_arrival_wait(request->settings, request->board, &deploy->before, limit_ms,
                           request->drain_ms, &deploy->done->arrival, deploy->fault);
}

/* What the worker itself says hinders it, after the fault that there is. */
static void diagnose(struct deploy *deploy)
{
    const struct hf_fault was = *deploy->fault;
    struct hf_fault ignored, *kept = deploy->fault;
    deploy->fault = &ignored;
    if (say(deploy, "diagnose") == HF_ERR_OK && deploy->call.output[0] != '\0') {
        for (char *at = deploy->call.output; *at; at++)
            *at = *at == '\n' ? ' ' : *at;
        (void)hf_fault_set(kept, was.err, was.raw, "%s; its check says: %s", was.text,
                           deploy->call.output);
    } else {
        (void)hf_fault_set(kept, was.err, was.raw, "%s; there, try: holdfast-worker --check",
                           was.text);
    }
    deploy->fault = kept;
}

static enum hf_err roll_back(struct deploy *deploy, enum hf_err err)
{
    const struct hf_fault was = *deploy->fault;
    const char *failed = deploy->done->failed;
    struct hf_fault ignored, *kept = deploy->fault;
    step(deploy, "roll back", was.text);
    deploy->fault = &ignored;
    deploy->before = (struct hf_arrival){.since_s = 0};
    const bool back = say(deploy, "rollback") == HF_ERR_OK;
    const bool reports = back && wait_for(deploy, HF_DEPLOY_REPORT_MS) == HF_ERR_OK;
    deploy->fault = kept;
    deploy->done->rolled_back = back;
    deploy->done->failed = failed;
    return hf_fault_set(kept, err, 0, "%s with the new worker; the old one %s", was.text,
                        reports ? "is back and reports"
                        : back  ? "is back and does not report either"
                                : "could not be put back");
}

static enum hf_err start(struct deploy *deploy)
{
    const struct hf_deploy_request *request = deploy->request;
    const bool changed = deploy->new_worker || deploy->new_bundle;
    enum hf_err err =
        hf_arrival_look(request->settings, request->board, &deploy->before, deploy->fault);
    if (!err && !changed && deploy->before.since_s > 0) {
        deploy->done->unchanged = deploy->done->handlers == 0;
        deploy->done->arrival = deploy->before;
        return HF_ERR_OK;
    }
    step(deploy, "start", deploy->done->target.init);
    if (!err)
        err = call(deploy, CALL_MS, "service", changed ? "restart" : "start", NULL, NULL, 0);
    if (err)
        return err;
    step(deploy, "report", request->board);
    err = wait_for(deploy, request->report_ms);
    if (err == HF_ERR_TIMED_OUT && !deploy->swapped)
        diagnose(deploy);
    return err;
}

enum hf_err hf_deploy(const struct hf_deploy_request *request, struct hf_deploy_done *done,
                      struct hf_fault *fault)
{
    struct deploy deploy = {.request = request, .done = done, .fault = fault};
    static enum hf_err (*const STEPS[])(struct deploy *) = {
        probe,         check_identity, find_program, prepare, give_bundle,
        copy_handlers, copy_worker,    install,      start,
    };
    *done = (struct hf_deploy_done){.failed = "connect"};
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < sizeof STEPS / sizeof *STEPS; i++)
        err = STEPS[i](&deploy);
    if (err && deploy.swapped)
        err = roll_back(&deploy, err);
    free(deploy.program.data);
    hf_ssh_close(&deploy.ssh);
    if (!err)
        done->failed = NULL;
    return err;
}

enum hf_err hf_undeploy(const struct hf_deploy_request *request, struct hf_deploy_done *done,
                        struct hf_fault *fault)
{
    struct deploy deploy = {.request = request, .done = done, .fault = fault};
    *done = (struct hf_deploy_done){.failed = "connect"};
    enum hf_err err = probe(&deploy);
    if (!err)
        err = check_identity(&deploy);
    if (!err) {
        step(&deploy, "uninstall", done->target.init);
        err = call(&deploy, COPY_MS, "uninstall", NULL, NULL, NULL, 0);
    }
    hf_ssh_close(&deploy.ssh);
    if (!err)
        done->failed = NULL;
    return err;
}
