#include "manager/revocation.h"

#include "broker/node.h"
#include "broker/users.h"
#include "home/file.h"
#include "ledger/certificates.h"
#include "pki/revocation.h"
#include "pki/succession.h"

#include <stdlib.h>
#include <string.h>

/* The device CA, and the one before it while new authorities take over: each has a list of its own.
 * A serial number means the same on both. */
static const char *const authorities[] = {HF_HOME_DEVICE_CA, HF_HOME_DEVICE_CA HF_PKI_OLD};

#define AUTHORITIES (sizeof authorities / sizeof authorities[0])

struct row {
    char board[HF_NAME_MAX + 1];
    char serial[HF_CERTIFICATE_SERIAL_MAX + 1];
    int64_t revoked_s;
    bool listed; /* on any of the lists, before they were written */
};

/* The revoked ones of the ledger, and the same as pki/ takes them. */
struct rows {
    struct row *list;
    size_t count, room;
    struct hf_pki_revoked *revoked;
    bool wrong[AUTHORITIES]; /* its list lacks something, or cannot be used */
    struct hf_fault *fault;
};

static enum hf_err take(void *context, const struct hf_certificate *certificate)
{
    struct rows *rows = context;
    if (rows->count == rows->room) {
        const size_t room = rows->room ? 2 * rows->room : 64;
        struct row *grown = realloc(rows->list, room * sizeof *grown);
        if (!grown)
            return hf_fault_set(rows->fault, HF_ERR_NO_MEMORY, 0,
                                "no memory for the list of revoked certificates");
        rows->list = grown;
        rows->room = room;
    }
    struct row *row = &rows->list[rows->count++];
    memcpy(row->board, certificate->board, sizeof row->board);
    memcpy(row->serial, certificate->serial, sizeof row->serial);
    row->listed = false;
    row->revoked_s = certificate->revoked_ms / 1000;
    return HF_ERR_OK;
}

static enum hf_err read_rows(const struct hf_site *site, struct rows *rows, struct hf_fault *fault)
{
    *rows = (struct rows){.fault = fault};
    enum hf_err err = hf_certificates_revoked(site->ledger, site->now_s, take, rows, fault);
    if (err)
        return err;
    rows->revoked = calloc(rows->count + 1, sizeof *rows->revoked);
    if (!rows->revoked)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0,
                            "no memory for the list of revoked certificates");
    for (size_t i = 0; i < rows->count; i++)
        rows->revoked[i] = (struct hf_pki_revoked){.serial = rows->list[i].serial,
                                                   .revoked_s = rows->list[i].revoked_s};
    return HF_ERR_OK;
}

static void free_rows(struct rows *rows)
{
    free(rows->list);
    free(rows->revoked);
}

/* The paths that a list is made from. */
struct paths {
    char authority[HF_PATH_MAX + 1], folder[HF_PATH_MAX + 1];
};

static struct hf_pki_revocation list_of(const struct hf_site *site, size_t which,
                                        const struct rows *rows, struct paths *paths)
{
    hf_home_path(site->home, authorities[which], "", paths->authority);
    hf_home_path(site->home, HF_HOME_CRL, "", paths->folder);
    return (struct hf_pki_revocation){.authority = paths->authority,
                                      .folder = paths->folder,
                                      .now_s = site->now_s,
                                      .revoked = rows->revoked,
                                      .count = rows->count};
}

static bool is_there(const struct hf_site *site, size_t which)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(site->home, authorities[which], ".pem", path);
    return which == 0 || hf_file_exists(path);
}

static void note_listed(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        rows->list[i].listed = rows->list[i].listed || rows->revoked[i].listed;
}

/* The first thing that is wrong with any of them. */
static enum hf_err check_lists(const struct hf_site *site, struct rows *rows,
                               struct hf_fault *fault)
{
    enum hf_err first = HF_ERR_OK;
    for (size_t i = 0; i < AUTHORITIES; i++) {
        struct paths paths;
        const struct hf_pki_revocation list = list_of(site, i, rows, &paths);
        if (!is_there(site, i))
            continue;
        const enum hf_err err = hf_pki_revocation_check(&list, first ? NULL : fault);
        rows->wrong[i] = err != HF_ERR_OK;
        first = first ? first : err;
        note_listed(rows);
    }
    return first;
}

/* --- What is to be closed: said by a file from before the list is written until it is done --- */

static bool is_owed(const struct hf_site *site)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(site->home, HF_HOME_HANG_UP, "", path);
    return hf_file_exists(path);
}

static enum hf_err owe(const struct hf_site *site, struct hf_fault *fault)
{
    char folder[HF_PATH_MAX + 1], path[HF_PATH_MAX + 1];
    hf_home_path(site->home, HF_HOME_CRL, "", folder);
    hf_home_path(site->home, HF_HOME_HANG_UP, "", path);
    enum hf_err err = hf_file_make_dir(folder, fault);
    return err ? err : hf_file_write(path, "", 0, 0644, fault);
}

static enum hf_err settle(const struct hf_site *site, struct hf_fault *fault)
{
    char path[HF_PATH_MAX + 1];
    hf_home_path(site->home, HF_HOME_HANG_UP, "", path);
    return hf_file_remove_tree(path, fault);
}

enum hf_err hf_revocation_check(const struct hf_site *site, struct hf_fault *fault)
{
    struct rows rows;
    enum hf_err err = read_rows(site, &rows, fault);
    if (!err)
        err = check_lists(site, &rows, fault);
    if (!err && is_owed(site))
        err = hf_fault_set(fault, HF_ERR_MISSING, 0,
                           "what boards opened with certificates that are revoked now may be open "
                           "still: it could not be closed");
    free_rows(&rows);
    return err;
}

static bool any_new(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!rows->list[i].listed)
            return true;
    return false;
}

/* Only what is not as it should be: the old authority's key may be gone. */
static enum hf_err write_those(const struct hf_site *site, const struct rows *rows,
                               struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < AUTHORITIES; i++) {
        struct paths paths;
        const struct hf_pki_revocation list = list_of(site, i, rows, &paths);
        if (rows->wrong[i] && is_there(site, i))
            err = hf_pki_revocation_write(&list, fault);
    }
    return err;
}

/* In a transaction: of two commands the later one finds, and keeps, what the first one wrote. */
static enum hf_err write_lists(const struct hf_site *site, const struct rows *rows,
                               struct hf_fault *fault)
{
    enum hf_err err = hf_ledger_begin(site->ledger, fault);
    if (!err && any_new(rows))
        err = owe(site, fault);
    if (!err)
        err = write_those(site, rows, fault);
    hf_ledger_rollback(site->ledger);
    return err;
}

static enum hf_err hang_up(const struct hf_site *site, const struct rows *rows, bool on_all,
                           struct hf_fault *fault)
{
    struct hf_management *management = NULL;
    const char *last = "";
    enum hf_err err = hf_management_open(site->settings, &management, fault);
    for (size_t i = 0; !err && i < rows->count; i++) {
        const char *board = rows->list[i].board;
        if ((rows->list[i].listed && !on_all) || strcmp(board, last) == 0)
            continue;
        err = hf_users_hang_up(management, board, fault);
        last = board;
    }
    hf_management_close(management);
    return err;
}

enum hf_err hf_revocation_follow(const struct hf_site *site, struct hf_fault *fault)
{
    struct rows rows;
    if (!site->settings->is_private)
        return HF_ERR_OK;
    const bool owed = is_owed(site);
    enum hf_err err = read_rows(site, &rows, fault);
    if (!err && check_lists(site, &rows, NULL))
        err = write_lists(site, &rows, fault);
    const bool due = !err && (owed || any_new(&rows));
    if (due && hf_node_pid(site->home) != 0)
        err = hang_up(site, &rows, owed, fault);
    if (due && !err)
        err = settle(site, fault);
    free_rows(&rows);
    return err;
}
