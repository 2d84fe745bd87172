#include "worker/service.h"

#include "handlers/io.h"
#include "worker/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DEVICE_TIMEOUT_S 60 /* asked for; the device may have another */

static int connect_notify(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t len = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || len >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* an abstract name */
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static int64_t systemd_interval_ms(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    return text != NULL ? strtoll(text, NULL, 10) / 1000 : 0;
}

static void want_food(struct hf_service *service, int64_t interval_ms)
{
    if (interval_ms <= 0)
        return;
    const int64_t every_ms = interval_ms / 3 > 0 ? interval_ms / 3 : 1;
    if (service->feed_every_ms == 0 || every_ms < service->feed_every_ms)
        service->feed_every_ms = every_ms;
}

static enum hf_err open_device(struct hf_service *service, const char *device,
                               struct hf_fault *fault)
{
    int timeout_s = DEVICE_TIMEOUT_S;
    service->watchdog_fd = open(device, O_WRONLY | O_CLOEXEC);
    if (service->watchdog_fd < 0) {
        const enum hf_err err = errno == EACCES  ? HF_ERR_DENIED
                                : errno == EBUSY ? HF_ERR_BUSY
                                                 : HF_ERR_IO;
        return hf_fault_set(fault, err, errno, "cannot open the watchdog %s: %s", device,
                            strerror(errno));
    }
    (void)hf_io_control(service->watchdog_fd, WDIOC_SETTIMEOUT, &timeout_s);
    if (hf_io_control(service->watchdog_fd, WDIOC_GETTIMEOUT, &timeout_s) != 0 || timeout_s < 1)
        timeout_s = DEVICE_TIMEOUT_S;
    want_food(service, (int64_t)timeout_s * 1000);
    return HF_ERR_OK;
}

enum hf_err hf_service_open(struct hf_service *service, const char *device, int64_t now_ms,
                            struct hf_fault *fault)
{
    enum hf_err err = HF_ERR_OK;
    const char *notify = getenv("NOTIFY_SOCKET");
    *service = (struct hf_service){
        .notify_fd = -1, .monitor_fd = -1, .watchdog_fd = -1, .feed_at_ms = now_ms};
    if (notify != NULL)
        service->notify_fd = connect_notify(notify);
    if (service->notify_fd >= 0)
        want_food(service, systemd_interval_ms());
    if (device[0] != '\0')
        err = open_device(service, device, fault);
    return err;
}

void hf_service_tell_by(struct hf_service *service, int monitor_fd)
{
    if (service->notify_fd < 0)
        return;
    (void)close(service->notify_fd);
    service->notify_fd = -1;
    service->monitor_fd = monitor_fd;
}

void hf_service_tell(const struct hf_service *service, enum hf_service_word word)
{
    static const char WORDS[][26] = {"READY=1\nSTATUS=connected", "STATUS=not connected",
                                     "RELOADING=1", "STOPPING=1", "WATCHDOG=1"};
    if (service->monitor_fd >= 0)
        hf_monitor_tell(service->monitor_fd, word);
    if (service->notify_fd >= 0 && word < HF_SERVICE_WORDS &&
        send(service->notify_fd, WORDS[word], strlen(WORDS[word]), MSG_NOSIGNAL) < 0)
        return; /* whoever listened is gone */
}

void hf_service_turn(struct hf_service *service, int64_t now_ms)
{
    if (service->feed_every_ms == 0 || now_ms < service->feed_at_ms)
        return;
    service->feed_at_ms = now_ms + service->feed_every_ms;
    hf_service_tell(service, HF_SERVICE_FED);
    if (service->watchdog_fd >= 0 && write(service->watchdog_fd, "1", 1) < 0)
        return; /* the board will be reset, which is what it asked for */
}

int64_t hf_service_deadline(const struct hf_service *service)
{
    return service->feed_every_ms > 0 ? service->feed_at_ms : INT64_MAX;
}

void hf_service_close(struct hf_service *service)
{
    if (service->watchdog_fd >= 0) {
        (void)!write(service->watchdog_fd, "V", 1);
        (void)close(service->watchdog_fd);
    }
    if (service->notify_fd >= 0)
        (void)close(service->notify_fd);
    service->notify_fd = service->monitor_fd = service->watchdog_fd = -1;
    service->feed_every_ms = 0;
}
