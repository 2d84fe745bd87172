"""The kernel's modules that a card brings, by what is soldered to the boards that it is for."""

from flash.kernels.debian import Unavailable
from flash.kernels.flavours import EXT4

ADAPTERS = (  # network adapters at USB, and what such chips' other ends want
    "asix", "ax88179_178a", "r8152", "cdc_ether", "cdc_ncm", "smsc95xx", "lan78xx", "smsc", "microchip",
)  # fmt: skip

# By the beginning of a device tree's name; "" has none.
CHIPS = {
    "bcm2": (
        "sdhci", "sdhci-pltfm", "sdhci-iproc", "bcm2835", "mmc_block",  # the card
        "fixed", "gpio-regulator",  # its supply: a Pi 4 has no card without them
        "dwc2", "xhci-pci", "pcie-brcmstb", "reset-raspberrypi", "phy-generic",  # USB
        "genet", "broadcom", "bcm-phy-lib", "mdio-bcm-unimac",  # network on the board
        "bcm2835_wdt", "bcm2835_thermal", "i2c-bcm2835", "i2c-dev", "raspberrypi-hwmon",
        "bcm2711_thermal", "bcm2835-rng", "iproc-rng200", "leds-gpio",
    ),
    "sun8i": (
        "sunxi-mmc", "mmc_block", "gpio-regulator", "sy8106a-regulator",
        "dwmac-sun8i", "realtek", "phy-sun4i-usb", "ehci-platform", "ohci-platform",
        "sunxi_wdt", "sun8i_thermal", "i2c-mv64xxx", "i2c-dev", "leds-gpio",
    ),
    "am335x": (
        "sdhci-omap", "mmc_block", "tps65217", "ti_cpsw_new", "davinci_mdio", "phy-gmii-sel",
        "phy-am335x", "musb_dsps", "cppi41", "omap_wdt", "omap-rng", "i2c-dev", "leds-gpio",
    ),
    "": (
        "virtio_pci", "virtio_mmio", "virtio_blk", "virtio_scsi", "virtio_net", "virtio-rng",  # of virtual machines
        "hv_storvsc", "hv_netvsc", "vmxnet3", "vmw_pvscsi", "mptspi",
        "ahci", "ata_piix", "nvme", "sd_mod", "usb-storage", "uas", "sdhci-pci", "mmc_block",  # disks
        "xhci-pci", "ehci-pci", "ohci-pci", "uhci-hcd",
        "e1000", "e1000e", "igb", "igc", "r8169", "realtek", "8139cp", "8139too", "tg3", "broadcom",
        "sky2", "forcedeth", "atl1c", "atl1e", "alx", "jme", "via-rhine",
        "coretemp", "k10temp", "i2c-dev",
    ),
}  # fmt: skip


def wishes(trees):
    """Names of modules for a board of those device trees; a kernel need not have all of them.
    Unavailable."""
    chip = next((begin for begin in CHIPS if begin and trees.startswith(begin)), "")
    if trees and not chip:
        raise Unavailable(f"nobody knows what drives a board of {trees}: name it in drivers.py")
    return (*CHIPS[chip], *EXT4, *ADAPTERS)
