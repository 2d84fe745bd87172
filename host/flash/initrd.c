#include "flash/initrd.h"

#include "flash/wifi_firmware.h"
#include "home/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (128 * 1024 * 1024)

#define PASSWD "root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n"
#define GROUP  "root:x:0:\nnogroup:x:65534:\n"
#define RESOLV "/run/resolv.conf" /* firmware/init/resolv.h */

static const struct {
    const char *path;
    mode_t mode;
    const char *text;
} PLACES[] = {
    {"bin", S_IFDIR | 0755, ""},
    {"data", S_IFDIR | 0755, ""},
    {"dev", S_IFDIR | 0755, ""},
    {"etc", S_IFDIR | 0755, ""},
    {"etc/group", S_IFREG | 0644, GROUP},
    {"etc/hosts", S_IFREG | 0644, "127.0.0.1 localhost\n"},
    {"etc/passwd", S_IFREG | 0644, PASSWD},
    {"etc/resolv.conf", S_IFLNK | 0777, RESOLV},
    {"proc", S_IFDIR | 0755, ""},
    {"run", S_IFDIR | 0755, ""},
    {"sys", S_IFDIR | 0755, ""},
    {"tmp", S_IFDIR | 0755, ""},
};

static enum hf_err add_program(struct hf_cpio *cpio, const char *path, const char *file,
                               struct hf_fault *fault)
{
    char *data = NULL;
    size_t len = 0;
    enum hf_err err = hf_file_read(file, FILE_MAX, &data, &len, fault);
    if (!err)
        err = hf_cpio_add(cpio, path, S_IFREG | 0755, data, len, fault);
    free(data);
    return err;
}

enum hf_err hf_initrd_make(const struct hf_initrd *initrd, struct hf_cpio *out,
                           struct hf_fault *fault)
{
    char *modules = NULL;
    size_t len = 0;
    *out = (struct hf_cpio){.data = NULL};
    enum hf_err err = hf_file_read(initrd->modules, FILE_MAX, &modules, &len, fault);
    if (!err)
        err = hf_cpio_join(out, modules, len, fault);
    free(modules);
    if (!err && initrd->wifi)
        err = hf_wifi_firmware_add(initrd->wifi, initrd->chips, out, fault);
    for (size_t i = 0; !err && i < sizeof PLACES / sizeof *PLACES; i++)
        err = hf_cpio_add(out, PLACES[i].path, PLACES[i].mode, PLACES[i].text,
                          strlen(PLACES[i].text), fault);
    if (!err)
        err = add_program(out, "init", initrd->init, fault);
    if (!err)
        err = add_program(out, "bin/holdfast-worker", initrd->worker, fault);
    return err ? err : hf_cpio_end(out, fault);
}
