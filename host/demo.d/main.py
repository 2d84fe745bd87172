"""The program behind host/demo, which has looked at the arguments: main.py run|keep|stop FOLDER."""

import pathlib
import shlex
import signal
import sys

from board import MODELS, Board, program, wait_connected
from desk import BUILD, HOLDFAST, Desk, Trouble, build
from folder import Digests, Folder, size_text
from leftovers import RUNS, Run, kept
from report import Account, report
from screen import Gone, Step, bold, faint, say
from work import RANGE, RANGES, Jobs, Watch, work

VICTIM = "pi-2"


def introduce(folder):
    say(bold("Holdfast: a broker, three boards, and a plug that is pulled"))
    say(f"  to hash    {folder.path}: {folder.amount}")
    if folder.left_out:
        say(f"             {folder.left_out} left out: over 16 MiB, or not readable")
    if folder.large:
        say("             that is a lot, and will take a while")
    say(f"  to search  a number whose SHA-256 begins with 00000: {RANGES} ranges of {RANGE:,}")
    say()


def build_all():
    if not HOLDFAST.exists():
        say("  The first build fetches the sources it is made of, and takes some minutes.")
    build("build the manager", "host", "holdfast")
    for model in MODELS:
        build(f"build the worker for {model.preset} ({model.cpu})", model.preset, "holdfast-worker")
    sizes = [size_text(program(model.preset).stat().st_size) for model in MODELS]
    say(faint(f"  the workers are static programs of {sizes[0]}, {sizes[1]} and {sizes[2]}"))


def start_boards(desk, run):
    with Step("start a private RabbitMQ that speaks mutual TLS only"):
        desk("up")
    with Step("enroll three boards and start their workers, emulated"):
        boards = [Board(desk, run.folder, model) for model in MODELS]
        wait_connected(boards)
    return boards


def show(folder, run):
    """Whether all was as it should be."""
    build_all()
    desk = Desk(run.home, run.mark)
    boards = start_boards(desk, run)
    victim = next(board for board in boards if board.name == VICTIM)
    with Step(f"submit {len(folder.names) + RANGES} tasks"):
        jobs = Jobs(desk, folder, run.folder)
    say()
    digests = Digests(folder)
    watch = Watch(desk, jobs)
    try:
        seconds = work(jobs, watch, boards, victim)
    finally:
        watch.stop()
    digests.join()
    account = Account(desk, jobs, digests)
    report(account, boards, victim, seconds)
    return account.good and victim.killed_with is not None, victim


def tell_what_next(run, victim):
    bin_folder = shlex.quote(str(HOLDFAST.parent))
    say(f"""
  Broker and boards are still running. To try next:

    export HOLDFAST_HOME={shlex.quote(str(run.home))} PATH={bin_folder}:$PATH
    holdfast status
    holdfast submit echo "Hello World!" --wait
    holdfast results search
    holdfast tasks

  To plug {victim.name} in again:

    {victim.command} 2>>{shlex.quote(str(victim.log))} &

  The boards' logs are {run.folder}/*.log.
  To end it all: host/demo --stop""")


def stop_kept():
    runs = kept()
    if not runs:
        say("Nothing that host/demo --keep started is left.")
    for run in runs:
        with Step(f"stop {run.folder.name}"):
            run.end()
    return 0


def _interrupt(_number, _frame):
    raise KeyboardInterrupt


def _listen_to_signals(action):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, action)


def demonstrate(path, keep):
    folder = Folder(path)
    introduce(folder)
    run = Run.new()
    good = kept_running = False
    try:
        good, victim = show(folder, run)
        if keep:
            run.keep()
            kept_running = True
            tell_what_next(run, victim)
    finally:
        _listen_to_signals(signal.SIG_IGN)
        if not kept_running:
            say()
            with Step("stop all of it"):
                run.end()
    return 0 if good else 1


def main(mode, path):
    _listen_to_signals(_interrupt)
    RUNS.mkdir(parents=True, exist_ok=True)
    try:
        if mode == "stop":
            return stop_kept()
        return demonstrate(pathlib.Path(path).resolve(), mode == "keep")
    except Trouble as trouble:
        print(f"host/demo: {trouble}", file=sys.stderr)
        return trouble.exit_code
    except KeyboardInterrupt:
        print("host/demo: interrupted; nothing is left running", file=sys.stderr)
        return 130
    except Gone:
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
