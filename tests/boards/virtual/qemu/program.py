"""Programs for virtual boards, for ARMv6 unless told otherwise: all the kernels run that."""

import fcntl
import shutil

from lib import process
from lib.case import Skip
from lib.paths import ROOT, build

HERE = ROOT / "tests" / "boards" / "virtual"
BOARD = "raspberry-pi-zero"


def _run(*command):
    done = process.run(command, cwd=ROOT, timeout=600)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def program(name, board=BOARD):
    """Path of one of CMakeLists.txt, for the processor of that board; built when it has changed."""
    if not shutil.which("cmake"):
        raise Skip("cmake is not installed")
    folder = build("virtual-board" if board == BOARD else f"virtual-{board}")
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "build.ninja").exists():
            _run("cmake", "-S", HERE, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=MinSizeRel",
                 f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/toolchains/board.cmake",
                 f"-DHOLDFAST_BOARD={board}")  # fmt: skip
        _run("cmake", "--build", folder, "--target", name)
    return folder / name
