"""A network of the test's own: a namespace, and a virtual cable from it to this machine, to lose
packets on. Nothing leaves the machine: the namespace has no way but that cable.

Made by root with ip, nft and tc. Names carry the number of the process that made them, so that what
a killed run left behind is found by the next one, and removed.
"""

import os
import re

from lib.case import Skip, need
from lib.process import alive, run

PREFIX = "holdfast-"
HERE, THERE = "hf{}a", "hf{}b"  # the ends of the cable: an interface's name has 15 characters
TABLE = "table inet holdfast"


def _do(*words, **options):
    result = run(words, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: {result.stderr.strip()}")
    return result.stdout


def _remove(pid):
    run(["ip", "netns", "del", f"{PREFIX}{pid}"])
    run(["ip", "link", "del", HERE.format(pid)])  # and with it the other end


def _remove_left_behind():
    for pid in re.findall(rf"^{PREFIX}(\d+)", _do("ip", "netns", "list"), re.MULTILINE):
        if not alive(int(pid)):
            _remove(pid)


class Network:
    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("network namespaces need root")
        need("ip")
        self._pid = os.getpid()
        self.name = f"{PREFIX}{self._pid}"
        net = f"198.18.{self._pid >> 6 & 255}."  # for tests of networks (RFC 2544): nobody's
        at = self._pid % 64 * 4
        self.here, self.there = f"{net}{at + 1}", f"{net}{at + 2}"
        _remove_left_behind()
        try:
            self._make()
        except BaseException:
            self.close()
            raise

    def _make(self):
        ends = HERE.format(self._pid), THERE.format(self._pid)
        _do("ip", "netns", "add", self.name)
        _do("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1], "netns", self.name)
        _do("ip", "addr", "add", f"{self.here}/30", "dev", ends[0])
        _do("ip", "link", "set", ends[0], "up")
        self._inside("ip", "addr", "add", f"{self.there}/30", "dev", ends[1])
        self._inside("ip", "link", "set", ends[1], "up")
        self._inside("ip", "link", "set", "lo", "up")

    def close(self):
        _remove(self._pid)

    @property
    def inside(self):
        """The words before a command that is to run in there; its process takes their place."""
        return ["ip", "netns", "exec", self.name]

    def _inside(self, *words, **options):
        return _do(*self.inside, *words, **options)

    # --- what becomes of packets ---

    def lose(self, percent, *ways):
        """`ways`: "input" and "output", as seen from in there; both when none is named."""
        need("nft")
        self.heal()
        drop = "drop" if percent == 100 else f"numgen random mod 100 < {percent} drop"
        sides = {"input": "iif", "output": "oif"}
        chains = "".join(
            f"chain {way} {{ type filter hook {way} priority 0; {sides[way]} != lo {drop}; }}\n"
            for way in ways or sides
        )
        self._inside("nft", "-f", "-", input=f"{TABLE} {{\n{chains}}}\n")

    def dropped(self):
        """Silently, all of it, from now on: a cable that was cut far away."""
        self.lose(100)

    def heal(self):
        run([*self.inside, "nft", "delete", *TABLE.split()])

    def thin(self, rate):
        """Both directions; `rate` as tc writes it: 256kbit."""
        need("tc")
        limit = ["root", "tbf", "rate", rate, "burst", "8kb", "latency", "400ms"]
        _do("tc", "qdisc", "add", "dev", HERE.format(self._pid), *limit)
        self._inside("tc", "qdisc", "add", "dev", THERE.format(self._pid), *limit)
