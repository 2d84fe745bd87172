"""host/demo: a broker, three emulated boards, work for them, and a pulled plug. See --help."""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
HOLDFAST = BUILD / "host" / "holdfast"

# Board, what it is, and the emulator that plays it (boards/<name>/board.cmake).
BOARDS = (
    ("pi-zero", "raspberry-pi-zero", "ARMv6", ("qemu-arm-static", "-cpu", "arm1176")),
    ("pi-2", "raspberry-pi-2", "ARMv7", ("qemu-arm-static", "-cpu", "cortex-a7")),
    ("pi-3", "raspberry-pi-3-64", "AArch64", ("qemu-aarch64-static",)),
)
VICTIM = "pi-2"
KILL_AT = 0.4  # of all tasks done

SEARCH = {"base": "holdfast", "content": " demo", "prefix": "00000", "algorithm": "sha256"}
RANGES, RANGE = 24, 250_000
FILES_A_CALL = 1000  # a command line has its limits
FILES_MANY = 2000


class Trouble(Exception):
    """Something that a person can mend; the text says how."""


# --- what it says -------------------------------------------------------------------------------

TTY = sys.stdout.isatty()
BOLD, RED, GREEN, PLAIN = (
    ("\033[1m", "\033[31m", "\033[32m", "\033[0m")
    if TTY and "NO_COLOR" not in os.environ
    else ("", "", "", "")
)


def say(text=""):
    print(text, flush=True)


class Step:
    """One line: what is done now, and how long it took."""

    def __init__(self, text):
        self.text, self.began = text, time.monotonic()

    def __enter__(self):
        if TTY:
            print(f"  {self.text} ...", end="", flush=True)
        return self

    def __exit__(self, kind, *_):
        seconds = time.monotonic() - self.began
        mark = "" if kind is None else "  failed"
        print(f"{chr(13) if TTY else ''}  {self.text:<58}{seconds:6.1f} s{mark}", flush=True)


def bar(done, total, began, boards, note=""):
    """The progress line; redrawn on a terminal, now and then elsewhere."""
    width = 28
    filled = width * done // max(total, 1)
    rate = done / max(time.monotonic() - began, 0.001)
    shares = " ".join(f"{name} {count}" for name, count in boards.items())
    text = f"  [{'#' * filled}{'.' * (width - filled)}] {done}/{total}  {rate:.0f}/s  {shares}{note}"
    if TTY:
        columns = shutil.get_terminal_size().columns
        print(f"\r{text[: columns - 1]:<{columns - 1}}", end="", flush=True)
    else:
        say(text)


# --- commands -----------------------------------------------------------------------------------


def run(words, **options):
    result = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )
    if result.returncode != 0:
        said = (result.stdout + result.stderr).decode(errors="replace")[-3000:]
        raise Trouble(f"{' '.join(map(str, words[:3]))} failed:\n{said}")
    return result.stdout


def build(preset):
    with Step(f"building for {preset}"):
        run(["cmake", "--preset", preset], cwd=ROOT)
        run(["cmake", "--build", "--preset", preset], cwd=ROOT)


class Desk:
    """The manager's commands, with a data folder of the demo's own."""

    def __init__(self, home):
        self.home = home
        self.environment = os.environ | {"HOLDFAST_HOME": str(home)}

    def __call__(self, *words, cwd=None):
        return run([HOLDFAST, *words], env=self.environment, cwd=cwd)

    def submit(self, *words, cwd=None):
        return json.loads(self("submit", *words, "--json", cwd=cwd))

    def follow(self, job):
        return subprocess.Popen(
            [HOLDFAST, "results", str(job), "--follow", "--json"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def tasks(self, job):
        lines = self("tasks", str(job), "--json", "--limit", "0").splitlines()
        return [json.loads(line) for line in lines]


# --- boards -------------------------------------------------------------------------------------


class Board:
    def __init__(self, desk, folder, name, preset, kind, emulator):
        self.name, self.preset, self.kind = name, preset, kind
        self.log = folder / f"{name}.log"
        self.killed = False
        self.config = folder / name / "worker.json"
        desk("enroll", name, "--out", self.config.parent, "--broker-host", "127.0.0.1")
        settings = "".join(
            line
            for line in self.config.read_text().splitlines(keepends=True)
            if not line.startswith("//")
        )
        settings = json.loads(settings) | {
            "state": str(folder / name / "state"),
            "handlers": str(folder / name / "handlers"),
            "log_level": "debug",
            "reconnect_max_ms": 1000,
        }
        self.config.write_text(json.dumps(settings, indent=1))
        self.words = [*emulator, str(BUILD / preset / "holdfast-worker"), "--config", self.config]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.words, stdin=subprocess.DEVNULL, stderr=log, start_new_session=True
            )

    def said(self, words):
        return words in self.log.read_text(errors="replace")

    def in_hand(self):
        """The id of the task that it works on now; None: none."""
        task = None
        for line in self.log.read_text(errors="replace").splitlines():
            if " task.started task=" in line:
                task = line.split("task=")[1].split()[0]
            elif " task.ended " in line or " task.refused " in line:
                task = None
        return task

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.killed = True

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def wait_for(boards):
    deadline = time.monotonic() + 30
    for board in boards:
        while not board.said(" link.up "):
            if board.process.poll() is not None or time.monotonic() > deadline:
                raise Trouble(f"{board.name} did not connect:\n{board.log.read_text()[-1500:]}")
            time.sleep(0.1)


# --- the work -----------------------------------------------------------------------------------


def files_of(folder):
    """Every regular file below the folder, as a path that begins with ./ ."""
    if (folder / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=folder, capture_output=True, check=False
        ).stdout.split(b"\0")
        names = [os.path.join(b".", name) for name in listed if name]
    else:
        names = []
        for top, folders, found in os.walk(os.fsencode(folder)):
            folders[:] = sorted(name for name in folders if name != b".git")
            names += [
                os.path.join(b".", os.path.relpath(os.path.join(top, name), os.fsencode(folder)))
                for name in sorted(found)
            ]
    return [
        name
        for name in names
        if os.path.isfile(os.path.join(os.fsencode(folder), name))
        and not os.path.islink(os.path.join(os.fsencode(folder), name))
        and os.access(os.path.join(os.fsencode(folder), name), os.R_OK)
    ]


def chunks(names):
    return [names[at : at + FILES_A_CALL] for at in range(0, len(names), FILES_A_CALL)]


def submit_all(desk, folder, names, scratch):
    """The jobs: of the search, and of the files with the names that each has."""
    ranges = scratch / "ranges"
    with open(ranges, "w") as file:
        for number in range(RANGES):
            first = number * RANGE
            print(json.dumps({"start": first, "end": first + RANGE - 1} | SEARCH), file=file)
    jobs = []
    for part in chunks(names):
        job = desk.submit("sha256", "--name", "every file", "--each", *part, cwd=folder)
        jobs.append((job["job_number"], part))
    search = desk.submit("nonce-search", "--name", "nonce search", "--lines", str(ranges))
    return search["job_number"], jobs


class Watch:
    """Follows the jobs; counts what comes, by board."""

    def __init__(self, desk, jobs):
        self.results = {job: [] for job in jobs}
        self.processes = [desk.follow(job) for job in jobs]
        self.threads = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in zip(self.processes, jobs, strict=True)
        ]
        for thread in self.threads:
            thread.start()

    def _read(self, process, job):
        for line in process.stdout:
            self.results[job].append(json.loads(line))

    @property
    def running(self):
        return any(process.poll() is None for process in self.processes)

    def all(self):
        return [result for results in self.results.values() for result in list(results)]

    def by_board(self, boards):
        counts = {board.name: 0 for board in boards}
        for result in self.all():
            counts[result["board"]] = counts.get(result["board"], 0) + 1
        return counts

    def join(self):
        for thread in self.threads:
            thread.join()

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                process.wait()


def work(watch, boards, total):
    """Draws the bar to the end, and pulls one plug on the way."""
    victim = next(board for board in boards if board.name == VICTIM)
    began = time.monotonic()
    drawn = -1.0
    while watch.running:
        done = len(watch.all())
        task = victim.in_hand() if not victim.killed and done >= KILL_AT * total else None
        if task:
            victim.kill()
            bar(done, total, began, watch.by_board(boards))
            say(f"{chr(10) if TTY else ''}  {RED}SIGKILL to {victim.name}{PLAIN}, which had task "
                f"{task} in hand: the other two go on")  # fmt: skip
        if TTY or time.monotonic() - drawn > 2:
            drawn = time.monotonic()
            bar(done, total, began, watch.by_board(boards))
        time.sleep(0.1)
    watch.join()
    bar(len(watch.all()), total, began, watch.by_board(boards))
    if TTY:
        say()
    return time.monotonic() - began


# --- what came of it ----------------------------------------------------------------------------


def sha256sum(folder, names):
    digests = []
    for part in chunks(names):
        out = run(["sha256sum", "-z", "--", *part], cwd=folder)
        digests += [line.split(b" ", 1)[0].lstrip(b"\\").decode() for line in out.split(b"\0") if line]
    return digests


def smallest_nonce():
    """The same search, by Python's own SHA-256."""
    tail = (SEARCH["base"] + SEARCH["content"]).encode()
    for nonce in range(RANGES * RANGE):
        digest = hashlib.sha256(str(nonce).encode() + tail).hexdigest()
        if digest.startswith(SEARCH["prefix"]):
            return nonce, digest
    return None, None


def check_digests(watch, folder, jobs):
    agree = 0
    for job, part in jobs:
        by_seq = {result["seq"]: result.get("output", "").strip() for result in watch.results[job]}
        for seq, digest in enumerate(sha256sum(folder, part), 1):
            agree += by_seq.get(seq) == digest
    return agree


def check_search(watch, job):
    found = [json.loads(result["output"]) for result in watch.results[job] if result.get("output")]
    hits = sorted(
        (hit["nonce"], hit["digest"]) for hit in found if hit.get("nonce") is not None
    )
    ours = hits[0] if hits else (None, None)
    return ours, ours == smallest_nonce()


def report(desk, watch, boards, folder, search, jobs, seconds):
    tasks = [task for job in (search, *(job for job, _ in jobs)) for task in desk.tasks(job)]
    done = sum(task["state"] == "done" for task in tasks)
    files = sum(len(part) for _, part in jobs)
    seen = {}
    for result in watch.all():
        seen[result["task"]] = seen.get(result["task"], 0) + 1
    twice = sum(count > 1 for count in seen.values())
    again = sum(task.get("duplicates", 0) for task in tasks)
    agree = check_digests(watch, folder, jobs)
    (nonce, _), right = check_search(watch, search)
    lost = len(tasks) - done
    good = lost == 0 and twice == 0 and agree == files and right

    counts = watch.by_board(boards)
    say()
    say(f"  {BOLD}{'board':<10}{'what it is':<28}{'tasks done':>10}{PLAIN}")
    for board in boards:
        note = f"  {RED}killed on the way{PLAIN}" if board.killed else ""
        say(f"  {board.name:<10}{board.preset + ', ' + board.kind:<28}{counts[board.name]:>10}{note}")
    say()
    for name, value in (
        ("tasks", len(tasks)),
        ("done", done),
        ("lost", lost),
        ("counted twice", twice),
        ("reported again, counted once", again),
        ("digests that agree with sha256sum", f"{agree} of {files}"),
        ("smallest nonce", f"{nonce}, {'as' if right else 'NOT as'} computed apart"),
        ("seconds at work", f"{seconds:.1f}"),
    ):
        say(f"  {name:<36}{value}")
    say()
    say(f"  {GREEN}Nothing was lost, nothing was counted twice.{PLAIN}" if good
        else f"  {RED}This is not as it should be.{PLAIN}")  # fmt: skip
    return good


def tell_what_next(home, folder):
    say(f"""
  It all goes on running. To try next:

    export HOLDFAST_HOME={home}
    {HOLDFAST} status
    {HOLDFAST} submit echo hello --wait
    {HOLDFAST} tasks
    tail -f {folder}/*.log

  To end it:

    kill $(cat {folder}/pids)
    {HOLDFAST} down --purge --yes""")


# --- the run ------------------------------------------------------------------------------------


def parse(words):
    parser = argparse.ArgumentParser(
        prog="host/demo",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""Shows Holdfast on this machine: builds it, starts a private RabbitMQ over mutual TLS and
three workers (ARMv6, ARMv7 and AArch64 programs under emulation), gives them every
file of FOLDER to hash and a nonce search in pieces, kills one of them in the middle,
and compares every digest with sha256sum's.

Exit status: 0 when nothing was lost, nothing counted twice and every digest agrees.
The first run installs Debian packages that are missing (as root, or by sudo).""",
        epilog="""examples:
  host/demo                  this project's own sources
  host/demo ~/Pictures       any folder
  host/demo --keep           leave it running, and say what to try next""",
    )
    parser.add_argument("folder", nargs="?", default=ROOT, type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--keep", action="store_true", help="leave broker and workers running")
    return parser.parse_args(words)


def prepare(folder):
    if not folder.is_dir():
        raise Trouble(f"{folder} is not a folder")
    names = files_of(folder)
    if not names:
        raise Trouble(f"{folder} holds no file that can be read; name another folder")
    if len(names) > FILES_MANY:
        say(f"  {len(names)} files: this will take a while")
    return names


def demo(options, scratch):
    folder = options.folder.resolve()
    names = prepare(folder)
    say(f"{BOLD}Holdfast{PLAIN}: {len(names)} files to hash and {RANGES} ranges to search, three boards")
    say()
    for preset in ("host", *(preset for _, preset, _, _ in BOARDS)):
        build(preset)
    desk = Desk(scratch / "home")
    boards, watch, good = [], None, False
    try:
        with Step("starting a private RabbitMQ over mutual TLS"):
            desk("up")
        with Step("enrolling three boards and starting their workers"):
            for name, preset, kind, emulator in BOARDS:
                boards.append(Board(desk, scratch, name, preset, kind, emulator))
            wait_for(boards)
        with Step("handing out the work"):
            search, jobs = submit_all(desk, folder, names, scratch)
        say()
        watch = Watch(desk, [search, *(job for job, _ in jobs)])
        seconds = work(watch, boards, len(names) + RANGES)
        good = report(desk, watch, boards, folder, search, jobs, seconds)
        if options.keep:
            (scratch / "pids").write_text(
                " ".join(str(board.process.pid) for board in boards if not board.killed)
            )
            tell_what_next(desk.home, scratch)
    finally:
        if watch:
            watch.stop()
        if not options.keep or not watch:
            for board in boards:
                board.stop()
            subprocess.run(
                [HOLDFAST, "down"], env=desk.environment, capture_output=True, check=False
            )
            end_what_is_left(desk.home)
    return good


def end_what_is_left(home):
    """A node that was interrupted while it started is not known to `down` yet: it is found by the
    data folder in its environment."""
    mark = os.fsencode(home) + b"/"
    for attempt in range(50):
        left = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if uses(pid, mark)]
        for pid in left:
            try:
                os.kill(pid, signal.SIGTERM if attempt < 40 else signal.SIGKILL)
            except ProcessLookupError:
                pass
        if not left:
            return
        time.sleep(0.2)


def uses(pid, mark):
    if pid == os.getpid():
        return False
    try:
        return mark in pathlib.Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def main(words):
    options = parse(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    (BUILD / "demo").mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(dir=BUILD / "demo"))
    good = False
    try:
        good = demo(options, scratch)
    except Trouble as trouble:
        print(f"host/demo: {trouble}", file=sys.stderr)
        return 2 if "folder" in str(trouble) else 1
    except KeyboardInterrupt:
        print("\nhost/demo: stopped; nothing is left running", file=sys.stderr)
        return 130
    finally:
        if not options.keep:
            shutil.rmtree(scratch, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
