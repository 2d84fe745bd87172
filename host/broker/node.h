#ifndef HF_BROKER_NODE_H
#define HF_BROKER_NODE_H

#include "broker/conf.h"
#include "broker/settings.h"
#include "wire/fault.h"

#include <sys/types.h>

/*
 * The private broker: an ordinary RabbitMQ node that runs as whoever calls, in the data folder,
 * with its own epmd on loopback, apart from any broker that the system may run. It is started
 * detached and outlives us; its processes are found again by a setting in their environment, so
 * a stale pid file can never make us end somebody else's process.
 */

#define HF_NODE_START_TIMEOUT_S 120 /* a busy or slow machine needs its time: 5 s is usual */
#define HF_NODE_STOP_TIMEOUT_S  60
#define HF_NODE_LOG_TAIL_MAX    4095 /* bytes */

#define HF_NODE_PROGRAMS "/usr/lib/rabbitmq/bin" /* unless $HOLDFAST_RABBITMQ names a folder */

/* The folder of rabbitmq-server and rabbitmqctl; whether they are there is not looked at. */
const char *hf_node_programs(void);

/*
 * Whether a node can be started at all. HF_ERR_NOT_FOUND: RabbitMQ is not installed, and how to.
 * HF_ERR_INVALID: the data folder's path cannot be used (hf_conf_path_fits).
 */
enum hf_err hf_node_check(const struct hf_home *home, struct hf_fault *fault);

/* The pid of the running node; 0 when there is none that this user may see. */
pid_t hf_node_pid(const struct hf_home *home);

/*
 * Writes all that the node reads; certificates and broker.json are made by others before. Errors
 * of hf_file_write.
 */
enum hf_err hf_node_prepare(const struct hf_home *home, const struct hf_broker_settings *settings,
                            struct hf_fault *fault);

/* Whether rabbitmq.conf and advanced.config are what hf_node_prepare would write now: false for a
 * node that another version of this program started. */
bool hf_node_is_prepared(const struct hf_home *home, const struct hf_broker_settings *settings);

/*
 * Starts the prepared node and waits until boards can connect, the management API answers and the
 * topology is there. `waiting` (may be NULL) is called about five times a second with the time
 * since the start. HF_ERR_BROKER: it ended or did not get ready in time (it is stopped again);
 * hf_node_log_tail then says why. HF_ERR_NOT_FOUND: RabbitMQ is not installed.
 */
enum hf_err hf_node_start(const struct hf_home *home, const struct hf_broker_settings *settings,
                          void (*waiting)(int64_t elapsed_ms), struct hf_fault *fault);

/* The waiting alone, for a node that runs already. Errors as above, but it is left running. */
enum hf_err hf_node_wait(const struct hf_broker_settings *settings, pid_t pid,
                         void (*waiting)(int64_t elapsed_ms), struct hf_fault *fault);

/*
 * Ends the node in good order, then its epmd and helpers; success when there is none.
 * HF_ERR_TIMED_OUT: it is still there after HF_NODE_STOP_TIMEOUT_S. HF_ERR_DENIED: it is not this
 * user's.
 */
enum hf_err hf_node_stop(const struct hf_home *home, struct hf_fault *fault);

/*
 * Has the running node read its certificate, its key and the authorities again, in use with the
 * next handshake; nothing that is connected is touched. Success when it does not run.
 * HF_ERR_BROKER: it does not obey; it reads them by itself within three minutes. HF_ERR_IO.
 */
enum hf_err hf_node_reread_certificates(const struct hf_home *home,
                                        const struct hf_broker_settings *settings,
                                        struct hf_fault *fault);

/* The end of what the node printed and logged, for a person; may be empty. */
void hf_node_log_tail(const struct hf_home *home, char text[HF_NODE_LOG_TAIL_MAX + 1]);

#endif
