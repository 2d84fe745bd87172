"""GPIO lines and sensors of a board, driven and read from outside it; and boards that have none."""

import json
import socket
import time

from boards.virtual.qemu import disks
from boards.virtual.qemu.board import Board
from lib.case import case

OWN_BROKER = True  # the ledger collects what comes into hf.q.results

IN, OUT = 4, 5  # lines of GPIO1
GPIO1_DATA = 0x0209C000  # of the i.MX6UL


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

    before = board.count(r" task\.started ")
    waiting = _begin(world, "gpio", {"line": IN, "do": "wait", "edge": "falling", "timeout_s": 30})
    while board.count(r" task\.started ") == before:
        time.sleep(0.05)
    time.sleep(0.5)  # from the child's start to its poll()
    wires.line(IN, 0)
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
