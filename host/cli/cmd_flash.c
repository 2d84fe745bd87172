#include "cli/desk.h"
#include "cli/flash_wifi.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "flash/card.h"
#include "flash/data.h"
#include "flash/device.h"
#include "flash/flash.h"
#include "home/file.h"
#include "manager/bundle.h"
#include "manager/enroll.h"

#include <errno.h>
#include <inttypes.h>
#include <mbedtls/platform_util.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct options {
    const char *board, *out, *bundle, *pool, *broker_host, *handlers, *worker;
    struct hf_flash_wifi wifi;
    int64_t data_mb;
    bool emulated, force, yes, json;
};

static const struct hf_option options[] = {
    {"board", HF_OPTION_TEXT, offsetof(struct options, board), "PRESET",
     "What board it is: a folder of boards/, as raspberry-pi-zero.", 0, 0},
    {"out", HF_OPTION_TEXT, offsetof(struct options, out), "FILE|DEVICE",
     "Where to: an image, or a card in a reader, as /dev/sdb (./NAME.img).", 0, 0},
    {"bundle", HF_OPTION_TEXT, offsetof(struct options, bundle), "FOLDER",
     "The board's bundle, as \"enroll\" wrote it (./NAME when it is there,\n"
     "else the board is enrolled now).",
     0, 0},
    {"pool", HF_OPTION_TEXT, offsetof(struct options, pool), "POOL",
     "Whose tasks a new board takes (default).", 0, 0},
    {"broker-host", HF_OPTION_TEXT, offsetof(struct options, broker_host), "HOST",
     "Name or address by which a new board reaches the broker.", 0, 0},
    {"handlers", HF_OPTION_TEXT, offsetof(struct options, handlers), "FOLDER",
     "Put the programs in it on the card. Nothing else is there, no shell:\n"
     "they must be static.",
     0, 0},
    {"worker", HF_OPTION_TEXT, offsetof(struct options, worker), "FILE",
     "The worker's program, with holdfast-init beside it (the board's own,\n"
     "built when need be).",
     0, 0},
    {"wifi", HF_OPTION_TEXT, offsetof(struct options, wifi.ssid), "SSID",
     "Name of a Wi-Fi that the board is to join: WPA2 with a password, or\n"
     "open. The password is asked for on the terminal.",
     0, 0},
    {"wifi-password-file", HF_OPTION_TEXT, offsetof(struct options, wifi.password_file), "FILE",
     "Take the password from the file's first line.", 0, 0},
    {"wifi-open", HF_OPTION_FLAG, offsetof(struct options, wifi.open), NULL,
     "The Wi-Fi has no password.", 0, 0},
    {"wifi-country", HF_OPTION_TEXT, offsetof(struct options, wifi.country), "CC",
     "Whose rules the radio keeps, as DE (what is allowed everywhere).", 0, 0},
    {"data-mb", HF_OPTION_NUMBER, offsetof(struct options, data_mb), "MB",
     "Size of the partition for results and payloads (64).", HF_DATA_MB_MIN, HF_DATA_MB_MAX},
    {"emulated", HF_OPTION_FLAG, offsetof(struct options, emulated), NULL,
     "For QEMU's machine of that board: no boot files of a real one.", 0, 0},
    {"force", HF_OPTION_FLAG, offsetof(struct options, force), NULL,
     "Give the board a new identity; write over an image that is there.", 0, 0},
    {"yes", HF_OPTION_FLAG, offsetof(struct options, yes), NULL,
     "Do not ask before a device is written over.", 0, 0},
    {"json", HF_OPTION_FLAG, offsetof(struct options, json), NULL, "Print one JSON object.", 0, 0},
    {NULL, HF_OPTION_FLAG, 0, NULL, NULL, 0, 0},
};

static const char details[] =
    "Makes a card that is all the system that a board has: a kernel, one small program\n"
    "that keeps the worker running, the worker, and the board's bundle. Put it in, plug\n"
    "in the network, switch on. The root is read-only, results are on a partition of\n"
    "their own, and power may be cut at any time. Guard image and card: the board's key\n"
    "is on them.\n"
    "\n"
    "The network is the cable, or the Wi-Fi of --wifi where a board has one, by DHCP. Of\n"
    "the password only the key that is made of it is on the card.\n"
    "\n"
    "Raspberry Pis (not a Pi 5, which Debian 12's kernel does not know), boards of which\n"
    "boards/ names a U-Boot, and PCs with UEFI can be flashed; for others use \"deploy\".\n"
    "The models that a card starts are printed. Kernel and boot files are taken from\n"
    "Debian's packages, through the mirror of this machine's apt, and kept.\n"
    "\n"
    "Examples:\n"
    "  holdfast flash attic --board raspberry-pi-zero\n"
    "  holdfast flash attic --board raspberry-pi-zero --out /dev/sdb --wifi home\n"
    "  holdfast flash lab-07 --board raspberry-pi-2 --pool lab --handlers handlers/\n";

struct flashing {
    const struct hf_command *command;
    const struct options *given;
    const char *name;
    const char *target;           /* file or device */
    char work[HF_PATH_MAX + 1];   /* a folder of ours */
    char bundle[HF_PATH_MAX + 1]; /* where it is */
    char image[HF_PATH_MAX + 1];  /* what hf_flash writes */
    char note[320];               /* what the user should know; empty: nothing */
    bool device, enroll;
    struct hf_network wifi;
    struct hf_desk desk;
    struct hf_broker_settings settings; /* when it is to be enrolled */
};

__attribute__((format(printf, 2, 3))) static void note(struct flashing *flashing,
                                                       const char *format, ...)
{
    const size_t at = strlen(flashing->note);
    char text[sizeof flashing->note];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)snprintf(flashing->note + at, sizeof flashing->note - at, "%s%s", at > 0 ? "; " : "",
                   text);
}

/* --- where to --- */

static enum hf_err check(const struct options *given, int operands, char **argv,
                         struct hf_fault *fault)
{
    if (operands != 1)
        return hf_fault_set(fault, HF_ERR_INVALID, 0, "one NAME is wanted, %d are given", operands);
    if (!hf_name_valid(hf_str(argv[0])))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "\"%s\" cannot be a board's name: use 1 to %d of a-z, 0-9 and '-'",
                            argv[0], HF_NAME_MAX);
    if (!given->board)
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "--board says what board it is, as --board raspberry-pi-zero");
    return hf_flash_wifi_check(&given->wifi, fault);
}

static bool ask(const char *device, const struct hf_device *what)
{
    char size[HF_OUT_SHORT], line[16];
    hf_out_bytes(size, (uint64_t)what->bytes);
    fprintf(stderr, "%s: %s%s%s%s\nEverything on it will be lost. Write to it? Type yes: ", device,
            what->model, what->model[0] ? ", " : "", size,
            what->removable ? ", removable" : ", NOT marked as removable");
    fflush(stderr);
    return fgets(line, sizeof line, stdin) && strcmp(line, "yes\n") == 0;
}

static enum hf_err look_at_target(struct flashing *flashing, struct hf_fault *fault)
{
    const struct options *given = flashing->given;
    struct hf_device device;
    flashing->device = hf_device_is(flashing->target);
    if (!flashing->device && strncmp(flashing->target, "/dev/", 5) == 0)
        return hf_fault_set(fault, HF_ERR_NOT_FOUND, 0,
                            "there is no device %s that is a card or a disk: lsblk shows them",
                            flashing->target);
    if (!flashing->device && hf_file_exists(flashing->target) && !given->force)
        return hf_fault_set(fault, HF_ERR_EXISTS, 0, "%s is there already: --force writes over it",
                            flashing->target);
    if (!flashing->device)
        return HF_ERR_OK;
    enum hf_err err =
        hf_device_look(flashing->target, (int64_t)HF_CARD_BYTES(given->data_mb), &device, fault);
    if (!err && !given->yes && !isatty(STDIN_FILENO))
        return hf_fault_set(fault, HF_ERR_INVALID, 0,
                            "%s is a device, and there is nobody to ask: --yes writes to it",
                            flashing->target);
    if (!err && !given->yes && !ask(flashing->target, &device))
        err = hf_fault_set(fault, HF_ERR_INVALID, 0, "nothing was written to %s", flashing->target);
    return err;
}

/* --- the bundle --- */

static enum hf_err enroll(struct flashing *flashing, struct hf_fault *fault)
{
    const struct hf_site site = {.home = &flashing->desk.home,
                                 .settings = &flashing->settings,
                                 .ledger = flashing->desk.ledger,
                                 .now_s = (int64_t)time(NULL)};
    const struct hf_enroll_request request = {.board = flashing->name,
                                              .pool = flashing->given->pool,
                                              .out_dir = flashing->bundle,
                                              .broker_host = flashing->given->broker_host,
                                              .force = flashing->given->force};
    struct hf_enrolled enrolled;
    enum hf_err err = hf_enroll(&site, &request, &enrolled, fault);
    if (err == HF_ERR_EXISTS)
        err = hf_fault_set(fault, HF_ERR_EXISTS, 0,
                           "\"%s\" is enrolled already: give --bundle FOLDER, or --force for a new "
                           "identity",
                           flashing->name);
    if (!err && enrolled.only_this_machine)
        note(flashing,
             "the board looks for the broker at %.80s, which is this machine itself: \"up "
             "--listen\"",
             enrolled.host);
    return err;
}

static enum hf_err get_bundle(void *context, struct hf_fault *fault)
{
    struct flashing *flashing = context;
    return flashing->enroll ? enroll(flashing, fault) : HF_ERR_OK;
}

/* Where it is, or will be. */
static int find_bundle(struct flashing *flashing)
{
    const struct options *given = flashing->given;
    struct hf_fault fault = {0};
    if (given->bundle)
        (void)snprintf(flashing->bundle, sizeof flashing->bundle, "%s", given->bundle);
    else if (!given->force && hf_bundle_exists(flashing->name))
        (void)snprintf(flashing->bundle, sizeof flashing->bundle, "%s", flashing->name);
    else
        flashing->enroll = true;
    if (!flashing->enroll)
        return HF_EXIT_OK;
    (void)snprintf(flashing->bundle, sizeof flashing->bundle, "%.*s/bundle", HF_PATH_MAX - 8,
                   flashing->work);
    if (hf_broker_settings_load(&flashing->desk.home, &flashing->settings, &fault))
        return hf_out_setting(flashing->command, &fault);
    return HF_EXIT_OK;
}

/* --- the card --- */

static void show_step(void *context, const char *step, const char *text)
{
    const struct flashing *flashing = context;
    fprintf(stderr, "%-12s %-9s %s\n", flashing->name, step, text);
}

static int print_json(const struct flashing *flashing, const struct hf_flash_done *done,
                      const struct stat *image)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "board", flashing->name);
    cJSON_AddStringToObject(root, "kind", flashing->given->board);
    cJSON_AddStringToObject(root, "out", flashing->target);
    cJSON_AddBoolToObject(root, "device", flashing->device);
    cJSON_AddBoolToObject(root, "emulated", flashing->given->emulated);
    cJSON_AddNumberToObject(root, "bytes", (double)image->st_size);
    cJSON_AddNumberToObject(root, "kernel_bytes", (double)done->kernel_bytes);
    cJSON_AddNumberToObject(root, "initrd_bytes", (double)done->initrd_bytes);
    cJSON_AddNumberToObject(root, "handlers", (double)done->handlers);
    cJSON_AddStringToObject(root, "worker", done->worker);
    cJSON_AddStringToObject(root, "models", done->models);
    cJSON_AddStringToObject(root, "wifi",
                            flashing->given->wifi.ssid ? flashing->given->wifi.ssid : "");
    cJSON_AddStringToObject(root, "note", flashing->note);
    return hf_out_json(root);
}

static int print_words(const struct flashing *flashing, const struct hf_flash_done *done,
                       const struct stat *image)
{
    char size[HF_OUT_SHORT], kernel[HF_OUT_SHORT], initrd[HF_OUT_SHORT];
    hf_out_bytes(size, (uint64_t)image->st_size);
    hf_out_bytes(kernel, done->kernel_bytes);
    hf_out_bytes(initrd, done->initrd_bytes);
    printf("%s: a card for %s is in %s.\n"
           "  size     %s: kernel %s, initial file system %s, data %" PRId64 " MiB\n"
           "  worker   %s\n",
           flashing->name, done->title, flashing->target, size, kernel, initrd,
           flashing->given->data_mb, done->worker);
    if (done->models[0])
        printf("  models   %s\n", done->models);
    if (flashing->given->wifi.ssid)
        printf("  wifi     %s%s%s\n", flashing->given->wifi.ssid,
               flashing->given->wifi.country ? ", rules of " : "",
               flashing->given->wifi.country ? flashing->given->wifi.country : "");
    if (done->handlers > 0)
        printf("  handlers %zu\n", done->handlers);
    if (flashing->note[0])
        printf("  note     %s\n", flashing->note);
    if (flashing->given->emulated)
        printf("It is for QEMU; boards/README.md says how to start it.\n");
    else if (!flashing->device)
        printf("Next: write it to a card, as dd if=%s of=/dev/sdX bs=4M conv=fsync\n",
               flashing->target);
    return HF_EXIT_OK;
}

static int make_card(struct flashing *flashing)
{
    const struct options *given = flashing->given;
    char work[HF_PATH_MAX + 8];
    struct hf_flash_done done;
    struct hf_fault fault = {0};
    struct stat image = {0};
    (void)snprintf(work, sizeof work, "%.*s/card", HF_PATH_MAX - 8, flashing->work);
    const struct hf_flash_request request = {.name = flashing->name,
                                             .board = given->board,
                                             .bundle = flashing->bundle,
                                             .handlers = given->handlers,
                                             .worker = given->worker,
                                             .out = flashing->image,
                                             .wifi = given->wifi.ssid ? &flashing->wifi : NULL,
                                             .work = work,
                                             .data_mb = given->data_mb,
                                             .emulated = given->emulated,
                                             .step = show_step,
                                             .get_bundle = get_bundle,
                                             .context = flashing,
                                             .stopped = hf_interrupt_seen};
    enum hf_err err = hf_flash(&request, &done, &fault);
    if (!err && stat(flashing->image, &image) != 0)
        err = hf_file_fault(&fault, errno, "cannot find", flashing->image);
    if (!err && flashing->device) {
        done.failed = "device";
        show_step(flashing, "device", flashing->target);
        err = hf_device_write(flashing->target, flashing->image, &fault);
    }
    if (err) {
        fprintf(stderr, "holdfast %s: %s: %s: %s\n", flashing->command->name, flashing->name,
                done.failed, fault.text);
        return strcmp(done.failed, "board") == 0 ? HF_EXIT_USAGE : HF_EXIT_FAILED;
    }
    if (done.wants_wifi && !given->wifi.ssid && !given->emulated)
        note(flashing, "without --wifi a board that has no network socket needs a USB network "
                       "adapter");
    return given->json ? print_json(flashing, &done, &image) : print_words(flashing, &done, &image);
}

static int flash(struct flashing *flashing)
{
    struct hf_fault fault = {0};
    char name[HF_NAME_MAX + 16];
    int code = hf_desk_open(flashing->command, &flashing->desk);
    (void)snprintf(name, sizeof name, "flash-%s", flashing->name);
    hf_home_path(&flashing->desk.home, name, "", flashing->work);
    if (code == HF_EXIT_OK &&
        (hf_file_remove_tree(flashing->work, &fault) || hf_file_make_dir(flashing->work, &fault)))
        code = hf_out_fault(flashing->command, &fault);
    (void)snprintf(flashing->image, sizeof flashing->image, "%.*s%s", HF_PATH_MAX - 16,
                   flashing->device ? flashing->work : flashing->target,
                   flashing->device ? "/card.img" : "");
    hf_interrupt_catch(); /* so that no key is left behind */
    if (code == HF_EXIT_OK)
        code = find_bundle(flashing);
    if (code == HF_EXIT_OK)
        code = make_card(flashing);
    hf_desk_close(&flashing->desk);
    (void)hf_file_remove_tree(flashing->work, NULL); /* the key is the card's alone now */
    return code != HF_EXIT_OK && hf_interrupt_seen() ? HF_EXIT_INTERRUPTED : code;
}

static int run(const struct hf_command *command, int argc, char **argv)
{
    struct options given = {.data_mb = 64};
    struct flashing flashing = {.command = command, .given = &given};
    char image[HF_NAME_MAX + 8];
    struct hf_fault fault = {0};
    int operands = 0;
    if (hf_args_parse(options, argc, argv, &given, &operands, &fault) ||
        check(&given, operands, argv, &fault))
        return hf_out_usage(command, &fault);
    flashing.name = argv[0];
    (void)snprintf(image, sizeof image, "%s.img", flashing.name);
    flashing.target = given.out ? given.out : image;
    const struct hf_flash_request asked = {.board = given.board,
                                           .wifi = given.wifi.ssid ? &flashing.wifi : NULL,
                                           .emulated = given.emulated};
    if (hf_flash_check(&asked, &fault))
        return hf_out_usage(command, &fault);
    if (hf_home_find(&flashing.desk.home, &fault))
        return hf_out_setting(command, &fault);
    if (look_at_target(&flashing, &fault) ||
        (given.wifi.ssid && hf_flash_wifi_take(&given.wifi, &flashing.wifi, &fault)))
        return hf_out_fault(command, &fault);
    const int code = flash(&flashing);
    mbedtls_platform_zeroize(&flashing.wifi, sizeof flashing.wifi);
    return code;
}

const struct hf_command hf_command_flash = {
    .name = "flash",
    .summary = "Make a card that is all the system a board needs",
    .usage = "NAME --board PRESET [--out FILE|DEVICE] [OPTIONS]",
    .options = options,
    .details = details,
    .run = run,
};
