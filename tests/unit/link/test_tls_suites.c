#include "../cmocka_all.h"
#include "link/tls_suites.h"

#include <mbedtls/ssl_ciphersuites.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static void every_suite_is_compiled_in_and_offered_once(void **state)
{
    (void)state;
    const int *suites = hf_tls_suites();
    size_t count = 0;
    for (; suites[count] != 0; count++) {
        assert_non_null(mbedtls_ssl_ciphersuite_from_id(suites[count]));
        for (size_t i = 0; i < count; i++)
            assert_int_not_equal(suites[i], suites[count]);
    }
    assert_int_equal(count, 9);
}

static bool processor_says(const char *feature)
{
    static char text[65536], word[32];
    FILE *file = fopen("/proc/cpuinfo", "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    (void)snprintf(word, sizeof word, " %s ", feature);
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\n')
            *at = ' ';
    }
    return strstr(text, word) != NULL;
}

static void aes_comes_first_where_the_processor_has_instructions_for_it(void **state)
{
    (void)state;
    const bool fast =
        processor_says("aes") && (processor_says("pclmulqdq") || processor_says("pmull"));
    assert_int_equal(hf_tls_suites()[0], fast ? MBEDTLS_TLS1_3_AES_128_GCM_SHA256
                                              : MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_is_compiled_in_and_offered_once),
        cmocka_unit_test(aes_comes_first_where_the_processor_has_instructions_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
