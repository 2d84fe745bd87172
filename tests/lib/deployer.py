"""`holdfast deploy` onto a computer of the test's own."""

import hashlib
import json
import subprocess

from lib import process
from lib.computer import Computer
from lib.network import Network
from lib.paths import HOLDFAST, worker

PRESET = "generic-x86_64"


class Deployer:
    def __init__(self, world, init, boards=()):
        """A Computer, on whose cable the broker listens too."""
        self._world = world
        self.network = world.keep(Network())
        world.broker.listen(self.network.here)
        self.computer = Computer(world, self.network, init, boards)
        self.name = self.computer.name

    def words(self, *words):
        """Of what is given twice to ssh the first holds, and to us it is an error."""
        own = () if "--worker" in words or "--uninstall" in words else ("--worker", worker(PRESET))
        return ["deploy", self.name, self.computer.target, *words, *own, *self.computer.ssh_words()]

    def run(self, *words, exit_code=0):
        """What it prints of the board."""
        result = self._world.broker.holdfast(
            *self.words(*words), "--json", exit_code=exit_code, timeout=300
        )
        return json.loads(result.stdout)

    def first(self, *words):
        """As run(), for a computer that has to be told where the broker is; whatever board had its name."""
        return self.run("--broker-host", self.network.here, "--force", *words)

    def start(self, *words):
        """A process that goes on beside the test; stdout is JSON."""
        return subprocess.Popen(
            [str(word) for word in (HOLDFAST, *self.words(*words), "--json")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=process.environment(HOLDFAST_HOME=self._world.broker.home),
        )  # fmt: skip

    def works(self, text):
        job = self._world.desk.submit("sha256", text, "--to", self.name)
        (result,) = self._world.desk.all_done_once(job)
        assert result["output"] == hashlib.sha256(text.encode()).hexdigest(), result
