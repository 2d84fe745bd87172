"""What runs on a board before the kernel: its files, from Debian's packages. By BOARD_BOOT.

Each function is given the card that is made and a folder to download into, and returns (packages, the
files of the boot partition {path: bytes}, what lies outside of it {byte of the card: bytes}).
"""

import os

from flash.kernels.debian import Apt, Unavailable
from flash.kernels.flavours import SUITE
from flash.kernels.kernels import members

# The release of U-Boot and systemd-boot: its U-Boot knows more boards, and its systemd-boot takes
# words for the kernel from a virtual machine's maker.
LOADERS_SUITE = "trixie"


def _with_copyright(package, files):
    files[f"{package}.copyright"] = files.pop("copyright")
    return files


def _all_of(names, files, deb):
    missing = set(names) - set(files)
    if missing:
        raise Unavailable(f"{deb.name} has no {', '.join(sorted(missing))}")


def raspberry_pi(card, work):
    """The boot ROM's second stage and the firmware; start4.elf is a Pi 4's."""
    package = "raspi-firmware"
    names = ["bootcode.bin", "start.elf", "fixup.dat"]
    if card.architecture == "arm64":
        names += ["start4.elf", "fixup4.dat"]
    deb = Apt(SUITE, card.architecture, "main non-free-firmware").download(package, work)
    files = members(deb, lambda path: os.path.basename(path) in (*names, "copyright"))
    _all_of(names, files, deb)
    return [deb], _with_copyright(package, files), {}


def u_boot(card, work):
    """BOARD_LOADER is PACKAGE/TARGET, and of BOARD_LOADER_FILES a FILE lies on the boot partition, a
    FILE@BYTE at that byte of the card."""
    package, target = card.loader.split("/")
    places = dict(word.partition("@")[::2] for word in card.loader_files.split())
    deb = Apt(LOADERS_SUITE, card.architecture).download(package, work)

    def wanted(path):
        folder, name = os.path.split(path)
        return name == "copyright" or (name in places and folder.endswith(f"/{target}"))

    files = members(deb, wanted)
    _all_of(places, files, deb)
    raw = {int(at): files.pop(name) for name, at in places.items() if at}
    return [deb], _with_copyright(package, files), raw


def uefi(card, work):
    """systemd-boot, where the firmware looks on a disk that it knows nothing of."""
    package = "systemd-boot-efi"
    program = {"amd64": "systemd-bootx64.efi", "arm64": "systemd-bootaa64.efi"}[card.architecture]
    deb = Apt(LOADERS_SUITE, card.architecture).download(package, work)
    files = members(deb, lambda path: os.path.basename(path) in (program, "copyright"))
    _all_of([program], files, deb)
    place = program.upper().replace("SYSTEMD-", "")
    files[f"EFI/BOOT/{place}"] = files.pop(program)
    return [deb], _with_copyright(package, files), {}


LOADERS = {"raspberry-pi": raspberry_pi, "u-boot": u_boot, "uefi": uefi}
