"""Kernels ready to boot, in the cache. A folder for QEMU holds

    kernel        what QEMU's -kernel takes
    board.dtb     the board's device tree, where there is one
    modules.cpio  /modules/*.ko, and /modules/list: their names in the order to load them

and is named by flavour, version of Debian's package, and what was asked of it."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile

from flash.kernels.debian import CACHE, Apt, Unavailable, sources
from flash.kernels.flavours import FLAVOURS, SUITE
from flash.kernels.shapes import FILE, FOLDER, cpio, uimage, unpacked_kernel

RECIPE = 1  # counted up when the same package is to be made into something else

__all__ = ["Unavailable", "depends", "kernel", "made_whole", "members", "modules_archive"]


def say(text):
    print(f"fetch: {text}", file=sys.stderr, flush=True)


def _key(flavour):
    return hashlib.sha256(f"{RECIPE} {SUITE} {flavour}".encode()).hexdigest()[:8]


def _cached(flavour):
    found = sorted(
        (CACHE / "kernels").glob(f"{flavour.name}_*_{_key(flavour)}"),
        key=lambda folder: folder.stat().st_mtime,
    )
    return found[-1] if found else None


def members(deb, wanted):
    """{file name: its bytes} of those in the package that wanted(path) is true for."""
    unpacker = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    with unpacker, tarfile.open(fileobj=unpacker.stdout, mode="r|") as archive:
        return {
            os.path.basename(member.name): archive.extractfile(member).read()
            for member in archive
            if member.isfile() and wanted(member.name)
        }


def depends(module):
    """What a module's own notes say it needs."""
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    return [name.replace("-", "_") for name in found[1].decode().split(",") if name] if found else []


def _in_order(modules):
    """Names, each after those it depends on."""
    order = []

    def add(name, asked_by):
        if name not in modules:
            raise Unavailable(f"module {asked_by} needs {name}: name it in flavours.py")
        if name not in order:
            for other in depends(modules[name]):
                add(other, name)
            order.append(name)

    for name in modules:
        add(name, name)
    return order


def modules_archive(modules, name="list", without=()):
    """/modules of an initial file system: {name, with _ for -: a .ko file}. `name`: of the list;
    `without`: those that another list has."""
    order = [module for module in _in_order(modules) if module not in without]
    return cpio(
        ("modules", FOLDER, b""),
        (f"modules/{name}", FILE, "".join(f"{module}\n" for module in order).encode()),
        *((f"modules/{module}", FILE, modules[module]) for module in order),
    )


def _modules(flavour, files):
    modules = {
        name[:-3].replace("-", "_"): data for name, data in files.items() if name.endswith(".ko")
    }
    missing = [name for name in flavour.modules if name.replace("-", "_") not in modules]
    if missing:
        raise Unavailable(f"{flavour.package} has no module {', '.join(missing)}")
    return modules_archive(modules)


def _make(flavour, deb, folder):
    names = {f"{name}.ko" for name in flavour.modules} | {flavour.dtb}
    files = members(
        deb, lambda path: "/boot/vmlinuz-" in path or os.path.basename(path) in names
    )
    (kernel,) = (data for name, data in files.items() if name.startswith("vmlinuz-"))
    if flavour.load_address is not None:
        kernel = uimage(unpacked_kernel(kernel), flavour.load_address)
    (folder / "kernel").write_bytes(kernel)
    if flavour.dtb:
        (folder / "board.dtb").write_bytes(files[flavour.dtb])
    (folder / "modules.cpio").write_bytes(_modules(flavour, files))


def made_whole(name, make):
    """The folder that make(work folder, folder to fill) fills: it is in the cache when it is whole,
    named by `name`, the package's version, and the key; both are what make() returns."""
    work = CACHE / "kernels" / f".{name}"
    shutil.rmtree(work, ignore_errors=True)
    (work / "made").mkdir(parents=True)
    try:
        packages, key = make(work, work / "made")
        version = packages[0].name.split("_")[1]
        folder = CACHE / "kernels" / f"{name}_{version}_{key}"
        os.sync()
        shutil.rmtree(folder, ignore_errors=True)
        (work / "made").rename(folder)
        say(f"{' and '.join(deb.name for deb in packages)} from this machine's Debian mirror")
        return folder
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _fetch(flavour):
    def make(work, folder):
        apt = Apt(SUITE, flavour.architecture)
        deb = apt.download(apt.first_dependency(flavour.package), work)
        _make(flavour, deb, folder)
        return [deb], _key(flavour)

    return made_whole(flavour.name, make)


def kernel(name, anew=False):
    """The folder of that flavour; asks the network only when there is none, or `anew`. Unavailable."""
    flavour = FLAVOURS[name]
    with sources.locked(f"kernel-{name}"):
        return (None if anew else _cached(flavour)) or _fetch(flavour)
