#include "fixture.h"
#include "ledger/bodies.h"

#include <dirent.h>
#include <unistd.h>

static struct hf_body_writer *writer_of(struct fixture *f)
{
    struct hf_body_writer *writer = NULL;
    assert_ok(f, hf_body_writer_new(hf_ledger_bodies(f->ledger), &writer, &f->fault));
    return writer;
}

static int count_files(struct fixture *f)
{
    char path[96];
    int count = 0;
    snprintf(path, sizeof path, "%s/bodies", f->folder);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *e; (e = readdir(folder));)
        count += e->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void fill(struct fixture *f, struct hf_body_writer *writer, char byte, size_t len)
{
    char piece[1000];
    memset(piece, byte, sizeof piece);
    while (len > 0) {
        size_t some = len < sizeof piece ? len : sizeof piece;
        assert_ok(f, hf_body_write(writer, piece, some, &f->fault));
        len -= some;
    }
}

static void a_body_up_to_the_limit_stays_in_memory(void **state)
{
    struct fixture *f = *state;
    struct hf_body_writer *writer = writer_of(f);
    struct hf_body body;
    fill(f, writer, 'x', HF_BODY_INLINE_MAX);
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    assert_int_equal(body.size, HF_BODY_INLINE_MAX);
    assert_non_null(body.bytes);
    assert_string_equal(body.hash, "");
    assert_int_equal(count_files(f), 0);
    hf_body_writer_free(writer);
}

static void one_byte_more_makes_a_file_named_by_its_sha256(void **state)
{
    struct fixture *f = *state;
    struct hf_body_writer *writer = writer_of(f);
    struct hf_body body;
    fill(f, writer, 'x', HF_BODY_INLINE_MAX + 1);
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    assert_null(body.bytes);
    /* head -c 65537 /dev/zero | tr '\0' x | sha256sum */
    assert_string_equal(body.hash,
                        "1abe08ebecf1c18cab71f6fe28aaddf20268f85bad78bb9a72f88ca47c874662");
    assert_int_equal(count_files(f), 1);
    hf_body_writer_free(writer);
    assert_int_equal(count_files(f), 1);
}

static void the_same_bytes_are_kept_once(void **state)
{
    struct fixture *f = *state;
    struct hf_body_writer *writer = writer_of(f);
    struct hf_body first;
    struct hf_body second;
    fill(f, writer, 'x', 100000);
    assert_ok(f, hf_body_finish(writer, &first, &f->fault));
    hf_body_reset(writer);
    fill(f, writer, 'x', 100000);
    assert_ok(f, hf_body_finish(writer, &second, &f->fault));
    assert_string_equal(first.hash, second.hash);
    assert_int_equal(count_files(f), 1);
    hf_body_writer_free(writer);
}

static void a_body_that_is_given_up_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    struct hf_body_writer *writer = writer_of(f);
    fill(f, writer, 'x', 100000);
    assert_int_equal(count_files(f), 1);
    hf_body_reset(writer);
    assert_int_equal(count_files(f), 0);
    fill(f, writer, 'y', 100000);
    hf_body_writer_free(writer);
    assert_int_equal(count_files(f), 0);
}

static void a_writer_takes_one_body_after_the_other(void **state)
{
    struct fixture *f = *state;
    struct hf_body_writer *writer = writer_of(f);
    struct hf_body body;
    fill(f, writer, 'x', 100000);
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    hf_body_reset(writer);
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    assert_int_equal(body.size, 0);
    assert_null(body.bytes);
    hf_body_reset(writer);
    fill(f, writer, 'z', 3);
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    assert_int_equal(body.size, 3);
    assert_memory_equal(body.bytes, "zzz", 3);
    hf_body_writer_free(writer);
}

static void a_file_is_read_in_pieces_from_any_offset(void **state)
{
    struct fixture *f = *state;
    struct hf_body_writer *writer = writer_of(f);
    struct hf_body_reader reader = {0};
    struct hf_body body;
    char piece[8];
    size_t got = 0;
    fill(f, writer, 'x', 70000);
    fill(f, writer, 'y', 3);
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    assert_ok(f, hf_body_open(hf_ledger_bodies(f->ledger), &body, &reader, &f->fault));
    assert_int_equal(reader.size, 70003);
    assert_ok(f, hf_body_read(&reader, 69998, piece, sizeof piece, &got, &f->fault));
    assert_int_equal(got, 5);
    assert_memory_equal(piece, "xxyyy", 5);
    assert_ok(f, hf_body_read(&reader, 70003, piece, sizeof piece, &got, &f->fault));
    assert_int_equal(got, 0);
    hf_body_close(&reader);
    hf_body_writer_free(writer);
}

static void a_missing_or_damaged_file_is_named(void **state)
{
    struct fixture *f = *state;
    struct hf_body_writer *writer = writer_of(f);
    struct hf_body_reader reader = {0};
    struct hf_body body;
    char path[192];
    fill(f, writer, 'x', 100000);
    assert_ok(f, hf_body_finish(writer, &body, &f->fault));
    snprintf(path, sizeof path, "%s/bodies/%s", f->folder, body.hash);
    assert_int_equal(truncate(path, 10), 0);
    assert_int_equal(hf_body_open(hf_ledger_bodies(f->ledger), &body, &reader, &f->fault),
                     HF_ERR_MALFORMED);
    assert_non_null(strstr(f->fault.text, body.hash));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(hf_body_open(hf_ledger_bodies(f->ledger), &body, &reader, &f->fault),
                     HF_ERR_NOT_FOUND);
    assert_non_null(strstr(f->fault.text, body.hash));
    hf_body_close(&reader);
    hf_body_writer_free(writer);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_body_up_to_the_limit_stays_in_memory),
        TEST(one_byte_more_makes_a_file_named_by_its_sha256),
        TEST(the_same_bytes_are_kept_once),
        TEST(a_body_that_is_given_up_leaves_no_file),
        TEST(a_writer_takes_one_body_after_the_other),
        TEST(a_file_is_read_in_pieces_from_any_offset),
        TEST(a_missing_or_damaged_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
