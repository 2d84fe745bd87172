#include "folder.h"
#include "worker/config.h"

#include <string.h>
#include <unistd.h>

#define TLS    "\"tls\":{\"ca\":\"ca.pem\",\"cert\":\"board.pem\",\"key\":\"board.key\"}"
#define BROKER "\"broker\":{\"host\":\"broker.lab\"}"
#define LEAST  "\"board\":\"pi-1\"," BROKER "," TLS

static struct hf_config config;
static struct hf_fault fault;

static enum hf_err load(const char *text)
{
    folder_put("worker.json", 0600, text);
    memset(&config, 0x55, sizeof config);
    return hf_config_load(folder_path("worker.json"), &config, &fault);
}

static void the_least_file_gets_the_documented_defaults(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST "}"), HF_ERR_OK);
    assert_string_equal(config.board, "pi-1");
    assert_string_equal(config.broker.host, "broker.lab");
    assert_int_equal(config.broker.port, 5671);
    assert_string_equal(config.broker.vhost, "holdfast");
    assert_string_equal(config.broker.server_name, "");
    assert_string_equal(config.broker.user, "");
    assert_string_equal(config.broker.password, "");
    assert_string_equal(config.pool, "default");
    assert_string_equal(config.queue, "");
    assert_string_equal(config.default_handler, "echo");
    assert_string_equal(config.handlers, "/etc/holdfast/handlers");
    assert_string_equal(config.state, "/var/lib/holdfast");
    assert_string_equal(config.require_sender, "manager");
    assert_int_equal(config.log_level, HF_LOG_INFO);
    assert_int_equal(config.task_timeout_s, 3600);
    assert_int_equal(config.kill_grace_s, 5);
    assert_int_equal(config.max_payload_bytes, 134217728);
    assert_int_equal(config.max_output_bytes, 16711680);
    assert_int_equal(config.heartbeat_s, 10);
    assert_int_equal(config.reconnect_min_ms, 500);
    assert_int_equal(config.reconnect_max_ms, 60000);
    assert_int_equal(config.slots, 1);
    assert_int_equal(config.journal, HF_JOURNAL_FLASH);
    assert_false(config.ack_pipelined);
    assert_false(config.log_to_system);
    assert_int_equal(config.crash_limit, 3);
    assert_int_equal(config.consumer_timeout_s, 691200);
    assert_int_equal(config.presence_s, 30);
    assert_string_equal(config.watchdog, "");
    assert_string_equal(config.labels, "");
    assert_int_equal(config.task_soft_timeout_s, 0);
    assert_string_equal(config.task_user, "");
    assert_int_equal(config.disk_reserve_mb, 8);
    assert_int_equal(config.update_trial_s, 60);
    assert_int_equal(config.limits.memory_mb, 0);
    assert_int_equal(config.limits.cpu_s, 0);
    assert_int_equal(config.limits.files, 1024);
    assert_int_equal(config.limits.processes, 256);
    assert_int_equal(config.limits.file_size_mb, 0);
}

static void what_a_task_may_use_is_a_section_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST ", \"task_user\": \"pi\", \"task_soft_timeout_s\": 50,"
                          "\"limits\": {\"memory_mb\": 64, \"cpu_s\": 10, \"files\": 0,"
                          "\"processes\": 5, \"file_size_mb\": 7}}"),
                     HF_ERR_OK);
    assert_string_equal(config.task_user, "pi");
    assert_int_equal(config.task_soft_timeout_s, 50);
    assert_int_equal(config.limits.memory_mb, 64);
    assert_int_equal(config.limits.cpu_s, 10);
    assert_int_equal(config.limits.files, 0);
    assert_int_equal(config.limits.processes, 5);
    assert_int_equal(config.limits.file_size_mb, 7);
    assert_int_equal(load("{" LEAST ", \"limits\": {\"memory\": 64}}"), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"limits.memory\""));
    assert_non_null(strstr(fault.text, "\"memory_mb\""));
    assert_int_equal(load("{" LEAST ", \"limits\": {\"cpu_s\": -1}}"), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"limits.cpu_s\" is -1"));
}

static void handlers_are_allowed_by_name_and_exec_with_signatures_alone(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST "}"), HF_ERR_OK);
    assert_string_equal(config.allow_handlers, "");
    assert_int_equal(load("{" LEAST ",\"allow_handlers\":\"echo sha256\"}"), HF_ERR_OK);
    assert_string_equal(config.allow_handlers, "echo sha256");
    assert_int_equal(
        load("{" LEAST ",\"allow_handlers\":\"exec\",\"require_signature\":\"m.pub\"}"), HF_ERR_OK);
    static const char *const BAD_LISTS[] = {"", " ", "echo ", " echo", "../x", "echo,sha256"};
    for (size_t i = 0; i < sizeof BAD_LISTS / sizeof *BAD_LISTS; i++) {
        char text[512];
        (void)snprintf(text, sizeof text, "{" LEAST ",\"allow_handlers\":\"%s\"}", BAD_LISTS[i]);
        assert_int_equal(load(text), HF_ERR_INVALID);
    }
}

static void a_soft_time_limit_is_below_the_hard_one(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST ", \"task_timeout_s\": 60, \"task_soft_timeout_s\": 60}"),
                     HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"task_soft_timeout_s\" is 60"));
    assert_non_null(strstr(fault.text, "less than task_timeout_s, 60"));
}

static void the_ways_to_keep_and_ack_results_are_read_by_name(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST ", \"journal\": \"ram\", \"ack\": \"pipelined\"}"), HF_ERR_OK);
    assert_int_equal(config.journal, HF_JOURNAL_RAM);
    assert_true(config.ack_pipelined);
    assert_int_equal(load("{" LEAST ", \"journal\": \"disk\"}"), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"flash\", \"ram\" or \"off\""));
    assert_int_equal(load("{" LEAST ", \"ack\": \"never\"}"), HF_ERR_INVALID);
}

static void the_log_goes_to_stderr_or_to_syslog(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST ", \"log\": \"syslog\"}"), HF_ERR_OK);
    assert_true(config.log_to_system);
    assert_int_equal(load("{" LEAST ", \"log\": \"stderr\"}"), HF_ERR_OK);
    assert_false(config.log_to_system);
    assert_int_equal(load("{" LEAST ", \"log\": \"/var/log/x\"}"), HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "\"stderr\" or \"syslog\""));
}

static void a_task_may_not_run_longer_than_the_broker_waits(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST ", \"task_timeout_s\": 1800, \"consumer_timeout_s\": 1700}"),
                     HF_ERR_INVALID);
    assert_non_null(strstr(fault.text, "consumer_timeout_s, 1700"));
}

static void every_key_is_read_and_comments_may_stand_anywhere(void **state)
{
    (void)state;
    assert_int_equal(
        load(
            "// a worker's settings\n{ /* who */ \"board\" /* is */ : \"pi-2\", // this\n"
            "\"broker\": {\"host\": \"10.0.0.1\", \"port\": 5711, \"vhost\": \"/\",\n"
            "\"server_name\": \"mq.example.org\", \"user\": \"u\", \"password\": \"//no "
            "comment\"},\n"
            "\"tls\": {\"ca\": \"/abs/ca.pem\"}, \"pool\": \"gpu\", \"queue\": \"task_queue\",\n"
            "\"default_handler\": \"Report.sh\", \"handlers\": \"programs\", \"state\": \"../s\",\n"
            "\"require_sender\": \"boss\", \"log_level\": \"debug\", \"task_timeout_s\": 604800,\n"
            "\"kill_grace_s\": 0, \"max_payload_bytes\": 1, \"max_output_bytes\": 536870912,\n"
            "\"heartbeat_s\": 600, \"reconnect_min_ms\": 10, \"reconnect_max_ms\": 10}\n/**/"),
        HF_ERR_OK);
    assert_string_equal(config.board, "pi-2");
    assert_string_equal(config.broker.host, "10.0.0.1");
    assert_int_equal(config.broker.port, 5711);
    assert_string_equal(config.broker.vhost, "/");
    assert_string_equal(config.broker.server_name, "mq.example.org");
    assert_string_equal(config.broker.user, "u");
    assert_string_equal(config.broker.password, "//no comment");
    assert_string_equal(config.tls.ca, "/abs/ca.pem");
    assert_string_equal(config.tls.cert, "");
    assert_string_equal(config.tls.key, "");
    assert_string_equal(config.pool, "gpu");
    assert_string_equal(config.queue, "task_queue");
    assert_string_equal(config.default_handler, "Report.sh");
    assert_string_equal(config.handlers, folder_path("programs"));
    assert_string_equal(config.state, folder_path("../s"));
    assert_string_equal(config.require_sender, "boss");
    assert_int_equal(config.log_level, HF_LOG_DEBUG);
    assert_int_equal(config.task_timeout_s, 604800);
    assert_int_equal(config.kill_grace_s, 0);
    assert_int_equal(config.max_payload_bytes, 1);
    assert_int_equal(config.max_output_bytes, 536870912);
    assert_int_equal(config.heartbeat_s, 600);
    assert_int_equal(config.reconnect_min_ms, 10);
    assert_int_equal(config.reconnect_max_ms, 10);
}

static void paths_are_relative_to_the_file_wherever_the_worker_was_started(void **state)
{
    (void)state;
    assert_int_equal(load("{" LEAST "}"), HF_ERR_OK);
    assert_string_equal(config.tls.ca, folder_path("ca.pem"));
    assert_string_equal(config.tls.cert, folder_path("board.pem"));
    assert_string_equal(config.tls.key, folder_path("board.key"));
    char before[256];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(hf_config_load("worker.json", &config, NULL), HF_ERR_OK);
    assert_string_equal(config.tls.ca, folder_path("ca.pem"));
    assert_int_equal(chdir(before), 0);
}

static void any_sender_is_taken_when_asked_for_or_when_a_queue_is_named(void **state)
{
    (void)state;
    static const char *const TEXTS[][2] = {
        {"{" LEAST ",\"require_sender\":\"\"}", ""},
        {"{" LEAST ",\"require_sender\":null}", ""},
        {"{" LEAST ",\"queue\":\"q\"}", ""},
        {"{" LEAST ",\"queue\":\"q\",\"require_sender\":\"boss\"}", "boss"},
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        assert_int_equal(load(TEXTS[i][0]), HF_ERR_OK);
        assert_string_equal(config.require_sender, TEXTS[i][1]);
    }
}

/* Each says where, which key, what was found and what was expected. */
static const struct {
    const char *text;
    enum hf_err err;
    const char *words; /* after "<file>:" */
} BAD[] = {
    {"", HF_ERR_MALFORMED, "1: not JSON"},
    {"{\n\"board\": \"a\"\n\"pool\": \"b\"}", HF_ERR_MALFORMED, "3: not JSON near: \"pool\""},
    {"{" LEAST "} x", HF_ERR_MALFORMED, "1: not JSON near: x"},
    {"{" LEAST "}\n\n/* open", HF_ERR_MALFORMED, "3: this comment is not closed near: /* open"},
    {"\n[]", HF_ERR_MALFORMED, "2: expected an object, { \"board\": ... } near: []"},
    {"{" BROKER "," TLS "}", HF_ERR_MISSING, " \"board\" is missing; expected a name"},
    {"{\"board\":\"a\"," TLS "}", HF_ERR_MISSING, " \"broker\" is missing; expected an object"},
    {"{\"board\":\"a\",\"broker\":{}," TLS "}", HF_ERR_MISSING,
     " \"broker.host\" is missing; expected a text of 1 to 255 bytes"},
    {"{\"board\":\"a\"," BROKER "}", HF_ERR_MISSING, " \"tls\" is missing; expected an object"},
    {"{\"board\":\"a\"," BROKER ",\"tls\":{}}", HF_ERR_MISSING, " \"tls.ca\" is missing"},
    {"{" LEAST ",\n\n\"prefetch\": 3}", HF_ERR_INVALID,
     "3: unknown key \"prefetch\" (it is 3); the nearest that is known is \""},
    {"{\"board\":\"a\",\n\"broker\":{\"host\":\"h\",\n\"prot\":5671}," TLS "}", HF_ERR_INVALID,
     "3: unknown key \"broker.prot\" (it is 5671); the nearest that is known is \"port\""},
    {"{" LEAST ",\n\"board\": \"b\"}", HF_ERR_INVALID,
     "2: \"board\" stands here for the second time; keep one"},
    {"{" LEAST ",\n" BROKER "}", HF_ERR_INVALID, "2: \"broker\" stands here for the second time"},
    {"{\n\"board\": \"Pi 1\"," BROKER "," TLS "}", HF_ERR_INVALID,
     "2: \"board\" is \"Pi 1\"; expected a name of 1 to 32 of a-z, 0-9 and -"},
    {"{\"board\":7," BROKER "," TLS "}", HF_ERR_INVALID, "1: \"board\" is 7; expected a name"},
    {"{\"board\":\"a\",\"broker\":\"h\"," TLS "}", HF_ERR_INVALID,
     "1: \"broker\" is \"h\"; expected an object, { ... }"},
    {"{\"board\":\"a\",\"broker\":{\"host\":\"\"}," TLS "}", HF_ERR_INVALID,
     "1: \"broker.host\" is \"\"; expected a text of 1 to 255 bytes"},
    {"{\"board\":\"a\",\n\"broker\":{\n\"host\":\"h\",\n\"port\":0}," TLS "}", HF_ERR_INVALID,
     "4: \"broker.port\" is 0; expected a whole number from 1 to 65535"},
    {"{\"board\":\"a\",\"broker\":{\"host\":\"h\",\"port\":\"5671\"}," TLS "}", HF_ERR_INVALID,
     "1: \"broker.port\" is \"5671\"; expected a whole number"},
    {"{\"board\":\"a\",\"broker\":{\"host\":\"h\",\"port\":65536}," TLS "}", HF_ERR_INVALID,
     "1: \"broker.port\" is 65536"},
    {"{\"board\":\"a\",\"broker\":{\"host\":\"h\",\"port\":5671.5}," TLS "}", HF_ERR_INVALID,
     "1: \"broker.port\" is 5671.5"},
    {"{\"board\":\"a\",\"broker\":{\"host\":\"h\",\"password\":12345678}," TLS "}", HF_ERR_INVALID,
     "1: \"broker.password\" is (not shown); expected a text"},
    {"{\"board\":\"a\",\"broker\":{\"host\":\"h\",\"user\":\"u\"}," TLS "}", HF_ERR_MISSING,
     " \"broker.password\" is missing, but \"user\" is given"},
    {"{\"board\":\"a\",\"broker\":{\"host\":\"h\",\"password\":\"p\"}," TLS "}", HF_ERR_MISSING,
     " \"broker.user\" is missing, but \"password\" is given"},
    {"{\"board\":\"a\"," BROKER ",\"tls\":{\"ca\":\"c\"}}", HF_ERR_MISSING,
     " \"tls.cert\" is missing: it is the login without \"user\""},
    {"{\"board\":\"a\"," BROKER ",\"tls\":{\"ca\":\"c\",\"cert\":\"c\"}}", HF_ERR_MISSING,
     " \"tls.key\" is missing, but \"cert\" is given"},
    {"{\"board\":\"a\"," BROKER ",\"tls\":{\"ca\":\"c\",\"key\":\"c\"}}", HF_ERR_MISSING,
     " \"tls.cert\" is missing, but \"key\" is given"},
    {"{" LEAST ",\"log_level\":\"verbose\"}", HF_ERR_INVALID,
     "1: \"log_level\" is \"verbose\"; expected \"error\", \"warn\", \"info\" or \"debug\""},
    {"{" LEAST ",\"require_sender\":false}", HF_ERR_INVALID,
     "1: \"require_sender\" is false; expected a name"},
    {"{" LEAST ",\"default_handler\":\"../x\"}", HF_ERR_INVALID,
     "1: \"default_handler\" is \"../x\""},
    {"{" LEAST ",\"pool\":null}", HF_ERR_INVALID, "1: \"pool\" is null; expected a name"},
    {"{" LEAST ",\"task_timeout_s\":0}", HF_ERR_INVALID,
     "1: \"task_timeout_s\" is 0; expected a whole number from 1 to 604800"},
    {"{" LEAST ",\"kill_grace_s\":-1}", HF_ERR_INVALID, "1: \"kill_grace_s\" is -1"},
    {"{" LEAST ",\"max_payload_bytes\":1e300}", HF_ERR_INVALID,
     "1: \"max_payload_bytes\" is above 9007199254740991"},
    {"{" LEAST ",\"allow_handlers\":\"echo  sha256\"}", HF_ERR_INVALID,
     "1: \"allow_handlers\" is \"echo  sha256\"; expected names of handlers with one blank"},
    {"{" LEAST ",\"allow_handlers\":\"echo exec\"}", HF_ERR_MISSING,
     " \"require_signature\" is missing, but \"allow_handlers\" names exec"},
    {"{" LEAST ",\"heartbeat_s\":true}", HF_ERR_INVALID, "1: \"heartbeat_s\" is true"},
    {"{" LEAST ",\"reconnect_min_ms\":2000,\"reconnect_max_ms\":1000}", HF_ERR_INVALID,
     " \"reconnect_min_ms\" is 2000; expected at most reconnect_max_ms, 1000"},
    {"{" LEAST ",\"pool\":\"a long value of more than forty bytes in all\"}", HF_ERR_INVALID,
     "1: \"pool\" is \"a long value of more than forty bytes in...\"; expected"},
    {"{" LEAST ",\"ack\":\"pipelined\",\"journal\":\"off\"}", HF_ERR_INVALID,
     " \"ack\" is \"pipelined\", and \"journal\" is \"off\"; expected a journal"},
    {"{" LEAST ",\"pool\":[\"a\"]}", HF_ERR_INVALID, "1: \"pool\" is a list, [...]; expected"},
    {"{" LEAST ",\"slots\":{}}", HF_ERR_INVALID, "1: \"slots\" is an object, {...}; expected"},
};

static void every_mistake_is_named_with_its_line_its_value_and_what_was_expected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char words[256];
        enum hf_err err = load(BAD[i].text);
        (void)snprintf(words, sizeof words, "%s:%s", folder_path("worker.json"), BAD[i].words);
        if (err != BAD[i].err || !strstr(fault.text, words))
            fail_msg("case %zu: %d, %s", i, err, fault.text);
        assert_int_equal(fault.err, err);
        assert_int_equal((unsigned char)config.board[0], 0x55); /* untouched */
    }
}

static void a_value_too_long_for_its_place_is_an_error_not_cut(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        size_t most; /* bytes that are taken */
    } CASES[] = {
        {"{\"board\":\"%s\"," BROKER "," TLS "}", HF_NAME_MAX},
        {"{" LEAST ",\"queue\":\"%s\"}", HF_CONFIG_TEXT_MAX},
        {"{" LEAST ",\"state\":\"/%s\"}", HF_CONFIG_PATH_MAX - 1},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char value[600], text[1000];
        memset(value, 'v', sizeof value);
        value[CASES[i].most] = '\0';
        (void)snprintf(text, sizeof text, CASES[i].format, value);
        assert_int_equal(load(text), HF_ERR_OK);
        value[CASES[i].most] = 'v';
        value[CASES[i].most + 1] = '\0';
        (void)snprintf(text, sizeof text, CASES[i].format, value);
        assert_int_equal(load(text), HF_ERR_INVALID);
    }
}

static void a_password_is_never_quoted(void **state)
{
    (void)state;
    assert_int_equal(load("{\"board\":\"a\",\"broker\":{\"host\":\"h\",\"password\":"
                          "[\"hunter2\"]}," TLS "}"),
                     HF_ERR_INVALID);
    assert_null(strstr(fault.text, "hunter2"));
}

static void a_file_that_cannot_be_read_is_named_with_the_cause(void **state)
{
    (void)state;
    assert_int_equal(hf_config_load(folder_path("absent.json"), &config, &fault), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(fault.text, folder_path("absent.json: No such file")));
    assert_int_equal(hf_config_load(folder, &config, &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, "Is a directory"));

    static char large[HF_CONFIG_FILE_MAX + 2];
    memset(large, ' ', sizeof large - 1);
    memcpy(large, "{" LEAST "}", sizeof "{" LEAST "}" - 1);
    assert_int_equal(load(large), HF_ERR_TOO_LARGE);
    assert_non_null(strstr(fault.text, "more than 65536 bytes"));
    large[HF_CONFIG_FILE_MAX] = '\0';
    assert_int_equal(load(large), HF_ERR_OK);
}

static void a_0_byte_in_the_file_is_not_json(void **state)
{
    (void)state;
    FILE *file = fopen(folder_path("worker.json"), "w");
    assert_non_null(file);
    static const char TEXT[] = "{" LEAST "}\n\0 more";
    assert_int_equal(fwrite(TEXT, 1, sizeof TEXT - 1, file), sizeof TEXT - 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(hf_config_load(folder_path("worker.json"), &config, &fault), HF_ERR_MALFORMED);
    assert_non_null(strstr(fault.text, ":2: a 0 byte"));
}

static void the_end_of_a_long_file_name_is_shown(void **state)
{
    (void)state;
    char deep[400];
    memset(deep, 'd', sizeof deep);
    deep[0] = '/';
    memcpy(deep + sizeof deep - 13, "/worker.json", 13);
    assert_int_equal(hf_config_load(deep, &config, &fault), HF_ERR_IO);
    assert_non_null(strstr(fault.text, "/worker.json: File name too long"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_file_gets_the_documented_defaults),
        cmocka_unit_test(the_ways_to_keep_and_ack_results_are_read_by_name),
        cmocka_unit_test(the_log_goes_to_stderr_or_to_syslog),
        cmocka_unit_test(what_a_task_may_use_is_a_section_of_its_own),
        cmocka_unit_test(handlers_are_allowed_by_name_and_exec_with_signatures_alone),
        cmocka_unit_test(a_soft_time_limit_is_below_the_hard_one),
        cmocka_unit_test(a_task_may_not_run_longer_than_the_broker_waits),
        cmocka_unit_test(every_key_is_read_and_comments_may_stand_anywhere),
        cmocka_unit_test(paths_are_relative_to_the_file_wherever_the_worker_was_started),
        cmocka_unit_test(any_sender_is_taken_when_asked_for_or_when_a_queue_is_named),
        cmocka_unit_test(every_mistake_is_named_with_its_line_its_value_and_what_was_expected),
        cmocka_unit_test(a_value_too_long_for_its_place_is_an_error_not_cut),
        cmocka_unit_test(a_password_is_never_quoted),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named_with_the_cause),
        cmocka_unit_test(a_0_byte_in_the_file_is_not_json),
        cmocka_unit_test(the_end_of_a_long_file_name_is_shown),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_delete);
}
