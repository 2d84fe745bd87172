#include "handlers/ask.h"
#include "handlers/builtins.h"
#include "handlers/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define CHIP_MAX      255
#define LINES_MAX     1023
#define FOR_MS_MAX    3600000
#define TIMEOUT_S_MAX 604800
#define TIMEOUT_S     60
#define EXAMPLE       "{\"chip\":0, \"line\":4, \"do\":\"get\"}"

enum work { GET, SET, WAIT };
enum edge { RISING, FALLING, BOTH };

struct request {
    int64_t chip, line, value, for_ms, timeout_s, active_low;
    int work, edge, pull; /* enum work, enum edge; pull: off, up, down */
};

static int read_words(const struct hf_handler_io *io, struct hf_json_field *work,
                      struct hf_json_field *edge, struct hf_json_field *pull, struct request *out)
{
    static const char *const WORKS[] = {"get", "set", "wait", NULL};
    static const char *const EDGES[] = {"rising", "falling", "both", NULL};
    static const char *const PULLS[] = {"off", "up", "down", NULL};
    out->work = -1;
    out->edge = BOTH;
    out->pull = 0;
    int code = hf_ask_word(io, work, WORKS, &out->work);
    if (code == EX_OK)
        code = hf_ask_word(io, edge, EDGES, &out->edge);
    if (code == EX_OK)
        code = hf_ask_word(io, pull, PULLS, &out->pull);
    return code;
}

static int read_request(const struct hf_handler_io *io, struct request *out)
{
    enum { LINE, CHIP, VALUE, FOR_MS, TIMEOUT, ACTIVE_LOW, WORK, EDGE, PULL, COUNT };
    char body[HF_ASK_MAX + 1];
    struct hf_json_field fields[COUNT] = {
        [LINE] = {.name = "line"},         [CHIP] = {.name = "chip"},
        [VALUE] = {.name = "value"},       [FOR_MS] = {.name = "for_ms"},
        [TIMEOUT] = {.name = "timeout_s"}, [ACTIVE_LOW] = {.name = "active_low"},
        [WORK] = {.name = "do"},           [EDGE] = {.name = "edge"},
        [PULL] = {.name = "pull"}};
    int code = hf_ask_read(io, body, fields, COUNT, EXAMPLE);
    if (code == EX_OK)
        code = read_words(io, &fields[WORK], &fields[EDGE], &fields[PULL], out);
    if (code != EX_OK)
        return code;
    out->line = -1;
    out->chip = out->for_ms = out->active_low = 0;
    out->value = out->work == SET ? -1 : 0;
    out->timeout_s = TIMEOUT_S;
    const struct {
        int64_t max, *number;
    } ROWS[] = {[LINE] = {LINES_MAX, &out->line},
                [CHIP] = {CHIP_MAX, &out->chip},
                [VALUE] = {1, &out->value},
                [FOR_MS] = {FOR_MS_MAX, &out->for_ms},
                [TIMEOUT] = {TIMEOUT_S_MAX, &out->timeout_s},
                [ACTIVE_LOW] = {1, &out->active_low}};
    for (size_t i = 0; code == EX_OK && i < sizeof ROWS / sizeof *ROWS; i++)
        code = hf_ask_number(io, &fields[i], 0, ROWS[i].max, ROWS[i].number);
    return code;
}

static uint64_t flags_of(const struct request *request)
{
    static const uint64_t EDGES[] = {GPIO_V2_LINE_FLAG_EDGE_RISING, GPIO_V2_LINE_FLAG_EDGE_FALLING,
                                     GPIO_V2_LINE_FLAG_EDGE_RISING |
                                         GPIO_V2_LINE_FLAG_EDGE_FALLING};
    static const uint64_t PULLS[] = {0, GPIO_V2_LINE_FLAG_BIAS_PULL_UP,
                                     GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN};
    uint64_t flags = request->work == SET ? GPIO_V2_LINE_FLAG_OUTPUT : GPIO_V2_LINE_FLAG_INPUT;
    if (request->work == WAIT)
        flags |= EDGES[request->edge];
    if (request->active_low)
        flags |= GPIO_V2_LINE_FLAG_ACTIVE_LOW;
    return flags | PULLS[request->pull];
}

static int no_line(const struct hf_handler_io *io, const char *path, const struct request *request)
{
    if (errno == ENOTTY)
        return hf_io_fail(io, EX_UNAVAILABLE, "%s is no GPIO chip that Linux 5.10 or later drives",
                          path);
    if (errno == EINVAL)
        return hf_io_fail(io, EX_DATAERR, "%s has no line %d, or the line cannot do this", path,
                          (int)request->line);
    if (errno == EBUSY)
        return hf_io_fail(io, EX_TEMPFAIL, "%s: line %d is in use by another", path,
                          (int)request->line);
    return hf_io_fail(io, EX_IOERR, "%s: line %d: %s", path, (int)request->line, strerror(errno));
}

/* The line's descriptor in `*line`. */
static int take_line(const struct hf_handler_io *io, const struct request *request, int *line)
{
    char path[32];
    struct gpio_v2_line_request ask = {.num_lines = 1, .consumer = "holdfast"};
    (void)snprintf(path, sizeof path, "/dev/gpiochip%d", (int)request->chip);
    const int chip = open(path, O_RDWR | O_CLOEXEC);
    if (chip < 0)
        return hf_io_fail(io, EX_UNAVAILABLE, "cannot use GPIO chip %d: %s: %s%s",
                          (int)request->chip, path, strerror(errno),
                          hf_io_device_hint(errno, " (this board has none of this number)"));
    ask.offsets[0] = (__u32)request->line;
    ask.config.flags = flags_of(request);
    if (request->work == SET) {
        ask.config.num_attrs = 1;
        ask.config.attrs[0].mask = 1;
        ask.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES;
        ask.config.attrs[0].attr.values = (__u64)request->value;
    }
    const int code =
        hf_io_control(chip, GPIO_V2_GET_LINE_IOCTL, &ask) < 0 ? no_line(io, path, request) : EX_OK;
    (void)close(chip);
    *line = ask.fd;
    return code;
}

static int answer(const struct hf_handler_io *io, const char *text)
{
    if (hf_io_write(io, text, strlen(text)) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
    return EX_OK;
}

static int get(const struct hf_handler_io *io, int line)
{
    struct gpio_v2_line_values values = {.mask = 1};
    if (hf_io_control(line, GPIO_V2_LINE_GET_VALUES_IOCTL, &values) < 0)
        return hf_io_fail(io, EX_IOERR, "cannot read the line: %s", strerror(errno));
    return answer(io, values.bits & 1 ? "{\"value\":1}" : "{\"value\":0}");
}

/* It has its value since it was taken; with for_ms it gets the other one after that time. */
static int set(const struct hf_handler_io *io, const struct request *request, int line)
{
    int64_t value = request->value;
    if (request->for_ms > 0) {
        const struct timespec pause = {.tv_sec = (time_t)(request->for_ms / 1000),
                                       .tv_nsec = (long)(request->for_ms % 1000) * 1000000L};
        (void)nanosleep(&pause, NULL);
        value = !value;
        struct gpio_v2_line_values values = {.bits = (__u64)value, .mask = 1};
        if (hf_io_control(line, GPIO_V2_LINE_SET_VALUES_IOCTL, &values) < 0)
            return hf_io_fail(io, EX_IOERR, "cannot set the line: %s", strerror(errno));
    }
    return answer(io, value ? "{\"value\":1}" : "{\"value\":0}");
}

static int wait(const struct hf_handler_io *io, const struct request *request, int line)
{
    struct pollfd ready = {.fd = line, .events = POLLIN};
    struct gpio_v2_line_event event;
    char text[96];
    hf_io_progress(io, 0, 1, "edges");
    const int got = poll(&ready, 1, (int)(request->timeout_s * 1000));
    if (got == 0)
        return answer(io, "{\"edge\":null}");
    if (got < 0 || read(line, &event, sizeof event) != sizeof event)
        return hf_io_fail(io, EX_IOERR, "cannot wait for the line: %s", strerror(errno));
    (void)snprintf(text, sizeof text, "{\"edge\":\"%s\",\"monotonic_ns\":%" PRIu64 "}",
                   event.id == GPIO_V2_LINE_EVENT_RISING_EDGE ? "rising" : "falling",
                   (uint64_t)event.timestamp_ns);
    return answer(io, text);
}

int hf_handler_gpio(const struct hf_handler_io *io)
{
    struct request request;
    int line = -1;
    int code = read_request(io, &request);
    if (code == EX_OK)
        code = take_line(io, &request, &line);
    if (code != EX_OK)
        return code;
    if (request.work == GET)
        code = get(io, line);
    else if (request.work == SET)
        code = set(io, &request, line);
    else
        code = wait(io, &request, line);
    (void)close(line);
    return code;
}
