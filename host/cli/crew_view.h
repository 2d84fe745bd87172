#ifndef HF_CLI_CREW_VIEW_H
#define HF_CLI_CREW_VIEW_H

#include "cli/crew.h"

/*
 * How a crew gets on, on stderr: a table that is drawn over and over where that is a terminal, a
 * line for each step elsewhere. At the end it is wiped away, and a table on stdout says what became
 * of all.
 */

struct hf_crew_view {
    bool live;
    bool paint;
    int lines; /* that stand on the terminal */
};

void hf_crew_view_begin(struct hf_crew_view *view);

/* hf_crew's news; the context is a view. */
void hf_crew_view_news(void *context, const struct hf_crew *crew,
                       const struct hf_crew_board *board);

/* Wipes what is drawn; with `table` prints how all ended. */
void hf_crew_view_end(struct hf_crew_view *view, const struct hf_crew *crew, bool table);

#endif
