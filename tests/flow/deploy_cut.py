"""A board's identity is changed as a whole by `holdfast deploy`, or not at all, wherever it is cut."""

from lib.case import case
from lib.computer import PORT
from lib.deployer import Deployer
from lib.until import until

OWN_BROKER = True  # it listens on the computer's cable too

FILES = "ca.pem", "cert.pem", "key.pem", "manager.pub", "worker.json"
COMES, WHOLE, CUTS = "/etc/holdfast/identity.*", "/etc/holdfast/identity.new", 11

# A line to HOST that takes so many bytes, and then no more: what ssh runs as its ProxyCommand.
LINE = """\
import os, select, socket, sys
line, left, sent = socket.create_connection((sys.argv[1], int(sys.argv[2]))), int(sys.argv[3]), 0
while left > 0:
    for ready in select.select([0, line], [], [])[0]:
        data = line.recv(65536) if ready is line else os.read(0, min(65536, left))
        if not data:
            left = 0
        elif ready is line:
            os.write(1, data)
        else:
            line.sendall(data)
            left, sent = left - len(data), sent + len(data)
            with open(sys.argv[4] + ".part", "w") as file:
                file.write(str(sent))
            os.replace(sys.argv[4] + ".part", sys.argv[4])  # ssh may end us at any moment
"""

# In the place of a command: of those that the script runs to take an identity, one ends the script.
COMMAND = """\
#!/bin/sh
case $(tr '\\0' ' ' </proc/$PPID/cmdline) in
*"holdfast adopt "*)
    echo $0 >>/tmp/done
    if [ $(wc -l </tmp/done) -eq $(cat /tmp/cut) ]; then kill -9 $PPID; exit 1; fi ;;
esac
[ ${0##*/} = sync ] || exec /usr/bin/${0##*/} "$@"
"""
COMMANDS = "mkdir", "chmod", "rm", "cat", "tail", "sync", "mv", "rmdir"


class Identities:
    """Of one board, each told from the others by the last line of every file."""

    def __init__(self, world):
        self.deployer = Deployer(world, "systemd")
        self.computer = self.deployer.computer
        self.computer.run("ln -s /usr/bin/true /usr/local/sbin/sync")  # this machine's other work is no concern
        self.deployer.first()
        self._folder = world.folder / "identities"
        self._count = 0
        self._bare = {name: self.computer.text(f"/etc/holdfast/{name}") for name in FILES}

    def another(self):
        """The folder of one that the board has not had."""
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir(parents=True)
        for name, text in self._bare.items():
            (folder / name).write_text(f"{text.rstrip()}\n{self._mark(name)}{self._count}\n")
        return folder

    def _mark(self, name):
        return "//" if name == "worker.json" else "#"

    def is_whole(self, where):
        """Of the identity that was made last, that is; else every file is of the same older one."""
        last = self.computer.run(f"for name in {' '.join(FILES)}; do tail -n 1 /etc/holdfast/$name; done").stdout
        numbers = {line.lstrip("/#") for line in last.splitlines()}
        assert len(numbers) == 1, f"cut at {where}, the identity is mixed: {last}"
        return numbers == {str(self._count)}

    def work(self):
        assert self.deployer.run("--bundle", self.another())["ok"]
        assert self.is_whole("no point")
        assert self.computer.run(f"ls -d {COMES}", check=False).returncode != 0
        assert self.computer.run("stat -c %a /etc/holdfast/key.pem").stdout.strip() == "600"
        self.deployer.works("as the last one")


@case(slow=True, limit_s=900)
def identity_is_whole_wherever_the_line_is_cut(world):
    identities = Identities(world)
    script, sent = world.folder / "line.py", world.folder / "sent"
    script.write_text(LINE)

    def deploy(bytes_most, exit_code):
        words = f"ProxyCommand=python3 {script} {identities.computer.host} {PORT} {bytes_most} {sent}"
        folder = identities.another()
        return identities.deployer.run("--ssh", words, "--bundle", folder, exit_code=exit_code)

    assert deploy(1 << 30, 0)["ok"]
    total = int(sent.read_text())
    assert identities.is_whole("no point")
    steps, changed = set(), 0
    for cut in range(1, CUTS):
        at = total * cut // CUTS
        steps.add(deploy(at, 1)["failed_step"])
        until("nothing of it is under way", lambda: identities.computer.run(
            f"ls -d {COMES}", check=False).returncode != 0)  # fmt: skip
        changed += identities.is_whole(f"byte {at} of {total}")
    assert {"connect", "bundle"} <= steps and 0 < changed < CUTS - 1, (steps, changed)
    identities.work()


# Perhaps between the moves of two files; then what its service starts.
SWITCH_ON = f"""\
cd /etc/holdfast
[ ! -e {WHOLE}/cert.pem ] || /usr/bin/mv {WHOLE}/cert.pem .
/usr/local/bin/holdfast-begin --version && [ ! -e {WHOLE} ]
"""


@case(slow=True, limit_s=900)
def identity_is_whole_wherever_the_board_ends_the_script(world):
    identities = Identities(world)
    computer = identities.computer
    computer.run(f"cat >/tmp/command <<'END'\n{COMMAND}END\nchmod 755 /tmp/command; echo 0 >/tmp/cut")
    for name in COMMANDS:
        computer.run(f"ln -sf /tmp/command /usr/local/sbin/{name}")
    assert identities.deployer.run("--bundle", identities.another())["ok"]
    ran = computer.text("/tmp/done").split()
    assert {line.rsplit("/", 1)[1] for line in ran} == set(COMMANDS), ran
    for cut, command in enumerate(ran, 1):
        computer.run(f"rm /tmp/done; echo {cut} >/tmp/cut")
        failed = identities.deployer.run("--bundle", identities.another(), exit_code=1)
        assert failed["failed_step"] == "bundle", failed
        computer.run(SWITCH_ON)
        identities.is_whole(f"{command}, the command {cut} of {len(ran)}")
    computer.run("rm -f /tmp/done; echo 0 >/tmp/cut")
    identities.work()
