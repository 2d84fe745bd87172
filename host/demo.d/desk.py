"""The laptop's side: what is built, and the manager's commands with a data folder of their own."""

import collections
import contextlib
import fcntl
import json
import os
import pathlib
import re
import subprocess

from screen import Step

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
HOLDFAST = BUILD / "host" / "holdfast"
SAID_LINES = 30  # of a program that failed
NINJA = re.compile(rb"\[(\d+/\d+)\]")


class Trouble(Exception):
    """Something that a person can mend; the text says how."""

    exit_code = 1


class Wrong(Trouble):
    """So is what was asked for."""

    exit_code = 2


def run(words, heard=None, **options):
    """A program's output; `heard` is called with each line of it instead."""
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if heard else subprocess.PIPE,
        **options,
    )
    try:
        out, said = _listen(process, heard) if heard else process.communicate()
    except BaseException:
        process.terminate()
        process.communicate()
        raise
    if process.wait() != 0:
        lines = (out + said).decode(errors="replace").strip().splitlines()[-SAID_LINES:]
        command = " ".join(map(os.fsdecode, words[:3]))
        raise Trouble(f"{command} ended with {process.returncode}:\n" + "\n".join(lines))
    return out


def _listen(process, heard):
    said = collections.deque(maxlen=SAID_LINES)
    for line in process.stdout:
        said.append(line)
        heard(line)
    return b"", b"".join(said)


@contextlib.contextmanager
def _alone(step):
    """Two that build the same folder at once would spoil it."""
    with open(BUILD / "demo" / "build.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step.note = "waiting for another demo's build"
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(text, preset, target):
    with Step(text) as step, _alone(step):

        def heard(line):
            count = NINJA.match(line)
            step.note = count[1].decode() if count else "making ready"

        run(["cmake", "--preset", preset], heard, cwd=ROOT)
        run(["cmake", "--build", "--preset", preset, "--target", target], heard, cwd=ROOT)


class Desk:
    def __init__(self, home, mark):
        self.home = home
        self.environment = os.environ | mark | {"HOLDFAST_HOME": str(home)}

    def __call__(self, *words, cwd=None):
        return run([HOLDFAST, *words], env=self.environment, cwd=cwd)

    def submit(self, *words, cwd=None):
        """The job's number."""
        return json.loads(self("submit", *words, "--json", cwd=cwd))["job_number"]

    def follow(self, job):
        return subprocess.Popen(
            [HOLDFAST, "results", str(job), "--follow", "--json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _listing(self, *words):
        return [json.loads(line) for line in self(*words, "--json").splitlines()]

    def tasks(self, job):
        return self._listing("tasks", str(job), "--limit", "0")

    def results(self, job):
        return self._listing("results", str(job))
