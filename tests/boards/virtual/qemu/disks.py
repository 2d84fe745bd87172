"""Disks and cards of virtual boards: good ones, slow ones, some that fail, and one that keeps a log."""

import subprocess

SIZE_MB = 64  # QEMU wants a card's size to be a power of two


def make_disk(path, folder, journaled=True):
    """An ext4 image with what the folder has. Not `journaled`: without ext4's own journal."""
    with open(path, "wb") as image:
        image.truncate(SIZE_MB << 20)
    features = [] if journaled else ["-O", "^has_journal"]
    subprocess.run(["mkfs.ext4", "-q", "-F", *features, "-d", folder, path], check=True)
    return path


def mended(image):
    """As a board's system checks its card when it starts; False: a person is asked to."""
    done = subprocess.run(["e2fsck", "-fp", image], capture_output=True, check=False)
    return done.returncode in (0, 1)


def _drive(kind, options):
    if kind.disk == "sd":
        return ["-drive", f"if=sd,{options}"]
    device = {"virtio": "virtio-blk-device", "sata": "ide-hd"}[kind.disk]
    return ["-drive", f"if=none,id=d0,{options}", "-device", f"{device},drive=d0"]


def good(kind, image):
    return _drive(kind, f"file={image},format=raw")


def slow(kind, image, writes_per_s):
    return _drive(kind, f"file={image},format=raw,throttling.iops-write={writes_per_s}")


def _virtio(*nodes):
    """The last one is the disk."""
    words = [word for node in nodes for word in ("-blockdev", node)]
    return [*words, "-device", "virtio-blk-device,drive=disk,werror=report,rerror=report"]


def breakable(image):
    """A virtio disk that fail() breaks: QEMU's SD cards hide errors from their boards."""
    return _virtio(
        f"driver=file,filename={image},node-name=image", "driver=raw,file=image,node-name=disk"
    )


def fail(qmp, writes):
    """Whether every write fails from now on."""
    if writes:
        every = {"event": "write_aio", "iotype": "write", "errno": 5, "once": False}
        rule = {"driver": "blkdebug", "node-name": "broken", "image": "image"}
        qmp.call("blockdev-add", **rule, **{"inject-error": [every]})
    below = "broken" if writes else "image"
    disk = {"driver": "raw", "node-name": "disk", "file": below}
    qmp.call("blockdev-reopen", options=[disk])
    if not writes:
        qmp.call("blockdev-del", **{"node-name": "broken"})


def logged(image, log):
    """A virtio disk whose every write and flush is kept in `log` too (writes.py reads it)."""
    log.touch()
    return _virtio(
        f"driver=file,filename={image},node-name=image",
        f"driver=file,filename={log},node-name=log",
        "driver=blklogwrites,file=image,log=log,node-name=disk,log-sector-size=512",
    )
