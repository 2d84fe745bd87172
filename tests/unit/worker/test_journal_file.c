#include "journals.h"

#include <fcntl.h>

static void a_name_comes_back_as_it_was(void **state)
{
    (void)state;
    for (int kind = 0; kind < HF_JOURNAL_KINDS; kind++) {
        for (int torn = 0; torn < 2; torn++) {
            const struct hf_journal_name name = {HF_JOURNAL_SEQUENCE_MAX - (uint64_t)kind,
                                                 (enum hf_journal_kind)kind, torn == 1};
            struct hf_journal_name out = {0};
            char text[HF_JOURNAL_NAME_MAX + 1];
            hf_journal_name_text(text, name);
            assert_true(hf_journal_name_parse(text, &out));
            assert_true(out.sequence == name.sequence);
            assert_int_equal(out.kind, name.kind);
            assert_int_equal(out.torn, name.torn);
        }
    }
}

static void a_name_that_is_not_ours_is_none(void **state)
{
    (void)state;
    static const char *const FOREIGN[] = {"",
                                          ".",
                                          "..",
                                          "lock",
                                          "work",
                                          "1.result",
                                          "0000000000000001",
                                          "0000000000000001.",
                                          "0000000000000001.torn",
                                          "0000000000000001.resul",
                                          "0000000000000001.result2",
                                          "0000000000000001.result.torn.torn",
                                          "0000000000000000.result",
                                          "000000000000000a.result",
                                          "00000000000000001.result",
                                          "-000000000000001.result"};
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
        struct hf_journal_name name = {.sequence = 77};
        assert_false(hf_journal_name_parse(FOREIGN[i], &name));
        assert_true(name.sequence == 77);
    }
}

/* The lines that `journal` writes while it is opened, in one text. */
static const char *log_of_open(void)
{
    static char log[8192];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const int keep = dup(STDERR_FILENO);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    hf_log_set_level(HF_LOG_INFO);
    const enum hf_err err = hf_journal_open(&journal, folder, HF_JOURNAL_FLASH, NULL);
    hf_log_set_level(HF_LOG_ERROR);
    assert_true(dup2(keep, STDERR_FILENO) >= 0);
    (void)close(keep);
    (void)close(ends[1]);
    const ssize_t got = read(ends[0], log, sizeof log - 1);
    (void)close(ends[0]);
    log[got > 0 ? got : 0] = '\0';
    assert_int_equal(err, HF_ERR_OK);
    return log;
}

static void what_was_not_finished_is_deleted_without_a_word(void **state)
{
    (void)state;
    folder_put("0000000000000007.tmp", 0600, "HFRES");
    assert_string_equal(log_of_open(), "");
    assert_int_equal(entries_in(folder), 0);
    assert_true(stored(1) > 7);
}

static void a_torn_file_is_moved_aside_and_the_log_says_which_and_why(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    const uint64_t whole_one = stored(1);
    folder_put("0000000000000005.result", 0600, "HFRES");
    folder_put("0000000000000006.done", 0600, "something else altogether, and longer");
    folder_put("0000000000000007.mark", 0600, "");
    hf_journal_close(&journal);
    const char *log = log_of_open();
    char line[256];
    (void)snprintf(line, sizeof line,
                   "warn journal.torn file=%s/0000000000000005.result.torn reason=\"it is cut off "
                   "after 5 bytes\"",
                   folder);
    assert_non_null(strstr(log, line));
    assert_non_null(strstr(log, "6.done.torn reason=\"it does not begin like a result\""));
    assert_non_null(strstr(log, "7.mark.torn reason=\"it is cut off after 0 bytes\""));
    assert_int_equal(journal.torn, 3);
    assert_int_equal(files(".torn"), 3);
    assert_true(whole(1, whole_one));
    assert_null(hf_journal_next_unconfirmed(&journal, whole_one));
    assert_true(stored(2) > 7);

    hf_journal_close(&journal);
    assert_string_equal(log_of_open(), ""); /* once is enough */
    assert_int_equal(files(".torn"), 3);
}

static void of_torn_files_the_last_are_kept(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 1; i <= 10; i++) {
            char name[64];
            (void)snprintf(name, sizeof name, "%016u.result", 100U * (unsigned)round + i);
            folder_put(name, 0600, "x");
        }
        reopen(HF_JOURNAL_FLASH);
        assert_int_equal(files(".torn"), HF_JOURNAL_TORN);
        assert_int_equal(entries_in(folder), HF_JOURNAL_TORN);
        for (unsigned i = 1; i <= 10; i++)
            assert_int_equal(access(path_of(100U * (unsigned)round + i, ".result.torn"), F_OK) == 0,
                             i > 2);
    }
}

static void patch(const char *path, off_t at, unsigned flip)
{
    uint8_t byte = 0;
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= (uint8_t)flip;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    (void)close(fd);
}

/* Every byte of the file in turn: head, facts, body. Either opening or loading finds it. */
static void no_changed_byte_is_ever_trusted(void **state)
{
    (void)state;
    reopen(HF_JOURNAL_FLASH);
    uint64_t sequence = stored(5); /* 300 bytes of body */
    struct stat file;
    assert_int_equal(stat(path_of(sequence, ".result"), &file), 0);
    for (off_t at = 0; at < file.st_size; at++) {
        struct hf_result out;
        hf_journal_close(&journal);
        patch(path_of(sequence, ".result"), at, 1U << at % 8);
        reopen(HF_JOURNAL_FLASH);
        if (found(5)) {
            struct hf_fault fault;
            assert_true(at >= file.st_size - 300);
            assert_int_equal(journal_load(&journal, sequence, &out, &body, &fault),
                             HF_ERR_MALFORMED);
            assert_non_null(strstr(fault.text, "the checksum of its body is wrong"));
        }
        assert_null(found(5));
        assert_null(hf_journal_next_unconfirmed(&journal, 0));
        assert_int_equal(journal.torn, 1);
        assert_int_equal(access(path_of(sequence, ".result"), F_OK), -1);
        assert_int_equal(journal_load(&journal, sequence, &out, &body, NULL), HF_ERR_NOT_FOUND);
        sequence = stored(5);
    }
}

static void no_length_but_the_right_one_is_trusted(void **state)
{
    (void)state;
    struct stat file;
    reopen(HF_JOURNAL_FLASH);
    assert_int_equal(stat(path_of(stored(5), ".result"), &file), 0);
    for (off_t size = 0; size < file.st_size + 3; size += 7) {
        const uint64_t sequence = stored(5);
        hf_journal_confirmed(&journal, hf_journal_next_unconfirmed(&journal, 0)->sequence);
        assert_int_equal(truncate(path_of(sequence, ".result"), size), 0);
        reopen(HF_JOURNAL_FLASH);
        assert_int_equal(journal.torn, size != file.st_size);
        assert_int_equal(hf_journal_next_unconfirmed(&journal, 0) != NULL, size == file.st_size);
        (void)stored(5);
    }
}

static void any_bytes_under_any_name_harm_nothing(void **state)
{
    (void)state;
    static const char *const ENDINGS[] = {".result", ".done", ".acked",
                                          ".mark",   ".tmp",  ".result.torn"};
    for (unsigned round = 0; round < 240; round++) {
        char bytes[3000];
        uint32_t before = 0;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)((i + 1) * (round + 3) * 2654435761U >> 13);
        const int fd = open(path_of(round + 1, ENDINGS[round % 6]),
                            O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, bytes, round * 12), round * 12);
        (void)close(fd);
        if (round % 10 != 9)
            continue;
        reopen(HF_JOURNAL_FLASH);
        assert_null(hf_journal_next_unconfirmed(&journal, 0));
        assert_true(entries_in(folder) <= HF_JOURNAL_TORN);
        assert_int_equal(hf_journal_mark(&journal, "task-1", 1, &before, NULL), HF_ERR_OK);
        hf_journal_unmark(&journal, "task-1", 1);
    }
}

static void under_two_names_the_later_one_counts(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        bool settled;
    } NAMES[] = {{".result", ".done", false},
                 {".done", ".result", false},
                 {".done", ".acked", true},
                 {".acked", ".done", true},
                 {".result", ".acked", true}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char first[128];
        reopen(HF_JOURNAL_FLASH);
        const uint64_t sequence = stored(1);
        (void)snprintf(first, sizeof first, "%s", path_of(sequence, NAMES[i].first));
        (void)rename(path_of(sequence, ".result"), first);
        assert_int_equal(link(first, path_of(sequence, NAMES[i].second)), 0);
        reopen(HF_JOURNAL_FLASH);
        assert_true(found(1)->confirmed);
        assert_int_equal(found(1)->settled, NAMES[i].settled);
        assert_null(hf_journal_next_unconfirmed(&journal, 0));
        assert_int_equal(entries_in(folder), i + 1);
        assert_true(whole(1, sequence));
    }
}

static void a_file_that_vanished_is_forgotten(void **state)
{
    (void)state;
    struct hf_result out;
    struct hf_fault fault;
    reopen(HF_JOURNAL_FLASH);
    const uint64_t sequence = stored(1);
    assert_int_equal(unlink(path_of(sequence, ".result")), 0);
    assert_int_equal(journal_load(&journal, sequence, &out, &body, &fault), HF_ERR_NOT_FOUND);
    assert_null(found(1));
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
}

static void what_is_no_file_is_moved_aside_or_let_be_and_nobody_waits_for_it(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path_of(1, ".result"), 0700), 0);
    assert_int_equal(mkfifo(path_of(2, ".result"), 0600), 0);
    assert_int_equal(symlink("/etc/passwd", path_of(3, ".result")), 0);
    assert_int_equal(mkdir(path_of(4, ".tmp"), 0700), 0);
    reopen(HF_JOURNAL_FLASH);
    assert_null(hf_journal_next_unconfirmed(&journal, 0));
    assert_true(stored(1) > 4);
    assert_true(whole(1, found(1)->sequence));
}

/* As an older worker with a larger table could have left them. */
static void more_results_than_fit_stay_for_the_next_start(void **state)
{
    (void)state;
    const unsigned all = HF_JOURNAL_ENTRIES + 5;
    for (unsigned i = 1; i <= all; i++) {
        reopen(HF_JOURNAL_FLASH);
        assert_int_equal(rename(path_of(stored(5), ".result"), path_of(1000 + i, ".result.kept")),
                         0);
    }
    for (unsigned i = 1; i <= all; i++)
        assert_int_equal(rename(path_of(1000 + i, ".result.kept"), path_of(1000 + i, ".result")),
                         0);
    unsigned published = 0;
    uint64_t sequence = 0;
    for (int start = 0; start < 2; start++) {
        reopen(HF_JOURNAL_FLASH);
        assert_int_equal(store(6, &sequence, NULL), start == 0 ? HF_ERR_NO_SPACE : HF_ERR_OK);
        for (;;) {
            const struct hf_journal_entry *next = hf_journal_next_unconfirmed(&journal, 0);
            if (next == NULL || next->sequence == sequence)
                break;
            assert_true(whole(5, next->sequence));
            hf_journal_confirmed(&journal, next->sequence);
            published++;
        }
    }
    assert_int_equal(published, all);
    assert_int_equal(files(".done"), HF_JOURNAL_RECENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, journal_setup, journal_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_comes_back_as_it_was),
        TEST(a_name_that_is_not_ours_is_none),
        TEST(what_was_not_finished_is_deleted_without_a_word),
        TEST(a_torn_file_is_moved_aside_and_the_log_says_which_and_why),
        TEST(of_torn_files_the_last_are_kept),
        TEST(no_changed_byte_is_ever_trusted),
        TEST(no_length_but_the_right_one_is_trusted),
        TEST(any_bytes_under_any_name_harm_nothing),
        TEST(under_two_names_the_later_one_counts),
        TEST(a_file_that_vanished_is_forgotten),
        TEST(what_is_no_file_is_moved_aside_or_let_be_and_nobody_waits_for_it),
        TEST(more_results_than_fit_stay_for_the_next_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
