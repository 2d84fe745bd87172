#include "deploy/deploy_internal.h"
#include "home/file.h"
#include "ledger/boards.h"
#include "manager/bundle.h"
#include "manager/enroll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PEM_MAX 65536

static enum hf_err copy_bundle(struct hf_deploy_run *run, const char *folder)
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
        err = hf_deploy_path(run, folder, FILES[i].name, from);
        (void)snprintf(to, sizeof to, HF_DEPLOY_ETC "%s", FILES[i].name);
        if (!err && (!FILES[i].optional || hf_file_exists(from)))
            err = hf_file_read(from, PEM_MAX, &data, &len, run->fault);
        if (!err && data)
            err = hf_deploy_put(run, to, FILES[i].mode, data, len);
        free(data);
    }
    run->new_bundle = err == HF_ERR_OK;
    return err;
}

/* A new identity takes the name from the board that has it. */
static enum hf_err check_nobody_has_the_name(struct hf_deploy_run *run)
{
    const struct hf_deploy_request *request = run->request;
    char path[HF_PATH_MAX + 1];
    struct hf_ledger *ledger = NULL;
    struct hf_board known = {0};
    struct hf_arrival now = {0};
    hf_home_path(request->home, HF_HOME_LEDGER, "", path);
    if (hf_ledger_open_to_look(path, &ledger, NULL) == HF_ERR_OK)
        (void)hf_boards_get(ledger, request->board, &known, NULL);
    hf_ledger_close(ledger);
    const enum hf_err err = hf_arrival_look(request->settings, request->board, &now, run->fault);
    const bool seen = known.seen_ms > 0 && known.retired_ms == 0;
    if (err || (now.since_s == 0 && !seen))
        return err;
    return hf_fault_set(run->fault, HF_ERR_EXISTS, 0,
                        "a board \"%s\" %s%s: choose another name, or give --force when it is this "
                        "one, set up anew",
                        request->board, now.since_s ? "is connected from " : "has reported before",
                        now.address);
}

static enum hf_err enroll_and_copy(struct hf_deploy_run *run)
{
    const struct hf_deploy_request *request = run->request;
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
    const struct hf_site site = {
        .home = request->home, .settings = request->settings, .now_s = (int64_t)time(NULL)};
    enum hf_err err = hf_enroll(&site, &ask, &enrolled, run->fault);
    if (!err && enrolled.only_this_machine)
        (void)snprintf(run->done->note, sizeof run->done->note,
                       "the board looks for the broker at %.80s, which is this machine itself",
                       enrolled.host);
    if (!err)
        err = copy_bundle(run, folder);
    (void)hf_file_remove_tree(folder, NULL); /* the key is the board's alone now */
    return err;
}

enum hf_err hf_deploy_identity(struct hf_deploy_run *run)
{
    const struct hf_deploy_request *request = run->request;
    const bool has = strcmp(run->done->target.board, request->board) == 0;
    if (request->bundle) {
        hf_deploy_step(run, "bundle", request->bundle);
        return copy_bundle(run, request->bundle);
    }
    if (has && !request->force)
        return HF_ERR_OK;
    if (!request->force && hf_bundle_exists(request->board)) {
        hf_deploy_step(run, "bundle", request->board);
        return copy_bundle(run, request->board);
    }
    hf_deploy_step(run, "enroll", request->board);
    const enum hf_err err = request->force ? HF_ERR_OK : check_nobody_has_the_name(run);
    return err ? err : enroll_and_copy(run);
}
