/* A large body goes to flash and back in bounded parts, so that a slow card holds nobody up. */
#include "fault_disk.h"
#include "journals.h"

#define LARGE (5 * HF_JOURNAL_STEP_BYTES + 17)

static struct hf_spool large;
static struct hf_disk counted;
static uint64_t moved; /* bytes written or read since it was set to 0 */
static int pushes;

static ssize_t count_write(int fd, const void *data, size_t size, off_t offset)
{
    const ssize_t written = fault_disk.write(fd, data, size, offset);
    moved += written > 0 ? (uint64_t)written : 0;
    return written;
}

static ssize_t count_read(int fd, void *data, size_t size, off_t offset)
{
    const ssize_t got = hf_disk_real.read(fd, data, size, offset);
    moved += got > 0 ? (uint64_t)got : 0;
    return got;
}

static void count_push(int fd, off_t offset, off_t len)
{
    pushes++;
    assert_int_equal(len, HF_JOURNAL_STEP_BYTES);
    hf_disk_real.push(fd, offset, len);
}

static int set_up(void **state)
{
    if (journal_setup(state) != 0)
        return -1;
    fault_disk_left = -1;
    counted = fault_disk;
    counted.write = count_write;
    counted.read = count_read;
    counted.push = count_push;
    pushes = 0;
    reopen(HF_JOURNAL_FLASH);
    journal.disk = &counted;
    hf_spool_init(&large);
    body_fill(&large, "/tmp", 7, LARGE);
    return 0;
}

static int tear_down(void **state)
{
    hf_spool_close(&large);
    return journal_teardown(state);
}

static int files_of(const char *ending)
{
    char line[300];
    (void)snprintf(line, sizeof line, "exit $(ls %s | grep -c '%s$')", folder, ending);
    return shell(line);
}

static enum hf_err step(struct hf_journal_writing *writing, uint64_t *sequence)
{
    const struct hf_result result = result_of(7);
    moved = 0;
    return hf_journal_store(&journal, writing, &result, &large, sequence, NULL);
}

static uint64_t store_large(void)
{
    struct hf_journal_writing writing = {0};
    uint64_t sequence = 0;
    while (step(&writing, &sequence) == HF_ERR_WOULD_WRITE)
        continue;
    assert_true(sequence > 0);
    return sequence;
}

static void no_call_writes_more_than_a_part_and_nothing_counts_before_the_last(void **state)
{
    (void)state;
    struct hf_journal_writing writing = {0};
    struct hf_result out;
    uint64_t sequence = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(step(&writing, &sequence), HF_ERR_WOULD_WRITE);
        assert_int_equal(moved, HF_JOURNAL_STEP_BYTES);
        assert_int_equal(pushes, i + 1);
        assert_int_equal(files_of("tmp"), 1);
        assert_int_equal(files_of("result"), 0);
        assert_null(found(7));
        assert_int_equal(fault_disk_syncs, 0);
    }
    assert_int_equal(step(&writing, &sequence), HF_ERR_OK);
    assert_false(writing.busy);
    assert_int_equal(files_of("result"), 1);
    assert_int_equal(journal.syncs, 2);
    assert_int_equal(journal_load(&journal, sequence, &out, &body, NULL), HF_ERR_OK);
    assert_int_equal(body.size_bytes, LARGE);
    for (int64_t at = 0; at < LARGE; at += 4096) {
        char byte = 0;
        size_t got = 0;
        assert_int_equal(hf_spool_read(&body, at, &byte, 1, &got, NULL), HF_ERR_OK);
        assert_int_equal(byte, body_byte(7, (uint64_t)at));
    }
}

static void small_ones_are_stored_meanwhile(void **state)
{
    (void)state;
    struct hf_journal_writing writing = {0};
    uint64_t sequence = 0;
    assert_int_equal(step(&writing, &sequence), HF_ERR_WOULD_WRITE);
    const uint64_t small = stored(2);
    while (step(&writing, &sequence) == HF_ERR_WOULD_WRITE)
        continue;
    assert_true(sequence > 0 && sequence < small);
    assert_int_equal(hf_journal_next_unconfirmed(&journal, 0)->sequence, sequence);
    assert_int_equal(hf_journal_next_unconfirmed(&journal, sequence)->sequence, small);
}

static void one_that_is_given_up_leaves_nothing(void **state)
{
    (void)state;
    struct hf_journal_writing writing = {0};
    uint64_t sequence = 0;
    const int fds = open_descriptors();
    assert_int_equal(step(&writing, &sequence), HF_ERR_WOULD_WRITE);
    hf_journal_abandon(&journal, &writing);
    hf_journal_abandon(&journal, &writing);
    assert_int_equal(files_of("tmp"), 0);
    assert_int_equal(open_descriptors(), fds);
    assert_int_equal(hf_journal_next_unconfirmed(&journal, 0), NULL);
}

static void a_disk_that_fails_in_between_leaves_nothing_and_it_can_be_stored_later(void **state)
{
    (void)state;
    struct hf_journal_writing writing = {0};
    uint64_t sequence = 0;
    const int fds = open_descriptors();
    assert_int_equal(step(&writing, &sequence), HF_ERR_WOULD_WRITE);
    fault_disk_left = 3;
    fault_disk_error = EIO;
    assert_int_equal(step(&writing, &sequence), HF_ERR_IO);
    assert_false(writing.busy);
    assert_int_equal(files_of("tmp"), 0);
    assert_int_equal(open_descriptors(), fds);
    assert_true(store_large() > 0);
}

static void places_that_were_taken_meanwhile_are_not_taken_twice(void **state)
{
    (void)state;
    struct hf_journal_writing writing = {0};
    uint64_t sequence = 0;
    assert_int_equal(step(&writing, &sequence), HF_ERR_WOULD_WRITE);
    for (unsigned i = 0; i < HF_JOURNAL_UNCONFIRMED; i++)
        (void)stored(i);
    assert_int_equal(step(&writing, &sequence), HF_ERR_NO_SPACE);
    assert_false(writing.busy);
    assert_int_equal(files_of("tmp"), 0);
}

static void no_call_reads_more_than_a_part_and_another_one_may_come_first(void **state)
{
    (void)state;
    struct hf_journal_reading reading = {0};
    struct hf_result out;
    const uint64_t first = store_large();
    const uint64_t second = stored(2);
    const int fds = open_descriptors();
    moved = 0;
    assert_int_equal(hf_journal_load(&journal, &reading, first, &out, &body, NULL),
                     HF_ERR_WOULD_READ);
    assert_in_range(moved, HF_JOURNAL_STEP_BYTES, HF_JOURNAL_STEP_BYTES + HF_RECORD_HEAD_MAX);
    assert_int_equal(hf_journal_load(&journal, &reading, second, &out, &body, NULL), HF_ERR_OK);
    assert_string_equal(out.id, "task-2");
    hf_spool_close(&body);
    for (int i = 0; i < 5; i++)
        assert_int_equal(hf_journal_load(&journal, &reading, first, &out, &body, NULL),
                         HF_ERR_WOULD_READ);
    assert_int_equal(hf_journal_load(&journal, &reading, first, &out, &body, NULL), HF_ERR_OK);
    assert_string_equal(out.id, "task-7");
    hf_spool_close(&body);
    assert_int_equal(hf_journal_load(&journal, &reading, first, &out, &body, NULL),
                     HF_ERR_WOULD_READ);
    hf_journal_stop_reading(&reading);
    assert_int_equal(open_descriptors(), fds);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_call_writes_more_than_a_part_and_nothing_counts_before_the_last),
        TEST(small_ones_are_stored_meanwhile),
        TEST(one_that_is_given_up_leaves_nothing),
        TEST(a_disk_that_fails_in_between_leaves_nothing_and_it_can_be_stored_later),
        TEST(places_that_were_taken_meanwhile_are_not_taken_twice),
        TEST(no_call_reads_more_than_a_part_and_another_one_may_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
