#include "fixture.h"
#include "ledger/boards.h"
#include "ledger/events.h"

#define LIST_MAX 64

static struct hf_board get(struct fixture *f, const char *name)
{
    struct hf_board board;
    assert_ok(f, hf_boards_get(f->ledger, name, &board, &f->fault));
    return board;
}

static struct hf_event presence_of(const char *state, const char *task)
{
    struct hf_event event = {.kind = HF_EVENT_PRESENCE};
    snprintf(event.presence.version, sizeof event.presence.version, "1.2.3");
    snprintf(event.presence.board, sizeof event.presence.board, "generic");
    snprintf(event.presence.state, sizeof event.presence.state, "%s", state);
    snprintf(event.presence.task, sizeof event.presence.task, "%s", task);
    event.presence.slots = 1;
    event.presence.temperature_mc = (struct hf_gauge){true, 48500};
    return event;
}

static void what_a_board_said_last_is_kept(void **state)
{
    struct fixture *f = *state;
    struct hf_event busy = presence_of("busy", "task-a");
    struct hf_event facts = {.kind = HF_EVENT_FACTS};
    snprintf(facts.facts.version, sizeof facts.facts.version, "1.2.3");
    snprintf(facts.facts.board, sizeof facts.facts.board, "generic");
    snprintf(facts.facts.arch, sizeof facts.facts.arch, "armv6l");
    assert_true(hf_event_add_word(facts.facts.handlers, sizeof facts.facts.handlers,
                                  HF_HANDLERS_MAX, "echo"));
    assert_ok(f, hf_boards_enrolled(f->ledger, "kitchen", "fast", NOW, &f->fault));
    assert_ok(f, hf_boards_heard(f->ledger, "kitchen", &busy, NOW + 5, &f->fault));
    assert_ok(f, hf_boards_heard(f->ledger, "kitchen", &facts, NOW + 6, &f->fault));
    fixture_reopen(f);
    struct hf_board board = get(f, "kitchen");
    assert_string_equal(board.pool, "fast");
    assert_int_equal(board.enrolled_ms, NOW);
    assert_int_equal(board.seen_ms, NOW + 6);
    assert_string_equal(board.state, "busy");
    assert_string_equal(board.task, "task-a");
    assert_int_equal(board.presence_ms, NOW + 5);
    assert_int_equal(board.presence.temperature_mc.value, 48500);
    assert_int_equal(board.facts_ms, NOW + 6);
    assert_string_equal(board.facts.arch, "armv6l");
    assert_string_equal(board.facts.handlers, "echo");
}

static void a_board_nobody_enrolled_gets_a_row_that_says_so(void **state)
{
    struct fixture *f = *state;
    struct hf_event idle = presence_of("idle", "");
    struct hf_board board;
    assert_int_equal(hf_boards_get(f->ledger, "rogue", &board, &f->fault), HF_ERR_NOT_FOUND);
    assert_ok(f, hf_boards_heard(f->ledger, "rogue", &idle, NOW, &f->fault));
    board = get(f, "rogue");
    assert_int_equal(board.enrolled_ms, 0);
    assert_int_equal(hf_boards_retired(f->ledger, "nobody", NOW, &f->fault), HF_ERR_NOT_FOUND);
    assert_ok(f, hf_boards_retired(f->ledger, "rogue", NOW + 1, &f->fault));
    assert_int_equal(get(f, "rogue").retired_ms, NOW + 1);
    assert_ok(f, hf_boards_enrolled(f->ledger, "rogue", "default", NOW + 2, &f->fault));
    assert_int_equal(get(f, "rogue").retired_ms, 0);
}

static void a_board_is_missed_once_until_it_is_heard_again(void **state)
{
    struct fixture *f = *state;
    struct hf_event idle = presence_of("idle", "");
    bool moved = true;
    assert_ok(f, hf_boards_heard(f->ledger, "kitchen", &idle, NOW, &f->fault));
    assert_ok(f, hf_boards_lost(f->ledger, "kitchen", NOW - 1, NOW, &moved, &f->fault));
    assert_false(moved); /* it was heard later than that */
    assert_ok(f, hf_boards_lost(f->ledger, "kitchen", NOW, NOW + 90, &moved, &f->fault));
    assert_true(moved);
    assert_ok(f, hf_boards_lost(f->ledger, "kitchen", NOW, NOW + 99, &moved, &f->fault));
    assert_false(moved);
    assert_int_equal(get(f, "kitchen").lost_ms, NOW + 90);
    assert_ok(f, hf_boards_heard(f->ledger, "kitchen", &idle, NOW + 100, &f->fault));
    assert_int_equal(get(f, "kitchen").lost_ms, 0);
}

static void its_results_are_counted(void **state)
{
    struct fixture *f = *state;
    struct hf_job job = fixture_job(f, "job-a");
    assert_ok(f, hf_boards_enrolled(f->ledger, "board-01", "default", NOW, &f->fault));
    fixture_task(f, &job, 1, "a1");
    fixture_task(f, &job, 2, "a2");
    fixture_report(f, "a1", HF_STATUS_DONE, 1);
    fixture_report(f, "a1", HF_STATUS_DONE, 1); /* a duplicate counts for nobody */
    fixture_report(f, "a2", HF_STATUS_FAILED, 1);
    struct hf_board board = get(f, "board-01");
    assert_int_equal(board.done, 1);
    assert_int_equal(board.failed, 1);
    assert_int_equal(board.seen_ms, NOW + 1000);
}

/* `list` has room for LIST_MAX bytes. */
static void append(char *list, const char *text)
{
    const size_t len = strlen(list);
    (void)snprintf(list + len, LIST_MAX - len, "%s", text);
}

static enum hf_err append_name(void *context, const struct hf_board *board)
{
    append(context, board->name);
    return HF_ERR_OK;
}

static void boards_are_listed_by_name(void **state)
{
    struct fixture *f = *state;
    char names[LIST_MAX] = "";
    assert_ok(f, hf_boards_enrolled(f->ledger, "b", "default", NOW, &f->fault));
    assert_ok(f, hf_boards_enrolled(f->ledger, "c", "default", NOW, &f->fault));
    assert_ok(f, hf_boards_enrolled(f->ledger, "a", "default", NOW, &f->fault));
    assert_ok(f, hf_boards_list(f->ledger, append_name, names, &f->fault));
    assert_string_equal(names, "abc");
}

static enum hf_err append_text(void *context, const struct hf_happening *happening)
{
    append(context, happening->text);
    return HF_ERR_OK;
}

static void events_are_listed_by_board_by_task_and_from_a_place_on(void **state)
{
    struct fixture *f = *state;
    char texts[LIST_MAX] = "";
    int64_t newest = 0;
    static const struct hf_happening events[] = {
        {.at_ms = NOW, .kind = "board-lost", .board = "kitchen", .text = "1"},
        {.at_ms = NOW, .kind = "log", .board = "kitchen", .task = "t", .text = "2"},
        {.at_ms = NOW, .kind = "log", .board = "attic", .task = "t", .text = "3"},
        {.at_ms = NOW, .kind = "job-ended", .job = 7, .text = "4"},
    };
    for (size_t i = 0; i < 4; i++) {
        struct hf_happening event = events[i];
        assert_ok(f, hf_events_add(f->ledger, &event, &f->fault));
        assert_int_equal(event.number, i + 1);
    }
    struct hf_events_filter filters[] = {
        {.limit = 9},
        {.limit = 9, .newest_first = true},
        {.limit = 9, .board = "kitchen"},
        {.limit = 9, .board = "kitchen", .newest_first = true},
        {.limit = 9, .task = "t"},
        {.limit = 1, .task = "t", .newest_first = true},
        {.limit = 9, .after = 2},
        {.limit = 9, .after = 3, .newest_first = true},
    };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        assert_ok(f, hf_events_list(f->ledger, &filters[i], append_text, texts, &f->fault));
        append(texts, " ");
    }
    assert_string_equal(texts, "1234 4321 12 21 23 3 34 21 ");
    assert_ok(f, hf_events_newest(f->ledger, &newest, &f->fault));
    assert_int_equal(newest, 4);
}

static void the_oldest_events_go(void **state)
{
    struct fixture *f = *state;
    struct hf_happening event = {.at_ms = NOW, .kind = "log", .text = "x"};
    char texts[LIST_MAX] = "";
    struct hf_events_filter first = {.limit = 1};
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    for (int i = 0; i < HF_HAPPENINGS_MAX + 5; i++)
        assert_ok(f, hf_events_add(f->ledger, &event, &f->fault));
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    first.after = 4;
    assert_ok(f, hf_events_list(f->ledger, &first, append_text, texts, &f->fault));
    assert_string_equal(texts, "x");
    assert_int_equal(event.number, HF_HAPPENINGS_MAX + 5);
}

static enum hf_err count_board(void *context, const struct hf_board *board)
{
    (void)board;
    ++*(int *)context;
    return HF_ERR_OK;
}

static void of_boards_that_nobody_enrolled_those_heard_last_stay(void **state)
{
    struct fixture *f = *state;
    const struct hf_event event = presence_of("idle", "");
    struct hf_board board;
    int count = 0;
    assert_ok(f, hf_boards_enrolled(f->ledger, "kitchen", "fast", NOW, &f->fault));
    assert_ok(f, hf_ledger_begin(f->ledger, &f->fault));
    assert_ok(f, hf_boards_heard(f->ledger, "kitchen", &event, NOW, &f->fault));
    for (int i = 1; i <= HF_BOARDS_STRANGERS_MAX + 5; i++) {
        char name[24];
        snprintf(name, sizeof name, "stranger-%d", i);
        assert_ok(f, hf_boards_heard(f->ledger, name, &event, NOW + i, &f->fault));
    }
    assert_ok(f, hf_ledger_commit(f->ledger, &f->fault));
    assert_ok(f, hf_boards_list(f->ledger, count_board, &count, &f->fault));
    assert_int_equal(count, 1 + HF_BOARDS_STRANGERS_MAX);
    assert_int_equal(get(f, "kitchen").seen_ms, NOW);
    assert_int_equal(hf_boards_get(f->ledger, "stranger-5", &board, &f->fault), HF_ERR_NOT_FOUND);
    assert_string_equal(get(f, "stranger-6").state, "idle");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_a_board_said_last_is_kept),
        TEST(a_board_nobody_enrolled_gets_a_row_that_says_so),
        TEST(a_board_is_missed_once_until_it_is_heard_again),
        TEST(its_results_are_counted),
        TEST(boards_are_listed_by_name),
        TEST(events_are_listed_by_board_by_task_and_from_a_place_on),
        TEST(the_oldest_events_go),
        TEST(of_boards_that_nobody_enrolled_those_heard_last_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
