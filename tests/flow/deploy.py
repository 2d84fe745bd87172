"""`holdfast deploy`: over a real sshd onto systems of five kinds."""

import re
import time

from lib.case import case
from lib.deployer import Deployer
from lib.systems import INITS
from lib.until import until

OWN_BROKER = True  # it listens on the computer's cable too


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


CASES = [_named(init) for init in INITS]
