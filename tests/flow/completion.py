"""`holdfast completion`: the tabulator key in real shells, with a ledger and without a broker."""

import json
import shutil

from lib import process
from lib.case import Wish, case, need
from lib.paths import HOLDFAST
from lib.shell import Shell


def _shell(world, name):
    """One that completes, in a folder with two files; the ledger has two boards and three jobs."""
    desk = world.own_desk().broker
    for board in ("kitchen", "kiosk"):
        desk.holdfast("enroll", f"{world.name}-{board}", "--pool", world.pool, "--out",
                      world.folder / board)  # fmt: skip
    desk.holdfast("submit", "sha256", "--array", "[1, 2, 3]", "--name", "photos", "--pool", world.pool)
    desk.holdfast("submit", "resize", "x", "--name", "two words", "--pool", world.pool)
    desk.holdfast("submit", "echo", "x", "--every", "@daily", "--name", "nightly", "--pool", world.pool)
    desk.holdfast("purge", world.pool, "--yes")
    for file in ("jobs.txt", "jolly.txt"):
        (world.folder / file).touch()
    shell = world.keep(
        Shell(name, world.folder, HOLDFAST.parent, HOME=world.folder, HOLDFAST_HOME=desk.home)
    )
    shell.run(f"source <(holdfast completion {name})")
    return shell


def _completes(world, shell):
    board = world.name
    typed = {
        "holdfast comple\t": "holdfast completion ",
        "holdfast tasks --sta\t": "holdfast tasks --state ",
        "holdfast tasks --state canc\t": "holdfast tasks --state cancelled ",
        "holdfast tasks --state=canc\t": "holdfast tasks --state=cancelled ",
        "holdfast submit echo --lines job\t": "holdfast submit echo --lines jobs.txt ",
        f"holdfast ping {board}-kit\t": f"holdfast ping {board}-kitchen ",
        f"holdfast ping {board}-ki\t": f"holdfast ping {board}-ki",
        f"holdfast submit echo --to {board}-kio\t": f"holdfast submit echo --to {board}-kiosk ",
        f"holdfast boards --pool={board[0]}\t": f"holdfast boards --pool={world.pool} ",
        "holdfast results pho\t": "holdfast results photos ",
        "holdfast results two\t": "holdfast results two\\ words ",
        "holdfast results two\\ w\t": "holdfast results two\\ words ",
        "holdfast jobs --handler res\t": "holdfast jobs --handler resize ",
        "holdfast logs pho\t": "holdfast logs photos/",
        "holdfast task photos/3\t": "holdfast task photos/3 ",
        "holdfast schedule --pause nig\t": "holdfast schedule --pause nightly ",
        "holdfast flash x --board raspberry-pi-z\t":
            "holdfast flash x --board raspberry-pi-zero ",
        "holdfast nonsense x\t": "holdfast nonsense x",
    }  # fmt: skip
    wrong = {}
    for keys, expected in typed.items():
        line = shell.line_after(keys)
        if line != expected:
            wrong[keys] = line
    assert not wrong, json.dumps(wrong, indent=1)


def _lists(shell, keys):
    """`keys` press for a list."""
    for typed, words in (
        ("", {"submit", "watch", "completion"}),
        ("submit echo --", {"--lines", "--every"}),
        ("results ", {"1", "2", "photos"}),
        ("task photos/", {"photos/1", "photos/2", "photos/3"}),
        ("submit echo --each jo", {"jobs.txt", "jolly.txt"}),
    ):
        shown = shell.shown_after(f"holdfast {typed}{keys}")
        assert words <= shown, (typed, shown)


@case()
def bash_completes_commands_options_files_and_what_the_ledger_knows(world):
    need("bash")
    shell = _shell(world, "bash")
    _completes(world, shell)
    _lists(shell, "\x1b?")


@case()
def zsh_completes_commands_options_files_and_what_the_ledger_knows(world):
    if not shutil.which("zsh"):
        raise Wish("zsh is not installed (toolchains/packages zsh)")
    shell = _shell(world, "zsh")
    _completes(world, shell)
    _lists(shell, "\x04")


@case()
def without_a_data_folder_completion_is_silent_and_makes_none(world):
    nowhere = world.folder / "nowhere"
    for words in (["ping"], ["results"], ["submit"], ["task"], ["submit", "echo", "--to"]):
        asked = process.run(
            [HOLDFAST, "completion", "--words", "--", *words, ""],
            env=process.environment(HOLDFAST_HOME=nowhere),
        )
        assert (asked.returncode, asked.stdout, asked.stderr) == (0, "", ""), (words, asked)
    assert not nowhere.exists()
