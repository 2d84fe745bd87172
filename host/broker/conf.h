#ifndef HF_BROKER_CONF_H
#define HF_BROKER_CONF_H

#include "broker/settings.h"

/*
 * What a private node reads: rabbitmq.conf, advanced.config and its environment, as text. Pure. The
 * same rabbitmq.conf boots 3.10 to 4.3.
 *
 * Layout of the node's folder (HF_HOME_NODE in the data folder):
 *   rabbitmq.conf, advanced.config,
 *   enabled_plugins, definitions.json   written by every `up` that starts the node
 *   env                   for a shell: what rabbitmqctl has to know to find the node
 *   rabbitmq-env.conf     empty: it stands in for the one in /etc, which is not for us
 *   home/.erlang.cookie   what nodes of a cluster and rabbitmqctl have to know; 0400
 *   data/                 queues and messages
 *   log/                  broker.log; console.log is what start-up prints
 */

#define HF_CONF_FILE        HF_HOME_NODE "/rabbitmq.conf"
#define HF_CONF_ADVANCED    HF_HOME_NODE "/advanced.config"
#define HF_CONF_PLUGINS     HF_HOME_NODE "/enabled_plugins"
#define HF_CONF_DEFINITIONS HF_HOME_NODE "/definitions.json"
#define HF_CONF_SHELL       HF_HOME_NODE "/env"
#define HF_CONF_EMPTY       HF_HOME_NODE "/rabbitmq-env.conf"
#define HF_CONF_HOME        HF_HOME_NODE "/home"
#define HF_CONF_COOKIE      HF_HOME_NODE "/home/.erlang.cookie"
#define HF_CONF_DATA        HF_HOME_NODE "/data"
#define HF_CONF_LOG         HF_HOME_NODE "/log"
#define HF_CONF_LOG_BROKER  HF_HOME_NODE "/log/broker.log"
#define HF_CONF_LOG_CONSOLE HF_HOME_NODE "/log/console.log"

#define HF_CONF_NODE_NAME    "holdfast@localhost"
#define HF_CONF_PLUGINS_TEXT "[rabbitmq_auth_mechanism_ssl,rabbitmq_management].\n"
#define HF_CONF_TEXT_MAX     8191

/* Longer than the longest task (7 days): until then an unacked delivery is work, not a fault. */
#define HF_CONF_CONSUMER_TIMEOUT_S HF_CONSUMER_TIMEOUT_PRIVATE_S
#define HF_CONF_MESSAGE_MAX        (16 * 1024 * 1024) /* bytes; 4.x takes no more by default */

/*
 * Whether a data folder's path can stand in rabbitmq.conf and in RabbitMQ's shell scripts:
 * letters, digits and / . _ - + @ only.
 */
bool hf_conf_path_fits(const char *path);

/* rabbitmq.conf, all but TLS. HF_ERR_TOO_LARGE. */
enum hf_err hf_conf_rabbitmq(const struct hf_home *home, const struct hf_broker_settings *settings,
                             char text[HF_CONF_TEXT_MAX + 1], struct hf_fault *fault);

/*
 * advanced.config: what the node does with TLS. All of it is here, because this list takes the
 * place of the one that rabbitmq.conf makes, and only here a list of revoked certificates can be
 * named. HF_ERR_TOO_LARGE.
 */
enum hf_err hf_conf_advanced(const struct hf_home *home, char text[HF_CONF_TEXT_MAX + 1],
                             struct hf_fault *fault);

/*
 * The whole environment of the node, one "NAME=value" after the other, each ended by 0 and the
 * last by two; nothing of the caller's environment is in it. Every process of the node carries
 * hf_conf_marker's setting, which is how it is found again. HF_ERR_TOO_LARGE.
 */
enum hf_err hf_conf_environment(const struct hf_home *home,
                                const struct hf_broker_settings *settings, const char *programs,
                                char text[HF_CONF_TEXT_MAX + 1], struct hf_fault *fault);

/*
 * The same environment as a shell script of exports, but without the marker: rabbitmqctl must not
 * be taken for the node. `environment` is what the function above wrote. HF_ERR_TOO_LARGE.
 */
enum hf_err hf_conf_shell(const char *environment, char text[HF_CONF_TEXT_MAX + 1],
                          struct hf_fault *fault);

/* "HOLDFAST_NODE=<data folder>" */
void hf_conf_marker(const struct hf_home *home, char marker[HF_PATH_MAX + 1]);

#endif
