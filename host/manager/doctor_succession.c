#include "broker/up.h"
#include "ledger/boards.h"
#include "manager/doctor.h"
#include "manager/succession.h"
#include "pki/succession.h"

#include <stdio.h>

struct roll {
    struct hf_site site;
    size_t waiting;
    char first[HF_NAME_MAX + 1];
    struct hf_fault fault;
};

static enum hf_err count(void *context, const struct hf_board *board)
{
    struct roll *roll = context;
    bool renewed = false;
    if (board->retired_ms || !board->enrolled_ms)
        return HF_ERR_OK;
    enum hf_err err = hf_succession_renewed(&roll->site, board->name, &renewed, &roll->fault);
    if (!err && !renewed && roll->waiting++ == 0)
        snprintf(roll->first, sizeof roll->first, "%s", board->name);
    return err;
}

static void tell_overlap(struct hf_doctor *doctor)
{
    struct roll roll = {.site = {.home = doctor->home,
                                 .settings = doctor->settings,
                                 .ledger = doctor->ledger,
                                 .now_s = doctor->now_ms / 1000}};
    if (hf_boards_list(doctor->ledger, count, &roll, &roll.fault))
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "authorities", NULL, "%s",
                        roll.fault.text);
    else if (roll.waiting > 0)
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "authorities", "holdfast rotate ca",
                        "new authorities are being put in place, and %zu board(s) have no "
                        "certificate of theirs in use yet (%s%s)",
                        roll.waiting, roll.first, roll.waiting > 1 ? ", ..." : "");
    else
        hf_findings_add(&doctor->findings, HF_FINDING_WARNING, "authorities",
                        "holdfast rotate ca --finish",
                        "all boards have certificates of the new authorities, and the old ones are "
                        "still believed");
}

void hf_doctor_look_at_succession(struct hf_doctor *doctor)
{
    struct hf_fault fault = {0};
    enum hf_pki_succession phase;
    if (hf_pki_succession(doctor->home, &phase, &fault))
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "authorities", NULL, "%s", fault.text);
    else if (phase == HF_PKI_OVERLAP)
        tell_overlap(doctor);
    else if (phase == HF_PKI_HANDOVER)
        hf_findings_add(&doctor->findings, HF_FINDING_BAD, "authorities",
                        "holdfast rotate ca --finish",
                        "new authorities were being handed over to when it was cut off");
}
