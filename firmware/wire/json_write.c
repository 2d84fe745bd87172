#include "wire/json_write.h"

#include <string.h>

static void put(struct hf_json_writer *writer, const char *bytes, size_t len)
{
    if (writer->len <= writer->size && len <= writer->size - writer->len)
        memcpy(writer->to + writer->len, bytes, len);
    writer->len += len;
}

void hf_json_write(struct hf_json_writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void put_escaped(struct hf_json_writer *writer, unsigned char byte)
{
    static const char HEX[] = "0123456789abcdef", NAMED[] = "\"\\\b\f\n\r\t", NAMES[] = "\"\\bfnrt";
    const char *named = memchr(NAMED, byte, sizeof NAMED - 1);
    if (named) {
        const char pair[2] = {'\\', NAMES[named - NAMED]};
        put(writer, pair, sizeof pair);
    } else {
        const char code[6] = {'\\', 'u', '0', '0', HEX[byte >> 4], HEX[byte & 15]};
        put(writer, code, sizeof code);
    }
}

void hf_json_write_text(struct hf_json_writer *writer, struct hf_str text)
{
    put(writer, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20 || byte == '"' || byte == '\\')
            put_escaped(writer, byte);
        else
            put(writer, &text.data[i], 1);
    }
    put(writer, "\"", 1);
}

bool hf_json_write_end(struct hf_json_writer *writer)
{
    put(writer, "", 1);
    return writer->len <= writer->size;
}
