#include "broker/audit.h"
#include "broker/declare.h"
#include "broker/topology.h"
#include "ledger/boards.h"
#include "manager/doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_MOST_S  60
#define RESULTS_MANY  10000
#define DISK_TIGHT    2   /* times the limit */
#define HIGH_WATER    0.9 /* of the memory that it allows itself */
#define SOCKETS_TIGHT 0.8

static const char FIX[] = "holdfast doctor --fix";

static int64_t number_in(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(value) ? (int64_t)value->valuedouble : 0;
}

static const char *text_in(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return text ? text : "";
}

static bool is_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItem(object, key));
}

/* --- The version --- */

void hf_doctor_judge_version(struct hf_findings *findings, const char *version)
{
    char *end = NULL;
    long major = strtol(version, &end, 10);
    long minor = *end == '.' ? strtol(end + 1, &end, 10) : -1;
    long patch = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
    if (major < 1 || minor < 0) {
        hf_findings_add(findings, HF_FINDING_WARNING, "version", NULL,
                        "RabbitMQ says it is version \"%.40s\"", version);
        return;
    }
    long number = major * 10000 + minor * 100 + patch;
    if (number < 31000)
        hf_findings_add(findings, HF_FINDING_BAD, "version", "upgrade it to 3.10 or later",
                        "RabbitMQ %s has no default queue type for a vhost and no dead-lettering "
                        "that loses nothing",
                        version);
    else if (number >= 40100 && number < 40104)
        hf_findings_add(findings, HF_FINDING_BAD, "version", "upgrade it to 4.1.4 or later",
                        "RabbitMQ %s cannot take in what boards may publish (topic permissions)",
                        version);
    else if (major == 3)
        hf_findings_add(findings, HF_FINDING_NOTE, "version", NULL,
                        "RabbitMQ %s; before 4.0 a board can publish under another's key, so "
                        "Holdfast goes by the user that the broker checks",
                        version);
    else
        hf_findings_add(findings, HF_FINDING_FINE, "version", NULL, "RabbitMQ %s", version);
}

static bool look_at_version(struct hf_doctor *doctor, struct hf_management *management)
{
    struct hf_fault fault = {0};
    cJSON *overview = NULL;
    enum hf_err err = hf_management_call(management, "GET", "overview?columns=rabbitmq_version",
                                         NULL, &overview, &fault);
    if (err)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "management",
                        err == HF_ERR_AMQP_LOGIN
                            ? "holdfast use ADDRESS ... --user NAME --password-file FILE"
                            : "see \"management\" in broker.json",
                        "%s", fault.text);
    else
        hf_doctor_judge_version(&doctor->findings, text_in(overview, "rabbitmq_version"));
    cJSON_Delete(overview);
    return err == HF_ERR_OK;
}

/* --- The clock --- */

static void look_at_clock(struct hf_doctor *doctor, const struct hf_management *management)
{
    int64_t theirs_s = hf_management_date_s(management);
    int64_t ahead_s = theirs_s - doctor->now_ms / 1000;
    if (theirs_s == 0)
        return;
    if (ahead_s > CLOCK_MOST_S || ahead_s < -CLOCK_MOST_S)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "clock",
                        "set both by NTP: timedatectl set-ntp true",
                        "the broker's clock is %" PRId64 " s %s this machine's; certificates and "
                        "--not-after go by them",
                        ahead_s > 0 ? ahead_s : -ahead_s, ahead_s > 0 ? "ahead of" : "behind");
    else
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "clock", NULL,
                        "the broker's clock and this machine's agree");
}

/* --- Its nodes --- */

static void look_at_alarms(struct hf_doctor *doctor, const cJSON *node)
{
    struct hf_findings *findings = &doctor->findings;
    const char *name = text_in(node, "name");
    int64_t disk = number_in(node, "disk_free"), disk_limit = number_in(node, "disk_free_limit");
    int64_t used = number_in(node, "mem_used"), limit = number_in(node, "mem_limit");
    int64_t sockets = number_in(node, "fd_used"), most = number_in(node, "fd_total");
    if (is_true(node, "disk_free_alarm"))
        hf_findings_add(findings, HF_FINDING_BAD, "disk", "make room on its disk",
                        "node %s has %" PRId64 " MiB of disk left and takes no tasks", name,
                        disk >> 20);
    else if (disk_limit > 0 && disk < DISK_TIGHT * disk_limit)
        hf_findings_add(findings, HF_FINDING_WARNING, "disk", "make room on its disk",
                        "node %s has %" PRId64 " MiB of disk left; at %" PRId64
                        " MiB it takes no more tasks",
                        name, disk >> 20, disk_limit >> 20);
    if (is_true(node, "mem_alarm"))
        hf_findings_add(findings, HF_FINDING_BAD, "memory",
                        "let boards work off the queues, or give it more memory",
                        "node %s is out of memory (%" PRId64 " MiB) and takes no tasks", name,
                        used >> 20);
    else if (limit > 0 && (double)used > HIGH_WATER * (double)limit)
        hf_findings_add(findings, HF_FINDING_WARNING, "memory", NULL,
                        "node %s uses %" PRId64 " of %" PRId64 " MiB", name, used >> 20,
                        limit >> 20);
    if (most > 0 && (double)sockets > SOCKETS_TIGHT * (double)most)
        hf_findings_add(findings, HF_FINDING_WARNING, "sockets",
                        "raise its limit of open files (ulimit -n, LimitNOFILE=)",
                        "node %s uses %" PRId64 " of %" PRId64
                        " files; when they are used up, boards hang as they connect",
                        name, sockets, most);
}

static void look_at_node(struct hf_doctor *doctor, const cJSON *node)
{
    const char *name = text_in(node, "name");
    if (!is_true(node, "running")) {
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "nodes", "start it again",
                        "node %s does not run", name);
        return;
    }
    if (cJSON_GetArraySize(cJSON_GetObjectItem(node, "partitions")) > 0)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "nodes",
                        "set cluster_partition_handling = pause_minority, restart one side",
                        "node %s is cut off from others of its cluster", name);
    look_at_alarms(doctor, node);
}

static void look_at_nodes(struct hf_doctor *doctor, struct hf_management *management)
{
    struct hf_fault fault = {0};
    cJSON *nodes = NULL;
    const cJSON *node = NULL;
    size_t before = doctor->findings.count;
    if (hf_management_call(management, "GET", "nodes", NULL, &nodes, &fault))
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "nodes", NULL, "%s", fault.text);
    cJSON_ArrayForEach(node, nodes) look_at_node(doctor, node);
    if (doctor->findings.count == before)
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "nodes", NULL,
                        "%d running; disk, memory and files are enough", cJSON_GetArraySize(nodes));
    cJSON_Delete(nodes);
}

/* --- What is declared --- */

static void tell_fault(void *context, enum hf_audit_fault fault, const char *kind, const char *name)
{
    struct hf_doctor *doctor = context;
    char mend[HF_FINDING_TEXT_MAX + 1];
    switch (fault) {
    case HF_AUDIT_MISSING:
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "topology", FIX,
                        "the %s %s is not there", kind, name);
        return;
    case HF_AUDIT_DIFFERENT:
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "topology", FIX,
                        "the %s %s is not as it should be: delivery limit, dead-lettering or "
                        "lengths were changed",
                        kind, name);
        return;
    case HF_AUDIT_ARGUMENTS:
        snprintf(mend, sizeof mend,
                 "when it is empty: rabbitmqctl delete_%s -p %s %s, then holdfast doctor --fix",
                 kind, doctor->settings->vhost, name);
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "topology", mend,
                        "the %s %s has another type or other arguments than it should", kind, name);
        return;
    case HF_AUDIT_HIDDEN:
        snprintf(mend, sizeof mend,
                 "give it a priority under 10, or: rabbitmqctl clear_policy -p "
                 "%s %s",
                 doctor->settings->vhost, name);
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "topology", mend,
                        "the policy %s, which is not Holdfast's, may hide its own", name);
        return;
    }
}

static enum hf_err read_definitions(struct hf_management *management, cJSON **found,
                                    struct hf_fault *fault)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    snprintf(path, sizeof path, "definitions/%s", hf_management_vhost_escaped(management));
    return hf_management_call(management, "GET", path, NULL, found, fault);
}

static bool has_queues(const struct hf_board *board)
{
    return board->enrolled_ms && !board->retired_ms;
}

static const char *pool_of(const struct hf_board *board)
{
    return board->pool[0] ? board->pool : HF_POOL_DEFAULT;
}

static void audit_queues_of(const struct hf_audit *audit, const struct hf_board *board)
{
    if (!has_queues(board))
        return;
    hf_audit_board(audit, board->name, pool_of(board));
    hf_audit_pool(audit, pool_of(board));
}

/* --- Mending it --- */

struct mending {
    struct hf_management *management;
    struct hf_audit *audit;
    bool missing; /* something that declaring mends */
    int64_t boards;
    struct hf_fault *fault;
};

static void note_missing(void *context, enum hf_audit_fault fault, const char *kind,
                         const char *name)
{
    struct mending *mending = context;
    (void)kind;
    (void)name;
    mending->missing |= fault == HF_AUDIT_MISSING;
}

static enum hf_err mend_board(void *context, const struct hf_board *board)
{
    struct mending *mending = context;
    mending->missing = false;
    audit_queues_of(mending->audit, board);
    if (!mending->missing)
        return HF_ERR_OK;
    mending->boards++;
    enum hf_err err = hf_declare_pool(mending->management, pool_of(board), mending->fault);
    return err ? err
               : hf_declare_board(mending->management, board->name, pool_of(board), mending->fault);
}

static enum hf_err mend_boards(struct hf_doctor *doctor, struct mending *mending)
{
    cJSON *found = NULL;
    enum hf_err err = read_definitions(mending->management, &found, mending->fault);
    if (!err)
        err = hf_audit_new(found, note_missing, mending, &mending->audit, mending->fault);
    if (!err)
        err = hf_boards_list(doctor->ledger, mend_board, mending, mending->fault);
    hf_audit_free(mending->audit);
    cJSON_Delete(found);
    return err;
}

static void mend(struct hf_doctor *doctor, struct hf_management *management)
{
    struct hf_fault fault = {0};
    struct mending mending = {.management = management, .fault = &fault};
    enum hf_err err = hf_declare_topology(management, &fault);
    if (!err)
        err = mend_boards(doctor, &mending);
    if (err)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "topology", NULL,
                        "declaring what is missing: %s", fault.text);
    else
        hf_findings_add(&doctor->findings, HF_FINDING_NOTE, "topology", NULL,
                        "exchanges, queues, bindings, policies and the manager's user were "
                        "declared, and the queues of %" PRId64 " boards",
                        mending.boards);
}

/* --- What is wrong with it --- */

static enum hf_err judge_board(void *context, const struct hf_board *board)
{
    audit_queues_of(context, board);
    return HF_ERR_OK;
}

static void judge(struct hf_doctor *doctor, struct hf_management *management, const cJSON *found)
{
    struct hf_fault fault = {0};
    struct hf_audit *audit = NULL;
    cJSON *wanted = hf_topology_definitions(hf_management_vhost(management), NULL);
    enum hf_err err = hf_audit_new(found, tell_fault, doctor, &audit, &fault);
    if (!err && !wanted)
        err = hf_fault_set(&fault, HF_ERR_NO_MEMORY, 0, "no memory for what it should have");
    if (!err) {
        hf_audit_definitions(audit, wanted);
        err = hf_boards_list(doctor->ledger, judge_board, audit, &fault);
    }
    if (err)
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "topology", NULL, "%s", fault.text);
    hf_audit_free(audit);
    cJSON_Delete(wanted);
}

static void look_at_topology(struct hf_doctor *doctor, struct hf_management *management)
{
    struct hf_fault fault = {0};
    cJSON *found = NULL;
    enum hf_err err = read_definitions(management, &found, &fault);
    size_t before = doctor->findings.count;
    if (err == HF_ERR_NOT_FOUND)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "topology", FIX,
                        "the broker has no vhost %s", doctor->settings->vhost);
    else if (err)
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "topology", NULL, "%s", fault.text);
    else
        judge(doctor, management, found);
    if (doctor->findings.count == before)
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "topology", NULL,
                        "exchanges, queues, bindings and policies are as they should be");
    cJSON_Delete(found);
}

/* --- Its queues --- */

static void look_at_queue(struct hf_doctor *doctor, const cJSON *queue)
{
    const char *name = text_in(queue, "name");
    const char *state = text_in(queue, "state");
    int64_t messages = number_in(queue, "messages");
    if (state[0] && strcmp(state, "running") != 0 && strcmp(state, "idle") != 0)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "queues",
                        "start its nodes; if it stays so: restart the broker",
                        "queue %s is \"%.20s\": it takes and gives nothing", name, state);
    if (strcmp(name, HF_QUEUE_RESULTS) == 0 && messages > RESULTS_MANY &&
        number_in(queue, "consumers") == 0)
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "queues",
                        "holdfast serve, or holdfast results",
                        "%" PRId64 " results wait and nobody takes them in", messages);
}

static void look_at_queues(struct hf_doctor *doctor, struct hf_management *management)
{
    char path[HF_MANAGEMENT_PATH_MAX + 1];
    struct hf_fault fault = {0};
    cJSON *list = NULL;
    const cJSON *queue = NULL;
    snprintf(path, sizeof path, "queues/%s?columns=name,state,messages,consumers",
             hf_management_vhost_escaped(management));
    size_t before = doctor->findings.count;
    if (hf_management_call(management, "GET", path, NULL, &list, &fault))
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "queues", NULL, "%s", fault.text);
    cJSON_ArrayForEach(queue, list) look_at_queue(doctor, queue);
    if (doctor->findings.count == before)
        hf_findings_add(&doctor->findings, HF_FINDING_FINE, "queues", NULL, "%d, all running",
                        cJSON_GetArraySize(list));
    cJSON_Delete(list);
}

void hf_doctor_look_at_broker(struct hf_doctor *doctor, struct hf_management *management)
{
    if (!look_at_version(doctor, management))
        return;
    if (doctor->mend)
        mend(doctor, management);
    look_at_clock(doctor, management);
    look_at_nodes(doctor, management);
    look_at_topology(doctor, management);
    look_at_queues(doctor, management);
}
