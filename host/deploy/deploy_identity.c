#include "deploy/deploy_internal.h"
#include "home/file.h"
#include "ledger/boards.h"
#include "manager/bundle.h"
#include "manager/enroll.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PEM_MAX 65536

#define FILES   5
#define COLUMNS 3 /* of the script's words: name, mode, bytes */

/* A bundle as the script's "adopt" takes it. */
struct parcel {
    const char *words[HF_SSH_WORDS_MAX];
    size_t count;
    char bytes[FILES][24];
    char *data; /* all files, one after the other */
    size_t len;
};

static_assert(1 + COLUMNS * FILES <= HF_SSH_WORDS_MAX, "a bundle needs more words");

static enum hf_err append(struct hf_deploy_run *run, const char *path, struct parcel *parcel,
                          size_t *bytes)
{
    char *data = NULL;
    enum hf_err err = hf_file_read(path, PEM_MAX, &data, bytes, run->fault);
    if (err || !data)
        return err;
    char *larger = realloc(parcel->data, parcel->len + *bytes + 1);
    if (larger) {
        memcpy(larger + parcel->len, data, *bytes);
        parcel->data = larger;
        parcel->len += *bytes;
    } else {
        err = hf_fault_set(run->fault, HF_ERR_NO_MEMORY, 0, "out of memory");
    }
    free(data);
    return err;
}

static enum hf_err pack(struct hf_deploy_run *run, const char *folder, struct parcel *parcel)
{
    static const struct {
        const char *name, *mode;
        bool optional;
    } files[FILES] = {
        {"ca.pem", "644", false},      {"cert.pem", "644", false},
        {"key.pem", "600", false},     {"manager.pub", "644", true}, /* not in older bundles */
        {"worker.json", "600", false},
    };
    char from[HF_PATH_MAX + 1];
    enum hf_err err = HF_ERR_OK;
    parcel->words[parcel->count++] = "adopt";
    for (size_t i = 0; !err && i < FILES; i++) {
        size_t bytes = 0;
        err = hf_deploy_path(run, folder, files[i].name, from);
        if (err || (files[i].optional && !hf_file_exists(from)))
            continue;
        err = append(run, from, parcel, &bytes);
        (void)snprintf(parcel->bytes[i], sizeof parcel->bytes[i], "%zu", bytes);
        parcel->words[parcel->count++] = files[i].name;
        parcel->words[parcel->count++] = files[i].mode;
        parcel->words[parcel->count++] = parcel->bytes[i];
    }
    return err;
}

static enum hf_err copy_bundle(struct hf_deploy_run *run, const char *folder)
{
    struct parcel parcel = {.count = 0};
    enum hf_err err = pack(run, folder, &parcel);
    if (!err)
        err = hf_deploy_send(run, parcel.words, parcel.data, parcel.len);
    free(parcel.data);
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
    enum hf_err err = hf_ledger_open(path, &ledger, run->fault);
    if (!err)
        err = hf_boards_get(ledger, request->board, &known, run->fault);
    hf_ledger_close(ledger);
    if (!err || err == HF_ERR_NOT_FOUND)
        err = hf_arrival_look(request->settings, request->board, &now, run->fault);
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
