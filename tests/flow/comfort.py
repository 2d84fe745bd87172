"""What makes the manager pleasant: help, colours, words that help on."""

import os
import re
import shutil
import subprocess

from lib import process
from lib.case import case
from lib.paths import HOLDFAST


def _holdfast(world, *words, exit_code=0, **options):
    options.setdefault("env", process.environment(HOLDFAST_HOME=world.folder / "nowhere"))
    result = process.run([HOLDFAST, *words], **options)
    assert result.returncode == exit_code, (words, result.returncode, result.stdout, result.stderr)
    return result


def _commands(world):
    listed = _holdfast(world, "completion", "--words", "--", "").stdout
    return [line.split("\t")[0] for line in listed.splitlines()]


@case()
def every_command_has_help_and_names_itself_in_the_manual_page(world):
    manual = _holdfast(world, "help", "--man").stdout
    for command in _commands(world):
        text = _holdfast(world, command, "--help").stdout
        assert f"Usage: holdfast {command}" in text and "Examples:" in text, text
        assert f"\n.SS {command}\n" in manual, command
    if shutil.which("groff"):
        page = process.run(["groff", "-man", "-Tutf8", "-P-cbou", "-ww"], input=manual)
        text = re.sub(".\b", "", page.stdout)  # bold, as typewriters had it
        assert page.returncode == 0 and "EXIT STATUS" in text, page.stderr


@case()
def words_that_are_mistyped_are_guessed(world):
    said = _holdfast(world, "staus", exit_code=2).stderr
    assert 'did you mean "status"?' in said, said
    said = _holdfast(world, "submit", "echo", "--piol", "x", exit_code=2).stderr
    assert "did you mean --pool?" in said, said


@case()
def names_that_are_mistyped_are_guessed_from_what_the_ledger_knows(world):
    desk, pool = world.own_desk().broker, world.pool
    desk.holdfast("enroll", "kitchen", "--pool", pool, "--out", world.folder / "kitchen")
    desk.holdfast("submit", "echo", "x", "--pool", pool, "--name", "photos")
    try:
        for words, exit_code, meant in (
            (["board", "kichen"], 2, "kitchen"),
            (["retire", "kichen"], 2, "kitchen"),
            (["rotate", "kitchne"], 2, "kitchen"),
            (["ping", "kitchn", "--wait", "100ms"], 1, "kitchen"),
            (["results", "photo"], 2, "photos"),
            (["cancel", "phots"], 2, "photos"),
            (["tasks", "--to", "kitcen"], 0, "kitchen"),
            (["boards", "--pool", f"{pool}x"], 0, pool),
            (["submit", "echo", "x", "--to", "kitchem"], 1, "kitchen"),
        ):
            asked = desk.holdfast(*words, exit_code=exit_code)
            assert f"did you mean {meant}?" in asked.stderr + asked.stdout, (words, asked)
        assert "did you mean" not in desk.holdfast("tasks", "--to", "kitchen").stderr
        told = desk.holdfast("task", "photos", exit_code=2).stderr
        assert "photos/1" in told, told
    finally:
        desk.holdfast("cancel", "latest")
        desk.holdfast("purge", pool, "--yes")
        desk.holdfast("retire", "kitchen")


@case()
def output_that_cannot_be_written_is_an_error(world):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [HOLDFAST, "help"], stdout=full, stderr=subprocess.PIPE, env=os.environ, check=False
        )
    assert done.returncode == 1 and b"stdout" in done.stderr, done
