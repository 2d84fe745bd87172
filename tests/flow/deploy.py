"""`holdfast deploy`: over a real sshd onto systems of five kinds."""

import hashlib
import json
import re
import time

from lib import process
from lib.case import case, need
from lib.computer import INITS, Computer
from lib.network import Network
from lib.paths import worker
from lib.until import until

OWN_BROKER = True  # it listens on the computer's cable too

PRESET = "generic-x86_64"
MUTE = """
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) { return argc > 1 ? puts("holdfast-worker, mute") < 0 : pause(); }
"""


def _computer(world, init):
    network = world.keep(Network())
    world.broker.listen(network.here)
    return Computer(world, network, init)


def _deploy(world, computer, *words, exit_code=0):
    result = world.broker.holdfast(
        "deploy", _name(computer), computer.target, *computer.ssh_words(), "--worker", worker(PRESET),
        "--json", *words, exit_code=exit_code, timeout=150,
    )  # fmt: skip
    return json.loads(result.stdout)


def _name(computer):
    return f"oven-{computer.init}"


def _works(world, computer, text):
    job = world.desk.submit("sha256", text, "--to", _name(computer))
    (result,) = world.desk.all_done_once(job)
    assert result["output"] == hashlib.sha256(text.encode()).hexdigest(), result


def _on(init, world):
    computer = _computer(world, init)
    handlers = world.folder / "own"
    handlers.mkdir()
    (handlers / "hello").write_text("#!/bin/sh\necho hello from $HOLDFAST_BOARD\n")
    (handlers / "hello").chmod(0o755)
    (handlers / "notes.txt").write_text("not a program")
    began = time.monotonic()
    done = _deploy(world, computer, "--handlers", handlers, "--broker-host", _here(computer))
    world.note(f"from nothing to a board that has reported: {time.monotonic() - began:.1f} s")
    assert done["ok"] and done["init"] == init and done["handlers"] == 1, done
    assert done["worker"].startswith("holdfast-worker ") and done["machine"] == "x86_64", done
    _works(world, computer, init)
    job = world.desk.submit("hello", "", "--to", _name(computer))
    assert world.desk.all_done_once(job)[0]["output"] == f"hello from {_name(computer)}\n"
    assert computer.run("stat -c %a /etc/holdfast/key.pem").stdout.strip() == "600"
    assert not list(world.broker.home.glob("deploy-*")), "its key is still on the laptop"
    _is_a_service(computer)
    until("the broker lists it again", lambda: world.management.connections(_name(computer)))

    again = _deploy(world, computer)
    assert again["unchanged"] and again["ok"], again

    hosts = world.folder / "hosts"
    hosts.write_text(f"# one of many\n{_name(computer)}  {computer.target}\n")
    result = world.broker.holdfast(
        "deploy", "--hosts", hosts, *computer.ssh_words(), "--uninstall", timeout=60
    )
    assert re.search(rf"^{_name(computer)} +{computer.target} +done", result.stdout, re.MULTILINE)
    left = computer.run("ls /usr/local/bin/holdfast* /etc/holdfast; pidof holdfast-worker", check=False)
    kept = ["handlers", "state"] if init == "procd" else ["handlers"]
    assert left.stdout.split() == ["/etc/holdfast:", *kept], left.stdout


def _here(computer):
    """The broker's end of the computer's cable: the address before its own."""
    head, last = computer.target.split("@")[1].rsplit(".", 1)
    return f"{head}.{int(last) - 1}"


def _is_a_service(computer):
    if computer.init == "systemd":
        checked = computer.run("systemd-analyze verify /etc/systemd/system/holdfast-worker.service 2>&1")
        assert "holdfast" not in checked.stdout, checked.stdout
        assert "systemctl enable --quiet holdfast-worker.service" in computer.text("/run/asked")
    elif computer.init == "openrc":
        assert "rc-update add holdfast default" in computer.text("/run/asked")
    elif computer.init == "procd":
        assert "rc.common /etc/init.d/holdfast enable" in computer.text("/run/asked")
        assert computer.run("readlink /var/lib/holdfast").stdout.strip() == "/etc/holdfast/state"
    else:
        pid = computer.run("pidof holdfast-worker").stdout.split()[0]
        computer.run("kill -9 $(pidof holdfast-worker)")
        computer.run("for i in 1 2 3 4 5 6 7 8 9 10; do pidof holdfast-worker && exit; sleep 1; done; exit 1")
        assert pid not in computer.run("pidof holdfast-worker").stdout.split()
    if computer.init == "busybox":
        computer.run("/etc/init.d/S90holdfast start")


def _named(init):
    def function(world):
        _on(init, world)

    function.__name__ = f"deploy_puts_a_worker_on_a_system_with_{init}_and_takes_it_off"
    return case(limit_s=180)(function).case


CASES = [_named(init) for init in INITS]


@case(limit_s=240)
def deploy_upgrades_and_takes_an_upgrade_back_that_does_not_report(world):
    computer = _computer(world, "busybox")
    _deploy(world, computer, "--broker-host", _here(computer))
    old = computer.run("sha256sum </usr/local/bin/holdfast-worker").stdout

    longer = world.folder / "longer"
    longer.write_bytes(worker(PRESET).read_bytes() + b"\0")
    other = _deploy(world, computer, "--worker", longer)
    assert other["ok"] and "--upgrade replaces it" in other["note"], other
    assert computer.run("sha256sum </usr/local/bin/holdfast-worker").stdout == old
    assert _deploy(world, computer, "--worker", longer, "--upgrade")["ok"]
    new = computer.run("sha256sum </usr/local/bin/holdfast-worker").stdout
    assert new != old
    _works(world, computer, "after the upgrade")

    mute = world.folder / "mute"
    need("cc")
    made = process.run(["cc", "-static", "-x", "c", "-", "-o", mute], input=MUTE)
    assert made.returncode == 0, made.stderr
    failed = _deploy(world, computer, "--worker", mute, "--upgrade", "--report", "6s", exit_code=1)
    assert failed["failed_step"] == "report" and failed["rolled_back"], failed
    assert "the old one is back and reports" in failed["reason"], failed
    assert computer.run("sha256sum </usr/local/bin/holdfast-worker").stdout == new
    _works(world, computer, "after the failed upgrade")
