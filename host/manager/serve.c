#include "manager/serve.h"

#include "home/lock.h"
#include "link/clock.h"
#include "link/log.h"
#include "manager/courier.h"
#include "manager/serve_mend.h"
#include "manager/serve_news.h"
#include "manager/serve_notify.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define STEP_MS      1000
#define HOOK_STEP_MS 50 /* while a hook runs */
#define AGAIN_MS     5000
#define NAP_MS       100

struct service {
    const struct hf_serve_config *config;
    struct hf_courier *courier;
    struct hf_news news;
    struct hf_mend mend;
    bool up;          /* as was last told */
    bool ready;       /* systemd was told */
    int64_t again_ms; /* monotonic: try to reach the broker then */
};

/* What is wrong with the way to the broker passes; what is wrong with the ledger does not. */
static bool is_ledger(const struct hf_fault *fault)
{
    switch ((int)fault->err) {
    case HF_ERR_LEDGER:
    case HF_ERR_NO_SPACE:
    case HF_ERR_NO_MEMORY:
    case HF_ERR_IO:
    case HF_ERR_DENIED:
    case HF_ERR_MALFORMED: return true;
    default: return false;
    }
}

static void tell_link(struct service *service)
{
    bool up = service->courier && hf_courier_is_up(service->courier);
    char status[256];
    if (up == service->up)
        return;
    service->up = up;
    service->news.listening_ms = up ? hf_clock_mono_ms() : 0;
    if (up)
        hf_log(HF_LOG_INFO, "serve.up", "broker=%s", hf_courier_address(service->courier));
    else
        hf_log(HF_LOG_WARN, "serve.down", "reason=\"%s\"",
               service->courier ? hf_courier_trouble(service->courier) : "");
    snprintf(status, sizeof status, "STATUS=%s",
             up ? hf_courier_address(service->courier) : "no broker");
    hf_serve_notify(status);
}

static void drop(struct service *service, int64_t now_ms)
{
    hf_courier_free(service->courier);
    service->courier = NULL;
    service->again_ms = now_ms + AGAIN_MS;
    tell_link(service);
}

static enum hf_err connect_if_due(struct service *service, int64_t now_ms, struct hf_fault *fault)
{
    struct hf_courier_config config = {.home = service->config->home,
                                       .ledger = service->config->ledger,
                                       .events = true,
                                       .name = "holdfast serve"};
    if (service->courier || now_ms < service->again_ms)
        return HF_ERR_OK;
    return hf_courier_new(&config, &service->courier, fault);
}

/* HF_ERR_OK also when the broker is gone: it is tried again later. */
static enum hf_err carry(struct service *service, int64_t now_ms, struct hf_fault *fault)
{
    int64_t wait_ms = hf_hook_is_busy(&service->news.hook) ? HOOK_STEP_MS : STEP_MS;
    struct hf_fault own = {0};
    if (!service->courier) {
        (void)poll(NULL, 0, NAP_MS);
        return HF_ERR_OK;
    }
    if (hf_courier_step(service->courier, now_ms + wait_ms, &own) == HF_ERR_OK) {
        tell_link(service);
        return HF_ERR_OK;
    }
    if (is_ledger(&own)) {
        *fault = own;
        return own.err;
    }
    hf_log(HF_LOG_WARN, "serve.unreachable", "reason=\"%s\"", own.text);
    drop(service, now_ms);
    return HF_ERR_OK;
}

static enum hf_err step(struct service *service, struct hf_fault *fault)
{
    int64_t now_ms = hf_clock_mono_ms();
    enum hf_err err = connect_if_due(service, now_ms, fault);
    if (err == HF_ERR_OK && !service->ready)
        hf_serve_notify("READY=1");
    service->ready = true;
    if (err == HF_ERR_OK)
        err = carry(service, now_ms, fault);
    if (err == HF_ERR_OK)
        err = hf_news_step(&service->news, hf_clock_mono_ms(), hf_clock_unix_ms(), fault);
    hf_mend_step(&service->mend, service->up, hf_clock_mono_ms());
    hf_serve_notify("WATCHDOG=1");
    return err;
}

enum hf_err hf_serve_run(const struct hf_serve_config *config, struct hf_fault *fault)
{
    int lock = -1;
    struct service service = {
        .config = config, .news = {.ledger = config->ledger, .hook = {.command = config->hook}}};
    enum hf_err err =
        hf_home_lock_file(config->home, HF_HOME_SERVE_LOCK, "is serving", &lock, fault);
    if (err != HF_ERR_OK)
        return err;
    hf_log(HF_LOG_INFO, "serve.start", "data=%s hook=\"%s\"", config->home->dir,
           config->hook ? config->hook : "");
    while (err == HF_ERR_OK && !config->stop())
        err = step(&service, fault);
    hf_serve_notify("STOPPING=1");
    if (err == HF_ERR_OK && service.courier)
        hf_courier_finish(service.courier);
    hf_mend_stop(&service.mend);
    hf_news_stop(&service.news);
    hf_courier_free(service.courier);
    hf_log(HF_LOG_INFO, "serve.stop", "%s", err == HF_ERR_OK ? "" : hf_err_text(err));
    close(lock);
    return err;
}
