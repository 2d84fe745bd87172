#include "same.h"
#include "wire/event.h"
#include "wire/number.h"
#include "wire/result.h"
#include "wire/task.h"

#include <stdlib.h>
#include <string.h>

static enum hf_err decode(const char *body, struct hf_event *event, struct hf_fault *fault)
{
    return hf_event_decode(body, strlen(body), event, fault);
}

static void assert_refused(const char *body, enum hf_err err, const char *why)
{
    struct hf_event event;
    struct hf_event zero;
    struct hf_fault fault = {0};
    memset(&zero, 0, sizeof zero);
    assert_int_equal(decode(body, &event, &fault), err);
    assert_memory_equal(&event, &zero, sizeof zero);
    if (!strstr(fault.text, why))
        fail_msg("%s: got \"%s\", wanted \"%s\"", body, fault.text, why);
}

static struct hf_event presence(void)
{
    struct hf_event event;
    memset(&event, 0, sizeof event);
    event.kind = HF_EVENT_PRESENCE;
    struct hf_presence facts = {.version = "0.1.0",
                                .board = "generic-x86_64",
                                .state = "busy",
                                .task = "t-1",
                                .uptime_s = INT64_C(1000000000000000),
                                .rss_kb = 380,
                                .done = HF_NUMBER_EXACT_MAX,
                                .failed = 2,
                                .reconnects = 1};
    event.presence = facts;
    return event;
}

static struct hf_event progress(void)
{
    struct hf_event event;
    memset(&event, 0, sizeof event);
    event.kind = HF_EVENT_PROGRESS;
    struct hf_progress facts = {.task = "t-1", .attempt = 2, .percent = 40, .note = "4 of 10"};
    event.progress = facts;
    return event;
}

static void assert_round_trip(const struct hf_event *event)
{
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    struct hf_event back;
    assert_int_equal(hf_event_encode(event, body, sizeof body, &len), HF_ERR_OK);
    assert_int_equal(len, strlen(body));
    assert_int_equal(hf_event_decode(body, len, &back, NULL), HF_ERR_OK);
    assert_int_equal(back.kind, event->kind);
    switch (event->kind) {
    case HF_EVENT_PRESENCE: assert_same_presence(&event->presence, &back.presence); break;
    case HF_EVENT_PROGRESS: assert_same_progress(&event->progress, &back.progress); break;
    case HF_EVENT_FACTS: assert_same_facts(&event->facts, &back.facts); break;
    case HF_EVENT_LOG: assert_same_log(&event->log, &back.log); break;
    case HF_EVENT_ANSWER: assert_same_answer(&event->answer, &back.answer); break;
    }
}

static void a_presence_reads_back_with_large_round_numbers(void **state)
{
    (void)state;
    struct hf_event event = presence();
    assert_round_trip(&event);
}

static void a_progress_reads_back(void **state)
{
    (void)state;
    struct hf_event event = progress();
    assert_round_trip(&event);
}

/* As large as facts can be. */
static void fill_facts(struct hf_event *event)
{
    char word[HF_NAME_MAX + 1] = "";
    memset(word, 'x', HF_NAME_MAX);
    memset(event, 0, sizeof *event);
    event->kind = HF_EVENT_FACTS;
    struct hf_facts *board = &event->facts;
    while (hf_event_add_word(board->labels, sizeof board->labels, HF_LABELS_MAX, word))
        continue;
    while (hf_event_add_word(board->handlers, sizeof board->handlers, HF_HANDLERS_MAX, word))
        continue;
    while (hf_event_add_word(board->limits, sizeof board->limits, HF_GUARDS_MAX, word))
        continue;
    assert_int_equal(strlen(board->handlers), HF_HANDLERS_MAX * (HF_NAME_MAX + 1) - 1);
    memset(board->version, '"', HF_VERSION_MAX);
    memset(board->board, 'x', HF_NAME_MAX);
    memset(board->arch, '"', HF_NAME_MAX);
    memset(board->kernel, '"', HF_KERNEL_MAX);
    board->cores = (struct hf_gauge){true, HF_NUMBER_EXACT_MAX};
    board->memory_kb = (struct hf_gauge){true, HF_NUMBER_EXACT_MAX};
    board->handlers_more = HF_NUMBER_EXACT_MAX;
}

static void the_largest_event_fits_the_limit(void **state)
{
    (void)state;
    struct hf_event event = progress();
    memset(event.progress.task, 'x', HF_ID_MAX);
    memset(event.progress.note, '"', HF_EVENT_NOTE_MAX);
    assert_round_trip(&event);
    event = presence();
    memset(event.presence.version, '\\', HF_VERSION_MAX);
    memset(event.presence.board, 'x', HF_NAME_MAX);
    memset(event.presence.task, 'x', HF_ID_MAX);
    assert_round_trip(&event);
    fill_facts(&event);
    assert_round_trip(&event);
}

static void the_json_is_what_the_specification_shows(void **state)
{
    (void)state;
    struct hf_event event = progress();
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    assert_string_equal(body, "{\"event\":\"progress\",\"task\":\"t-1\",\"attempt\":2,"
                              "\"percent\":40,\"note\":\"4 of 10\"}");
}

static void room_that_is_too_small_is_an_error_and_not_overrun(void **state)
{
    (void)state;
    struct hf_event event = progress();
    for (size_t size = 0; size < 40; size++) {
        char *body = malloc(size ? size : 1);
        assert_non_null(body);
        size_t len = 99;
        assert_int_equal(hf_event_encode(&event, body, size, &len), HF_ERR_TOO_LARGE);
        assert_int_equal(len, 99);
        free(body);
    }
}

static void a_note_of_foreign_bytes_still_gives_json(void **state)
{
    (void)state;
    struct hf_event event = progress();
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    memcpy(event.progress.note,
           "\xFF\x1B"
           "x",
           4);
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    assert_int_equal(hf_event_decode(body, len, &event, NULL), HF_ERR_OK);
    assert_string_equal(event.progress.note, "??x");
}

static void a_number_out_of_range_is_not_sent(void **state)
{
    (void)state;
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    struct hf_event event = progress();
    event.progress.percent = 101;
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_INVALID);
    event = presence();
    event.presence.rss_kb = -1;
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_INVALID);
}

static void a_presence_needs_only_its_state(void **state)
{
    (void)state;
    struct hf_event event;
    assert_int_equal(decode("{\"event\":\"presence\",\"state\":\"idle\"}", &event, NULL),
                     HF_ERR_OK);
    assert_string_equal(event.presence.state, "idle");
    assert_string_equal(event.presence.task, "");
    assert_true(event.presence.rss_kb == 0);
}

static void the_state_and_fields_of_a_newer_board_are_taken(void **state)
{
    (void)state;
    struct hf_event event;
    assert_int_equal(
        decode("{\"event\":\"presence\",\"state\":\"updating\",\"new\":{\"x\":[1]}}", &event, NULL),
        HF_ERR_OK);
    assert_string_equal(event.presence.state, "updating");
}

static void an_event_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_refused("", HF_ERR_MALFORMED, "empty");
    assert_refused("[]", HF_ERR_MALFORMED, "object");
    assert_refused("{}", HF_ERR_MISSING, "event");
    assert_refused("{\"event\":\"party\"}", HF_ERR_INVALID, "party");
    assert_refused("{\"event\":1}", HF_ERR_INVALID, "1");
    assert_refused("{\"event\":\"presence\",\"event\":\"progress\"}", HF_ERR_MALFORMED, "twice");
}

static void fields_out_of_form_are_refused_by_name(void **state)
{
    (void)state;
    assert_refused("{\"event\":\"presence\"}", HF_ERR_MISSING, "state");
    assert_refused("{\"event\":\"presence\",\"state\":\"\"}", HF_ERR_INVALID, "state");
    assert_refused("{\"event\":\"presence\",\"state\":\"a b\"}", HF_ERR_INVALID, "state");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"done\":-1}", HF_ERR_INVALID,
                   "done");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"done\":1.5}", HF_ERR_INVALID,
                   "done");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"done\":9007199254740992}",
                   HF_ERR_INVALID, "done");
    assert_refused("{\"event\":\"presence\",\"state\":\"idle\",\"board\":\"../x\"}", HF_ERR_INVALID,
                   "board");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":1}", HF_ERR_MISSING,
                   "percent");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":0,\"percent\":1}",
                   HF_ERR_INVALID, "attempt");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":1,\"percent\":101}",
                   HF_ERR_INVALID, "percent");
    assert_refused("{\"event\":\"progress\",\"task\":\"t\",\"attempt\":1,\"percent\":1,\"note\":1}",
                   HF_ERR_INVALID, "note");
}

static void an_event_over_the_limit_is_refused_unread(void **state)
{
    (void)state;
    char body[HF_EVENT_BODY_MAX + 2];
    memset(body, ' ', sizeof body);
    body[HF_EVENT_BODY_MAX + 1] = '\0';
    assert_refused(body, HF_ERR_TOO_LARGE, "4097");
}

static struct hf_event facts(void)
{
    struct hf_event event;
    memset(&event, 0, sizeof event);
    event.kind = HF_EVENT_FACTS;
    struct hf_facts board = {.version = "0.1.0",
                             .board = "raspberry-pi-2",
                             .arch = "armv7l",
                             .kernel = "6.1.0-37-rpi",
                             .cores = {true, 4},
                             .memory_kb = {true, 998000},
                             .labels = "camera site=north",
                             .handlers = "echo sha256 Resize_2.py",
                             .limits = "rlimit"};
    event.facts = board;
    return event;
}

static void facts_read_back(void **state)
{
    (void)state;
    struct hf_event event = facts();
    assert_round_trip(&event);
}

static void lists_are_arrays_in_json_and_left_out_when_empty(void **state)
{
    (void)state;
    struct hf_event event;
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    memset(&event, 0, sizeof event);
    event.kind = HF_EVENT_FACTS;
    event.facts.cores = (struct hf_gauge){true, 1};
    assert_true(hf_event_add_word(event.facts.handlers, sizeof event.facts.handlers,
                                  HF_HANDLERS_MAX, "echo"));
    assert_true(hf_event_add_word(event.facts.handlers, sizeof event.facts.handlers,
                                  HF_HANDLERS_MAX, "sleep"));
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    assert_string_equal(body, "{\"event\":\"facts\",\"cores\":1,"
                              "\"handlers\":[\"echo\",\"sleep\"],\"handlers_more\":0}");
}

static void lists_of_something_else_or_of_too_much_are_refused(void **state)
{
    (void)state;
    assert_refused("{\"event\":\"facts\",\"labels\":\"camera\"}", HF_ERR_INVALID, "labels");
    assert_refused("{\"event\":\"facts\",\"labels\":[1]}", HF_ERR_INVALID, "labels");
    assert_refused("{\"event\":\"facts\",\"labels\":[\"a b\"]}", HF_ERR_INVALID, "labels");
    assert_refused("{\"event\":\"facts\",\"handlers\":[\"../x\"]}", HF_ERR_INVALID, "handlers");
    assert_refused("{\"event\":\"facts\",\"limits\":"
                   "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}",
                   HF_ERR_INVALID, "at most 8");
}

static void a_log_piece_keeps_its_lines(void **state)
{
    (void)state;
    struct hf_event event;
    memset(&event, 0, sizeof event);
    event.kind = HF_EVENT_LOG;
    struct hf_log_piece piece = {
        .task = "t-1", .attempt = 1, .skipped_bytes = 70, .text = "one\n\ttwo \"three\"\n"};
    event.log = piece;
    assert_round_trip(&event);
    memset(event.log.text, '\n', HF_EVENT_LOG_MAX);
    memset(event.log.task, 'x', HF_ID_MAX);
    assert_round_trip(&event);
}

static void an_answer_names_its_command_even_if_that_had_no_id(void **state)
{
    (void)state;
    struct hf_event event;
    hf_event_answer(&event, "c-1", true, "");
    assert_round_trip(&event);
    assert_string_equal(event.answer.id, "c-1");
    hf_event_answer(&event, "", false, "no such command");
    assert_round_trip(&event);
    assert_string_equal(event.answer.id, HF_ID_UNREADABLE);
}

static void the_text_of_an_answer_is_cut_between_characters(void **state)
{
    (void)state;
    struct hf_event event;
    char text[HF_FAULT_TEXT_MAX + 8];
    memset(text, 'x', sizeof text);
    memcpy(text + HF_FAULT_TEXT_MAX - 1, "\xC3\xA4", 3);
    hf_event_answer(&event, "c-1", false, text);
    assert_int_equal(strlen(event.answer.text), HF_FAULT_TEXT_MAX - 1);
    assert_round_trip(&event);
}

static void a_reading_that_is_not_there_is_not_sent_and_zero_is(void **state)
{
    (void)state;
    struct hf_event event = presence();
    char body[HF_EVENT_BODY_MAX + 1];
    size_t len = 0;
    event.presence.temperature_mc = (struct hf_gauge){true, 0};
    assert_int_equal(hf_event_encode(&event, body, sizeof body, &len), HF_ERR_OK);
    assert_non_null(strstr(body, "\"temperature_mc\":0"));
    assert_null(strstr(body, "throttled"));
    assert_round_trip(&event);
}

static void a_board_below_freezing_may_say_so(void **state)
{
    (void)state;
    struct hf_event event = presence();
    event.presence.temperature_mc = (struct hf_gauge){true, -21500};
    event.presence.load_milli = (struct hf_gauge){true, 1230};
    event.presence.memory_kb = (struct hf_gauge){true, 998000};
    event.presence.memory_free_kb = (struct hf_gauge){true, 800000};
    event.presence.disk_free_kb = (struct hf_gauge){true, 0};
    event.presence.machine_uptime_s = (struct hf_gauge){true, 77};
    event.presence.throttled = (struct hf_gauge){true, HF_THROTTLED_MAX};
    memcpy(event.presence.tls, "TLSv1.3", 8);
    event.presence.handshake_ms = 9;
    event.presence.slots = 2;
    event.presence.busy = 1;
    event.presence.stored = 3;
    event.presence.time_wanted = true;
    assert_round_trip(&event);
}

static void a_list_takes_words_up_to_its_number_and_its_room(void **state)
{
    (void)state;
    char words[8] = "";
    assert_false(hf_event_add_word(words, sizeof words, 3, ""));
    assert_false(hf_event_add_word(words, sizeof words, 3, "a b"));
    assert_false(hf_event_add_word(words, sizeof words, 3, "12345678"));
    assert_string_equal(words, "");
    assert_true(hf_event_add_word(words, sizeof words, 3, "abc"));
    assert_false(hf_event_add_word(words, sizeof words, 3, "wxyz"));
    assert_true(hf_event_add_word(words, sizeof words, 3, "d"));
    assert_true(hf_event_add_word(words, sizeof words, 3, "e"));
    assert_string_equal(words, "abc d e");
    assert_false(hf_event_add_word(words, sizeof words, 3, "f"));
    words[5] = '\0';
    assert_false(hf_event_add_word(words, sizeof words, 2, "e"));
    assert_string_equal(words, "abc d");
}

static void the_key_of_an_event_is_its_name_and_the_board(void **state)
{
    (void)state;
    char route[HF_ROUTE_MAX + 1];
    hf_event_route(route, HF_EVENT_PRESENCE, "board-01");
    assert_string_equal(route, "presence.board-01");
    hf_event_route(route, HF_EVENT_ANSWER, "board-01");
    assert_string_equal(route, "answer.board-01");
    assert_string_equal(hf_event_text(HF_EVENT_LOG), "log");
    assert_null(hf_event_text((enum hf_event_kind)99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_presence_reads_back_with_large_round_numbers),
        cmocka_unit_test(a_progress_reads_back),
        cmocka_unit_test(the_largest_event_fits_the_limit),
        cmocka_unit_test(the_json_is_what_the_specification_shows),
        cmocka_unit_test(room_that_is_too_small_is_an_error_and_not_overrun),
        cmocka_unit_test(a_note_of_foreign_bytes_still_gives_json),
        cmocka_unit_test(a_number_out_of_range_is_not_sent),
        cmocka_unit_test(a_presence_needs_only_its_state),
        cmocka_unit_test(the_state_and_fields_of_a_newer_board_are_taken),
        cmocka_unit_test(an_event_that_is_none_is_refused),
        cmocka_unit_test(fields_out_of_form_are_refused_by_name),
        cmocka_unit_test(an_event_over_the_limit_is_refused_unread),
        cmocka_unit_test(facts_read_back),
        cmocka_unit_test(lists_are_arrays_in_json_and_left_out_when_empty),
        cmocka_unit_test(lists_of_something_else_or_of_too_much_are_refused),
        cmocka_unit_test(a_log_piece_keeps_its_lines),
        cmocka_unit_test(an_answer_names_its_command_even_if_that_had_no_id),
        cmocka_unit_test(the_text_of_an_answer_is_cut_between_characters),
        cmocka_unit_test(a_reading_that_is_not_there_is_not_sent_and_zero_is),
        cmocka_unit_test(a_board_below_freezing_may_say_so),
        cmocka_unit_test(a_list_takes_words_up_to_its_number_and_its_room),
        cmocka_unit_test(the_key_of_an_event_is_its_name_and_the_board),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
