"""The files to hash: which ones, how much, and what sha256sum says of them."""

import os
import stat
import threading

from desk import BUILD, ROOT, Trouble, Wrong, run

PAYLOAD_MAX = 16 << 20  # bytes; "holdfast submit" takes no larger one
MANY_FILES = 2000
MANY_BYTES = 1 << 30
COMMAND_BYTES = 200_000  # of names in one command line


def size_text(size):
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            break
        size /= 1000
    else:
        unit = "GB"
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"


class Folder:
    """Every regular file below a folder, as a name that begins with ./ ; links are not followed."""

    def __init__(self, path):
        self.path = path
        self.names, self.left_out, self.size = [], 0, 0
        left_alone = {os.fsencode(BUILD / "demo")}
        if path == ROOT:
            left_alone |= {os.fsencode(ROOT / ".git"), os.fsencode(BUILD)}
        top = os.fsencode(path)
        for at, folders, files in os.walk(top):
            folders[:] = sorted(f for f in folders if os.path.join(at, f) not in left_alone)
            for file in sorted(files):
                self._add(top, os.path.join(at, file))
        if not self.names:
            why = "; the files in it cannot be read or are over 16 MiB" if self.left_out else ""
            raise Wrong(f"there is no file to hash in '{path}'{why}: name another folder")

    def _add(self, top, file):
        try:
            status = os.lstat(file)
        except OSError:
            return
        if not stat.S_ISREG(status.st_mode):
            return
        if status.st_size > PAYLOAD_MAX or not os.access(file, os.R_OK):
            self.left_out += 1
            return
        self.names.append(os.path.join(b".", os.path.relpath(file, top)))
        self.size += status.st_size

    @property
    def amount(self):
        return f"{len(self.names)} file{'s' * (len(self.names) != 1)}, {size_text(self.size)}"

    @property
    def large(self):
        return len(self.names) > MANY_FILES or self.size > MANY_BYTES


def portions(names):
    """The names in turn, in lists that fit on a command line."""
    portion, size = [], 0
    for name in names:
        if portion and size + len(name) > COMMAND_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(name)
        size += len(name) + 16
    if portion:
        yield portion


class Digests(threading.Thread):
    """What sha256sum makes of each name, worked out beside the boards; some may be missing."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.of = {}
        self._folder = folder
        self.start()

    def run(self):
        for names in portions(self._folder.names):
            try:
                said = run(["sha256sum", "-z", "--", *names], cwd=self._folder.path)
            except Trouble:  # one is gone: the others by themselves
                said = b"".join(filter(None, map(self._one, names)))
            for line in said.split(b"\0"):
                digest, _, name = line.partition(b"  ")
                self.of[name] = digest.decode()

    def _one(self, name):
        try:
            return run(["sha256sum", "-z", "--", name], cwd=self._folder.path)
        except Trouble:
            return None
