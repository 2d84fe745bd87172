"""`holdfast deploy`: over a real sshd onto systems of five kinds."""

import json
import re
import signal
import urllib.parse
import time

from lib import process
from lib.case import case, need
from lib.systems import INITS
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


def _handlers(world):
    folder = world.folder / "own"
    folder.mkdir()
    for name, text in (("hello", "hello from $HOLDFAST_BOARD"), ("bye", "bye")):
        (folder / name).write_text(f"#!/bin/sh\necho {text}\n")
        (folder / name).chmod(0o755)
    (folder / "notes.txt").write_text("not a program")
    return folder


def _on(init, world):
    deployer = Deployer(world, init)
    computer, name = deployer.computer, deployer.name
    handlers = _handlers(world)
    began = time.monotonic()
    done = deployer.first("--handlers", handlers)
    world.note(f"from nothing to a board that has reported: {time.monotonic() - began:.1f} s")
    assert done["ok"] and done["init"] == init and done["handlers"] == 2, done
    assert done["worker"].startswith("holdfast-worker ") and done["machine"] == "x86_64", done
    deployer.works(init)
    job = world.desk.submit("hello", "", "--to", name)
    assert world.desk.all_done_once(job)[0]["output"] == f"hello from {name}\n"
    computer.run("echo 61 degrees >/var/log/oven.log")
    job = world.desk.submit("files", "/var/log/oven.log", "--to", name)
    assert world.desk.all_done_once(job)[0]["output"] == "61 degrees\n"
    assert computer.run("stat -c %a /etc/holdfast/key.pem").stdout.strip() == "600"
    assert not list(world.broker.home.glob("deploy-*")), "its key is still on the laptop"
    _is_a_service(computer)
    _starts_anew(deployer, world, lambda: _takes_what_came_whole(computer))
    if init != "procd":
        _starts_anew(deployer, world, computer.pull_plug)

    again = deployer.run("--handlers", handlers)
    assert again["unchanged"] and again["ok"] and again["handlers"] == 0, again
    (handlers / "bye").write_text("#!/bin/sh\necho good bye\n")
    assert deployer.run("--handlers", handlers)["handlers"] == 1
    job = world.desk.submit("bye", "", "--to", name)
    assert world.desk.all_done_once(job)[0]["output"] == "good bye\n"

    hosts = world.folder / "hosts"
    hosts.write_text(f"# one of many\n{name}  {computer.target}\n")
    result = world.broker.holdfast(
        "deploy", "--hosts", hosts, *computer.ssh_words(), "--uninstall", timeout=60
    )
    assert re.search(rf"^{name} +{computer.target} .* done$", result.stdout, re.MULTILINE), result.stdout
    left = computer.run("ls /usr/local/bin/holdfast* /etc/holdfast; pidof holdfast-worker", check=False)
    kept = ["handlers", "state"] if init == "procd" else ["handlers"]
    assert left.stdout.split() == ["/etc/holdfast:", *kept], left.stdout


def _is_a_service(computer):
    if computer.init == "systemd":
        checked = computer.run("systemd-analyze verify /etc/systemd/system/holdfast-worker.service 2>&1")
        assert "holdfast" not in checked.stdout, checked.stdout
        assert computer.run("systemctl is-active holdfast-worker").stdout == "active\n"
    elif computer.init == "openrc":
        assert re.search(r"holdfast +\[ +started", computer.run("rc-status default").stdout)
    elif computer.init == "procd":
        assert "rc.common /etc/init.d/holdfast enable" in computer.text("/run/asked")
        assert computer.run("readlink /var/lib/holdfast").stdout.strip() == "/etc/holdfast/state"
        return  # a stand-in keeps nothing running
    elif computer.init == "plain":
        kept = [computer.text(f"/run/holdfast-{one}.pid") for one in ("keep", "worker")]
        computer.run(f"kill -9 {kept[0]}")
        until("cron has started another keeper", lambda: computer.text("/run/holdfast-keep.pid") != kept[0], 180, 1)
        assert computer.text("/run/holdfast-worker.pid") == kept[1], "it has not kept on the worker that ran"
    _comes_back(computer, "kill -9 $(pidof holdfast-worker)")


RESTART = {"systemd": "systemctl restart holdfast-worker.service", "openrc": "rc-service holdfast restart",
           "procd": "/etc/init.d/holdfast restart", "busybox": "/etc/init.d/S90holdfast restart",
           "plain": "/usr/local/bin/holdfast-keep restart"}  # fmt: skip


def _takes_what_came_whole(computer):
    """As when power went before an identity took the place of the one before."""
    computer.run("cd /etc/holdfast && mkdir identity.new && cp -p ca.pem key.pem identity.new &&"
                 " echo '# another' >>identity.new/ca.pem")  # fmt: skip
    computer.run(RESTART[computer.init])
    until("it took the new one", lambda: computer.run("test -e /etc/holdfast/identity.new", check=False).returncode)
    assert computer.text("/etc/holdfast/ca.pem").endswith("# another\n")


def _comes_back(computer, end):
    pid = computer.run("pidof holdfast-worker").stdout.split()[0]
    computer.run(end)
    until("another worker runs", lambda: pid not in computer.run(
        "pidof holdfast-worker || echo " + pid, check=False).stdout.split(), every_s=1)  # fmt: skip


def _starts_anew(deployer, world, end):
    since_ms = time.time() * 1000
    end()
    deployer.works(f"after {since_ms}")
    until("the broker lists this connection, and none of before", lambda: [
        c["connected_at"] > since_ms for c in world.management.connections(deployer.name)] == [True])  # fmt: skip


def _named(init):
    def function(world):
        _on(init, world)

    function.__name__ = f"deploy_puts_a_worker_on_a_system_with_{init}_and_takes_it_off"
    return case()(function).case


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
    longer = world.folder / "longer"
    longer.write_bytes(worker(PRESET).read_bytes() + b"\0")
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


def _named_exchange(init):
    def function(world):
        _exchange_while_at_work(init, world)

    function.__name__ = f"worker_under_{init}_is_exchanged_once_its_task_in_hand_is_finished"
    return case()(function).case


def _there(deployer):
    return deployer.computer.run("md5sum </usr/local/bin/holdfast-worker").stdout


def _mute(world):
    """A program that runs and reports nothing."""
    need("cc")
    made = process.run(["cc", "-static", "-x", "c", "-", "-o", world.folder / "mute"], input=MUTE)
    assert made.returncode == 0, made.stderr
    return world.folder / "mute"


CASES = [_named(init) for init in INITS] + [_named_exchange(init) for init in ("systemd", "openrc", "busybox")]


@case()
def deploy_upgrades_and_takes_an_upgrade_back_that_does_not_report(world):
    deployer = Deployer(world, "busybox")
    deployer.first()
    old = _there(deployer)
    longer = world.folder / "longer"
    longer.write_bytes(worker(PRESET).read_bytes() + b"\0")
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
    longer = world.folder / "longer"
    longer.write_bytes(worker(PRESET).read_bytes() + b"\0")
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
