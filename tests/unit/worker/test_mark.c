#include "../cmocka_all.h"
#include "chance.h"
#include "worker/mark.h"

#include <stdlib.h>
#include <string.h>

static uint8_t bytes[HF_MARK_BYTES_MAX];

static void assert_same(const struct hf_mark *a, const struct hf_mark *b)
{
    assert_string_equal(a->id, b->id);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->starts, b->starts);
}

static void a_mark_comes_back_as_it_was(void **state)
{
    (void)state;
    struct hf_mark out;
    struct hf_mark mark = {.id = "task-1", .attempt = 3, .starts = 2};
    size_t len = hf_mark_encode(&mark, bytes);
    assert_int_equal(len, 24 + 2 + 6);
    assert_int_equal(hf_mark_decode(bytes, len, &out, NULL), HF_ERR_OK);
    assert_same(&out, &mark);
    memset(mark.id, 'z', HF_ID_MAX);
    mark.attempt = mark.starts = UINT32_MAX;
    len = hf_mark_encode(&mark, bytes);
    assert_int_equal(len, HF_MARK_BYTES_MAX);
    assert_int_equal(hf_mark_decode(bytes, len, &out, NULL), HF_ERR_OK);
    assert_same(&out, &mark);
}

static void every_flipped_bit_and_every_other_length_is_refused(void **state)
{
    (void)state;
    struct hf_mark out;
    const struct hf_mark mark = {.id = "task-1", .attempt = 3, .starts = 2};
    const size_t len = hf_mark_encode(&mark, bytes);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct hf_fault fault = {0};
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(hf_mark_decode(bytes, len, &out, &fault), HF_ERR_MALFORMED);
        assert_true(fault.text[0] != '\0');
        assert_int_equal(out.starts, 0);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t other = 0; other < sizeof bytes; other++)
        assert_int_equal(hf_mark_decode(bytes, other, &out, NULL),
                         other == len ? HF_ERR_OK : HF_ERR_MALFORMED);
}

static void an_id_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {"", "..", "a/b", "a\nb"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct hf_mark out;
        struct hf_mark mark = {.attempt = 1, .starts = 1};
        (void)hf_str_copy(mark.id, sizeof mark.id, hf_str(BAD[i]));
        const size_t len = hf_mark_encode(&mark, bytes);
        assert_int_equal(hf_mark_decode(bytes, len, &out, NULL), HF_ERR_MALFORMED);
    }
}

static void any_bytes_are_a_mark_or_an_error(void **state)
{
    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct hf_mark out;
        const struct hf_mark mark = {.id = "task-1", .attempt = 3, .starts = 2};
        (void)hf_mark_encode(&mark, bytes);
        const size_t size = chance_below(sizeof bytes + 1);
        for (size_t i = round % 2 ? 12 : 0; i < size; i++)
            bytes[i] = (uint8_t)chance();
        uint8_t *exact = malloc(size + (size == 0));
        assert_non_null(exact);
        memcpy(exact, bytes, size);
        assert_int_equal(hf_mark_decode(exact, size, &out, NULL), HF_ERR_MALFORMED);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_comes_back_as_it_was),
        cmocka_unit_test(every_flipped_bit_and_every_other_length_is_refused),
        cmocka_unit_test(an_id_that_is_none_is_refused),
        cmocka_unit_test(any_bytes_are_a_mark_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
