"""What one case works in: a folder, a broker, and names that no other case has. Everything made
through it is closed at the end, the latest first."""

import pathlib
import re
import shutil
import signal
import time

from lib.broker import Broker
from lib.certs import Authority
from lib.held import Held
from lib.manager import Manager
from lib.proxy import Proxy
from lib.until import PATIENCE_S, until
from lib.worker import Worker


class Gate:
    """A handler program that notes each run and then waits until the gate is opened."""

    SCRIPT = """#!/bin/sh
echo "$HOLDFAST_TASK_ID $HOLDFAST_ATTEMPT $$" >>{folder}/{name}.runs
while [ ! -e {folder}/{name}.open ]; do sleep 0.05; done
echo "through the gate"
"""

    def __init__(self, world, name):
        self.name, self._folder = name, world.folder
        world.handler(name, self.SCRIPT.format(folder=world.folder, name=name))

    def open(self):
        (self._folder / f"{self.name}.open").touch()

    def runs(self):
        """[task id, attempt, pid] of each run so far."""
        file = self._folder / f"{self.name}.runs"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    def entered(self, times=1, within_s=PATIENCE_S):
        until(f"{self.name} was run {times}x", lambda: len(self.runs()) >= times, within_s)
        return self.runs()[-1]


class World:
    def __init__(self, number, broker, folder):
        self.name, self.broker, self.folder = f"t{number}", broker, folder
        self.pool = self.name
        self.workers = []
        self.notes = []
        self._closing = []
        self._tester = self._manager = None
        folder.mkdir(parents=True)

    def close(self):
        while self._closing:
            self._closing.pop()()

    def keep(self, thing):
        """`thing.close()` is called at the end."""
        self._closing.append(thing.close)
        return thing

    def note(self, text):
        """A figure to print with the case's line, whatever becomes of it."""
        self.notes.append(text)

    def evidence(self):
        """What a person wants to see after a failure."""
        text = ""
        for worker in self.workers:
            lines = worker.log.splitlines()[-40:]
            text += f"--- log of worker {worker.name}\n" + "\n".join(lines) + "\n"
        return text + (self.broker.troubles() if self.broker else "")

    def no_sanitizer_spoke(self):
        """Ends the workers first: what they leak is told then."""
        for worker in self.workers:
            worker.close()
            told = re.search(r"^.*(?:Sanitizer: |runtime error: ).*", worker.log, re.MULTILINE)
            assert not told, f"worker {worker.name}: {told[0]}"

    # --- boards ---

    def board_name(self, suffix="a"):
        return f"{self.name}-{suffix}"

    def enroll(self, name, pool=None):
        """The bundle's folder."""
        bundle = self.folder / "bundles" / name
        if not bundle.exists():
            bundle.parent.mkdir(exist_ok=True)
            self.broker.holdfast("enroll", name, "--pool", pool or self.pool, "--out", bundle)
        return bundle

    def worker(self, suffix="a", pool=None, preset=None, **settings):
        """Enrolled in this case's pool, not started."""
        name = self.board_name(suffix)
        bundle = self.enroll(name, pool)
        settings.setdefault("pool", pool or self.pool)
        worker = Worker(self.folder / name, name, self.broker.port, bundle, preset, settings)
        self.workers.append(self.keep(worker))
        return worker

    def proxied(self, suffix="a", proxy=None, **settings):
        """A worker whose link goes through a proxy of its own, and that proxy."""
        proxy = proxy or self.proxy()
        settings["broker"] = {"port": proxy.port} | settings.get("broker", {})
        return self.worker(suffix, **settings), proxy

    def held(self, **settings):
        return Held(self, **settings)

    def proxy(self, **options):
        return self.keep(Proxy(self.broker.port, **options))

    def handler(self, name, script):
        """A program that this case's workers find by that name."""
        program = self.folder / "handlers" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(script)
        program.chmod(0o755)
        return program

    def gate(self, name="gate"):
        return Gate(self, name)

    # --- the broker ---

    @property
    def queue(self):
        """The task queue of this case's pool."""
        return f"hf.q.tasks.{self.pool}"

    @property
    def desk(self):
        """The manager's commands, with the ledger of this case's broker."""
        return Manager(self.broker)

    def own_desk(self):
        """The same with a ledger of this case's own: for what awaits no results."""
        home = self.folder / "desk"
        shutil.copytree(self.broker.home, home, ignore=lambda folder, names: {
            name for name in names if name not in ("broker.json", "admin.password", "pki")
            and pathlib.Path(folder) == self.broker.home
        })  # fmt: skip
        return Manager(Broker(home))

    @property
    def management(self):
        return self.broker.management

    def device_ca(self):
        """The CA whose certificates the broker takes; keeps its books in this case's folder."""
        return Authority(self.folder / "device-ca", existing=self.broker.home / "pki" / "device-ca")

    def peer(self, user="tester", confirms=True):
        return self.keep(self.broker.peer(user, confirms))

    @property
    def tester(self):
        self._tester = self._tester or self.peer("tester")
        return self._tester

    @property
    def manager(self):
        self._manager = self._manager or self.peer("manager")
        return self._manager

    def results_of(self, *workers):
        """A queue that sees the results of these workers (all of this case's: none named)."""
        names = [worker.name for worker in workers or self.workers]
        return self.tester.listen("hf.results", *(f"result.{name}" for name in names))

    def task(self, handler, payload=b"", **options):
        """Published to this case's pool as the manager publishes; its id."""
        return self.manager.publish_task(self.pool, handler, payload, **options)

    def all_is_acked(self, queue=None):
        """Ends the workers in good order: what they had not acked would be in the queue again."""
        for worker in self.workers:
            if worker.alive:
                worker.signal(signal.SIGTERM)
                worker.exit_code()
        self.tester.empty(queue or self.queue, for_s=0.5)

    def pause(self, seconds):
        time.sleep(seconds)
