#include "flash/flash.h"

#include "flash/card.h"
#include "flash/emulated.h"
#include "flash/files.h"
#include "flash/initrd.h"
#include "flash/method.h"
#include "home/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flash {
    const struct hf_flash_request *request;
    struct hf_flash_done *done;
    struct hf_fault *fault;
    char root[HF_PATH_MAX + 1];
    char init[HF_PATH_MAX + 1];
    char files[HF_PATH_MAX + 1];
    struct hf_board_values values;
    const struct hf_method *method;
    struct hf_boot boot;
    struct hf_cpio initrd;
};

static void step(struct flash *flash, const char *name, const char *text)
{
    flash->done->failed = name;
    if (flash->request->step)
        flash->request->step(flash->request->context, name, text);
}

static enum hf_err check_real(const struct hf_board_values *values, struct hf_fault *fault)
{
    struct hf_fault why = {0};
    const enum hf_err err = hf_method_check(values, &why);
    if (!err)
        return HF_ERR_OK;
    return hf_fault_set(fault, err, 0, "%s. On a Linux that runs there \"deploy\" puts a worker%s",
                        why.text,
                        hf_emulated_can(values) ? "; --emulated makes a card for QEMU" : "");
}

static enum hf_err check_wifi(const struct hf_flash_request *request,
                              const struct hf_board_values *values, struct hf_fault *fault)
{
    if (request->emulated)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "QEMU's machines have no Wi-Fi: leave --wifi or --emulated away");
    if (values->wifi[0] == '\0')
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "there is no Wi-Fi for cards of %s: boards/ names no firmware for it "
                            "(BOARD_WIFI). Use a cable, or deploy on a system that joins the Wi-Fi",
                            values->title);
    return HF_ERR_OK;
}

static enum hf_err check_board(struct flash *flash)
{
    const struct hf_flash_request *request = flash->request;
    struct hf_board_values *values = &flash->values;
    enum hf_err err = hf_program_checkout(flash->root, flash->fault);
    if (!err)
        err = hf_board_values_load(flash->root, request->board, values, flash->fault);
    if (!err)
        err = request->emulated ? hf_emulated_check(flash->root, values, flash->fault)
                                : check_real(values, flash->fault);
    return err || !request->wifi ? err : check_wifi(request, values, flash->fault);
}

enum hf_err hf_flash_check(const struct hf_flash_request *request, struct hf_fault *fault)
{
    struct flash flash = {.request = request, .fault = fault};
    return check_board(&flash);
}

static enum hf_err look_at_board(struct flash *flash)
{
    const struct hf_flash_request *request = flash->request;
    struct hf_board_values *values = &flash->values;
    flash->done->failed = "board";
    const enum hf_err err = check_board(flash);
    if (err)
        return err;
    (void)snprintf(flash->done->title, sizeof flash->done->title, "%s", values->title);
    flash->done->wants_wifi = strncmp(values->nic, "wlan", 4) == 0;
    flash->method = request->emulated ? &hf_method_emulated : hf_method_find(values->boot);
    if (request->emulated && strcmp(values->boot, "raspberry-pi") == 0)
        values->watchdog[0] = '\0'; /* QEMU's Pi restarts when its watchdog is started */
    step(flash, "board", values->title);
    return HF_ERR_OK;
}

static void tell_build(void *flash, const char *text)
{
    step(flash, "worker", text);
}

static enum hf_err find_programs(struct flash *flash)
{
    struct hf_program program = {.data = NULL};
    char *worker = flash->done->worker;
    enum hf_err err = HF_ERR_OK;
    flash->done->failed = "worker";
    if (!flash->request->worker)
        err = hf_program_of_board(flash->request->board, tell_build, flash, &program, flash->fault);
    if (err)
        return err;
    (void)snprintf(worker, HF_PATH_MAX + 1, "%s",
                   flash->request->worker ? flash->request->worker : program.path);
    step(flash, "worker", worker);
    const char *slash = strrchr(worker, '/');
    (void)snprintf(flash->init, sizeof flash->init, "%.*sholdfast-init",
                   slash ? (int)(slash - worker + 1) : 0, worker);
    err = hf_program_find(flash->values.machine, NULL, worker, NULL, NULL, &program, flash->fault);
    free(program.data);
    if (err || hf_file_exists(flash->init))
        return err;
    return hf_fault_set(flash->fault, HF_ERR_NOT_FOUND, 0,
                        "%s is not there: \"cmake --build --preset %s\" makes it", flash->init,
                        flash->request->board);
}

static enum hf_err fetch_kernel(struct flash *flash)
{
    step(flash, "kernel", flash->values.kernel);
    return hf_boot_fetch(&flash->boot, flash->root, &flash->values, flash->request->emulated,
                         flash->fault);
}

static enum hf_err make_boot(struct flash *flash)
{
    char modules[HF_PATH_MAX + 16], wifi[HF_PATH_MAX + 16];
    (void)snprintf(modules, sizeof modules, "%s/modules.cpio", flash->boot.folder);
    (void)snprintf(wifi, sizeof wifi, "%s/wifi", flash->boot.folder);
    const struct hf_initrd initrd = {.modules = modules,
                                     .init = flash->init,
                                     .worker = flash->done->worker,
                                     .wifi = flash->request->wifi ? wifi : NULL,
                                     .chips = flash->values.wifi};
    step(flash, "boot", flash->boot.folder);
    enum hf_err err = hf_initrd_make(&initrd, &flash->initrd, flash->fault);
    if (!err)
        err = hf_boot_add(&flash->boot, HF_METHOD_INITRD, flash->initrd.data, flash->initrd.len,
                          flash->fault);
    if (!flash->request->emulated)
        hf_boot_models(&flash->boot, flash->done->models, sizeof flash->done->models);
    flash->done->initrd_bytes = flash->initrd.len;
    flash->done->kernel_bytes =
        hf_boot_size(&flash->boot, flash->request->emulated ? "kernel" : HF_METHOD_KERNEL);
    return err ? err
               : flash->method->settle(&flash->boot, &flash->values, flash->request->name,
                                       flash->fault);
}

static enum hf_err make_data(struct flash *flash)
{
    const struct hf_flash_request *request = flash->request;
    const int len = snprintf(flash->files, sizeof flash->files, "%s/files", request->work);
    if (len < 0 || len > HF_PATH_MAX)
        return hf_fault_set(flash->fault, HF_ERR_TOO_LARGE, 0, "the path %s is too long",
                            request->work);
    const struct hf_files files = {.folder = flash->files,
                                   .bundle = request->bundle,
                                   .handlers = request->handlers,
                                   .values = &flash->values,
                                   .wifi = request->wifi};
    flash->done->failed = "bundle";
    enum hf_err err = request->get_bundle(request->context, flash->fault);
    if (err)
        return err;
    step(flash, "data", request->bundle);
    return hf_files_make(&files, request->name, &flash->done->handlers, flash->fault);
}

static enum hf_err write_card(struct flash *flash)
{
    const struct hf_card card = {.boot_type = flash->method->partition,
                                 .boot = flash->boot.files,
                                 .boot_count = flash->boot.count,
                                 .loaders = flash->boot.loaders,
                                 .loader_count = flash->boot.loader_count,
                                 .data_folder = flash->files,
                                 .data_mb = flash->request->data_mb};
    step(flash, "image", flash->request->out);
    return hf_card_write(flash->request->out, &card, flash->fault);
}

static bool is_stopped(const struct hf_flash_request *request)
{
    return request->stopped && request->stopped();
}

enum hf_err hf_flash(const struct hf_flash_request *request, struct hf_flash_done *done,
                     struct hf_fault *fault)
{
    static enum hf_err (*const STEPS[])(struct flash *) = {
        look_at_board, find_programs, fetch_kernel, make_boot, make_data, write_card,
    };
    struct flash *flash = calloc(1, sizeof *flash);
    *done = (struct hf_flash_done){.failed = "board"};
    if (!flash)
        return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for a card");
    flash->request = request;
    flash->done = done;
    flash->fault = fault;
    enum hf_err err = HF_ERR_OK;
    for (size_t i = 0; !err && i < sizeof STEPS / sizeof *STEPS; i++)
        err = is_stopped(request) ? HF_ERR_INTERRUPTED : STEPS[i](flash);
    if (err && is_stopped(request))
        err = hf_fault_set(fault, HF_ERR_INTERRUPTED, 0, "ended by Ctrl-C");
    hf_boot_free(&flash->boot);
    free(flash->initrd.data);
    free(flash);
    (void)hf_file_remove_tree(request->work, NULL);
    if (!err)
        done->failed = NULL;
    return err;
}
