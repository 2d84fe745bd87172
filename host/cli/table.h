#ifndef HF_CLI_TABLE_H
#define HF_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*
 * Text in columns for a person. Cells are added one by one from left to right, the first row is
 * the heading; columns are as wide as they need to be, and those of numbers are right-aligned.
 * Control characters of foreign text are printed as '?'.
 */

#define HF_TABLE_COLUMNS_MAX 16

struct hf_table {
    size_t columns;         /* set by the caller, with all else 0 */
    size_t count, capacity; /* cells */
    char **cells;
};

/* Appends a cell. False when memory ran out: the table is then one cell short. */
__attribute__((format(printf, 2, 3))) bool hf_table_cell(struct hf_table *table, const char *format,
                                                         ...);

void hf_table_print(const struct hf_table *table, FILE *to);

void hf_table_free(struct hf_table *table);

#endif
