#include "wifi/element.h"

#include <string.h>

#define VENDOR        221
#define SUITE_BYTES   4
#define SUITES_MAX    31 /* numbers that have a bit */
#define KDE_GROUP_KEY 1
#define KDE_HEAD      8 /* element, OUI and type, key id, a reserved byte */

const uint8_t hf_rsn_own[HF_RSN_OWN_BYTES] = {
    HF_ELEMENT_RSN,
    HF_RSN_OWN_BYTES - HF_ELEMENT_HEAD,
    1,
    0, /* version */
    0x00,
    0x0F,
    0xAC,
    HF_CIPHER_CCMP, /* group */
    1,
    0,
    0x00,
    0x0F,
    0xAC,
    HF_CIPHER_CCMP, /* pairwise */
    1,
    0,
    0x00,
    0x0F,
    0xAC,
    HF_AKM_PSK,
    0,
    0, /* capabilities */
};

struct walk {
    const uint8_t *at;
    size_t left;
};

/* A zero length behind a vendor's type is the padding of a key frame's data. */
static bool next(struct walk *walk, struct hf_element *out)
{
    if (walk->left < HF_ELEMENT_HEAD || walk->at[1] > walk->left - HF_ELEMENT_HEAD)
        return false;
    *out = (struct hf_element){.bytes = walk->at, .len = HF_ELEMENT_HEAD + (size_t)walk->at[1]};
    walk->at += out->len;
    walk->left -= out->len;
    return true;
}

struct hf_element hf_element_find(const uint8_t *data, size_t len, uint8_t type)
{
    struct walk walk = {.at = data, .left = len};
    struct hf_element element;
    while (next(&walk, &element))
        if (element.bytes[0] == type)
            return element;
    return (struct hf_element){.bytes = NULL};
}

struct hf_element hf_element_find_vendor(const uint8_t *data, size_t len, const uint8_t vendor[4])
{
    struct walk walk = {.at = data, .left = len};
    struct hf_element element;
    while (next(&walk, &element))
        if (element.bytes[0] == VENDOR && element.len >= HF_ELEMENT_HEAD + 4 &&
            memcmp(element.bytes + HF_ELEMENT_HEAD, vendor, 4) == 0)
            return element;
    return (struct hf_element){.bytes = NULL};
}

/* --- the RSN element --- */

static bool get16(struct walk *walk, uint16_t *out)
{
    if (walk->left < 2)
        return false;
    *out = (uint16_t)(walk->at[0] | walk->at[1] << 8);
    walk->at += 2;
    walk->left -= 2;
    return true;
}

static bool get_suite(struct walk *walk, uint32_t *bits)
{
    static const uint8_t oui[] = {0x00, 0x0F, 0xAC};
    if (walk->left < SUITE_BYTES)
        return false;
    if (memcmp(walk->at, oui, sizeof oui) == 0 && walk->at[3] <= SUITES_MAX)
        *bits |= HF_RSN_BIT(walk->at[3]);
    walk->at += SUITE_BYTES;
    walk->left -= SUITE_BYTES;
    return true;
}

static bool get_suites(struct walk *walk, uint32_t *bits)
{
    uint16_t count;
    if (!get16(walk, &count))
        return false;
    for (uint16_t i = 0; i < count; i++)
        if (!get_suite(walk, bits))
            return false;
    return true;
}

bool hf_rsn_read(const struct hf_element *element, struct hf_rsn *out)
{
    struct walk walk = {.at = element->bytes, .left = element->len};
    uint16_t head, version;
    *out = (struct hf_rsn){.group = 0};
    if (!get16(&walk, &head) || !get16(&walk, &version) || version != 1 ||
        !get_suite(&walk, &out->group) || !get_suites(&walk, &out->pairwise) ||
        !get_suites(&walk, &out->akm))
        return false;
    (void)get16(&walk, &out->capabilities); /* may be left away */
    return true;
}

/* --- key data --- */

bool hf_element_group_key(const uint8_t *data, size_t len, uint8_t key[HF_GTK_BYTES],
                          uint8_t *index)
{
    static const uint8_t kind[] = {0x00, 0x0F, 0xAC, KDE_GROUP_KEY};
    const struct hf_element found = hf_element_find_vendor(data, len, kind);
    if (!found.bytes || found.len != KDE_HEAD + HF_GTK_BYTES)
        return false;
    *index = found.bytes[HF_ELEMENT_HEAD + sizeof kind] & 3;
    memcpy(key, found.bytes + KDE_HEAD, HF_GTK_BYTES);
    return *index != 0;
}
