#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void hf_progress_starting(int64_t elapsed_ms)
{
    if (elapsed_ms >= 400 && isatty(STDERR_FILENO))
        fprintf(stderr, "\rStarting RabbitMQ ... %" PRId64 " s ", elapsed_ms / 1000);
}

void hf_progress_done(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
