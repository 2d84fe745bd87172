/*
 * A task's payload, as built-in handlers read it: as the JSON of those that are asked by it, as a
 * path, and as texts in a search for nonces that ends soon. What would move a device or wait is not
 * run. The board's files are an empty folder's.
 */
#include "fuzz.h"
#include "handlers/ask.h"
#include "handlers/builtins.h"
#include "handlers/io.h"
#include "handlers/rooted.h"
#include "wire/utf8.h"

#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#define ROOT      "/var/empty/root"
#define TEXT_MAX  1024 /* of the search's texts */
#define NONCES    300
#define RESULT    4096
#define LOG_BYTES 8192

static int sink = -1;

static struct hf_handler_io io_on(struct hf_io_memory *memory)
{
    return (struct hf_handler_io){
        .in = -1, .out = sink, .log = sink, .progress = sink, .memory = memory};
}

/* A fault is told in words; what is shown of the payload there is text. */
static void check_log(void)
{
    static char log[LOG_BYTES + 1];
    const ssize_t got = pread(sink, log, LOG_BYTES, 0);
    fuzz_must(got > 0);
    log[got] = '\0';
    fuzz_must(hf_utf8_valid(hf_str(log)));
}

static void forget_log(void)
{
    fuzz_must(ftruncate(sink, 0) == 0 && lseek(sink, 0, SEEK_SET) == 0);
}

static void run(int (*handler)(const struct hf_handler_io *), const char *payload, size_t len)
{
    char result[RESULT];
    struct hf_io_memory memory = {
        .in = payload, .in_len = len, .out = result, .out_size = sizeof result};
    const struct hf_handler_io io = io_on(&memory);
    forget_log();
    if (handler(&io) != EX_OK)
        check_log();
    fuzz_must(memory.out_len <= sizeof result);
}

static int ask(const struct hf_handler_io *io)
{
    static const char *const WORDS[] = {"get", "set", "wait", NULL};
    char body[HF_ASK_MAX + 1];
    struct hf_json_field fields[] = {{.name = "chip"}, {.name = "line"}, {.name = "do"}};
    int64_t chip = 0, line = -1;
    int word = -1;
    int code = hf_ask_read(io, body, fields, 3, "{\"chip\":0,\"line\":4,\"do\":\"get\"}");
    if (code == EX_OK)
        code = hf_ask_number(io, &fields[0], 0, 255, &chip);
    if (code == EX_OK)
        code = hf_ask_number(io, &fields[1], 0, 1023, &line);
    if (code == EX_OK)
        code = hf_ask_word(io, &fields[2], WORDS, &word);
    fuzz_must(chip >= 0 && chip <= 255 && line >= -1 && line <= 1023 && word >= -1 && word <= 2);
    fuzz_must(code == EX_DATAERR || (code == EX_OK && line >= 0 && word >= 0));
    return code;
}

static int temperature(const struct hf_handler_io *io)
{
    return hf_temperature_of(io, ROOT);
}

static int files(const struct hf_handler_io *io)
{
    return hf_files_of(io, ROOT);
}

/* What would be a second "end" is an error, so that the search is short in any case. */
static void search(const char *data, size_t len)
{
    static const char *const NAMES[] = {"base", "content", "prefix"};
    char body[3 * TEXT_MAX + 256];
    const size_t part = len / 3 < TEXT_MAX ? len / 3 : TEXT_MAX;
    int at = snprintf(body, sizeof body, "{\"start\":%d,\"end\":%d,\"algorithm\":\"%s\"",
                      len > 0 ? 0x7f & data[0] : 0, NONCES, len % 2 ? "md5" : "sha256");
    for (size_t i = 0; i < 3; i++) {
        at += snprintf(body + at, sizeof body - (size_t)at, ",\"%s\":\"", NAMES[i]);
        memcpy(body + at, data + i * part, part);
        at += (int)part;
        body[at++] = '"';
    }
    body[at++] = '}';
    run(hf_handler_nonce_search, body, (size_t)at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *payload = (const char *)data;
    if (sink < 0)
        sink = memfd_create("sink", MFD_CLOEXEC);
    run(ask, payload, len);
    run(temperature, payload, len);
    run(files, payload, len);
    search(payload, len);
    return 0;
}
