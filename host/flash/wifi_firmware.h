#ifndef HF_FLASH_WIFI_FIRMWARE_H
#define HF_FLASH_WIFI_FIRMWARE_H

#include "flash/cpio.h"

/*
 * What a card's kernel wants for Wi-Fi, out of a folder that host/flash/fetch fills:
 *
 *     modules.cpio      the drivers, and /modules/wifi, the order to load them in
 *     regulatory.*      what each country allows, signed
 *     copyright         of the firmware: it goes where that goes
 *     CHIP-*            firmware and settings of a chip, by the names under which the driver asks
 */

/* Adds all of it, of the chips those in `chips` ("brcmfmac43430 brcmfmac43455"). HF_ERR_NOT_FOUND:
 * a chip has no firmware there. Errors of hf_file_read and hf_cpio_add. */
enum hf_err hf_wifi_firmware_add(const char *folder, const char *chips, struct hf_cpio *out,
                                 struct hf_fault *fault);

#endif
