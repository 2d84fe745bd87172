#include "../cmocka_all.h"
#include "home/jsonc.h"

#include <string.h>

static void comments_are_blanked_and_strings_are_not(void **state)
{
    char text[] = "{ // one\n\"a//b\": \"/* c */\\\"//\", /* two\nlines */ \"d\": 1 }//";
    (void)state;
    hf_jsonc_blank(text);
    assert_string_equal(text,
                        "{       \n\"a//b\": \"/* c */\\\"//\",       \n         \"d\": 1 }  ");
}

static void broken_json_is_reported_with_its_line(void **state)
{
    char text[] = "{\n// fine\n\"a\": 1,\n\"b\": }\n";
    char list[] = "[1]", open[] = "{ \"a\": 1 /* never closed", rest[] = "{} {}";
    struct hf_fault fault;
    cJSON *root = NULL;
    (void)state;
    assert_int_equal(hf_jsonc_parse("f.json", text, &root, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, "f.json, line 4"));
    assert_int_equal(hf_jsonc_parse("f.json", list, &root, &fault), HF_ERR_MALFORMED);
    assert_int_equal(hf_jsonc_parse("f.json", open, &root, &fault), HF_ERR_MALFORMED);
    assert_int_equal(hf_jsonc_parse("f.json", rest, &root, &fault), HF_ERR_MALFORMED);
    assert_null(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_are_blanked_and_strings_are_not),
        cmocka_unit_test(broken_json_is_reported_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
