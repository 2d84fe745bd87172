"""The log of a disk's writes and flushes that disks.logged() keeps, and what the disk would hold had
the power gone after any of them.

The format is dm-log-writes': a superblock, then entries of a header and data, all in whole sectors.
"""

import dataclasses
import os
import struct

SECTOR = 512
FLUSH, FUA, DISCARD = 1, 2, 4


@dataclasses.dataclass
class Write:
    at: int  # bytes into the disk
    data: bytes  # empty: a flush alone
    flush: bool  # what was written before is kept from now on
    kept: bool  # by itself, without a flush
    end: int  # bytes into the log


def read(log):
    """All of them, in their order; the last one may have been cut off."""
    with open(log, "rb") as file:
        file.seek(SECTOR)  # QEMU brings the superblock up to date with a flush, if there is one
        return list(iter(lambda: _entry(file), None))


def _entry(file):
    header = file.read(SECTOR)
    if len(header) < SECTOR or not any(header):
        return None
    at, sectors, flags, _ = struct.unpack("<QQQQ", header[:32])
    size = sectors * SECTOR
    data = bytes(size) if flags & DISCARD else file.read(size)
    if len(data) < size:
        return None
    return Write(at * SECTOR, data, bool(flags & FLUSH), bool(flags & FUA), file.tell())


class Disk:
    """An image to which writes are done one after the other."""

    def __init__(self, image):
        self._image = os.open(image, os.O_RDWR)
        self._cached = []  # writes that no flush has followed

    def close(self):
        os.close(self._image)

    def do(self, write):
        """A flush in a write's entry covers what came before, not that write."""
        if write.flush:
            self._write(self._image, self._cached)
            self._cached = []
        if write.data:
            self._cached.append(write)

    @staticmethod
    def _write(file, writes):
        for write in writes:
            os.pwrite(file, write.data, write.at)

    def cut(self, copy, forget=None):
        """What the disk holds when the power goes now: all that was written, or with `forget`, a
        function that says so of each, without some of what no flush has followed."""
        with open(copy, "wb") as file:
            os.truncate(file.fileno(), os.fstat(self._image).st_size)
            self._copy_data(file.fileno())
            kept = [w for w in self._cached if w.kept or not (forget and forget(w))]
            self._write(file.fileno(), kept)

    def _copy_data(self, to):
        """Holes stay holes."""
        at, size = 0, os.fstat(self._image).st_size
        while at < size:
            try:
                begin = os.lseek(self._image, at, os.SEEK_DATA)
            except OSError:  # none behind it
                return
            at = os.lseek(self._image, begin, os.SEEK_HOLE)
            os.pwrite(to, os.pread(self._image, at - begin, begin), begin)
