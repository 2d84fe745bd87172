"""A worker process on this machine: native, or one of a board under QEMU."""

import json
import os
import pathlib
import pwd
import re
import signal
import subprocess

from lib import process
from lib.case import need
from lib.paths import emulator, worker
from lib.until import PATIENCE_S, until

DEFAULT_PRESET = "generic-x86_64"  # the static build that boards get, run as it is


class Worker:
    preset = DEFAULT_PRESET  # tests/run --worker sets another for all

    def __init__(self, folder, name, port, bundle, preset=None, settings=None):
        self.folder, self.name = pathlib.Path(folder), name
        self.preset = preset or self.preset
        self.config = self.folder / "worker.json"
        self.log_file = self.folder / "worker.log"
        self.process = None
        self.around = []  # words before its command: where it is to run
        self.settings = {
            "board": name,
            "broker": {"host": "127.0.0.1", "port": port},
            "tls": {
                "ca": str(bundle / "ca.pem"),
                "cert": str(bundle / "cert.pem"),
                "key": str(bundle / "key.pem"),
            },
            "sign_results": True,
            "state": str(self.folder / "state"),
            "handlers": str(self.folder.parent / "handlers"),
            "log_level": "debug",
            "task_user": pwd.getpwuid(os.geteuid()).pw_name,  # handlers of cases note what they do
            "reconnect_min_ms": 100,
            "reconnect_max_ms": 1000,
        }
        self.set(**settings or {})

    def set(self, **settings):
        """Settings of the next start; None takes one away; an object adds to what is there."""
        for key, value in settings.items():
            if value is None:
                self.settings.pop(key, None)
            elif isinstance(value, dict):
                self.settings.setdefault(key, {}).update(value)
            else:
                self.settings[key] = value
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(json.dumps(self.settings, indent=1))

    # --- life ---

    def _command(self):
        return [*emulator(self.preset), str(worker(self.preset)), "--config", str(self.config)]

    def check(self, exit_code):
        """What `--check` says of these settings."""
        result = process.run([*self._command(), "--check"], timeout=60)
        assert result.returncode == exit_code, f"exit {result.returncode}\n{result.stdout}{result.stderr}"
        return result.stdout

    def start(self):
        command = [*self.around, *self._command()]
        need(command[0])
        with open(self.log_file, "a") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        return self

    def up(self, times=1, within_s=PATIENCE_S):
        """Started unless it runs, and connected for the time that is said."""
        if not self.alive:
            self.start()
        self.saw(r" link\.up ", times, within_s)
        return self

    @property
    def pid(self):
        return self.process.pid

    @property
    def speaker(self):
        """The process that speaks to the broker: a child, where root was given away."""
        found = [pid for pid in self.children() if process.name(pid) == "holdfast-net"]
        return found[0] if found else self.pid

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """SIGKILL, as when the plug is pulled."""
        self.process.kill()
        self.process.wait()

    def restart(self, **settings):
        """Killed if it lives; starts again and is connected."""
        if self.alive:
            self.kill()
        ups = self.count(r" link\.up ")
        if settings:
            self.set(**settings)
        self.start()
        return self.up(ups + 1)

    def exit_code(self, within_s=PATIENCE_S):
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"worker {self.name} has not ended within {within_s} s") from None

    def close(self):
        if not self.alive:
            return
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.kill()

    # --- what it says ---

    @property
    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def count(self, pattern):
        return len(re.findall(pattern, self.log))

    def saw(self, pattern, times=1, within_s=PATIENCE_S):
        """Waits until the log has it so many times; the last match."""
        until(
            f"worker {self.name} logs {pattern!r} {times}x",
            lambda: self.count(pattern) >= times,
            within_s,
        )
        return list(re.finditer(pattern, self.log))[times - 1]

    def acked(self, within_s=PATIENCE_S):
        """Waits until it has acked something on the link that it has now."""
        until(
            f"worker {self.name} has acked on its link",
            lambda: " task.acked " in self.log.split(" link.up ")[-1],
            within_s,
        )

    def children(self):
        return process.children(self.pid)
