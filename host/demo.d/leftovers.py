"""A run's folder, and the processes that belong to it: found by a mark in their environment or by
the settings they were given, whatever became of who started them. Nothing else is ever signalled."""

import os
import pathlib
import re
import shutil
import signal
import tempfile
import time

from desk import BUILD

RUNS = BUILD / "demo"
MARK = "HOLDFAST_DEMO"
FITS = re.compile(r"[A-Za-z0-9/._+@-]{1,150}")  # RabbitMQ's start scripts take no other data folder
END_S = 5


def _strings(pid, name):
    return pathlib.Path(f"/proc/{pid}/{name}").read_bytes().split(b"\0")


class Run:
    def __init__(self, folder):
        self.folder = folder

    @classmethod
    def new(cls):
        run = cls(pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=RUNS)))
        home = run.folder / "home"
        if FITS.fullmatch(str(home)):
            home.mkdir()
        else:
            home.symlink_to(tempfile.mkdtemp(prefix="holdfast-demo-"))
        return run

    @property
    def home(self):
        return (self.folder / "home").resolve()

    @property
    def mark(self):
        return {MARK: str(self.folder)}

    def _is_ours(self, pid):
        marks = {os.fsencode(f"{MARK}={self.folder}"), os.fsencode(f"HOLDFAST_NODE={self.home}")}
        try:
            if marks.intersection(_strings(pid, "environ")):
                return True
            return any(
                word.startswith(os.fsencode(self.folder)) and word.endswith(b"/worker.json")
                for word in _strings(pid, "cmdline")
            )
        except OSError:
            return False

    def _processes(self):
        pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
        return [pid for pid in pids if pid != os.getpid() and self._is_ours(pid)]

    def end(self):
        """Ends all that runs and deletes the folder. What is deleted need not end in good order."""
        deadline = time.monotonic() + END_S
        while (left := self._processes()) and time.monotonic() < deadline:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self):
        (self.folder / "kept").touch()


def kept():
    return [Run(mark.parent) for mark in sorted(RUNS.glob("run-*/kept"))]
