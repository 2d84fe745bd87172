#include "../cmocka_all.h"
#include "../worker/chance.h"
#include "libc/sort.h"

#define COUNT 48

struct address {
    char name[5]; /* the size of an element is no power of two */
    unsigned char rank, place;
};

static int by_rank(const void *one, const void *other)
{
    return ((const struct address *)one)->rank - ((const struct address *)other)->rank;
}

static void elements_are_in_order_and_equal_ones_stay_in_theirs(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct address addresses[COUNT] = {0};
        for (unsigned char i = 0; i < COUNT; i++) {
            addresses[i].rank = (unsigned char)chance_below(round % COUNT + 1);
            addresses[i].place = i;
            addresses[i].name[0] = (char)('0' + addresses[i].rank);
        }
        hf_sort(addresses, COUNT, sizeof *addresses, by_rank);
        unsigned places = addresses[0].place;
        for (size_t i = 1; i < COUNT; i++) {
            const struct address *before = &addresses[i - 1], *here = &addresses[i];
            assert_true(before->rank < here->rank ||
                        (before->rank == here->rank && before->place < here->place));
            assert_int_equal(here->name[0], '0' + here->rank);
            places += here->place;
        }
        assert_int_equal(places, COUNT * (COUNT - 1) / 2);
    }
}

static void array_of_one_or_of_none_is_left_as_it_is(void **state)
{
    (void)state;
    struct address two[] = {{"b", 2, 0}, {"a", 1, 1}};
    hf_sort(two, 0, sizeof *two, by_rank);
    hf_sort(two, 1, sizeof *two, by_rank);
    assert_int_equal(two[0].rank, 2);
    assert_int_equal(two[1].rank, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_in_order_and_equal_ones_stay_in_theirs),
        cmocka_unit_test(array_of_one_or_of_none_is_left_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
