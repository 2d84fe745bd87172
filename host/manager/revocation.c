#include "manager/revocation.h"

#include "broker/node.h"
#include "broker/users.h"
#include "ledger/certificates.h"
#include "pki/revocation.h"

#include <stdlib.h>
#include <string.h>

struct row {
    char board[HF_NAME_MAX + 1];
    char serial[HF_CERTIFICATE_SERIAL_MAX + 1];
    int64_t revoked_s;
};

/* The revoked ones of the ledger, and the same as pki/ takes them. */
struct rows {
    struct row *list;
    size_t count, room;
    struct hf_pki_revoked *revoked;
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
    row->revoked_s = certificate->revoked_ms / 1000;
    return HF_ERR_OK;
}

static enum hf_err read_rows(const struct hf_revocation *revocation, struct rows *rows,
                             struct hf_fault *fault)
{
    *rows = (struct rows){.fault = fault};
    enum hf_err err =
        hf_certificates_revoked(revocation->ledger, revocation->now_s, take, rows, fault);
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

/* The places that a list is made from. */
struct places {
    char authority[HF_PATH_MAX + 1], folder[HF_PATH_MAX + 1];
};

static struct hf_pki_revocation list_of(const struct hf_revocation *revocation,
                                        const struct rows *rows, struct places *places)
{
    hf_home_path(revocation->home, HF_HOME_DEVICE_CA, "", places->authority);
    hf_home_path(revocation->home, HF_HOME_CRL, "", places->folder);
    return (struct hf_pki_revocation){.authority = places->authority,
                                      .folder = places->folder,
                                      .now_s = revocation->now_s,
                                      .revoked = rows->revoked,
                                      .count = rows->count};
}

static enum hf_err check(const struct hf_revocation *revocation, struct rows *rows,
                         struct hf_fault *fault)
{
    struct places places;
    enum hf_err err = read_rows(revocation, rows, fault);
    if (err)
        return err;
    const struct hf_pki_revocation list = list_of(revocation, rows, &places);
    return hf_pki_revocation_check(&list, fault);
}

enum hf_err hf_revocation_check(const struct hf_revocation *revocation, struct hf_fault *fault)
{
    struct rows rows;
    enum hf_err err = check(revocation, &rows, fault);
    free_rows(&rows);
    return err;
}

/* In a transaction, so that of two commands the later one knows all that the first one knew. */
static enum hf_err write_list(const struct hf_revocation *revocation, struct rows *rows,
                              struct hf_fault *fault)
{
    struct places places;
    enum hf_err err = hf_ledger_begin(revocation->ledger, fault);
    if (err)
        return err;
    free_rows(rows);
    err = read_rows(revocation, rows, fault);
    if (!err) {
        const struct hf_pki_revocation list = list_of(revocation, rows, &places);
        (void)hf_pki_revocation_check(&list, NULL);
        err = hf_pki_revocation_write(&list, fault);
    }
    hf_ledger_rollback(revocation->ledger);
    return err;
}

static enum hf_err hang_up(const struct hf_revocation *revocation, const struct rows *rows,
                           struct hf_fault *fault)
{
    struct hf_management *management = NULL;
    const char *last = "";
    enum hf_err err = hf_management_open(revocation->settings, &management, fault);
    for (size_t i = 0; !err && i < rows->count; i++) {
        const char *board = rows->list[i].board;
        if (rows->revoked[i].listed || strcmp(board, last) == 0)
            continue;
        err = hf_users_hang_up(management, board, fault);
        last = board;
    }
    hf_management_close(management);
    return err;
}

static bool any_new(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!rows->revoked[i].listed)
            return true;
    return false;
}

enum hf_err hf_revocation_follow(const struct hf_revocation *revocation, struct hf_fault *fault)
{
    struct rows rows;
    if (!revocation->settings->is_private)
        return HF_ERR_OK;
    enum hf_err err = check(revocation, &rows, NULL);
    if (err)
        err = write_list(revocation, &rows, fault);
    if (!err && any_new(&rows) && hf_node_pid(revocation->home) != 0)
        err = hang_up(revocation, &rows, fault);
    free_rows(&rows);
    return err;
}
