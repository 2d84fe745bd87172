#include "cli/known.h"

#include "cli/guess.h"
#include "cli/output.h"
#include "deploy/script.h"
#include "home/home.h"
#include "ledger/boards.h"
#include "ledger/schedules.h"
#include "ledger/words.h"

#include <inttypes.h>
#include <string.h>

#define ID_TYPED_MIN 4 /* before that an id is none that a person would go on with */
#define NUMBER_MAX   INT64_C(1000000000000000)

/* --- What has been offered --- */

struct offers {
    struct hf_ledger *ledger;
    const char *typed; /* the beginning of the words that are wanted */
    FILE *to;          /* NULL: they go to `guess` */
    size_t count;
    char words[HF_KNOWN_MAX][HF_TARGET_MAX + 2];
    struct hf_guess guess;
    char nearest[HF_GUESS_WORD_MAX + 1]; /* what guess.best is */
};

static bool is_new(const struct offers *offers, const char *word)
{
    for (size_t i = 0; i < offers->count; i++)
        if (strcmp(offers->words[i], word) == 0)
            return false;
    return true;
}

/* A line of its own must hold it, and a word that begins with a colon is no word to the shells. */
static bool is_fit(const struct offers *offers, const char *word)
{
    if (strncmp(word, offers->typed, strlen(offers->typed)) != 0 || word[0] == ':')
        return false;
    for (const char *c = word; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return word[0] != '\0';
}

static bool has_room(const struct offers *offers)
{
    return !offers->to || offers->count < HF_KNOWN_MAX;
}

static void compare(struct offers *offers, const char *word)
{
    const char *before = offers->guess.best;
    hf_guess_offer(&offers->guess, word);
    if (offers->guess.best == before)
        return;
    (void)hf_str_copy(offers->nearest, sizeof offers->nearest, hf_str(word));
    offers->guess.best = offers->nearest;
}

static void offer(struct offers *offers, const char *word, const char *note)
{
    if (!offers->to) {
        compare(offers, word);
        return;
    }
    if (!has_room(offers) || !is_fit(offers, word) || !is_new(offers, word) ||
        !hf_str_copy(offers->words[offers->count], sizeof offers->words[0], hf_str(word)))
        return;
    offers->count++;
    fprintf(offers->to, note[0] ? "%s\t%s\n" : "%s\n", word, note);
}

static bool offer_word(void *context, const char *word)
{
    offer(context, word, "");
    return has_room(context);
}

static void offer_words(struct offers *offers, enum hf_words kind)
{
    (void)hf_words_list(offers->ledger, kind, offers->typed, offer_word, offers, NULL);
}

/* What a job was once for is no model for a word that is mistyped: it may have been itself. */
static void offer_words_of_jobs(struct offers *offers, enum hf_words kind)
{
    if (offers->to)
        offer_words(offers, kind);
}

static void offer_ids(struct offers *offers, enum hf_words kind)
{
    if (strlen(offers->typed) >= ID_TYPED_MIN)
        offer_words(offers, kind);
}

/* --- Numbers by their first digits --- */

typedef void (*in_range)(void *context, int64_t first, int64_t last);

/* "12": 12, 120 to 129, 1200 to 1299, and so on; "": all. */
static void each_range(const char *digits, in_range each, void *context)
{
    int64_t first = 0;
    if (digits[0] == '\0')
        each(context, 1, NUMBER_MAX);
    if (digits[0] < '1' || digits[0] > '9' || strspn(digits, "0123456789") != strlen(digits))
        return;
    for (const char *c = digits; *c && first < NUMBER_MAX; c++)
        first = first * 10 + (*c - '0');
    for (int64_t width = 1; first < NUMBER_MAX; first *= 10, width *= 10)
        each(context, first, first + width - 1);
}

/* --- Boards --- */

static enum hf_err on_board(void *context, const struct hf_board *board)
{
    char note[HF_NAME_MAX + 8];
    snprintf(note, sizeof note, board->pool[0] ? "pool %s" : "", board->pool);
    if (!board->retired_ms)
        offer(context, board->name, note);
    return HF_ERR_OK;
}

static enum hf_err on_pool(void *context, const struct hf_board *board)
{
    if (!board->retired_ms)
        offer(context, board->pool, "");
    return HF_ERR_OK;
}

static void offer_each(struct offers *offers, const char *words)
{
    char word[HF_NAME_MAX + 1];
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (hf_str_copy(word, sizeof word, (struct hf_str){at, len}))
            offer(offers, word, "");
        at += len;
    }
}

static enum hf_err on_labels(void *context, const struct hf_board *board)
{
    if (!board->retired_ms)
        offer_each(context, board->facts.labels);
    return HF_ERR_OK;
}

static enum hf_err on_handlers(void *context, const struct hf_board *board)
{
    if (!board->retired_ms)
        offer_each(context, board->facts.handlers);
    return HF_ERR_OK;
}

static void boards(struct offers *offers)
{
    (void)hf_boards_list(offers->ledger, on_board, offers, NULL);
}

static void pools(struct offers *offers)
{
    (void)hf_boards_list(offers->ledger, on_pool, offers, NULL);
    offer_words_of_jobs(offers, HF_WORDS_POOL);
}

static void labels(struct offers *offers)
{
    (void)hf_boards_list(offers->ledger, on_labels, offers, NULL);
}

static void handlers(struct offers *offers)
{
    (void)hf_boards_list(offers->ledger, on_handlers, offers, NULL);
    offer_words_of_jobs(offers, HF_WORDS_HANDLER);
}

/* --- Jobs and tasks --- */

struct job_range {
    struct offers *offers;
    int64_t first;
    const char *behind; /* the number */
};

static enum hf_err on_job(void *context, const struct hf_job *job)
{
    const struct job_range *range = context;
    char word[32], note[HF_NAME_MAX + HF_JOB_NAME_MAX + HF_OUT_SHORT + 8], when[HF_OUT_SHORT];
    if (job->number < range->first || !has_room(range->offers))
        return HF_ERR_NOT_FOUND;
    hf_out_time(when, job->created_ms / 1000);
    snprintf(word, sizeof word, "%" PRId64 "%s", job->number, range->behind);
    snprintf(note, sizeof note, "%s %s%s%s", when, job->handler, job->name[0] ? " " : "",
             job->name);
    offer(range->offers, word, is_fit(range->offers, word) && !strpbrk(note, "\t\n") ? note : "");
    return HF_ERR_OK;
}

/* The newest of it first. */
static void jobs_of(struct offers *offers, const char *behind, int64_t first, int64_t last)
{
    struct job_range range = {.offers = offers, .first = first, .behind = behind};
    const struct hf_jobs_filter filter = {.before = last + 1, .limit = HF_KNOWN_MAX};
    (void)hf_jobs_list(offers->ledger, &filter, on_job, &range, NULL);
}

static void job_range(void *context, int64_t first, int64_t last)
{
    jobs_of(context, "", first, last);
}

static void job_range_of_tasks(void *context, int64_t first, int64_t last)
{
    jobs_of(context, "/", first, last);
}

static void jobs(struct offers *offers)
{
    if (offers->to)
        each_range(offers->typed, job_range, offers);
    offer_words(offers, HF_WORDS_JOB_NAME);
    offer_ids(offers, HF_WORDS_JOB_ID);
}

static bool offer_named_job(void *context, const char *name)
{
    char word[HF_JOB_NAME_MAX + 2];
    snprintf(word, sizeof word, "%s/", name);
    offer(context, word, "");
    return has_room(context);
}

struct task_range {
    struct offers *offers;
    int64_t job, last;
    int prefix; /* of what was typed: the job and the slash */
};

static enum hf_err on_task(void *context, const struct hf_entry *task)
{
    const struct task_range *range = context;
    char word[HF_TARGET_MAX + 1];
    if (task->seq > range->last || !has_room(range->offers))
        return HF_ERR_NOT_FOUND;
    snprintf(word, sizeof word, "%.*s%" PRId64, range->prefix, range->offers->typed, task->seq);
    offer(range->offers, word, hf_state_text(task->state));
    return HF_ERR_OK;
}

static void tasks_of_range(void *context, int64_t first, int64_t last)
{
    struct task_range *range = context;
    const struct hf_tasks_filter filter = {
        .job = range->job, .after = {range->job, first - 1}, .limit = HF_KNOWN_MAX};
    range->last = last;
    (void)hf_tasks_list(range->offers->ledger, &filter, on_task, range, NULL);
}

static void tasks_of_job(struct offers *offers, const char *slash)
{
    char text[HF_TARGET_MAX + 1];
    struct hf_job job;
    struct hf_str before = {offers->typed, (size_t)(slash - offers->typed)};
    if (!hf_str_copy(text, sizeof text, before) ||
        hf_jobs_find(offers->ledger, text, &job, NULL) != HF_ERR_OK)
        return;
    struct task_range range = {.offers = offers, .job = job.number, .prefix = (int)before.len + 1};
    each_range(slash + 1, tasks_of_range, &range);
}

static void tasks(struct offers *offers)
{
    const char *slash = strrchr(offers->typed, '/');
    if (slash) {
        tasks_of_job(offers, slash);
        return;
    }
    each_range(offers->typed, job_range_of_tasks, offers);
    (void)hf_words_list(offers->ledger, HF_WORDS_JOB_NAME, offers->typed, offer_named_job, offers,
                        NULL);
    offer_ids(offers, HF_WORDS_TASK_ID);
}

static enum hf_err on_schedule(void *context, const struct hf_schedule *schedule)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, schedule->number);
    offer(context, number, schedule->rule[0] ? schedule->rule : "once");
    offer(context, schedule->name, schedule->rule[0] ? schedule->rule : "once");
    return has_room(context) ? HF_ERR_OK : HF_ERR_NOT_FOUND;
}

static void schedules(struct offers *offers)
{
    (void)hf_schedules_list(offers->ledger, on_schedule, offers, NULL);
}

/* --- Words that never change --- */

static void states(struct offers *offers)
{
    for (int i = 0; i < HF_STATE_COUNT; i++)
        offer(offers, hf_state_text((enum hf_state)i), "");
}

static void presets(struct offers *offers)
{
    for (const struct hf_deploy_machine *m = hf_deploy_machines; m->machine; m++)
        offer(offers, m->board, m->machine);
}

static const struct kind {
    const char *name;
    void (*print)(struct offers *offers);
    bool needs_ledger;
} kinds[] = {
    {"STATE", states, false},      {"PRESET", presets, false}, {"BOARD", boards, true},
    {"NAME", boards, true},        {"POOL", pools, true},      {"LABEL", labels, true},
    {"HANDLER", handlers, true},   {"JOB", jobs, true},        {"TASK", tasks, true},
    {"SCHEDULE", schedules, true},
};

static bool open_ledger(struct offers *offers)
{
    struct hf_home home;
    char path[HF_PATH_MAX + 1];
    if (hf_home_find(&home, NULL) != HF_ERR_OK)
        return false;
    hf_home_path(&home, HF_HOME_LEDGER, "", path);
    return hf_ledger_open_to_look(path, &offers->ledger, NULL) == HF_ERR_OK;
}

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    return NULL;
}

void hf_known_print(void *context, const char *kind, const char *typed, FILE *to)
{
    (void)context;
    struct offers offers = {.typed = typed, .to = to};
    const struct kind *found = find_kind(kind);
    if (found && (!found->needs_ledger || open_ledger(&offers)))
        found->print(&offers);
    hf_ledger_close(offers.ledger);
}

static bool find_near(struct hf_ledger *ledger, const char *kind, const char *typed,
                      char out[HF_GUESS_WORD_MAX + 1])
{
    struct offers offers = {.ledger = ledger, .typed = "", .guess = {.typed = typed}};
    const struct kind *found = find_kind(kind);
    if (found)
        found->print(&offers);
    memcpy(out, offers.nearest, sizeof offers.nearest);
    return offers.guess.best && offers.guess.distance > 0;
}

enum hf_err hf_known_suggest(struct hf_ledger *ledger, const char *kind, const char *typed,
                             struct hf_fault *fault)
{
    char near[HF_GUESS_WORD_MAX + 1];
    if (find_near(ledger, kind, typed, near))
        hf_fault_set(fault, fault->err, fault->raw, "%s; did you mean %s?", fault->text, near);
    return fault->err;
}

void hf_known_hint(struct hf_ledger *ledger, const char *kind, const char *option,
                   const char *typed)
{
    char near[HF_GUESS_WORD_MAX + 1];
    if (typed && find_near(ledger, kind, typed, near))
        fprintf(stderr, "--%s %.60s: did you mean %s?\n", option, typed, near);
}
