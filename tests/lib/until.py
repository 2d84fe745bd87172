"""Waiting for something to become true, with a limit and with words."""

import time

PATIENCE_S = 90  # for what takes a moment on an idle machine: a slow, busy one is no failure


def pause_s(waited_s, first_s=0.05):
    """Between two looks: longer, the longer one waits, as looking takes processor time too."""
    return min(first_s + waited_s / 20, 0.5)


def until(what, condition, within_s=PATIENCE_S, every_s=None):
    """The first true value of condition(); AssertionError "<what>: not within ..." otherwise. `every_s`:
    between two looks, where a time is measured."""
    began = time.monotonic()
    deadline = began + within_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {within_s} s (last seen: {value!r})")
        time.sleep(every_s or pause_s(time.monotonic() - began))


def stays(what, condition, for_s, every_s=0.2):
    """AssertionError when condition() is false at any time within for_s."""
    deadline = time.monotonic() + for_s
    while time.monotonic() < deadline:
        value = condition()
        if not value:
            raise AssertionError(f"{what}: no longer (now: {value!r})")
        time.sleep(every_s)
