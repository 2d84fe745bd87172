"""A private RabbitMQ of the tests, brought up and down by `holdfast` itself."""

import contextlib
import fcntl
import json
import os
import pathlib
import shlex
import signal

from lib import process
from lib.case import need
from lib.certs import Authority, Pair
from lib.management import Management
from lib.paths import HOLDFAST
from lib.peer import Peer, parameters
from lib.until import until

UP_TIMEOUT_S = 180
FROM_QEMU = "10.0.2.2"  # what this machine is called on a virtual board


@contextlib.contextmanager
def _ports():
    """`up` looks for ports that are free: one at a time on this machine, whatever TMPDIR is."""
    with open(f"/tmp/holdfast-tests-{os.getuid()}.lock", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


class Broker:
    def __init__(self, home):
        self.home = pathlib.Path(home)
        self._tester = self.home / "tests-ca" / "tester.clientAuth"

    # --- life ---

    def holdfast(self, *words, exit_code=0, **options):
        """Runs a subcommand; AssertionError with its words unless it exits as expected."""
        options.setdefault("env", process.environment(HOLDFAST_HOME=self.home))
        result = process.run([HOLDFAST, *words], **options)
        if exit_code is not None and result.returncode != exit_code:
            raise AssertionError(
                f"holdfast {' '.join(map(str, words))}: exit {result.returncode}, "
                f"expected {exit_code}\n{result.stdout}{result.stderr}"
            )
        return result

    def up(self):
        with _ports():
            self.holdfast("up", "--san", FROM_QEMU, timeout=UP_TIMEOUT_S)
        if not pathlib.Path(f"{self._tester}.pem").exists():
            self._make_tester()

    def listen(self, address):
        """On that address of this machine too; restarted when it did not yet."""
        with _ports():
            self.holdfast("up", "--listen", address, "--san", address, timeout=UP_TIMEOUT_S)

    def down(self):
        self.holdfast("down", timeout=UP_TIMEOUT_S)

    def ctl(self, *words):
        """rabbitmqctl for this node."""
        need("rabbitmqctl")
        line = f". ./env && rabbitmqctl {shlex.join(words)}"
        result = process.run(["sh", "-c", line], cwd=self.home / "broker")
        assert result.returncode == 0, f"{line}: {result.stdout}{result.stderr}"

    def set(self, key, value):
        """One of RabbitMQ's settings, for channels from now on and until it ends."""
        self.ctl("eval", f"application:set_env(rabbit, {key}, {value}).")

    @contextlib.contextmanager
    def restarted(self, kill=False):
        """Down, what is done inside, up again, with nobody taking its ports in between."""
        with _ports():
            if kill:
                self.kill()
            else:
                self.down()
            yield
            self.holdfast("up", timeout=UP_TIMEOUT_S)

    def kill(self):
        """SIGKILL for the Erlang machine that is this node."""
        mark = f"HOLDFAST_NODE={self.home}".encode()
        pids = [
            pid
            for pid in process.pids()
            if process.name(pid) == "beam.smp" and mark in process.settings(pid)
        ]
        assert len(pids) == 1, f"one node expected, found {pids}"
        os.kill(pids[0], signal.SIGKILL)
        until("the node is gone", lambda: not process.alive(pids[0]))

    # --- what it is ---

    @property
    def settings(self):
        return json.loads((self.home / "broker.json").read_text())

    @property
    def port(self):
        return self.settings["port"]

    @property
    def ca(self):
        return self.home / "pki" / "server-ca.pem"

    @property
    def management(self):
        settings = self.settings
        api = settings["management"]
        password = (self.home / api["password_file"]).read_text().strip()
        return Management(api["url"], api["user"], password, settings["vhost"])

    def log_tail(self, lines=25):
        """The end of all its logs, for when it does not start."""
        text = ""
        for file in sorted((self.home / "broker" / "log").glob("*.log")):
            tail = file.read_text(errors="replace").splitlines()[-lines:]
            text += f"--- {file.name}\n" + "\n".join(tail) + "\n"
        return text

    def troubles(self, lines=12):
        """Its latest warnings and errors, with what belongs to them."""
        file = self.home / "broker" / "log" / "broker.log"
        text = file.read_text(errors="replace") if file.exists() else ""
        found = [line for line in text.splitlines() if "[info]" not in line and "[notice]" not in line]
        return "--- warnings and errors of the broker\n" + "\n".join(found[-lines:]) + "\n"

    # --- who talks to it ---

    def _make_tester(self):
        """A user that may do anything, to look around with."""
        self.management.put_user("tester")
        device_ca = Authority(self._tester.parent, existing=self.home / "pki" / "device-ca")
        device_ca.issue("tester", "clientAuth")

    def parameters(self, user="tester", **options):
        base = {"tester": self._tester, "manager": self.home / "pki" / "manager"}[user]
        pair = Pair(pathlib.Path(f"{base}.pem"), pathlib.Path(f"{base}.key"))
        return parameters(self.port, self.ca, pair, **options)

    def peer(self, user="tester", confirms=True):
        return Peer(self.parameters(user), confirms)
