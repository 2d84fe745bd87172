#include "broker/access.h"

#include "wire/topology.h"

#include <stdio.h>

#define OR_RUNG(name, seconds) "|retry\\." name

void hf_access_board(struct hf_access *out, const char *board, const char *pool)
{
    snprintf(out->configure, sizeof out->configure, "%s", HF_ACCESS_NOTHING);
    snprintf(out->write, sizeof out->write, "^hf\\.(results|events)\\z");
    snprintf(out->read, sizeof out->read, "^hf\\.q\\.(tasks\\.%s|device\\.%s|control\\.%s)\\z",
             pool, board, board);
}

const struct hf_access_topic hf_access_board_topics[HF_ACCESS_BOARD_TOPICS] = {
    {HF_EXCHANGE_RESULTS, "^result\\.{username}\\z"},
    {HF_EXCHANGE_EVENTS, "^(presence|progress|log|facts|answer)\\.{username}\\z"},
};

void hf_access_manager(struct hf_access *out)
{
    snprintf(out->configure, sizeof out->configure, "%s", HF_ACCESS_NOTHING);
    snprintf(out->write, sizeof out->write,
             "^(amq\\.default|hf\\.(tasks|control" HF_RETRY_RUNGS(OR_RUNG) "))\\z");
    snprintf(out->read, sizeof out->read, "^hf\\.q\\.(results|events|dead)\\z");
}
