#include "cli/crew.h"

#include "cli/deployed.h"
#include "link/clock.h"
#include "wire/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 200

/* --- in the board's process: lines of STEP, a tab, and TEXT; the last is a JSON object --- */

static void tell_step(void *context, const char *step, const char *text)
{
    FILE *to = context;
    fprintf(to, "%s\t", step);
    for (const char *at = text; *at; at++)
        fputc(*at == '\n' ? ' ' : *at, to);
    fputc('\n', to);
    fflush(to);
}

static void be_quiet(void)
{
    const int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; nothing >= 0 && fd < 3; fd++)
        (void)dup2(nothing, fd);
}

static int deploy(const struct hf_crew *crew, const struct hf_host *host, FILE *to)
{
    struct hf_deploy_request request = *crew->request;
    struct hf_deploy_done done;
    struct hf_fault fault = {0};
    request.board = host->board;
    request.target = host->target;
    request.batch = true;
    request.step = tell_step;
    request.context = to;
    const enum hf_err err =
        crew->uninstall ? hf_undeploy(&request, &done, &fault) : hf_deploy(&request, &done, &fault);
    cJSON *result = hf_deployed_json(&request, &done, &fault);
    char *text = cJSON_PrintUnformatted(result);
    fprintf(to, "%s\n", text ? text : "");
    return fflush(to) != 0 || err;
}

static void begin(struct hf_crew *crew, struct hf_crew_board *board)
{
    int ends[2] = {-1, -1};
    FILE *to = NULL;
    fflush(NULL);
    board->state = HF_CREW_BUSY;
    board->began_ms = hf_clock_mono_ms();
    board->pid = pipe2(ends, O_CLOEXEC) == 0 ? fork() : -1;
    if (board->pid == 0) {
        be_quiet();
        to = fdopen(ends[1], "w");
        _exit(!to || deploy(crew, board->host, to));
    }
    if (ends[1] >= 0)
        (void)close(ends[1]);
    board->from = ends[0];
}

/* --- here --- */

static void set_text(struct hf_crew_board *board, const char *step, const char *text)
{
    if (step != board->step)
        (void)snprintf(board->step, sizeof board->step, "%s", step);
    (void)snprintf(board->text, sizeof board->text, "%s", text);
    hf_utf8_clean(board->text, false);
}

static const char *word(const cJSON *result, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(result, key));
    return text ? text : "";
}

static void take_line(struct hf_crew *crew, struct hf_crew_board *board, char *line)
{
    char *tab = strchr(line, '\t');
    if (line[0] == '{') {
        cJSON_Delete(board->result);
        board->result = cJSON_Parse(line);
    } else if (tab) {
        *tab = '\0';
        set_text(board, line, tab + 1);
        crew->news(crew->context, crew, board);
    }
}

/* False: no more comes. A line that is longer than any of ours is one that ends it. */
static bool take(struct hf_crew *crew, struct hf_crew_board *board)
{
    const ssize_t got = read(board->from, board->line + board->len, HF_CREW_LINE_MAX - board->len);
    if (got <= 0)
        return got < 0 && errno == EINTR;
    board->len += (size_t)got;
    char *from = board->line, *end = NULL;
    while ((end = memchr(from, '\n', board->len - (size_t)(from - board->line)))) {
        *end = '\0';
        take_line(crew, board, from);
        from = end + 1;
    }
    board->len -= (size_t)(from - board->line);
    memmove(board->line, from, board->len);
    return board->len < HF_CREW_LINE_MAX;
}

static void end(struct hf_crew *crew, struct hf_crew_board *board)
{
    int status = -1;
    if (board->from >= 0)
        (void)close(board->from);
    board->from = -1;
    while (board->pid > 0 && waitpid(board->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    const bool ok = cJSON_IsTrue(cJSON_GetObjectItem(board->result, "ok"));
    board->state = ok && status == 0 ? HF_CREW_DONE : HF_CREW_FAILED;
    board->took_ms = hf_clock_mono_ms() - board->began_ms;
    board->unchanged = cJSON_IsTrue(cJSON_GetObjectItem(board->result, "unchanged"));
    board->rolled_back = cJSON_IsTrue(cJSON_GetObjectItem(board->result, "rolled_back"));
    if (board->state == HF_CREW_FAILED && board->result)
        set_text(board, word(board->result, "failed_step"), word(board->result, "reason"));
    else if (board->state == HF_CREW_FAILED)
        set_text(board, board->step[0] ? board->step : "begin", "its process was ended");
    crew->news(crew->context, crew, board);
}

static void wait_for_news(struct hf_crew *crew)
{
    struct pollfd fds[HF_HOSTS_MAX];
    struct hf_crew_board *of[HF_HOSTS_MAX];
    nfds_t count = 0;
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->boards[i].state != HF_CREW_BUSY)
            continue;
        of[count] = &crew->boards[i];
        fds[count++] = (struct pollfd){.fd = crew->boards[i].from, .events = POLLIN};
    }
    if (poll(fds, count, TICK_MS) < 0)
        count = 0;
    for (nfds_t i = 0; i < count; i++)
        if (fds[i].fd < 0 || (fds[i].revents && !take(crew, of[i])))
            end(crew, of[i]);
    crew->news(crew->context, crew, NULL);
}

void hf_crew_run(struct hf_crew *crew)
{
    bool (*const stopped)(void) = crew->request->stopped;
    size_t next = 0;
    do {
        const size_t busy = hf_crew_count(crew, HF_CREW_BUSY);
        const size_t more = stopped && stopped() ? 0 : crew->at_once - busy;
        for (size_t i = 0; i < more && next < crew->count; i++)
            begin(crew, &crew->boards[next++]);
        if (hf_crew_count(crew, HF_CREW_BUSY) > 0)
            wait_for_news(crew);
    } while (hf_crew_count(crew, HF_CREW_BUSY) > 0 ||
             (next < crew->count && !(stopped && stopped())));
}

size_t hf_crew_count(const struct hf_crew *crew, enum hf_crew_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < crew->count; i++)
        count += crew->boards[i].state == state;
    return count;
}

enum hf_err hf_crew_new(struct hf_crew *crew, const struct hf_host *const *hosts, size_t count,
                        struct hf_fault *fault)
{
    crew->count = 0;
    crew->boards = calloc(count, sizeof *crew->boards);
    for (size_t i = 0; crew->boards && i < count; i++) {
        struct hf_crew_board *board = &crew->boards[crew->count++];
        board->host = hosts[i];
        board->from = -1;
        board->line = malloc(HF_CREW_LINE_MAX);
        if (!board->line)
            break;
    }
    if (crew->count == count && crew->boards && crew->boards[count - 1].line)
        return HF_ERR_OK;
    return hf_fault_set(fault, HF_ERR_NO_MEMORY, 0, "no memory for %zu boards", count);
}

void hf_crew_free(struct hf_crew *crew)
{
    for (size_t i = 0; i < crew->count; i++) {
        cJSON_Delete(crew->boards[i].result);
        free(crew->boards[i].line);
    }
    free(crew->boards);
    crew->boards = NULL;
    crew->count = 0;
}
