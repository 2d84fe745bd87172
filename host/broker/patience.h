#ifndef HF_BROKER_PATIENCE_H
#define HF_BROKER_PATIENCE_H

#include "broker/management.h"

#include <stdint.h>

/*
 * How long a board may keep a task of a queue before the broker takes it away and gives it to
 * another (consumer_timeout). RabbitMQ 4 has it by queue, as an argument or in a policy, and tells
 * it; what the node's own settings say it never tells, so broker.json does (broker/settings.h).
 */

/*
 * Seconds, at least 1. `queue` by its name. Asks the management API, once, when the settings name
 * one; a broker that cannot be asked, or a queue that is not there yet, has what the settings say.
 */
int64_t hf_patience_s(const struct hf_broker_settings *settings, const char *queue);

#endif
