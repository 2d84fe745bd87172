#include "../cmocka_all.h"
#include "chance.h"
#include "results.h"
#include "worker/crc32.h"
#include "worker/record.h"

#include <stdlib.h>
#include <string.h>

static uint8_t head[HF_RECORD_HEAD_MAX + 64];

static struct hf_record sample(void)
{
    return (struct hf_record){
        .result = {.id = "task-1",
                   .job = "job:7",
                   .board = "pi-1",
                   .status = HF_STATUS_RETRY,
                   .attempt = 3,
                   .exit_code = -1,
                   .signal = 9,
                   .started_ms = 1700000000123,
                   .duration_ms = 5000,
                   .peak_kb = 4096,
                   .cpu_ms = 250,
                   .reason = "killed by signal 9",
                   .log_tail = "line\nlast"},
        .body_bytes = 0x0102030405,
        .body_crc = 0xCBF43926,
    };
}

static void assert_same(const struct hf_record *a, const struct hf_record *b)
{
    assert_true(result_same(&a->result, &b->result));
    assert_true(a->body_bytes == b->body_bytes);
    assert_int_equal(a->body_crc, b->body_crc);
}

static void repair_crc(size_t len)
{
    const uint32_t crc = hf_crc32(hf_crc32(0, head, 28), head + 32, len - 32);
    for (size_t i = 0; i < 4; i++)
        head[28 + i] = (uint8_t)(crc >> (8 * i));
}

static void a_result_comes_back_as_it_was(void **state)
{
    (void)state;
    struct hf_record out;
    size_t head_bytes = 0;
    const struct hf_record record = sample();
    const size_t len = hf_record_encode(&record, head);
    memset(head + len, 'x', 64); /* the body */
    assert_int_equal(hf_record_decode(head, len + 64, &out, &head_bytes, NULL), HF_ERR_OK);
    assert_int_equal(head_bytes, len);
    assert_same(&out, &record);
}

static void a_signed_result_keeps_its_signature_and_others_their_version(void **state)
{
    (void)state;
    struct hf_record out;
    size_t head_bytes = 0;
    struct hf_record record = sample();
    (void)hf_record_encode(&record, head);
    assert_int_equal(head[8], HF_RECORD_VERSION);
    strcpy(record.result.signature, "MEUCIQ==");
    const size_t len = hf_record_encode(&record, head);
    assert_int_equal(head[8], HF_RECORD_VERSION_SIGNED);
    assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, NULL), HF_ERR_OK);
    assert_string_equal(out.result.signature, "MEUCIQ==");
    head[8] = HF_RECORD_VERSION; /* a text more than that version has */
    repair_crc(len);
    assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, NULL), HF_ERR_MALFORMED);
}

static void the_longest_and_the_emptiest_result_fit(void **state)
{
    (void)state;
    struct hf_record out;
    size_t head_bytes = 0;
    struct hf_record record = {.body_bytes = INT64_MAX, .body_crc = UINT32_MAX};
    assert_int_equal(hf_record_encode(&record, head), 76 + 6 * 2 + strlen("done"));
    struct hf_result *result = &record.result;
    memset(result->id, 'i', HF_ID_MAX);
    memset(result->job, 'j', HF_ID_MAX);
    memset(result->board, 'b', HF_NAME_MAX);
    memset(result->reason, 'r', HF_REASON_MAX);
    memset(result->log_tail, 'l', HF_LOG_TAIL_MAX);
    memset(result->signature, 's', HF_SIGNATURE_MAX);
    result->status = HF_STATUS_CANCELLED;
    result->attempt = UINT32_MAX;
    result->exit_code = INT32_MIN;
    result->signal = INT32_MAX;
    result->started_ms = INT64_MIN;
    result->duration_ms = INT64_MAX;
    const size_t len = hf_record_encode(&record, head);
    assert_true(len <= HF_RECORD_HEAD_MAX);
    assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, NULL), HF_ERR_OK);
    assert_same(&out, &record);
}

/* What the header specifies, byte by byte, written down a second time. */
static void the_bytes_on_flash_are_those_of_the_specification(void **state)
{
    (void)state;
    static const char WANTED[] = "HFRESULT"
                                 "\x01\0\0\0"
                                 "\x87\0\0\0"
                                 "\x05\x04\x03\x02\x01\0\0\0"
                                 "\x26\x39\xF4\xCB"
                                 "????"
                                 "\x03\0\0\0"
                                 "\xFF\xFF\xFF\xFF"
                                 "\x09\0\0\0"
                                 "\x7B\x68\xE5\xCF\x8B\x01\0\0"
                                 "\x88\x13\0\0\0\0\0\0"
                                 "\0\x10\0\0\0\0\0\0"
                                 "\xFA\0\0\0\0\0\0\0"
                                 "\x06\0task-1"
                                 "\x05\0job:7"
                                 "\x04\0pi-1"
                                 "\x05\0retry"
                                 "\x12\0killed by signal 9"
                                 "\x09\0line\nlast";
    uint8_t wanted[sizeof WANTED];
    memcpy(wanted, WANTED, sizeof WANTED);
    const struct hf_record record = sample();
    const size_t len = hf_record_encode(&record, head);
    assert_int_equal(len, sizeof WANTED - 1);
    const uint32_t crc = hf_crc32(hf_crc32(0, head, 28), head + 32, len - 32);
    for (size_t i = 0; i < 4; i++)
        wanted[28 + i] = (uint8_t)(crc >> (8 * i));
    assert_memory_equal(head, wanted, len);
}

static void every_flipped_bit_and_every_shorter_file_is_refused(void **state)
{
    (void)state;
    struct hf_record out;
    static const struct hf_record EMPTY;
    size_t head_bytes = 0;
    const struct hf_record record = sample();
    const size_t len = hf_record_encode(&record, head);
    for (size_t bit = 0; bit < 8 * len; bit++) {
        struct hf_fault fault = {0};
        head[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, &fault), HF_ERR_MALFORMED);
        assert_true(fault.text[0] != '\0');
        assert_memory_equal(&out, &EMPTY, sizeof out);
        head[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(hf_record_decode(head, cut, &out, &head_bytes, NULL), HF_ERR_MALFORMED);
    assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, NULL), HF_ERR_OK);
}

static void a_record_of_a_later_version_is_refused_with_both_versions_named(void **state)
{
    (void)state;
    struct hf_record out;
    struct hf_fault fault;
    size_t head_bytes = 0;
    const struct hf_record record = sample();
    const size_t len = hf_record_encode(&record, head);
    head[8] = 3;
    repair_crc(len);
    assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, &fault), HF_ERR_MALFORMED);
    assert_string_equal(fault.text, "its format is version 3, this worker reads up to 2");
}

/* The checksum is right in all of these: they were made, not torn. */
static void facts_that_are_none_are_refused_whatever_the_checksum_says(void **state)
{
    (void)state;
    struct hf_record out;
    size_t head_bytes = 0;
    const struct hf_record record = sample();
    const size_t len = hf_record_encode(&record, head);
    static const struct {
        size_t at;
        uint8_t byte;
    } BAD[] = {
        {23, 0x80}, /* a body longer than any */
        {76, 0xFF}, /* an id of 255 bytes */
        {77, 0xFF}, /* of 65286 */
        {78, 0},    /* a 0 in the id */
        {76, 5},    /* what follows is not where it should be */
        {99, 'x'},  /* no status */
        {124, 8},   /* something is left over */
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        const uint8_t good = head[BAD[i].at];
        head[BAD[i].at] = BAD[i].byte;
        repair_crc(len);
        assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, NULL), HF_ERR_MALFORMED);
        head[BAD[i].at] = good;
    }
    repair_crc(len);
    assert_int_equal(hf_record_decode(head, len, &out, &head_bytes, NULL), HF_ERR_OK);
}

static void any_bytes_are_a_record_or_an_error(void **state)
{
    (void)state;
    struct hf_record out;
    size_t decoded = 0;
    for (int round = 0; round < 20000; round++) {
        const struct hf_record record = sample();
        const size_t len = hf_record_encode(&record, head);
        const size_t size = round % 2 ? len : chance_below(sizeof head);
        if (round % 2 == 0) {
            for (size_t i = round % 4 ? 12 : 0; i < size; i++)
                head[i] = (uint8_t)chance();
        } else {
            for (uint64_t changes = 1 + chance_below(3); changes > 0; changes--)
                head[12 + chance_below(len - 12)] = (uint8_t)chance();
            repair_crc(len);
        }
        /* On the heap, to its exact size, so that a sanitizer sees a read behind it. */
        uint8_t *exact = malloc(size + (size == 0));
        size_t head_bytes = 0;
        assert_non_null(exact);
        memcpy(exact, head, size);
        if (hf_record_decode(exact, size, &out, &head_bytes, NULL) == HF_ERR_OK) {
            uint8_t again[HF_RECORD_HEAD_MAX];
            decoded++;
            assert_int_equal(hf_record_encode(&out, again), head_bytes);
            assert_memory_equal(again, exact, head_bytes);
        }
        free(exact);
    }
    assert_true(decoded > 1000); /* repaired ones, with other facts */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_result_comes_back_as_it_was),
        cmocka_unit_test(a_signed_result_keeps_its_signature_and_others_their_version),
        cmocka_unit_test(the_longest_and_the_emptiest_result_fit),
        cmocka_unit_test(the_bytes_on_flash_are_those_of_the_specification),
        cmocka_unit_test(every_flipped_bit_and_every_shorter_file_is_refused),
        cmocka_unit_test(a_record_of_a_later_version_is_refused_with_both_versions_named),
        cmocka_unit_test(facts_that_are_none_are_refused_whatever_the_checksum_says),
        cmocka_unit_test(any_bytes_are_a_record_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
