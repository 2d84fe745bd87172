"""What a card's kernel wants for Wi-Fi, of Debian's packages: the firmware of the chips on Raspberry Pis,
and what each country allows."""

import os
import posixpath
import re
import subprocess
import tarfile

from flash.kernels.debian import Unavailable

DRIVERS = ("brcmfmac",)  # with all that it needs
PACKAGES = ("firmware-brcm80211", "wireless-regdb")
COPYRIGHTS = dict(zip(PACKAGES, ("copyright", "regulatory.copyright")))
CHIPS = ("brcmfmac43430", "brcmfmac43455")
# A chip's own settings stand under the name of the board that it is on.
FIRMWARE = re.compile(rf"lib/firmware/brcm/({'|'.join(CHIPS)})-sdio\.(bin|clm_blob|raspberrypi,.*\.txt)")
RULES = re.compile(r"lib/firmware/(regulatory\.db(?:\.p7s)?)-debian")  # its signature is known to Debian's kernels


def _tree(deb):
    """{path: its bytes} of what a package has below lib/firmware, and its copyright; links followed."""
    unpacker = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    files, links = {}, {}
    with unpacker, tarfile.open(fileobj=unpacker.stdout, mode="r|") as archive:
        for member in archive:
            path = posixpath.normpath(member.name)
            if member.issym():
                links[path] = posixpath.normpath(posixpath.join(posixpath.dirname(path), member.linkname))
            elif member.isfile() and (path.startswith("lib/firmware/") or path.endswith("/copyright")):
                files[path] = archive.extractfile(member).read()
    for path in links:
        target = path
        while target in links:
            target = links[target]
        if target in files:
            files[path] = files[target]
    return files


def wifi_files(debs):
    """{name: its bytes}: firmware as the driver asks for it, the rules, and whose they are."""
    found = {}
    for package, deb in zip(PACKAGES, debs):
        for path, data in _tree(deb).items():
            rules = RULES.fullmatch(path)
            if rules:
                found[rules[1]] = data
            elif FIRMWARE.fullmatch(path):
                found[os.path.basename(path)] = data
            elif path.endswith(f"/{package}/copyright"):
                found[COPYRIGHTS[package]] = data
    wanted = {f"{chip}-sdio.{kind}" for chip in CHIPS for kind in ("bin", "clm_blob")}
    wanted |= {"regulatory.db", "regulatory.db.p7s", *COPYRIGHTS.values()}
    missing = wanted - set(found)
    if missing:
        raise Unavailable(f"{' and '.join(PACKAGES)} have no {', '.join(sorted(missing))}")
    return found
