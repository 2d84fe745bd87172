"""Workers that others would write for the same tasks, in Go and in Python."""

import os
import pathlib
import shutil
import subprocess

from lib import process
from lib.paths import ROOT

HERE = pathlib.Path(__file__).parent
GO_LIBRARIES = "/usr/share/gocode"  # of Debian's golang-github-rabbitmq-amqp091-go-dev


def go_program():
    """Built from what Debian has, with nothing from a network; None when that is not installed."""
    source, program = HERE / "go_worker.go", ROOT / "build" / "bench" / "go_worker"
    library = pathlib.Path(GO_LIBRARIES) / "src/github.com/rabbitmq/amqp091-go"
    if not shutil.which("go") or not library.is_dir():
        return None
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        environment = process.environment(
            GO111MODULE="off", GOPATH=GO_LIBRARIES, GOFLAGS=None, GOPROXY="off",
            GOCACHE=program.parent / "go-cache",
        )  # fmt: skip
        result = process.run(["go", "build", "-o", program, source], env=environment, timeout=300)
        if result.returncode != 0:
            raise AssertionError(f"go build: {result.stderr}")
    return program


class Rival:
    """The process, once it consumes."""

    def __init__(self, command, world, name, queue):
        bundle = world.enroll(name)
        words = [*command, world.broker.port, bundle, queue, name]
        self._process = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True, env=dict(os.environ),
        )  # fmt: skip
        self.pid = self._process.pid
        if self._process.stdout.readline() != "ready\n":
            self.close()
            raise AssertionError(f"{words[0]} did not connect")

    def close(self):
        self._process.kill()
        self._process.wait()


PIKA = ("/usr/bin/python3", "-B", HERE / "pika_worker.py")
