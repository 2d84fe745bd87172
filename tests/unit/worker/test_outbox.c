/* Results on their way out: owners' and orphans', with a session that takes what it is told to. */
#include "fake_session.h"
#include "journals.h"
#include "wire/topology.h"
#include "worker/outbox.h"

static struct hf_outbox outbox;
static struct hf_result own;
static struct hf_spool own_body;

static int set_up(void **state)
{
    fake_start();
    hf_spool_init(&own_body);
    if (journal_setup(state) != 0)
        return -1;
    reopen(HF_JOURNAL_RAM);
    hf_outbox_init(&outbox, &journal, &fake, 1, "pi-1");
    return 0;
}

static int tear_down(void **state)
{
    hf_outbox_close(&outbox);
    hf_spool_close(&own_body);
    return journal_teardown(state);
}

/* Steps until the outbox has no more to send; how often it sent something. */
static int send_all(int64_t now_ms)
{
    struct hf_fault fault;
    enum hf_err err;
    int steps = 0;
    while ((err = hf_outbox_step(&outbox, now_ms, &fault)) == HF_ERR_OK && steps < 1000)
        steps++;
    assert_true(steps < 1000);
    if (err != HF_ERR_WOULD_WRITE)
        fail_msg("%s", fault.text);
    return steps;
}

/* Slot 0 has result `number` in hand, stored already. */
static uint64_t own_result(unsigned number)
{
    const uint64_t sequence = stored(number);
    own = result_of(number);
    body_fill(&own_body, folder, number, body_bytes_of(number));
    hf_outbox_add(&outbox, 0, sequence, &own, &own_body);
    return sequence;
}

static void check_message(size_t index, unsigned number)
{
    const struct hf_result wanted = result_of(number);
    const struct fake_message *m = &fake.messages[index];
    assert_true(index < fake.count);
    assert_string_equal(m->exchange, HF_EXCHANGE_RESULTS);
    assert_string_equal(m->key, "result.pi-1");
    assert_string_equal(m->id, wanted.id);
    assert_string_equal(m->user, "pi-1");
    assert_string_equal(m->status, hf_status_text(wanted.status));
    assert_true(m->mandatory);
    assert_int_equal(m->body_size, body_bytes_of(number));
    assert_int_equal(m->body_got, m->body_size);
    for (size_t i = 0; i < m->body_size && i < sizeof m->body; i++)
        assert_int_equal(m->body[i], body_byte(number, i));
}

static void answer(enum hf_session_event_kind kind, uint64_t sequence, bool multiple,
                   int64_t now_ms)
{
    const struct hf_session_event event = fake_answer(kind, sequence, multiple);
    hf_outbox_event(&outbox, &event, now_ms);
}

static void check_settled(bool expected_kept)
{
    int owner = -2;
    bool kept = !expected_kept;
    assert_true(hf_outbox_take_settled(&outbox, &owner, &kept));
    assert_int_equal(owner, 0);
    assert_int_equal(kept, expected_kept);
    assert_false(hf_outbox_take_settled(&outbox, &owner, &kept));
}

/* Owners. */

static void a_result_is_published_whole_and_its_owner_told_of_the_confirm(void **state)
{
    (void)state;
    int owner;
    bool kept;
    (void)own_result(2);
    (void)send_all(0);
    assert_int_equal(fake.count, 1);
    check_message(0, 2);
    assert_false(hf_outbox_take_settled(&outbox, &owner, &kept));
    answer(HF_SESSION_CONFIRMED, 1, false, 0);
    check_settled(true);
    assert_int_equal(send_all(0), 0);
}

static void a_result_without_a_body_is_sent_with_its_envelope(void **state)
{
    (void)state;
    (void)own_result(1);
    assert_int_equal(send_all(0), 1);
    check_message(0, 1);
    answer(HF_SESSION_CONFIRMED, 1, false, 0);
    check_settled(true);
}

static void a_large_body_goes_as_the_link_takes_it(void **state)
{
    (void)state;
    (void)own_result(4);
    fake.piece = 1000;
    (void)hf_outbox_step(&outbox, 0, NULL);
    (void)hf_outbox_step(&outbox, 0, NULL);
    fake.full = true;
    assert_int_equal(hf_outbox_step(&outbox, 0, NULL), HF_ERR_WOULD_WRITE);
    fake.full = false;
    (void)send_all(0);
    check_message(0, 4);
}

static void nothing_is_begun_while_the_link_is_down_blocked_or_full(void **state)
{
    (void)state;
    (void)own_result(2);
    fake.down = true;
    assert_int_equal(send_all(0), 0);
    fake.down = false;
    fake.blocked = true;
    assert_int_equal(send_all(0), 0);
    fake.blocked = false;
    fake.full = true;
    assert_int_equal(send_all(0), 0);
    assert_int_equal(fake.count, 0);
    fake.full = false;
    (void)send_all(0);
    check_message(0, 2);
}

static void a_nack_is_not_kept(void **state)
{
    (void)state;
    (void)own_result(2);
    (void)send_all(0);
    answer(HF_SESSION_NACKED, 1, false, 0);
    check_settled(false);
}

static void a_confirm_after_a_return_means_nothing(void **state)
{
    (void)state;
    struct hf_session_event returned = fake_answer(HF_SESSION_RETURNED, 0, false);
    (void)own_result(2);
    (void)send_all(0);
    returned.envelope.message_id = hf_str("another");
    hf_outbox_event(&outbox, &returned, 0);
    returned.envelope.message_id = hf_str(own.id);
    hf_outbox_event(&outbox, &returned, 0);
    answer(HF_SESSION_CONFIRMED, 1, false, 0);
    check_settled(false);
}

static void answers_to_others_settle_nothing(void **state)
{
    (void)state;
    int owner;
    bool kept;
    struct hf_session_event elsewhere = fake_answer(HF_SESSION_CONFIRMED, 1, true);
    elsewhere.channel = 2;
    (void)own_result(2);
    answer(HF_SESSION_CONFIRMED, 1, false, 0); /* nothing is sent yet */
    (void)send_all(0);
    hf_outbox_event(&outbox, &elsewhere, 0);
    answer(HF_SESSION_CONFIRMED, 2, false, 0);
    answer(HF_SESSION_CONFIRMED, 0, true, 0);
    assert_false(hf_outbox_take_settled(&outbox, &owner, &kept));
    answer(HF_SESSION_CONFIRMED, 5, true, 0);
    check_settled(true);
}

static void a_refused_publish_gives_the_link_up_and_names_the_task(void **state)
{
    (void)state;
    struct hf_fault fault;
    (void)own_result(2);
    fake.refusal = HF_ERR_TOO_LARGE;
    assert_int_equal(hf_outbox_step(&outbox, 0, &fault), HF_ERR_TOO_LARGE);
    assert_non_null(strstr(fault.text, own.id));
}

static void a_body_that_ends_too_soon_is_an_error_and_not_waited_for(void **state)
{
    (void)state;
    struct hf_fault fault;
    enum hf_err err = HF_ERR_OK;
    (void)own_result(2);
    own_body.size_bytes += 10; /* as a file that lost its end */
    for (int i = 0; i < 100 && err == HF_ERR_OK; i++)
        err = hf_outbox_step(&outbox, 0, &fault);
    assert_int_equal(err, HF_ERR_IO);
    assert_true(fault.text[0] != '\0');
}

/* Orphans. */

static void what_the_journal_has_is_sent_again_from_the_start(void **state)
{
    (void)state;
    const uint64_t first = stored(4), second = stored(1);
    hf_outbox_init(&outbox, &journal, &fake, 1, "pi-1");
    assert_int_equal(hf_outbox_orphans(&outbox), 2);
    (void)send_all(0);
    check_message(0, 4);
    check_message(1, 1);
    answer(HF_SESSION_CONFIRMED, 2, true, 0);
    assert_int_equal(hf_outbox_orphans(&outbox), 0);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
    assert_true(found(4)->confirmed && found(1)->confirmed);
    assert_true(first < second);
}

static void orphans_go_before_owners_and_the_older_first(void **state)
{
    (void)state;
    const uint64_t older = stored(1), newer = stored(6);
    hf_outbox_release(&outbox, newer);
    (void)own_result(2);
    hf_outbox_release(&outbox, older);
    (void)send_all(0);
    check_message(0, 1);
    check_message(1, 6);
    check_message(2, 2);
}

static void an_orphan_that_was_not_kept_rests_before_it_is_sent_again(void **state)
{
    (void)state;
    const uint64_t sequence = stored(1);
    hf_outbox_release(&outbox, sequence);
    assert_true(hf_outbox_deadline(&outbox) == INT64_MAX);
    (void)send_all(1000);
    answer(HF_SESSION_NACKED, 1, false, 1000);
    assert_int_equal(hf_outbox_deadline(&outbox), 1000 + HF_OUTBOX_RETRY_MS);
    assert_int_equal(send_all(999 + HF_OUTBOX_RETRY_MS), 0);
    (void)send_all(1000 + HF_OUTBOX_RETRY_MS);
    assert_int_equal(fake.count, 2);
    check_message(1, 1);
    fake.down = true;
    assert_true(hf_outbox_deadline(&outbox) == INT64_MAX);
}

static void a_released_result_is_sent_from_the_journal(void **state)
{
    (void)state;
    int owner;
    bool kept;
    const uint64_t sequence = own_result(2);
    hf_outbox_release(&outbox, sequence);
    memset(&own, 0, sizeof own);
    hf_spool_close(&own_body);
    assert_int_equal(hf_outbox_orphans(&outbox), 1);
    (void)send_all(0);
    check_message(0, 2);
    answer(HF_SESSION_CONFIRMED, 1, false, 0);
    assert_false(hf_outbox_take_settled(&outbox, &owner, &kept));
    assert_int_equal(hf_outbox_orphans(&outbox), 0);
}

static void without_a_journal_a_released_result_is_dropped(void **state)
{
    (void)state;
    uint64_t sequence = 0;
    reopen(HF_JOURNAL_OFF);
    hf_outbox_init(&outbox, &journal, &fake, 1, "pi-1");
    assert_int_equal(store(2, &sequence, NULL), HF_ERR_OK);
    own = result_of(2);
    hf_outbox_add(&outbox, 0, sequence, &own, NULL);
    hf_outbox_release(&outbox, sequence);
    assert_int_equal(hf_outbox_orphans(&outbox), 0);
    assert_int_equal(send_all(0), 0);
    assert_int_equal(fake.count, 0);
}

/* The link. */

static void a_lost_link_starts_orphans_anew_and_leaves_owners_to_themselves(void **state)
{
    (void)state;
    int owner;
    bool kept;
    const uint64_t orphan = stored(4);
    hf_outbox_release(&outbox, orphan);
    (void)own_result(2);
    fake.piece = 100;
    (void)hf_outbox_step(&outbox, 0, NULL);
    (void)hf_outbox_step(&outbox, 0, NULL); /* a part of its body is out */
    hf_outbox_link_down(&outbox);
    assert_int_equal(hf_outbox_orphans(&outbox), 1);
    fake_start(); /* another connection */
    (void)send_all(0);
    assert_int_equal(fake.count, 1);
    check_message(0, 4);
    assert_false(hf_outbox_take_settled(&outbox, &owner, &kept));
    hf_outbox_add(&outbox, 0, found(2)->sequence, &own, &own_body);
    (void)send_all(0);
    check_message(1, 2);
    answer(HF_SESSION_CONFIRMED, 2, true, 0);
    check_settled(true);
}

static void an_answer_that_came_just_before_the_link_was_lost_is_not_told_after_it(void **state)
{
    (void)state;
    int owner;
    bool kept;
    (void)own_result(2);
    (void)send_all(0);
    answer(HF_SESSION_CONFIRMED, 1, false, 0);
    hf_outbox_link_down(&outbox);
    assert_false(hf_outbox_take_settled(&outbox, &owner, &kept));
}

#define with_outbox(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_outbox(a_result_is_published_whole_and_its_owner_told_of_the_confirm),
        with_outbox(a_result_without_a_body_is_sent_with_its_envelope),
        with_outbox(a_large_body_goes_as_the_link_takes_it),
        with_outbox(nothing_is_begun_while_the_link_is_down_blocked_or_full),
        with_outbox(a_nack_is_not_kept),
        with_outbox(a_confirm_after_a_return_means_nothing),
        with_outbox(answers_to_others_settle_nothing),
        with_outbox(a_refused_publish_gives_the_link_up_and_names_the_task),
        with_outbox(a_body_that_ends_too_soon_is_an_error_and_not_waited_for),
        with_outbox(what_the_journal_has_is_sent_again_from_the_start),
        with_outbox(orphans_go_before_owners_and_the_older_first),
        with_outbox(an_orphan_that_was_not_kept_rests_before_it_is_sent_again),
        with_outbox(a_released_result_is_sent_from_the_journal),
        with_outbox(without_a_journal_a_released_result_is_dropped),
        with_outbox(a_lost_link_starts_orphans_anew_and_leaves_owners_to_themselves),
        with_outbox(an_answer_that_came_just_before_the_link_was_lost_is_not_told_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
