"""boards/: values only, none missing, each one listed; and how one is added."""

import json
import re
import shutil

from flash.kernels.cards import KERNELS
from lib import process
from lib.case import case
from lib.paths import BOARDS, NO_COMPILER, ROOT, board_value, build, built_as

FOLDER = ROOT / "boards"
VALUE = re.compile(r'set\((BOARD_\w+)\s+("[^"$]*"|[^\s"$()]+)\)(?:\s+#.*)?')
FORMS = {
    "BOARD_TITLE": r".+",
    "BOARD_TRIPLE": r"[\w-]+",
    "BOARD_MACHINE": r"\w+",
    "BOARD_CPU": r"\S+",
    "BOARD_CORES": r"[1-9]\d*",
    "BOARD_RAM_MB": r"[1-9]\d*",
    "BOARD_RTC": r"ON|OFF",
    "BOARD_INIT": r"systemd|openrc|busybox|procd|plain",
    "BOARD_NIC": r"\w+",
    "BOARD_WIFI": r"(brcmfmac\d+( brcmfmac\d+)*)?",
    "BOARD_STATE": r"/\S+",
    "BOARD_WATCHDOG": r"(/dev/watchdog\d*)?",
    "BOARD_LED": r"(/sys/class/leds/\S+)?",
    "BOARD_GPIO": r"(/dev/gpiochip\d+)?",
    "BOARD_I2C": r"(/dev/i2c-\d+)?",
    "BOARD_TEMPERATURE": r"(/sys/class/thermal/thermal_zone\d+)?",
    "BOARD_CONSOLE": r"(tty[A-Z]+\d|ttymxc\d)?",
    "BOARD_BOOT": r"raspberry-pi|u-boot|uefi|other",
    "BOARD_KERNEL": rf"({'|'.join(KERNELS)})?",
    "BOARD_TREES": r"([\w*\[\].-]+\.dtb( [\w*\[\].-]+\.dtb)*)?",
    "BOARD_LOADER": r"(u-boot-\w+/\w+)?",
    "BOARD_LOADER_FILES": r"([\w.-]+(@\d+)?( [\w.-]+(@\d+)?)*)?",
    "BOARD_QEMU_USER": r"(qemu-\w+-static( -cpu \S+)?)?",
    "BOARD_QEMU_SYSTEM": r"([\w-]+)?",
}
WANTED = (
    "raspberry-pi-zero", "raspberry-pi-2", "raspberry-pi-3-64", "raspberry-pi-3-32", "beaglebone-black",
    "orange-pi-pc", "imx6ul-evk", "generic-armv5", "generic-armv7", "generic-aarch64", "generic-riscv64",
    "generic-x86_64",
)  # fmt: skip


def faults(folder, name):
    """What is wrong with one board, in words."""
    names = []
    for line in (folder / name / "board.cmake").read_text().splitlines():
        found = VALUE.fullmatch(line)
        if found:
            names.append(found[1])
            value = found[2].strip('"')
            if not re.fullmatch(FORMS.get(found[1], ""), value):
                yield f"{found[1]} is '{value}'"
        elif line and not line.startswith("#"):
            yield f"not a value: {line}"
    if names != list(FORMS):
        yield f"values are {names}, expected {list(FORMS)}"
    triple = board_value(name, "BOARD_TRIPLE") if folder == FOLDER else None
    if triple and not (ROOT / "toolchains" / f"{triple}.cmake").exists():
        yield f"no toolchains/{triple}.cmake"
    preset = json.loads((folder / name / "preset.json").read_text())
    if [p["name"] for p in preset["configurePresets"] + preset["buildPresets"]] != [name, name]:
        yield "preset.json has another name"
    if not (folder / name / "README.md").read_text().startswith("# "):
        yield "README.md has no title"
    if f"]({name}/README.md)" not in (folder / "README.md").read_text():
        yield "boards/README.md does not list it"


@case()
def boards_have_all_their_values_and_nothing_else(_world):
    assert set(WANTED) <= set(BOARDS), set(WANTED) - set(BOARDS)
    wrong = [f"{name}: {fault}" for name in BOARDS for fault in faults(FOLDER, name)]
    assert not wrong, "\n".join(wrong)
    table = re.findall(r"^\| `(BOARD_\w+)`", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert table == list(FORMS), "boards/README.md explains other values"


@case()
def presets_of_all_boards_are_listed_also_to_who_asks_for_one_that_is_not_there(_world):
    listed = process.run(["cmake", "--list-presets"], cwd=ROOT).stdout
    unknown = process.run(["cmake", "--preset", "atari"], cwd=ROOT)
    assert unknown.returncode != 0
    for name in BOARDS:
        assert f'"{name}"' in listed, listed
        assert f'"{name}"' in unknown.stdout + unknown.stderr, unknown


@case()
def unknown_board_in_a_toolchain_is_told_of_the_known_ones(world):
    result = process.run(
        ["cmake", "-S", ROOT, "-B", world.folder / "build", "-G", "Ninja", "-DHOLDFAST_BOARD=atari",
         f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/toolchains/board.cmake"],
    )  # fmt: skip
    words = " ".join(result.stderr.split())
    assert result.returncode != 0 and "No board 'atari'" in words, result
    assert "/boards/atari/board.cmake does not exist" in words, words
    assert all(name in words for name in BOARDS), words


def _commands(folder, name, source):
    """How each file of ours is compiled, without what names board and folder."""
    return sorted(
        entry["command"].replace(str(folder), "BUILD").replace(str(source), "SOURCE").replace(name, "BOARD")
        for entry in json.loads((folder / "compile_commands.json").read_text())
    )


@case()
def boards_of_one_toolchain_are_compiled_alike_so_that_one_is_tested_for_all(world):
    alike = [name for name in BOARDS if built_as(name) != name and name not in NO_COMPILER]
    assert "orange-pi-pc" in alike and "generic-aarch64" in alike
    for name in alike:
        folder = world.folder / name
        result = process.run(["cmake", "--preset", name, "-B", folder], cwd=ROOT, timeout=120)
        assert result.returncode == 0, result.stdout + result.stderr
        tested = built_as(name)
        assert _commands(folder, name, ROOT) == _commands(build(tested), tested, ROOT), f"{name}, {tested}"


@case()
def board_is_added_by_the_five_lines_of_the_readme(world):
    copy = world.folder / "checkout"
    copy.mkdir()
    for name in ("boards", "firmware", "toolchains", "tests/bench"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("CMakeLists.txt", "CMakePresets.json"):
        shutil.copy(ROOT / name, copy / name)
    lines = re.search(r"```sh\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)[1].splitlines()
    assert len(lines) == 5 and lines[-1].startswith("cmake --preset my-board"), lines
    lines[-1] = "cmake --preset my-board && cmake --build --preset my-board --target hf_wire"
    editor = copy / "editor"
    editor.write_text("#!/bin/sh\nexec sed -i 's/Raspberry Pi 2/My board/; s/raspberry-pi-2/my-board/g' \"$@\"\n")
    editor.chmod(0o755)
    result = process.run(
        ["sh", "-exc", "\n".join(lines)], cwd=copy, timeout=200,
        env=process.environment(EDITOR=editor),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert not list(faults(copy / "boards", "my-board")), list(faults(copy / "boards", "my-board"))
    listed = process.run(["cmake", "--list-presets"], cwd=copy).stdout
    assert '"my-board"' in listed and '"raspberry-pi-2"' in listed, listed
    compiled = json.loads((copy / "build" / "my-board" / "compile_commands.json").read_text())
    assert any('HOLDFAST_BOARD=\\"my-board\\"' in entry["command"] for entry in compiled), compiled[0]
