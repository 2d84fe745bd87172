"""A board that QEMU is, whose plug can be pulled. Knows nothing of what runs on it."""

import dataclasses
import os
import pathlib
import signal
import subprocess
import threading
import time

from boards.virtual.qemu.console import Console
from flash.kernels.debian import Unavailable
from flash.kernels.shapes import FOLDER, PROGRAM, cpio, seeded
from flash.kernels.kernels import kernel
from boards.virtual.qemu.program import program
from boards.virtual.qemu.qmp import Qmp
from lib.case import Skip, need

BOOT_LIMIT_S = 300  # switched off for good, whatever the test does
ON_S = 120  # a slow machine's patience; 2 to 5 s are usual
SLOWER = 8  # times a busy machine may be with what comes before the kernel
SEED_BYTES = 64


@dataclasses.dataclass
class Start:
    """A kernel that QEMU starts: there is no boot ROM, or none is asked."""

    kernel: pathlib.Path
    initrd: pathlib.Path
    tree: pathlib.Path = None  # None: QEMU makes one
    words: str = ""  # for the kernel

    def options(self, kind, folder, append):
        words = f"console={kind.console} panic=1 quiet {kind.append} {self.words} {append}"
        return ["-kernel", str(self.kernel), *self._device_tree(folder),
                "-initrd", str(self.initrd), "-append", " ".join(words.split())]  # fmt: skip

    def _device_tree(self, folder):
        if not self.tree:
            return []
        tree = folder / "seeded.dtb"
        tree.write_bytes(seeded(self.tree.read_bytes(), os.urandom(SEED_BYTES)))
        return ["-dtb", str(tree)]


class PowerOn:
    """Nothing but what is on the disk, as a board starts."""

    def options(self, kind, _folder, append):
        assert not append, "its words are on the disk"
        return list(kind.firmware)


def _usual_start(kind, folder):
    try:
        found = kernel(kind.kernel)
    except Unavailable as reason:
        raise Skip(f"no kernel for a virtual board: {reason}") from None
    first = cpio(("init", PROGRAM, program("init").read_bytes()), ("dev", FOLDER, b""))
    initrd = folder / "initrd"
    initrd.write_bytes((found / "modules.cpio").read_bytes() + first)
    tree = found / "board.dtb"
    return Start(found / "kernel", initrd, tree if tree.exists() else None)


class Machine:
    """One at most is on for each of these. Power it on from the main thread: QEMU goes when the
    thread that started it does. `start`: a Start or PowerOn, instead of our own first program."""

    def __init__(self, kind, folder, start=None):
        self.kind, self.folder = kind, pathlib.Path(folder)
        self.console_file = self.folder / "console.log"
        self.console = self._process = self._timer = self._qmp = None
        self.boots = 0
        need(kind.emulator)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start = start or _usual_start(kind, self.folder)

    # --- the plug ---

    def power_on(self, disk, append=""):
        """`disk`: QEMU's options for it (disks.py). `append`: words for the kernel."""
        assert not self.on, "it is on already"
        self.boots += 1
        command = ["setpriv", "--pdeathsig", "KILL", *self._command(disk, append)]
        with open(self.console_file, "a") as log:
            log.write(f"--- power on {self.boots}: {' '.join(command[3:])}\n")
        file = open(self.console_file, "a")
        began = time.monotonic()
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.console = Console(self._process.stdout, file, began)
        self._timer = threading.Timer(BOOT_LIMIT_S, self._kill)
        self._timer.daemon = True
        self._timer.start()

    @property
    def on(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def pull_plug(self):
        """At once: what the board's kernel had not written to the disk is lost."""
        if self._process is None:
            return
        self._kill()
        self._process.wait()
        self._timer.cancel()
        self.console.close()
        if self._qmp:
            self._qmp.close()
            self._qmp = None

    def _kill(self):
        if self.on:
            os.kill(self._process.pid, signal.SIGKILL)

    # --- the cable ---

    @property
    def qmp(self):
        self._qmp = self._qmp or Qmp(self._socket)
        return self._qmp

    def cable(self, plugged):
        self.qmp.call("set_link", name=self.kind.link, up=plugged)

    # --- how it is started ---

    @property
    def on_s(self):
        """How long to wait for what follows power-on."""
        return ON_S + SLOWER * self.kind.before_kernel_s

    @property
    def _socket(self):
        return self.folder / "qmp"

    def _command(self, disk, append):
        kind = self.kind
        return [
            kind.emulator, *kind.machine, "-nographic", "-nodefaults", "-no-reboot",
            *kind.serial, "-qmp", f"unix:{self._socket},server=on,wait=off",
            *self._start.options(kind, self.folder, append), *kind.card, *disk,
        ]  # fmt: skip
