#include "journals.h"

static void a_stored_result_is_found_and_loaded_to_the_byte(void **state)
{
    (void)state;
    static const enum hf_journal_mode MODES[] = {HF_JOURNAL_FLASH, HF_JOURNAL_RAM};
    for (size_t mode = 0; mode < 2; mode++) {
        reopen(MODES[mode]);
        uint64_t sequences[10];
        for (unsigned i = 0; i < 10; i++)
            sequences[i] = stored(i);
        for (unsigned i = 0; i < 10; i++) {
            const struct hf_result result = result_of(i);
            assert_non_null(found(i));
            assert_true(found(i)->sequence == sequences[i]);
            assert_int_equal(found(i)->status, result.status);
            assert_int_equal(found(i)->body_bytes, body_bytes_of(i));
            assert_false(found(i)->confirmed);
            assert_true(whole(i, sequences[i]));
        }
        assert_null(hf_journal_find(&journal, "task-1", 7));
        assert_null(hf_journal_find(&journal, "task-99", 1));
        assert_null(hf_journal_find(&journal, "", 0));
    }
}

static void on_flash_it_outlives_the_process_and_in_ram_it_does_not(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    const uint64_t first = stored(0);
    reopen(HF_JOURNAL_FLASH);
    assert_true(whole(0, first));
    assert_true(stored(1) > first);

    reopen(HF_JOURNAL_RAM);
    assert_null(found(0));
    const int before = open_descriptors();
    (void)stored(2);
    assert_int_equal(files(".result"), 2);
    reopen(HF_JOURNAL_RAM);
    assert_null(found(2));
    assert_int_equal(open_descriptors(), before);
}

static void a_result_costs_two_fsyncs_and_its_confirm_none(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    for (unsigned i = 0; i < 40; i++) {
        const uint64_t sequence = stored(i);
        assert_int_equal(journal.syncs, 2 * (i + 1));
        hf_journal_confirmed(&journal, sequence);
        hf_journal_settled(&journal, sequence);
        assert_int_equal(journal.syncs, 2 * (i + 1));
    }
    reopen(HF_JOURNAL_FLASH);
    assert_int_equal(journal.syncs, 0);
}

static void unconfirmed_ones_are_handed_out_in_the_order_they_were_stored(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
    uint64_t sequences[6];
    for (unsigned i = 0; i < 6; i++)
        sequences[i] = stored(i);
    hf_journal_confirmed(&journal, sequences[0]);
    hf_journal_confirmed(&journal, sequences[3]);
    for (int opened = 0; opened < 2; opened++) {
        static const unsigned ORDER[] = {1, 2, 4, 5};
        uint64_t after = 0;
        for (size_t i = 0; i < 4; i++) {
            const struct hf_journal_entry *next = hf_journal_next_unconfirmed(&journal, after);
            assert_non_null(next);
            assert_true(next->sequence == sequences[ORDER[i]]);
            after = next->sequence;
        }
        assert_null(hf_journal_next_unconfirmed(&journal, after));
        reopen(HF_JOURNAL_FLASH);
    }
}

static void a_confirmed_one_is_known_but_never_handed_out_again(void **state)
{
    (void)state;
    for (int mode = HF_JOURNAL_OFF; mode <= HF_JOURNAL_FLASH; mode++) {
        reopen((enum hf_journal_mode)mode);
        const uint64_t sequence = stored(1);
        hf_journal_confirmed(&journal, sequence);
        hf_journal_confirmed(&journal, sequence);
        hf_journal_confirmed(&journal, sequence + 1000);
        assert_true(found(1)->confirmed);
        assert_null(hf_journal_next_unconfirmed(&journal, 0));
    }
    reopen(HF_JOURNAL_FLASH);
    assert_true(found(1)->confirmed);
    assert_true(whole(1, found(1)->sequence));
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
}

static void the_last_confirmed_are_remembered_and_older_ones_deleted(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    const uint64_t early = stored(1000); /* stored first, confirmed last */
    for (unsigned i = 0; i < 3 * HF_JOURNAL_RECENT; i++)
        hf_journal_confirmed(&journal, stored(i));
    hf_journal_confirmed(&journal, early);
    assert_int_equal(files(".done"), HF_JOURNAL_RECENT);
    assert_int_equal(files(".result"), 0);
    assert_non_null(found(1000));
    for (unsigned i = 0; i < 3 * HF_JOURNAL_RECENT; i++)
        assert_int_equal(found(i) != NULL, i > 2 * HF_JOURNAL_RECENT);
    reopen(HF_JOURNAL_FLASH);
    for (unsigned i = 0; i < 3 * HF_JOURNAL_RECENT; i++)
        assert_int_equal(found(i) != NULL, i > 2 * HF_JOURNAL_RECENT);
}

static void others(unsigned from, unsigned number)
{
    for (unsigned i = from; i < from + number; i++) {
        const uint64_t sequence = stored(i);
        hf_journal_confirmed(&journal, sequence);
        hf_journal_settled(&journal, sequence);
    }
}

static void what_is_not_known_to_be_acked_is_remembered_apart_from_what_is(void **state)
{
    (void)state;
    for (int mode = HF_JOURNAL_OFF; mode <= HF_JOURNAL_FLASH; mode++) {
        reopen((enum hf_journal_mode)mode);
        others(0, 3);
        hf_journal_confirmed(&journal, stored(100));
        others(200, 3 * HF_JOURNAL_RECENT);
        assert_non_null(found(100));
        assert_null(found(200));
        assert_non_null(found(199 + 3 * HF_JOURNAL_RECENT));
    }
    for (unsigned life = 1; life < 4; life++) {
        assert_int_equal(files(".done"), life);
        assert_int_equal(files(".acked"), HF_JOURNAL_RECENT);
        reopen(HF_JOURNAL_FLASH);
        others(1000 * life, 2 * HF_JOURNAL_RECENT);
        hf_journal_confirmed(&journal, stored(100 + life));
        for (unsigned i = 0; i <= life; i++)
            assert_true(whole(100 + i, found(100 + i)->sequence));
    }
}

static void what_was_acked_before_its_confirm_is_settled_with_it(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    const uint64_t sequence = stored(1);
    hf_journal_settled(&journal, sequence);
    assert_true(hf_journal_next_unconfirmed(&journal, 0)->sequence == sequence);
    assert_int_equal(files(".result"), 1);
    hf_journal_confirmed(&journal, sequence);
    assert_int_equal(files(".acked"), 1);
    assert_int_equal(files(".result") + files(".done"), 0);
    reopen(HF_JOURNAL_FLASH);
    assert_true(found(1)->confirmed && found(1)->settled);
}

static void of_too_many_that_are_not_known_to_be_acked_the_first_goes(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    for (unsigned i = 0; i <= HF_JOURNAL_RECENT; i++)
        hf_journal_confirmed(&journal, stored(i));
    for (int opened = 0; opened < 2; opened++) {
        assert_null(found(0));
        assert_non_null(found(1));
        assert_int_equal(files(".done"), HF_JOURNAL_RECENT);
        reopen(HF_JOURNAL_FLASH);
    }
}

static void off_it_knows_ids_and_touches_no_disk(void **state)
{
    (void)state;
    struct hf_result out;
    uint32_t before = 9;
    hf_journal_close(&journal);
    assert_int_equal(hf_journal_open(&journal, "/nonexistent", HF_JOURNAL_OFF, NULL), HF_ERR_OK);
    const uint64_t sequence = stored(1);
    assert_false(found(1)->confirmed);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
    assert_int_equal(journal_load(&journal, sequence, &out, &body, NULL), HF_ERR_NOT_FOUND);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(hf_journal_mark(&journal, "task-1", 1, &before, NULL), HF_ERR_OK);
        assert_int_equal(before, i);
    }
    assert_int_equal(journal.syncs, 0);
    for (unsigned i = 0; i < 100; i++)
        hf_journal_confirmed(&journal, stored(i));
    assert_non_null(found(99));
    assert_null(found(83));
    hf_journal_close(&journal);
    assert_null(found(99));
}

static void of_the_same_attempt_stored_twice_the_later_is_found(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    const uint64_t first = stored(1);
    const uint64_t second = stored(1);
    assert_true(found(1)->sequence == second);
    hf_journal_confirmed(&journal, second);
    assert_true(found(1)->sequence == second);
    assert_true(hf_journal_next_unconfirmed(&journal, 0)->sequence == first);
}

static void what_was_loaded_stays_good_whatever_becomes_of_the_journal(void **state)
{
    (void)state;
    static const enum hf_journal_mode MODES[] = {HF_JOURNAL_FLASH, HF_JOURNAL_RAM};
    for (size_t mode = 0; mode < 2; mode++) {
        reopen(MODES[mode]);
        const int before = open_descriptors();
        const uint64_t sequence = stored(4);
        assert_true(whole(4, sequence));
        assert_true(whole(4, sequence)); /* the one before is given back */
        hf_journal_confirmed(&journal, sequence);
        (void)hf_journal_make_room(&journal);
        assert_int_equal(files(".done"), 0);
        assert_true(body_same(&body, 4, body_bytes_of(4)));
        hf_spool_close(&body);
        assert_int_equal(open_descriptors(), before);
    }
}

static void a_stored_body_can_be_stored_again_from_the_view(void **state)
{
    (void)state;
    const struct hf_result result = result_of(4);
    uint64_t again = 0;
    reopen(HF_JOURNAL_FLASH);
    assert_true(whole(4, stored(4)));
    assert_int_equal(journal_store(&journal, &result, &body, &again, NULL), HF_ERR_OK);
    assert_true(whole(4, again));
    struct hf_spool view = body;
    hf_spool_init(&body);
    reopen(HF_JOURNAL_RAM);
    assert_int_equal(journal_store(&journal, &result, &view, &again, NULL), HF_ERR_OK);
    hf_spool_close(&view);
    assert_true(whole(4, again));
}

static void a_result_without_a_spool_has_an_empty_body(void **state)
{
    (void)state;
    static const enum hf_journal_mode MODES[] = {HF_JOURNAL_FLASH, HF_JOURNAL_RAM};
    struct hf_spool closed;
    hf_spool_init(&closed);
    for (size_t mode = 0; mode < 2; mode++) {
        const struct hf_result result = result_of(1);
        uint64_t sequence = 0;
        reopen(MODES[mode]);
        assert_int_equal(journal_store(&journal, &result, NULL, &sequence, NULL), HF_ERR_OK);
        assert_true(whole(1, sequence));
        assert_int_equal(journal_store(&journal, &result, &closed, &sequence, NULL), HF_ERR_OK);
        assert_true(whole(1, sequence));
    }
}

static void the_folder_is_made_and_foreign_names_in_it_are_let_be(void **state)
{
    (void)state;
    static const char *const FOREIGN[] = {"lock",
                                          "spool-abc123",
                                          "1.result",
                                          "0000000000000000.result",
                                          "0000000000000001.results",
                                          "0000000000000001.result.torn2",
                                          "00000000000000011.done",
                                          "000000000000000x.tmp"};
    char made[128];
    (void)snprintf(made, sizeof made, "%s/journal", folder);
    assert_int_equal(hf_journal_open(&journal, made, HF_JOURNAL_FLASH, NULL), HF_ERR_OK);
    (void)stored(1);
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++)
        folder_put(FOREIGN[i], 0600, "not ours");
    reopen(HF_JOURNAL_FLASH);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++)
        assert_int_equal(access(folder_path(FOREIGN[i]), F_OK), 0);
    assert_int_equal(journal.torn, 0);
}

static void a_folder_that_cannot_be_is_named(void **state)
{
    (void)state;
    struct hf_fault fault;
    const int before = open_descriptors();
    folder_put("file", 0600, "");
    char path[128];
    (void)snprintf(path, sizeof path, "%s/file", folder);
    assert_int_equal(hf_journal_open(&journal, path, HF_JOURNAL_FLASH, &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, path));
    assert_int_equal(
        hf_journal_open(&journal, "/nonexistent/state/journal", HF_JOURNAL_FLASH, &fault),
        HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, "/nonexistent/state/journal: No such file"));
    assert_int_equal(journal.mode, HF_JOURNAL_OFF);
    assert_int_equal(open_descriptors(), before);
}

static void no_number_is_used_twice_even_when_none_are_left(void **state)
{
    (void)state;
    struct hf_fault fault;
    uint64_t sequence = 0;
    folder_put("9999999999999998.tmp", 0600, "");
    reopen(HF_JOURNAL_FLASH);
    assert_true(stored(1) == 9999999999999999);
    assert_int_equal(store(2, &sequence, &fault), HF_ERR_TOO_LARGE);
    assert_non_null(strstr(fault.text, folder));
    reopen(HF_JOURNAL_FLASH);
    assert_int_equal(store(2, &sequence, &fault), HF_ERR_TOO_LARGE);
    assert_true(whole(1, 9999999999999999));
}

static void modes_have_names(void **state)
{
    (void)state;
    enum hf_journal_mode mode = HF_JOURNAL_OFF;
    assert_int_equal(hf_journal_mode_parse(hf_str("flash"), &mode), HF_ERR_OK);
    assert_int_equal(mode, HF_JOURNAL_FLASH);
    assert_int_equal(hf_journal_mode_parse(hf_str("Flash"), &mode), HF_ERR_INVALID);
    assert_int_equal(hf_journal_mode_parse(hf_str(""), &mode), HF_ERR_INVALID);
    assert_int_equal(mode, HF_JOURNAL_FLASH);
    for (int each = HF_JOURNAL_OFF; each <= HF_JOURNAL_FLASH; each++) {
        const char *text = hf_journal_mode_text((enum hf_journal_mode)each);
        assert_int_equal(hf_journal_mode_parse(hf_str(text), &mode), HF_ERR_OK);
        assert_int_equal(mode, each);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, journal_setup, journal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stored_result_is_found_and_loaded_to_the_byte),
        TEST(on_flash_it_outlives_the_process_and_in_ram_it_does_not),
        TEST(a_result_costs_two_fsyncs_and_its_confirm_none),
        TEST(unconfirmed_ones_are_handed_out_in_the_order_they_were_stored),
        TEST(a_confirmed_one_is_known_but_never_handed_out_again),
        TEST(the_last_confirmed_are_remembered_and_older_ones_deleted),
        TEST(what_is_not_known_to_be_acked_is_remembered_apart_from_what_is),
        TEST(what_was_acked_before_its_confirm_is_settled_with_it),
        TEST(of_too_many_that_are_not_known_to_be_acked_the_first_goes),
        TEST(off_it_knows_ids_and_touches_no_disk),
        TEST(of_the_same_attempt_stored_twice_the_later_is_found),
        TEST(what_was_loaded_stays_good_whatever_becomes_of_the_journal),
        TEST(a_stored_body_can_be_stored_again_from_the_view),
        TEST(a_result_without_a_spool_has_an_empty_body),
        TEST(the_folder_is_made_and_foreign_names_in_it_are_let_be),
        TEST(a_folder_that_cannot_be_is_named),
        TEST(no_number_is_used_twice_even_when_none_are_left),
        TEST(modes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
