"""A board: its program for its CPU, run by an emulator of that CPU."""

import collections
import json
import os
import shlex
import signal
import subprocess
import time

from desk import BUILD, Trouble

Model = collections.namedtuple("Model", "name preset cpu emulator")

# The emulators are those of boards/<preset>/board.cmake.
MODELS = (
    Model("pi-zero", "raspberry-pi-zero", "ARMv6", ("qemu-arm-static", "-cpu", "arm1176")),
    Model("pi-2", "raspberry-pi-2", "ARMv7", ("qemu-arm-static", "-cpu", "cortex-a7")),
    Model("pi-3", "raspberry-pi-3-64", "AArch64", ("qemu-aarch64-static",)),
)
CONNECT_TIMEOUT_S = 60


def program(preset):
    return BUILD / preset / "holdfast-worker"


class Board:
    def __init__(self, desk, folder, model):
        self.model, self.name = model, model.name
        self.log = folder / f"{self.name}.log"
        self.config = folder / self.name / "worker.json"
        self.words = [*model.emulator, str(program(model.preset)), "--config", str(self.config)]
        self.killed_with = None  # the task that it had in hand
        desk("enroll", self.name, "--out", self.config.parent, "--broker-host", "127.0.0.1")
        self._settle()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.words,
                env=desk.environment,
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    def _settle(self):
        """What enroll wrote is for /etc/holdfast on a real board."""
        lines = self.config.read_text().splitlines()
        settings = json.loads("\n".join(line for line in lines if not line.startswith("//")))
        settings |= {
            "state": "state",
            "handlers": "handlers",
            "log_level": "debug",
            "reconnect_max_ms": 1000,
        }
        if os.geteuid() == 0:
            settings["worker_user"] = "root"  # no other user may be let into the demo's folder
        (self.config.parent / "handlers").mkdir()
        self.config.write_text(json.dumps(settings, indent=2) + "\n")

    @property
    def command(self):
        return shlex.join(self.words)

    @property
    def alive(self):
        return self.process.poll() is None

    def _lines(self):
        return self.log.read_text(errors="replace").splitlines()

    def last_words(self):
        return "\n".join(self._lines()[-15:])

    def connected(self):
        return any(" link.up " in line for line in self._lines())

    def in_hand(self):
        """(task id, handler) of what it works on; None: of nothing."""
        task = None
        for line in self._lines():
            if " task.started task=" in line:
                words = dict(word.split("=", 1) for word in line.split() if "=" in word)
                task = words["task"], words.get("handler", "")
            elif " task.ended " in line:
                task = None
        return task

    def kill_at(self, handler):
        """SIGKILL, if it works for that handler now; held meanwhile, so that this stays true."""
        self.process.send_signal(signal.SIGSTOP)
        task = self.in_hand()
        if task is None or handler not in ("", task[1]):
            self.process.send_signal(signal.SIGCONT)
            return False
        self.process.kill()
        self.process.wait()
        self.killed_with = task[0]
        return True


def wait_connected(boards):
    deadline = time.monotonic() + CONNECT_TIMEOUT_S
    for board in boards:
        while not board.connected():
            if not board.alive or time.monotonic() > deadline:
                raise Trouble(f"{board.name} did not connect:\n{board.last_words()}")
            time.sleep(0.1)
