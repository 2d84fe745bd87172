#include "manager/doctor.h"

#include "broker/node.h"
#include "broker/patience.h"
#include "ledger/boards.h"
#include "ledger/tasks.h"
#include "manager/fleet.h"
#include "manager/revocation.h"
#include "pki/authority.h"
#include "pki/inspect.h"
#include "wire/topology.h"
#include "wire/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS          (24 * 3600 * INT64_C(1000))
#define CERTIFICATE_MS  (825 * DAY_MS) /* how long a board's lasts: pki/authority.h */
#define RENEW_MS        (HF_PKI_RENEW_S * 1000)
#define LONG_SILENCE_MS DAY_MS

static const char *const STATES[] = {
#define X(name, text) [HF_FINDING_##name] = (text),
    HF_FINDING_LIST(X)
#undef X
};

const char *hf_finding_text(enum hf_finding_state state)
{
    return STATES[state];
}

/* Boards have a pool's queue in common. */
static bool is_known(const struct hf_findings *findings, const struct hf_finding *finding)
{
    for (const struct hf_finding *at = findings->list; at < finding; at++)
        if (at->state == finding->state && strcmp(at->check, finding->check) == 0 &&
            strcmp(at->text, finding->text) == 0)
            return true;
    return false;
}

void hf_findings_add(struct hf_findings *findings, enum hf_finding_state state, const char *check,
                     const char *mend, const char *format, ...)
{
    va_list args;
    if (findings->count == HF_FINDINGS_MAX)
        return;
    struct hf_finding *finding = &findings->list[findings->count++];
    *finding = (struct hf_finding){.state = state, .check = check};
    va_start(args, format);
    vsnprintf(finding->text, sizeof finding->text, format, args);
    va_end(args);
    hf_utf8_clean(finding->text, false); /* it may quote the broker */
    if (is_known(findings, finding)) {
        findings->count--;
        return;
    }
    if (mend)
        snprintf(finding->mend, sizeof finding->mend, "%s", mend);
}

size_t hf_findings_count(const struct hf_findings *findings, enum hf_finding_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->list[i].state == state;
    return count;
}

/* --- Certificates --- */

static void day_text(int64_t unix_s, char text[32])
{
    time_t when = (time_t)unix_s;
    struct tm local;
    if (!localtime_r(&when, &local) || strftime(text, 32, "%Y-%m-%d", &local) == 0)
        snprintf(text, 32, "?");
}

static void look_at_certificate(struct hf_doctor *doctor, const char *whose, const char *path,
                                const char *mend)
{
    struct hf_fault fault = {0};
    char until[32];
    struct hf_pki_facts *facts = calloc(1, sizeof *facts);
    enum hf_err err = facts ? hf_pki_inspect(path, facts, &fault) : HF_ERR_NO_MEMORY;
    if (err) {
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "certificates", mend,
                        "%s cannot be read: %s", whose, fault.text);
        free(facts);
        return;
    }
    int64_t now_s = doctor->now_ms / 1000;
    day_text(facts->not_after_s, until);
    if (facts->not_after_s <= now_s)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "certificates", mend,
                        "%s (%s) has ended on %s", whose, path, until);
    else if (facts->not_before_s > now_s)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "clock", "set the clock of this machine",
                        "%s is not valid yet: this machine's "
                        "clock is behind",
                        whose);
    else if (facts->not_after_s < now_s + HF_PKI_RENEW_S)
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "certificates", mend,
                        "%s (%s) ends on %s", whose, path, until);
    else
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "certificates", NULL,
                        "%s is good until %s", whose, until);
    free(facts);
}

/* A command that was killed between the two files. */
static void look_at_pair(struct hf_doctor *doctor)
{
    char authority[HF_PATH_MAX + 1], base[HF_PATH_MAX + 1];
    const int64_t now_s = doctor->now_ms / 1000;
    hf_home_path(doctor->home, HF_HOME_SERVER_CA, "", authority);
    hf_home_path(doctor->home, HF_HOME_BROKER_CERT, "", base);
    if (!hf_pki_pair_good(authority, base, now_s, now_s))
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "certificates", "holdfast up",
                        "the broker's certificate (%s.pem) does not fit its key or its authority",
                        base);
}

static void look_at_revocation(struct hf_doctor *doctor)
{
    struct hf_fault fault = {0};
    const struct hf_site site = {.home = doctor->home,
                                 .settings = doctor->settings,
                                 .ledger = doctor->ledger,
                                 .now_s = doctor->now_ms / 1000};
    if (hf_revocation_check(&site, &fault))
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "certificates", "holdfast up", "%s",
                        fault.text);
    else
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "certificates", NULL,
                        "the broker knows which certificates are revoked");
}

void hf_doctor_look_at_certificates(struct hf_doctor *doctor)
{
    char path[HF_PATH_MAX + 1];
    const struct hf_broker_settings *settings = doctor->settings;
    bool is_private = settings->is_private;
    hf_home_path(doctor->home, HF_HOME_MANAGER_CERT, ".pem", path);
    bool ours = strcmp(path, settings->cert) == 0;
    look_at_certificate(doctor, "the manager's certificate", settings->cert,
                        is_private ? "holdfast up"
                        : ours     ? "holdfast use ADDRESS ..., which makes a new one"
                                   : "have it renewed by who signed it");
    look_at_certificate(
        doctor, "the certificate that the broker's is checked against", settings->ca,
        is_private
            ? "holdfast rotate ca; once it has ended, holdfast down --purge makes all anew, and "
              "boards are enrolled again"
            : "get a new one, and holdfast enroll NAME --force for each board");
    if (!is_private)
        return;
    hf_home_path(doctor->home, HF_HOME_BROKER_CERT, ".pem", path);
    look_at_certificate(doctor, "the broker's certificate", path, "holdfast up");
    look_at_pair(doctor);
    hf_doctor_look_at_succession(doctor);
    look_at_revocation(doctor);
}

/* --- Boards --- */

struct roll {
    struct hf_doctor *doctor;
    size_t known, online;
};

/* What was enrolled before the ledger knew certificates has one of the usual length. */
static void look_at_its_end(struct hf_doctor *doctor, const struct hf_board *board)
{
    char mend[HF_FINDING_TEXT_MAX + 1], until[32];
    int64_t end_ms = board->certificate_until_s ? board->certificate_until_s * 1000
                                                : board->enrolled_ms + CERTIFICATE_MS;
    if (end_ms > doctor->now_ms + RENEW_MS)
        return;
    const bool ended = end_ms <= doctor->now_ms; /* the broker does not let it in any more */
    day_text(end_ms / 1000, until);
    if (ended)
        snprintf(mend, sizeof mend,
                 "holdfast enroll %s --pool %s --force, and copy the bundle to it", board->name,
                 board->pool);
    else
        snprintf(mend, sizeof mend, "holdfast rotate %s", board->name);
    hf_findings_add(&doctor->findings, ended ? HF_FINDING_BAD : HF_FINDING_WARNING, "certificates",
                    mend, "the certificate of board %s %s on %s", board->name,
                    ended ? "ended" : "ends", until);
}

static enum hf_err look_at_board(void *context, const struct hf_board *board)
{
    struct roll *roll = context;
    struct hf_doctor *doctor = roll->doctor;
    char mend[HF_FINDING_TEXT_MAX + 1];
    int64_t silent_ms = doctor->now_ms - board->seen_ms;
    if (board->retired_ms || !board->enrolled_ms)
        return HF_ERR_OK;
    roll->known++;
    roll->online += board->seen_ms && silent_ms <= HF_FLEET_SILENT_MS;
    snprintf(mend, sizeof mend, "on it: holdfast-worker --check; gone for good: holdfast retire %s",
             board->name);
    if (!board->seen_ms)
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "boards", mend,
                        "board %s was enrolled and never heard", board->name);
    else if (silent_ms > LONG_SILENCE_MS)
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "boards", mend,
                        "board %s is silent for %" PRId64 " days", board->name, silent_ms / DAY_MS);
    look_at_its_end(doctor, board);
    return HF_ERR_OK;
}

void hf_doctor_look_at_boards(struct hf_doctor *doctor)
{
    struct hf_fault fault = {0};
    struct roll roll = {.doctor = doctor};
    if (hf_boards_list(doctor->ledger, look_at_board, &roll, &fault))
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "ledger", "holdfast ledger check", "%s",
                        fault.text);
    else if (roll.known == 0)
        hf_findings_add(&doctor->findings, HF_FINDING_NOTE, "boards", "holdfast enroll NAME",
                        "no board is known");
    else
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "boards", NULL,
                        "%zu of %zu were heard in the last 90 seconds", roll.online, roll.known);
}

/* --- The consumer timeout --- */

#define PATIENCE_TASKS 2000 /* open ones of a state that are looked at */

static enum hf_err longest(void *context, const struct hf_entry *entry)
{
    int64_t *longest_ms = context;
    if (entry->task.timeout_ms > *longest_ms && entry->target.kind != HF_TARGET_QUEUE)
        *longest_ms = entry->task.timeout_ms;
    return HF_ERR_OK;
}

void hf_doctor_look_at_patience(struct hf_doctor *doctor)
{
    static const enum hf_state open[] = {HF_STATE_PENDING, HF_STATE_QUEUED, HF_STATE_RUNNING};
    struct hf_fault fault = {0};
    int64_t longest_ms = 0;
    int64_t patience_s = hf_patience_s(doctor->settings, HF_QUEUE_TASKS_PREFIX HF_POOL_DEFAULT);
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        struct hf_tasks_filter filter = {
            .by_state = true, .state = open[i], .newest_first = true, .limit = PATIENCE_TASKS};
        (void)hf_tasks_list(doctor->ledger, &filter, longest, &longest_ms, &fault);
    }
    if (longest_ms > patience_s * 1000)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "timeout",
                        "a longer consumer_timeout on the broker, then holdfast use ... "
                        "--consumer-timeout",
                        "a task that may take %" PRId64 " s is open, but the broker takes a task "
                        "away from its board after %" PRId64 " s",
                        longest_ms / 1000, patience_s);
    else
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "timeout", NULL,
                        "a board may keep a task for %" PRId64 " s", patience_s);
}

/* --- All of it --- */

static bool look_at_node(struct hf_doctor *doctor)
{
    if (!doctor->settings->is_private)
        return true;
    if (!hf_node_is_prepared(doctor->home, doctor->settings))
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "broker", "holdfast up",
                        "the private broker has the settings of another version of holdfast");
    if (hf_node_pid(doctor->home) != 0)
        return true;
    hf_findings_add(&doctor->findings, HF_FINDING_BAD, "broker", "holdfast up",
                    "the private broker does not run");
    return false;
}

void hf_doctor_run(struct hf_doctor *doctor)
{
    struct hf_management *management = NULL;
    struct hf_fault fault = {0};
    hf_doctor_look_at_certificates(doctor);
    if (look_at_node(doctor)) {
        enum hf_err err = hf_management_open(doctor->settings, &management, &fault);
        if (err == HF_ERR_MISSING)
            hf_findings_add(&doctor->findings, HF_FINDING_NOTE, "management",
                            "holdfast use ADDRESS ... --management URL",
                            "no management API is known, so the broker itself cannot be looked at");
        else if (err)
            hf_findings_add(&doctor->findings, HF_FINDING_BAD, "management", NULL, "%s",
                            fault.text);
        else
            hf_doctor_look_at_broker(doctor, management);
        hf_management_close(management);
        hf_doctor_look_at_patience(doctor);
        hf_doctor_look_at_link(doctor);
    }
    hf_doctor_look_at_boards(doctor);
}
