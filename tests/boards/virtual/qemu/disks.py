"""Disks and cards of virtual boards: good ones, slow ones, worn out ones, and one that keeps a log."""

import subprocess

SIZE_MB = 64  # QEMU wants a card's size to be a power of two


def make_disk(path, folder):
    """An ext4 image with what the folder has."""
    with open(path, "wb") as image:
        image.truncate(SIZE_MB << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", folder, path], check=True)
    return path


def _drive(kind, options):
    if kind.sd:
        return ["-drive", f"if=sd,{options}"]
    return ["-drive", f"if=none,id=d0,{options}", "-device", "virtio-blk-device,drive=d0"]


def good(kind, image):
    return _drive(kind, f"file={image},format=raw")


def slow(kind, image, writes_per_s):
    return _drive(kind, f"file={image},format=raw,throttling.iops-write={writes_per_s}")


def worn_out(kind, image, rules, after_writes):
    """Every write from the one after `after_writes` on fails; `rules` is a file for QEMU's use."""
    steps = "".join(
        f'[set-state]\nstate = "{n}"\nevent = "write_aio"\nnew_state = "{n + 1}"\n\n'
        for n in range(1, after_writes + 1)
    )
    rules.write_text(
        f'{steps}[inject-error]\nstate = "{after_writes + 1}"\nevent = "write_aio"\nerrno = "5"\n'
        'once = "off"\n'
    )
    return _drive(kind, f"file=blkdebug:{rules}:{image},format=raw,werror=report")


def logged(image, log):
    """A virtio disk every write to which is kept in `log` too (writes.py reads it)."""
    log.touch()
    chain = (
        f"driver=file,filename={image},node-name=f0",
        f"driver=file,filename={log},node-name=l0",
        "driver=blklogwrites,file=f0,log=l0,node-name=d0,log-sector-size=512",
    )
    words = [word for node in chain for word in ("-blockdev", node)]
    return [*words, "-device", "virtio-blk-device,drive=d0"]
