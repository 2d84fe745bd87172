#ifndef HF_WORKER_SERVICE_H
#define HF_WORKER_SERVICE_H

#include "wire/fault.h"

#include <stdint.h>

/*
 * Whoever watches over the worker: systemd's notify socket and watchdog (sd_notify(3):
 * NOTIFY_SOCKET, WATCHDOG_USEC), and a watchdog device where the settings name one. Both are fed
 * only from the loop, so a loop that hangs is noticed. Where there is neither, every call does
 * nothing.
 */

/* What it is told, all that there is. */
enum hf_service_word {
    HF_SERVICE_READY, /* connected */
    HF_SERVICE_LOST,  /* not connected */
    HF_SERVICE_RELOADING,
    HF_SERVICE_STOPPING,
    HF_SERVICE_FED,
    HF_SERVICE_WORDS
};

struct hf_service {
    int notify_fd;         /* -1: not under systemd */
    int monitor_fd;        /* who tells it in our place (worker/monitor.h); -1: nobody */
    int watchdog_fd;       /* -1: no device */
    int64_t feed_every_ms; /* 0: nobody wants to be fed */
    int64_t feed_at_ms;
};

/* `device`: "/dev/watchdog" or empty. HF_ERR_DENIED, HF_ERR_BUSY, HF_ERR_IO: it cannot be opened.
 */
enum hf_err hf_service_open(struct hf_service *service, const char *device, int64_t now_ms,
                            struct hf_fault *fault);

/* From now on the monitor at the other end of the socket tells: systemd hears its main process. */
void hf_service_tell_by(struct hf_service *service, int monitor_fd);

/* Another number than those is not told. */
void hf_service_tell(const struct hf_service *service, enum hf_service_word word);

/* Once a turn of the loop: feeds when it is time. */
void hf_service_turn(struct hf_service *service, int64_t now_ms);
int64_t hf_service_deadline(const struct hf_service *service);

/* An orderly end: the device is disarmed (its magic close). */
void hf_service_close(struct hf_service *service);

#endif
