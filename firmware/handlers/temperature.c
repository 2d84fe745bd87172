#include "handlers/builtins.h"
#include "handlers/io.h"
#include "handlers/rooted.h"
#include "wire/json_write.h"
#include "wire/number.h"
#include "wire/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define ZONES_MAX  32
#define CHIPS_MAX  16
#define INPUTS_MAX 8 /* of a chip */
#define NAME_BYTES 64
#define ANSWER_MAX 8192
#define LIMIT_MC   1000000 /* beyond a thousand degrees nothing was measured */

struct search {
    const char *root;
    char wanted[NAME_BYTES]; /* part of a name; empty: all */
    struct hf_json_writer *to;
    int found;
};

static void note(struct search *search, const char *name, const char *path)
{
    char text[32];
    int64_t mc;
    if (!hf_rooted_line(search->root, path, text, sizeof text) || !strstr(name, search->wanted) ||
        hf_number_parse(hf_str(text), -LIMIT_MC, LIMIT_MC, &mc) != HF_ERR_OK)
        return;
    char number[32];
    const int64_t size_mc = mc < 0 ? -mc : mc;
    (void)snprintf(number, sizeof number, "%s%d.%03d", mc < 0 ? "-" : "", (int)(size_mc / 1000),
                   (int)(size_mc % 1000));
    hf_json_write(search->to, search->found++ > 0 ? ",{\"name\":" : "{\"name\":");
    hf_json_write_text(search->to, hf_str(name));
    hf_json_write(search->to, ",\"celsius\":");
    hf_json_write(search->to, number);
    hf_json_write(search->to, ",\"source\":");
    hf_json_write_text(search->to, hf_str(path));
    hf_json_write(search->to, "}");
}

static void look_at_zones(struct search *search)
{
    char path[96], name[NAME_BYTES];
    for (int zone = 0; zone < ZONES_MAX; zone++) {
        (void)snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/type", zone);
        (void)hf_rooted_line(search->root, path, name, sizeof name);
        (void)snprintf(path, sizeof path, "/sys/class/thermal/thermal_zone%d/temp", zone);
        note(search, name, path);
    }
}

static void look_at_chip(struct search *search, int chip)
{
    char path[96], name[NAME_BYTES], label[NAME_BYTES];
    (void)snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/name", chip);
    if (!hf_rooted_line(search->root, path, name, sizeof name))
        return;
    for (int input = 1; input <= INPUTS_MAX; input++) {
        (void)snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/temp%d_label", chip, input);
        const bool labelled = hf_rooted_line(search->root, path, label, sizeof label);
        (void)snprintf(path, sizeof path, "/sys/class/hwmon/hwmon%d/temp%d_input", chip, input);
        note(search, labelled ? label : name, path);
    }
}

int hf_temperature_of(const struct hf_handler_io *io, const char *root)
{
    char answer[ANSWER_MAX];
    struct hf_json_writer writer = {.to = answer, .size = sizeof answer};
    struct search search = {.root = root, .to = &writer};
    const ssize_t len = hf_io_read_all(io, search.wanted, sizeof search.wanted);
    if (len < 0)
        return hf_io_fail(io, EX_IOERR, "cannot read the payload: %s", strerror(errno));
    if (len == sizeof search.wanted)
        return hf_io_fail(io, EX_DATAERR,
                          "the payload is too long; expected nothing, or part of a sensor's name");
    search.wanted[len] = '\0';
    search.wanted[strcspn(search.wanted, "\r\n")] = '\0';

    hf_json_write(&writer, "{\"sensors\":[");
    look_at_zones(&search);
    for (int chip = 0; chip < CHIPS_MAX; chip++)
        look_at_chip(&search, chip);
    hf_json_write(&writer, "]}");
    if (search.found == 0) {
        hf_utf8_clean(search.wanted, false);
        return hf_io_fail(io, EX_UNAVAILABLE, "this board has no temperature sensor%s%s",
                          search.wanted[0] ? " of the name " : "", search.wanted);
    }
    if (!hf_json_write_end(&writer))
        return hf_io_fail(io, EX_SOFTWARE, "%d sensors are more than an answer can hold",
                          search.found);
    if (hf_io_write(io, answer, strlen(answer)) != 0)
        return hf_io_fail(io, EX_IOERR, "cannot write the result: %s", strerror(errno));
    return EX_OK;
}

int hf_handler_temperature(const struct hf_handler_io *io)
{
    return hf_temperature_of(io, "");
}
