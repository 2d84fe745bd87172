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
    said = _holdfast(world, "--json", "jobs", exit_code=2).stderr
    assert "behind the command" in said, said
    said = _holdfast(world, "ledger", "chek", exit_code=2).stderr
    assert "did you mean check?" in said, said
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
def handlers_of_the_managers_own_are_not_handed_out_by_hand(world):
    for command in ("submit", "run", "map"):
        said = _holdfast(world, command, "hf-handlers", exit_code=2).stderr
        assert '"hf-handlers"' in said and "handler push" in said, said


@case()
def empty_data_folder_is_told_what_to_begin_with(world):
    for words, exit_code, told in (
        (["jobs", "--offline"], 0, "holdfast submit"),
        (["boards", "--offline"], 0, "holdfast enroll NAME"),
        (["schedule"], 0, "holdfast submit"),
        (["results", "--offline"], 1, "holdfast submit"),
        (["results", "--strays", "--offline"], 0, "No message is stray"),
        (["watch", "--once"], 3, "holdfast up"),
        (["status"], 3, "holdfast up"),
        (["retire", "kitchen"], 3, "holdfast up"),
    ):
        asked = _holdfast(world, *words, exit_code=exit_code)
        assert told in asked.stdout + asked.stderr, (words, asked)


@case()
def broker_that_is_down_is_named_with_its_mend_and_the_ledger_is_shown_all_the_same(world):
    desk = world.own_desk().broker
    settings = desk.home / "broker.json"
    settings.write_text(re.sub(r'("port"|127\.0\.0\.1):(\s*)\d{4,}', r"\1:\g<2>1", settings.read_text()))
    for words in (["enroll", "kitchen"], ["submit", "echo", "x"], ["boards"], ["ping", "kitchen"]):
        told = desk.holdfast(*words, exit_code=3).stderr
        assert "holdfast up" in told, (words, told)
    shown = desk.holdfast("watch", "--once", exit_code=3)
    assert "1 pending" in shown.stdout and "out of reach" in shown.stderr, shown


@case()
def output_that_cannot_be_written_is_an_error(world):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [HOLDFAST, "help"], stdout=full, stderr=subprocess.PIPE, env=os.environ, check=False
        )
    assert done.returncode == 1 and b"stdout" in done.stderr, done
