#ifndef HF_WIRE_TOPOLOGY_H
#define HF_WIRE_TOPOLOGY_H

#include "wire/ident.h"

/*
 * Where messages go: the names that manager and boards share. PROTOCOL.md says what each is for.
 * The manager declares all of it; a board declares nothing.
 */

#define HF_VHOST        "holdfast"
#define HF_MANAGER_USER "manager" /* user_id of every task that an enrolled board takes */

#define HF_EXCHANGE_TASKS   "hf.tasks"   /* direct: pool name, or device.<board> */
#define HF_EXCHANGE_RESULTS "hf.results" /* topic: result.<board> */
#define HF_EXCHANGE_EVENTS  "hf.events"  /* topic: <event>.<board>, see hf_event_route */
#define HF_EXCHANGE_CONTROL "hf.control" /* topic: device.<board>, pool.<pool>, all */
#define HF_EXCHANGE_DEAD    "hf.dead"    /* topic: whatever was delivered too often */

#define HF_QUEUE_RESULTS "hf.q.results"
#define HF_QUEUE_EVENTS  "hf.q.events"
#define HF_QUEUE_DEAD    "hf.q.dead"

#define HF_QUEUE_TASKS_PREFIX   "hf.q.tasks."   /* + pool */
#define HF_QUEUE_DEVICE_PREFIX  "hf.q.device."  /* + board: tasks for it alone */
#define HF_QUEUE_CONTROL_PREFIX "hf.q.control." /* + board */

#define HF_KEY_DEVICE_PREFIX "device." /* + board */
#define HF_KEY_RESULT_PREFIX "result."
#define HF_KEY_POOL_PREFIX   "pool." /* + pool: commands to all its boards */
#define HF_KEY_ALL           "all"   /* commands to every board */

#define HF_POOL_DEFAULT "default"

/* The retry ladder: a fanout exchange and a queue with a TTL for each rung, `hf.retry.<rung>` and
 * `hf.q.retry.<rung>`; what expires goes back to hf.tasks under the key it came with.
 * X(name, seconds) */
#define HF_RETRY_RUNGS(X)        X("5s", 5) X("30s", 30) X("5m", 300) X("1h", 3600)
#define HF_EXCHANGE_RETRY_PREFIX "hf.retry."
#define HF_QUEUE_RETRY_PREFIX    "hf.q.retry."

#define HF_ROUTE_MAX 64 /* bytes of any of these names or keys, without the final 0 */

/* prefix + name, terminated by 0. Names are valid (HF_NAME_MAX), so it always fits. */
void hf_route(char out[HF_ROUTE_MAX + 1], const char *prefix, const char *name);

#endif
