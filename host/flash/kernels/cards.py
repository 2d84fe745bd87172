"""What a real card starts from, in the cache: a folder that holds

    boot/         every file of the boot partition but those that are the card's own: the
                  board's firmware, a kernel, device trees, and whose they are (*.copyright)
    modules.cpio  as in kernels.py, with the drivers of what may be plugged into such a board
    wifi/         what a card that joins a Wi-Fi has besides (wifi.py)

Debian's kernel and firmware packages, as they are.
"""

import dataclasses
import fnmatch
import hashlib
import os

from flash.kernels.debian import CACHE, Apt, Unavailable, sources
from flash.kernels.flavours import EXT4, SUITE
from flash.kernels.kernels import depends, made_whole, members, modules_archive
from flash.kernels.wifi import DRIVERS, PACKAGES, wifi_files

RECIPE = 3  # counted up when the same packages are to be made into something else
FIRMWARE = "raspi-firmware"

# Those that a kernel has are packed, with all that they need; others are built into it or unknown.
WISHES = (
    "sdhci", "sdhci-pltfm", "sdhci-iproc", "bcm2835", "mmc_block", *EXT4,  # the card
    "fixed", "gpio-regulator",  # its supply: a Pi 4 has no card without them
    "dwc2", "xhci-pci", "pcie-brcmstb", "reset-raspberrypi", "phy-generic",  # USB
    "smsc95xx", "lan78xx", "genet", "broadcom", "bcm-phy-lib", "mdio-bcm-unimac",  # on the board
    "asix", "ax88179_178a", "r8152", "cdc_ether", "cdc_ncm", "smsc", "microchip",  # adapters
    "bcm2835_wdt", "bcm2835_thermal", "i2c-bcm2835", "i2c-dev", "raspberrypi-hwmon",
    "bcm2711_thermal", "bcm2835-rng", "iproc-rng200", "leds-gpio",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Card:
    name: str  # BOARD_KERNEL
    package: str
    architecture: str
    trees: str  # which device trees
    firmware: tuple = ("bootcode.bin", "start.elf", "fixup.dat")


CARDS = {
    card.name: card
    for card in (
        Card("rpi", "linux-image-rpi", "armel", "bcm2835-rpi-*.dtb"),
        Card("armmp", "linux-image-armmp", "armhf", "bcm283[67]-rpi-*.dtb"),
        Card("arm64", "linux-image-arm64", "arm64", "bcm2[78]*-rpi-*.dtb",
             ("bootcode.bin", "start.elf", "fixup.dat", "start4.elf", "fixup4.dat")),
    )
}


def _wished(deb, wishes):
    """{name: the .ko} of the wishes and of what they need, of two readings of the package."""

    def name(path):
        return os.path.basename(path)[:-3].replace("-", "_")

    needs = {name(k): depends(v) for k, v in members(deb, lambda path: path.endswith(".ko")).items()}
    wanted = set()
    queue = [wish.replace("-", "_") for wish in wishes]
    while queue:
        module = queue.pop()
        if module in needs and module not in wanted:
            wanted.add(module)
            queue += needs[module]
    found = members(deb, lambda path: path.endswith(".ko") and name(path) in wanted)
    return {name(path): data for path, data in found.items()}


def _boot_files(card, kernel_deb, firmware_deb):
    """{its name on the card: its bytes}"""

    def is_copyright(path):
        return path.endswith("/copyright")

    def is_kernels(path):
        name = os.path.basename(path)
        return "/boot/vmlinuz-" in path or fnmatch.fnmatch(name, card.trees) or is_copyright(path)

    def is_firmwares(path):
        return os.path.basename(path) in card.firmware or is_copyright(path)

    files = members(firmware_deb, is_firmwares)
    files[f"{FIRMWARE}.copyright"] = files.pop("copyright")
    for name, data in members(kernel_deb, is_kernels).items():
        kept = "kernel.img" if name.startswith("vmlinuz-") else name
        files["linux.copyright" if name == "copyright" else kept] = data
    missing = {"kernel.img", *card.firmware} - set(files)
    if missing:
        raise Unavailable(f"{kernel_deb.name} and {firmware_deb.name} have no {', '.join(missing)}")
    return files


def _make(card, kernel_deb, firmware_deb, wifi_debs, folder):
    for name in ("boot", "wifi"):
        (folder / name).mkdir()
    for name, data in _boot_files(card, kernel_deb, firmware_deb).items():
        (folder / "boot" / name).write_bytes(data)
    modules = _wished(kernel_deb, WISHES)
    (folder / "modules.cpio").write_bytes(modules_archive(modules))
    for name, data in wifi_files(wifi_debs).items():
        (folder / "wifi" / name).write_bytes(data)
    drivers = modules_archive(_wished(kernel_deb, DRIVERS), "wifi", without=modules)
    (folder / "wifi" / "modules.cpio").write_bytes(drivers)


def _fetch(card, key):
    def make(work, folder):
        apt = Apt(SUITE, card.architecture, "main non-free-firmware")
        kernel_deb = apt.download(apt.first_dependency(card.package), work)
        firmware_deb = apt.download(FIRMWARE, work)
        wifi_debs = [apt.download(package, work) for package in PACKAGES]
        _make(card, kernel_deb, firmware_deb, wifi_debs, folder)
        return [kernel_deb, firmware_deb], key

    return made_whole(f"card-{card.name}", make)


def card_files(name, anew=False):
    """The folder for that BOARD_KERNEL; asks the network only when there is none, or `anew`.
    Unavailable."""
    card = CARDS[name]
    key = hashlib.sha256(f"{RECIPE} {SUITE} {card} {WISHES} {DRIVERS}".encode()).hexdigest()[:8]
    with sources.locked(f"card-{name}"):
        found = sorted((CACHE / "kernels").glob(f"card-{name}_*_{key}"))
        return found[-1] if found and not anew else _fetch(card, key)
