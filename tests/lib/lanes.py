"""Runs groups of cases side by side, each in a process of its own, and reports what they say."""

import json
import os
import selectors
import signal
import time

from lib.broker import Broker
from lib.case import LENT, SHARED
from lib.group import run_and_exit
from lib.manager import Manager

GRACE_S = 60  # beyond a case's own limit, before its process is ended
LANES = os.cpu_count() + 2  # at once: cases wait more than they compute


class _Lane:
    def __init__(self, group, context, numbers, home):
        """`home`: of its broker, which it starts where there is none."""
        self.group, self.home, self.failed = group, home, False
        self.rest, self.case, self.deadline = b"", None, None
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            run_and_exit(group, context.folder, numbers, home, context.quick, writing)
        os.close(writing)
        self.pipe = reading

    def lines(self):
        """What it has said since; None when it is gone."""
        data = os.read(self.pipe, 1 << 20)
        if not data:
            return None
        *whole, self.rest = (self.rest + data).split(b"\n")
        return [json.loads(line) for line in whole]

    def end(self, wait_s=30):
        for number, patience_s in ((signal.SIGTERM, wait_s), (signal.SIGKILL, 10)):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return
            until = time.monotonic() + patience_s
            while time.monotonic() < until:
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    return
                time.sleep(0.05)


class Lanes:
    """`context`: folder (of the run), shared_home (of the broker that all share), quick."""

    def __init__(self, report, context, count=LANES):
        self.report, self.context, self.count = report, context, count
        self.lanes = []
        self._number = 0
        self._idle = []  # homes of brokers that are there to be lent
        self._ending = []  # what takes them down

    def run(self, groups):
        waiting = sorted(groups, key=lambda group: -group.seconds)
        with selectors.DefaultSelector() as selector:
            try:
                while waiting or self.lanes:
                    while waiting and len(self.lanes) < self.count:
                        self._begin(waiting.pop(0), selector)
                    for key, _ in selector.select(timeout=1):
                        self._listen(key.data, selector)
                    self._watch(selector)
                    if not any(group.broker == LENT for group in waiting):
                        self._take_down_idle()
            finally:
                for lane in list(self.lanes):
                    lane.end()
                    self._drop(lane, selector)
                self._take_down_idle()
                for command in self._ending:
                    command.wait()

    def _home_for(self, group):
        if group.broker == SHARED:
            return self.context.shared_home
        if group.broker == LENT and self._idle:
            return self._idle.pop()
        return self.context.folder / f"home-{group.name}-{self._number}"

    def _take_down_idle(self):
        while self._idle:
            self._ending.append(Manager(Broker(self._idle.pop())).start("down"))

    def _begin(self, group, selector):
        numbers = range(self._number + 1, self._number + 1 + len(group.cases))
        self._number += len(group.cases)
        lane = _Lane(group, self.context, list(numbers), self._home_for(group))
        self.lanes.append(lane)
        selector.register(lane.pipe, selectors.EVENT_READ, lane)

    def _drop(self, lane, selector):
        selector.unregister(lane.pipe)
        os.close(lane.pipe)
        self.lanes.remove(lane)
        if lane.group.broker == LENT and not lane.failed and lane.home.exists():
            self._idle.append(lane.home)

    def _listen(self, lane, selector):
        lines = lane.lines()
        if lines is None:
            _, status = os.waitpid(lane.pid, 0)
            if lane.case:
                lane.failed = True
                self.report.fail(lane.case, 0, f"its process ended early ({status:#x})")
            self._drop(lane, selector)
            return
        for line in lines:
            if "begin" in line:
                lane.case = line["begin"]
                lane.deadline = time.monotonic() + line["limit_s"] + GRACE_S
            else:
                self._note(line)
                lane.failed = lane.failed or line["state"] == "fail"
                lane.case = lane.deadline = None

    def _note(self, line):
        name, seconds, text = line["end"], line["seconds"], line["text"]
        if line["state"] == "ok":
            self.report.ok(name, seconds, text)
        elif line["state"] == "cannot":
            self.report.cannot(name, text)
        elif line["state"] in ("quick", "wish"):
            self.report.leave_out(name, text)
        else:
            self.report.fail(name, seconds, text)

    def _watch(self, selector):
        for lane in list(self.lanes):
            if lane.deadline and time.monotonic() > lane.deadline:
                lane.failed = True
                self.report.fail(lane.case, 0, "it hung, and was ended")
                lane.end()
                self._drop(lane, selector)
