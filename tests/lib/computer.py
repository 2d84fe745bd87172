"""A computer of the test's own that answers ssh: a network, mount and process namespace, and in it a
copy of this machine's root folder that forgets what is written to it. A real sshd runs there; what
starts services is laid out as on the system that is asked for.

systemd, OpenRC and procd do not run in a namespace: stand-ins take their commands, start and stop
the service that their files describe, and note what they were asked."""

import os
import pathlib
import shutil
import signal
import subprocess

from lib import process
from lib.case import Wish, need
from lib.until import PATIENCE_S, until

INITS = ("systemd", "openrc", "procd", "busybox", "plain")
PORT = 22

# root LOWER UPPER WHERE: a copy of the root folder LOWER at WHERE that forgets what is written to it
BEGIN = """\
set -e
root() {{
    mkdir -p $2/up $2/work $3
    mount -t overlay overlay -o lowerdir=$1,upperdir=$2/up,workdir=$2/work $3
    cd $3
    mount -t tmpfs none run
    mount -t proc none proc
    mount --rbind /dev dev
    mkdir -p run/sshd root var/run
    rm -rf etc/init.d/rcS sbin/procd sbin/openrc-run run/systemd etc/holdfast var/lib/holdfast
    mkdir -p etc/init.d usr/local/bin
    cp -R {layout}/. .
    {more}
}}
mount -t tmpfs none {space}
root / {space}/own {space}/root
for board in {boards}; do
    root / {space}/$board {space}/root/boards/$board
    echo "$board:x:0:0::/root:/bin/sh" >>{space}/root/etc/passwd
done
cd {space}/root
exec chroot . {sshd} -D -e -f {config}
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

SYSTEMCTL = """#!/bin/sh
echo "systemctl $*" >>/run/asked
[ "$1" != --no-block ] || shift
file=/etc/systemd/system/holdfast-worker.service
told() { # who is sent the first signal: all of the service's control group, here session, but for KillMode=mixed
    if grep -q ^KillMode=mixed $file; then cat /run/service.pid; else ps -o pid= -s $(cat /run/service.pid); fi
}
end() {
    [ ! -e /run/service.pid ] || { kill $(told) 2>/dev/null
    while kill -0 $(cat /run/service.pid) 2>/dev/null; do sleep 0.1; done; rm -f /run/service.pid; }
}
begin() {
    setsid $(sed -n s/^ExecStart=//p $file) </dev/null >>/run/service.log 2>&1 &
    echo $! >/run/service.pid
}
case $1 in
restart) { end; begin; } </dev/null >/dev/null 2>&1 & ;;
start) [ -e /run/service.pid ] || begin ;;
disable) end ;;
esac
"""

OPENRC = """#!/bin/sh
# openrc-run SCRIPT VERB
echo "openrc-run $*" >>/run/asked
use() { :; }; after() { :; }
. "$1"; depend
[ "$supervisor" = supervise-daemon ]
case $2 in restart | stop) [ ! -e /run/service.pid ] || kill $(cat /run/service.pid); rm -f /run/service.pid ;; esac
case $2 in restart | start) setsid $command </dev/null >>/run/service.log 2>&1 & echo $! >/run/service.pid ;; esac
"""
RC_SERVICE = """#!/bin/sh
exec /etc/init.d/"$1" "$2"
"""
NOTED = """#!/bin/sh
echo "${0##*/} $*" >>/run/asked
"""

RC_COMMON = """#!/bin/sh
echo "rc.common $*" >>/run/asked
procd_open_instance() { command=; }
procd_set_param() { [ "$1" != command ] || command=$2; }
procd_close_instance() { setsid $command </dev/null >>/run/service.log 2>&1 & echo $! >/run/service.pid; }
. "$1"; [ "$USE_PROCD" = 1 ]
end() { [ ! -e /run/service.pid ] || kill $(cat /run/service.pid); rm -f /run/service.pid; }
case $2 in stop) end ;; start) start_service ;; restart) end; start_service ;; esac
"""

# Its tools, and nothing else's, are found first.
BUSYBOX = """\
cp {busybox} usr/local/bin/busybox
    chroot . /usr/local/bin/busybox --install -s /usr/local/bin
    ln -sf /usr/local/bin/busybox usr/bin/sh"""

LAYOUTS = {
    "systemd": {"run/systemd/system/here": "", "usr/local/bin/systemctl": SYSTEMCTL},
    "openrc": {"usr/sbin/openrc-run": OPENRC, "usr/local/bin/rc-service": RC_SERVICE,
               "usr/local/bin/rc-update": NOTED},
    "procd": {"usr/sbin/procd": NOTED, "etc/rc.common": RC_COMMON},
    "busybox": {"etc/init.d/rcS": "#!/bin/sh\n"},
    "plain": {"var/spool/cron/crontabs/nobody": ""},
}  # fmt: skip


def _sshd():
    found = os.environ.get("HOLDFAST_SSHD") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise Wish("no ssh server is installed (toolchains/packages sshd)")
    return found


def _busybox():
    found = shutil.which("busybox")
    if not found:
        raise Wish("BusyBox is not installed (toolchains/packages sshd)")
    return found


class Computer:
    """Of `boards` each has a root folder of its own, and is reached as the user of that name."""

    def __init__(self, world, network, init, boards=()):
        need("unshare")
        self.init = init
        self.name = f"oven-{init}"  # as a board
        self.here = network.here  # where it finds this machine
        self.folder = world.folder / f"computer-{init}"
        (self.folder / "space").mkdir(parents=True)
        for name in ("host_key", "user_key"):
            made = process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name])
            assert made.returncode == 0, made.stderr
        (self.folder / "config").write_text(
            CONFIG.format(port=PORT, address=network.there, folder=self.folder,
                          boards=",".join(boards) or "nobody-here")  # fmt: skip
        )
        self._lay_out()
        more = BUSYBOX.format(busybox=_busybox()) if init in ("busybox", "plain") else ""
        script = BEGIN.format(space=self.folder / "space", layout=self.folder / "layout",
                              more=more, boards=" ".join(boards), sshd=_sshd(), config=self.folder / "config")  # fmt: skip
        self.host = network.there
        self.target = f"root@{self.host}"
        self.options = [
            f"IdentityFile={self.folder}/user_key", "IdentitiesOnly=yes",
            f"UserKnownHostsFile={self.folder}/known", "StrictHostKeyChecking=accept-new",
            f"Port={PORT}",
        ]  # fmt: skip
        log = open(self.folder / "log", "w")
        self._process = subprocess.Popen(
            [*network.inside, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=process.environment(),
        )  # fmt: skip
        world.keep(self)
        until("sshd answers", lambda: self.run("true", check=False).returncode == 0)

    def _lay_out(self):
        layout = self.folder / "layout"
        layout.mkdir()
        for name, text in LAYOUTS[self.init].items():
            file = layout / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755)

    def close(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)  # and with it all in its process namespace
        self._process.wait()

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
