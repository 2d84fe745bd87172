"""GPIO lines, sensors and the watchdog of a board, driven and read from outside it; and boards that
have none."""

import json
import socket
import time

from boards.virtual.qemu import disks
from boards.virtual.qemu.board import Board
from boards.virtual.qemu.program import program
from lib.case import case
from lib.until import until

OWN_LEDGER = True  # it collects what comes into hf.q.results

IN, OUT = 4, 5  # lines of GPIO1
GPIO1_DATA = 0x0209C000  # of the i.MX6UL
KNOWN, PLAIN = 0x48, 0x49  # addresses of thermometers; of the second one the kernel does not know
REGISTER = {"bus": 0, "register": 0, "bytes": 2}  # of a TMP105: the temperature, in 1/256 degrees

WATCHDOG_S = 60  # as the worker asks for


class Wires:
    """What is soldered to the board: QEMU's test socket."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(str(path))

    def line(self, number, level):
        self._socket.sendall(
            f"set_irq_in /machine/soc/gpio0 unnamed-gpio-in {number} {level}\n".encode()
        )
        assert self._socket.recv(100).startswith(b"OK")

    def close(self):
        self._socket.close()


def _begin(world, handler, order):
    return world.desk.submit(handler, json.dumps(order) if order else "", "--pool", world.pool)


def _answer(world, handler, order=None):
    (result,) = world.desk.follow(_begin(world, handler, order))
    return json.loads(result["output"])


def _refusal(world, handler, order=None):
    (result,) = world.desk.follow(_begin(world, handler, order), exit_code=1)
    assert result["state"] == "failed" and result["exit"] == 69, result
    return result["log_tail"]


@case()
def gpio_lines_are_read_set_and_watched(world):
    board = Board(world, "imx", task_user="0")  # it has no other user
    path = board.folder / "wires"
    board.power_on(
        [*disks.good(board.kind, board.image), "-qtest", f"unix:{path},server=on,wait=off",
         "-qtest-log", "none"]
    )  # fmt: skip
    board.up()
    wires = world.keep(Wires(path))

    for level in (0, 1):
        wires.line(IN, level)
        assert _answer(world, "gpio", {"line": IN, "do": "get"}) == {"value": level}
    assert _answer(world, "gpio", {"line": OUT, "do": "set", "value": 1}) == {"value": 1}
    seen = board.machine.qmp.call(
        "human-monitor-command", **{"command-line": f"xp /1wx {GPIO1_DATA}"}
    )
    assert int(seen.split()[1], 16) & (1 << OUT), seen

    before = board.count(r" task\.ended ")
    waiting = _begin(world, "gpio", {"line": IN, "do": "wait", "edge": "falling", "timeout_s": 60})

    def falls():
        """Again and again: nothing tells when the child has come to wait for it."""
        for level in (1, 0):
            wires.line(IN, level)
        return board.count(r" task\.ended ") > before

    until("an edge is seen", falls)
    (result,) = world.desk.follow(waiting)
    assert json.loads(result["output"])["edge"] == "falling", result
    nothing = _answer(world, "gpio", {"line": IN, "do": "wait", "timeout_s": 0})
    assert nothing == {"edge": None}

    assert "no line 32" in world.desk.follow(
        _begin(world, "gpio", {"line": 32, "do": "get"}), exit_code=1
    )[0]["log_tail"]
    assert "/dev/gpiochip9: No such file" in _refusal(
        world, "gpio", {"chip": 9, "line": 0, "do": "get"}
    )
    assert "no temperature sensor" in _refusal(world, "temperature")
    assert "/dev/i2c-7: No such file" in _refusal(world, "i2c-read", {"bus": 7, "address": 72})
    info = _answer(world, "sysinfo")
    assert "i.MX6" in info["model"] and info["arch"] == "armv7l", info


@case()
def temperature_of_a_pi_is_read(world):
    board = Board(world, "pi1")
    board.up()
    sensor = _answer(world, "temperature")["sensors"][0]  # the kernel shows it as an hwmon too
    assert sensor["name"] == "cpu-thermal" and 0 < sensor["celsius"] < 100, sensor
    assert "Raspberry Pi" in _answer(world, "sysinfo")["model"]


@case()
def thermometers_on_the_i2c_bus_are_read(world):
    board = Board(world, "imx", task_user="0")  # it has no other user
    devices = [f"tmp105,id=t{at:x},bus=i2c-bus.0,address={at:#x}" for at in (KNOWN, PLAIN)]
    options = [word for device in devices for word in ("-device", device)]
    board.power_on([*disks.good(board.kind, board.image), *options],
                   append=f"holdfast_sensor=tmp105,{KNOWN:#x}")  # fmt: skip
    board.up()

    def is_warm(at, millidegrees):
        board.machine.qmp.call("qom-set", path=f"/machine/peripheral/t{at:x}", property="temperature",
                               value=millidegrees)  # fmt: skip

    for celsius in (61.5, -7.25):
        is_warm(KNOWN, int(celsius * 1000))
        until(f"the driver has measured {celsius}", lambda: [
            (sensor["name"], sensor["celsius"]) for sensor in _answer(world, "temperature")["sensors"]
        ] == [("tmp105", celsius)])  # fmt: skip
    # It measures in halves of a degree, which a driver would change.
    for celsius, raw in ((25, "1900"), (-7.5, "f880"), (100.5, "6480")):
        is_warm(PLAIN, int(celsius * 1000))
        assert _answer(world, "i2c-read", REGISTER | {"address": hex(PLAIN)}) == {"hex": raw}
    refused = _refusal(world, "i2c-read", REGISTER | {"address": "0x4a"})
    assert "no device answers at 0x4a of bus 0" in refused, refused


@case(slow=True)
def board_whose_worker_hangs_is_reset_by_its_watchdog_and_does_its_task(world):
    board = Board(world, "imx", programs=[program("stopper")], task_user="0", watchdog="/dev/watchdog")
    board.power_on([*disks.good(board.kind, board.image), "-action", "reboot=reset"])
    board.up()
    job = _begin(world, "stopper", None)
    began = time.monotonic()
    board.saw(r" task\.started ")
    assert board.machine.qmp.event("WATCHDOG", 2 * WATCHDOG_S) == {"action": "reset"}
    took = time.monotonic() - began
    assert took > WATCHDOG_S / 2, f"the watchdog bit after {took:.0f} s"
    (before, _, _) = board.saw(r" task\.started ")
    board.saw(r" link\.up ", after=before)
    (result,) = world.desk.follow(job)
    assert result["output"] == "it was stopped before\n", result
    assert board.count(r" worker\.start ") == 2 and board.machine.boots == 1
    world.note(f"bitten {took:.0f} s after the worker hung, done {time.monotonic() - began:.0f} s after")
