#ifndef HF_WORKER_CONFIG_H
#define HF_WORKER_CONFIG_H

#include "link/log.h"
#include "wire/fault.h"
#include "wire/ident.h"
#include "wire/limits.h"
#include "worker/journal.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The worker's settings, read once at start from a JSON file. Beside what JSON allows there may be
 * comments, from // to the end of the line and between slash-star and star-slash.
 *
 * The file is read strictly: a key that is unknown or stands twice, a value of the wrong type or
 * out of its range, and a missing required key are errors that name file, line, key, the value
 * found and what was expected. A password's value is never quoted. The names and defaults are in
 * the table of config.c, one row a key; firmware/README.md explains them to users.
 */

#define HF_CONFIG_FILE_MAX  (64 * 1024) /* bytes of the file */
#define HF_CONFIG_PATH_MAX  511         /* bytes of a path, without the final 0 */
#define HF_CONFIG_TEXT_MAX  255         /* bytes of any other text (an AMQP short string) */
#define HF_CONFIG_SLOTS_MAX 6 /* one channel each, of the 16 that an enrolled board may have */

struct hf_config {
    char board[HF_NAME_MAX + 1]; /* "board", required: this board's name */
    struct {
        char host[HF_CONFIG_TEXT_MAX + 1];        /* required: "name", or "name, name:port, ..." */
        int64_t port;                             /* 5671; where the list says none */
        char vhost[HF_CONFIG_TEXT_MAX + 1];       /* "holdfast" */
        char server_name[HF_CONFIG_TEXT_MAX + 1]; /* name checked in its certificate; empty: host */
        char user[HF_CONFIG_TEXT_MAX + 1];        /* empty: SASL EXTERNAL by certificate */
        char password[HF_CONFIG_TEXT_MAX + 1];    /* given if and only if user is: SASL PLAIN */
    } broker;
    struct {
        char ca[HF_CONFIG_PATH_MAX + 1];   /* required */
        char cert[HF_CONFIG_PATH_MAX + 1]; /* required without user; both or neither are given */
        char key[HF_CONFIG_PATH_MAX + 1];
    } tls;
    char pool[HF_NAME_MAX + 1];         /* "default" */
    char queue[HF_CONFIG_TEXT_MAX + 1]; /* consumed as it is instead of the pool's; empty: none */
    char default_handler[HF_NAME_MAX + 1];       /* "echo": for plain tasks that name none */
    char handlers[HF_CONFIG_PATH_MAX + 1];       /* "/etc/holdfast/handlers": folder of programs */
    char allow_handlers[HF_CONFIG_TEXT_MAX + 1]; /* names with blanks between; see
                                                    hf_handler_allowed */
    char state[HF_CONFIG_PATH_MAX + 1];          /* "/var/lib/holdfast": see worker/state.h */
    char require_sender[HF_NAME_MAX + 1]; /* "manager", with "queue" any; empty: any sender */
    /* File of the manager's public key: only what it signed is done; empty: anything is. */
    char require_signature[HF_CONFIG_PATH_MAX + 1];
    bool sign_results;                      /* false; with the key of tls.key */
    bool set_clock;                         /* false; the system's, by what commands tell */
    enum hf_log_level log_level;            /* "info" */
    bool log_to_system;                     /* "log": "stderr", or "syslog" */
    int64_t task_timeout_s;                 /* 3600; 1 to 7 days */
    int64_t task_soft_timeout_s;            /* 0: none; TERM that long after the start */
    int64_t kill_grace_s;                   /* 5; 0 to 600: from TERM to KILL */
    int64_t max_payload_bytes;              /* 128 MiB; 1 to 512 MiB */
    int64_t max_output_bytes;               /* 16 MiB - 64 KiB; 1 to 512 MiB */
    int64_t heartbeat_s;                    /* 10; 1 to 600 */
    int64_t reconnect_min_ms;               /* 500; 10 to 600000, not above reconnect_max_ms */
    int64_t reconnect_max_ms;               /* 60000; 10 to 3600000 */
    int64_t slots;                          /* 1; 1 to HF_CONFIG_SLOTS_MAX: tasks at once */
    enum hf_journal_mode journal;           /* "flash" */
    bool ack_pipelined;                     /* "ack": "confirmed", or "pipelined" */
    int64_t crash_limit;                    /* 3; 1 to 100: of redeliveries */
    int64_t consumer_timeout_s;             /* 691200: the broker's; no task may run longer */
    int64_t presence_s;                     /* 30; 5 to 3600 */
    char watchdog[HF_CONFIG_PATH_MAX + 1];  /* "/dev/watchdog"; empty: none */
    char labels[HF_CONFIG_TEXT_MAX + 1];    /* words with a blank between, told with the facts */
    char task_user[HF_CONFIG_TEXT_MAX + 1]; /* of handlers; empty: see worker/confine.h */
    /* What the worker becomes that is started as root; empty: see worker/privilege.h. */
    char worker_user[HF_CONFIG_TEXT_MAX + 1];
    struct hf_limits limits; /* of one task: files 1024, processes 256, others 0 */
    int64_t disk_reserve_mb; /* 8; room that no payload may take */
    int64_t update_trial_s;  /* 60; 5 to 3600: see worker/agent.h */
};

/*
 * File -> settings. Paths inside the file are relative to the file's own folder and come out
 * absolute, ready to open. Reads nothing but `path`: whether a certificate or folder is there shows
 * when it is used.
 *
 * HF_ERR_NOT_FOUND, HF_ERR_DENIED, HF_ERR_IO: the file cannot be read. HF_ERR_TOO_LARGE: longer
 * than HF_CONFIG_FILE_MAX. HF_ERR_MALFORMED: not JSON. HF_ERR_MISSING, HF_ERR_INVALID: see above.
 * HF_ERR_NO_MEMORY. `out` is untouched on an error; `fault` says it for a person.
 */
enum hf_err hf_config_load(const char *path, struct hf_config *out, struct hf_fault *fault);

#endif
