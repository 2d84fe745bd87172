#include "../cmocka_all.h"
#include "broker/access.h"
#include "pattern.h"
#include "wire/topology.h"

static const char *const all_exchanges[] = {
    "amq.default", "amq.topic",   "hf.tasks",     "hf.results",   "hf.events",
    "hf.control",  "hf.dead",     "hf.retry.5s",  "hf.retry.30s", "hf.retry.5m",
    "hf.retry.1h", "xhf.results", "hf.results\n", "hf.resultsx",  "hf_results"};

static const char *const all_queues[] = {"hf.q.tasks.default",
                                         "hf.q.tasks.lab",
                                         "hf.q.tasks.labx",
                                         "hf.q.device.board-01",
                                         "hf.q.device.board-02",
                                         "hf.q.device.board-0",
                                         "hf.q.control.board-01",
                                         "hf.q.control.board-02",
                                         "hf.q.results",
                                         "hf.q.events",
                                         "hf.q.dead",
                                         "hf.q.retry.5s",
                                         "hf.q.retry.1h",
                                         "xhf.q.tasks.lab",
                                         "hf.q.device.board-01\n",
                                         "hf_q_tasks_lab"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* Of `names` the pattern takes those in `wanted`, which ends with NULL, and no others. */
static void takes_only(const char *pattern, const char *const *names, size_t count,
                       const char *const *wanted)
{
    for (size_t i = 0; i < count; i++) {
        bool expected = false;
        for (size_t k = 0; wanted[k]; k++)
            expected = expected || strcmp(wanted[k], names[i]) == 0;
        if (pattern_takes(pattern, names[i]) != expected)
            fail_msg("%s: \"%s\" should%s be taken", pattern, names[i], expected ? "" : " not");
    }
}

static void a_board_publishes_results_and_events_and_nothing_else(void **state)
{
    static const char *const wanted[] = {"hf.results", "hf.events", NULL};
    struct hf_access access;
    (void)state;
    hf_access_board(&access, "board-01", "lab");
    takes_only(access.write, all_exchanges, COUNT(all_exchanges), wanted);
}

static void a_board_reads_its_pool_its_own_queue_and_its_control(void **state)
{
    static const char *const wanted[] = {"hf.q.tasks.lab", "hf.q.device.board-01",
                                         "hf.q.control.board-01", NULL};
    struct hf_access access;
    (void)state;
    hf_access_board(&access, "board-01", "lab");
    takes_only(access.read, all_queues, COUNT(all_queues), wanted);
}

static void nobody_but_the_admin_configures_anything(void **state)
{
    struct hf_access board, manager;
    (void)state;
    hf_access_board(&board, "board-01", "lab");
    hf_access_manager(&manager);
    for (size_t i = 0; i < COUNT(all_queues); i++) {
        assert_false(pattern_takes(board.configure, all_queues[i]));
        assert_false(pattern_takes(manager.configure, all_queues[i]));
    }
}

static void the_manager_publishes_tasks_retries_and_commands(void **state)
{
    static const char *const wanted[] = {
        "amq.default",  "hf.tasks",    "hf.control",  "hf.retry.5s",
        "hf.retry.30s", "hf.retry.5m", "hf.retry.1h", NULL};
    struct hf_access access;
    (void)state;
    hf_access_manager(&access);
    takes_only(access.write, all_exchanges, COUNT(all_exchanges), wanted);
}

static void the_manager_reads_what_boards_say_and_takes_no_task(void **state)
{
    static const char *const wanted[] = {"hf.q.results", "hf.q.events", "hf.q.dead", NULL};
    struct hf_access access;
    (void)state;
    hf_access_manager(&access);
    takes_only(access.read, all_queues, COUNT(all_queues), wanted);
}

static void the_longest_names_fit(void **state)
{
    static const char longest[] = "abcdefghijklmnopqrstuvwxyz012345";
    struct hf_access access;
    (void)state;
    assert_int_equal(strlen(longest), HF_NAME_MAX);
    hf_access_board(&access, longest, longest);
    assert_true(pattern_takes(access.read, "hf.q.control.abcdefghijklmnopqrstuvwxyz012345"));
}

static void topic_permissions_bind_a_board_to_keys_under_its_own_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < HF_ACCESS_BOARD_TOPICS; i++) {
        const char *write = hf_access_board_topics[i].write;
        assert_int_equal(write[0], '^');
        assert_non_null(strstr(write, "\\.{username}\\z"));
    }
    assert_string_equal(hf_access_board_topics[0].exchange, HF_EXCHANGE_RESULTS);
    assert_string_equal(hf_access_board_topics[1].exchange, HF_EXCHANGE_EVENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_board_publishes_results_and_events_and_nothing_else),
        cmocka_unit_test(a_board_reads_its_pool_its_own_queue_and_its_control),
        cmocka_unit_test(nobody_but_the_admin_configures_anything),
        cmocka_unit_test(the_manager_publishes_tasks_retries_and_commands),
        cmocka_unit_test(the_manager_reads_what_boards_say_and_takes_no_task),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(topic_permissions_bind_a_board_to_keys_under_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
