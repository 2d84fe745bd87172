"""What stands in the way of `holdfast deploy` is said with the step and with what to try."""

import pathlib
import re
import shutil
import signal

from lib import process
from lib.case import case
from lib.deployer import PRESET, Deployer
from lib.paths import HOLDFAST, worker
from lib.until import until

OWN_BROKER = True  # it listens on the computer's cable too


def _fails(deployer, step, reason, *words):
    """At that step, for a reason that is a pattern."""
    failed = deployer.run(*words, exit_code=1)
    assert failed["failed_step"] == step and not failed["ok"], failed
    assert re.search(reason, failed["reason"]), failed


def _key(file):
    """Another than all others: its public half."""
    made = process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file])
    assert made.returncode == 0, made.stderr
    return pathlib.Path(f"{file}.pub").read_text().strip()


def _enrolled(world, name):
    return f'"{name}"' in world.broker.holdfast("boards", "--json").stdout


@case()
def to_upgrade_and_to_uninstall_at_once_is_refused(world):
    said = world.broker.holdfast("deploy", "oak", "root@oak", "--upgrade", "--uninstall", exit_code=2).stderr
    assert "choose one of --upgrade and --uninstall" in said, said


@case()
def what_hinders_ssh_is_said_with_what_to_try(world):
    deployer = Deployer(world, "plain")
    host = deployer.network.there
    known = world.folder / "known"
    known.write_text(f"{host} {_key(world.folder / 'other')}")

    def fails(reason, option):
        _fails(deployer, "connect", reason, "--ssh", option)

    fails(rf"Host key verification failed.*try .*ssh-keygen -R {host}$", f"UserKnownHostsFile={known}")
    fails(r"Connection refused.*; try starting an ssh server there", "Port=1")
    fails(r"Could not resolve hostname.*; try the board's address", "HostName=no-such-board.invalid")
    deployer.computer.run(f"echo {_key(world.folder / 'third')} >{deployer.computer.folder}/user_key.pub")
    fails(rf"Permission denied.*; try giving it your key: ssh-copy-id root@{host}$", "ServerAliveInterval=9")
    assert not _enrolled(world, deployer.name)


@case()
def board_that_cannot_be_written_to_gets_no_identity(world):
    deployer = Deployer(world, "openrc")
    computer = deployer.computer

    computer.run("mount -o remount,ro /")
    _fails(deployer, "prepare", "Read-only file system; try making it writable there: mount -o remount,rw /$")
    computer.run("mount -o remount,rw /")

    computer.run("mount -t tmpfs -o size=400k none /usr/local/bin")
    _fails(deployer, "worker", r"has \d+ KB free where programs are, \d+ are needed: make room in /usr/local")
    computer.run("umount /usr/local/bin")
    assert not _enrolled(world, deployer.name)

    computer.run("mkdir -p /etc/holdfast && mount -t tmpfs -o size=4k none /etc/holdfast")
    _fails(deployer, "enroll", "No space left on device; try making room there")
    left = computer.run("ls -A /etc/holdfast").stdout.split()
    assert not [name for name in left if name.endswith(".part")], left
    computer.run("umount /etc/holdfast")
    assert deployer.run("--broker-host", deployer.network.here)["ok"] and _enrolled(world, deployer.name)


@case()
def board_that_no_worker_is_for_is_told_by_its_processor(world):
    deployer = Deployer(world, "openrc")
    computer = deployer.computer

    def is_a(machine):
        uname = f'#!/bin/sh\ncase $1 in -m) echo {machine} ;; *) exec /bin/uname "$@" ;; esac\n'
        computer.run(f"cat >/usr/local/sbin/uname <<'END'\n{uname}END\nchmod 755 /usr/local/sbin/uname")

    is_a("riscv64")
    _fails(deployer, "worker", r"it is a program for another processor \(ELF machine 62\), not for riscv64")
    elsewhere = world.folder / "elsewhere" / "bin" / "holdfast"
    elsewhere.parent.mkdir(parents=True)
    shutil.copy(HOLDFAST, elsewhere)
    env = process.environment(HOLDFAST_HOME=world.broker.home)
    words = [elsewhere, "deploy", deployer.name, computer.target, *computer.ssh_words()]

    def fails(reason):
        result = process.run(words, env=env)
        assert result.returncode == 1 and re.search(reason, result.stderr), result.stderr

    fails("worker: no worker of preset generic-riscv64 lies beside this program .*: build it in a checkout")
    is_a("mips64")
    fails(r'worker: no board in boards/ is a machine of the kind "mips64": boards/README.md says how')


@case()
def worker_is_not_replaced_where_the_old_one_cannot_be_kept(world):
    deployer = Deployer(world, "systemd")
    computer, program = deployer.computer, "/usr/local/bin/holdfast-worker"
    deployer.first()
    longer = world.folder / "longer"
    longer.write_bytes(worker(PRESET).read_bytes() + b"\0")
    cp = "#!/bin/sh\necho no copies today >&2\nexit 1\n"
    computer.run(f"cp {program} /tmp/old && cat >/usr/local/sbin/cp <<'END'\n{cp}END\nchmod 755 /usr/local/sbin/cp")
    _fails(deployer, "copy", "no copies today; the old one is back", "--worker", longer, "--upgrade")
    computer.run(f"cmp {program} /tmp/old && ! ls {program}.*")
    deployer.works("as before")


@case()
def deployment_that_is_ended_by_ctrl_c_leaves_nothing_half_done(world):
    deployer = Deployer(world, "plain")
    deployer.first()
    handlers = world.folder / "own"
    handlers.mkdir()
    large = handlers / "large"
    large.write_bytes(b"#!/bin/sh\n" + bytes(2_000_000))
    large.chmod(0o755)
    deployer.network.thin("2mbit")
    running = deployer.start("--handlers", handlers)
    part = "/etc/holdfast/handlers/large.part"
    until("the copy has begun", lambda: not deployer.computer.run(f"test -s {part}", check=False).returncode)
    folder = _socket_folder(running.pid)
    assert folder.is_dir()
    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=30)
    assert running.returncode == 130 and "handlers: ended by Ctrl-C" in said, said
    assert not folder.exists(), "the folder of ssh's socket is still there"
    until("the board has thrown it away", lambda: not deployer.computer.run(
        "ls -A /etc/holdfast/handlers").stdout.split())  # fmt: skip
    deployer.works("as before")


def _socket_folder(pid):
    for child in process.children(pid):
        line = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().decode()
        found = re.search(r"ControlPath=(\S+?)/s\0", line)
        if found:
            return pathlib.Path(found[1])
    raise AssertionError("no ssh was found")
