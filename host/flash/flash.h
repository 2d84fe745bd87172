#ifndef HF_FLASH_FLASH_H
#define HF_FLASH_FLASH_H

#include "deploy/program.h"
#include "home/home.h"
#include "wire/fault.h"
#include "wire/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes the image of a card that is all the system that a board has: kernel and boot files from
 * Debian's packages (flash/fetch), our own first program and worker as the initial file system, and
 * a data partition with the board's bundle. Needs the checkout that this program was built in, and
 * no root.
 */

struct hf_flash_request {
    const char *name;              /* the board's on the broker */
    const char *board;             /* a folder of boards/ */
    const char *bundle;            /* the folder that enroll wrote, or what get_bundle fills in */
    const char *handlers;          /* a folder of static programs; NULL: none */
    const char *worker;            /* file, with holdfast-init beside it; NULL: the board's own */
    const char *out;               /* the image */
    const struct hf_network *wifi; /* that the board is to join; NULL: none */
    const char
        *work;       /* a folder for what is made on the way; is made, and deleted with all in it */
    int64_t data_mb; /* HF_DATA_MB_MIN to HF_DATA_MB_MAX */
    bool emulated;   /* for QEMU: without the boot files of a real board */

    /* Called when all is there but the bundle, so that nobody is enrolled for nothing. */
    enum hf_err (*get_bundle)(void *context, struct hf_fault *fault);

    /* Told before each step ("kernel", "armmp"); NULL: nobody. */
    void (*step)(void *context, const char *step, const char *text);
    void *context;

    /* Asked before each step whether to go on; NULL: always. */
    bool (*stopped)(void);
};

struct hf_flash_done {
    char title[96];               /* of the board */
    char worker[HF_PATH_MAX + 1]; /* the file that it is */
    char models[256];             /* that the card starts, "4-b, 400"; empty: any, or QEMU's */
    bool wants_wifi;              /* its usual way into the network */
    uint64_t kernel_bytes, initrd_bytes;
    size_t handlers;    /* copied */
    const char *failed; /* the step that failed; static */
};

/*
 * Whether a card can be made at all, by the request's board, emulated and wifi alone: asks neither
 * broker nor network. HF_ERR_INVALID: none for such a board; HF_ERR_NOT_FOUND: no such board, no
 * checkout.
 */
enum hf_err hf_flash_check(const struct hf_flash_request *request, struct hf_fault *fault);

/*
 * HF_ERR_INVALID: no card can be made for such a board; HF_ERR_NOT_FOUND: no such board, no
 * checkout, a tool is not installed; HF_ERR_IO: a step failed; HF_ERR_INTERRUPTED: request->stopped
 * said so. `done->failed` names the step.
 */
enum hf_err hf_flash(const struct hf_flash_request *request, struct hf_flash_done *done,
                     struct hf_fault *fault);

#endif
