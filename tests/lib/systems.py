"""What starts services on a Computer: the real systemd, OpenRC and BusyBox init, each as process 1 of its
namespace. procd is OpenWrt's and in no Debian package: a stand-in takes its commands, starts and stops the
service that its file describes, and notes what it was asked."""

import os
import pathlib
import shutil

from flash.kernels.debian import CACHE, Apt, Unavailable, sources
from flash.kernels.flavours import SUITE
from flash.kernels.kernels import made_whole

from lib import process
from lib.case import Wish

INITS = ("systemd", "openrc", "procd", "busybox", "plain")

# Of the machine's own services none is to start.
SYSTEMD = """\
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires etc/rc?.d
    ln -sf /lib/systemd/system/multi-user.target etc/systemd/system/default.target
    mkdir -p etc/systemd/system/multi-user.target.wants etc/tmpfiles.d
    ln -s ../sshd-here.service etc/systemd/system/multi-user.target.wants/
    ln -sf /dev/null etc/tmpfiles.d/tmp.conf
    : >etc/fstab; : >etc/machine-id"""
SYSTEMD_SSHD = """\
[Service]
ExecStart={sshd}
"""

OPENRC = """\
for package in {packages}; do dpkg-deb --fsys-tarfile $package | tar x --keep-directory-symlink; done
    rm -rf etc/rc?.d
    ln -s /etc/init.d/sshd-here etc/runlevels/default/"""
OPENRC_SSHD = """\
#!/sbin/openrc-run
supervisor=supervise-daemon
command={sshd_file}
command_args="{sshd_words}"
"""

PROCD = """#!/bin/sh
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
# As Buildroot has it.
RCS = """#!/bin/sh
for script in /etc/init.d/S??*; do $script start; done
"""
RESPAWN = "::respawn:{sshd}\n"


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


def _systemd():
    if not pathlib.Path("/lib/systemd/systemd").exists():
        raise Wish("systemd is not installed (toolchains/packages sshd)")
    return "/lib/systemd/systemd"


def _openrc():
    """Its packages, which cannot be installed beside the machine's own init."""

    def make(_work, folder):
        apt = Apt(SUITE, process.run(["dpkg", "--print-architecture"]).stdout.strip())
        return [apt.download(name, folder) for name in ("openrc", "librc1", "libeinfo1")], SUITE

    try:
        with sources.locked("openrc"):
            found = sorted((CACHE / "kernels").glob(f"openrc_*_{SUITE}"))
            folder = found[-1] if found else made_whole("openrc", make)
    except Unavailable as reason:
        raise Wish(f"OpenRC cannot be had: {reason}") from None
    return sorted(folder.glob("*.deb"))


class System:
    """`files`: what lies in the root folder, beside the machine's own; `lay`: the shell's words, run in the
    root folder, that lay out the rest; `first`: the words of process 1."""

    def __init__(self, init, config, log):
        sshd_file, sshd_words = _sshd(), f"-D -E {log} -f {config}"
        sshd = f"{sshd_file} {sshd_words}"
        respawn = RESPAWN.format(sshd=sshd)
        self.lay = ":"
        if init == "systemd":
            self.first = f"env -i container=holdfast-tests {_systemd()}"
            self.lay = SYSTEMD
            self.files = {"etc/systemd/system/sshd-here.service": SYSTEMD_SSHD.format(sshd=sshd)}
        elif init == "openrc":
            self.first = "/sbin/openrc-init"
            self.lay = OPENRC.format(packages=" ".join(map(str, _openrc())))
            script = OPENRC_SSHD.format(sshd_file=sshd_file, sshd_words=sshd_words)
            self.files = {"etc/init.d/sshd-here": script}
        else:
            self.first = f"{_busybox()} init"
            self.files = {"etc/inittab": respawn}
        if init == "procd":
            self.files |= {"usr/sbin/procd": PROCD, "etc/rc.common": RC_COMMON}
        elif init == "busybox":
            self.files |= {"etc/inittab": f"::sysinit:/etc/init.d/rcS\n{respawn}", "etc/init.d/rcS": RCS}
        elif init == "plain":
            self.files |= {"etc/inittab": f"{respawn}::respawn:crond -f\n",
                           "var/spool/cron/crontabs/nobody": ""}  # fmt: skip
        if init in ("busybox", "plain"):
            self.lay = BUSYBOX.format(busybox=_busybox())
