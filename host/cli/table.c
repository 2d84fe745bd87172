#include "cli/table.h"

#include "wire/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct hf_table *table)
{
    if (table->count < table->capacity)
        return true;
    size_t capacity = table->capacity ? 2 * table->capacity : 64;
    char **grown = realloc(table->cells, capacity * sizeof *grown);
    if (!grown)
        return false;
    table->cells = grown;
    table->capacity = capacity;
    return true;
}

bool hf_table_cell(struct hf_table *table, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    if (len < 0)
        return false;
    if (!make_room(table)) {
        free(text);
        return false;
    }
    hf_utf8_clean(text, false);
    table->cells[table->count++] = text;
    return true;
}

/* How one column is printed: found once, for it takes a look at every row. */
struct shape {
    int width;
    bool numeric;
};

static struct shape shape_of(const struct hf_table *table, size_t column)
{
    struct shape shape = {.numeric = true};
    for (size_t i = column; i < table->count; i += table->columns) {
        const char *text = table->cells[i];
        if ((int)strlen(text) > shape.width)
            shape.width = (int)strlen(text);
        if (i >= table->columns && text[strspn(text, "0123456789.-")] != '\0')
            shape.numeric = false;
    }
    return shape;
}

/* The last column is not padded: no line ends in spaces. */
static void print_cell(const char *text, struct shape shape, bool last, FILE *to)
{
    if (shape.numeric)
        fprintf(to, "%*s", shape.width, text);
    else
        fprintf(to, "%-*s", last ? 0 : shape.width, text);
    fputs(last ? "\n" : "  ", to);
}

void hf_table_print(const struct hf_table *table, FILE *to)
{
    struct shape shapes[HF_TABLE_COLUMNS_MAX];
    if (table->columns == 0 || table->columns > HF_TABLE_COLUMNS_MAX)
        return;
    for (size_t column = 0; column < table->columns; column++)
        shapes[column] = shape_of(table, column);
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns;
        print_cell(table->cells[i], shapes[column], column + 1 == table->columns, to);
    }
}

void hf_table_free(struct hf_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    table->cells = NULL;
    table->count = table->capacity = 0;
}
