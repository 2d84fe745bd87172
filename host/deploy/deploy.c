#include "deploy/deploy_internal.h"
#include "wire/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKER_NEW "/usr/local/bin/holdfast-worker.new"

void hf_deploy_step(struct hf_deploy_run *run, const char *name, const char *text)
{
    run->done->failed = name;
    if (run->request->step)
        run->request->step(run->request->context, name, text);
}

static enum hf_err call(struct hf_deploy_run *run, int64_t limit_ms,
                        const char *const words[HF_SSH_WORDS_MAX])
{
    memcpy(run->call.words, words, HF_SSH_WORDS_MAX * sizeof *words);
    run->call.limit_ms = limit_ms;
    return hf_ssh_run(&run->ssh, &run->call, run->fault);
}

enum hf_err hf_deploy_say(struct hf_deploy_run *run, const char *verb)
{
    return call(run, HF_DEPLOY_CALL_MS, (const char *const[HF_SSH_WORDS_MAX]){verb});
}

enum hf_err hf_deploy_send(struct hf_deploy_run *run, const char *const words[HF_SSH_WORDS_MAX],
                           const void *data, size_t len)
{
    run->call.input = data;
    run->call.input_len = len;
    const enum hf_err err = call(run, HF_DEPLOY_COPY_MS, words);
    run->call.input = NULL;
    run->call.input_len = 0;
    return err;
}

enum hf_err hf_deploy_put(struct hf_deploy_run *run, const char *path, const char *mode,
                          const void *data, size_t len)
{
    char bytes[24];
    (void)snprintf(bytes, sizeof bytes, "%zu", len);
    return hf_deploy_send(run, (const char *const[HF_SSH_WORDS_MAX]){"put", path, mode, bytes},
                          data, len);
}

enum hf_err hf_deploy_path(struct hf_deploy_run *run, const char *folder, const char *name,
                           char out[HF_PATH_MAX + 1])
{
    const int len = snprintf(out, HF_PATH_MAX + 1, "%s/%s", folder, name);
    if (len > 0 && len <= HF_PATH_MAX)
        return HF_ERR_OK;
    return hf_fault_set(run->fault, HF_ERR_TOO_LARGE, 0, "the path %s/%s is too long", folder,
                        name);
}

/* --- connect --- */

static enum hf_err probe(struct hf_deploy_run *run)
{
    const struct hf_deploy_request *request = run->request;
    struct hf_deploy_target *target = &run->done->target;
    hf_deploy_step(run, "connect", request->target);
    enum hf_err err = hf_ssh_open(&run->ssh, request->target, request->ssh_options, run->fault);
    run->ssh.batch = request->batch;
    run->ssh.stopped = request->stopped;
    if (!err)
        err = hf_deploy_say(run, "probe");
    if (!err)
        err = hf_target_parse(run->call.output, target, run->fault);
    if (!err && !target->root && !target->sudo)
        return hf_fault_set(run->fault, HF_ERR_DENIED, 0,
                            "%s is not root and sudo asks for a password: log in as root, or let "
                            "sudo work without one for the time of this",
                            request->target);
    run->ssh.sudo = !target->root;
    if (!err && run->ssh.sudo && target->hidden) { /* asked again, as root */
        err = hf_deploy_say(run, "probe");
        if (!err)
            err = hf_target_parse(run->call.output, target, run->fault);
    }
    return err;
}

static enum hf_err check_identity(struct hf_deploy_run *run)
{
    const struct hf_deploy_request *request = run->request;
    const char *is = run->done->target.board;
    if (is[0] == '\0' || strcmp(is, request->board) == 0 || request->force)
        return HF_ERR_OK;
    return hf_fault_set(run->fault, HF_ERR_EXISTS, 0,
                        "this is the board \"%s\" already: deploy it by that name, or give --force "
                        "to make it \"%s\"",
                        is, request->board);
}

/* --- worker --- */

static void tell_build(void *run, const char *text)
{
    hf_deploy_step(run, "worker", text);
}

static enum hf_err find_program(struct hf_deploy_run *run)
{
    const struct hf_deploy_target *target = &run->done->target;
    char text[200];
    (void)snprintf(text, sizeof text, "%s, Linux %.40s, %s", target->machine, target->kernel,
                   target->init);
    hf_deploy_step(run, "worker", text);
    enum hf_err err = hf_program_find(target->machine, NULL, run->request->worker, tell_build, run,
                                      &run->program, run->fault);
    if (err)
        return err;
    const bool same = strcmp(target->worker_sha256, run->program.sha256) == 0;
    run->new_worker = !target->worker || (!same && run->request->upgrade);
    if (target->worker && !same && !run->request->upgrade)
        (void)snprintf(run->done->note, sizeof run->done->note, "it has %s; --upgrade replaces it",
                       target->worker_sha256[0] ? "another worker than the one here"
                                                : "a worker, and no sha256sum to tell which");
    const int64_t copies = target->worker ? 2 : 1; /* the old one stays beside it */
    const int64_t needs_kb = copies * (int64_t)(run->program.len / 1024) + 512;
    if (run->new_worker && target->free_kb > 0 && target->free_kb < needs_kb)
        return hf_fault_set(run->fault, HF_ERR_NO_SPACE, 0,
                            "%s has %d KB free where programs are, %d are needed: make room in "
                            "/usr/local there",
                            run->request->target, (int)target->free_kb, (int)needs_kb);
    return HF_ERR_OK;
}

/* --- enroll, copy --- */

/* A line of what the board said, for a person's terminal. */
static void quote_line(const char *line, char *to, size_t size)
{
    (void)snprintf(to, size, "%.*s", (int)strcspn(line, "\n"), line);
    hf_utf8_clean(to, false);
}

/* Before a new identity is made that could then not be written there. */
static enum hf_err prepare(struct hf_deploy_run *run)
{
    const bool known = strcmp(run->done->target.board, run->request->board) == 0;
    if (known && !run->new_worker && !run->request->bundle && !run->request->force)
        return HF_ERR_OK;
    hf_deploy_step(run, "prepare", "whether it can be written to");
    return hf_deploy_say(run, "prepare");
}

static enum hf_err copy_worker(struct hf_deploy_run *run)
{
    char text[HF_PATH_MAX + 64];
    if (!run->new_worker)
        return HF_ERR_OK;
    (void)snprintf(text, sizeof text, "%s, %zu KB", run->program.path,
                   (run->program.len + 1023) / 1024);
    hf_deploy_step(run, "copy", text);
    enum hf_err err = hf_deploy_put(run, WORKER_NEW, "755", run->program.data, run->program.len);
    if (!err)
        err = hf_deploy_say(run, "check");
    if (err)
        return err;
    quote_line(run->call.output, run->done->version, sizeof run->done->version);
    (void)snprintf(run->done->program, sizeof run->done->program, "%s", run->program.board);
    run->swapped = run->done->target.worker;
    return hf_deploy_say(run, "swap");
}

/* --- install, start, report --- */

static enum hf_err install(struct hf_deploy_run *run)
{
    hf_deploy_step(run, "install", run->done->target.init);
    enum hf_err err = hf_deploy_say(run, "install_service");
    const char *note = err ? NULL : strstr(run->call.output, "note=");
    if (note)
        quote_line(note + 5, run->done->note, sizeof run->done->note);
    return err;
}

static struct hf_arrival_wait wait_of(const struct hf_deploy_run *run, int64_t limit_ms)
{
    const struct hf_deploy_request *request = run->request;
    return (struct hf_arrival_wait){.settings = request->settings,
                                    .board = request->board,
                                    .before = run->before,
                                    .limit_ms = limit_ms,
                                    .drain_ms = request->drain_ms,
                                    .stopped = run->ssh.stopped};
}

static enum hf_err wait_for(struct hf_deploy_run *run, int64_t limit_ms)
{
    const struct hf_arrival_wait wait = wait_of(run, limit_ms);
    return hf_arrival_wait(&wait, &run->done->arrival, run->fault);
}

/* What the worker itself says hinders it, after the fault that there is. */
static void diagnose(struct hf_deploy_run *run)
{
    const struct hf_fault was = *run->fault;
    struct hf_fault ignored, *kept = run->fault;
    run->fault = &ignored;
    if (hf_deploy_say(run, "diagnose") == HF_ERR_OK && run->call.output[0] != '\0') {
        for (char *at = run->call.output; *at; at++)
            *at = *at == '\n' ? ' ' : *at;
        (void)hf_fault_set(kept, was.err, was.raw, "%s; its check says: %s", was.text,
                           run->call.output);
    } else {
        (void)hf_fault_set(kept, was.err, was.raw, "%s; there, try: holdfast-worker --check",
                           was.text);
    }
    run->fault = kept;
}

static enum hf_err roll_back(struct hf_deploy_run *run, enum hf_err err)
{
    const struct hf_fault was = *run->fault;
    const char *failed = run->done->failed;
    struct hf_fault ignored, *kept = run->fault;
    hf_deploy_step(run, "roll back", was.text);
    run->fault = &ignored;
    run->before = (struct hf_arrival){.since_s = 0};
    run->ssh.stopped = NULL; /* a second Ctrl-C ends all */
    const bool back = hf_deploy_say(run, "rollback") == HF_ERR_OK;
    const bool waits = back && was.err != HF_ERR_INTERRUPTED;
    const bool reports = waits && wait_for(run, HF_DEPLOY_REPORT_MS) == HF_ERR_OK;
    run->fault = kept;
    run->done->rolled_back = back;
    run->done->failed = failed;
    return hf_fault_set(kept, err, 0, "with the new worker: %s; the old one %s", was.text,
                        reports ? "is back and reports"
                        : waits ? "is back and does not report either"
                        : back  ? "is back"
                                : "could not be put back");
}

static enum hf_err start(struct hf_deploy_run *run)
{
    const struct hf_deploy_request *request = run->request;
    const bool changed = run->new_worker || run->new_bundle;
    const struct hf_arrival_wait wait = wait_of(run, request->report_ms);
    enum hf_err err = hf_arrival_before(&wait, &run->before, run->fault);
    if (!err && !changed && run->before.since_s > 0) {
        run->done->unchanged = run->done->handlers == 0;
        run->done->arrival = run->before;
        return HF_ERR_OK;
    }
    hf_deploy_step(run, "start", run->done->target.init);
    if (!err)
        err = call(run, HF_DEPLOY_CALL_MS,
                   (const char *const[HF_SSH_WORDS_MAX]){"service", changed ? "restart" : "start"});
    if (err)
        return err;
    hf_deploy_step(run, "report", request->board);
    err = wait_for(run, request->report_ms);
    if (err == HF_ERR_TIMED_OUT && !run->swapped)
        diagnose(run);
    return err;
}

/* Ctrl-C reaches ssh and builds as well, which then say other things. */
static enum hf_err judge(struct hf_deploy_run *run, enum hf_err err)
{
    if (!run->request->stopped || !run->request->stopped())
        return err;
    return hf_fault_set(run->fault, HF_ERR_INTERRUPTED, 0, "ended by Ctrl-C");
}

enum hf_err hf_deploy(const struct hf_deploy_request *request, struct hf_deploy_done *done,
                      struct hf_fault *fault)
{
    struct hf_deploy_run run = {.request = request, .done = done, .fault = fault};
    static enum hf_err (*const STEPS[])(struct hf_deploy_run *) = {
        probe,       check_identity, find_program, prepare, hf_deploy_identity, hf_deploy_handlers,
        copy_worker, install,        start,
    };
    *done = (struct hf_deploy_done){.failed = "connect"};
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < sizeof STEPS / sizeof *STEPS; i++)
        err = STEPS[i](&run);
    err = err ? judge(&run, err) : HF_ERR_OK;
    if (err && run.swapped)
        err = roll_back(&run, err);
    free(run.program.data);
    hf_ssh_close(&run.ssh);
    if (!err)
        done->failed = NULL;
    return err;
}

enum hf_err hf_undeploy(const struct hf_deploy_request *request, struct hf_deploy_done *done,
                        struct hf_fault *fault)
{
    struct hf_deploy_run run = {.request = request, .done = done, .fault = fault};
    *done = (struct hf_deploy_done){.failed = "connect"};
    enum hf_err err = probe(&run);
    if (!err)
        err = check_identity(&run);
    if (!err) {
        hf_deploy_step(&run, "uninstall", done->target.init);
        err = call(&run, HF_DEPLOY_CALL_MS + request->drain_ms,
                   (const char *const[HF_SSH_WORDS_MAX]){"uninstall"});
    }
    err = err ? judge(&run, err) : HF_ERR_OK;
    hf_ssh_close(&run.ssh);
    if (!err)
        done->failed = NULL;
    return err;
}
