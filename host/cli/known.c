#include "cli/known.h"

#include "ledger/state.h"

#include <string.h>

static void print_states(FILE *to)
{
    for (int i = 0; i < HF_STATE_COUNT; i++)
        fprintf(to, "%s\n", hf_state_text((enum hf_state)i));
}

void hf_known_print(void *context, const char *kind, FILE *to)
{
    (void)context;
    if (strcmp(kind, "STATE") == 0)
        print_states(to);
}
