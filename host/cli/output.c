#include "cli/output.h"

#include "wire/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int hf_out_exit_code(enum hf_err err)
{
    switch ((int)err) {
    case HF_ERR_OK: return HF_EXIT_OK;
    case HF_ERR_CLOSED:
    case HF_ERR_TIMED_OUT:
    case HF_ERR_RESOLVE:
    case HF_ERR_UNREACHABLE:
    case HF_ERR_REFUSED:
    case HF_ERR_HEARTBEAT:
    case HF_ERR_TLS:
    case HF_ERR_TLS_UNKNOWN_CA:
    case HF_ERR_TLS_EXPIRED:
    case HF_ERR_TLS_NOT_YET_VALID:
    case HF_ERR_TLS_WRONG_NAME:
    case HF_ERR_TLS_CERT_REQUIRED:
    case HF_ERR_TLS_CERT_REFUSED:
    case HF_ERR_TLS_PROTOCOL:
    case HF_ERR_AMQP_LOGIN:
    case HF_ERR_AMQP_CONNECTION: return HF_EXIT_UNREACHABLE;
    default: return HF_EXIT_FAILED;
    }
}

static void print_fault(const struct hf_command *command, const struct hf_fault *fault)
{
    const char *text = fault->text[0] ? fault->text : hf_err_text(fault->err);
    fflush(stdout);
    fprintf(stderr, "holdfast %s: %s\n", command->name, text);
}

int hf_out_fault(const struct hf_command *command, const struct hf_fault *fault)
{
    print_fault(command, fault);
    int code = hf_out_exit_code(fault->err);
    return code == HF_EXIT_OK ? HF_EXIT_FAILED : code;
}

int hf_out_usage(const struct hf_command *command, const struct hf_fault *fault)
{
    print_fault(command, fault);
    fprintf(stderr, "What it takes: holdfast help %s\n", command->name);
    return HF_EXIT_USAGE;
}

int hf_out_setting(const struct hf_command *command, const struct hf_fault *fault)
{
    print_fault(command, fault);
    switch ((int)fault->err) {
    case HF_ERR_INVALID:
    case HF_ERR_MISSING:
    case HF_ERR_MALFORMED:
    case HF_ERR_TOO_LARGE: return HF_EXIT_USAGE;
    case HF_ERR_NOT_FOUND: return HF_EXIT_UNREACHABLE;
    default: return hf_out_exit_code(fault->err);
    }
}

/* DEL and C1 (U+0080 to U+009F, 0xc2 and a byte of that value) are allowed in JSON. How many bytes
 * went. */
static size_t put_special(const char *at, FILE *to)
{
    const size_t len = hf_utf8_char((struct hf_str){at, at[1] ? 2 : 1});
    if (len == 0 || !hf_utf8_is_control(at, len)) {
        fputc(at[0], to);
        return 1;
    }
    fprintf(to, "\\u%04x", (unsigned char)at[len - 1]);
    return len;
}

void hf_out_document(const char *json, FILE *to)
{
    while (*json) {
        const size_t plain = strcspn(json, "\x7f\xc2");
        fwrite(json, 1, plain, to);
        json += plain;
        if (*json)
            json += put_special(json, to);
    }
    fputc('\n', to);
}

int hf_out_json(cJSON *document)
{
    char *text = document ? cJSON_Print(document) : NULL;
    cJSON_Delete(document);
    if (!text) {
        fprintf(stderr, "holdfast: %s\n", hf_err_text(HF_ERR_NO_MEMORY));
        return HF_EXIT_FAILED;
    }
    hf_out_document(text, stdout);
    cJSON_free(text);
    return HF_EXIT_OK;
}

void hf_out_note(const char *text)
{
    fflush(stdout);
    fprintf(stderr, "%s\n", text);
}

void hf_out_duration(char text[HF_OUT_SHORT], int64_t ms)
{
    static const struct {
        const char *name, *next_name;
        int64_t ms, next_ms;
    } units[] = {
        {"d", "h", 86400000, 3600000}, {"h", "min", 3600000, 60000}, {"min", "s", 60000, 1000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms < units[i].ms)
            continue;
        snprintf(text, HF_OUT_SHORT, "%" PRId64 " %s %" PRId64 " %s", ms / units[i].ms,
                 units[i].name, ms % units[i].ms / units[i].next_ms, units[i].next_name);
        return;
    }
    if (ms >= 1000)
        snprintf(text, HF_OUT_SHORT, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
    else
        snprintf(text, HF_OUT_SHORT, "%" PRId64 " ms", ms);
}

void hf_out_bytes(char text[HF_OUT_SHORT], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (bytes >= 10000 && unit + 1 < sizeof units / sizeof units[0]) {
        bytes = bytes / 1024 + (bytes % 1024 >= 512);
        unit++;
    }
    snprintf(text, HF_OUT_SHORT, "%" PRIu64 " %s", bytes, units[unit]);
}

void hf_out_time(char text[HF_OUT_SHORT], int64_t unix_s)
{
    time_t when = (time_t)unix_s;
    struct tm local;
    if (unix_s == 0 || !localtime_r(&when, &local) ||
        strftime(text, HF_OUT_SHORT, "%Y-%m-%d %H:%M:%S", &local) == 0)
        snprintf(text, HF_OUT_SHORT, "-");
}
