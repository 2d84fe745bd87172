"""A virtual board that runs nothing but a card made by `holdfast flash`, for QEMU or for the real board.
Where QEMU has no boot ROM, of a Pi, the kernel and the initial file system are started as they lie on it."""

import dataclasses
import json
import pathlib
import re
import shutil

from boards.virtual.qemu import fat
from boards.virtual.qemu.board import Board
from boards.virtual.qemu.kinds import KINDS
from boards.virtual.qemu.machine import Machine, PowerOn, Start
from lib.broker import FROM_QEMU
from lib.case import Skip, Wish, need
from lib.paths import worker


def flash(world, name, board, image, program, *words):
    """The command, when it has made the image; `program`: the worker's."""
    done = world.broker.holdfast(
        "flash", name, "--board", board, "--out", image, "--pool", world.pool,
        "--broker-host", FROM_QEMU, "--worker", program, *words, exit_code=None, timeout=300,
    )  # fmt: skip
    if "cannot be had" in done.stderr:
        raise Skip(f"no kernel for a card: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


class Flashed(Board):
    def __init__(self, world, kind, board, emulated=True, programs=(), wifi=(), access_point=None, **settings):
        """Of that folder of boards/; off. Not `emulated`: with the real board's card. `programs`:
        paths of handlers. `wifi`: options of flash; with an `access_point` that has the board's cable.
        `settings`: of its worker, beside those of a flashed one."""
        need("mke2fs")
        self.kind = KINDS[kind]
        missing = [file for file in self.kind.wishes if not pathlib.Path(file).exists()]
        if missing:
            raise Wish(f"{missing[0]} is not there (toolchains/packages pc)")
        self.name = world.board_name(f"card-{kind}")
        self.preset = self.kind.preset
        self.folder = world.folder / self.name
        self.folder.mkdir()
        self.image = self.folder / "card.img"
        words = ["--emulated"] if emulated else []
        words += self._bundle(world, settings) if settings else []
        words += self._handlers(programs) if programs else []
        words += wifi
        done = flash(world, self.name, board, self.image, worker(self.preset), *words)
        self.said, self.said_on_the_way = done.stdout, done.stderr
        self.on_boot = fat.files(fat.partition(self.image, 0))
        start = (self._start if emulated else self._start_real if self.kind.firmware is None else PowerOn)()
        self.machine = Machine(self.kind, self.folder, self._beside(start, access_point) if access_point else start)
        world.workers.append(world.keep(self))

    def _bundle(self, world, settings):
        folder = self.folder / "bundle"
        world.broker.holdfast("enroll", self.name, "--pool", world.pool, "--broker-host", FROM_QEMU,
                              "--out", folder)  # fmt: skip
        file = folder / "worker.json"
        config = json.loads(re.sub(r"^\s*//.*", "", file.read_text(), flags=re.MULTILINE))
        file.write_text(json.dumps(config | settings))
        return ["--bundle", folder]

    def _handlers(self, programs):
        folder = self.folder / "handlers"
        folder.mkdir()
        for program in programs:
            shutil.copy(program, folder)
        return ["--handlers", folder]

    def _words(self):
        return self.on_boot["cmdline.txt"].decode().strip()

    def _unpacked(self, name):
        path = self.folder / name
        path.write_bytes(self.on_boot[name])
        return path

    def _start(self):
        tree = self._unpacked("board.dtb") if "board.dtb" in self.on_boot else None
        return Start(self._unpacked("kernel"), self._unpacked("initrd.img"), tree, self._words())

    def _start_real(self):
        """As the Pi's firmware does, whose choice of a device tree is made here. The card's words let
        a screen have the log, which QEMU's machine has not."""
        name, _ = self.settings["initramfs"].split()
        words = f"{self._words()} console={self.kind.console}"
        return Start(self._unpacked(self.settings["kernel"]), self._unpacked(name),
                     self._unpacked(self.kind.tree), words)  # fmt: skip

    def _beside(self, start, access_point):
        """That access point in the same machine; the card stays as it is."""
        version = re.search(r"/card-[\w-]+_([^_/]+)_", self.said_on_the_way)[1]
        initrd = self.folder / "initrd+ap"
        initrd.write_bytes(start.initrd.read_bytes() + access_point.archive(version))
        return dataclasses.replace(start, initrd=initrd, words=f"{start.words} {access_point.words}")

    @property
    def settings(self):
        """{word: the rest} of config.txt."""
        lines = self.on_boot["config.txt"].decode().splitlines()
        pairs = (re.fullmatch(r"(\w+)[= ](.*)", line) for line in lines if not line.startswith("#"))
        return {pair[1]: pair[2] for pair in pairs}

    def written_bytes(self):
        """Since power-on, to the card."""
        return sum(device["stats"]["wr_bytes"] for device in self.machine.qmp.call("query-blockstats"))

    def waited_s(self):
        """How long the emulator has waited for a core of this machine since power-on, which others
        use as well: its thread that waited longest."""
        tasks = pathlib.Path(f"/proc/{self.machine.pid}/task").glob("*/schedstat")
        return max(int(task.read_text().split()[1]) for task in tasks) / 1e9
