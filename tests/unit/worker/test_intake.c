/* A delivery on its way in, given as the session gives it, and what became of it. */
#include "folder.h"
#include "wire/task.h"
#include "worker/disk.h"
#include "worker/intake.h"

#include <string.h>

#define NOW_MS INT64_C(1800000000000)

static struct hf_config config;
static struct hf_intake intake;

static int set_up(void **state)
{
    memset(&config, 0, sizeof config);
    (void)snprintf(config.default_handler, sizeof config.default_handler, "echo");
    (void)snprintf(config.require_sender, sizeof config.require_sender, "manager");
    config.max_payload_bytes = 100000;
    config.consumer_timeout_s = 7200;
    hf_intake_init(&intake);
    if (folder_make(state) != 0)
        return -1;
    (void)snprintf(config.state, sizeof config.state, "%s", folder);
    return 0;
}

static int tear_down(void **state)
{
    hf_intake_clear(&intake);
    return folder_delete(state);
}

static struct hf_envelope task_envelope(void)
{
    return (struct hf_envelope){.message_id = hf_str("task-1"),
                                .correlation_id = hf_str("job-1"),
                                .type = hf_str("sha256"),
                                .user_id = hf_str("manager")};
}

/* What a pika tutorial publishes. */
static struct hf_envelope plain_envelope(void)
{
    return (struct hf_envelope){.user_id = hf_str("manager"), .persistent = true};
}

static void begin(const struct hf_envelope *envelope, uint64_t body_size)
{
    const struct hf_session_event event = {.kind = HF_SESSION_DELIVERY,
                                           .tag = 7,
                                           .redelivered = true,
                                           .body_size = body_size,
                                           .envelope = *envelope};
    hf_intake_begin(&intake, &config, &event);
    assert_int_equal(intake.phase, HF_INTAKE_RECEIVING);
}

static void body(const void *data, size_t len)
{
    const struct hf_session_event event = {.kind = HF_SESSION_BODY,
                                           .bytes = {.data = data, .len = len}};
    hf_intake_body(&intake, &event);
}

static void deliver(const struct hf_envelope *envelope, const char *text)
{
    const size_t len = strlen(text);
    begin(envelope, len);
    body(text, len / 2);
    body(text + len / 2, len - len / 2);
    hf_intake_end(&intake, &config, NOW_MS);
    assert_int_equal(intake.phase, HF_INTAKE_COMPLETE);
}

static void check_payload(const char *expected)
{
    char data[1024];
    size_t got = 0;
    assert_int_equal(intake.verdict, HF_STATUS_DONE);
    assert_string_equal(intake.reason, "");
    assert_int_equal(hf_spool_read(&intake.payload, 0, data, sizeof data, &got, NULL), HF_ERR_OK);
    assert_int_equal(got, strlen(expected));
    assert_memory_equal(data, expected, got);
}

/* It will not be run, keeps no body, and says why. */
static void check_turned_down(enum hf_status verdict, const char *words)
{
    if (intake.verdict != verdict || strstr(intake.reason, words) == NULL)
        fail_msg("verdict %d, '%s' instead of '%s'", intake.verdict, intake.reason, words);
    assert_int_equal(intake.payload.fd, -1);
}

static void a_task_is_taken_with_its_facts_and_its_payload(void **state)
{
    (void)state;
    struct hf_envelope envelope = task_envelope();
    assert_true(hf_envelope_add_number(&envelope, "hf-attempt", 3));
    deliver(&envelope, "payload in two pieces");
    check_payload("payload in two pieces");
    assert_int_equal(intake.tag, 7);
    assert_true(intake.redelivered);
    assert_string_equal(intake.task.id, "task-1");
    assert_string_equal(intake.task.job, "job-1");
    assert_string_equal(intake.task.handler, "sha256");
    assert_int_equal(intake.task.attempt, 3);
    assert_false(intake.task.plain);
}

static void an_empty_payload_is_one_too(void **state)
{
    (void)state;
    const struct hf_envelope envelope = task_envelope();
    deliver(&envelope, "");
    check_payload("");
}

static void a_large_payload_goes_to_the_folder_and_nothing_of_it_stays(void **state)
{
    (void)state;
    static char piece[8192];
    const struct hf_envelope envelope = task_envelope();
    const int before = open_descriptors();
    char last = 0;
    size_t got = 0;
    begin(&envelope, 98304);
    for (int i = 0; i < 12; i++) {
        memset(piece, 'a' + i, sizeof piece);
        body(piece, sizeof piece);
    }
    hf_intake_end(&intake, &config, NOW_MS);
    assert_int_equal(intake.verdict, HF_STATUS_DONE);
    assert_int_equal(intake.payload.size_bytes, 98304);
    assert_int_equal(hf_spool_read(&intake.payload, 98303, &last, 1, &got, NULL), HF_ERR_OK);
    assert_int_equal(last, 'a' + 11);
    hf_intake_clear(&intake);
    assert_int_equal(entries_in(folder), 0);
    assert_int_equal(open_descriptors(), before);
}

static void a_payload_over_the_boards_limit_is_refused_before_it_is_kept(void **state)
{
    (void)state;
    const struct hf_envelope envelope = task_envelope();
    begin(&envelope, 100001);
    check_turned_down(HF_STATUS_REFUSED, "100001 bytes, max_payload_bytes of this board allows at "
                                         "most 100000");
    body("ignored", 7);
    hf_intake_end(&intake, &config, NOW_MS);
    check_turned_down(HF_STATUS_REFUSED, "100001");
    assert_string_equal(intake.task.id, "task-1"); /* for the result that says so */
}

static void an_announced_size_that_no_machine_has_is_refused(void **state)
{
    (void)state;
    const struct hf_envelope envelope = task_envelope();
    begin(&envelope, UINT64_MAX);
    check_turned_down(HF_STATUS_REFUSED, "18446744073709551615 bytes");
}

static void a_body_that_the_disk_has_no_room_for_is_not_taken_and_both_numbers_are_said(
    void **state)
{
    (void)state;
    static char large[70000];
    const struct hf_envelope envelope = task_envelope();
    const int64_t room = hf_disk_room(folder);
    char free_mib[32];
    (void)snprintf(config.state, sizeof config.state, "%s", folder);
    config.max_payload_bytes = 512 * 1024 * 1024;
    config.disk_reserve_mb = room / (1024 * 1024) + 1;
    (void)snprintf(free_mib, sizeof free_mib, "of which %d MiB", (int)config.disk_reserve_mb);
    begin(&envelope, sizeof large);
    check_turned_down(HF_STATUS_RETRY, "70000 bytes");
    check_turned_down(HF_STATUS_RETRY, free_mib);
    check_turned_down(HF_STATUS_RETRY, "disk_reserve_mb");
    body(large, sizeof large);
    hf_intake_end(&intake, &config, NOW_MS);
    check_turned_down(HF_STATUS_RETRY, "70000 bytes");
    config.disk_reserve_mb = 0;
    begin(&envelope, sizeof large);
    assert_int_equal(intake.verdict, HF_STATUS_DONE);
}

static void a_body_that_stays_in_memory_needs_no_room_on_the_disk(void **state)
{
    (void)state;
    const struct hf_envelope envelope = task_envelope();
    (void)snprintf(config.state, sizeof config.state, "%s", folder);
    config.disk_reserve_mb = 1048576;
    deliver(&envelope, "small");
    check_payload("small");
}

static void a_folder_that_takes_no_body_gives_the_task_another_day(void **state)
{
    (void)state;
    static char large[70000];
    const struct hf_envelope envelope = task_envelope();
    (void)snprintf(config.state, sizeof config.state, "%s/none", folder);
    begin(&envelope, sizeof large);
    body(large, sizeof large);
    hf_intake_end(&intake, &config, NOW_MS);
    check_turned_down(HF_STATUS_RETRY, "no place for the payload");
}

static void a_field_that_cannot_be_read_is_named(void **state)
{
    (void)state;
    struct hf_envelope envelope = task_envelope();
    assert_true(hf_envelope_add_text(&envelope, "hf-attempt", hf_str("soon")));
    deliver(&envelope, "x");
    check_turned_down(HF_STATUS_REFUSED, "hf-attempt");
    assert_string_equal(intake.task.id, "task-1");
}

static void only_the_sender_that_is_required_is_served(void **state)
{
    (void)state;
    struct hf_envelope envelope = task_envelope();
    envelope.user_id = hf_str("mallory");
    deliver(&envelope, "x");
    check_turned_down(HF_STATUS_REFUSED, "sent by 'mallory', and this board takes the tasks of "
                                         "'manager' only (require_sender)");
    envelope.user_id = hf_str("");
    deliver(&envelope, "x");
    check_turned_down(HF_STATUS_REFUSED, "sent by ''");
    config.require_sender[0] = '\0';
    deliver(&envelope, "x");
    check_payload("x");
}

static void a_task_that_comes_too_late_has_expired(void **state)
{
    (void)state;
    struct hf_envelope envelope = task_envelope();
    assert_true(hf_envelope_add_number(&envelope, "hf-not-after", NOW_MS));
    deliver(&envelope, "x");
    check_payload("x"); /* at the last moment is in time */
    envelope.headers[0].number = NOW_MS - 90001;
    deliver(&envelope, "x");
    check_turned_down(HF_STATUS_EXPIRED, "90 s after its hf-not-after");
}

static void a_task_that_may_run_longer_than_the_broker_waits_is_refused(void **state)
{
    (void)state;
    struct hf_envelope envelope = task_envelope();
    assert_true(hf_envelope_add_number(&envelope, "hf-timeout-ms", 7200000));
    deliver(&envelope, "x");
    check_payload("x");
    envelope.headers[0].number = 7200001;
    deliver(&envelope, "x");
    check_turned_down(HF_STATUS_REFUSED, "consumer_timeout");
}

static void a_task_without_a_handler_gets_the_default_one(void **state)
{
    (void)state;
    struct hf_envelope envelope = task_envelope();
    envelope.type = hf_str("");
    deliver(&envelope, "x");
    assert_string_equal(intake.task.handler, "echo");
}

/* Plain tasks: the body carries everything. */

static void a_plain_task_is_unwrapped(void **state)
{
    (void)state;
    const struct hf_envelope envelope = plain_envelope();
    deliver(&envelope, "{\"task_id\": 42, \"data\": \"hello\", \"type\": \"sha256\"}");
    check_payload("hello");
    assert_true(intake.task.plain);
    assert_string_equal(intake.task.id, "42");
    assert_string_equal(intake.task.handler, "sha256");
    deliver(&envelope, "{\"task_id\": \"a\", \"data\": {\"n\": [1, 2]}}");
    check_payload("{\"n\": [1, 2]}");
    assert_string_equal(intake.task.handler, "echo");
}

static void properties_of_a_plain_task_outlive_the_views_that_they_came_in(void **state)
{
    (void)state;
    char user[] = "manager", job[] = "job-7";
    struct hf_envelope envelope = {.user_id = hf_str(user), .correlation_id = hf_str(job)};
    static const char json[] = "{\"task_id\": 1}";
    begin(&envelope, sizeof json - 1);
    memset(user, 'x', sizeof user - 1);
    memset(job, 'x', sizeof job - 1);
    body(json, sizeof json - 1);
    hf_intake_end(&intake, &config, NOW_MS);
    check_payload("");
    assert_string_equal(intake.task.sender, "manager");
    assert_string_equal(intake.task.job, "job-7");
}

static void what_is_no_task_at_all_is_refused(void **state)
{
    (void)state;
    const struct hf_envelope envelope = plain_envelope();
    deliver(&envelope, "hello");
    check_turned_down(HF_STATUS_REFUSED, "JSON");
    deliver(&envelope, "{\"data\": 1}");
    check_turned_down(HF_STATUS_REFUSED, "task_id");
    deliver(&envelope, "");
    check_turned_down(HF_STATUS_REFUSED, "");
    assert_true(intake.reason[0] != '\0');
}

static void a_plain_task_has_a_limit_of_its_own(void **state)
{
    (void)state;
    const struct hf_envelope envelope = plain_envelope();
    config.max_payload_bytes = 1000000;
    begin(&envelope, HF_PLAIN_BODY_MAX + 1);
    check_turned_down(HF_STATUS_REFUSED, "a plain task (one without message_id) may have at most");
}

static void properties_that_are_too_long_for_a_plain_task_are_refused(void **state)
{
    (void)state;
    static char text[HF_INTAKE_TEXTS_MAX + 1];
    struct hf_envelope envelope = plain_envelope();
    memset(text, 't', sizeof text);
    assert_true(
        hf_envelope_add_text(&envelope, "note", (struct hf_str){.data = text, .len = sizeof text}));
    deliver(&envelope, "{\"task_id\": 1}");
    check_turned_down(HF_STATUS_REFUSED, "no message_id, and the properties are over");
}

/* In between. */

static void the_first_reason_to_turn_it_down_stands(void **state)
{
    (void)state;
    struct hf_envelope envelope = task_envelope();
    envelope.user_id = hf_str("mallory");
    begin(&envelope, 1);
    hf_intake_turn_down(&intake, HF_STATUS_CANCELLED, "cancelled by %s", "an order");
    hf_intake_turn_down(&intake, HF_STATUS_REFUSED, "too late");
    body("x", 1);
    hf_intake_end(&intake, &config, NOW_MS);
    check_turned_down(HF_STATUS_CANCELLED, "cancelled by an order");
}

static void a_link_that_drops_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    const struct hf_envelope envelope = task_envelope();
    const int before = open_descriptors();
    begin(&envelope, 100);
    body("half", 4);
    hf_intake_clear(&intake);
    assert_int_equal(intake.phase, HF_INTAKE_EMPTY);
    assert_int_equal(open_descriptors(), before);
    body("late", 4);
    hf_intake_end(&intake, &config, NOW_MS);
    assert_int_equal(intake.phase, HF_INTAKE_EMPTY);
    deliver(&envelope, "whole");
    check_payload("whole");
}

static void one_delivery_after_another_starts_clean(void **state)
{
    (void)state;
    struct hf_envelope bad = task_envelope();
    const struct hf_envelope good = task_envelope(), plain = plain_envelope();
    bad.user_id = hf_str("mallory");
    deliver(&plain, "{\"task_id\": 1}");
    deliver(&bad, "x");
    check_turned_down(HF_STATUS_REFUSED, "mallory");
    deliver(&good, "x");
    check_payload("x");
    assert_false(intake.task.plain);
}

#define in_a_folder(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(a_task_is_taken_with_its_facts_and_its_payload),
        in_a_folder(an_empty_payload_is_one_too),
        in_a_folder(a_large_payload_goes_to_the_folder_and_nothing_of_it_stays),
        in_a_folder(a_payload_over_the_boards_limit_is_refused_before_it_is_kept),
        in_a_folder(an_announced_size_that_no_machine_has_is_refused),
        in_a_folder(a_body_that_the_disk_has_no_room_for_is_not_taken_and_both_numbers_are_said),
        in_a_folder(a_body_that_stays_in_memory_needs_no_room_on_the_disk),
        in_a_folder(a_folder_that_takes_no_body_gives_the_task_another_day),
        in_a_folder(a_field_that_cannot_be_read_is_named),
        in_a_folder(only_the_sender_that_is_required_is_served),
        in_a_folder(a_task_that_comes_too_late_has_expired),
        in_a_folder(a_task_that_may_run_longer_than_the_broker_waits_is_refused),
        in_a_folder(a_task_without_a_handler_gets_the_default_one),
        in_a_folder(a_plain_task_is_unwrapped),
        in_a_folder(properties_of_a_plain_task_outlive_the_views_that_they_came_in),
        in_a_folder(what_is_no_task_at_all_is_refused),
        in_a_folder(a_plain_task_has_a_limit_of_its_own),
        in_a_folder(properties_that_are_too_long_for_a_plain_task_are_refused),
        in_a_folder(the_first_reason_to_turn_it_down_stands),
        in_a_folder(a_link_that_drops_in_the_middle_leaves_nothing),
        in_a_folder(one_delivery_after_another_starts_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
