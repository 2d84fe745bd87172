"""A computer of the test's own that answers ssh: a network, mount and process namespace, and in it a
copy of this machine's root folder that forgets what is written to it when the test is over. What starts
services there (lib/systems.py) starts the real sshd. Its plug can be pulled: then it starts anew."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess

from lib import process
from lib.case import Wish, need
from lib.systems import System
from lib.until import PATIENCE_S, until

PORT = 22

# lay LOWER UPPER WHERE: a copy of the root folder LOWER at WHERE
# The loop: a computer that is switched on again whenever its process 1 is gone.
HOLD = """\
set -e
lay() {{
    mkdir -p $2/up $2/work $3
    mount -t overlay overlay -o lowerdir=$1,upperdir=$2/up,workdir=$2/work $3
    cd $3
    rm -rf etc/init.d/rcS etc/inittab sbin/procd sbin/openrc-run etc/holdfast var/lib/holdfast
    mkdir -p etc/init.d usr/local/bin root
    {lay}
    cp -R {layout}/. .
}}
mount --make-rprivate /
mount -t tmpfs none {space}
mkdir {space}/cgroup
mount -t cgroup2 none {space}/cgroup
mkdir -p {space}/cgroup/{cgroup}
lay / {space}/own {space}/root
for board in {boards}; do
    lay / {space}/$board {space}/root/boards/$board
    echo "$board:x:0:0::/root:/bin/sh" >>{space}/root/etc/passwd
done
cd /
while :; do
    (echo 0 >{space}/cgroup/{cgroup}/cgroup.procs
    exec unshare --mount --pid --fork --kill-child --ipc --uts --cgroup sh {folder}/boot) || sleep 0.2
done
"""
BOOT = """\
set -e
mounts() {{
    cd $1
    mount -t proc none proc
    mount -t sysfs -o ro none sys
    mount -t tmpfs -o mode=755 none run
    mount -t tmpfs -o mode=755 none dev
    mkdir run/sshd dev/shm dev/pts
    for device in null zero full random urandom tty; do : >dev/$device; mount --bind /dev/$device dev/$device; done
    ln -s /proc/self/fd dev/fd
    mkdir -p .{folder}
    mount --bind {folder} .{folder}
}}
mounts {space}/root
for board in {boards}; do mounts {space}/root/boards/$board; done
cd {space}/root
mount -t cgroup2 none sys/fs/cgroup
pivot_root . mnt
umount -l /mnt
exec {first}
"""

CONFIG = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
PidFile none
Match User {boards}
ChrootDirectory /boards/%u
"""

CGROUP = "holdfast-computer-{}"


def _cgroups():
    """The folder of control groups that systemd can be given one of."""
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, options = line.split()[:4]
        if kind == "cgroup2" and "rw" in options.split(","):
            return pathlib.Path(where)
    raise Wish("this machine has no control groups of version 2 to write to")


def _remove(cgroup):
    """Whether it and those in it are gone: none goes while a process is in it."""
    for folder in [*sorted(cgroup.rglob("*/"), reverse=True), cgroup]:
        with contextlib.suppress(OSError):
            folder.rmdir()
    return not cgroup.exists()


def _remove_left_behind(cgroups):
    for folder in cgroups.glob(CGROUP.format("*")):
        if not process.alive(int(re.search(r"\d+$", folder.name)[0])):
            _remove(folder)


class Computer:
    """Of `boards` each has a root folder of its own, and is reached as the user of that name."""

    def __init__(self, world, network, init, boards=()):
        need("unshare")
        self.init = init
        self.name = f"oven-{init}"  # as a board
        self.here = network.here  # where it finds this machine
        self.host = network.there
        self.target = f"root@{self.host}"
        self.folder = world.folder / f"computer-{init}"
        (self.folder / "space").mkdir(parents=True)
        self._system = System(init, self.folder / "config", self.folder / "log")
        cgroups = _cgroups()
        _remove_left_behind(cgroups)
        self._cgroup = cgroups / CGROUP.format(os.getpid())
        self._lay_out(boards)
        self.options = [
            f"IdentityFile={self.folder}/user_key", "IdentitiesOnly=yes",
            f"UserKnownHostsFile={self.folder}/known", "StrictHostKeyChecking=accept-new",
            f"Port={PORT}",
        ]  # fmt: skip
        log = open(self.folder / "log", "a")
        self._process = subprocess.Popen(
            [*network.inside, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             "sh", self.folder / "hold"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=process.environment(),
        )  # fmt: skip
        world.keep(self)
        self._answers()

    def _lay_out(self, boards):
        for name in ("host_key", "user_key"):
            made = process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name])
            assert made.returncode == 0, made.stderr
        for name, text in self._system.files.items():
            file = self.folder / "layout" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)
        values = {
            "folder": self.folder, "space": self.folder / "space", "layout": self.folder / "layout",
            "cgroup": self._cgroup.name, "boards": " ".join(boards), "lay": self._system.lay,
            "first": self._system.first,
        }  # fmt: skip
        (self.folder / "hold").write_text(HOLD.format(**values))
        (self.folder / "boot").write_text(BOOT.format(**values))
        users = ",".join(boards) or "nobody-here"
        (self.folder / "config").write_text(
            CONFIG.format(port=PORT, address=self.host, folder=self.folder, boards=users)
        )

    def _answers(self):
        until("sshd answers", lambda: self.run("true", check=False).returncode == 0)

    def close(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)  # and with it all in its process namespace
        self._process.wait()
        until("its processes are gone", lambda: _remove(self._cgroup))

    def pull_plug(self):
        """And put it back: what was written is there, what ran starts as at every start."""
        _, boot = process.children(self._process.pid)[:2]  # the loop, and what has made its namespaces
        os.kill(boot, signal.SIGKILL)
        until("it is off", lambda: not process.alive(boot))
        self._answers()

    def ssh_words(self):
        """For `holdfast deploy`."""
        return [word for option in self.options for word in ("--ssh", option)]

    def run(self, line, check=True, user="root"):
        words = [word for option in self.options for word in ("-o", option)]
        result = process.run(["ssh", *words, f"{user}@{self.host}", line], timeout=2 * PATIENCE_S)
        if check and result.returncode != 0:
            raise AssertionError(f"{line}: {result.stdout}{result.stderr}\n{self.log}")
        return result

    def text(self, path):
        return self.run(f"cat {path}").stdout

    @property
    def log(self):
        return pathlib.Path(self.folder / "log").read_text(errors="replace")[-3000:]
