"""One process for one group of cases: forked by lanes.py, it writes a line of JSON for every begin
and end to its pipe."""

import json
import os
import pathlib
import shutil
import signal
import time
import traceback

from lib.broker import Broker
from lib.case import LENT, OWN, Skip, Wish
from lib.worker import Worker
from lib.world import World


class Stopped(BaseException):
    """The run is being ended from outside."""


def _stop(_number, _frame):
    raise Stopped


def _alarm(_number, _frame):
    raise AssertionError("it took longer than its limit")


def _locals(error):
    """The variables of the case itself: asserts show no values by themselves."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [frame for frame in frames if "/tests/lib/" not in frame.f_code.co_filename]
    lines = [f"{key} = {value!r:.400}" for key, value in own[-1].f_locals.items()] if own else []
    return "\n".join(["--- its variables", *lines, ""])


class _Group:
    def __init__(self, group, folder, numbers, home, quick, pipe):
        self.group, self.folder, self.numbers = group, folder, numbers
        self.home, self.quick, self.pipe = home, quick, pipe
        self.broker, self.failed = None, False

    def say(self, **words):
        os.write(self.pipe, json.dumps(words).encode() + b"\n")

    def open_broker(self):
        self.broker = Broker(self.home)
        if not self.home.exists():
            self.home.mkdir()
            self.broker.up()

    def close_broker(self):
        """One that was lent goes on, unless what failed may have left it in a bad state."""
        if self.broker and (self.group.broker == OWN or self.group.broker == LENT and self.failed):
            self.broker.down()

    def run_case(self, case, number):
        began = time.monotonic()
        self.say(begin=case.name, limit_s=case.limit_s)
        state, text, world = "ok", "", None
        signal.alarm(case.limit_s)
        try:
            if self.broker is None:
                self.open_broker()
            world = World(number, self.broker, self.folder / f"t{number}")
            case.run(world)
            world.no_sanitizer_spoke()
        except Wish as reason:
            state, text = "wish", str(reason)
        except Skip as reason:
            state, text = "cannot", str(reason)
        except Exception as error:
            state, text = "fail", traceback.format_exc() + _locals(error)
        finally:
            signal.alarm(0)
            if world:
                text += world.evidence() if state == "fail" else ""
                try:
                    world.close()
                except Exception:
                    state, text = "fail", text + traceback.format_exc()
                if state != "fail":
                    shutil.rmtree(world.folder, ignore_errors=True)
        self.failed = self.failed or state == "fail"
        notes = "".join(f"{note}\n" for note in world.notes) if world else ""
        seconds = time.monotonic() - began
        self.say(end=case.name, state=state, seconds=seconds, text=notes + text)

    def run(self):
        try:
            for case, number in zip(self.group.cases, self.numbers):
                if self.quick and case.slow:
                    self.say(end=case.name, state="quick", seconds=0, text="over a minute: --quick")
                else:
                    self.run_case(case, number)
        finally:
            self.close_broker()


def run_and_exit(group, folder, numbers, home, quick, pipe):
    """In the forked child; never returns."""
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGALRM, _alarm)
        Worker.preset = group.preset or Worker.preset
        _Group(group, pathlib.Path(folder), numbers, home, quick, pipe).run()
        code = 0
    except Stopped:
        pass
    except BaseException:
        os.write(
            pipe,
            json.dumps({"end": f"{group.name} as a whole", "state": "fail", "seconds": 0,
                        "text": traceback.format_exc()}).encode() + b"\n",
        )  # fmt: skip
    finally:
        os._exit(code)
