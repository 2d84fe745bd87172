#include "access_point.h"

#include <stdlib.h>

static struct access_point ap;
static struct hf_handshake station;
static struct hf_handshake_actions got;
static uint8_t randoms;

static int begin(void **state)
{
    (void)state;
    ap_begin(&ap);
    const struct hf_element announced = {.bytes = ap.rsn, .len = ap.rsn_len};
    hf_handshake_begin(&station, ap.pmk, ap_address, station_address, &announced);
    return 0;
}

/* In a piece of memory of its own, so that reading beyond it is caught by the sanitizer. */
static void take(void)
{
    uint8_t random[HF_EAPOL_NONCE_BYTES];
    uint8_t *copy = malloc(ap.len + 1);
    memset(random, ++randoms, sizeof random);
    memcpy(copy + 1, ap.frame, ap.len);
    hf_handshake_take(&station, copy + 1, ap.len, random, &got);
    free(copy);
}

static void assert_ignored(void)
{
    assert_int_equal(got.frame_len, 0);
    assert_false(got.pairwise || got.group || got.done);
    assert_null(got.refused);
}

static void agree(void)
{
    ap_first(&ap);
    take();
    assert_true(ap_takes(&ap, got.frame, got.frame_len));
    ap_third(&ap);
    take();
}

static void both_sides_have_the_same_keys_after_four_messages(void **state)
{
    (void)state;
    ap_first(&ap);
    take();
    assert_true(got.frame_len > 0 && !got.pairwise && !got.done);
    assert_int_equal(station.state, HF_HANDSHAKE_ASKED);
    assert_true(ap_takes(&ap, got.frame, got.frame_len));
    ap_third(&ap);
    take();
    assert_true(got.pairwise && got.group && got.done);
    assert_true(ap_takes(&ap, got.frame, got.frame_len));
    assert_memory_equal(station.keys.temporal, ap.keys.temporal, 16);
    assert_memory_equal(station.group.key, ap.gtk, HF_GTK_BYTES);
    assert_int_equal(station.group.index, 1);
    assert_int_equal(station.state, HF_HANDSHAKE_DONE);
}

static void third_message_that_comes_again_is_answered_and_puts_no_key_in_place_again(void **state)
{
    (void)state;
    agree();
    ap_third(&ap);
    take();
    assert_true(got.frame_len > 0 && got.done);
    assert_false(got.pairwise || got.group);
}

static void third_message_with_any_byte_changed_is_ignored(void **state)
{
    (void)state;
    ap_first(&ap);
    take();
    assert_true(ap_takes(&ap, got.frame, got.frame_len));
    ap_third(&ap);
    for (size_t i = 0; i < ap.len; i++) {
        if (i == 2 || i == 3) /* the length: a frame that is cut is another test's */
            continue;
        ap.frame[i] ^= 0x20;
        take();
        assert_false(got.pairwise || got.group || got.done);
        ap.frame[i] ^= 0x20;
    }
    const size_t len = ap.len;
    for (ap.len = 0; ap.len < len; ap.len++) {
        take();
        assert_ignored();
    }
}

static void old_frame_is_ignored(void **state)
{
    (void)state;
    agree();
    take(); /* the third message, byte for byte */
    assert_ignored();
    ap_group(&ap);
    const struct access_point before = ap;
    take();
    assert_true(got.frame_len > 0);
    ap = before;
    take();
    assert_ignored();
    ap.replay = 0;
    ap_first(&ap);
    take();
    assert_ignored();
}

static void group_key_is_changed_and_not_put_in_place_twice(void **state)
{
    (void)state;
    agree();
    memset(ap.gtk, 0x32, sizeof ap.gtk);
    ap.gtk_index = 2;
    ap_group(&ap);
    take();
    assert_true(got.group && !got.pairwise);
    assert_true(ap_takes(&ap, got.frame, got.frame_len));
    assert_memory_equal(station.group.key, ap.gtk, HF_GTK_BYTES);
    assert_int_equal(station.group.index, 2);
    ap_group(&ap);
    take();
    assert_true(got.frame_len > 0);
    assert_false(got.group);
}

static void group_message_of_somebody_without_the_key_is_ignored(void **state)
{
    (void)state;
    agree();
    ap.keys.confirm[0] ^= 1;
    ap_group(&ap);
    take();
    assert_ignored();
}

static void nothing_but_a_first_message_is_taken_at_the_beginning(void **state)
{
    (void)state;
    ap_third(&ap);
    take();
    assert_ignored();
    ap_group(&ap);
    take();
    assert_ignored();
}

static void wrong_password_ends_after_the_second_message(void **state)
{
    (void)state;
    ap.pmk[0] ^= 1;
    ap_first(&ap);
    take();
    assert_false(ap_takes(&ap, got.frame, got.frame_len));
    ap_third(&ap); /* as one who hopes to be believed */
    take();
    assert_ignored();
    ap_first(&ap);
    take();
    assert_int_equal(station.state, HF_HANDSHAKE_ASKED);
}

static void second_message_has_the_same_nonce_until_the_handshake_is_over(void **state)
{
    (void)state;
    struct hf_eapol_key first, second;
    ap_first(&ap);
    take();
    assert_true(hf_eapol_read(got.frame, got.frame_len, &first));
    ap_first(&ap);
    take();
    assert_true(hf_eapol_read(got.frame, got.frame_len, &second));
    assert_memory_equal(first.nonce, second.nonce, sizeof first.nonce);
    agree();
    ap_first(&ap);
    take();
    assert_true(hf_eapol_read(got.frame, got.frame_len, &second));
    assert_memory_not_equal(first.nonce, second.nonce, sizeof first.nonce);
}

static void new_pairwise_keys_replace_the_old_ones_which_hold_until_then(void **state)
{
    (void)state;
    agree();
    const struct hf_keys old = station.keys;
    memset(ap.between.access_point_nonce, 0xB0, HF_EAPOL_NONCE_BYTES);
    ap_first(&ap);
    take();
    assert_memory_equal(&station.keys, &old, sizeof old);
    assert_true(ap_takes(&ap, got.frame, got.frame_len));
    ap_third(&ap);
    take();
    assert_true(got.pairwise && got.done);
    assert_memory_not_equal(&station.keys, &old, sizeof old);
}

static void network_that_announced_otherwise_is_left(void **state)
{
    (void)state;
    ap.rsn[ap.rsn_len - 1] ^= 1;
    agree();
    assert_non_null(got.refused);
    assert_int_equal(got.frame_len, 0);
    assert_false(got.pairwise || got.group || got.done);
}

static void third_message_without_a_group_key_is_refused(void **state)
{
    (void)state;
    ap.gtk_index = 0;
    agree();
    assert_non_null(got.refused);
    assert_false(got.pairwise || got.group || got.done);
}

static void forget_leaves_no_key_behind(void **state)
{
    (void)state;
    static const struct hf_handshake nothing;
    agree();
    hf_handshake_forget(&station);
    assert_memory_equal(&station, &nothing, sizeof nothing);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_sides_have_the_same_keys_after_four_messages),
        TEST(third_message_that_comes_again_is_answered_and_puts_no_key_in_place_again),
        TEST(third_message_with_any_byte_changed_is_ignored),
        TEST(old_frame_is_ignored),
        TEST(group_key_is_changed_and_not_put_in_place_twice),
        TEST(group_message_of_somebody_without_the_key_is_ignored),
        TEST(nothing_but_a_first_message_is_taken_at_the_beginning),
        TEST(wrong_password_ends_after_the_second_message),
        TEST(second_message_has_the_same_nonce_until_the_handshake_is_over),
        TEST(new_pairwise_keys_replace_the_old_ones_which_hold_until_then),
        TEST(network_that_announced_otherwise_is_left),
        TEST(third_message_without_a_group_key_is_refused),
        TEST(forget_leaves_no_key_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
