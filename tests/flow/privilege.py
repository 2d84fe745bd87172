"""Who is root of a worker that is started as root, and what the others may do."""

import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys

from lib import process
from lib.case import Skip, case
from lib.until import until

NOBODY = 65534
WORKER = 61080  # where there is no user "holdfast"


def _worker_uid():
    try:
        return pwd.getpwnam("holdfast").pw_uid
    except KeyError:
        return WORKER


def _need_root():
    if os.geteuid() != 0:
        raise Skip("not root: there is nothing to give away")


def _status(pid):
    """Empty when it is gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return dict(re.split(r":\s*", line, maxsplit=1) for line in lines)


def _uids(pid):
    return set(map(int, _status(pid).get("Uid", "").split()))


def _has_nothing(pid):
    """No capability, and no way to one."""
    status = _status(pid)
    caps = {int(status[key], 16) for key in ("CapInh", "CapPrm", "CapEff")}
    return caps == {0} and status["NoNewPrivs"] == "1"


def _links(pid):
    """What its descriptors are; none when it is gone."""
    try:
        return [os.readlink(entry) for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []


def _connections(pid):
    """Sockets of the internet that it has open, as inodes."""
    known = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        file = pathlib.Path(f"/proc/net/{table}")
        lines = file.read_text().splitlines()[1:] if file.exists() else []
        known |= {line.split()[9] for line in lines}
    return known & {link[8:-1] for link in _links(pid) if link.startswith("socket:[")}


@case()
def only_what_never_sees_the_network_is_root(world):
    _need_root()
    gate = world.folder / "gate"  # one process waits at it, and starts no other
    os.mkfifo(gate)
    gate.chmod(0o666)
    world.handler("hold", f"#!/bin/sh\nread nothing <{gate}\nid -u\n")
    worker = world.worker(task_user=None).up()
    results = world.results_of(worker)
    world.task("hold")
    until("the task runs", lambda: any(_uids(pid) == {NOBODY} for pid in worker.children()))

    speaker, others = worker.speaker, set(worker.children())
    assert speaker != worker.pid, "it speaks to the broker in a process of its own"
    assert _uids(speaker) == {_worker_uid()} and _has_nothing(speaker), _status(speaker)
    assert _status(speaker)["Seccomp"] == "2", "it starts no program: worker/seccomp.h"
    assert _connections(speaker), "that is the one with the connection"
    for pid in {worker.pid, *others} - {speaker}:
        assert not _connections(pid), f"{process.name(pid)} {pid} has a connection"
    at_work = [pid for pid in others if _uids(pid) == {NOBODY}]
    assert at_work and all(map(_has_nothing, at_work)), list(map(_status, at_work))
    gate.write_text("\n")
    assert world.tester.result(results).body == b"65534\n"

    world.task("echo", "built in")
    assert world.tester.result(results).body == b"built in"


def _memory(pid):
    """Each piece of what it may read."""
    maps = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if "r" not in rights or "[vvar" in line or "[vsyscall" in line:
                continue
            begin, end = (int(at, 16) for at in span.split("-"))
            memory.seek(begin)
            yield memory.read(end - begin)


def _who_has(pids, secret):
    return {pid for pid in pids if any(secret in piece for piece in _memory(pid))}


def _secret_number(key):
    """Of a private key on P-256: what its text says in the end."""
    der = subprocess.run(["openssl", "ec", "-in", key, "-outform", "DER"], capture_output=True, check=True).stdout
    begin = der.index(b"\x02\x01\x01\x04\x20") + 5  # version 1, and a string of 32 bytes
    return der[begin : begin + 32]


@case()
def boards_key_is_in_one_process_alone_and_its_text_in_none(world):
    _need_root()
    worker = world.worker(preset="generic-x86_64").up()
    results = world.results_of(worker)
    world.task("echo", "a built-in handler's process stays")
    assert world.tester.result(results).status == "done"
    every = {worker.pid, *worker.children()}
    assert len(every) >= 4, "monitor, network, guard, handler"
    key = pathlib.Path(worker.settings["tls"]["key"])
    number = _secret_number(key)
    assert _who_has(every, number[::-1]) == {worker.speaker}, "in little-endian words, as it is used"
    assert not _who_has(every, number), "as it was in the file's DER"
    for line in key.read_text().splitlines():
        assert "-----" in line or not _who_has(every, line.encode()), "a line of its text"


@case()
def journal_that_a_worker_left_as_root_is_used_after_it_gives_root_away(world):
    _need_root()
    worker, proxy = world.proxied(worker_user="root")
    gate = world.gate()
    worker.up()
    assert worker.speaker == worker.pid and _uids(worker.pid) == {0}
    results = world.results_of(worker)
    task = world.task("gate")
    gate.entered()
    proxy.refuse()
    proxy.cut()
    worker.saw(r" link\.down ")
    gate.open()
    journal = worker.folder / "state" / "journal"
    until("its result is stored", lambda: list(journal.glob("*.result")))
    worker.kill()
    assert {file.stat().st_uid for file in journal.iterdir()} == {0}
    proxy.accept()

    worker.set(worker_user=None)
    worker.start()
    worker.saw(r"worker\.start .* stored=1")
    assert world.tester.result(results).task == task
    assert len(gate.runs()) == 1, "it is not run again"
    owners = {file.stat().st_uid for file in [journal, *journal.iterdir()]}
    assert owners == {_worker_uid()}, owners


@case()
def worker_whose_speaking_process_dies_ends_with_all_that_it_started(world):
    _need_root()
    worker = world.worker().up()
    gate = world.gate()
    world.task("gate")
    gate.entered()
    left = worker.children()
    os.kill(worker.speaker, signal.SIGKILL)
    assert worker.exit_code() == 1
    worker.saw(r"worker\.died signal=9")
    until("all of it is gone", lambda: not any(map(process.alive, left)))


@case()
def worker_user_that_cannot_be_is_an_error_with_its_mend(world):
    _need_root()
    for settings, told in (
        ({"worker_user": "no-such-user"}, 'worker_user is "no-such-user"'),
        ({"worker_user": "nobody", "task_user": None}, "worker_user and task_user are both"),
    ):
        worker = world.worker(settings["worker_user"][-4:], **settings).start()
        assert worker.exit_code() == 2
        assert told in worker.log, worker.log


@case()
def descriptor_that_the_supervisor_left_open_is_nobodys(world):
    left = world.folder / "of-the-supervisor"
    left.write_text("not for the network\n")
    worker = world.worker()
    worker.around = ["sh", "-c", f'exec "$@" 9<{left}', "sh"]
    worker.up()
    for pid in (worker.pid, *worker.children()):
        assert str(left) not in _links(pid), f"{process.name(pid)} has it open"


class _Terminal:
    def __init__(self):
        self._ours, theirs = os.openpty()
        self.path = os.ttyname(theirs)
        os.close(theirs)

    def close(self):
        os.close(self._ours)


FROM_TERMINAL = """
import os, sys
os.setsid()
os.open(sys.argv[1], os.O_RDWR)
os.execvp(sys.argv[2], sys.argv[2:])
"""


@case()
def task_has_nothing_of_the_terminal_that_the_worker_was_started_from(world):
    terminal = world.keep(_Terminal())
    world.handler("look", "#!/bin/sh\n{ echo seen >/dev/tty; } 2>/dev/null && echo has it || echo has none\n")
    worker = world.worker()
    worker.around = [sys.executable, "-c", FROM_TERMINAL, terminal.path]
    results = world.results_of(worker.up())
    fields = pathlib.Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
    assert fields[4] != "0", "the worker itself has it"
    world.task("look")
    assert world.tester.result(results).body == b"has none\n"


@case()
def settings_and_state_that_the_networks_process_could_change_are_refused(world):
    _need_root()
    for spoiled in ("worker.json", "."):
        worker = world.worker(f"a{len(spoiled)}")
        path = worker.folder / spoiled
        os.chown(path, _worker_uid(), 0)
        worker.start()
        assert worker.exit_code() == 1
        assert f"worker_user may change {path} (chown root" in worker.log, worker.log
        os.chown(path, 0, 0)
        worker.start().up()
