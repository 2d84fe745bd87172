"""`holdfast deploy --upgrade`: another worker takes the place of one that is at work, or the old one comes
back."""

import json
import re
import signal
import urllib.parse

from lib import process
from lib.case import case, need
from lib.deployer import PRESET, Deployer
from lib.paths import worker
from lib.proxy import UP, Proxy
from lib.until import until

OWN_BROKER = True  # it listens on the computer's cable too

MUTE = """
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) { return argc > 1 ? puts("holdfast-worker, mute") < 0 : pause(); }
"""

# A child of the worker's own code is called as this handler is.
HELD = """#!/bin/sh
touch /tmp/held/entered
until [ -e /tmp/held/open ]; do sleep 0.1; done
echo finished
"""


def _exchange_while_at_work(init, world):
    deployer = Deployer(world, init)
    computer, name = deployer.computer, deployer.name
    folder = world.folder / "held"
    folder.mkdir()
    (folder / "holdfast-worker").write_text(HELD)
    (folder / "holdfast-worker").chmod(0o755)
    deployer.first("--handlers", folder)
    computer.run("mkdir -m 777 /tmp/held")
    job = world.desk.submit("holdfast-worker", "", "--to", name, "--attempts", "1")
    until("it is at work", lambda: not computer.run("test -e /tmp/held/entered", check=False).returncode)
    longer = _longer(world)
    upgrade = deployer.start("--worker", longer, "--upgrade")

    def drains():
        world.broker.holdfast("ping", name)
        return "draining" in world.broker.holdfast("boards").stdout

    try:
        until("it is told to go", drains)
        computer.run("touch /tmp/held/open")
        out, said = upgrade.communicate(timeout=90)
        assert upgrade.returncode == 0, (out, said)
    finally:
        upgrade.kill()
        upgrade.wait()
    assert world.desk.all_done_once(job)[0]["output"] == "finished\n"


def _named(init):
    def function(world):
        _exchange_while_at_work(init, world)

    function.__name__ = f"worker_under_{init}_is_exchanged_once_its_task_in_hand_is_finished"
    return case()(function).case


def _there(deployer):
    return deployer.computer.run("md5sum </usr/local/bin/holdfast-worker").stdout


def _longer(world):
    """A worker that does as the built one does, and is another file."""
    program = world.folder / "longer"
    program.write_bytes(worker(PRESET).read_bytes() + b"\0")
    return program


def _mute(world):
    """A program that runs and reports nothing."""
    need("cc")
    made = process.run(["cc", "-static", "-x", "c", "-", "-o", world.folder / "mute"], input=MUTE)
    assert made.returncode == 0, made.stderr
    return world.folder / "mute"


CASES = [_named(init) for init in ("systemd", "openrc", "busybox")]


@case()
def deploy_upgrades_and_takes_an_upgrade_back_that_does_not_report(world):
    deployer = Deployer(world, "busybox")
    deployer.first()
    old = _there(deployer)
    longer = _longer(world)
    other = deployer.run("--worker", longer)
    assert other["ok"] and "--upgrade replaces it" in other["note"], other
    assert _there(deployer) == old
    assert deployer.run("--worker", longer, "--upgrade")["ok"]
    new = _there(deployer)
    assert new != old
    deployer.works("after the upgrade")

    failed = deployer.run("--worker", _mute(world), "--upgrade", "--report", "6s", exit_code=1)
    assert failed["failed_step"] == "report" and failed["rolled_back"], failed
    assert "the old one is back and reports" in failed["reason"], failed
    assert _there(deployer) == new
    deployer.works("after the failed upgrade")


@case()
def upgrade_that_is_ended_by_ctrl_c_is_taken_back_also_where_no_sum_tells_workers_apart(world):
    deployer = Deployer(world, "systemd")
    deployer.first()
    old = _there(deployer)
    deployer.computer.run("rm /usr/bin/sha256sum")
    unknown = deployer.run()
    assert unknown["ok"] and "no sha256sum to tell which" in unknown["note"], unknown
    upgrade = deployer.start("--worker", _mute(world), "--upgrade")
    for line in upgrade.stderr:
        if line.split()[1] == "report":
            break
    assert _there(deployer) != old
    upgrade.send_signal(signal.SIGINT)
    _, said = upgrade.communicate(timeout=60)
    assert upgrade.returncode == 130 and "ended by Ctrl-C" in said, said
    assert _there(deployer) == old, "the upgrade was not taken back"
    deployer.works("after the upgrade that was ended by Ctrl-C")


class _Api:
    """The broker's management API, as the manager reaches it while this is there: by a line that breaks."""

    def __init__(self, world):
        self._file = world.broker.home / "broker.json"
        self._was = self._file.read_text()
        settings = json.loads(self._was)
        url = settings["management"]["url"]
        self.proxy = world.keep(Proxy(urllib.parse.urlsplit(url).port))
        settings["management"]["url"] = f"http://127.0.0.1:{self.proxy.port}"
        self._file.write_text(json.dumps(settings))
        world.keep(self)

    def is_lost_while_it_is_asked(self):
        self.proxy.stall(UP)
        until("it is asked", lambda: self.proxy.held(UP) > 0)
        self.proxy.refuse()
        self.proxy.reset()
        self.proxy.release()

    def close(self):
        self._file.write_text(self._was)


def _up_to(upgrade, step):
    for line in upgrade.stderr:
        if line.split()[1] == step:
            return
    raise AssertionError(f"it did not come to {step}")


@case()
def upgrade_outlives_a_management_api_that_is_gone_for_a_while_and_says_why_when_it_stays_away(world):
    deployer = Deployer(world, "systemd")
    deployer.first()
    api = _Api(world)
    longer = _longer(world)
    upgrade = deployer.start("--worker", longer, "--upgrade")
    try:
        _up_to(upgrade, "copy")
        api.is_lost_while_it_is_asked()
        api.proxy.accept()
        _up_to(upgrade, "report")
        api.is_lost_while_it_is_asked()
        api.proxy.accept()
        out, said = upgrade.communicate(timeout=90)
        assert upgrade.returncode == 0 and json.loads(out)["ok"], (out, said)
    finally:
        upgrade.kill()
        upgrade.wait()
    new = _there(deployer)

    longer.write_bytes(worker(PRESET).read_bytes() + b"\0\0")
    upgrade = deployer.start("--worker", longer, "--upgrade", "--report", "2s", "--drain", "2s")
    try:
        _up_to(upgrade, "report")
        api.is_lost_while_it_is_asked()
        _up_to(upgrade, "roll")
        api.proxy.accept()
        out, said = upgrade.communicate(timeout=120)
    finally:
        upgrade.kill()
        upgrade.wait()
    failed = json.loads(out)
    reason = "whether .* reports could not be learnt until the end: .*connect.*; the old one is back and reports"
    assert failed["failed_step"] == "report" and re.search(reason, failed["reason"]), failed
    assert failed["rolled_back"] and _there(deployer) == new
