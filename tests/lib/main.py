"""The program behind tests/run: builds, runs the parts that are asked for, counts."""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import process  # noqa: E402
from lib.beside import Beside  # noqa: E402
from lib.broker import Broker  # noqa: E402
from lib.builds import Builds  # noqa: E402
from lib.case import SHARED, groups  # noqa: E402
from lib.folders import passable  # noqa: E402
from lib.fuzz import DEFAULT_S, run_fuzz, targets  # noqa: E402
from lib.lanes import Lanes  # noqa: E402
from lib.paths import HOLDFAST, NO_COMPILER, TESTS, WORKERS, compiler, worker  # noqa: E402
from lib.report import Report  # noqa: E402
from lib.style import CHECKS, run_style  # noqa: E402
from lib.units import run_units  # noqa: E402
from lib.worker import DEFAULT_PRESET, Worker  # noqa: E402

LABELS = ("unit", "style", "fuzz", "flow", "board", "bench")
BENCHES = ("worker", "manager")
BESIDE = ("fuzz", "style")  # the flow and board tests: what is left when these are done goes faster then
FOLDERS = {"flow": TESTS / "flow", "board": TESTS / "boards"}


@dataclasses.dataclass
class Context:
    folder: pathlib.Path
    shared_home: pathlib.Path
    quick: bool


def arguments():
    parser = argparse.ArgumentParser(
        prog="tests/run",
        description="Installs what is missing, builds for this machine and for every board, runs "
        "all tests, and prints a last line: N passed, N failed, N skipped.",
        epilog="Exit status: 0 nothing failed, 1 something did, 2 wrong arguments. "
        "With CI=true in the environment a test that cannot run for lack of a tool fails.",
    )
    parser.add_argument("--only", metavar="LABEL", choices=LABELS, action="append",
                        help="only this part, may be repeated: " + ", ".join(LABELS))
    parser.add_argument("--quick", action="store_true", help="leave out what takes over a minute")
    parser.add_argument("--list", action="store_true", help="list the tests, run nothing")
    parser.add_argument("--worker", metavar="PRESET", default=DEFAULT_PRESET,
                        help="whose worker the flow tests run (%(default)s); host and asan too")
    parser.add_argument("--fuzz-seconds", metavar="N", type=int, default=DEFAULT_S,
                        help="for each fuzz target, two at a time; beside the flow and board tests, as "
                        "style is (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep the folder of failed tests")
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="of flow and board tests only those whose name contains this, or whose "
                        "group is called so")  # fmt: skip
    options = parser.parse_args()
    options.labels = options.only or LABELS
    nothing = unknown(options.labels, options.names)
    if nothing:
        known = {group.name for label in set(FOLDERS) & set(options.labels)
                 for group in chosen(label, [], asan=False)}  # fmt: skip
        parser.error(
            f"no {' or '.join(FOLDERS)} test of {', '.join(options.labels)} is called like "
            f"{', '.join(nothing)}; --list prints them. Groups: {', '.join(sorted(known)) or 'none'}"
        )
    return options


def chosen(label, names, asan=True):
    """`asan`: with the twins of those that are to be run under sanitizers too. A name is a part of
    a case's, or a group's."""
    found = groups(FOLDERS[label], label)
    found += [group.asan_twin() for group in found if asan and group.sanitized]
    for group in found:
        group.cases = [
            case
            for case in group.cases
            if not names or any(name in case.name or name == group.name for name in names)
        ]
    return [group for group in found if group.cases]


def unknown(labels, names):
    """Those of the names that choose nothing."""
    labels = [label for label in labels if label in FOLDERS]
    return [n for n in names if not any(chosen(label, [n]) for label in labels)]


def list_all(labels, names):
    for label in labels:
        if label in FOLDERS:
            for group in chosen(label, names):
                for case in group.cases:
                    slow = "  (over a minute)" if case.slow else ""
                    print(f"{label:6} {group.name}: {case.name}{slow}")
    if "style" in labels:
        for name, _, _, slow in CHECKS:
            print(f"style  {name}{'  (over a minute)' if slow else ''}")
    if "unit" in labels:
        for file in sorted((TESTS / "unit").rglob("test_*.c")):
            print(f"unit   {file.relative_to(TESTS / 'unit')}")
    if "fuzz" in labels:
        for name in targets():
            print(f"fuzz   {name}")
    if "bench" in labels:
        for name in BENCHES:
            print(f"bench  {name}")


def run_bench(report, what, name, *words):
    began = time.monotonic()
    result = process.run([TESTS / "bench" / name, *words], timeout=600)
    text, seconds = result.stdout + result.stderr, time.monotonic() - began
    tell = report.ok if result.returncode == 0 else report.fail
    tell(f"{what}_is_within_its_limits", seconds, text)


def run_benches(report, home):
    """`home`: of a broker that runs; rates are measured on one that no test has filled. What waits
    for a quiet worker leaves the manager its cores."""
    report.head("bench")
    run_bench(report, "worker", "worker", "--but", "quiet")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        quiet = pool.submit(run_bench, report, "quiet_worker", "worker", "--home", home, "--only", "quiet")
        run_bench(report, "manager", "manager")
        quiet.result()


def start_shared(report, broker):
    broker.home.mkdir()
    try:
        broker.up()
    except AssertionError as error:
        report.fail("the broker that all share starts", 0, f"{error}\n{broker.log_tail()}")
        return False
    return True


def run_on_brokers(report, labels, names, context, beside):
    """Flow and board tests with `beside` running, then the figures without it, with one broker for
    all that need no own."""
    found = [
        group
        for label in labels
        if label in FOLDERS
        for group in chosen(label, names, asan=worker("asan").exists() and not context.quick)
    ]
    shared = Broker(context.shared_home)
    started = False
    try:
        if "bench" in labels or any(group.broker == SHARED for group in found):
            started = start_shared(report, shared)
        if found:
            report.head("flow and board tests")
            Lanes(report, context).run([g for g in found if started or g.broker != SHARED])
        if beside:
            beside.finish(report)
        if "bench" in labels and started:
            run_benches(report, context.shared_home)
    finally:
        if beside:
            beside.end()
        if started:
            shared.holdfast("down", exit_code=None)


def build_all(report, builds, options, labels):
    """True when what the flow and board tests run is built."""
    presets = ["host"] if set(labels) - {"fuzz", "style"} else []
    if {"flow", "board", "bench"} & set(labels):
        presets.append(options.worker)
    if {"board", "bench"} & set(labels):
        presets += WORKERS
        for board in NO_COMPILER:
            report.leave_out(f"{board} is built", f"{compiler(board)} is not installed")
    if "unit" in labels and not options.quick:
        presets.append("asan")
    built = builds.build(*dict.fromkeys(presets))
    if "flow" in labels and options.quick:
        report.leave_out("flow tests, asan", "over a minute: --quick")
    elif "flow" in labels:
        built = builds.build_worker("asan") and built
    return built


def run_parts(report, options, labels, context):
    builds = Builds(report)
    report.head("builds")
    built = build_all(report, builds, options, labels)
    if "unit" in labels:
        run_units(report, "host")
        if options.quick:
            report.leave_out("unit tests, asan", "over a minute: --quick")
        elif builds.build("asan"):
            run_units(report, "asan")
    on_brokers = {"flow", "board", "bench"} & set(labels) and (
        built or (HOLDFAST.exists() and worker(options.worker).exists())
    )
    beside = [label for label in BESIDE if label in labels]
    if on_brokers:
        words = ["--fuzz-seconds", str(options.fuzz_seconds), *(["--quick"] if options.quick else [])]
        running = Beside(context.folder, beside, *words) if beside else None
        run_on_brokers(report, labels, options.names, context, running)
        return
    if "fuzz" in labels:
        run_fuzz(report, builds, options.fuzz_seconds)
    if "style" in labels:
        run_style(report, builds, options.quick)


def _interrupted(_number, _frame):
    raise KeyboardInterrupt


def main():
    options = arguments()
    if options.list:
        list_all(options.labels, options.names)
        return 0
    Worker.preset = options.worker
    folder = passable("holdfast-tests.")
    os.environ[process.MARK] = str(folder)
    os.environ.pop("HOLDFAST_HOME", None)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    context = Context(folder, folder / "home-shared", options.quick)
    report = Report()
    try:
        run_parts(report, options, options.labels, context)
    except KeyboardInterrupt:
        report.fail("the run", 0, "interrupted")
    finally:
        left = process.end_all(folder)
        if left:
            report.fail("every process ends with its test", 0, "left over: " + ", ".join(left))
        if options.keep and report.failed:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if report.close() else 1


if __name__ == "__main__":
    sys.exit(main())
