"""Where things lie in the checkout and in its build folders."""

import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
BOARDS = tuple(sorted(file.parent.name for file in ROOT.glob("boards/*/board.cmake")))


def build(preset):
    return ROOT / "build" / preset


def worker(preset):
    return build(preset) / "holdfast-worker"


HOLDFAST = build("host") / "holdfast"


def board_value(board, name):
    """A value of boards/<board>/board.cmake, without its quotes."""
    text = (ROOT / "boards" / board / "board.cmake").read_text()
    found = re.search(rf'^set\({name}\s+(?:"([^"]*)"|([^\s)]+))', text, re.MULTILINE)
    if not found:
        raise LookupError(f"boards/{board}/board.cmake sets no {name}")
    return found[1] if found[1] is not None else found[2]


def emulator(preset):
    """The words that go before a program of that preset to run it here; often none."""
    return shlex.split(board_value(preset, "BOARD_QEMU_USER")) if preset in BOARDS else []
