"""A virtual board with our worker on it, enrolled and set up as a real one would be."""

import json
import re
import shutil

from boards.virtual.qemu import disks
from boards.virtual.qemu.kinds import KINDS
from boards.virtual.qemu.machine import Machine
from lib.broker import FROM_QEMU
from lib.case import need
from lib.paths import worker


class Board:
    def __init__(self, world, kind, preset=None, port=None, journaled=True, programs=(), **settings):
        """In this case's pool, off. `port`: where it finds the broker on this machine, when it is
        to go through a proxy. `journaled`: its file system is. `programs`: paths of handlers. The rest: settings of its worker,
        None for one that is not to be there."""
        need("mkfs.ext4")
        self.kind = KINDS[kind]
        self.name = world.board_name(kind)
        self.preset = preset or self.kind.preset
        self.folder = world.folder / self.name
        self.machine = Machine(self.kind, self.folder)
        self.image = self.folder / "disk"
        if port:
            settings["broker"] = {"host": FROM_QEMU, "port": port}
        self._fill_disk(self._enroll(world), journaled, programs, settings)
        world.workers.append(world.keep(self))

    # --- what is on its disk ---

    def _enroll(self, world):
        files = self.folder / "files"
        world.broker.holdfast(
            "enroll", self.name, "--pool", world.pool, "--broker-host", FROM_QEMU, "--out", files
        )
        return files

    def _fill_disk(self, files, journaled, programs, settings):
        text = (files / "worker.json").read_text()
        config = json.loads(re.sub(r"^\s*//.*", "", text, flags=re.MULTILINE))
        config |= {"state": "state", "handlers": "handlers", "log_level": "debug",
                   "reconnect_min_ms": 100, "reconnect_max_ms": 1000}  # fmt: skip
        config = {key: value for key, value in (config | settings).items() if value is not None}
        (files / "worker.json").write_text(json.dumps(config))
        shutil.copy(worker(self.preset), files / "holdfast-worker")
        (files / "handlers").mkdir(exist_ok=True)
        for program in programs:
            shutil.copy(program, files / "handlers")
        disks.make_disk(self.image, files, journaled)

    # --- the plug, the cable and the card ---

    def power_on(self, disk=None, append=""):
        """With the disk as it is, or options of another make of it."""
        self.machine.power_on(disk or disks.good(self.kind, self.image), append)
        return self

    def up(self):
        """On and connected; the seconds that took."""
        if not self.alive:
            self.power_on()
        return self.saw(r" link\.up ")[1]

    def pull_plug(self):
        self.machine.pull_plug()

    close = pull_plug

    @property
    def alive(self):
        return self.machine.on

    def cable(self, plugged):
        self.machine.cable(plugged)

    def card(self, fails):
        """Every write to a disk of disks.breakable(), from now on."""
        disks.fail(self.machine.qmp, writes=fails)

    # --- what it says ---

    def saw(self, pattern, within_s=None, after=0):
        """(line number, seconds since power-on, match), waited for; of this boot."""
        return self.machine.console.wait_for(pattern, within_s or self.machine.on_s, after)

    def count(self, pattern):
        """Lines of this boot."""
        return self.machine.console.count(pattern)

    @property
    def log_of_this_boot(self):
        return "\n".join(text for _, text in list(self.machine.console.lines))

    @property
    def log(self):
        """Of all boots."""
        file = self.machine.console_file
        return file.read_text(errors="replace") if file.exists() else ""

    def starts(self, task):
        """How often the task was started, over all boots."""
        return len(re.findall(rf" task\.started task={task} ", self.log))
