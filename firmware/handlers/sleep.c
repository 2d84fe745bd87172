#include "handlers/builtins.h"
#include "handlers/io.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define PAYLOAD_MAX    31
#define SLEEP_MS_MAX   (7 * 24 * 3600 * INT64_C(1000))
#define STEP_MS_MIN    100
#define PROGRESS_STEPS 100

/* "12", "0.25", ".5" and blanks around -> milliseconds; -1: anything else. */
static int64_t parse_ms(const char *text)
{
    text += strspn(text, " \t\r\n");
    int64_t ms = 0;
    int digits = 0;
    for (; *text >= '0' && *text <= '9' && ms <= SLEEP_MS_MAX; text++, digits++)
        ms = ms * 10 + (*text - '0') * INT64_C(1000);
    if (*text == '.') {
        int64_t place = 100;
        for (text++; *text >= '0' && *text <= '9'; text++, digits++, place /= 10)
            ms += (*text - '0') * place;
    }
    text += strspn(text, " \t\r\n");
    return *text == '\0' && digits > 0 && ms <= SLEEP_MS_MAX ? ms : -1;
}

static void sleep_until(const struct timespec *start, int64_t ms)
{
    struct timespec until = {.tv_sec = start->tv_sec + (time_t)(ms / 1000),
                             .tv_nsec = start->tv_nsec + (long)(ms % 1000) * 1000000L};
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

int hf_handler_sleep(const struct hf_handler_io *io)
{
    char payload[PAYLOAD_MAX + 1];
    ssize_t len = hf_io_read_all(io, payload, sizeof payload);
    if (len < 0)
        return hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
    payload[len <= PAYLOAD_MAX ? len : PAYLOAD_MAX] = '\0';
    int64_t total_ms = len <= PAYLOAD_MAX ? parse_ms(payload) : -1;
    if (total_ms < 0)
        return hf_io_fail(
            io, EX_DATAERR,
            "the payload is \"%s\"; expected seconds, like 30 or 0.25, at most 7 days", payload);

    struct timespec start;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    int64_t step_ms =
        total_ms / PROGRESS_STEPS > STEP_MS_MIN ? total_ms / PROGRESS_STEPS : STEP_MS_MIN;
    for (int64_t at_ms = 0; at_ms < total_ms;) {
        at_ms = at_ms + step_ms < total_ms ? at_ms + step_ms : total_ms;
        sleep_until(&start, at_ms);
        hf_io_progress(io, at_ms, total_ms, "ms");
    }
    return EX_OK;
}
