#include "wire/envelope.h"

#include "wire/number.h"

#include <string.h>

const struct hf_header *hf_envelope_find(const struct hf_envelope *envelope, const char *name)
{
    struct hf_str wanted = hf_str(name);
    for (size_t i = 0; i < envelope->header_count && i < HF_ENVELOPE_HEADERS_MAX; i++) {
        if (hf_str_equal(envelope->headers[i].name, wanted))
            return &envelope->headers[i];
    }
    return NULL;
}

enum hf_err hf_envelope_number(const struct hf_envelope *envelope, const char *name, int64_t min,
                               int64_t max, int64_t *out)
{
    const struct hf_header *header = hf_envelope_find(envelope, name);
    if (!header)
        return HF_ERR_NOT_FOUND;
    if (header->kind == HF_HEADER_TEXT)
        return hf_number_parse(header->text, min, max, out);
    if (header->kind != HF_HEADER_INT || header->number < min || header->number > max)
        return HF_ERR_INVALID;
    *out = header->number;
    return HF_ERR_OK;
}

static bool append(struct hf_envelope *envelope, struct hf_header header)
{
    if (envelope->header_count >= HF_ENVELOPE_HEADERS_MAX)
        return false;
    envelope->headers[envelope->header_count++] = header;
    return true;
}

bool hf_envelope_add_number(struct hf_envelope *envelope, const char *name, int64_t number)
{
    struct hf_header header = {.name = hf_str(name), .kind = HF_HEADER_INT, .number = number};
    return append(envelope, header);
}

bool hf_envelope_add_text(struct hf_envelope *envelope, const char *name, struct hf_str text)
{
    struct hf_header header = {.name = hf_str(name), .kind = HF_HEADER_TEXT, .text = text};
    return append(envelope, header);
}

/* Moves the bytes of a view into what is left of the arena. */
static bool move_text(struct hf_str *text, char **texts, size_t *left)
{
    if (text->len > *left)
        return false;
    if (text->len > 0)
        memcpy(*texts, text->data, text->len);
    text->data = *texts;
    *texts += text->len;
    *left -= text->len;
    return true;
}

bool hf_envelope_copy(const struct hf_envelope *from, char *texts, size_t size,
                      struct hf_envelope *to)
{
    *to = *from;
    bool fits = move_text(&to->message_id, &texts, &size) &&
                move_text(&to->correlation_id, &texts, &size) &&
                move_text(&to->type, &texts, &size) && move_text(&to->user_id, &texts, &size) &&
                move_text(&to->content_type, &texts, &size);
    for (size_t i = 0; i < to->header_count && fits; i++)
        fits = move_text(&to->headers[i].name, &texts, &size) &&
               move_text(&to->headers[i].text, &texts, &size);
    if (!fits)
        memset(to, 0, sizeof *to);
    return fits;
}

void hf_envelope_signature(const struct hf_envelope *envelope, char out[HF_SIGNATURE_MAX + 1])
{
    const struct hf_header *header = hf_envelope_find(envelope, HF_HEADER_SIGNATURE);
    if (header == NULL || header->kind != HF_HEADER_TEXT ||
        !hf_str_copy(out, HF_SIGNATURE_MAX + 1, header->text))
        out[0] = '\0';
}
