"""Where things lie in the checkout and in its build folders."""

import pathlib
import re
import shlex
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
sys.path.append(str(ROOT / "host"))  # for flash.kernels, which the product has

from flash.kernels.boards import BOARDS, board_value  # noqa: E402

# Of the boards that share a toolchain the one whose worker is built and tested: these, or the first.
TESTED = ("raspberry-pi-2", "raspberry-pi-3-64", "raspberry-pi-zero")


def build(preset):
    return ROOT / "build" / preset


def worker(preset):
    return build(preset) / "holdfast-worker"


HOLDFAST = build("host") / "holdfast"


def compiler(board):
    """The program that compiles for the board."""
    text = (ROOT / "toolchains" / f"{board_value(board, 'BOARD_TRIPLE')}.cmake").read_text()
    return re.search(r"^set\(HOLDFAST_GCC (\S+)\)", text, re.MULTILINE)[1] + "-gcc"


def built_as(board):
    """The board whose worker stands for this one's: of the same toolchain, so of the same code."""
    triple = board_value(board, "BOARD_TRIPLE")
    alike = [name for name in BOARDS if board_value(name, "BOARD_TRIPLE") == triple]
    return next((name for name in TESTED if name in alike), alike[0])


def emulator(preset):
    """The words that go before a program of that preset to run it here; often none."""
    return shlex.split(board_value(preset, "BOARD_QEMU_USER")) if preset in BOARDS else []


# The boards whose workers tests build, one a toolchain; and those whose compiler is not here.
WORKERS = tuple(name for name in BOARDS if built_as(name) == name and shutil.which(compiler(name)))
NO_COMPILER = tuple(name for name in BOARDS if not shutil.which(compiler(name)))
