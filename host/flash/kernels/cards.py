"""What a real card starts from, in the cache: a folder that holds

    boot/         every file of the boot partition but those that are the card's own: what runs before
                  the kernel, a kernel, device trees, and whose they are (*.copyright)
    raw/BYTE      what lies outside of the partitions, at that byte of the card; may be missing
    modules.cpio  as in kernels.py, with the drivers of what may be plugged into such a board
    wifi/         what a card that joins a Wi-Fi has besides (wifi.py); missing where there is none

Debian's packages, as they are. Boards of the same values share a folder.
"""

import dataclasses
import fnmatch
import hashlib
import os

from flash.kernels import drivers
from flash.kernels.boards import board_value
from flash.kernels.debian import CACHE, Apt, Unavailable, sources
from flash.kernels.flavours import SUITE
from flash.kernels.kernels import depends, made_whole, members, modules_archive
from flash.kernels.loaders import LOADERS, LOADERS_SUITE
from flash.kernels.wifi import DRIVERS, PACKAGES, wifi_files

RECIPE = 4  # counted up when the same packages are to be made into something else

KERNELS = {  # BOARD_KERNEL: the package that depends on it, its architecture
    "rpi": ("linux-image-rpi", "armel"),
    "armmp": ("linux-image-armmp", "armhf"),
    "arm64": ("linux-image-arm64", "arm64"),
    "cloud-arm64": ("linux-image-cloud-arm64", "arm64"),
    "amd64": ("linux-image-amd64", "amd64"),
}


@dataclasses.dataclass(frozen=True)
class Card:
    """Of a board's values; those of its name with BOARD_ in front."""

    kernel: str
    boot: str
    trees: str
    loader: str
    loader_files: str
    wifi: str

    @property
    def architecture(self):
        return KERNELS[self.kernel][1]


def _card(board):
    names = (field.name for field in dataclasses.fields(Card))
    card = Card(*(board_value(board, f"BOARD_{name.upper()}") for name in names))
    if card.kernel not in KERNELS or card.boot not in LOADERS:
        raise Unavailable(f"it starts by '{card.boot}' with the kernel '{card.kernel}'")
    return card


def _wished(deb, wishes):
    """{name: the .ko} of the wishes and of what they need, of two readings of the package. Other
    wishes are built into the kernel, or it has no such driver."""

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


def _kernel_files(card, deb):
    """{its name on the card: its bytes}"""
    forms = card.trees.split()

    def wanted(path):
        name = os.path.basename(path)
        is_tree = any(fnmatch.fnmatch(name, form) for form in forms)
        return "/boot/vmlinuz-" in path or is_tree or name == "copyright"

    files = members(deb, wanted)
    (kernel,) = (name for name in files if name.startswith("vmlinuz-"))
    files["kernel.img"] = files.pop(kernel)
    files["linux.copyright"] = files.pop("copyright")
    missing = [form for form in forms if not fnmatch.filter(files, form)]
    if missing:
        raise Unavailable(f"{deb.name} has no {', '.join(missing)}")
    return files


def _write(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _wifi(card, kernel, modules, work):
    apt = Apt(SUITE, card.architecture, "main non-free-firmware")
    files = wifi_files([apt.download(package, work) for package in PACKAGES])
    more = modules_archive(_wished(kernel, DRIVERS), "wifi", without=modules)
    return {**files, "modules.cpio": more}


def _fetch(card, name, key):
    def make(work, folder):
        apt = Apt(SUITE, card.architecture)
        kernel = apt.download(apt.first_dependency(KERNELS[card.kernel][0]), work)
        loaders, boot, raw = LOADERS[card.boot](card, work)
        _write(folder / "boot", {**boot, **_kernel_files(card, kernel)})
        _write(folder / "raw", {str(at): data for at, data in raw.items()})
        modules = _wished(kernel, drivers.wishes(card.trees))
        _write(folder, {"modules.cpio": modules_archive(modules)})
        if card.wifi:
            _write(folder / "wifi", _wifi(card, kernel, modules, work))
        return [kernel, *loaders], key

    return made_whole(name, make)


def card_files(board, anew=False):
    """The folder for that board; asks the network only when there is none, or `anew`. Unavailable."""
    card = _card(board)
    text = f"{RECIPE} {SUITE} {LOADERS_SUITE} {card} {drivers.wishes(card.trees)} {DRIVERS}"
    key = hashlib.sha256(text.encode()).hexdigest()[:8]
    name = f"card-{card.kernel}-{card.boot}"
    with sources.locked(name):
        found = sorted((CACHE / "kernels").glob(f"{name}_*_{key}"))
        return found[-1] if found and not anew else _fetch(card, name, key)
