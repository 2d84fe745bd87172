#include "worker/upkeep_proof.h"

#include "handlers/io.h"
#include "link/digest.h"
#include "link/signature.h"
#include "worker/spool.h"
#include "worker/state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define COPY_BYTES 4096

/* A folder that is root's alone: worker/estate.h. */
static void name_folder(const struct hf_config *config, char out[HF_STATE_PATH_MAX + 8])
{
    (void)snprintf(out, HF_STATE_PATH_MAX + 8, "%s/agent", config->state);
}

static int copy(const struct hf_handler_io *io, struct hf_spool *to,
                uint8_t digest[HF_SHA256_BYTES])
{
    struct hf_digest sum;
    struct hf_fault fault;
    char data[COPY_BYTES];
    ssize_t got;
    hf_digest_begin(&sum);
    while ((got = hf_io_read_all(io, data, sizeof data)) > 0) {
        if (hf_spool_append(to, data, (size_t)got, &fault) != HF_ERR_OK)
            return hf_io_fail(io, EX_TEMPFAIL, "no place for the payload: %s", fault.text);
        hf_digest_add(&sum, data, (size_t)got);
    }
    hf_digest_end(&sum, digest);
    return got == 0 ? EX_OK
                    : hf_io_fail(io, EX_TEMPFAIL, "cannot read the payload: %s", strerror(errno));
}

static int check(const struct hf_handler_io *io, const struct hf_upkeep *upkeep,
                 const uint8_t digest[HF_SHA256_BYTES])
{
    struct hf_seal seal;
    struct hf_fault fault;
    struct hf_verifier *manager = NULL;
    char target[HF_SEAL_TARGET_MAX + 1];
    if (hf_verifier_load(upkeep->config->require_signature, &manager, &fault) != HF_ERR_OK)
        return hf_io_fail(io, EX_UNAVAILABLE, "%s", fault.text);
    (void)snprintf(target, sizeof target, "board %s", upkeep->config->board);
    hf_seal_task(&seal, upkeep->order, target, digest);
    const bool good = hf_verifier_check(manager, &seal, upkeep->order->signature);
    hf_verifier_free(manager);
    return good ? EX_OK
                : hf_io_fail(io, EX_NOPERM, "hf-sig is not the manager's for this task and %.40s",
                             target);
}

static int prove(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    char folder[HF_STATE_PATH_MAX + 8];
    uint8_t digest[HF_SHA256_BYTES];
    struct hf_spool own;
    struct hf_fault fault;
    name_folder(upkeep->config, folder);
    hf_spool_init(&own);
    if (hf_spool_open(&own, folder, upkeep->config->max_payload_bytes, &fault) != HF_ERR_OK)
        return hf_io_fail(io, EX_TEMPFAIL, "%s", fault.text);
    int code = copy(io, &own, digest);
    if (code == EX_OK)
        code = check(io, upkeep, digest);
    if (code == EX_OK && dup2(own.fd, io->in) < 0) /* at its first byte: a spool does not move it */
        code = hf_io_fail(io, EX_DATAERR, "an empty payload");
    hf_spool_close(&own);
    return code;
}

int hf_upkeep_prove(const struct hf_handler_io *io, const struct hf_upkeep *upkeep)
{
    if (upkeep->row->for_root)
        return prove(io, upkeep);
    hf_privilege_hold(upkeep->config);
    return hf_privilege_drop(upkeep->worker)
               ? EX_OK
               : hf_io_fail(io, EX_NOPERM, "cannot become worker_user");
}
