"""How the figures are taken, and how they are printed: one a line, with its limit where it has one."""

import contextlib
import os
import pathlib
import re
import subprocess
import threading
import time

from lib import process

over = []


def head(text):
    print(text, flush=True)


def show(what, value, unit, limit=None, at_least=None, hard=True):
    """A limit that is not `hard` depends on the machine: it is judged and never fails the run."""
    verdict = ""
    if limit is not None or at_least is not None:
        bound, word = (limit, "at most") if limit is not None else (at_least, "at least")
        good = value <= limit if limit is not None else value >= at_least
        verdict = f"{word:8} {bound:>6} {unit:3} {'PASS' if good else 'OVER' if hard else 'missed'}"
        if hard and not good:
            over.append(what)
    digits = 2 if isinstance(value, float) and abs(value) < 10 else 1
    number = f"{value:.{digits}f}" if isinstance(value, float) else f"{value:,}"
    print(f"  {what:50} {number:>9} {unit:4} {verdict}".rstrip(), flush=True)


# --- memory ---


def memory_kb(pid):
    """Resident in all, and private: what it wrote and shares with no other process."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    kb = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
    return kb["Rss"], kb["Private_Dirty"]


class Peak:
    """The most that a process took of both while this was open."""

    def __init__(self, pid, every_s=0.02):
        self.pid, self.every_s, self.resident, self.private = pid, every_s, 0, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.wait(self.every_s):
            resident, private = memory_kb(self.pid)
            self.resident = max(self.resident, resident)
            self.private = max(self.private, private)


# --- time ---


def clock_of(pid):
    """That of its CPU time, in nanoseconds: /proc counts in hundredths of a second."""
    return (~pid << 3) | 2  # CPUCLOCK_SCHED, as clock_getcpuclockid() makes it


def ended_children_s(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]
    return sum(map(int, text.split()[13:15])) / os.sysconf("SC_CLK_TCK")


def cpu_s(pid):
    """User and system time: of the process itself, and of its children, ended and living ones."""
    others = 0
    for child in process.children(pid):
        with contextlib.suppress(OSError):  # it has ended since, and counts as such
            others += time.clock_gettime(clock_of(child)) + ended_children_s(child)
    others += ended_children_s(pid)
    return time.clock_gettime(clock_of(pid)), others


def sleeps(pid):
    """How often it has gone to sleep of its own accord, and so was woken up again."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    raise AssertionError(f"no process {pid}")


def fsyncs(pid, work):
    """The seconds of each that the process and its children ask for while work() runs."""
    command = ["strace", "-f", "-q", "-T", "-e", "trace=fsync,fdatasync,sync_file_range", "-p", str(pid)]
    tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(1)
        work()
        time.sleep(0.5)
    finally:
        tracer.terminate()
        _, text = tracer.communicate(timeout=20)
    return [float(took) for took in re.findall(r"sync.* = 0 <([\d.]+)>$", text, re.MULTILINE)]


# --- tasks ---


class Course:
    """Empty tasks, many at once, for one worker that takes them from `pool`: the process `pid`."""

    def __init__(self, world, board, pool, pid=None):
        self.world, self.pool, self.pid = world, pool, pid
        self.results = world.tester.listen("hf.results", f"result.{board}")
        self.publisher = world.peer("manager", confirms=False)

    def _done(self):
        return self.world.tester.channel.queue_declare(
            self.results, passive=True
        ).method.message_count

    def _reach(self, count, most_s=1.0, within_s=180):
        """Asked seldom: each answer takes the broker, which the worker waits for, some time."""
        began, before = time.monotonic(), self._done()
        done = before
        while done < count:
            passed = time.monotonic() - began
            if passed > within_s:
                raise AssertionError(f"{done} of {count} tasks are done after {within_s} s")
            left_s = passed * (count - done) / (done - before) if done > before else 0
            time.sleep(min(most_s, max(0.004, left_s / 2)))
            done = self._done()
        return done

    def run(self, count):
        """As measure(), of tasks that are handed in now, in one flight: were each confirmed, most
        would be done before the last is there, and what is measured were a few."""
        for _ in range(count):
            self.publisher.publish_task(self.pool, "echo")
        return self.measure(count)

    def measure(self, count):
        """Tasks a second, and CPU seconds a task of the process with its children: of so many that
        wait in the queue, once the worker is warm."""
        first = self._reach(count // 10, most_s=0.02)
        began, before = time.monotonic(), sum(cpu_s(self.pid))
        self._reach(count)
        seconds, cpu = time.monotonic() - began, sum(cpu_s(self.pid)) - before
        self.world.tester.channel.queue_purge(self.results)
        return (count - first) / seconds, cpu / (count - first)
