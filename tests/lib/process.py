"""Processes that the tests started: every one carries a mark in its environment, by which it is
found again whatever became of its parent. Nothing else is ever signalled."""

import os
import pathlib
import signal
import time

MARK = "HOLDFAST_TESTS"


def run(command, **options):
    """subprocess.run with both outputs as text and no terminal."""
    import subprocess

    options.setdefault("timeout", 180)
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    return subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=options.pop("stderr", subprocess.PIPE),
        text=options.pop("text", True),
        **options,
    )


def environment(**more):
    """For children: ours, with what is given set and what is None taken away."""
    result = dict(os.environ)
    for name, value in more.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = str(value)
    return result


def settings(pid):
    """A process's environment when it started, as a set of bytes; empty when it is gone."""
    try:
        return set(pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except OSError:
        return set()


def peak_kb(pid):
    """The most memory that it had resident since it was executed; 0 when it is gone. (The rusage of a
    child counts what its parent had at the fork.)"""
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")), 0)


def name(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def alive(pid):
    """Neither gone nor a zombie."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def pids():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def children(pid):
    """Living descendants, nearest first."""
    parents = {}
    for other in pids():
        try:
            stat = pathlib.Path(f"/proc/{other}/stat").read_text()
        except OSError:
            continue
        parents[other] = int(stat.rsplit(")", 1)[1].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def ours(folder):
    """Living processes whose mark, or whose broker's data folder, lies in the run's folder."""
    marks = (f"{MARK}={folder}".encode(), f"HOLDFAST_NODE={folder}/".encode())
    return [
        pid
        for pid in pids()
        if pid != os.getpid()
        and any(setting.startswith(marks) for setting in settings(pid))
        and alive(pid)
    ]


def end_all(folder):
    """Ends what a run left behind; returns the names of what that was."""
    left = {pid: name(pid) for pid in ours(folder)}
    for number, wait_s in ((signal.SIGTERM, 3), (signal.SIGKILL, 5)):
        for pid in ours(folder):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        deadline = time.monotonic() + wait_s
        while ours(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
    return sorted(left.values())
