#include "broker/patience.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* In ms, as both places have it; 0: not there. */
static int64_t member(const cJSON *queue, const char *object, const char *key)
{
    const cJSON *at = cJSON_GetObjectItemCaseSensitive(queue, object);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(at, key);
    return cJSON_IsNumber(value) && value->valuedouble >= 1000 && value->valuedouble < 1e15
               ? (int64_t)value->valuedouble
               : 0;
}

static void escape(const char *text, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t len = 0; *text && len + 4 <= size; text++)
        len += (size_t)snprintf(out + len, size - len,
                                isalnum((unsigned char)*text) || strchr("-._", *text) ? "%c"
                                                                                      : "%%%02X",
                                (unsigned char)*text);
}

static int64_t of_queue_ms(struct hf_management *management, const char *queue)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1], escaped[HF_MANAGEMENT_PATH_MAX + 1];
    cJSON *answer = NULL;
    int64_t ms = 0;
    escape(queue, escaped, sizeof escaped);
    if (snprintf(path, sizeof path, "queues/%s/%s", hf_management_vhost_escaped(management),
                 escaped) >= (int)sizeof path)
        return 0;
    if (hf_management_call(management, "GET", path, NULL, &answer, NULL) == HF_ERR_OK) {
        ms = member(answer, "arguments", "x-consumer-timeout");
        if (ms == 0)
            ms = member(answer, "effective_policy_definition", "consumer-timeout");
    }
    cJSON_Delete(answer);
    return ms;
}

int64_t hf_patience_s(const struct hf_broker_settings *settings, const char *queue)
{
    struct hf_management *management = NULL;
    int64_t ms = 0;
    if (hf_management_open(settings, &management, NULL) == HF_ERR_OK)
        ms = of_queue_ms(management, queue);
    hf_management_close(management);
    return ms > 0 ? ms / 1000 : settings->consumer_timeout_s;
}
