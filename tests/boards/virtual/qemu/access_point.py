"""An access point for a virtual Raspberry Pi: Debian's hostapd on a simulated radio inside the board's own
machine, bridged to QEMU's network (access_point.c). The card that the board runs from knows nothing of it."""

import dataclasses
import hashlib
import pathlib
import socket
import subprocess
import tarfile

from boards.virtual.qemu.program import program
from flash.kernels.debian import CACHE, Apt, Unavailable, sources
from flash.kernels.flavours import SUITE
from flash.kernels.kernels import depends, made_whole, members
from flash.kernels.shapes import FILE, FOLDER, PROGRAM, cpio
from lib.case import Skip

RECIPE = 2  # counted up when the same packages are to be made into something else
KERNEL, ARCHITECTURE = "linux-image-rpi", "armel"
MODULES = ("mac80211_hwsim", "ccm", "ctr", "cmac", "bridge")
PACKAGES = ("hostapd", "libnl-3-200", "libnl-genl-3-200", "libnl-route-3-200", "libssl3", "libc6", "libatomic1")
LIBRARIES = ("libnl-3.so.200", "libnl-genl-3.so.200", "libnl-route-3.so.200", "libssl.so.3", "libcrypto.so.3",
             "libc.so.6", "libm.so.6", "libatomic.so.1", "ld-linux.so.3")  # fmt: skip
ANSWER_S = 120

SETTINGS = """\
interface=wlan1
bridge=br0
driver=nl80211
hw_mode=g
channel=1
"""
WPA2 = "wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\n"


def wpa2(ssid, password, more=""):
    return f"{SETTINGS}ssid={ssid}\n{WPA2}wpa_passphrase={password}\n{more}"


def beside(interface, ssid, password):
    """For wpa2()'s `more`: a further access point on the same radio."""
    return f"bss={interface}\nbridge=br0\nssid={ssid}\n{WPA2}wpa_passphrase={password}\n"


def wpa3(ssid, password):
    return f"{SETTINGS}ssid={ssid}\n{WPA2}wpa_key_mgmt=SAE\nieee80211w=2\nsae_password={password}\n"


def open_network(ssid):
    return f"{SETTINGS}ssid={ssid}\n"


# --- Debian's part ---


def _modules(deb):
    """{name: the .ko} of MODULES and all that they need, those that others need first."""
    found = {
        name[:-3].replace("-", "_"): data
        for name, data in members(deb, lambda path: path.endswith(".ko")).items()
    }
    order = {}

    def add(name):
        for other in depends(found[name]):
            add(other)
        order.setdefault(name, found[name])

    for name in MODULES:
        add(name)
    return order


def _libraries(debs):
    """{soname: the library} and hostapd; the name may be a link to the file."""
    files, links = {}, {}
    for deb in debs:
        unpacker = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
        with unpacker, tarfile.open(fileobj=unpacker.stdout, mode="r|") as archive:
            for member in archive:
                name = pathlib.PurePath(member.name).name
                if member.isfile() and (".so" in name or member.name.endswith("/sbin/hostapd")):
                    files.setdefault(name, archive.extractfile(member).read())
                elif member.issym():
                    links.setdefault(name, pathlib.PurePath(member.linkname).name)
    return {name: files.get(name) or files[links[name]] for name in (*LIBRARIES, "hostapd")}


def _make(kernel_deb, debs, folder):
    modules = _modules(kernel_deb)
    entries = [("ap", FOLDER, b""), ("ap/lib", FOLDER, b"")]
    entries += [("ap/modules", FILE, "".join(f"{name}\n" for name in modules).encode())]
    entries += [(f"ap/{name}", FILE, data) for name, data in modules.items()]
    entries += [(f"ap/lib/{name}", PROGRAM, data) for name, data in _libraries(debs).items()]
    (folder / "ap.cpio").write_bytes(cpio(*entries))


def _parts(version):
    """ap.cpio for a kernel of that version of Debian's package."""
    key = hashlib.sha256(f"{RECIPE} {SUITE} {MODULES} {PACKAGES}".encode()).hexdigest()[:8]

    def make(work, folder):
        apt = Apt(SUITE, ARCHITECTURE)
        kernel_deb = apt.download(apt.first_dependency(KERNEL), work)
        _make(kernel_deb, [apt.download(package, work) for package in PACKAGES], folder)
        return [kernel_deb], key

    with sources.locked("access-point"):
        folder = CACHE / "kernels" / f"access-point_{version}_{key}"
        try:
            made = folder if folder.exists() else made_whole("access-point", make)
        except Unavailable as reason:
            raise Skip(f"no access point for a virtual board: {reason}") from None
    if made != folder:
        raise Skip(f"the cards' kernel is {version}, Debian's another: host/flash/fetch --new --card")
    return (folder / "ap.cpio").read_bytes()


# --- one of them ---


@dataclasses.dataclass
class AccessPoint:
    """Off until it is told what to be. `networks`: {name: settings of hostapd}."""

    world: object
    networks: dict

    def __post_init__(self):
        self._listener = self.world.keep(socket.create_server(("127.0.0.1", 0)))
        self._listener.settimeout(ANSWER_S)
        self._line = None

    def archive(self, version):
        """What is to follow the board's initial file system."""
        entries = [(f"ap/{name}.conf", FILE, text.encode()) for name, text in self.networks.items()]
        first = ("access-point", PROGRAM, program("access_point").read_bytes())
        return _parts(version) + cpio(first, *entries)

    @property
    def words(self):
        """For the kernel."""
        return f"rdinit=/access-point ap_port={self._listener.getsockname()[1]}"

    def becomes(self, name):
        """One of the networks, started anew; "off": none; "blocked": the board's radio is off too. Of the machine's
        present power-on."""
        if self._line is None:
            connection, _ = self._listener.accept()
            connection.settimeout(ANSWER_S)
            self._line = self.world.keep(connection).makefile("rw")
        self._line.write(f"{name}\n")
        self._line.flush()
        answer = self._line.readline()
        assert answer == f"{name}\n", f"the access point says {answer!r} to {name}"
