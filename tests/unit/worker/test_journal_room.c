#include "journals.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* What the journal may take up, of entries, flash and memory, and what it does at the limit. */

static void when_too_many_wait_no_more_are_taken_until_one_is_confirmed(void **state)
{
    (void)state;
    for (int mode = HF_JOURNAL_OFF; mode <= HF_JOURNAL_FLASH; mode++) {
        reopen((enum hf_journal_mode)mode);
        struct hf_fault fault;
        uint64_t first = 0;
        uint64_t unchanged = 77;
        for (unsigned i = 0; i < HF_JOURNAL_RECENT; i++)
            hf_journal_confirmed(&journal, stored(100 + i));
        for (unsigned i = 0; i < HF_JOURNAL_UNCONFIRMED; i++) {
            const uint64_t sequence = stored(i);
            first = i == 0 ? sequence : first;
        }
        assert_int_equal(store(50, &unchanged, &fault), HF_ERR_NO_SPACE);
        assert_non_null(strstr(fault.text, "16 results wait for the broker's confirm"));
        assert_true(unchanged == 77);
        assert_null(found(50));
        hf_journal_confirmed(&journal, first);
        (void)stored(50);
        assert_int_equal(store(51, &unchanged, NULL), HF_ERR_NO_SPACE);
    }
}

static uint64_t stored_long(unsigned number)
{
    static struct hf_spool spool;
    const struct hf_result result = result_of(number);
    uint64_t sequence = 0;
    hf_spool_init(&spool);
    body_fill(&spool, folder, number, HF_JOURNAL_RECENT_BODY_MAX + 1);
    assert_int_equal(journal_store(&journal, &result, &spool, &sequence, NULL), HF_ERR_OK);
    hf_spool_close(&spool);
    return sequence;
}

static void a_settled_one_keeps_its_file_unless_its_body_is_long(void **state)
{
    (void)state;
    struct hf_fault fault;
    struct hf_result out;
    reopen(HF_JOURNAL_FLASH);
    const uint64_t long_one = stored_long(7);
    const uint64_t short_one = stored(1);
    hf_journal_settled(&journal, 12345);
    assert_int_equal(files(".result"), 2);
    hf_journal_confirmed(&journal, short_one);
    hf_journal_confirmed(&journal, long_one);
    assert_int_equal(files(".done"), 2);
    hf_journal_settled(&journal, long_one);
    hf_journal_settled(&journal, short_one);
    assert_int_equal(files(".done"), 0);
    assert_int_equal(files(".acked"), 1);
    assert_true(found(7)->confirmed);
    assert_false(found(7)->loadable);
    assert_int_equal(journal_load(&journal, long_one, &out, &body, &fault), HF_ERR_NOT_FOUND);
    assert_true(whole(1, short_one));
}

static void of_long_ones_whose_ack_is_not_known_the_last_keeps_its_file(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    for (unsigned i = 1; i < 5; i++)
        hf_journal_confirmed(&journal, stored_long(i));
    assert_int_equal(files(".done"), 1);
    for (unsigned i = 1; i < 5; i++) {
        assert_true(found(i)->confirmed);
        assert_int_equal(found(i)->loadable, i == 4);
    }
    reopen(HF_JOURNAL_FLASH);
    assert_null(found(3));
    assert_true(found(4)->confirmed);
    hf_journal_confirmed(&journal, stored(5));
    assert_int_equal(files(".done"), 1);
    assert_true(found(4)->confirmed && found(5)->confirmed);
}

static void room_is_made_of_settled_ones_first_then_of_all_that_are_confirmed(void **state)
{
    (void)state;
    for (int mode = HF_JOURNAL_OFF; mode <= HF_JOURNAL_FLASH; mode++) {
        const bool flash = mode == HF_JOURNAL_FLASH;
        reopen((enum hf_journal_mode)mode);
        const uint64_t settled = stored(1);
        const uint64_t confirmed = stored(2);
        const uint64_t waiting = stored(3);
        hf_journal_confirmed(&journal, settled);
        hf_journal_confirmed(&journal, confirmed);
        hf_journal_settled(&journal, settled);
        assert_int_equal(files(".acked"), flash);
        assert_int_equal(hf_journal_make_room(&journal), flash);
        assert_int_equal(files(".acked"), 0);
        assert_int_equal(files(".done"), flash);
        assert_int_equal(found(2)->loadable, flash);
        assert_int_equal(hf_journal_make_room(&journal), flash);
        assert_int_equal(files(".done"), 0);
        assert_false(hf_journal_make_room(&journal));
        assert_true(found(1)->confirmed && found(2)->confirmed);
        assert_int_equal(whole(3, waiting), mode != HF_JOURNAL_OFF);
    }
}

static long peak_kb(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void memory_is_flat_whatever_the_size_of_a_body(void **state)
{
    (void)state;
    const uint64_t size = 32 << 20;
    const struct hf_result result = result_of(1);
    struct hf_result out;
    uint64_t sequence = 0;
    struct hf_spool spool;
    reopen(HF_JOURNAL_FLASH);
    assert_true(whole(4, stored(4)));
    hf_spool_init(&spool);
    body_fill(&spool, folder, 1, size);
    const long before_kb = peak_kb();
    assert_int_equal(journal_store(&journal, &result, &spool, &sequence, NULL), HF_ERR_OK);
    hf_spool_close(&spool);
    assert_int_equal(journal_load(&journal, sequence, &out, &body, NULL), HF_ERR_OK);
    assert_true(body_same(&body, 1, size));
    assert_true(peak_kb() - before_kb < 1024);
}

/* The small disk is seen by this process alone and goes with it. */
static bool small_disk(void)
{
    static bool apart;
    if (!apart && (unshare(CLONE_NEWNS) != 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL)))
        return false;
    apart = true;
    return mount("tmpfs", folder, "tmpfs", 0, "size=256k") == 0;
}

static void a_full_disk_first_costs_the_confirmed_ones_then_says_no_then_recovers(void **state)
{
    (void)state;
    if (!small_disk())
        skip();
    struct hf_fault fault;
    uint64_t sequence = 0;
    reopen(HF_JOURNAL_FLASH);
    for (unsigned i = 0; i < 8; i++)
        hf_journal_confirmed(&journal, stored(4)); /* 20,000 bytes each */
    uint64_t waiting[HF_JOURNAL_UNCONFIRMED];
    unsigned count = 0;
    enum hf_err err = HF_ERR_OK;
    while ((err = store(4, &sequence, &fault)) == HF_ERR_OK)
        waiting[count++] = sequence;
    assert_int_equal(err, HF_ERR_NO_SPACE);
    assert_non_null(strstr(fault.text, "KB free"));
    assert_true(count >= 8); /* which had no place beside the confirmed ones */
    assert_int_equal(files(".done"), 0);
    assert_int_equal(files(".tmp"), 0);
    for (unsigned i = 0; i < count; i++)
        assert_true(whole(4, waiting[i]));
    hf_spool_close(&body);
    hf_journal_confirmed(&journal, waiting[0]);
    assert_int_equal(store(4, &sequence, &fault), HF_ERR_OK);
    hf_journal_close(&journal);
    assert_int_equal(umount(folder), 0);
}

static void a_read_only_disk_can_be_read_and_says_no_until_it_is_writable(void **state)
{
    (void)state;
    if (!small_disk())
        skip();
    struct hf_fault fault;
    uint64_t sequence = 0;
    uint32_t before = 0;
    reopen(HF_JOURNAL_FLASH);
    (void)stored(1);
    hf_journal_close(&journal);
    assert_int_equal(mount("", folder, NULL, MS_REMOUNT | MS_RDONLY, "size=256k"), 0);
    reopen(HF_JOURNAL_FLASH);
    assert_true(whole(1, found(1)->sequence));
    assert_int_equal(store(2, &sequence, &fault), HF_ERR_DENIED);
    assert_non_null(strstr(fault.text, "Read-only"));
    assert_null(found(2));
    assert_int_equal(hf_journal_mark(&journal, "task-1", 1, &before, &fault), HF_ERR_DENIED);
    hf_journal_confirmed(&journal, found(1)->sequence);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
    hf_spool_close(&body);
    assert_int_equal(mount("", folder, NULL, MS_REMOUNT, "size=256k"), 0);
    assert_true(whole(2, stored(2)));
    assert_true(whole(1, found(1)->sequence)); /* its file could not be renamed */
    hf_spool_close(&body);
    hf_journal_close(&journal);
    assert_int_equal(umount(folder), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, journal_setup, journal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(when_too_many_wait_no_more_are_taken_until_one_is_confirmed),
        TEST(a_settled_one_keeps_its_file_unless_its_body_is_long),
        TEST(of_long_ones_whose_ack_is_not_known_the_last_keeps_its_file),
        TEST(room_is_made_of_settled_ones_first_then_of_all_that_are_confirmed),
        TEST(memory_is_flat_whatever_the_size_of_a_body),
        TEST(a_full_disk_first_costs_the_confirmed_ones_then_says_no_then_recovers),
        TEST(a_read_only_disk_can_be_read_and_says_no_until_it_is_writable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
